"""What a file is, told by its first bytes, never by its name.

Belongs here: the signatures. Does not: reading (`read`) or keeping (`acquire`) a file.
"""

HEAD_BYTES = 1024
"""A PDF's mark may stand anywhere in its first 1024 bytes (PDF 32000-1, annex H, note 13)."""

_SIGNATURES = (
    (b"%PDF-", "pdf", "a PDF"),
    (b"PK\x03\x04", "zip", "an Office file or a ZIP archive"),
    (b"\xd0\xcf\x11\xe0", "ole", "an Office file of the old kind"),
    (b"Rar!", "archive", "a RAR archive"),
    (b"7z\xbc\xaf", "archive", "a 7z archive"),
    (b"\xff\xd8\xff", "image", "a JPEG picture"),
    (b"\x89PNG", "image", "a PNG picture"),
    (b"GIF8", "image", "a GIF picture"),
    (b"II*\x00", "image", "a TIFF picture"),
    (b"MM\x00*", "image", "a TIFF picture"),
    (b"%!PS", "postscript", "a PostScript file"),
)
_WEB_PAGE = (b"<!doctype html", b"<html", b"<head", b"<script", b"<!--")


def file_type(head: bytes) -> tuple[str, str]:
    """Return a word for the type and a phrase for people, from the first `HEAD_BYTES` of a file."""
    if not head:
        return "empty", "an empty file (0 bytes)"
    for signature, word, phrase in _SIGNATURES:
        if head.startswith(signature):
            return word, phrase
    if b"%PDF-" in head:
        return "pdf", "a PDF"
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n\x00").lower()
    if start.startswith(_WEB_PAGE) or b"<html" in start:
        return "html", "a web page (HTML)"
    if start.startswith(b"<?xml"):
        return "xml", "an XML file"
    return ("unknown", "no PDF") if b"\x00" in head else ("text", "no PDF")
