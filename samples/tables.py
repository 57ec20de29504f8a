"""The cells of each form in one layout, and which figure each of them prints.

Belongs here: headers, row order, side-by-side blocks, labels and numbers as strings. Does not: positions on a
page (`draw`). A cell that prints a figure carries the canonical key of that figure, so what a correct reader
must find (`expected_amounts`) comes from the very cells that are drawn.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from itertools import zip_longest
from typing import Literal

from samples.accounts import FUND_NAMES
from samples.facts import FORM_TITLES, FormRow, SampleReport
from samples.heads import EMPTY_NOTES, MEASURE_HEADS, NOTES, THREE_PUBLIC_HEADS, THREE_PUBLIC_LINES
from samples.layout import Layout

Align = Literal["left", "center", "right"]
UNIT_IN_YUAN = {"万元": Decimal(10_000), "元": Decimal(1)}
RADICALS = str.maketrans("一二入土工水生用行金车长门民户", "⼀⼆⼊⼟⼯⽔⽣⽤⾏⾦⻋⻓⻔⺠⼾")
NUMERALS = "〇一二三四五六七八九十"


@dataclass(frozen=True)
class Key:
    """Which figure a cell prints. `block` orders the cells of a form as its truth lists them."""

    form: str
    side: str
    item_code: str
    item_name: str
    measure: str
    block: int = 0


@dataclass(frozen=True)
class Cell:
    """One printed cell; `value` is the number without separators, None for a blank or a text cell."""

    text: str
    columns: int = 1
    rows: int = 1
    align: Align = "center"
    key: Key | None = None
    value: str | None = None


Labelled = tuple[str, FormRow, Align]  # printed label, row, where the label stands in its cell
Row = tuple[Cell | None, ...]  # None: covered by a cell to the left or above


@dataclass(frozen=True)
class Table:
    """One form, ready to be drawn. `repeated` are the rows put on top of every continuation page."""

    form: str
    title: str
    number: str
    unit: str
    department: str
    head: tuple[Row, ...]
    body: tuple[Row, ...]
    repeated: tuple[Row, ...]
    notes: tuple[str, ...]
    weights: tuple[float, ...]


def form_tables(report: SampleReport, layout: Layout) -> list[Table]:
    """Return the tables of the forms that the report has, in printed order."""
    tables = []
    for position, form in enumerate((f for f in layout.form_order if f in report.listed), start=1):
        if form in report.forms:
            tables.append(_Press(report, layout).table(form, position))
    return tables


def expected_amounts(report: SampleReport, layout: Layout) -> list[dict[str, str | None]]:
    """Return what a correct reader finds: one dict per cell of a labelled row, forms in canonical order.

    Keys: form, side, item_code, item_name, measure, value; the value is the printed number without
    separators, None for a blank cell, and the other fields are empty strings where a form has none.
    """
    cells = [
        (cell.key, cell.value)
        for table in form_tables(report, layout)
        for row in (*table.head, *table.body)
        for cell in row
        if cell is not None and cell.key is not None
    ]
    cells.sort(key=lambda pair: (pair[0].form, pair[0].block))
    return [
        {
            "form": key.form,
            "side": key.side,
            "item_code": key.item_code,
            "item_name": key.item_name,
            "measure": key.measure,
            "value": value,
        }
        for key, value in cells
    ]


def printed_title(report: SampleReport, layout: Layout, form: str) -> str:
    """Return a form's title as printed above it and in the contents list."""
    statutory = FORM_TITLES[form]
    if form == "F08" and "opening_balance" in report.forms.get(form, (FormRow("", "", {}),))[0].amounts:
        statutory = "国有资本经营预算财政拨款收入支出决算表"
    return layout.title(form, statutory)


def number_text(amount: Decimal, layout: Layout) -> str:
    """Return an amount in 元 as the layout's unit and decimals print it, without separators."""
    step = Decimal(1).scaleb(-layout.decimals)
    return f"{(amount / UNIT_IN_YUAN[layout.unit]).quantize(step, ROUND_HALF_UP):f}"


def ordinal(number: int) -> str:
    """Return 1 to 99 as a Chinese numeral: 十二, 二十."""
    tens, ones = divmod(number, 10)
    return (NUMERALS[tens] if tens > 1 else "") + ("十" if tens else "") + (NUMERALS[ones] if ones else "")


def header_rows(paths: Sequence[tuple[str, ...]]) -> tuple[Row, ...]:
    """Return header rows for columns given by their words from the top down.

    Words shared by neighbouring columns become one wide cell; a word repeated downward, and the last word of
    a shorter column, one tall cell.
    """
    depth = max(len(path) for path in paths)
    full = [path + (path[-1],) * (depth - len(path)) for path in paths]

    def node(row: int, column: int) -> tuple[str, ...]:
        words = full[column][: row + 1]
        return tuple(word for i, word in enumerate(words) if i == 0 or word != words[i - 1])

    grid: list[list[Cell | None]] = [[None] * len(paths) for _ in range(depth)]
    taken = set[tuple[int, int]]()
    for row in range(depth):
        for column in range(len(paths)):
            if (row, column) in taken:
                continue
            wide = 1
            while column + wide < len(paths) and node(row, column + wide) == node(row, column):
                wide += 1
            tall = 1
            while row + tall < depth and all(
                node(row + tall, c) == node(row, column) for c in range(column, column + wide)
            ):
                tall += 1
            taken |= {(r, c) for r in range(row, row + tall) for c in range(column, column + wide)}
            grid[row][column] = Cell(full[column][row], wide, tall)
    return tuple(tuple(row) for row in grid)


class _Press:
    """Sets the forms of one report in one layout."""

    def __init__(self, report: SampleReport, layout: Layout) -> None:
        self.report, self.layout = report, layout

    def table(self, form: str, position: int) -> Table:
        rows = self.report.forms[form]
        setters: Mapping[str, Callable[[str, tuple[FormRow, ...]], Table]] = {
            "F01": self._two_sided,
            "F04": self._two_sided,
            "F06": self._blocks,
            "F09": self._transposed if self.layout.f09 == "transposed" else self._one_line,
        }
        table = setters.get(form, self._coded)(form, rows)
        empty = all(amount is None for row in rows for amount in row.amounts.values())
        notes = (NOTES[form], EMPTY_NOTES[form]) if empty and form in EMPTY_NOTES else (NOTES[form],)
        return replace(table, number=self.layout.form_number.format(n=position), notes=notes)

    # --- cells ---

    def _label(self, text: str, align: Align = "left", columns: int = 1) -> Cell:
        return Cell(self._styled(text), columns, align=align)

    def _styled(self, text: str) -> str:
        if self.layout.half_width_brackets:
            text = text.replace("（", "(").replace("）", ")")
        if self.layout.radicals:
            text = text.translate(RADICALS)
        # printers justify short words with blanks; a code or a number is never spaced
        if self.layout.spaced_labels and 2 <= len(text) <= 8 and not any(c.isascii() for c in text):
            return " ".join(text)
        return text

    def _amount(self, amount: Decimal | None, key: Key, columns: int = 1) -> Cell:
        if amount is None or (amount == 0 and key.form in self.layout.blank_zeros):
            return Cell("", columns, align="right", key=key)
        value = text = number_text(amount, self.layout)
        if self.layout.thousands:
            text = f"{Decimal(value):,}"
        if self.layout.full_width_digits:
            text = text.translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789.,-"})
        return Cell(text, columns, align="right", key=key, value=value)

    def _head(self, paths: Sequence[tuple[str, ...]]) -> tuple[Row, ...]:
        styled = [tuple(self._styled(word) for word in path) for path in paths]
        return header_rows(styled)

    def _make(
        self,
        form: str,
        head: Sequence[Row],
        body: Sequence[Row],
        weights: Sequence[float],
        repeated: Sequence[Row] | None = None,
    ) -> Table:
        """Return the table; continuation pages repeat its header unless told otherwise."""
        again = head if repeated is None else repeated
        return Table(
            form=form,
            title=printed_title(self.report, self.layout, form),
            number="",
            unit=self.layout.unit,
            department=self.report.department,
            head=tuple(head),
            body=tuple(body),
            repeated=() if self.layout.continuation == "plain" else tuple(again),
            notes=(),
            weights=tuple(weights),
        )

    # --- coded forms: F02 F03 F05 F07 F08 ---

    def _coded(self, form: str, rows: tuple[FormRow, ...]) -> Table:
        layout = self.layout
        codes, measures = layout.code_columns, list(rows[0].amounts)
        heads = MEASURE_HEADS[form]
        total_row, items = rows[0], list(rows[1:])
        if layout.levels == "items":
            parents = {row.item_code[:n] for row in items for n in (3, 5) if len(row.item_code) > n}
            items = [row for row in items if row.item_code not in parents]
        total_last = form in layout.total_last
        empty = not items and all(amount is None for amount in total_row.amounts.values())
        subheads = layout.subheads_in_total and empty and "expenditure_basic" in measures

        code_word = "功能分类科目编码"
        paths: list[tuple[str, ...]] = [("项目", code_word)] * codes
        if codes == 3 and layout.code_heads == "own_row":
            paths = [("项目", code_word, word) for word in "类款项"]
        paths.append(("项目", "科目名称"))
        paths += [heads[m][:1] if subheads else heads[m] for m in measures]
        head = self._head(paths)
        weights = [1.1] * codes if codes == 1 else [0.6] * 3
        weights += [1.4 if layout.narrow_labels else 3.0] + [1.2] * len(measures)

        def printed(row: FormRow, lead: list[Cell | None]) -> Row:
            cells = [
                self._amount(row.amounts[m], Key(form, "", row.item_code, row.item_name, m)) for m in measures
            ]
            if subheads and row is total_row:
                words = {
                    "expenditure_total": "合计",
                    "expenditure_basic": "基本支出",
                    "expenditure_project": "项目支出",
                }
                cells = [
                    replace(c, text=self._styled(words[m]), align="center") if m in words else c
                    for c, m in zip(cells, measures, strict=True)
                ]
            return (*lead, *cells)

        with_total = layout.continuation == "header_total" and not total_last
        numbers = [Cell(str(n)) for n in range(1, len(measures) + 1)]
        body = [printed(row, self._lead(row)) for row in items]
        if subheads:
            body += [(Cell(""),) * len(weights)] * 6
        if codes == 3 and layout.code_heads == "shared" and not total_last:
            # the words 类 款 项 stand beside 栏次 and 合计, in cells that reach over both rows
            lines: list[Row] = [(self._label("栏次", "center"), *numbers)] if layout.line_numbers else []
            lines.append(printed(total_row, [self._label("合计", "center")]))
            opened = (*head, *self._beside_codes(lines))
            alone = self._beside_codes(lines[:-1] or [(Cell(""),) * (1 + len(measures))])
            return self._make(form, opened, body, weights, opened if with_total else (*head, *alone))
        if layout.line_numbers:
            head = (*head, (self._label("栏次", "center", codes + 1), *[None] * codes, *numbers))
        total = printed(total_row, [self._label("合计", "center", codes + 1), *[None] * codes])
        if total_last:
            return self._make(form, head, [*body, total], weights)
        return self._make(form, head, [total, *body], weights, (*head, total) if with_total else None)

    @staticmethod
    def _beside_codes(lines: Sequence[Row]) -> list[Row]:
        """Return lines with the words 类 款 项 in front, in cells as tall as all of them."""
        words = [Cell(word, rows=len(lines)) for word in "类款项"]
        return [((*words, *line) if i == 0 else (None, None, None, *line)) for i, line in enumerate(lines)]

    def _lead(self, row: FormRow) -> list[Cell | None]:
        code = row.item_code
        if self.layout.code_columns == 1:
            return [Cell(code, align="left"), self._label(row.item_name)]
        return [Cell(code[:3]), Cell(code[3:5]), Cell(code[5:7]), self._label(row.item_name)]

    # --- two-sided forms: F01 F04 --------------------------------------------------------

    def _two_sided(self, form: str, rows: tuple[FormRow, ...]) -> Table:
        layout, lines = self.layout, self.layout.line_numbers
        sides = {side: [r for r in rows if r.side == side] for side in ("income", "expenditure")}
        measures = {side: list(of_side[0].amounts) for side, of_side in sides.items()}
        paths: list[tuple[str, ...]] = []
        for side, word in (("income", "收入"), ("expenditure", "支出")):
            paths.append((word, "项目"))
            if lines:
                paths.append((word, "行次"))
            for measure in measures[side]:
                own = ("决算数",) if form == "F01" else MEASURE_HEADS["F04"][measure]
                paths.append((word, *own))
        head = self._head(paths)
        if lines:
            cells: list[Cell] = []
            number = 1
            for side in sides:
                cells += [self._label("栏次", "center"), Cell("")]
                cells += [Cell(str(number + n)) for n in range(len(measures[side]))]
                number += len(measures[side])
            head = (*head, tuple(cells))

        left, right = self._aligned(form, sides["income"], sides["expenditure"])
        body = []
        for index, (income, expenditure) in enumerate(zip(left, right, strict=True), start=1):
            row: list[Cell] = []
            for block, (side, found) in enumerate((("income", income), ("expenditure", expenditure))):
                row.append(self._label(found[0], found[2]) if found else Cell(""))
                if lines:
                    row.append(Cell(str(index + block * len(left))))
                for measure in measures[side]:
                    if found:
                        key = Key(form, side, "", found[1].item_name, measure, block)
                        row.append(self._amount(found[1].amounts[measure], key))
                    else:
                        row.append(Cell(""))
            body.append(tuple(row))
        weights: list[float] = []
        for side in sides:
            weights += [1.6 if layout.narrow_labels else 3.2, *([0.5] if lines else [])]
            weights += [1.2] * len(measures[side])
        return self._make(form, head, body, weights)

    def _aligned(
        self, form: str, income: list[FormRow], expenditure: list[FormRow]
    ) -> tuple[list[Labelled | None], list[Labelled | None]]:
        """Return both sides line by line, with 本年合计 and 总计 on the same lines; None leaves a gap."""
        halves = []
        for rows in (income, expenditure):
            end = next(i for i, row in enumerate(rows) if row.item_name.startswith("本年"))
            halves.append((self._numbered(rows[:end]), self._closing(rows[end:])))
        (items_left, tail_left), (items_right, tail_right) = halves
        depth = max(len(items_left), len(items_right))
        tail = max(len(tail_left), len(tail_right))
        if form == "F01" and self.layout.line_numbers:
            tail += 1  # the statutory form has one numbered line without a label above 总计

        def column(items: list[Labelled], closing: list[Labelled]) -> list[Labelled | None]:
            gap: list[Labelled | None] = [None] * (tail - len(closing))
            return [*items, *[None] * (depth - len(items)), *closing[:-1], *gap, closing[-1]]

        return column(items_left, tail_left), column(items_right, tail_right)

    @staticmethod
    def _numbered(rows: list[FormRow]) -> list[Labelled]:
        numbered: list[Labelled] = []
        number = 0
        for row in rows:
            number += not row.part
            numbered.append(
                (row.item_name if row.part else f"{ordinal(number)}、{row.item_name}", row, "left")
            )
        return numbered

    def _closing(self, rows: list[FormRow]) -> list[Labelled]:
        closing: list[Labelled] = []
        fund = 0
        for row in rows:
            text = row.item_name
            if text in FUND_NAMES.values() and not self.layout.line_numbers:
                fund += 1  # where lines are not numbered, the funds of the opening balance are
                text = f"{ordinal(fund)}、{text}"
            centred = row.item_name.startswith("本年") or row.item_name == "总计"
            closing.append((text, row, "center" if centred else "left"))
        return closing

    # --- F06 ---

    def _blocks(self, form: str, rows: tuple[FormRow, ...]) -> Table:
        split = next(i for i, row in enumerate(rows) if row.item_code == "personnel_total")
        personnel, public = list(rows[:split]), list(rows[split + 1 : -1])
        blocks = [personnel, public]
        if self.layout.f06_blocks == 3:
            goods = [row for row in public if row.item_code.startswith("302")]
            blocks = [personnel, goods, [row for row in public if row not in goods]]
        words = ["人员经费"] + ["公用经费"] * (len(blocks) - 1)
        head = self._head(
            [(word, leaf) for word in words for leaf in ("经济分类科目编码", "科目名称", "决算数")]
        )
        body: list[Row] = []
        for line in zip_longest(*blocks):
            cells: list[Cell] = []
            for block, row in enumerate(line):
                if row is None:
                    cells += [Cell("")] * 3
                    continue
                key = Key(form, "", row.item_code, row.item_name, "final", block)
                cells += [Cell(row.item_code, align="left"), self._label(row.item_name)]
                cells.append(self._amount(row.amounts["final"], key))
            body.append(tuple(cells))
        totals: list[Cell | None] = []
        for row, block, wide in ((rows[split], 0, 2), (rows[-1], len(blocks) - 1, 3 * len(blocks) - 4)):
            key = Key(form, "", row.item_code, row.item_name, "final", block)
            totals += [self._label(row.item_name, "center", wide), *[None] * (wide - 1)]
            totals.append(self._amount(row.amounts["final"], key))
        body.append(tuple(totals))
        label = 1.6 if self.layout.narrow_labels else 2.6
        return self._make(form, head, body, [0.9, label, 1.1] * len(blocks))

    # --- F09 ---

    def _one_line(self, form: str, rows: tuple[FormRow, ...]) -> Table:
        """Set the twelve columns: six budget then six final ones, or budget and final in pairs."""
        (row,) = rows
        parts = [part for part in THREE_PUBLIC_HEADS if f"budget_{part}" in row.amounts]
        phases = {"budget": "预算数", "final": "决算数"}
        if self.layout.f09 == "blocks":
            columns = [(phase, part) for phase in phases for part in parts]
            paths = [(phases[phase], *THREE_PUBLIC_HEADS[part]) for phase, part in columns]
        else:
            columns = [(phase, part) for part in parts for phase in phases]
            paths = []
            for phase, part in columns:
                own = THREE_PUBLIC_HEADS[part]
                paths.append((*own, *own[-1:] * (2 - len(own)), phases[phase]))
        head = self._head(paths)
        if self.layout.line_numbers:
            head = (*head, tuple(Cell(str(n)) for n in range(1, len(columns) + 1)))
        amounts = tuple(
            self._amount(
                row.amounts[f"{phase}_{part}"], Key(form, "", "", "", f"{phase}_{part}", phase == "final")
            )
            for phase, part in columns
        )
        return self._make(form, head, [amounts], [1.0] * len(columns))

    def _transposed(self, form: str, rows: tuple[FormRow, ...]) -> Table:
        (row,) = rows
        lines = self.layout.line_numbers
        head = self._head([("项目",), *([("行次",)] if lines else []), ("预算数",), ("决算数",)])
        if lines:
            head = (*head, (self._label("栏次", "center"), Cell(""), Cell("1"), Cell("2")))
        body: list[Row] = []
        for part, words in THREE_PUBLIC_LINES.items():
            if f"budget_{part}" not in row.amounts:
                continue
            number = [Cell(str(len(body) + 1))] if lines else []
            cells = [
                self._amount(
                    row.amounts[f"{phase}_{part}"], Key(form, "", "", "", f"{phase}_{part}", phase == "final")
                )
                for phase in ("budget", "final")
            ]
            body.append((self._label(words), *number, *cells))
        return self._make(form, head, body, [4.0, *([0.6] if lines else []), 1.5, 1.5])
