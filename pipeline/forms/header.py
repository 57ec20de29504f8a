"""The header of a form: which columns carry labels, which carry which measure.

Belongs here: from the top rows of a grid to `Block`s. Does not: the rows below (`rows`), finding the grid
(`find`), and F09, whose header may stand at the side (`three_public`).

A form is one block or several side by side: one in the coded forms, income and expenditure in F01 and F04,
two or three of code, name and amount in F06. Each block is a run of label columns and the columns after it.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.forms import text
from pipeline.forms.catalogue import Form, catalogue
from pipeline.forms.layout import (
    Column,
    Row,
    cell_at,
    is_banner,
    is_column_numbers,
    leaf_columns,
    rows_of,
    shift,
)
from pipeline.read.document import Cell, Grid

SCAN_ROWS = 8  # the deepest header seen has four rows; a title and a unit row may stand inside the grid


@dataclass(frozen=True)
class Block:
    """Label columns and the measures that belong to them. `side` as in facts.

    `restates`: the block says again, in another order, what the block before says: the expenditure of F01 by
    economic class beside that by functional class.
    """

    side: str | None
    labels: tuple[Column, ...]
    measures: tuple[tuple[str, Column], ...]
    restates: bool = False

    def covers(self, cell: Cell) -> bool:
        """Tell whether `cell` stands over one of the label columns."""
        return any(cell.box.x0 <= column.middle < cell.box.x1 for column in self.labels)


@dataclass(frozen=True)
class Header:
    """The header of one grid: its blocks, and the number of rows above the first data row."""

    depth: int
    blocks: tuple[Block, ...]

    @property
    def measures(self) -> tuple[tuple[str | None, str], ...]:
        """Side and measure of every measure column, left to right."""
        return tuple((block.side, name) for block in self.blocks for name, _ in block.measures)

    def moved(self, source: Grid, target: Grid) -> "Header":
        """Return this header for `target`, a continuation of `source` that repeats no header."""
        blocks = []
        for block in self.blocks:
            labels = tuple(shift(block.labels, source, target))
            columns = shift([column for _, column in block.measures], source, target)
            names = [name for name, _ in block.measures]
            blocks.append(replace(block, labels=labels, measures=tuple(zip(names, columns, strict=True))))
        return Header(0, tuple(blocks))


def has_amount(row: Row) -> bool:
    """Tell whether a row prints a number with decimals: header rows never do."""
    return any("." in (text.printed_number(cell.text) or "") for cell in row)


def _header_rows(form: Form, rows: Sequence[Row], grid: Grid) -> int | None:
    """Return the number of header rows by the words that head label columns; None where there are none."""
    book = catalogue()
    words = ["code_header", "name_header", "label_header"]
    words += ["side_header"] if form.layout == "two_sided" else []
    depth = None
    names: list[Cell] = []
    for index, row in enumerate(rows[:SCAN_ROWS]):
        if has_amount(row):
            break
        # 类|款|项 beside 合计: the row that ends the header is the first row of data at once
        if any(form.line_item(text.label(c.text)) == "total" and _below(names, c) for c in row):
            break
        for cell in row:
            plain = text.squeeze(cell.text)
            if book.says("name_header", plain):
                names.append(cell)
            if book.says("code_level", plain):
                # may reach down over the row of 合计 beside it
                depth = max(depth or 0, index + 1)
            elif any(book.says(word, plain) for word in words):
                depth = max(depth or 0, index + cell.row_span)
    if depth is None:
        return None
    while depth < len(rows) and is_column_numbers(rows[depth]):
        depth += 1
    return depth


def has_header(form: Form, grid: Grid) -> bool:
    """Tell whether the first rows of `grid` head a column of names, of this form or of another table."""
    depth = _header_rows(form, rows_of(grid), grid) or 0
    book = catalogue()
    plains = [text.squeeze(cell.text) for row in rows_of(grid)[:depth] for cell in row]
    return any(book.says(word, plain) for word in ("name_header", "label_header") for plain in plains)


def _below(names: Sequence[Cell], cell: Cell) -> bool:
    middle = (cell.box.x0 + cell.box.x1) / 2
    return any(name.box.x0 <= middle < name.box.x1 for name in names)


def _is_label(form: Form, column: Column) -> bool:
    book = catalogue()
    path = column.path
    if any(book.says(word, part) for part in path for word in ("code_header", "name_header")):
        return True
    if form.layout == "two_sided" and path and book.says("side_header", path[-1]):
        return True
    for index, part in enumerate(path):
        if book.says("label_header", part):
            # 项目 above 支出, or above 决算数, begins the name of a measure
            tail = "".join(path[index:])
            return tail == part or not any(form.measure(tail, side) for side in form.measures)
    return False


def _runs(form: Form, columns: Sequence[Column]) -> list[tuple[list[Column], list[Column]]]:
    """Split columns into runs of label columns, each with the columns up to the next run."""
    runs: list[tuple[list[Column], list[Column]]] = []
    for column in columns:
        if _is_label(form, column):
            starts_anew = not runs or runs[-1][1] or _repeats_code(runs[-1][0], column)
            if starts_anew:
                runs.append(([], []))
            runs[-1][0].append(column)
        elif runs:
            runs[-1][1].append(column)
    return runs


def _repeats_code(labels: Sequence[Column], column: Column) -> bool:
    book = catalogue()
    return any(book.says("name_header", part) for label in labels for part in label.path) and any(
        book.says("code_header", part) for part in column.path
    )


def _measures(form: Form, side: str | None, columns: Sequence[Column]) -> tuple[tuple[str, Column], ...]:
    """Name the columns of a block; a measure is named once, by the first column that says it."""
    book = catalogue()
    key = side if side is not None else ""
    free = [c for c in columns if not any(book.says("line_number_header", part) for part in c.path)]
    found: dict[str, Column] = {}
    for path, group in itertools.groupby(free, key=lambda column: column.path):
        # one header over several columns: a stray rule splits the amounts below it
        same = list(group)
        column = Column(same[0].x0, same[-1].x1, path)
        # words that break over unruled rows (基本|支出) name the measure together
        name = form.measure(column.words, key) or form.measure("".join(path), key)
        if name is not None:
            found.setdefault(name, column)
    if not found and len(free) == 1 and "final" in form.measures[key]:
        found["final"] = free[0]
    return tuple(found.items())


def _extended(
    columns: Sequence[Column], rows: Sequence[Row], depth: int, form: Form
) -> tuple[list[Column], int]:
    """Add sub-headers that stand below the label header: in rows without a label, or inside the 合计 row."""
    book = catalogue()
    columns = list(columns)
    labels = [column for column in columns if _is_label(form, column)]
    for row_no in range(depth, len(rows)):
        row = rows[row_no]
        cells = [c for column in labels if (c := cell_at(row, column.middle))]
        printed = [plain for cell in cells if not book.says("code_level", plain := text.label(cell.text))]
        label = "".join(dict.fromkeys(printed))
        is_total = form.line_item(label) == "total" and form.layout == "coded"
        words = {
            index: text.squeeze(cell.text)
            for index, column in enumerate(columns)
            if column not in labels
            and (cell := cell_at(row, column.middle))
            and text.has_words(cell.text)
            and not book.says("placeholder", text.squeeze(cell.text))
        }
        if has_amount(row) or (label and not is_total) or (label and not words):
            break
        for index, word in words.items():
            columns[index] = replace(columns[index], path=(*columns[index].path, word))
        if is_total:
            break
        if words:
            depth = row_no + 1
    return columns, depth


def read_header(form: Form, grid: Grid) -> Header | None:
    """Return the header of `grid` read as `form`; None where the grid has no header of that form."""
    rows = rows_of(grid)
    depth = _header_rows(form, rows, grid)
    if depth is None:
        return None
    cells = [cell for row in rows[:depth] if not is_caption(row, grid) for cell in row]
    columns, depth = _extended(leaf_columns(grid, cells), rows, depth, form)
    while depth < len(rows) and is_column_numbers(rows[depth]):
        depth += 1
    runs = _runs(form, columns)
    blocks: list[Block] = []
    for index, (labels, others) in enumerate(runs):
        side = None
        if form.layout == "two_sided":
            side = "income" if index == 0 else "expenditure"
        measures = _measures(form, side, others)
        if measures:
            restates = any(side == "expenditure" == block.side for block in blocks)
            blocks.append(Block(side, tuple(labels), measures, restates))
    header = Header(depth, tuple(blocks))
    return header if _is_whole(form, header) else None


def is_caption(row: Row, grid: Grid) -> bool:
    """Tell whether a row above the header names no column: title, department, unit, column numbers."""
    filled = [plain for cell in row if (plain := text.squeeze(cell.text))]
    book = catalogue()
    captions = all(book.says("caption", plain) or book.form_titled(plain) for plain in filled)
    return captions or is_banner(row, grid) or is_column_numbers(row)


def _is_whole(form: Form, header: Header) -> bool:
    """Tell whether the header shows what any print of `form` shows."""
    if form.layout == "two_sided":
        sides = {block.side for block in header.blocks}
        return sides == {"income", "expenditure"}
    if form.layout == "economic":
        return bool(header.blocks)
    return len(header.blocks) == 1 and len(header.measures) > 1
