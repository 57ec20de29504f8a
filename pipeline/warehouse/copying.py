"""What a published copy holds: which tables, in which state, written whole or brought up to date.

Belongs here: the tables that are copied, the hashes that tell states apart, the statements that write a copy.
Does not: when to publish and putting the copy in place (`publish`).

Large tables follow their reports: the rows of a report change only with its `load_no` (the load and the
incremental models see to that), so a copy is brought up to date by replacing the rows of reports that have
another one. All other tables are small, and are replaced whole.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import msgspec

from pipeline.sql_text import literal
from pipeline.warehouse.database import PUBLISHED_SCHEMAS, transaction
from pipeline.warehouse.load import AUDIT_TABLES
from pipeline.warehouse.models import models_fingerprint

# Readable by every DuckDB client from 1.0 on: analysts do not all upgrade when the pipeline does.
STORAGE_VERSION = "v1.0.0"


class StaleCopyError(Exception):
    """A copy that cannot be brought up to date; the message says where it differs."""


class CopiedTable(msgspec.Struct, frozen=True):
    """A table that is published, with the statement that makes it and the comments on it.

    `versions` are columns beside `report_key` that change whenever the rows of a report do: its own, or in
    audit.* that of `audit.report`. Empty where rows do not follow reports.
    """

    schema: str
    name: str
    definition: str
    comment: str | None
    column_comments: dict[str, str]
    versions: list[str]

    @property
    def full_name(self) -> str:
        """Return schema and name."""
        return f"{self.schema}.{self.name}"

    def reports(self, database: str = "") -> str:
        """Return the query for keys and versions of the reports; `database` is given as `name.`."""
        table = "audit.report" if self.schema == "audit" else self.full_name
        return f"select distinct report_key, {', '.join(self.versions)} from {database}{table}"


class State(msgspec.Struct, frozen=True):
    """What is to be published: `hash` tells contents apart, `layout_hash` the tables and what made them."""

    hash: str
    layout_hash: str
    rows: dict[str, int]


def copied_tables(con: duckdb.DuckDBPyConnection) -> list[CopiedTable]:
    """Return the tables of the build database that are published, in order of name."""
    columns: dict[tuple[str, str], list[tuple[str, str | None]]] = {}
    for schema, table, column, comment in con.execute(
        "select schema_name, table_name, column_name, comment from duckdb_columns()"
        " where database_name = current_database() order by table_name, column_index"
    ).fetchall():
        columns.setdefault((schema, table), []).append((column, comment))
    tables = con.execute(
        "select schema_name, table_name, sql, comment from duckdb_tables()"
        " where database_name = current_database() and schema_name in (select unnest($1))"
        # dbt leaves such tables behind when it is killed in the middle of a model.
        " and not contains(table_name, '__dbt_') order by all",
        [list(PUBLISHED_SCHEMAS)],
    ).fetchall()
    found = []
    for schema, table, definition, comment in tables:
        names = dict(columns[schema, table])
        found.append(
            CopiedTable(
                schema=schema,
                name=table,
                definition=definition,
                comment=comment,
                column_comments={name: text for name, text in names.items() if text is not None},
                versions=_versions(schema, table, names),
            )
        )
    return found


def _versions(schema: str, table: str, columns: Collection[str]) -> list[str]:
    if schema == "audit":
        return ["load_no"] if table in AUDIT_TABLES else []
    # Rows that compare two years change with either report.
    named = [name for name in ("load_no", "prior_report_key", "prior_load_no") if name in columns]
    return named if "load_no" in named else []


def state_of(con: duckdb.DuckDBPyConnection, tables: list[CopiedTable]) -> State:
    """Return the state of the build database: hashes over its id, models, definitions, comments and contents.

    Of tables that follow their reports only the versions count, and how many rows there are. The order of
    rows does not matter: their hashes are added up.
    """
    # Another build database counts its loads anew: what it holds cannot be told by versions.
    [(build_id,)] = con.execute("select build_id::varchar from internal.build").fetchall()
    layout = [STORAGE_VERSION, models_fingerprint(), build_id]
    layout += [msgspec.json.encode(table).decode() for table in tables]
    layout_hash = _sha256(con, layout)
    parts, rows = [layout_hash], {}
    for table in tables:
        if table.full_name == "audit.publication":
            continue
        if table.versions and table.full_name != "audit.report":
            # Those of audit.* stand in audit.report.
            told = f"hash(report_key, {', '.join(table.versions)})" if table.schema != "audit" else "0"
        else:
            told = "hash(t)"
        [(count, content)] = con.execute(
            f"select count(*), sum({told}::hugeint) from {table.full_name} as t"
        ).fetchall()
        rows[table.full_name] = count
        parts.append(f"{table.full_name} {count} {content}")
    return State(_sha256(con, parts), layout_hash, rows)


def _sha256(con: duckdb.DuckDBPyConnection, parts: list[str]) -> str:
    return str(con.execute("select sha256($1)", ["\n".join(parts)]).fetchall()[0][0])


def write_copy(con: duckdb.DuckDBPyConnection, tables: list[CopiedTable], state: State, target: Path) -> None:
    """Write the tables with their comments into a new database file `target`."""
    with _attached(con, target) as build:
        for schema in PUBLISHED_SCHEMAS:
            con.execute(f"create schema {schema}")
        for table in tables:
            con.execute(table.definition)
            con.execute(f"insert into {table.full_name} from {build}.{table.full_name}")
            if table.comment is not None:
                con.execute(f"comment on table {table.full_name} is {literal(table.comment)}")
            for column, comment in table.column_comments.items():
                con.execute(f'comment on column {table.full_name}."{column}" is {literal(comment)}')
        _sign(con, state)


def update_copy(
    con: duckdb.DuckDBPyConnection, tables: list[CopiedTable], state: State, target: Path
) -> None:
    """Bring `target`, a copy with the same tables in an earlier state, up to date.

    Raises StaleCopyError when a table then has another number of rows than that of the build database: rows
    changed although the version of their report did not. `target` is of no use then.
    """
    with _attached(con, target) as build:
        # The version of a report stands in audit.report, which is replaced last.
        for table in sorted(tables, key=lambda table: table.full_name == "audit.report"):
            if table.versions:
                old, new = table.reports(), table.reports(f"{build}.")
                con.execute(
                    "create or replace temp table replaced as select report_key from"
                    f" (({old} except {new}) union all ({new} except {old}))"
                )
                rows = " where report_key in (from replaced)"
            else:
                rows = ""
            con.execute(f"delete from {table.full_name}{rows}")
            con.execute(f"insert into {table.full_name} from {build}.{table.full_name}{rows}")
        _sign(con, state)
        for name, count in state.rows.items():
            [(found,)] = con.execute(f"select count(*) from {name}").fetchall()
            if found != count:
                raise StaleCopyError(
                    f"{name}: {found} rows after those of changed reports were replaced, {count} in the "
                    "build database"
                )


def _sign(con: duckdb.DuckDBPyConnection, state: State) -> None:
    con.execute("delete from audit.publication")
    con.execute(
        "insert into audit.publication values ($1, $2, $3, $4)",
        [state.hash, state.layout_hash, models_fingerprint(), datetime.now(UTC).replace(tzinfo=None)],
    )


@contextmanager
def _attached(con: duckdb.DuckDBPyConnection, target: Path) -> Iterator[str]:
    """Write into the database file `target` in one transaction; yields the name of the build database."""
    build = con.execute("select current_database()").fetchall()[0][0]
    con.execute(f"attach {literal(str(target))} as published (storage_version {literal(STORAGE_VERSION)})")
    try:
        con.execute("use published")
        with transaction(con):
            yield f'"{build}"'
    finally:
        con.execute(f'use "{build}"')
        con.execute("detach published")
