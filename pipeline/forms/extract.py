"""From a `Document` to the facts of one report.

Belongs here: putting together what `find`, `rows` and `identify` yield into the records of `facts`. Does
not: any rule of its own about layouts or words.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from pipeline.facts import (
    FormRecord,
    ReadingFlag,
    ReportedAmount,
    ReportFacts,
    ReportHeader,
    report_key,
)
from pipeline.forms import identify, text
from pipeline.forms.catalogue import DICTIONARY_DIR, catalogue
from pipeline.forms.doubts import doubtful
from pipeline.forms.find import FoundForm, find_forms
from pipeline.forms.rows import FormRow
from pipeline.read.document import PRINTED, Cell, Document, Grid, as_shown
from pipeline.staging import fingerprint


def extract_facts(document: Document) -> ReportFacts:
    """Return header, forms and amounts of `document`; a file that is no final account has no amounts."""
    found = find_forms(document)
    key = report_key(document.sha256)
    amounts: list[ReportedAmount] = []
    cells: list[Cell] = []
    readings = {page.number: page.reading for page in document.pages}
    for form in found:
        for row in form.rows():
            amounts.extend(_amounts(key, form, row, readings[row.grid.page], len(amounts) + 1))
            cells.extend(cell for _, _, cell in row.values)
    amounts, doubts = _recognised(key, document, found, amounts, cells)
    listed = identify.listed_forms(document, found)
    filled = {amount.form_code for amount in amounts if amount.amount_printed is not None}
    kind, reason = identify.report_kind(document, found, listed, bool(filled))
    is_report = kind in ("final_account", "blank_template")
    year = identify.fiscal_year(document)
    units = Counter(form.unit for form in found if form.unit)
    header = ReportHeader(
        report_key=key,
        sha256=document.sha256,
        report_kind=kind,
        kind_reason=reason,
        department_name=identify.department_name(document, found) if kind != "not_a_report" else None,
        fiscal_year=year if kind != "not_a_report" else None,
        unit=units.most_common(1)[0][0] if units and is_report else None,
        pages=len(document.pages),
        template=" ".join(form.form.code for form in found) if is_report else "",
        producer=document.producer,
        reading=_reading(readings[page] for form in found for page in form.pages) if is_report else None,
    )
    if not is_report:
        return ReportFacts(header, (), ())
    return ReportFacts(header, _forms(key, found, listed, year, amounts), tuple(amounts), tuple(doubts))


def _amounts(key: str, found: FoundForm, row: FormRow, reading: str, first_no: int) -> list[ReportedAmount]:
    records = []
    for offset, (measure, amount_cell, cell) in enumerate(row.values):
        printed = text.printed_number(amount_cell.text) if amount_cell else None
        box = cell.box if reading in PRINTED else None
        records.append(
            ReportedAmount(
                report_key=key,
                form_code=found.form.code,
                side=row.side,
                item_code=row.code,
                item_name=row.name,
                line_item=row.line_item,
                row_kind=row.kind,
                measure=measure,
                cell_text=_cell_text(amount_cell),
                amount_printed=printed,
                amount_yuan=text.yuan(printed, found.unit) if printed and found.unit else None,
                decimals=text.decimals(printed) if printed else None,
                unit=found.unit,
                page=row.grid.page,
                table_no=row.grid.table_no,
                row_no=cell.row + 1,
                column_no=cell.column + 1,
                x0=box.x0 if box else None,
                top=box.top if box else None,
                x1=box.x1 if box else None,
                bottom=box.bottom if box else None,
                cell_no=first_no + offset,
                reading=reading,
                confidence=amount_cell.confidence if amount_cell else None,
                locator=_locator(row.grid, cell),
            )
        )
    return records


def _recognised(
    key: str,
    document: Document,
    found: list[FoundForm],
    amounts: list[ReportedAmount],
    cells: list[Cell],
) -> tuple[list[ReportedAmount], list[ReadingFlag]]:
    """Return the amounts with doubts flagged and places as shown, and the flags: of recognised pages only."""
    grids = [
        (form.form.code, grid)
        for form in found
        for grid in (*(part.grid for part in form.parts), *form.grids)
    ]
    marked, flags = doubtful(key, document, amounts, cells, grids)
    turned = {page.number: page for page in document.pages if page.turned}
    for index, (amount, cell) in enumerate(zip(marked, cells, strict=True)):
        if amount.page in turned:
            box = as_shown(cell.box, turned[amount.page])
            marked[index] = msgspec.structs.replace(
                amount, x0=box.x0, top=box.top, x1=box.x1, bottom=box.bottom
            )
    return marked, flags


def _reading(readings: Iterable[str]) -> str | None:
    """Return how the forms of a report were read: `ocr` where any was, else the way of most pages."""
    counted = Counter(readings)
    return "ocr" if counted["ocr"] else next((way for way, _ in counted.most_common(1)), None)


def _locator(grid: Grid, cell: Cell) -> str:
    """Return where a cell stands, in words: in the file's own terms, else by page and table."""
    return cell.place or (
        f"page {grid.page}, table {grid.table_no}, row {cell.row + 1}, column {cell.column + 1}"
    )


def _cell_text(cell: Cell | None) -> str:
    """Return what a cell prints as an amount; header words inside a 合计 row belong to the header."""
    return cell.text if cell else ""


def _forms(
    key: str,
    found: list[FoundForm],
    listed: Mapping[str, str],
    year: int | None,
    amounts: list[ReportedAmount],
) -> tuple[FormRecord, ...]:
    book = catalogue()
    template = book.template(" ".join(form.title for form in found), year)
    by_code = {form.form.code: form for form in found}
    codes = sorted({*by_code, *listed, *template.forms})
    records = []
    for code in codes:
        form = by_code.get(code)
        own = [amount for amount in amounts if amount.form_code == code]
        notes = [note for note in form.notes if book.says("no_data", note)] if form else []
        records.append(
            FormRecord(
                report_key=key,
                form_code=code,
                title_printed=form.title if form else None,
                unit=form.unit if form else None,
                page_first=form.pages[0] if form else None,
                page_last=form.pages[-1] if form else None,
                listed=code in listed,
                required=code in template.forms,
                state=_state(form, own),
                note_printed=" ".join(notes) or None,
                copies=form.copies if form else 0,
            )
        )
    return tuple(records)


def _state(form: FoundForm | None, amounts: list[ReportedAmount]) -> str:
    if form is None:
        return "missing"
    if any(amount.amount_printed is not None for amount in amounts):
        return "filled"
    book = catalogue()
    if any(book.says("placeholder", text.squeeze(amount.cell_text)) for amount in amounts):
        return "placeholder"
    return "empty"


def forms_fingerprint() -> str:
    """Return the fingerprint of the form dictionary and of the code that applies it."""
    here = Path(__file__).parent
    return fingerprint([*here.glob("*.py"), *DICTIONARY_DIR.glob("*.yaml"), here.parent / "facts.py"])
