"""The one way from a file to a `Document`, and the fingerprint of the code that goes it.

Belongs here: which reader takes which type. Does not: telling types (`file_type`), reading.
"""

from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

from pipeline.file_type import file_type
from pipeline.read.container import Unpacked, read_zip
from pipeline.read.document import Document, UnreadableError
from pipeline.read.pdf import read_pdf
from pipeline.read.recognise import recognition_versions
from pipeline.staging import fingerprint

LIBRARIES = ("lxml", "openpyxl", "pdfplumber", "pypdfium2", "python-docx", "selectolax", "xlrd")
"""What files are read with, beside the code here."""

_INSTEAD = {
    "xlsb": "Save it as XLSX and ingest that.",
    "pptx": "Save it as PDF and ingest that.",
    "odf": "Save it as DOCX, XLSX or PDF and ingest that.",
    "ofd": "Save it as PDF and ingest that.",
    "archive": "Unpack it and ingest the folder.",
    "ole": "Save it as DOCX, XLSX or PDF and ingest that.",
    "image": "Text recognition of pictures is not supported yet; get the report as PDF, Word or Excel file.",
}


def read_file(path: Path, max_pages: int) -> Document:
    """Read a file of any supported type, told by its content.

    `max_pages`: a longer file is not read. Raises UnreadableError with what the user can do.
    """
    return _read(path, max_pages, Unpacked())


def _read(path: Path, max_pages: int, unpacked: Unpacked) -> Document:
    """Read a file, or a member of an archive file; `unpacked` limits what is unpacked in all."""
    word, phrase = file_type(path.read_bytes())
    if word == "pdf":
        return read_pdf(path, max_pages)
    if word == "docx":
        from pipeline.read.word import read_docx

        return read_docx(path, max_pages)
    if word in ("doc", "rtf"):
        from pipeline.read.office import read_doc

        return read_doc(path, max_pages, word)
    if word in ("xlsx", "xls"):
        from pipeline.read.sheets import read_xls, read_xlsx

        return (read_xlsx if word == "xlsx" else read_xls)(path, max_pages)
    if word in ("html", "mhtml"):
        from pipeline.read.web import read_html, read_mhtml

        return (read_html if word == "html" else read_mhtml)(path, max_pages)
    if word == "zip":
        return read_zip(path, max_pages, _read, unpacked)
    raise _refusal(path.name, word, phrase)


def _refusal(name: str, word: str, phrase: str) -> UnreadableError:
    if word == "empty":
        return UnreadableError("empty_file", f"{name} is empty (0 bytes). Fetch the file again.")
    if word == "encrypted":
        return UnreadableError(
            "encrypted", f"{name} is {phrase}. Save a copy without password and ingest that."
        )
    advice = _INSTEAD.get(word, "Fetch the report itself, as PDF, Word, Excel or web page.")
    return UnreadableError("unsupported_type", f"{name} is {phrase}, whatever its name says. {advice}")


@lru_cache(maxsize=1)
def reader_fingerprint() -> str:
    """Return a short hash over the reader's source and the libraries it reads with.

    What was read under another fingerprint has to be read again.
    """
    here = Path(__file__).parent
    libraries = [f"{library} {version(library)}" for library in LIBRARIES]
    code = [*here.glob("*.py"), here.parent / "file_type.py"]
    return fingerprint(code, *libraries, *recognition_versions())
