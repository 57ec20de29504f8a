"""The command that releases a report in spite of a failed check: it writes the waiver, nothing else."""

import datetime
import getpass
from decimal import Decimal
from typing import Annotated

import typer

from pipeline.cli.output import console, stop
from pipeline.cli.reports import ReportArgument, find_report, published

_FAILED = """
    select form_code, subject, measure, difference, message
    from audit.check_result
    where report_key = $1 and check_id = $2 and severity = 'H' and status = 'fail'
        and ($3 is null or form_code = $3) and ($4 is null or subject = $4) and ($5 is null or measure = $5)
    order by all
"""


def waive(
    report: ReportArgument,
    check: Annotated[str, typer.Argument(help="the check that failed, such as F03-ROW")],
    reason: Annotated[str, typer.Option(help="why the report is right to be loaded all the same")],
    who: Annotated[str | None, typer.Option(help="who decides; default: the user of this machine")] = None,
    until: Annotated[
        datetime.datetime | None, typer.Option(formats=["%Y-%m-%d"], help="last day on which it holds")
    ] = None,
    form: Annotated[str | None, typer.Option(help="only the failures in this form")] = None,
    subject: Annotated[str | None, typer.Option(help="only the failures of this row")] = None,
    measure: Annotated[str | None, typer.Option(help="only the failures of this measure")] = None,
) -> None:
    """Waive a failed hard check of a report: writes the waiver file, which is kept under version control.

    Each failure is named with its difference; when the report, the check or the difference changes, the
    waiver no longer fits and the report is held back again.
    """
    from pipeline.review import ReviewError, Waiver, add_waivers

    with published() as con:
        found = find_report(con, report)
        rows = con.execute(_FAILED, [found.report_key, check, form, subject, measure]).fetchall()
    if not rows:
        stop(
            f"{found.file_name}: no hard check {check} failed there; `fiscal checks {report} --failed` lists"
        )
    waivers = [
        Waiver(
            check=check,
            form=row[0],
            subject=row[1],
            measure=row[2],
            difference=_plain(row[3]),
            reason=reason,
            who=who or getpass.getuser(),
            date=datetime.date.today(),
            until=until.date() if until else None,
        )
        for row in rows
    ]
    try:
        path = add_waivers(found.sha256, found.file_name, waivers)
    except ReviewError as error:
        stop(str(error), code=1)
    for waiver in waivers:
        console().print(f"waived: {waiver}", soft_wrap=True)
    console().print(f"{path}\nCommit this file, and ingest the report again to load it.", soft_wrap=True)


def _plain(difference: Decimal | None) -> str | None:
    """Return a difference in 元 without needless zeros: the scale of the database says nothing."""
    if difference is None:
        return None
    return (
        f"{difference.quantize(Decimal('0.01')):f}" if difference == round(difference, 2) else str(difference)
    )
