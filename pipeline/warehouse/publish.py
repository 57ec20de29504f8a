"""The published database: a read-only copy of what users may see, swapped in by rename.

Belongs here: copying the schemas audit and marts out of the build database, the hash that tells whether
anything changed. Does not: what the tables hold (`load`, dbt).

A reader that has the file open keeps the old one until it closes it; a new reader gets the new one. Killed
at any point, the published file is the old one or the new one, whole.
"""

import logging
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import duckdb
import msgspec

from pipeline.config import settings
from pipeline.sql_text import literal
from pipeline.warehouse.database import (
    PUBLISHED_SCHEMAS,
    DatabaseError,
    open_build,
    read_published,
    transaction,
)
from pipeline.warehouse.models import models_fingerprint

log = logging.getLogger(__name__)

# Readable by every DuckDB client from 1.0 on: analysts do not all upgrade when the pipeline does.
STORAGE_VERSION = "v1.0.0"


class Publication(msgspec.Struct, frozen=True):
    """What publishing did. `published` is False when nothing had changed; `rows` are those per table."""

    published: bool
    path: Path
    state_hash: str
    rows: dict[str, int]
    seconds: float


def publish(build: Path | None = None, target: Path | None = None) -> Publication:
    """Copy the build database's audit and marts to the published file, unless it holds the same already.

    Paths default to those of the settings. Raises DatabaseError when the build database is in use by
    another process, when the marts have not been built, and when the build database lacks a file that is
    published: files never leave the warehouse, so it was deleted and must be filled again first.
    """
    start = time.perf_counter()
    target = target or settings().published_database
    with open_build(build) as con:
        tables = _published_tables(con)
        if not any(schema == "marts" for schema, _ in tables):
            raise DatabaseError("The marts have not been built: run dbt before publishing.")
        before = _published(target)
        loaded = {sha256 for (sha256,) in con.execute("select sha256 from audit.report").fetchall()}
        lacking = (before.files.keys() if before is not None else set()) - loaded
        if lacking:
            raise DatabaseError(
                f"{len(lacking)} published files are not in the build database, which must have been "
                f"deleted: ingest {settings().raw_dir} to fill it again. Staged results are kept, no report "
                "is read again."
            )
        state, rows = _state(con, tables)
        changed = before is None or state != before.state_hash
        if changed:
            _swap_in(con, tables, state, target)
    return Publication(changed, target, state, rows, time.perf_counter() - start)


def published_files(path: Path | None = None) -> dict[str, str | None]:
    """Return the published files by sha256, each with the fingerprint of its gate record (None: no record).

    Empty where nothing is published yet, or where other models than those in force made the marts.
    """
    before = _published(path or settings().published_database)
    return before.files if before is not None and before.models_fingerprint == models_fingerprint() else {}


class _Published(NamedTuple):
    """What the published database holds: `files` as `published_files` returns them."""

    state_hash: str
    models_fingerprint: str
    files: dict[str, str | None]


def _published(path: Path) -> _Published | None:
    """Return what the published database holds, None when there is none to be read.

    One that is damaged or of another form is no reason to stop: the next publication replaces it.
    """
    if not path.exists():
        return None
    try:
        with read_published(path) as con:
            [(state, models)] = con.execute(
                "select state_hash, models_fingerprint from audit.publication"
            ).fetchall()
            files = con.execute("select sha256, gate_fingerprint from audit.report").fetchall()
    except duckdb.Error as error:
        log.warning("the published database cannot be read and will be replaced: %s", error)
        return None
    return _Published(state, models, dict(files))


def _published_tables(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    return con.execute(
        "select schema_name, table_name from duckdb_tables()"
        " where database_name = current_database() and schema_name in (select unnest($1))"
        # dbt leaves such tables behind when it is killed in the middle of a model.
        " and not contains(table_name, '__dbt_') order by all",
        [list(PUBLISHED_SCHEMAS)],
    ).fetchall()


def _state(con: duckdb.DuckDBPyConnection, tables: list[tuple[str, str]]) -> tuple[str, dict[str, int]]:
    """Return a hash over models, definitions, descriptions and contents of the tables, and row counts.

    The order of rows does not matter: their hashes are added up.
    """
    described = con.execute(
        "select md5(string_agg(concat_ws('|', schema_name, table_name, column_name, data_type, comment), '|'"
        " order by schema_name, table_name, column_index)) from duckdb_columns()"
        " where database_name = current_database()"
        " and schema_name || '.' || table_name in (select unnest($1))",
        [[f"{schema}.{table}" for schema, table in tables]],
    ).fetchall()[0][0]
    parts, rows = [STORAGE_VERSION, models_fingerprint(), described], {}
    for schema, table in tables:
        if (schema, table) == ("audit", "publication"):
            continue
        count, total, comment = con.execute(
            f"select count(*), sum(hash(t)::hugeint), (select comment from duckdb_tables()"
            f" where schema_name = $1 and table_name = $2 and database_name = current_database())"
            f" from {schema}.{table} as t",
            [schema, table],
        ).fetchall()[0]
        rows[f"{schema}.{table}"] = count
        parts.append(f"{schema}.{table} {count} {total} {comment}")
    state = con.execute("select sha256($1)", ["\n".join(parts)]).fetchall()[0][0]
    return str(state), rows


def _swap_in(con: duckdb.DuckDBPyConnection, tables: list[tuple[str, str]], state: str, target: Path) -> None:
    """Write the new database beside `target`, make it read-only, and rename it onto `target`."""
    target.parent.mkdir(parents=True, exist_ok=True)
    # Whoever has the build database open is the only publisher: what lies here was left by a killed one.
    temporary = target.with_name(f".{target.name}.new")
    journal = temporary.with_name(temporary.name + ".wal")
    for leftover in (temporary, journal):
        leftover.unlink(missing_ok=True)
    con.execute(f"attach {literal(str(temporary))} as published (storage_version {literal(STORAGE_VERSION)})")
    try:
        _copy(con, tables, state)
    finally:
        con.execute("detach published")
    if journal.exists():
        raise DatabaseError(f"{journal} was left: the copy is not complete; publish again.")
    temporary.chmod(0o444)
    _sync(temporary)
    os.replace(temporary, target)
    _sync(target.parent)


def _copy(con: duckdb.DuckDBPyConnection, tables: list[tuple[str, str]], state: str) -> None:
    build = con.execute("select current_database()").fetchall()[0][0]
    for schema in PUBLISHED_SCHEMAS:
        con.execute(f"create schema published.{schema}")
    definitions = con.execute(
        "select schema_name, table_name, sql, comment from duckdb_tables() where database_name = $1", [build]
    ).fetchall()
    columns = con.execute(
        "select schema_name, table_name, column_name, comment from duckdb_columns()"
        " where database_name = $1 and comment is not null",
        [build],
    ).fetchall()
    con.execute("use published")
    try:
        with transaction(con):
            for schema, table, definition, comment in definitions:
                if (schema, table) in tables:
                    con.execute(definition)
                    con.execute(f'insert into {schema}.{table} from "{build}".{schema}.{table}')
                    if comment is not None:
                        con.execute(f"comment on table {schema}.{table} is {literal(comment)}")
            for schema, table, column, comment in columns:
                if (schema, table) in tables:
                    con.execute(f'comment on column {schema}.{table}."{column}" is {literal(comment)}')
            con.execute(
                "insert into audit.publication values ($1, $2, $3)",
                [state, models_fingerprint(), datetime.now(UTC).replace(tzinfo=None)],
            )
    finally:
        con.execute(f'use "{build}"')


def _sync(path: Path) -> None:
    """Wait until a file or folder is on the disk: a rename must not overtake what it renames."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
