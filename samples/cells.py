"""Cells and tables as they are set: what a cell prints, which figure that is, how a header nests.

Belongs here: the records, numbers and labels as printed text, and `Setter`, which all forms share. Does not:
any one form (`coded`, `two_sided`, `economic`, `three_public`, `others`) or positions on a page (`draw`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from samples.facts import FORM_TITLES, FormRow, SampleReport
from samples.heads import NOTES
from samples.layout import Layout, Unit

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


def printed_title(report: SampleReport, layout: Layout, form: str) -> str:
    """Return a form's title as printed above it and in the contents list."""
    statutory = FORM_TITLES[form]
    if form == "F08" and "opening_balance" in report.forms.get(form, (FormRow("", "", {}),))[0].amounts:
        statutory = "国有资本经营预算财政拨款收入支出决算表"
    return layout.title(form, statutory)


def number_text(amount: Decimal, layout: Layout, unit: Unit | None = None) -> str:
    """Return an amount in 元 as the layout prints it in its unit or another, without separators."""
    step = Decimal(1).scaleb(-layout.decimals)
    text = f"{(amount / UNIT_IN_YUAN[unit or layout.unit]).quantize(step, ROUND_HALF_UP):f}"
    return text.rstrip("0").rstrip(".") if layout.trim_zeros and "." in text else text


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


class Setter:
    """Sets the cells of one report in one layout: what every form needs."""

    def __init__(self, report: SampleReport, layout: Layout) -> None:
        self.report, self.layout = report, layout
        self._amounts_set = 0

    def label(self, text: str, align: Align = "left", columns: int = 1) -> Cell:
        """Return a cell of words."""
        return Cell(self.styled(text), columns, align=align)

    def styled(self, text: str) -> str:
        """Return words as the layout prints them."""
        if self.layout.half_width_brackets:
            text = text.replace("（", "(").replace("）", ")")
        if self.layout.radicals:
            text = text.translate(RADICALS)
        # printers justify short words with blanks; a code or a number is never spaced
        if self.layout.spaced_labels and 2 <= len(text) <= 8 and not any(c.isascii() for c in text):
            return " ".join(text)
        return text

    def amount(self, amount: Decimal | None, key: Key, columns: int = 1) -> Cell:
        """Return the cell of a figure."""
        layout = self.layout
        self._amounts_set += 1
        every = layout.placeholder_every
        if key.form in layout.placeholders or (every and self._amounts_set % every == 0):
            return Cell("XX", columns, align="right", key=key)
        if amount is None or (amount == 0 and key.form in layout.blank_zeros):
            return Cell(layout.blank_mark, columns, align="right", key=key)
        value = text = number_text(amount, layout, layout.unit_of(key.form))
        if layout.thousands:
            text = f"{Decimal(value):,}"
        if layout.full_width_digits:
            text = text.translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789.,-"})
        return Cell(text, columns, align="right", key=key, value=value)

    def head(self, paths: Sequence[tuple[str, ...]]) -> tuple[Row, ...]:
        """Return the header rows of columns given by their words; the layout may want fewer or more rows."""
        layout = self.layout
        if layout.heads == "flat":
            paths = [path[1:] if len(path) > 1 and path[0] == "项目" else path for path in paths]
        rows = header_rows([tuple(self.styled(word) for word in path) for path in paths])
        if layout.heads == "deep":
            rows = ((self.label("决算情况", "center", len(paths)), *[None] * (len(paths) - 1)), *rows)
        if layout.empty_header_row:
            rows = (*rows, tuple(Cell("") for _ in paths))
        return rows

    def money_word(self, word: str, form: str) -> str:
        """Return a column's word, with the unit where the layout says it there."""
        return f"{word}（{self.layout.unit_of(form)}）" if self.layout.unit_in_header else word

    def make(
        self,
        form: str,
        head: Sequence[Row],
        body: Sequence[Row],
        weights: Sequence[float],
        repeated: Sequence[Row] | None = None,
    ) -> Table:
        """Return the table; continuation pages repeat its header unless told otherwise."""
        layout, columns = self.layout, len(weights)
        title, unit = printed_title(self.report, layout, form), layout.unit_of(form)
        inside: list[Row] = []
        if layout.title_place == "inside":
            inside.append((Cell(title, columns), *[None] * (columns - 1)))
        if layout.caption_place == "inside":
            left = columns // 2
            words = (f"部门：{self.report.department}", f"单位：{unit}")
            inside.append(
                (
                    Cell(words[0], left, align="left"),
                    *[None] * (left - 1),
                    Cell(words[1], columns - left, align="right"),
                    *[None] * (columns - left - 1),
                )
            )
        if layout.notes_inside:
            note = Cell(NOTES[form], columns, align="left")
            body = [*body, (note, *[None] * (columns - 1))]
        again = head if repeated is None else repeated
        return Table(
            form=form,
            title=title,
            number="",
            unit=unit,
            department=self.report.department,
            head=(*inside, *head),
            body=tuple(body),
            repeated=() if layout.continuation == "plain" else (*inside, *again),
            notes=(),
            weights=tuple(weights),
        )
