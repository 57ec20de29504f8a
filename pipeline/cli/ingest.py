"""The command that takes files in and runs the graph for them.

Belongs here: progress, the lines and the summary, the exit code. Does not: the flow (`stages`, `assets`).
"""

import shutil
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.acquire.archive import ArchivedFile
from pipeline.acquire.intake import Refused, archive_files, files_under
from pipeline.cli.output import console, stop
from pipeline.cli.progress import progress_bars
from pipeline.cli.reports import published
from pipeline.config import settings

UNREADABLE = 1
"""Exit code when some file got no verdict on its content."""

PIPELINE_FAILED = 3
"""Exit code when the flow itself broke: nothing was published."""

REASONS_SHOWN = 3
REASON_WIDTH = 300
"""A reason names the check, the amounts and the pages first, then every cell."""

_VERDICTS = """
    select sha256, verdict, fiscal_year, department_name, reasons
    from audit.report
    where sha256 in (select unnest($1::varchar[]))
"""
_COLOURS = {
    "accepted": "green",
    "accepted_with_warnings": "yellow",
    "waived": "yellow",
    "quarantined": "red",
    "unreadable": "red",
}


def ingest(
    paths: Annotated[list[Path], typer.Argument(help="files or folders")],
    force: Annotated[
        bool, typer.Option("--force", help="read these files anew, even if they were before")
    ] = False,
) -> None:
    """Take files into the archive, run everything for their fiscal years, and publish.

    Prints one line per report. The exit code is 0 when every file got a verdict, 1 when some could not be
    read, 3 when the run failed.
    """
    started = time.perf_counter()
    with progress_bars():
        taken = _archive(paths)
        files = list({file.sha256: file for file in taken if isinstance(file, ArchivedFile)}.values())
        refused = [item for item in taken if isinstance(item, Refused)]
        if files:
            _run(files, force)
    verdicts = _verdicts(files)
    for file in files:
        _print_report(file, verdicts.get(file.sha256))
    for item in refused:
        console().print(f"[red]{'not archived':22}[/] {item.message}", soft_wrap=True)
    counted = Counter(row[1] for row in verdicts.values())
    _print_summary(counted, len(refused), time.perf_counter() - started)
    missing = len(files) - len(verdicts)
    raise typer.Exit(UNREADABLE if refused or missing or counted["unreadable"] else 0)


def _archive(paths: Sequence[Path]) -> list[ArchivedFile | Refused]:
    try:
        found = list(files_under(paths))
    except FileNotFoundError as error:
        stop(str(error))
    if not found:
        stop(f"no files in {', '.join(map(str, paths))}")
    return archive_files(found)


def _run(files: Sequence[ArchivedFile], force: bool) -> None:
    from pipeline import stages

    if force:
        stages.forget(files)
        due = list(files)
    else:
        stages.forgive(files)
        due = stages.not_loaded(files)
    if not due:
        return
    from pipeline.assets.run import run_years  # imports Dagster: seconds that nothing new need not cost

    run = run_years({file.year for file in due})
    if not run.success:
        reasons = "\n".join(f"  {error}" for error in run.errors)
        stop(
            f"The run failed and nothing was published; what was done is kept, so that the next run goes on "
            f"from there.\n{reasons}\nDetails: `fiscal ui`, run {run.run_id}.",
            code=PIPELINE_FAILED,
        )


def _verdicts(files: Sequence[ArchivedFile]) -> dict[str, tuple[Any, ...]]:
    if not files:
        return {}
    with published() as con:
        rows = con.execute(_VERDICTS, [[file.sha256 for file in files]]).fetchall()
    return {row[0]: row for row in rows}


def _print_report(file: ArchivedFile, row: tuple[Any, ...] | None) -> None:
    name = file.manifest.original_name
    if row is None:
        console().print(f"[red]{'no verdict':22}[/] {name}", soft_wrap=True)
        return
    _, verdict, year, department, reasons = row
    known = " ".join(str(part) for part in (year, department) if part is not None)
    line = f"[{_COLOURS.get(verdict, 'white')}]{verdict:22}[/] {file.sha256[:8]}  {known or '-'}  {name}"
    console().print(line, soft_wrap=True)
    if verdict not in ("accepted", "accepted_with_warnings"):
        for reason in reasons[:REASONS_SHOWN]:
            shown = reason if len(reason) <= REASON_WIDTH else f"{reason[:REASON_WIDTH]}…"
            console().print(f"    {shown}", markup=False, soft_wrap=True)
        if len(reasons) > REASONS_SHOWN:
            console().print(
                f"    and {len(reasons) - REASONS_SHOWN} more: fiscal checks {file.sha256[:8]} --failed"
            )


def _print_summary(counted: Counter[str], refused: int, seconds: float) -> None:
    parts = [f"{number} {verdict}" for verdict, number in sorted(counted.items())]
    if refused:
        parts.append(f"{refused} not archived")
    out = console()
    out.print(
        f"\n{sum(counted.values()) + refused} files in {seconds:.1f} s: {', '.join(parts) or 'none loaded'}"
    )
    out.print(f"Published: {settings().published_database}", soft_wrap=True)
    activate = "" if shutil.which("fiscal") else "[bold]source .venv/bin/activate[/], then "
    out.print(
        f"Next: {activate}[bold]fiscal status[/] lists all reports, "
        "[bold]fiscal sql[/] queries the warehouse.",
        soft_wrap=True,
    )
    if counted["quarantined"]:
        out.print("      [bold]fiscal checks REPORT --failed[/] shows why a report is quarantined.")
    if counted["unreadable"] or refused:
        out.print("      Mend what is said above about a file that could not be read, and ingest it again.")
