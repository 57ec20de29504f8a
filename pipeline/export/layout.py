"""Where the amounts of a form stand on a sheet, as the statutory form prints them.

Belongs here: rows in printed order, blocks side by side, headers. Does not: writing a workbook (`workbook`).

Facts know the printed row and column of each amount and what its row and column mean, not the header as
printed: headers are the names of measures, grouped by side (收入, 支出) and by phase (预算数, 决算数).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

SIDES = {"income": "收入", "expenditure": "支出"}
PHASES = {"budget": "预算数", "final": "决算数"}
LABEL = "项目"
CODE = "科目编码"
NAME = "科目名称"


@dataclass(frozen=True)
class Amount:
    """One printed cell, as in audit.reported_amount; `printed` is None where it is blank."""

    cell_no: int
    side: str | None
    item_code: str | None
    item_name: str | None
    measure: str
    printed: str | None
    text: str
    decimals: int | None
    page: int
    table_no: int
    row_no: int
    column_no: int


@dataclass(frozen=True)
class Measure:
    """The name of a measure, and its phase where the form compares two."""

    name: str
    phase: str | None


@dataclass(frozen=True)
class Merge:
    """A header over several cells of one row: first and last column from 0."""

    row: int
    first: int
    last: int


@dataclass
class Sheet:
    """A form on a sheet: texts and amounts by row and column, from 0; the header comes first."""

    header_rows: int
    columns: int = 0
    texts: dict[tuple[int, int], str] = field(default_factory=dict)
    amounts: dict[tuple[int, int], Amount] = field(default_factory=dict)
    merges: list[Merge] = field(default_factory=list)


# A column of amounts: side, number of the block on that side, and measure (or phase).
_Column = tuple[str, int, str]


def lay_out(amounts: Sequence[Amount], measures: Mapping[tuple[str | None, str], Measure]) -> Sheet:
    """Return the sheet of one form; `measures` are known by side and measure.

    Each printed row is a row, each printed column of amounts a column; labels stand left of the block of
    amounts that they name. A form without labels that prints one measure per row (the three public expenses)
    is shown as printed, by expense and phase.
    """
    rows: dict[tuple[int, int, int], list[Amount]] = defaultdict(list)
    for amount in amounts:
        rows[amount.page, amount.table_no, amount.row_no].append(amount)
    phases = any((found := measures.get((a.side, a.measure))) and found.phase for a in amounts)
    if phases and len(rows) > 1:
        return _by_expense(rows, measures)
    columns = _columns(amounts)
    order = sorted(
        {columns[amount.cell_no] for amount in amounts},
        key=lambda column: _leftmost(column, amounts, columns),
    )
    sheet = Sheet(header_rows=2 if phases or any(column[0] for column in order) else 1)
    places = _head(sheet, order, amounts, columns, measures)
    for number, key in enumerate(sorted(rows), sheet.header_rows):
        for amount in rows[key]:
            code, name, first = places[columns[amount.cell_no][:2]]
            if code is not None and amount.item_code and amount.item_code.isdigit():
                sheet.texts[number, code] = amount.item_code
            if name is not None and amount.item_name:
                sheet.texts[number, name] = amount.item_name
            place = first[columns[amount.cell_no]]
            while (number, place) in sheet.amounts:  # two facts of one cell: nothing is lost
                place = max(place + 1, sheet.columns)
            sheet.amounts[number, place] = amount
    sheet.columns = max(sheet.columns, *(place + 1 for _, place in sheet.amounts), 0)
    return sheet


def _columns(amounts: Sequence[Amount]) -> dict[int, _Column]:
    """Return the column of each amount by its number.

    A measure printed in several columns (side by side) makes as many blocks. Columns of continuation pages
    are matched by their number where it means the same throughout, else by their order in the table.
    """
    meanings: dict[int, set[tuple[str, str]]] = defaultdict(set)
    by_meaning: dict[tuple[str, str], set[int]] = defaultdict(set)
    in_table: dict[tuple[int, int, str, str], set[int]] = defaultdict(set)
    for amount in amounts:
        meaning = (amount.side or "", amount.measure)
        meanings[amount.column_no].add(meaning)
        by_meaning[meaning].add(amount.column_no)
        in_table[amount.page, amount.table_no, *meaning].add(amount.column_no)
    agree = all(len(found) == 1 for found in meanings.values())
    columns = {}
    for amount in amounts:
        meaning = (amount.side or "", amount.measure)
        among = by_meaning[meaning] if agree else in_table[amount.page, amount.table_no, *meaning]
        block = sorted(among).index(amount.column_no)
        columns[amount.cell_no] = (meaning[0], block, meaning[1])
    return columns


def _leftmost(
    column: _Column, amounts: Sequence[Amount], columns: Mapping[int, _Column]
) -> tuple[int, int, int]:
    """Return what columns are sorted by: the income side first, blocks from the left, then as printed."""
    side = list(SIDES).index(column[0]) if column[0] in SIDES else 0
    printed = min(amount.column_no for amount in amounts if columns[amount.cell_no] == column)
    return side, column[1], printed


def _head(
    sheet: Sheet,
    order: Sequence[_Column],
    amounts: Sequence[Amount],
    columns: Mapping[int, _Column],
    measures: Mapping[tuple[str | None, str], Measure],
) -> dict[tuple[str, int], tuple[int | None, int | None, dict[_Column, int]]]:
    """Write the header; return for each block the columns of code, name and amounts."""
    names = sheet.header_rows - 1  # the row of the names of columns, below those of sides and phases
    places = {}
    for block in dict.fromkeys(column[:2] for column in order):
        inside = [amount for amount in amounts if columns[amount.cell_no][:2] == block]
        start = sheet.columns
        code = name = None
        if any(amount.item_code and amount.item_code.isdigit() for amount in inside):
            code, sheet.columns = sheet.columns, sheet.columns + 1
            sheet.texts[names, code] = CODE
        if any(amount.item_name for amount in inside):
            name, sheet.columns = sheet.columns, sheet.columns + 1
            sheet.texts[names, name] = NAME if code is not None else LABEL
        first = {}
        heads: list[tuple[int, Measure]] = []
        for column in (column for column in order if column[:2] == block):
            first[column], sheet.columns = sheet.columns, sheet.columns + 1
            measure = measures.get((column[0] or None, column[2]), Measure(column[2], None))
            heads.append((first[column], measure))
            sheet.texts[names, first[column]] = _name(measure)
        if block[0] in SIDES:
            _group(sheet, SIDES[block[0]], start, sheet.columns - 1)
        _phases(sheet, names, heads)
        places[block] = (code, name, first)
    return places


def _phases(sheet: Sheet, names: int, heads: Sequence[tuple[int, Measure]]) -> None:
    """Write the phases of columns over their names; where they take turns, the names over the phases."""
    compared = [(place, measure) for place, measure in heads if measure.phase in PHASES]
    upper = [PHASES[str(measure.phase)] for _, measure in compared]
    lower = [_name(measure) for _, measure in compared]
    if len(list(groupby(upper))) > len(list(groupby(lower))):
        upper, lower = lower, upper
    for (place, _), text in zip(compared, lower, strict=True):
        sheet.texts[names, place] = text
    for text, group in groupby(zip(compared, upper, strict=True), key=lambda head: head[1]):
        over = [place for (place, _), _ in group]
        _group(sheet, text, over[0], over[-1])


def _group(sheet: Sheet, text: str, first: int, last: int) -> None:
    sheet.texts[0, first] = text
    if last > first:
        sheet.merges.append(Merge(0, first, last))


def _by_expense(
    rows: Mapping[tuple[int, int, int], Sequence[Amount]],
    measures: Mapping[tuple[str | None, str], Measure],
) -> Sheet:
    """Return a form that prints one expense per row, with a column for each phase it prints."""
    phases = list(
        dict.fromkeys(_known(measures, amount).phase for key in sorted(rows) for amount in rows[key])
    )
    phases.sort(key=lambda phase: list(PHASES).index(phase) if phase in PHASES else len(PHASES))
    sheet = Sheet(header_rows=1, columns=1 + len(phases))
    sheet.texts[0, 0] = LABEL
    for place, phase in enumerate(phases, 1):
        sheet.texts[0, place] = PHASES.get(phase or "", "")
    number = sheet.header_rows
    for key in sorted(rows):
        # Two expenses in one printed row stand below each other here.
        for name in dict.fromkeys(_name(_known(measures, amount)) for amount in rows[key]):
            sheet.texts[number, 0] = name
            for amount in rows[key]:
                measure = _known(measures, amount)
                if _name(measure) != name:
                    continue
                place = 1 + phases.index(measure.phase)
                while (number, place) in sheet.amounts:  # printed twice
                    number += 1
                    sheet.texts[number, 0] = name
                sheet.amounts[number, place] = amount
            number += 1
    return sheet


def _known(measures: Mapping[tuple[str | None, str], Measure], amount: Amount) -> Measure:
    return measures.get((amount.side, amount.measure), Measure(amount.measure, None))


def _name(measure: Measure) -> str:
    """Return the name without its phase, which stands above."""
    return measure.name.split("·")[0] if measure.phase else measure.name
