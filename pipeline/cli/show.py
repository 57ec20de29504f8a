"""The command that draws what was read: a page, its ruled cells, and the cells that became amounts."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.output import console, stop
from pipeline.cli.reports import Report, ReportArgument, find_report, published

if TYPE_CHECKING:
    import duckdb

RESOLUTION = 110
"""Dots per inch of the picture: small print stays readable, a page stays under a megabyte."""

_PAGES_OF_FORM = (
    "select distinct page from audit.reported_amount where report_key = $1 and form_code = $2 order by page"
)
_AMOUNTS = """
    select x0, top, x1, bottom, amount_printed is not null
    from audit.reported_amount
    where report_key = $1 and page = $2 and ($3 is null or form_code = $3)
"""


def show(
    report: ReportArgument,
    page: Annotated[int | None, typer.Option(help="this page, counted from 1", min=1)] = None,
    form: Annotated[str | None, typer.Option(help="all pages of this form, such as F05")] = None,
    folder: Annotated[Path, typer.Option("--output", "-o", help="where the pictures go")] = Path(),
) -> None:
    """Draw pages as pictures: ruled cells in blue, cells that became amounts in green, blank ones in grey."""
    if (page is None) == (form is None):
        stop("give either --page or --form")
    with published() as con:
        found = find_report(con, report)
        pages = [page] if page is not None else _pages(con, found, str(form))
        amounts = {
            number: con.execute(_AMOUNTS, [found.report_key, number, form]).fetchall() for number in pages
        }
    folder.mkdir(parents=True, exist_ok=True)
    for number in pages:
        target = folder / f"{found.report_key}_p{number:03}.png"
        _draw(found, number, amounts[number], target)
        console().print(str(target), soft_wrap=True)


def _pages(con: "duckdb.DuckDBPyConnection", report: Report, form: str) -> list[int]:
    pages = [row[0] for row in con.execute(_PAGES_OF_FORM, [report.report_key, form]).fetchall()]
    if not pages:
        codes = con.execute(
            "select distinct form_code from audit.reported_amount where report_key = $1 order by 1",
            [report.report_key],
        ).fetchall()
        stop(
            f"{report.file_name} has no form {form}; it has {', '.join(code for (code,) in codes) or 'none'}"
        )
    return pages


def _draw(
    report: Report, number: int, amounts: "list[tuple[float, float, float, float, bool]]", target: Path
) -> None:
    from pipeline.acquire.archive import Archive, read_verified
    from pipeline.config import settings
    from pipeline.read.page import PdfiumFile

    file = Archive(settings().raw_dir).find(report.sha256)
    if file is None:
        stop(f"{report.file_name} is not in the archive {settings().raw_dir}", code=1)
    if file.manifest.file_type != "pdf":
        stop(
            f"{report.file_name} is no PDF: there is no page to draw. The column locator of "
            "audit.reported_amount says where each amount stands"
        )
    read_verified(file)
    with PdfiumFile(file.path) as pdf:
        if number > len(pdf):
            stop(f"{report.file_name} has {len(pdf)} pages; there is no page {number}")
        page = pdf.page(number - 1)
        try:
            picture = page.to_image(resolution=RESOLUTION)
            for table in page.find_tables():
                for cell in table.cells:
                    picture.draw_rect(cell, fill=(0, 0, 0, 0), stroke=(40, 90, 220), stroke_width=1)
            for x0, top, x1, bottom, printed in amounts:
                colour = (20, 150, 60, 70) if printed else (120, 120, 120, 40)
                picture.draw_rect((x0, top, x1, bottom), fill=colour, stroke=colour[:3], stroke_width=1)
            picture.save(target)
        finally:
            page.close()
