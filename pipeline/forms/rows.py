"""The labelled rows of a form, in print order.

Belongs here: from the parts of a form (grids with their headers) to `FormRow`s, whatever the layout, F09
apart (`three_public`). Does not: amounts as facts (`extract`).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.forms import text
from pipeline.forms.catalogue import Form, LineItem, catalogue
from pipeline.forms.header import Block, Header
from pipeline.forms.layout import Row, amount_cell, cells_in, is_column_numbers, rows_of
from pipeline.read.document import Cell, Grid

_CODE = re.compile(r"[2-5]\d{2}(?:\d{2}){0,2}")
_CODE_AND_NAME = re.compile(r"[\[(]?([2-5]\d{2}(?:\d{2}){0,2})[\])]?[-_.:、]*(\D.*)", re.DOTALL)
_CODE_MARKS = re.compile(r"[\[\]().:、_-]")  # 205.02.01, [20502]


@dataclass(frozen=True)
class Part:
    """One grid of a form. `header` tells the columns; its depth is 0 where the page repeats none."""

    grid: Grid
    header: Header


@dataclass
class FormRow:
    """A labelled row: what it is called and its cells by measure, left to right.

    `values` holds (measure, cell); a cell that prints part of the header instead of an amount is None.
    """

    side: str | None
    code: str | None
    name: str | None
    line_item: str | None
    kind: str
    grid: Grid
    row_no: int
    values: list[tuple[str, Cell | None, Cell]]

    @property
    def is_empty(self) -> bool:
        """Tell whether no cell of the row prints anything."""
        return all(text.is_blank(cell.text) for _, _, cell in self.values)

    def printed(self) -> list[tuple[str, str]]:
        """Return the measures with what their cells print, squeezed: to recognise a row printed twice."""
        return [(measure, text.squeeze(cell.text)) for measure, _, cell in self.values]


class _Codes:
    """Classification codes as printed: whole, split into 类|款|项, or only the level that changes."""

    def __init__(self) -> None:
        self._levels: list[str] = ["", "", ""]

    def read(self, parts: Sequence[tuple[int, str]]) -> str | None:
        """Return the code that digit texts at label columns 0, 1, 2 … print together, None if none."""
        joined = "".join(digits for _, digits in parts)
        whole = next((digits for digits in (joined, parts[-1][1]) if _CODE.fullmatch(digits)), None)
        if whole is None:
            for position, digits in parts:
                if position < len(self._levels):
                    self._levels[position:] = [digits] + [""] * (len(self._levels) - position - 1)
            joined = "".join(self._levels)
            return joined if _CODE.fullmatch(joined) else None
        self._levels = [whole[:3], whole[3:5], whole[5:]]
        return whole


def read_rows(form: Form, parts: Sequence[Part]) -> list[FormRow]:
    """Return the labelled rows of a form: block by block, in each block from the first page to the last.

    Rows without a label are left out. A total that a continuation page prints again is given once.
    """
    rows: list[FormRow] = []
    blocks = len(parts[0].header.blocks)
    for index in range(blocks):
        rows.extend(_block_rows(form, parts, index))
    return rows


def _block_rows(form: Form, parts: Sequence[Part], index: int) -> list[FormRow]:
    rows: list[FormRow] = []
    codes = _Codes()
    seen: set[str] = set()
    for part in parts:
        if index >= len(part.header.blocks):
            continue
        block = part.header.blocks[index]
        first = True
        for row_no, row in _data_rows(part):
            totals = _total_cells(form, part.header, row)
            consumed = [cell for pair in totals.values() for cell in pair]
            if index in totals:
                found: FormRow | None = _total_row(form, part, index, row_no, totals)
            elif any(cell is other for _, cell in _label_cells(block, row) for other in consumed):
                found = None
            else:
                found = _row(form, part, block, row_no, row, codes, frozenset(seen))
            if found is None:
                continue
            if found.kind == "total" and _is_repeated(found, rows):
                continue
            torn = first and rows and part is not parts[0]
            first = False
            item = _torn_item(form, block, found, rows[-1], frozenset(seen)) if torn else None
            if item:
                rows[-1].name = text.item_name((rows[-1].name or "") + (found.name or ""))
                rows[-1].line_item = item.name
            elif torn and _is_torn(found, rows[-1]):
                rows[-1].name = (rows[-1].name or "") + (found.name or "")
            else:
                rows.append(found)
            if rows[-1].line_item:
                seen.add(rows[-1].line_item)
    return rows


def _data_rows(part: Part) -> Iterator[tuple[int, Row]]:
    for row_no, row in enumerate(rows_of(part.grid)):
        if row_no >= part.header.depth and row and not is_column_numbers(row):
            yield row_no, row


def _label_cells(block: Block, row: Row) -> list[tuple[int, Cell]]:
    """Return the label cells of a row with their places, counted in label columns of the header."""
    cells: list[tuple[int, Cell]] = []
    for index, column in enumerate(block.labels):
        for offset, cell in enumerate(cells_in(row, column)):
            if not any(cell is other for _, other in cells):
                cells.append((index + offset, cell))
    return cells


def _row(
    form: Form, part: Part, block: Block, row_no: int, row: Row, codes: _Codes, seen: frozenset[str]
) -> FormRow | None:
    book = catalogue()
    labels = _label_cells(block, row)
    code_parts: list[tuple[int, str]] = []
    names: list[str] = []
    for position, named in labels:
        plain = text.squeeze(named.text)
        if book.says("name_header", plain) or book.says("label_header", plain):
            return None  # the header, printed again inside the table
        digits = _CODE_MARKS.sub("", plain)
        if digits.isdecimal() and form.layout != "two_sided":
            code_parts.append((position, digits))
        elif plain and not book.says("code_level", plain):
            names.append(named.text)
    code = codes.read(code_parts) if code_parts else None
    printed = "".join(names)
    if code is None and form.layout != "two_sided":
        both = _CODE_AND_NAME.fullmatch(text.squeeze(printed))
        if both:
            code, printed = codes.read([(0, both.group(1))]), both.group(2)
    label = text.label(printed)
    if code is None and not text.has_words(label):
        return None
    line_item, kind = _classify(form, block, code, label, seen)
    values: list[tuple[str, Cell | None, Cell]] = []
    for measure, column in block.measures:
        cell = amount_cell(row, column)
        if cell is None or any(cell is other for _, other in labels):
            continue
        is_header = kind == "total" and form.layout == "coded" and _prints_header(cell)
        values.append((measure, None if is_header else cell, cell))
    is_note = any(book.says(word, text.squeeze(printed)) for word in ("note", "no_data", "sentence"))
    name = text.item_name(printed) or None
    found = FormRow(
        block.side, code or _total_code(line_item), name, line_item, kind, part.grid, row_no, values
    )
    # a note in the last row of the table
    return None if is_note and line_item is None and kind == "line" and found.is_empty else found


def _prints_header(cell: Cell) -> bool:
    plain = text.squeeze(cell.text)
    return text.has_words(plain) and not catalogue().says("placeholder", plain)


def _classify(
    form: Form, block: Block, code: str | None, label: str, seen: frozenset[str]
) -> tuple[str | None, str]:
    """Return the canonical name and the kind of a row."""
    book = catalogue()
    if code is not None:
        return "subject", "subject"
    if book.says("part_label", label):
        return form.line_item(text.label(_without_part(label)), block.side or "both", seen), "part"
    if block.restates:
        return None, "part"
    item = form.row(label, block.side or "both", seen)
    if item is None:
        return None, "line"
    if form.layout == "two_sided":
        return item.name, "part" if item.part_of in seen else "line"
    return item.name, "total"


def _without_part(label: str) -> str:
    return re.sub(r"^其中:?", "", label)


def _total_code(line_item: str | None) -> str | None:
    """Return the item code that facts give a total row (design, section 2)."""
    return line_item if line_item in ("total", "personnel_total", "public_total") else None


def _total_cells(form: Form, header: Header, row: Row) -> dict[int, tuple[Cell, Cell]]:
    """Return the totals of an F06 row by block: their label cell and the cell of their value.

    The value stands in the measure column, or, where the label is merged over columns of the next block, in
    the next cell that prints a number before the next total, else right of the label.
    """
    if form.layout != "economic" or any(len(block.measures) > 1 for block in header.blocks):
        return {}
    labels = [cell for cell in row if form.line_item(text.label(cell.text)) is not None]
    found: dict[int, tuple[Cell, Cell]] = {}
    for label in labels:
        index = next((i for i, block in enumerate(header.blocks) if block.covers(label)), None)
        after = [cell for cell in row if cell.column > label.column]
        stop = next((i for i, cell in enumerate(after) if any(cell is other for other in labels)), len(after))
        if index is None or not after[:stop]:
            continue
        under = amount_cell(row, header.blocks[index].measures[0][1])
        own = under if any(under is cell for cell in after[:stop]) else None
        numbers = [cell for cell in (own, *after[:stop]) if cell and text.printed_number(cell.text)]
        found[index] = (label, next(iter([*numbers, own]), None) or after[0])
    return found


def _total_row(
    form: Form, part: Part, index: int, row_no: int, totals: Mapping[int, tuple[Cell, Cell]]
) -> FormRow:
    block = part.header.blocks[index]
    label, value = totals[index]
    line_item = form.line_item(text.label(label.text))
    if line_item == "total" and len(totals) > 1:
        # each block has a 合计 of its own: what of, its heading says
        headings = (form.line_item(part) for column in block.labels for part in column.path)
        line_item = next((name for name in headings if name), line_item)
    measure = block.measures[0][0]
    name = text.item_name(label.text)
    return FormRow(
        block.side,
        _total_code(line_item),
        name,
        line_item,
        "total",
        part.grid,
        row_no,
        [(measure, value, value)],
    )


def _is_torn(row: FormRow, before: FormRow) -> bool:
    """Tell whether `row` is the rest of a label that a page break tore: words alone, of no known row."""
    return (
        row.code is None
        and row.line_item is None
        and row.kind == "line"
        and bool(row.name)
        and row.is_empty
        and before.kind in ("subject", "line", "part")
        and (before.code is not None or before.line_item is not None or before.kind == "part")
    )


def _torn_item(
    form: Form, block: Block, row: FormRow, before: FormRow, seen: frozenset[str]
) -> LineItem | None:
    """Return the row that two halves of a label name together, where neither is a row of its own."""
    if form.layout != "two_sided" or before.line_item or before.kind != "line" or not row.is_empty:
        return None
    if row.line_item and not text.is_numbering(before.name or ""):
        return None
    joined = text.label((before.name or "") + (row.name or ""))
    return form.row(joined, block.side or "both", seen)


def _is_repeated(row: FormRow, rows: Sequence[FormRow]) -> bool:
    return any(
        other.kind == "total" and other.line_item == row.line_item and other.printed() == row.printed()
        for other in rows
    )
