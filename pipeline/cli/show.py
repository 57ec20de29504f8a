"""The command that shows what was read: a page, its cells, and what became of each."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from pipeline.cli.output import console, stop
from pipeline.cli.pages import READ_ANEW, concerned, draw, pictures_of, staged_document, things_on, write_out
from pipeline.cli.reports import Report, ReportArgument, find_report, published

if TYPE_CHECKING:
    import duckdb

_PAGES_OF_FORM = """
    select page from audit.reported_amount where report_key = $1 and form_code = $2
    union
    select page from audit.unmapped where report_key = $1 and form_code = $2
    union
    select page from audit.reading_flag where report_key = $1 and form_code = $2
    union
    select unnest([page_first, page_last]) from audit.form
    where report_key = $1 and form_code = $2 and page_first is not null
    order by page
"""


def show(
    report: ReportArgument,
    page: Annotated[int | None, typer.Option(help="this page, counted from 1", min=1)] = None,
    form: Annotated[str | None, typer.Option(help="all pages of this form, such as F05")] = None,
    check: Annotated[str | None, typer.Option(help="what this check compares, such as F03-ROW")] = None,
    folder: Annotated[Path, typer.Option("--output", "-o", help="where the pictures go")] = Path(),
) -> None:
    """Draw pages as pictures: what was read and what became of it.

    Cells that became amounts are green, blank ones grey, what the form dictionary does not know orange, what
    is not to be trusted red, what a check compares purple, all other cells blue. Tables of a file without
    pages are printed as text.
    """
    if [page, form, check].count(None) != 2:
        stop("give either --page or --form or --check")
    with published() as con:
        found = find_report(con, report)
        if check is not None:
            compared = concerned(con, found, check)
            if not compared:
                stop(f"check {check} names no page of {found.file_name}")
            numbers = list(compared)
        else:
            compared = {}
            numbers = [page] if page is not None else _pages(con, found, str(form))
        things = {
            number: [*things_on(con, found, number, form), *compared.get(number, [])] for number in numbers
        }
    document = staged_document(found)
    pages = {part.number: part for part in document.pages} if document else {}
    pictures = pictures_of(found, numbers)
    if document is None:
        Console(stderr=True).print(
            f"What was read of {found.file_name} is no longer staged: without it the cells that became no "
            f"amount are not shown. {READ_ANEW}.",
            markup=False,
            soft_wrap=True,
        )
    for number in numbers:
        if number in pictures:
            target = draw(found, number, pictures[number], pages.get(number), things[number], folder)
            console().print(str(target), soft_wrap=True)
        elif number in pages:
            write_out(found, pages[number], things[number])
        elif found.pages is not None and number > found.pages:
            stop(f"{found.file_name} has {found.pages} pages; there is no page {number}")
        else:
            stop(f"{found.file_name} has no pages to draw, and what was read of it is gone. {READ_ANEW}.", 1)


def _pages(con: "duckdb.DuckDBPyConnection", report: Report, form: str) -> list[int]:
    pages = [row[0] for row in con.execute(_PAGES_OF_FORM, [report.report_key, form]).fetchall()]
    if not pages:
        codes = con.execute(
            "select form_code from audit.form where report_key = $1 and page_first is not null order by 1",
            [report.report_key],
        ).fetchall()
        stop(
            f"{report.file_name} has no form {form}; it has {', '.join(code for (code,) in codes) or 'none'}"
        )
    return pages
