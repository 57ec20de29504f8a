"""Files that cannot be read end as a named outcome that says what to do."""

import logging
import time
from pathlib import Path

import pdfplumber
import pytest
from PIL import Image
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from pipeline.read import page, recognise
from pipeline.read import pdf as pdf_module
from pipeline.read.document import UnreadableError
from pipeline.read.files import read_file
from tests.read.drawing import stroke_lines, write_cells


def words(canvas: Canvas) -> None:
    canvas.drawString(50, 200, "收入决算表")


def refusal(path, max_pages: int = 100) -> UnreadableError:
    with pytest.raises(UnreadableError) as caught:
        read_file(path, max_pages)
    assert path.name in str(caught.value)
    return caught.value


def test_encrypted(pdf):
    error = refusal(pdf(words, encrypt=StandardEncryption("secret")))
    assert error.reason == "encrypted"
    assert "password" in str(error)


def test_encrypted_without_password_is_read(pdf):
    path = pdf(words, encrypt=StandardEncryption("", ownerPassword="owner", canModify=0))
    assert read_file(path, 100).pages[0].lines[0].text == "收入决算表"


def test_empty(tmp_path):
    path = tmp_path / "report.pdf"
    path.write_bytes(b"")
    assert refusal(path).reason == "empty_file"


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"\xff\xd8\xff\xe0 rest", "JPEG"),
        (b"Rar! rest", "RAR archive, whatever its name says. Unpack it and ingest the folder"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 rest", "Office file of the old kind, damaged"),
        (b"<?xml version='1.0'?><Workbook>", "XML file"),
        (b"plain words", "text file"),
        (b"\x00\x01", "no known type"),
    ],
)
def test_anything_else_named_pdf(tmp_path, content, named):
    path = tmp_path / "report.pdf"
    path.write_bytes(content)
    error = refusal(path)
    assert error.reason == "unsupported_type"
    assert named in str(error)


def test_an_office_file_under_a_password(tmp_path):
    data = (Path(__file__).parent / "data" / "water_2021.xls").read_bytes()
    path = tmp_path / "report.xlsx"
    path.write_bytes(renamed_stream(data, "Workbook", "EncryptedPackage"))
    error = refusal(path)
    assert error.reason == "encrypted"
    assert "without password" in str(error)


def renamed_stream(data: bytes, name: str, new: str) -> bytes:
    """Return an OLE file whose directory calls a stream by a new name."""
    old, entry = name.encode("utf-16-le"), new.encode("utf-16-le")
    at = data.index(old + b"\x00" * (64 - len(old)))
    length = (len(entry) + 2).to_bytes(2, "little")
    return data[:at] + entry + b"\x00" * (64 - len(entry)) + length + data[at + 66 :]


def test_a_pdf_under_another_name_is_read(pdf):
    assert read_file(pdf(words, name="report.bin"), 100).file_type == "pdf"


@pytest.mark.parametrize("kept", [0.3, 0.6, 0.9, 0.98])
def test_truncated(pdf, kept):
    path = pdf(*[words] * 5)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * kept)])
    assert refusal(path).reason == "damaged"


def test_cut_off_in_an_update(pdf):
    path = pdf(words)
    path.write_bytes(path.read_bytes() + b"\n9 0 obj\n<< /Type /Page")
    assert refusal(path).reason == "damaged"


def test_bytes_after_the_end_do_no_harm(pdf):
    path = pdf(words)
    path.write_bytes(path.read_bytes() + b"\n<!-- served by a portal -->" * 500)
    assert len(read_file(path, 100).pages) == 1


def test_a_header_and_nothing_else(tmp_path):
    path = tmp_path / "report.pdf"
    path.write_bytes(b"%PDF-1.7\n" + b"garbage " * 200 + b"\nstartxref\n9\n%%EOF\n")
    assert refusal(path).reason == "damaged"


def test_a_page_that_cannot_be_loaded_is_named(pdf):
    path = pdf(words, words, words)
    broken = path.read_bytes().replace(b"/Type /Pages", b"/Type /Pages", 1)
    second = [i for i in range(len(broken)) if broken.startswith(b"/Type /Page\n", i)][1]
    path.write_bytes(broken[:second] + b"/Type /Pine\n" + broken[second + 12 :])
    error = refusal(path)
    assert (error.reason, error.page) == ("damaged", 2)
    assert "page 2" in str(error)


def test_pictures_only(pdf):
    picture = ImageReader(Image.new("RGB", (40, 30), "white"))
    error = refusal(pdf(*[lambda canvas: canvas.drawImage(picture, 0, 0, 400, 300)] * 2))
    assert (error.reason, error.page) == ("no_text", 1)
    assert "text recognition found none" in str(error)


def test_pictures_without_the_libraries_to_recognise_them(pdf, monkeypatch):
    monkeypatch.setattr(recognise, "find_spec", lambda _: None)
    picture = ImageReader(Image.new("RGB", (40, 30), "white"))
    error = refusal(pdf(*[lambda canvas: canvas.drawImage(picture, 0, 0, 400, 300)] * 2))
    assert (error.reason, error.page) == ("no_text", 1)
    assert "is a scan" in str(error)
    assert "pip install 'fiscal-warehouse[ocr]'" in str(error)


def test_a_scanned_page_that_is_not_recognised_is_told(pdf, monkeypatch, caplog):
    monkeypatch.setattr(recognise, "find_spec", lambda _: None)
    picture = ImageReader(Image.new("RGB", (40, 30), "white"))
    with caplog.at_level(logging.WARNING):
        pages = read_file(pdf(words, lambda canvas: canvas.drawImage(picture, 0, 0, 400, 300)), 100).pages
    assert [page.reading for page in pages] == ["text", "none"]
    assert "report.pdf: pages 2 hold pictures in place of text" in caplog.text


def test_one_page_of_text_among_pictures_is_read(pdf):
    picture = ImageReader(Image.new("RGB", (40, 30), "white"))
    pages = read_file(pdf(lambda canvas: canvas.drawImage(picture, 0, 0, 400, 300), words), 100).pages
    assert [(page.reading, page.images) for page in pages] == [("none", 1), ("text", 0)]


def test_no_text_and_no_picture(pdf):
    error = refusal(pdf(lambda canvas: canvas.line(50, 50, 100, 100)))
    assert (error.reason, error.page) == ("no_text", None)


def test_five_thousand_pages_are_refused_before_any_is_read(pdf):
    path = pdf(*[words] * 5000)
    start = time.perf_counter()
    error = refusal(path, max_pages=2000)
    assert time.perf_counter() - start < 5
    assert error.reason == "too_many_pages"
    assert "5000 pages" in str(error)


def test_refusals_survive_the_way_between_processes(pdf):
    import pickle

    error = pickle.loads(pickle.dumps(refusal(pdf(words, encrypt=StandardEncryption("secret")))))
    assert error.reason == "encrypted"


def table(canvas: Canvas) -> None:
    stroke_lines(canvas, [50, 150, 250], [100, 120, 140])
    write_cells(canvas, [50, 150, 250], [100, 120, 140], [["item", "amount"], ["total", "12.50"]])


@pytest.mark.parametrize(
    ("module", "function"),
    [(page, "read_runs"), (page, "find_cells"), (page, "page_objects"), (pdf_module, "text_lines")],
)
def test_a_page_the_fast_path_fails_on_is_read_by_pdfplumber_and_said_so(
    pdf, monkeypatch, caplog, module, function
):
    path = pdf(table, table, table)
    usual = read_file(path, 10)
    work, calls = getattr(module, function), []

    def fails_on_the_second_page(*arguments):
        calls.append(arguments)
        if len(calls) == 2:
            raise IndexError("out of range")
        return work(*arguments)

    monkeypatch.setattr(module, function, fails_on_the_second_page)
    with caplog.at_level(logging.WARNING):
        first, second, third = read_file(path, 10).pages
    assert (first, third) == (usual.pages[0], usual.pages[2])
    assert second.reading == "pdfplumber"
    assert [line.text for line in second.lines] == ["item amount", "total 12.50"]
    assert second.grids == usual.pages[1].grids
    assert "report.pdf, page 2: unexpected IndexError: out of range, read by pdfplumber" in caplog.text
    assert "fails_on_the_second_page" in caplog.text  # the traceback


def test_a_page_that_nobody_can_read_is_named(pdf, monkeypatch):
    def fail(*_):
        raise IndexError("out of range")

    monkeypatch.setattr(page, "read_runs", fail)
    monkeypatch.setattr(pdfplumber.page.Page, "find_tables", fail)
    error = refusal(pdf(table))
    assert (error.reason, error.page) == ("damaged", 1)
    assert "page 1 cannot be read (out of range)" in str(error)


def test_the_memory_limit_is_no_reason_to_try_another_reader(pdf, monkeypatch):
    def fail(*_):
        raise MemoryError

    monkeypatch.setattr(page, "read_runs", fail)
    with pytest.raises(MemoryError):
        read_file(pdf(table), 10)
