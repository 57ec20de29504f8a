"""Commands that list what is in the published database: status, checks, sql."""

import sys
from typing import Annotated

import typer

from pipeline.audit.results import VERDICTS
from pipeline.cli.output import Format, FormatOption, print_result, stop
from pipeline.cli.reports import ReportArgument, find_report, published

_STATUS = """
    select {columns}
    from audit.report
    where ($1 is null or fiscal_year = $1 or (fiscal_year is null and partition_year = $1::varchar))
        and ($2 is null or verdict = $2)
    order by fiscal_year, department_name, revision_no, file_name
"""
_STATUS_COLUMNS = """report_key, verdict, fiscal_year, department_name, report_kind, pages, revision_no,
    is_current, file_name, reasons"""
# A terminal has room for the first reason only, and for its beginning.
_STATUS_IN_A_TABLE = """left(report_key, 8) as report, verdict, fiscal_year as year,
    department_name as department, file_name,
    concat_ws(' ', left(reasons[1], 60) || if(length(reasons[1]) > 60, '…', ''),
        '(+' || if(len(reasons) > 1, len(reasons) - 1, null) || ')') as reason"""
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
    how: FormatOption = Format.TABLE,
) -> None:
    """List the files given to the system, with their verdicts and the reasons."""
    if verdict is not None and verdict not in VERDICTS:
        stop(f"{verdict}: no such verdict; there are {', '.join(VERDICTS)}")
    with published() as con:
        columns = _STATUS_IN_A_TABLE if how is Format.TABLE else _STATUS_COLUMNS
        found = con.execute(_STATUS.format(columns=columns), [year, verdict])
        print_result(found, how)


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
