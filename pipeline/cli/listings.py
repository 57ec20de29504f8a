"""Commands that list what is in the published database: status, checks, sql."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.audit.results import VERDICTS
from pipeline.cli.output import Format, FormatOption, print_result, print_rows, stop
from pipeline.cli.pages import draw, pictures_of, staged_document, things_on
from pipeline.cli.reports import ReportArgument, find_report, published

if TYPE_CHECKING:
    import duckdb

_WHICH = """
    ($1 is null or fiscal_year = $1 or (fiscal_year is null and partition_year = $1::varchar))
    and ($2 is null or verdict = $2)
"""
_STATUS = """
    select {columns}
    from audit.report as r
    where {which}
    order by fiscal_year, department_name, revision_no, file_name
"""
_STATUS_COLUMNS = """report_key, verdict, fiscal_year, department_name, report_kind, pages, revision_no,
    is_current, file_name, reasons,
    (select count(*) from audit.unmapped as u where u.report_key = r.report_key) as unmapped,
    (select count(*) from audit.reading_flag as f where f.report_key = r.report_key) as flags"""
# A terminal has room for the first reason only, and for its beginning.
_STATUS_IN_A_TABLE = """left(report_key, 8) as report, verdict, fiscal_year as year,
    department_name as department, file_name,
    concat_ws(' ', left(reasons[1], 60) || if(length(reasons[1]) > 60, '…', ''),
        '(+' || if(len(reasons) > 1, len(reasons) - 1, null) || ')') as reason"""
_UNMAPPED = """
    select {columns}
    from audit.unmapped
    join audit.report using (report_key)
    where {which}
    order by fiscal_year, department_name, revision_no, file_name, unmapped_no
"""
_UNMAPPED_COLUMNS = """report_key, department_name, fiscal_year, form_code, kind, text_printed,
    header_printed, resembles, numbers_printed, page, locator"""
_UNMAPPED_IN_A_TABLE = """left(report_key, 8) as report, department_name as department, fiscal_year as year,
    form_code as form, kind, concat_ws(' ', nullif(text_printed, ''), '(resembles ' || resembles || ')',
    '[' || left(header_printed, 60) || if(length(header_printed) > 60, '…', '') || ']') as text,
    concat(len(numbers_printed), if(len(numbers_printed) > 0, ': ', ''),
        array_to_string(numbers_printed[:3], ' '), if(len(numbers_printed) > 3, ' …', '')) as numbers,
    page, locator"""
_MISSING = """
    select place, fiscal_year, department_name, due_on, due_on < current_date as overdue, expected_by,
        portal_outcomes, coalesce(file_url, page_url) as address
    from marts.expected_report
    where state = 'missing' and ($1 is null or fiscal_year = $1) and ($2 is null or contains(place, $2))
    order by fiscal_year desc, place, department_name
"""
_CHECKS = """
    select check_id, form_code, subject, measure, severity, status, reported, computed, difference, tolerance,
        unit, page, message
    from audit.check_result
    where report_key = $1 and (not $2 or status = 'fail')
    order by status != 'fail', severity, check_id, form_code, page, subject, measure
"""


def status(
    year: Annotated[int | None, typer.Option(help="only this fiscal year")] = None,
    verdict: Annotated[str | None, typer.Option(help=f"only this verdict: {', '.join(VERDICTS)}")] = None,
    unmapped: Annotated[
        bool, typer.Option("--unmapped", help="list what the form dictionary does not know instead")
    ] = False,
    folder: Annotated[
        Path | None, typer.Option("--pictures", help="with --unmapped: draw its pages into this folder")
    ] = None,
    missing: Annotated[
        bool, typer.Option("--missing", help="list the reports that should come and did not instead")
    ] = False,
    place: Annotated[str | None, typer.Option(help="with --missing: only places with these words")] = None,
    how: FormatOption = Format.TABLE,
) -> None:
    """List the files given to the system, with their verdicts and the reasons.

    With --unmapped, list the titles, headers and row labels that the form dictionary does not know, with the
    numbers below or beside them, page and place; docs/new_template.md says what to do about them.

    With --missing, list the reports that a list of departments or a portal names and that did not come, with
    the day they are due and, where a portal has them, why they were not fetched; docs/new_source.md says how
    lists are written.
    """
    if verdict is not None and verdict not in VERDICTS:
        stop(f"{verdict}: no such verdict; there are {', '.join(VERDICTS)}")
    if folder is not None and not unmapped:
        stop("--pictures goes with --unmapped; `fiscal show` draws any page")
    if missing and (unmapped or verdict is not None):
        stop("--missing goes with --year and --place only: what did not come has no verdict")
    if place is not None and not missing:
        stop("--place goes with --missing")
    with published() as con:
        if missing:
            print_result(con.execute(_MISSING, [year, place]), how)
            return
        if unmapped:
            _list_unmapped(con, year, verdict, folder, how)
            return
        columns = _STATUS_IN_A_TABLE if how is Format.TABLE else _STATUS_COLUMNS
        print_result(con.execute(_STATUS.format(columns=columns, which=_WHICH), [year, verdict]), how)


def _list_unmapped(
    con: "duckdb.DuckDBPyConnection", year: int | None, verdict: str | None, folder: Path | None, how: Format
) -> None:
    columns = _UNMAPPED_IN_A_TABLE if how is Format.TABLE else _UNMAPPED_COLUMNS
    found = con.execute(_UNMAPPED.format(columns=columns, which=_WHICH), [year, verdict])
    names = [column[0] for column in found.description or []]
    rows = found.fetchall()
    if folder is None:
        print_rows(names, rows, how)
        return
    places = con.execute(_UNMAPPED.format(columns="sha256, page", which=_WHICH), [year, verdict]).fetchall()
    drawn = _pictures(con, places, folder)
    pictured: list[tuple[Any, ...]] = [
        (*row, drawn.get(place)) for row, place in zip(rows, places, strict=True)
    ]
    print_rows([*names, "picture"], pictured, how)


def _pictures(
    con: "duckdb.DuckDBPyConnection", places: list[tuple[str, int]], folder: Path
) -> dict[tuple[str, int], str]:
    """Draw the pages of several reports into `folder`; return their paths. A file without pages has none."""
    paths = {}
    for sha256 in dict.fromkeys(sha256 for sha256, _ in places):
        report = find_report(con, sha256)
        numbers = sorted({page for other, page in places if other == sha256})
        document = staged_document(report)
        pages = {page.number: page for page in document.pages} if document else {}
        for number, picture in pictures_of(report, numbers).items():
            things = things_on(con, report, number)
            path = draw(report, number, picture, pages.get(number), things, folder)
            paths[sha256, number] = str(path)
    return paths


def checks(
    report: ReportArgument,
    failed: Annotated[bool, typer.Option("--failed", help="only the checks that failed")] = False,
    how: FormatOption = Format.TABLE,
) -> None:
    """List the checks of one report: what is reported, what follows from the parts, and the difference."""
    with published() as con:
        found = con.execute(_CHECKS, [find_report(con, report).report_key, failed])
        print_result(found, how)


def sql(
    query: Annotated[str, typer.Argument(help="one SQL statement; - reads it from standard input")],
    how: FormatOption = Format.TABLE,
) -> None:
    """Run a query on the published database, which is read-only."""
    import duckdb

    with published() as con:
        try:
            found = con.execute(sys.stdin.read() if query == "-" else query)
            print_result(found, how)
        except duckdb.Error as error:
            stop(str(error))
