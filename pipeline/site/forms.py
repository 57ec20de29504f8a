"""Forms as they are printed, from the amounts of a report: rows and columns in printed order.

Belongs here: which columns a form has and where each cell goes. Does not: names of columns (the database) or
markup (the templates).

An amount knows its cell: page, table, row, column. Columns of a form are told by side and measure; where one
row has the same measure several times (forms set in two or three blocks), by its place in the row too.
"""

from collections import defaultdict
from collections.abc import Sequence

import msgspec

from pipeline.site.query import Cell

ColumnKey = tuple[str | None, int, str]
"""Side, block, measure."""


class Block(msgspec.Struct, frozen=True):
    """Label columns and the measures behind them. `has_codes`: some row has a classification code."""

    side: str | None
    has_codes: bool
    has_names: bool
    measures: tuple[str, ...]


class Label(msgspec.Struct, frozen=True):
    """The label of a row in one block; both None where the block has no such row."""

    code: str | None
    name: str | None
    kind: str


class PrintedRow(msgspec.Struct, frozen=True):
    """A printed row: for each block its label and its cells, None where nothing is printed."""

    page: int
    parts: tuple[tuple[Label | None, tuple[Cell | None, ...]], ...]


class PrintedForm(msgspec.Struct, frozen=True):
    """A form. Every row has as many parts as there are blocks."""

    blocks: tuple[Block, ...]
    rows: tuple[PrintedRow, ...]


def printed_form(cells: Sequence[Cell]) -> PrintedForm:
    """Return the form that `cells` (all of one form) make.

    A row that has the same measure twice in one block (none is known) keeps the first and the others follow
    in rows of their own: nothing is dropped.
    """
    keys = _column_keys(cells)
    first_at: dict[ColumnKey, tuple[int, int, int]] = {}
    for cell, key in zip(cells, keys, strict=True):
        at = (cell.page, cell.table_no, cell.column_no)
        first_at[key] = min(first_at.get(key, at), at)
    # A measure that only a later page shows is put where its column stands there.
    order = sorted(first_at, key=lambda key: (first_at[key][2], first_at[key]))
    grouped: dict[tuple[str | None, int], list[str]] = {}
    for side, block, measure in order:
        grouped.setdefault((side, block), []).append(measure)
    labels: dict[tuple[str | None, int], list[Cell]] = defaultdict(list)
    rows: dict[tuple[int, int, int, int], dict[ColumnKey, Cell]] = {}
    for cell, key in zip(cells, keys, strict=True):
        labels[key[:2]].append(cell)
        again = 0
        while key in rows.setdefault((cell.page, cell.table_no, cell.row_no, again), {}):
            again += 1
        rows[cell.page, cell.table_no, cell.row_no, again][key] = cell
    blocks = tuple(
        Block(
            side=side,
            has_codes=any(_code(cell) for cell in labels[side, block]),
            has_names=any(cell.item_name for cell in labels[side, block]),
            measures=tuple(measures),
        )
        for (side, block), measures in grouped.items()
    )
    return PrintedForm(
        blocks,
        tuple(
            PrintedRow(at[0], tuple(_part(row, name, measures) for name, measures in grouped.items()))
            for at, row in sorted(rows.items())
        ),
    )


def _part(
    row: dict[ColumnKey, Cell], block: tuple[str | None, int], measures: Sequence[str]
) -> tuple[Label | None, tuple[Cell | None, ...]]:
    cells = tuple(row.get((*block, measure)) for measure in measures)
    first = next((cell for cell in cells if cell is not None), None)
    return (None if first is None else Label(_code(first), first.item_name, first.row_kind), cells)


def _code(cell: Cell) -> str | None:
    """Return the printed code; the names that stand for the codes of totals are not printed."""
    return cell.item_code if cell.item_code and cell.item_code.isdigit() else None


def _column_keys(cells: Sequence[Cell]) -> list[ColumnKey]:
    """Return the column of each cell: side, block and measure.

    The number of a column may differ from row to row and from page to page (merged cells), so it only tells
    apart what stands in the same row.
    """
    starts: dict[tuple[int, int, str | None, str], list[int]] = {}
    in_row: dict[tuple[int, int, int, str | None, str], list[int]] = defaultdict(list)
    for cell in cells:
        in_row[cell.page, cell.table_no, cell.row_no, cell.side, cell.measure].append(cell.column_no)
    for (page, table, _, side, measure), columns in in_row.items():
        widest = starts.setdefault((page, table, side, measure), [])
        if len(set(columns)) > len(widest):
            widest[:] = sorted(set(columns))
    keys = []
    for cell in cells:
        begins = starts[cell.page, cell.table_no, cell.side, cell.measure]
        block = max(sum(begin <= cell.column_no for begin in begins) - 1, 0)
        keys.append((cell.side, block, cell.measure))
    return keys
