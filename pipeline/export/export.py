"""One export: all files of the formats asked for, with manifest and Data Package.

Belongs here: the order of the parts. Does not: any of them.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import duckdb

from pipeline.export.describe import data_package
from pipeline.export.folder import ExportError, Replaced, begin, finish
from pipeline.export.tables import Table, Wanted, published_tables, write_csv, write_parquet, years_of
from pipeline.export.workbook import reports_with_forms, write_workbook
from pipeline.warehouse.keys import TableName, foreign_keys, primary_keys

DATA_PACKAGE = "datapackage.json"


class FileFormat(StrEnum):
    """What is written: a folder of the export has the same name."""

    PARQUET = "parquet"
    CSV = "csv"
    XLSX = "xlsx"


_WRITERS = {FileFormat.PARQUET: write_parquet, FileFormat.CSV: write_csv}


@dataclass(frozen=True)
class Exported:
    """What one export wrote: tables, workbooks, rows of all tables, and what became of the folder's files."""

    tables: int
    workbooks: int
    rows: int
    files: Replaced


def export(
    con: duckdb.DuckDBPyConnection,
    target: Path,
    formats: Sequence[FileFormat],
    names: Sequence[str] = (),
    wanted: Wanted | None = None,
) -> Exported:
    """Write the published database `con` as files into the folder `target`, which is replaced as a whole.

    `names` are the tables, as `table` or `schema.table` (none: all); they and the rows of `wanted` limit what
    is written. The Data Package describes the CSV files, or the Parquet files where no CSV is written. Raises
    ExportError for an unknown table and for a folder that holds something else.
    """
    target = target.resolve()
    wanted = wanted or Wanted()
    tables = _chosen(published_tables(con, primary_keys()), names)
    new = begin(target)
    rows: dict[str, int] = {}
    total = 0
    for how in (FileFormat.CSV, FileFormat.PARQUET):
        if how not in formats:
            continue
        files: dict[TableName, list[str]] = {}
        for table in tables:
            for year in years_of(con, table, wanted):
                path = f"{how}/{'/'.join(table.name)}/{year}.{how}"
                rows[path] = _WRITERS[how](con, table, year, wanted, new / path)
                files.setdefault(table.name, []).append(path)
        if not (new / DATA_PACKAGE).exists():
            total = sum(rows.values())
            described = data_package(tables, files, foreign_keys(), how, _state(con))
            text = json.dumps(described, ensure_ascii=False, indent=1) + "\n"
            (new / DATA_PACKAGE).write_text(text, encoding="utf-8")
    books = reports_with_forms(con, wanted.year, wanted.report_key) if FileFormat.XLSX in formats else []
    for report_key, path in books:
        rows[path] = write_workbook(con, report_key, new / path)
    return Exported(len(tables), len(books), total, finish(new, target, rows, {"state_hash": _state(con)}))


def _state(con: duckdb.DuckDBPyConnection) -> str:
    """Return the hash of what the database holds."""
    [(state,)] = con.execute("select state_hash from audit.publication").fetchall()
    return str(state)


def _chosen(tables: Sequence[Table], names: Sequence[str]) -> list[Table]:
    chosen = [table for table in tables if not names or {table.name[1], table.full_name} & set(names)]
    known = {name for table in tables for name in (table.name[1], table.full_name)}
    if unknown := [name for name in names if name not in known]:
        listed = ", ".join(table.full_name for table in tables)
        raise ExportError(f"{', '.join(unknown)}: no such table; there are {listed}")
    return chosen
