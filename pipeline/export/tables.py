"""Tables as Parquet and CSV files, one per table and fiscal year.

Belongs here: which file holds which rows, and how a value is written. Does not: what the files mean
(`describe`), or how they replace older ones (`folder`).

A file has exactly the columns of its table, so that `read_parquet('parquet/marts/fct_income/*.parquet')` is
the table again; the year in its name is the fiscal year of the row or of its report, `unknown` where that is
NULL, `all` where rows belong to no year. Rows stand in the order of their key: the same rows, the same bytes.
"""

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from pipeline.sql_text import literal
from pipeline.warehouse.database import PUBLISHED_SCHEMAS
from pipeline.warehouse.keys import TableName

# With the mark at its beginning Excel takes a CSV file for UTF-8; without it Chinese text is garbled there.
CSV_ENCODING = "utf-8-sig"

ALL_YEARS = "all"
UNKNOWN_YEAR = "unknown"
_ROWS_AT_ONCE = 20_000


@dataclass(frozen=True)
class Column:
    """A column: DuckDB's name of its type, the comment in Chinese and English."""

    name: str
    type: str
    comment: str


@dataclass(frozen=True)
class Table:
    """A published table; `key` is empty where no key is stated."""

    name: TableName
    comment: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]

    @property
    def full_name(self) -> str:
        """The name with its schema, as in SQL."""
        return ".".join(self.name)

    def has(self, column: str) -> bool:
        """Return whether there is such a column."""
        return any(column == one.name for one in self.columns)


@dataclass(frozen=True)
class Wanted:
    """Which rows are exported: of one fiscal year, of one report (its key), or without limit (None).

    A limit holds for tables whose rows belong to a year or a report; all other tables are exported whole.
    """

    year: int | None = None
    report_key: str | None = None


def published_tables(
    con: duckdb.DuckDBPyConnection, keys: Mapping[TableName, tuple[str, ...]]
) -> list[Table]:
    """Return the tables of the published schemas, with keys as `warehouse.keys.primary_keys` has them."""
    tables = con.execute(
        "select schema_name, table_name, coalesce(comment, '') from duckdb_tables()"
        " where schema_name in (select unnest($1)) order by all",
        [list(PUBLISHED_SCHEMAS)],
    ).fetchall()
    columns: dict[TableName, list[Column]] = {}
    for schema, table, *column in con.execute(
        "select schema_name, table_name, column_name, data_type, coalesce(comment, '') from duckdb_columns()"
        " where schema_name in (select unnest($1)) order by schema_name, table_name, column_index",
        [list(PUBLISHED_SCHEMAS)],
    ).fetchall():
        columns.setdefault((schema, table), []).append(Column(*column))
    return [
        Table((schema, table), comment, tuple(columns[schema, table]), keys.get((schema, table), ()))
        for schema, table, comment in tables
    ]


def years_of(con: duckdb.DuckDBPyConnection, table: Table, wanted: Wanted) -> list[str]:
    """Return the years for which `table` has a file, as they stand in file names.

    An empty table has one all the same, so that its columns are known.
    """
    year = _year(table)
    if year is None:
        return [ALL_YEARS]
    found = con.execute(
        f"select distinct {year} from {table.full_name} as t where {_limit(table, wanted)} order by all"
    ).fetchall()
    years = [UNKNOWN_YEAR if value is None else str(value) for (value,) in found]
    return years or [str(wanted.year) if wanted.year is not None else UNKNOWN_YEAR]


def write_parquet(
    con: duckdb.DuckDBPyConnection, table: Table, year: str, wanted: Wanted, target: Path
) -> int:
    """Write the rows of one year; amounts stay decimals of the same scale. Return their number."""
    target.parent.mkdir(parents=True, exist_ok=True)
    query = _rows(table, year, wanted)
    con.execute(f"copy ({query}) to {literal(str(target))} (format parquet, compression zstd)")
    [(count,)] = con.execute(f"select count(*) from read_parquet({literal(str(target))})").fetchall()
    return int(count)


def write_csv(con: duckdb.DuckDBPyConnection, table: Table, year: str, wanted: Wanted, target: Path) -> int:
    """Write the rows of one year as UTF-8 with a byte order mark. Return their number.

    NULL is empty, and so is an empty text: CSV cannot tell them apart, Parquet does. Lists are JSON.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    count = 0
    with target.open("w", encoding=CSV_ENCODING, newline="") as file:
        writer = csv.writer(file)
        writer.writerow(column.name for column in table.columns)
        for row in _fetched(con, _rows(table, year, wanted)):
            writer.writerow([csv_text(value) for value in row])
            count += 1
    return count


def csv_text(value: Any) -> str:
    """Return a value as it stands in a CSV file: decimals in full, times as ISO 8601, lists as JSON."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def _fetched(con: duckdb.DuckDBPyConnection, query: str) -> Iterator[tuple[Any, ...]]:
    found = con.execute(query)
    while rows := found.fetchmany(_ROWS_AT_ONCE):
        yield from rows


def _rows(table: Table, year: str, wanted: Wanted) -> str:
    """Return the query for the rows of one file, in the order of the key."""
    of_year = ""
    if year != ALL_YEARS:
        of_year = f" and {_year(table)} is not distinct from {'null' if year == UNKNOWN_YEAR else int(year)}"
    first = dict.fromkeys((*table.key, *(column.name for column in table.columns)))
    order = ", ".join(f't."{column}"' for column in first)
    return f"select t.* from {table.full_name} as t where {_limit(table, wanted)}{of_year} order by {order}"


def _year(table: Table) -> str | None:
    """Return the SQL expression for the fiscal year of a row `t`, None where rows belong to no year."""
    if table.has("fiscal_year"):
        return "t.fiscal_year"
    for column in ("report_key", "sha256"):
        if table.has(column):
            return f"(select any_value(r.fiscal_year) from audit.report as r where r.{column} = t.{column})"
    return None


def _limit(table: Table, wanted: Wanted) -> str:
    """Return the SQL condition by which rows `t` are wanted."""
    conditions = ["true"]
    year = _year(table)
    if wanted.year is not None and year is not None:
        conditions.append(f"{year} = {int(wanted.year)}")
    if wanted.report_key is not None:
        key = literal(wanted.report_key)
        if table.has("report_key"):
            conditions.append(f"t.report_key = {key}")
        elif table.has("sha256"):
            conditions.append(f"t.sha256 in (select sha256 from audit.report where report_key = {key})")
    return " and ".join(conditions)
