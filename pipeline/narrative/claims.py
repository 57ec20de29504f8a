"""The figures of the narrative as claims: the grammar applied to the sentences of a report.

Belongs here: going through the text, and making records. Does not: what a sentence says (`speech`, by the
words of `dictionary/claims.yaml`), headings (`position`), numbers (`figures`), or whether a claim is true.

Every figure of a sentence inside the narrative becomes a claim; one that the grammar cannot place has no
metric. Tables inside the narrative are claims only where the dictionary names them.
"""

from collections.abc import Iterator

import msgspec

from pipeline.facts import Label, NarrativeClaim, ReportFacts, TextFlaw, report_key
from pipeline.forms import text
from pipeline.narrative.figures import value_of, yuan_of
from pipeline.narrative.flaws import flaws_in
from pipeline.narrative.grammar import TableClaim, grammar
from pipeline.narrative.labels import labels_in
from pipeline.narrative.position import Position
from pipeline.narrative.sentences import Paragraph, blocks
from pipeline.narrative.speech import Claim, Speech
from pipeline.narrative.subjects import Subjects
from pipeline.read.document import PRINTED, Cell, Document, Grid


def read_narrative(
    document: Document, facts: ReportFacts
) -> tuple[tuple[NarrativeClaim, ...], tuple[TextFlaw, ...], tuple[Label, ...]]:
    """Return the figures that the narrative of `document` states, the slips of its wording, its labels.

    All in print order, labels not numbered yet; none where it is no final account.
    """
    if facts.header.report_kind != "final_account":
        return (), (), ()
    reader = _Reader(document, facts)
    claims = [claim for block in blocks(document) for claim in reader.read(block)]
    return (
        tuple(msgspec.structs.replace(claim, claim_no=number) for number, claim in enumerate(claims, 1)),
        tuple(msgspec.structs.replace(flaw, flaw_no=number) for number, flaw in enumerate(reader.flaws, 1)),
        tuple(reader.labels),
    )


def read_claims(document: Document, facts: ReportFacts) -> tuple[NarrativeClaim, ...]:
    """Return the figures alone."""
    return read_narrative(document, facts)[0]


class _Reader:
    """Reads the blocks of one report in order."""

    def __init__(self, document: Document, facts: ReportFacts) -> None:
        self.key = report_key(document.sha256)
        self.year = facts.header.fiscal_year
        self.readings = {page.number: page.reading for page in document.pages}
        self.subjects = Subjects(facts.amounts)
        self.position = Position()
        self.flaws: list[TextFlaw] = []
        self.labels: list[Label] = []

    def read(self, block: Paragraph | Grid) -> Iterator[NarrativeClaim]:
        """Yield the claims of a paragraph or a table; slips of wording and labels are kept for later."""
        if isinstance(block, Grid):
            yield from self._table(block)
            return
        offset = self.position.enter(block)
        if self.position.section is None or offset == len(block.plain):
            return
        speech = Speech(block, self.position.section, self.year, self.subjects)
        for start, end in block.sentences(offset):
            section = self.position.sentence(block.plain[start:end])
            self.flaws.extend(flaws_in(block, start, end, section, self.key, self._locator))
            self.labels.extend(labels_in(block, start, end, section, self.key, self._locator))
            for claim in sorted(speech.sentence(start, end, section), key=lambda claim: claim.start):
                yield self._record(claim, block, start, end)

    def _record(self, claim: Claim, paragraph: Paragraph, start: int, end: int) -> NarrativeClaim:
        page = paragraph.page(claim.start)
        box = paragraph.box(start, end, page)
        value = None
        if claim.unit_class not in ("text", "date"):
            value = value_of(claim.printed)
            if value is not None and claim.is_down:
                value = -abs(value)
        is_money = value is not None and claim.unit_class == "money" and claim.unit is not None
        return NarrativeClaim(
            report_key=self.key,
            claim_no=0,
            section=claim.section,
            metric=claim.metric,
            subject=claim.subject,
            subject_code=claim.subject_code,
            value_printed=claim.printed,
            value=value,
            unit=claim.unit,
            value_yuan=yuan_of(value, claim.unit) if is_money and value is not None and claim.unit else None,
            direction=claim.direction,
            placed=claim.metric is not None,
            sentence=paragraph.printed[start:end],
            page=page,
            x0=box.x0 if box else None,
            top=box.top if box else None,
            x1=box.x1 if box else None,
            bottom=box.bottom if box else None,
            locator=self._locator(page),
        )

    def _locator(self, page: int) -> str:
        headings = self.position.locator()
        return f"page {page}, {headings}" if self.readings[page] in PRINTED else headings

    def _table(self, grid: Grid) -> Iterator[NarrativeClaim]:
        for table in grammar().tables:
            if table.section == self.position.section and (columns := _columns(grid, table)):
                for name, cell in _rows(grid, *columns):
                    if (printed := text.printed_number(cell.text)) is not None:
                        yield self._cell_claim(grid, table, name, cell, printed)
                return

    def _cell_claim(
        self, grid: Grid, table: TableClaim, name: Cell, cell: Cell, printed: str
    ) -> NarrativeClaim:
        subject = text.item_name(name.text)
        has_places = self.readings[grid.page] in PRINTED
        return NarrativeClaim(
            report_key=self.key,
            claim_no=0,
            section=table.section,
            metric=table.metric,
            subject=subject,
            subject_code=None,
            value_printed=printed,
            value=value_of(printed),
            unit=None,
            value_yuan=None,
            direction=None,
            placed=True,
            sentence=f"{subject} {printed}",
            page=grid.page,
            x0=cell.box.x0 if has_places else None,
            top=cell.box.top if has_places else None,
            x1=cell.box.x1 if has_places else None,
            bottom=cell.box.bottom if has_places else None,
            locator=cell.place
            or f"page {grid.page}, table {grid.table_no}, row {cell.row + 1}, column {cell.column + 1}",
        )


def _columns(grid: Grid, table: TableClaim) -> tuple[int, int] | None:
    """Return subject and value column of a grid whose first row has the headers of `table`."""
    header = {cell.column: text.squeeze(cell.text) for cell in grid.cells if cell.row == 0}
    subject = next((column for column, plain in header.items() if table.subject.search(plain)), None)
    value = next((column for column, plain in header.items() if table.value.search(plain)), None)
    return None if subject is None or value is None else (subject, value)


def _rows(grid: Grid, subject: int, value: int) -> Iterator[tuple[Cell, Cell]]:
    cells = {(cell.row, cell.column): cell for cell in grid.cells}
    for row in range(1, grid.rows):
        if (row, subject) in cells and (row, value) in cells:
            yield cells[row, subject], cells[row, value]
