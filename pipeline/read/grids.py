"""From the cells of one table to a `Grid`: rows, columns and spans.

Belongs here: what every way of reading a page with places does last. Does not: finding cells (`tables`,
`raster`) or their text (`tables`, `recognise`).
"""

from bisect import bisect_left
from collections.abc import Mapping

from pipeline.read.document import Box, Cell, Grid
from pipeline.read.tables import CellBox

_NOTHING: Mapping[CellBox, None] = {}


def box_of(x0: float, top: float, x1: float, bottom: float) -> Box:
    """Return a box as documents keep it, to a hundredth of a point."""
    return Box(round(x0, 2), round(top, 2), round(x1, 2), round(bottom, 2))


def grid_of(
    page: int,
    number: int,
    cells: list[CellBox],
    texts: Mapping[CellBox, str],
    seconds: Mapping[CellBox, str | None] = _NOTHING,
    confidences: Mapping[CellBox, float | None] = _NOTHING,
) -> Grid:
    """Return the cells as a grid over the distinct tops and left edges of the table.

    `seconds` and `confidences` are those of `document.Cell`, for the cells that have one.
    """
    tops = sorted({cell[1] for cell in cells})
    lefts = sorted({cell[0] for cell in cells})
    row_of = {top: row for row, top in enumerate(tops)}
    column_of = {left: column for column, left in enumerate(lefts)}

    placed = []
    for cell in sorted(cells, key=lambda cell: (cell[1], cell[0])):
        x0, top, x1, bottom = cell
        row, column = row_of[top], column_of[x0]
        placed.append(
            Cell(
                row,
                column,
                bisect_left(tops, bottom, row + 1) - row,
                bisect_left(lefts, x1, column + 1) - column,
                texts[cell],
                box_of(x0, top, x1, bottom),
                seconds.get(cell),
                confidences.get(cell),
            )
        )
    return Grid(
        page=page,
        table_no=number,
        rows=len(tops),
        columns=len(lefts),
        box=box_of(lefts[0], tops[0], max(cell[2] for cell in cells), max(cell[3] for cell in cells)),
        cells=tuple(placed),
    )
