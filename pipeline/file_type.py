"""What a file is, told by its content, never by its name.

Belongs here: the signatures, and the look into a ZIP or OLE file that tells what is kept in it. Does not:
reading (`read`) or keeping (`acquire`) a file.
"""

import struct
import zipfile
from io import BytesIO

_HEAD = 1024
"""A PDF's mark may stand anywhere in its first 1024 bytes (PDF 32000-1, annex H, note 13)."""

_SIGNATURES = (
    (b"%PDF-", "pdf", "a PDF"),
    (b"Rar!", "archive", "a RAR archive"),
    (b"7z\xbc\xaf", "archive", "a 7z archive"),
    (b"\x1f\x8b", "archive", "a gzip archive"),
    (b"\xff\xd8\xff", "image", "a JPEG picture"),
    (b"\x89PNG", "image", "a PNG picture"),
    (b"GIF8", "image", "a GIF picture"),
    (b"II*\x00", "image", "a TIFF picture"),
    (b"MM\x00*", "image", "a TIFF picture"),
    (b"{\\rtf", "rtf", "a Word file (RTF)"),
    (b"%!PS", "postscript", "a PostScript file"),
)
_MEMBERS = (
    ("word/document.xml", "docx", "a Word file (DOCX)"),
    ("xl/workbook.xml", "xlsx", "an Excel file (XLSX)"),
    ("xl/workbook.bin", "xlsb", "an Excel file of the binary kind (XLSB)"),
    ("ppt/presentation.xml", "pptx", "a presentation (PPTX)"),
    ("OFD.xml", "ofd", "an OFD file"),
)
"""What a ZIP file is, by a member that only this type has (ECMA-376 part 2; GB/T 33190 for OFD)."""

_STREAMS = (
    ("EncryptedPackage", "encrypted", "an Office file protected by a password"),
    ("WordDocument", "doc", "a Word file of the old kind (DOC)"),
    ("Workbook", "xls", "an Excel file of the old kind (XLS)"),
    ("Book", "xls", "an Excel file of the old kind (XLS)"),
)
"""What an OLE file is, by a stream in its root ([MS-OFFCRYPTO] 2.3.4.4, [MS-DOC] 2.1, [MS-XLS] 2.1.2)."""

_WEB_PAGE = (b"<!doctype html", b"<html", b"<head", b"<body", b"<meta", b"<title", b"<style", b"<script",
             b"<table", b"<div", b"<!--")  # fmt: skip
_FEW_MEMBERS = 20_000
"""No Office file has more members; a ZIP with more is not looked into."""


def file_type(data: bytes) -> tuple[str, str]:
    """Return a word for the type and a phrase for people, from the whole content of a file.

    Words: `pdf`, `docx`, `xlsx`, `xls`, `doc`, `rtf`, `html`, `mhtml`, `zip`, `image`; `encrypted` (an Office
    file under a password); `empty`; others that are not read: `ole`, `xlsb`, `pptx`, `odf`, `ofd`, `archive`,
    `postscript`, `xml`, `text`, `unknown`.
    """
    if not data:
        return "empty", "an empty file (0 bytes)"
    head = data[:_HEAD]
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _in_zip(data)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        return _in_ole(data)
    for signature, word, phrase in _SIGNATURES:
        if head.startswith(signature):
            return word, phrase
    if b"%PDF-" in head:
        return "pdf", "a PDF"
    start = _narrow(head).lstrip(b"\xef\xbb\xbf \t\r\n\x00").lower()
    if b"multipart/related" in start and (b"mime-version:" in start or b"content-type:" in start):
        return "mhtml", "a web page (MHTML)"
    if start.startswith(_WEB_PAGE) or b"<html" in start:
        return "html", "a web page (HTML)"
    if start.startswith(b"<?xml"):
        return "xml", "an XML file"
    return ("unknown", "of no known type") if b"\x00" in head else ("text", "a text file")


def _narrow(head: bytes) -> bytes:
    """Return the first bytes of a UTF-16 text as ASCII, to be compared; others as they are."""
    for codec, marks in (("utf-16-le", (b"\xff\xfe", b"<\x00")), ("utf-16-be", (b"\xfe\xff", b"\x00<"))):
        if head.startswith(marks):
            return head.decode(codec, "replace").lstrip("\ufeff").encode("ascii", "replace")
    return head


def _in_zip(data: bytes) -> tuple[str, str]:
    names = _member_names(data)
    for member, word, phrase in _MEMBERS:
        if member in names:
            return word, phrase
    if "mimetype" in names and "content.xml" in names:
        return "odf", "an OpenDocument file"
    return "zip", "a ZIP archive"


def _member_names(data: bytes) -> frozenset[str]:
    """Return the names in a ZIP; none where its directory is missing, or too large to be an Office file's."""
    end = data.rfind(b"PK\x05\x06", max(0, len(data) - 66_000))
    record = data[end : end + 16] if end >= 0 else b""
    if len(record) < 16:
        return frozenset()
    _, _, members, directory_bytes = struct.unpack("<8sHHI", record)
    if members > _FEW_MEMBERS or directory_bytes > 200 * _FEW_MEMBERS:
        return frozenset()
    try:
        with zipfile.ZipFile(BytesIO(data)) as package:
            return frozenset(package.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error):
        return frozenset()  # the reader says what is wrong with it


def _in_ole(data: bytes) -> tuple[str, str]:
    names, _ = _ole(data)
    for stream, word, phrase in _STREAMS:
        if stream in names:
            return word, phrase
    return "ole", "an Office file of the old kind, damaged or of a type that is not read"


def ole_stream(data: bytes, name: str) -> bytes:
    """Return the content of a stream of an OLE file; empty where there is none or the file is damaged."""
    return _ole(data, name)[1]


def _ole(data: bytes, stream: str = "") -> tuple[frozenset[str], bytes]:
    """Return the names in the root of an OLE file and the content of one stream; empty where damaged."""
    from xlrd.compdoc import CompDoc, CompDocError

    try:
        directory = CompDoc(data, logfile=Nowhere())
        names = frozenset(entry.name for entry in directory.dirlist if entry.parent == 0)
        return names, (directory.get_named_stream(stream) if stream else None) or b""
    except (CompDocError, AssertionError, IndexError, ValueError, TypeError, struct.error):
        return frozenset(), b""  # the reader says what is wrong with it


class Nowhere:
    """Takes what xlrd would print."""

    def write(self, text: str) -> None:
        """Drop the text."""

    def flush(self) -> None:
        """Do nothing."""
