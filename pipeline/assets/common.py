"""What the asset modules share: partitions, owners, pools, and how results are shown in the UI.

Belongs here: what two or more of them need of Dagster. Does not: an asset, or a rule about reports.
"""

import warnings
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
import duckdb

from pipeline import stages
from pipeline.acquire.archive import FOLDERS, Archive, ArchivedFile
from pipeline.config import settings
from pipeline.stages import StageResult, rules_in_force, staged
from pipeline.staging import Staged

# Dagster tells at every import that single-run backfills are young; the snapshot of the graph would show
# when they change.
warnings.filterwarnings("ignore", category=dg.BetaWarning)

if TYPE_CHECKING:
    Result = dg.MaterializeResult[None]
else:
    # Dagster looks at the annotation and does not know the generic form.
    Result = dg.MaterializeResult

OWNERS = ["team:fiscal-data"]

YEARS = dg.StaticPartitionsDefinition(list(FOLDERS))
"""One partition per folder of the archive: the fiscal years, and `unknown`."""

ONE_RUN = dg.BackfillPolicy.single_run()
"""A range of years is one run: reading fills the cores by itself, and the writers take turns anyway."""

READERS = "readers"
"""Pool of the stages that keep all cores busy."""

WRITERS = "writers"
"""Pool of everything that opens the build database: DuckDB lets one process in."""

ROWS_SHOWN, ROWS_IN_PREVIEW = 100, 10


def archived(context: dg.AssetExecutionContext) -> list[ArchivedFile]:
    """Return the archived files of the years that this run is about."""
    return _archived(context.partition_keys)


def _archived(years: Iterable[str]) -> list[ArchivedFile]:
    archive = Archive(settings().raw_dir)
    return [file for year in years for file in archive.list_files(year)]


def due(context: dg.AssetExecutionContext) -> list[ArchivedFile]:
    """Return the archived files of the years of this run for which there is work; see `stages.due`.

    Asked once per run: its steps share a process, and files stay due until they are published at its end.
    """
    return _due_of_run(context.run.run_id, tuple(context.partition_keys))


@lru_cache(maxsize=1)
def _due_of_run(run_id: str, years: tuple[str, ...]) -> list[ArchivedFile]:
    return stages.due(_archived(years))


def counts(result: StageResult) -> dict[str, Any]:
    """Return what a stage did, as metadata, with a table of what failed."""
    metadata: dict[str, Any] = {
        "done": result.done,
        "skipped": result.skipped,
        "failed": len(result.failed),
        "seconds": round(result.seconds, 3),
    }
    if result.failed:
        metadata["failures"] = table(
            {"sha256": outcome.sha256, "error": outcome.error_class, "message": outcome.message}
            for outcome in result.failed
        )
    return metadata


def table(records: Iterable[Mapping[str, Any]]) -> dg.TableMetadataValue:
    """Return records as a table for the UI, at most ROWS_SHOWN; whatever is no number is shown as text."""
    shown = list(records)[:ROWS_SHOWN]
    return dg.MetadataValue.table(
        records=[dg.TableRecord({key: _shown(value) for key, value in record.items()}) for record in shown],
        schema=None if shown else dg.TableSchema(columns=[]),
    )


def query(parquet: Sequence[Path], sql: str) -> list[dict[str, Any]]:
    """Return the rows of `sql` over the relation `staged`: the rows of these Parquet files together."""
    if not parquet:
        return []
    with duckdb.connect() as con:
        con.read_parquet([str(path) for path in parquet]).create_view("staged")
        return rows_in(con, sql)


def rows_in(con: duckdb.DuckDBPyConnection, sql: str, *parameters: Any) -> list[dict[str, Any]]:
    """Return the rows of a query by column name."""
    found = con.execute(sql, list(parameters))
    columns = [column[0] for column in found.description or ()]
    return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]


def rows_of_table(con: duckdb.DuckDBPyConnection, schema: str, name: str) -> dict[str, Any]:
    """Return the row count and the first rows of a table of the build database, as metadata."""
    rows = con.execute(f'select count(*) from "{schema}"."{name}"').fetchall()[0][0]
    preview = con.sql(f'from "{schema}"."{name}" limit {ROWS_IN_PREVIEW}')
    records = (dict(zip(preview.columns, row, strict=True)) for row in preview.fetchall())
    return {"dagster/row_count": rows, "preview": table(records)}


def existing(files: Iterable[ArchivedFile], stage: str) -> list[Staged]:
    """Return what is staged of the files on which a stage is done."""
    rules = rules_in_force()
    reports = (staged(file, rules) for file in files)
    return [report for report in reports if report.result(stage).exists()]


def _shown(value: Any) -> str | int | float | bool:
    if isinstance(value, (str, int, float)):
        return value
    if isinstance(value, (list, tuple)):
        return "; ".join(map(str, value))
    return "" if value is None else str(value)
