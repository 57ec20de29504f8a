"""The one way from a file to a `Document`, and the fingerprint of the code that goes it.

Belongs here: telling file types by their bytes, and which reader takes which. Does not: reading.
"""

import hashlib
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

from pipeline.read.document import Document, UnreadableError
from pipeline.read.pdf import read_pdf

HEAD_BYTES = 1024
"""A PDF's mark may stand anywhere in its first 1024 bytes (PDF 32000-1, annex H, note 13)."""

_SIGNATURES = {
    b"PK\x03\x04": "an Office file or a ZIP archive",
    b"\xd0\xcf\x11\xe0": "an Office file of the old kind",
    b"Rar!": "a RAR archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"\xff\xd8\xff": "a JPEG picture",
    b"\x89PNG": "a PNG picture",
    b"II*\x00": "a TIFF picture",
    b"MM\x00*": "a TIFF picture",
    b"%!PS": "a PostScript file",
}


def read_file(path: Path, max_pages: int) -> Document:
    """Read a file of any supported type, told by its content.

    `max_pages`: a longer file is not read. Raises UnreadableError with what the user can do.
    """
    with path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    if not head:
        raise UnreadableError("empty_file", f"{path.name} is empty (0 bytes). Fetch the file again.")
    if b"%PDF-" not in head:
        raise UnreadableError(
            "not_a_pdf",
            f"{path.name} is {_content(head)}, whatever its name says. Fetch the report itself as PDF.",
        )
    return read_pdf(path, max_pages)


def _content(head: bytes) -> str:
    for signature, content in _SIGNATURES.items():
        if head.startswith(signature):
            return content
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n\x00").lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<script", b"<!--")) or b"<html" in start:
        return "a web page (HTML)"
    if start.startswith(b"<?xml"):
        return "an XML file"
    return "no PDF"


@lru_cache(maxsize=1)
def reader_fingerprint() -> str:
    """Return a short hash over the reader's source and the libraries it reads with.

    What was read under another fingerprint has to be read again.
    """
    digest = hashlib.sha256()
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.name.encode() + b"\0" + source.read_bytes() + b"\0")
    for library in ("pdfplumber", "pypdfium2"):
        digest.update(f"{library} {version(library)}\0".encode())
    return digest.hexdigest()[:16]
