"""The tables of a report in one layout, and what a correct reader must find in them.

Belongs here: which table is set by which module, notes and numbers around it. Does not: the cells of any one
form, or positions on a page (`draw`). A cell that prints a figure carries the canonical key of that figure,
so what a correct reader must find (`expected_amounts`) comes from the very cells that are drawn.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from samples.cells import Cell, Key, Row, Setter, Table, header_rows, number_text, ordinal, printed_title
from samples.coded import coded
from samples.economic import economic
from samples.facts import FormRow, SampleReport
from samples.heads import EMPTY_NOTES, NOTES
from samples.layout import Layout
from samples.others import other_table
from samples.three_public import three_public
from samples.two_sided import two_sided

__all__ = [
    "Cell",
    "Key",
    "Row",
    "Table",
    "expected_amounts",
    "form_tables",
    "header_rows",
    "number_text",
    "ordinal",
    "printed_tables",
    "printed_title",
]

SETTERS: Mapping[str, Callable[[Setter, str, tuple[FormRow, ...]], Table]] = {
    "F01": two_sided,
    "F04": two_sided,
    "F06": economic,
    "F09": three_public,
}


def form_tables(report: SampleReport, layout: Layout) -> list[Table]:
    """Return the tables of the forms that the report has, in printed order."""
    return [table for table in printed_tables(report, layout) if table.form]


def printed_tables(report: SampleReport, layout: Layout) -> list[Table]:
    """Return all tables in printed order: the forms, and those between that are none (`form` is empty)."""
    tables = []
    for position, form in enumerate((f for f in layout.form_order if f in report.listed), start=1):
        if form in report.forms:
            tables.append(_form_table(report, layout, form, position))
        for name in layout.others.get(form, ()):
            tables.append(other_table(name, report, layout))
    return tables


def _form_table(report: SampleReport, layout: Layout, form: str, position: int) -> Table:
    rows = report.forms[form]
    table = SETTERS.get(form, coded)(Setter(report, layout), form, rows)
    empty = all(amount is None for row in rows for amount in row.amounts.values())
    notes = () if layout.notes_inside else (NOTES[form],)
    if empty and form in EMPTY_NOTES:
        notes = (*notes, EMPTY_NOTES[form])
    return replace(table, number=layout.form_number.format(n=position), notes=notes)


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
