"""F09, the “three public” expenses (“三公”经费): one row of values under two phases, or the table turned.

Belongs here: the header and the values of F09 in its arrangements: budget columns then final columns, pairs
of both, phases as rows, items as rows (transposed). Does not: any other form.
"""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.forms import text
from pipeline.forms.catalogue import Form, catalogue
from pipeline.forms.header import has_amount, is_caption
from pipeline.forms.layout import (
    Column,
    Row,
    amount_cell,
    cell_at,
    is_column_numbers,
    leaf_columns,
    rows_of,
    shift,
)
from pipeline.forms.rows import FormRow
from pipeline.read.document import Cell, Grid

_Values = list[tuple[str, Cell | None, Cell]]
_ENOUGH = 2  # items that the first page must show to be F09, 合计 included


@dataclass(frozen=True)
class _Printed:
    """A row of F09 and the grid it is printed in, by its place among the grids of the form."""

    grid_no: int
    row: Row


def item(form: Form, path: Sequence[str]) -> str | None:
    """Return the item that header texts name, the innermost first: 小计 below 公务用车… is `vehicle`."""
    book = catalogue()
    for part in reversed(path):
        if book.says("three_public_whole", part) or book.says("three_public_count", part):
            continue
        name = form.measure(part)
        if name is not None and name != "total":
            return name
    counted = any(book.says("three_public_count", part) for part in path)
    return "total" if not counted and any(form.measure(part) == "total" for part in path) else None


def phase(form: Form, path: Sequence[str]) -> str | None:
    """Return the phase (budget, final) that header texts name, the innermost first; None for a comparison."""
    book = catalogue()
    if any(book.says("three_public_compared", part) for part in path):
        return None
    return next((found for part in reversed(path) if (found := form.phase(part))), None)


def read_three_public(form: Form, grids: Sequence[Grid]) -> list[FormRow]:
    """Return the values of F09 by measure, one row per page it is printed on; none where it is not F09.

    `grids` are the table on its first page and its continuations.
    """
    printed = [_Printed(number, row) for number, grid in enumerate(grids) for row in rows_of(grid) if row]
    values = _items_as_rows(form, grids, printed) or _items_as_columns(form, grids, printed)
    if len({measure.partition("_")[2] for _, (measure, _, _) in values}) < _ENOUGH:
        return []
    rows = []
    for number, grid in enumerate(grids):
        own = _in_order(form, [value for grid_no, value in values if grid_no == number])
        if own:
            row_no = min(cell.row for _, _, cell in own)
            rows.append(FormRow(None, None, None, "three_public", "line", grid, row_no, own))
    return rows


Strange = tuple[str, str, Grid, Cell, list[str]]
"""What F09 prints and the dictionary does not know: its kind (`facts.UNMAPPED_KINDS`), its words, the grid
and the cell that print it, and the numbers below or beside it."""


def unnamed(form: Form, grids: Sequence[Grid]) -> list[Strange]:
    """Return the headers and labels of F09 that the dictionary does not know.

    What counts persons or cars, and what compares, is known; a label is told only where a number is printed.
    """
    printed = [_Printed(number, row) for number, grid in enumerate(grids) for row in rows_of(grid) if row]
    if not _items_as_rows(form, grids, printed):
        header = list(itertools.takewhile(lambda line: _is_header(form, line, grids[0]), printed))
        columns = _columns(grids[0], [line.row for line in header])
        phased = any(phase(form, column.path) for column in columns)
        strange = [
            column
            for column in columns
            if item(form, column.path) is None
            or (phased and phase(form, column.path) is None)
            # what has a column of its own is not what the heading above it names
            or any(form.measure(part) is None for part in _below_phases(form, column.path)[-1:])
        ]
        return _strange_columns(grids, printed, len(header), strange)
    first = next(n for n, line in enumerate(printed) if item(form, _row_label(line.row)[:1]))
    columns = _columns(grids[0], [line.row for line in printed[:first]])
    strange = [column for column in columns if phase(form, column.path) is None]
    phases = [column for column, _ in _phase_columns(form, columns)]
    return [
        *_strange_columns(grids, printed, first, strange),
        *_strange_rows(form, grids, printed[first:], phases),
    ]


def _below_phases(form: Form, path: Sequence[str]) -> list[str]:
    return [part for part in path if form.phase(part) is None]


def _strange_columns(
    grids: Sequence[Grid], printed: Sequence[_Printed], depth: int, columns: Sequence[Column]
) -> list[Strange]:
    found: list[Strange] = []
    for column in columns:
        above = [cell for line in printed[:depth] if (cell := cell_at(line.row, column.middle))]
        own = next((cell for cell in reversed(above) if text.has_words(cell.text)), None)
        if own is not None and not _is_known(column.path):
            below = [line for line in printed[depth:] if not is_column_numbers(line.row)]
            numbers = [n for line in below for n in _numbers_at(grids, line, [column])]
            words = any(
                text.has_words(cell.text) for line in below for cell in _cells_at(grids, line, [column])
            )
            if numbers or not words:  # a column of words is one of labels
                found.append(("header", column.words, grids[0], own, numbers))
    return found


def _strange_rows(
    form: Form, grids: Sequence[Grid], printed: Sequence[_Printed], phases: Sequence[Column]
) -> list[Strange]:
    found: list[Strange] = []
    for line in printed:
        label = _row_label(line.row)[:1]
        numbers = _numbers_at(grids, line, phases)
        if label and numbers and item(form, label) is None and not _is_known(label):
            own = next(cell for cell in line.row if text.label(cell.text) == label[0])
            found.append(("row_label", label[0], grids[line.grid_no], own, numbers))
    return found


def _cells_at(grids: Sequence[Grid], line: _Printed, columns: Sequence[Column]) -> list[Cell]:
    """Return the cells of a row in `columns` of the first grid."""
    places = shift(columns, grids[0], grids[line.grid_no])
    return [cell for column in places if (cell := cell_at(line.row, column.middle))]


def _numbers_at(grids: Sequence[Grid], line: _Printed, columns: Sequence[Column]) -> list[str]:
    """Return the numbers of a row in `columns` of the first grid."""
    printed = (text.printed_number(cell.text) for cell in _cells_at(grids, line, columns))
    return [number for number in printed if number is not None]


def _is_known(path: Sequence[str]) -> bool:
    """Tell whether header texts name something other than an amount of F09."""
    book = catalogue()
    labels = ("label_header", "name_header", "code_header", "line_number_header", "column_number_label")
    return any(
        book.says(word, part) for part in path for word in ("three_public_count", "three_public_compared")
    ) or any(book.says(word, path[-1]) for word in (*labels, "note", "no_data"))


def is_header_alone(form: Form, grid: Grid) -> bool:
    """Tell whether `grid` is the header of F09 without any row below: the values stand on the next page."""
    printed = [_Printed(0, row) for row in rows_of(grid) if row]
    if not all(_is_header(form, line, grid) for line in printed):
        return False
    names = {item(form, column.path) for column in _columns(grid, [line.row for line in printed])}
    return len(names - {None}) >= _ENOUGH


def _in_order(form: Form, values: _Values) -> _Values:
    """Order values as the statutory form does: budget before final, total before its parts."""
    phases = list(form.phases)
    items = ("total", "overseas", "vehicle", "vehicle_purchase", "vehicle_operation", "reception")
    rank = {name: place for place, name in enumerate((*items, "meeting", "training"))}

    def key(value: tuple[str, Cell | None, Cell]) -> tuple[int, int]:
        ahead, _, name = value[0].partition("_")
        return phases.index(ahead), rank[name]

    return sorted(values, key=key)


def _row_label(row: Row) -> tuple[str, ...]:
    """Return the words at the left of a row, before its first amount."""
    words: list[str] = []
    for cell in row:
        if text.printed_number(cell.text) is not None and words:
            break
        label = text.label(cell.text)
        if text.has_words(label):
            words.append(label)
    return tuple(words)


_Placed = list[tuple[int, tuple[str, Cell | None, Cell]]]


def _items_as_rows(form: Form, grids: Sequence[Grid], printed: Sequence[_Printed]) -> _Placed:
    """Read the transposed form: a row per item, a column per phase. Empty where it is not transposed."""
    labelled = [(line, item(form, label[:1])) for line in printed if (label := _row_label(line.row))]
    items = {name for line, name in labelled if name is not None and line.grid_no == 0}
    first = next((line for line, name in labelled if name is not None), None)
    if len(items) < _ENOUGH or first is None:
        return []
    header = [line.row for line in printed[: printed.index(first)]]
    columns = _phase_columns(form, _columns(grids[0], header))
    if not columns:
        return []
    chosen: dict[str, tuple[_Printed, list[tuple[str, Cell]]]] = {}
    for line, name in labelled:
        if name is None:
            continue
        places = shift([column for column, _ in columns], grids[0], grids[line.grid_no])
        cells = [
            (f"{ahead}_{name}", cell)
            for (_, ahead), column in zip(columns, places, strict=True)
            if (cell := cell_at(line.row, column.middle))
        ]
        # a heading above the rows it sums up may bear the same name and print a dash
        if name not in chosen or (not _prints(chosen[name][1]) and _prints(cells)):
            chosen[name] = (line, cells)
    return [
        (line.grid_no, (measure, cell, cell)) for line, cells in chosen.values() for measure, cell in cells
    ]


def _phase_columns(form: Form, columns: Sequence[Column]) -> list[tuple[Column, str]]:
    """Return one column for each phase: of several the one of the earliest pattern, of the latest year."""
    found: dict[str, list[Column]] = {}
    for column in columns:
        ahead = phase(form, column.path)
        if ahead:
            found.setdefault(ahead, []).append(column)

    def rank(column: Column, ahead: str) -> tuple[int, int]:
        said = [n for n, pattern in enumerate(form.phases[ahead]) if any(map(pattern.search, column.path))]
        years = [int(year) for year in re.findall(r"20\d\d", column.words)]
        return said[0], -max(years, default=0)

    return [(min(same, key=lambda column: rank(column, ahead)), ahead) for ahead, same in found.items()]


def _prints(cells: Sequence[tuple[str, Cell]]) -> bool:
    return any(text.printed_number(cell.text) is not None for _, cell in cells)


def _columns(grid: Grid, header: Sequence[Row]) -> list[Column]:
    return leaf_columns(grid, [cell for row in header if not is_caption(row, grid) for cell in row])


def _joined(columns: Sequence[Column]) -> list[Column]:
    """Return the columns with those under one header cell as one: a stray rule below it parts no amounts."""
    joined: list[Column] = []
    for column in columns:
        if joined and column.path and joined[-1].path == column.path:
            joined[-1] = Column(joined[-1].x0, column.x1, column.path)
        else:
            joined.append(column)
    return joined


def _items_as_columns(form: Form, grids: Sequence[Grid], printed: Sequence[_Printed]) -> _Placed:
    """Read the usual form: a column per item and phase, or a column per item and a row per phase."""
    header = list(itertools.takewhile(lambda line: _is_header(form, line, grids[0]), printed))
    leaves = _joined(_columns(grids[0], [line.row for line in header]))
    columns = [(column, item(form, column.path)) for column in leaves]
    data = [
        line
        for line in printed[len(header) :]
        if not is_column_numbers(line.row)
        and not (line.grid_no and _is_header(form, line, grids[line.grid_no]))
    ]
    if not data:
        return []
    phases_above = any(phase(form, column.path) for column, _ in columns)
    by_row: list[tuple[_Printed, str | None]] = []
    if not phases_above:
        by_row = [(line, ahead) for line in data if (ahead := phase(form, _row_label(line.row)))]
    if not by_row:
        numbers = [line for line in data if any(text.printed_number(cell.text) for cell in line.row)]
        if not phases_above and _is_doubled(columns, numbers):
            return []  # budget and final beside each other, and the words that tell them apart are not read
        by_row = [((numbers or data)[0], None if phases_above else "final")]
    values: _Placed = []
    for line, ahead in by_row:
        places = shift([column for column, _ in columns], grids[0], grids[line.grid_no])
        named = [(column, name) for column, (_, name) in zip(places, columns, strict=True)]
        values.extend((line.grid_no, value) for value in _row_values(form, named, line.row, ahead))
    return values


def _is_doubled(columns: Sequence[tuple[Column, str | None]], data: Sequence[_Printed]) -> bool:
    """Tell whether an item has numbers in more than one column."""
    names = [
        name
        for column, name in columns
        if name not in (None, "total")
        and any(
            (cell := cell_at(line.row, column.middle)) and text.printed_number(cell.text) for line in data
        )
    ]
    return len(set(names)) < len(names)


def _is_header(form: Form, line: _Printed, grid: Grid) -> bool:
    texts = [text.squeeze(cell.text) for cell in line.row]
    if any(texts) and is_caption(line.row, grid):
        return True
    return not has_amount(line.row) and any(
        form.measure(plain) or form.phase(plain) for plain in texts if plain
    )


def _row_values(
    form: Form, columns: Sequence[tuple[Column, str | None]], row: Row, ahead: str | None
) -> _Values:
    book = catalogue()
    values: _Values = []
    done: set[str] = set()
    # 合计 may add meetings and training to the three; the total meant is the one headed “三公”经费
    whole = [named for named in columns if any(book.says("three_public_whole", p) for p in named[0].path)]
    for column, name in [*(named for named in whole if named[1] == "total"), *columns]:
        of = ahead or phase(form, column.path)
        cell = amount_cell(row, column)
        if name is None or of is None or cell is None or f"{of}_{name}" in done:
            continue
        done.add(f"{of}_{name}")
        values.append((f"{of}_{name}", cell, cell))
    return values
