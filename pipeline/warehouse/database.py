"""Connections and the tables that the load writes.

Belongs here: every way to open a database file, the schema, its comments, transactions. Does not: what is
written into the tables (`load`), the marts (dbt) or the published copy (`publish`).

The build database has one user at a time: DuckDB locks it for one process. Open it, do one thing, close it.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import yaml

from pipeline.config import PROJECT_DIR, settings
from pipeline.sql_text import literal

DBT_PROJECT_DIR = PROJECT_DIR / "dbt_project"
PUBLISHED_SCHEMAS = ("audit", "marts")
_SCHEMA_SQL = Path(__file__).with_name("schema.sql")
_SOURCES_YAML = DBT_PROJECT_DIR / "models" / "sources.yml"


class DatabaseError(Exception):
    """A database that cannot be used as asked; the message says what the user can do."""


@contextmanager
def open_build(path: Path | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the build database for reading and writing, made when missing; closed on leaving.

    `path` defaults to the one of the settings. Raises DatabaseError when another process holds the file or
    when it was made with another schema.
    """
    path = path or settings().build_database
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        con = duckdb.connect(path)
    except duckdb.IOException as error:
        raise DatabaseError(
            f"{path} cannot be opened: {error}. One process at a time may use the build database; "
            "wait for the other run, or read the published database instead."
        ) from error
    try:
        create_schema(con)
        yield con
    finally:
        con.close()


@contextmanager
def read_published(path: Path | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the published database read-only; closed on leaving, so that the next opening sees a newer one.

    Raises DatabaseError when nothing has been published yet.
    """
    path = path or settings().published_database
    if not path.exists():
        raise DatabaseError(f"{path} does not exist yet: run `fiscal ingest` first.")
    con = duckdb.connect(path, read_only=True)
    try:
        yield con
    finally:
        con.close()


@contextmanager
def transaction(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Run the block as one transaction: all of it, or nothing when anything is raised."""
    con.begin()
    try:
        yield
    except BaseException:
        con.rollback()
        raise
    con.commit()


def create_schema(con: duckdb.DuckDBPyConnection) -> None:
    """Create the tables of audit and raw with their comments; does nothing where they are up to date.

    Raises DatabaseError when the tables were made by another version of schema.sql.
    """
    text = _SCHEMA_SQL.read_text(encoding="utf-8")
    tables, descriptions = (
        hashlib.sha256(data).hexdigest() for data in (text.encode(), _SOURCES_YAML.read_bytes())
    )
    made_with = None
    if _exists(con, "internal", "schema_version"):
        made_with = con.execute("select tables, descriptions from internal.schema_version").fetchone()
    if made_with == (tables, descriptions):
        return
    if made_with is not None and made_with[0] != tables:
        raise DatabaseError(
            "The build database was made by another version of this program. Delete "
            f"{settings().build_database} and ingest again: staged results are kept, no report is read again."
        )
    with transaction(con):
        con.execute(text)
        for statement in comments(con, ("audit", "raw"), described_sources()):
            con.execute(statement)
        con.execute("delete from internal.schema_version")
        con.execute("insert into internal.schema_version values ($1, $2)", [tables, descriptions])


def described_sources() -> dict[tuple[str, str], dict[str, str]]:
    """Return what dbt sources mean: (schema, table) to column to text, the table itself under ''."""
    sources: dict[str, Any] = yaml.safe_load(_SOURCES_YAML.read_text(encoding="utf-8"))
    return {
        (source["name"], table["name"]): {
            "": table["description"].strip(),
            **{column["name"]: column["description"].strip() for column in table["columns"]},
        }
        for source in sources["sources"]
        for table in source["tables"]
    }


def comments(
    con: duckdb.DuckDBPyConnection, schemas: tuple[str, ...], texts: dict[tuple[str, str], dict[str, str]]
) -> Iterator[str]:
    """Yield the COMMENT ON statements for the tables of `schemas` that `texts` describes."""
    columns = con.execute(
        "select schema_name, table_name, column_name from duckdb_columns()"
        " where schema_name in (select unnest($1)) order by all",
        [list(schemas)],
    ).fetchall()
    for schema, table in sorted({(schema, table) for schema, table, _ in columns} & texts.keys()):
        yield f"comment on table {schema}.{table} is {literal(texts[schema, table][''])}"
    for schema, table, column in columns:
        text = texts.get((schema, table), {}).get(column)
        if text is not None:
            yield f'comment on column {schema}.{table}."{column}" is {literal(text)}'


def _exists(con: duckdb.DuckDBPyConnection, schema: str, table: str) -> bool:
    found = con.execute(
        "select 1 from duckdb_tables() where schema_name = $1 and table_name = $2", [schema, table]
    ).fetchone()
    return found is not None
