"""F09, the “three public” expenses (“三公”经费): one row of values under two phases, or the table turned.

Belongs here: the header and the values of F09 in its arrangements: budget columns then final columns, pairs
of both, phases as rows, items as rows (transposed). Does not: any other form.
"""

from collections.abc import Sequence

from pipeline.forms import text
from pipeline.forms.catalogue import Form, catalogue
from pipeline.forms.header import has_amount
from pipeline.forms.layout import Column, Row, cell_at, is_banner, is_column_numbers, leaf_columns, rows_of
from pipeline.forms.rows import FormRow
from pipeline.read.document import Cell, Grid

_Values = list[tuple[str, Cell | None, Cell]]
_ENOUGH = 3  # items that a table must show to be F09: any print shows at least 因公出国, 公务用车, 公务接待


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


def read_three_public(form: Form, grid: Grid) -> FormRow | None:
    """Return the one row of F09 with its cells by measure; None where `grid` is not F09."""
    rows = rows_of(grid)
    values = _items_as_rows(form, grid, rows) or _items_as_columns(form, grid, rows)
    if len({measure.partition("_")[2] for measure, _, _ in values}) < _ENOUGH:
        return None
    row_no = min(cell.row for _, _, cell in values)
    return FormRow(None, None, None, "three_public", "line", grid, row_no, _in_order(form, values))


def _in_order(form: Form, values: _Values) -> _Values:
    """Order values as the statutory form does: budget before final, total before its parts."""
    phases, items = (
        list(form.phases),
        ["total", "overseas", "vehicle", "vehicle_purchase", "vehicle_operation"],
    )
    rank = {name: place for place, name in enumerate([*items, "reception", "meeting", "training"])}

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


def _items_as_rows(form: Form, grid: Grid, rows: Sequence[Row]) -> _Values:
    """Read the transposed form: a row per item, a column per phase. Empty where it is not transposed."""
    labelled = [(row, item(form, label[:1])) for row in rows if (label := _row_label(row))]
    items = {name for _, name in labelled if name not in (None, "total")}
    if len(items) < _ENOUGH:
        return []
    first = next(index for index, row in enumerate(rows) for r, name in labelled if r is row and name)
    columns = [(c, ahead) for c in _columns(grid, rows[:first]) if (ahead := phase(form, c.path))]
    chosen: dict[str, Row] = {}
    for row, name in labelled:
        # a heading above the rows it sums up may bear the same name and print a dash
        if name is not None and (
            name not in chosen or (not _prints(chosen[name], columns) and _prints(row, columns))
        ):
            chosen[name] = row
    return [
        (f"{ahead}_{name}", cell, cell)
        for name, row in chosen.items()
        for column, ahead in columns
        if (cell := cell_at(row, column.middle))
    ]


def _prints(row: Row, columns: Sequence[tuple[Column, str]]) -> bool:
    cells = [cell_at(row, column.middle) for column, _ in columns]
    return any(cell is not None and text.printed_number(cell.text) is not None for cell in cells)


def _columns(grid: Grid, header: Sequence[Row]) -> list[Column]:
    cells = [
        cell for row in header if not is_banner(row, grid) and not is_column_numbers(row) for cell in row
    ]
    return leaf_columns(grid, cells)


def _items_as_columns(form: Form, grid: Grid, rows: Sequence[Row]) -> _Values:
    """Read the usual form: a column per item and phase, or a column per item and a row per phase."""
    depth = 0
    while depth < len(rows) and not has_amount(rows[depth]) and _is_header(form, rows[depth], grid):
        depth += 1
    columns = [(column, item(form, column.path)) for column in _columns(grid, rows[:depth])]
    data = [row for row in rows[depth:] if row and not is_column_numbers(row)]
    if not data:
        return []
    if any(phase(form, column.path) for column, _ in columns):
        printed = [row for row in data if any(text.printed_number(cell.text) for cell in row)]
        return _row_values(form, columns, (printed or data)[0], None)
    values: _Values = []
    for row in data:
        ahead = phase(form, _row_label(row))
        if ahead:
            values.extend(_row_values(form, columns, row, ahead))
    return values or _row_values(form, columns, data[0], "final")


def _is_header(form: Form, row: Row, grid: Grid) -> bool:
    if is_banner(row, grid) or is_column_numbers(row):
        return True
    texts = [text.squeeze(cell.text) for cell in row]
    return any(form.measure(plain) or form.phase(plain) for plain in texts if plain)


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
        cell = cell_at(row, column.middle)
        if name is None or of is None or cell is None or f"{of}_{name}" in done:
            continue
        done.add(f"{of}_{name}")
        values.append((f"{of}_{name}", cell, cell))
    return values
