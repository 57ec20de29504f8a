"""The command that writes the published database as files."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.output import console, stop
from pipeline.cli.reports import find_report, published

_FORMATS = ("parquet", "csv", "xlsx")


def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="a new folder, or one of an earlier export")],
    formats: Annotated[str, typer.Option(help="which of parquet, csv, xlsx, joined by commas")] = ",".join(
        _FORMATS
    ),
    tables: Annotated[str | None, typer.Option(help="only these tables, joined by commas")] = None,
    year: Annotated[int | None, typer.Option(help="only this fiscal year")] = None,
    report: Annotated[
        str | None, typer.Option(help="only this report: first digits of its sha256, or its file name")
    ] = None,
) -> None:
    """Write Parquet and CSV files per table and fiscal year, and a workbook per report.

    The folder then holds this export and nothing else, whole or not at all; files that did not change stay.
    datapackage.json describes the tables, manifest.json lists the files with sha256, bytes and rows.
    """
    from pipeline.export.export import FileFormat
    from pipeline.export.export import export as write
    from pipeline.export.folder import ExportError
    from pipeline.export.tables import Wanted

    asked = _parts(formats)
    if not asked or set(asked) - set(_FORMATS):
        stop(f"--formats {formats}: give one or more of {', '.join(_FORMATS)}, joined by commas")
    with published() as con:
        key = find_report(con, report).report_key if report is not None else None
        try:
            done = write(
                con, folder, [FileFormat(name) for name in asked], _parts(tables or ""), Wanted(year, key)
            )
        except ExportError as error:
            stop(str(error))
    console().print(
        f"{done.tables} tables with {done.rows} rows, {done.workbooks} workbooks in {folder.resolve()}: "
        f"{done.files.written} files written, {done.files.unchanged} unchanged, {done.files.removed} removed",
        soft_wrap=True,
    )


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
