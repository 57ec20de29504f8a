"""What a file is and which year it may belong to, told cheaply from its name, first bytes and first pages.

Belongs here: guesses that choose an archive folder. Does not: the fiscal year of a report, which `forms`
reads from the report itself and which may differ from the guess.
"""

import re
from pathlib import Path

FIRST_PAGES = 3
YEARS = range(2010, 2036)
"""Departments publish their accounts since 2010; a year outside is taken for unknown."""
UNKNOWN = "unknown"

_CHINESE_DIGITS = str.maketrans("〇○零Ｏ一二三四五六七八九", "0000123456789")
_NAMED_YEAR = re.compile(r"(?<!\d)(20\d\d)年")
_BARE_YEAR = re.compile(r"(?<!\d)(20\d\d)(?!\d)")
_ACCOUNT_YEAR = re.compile(r"(20\d\d)年度?[^。；\d]{0,40}?决算")

# The first bytes that tell a type; the bytes decide, never the extension.
_SIGNATURES = [
    (b"%PDF-", "pdf"),
    (b"PK\x03\x04", "zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (b"\x89PNG", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF8", "image"),
    (b"II*\x00", "image"),
    (b"MM\x00*", "image"),
    (b"Rar!", "archive"),
    (b"7z\xbc\xaf", "archive"),
]


def file_type(head: bytes) -> str:
    """Return what the first 1,024 bytes of a file say it is: a word such as pdf, html, zip, text, empty."""
    if not head:
        return "empty"
    for signature, name in _SIGNATURES:
        if head.startswith(signature):
            return name
    if b"%PDF-" in head:  # readers accept a header within the first kilobyte
        return "pdf"
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head")):
        return "html"
    if start.startswith(b"<?xml"):
        return "xml"
    return "unknown" if b"\x00" in head else "text"


def year_in_name(name: str) -> int | None:
    """Return the one year that a file name states, None when it states none or several."""
    plain = name.translate(_CHINESE_DIGITS)
    for pattern in (_NAMED_YEAR, _BARE_YEAR):
        years = {int(year) for year in pattern.findall(plain) if int(year) in YEARS}
        if years:
            return years.pop() if len(years) == 1 else None
    return None


def year_in_text(text: str) -> int | None:
    """Return the year of the final accounts that a text speaks of first, else the year it names most."""
    plain = "".join(text.split()).translate(_CHINESE_DIGITS)
    if match := _ACCOUNT_YEAR.search(plain):
        return int(match[1]) if int(match[1]) in YEARS else None
    years = [int(year) for year in _NAMED_YEAR.findall(plain) if int(year) in YEARS]
    return max(years, key=lambda year: (years.count(year), -years.index(year))) if years else None


def year_in_pages(path: Path) -> int | None:
    """Return the year that the first pages of a PDF state, None for any other file or a damaged one.

    Runs native code over an unchecked file: call it in a limited process.
    """
    with path.open("rb") as file:
        if file_type(file.read(1024)) != "pdf":
            return None
    import pypdfium2 as pdfium

    try:
        document = pdfium.PdfDocument(path)
    except pdfium.PdfiumError:
        return None  # the reader will say what is wrong; here it only means that no year is known
    with document:
        pages = range(min(FIRST_PAGES, len(document)))
        return year_in_text("".join(document[number].get_textpage().get_text_bounded() for number in pages))
