"""Which year a file may belong to, told cheaply from its name and its first pages.

Belongs here: guesses that choose an archive folder. Does not: the fiscal year of a report, which `forms`
reads from the report itself and which may differ from the guess.
"""

import re
from pathlib import Path

from pipeline.file_type import file_type

FIRST_PAGES = 3
YEARS = range(2010, 2036)
"""Departments publish their accounts since 2010; a year outside is taken for unknown."""
UNKNOWN = "unknown"

_CHINESE_DIGITS = str.maketrans("〇○零Ｏ一二三四五六七八九", "0000123456789")
_NAMED_YEAR = re.compile(r"(?<!\d)(20\d\d)年")
_BARE_YEAR = re.compile(r"(?<!\d)(20\d\d)(?!\d)")
_ACCOUNT_YEAR = re.compile(r"(20\d\d)年度?[^。；\d]{0,40}?决算")


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
    if file_type(path.read_bytes())[0] != "pdf":
        return None
    import pypdfium2 as pdfium

    try:
        document = pdfium.PdfDocument(path)
    except pdfium.PdfiumError:
        return None  # the reader will say what is wrong; here it only means that no year is known
    with document:
        pages = range(min(FIRST_PAGES, len(document)))
        return year_in_text("".join(document[number].get_textpage().get_text_bounded() for number in pages))
