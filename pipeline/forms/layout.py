"""A grid as a table: its rows, its columns by position, its header.

Belongs here: geometry and structure that every form shares. Does not: what a header or a label means for one
form (`rows`) or which form a grid is (`find`).

Columns are told apart by where they stand on the page, not by number: a continuation page may merge what the
first page splits (类|款|项 in three columns, then in one).
"""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline.forms import text
from pipeline.forms.catalogue import catalogue
from pipeline.read.document import Box, Cell, Grid

Row = Sequence[Cell]


@dataclass(frozen=True)
class Column:
    """A column of the header: its horizontal extent in points, and the header texts above it, top down."""

    x0: float
    x1: float
    path: tuple[str, ...]

    @property
    def middle(self) -> float:
        """The horizontal middle, in points."""
        return (self.x0 + self.x1) / 2

    @property
    def words(self) -> str:
        """The header path joined by '/'."""
        return "/".join(self.path)


def rows_of(grid: Grid) -> list[list[Cell]]:
    """Return the cells of `grid` by row, left to right; a row may be empty."""
    rows: list[list[Cell]] = [[] for _ in range(grid.rows)]
    for cell in grid.cells:
        rows[cell.row].append(cell)
    for row in rows:
        row.sort(key=lambda cell: cell.column)
    return rows


def cell_at(row: Row, x: float) -> Cell | None:
    """Return the cell of `row` that covers the horizontal position `x`, None where no cell is ruled."""
    return next((cell for cell in row if cell.box.x0 <= x < cell.box.x1), None)


def cells_in(row: Row, column: Column) -> list[Cell]:
    """Return the cells of `row` that `column` holds, left to right: one that covers it, or several within.

    A stray rule, or a page that splits what the header's page merges, puts several cells into one column.
    """
    within = [cell for cell in row if column.x0 <= (cell.box.x0 + cell.box.x1) / 2 < column.x1]
    if len(within) > 1:
        return within
    over = cell_at(row, column.middle)
    return [over] if over else []


def amount_cell(row: Row, column: Column) -> Cell | None:
    """Return the cell of `row` that prints the amount of `column`; parts of one amount are put together."""
    cells = cells_in(row, column)
    printed = [cell for cell in cells if text.squeeze(cell.text)]
    words = "".join(cell.text for cell in printed)
    if len(printed) <= 1 or text.printed_number(words) is None:
        return next(iter([*printed, *cells]), None)
    first, last = printed[0], printed[-1]
    box = Box(first.box.x0, first.box.top, last.box.x1, max(cell.box.bottom for cell in printed))
    said = "".join(cell.text if cell.second is None else cell.second for cell in printed)
    second = None if text.squeeze(said) == text.squeeze(words) else said
    sure = min((cell.confidence for cell in printed if cell.confidence is not None), default=None)
    return Cell(first.row, first.column, first.row_span, len(printed), words, box, second, sure)


def is_column_numbers(row: Row) -> bool:
    """Tell whether a row prints column numbers (栏次): 1, 2, 3 … or formulas of them (7=1+3)."""
    book = catalogue()
    texts = [plain for cell in row if (plain := text.squeeze(cell.text))]
    if not texts:
        return False
    if any(book.says("column_number_label", plain) for plain in texts):
        return True
    heads = [plain.partition("=")[0] for plain in texts]
    if not all(head.isdecimal() and len(head) <= 2 for head in heads):
        return False
    numbers = [int(head) for head in heads]
    return len(numbers) > 1 and all(after == before + 1 for before, after in itertools.pairwise(numbers))


def leaf_columns(grid: Grid, header: Iterable[Cell]) -> list[Column]:
    """Return the columns of `grid`, left to right, each with the header texts that stand above it."""
    lefts: dict[int, float] = {}
    for cell in grid.cells:
        lefts[cell.column] = min(lefts.get(cell.column, cell.box.x0), cell.box.x0)
    edges = [lefts[index] for index in sorted(lefts)] + [grid.box.x1]
    above = sorted(header, key=lambda cell: cell.row)
    columns = []
    for x0, x1 in itertools.pairwise(edges):
        middle = (x0 + x1) / 2
        path = tuple(
            plain
            for cell in above
            if cell.box.x0 <= middle < cell.box.x1 and (plain := text.squeeze(cell.text))
        )
        columns.append(Column(x0, x1, path))
    return columns


def _lefts(grid: Grid) -> list[float]:
    return sorted({cell.box.x0 for cell in grid.cells})


def aligned(source: Grid, target: Grid) -> bool:
    """Tell whether the columns of `target` stand where those of `source` do.

    Four left edges of five within 3 points are enough: a continuation may merge columns, or lack the rule of
    one that holds nothing on its page.
    """
    near, enough = 3.0, 0.8
    edges = _lefts(source)
    found = [any(abs(left - edge) <= near for edge in edges) for left in _lefts(target)]
    return sum(found) >= enough * len(found)


def shift(columns: Sequence[Column], source: Grid, target: Grid) -> list[Column]:
    """Return `columns` of `source` where they stand in `target`, which may be laid out at other margins."""
    if aligned(source, target):
        return list(columns)
    scale = (target.box.x1 - target.box.x0) / (source.box.x1 - source.box.x0)
    return [
        Column(
            target.box.x0 + (column.x0 - source.box.x0) * scale,
            target.box.x0 + (column.x1 - source.box.x0) * scale,
            column.path,
        )
        for column in columns
    ]


def is_banner(row: Row, grid: Grid) -> bool:
    """Tell whether a row is one cell across the table: a title, a unit, a common heading."""
    filled = [cell for cell in row if text.squeeze(cell.text)]
    wide = 0.9 * (grid.box.x1 - grid.box.x0)
    return len(filled) == 1 and filled[0].box.x1 - filled[0].box.x0 >= wide
