"""What reading a file yields, the same for every file type.

Belongs here: pages, text lines, ruled grids, and where on the page each of them stands. Does not: how a
file format is read (`pdf` and its neighbours) or what a grid means (`forms`).

The many small structures hold no cycle, so the cycle collector is spared them (`gc=False`).

Coordinates are points (1/72 inch) from the top left corner of the page as shown, as in pdfplumber. A file
without pages (word processing, spreadsheet, web page) is laid out by its reader: lines and grids follow each
other downwards, columns stand side by side, and nobody is told those places as if they were printed; each
cell's `place` says where it is in the file's own terms.
"""

import math

import msgspec


class Box(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A rectangle on a page: `x0 <= x1`, `top <= bottom`."""

    x0: float
    top: float
    x1: float
    bottom: float


class Line(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One line of text, left to right; blanks stand where the gap between characters is a blank wide."""

    text: str
    box: Box


class Cell(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One ruled cell. `row` and `column` count from 0 in the grid; spans are at least 1.

    `text` is as printed, lines joined by a line feed; an empty string is a blank cell. `second` is what the
    second reading found in the cell where that is another text (None: the same, or not read twice).
    `confidence` is that of text recognition, 0 to 1, of the least certain part; None for text that was not
    recognised. `place` names the cell in a file without pages (`Sheet1!C12`, `table 7, row 3, cell 2`).
    """

    row: int
    column: int
    row_span: int
    column_span: int
    text: str
    box: Box
    second: str | None = None
    confidence: float | None = None
    place: str = ""


class Grid(msgspec.Struct, frozen=True):
    """One ruled table on one page. `table_no` counts from 1 on its page, top to bottom.

    `cells` are in reading order (row, then column). A position that no cell covers has no ruled box there.
    `rows` and `columns` are the number of distinct row tops and column left edges. `strays` are amounts, and
    labels of rows, that stand inside the table's range or at its ends and in no cell of it.
    """

    page: int
    table_no: int
    rows: int
    columns: int
    box: Box
    cells: tuple[Cell, ...]
    strays: tuple[Line, ...] = ()


PRINTED = ("text", "pdfplumber", "ocr")
"""Ways of reading that know places on a page."""

READ_TWICE = ("text", "pdfplumber")
"""Ways of reading whose grids are read a second time."""


class Page(msgspec.Struct, frozen=True):
    """One page: `number` counts from 1. `lines` holds all text, in reading order, inside grids too.

    `reading` says how the characters were obtained: `text` (text layer), `pdfplumber` (text layer, by stock
    pdfplumber because the fast path declined the page), `ocr` (recognised from a picture), `sheet`, `word`,
    `html` (no pages: one for each sheet or part between page breaks) or `none` (no character on the
    page; `images` then tells an image-only page from an empty one). `read_twice` tells that every amount in a
    grid was read a second time by another way. `part` is the file inside an archive file that the page is of.
    `turned` says by how many degrees a scanned sheet was turned clockwise to stand upright and straight; its
    size, lines and grids are those of the sheet so turned, and `as_shown` leads back.
    """

    number: int
    width: float
    height: float
    reading: str
    images: int
    lines: tuple[Line, ...]
    grids: tuple[Grid, ...]
    read_twice: bool = False
    part: str = ""
    turned: float = 0.0


def as_shown(box: Box, page: Page) -> Box:
    """Return where a box of `page` stands on the page as shown: the same, but for scans that were turned.

    The sheet was turned about its middle. Quarter turns are undone exactly; what is left of a turn moves the
    middle of the box and leaves its sides level.
    """
    if not page.turned:
        return box
    quarters = round(page.turned / 90)
    lean = math.radians(page.turned - 90 * quarters)
    x, y = (box.x0 + box.x1 - page.width) / 2, (box.top + box.bottom - page.height) / 2
    x, y = x * math.cos(lean) + y * math.sin(lean), y * math.cos(lean) - x * math.sin(lean)
    half_width, half_height = (box.x1 - box.x0) / 2, (box.bottom - box.top) / 2
    width, height = page.width, page.height
    for _ in range(quarters % 4):  # back, against the clock
        x, y = y, -x
        half_width, half_height, width, height = half_height, half_width, height, width
    x, y = x + width / 2, y + height / 2
    return Box(*(round(at, 2) for at in (x - half_width, y - half_height, x + half_width, y + half_height)))


class Document(msgspec.Struct, frozen=True):
    """One file as read. `file_type` is what the bytes are (`pdf`, `xlsx` …), never what the name says.

    `title` is what the file itself gives as its title (document properties, `<title>`); empty where it does
    not. Nobody sees it in print.
    """

    sha256: str
    file_type: str
    producer: str
    pages: tuple[Page, ...]
    title: str = ""


class UnreadableError(Exception):
    """A file that cannot be read. `reason` is a closed word; the message says what the user can do.

    Reasons that lie in the file: `empty_file`, `damaged` (cut off, broken), `encrypted` (a password is
    needed), `unsupported_type`, `no_text` (pictures only, or nothing), `too_large` (a workbook of more cells
    than any report has), `unsafe_archive` (a ZIP that unpacks to too much, nests too deep, or whose members
    have paths out of it), `several_reports` (an archive file of more than one).

    Reasons that lie in limits or in the machine: `too_many_pages`, `time_limit`, `memory_limit`, `crashed`,
    `no_converter` (LibreOffice is needed and is not there), `conversion_failed` (it gave nothing in time).
    """

    def __init__(self, reason: str, message: str, page: int | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.page = page

    def __reduce__(self) -> tuple[type["UnreadableError"], tuple[str, str, int | None]]:
        return UnreadableError, (self.reason, str(self), self.page)


def encode(document: Document) -> bytes:
    """Return the document as MessagePack bytes, for `decode`."""
    return msgspec.msgpack.encode(document)


def decode(data: bytes) -> Document:
    """Return the document that `encode` wrote; raises msgspec.DecodeError on anything else."""
    return msgspec.msgpack.decode(data, type=Document)
