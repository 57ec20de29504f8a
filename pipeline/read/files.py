"""The one way from a file to a `Document`, and the fingerprint of the code that goes it.

Belongs here: which reader takes which type. Does not: telling types (`file_type`), reading.
"""

from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

from pipeline.file_type import HEAD_BYTES, file_type
from pipeline.read.document import Document, UnreadableError
from pipeline.read.pdf import read_pdf
from pipeline.read.recognise import recognition_versions
from pipeline.staging import fingerprint


def read_file(path: Path, max_pages: int) -> Document:
    """Read a file of any supported type, told by its content.

    `max_pages`: a longer file is not read. Raises UnreadableError with what the user can do.
    """
    with path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    word, phrase = file_type(head)
    if word == "empty":
        raise UnreadableError("empty_file", f"{path.name} is empty (0 bytes). Fetch the file again.")
    if word != "pdf":
        raise UnreadableError(
            "not_a_pdf",
            f"{path.name} is {phrase}, whatever its name says. Fetch the report itself as PDF.",
        )
    return read_pdf(path, max_pages)


@lru_cache(maxsize=1)
def reader_fingerprint() -> str:
    """Return a short hash over the reader's source and the libraries it reads with.

    What was read under another fingerprint has to be read again.
    """
    here = Path(__file__).parent
    libraries = [f"{library} {version(library)}" for library in ("pdfplumber", "pypdfium2")]
    code = [*here.glob("*.py"), here.parent / "file_type.py"]
    return fingerprint(code, *libraries, *recognition_versions())
