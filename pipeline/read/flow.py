"""Laying out what has no pages: text, tables and page breaks in their order become pages with places.

Belongs here: the plain blocks that every such format is turned into, which tables are grids, and the places
that lines and cells are given. Does not: any file format (`word`, `sheets`, `web`).

Lines and grids follow each other downwards, columns stand side by side at the widths the file gives. A table
is no grid when it only lays out other tables, when it has one column, or when it is one row without a number
(the caption around a form); its text becomes lines.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby, pairwise

from pipeline.read.document import Box, Cell, Grid, Line, Page, UnreadableError

MARGIN = 40.0
LINE = 14.0
CHARACTER = 10.0
"""Points: what stands around a page, how high a line and how wide a character is taken to be."""

NARROWEST = 6.0
"""No column is laid out narrower, so that positions in it can be told apart (points)."""

COLUMN = 60.0
"""Width of a column whose width the file does not give, in points."""

_NUMBER = re.compile(r"[-−(（]?[\d,，]*\d(?:\.\d+)?[%)）]?")
_BLANKS = re.compile(r"[^\S\n]+")


@dataclass(frozen=True)
class Text:
    """A paragraph or another piece of text of its own; line feeds part its lines."""

    text: str


@dataclass(frozen=True)
class PageBreak:
    """What follows begins a new page, unless nothing has been put on this one yet."""


@dataclass
class TableCell:
    """A cell as the format gives it. `blocks` is what stands in it, tables too; `place` as in `Cell`."""

    row: int
    column: int
    row_span: int
    column_span: int
    blocks: "list[Block]"
    place: str

    @property
    def text(self) -> str:
        """What the cell prints, lines parted by line feeds; a table inside is a line for each of its rows."""
        lines = (line for block in self.blocks for line in _lines_of(block))
        return "\n".join(line for line in lines if line)

    @property
    def tables(self) -> "list[Table]":
        """The tables inside."""
        return [block for block in self.blocks if isinstance(block, Table)]


@dataclass
class Table:
    """A table as the format gives it. `widths` of its columns in points, shorter where not all are given."""

    cells: list[TableCell] = field(default_factory=list)
    widths: list[float] = field(default_factory=list)

    def rows(self) -> list[list[TableCell]]:
        """Return the cells by the row they begin in, left to right; rows in which none begins left out."""
        ordered = sorted(self.cells, key=lambda cell: (cell.row, cell.column))
        return [list(cells) for _, cells in groupby(ordered, key=lambda cell: cell.row)]


Block = Text | Table | PageBreak


def plain(text: str) -> str:
    """Return `text` with runs of blanks, no-break ones too, as one blank and none at the ends of lines."""
    lines = (_BLANKS.sub(" ", line).strip() for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def is_number(text: str) -> bool:
    """Tell whether a cell prints nothing but a number."""
    return _NUMBER.fullmatch("".join(text.split())) is not None


def lay_out(blocks: Iterable[Block], reading: str, first_page: int = 1) -> list[Page]:
    """Return the pages that blocks make, in their order; no page is empty but a first and only one."""
    sheet = _Sheet(reading, first_page)
    pages = []
    for block in _resolved(blocks):
        if isinstance(block, PageBreak):
            if sheet.lines or sheet.grids:
                pages.append(sheet.page())
                sheet = _Sheet(reading, first_page + len(pages))
        elif isinstance(block, Text):
            for line in block.text.split("\n"):
                sheet.line(line)
        else:
            sheet.table(block)
    if sheet.lines or sheet.grids or not pages:
        pages.append(sheet.page())
    return pages


def _resolved(blocks: Iterable[Block]) -> Iterator[Block]:
    """Yield the blocks with tables that are no grids taken apart."""
    for block in blocks:
        if not isinstance(block, Table):
            yield block
        elif _only_lays_out(block):
            for cell in _in_order(block):
                yield from _resolved(cell.blocks)
        elif _is_caption(block):
            for row in block.rows():
                yield Text(" ".join(filter(None, (plain(cell.text.replace("\n", "")) for cell in row))))
        else:
            yield block


def _in_order(table: Table) -> list[TableCell]:
    return [cell for row in table.rows() for cell in row]


def _only_lays_out(table: Table) -> bool:
    """Tell whether a table has one column, or holds more cells of tables inside it than of its own."""
    if len({cell.column for cell in table.cells}) <= 1:
        return True
    inner = sum(_size(inside) for cell in table.cells for inside in cell.tables)
    own = sum(bool(plain(cell.text)) for cell in table.cells if not cell.tables)
    return inner > own


def _size(table: Table) -> int:
    """Return how many cells a table has, of those inside it too; a table that is no grid counts none."""
    inside = sum(_size(inner) for cell in table.cells for inner in cell.tables)
    return inside + (0 if len({cell.column for cell in table.cells}) <= 1 else len(table.cells))


def _is_caption(table: Table) -> bool:
    return len(table.rows()) <= 1 and not any(is_number(cell.text) for cell in table.cells)


def _lines_of(block: Block) -> Iterator[str]:
    if isinstance(block, Text):
        yield from plain(block.text).split("\n")
    elif isinstance(block, Table):
        for row in block.rows():
            yield " ".join(filter(None, (cell.text.replace("\n", "") for cell in row)))


class _Sheet:
    """One page in the making."""

    def __init__(self, reading: str, number: int) -> None:
        self.reading, self.number = reading, number
        self.lines: list[Line] = []
        self.grids: list[Grid] = []
        self.top, self.right = MARGIN, 595.0 - MARGIN

    def line(self, text: str) -> None:
        text = plain(text)
        if text:
            self.lines.append(Line(text, self._box(MARGIN, self.top, CHARACTER * len(text))))
            self.top += LINE

    def _box(self, x0: float, top: float, width: float) -> Box:
        self.right = max(self.right, x0 + width)
        return Box(round(x0, 2), round(top, 2), round(x0 + width, 2), round(top + LINE, 2))

    def table(self, table: Table) -> None:
        """Put a grid on the page, and a line for each of its rows that prints something."""
        cells, widths = _ruled(table)
        if not cells:
            return
        lefts = [MARGIN]
        for width in widths:
            lefts.append(round(lefts[-1] + max(NARROWEST, width), 2))
        texts = [cell.text for cell in cells]
        rows = max(cell.row + cell.row_span for cell in cells)
        heights = [LINE] * rows
        for cell, text in zip(cells, texts, strict=True):
            last = cell.row + cell.row_span - 1
            needed = LINE * (text.count("\n") + 1) - sum(heights[cell.row : last + 1])
            heights[last] += max(0.0, needed)
        tops = [self.top]
        for height in heights:
            tops.append(round(tops[-1] + height, 2))
        placed = [
            Cell(
                cell.row,
                cell.column,
                cell.row_span,
                cell.column_span,
                text,
                Box(lefts[cell.column], tops[cell.row], lefts[cell.column + cell.column_span],
                    tops[cell.row + cell.row_span]),
                place=cell.place,
            )
            for cell, text in zip(cells, texts, strict=True)
        ]  # fmt: skip
        for row, in_row in groupby(placed, key=lambda cell: cell.row):
            printed = [cell for cell in in_row if cell.text]
            if printed:
                words = " ".join(cell.text.replace("\n", "") for cell in printed)
                line = Box(printed[0].box.x0, tops[row], printed[-1].box.x1, tops[row + 1])
                self.lines.append(Line(words, line))
        box = Box(lefts[0], self.top, lefts[-1], tops[-1])
        self.grids.append(Grid(self.number, len(self.grids) + 1, rows, len(lefts) - 1, box, tuple(placed)))
        self.top, self.right = tops[-1], max(self.right, lefts[-1])

    def page(self) -> Page:
        """Return the page as it is."""
        return Page(
            number=self.number,
            width=round(self.right + MARGIN, 2),
            height=round(self.top + MARGIN, 2),
            reading=self.reading if self.lines else "none",
            images=0,
            lines=tuple(self.lines),
            grids=tuple(self.grids),
        )


def _ruled(table: Table) -> tuple[list[TableCell], list[float]]:
    """Return cells in reading order and column widths; what begins no cell goes to the row or column before.

    Of cells that begin at the same place the first stays.
    """
    tops = sorted({cell.row for cell in table.cells})
    lefts = sorted({cell.column for cell in table.cells})
    first: dict[tuple[int, int], TableCell] = {}
    for cell in table.cells:
        row, column = bisect_left(tops, cell.row), bisect_left(lefts, cell.column)
        below = bisect_left(tops, cell.row + cell.row_span, row + 1)
        right = bisect_left(lefts, cell.column + cell.column_span, column + 1)
        ruled = replace(cell, row=row, column=column, row_span=below - row, column_span=right - column)
        first.setdefault((row, column), ruled)
    end = max((cell.column + cell.column_span for cell in table.cells), default=0)
    given = [*table.widths[:end], *[COLUMN] * (end - len(table.widths))]
    widths = [sum(given[left:right]) for left, right in pairwise([*lefts, end])]
    return [first[at] for at in sorted(first)], widths


def require_text(name: str, pages: Sequence[Page], pictures: int = 0) -> None:
    """Raise UnreadableError (`no_text`) when nothing is printed on any page."""
    if any(page.lines for page in pages):
        return
    if pictures:
        raise UnreadableError(
            "no_text",
            f"{name} holds {pictures} pictures and no text. Get the file that was made from the document "
            "itself.",
        )
    raise UnreadableError("no_text", f"{name} holds no text. Check that it is the right file.")


def require_few_pages(name: str, pages: int, max_pages: int) -> None:
    """Raise UnreadableError (`too_many_pages`) when there are more than are read."""
    if pages > max_pages:
        raise UnreadableError(
            "too_many_pages",
            f"{name} has {pages} pages, more than the {max_pages} that are read. "
            "Split the file, or raise FISCAL_MAX_PAGES.",
        )
