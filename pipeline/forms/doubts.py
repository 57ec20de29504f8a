"""Which recognised numbers are not to be trusted.

Belongs here: what makes the reading of a number on a recognised page doubtful, and the flags for it. Does
not: recognising (`read.scan`), differences on printed pages, or what follows from a doubt
(`expectations/suites`).

Nothing is mended here: a lost decimal point, a comma for a point, an O for a 0 stay as recognised, with a
flag.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from pipeline.facts import ReadingFlag, ReportedAmount
from pipeline.forms import text
from pipeline.forms.catalogue import catalogue
from pipeline.read.document import Cell, Document, Grid, Page, as_shown

LEAST_CONFIDENCE = 0.5
"""Of the least certain character. See docs/decisions.md for what it was derived from."""

FEWEST = 3
"""Numbers that make the habit of a column."""

RARE = 0.3
"""A form of number that fewer than this part of a column have is none of its habits."""

_GROUPED = re.compile(r"-?\d{1,3}(?:,\d{3})*(?:\.\d+)?")
_PLAIN = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?")


def doubtful(
    key: str,
    document: Document,
    amounts: Sequence[ReportedAmount],
    cells: Sequence[Cell],
    forms: Iterable[tuple[str, Grid]],
) -> tuple[list[ReportedAmount], list[ReadingFlag]]:
    """Return the amounts with those of recognised pages flagged where they are doubtful, and the flags.

    `cells` are those that the amounts were read from, one for each; `forms` the grids of each form by its
    code. Classification codes in doubt are flagged too, without an amount.
    """
    pages = {page.number: page for page in document.pages if page.reading == "ocr"}
    if not pages:
        return list(amounts), []
    habits = _Habits([amount for amount in amounts if amount.page in pages])
    marked: list[ReportedAmount] = []
    flags: list[ReadingFlag] = []
    told: set[tuple[int, int, int, int]] = set()
    for amount, cell in zip(amounts, cells, strict=True):
        told.add((amount.page, amount.table_no, cell.row, cell.column))
        if amount.page in pages and (_is_unsure(cell) or habits.is_strange(amount)):
            flags.append(_flag(key, pages[amount.page], amount.table_no, amount.form_code, cell, amount))
            marked.append(msgspec.structs.replace(amount, flag="doubtful"))
        else:
            marked.append(amount)
    for code, grid in forms:
        for cell in grid.cells if grid.page in pages else ():
            place = (grid.page, grid.table_no, cell.row, cell.column)
            if place not in told and _is_code(cell) and _is_unsure(cell):
                flags.append(_flag(key, pages[grid.page], grid.table_no, code, cell, None))
    flags.sort(key=lambda flag: (flag.page, flag.table_no or 0, flag.cell_no or 0))
    return marked, [msgspec.structs.replace(flag, flag_no=no) for no, flag in enumerate(flags, 1)]


def _is_unsure(cell: Cell) -> bool:
    return cell.second is not None or (cell.confidence is not None and cell.confidence < LEAST_CONFIDENCE)


def _is_code(cell: Cell) -> bool:
    plain = text.squeeze(cell.text)
    return len(plain) >= 2 and any(map(str.isdecimal, plain)) and not text.has_words(plain)


class _Habits:
    """How the numbers of each column are printed: decimals by column, separators by form."""

    def __init__(self, amounts: Sequence[ReportedAmount]) -> None:
        self._decimals: dict[tuple[str, ...], Counter[int]] = {}
        self._separated: dict[str, Counter[bool]] = {}
        for amount in amounts:
            if amount.amount_printed is None or amount.decimals is None:
                continue
            for column in _columns(amount):
                self._decimals.setdefault(column, Counter())[amount.decimals] += 1
            if _is_long(amount):
                separated = self._separated.setdefault(amount.form_code, Counter())
                separated["," in text.squeeze(amount.cell_text)] += 1

    def is_strange(self, amount: ReportedAmount) -> bool:
        """Tell whether a cell prints no number, or one of another form than the others of its column."""
        printed = text.squeeze(amount.cell_text)
        if amount.amount_printed is None:
            return not text.is_blank(printed) and not catalogue().says("placeholder", printed)
        if len(amount.cell_text.split(" ")) > 1:
            return True  # a blank inside a number may stand for what was not recognised
        if not (_GROUPED if "," in printed else _PLAIN).fullmatch(printed.replace("－", "-")):
            return True
        if _is_long(amount):
            separated = self._separated[amount.form_code]
            if separated["," in printed] < RARE * separated.total():
                return True
        counted = next(
            counted
            for column in _columns(amount)
            if (counted := self._decimals[column]).total() >= FEWEST or len(column) == 1
        )
        return amount.decimals is not None and counted[amount.decimals] < RARE * counted.total()


def _columns(amount: ReportedAmount) -> list[tuple[str, ...]]:
    """Return what an amount's habits are looked up in: its column, else its form."""
    return [(amount.form_code, amount.side or "", amount.measure), (amount.form_code,)]


def _is_long(amount: ReportedAmount) -> bool:
    """Tell whether a number has more than three figures before the point, which separators part."""
    return len((amount.amount_printed or "").lstrip("-").partition(".")[0]) > 3


def _flag(
    key: str, page: Page, table_no: int, form_code: str, cell: Cell, amount: ReportedAmount | None
) -> ReadingFlag:
    box = as_shown(cell.box, page)
    return ReadingFlag(
        report_key=key,
        flag_no=0,
        kind="doubtful",
        form_code=form_code,
        cell_no=amount.cell_no if amount else None,
        page=page.number,
        table_no=table_no,
        locator=f"page {page.number}, table {table_no}, row {cell.row + 1}, column {cell.column + 1}",
        first_text=amount.cell_text if amount else cell.text,
        second_text=cell.second,
        confidence=cell.confidence,
        x0=box.x0,
        top=box.top,
        x1=box.x1,
        bottom=box.bottom,
    )
