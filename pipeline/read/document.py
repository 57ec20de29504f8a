"""What reading a file yields, the same for every file type.

Belongs here: pages, text lines, ruled grids, and where on the page each of them stands. Does not: how a
file format is read (`pdf` and its neighbours) or what a grid means (`forms`).

The many small structures hold no cycle, so the cycle collector is spared them (`gc=False`).

Coordinates are points (1/72 inch) from the top left corner of the page as shown, as in pdfplumber.
"""

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

    `text` is as printed, lines joined by a line feed; an empty string is a blank cell.
    """

    row: int
    column: int
    row_span: int
    column_span: int
    text: str
    box: Box


class Grid(msgspec.Struct, frozen=True):
    """One ruled table on one page. `table_no` counts from 1 on its page, top to bottom.

    `cells` are in reading order (row, then column). A position that no cell covers has no ruled box there.
    `rows` and `columns` are the number of distinct row tops and column left edges.
    """

    page: int
    table_no: int
    rows: int
    columns: int
    box: Box
    cells: tuple[Cell, ...]


class Page(msgspec.Struct, frozen=True):
    """One page: `number` counts from 1. `lines` holds all text, in reading order, inside grids too.

    `reading` says how the characters were obtained: `text` (text layer), `pdfplumber` (text layer, by stock
    pdfplumber because the fast path declined the page) or `none` (no character on the page; `images` then
    tells an image-only page from an empty one).
    """

    number: int
    width: float
    height: float
    reading: str
    images: int
    lines: tuple[Line, ...]
    grids: tuple[Grid, ...]


class Document(msgspec.Struct, frozen=True):
    """One file as read. `file_type` is what the bytes are (`pdf`), never what the name says."""

    sha256: str
    file_type: str
    producer: str
    pages: tuple[Page, ...]


class UnreadableError(Exception):
    """A file that cannot be read. `reason` is a closed word; the message says what the user can do.

    Reasons: `encrypted`, `damaged`, `empty_file`, `not_a_pdf`, `no_text`, `too_many_pages`, `time_limit`,
    `memory_limit`, `crashed`.
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
