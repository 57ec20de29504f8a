"""From a `Document` to the facts of one report.

Belongs here: putting together what `find`, `rows` and `identify` yield into the records of `facts`. Does
not: any rule of its own about layouts or words.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from pipeline.facts import (
    FormRecord,
    ReportedAmount,
    ReportFacts,
    ReportHeader,
    Unmapped,
    report_key,
)
from pipeline.forms import text
from pipeline.forms.catalogue import catalogue, dictionary_files
from pipeline.forms.doubts import doubtful
from pipeline.forms.find import FoundForm, find_forms
from pipeline.forms.flags import differences
from pipeline.forms.identify import identify
from pipeline.forms.labels import find_labels
from pipeline.forms.rows import FormRow
from pipeline.forms.unmapped import Unknown, find_unknown
from pipeline.read.document import PRINTED, READ_TWICE, Cell, Document, Grid, Page, UnreadableError, as_shown
from pipeline.staging import fingerprint


def extract_facts(document: Document) -> ReportFacts:
    """Return header, forms and amounts of `document`; a file that is no final account has no amounts.

    Raises UnreadableError (`several_reports`) for an archive file of several reports.
    """
    found = find_forms(document)
    _refuse_several(document, found)
    key = report_key(document.sha256)
    amounts: list[ReportedAmount] = []
    cells: list[Cell] = []
    seconds: dict[int, str] = {}
    pages = {page.number: page for page in document.pages}
    rows = {form.form.code: form.rows() for form in found}
    for form in found:
        for row in rows[form.form.code]:
            amounts.extend(_amounts(key, form, row, pages[row.grid.page], len(amounts) + 1, seconds))
            cells.extend(cell for _, _, cell in row.values)
    amounts, doubts = doubtful(key, document, amounts, cells, _grids(found))
    filled = {amount.form_code for amount in amounts if amount.amount_printed is not None}
    identity = identify(document, found, bool(filled))
    is_report = identity.kind in ("final_account", "blank_template")
    units = Counter(form.unit for form in found if form.unit)
    header = ReportHeader(
        report_key=key,
        sha256=document.sha256,
        report_kind=identity.kind,
        kind_reason=identity.reason,
        department_name=identity.department,
        fiscal_year=identity.fiscal_year,
        unit=units.most_common(1)[0][0] if units and is_report else None,
        pages=len(document.pages),
        template=" ".join(form.form.code for form in found) if is_report else "",
        producer=document.producer,
        scope=identity.scope,
        place_name=identity.place.name if identity.place else None,
        division_code=identity.place.code if identity.place else None,
        reading=_reading(pages[number].reading for form in found for number in form.pages)
        if is_report
        else None,
        department_reason=identity.department_reason,
    )
    if not is_report:
        return ReportFacts(header, (), ())
    flags = [*differences(key, document, found, amounts, seconds), *doubts]
    flags = [msgspec.structs.replace(flag, flag_no=number) for number, flag in enumerate(flags, start=1)]
    forms = _forms(key, found, identity.listed, identity.fiscal_year, amounts)
    missing = {form.form_code for form in forms if form.state == "missing"}
    unknown = enumerate(find_unknown(document, found, rows, missing), start=1)
    unmapped = [_unmapped(key, number, item, pages[item.grid.page]) for number, item in unknown]
    labels = find_labels(key, document, found, identity.outline)
    return ReportFacts(header, forms, tuple(amounts), tuple(flags), tuple(unmapped), labels=labels)


def _grids(found: Iterable[FoundForm]) -> Iterator[tuple[str, Grid]]:
    """Yield the grids of each form, with its code."""
    for form in found:
        for grid in (*(part.grid for part in form.parts), *form.grids):
            yield form.form.code, grid


def _refuse_several(document: Document, found: Iterable[FoundForm]) -> None:
    """Raise UnreadableError when two files of an archive file each hold a first form (F01)."""
    parts = {page.number: page.part for page in document.pages}
    for form in found:
        holders = sorted({parts[page] for page in (*form.pages[:1], *form.copy_pages)})
        if form.form.code == "F01" and len(holders) > 1:
            raise UnreadableError(
                "several_reports",
                f"holds {len(holders)} reports, or one report several times: {', '.join(holders)} have "
                f"{form.title} each. Unpack it and ingest the folder, or the one file that counts.",
            )


def _amounts(
    key: str,
    found: FoundForm,
    row: FormRow,
    page: Page,
    first_no: int,
    seconds: dict[int, str],
) -> list[ReportedAmount]:
    """Return the amounts of a row; where a second reading differs, its text is added to `seconds`."""
    records = []
    reading = page.reading
    for offset, (measure, amount_cell, cell) in enumerate(row.values):
        printed = text.printed_number(amount_cell.text) if amount_cell else None
        if reading in READ_TWICE and cell.second is not None:
            seconds[first_no + offset] = cell.second
        elif reading in READ_TWICE and printed and any(cell is other for _, _, other in row.values[:offset]):
            seconds[first_no + offset] = ""  # one printed number is one amount, whatever its cell covers
        box = as_shown(cell.box, page) if reading in PRINTED else None
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
                page=page.number,
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
                flag="differs" if first_no + offset in seconds else None,
                locator=_locator(page.part, row.grid, cell),
            )
        )
    return records


def _unmapped(key: str, number: int, item: Unknown, page: Page) -> Unmapped:
    box = as_shown(item.box, page) if item.box and page.reading in PRINTED else None
    return Unmapped(
        report_key=key,
        unmapped_no=number,
        kind=item.kind,
        form_code=item.form_code,
        text_printed=item.words,
        numbers_printed=tuple(item.numbers),
        page=page.number,
        table_no=item.grid.table_no,
        locator=_locator(page.part, item.grid, item.cell) if item.cell else _above(page.part, item.grid),
        x0=box.x0 if box else None,
        top=box.top if box else None,
        x1=box.x1 if box else None,
        bottom=box.bottom if box else None,
        header_printed=item.header,
        resembles=item.resembles,
    )


def _reading(readings: Iterable[str]) -> str | None:
    """Return how the forms of a report were read: `ocr` where any was, else the way of most pages."""
    counted = Counter(readings)
    return "ocr" if counted["ocr"] else next((way for way, _ in counted.most_common(1)), None)


def _locator(part: str, grid: Grid, cell: Cell) -> str:
    """Return where a cell stands, in words: in the file's own terms, else by page and table.

    `part` is the file inside an archive file, empty where there is none.
    """
    place = cell.place or (
        f"page {grid.page}, table {grid.table_no}, row {cell.row + 1}, column {cell.column + 1}"
    )
    return f"{part}: {place}" if part else place


def _above(part: str, grid: Grid) -> str:
    """Return where the title of a table stands, in words; `part` as in `_locator`."""
    first = grid.cells[0].place
    place = f"above {first}" if first else f"page {grid.page}, above table {grid.table_no}"
    return f"{part}: {place}" if part else place


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
                unit="/".join(form.units) or None if form else None,
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
    shared = [here.parent / name for name in ("facts.py", "review.py")]
    return fingerprint([*here.glob("*.py"), *dictionary_files(), *shared])
