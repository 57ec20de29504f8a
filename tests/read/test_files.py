import hashlib
import subprocess
import sys

from reportlab.pdfgen.canvas import Canvas

from pipeline.read.document import decode, encode
from pipeline.read.files import read_file, reader_fingerprint
from tests.read.drawing import stroke_lines


def test_a_document_knows_its_file_and_survives_encoding(pdf):
    def draw(canvas: Canvas) -> None:
        canvas.setProducer("drawn for a test")
        stroke_lines(canvas, [50, 150, 250], [100, 120])
        canvas.drawString(60, 106, "合计")

    path = pdf(draw)
    document = read_file(path, 10)
    assert document.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (document.file_type, document.producer) == ("pdf", "drawn for a test")
    assert (document.pages[0].width, document.pages[0].height) == (400.0, 300.0)
    assert decode(encode(document)) == document


def test_the_fingerprint_changes_with_the_readers_source(tmp_path, monkeypatch):
    from pipeline.read import files

    before = reader_fingerprint()
    assert len(before) == 16
    (tmp_path / "read").mkdir()
    for name in ("read/files.py", "read/word.py", "file_type.py"):
        (tmp_path / name).write_text("# another reader")
    monkeypatch.setattr(files, "__file__", str(tmp_path / "read" / "files.py"))
    assert files.reader_fingerprint.__wrapped__() != before


def test_importing_the_package_loads_no_pdf_library():
    code = "import sys, pipeline.read; print('pypdfium2' in sys.modules, 'pdfplumber' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_the_fingerprint_changes_with_any_library_that_files_are_read_with(monkeypatch):
    from pipeline.read import files

    before = reader_fingerprint()
    for library in ("lxml", "openpyxl", "pdfplumber", "pypdfium2", "python-docx", "selectolax", "xlrd"):
        versions = {library: "another"}
        monkeypatch.setattr(files, "version", lambda name, versions=versions: versions.get(name, "same"))
        changed = files.reader_fingerprint.__wrapped__()
        monkeypatch.setattr(files, "version", lambda name: "same")
        assert changed != files.reader_fingerprint.__wrapped__()
    assert before == reader_fingerprint()
