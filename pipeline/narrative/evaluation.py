"""From a `Document` to its performance self-evaluations (部门整体支出、项目支出绩效自评表) as facts.

Belongs here: which tables are self-evaluations at all, and the records of `facts` made of them. Does not:
finding and joining tables (`annex_find`), reading rows (`annex_rows`), what a value says (`annex_words`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import msgspec

from pipeline.facts import (
    UNIT_YUAN,
    EvaluationSource,
    PerformanceIndicator,
    ProjectEvaluation,
    ReportFacts,
)
from pipeline.forms import text
from pipeline.narrative.annex_find import Annex, TableRow, find_annexes, is_indicator_header
from pipeline.narrative.annex_rows import AnnexRows, FundRow, ScoredRow, read_annex
from pipeline.narrative.annex_words import (
    QUALITATIVE,
    bracketed_score,
    percent,
    printed,
    prose,
    quantity,
    score,
    words,
)
from pipeline.read.document import PRINTED, Box, Cell, Document

_TARGET = ("target_operator", "target", "target_unit")
_OWN_COLUMNS = ("target_operator", "target_unit")  # of a target, in some layouts
_AMOUNTS = ("initial_budget", "adjusted_budget", "executed")


@dataclass(frozen=True)
class Evaluations:
    """The self-evaluations of one report: annexes, their sources of funds, their scored lines."""

    annexes: tuple[ProjectEvaluation, ...] = ()
    sources: tuple[EvaluationSource, ...] = ()
    indicators: tuple[PerformanceIndicator, ...] = ()


def add_evaluations(document: Document, facts: ReportFacts) -> ReportFacts:
    """Return `facts` with the self-evaluations of a final account; a file of another kind keeps none."""
    if facts.header.report_kind != "final_account":
        return facts
    found = find_evaluations(document, facts.header.report_key)
    return msgspec.structs.replace(
        facts,
        evaluations=found.annexes,
        evaluation_sources=found.sources,
        indicators=found.indicators,
    )


def find_evaluations(document: Document, report_key: str) -> Evaluations:
    """Return the self-evaluations of `document` in print order.

    A table is one when it heads indicators with actual values, or bears the title of one and heads budget and
    execution. A table of goals for the year to come (绩效目标表) has neither.
    """
    readings = {page.number: page.reading for page in document.pages}
    annexes: list[ProjectEvaluation] = []
    sources: list[EvaluationSource] = []
    indicators: list[PerformanceIndicator] = []
    for annex in find_annexes(document):
        rows = read_annex(annex)
        if not _is_evaluation(annex, rows):
            continue
        made = _Records(report_key, len(annexes) + 1, annex, rows, readings)
        indicators.extend(made.indicator(line, no) for no, line in enumerate(rows.scored, 1))
        total, others = _total_row(rows.funds)
        sources.extend(made.source(fund, no) for no, fund in enumerate(others, 1))
        annexes.append(made.evaluation(total))  # last: the other records add what they could not place
    return Evaluations(tuple(annexes), tuple(sources), tuple(indicators))


def _is_evaluation(annex: Annex, rows: AnnexRows) -> bool:
    if not rows.scored and not rows.funds:
        return False
    titled = annex.title is not None and "fund" in rows.blocks
    return titled or any(is_indicator_header(row) for row in annex.rows)


def _total_row(funds: list[FundRow]) -> tuple[FundRow | None, list[FundRow]]:
    """Part the row of the annex's total from those of its sources.

    The total is the first row that says so, or has no name of its own and stands first.
    """
    for row in funds:
        plain = text.squeeze(row.name)
        if words().source_key(plain) == "total" or (row is funds[0] and not plain):
            return row, [other for other in funds if other is not row]
    return None, funds


class _Records:
    """Makes the records of one annex; keeps what it cannot place for the annex's notes."""

    def __init__(
        self, report_key: str, no: int, annex: Annex, rows: AnnexRows, readings: Mapping[int, str]
    ) -> None:
        self.key, self.no, self.annex, self.rows, self.readings = report_key, no, annex, rows, readings

    def evaluation(self, total: FundRow | None) -> ProjectEvaluation:
        rows, head = self.rows, self.rows.head
        funds = total.texts if total else {}
        amounts = {key: self._amount(funds.get(key, ""), "年度资金总额") for key in _AMOUNTS}
        title = self.annex.title
        total_score = rows.total_score or head.get("total_score", "")
        if (other := head.get("total_score", total_score)) != total_score:
            self._unread(None, other, "总分")
        first, last = self.annex.rows[0], self.annex.rows[-1]
        box = self._box(first, first.cells)
        weight = funds.get("weight", "")
        for key in ("weight", "score"):
            self._unread(score(funds.get(key, "")), funds.get(key, ""), "年度资金总额")
        return ProjectEvaluation(
            report_key=self.key,
            evaluation_no=self.no,
            kind=words().annex_kind(title or "") or _kind(head),
            title_printed=title,
            project_name=printed(head.get("project_name", "")),
            department_name=printed(head.get("department_name", "")),
            unit_name=printed(head.get("unit_name", "")),
            unit=rows.unit,
            initial_budget_printed=amounts["initial_budget"][0],
            initial_budget_yuan=amounts["initial_budget"][1],
            adjusted_budget_printed=amounts["adjusted_budget"][0],
            adjusted_budget_yuan=amounts["adjusted_budget"][1],
            executed_printed=amounts["executed"][0],
            executed_yuan=amounts["executed"][1],
            rate_printed=_value(funds.get("rate", "")),
            rate=percent(funds.get("rate", "")),
            budget_weight_printed=_value(weight),
            budget_weight=score(weight),
            budget_score_printed=_value(funds.get("score", "")),
            budget_score=score(funds.get("score", "")),
            total_weight_printed=_value(rows.total_weight),
            total_weight=score(rows.total_weight),
            total_score_printed=_value(total_score),
            total_score=score(total_score),
            rating_printed=printed(head.get("rating", "")),
            goals_expected="\n".join(rows.goals["expected"]) or None,
            goals_actual="\n".join(rows.goals["actual"]) or None,
            tasks="\n".join(" | ".join(task) for task in rows.tasks) or None,
            notes_printed="\n".join(rows.notes) or None,
            unplaced_numbers=rows.unplaced,
            page_first=first.grid.page,
            page_last=last.grid.page,
            table_no=first.grid.table_no,
            locator=_locator(first, first.cells[0]),
            x0=box.x0 if box else None,
            top=box.top if box else None,
            x1=box.x1 if box else None,
            bottom=box.bottom if box else None,
        )

    def source(self, fund: FundRow, no: int) -> EvaluationSource:
        amounts = {key: self._amount(fund.texts.get(key, ""), fund.name) for key in _AMOUNTS}
        for key in ("weight", "score"):  # of a source; what it means would be unknown
            self._unread(None, fund.texts.get(key, ""), fund.name)
        cells = fund.row.cells
        box = self._box(fund.row, cells)
        source = words().source_key(text.squeeze(fund.name))
        return EvaluationSource(
            report_key=self.key,
            evaluation_no=self.no,
            source_no=no,
            source=None if source == "total" else source,
            source_printed=fund.name,
            initial_budget_printed=amounts["initial_budget"][0],
            initial_budget_yuan=amounts["initial_budget"][1],
            adjusted_budget_printed=amounts["adjusted_budget"][0],
            adjusted_budget_yuan=amounts["adjusted_budget"][1],
            executed_printed=amounts["executed"][0],
            executed_yuan=amounts["executed"][1],
            rate_printed=_value(fund.texts.get("rate", "")),
            rate=percent(fund.texts.get("rate", "")),
            page=fund.row.grid.page,
            table_no=fund.row.grid.table_no,
            row_no=fund.row.index + 1,
            locator=_locator(fund.row, cells[0]),
            x0=box.x0 if box else None,
            top=box.top if box else None,
            x1=box.x1 if box else None,
            bottom=box.bottom if box else None,
        )

    def indicator(self, line: ScoredRow, no: int) -> PerformanceIndicator:
        texts = line.texts
        target = quantity(texts.get("target", ""), *(texts.get(key, "") for key in _OWN_COLUMNS))
        actual = quantity(texts.get("actual", ""), "", texts.get("target_unit", ""))
        name = printed(texts.get("level3", ""))
        for key, read in (("weight", score), ("score", score), ("deviation", percent)):
            found = texts.get(key, "")
            self._unread(read(found), found, name or "")
        cells = [cell for cell in line.row.cells if cell.row_span == 1] or list(line.row.cells)
        box = self._box(line.row, tuple(cells))
        level1 = line.level1.text if line.level1 else None
        return PerformanceIndicator(
            report_key=self.key,
            evaluation_no=self.no,
            indicator_no=no,
            block=line.block,
            level1=level1,
            level1_weight=bracketed_score(line.block_weight or level1 or ""),
            level2=line.level2.text if line.level2 else None,
            level3=name,
            target_printed=printed("".join(_target_texts(texts))),
            target_operator=target.operator,
            target_number=target.number,
            target_unit=target.unit,
            actual_printed=printed(texts.get("actual", "")),
            actual_number=actual.number,
            actual_unit=actual.unit,
            weight_printed=_value(texts.get("weight", "")),
            weight=score(texts.get("weight", "")),
            score_printed=_value(texts.get("score", "")),
            score=score(texts.get("score", "")),
            deviation_printed=_value(texts.get("deviation", "")),
            deviation=percent(texts.get("deviation", "")),
            reason_printed=prose(texts.get("reason", "")),
            page=line.row.grid.page,
            table_no=line.row.grid.table_no,
            row_no=line.row.index + 1,
            locator=_locator(line.row, cells[0]),
            x0=box.x0 if box else None,
            top=box.top if box else None,
            x1=box.x1 if box else None,
            bottom=box.bottom if box else None,
        )

    def _amount(self, cell_text: str, name: str) -> tuple[str | None, Decimal | None]:
        """Return an amount as printed and in 元; a unit printed behind it counts before that of the table."""
        plain = text.squeeze(cell_text)
        own = next((unit for unit in sorted(UNIT_YUAN, key=len, reverse=True) if plain.endswith(unit)), None)
        number = text.printed_number(plain.removesuffix(own) if own else plain)
        unit = own or self.rows.unit
        self._unread(number, cell_text, name)
        return number, text.yuan(number, unit) if number and unit else None

    def _unread(self, read: object | None, cell_text: str, name: str) -> None:
        """Keep the text of a cell that holds something else than was looked for in it."""
        if read is None and not text.is_blank(cell_text):
            self.rows.notes.append(f"{name} | {prose(cell_text)}")
            self.rows.unplaced += percent(cell_text) is not None

    def _box(self, row: TableRow, cells: tuple[Cell, ...]) -> Box | None:
        """Return the box around cells of a row; None on a page that knows no places."""
        if self.readings[row.grid.page] not in PRINTED:
            return None
        boxes = [cell.box for cell in cells]
        return Box(
            min(box.x0 for box in boxes),
            min(box.top for box in boxes),
            max(box.x1 for box in boxes),
            max(box.bottom for box in boxes),
        )


def _target_texts(texts: Mapping[str, str]) -> list[str]:
    """Return operator, value and unit of a target as printed, without the word 定性 in their place."""
    found = [texts.get(key, "") for key in _TARGET]
    return [part for part in found if text.squeeze(part) != QUALITATIVE]


def _kind(head: Mapping[str, str]) -> str | None:
    if "project_name" in head:
        return "project"
    return "department" if "department_name" in head else None


def _value(cell_text: str) -> str | None:
    """Return a printed value without blanks, None where the cell is blank or holds a mark for nothing."""
    return None if text.is_blank(cell_text) else printed(cell_text)


def _locator(row: TableRow, cell: Cell) -> str:
    """Return where a row stands, in words: in the file's own terms, else by page and table."""
    return cell.place or f"page {row.grid.page}, table {row.grid.table_no}, row {row.index + 1}"
