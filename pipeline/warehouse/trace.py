"""From a row of a published table to the places it was read from and the checks that cover them.

Belongs here: naming a table and its key, finding the row, its places and its checks. Does not: how the chain
is shown (`cli`), pictures of pages (`pipeline.pictures`), or what identifies a row (`keys`).

A row names its places by number: `cell_nos` or `cell_no` lead to audit.reported_amount, `claim_nos` or
`claim_no` to audit.narrative_claim, `evaluation_no` and `indicator_no` to the self-evaluations. A row that
has a page of its own (audit.unmapped, audit.text_flaw …) is its own place.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from pipeline.warehouse.database import PUBLISHED_SCHEMAS
from pipeline.warehouse.keys import TableName

Row = dict[str, Any]

_REPORT = """
    select report_key, sha256, file_name, file_type, department_name, fiscal_year, report_kind, scope,
        verdict, reasons, revision_no, is_current, source, source_url, page_url, pages
    from audit.report where report_key = $1
"""
_PLACE_COLUMNS = "page, x0, top, x1, bottom, locator"
_CELLS = f"""
    select 'cell' as kind, cell_no as number, form_code, concat_ws(' ', item_code, item_name) as label,
        measure, amount_printed as printed, cell_text as text, amount_yuan, unit, table_no, row_no,
        column_no, flag, corrected_by, {_PLACE_COLUMNS}
    from audit.reported_amount
    where report_key = $1 and list_contains($2::integer[], cell_no)
    order by cell_no
"""
_CLAIMS = f"""
    select 'claim' as kind, claim_no as number, section as form_code, subject as label, metric as measure,
        value_printed as printed, sentence as text, value_yuan as amount_yuan, unit, {_PLACE_COLUMNS}
    from audit.narrative_claim
    where report_key = $1 and list_contains($2::integer[], claim_no)
    order by claim_no
"""
_INDICATORS = f"""
    select 'indicator' as kind, indicator_no as number, 'annex ' || evaluation_no as form_code,
        concat_ws(' / ', level1, level2, level3) as label, block as measure, actual_printed as printed,
        concat_ws('; ', 'target ' || target_printed, 'weight ' || weight_printed, 'score ' || score_printed)
        as text, actual_unit as unit, table_no, row_no, {_PLACE_COLUMNS}
    from audit.performance_indicator
    where report_key = $1 and evaluation_no = $2 and indicator_no = $3
"""
_EVALUATIONS = """
    select 'evaluation' as kind, evaluation_no as number, 'annex ' || evaluation_no as form_code,
        coalesce(project_name, title_printed) as label, kind as measure, total_score_printed as printed,
        title_printed as text, unit, table_no, page_first as page, x0, top, x1, bottom, locator
    from audit.project_evaluation
    where report_key = $1 and evaluation_no = $2
"""
_CHECKS = """
    select check_id, severity, status, form_code, subject, measure, reported, computed, difference, tolerance,
        unit, page, message
    from audit.check_result
    where report_key = $1 and (
        list_has_any(coalesce(cell_nos, []), $2::integer[])
        or list_has_any(coalesce(claim_nos, []), $3::integer[])
        or list_contains($4::varchar[], subject) or starts_with(subject, $5)
    )
    order by status != 'fail', severity, check_id, form_code, subject, measure
"""
# What a line of a self-evaluation is called.
_LINE_NAMES = ("level1", "level2", "level3", "source_printed")
# What a row says about its own place, where it is none of the above.
_OWN_TEXT = ("found", "text_printed", "first_text", "source_printed", "printed_after", "title_printed")


class TraceError(Exception):
    """A row that cannot be traced as asked; the message says what to give instead."""


@dataclass(frozen=True)
class Trace:
    """The chain of one row.

    `row` is the row itself; `report` its file; `places` where it was read, with page (from 1), box in
    points and printed text; `checks` the results that compare one of those places.
    """

    table: TableName
    row: Row
    report: Row
    places: list[Row]
    checks: list[Row]


def find_table(con: duckdb.DuckDBPyConnection, name: str) -> TableName:
    """Return schema and name of a published table given as `table` or `schema.table`. Raises TraceError."""
    tables = con.execute(
        "select schema_name, table_name from duckdb_tables() where schema_name in (select unnest($1))"
        " order by all",
        [list(PUBLISHED_SCHEMAS)],
    ).fetchall()
    found = [(schema, table) for schema, table in tables if name in (table, f"{schema}.{table}")]
    if not found:
        listed = ", ".join(f"{schema}.{table}" for schema, table in tables)
        raise TraceError(f"{name}: no such table; there are {listed}")
    if len(found) > 1:
        listed = ", ".join(f"{schema}.{table}" for schema, table in found)
        raise TraceError(f"{name}: name its schema: {listed}")
    return found[0]


def key_columns(
    con: duckdb.DuckDBPyConnection, table: TableName, keys: Mapping[TableName, tuple[str, ...]]
) -> tuple[str, ...]:
    """Return the columns by which a row of `table` is named, of `keys.primary_keys`.

    Raises TraceError where rows of the table come from no single report, or are not named.
    """
    columns = _columns(con, table)
    name = ".".join(table)
    if not {"report_key", "sha256"} & set(columns):
        raise TraceError(f"{name}: its rows belong to no single report; trace a table with a report_key")
    key = keys.get(table)
    if key is None:
        raise TraceError(f"{name}: no key is stated for its rows (meta.key of the dbt project)")
    if missing := [column for column in key if column not in columns]:
        raise TraceError(
            f"{name} has no column {', '.join(missing)}: the database was published by another version"
        )
    return key


def trace_row(
    con: duckdb.DuckDBPyConnection, table: TableName, columns: Sequence[str], values: Sequence[str]
) -> Trace:
    """Return the chain of the row whose `columns` have `values` (as text; an empty one is NULL).

    Raises TraceError where there is no such row, or where there are several.
    """
    schema, name = table
    where = " and ".join(
        f"coalesce(\"{column}\"::varchar, '') = ${number}" for number, column in enumerate(columns, 1)
    )
    rows = _rows(con, f'from "{schema}"."{name}" where {where} limit 2', list(values))
    asked = ", ".join(f"{column} = {value}" for column, value in zip(columns, values, strict=True))
    if not rows:
        raise TraceError(f"{schema}.{name} has no row with {asked}{_example(con, table, columns, values)}")
    if len(rows) > 1:
        raise TraceError(f"{schema}.{name} has several rows with {asked}: it is not a key of the table")
    [row] = rows
    report = _report(con, row)
    if report is None:
        raise TraceError(f"{schema}.{name}: the row with {asked} belongs to no report")
    return Trace(table, row, report, *_origins(con, report["report_key"], row))


def _origins(con: duckdb.DuckDBPyConnection, report: str, row: Row) -> tuple[list[Row], list[Row]]:
    """Return the places of a row of `report`, and the checks that compare them."""
    # Of a difference between two revisions, the newer one is the row's own report.
    cells = _numbers(row, "cell_nos", "cell_no", "new_cell_no")
    claims = _numbers(row, "claim_nos", "claim_no")
    places = []
    if cells:
        places += _rows(con, _CELLS, [report, cells])
    if claims:
        places += _rows(con, _CLAIMS, [report, claims])
    subjects, prefix = [], None
    if row.get("evaluation_no") is not None:
        # Checks of a self-evaluation name the annex, and the line where they are about one alone.
        annex = f"annex {row['evaluation_no']}"
        lines = [row[name] for name in _LINE_NAMES if row.get(name)]
        subjects = [annex, *(f"{annex} {line}" for line in lines)]
        if row.get("indicator_no") is not None:
            places += _rows(con, _INDICATORS, [report, row["evaluation_no"], row["indicator_no"]])
        elif row.get("source_no") is None:
            prefix = f"{annex} "
            places += _rows(con, _EVALUATIONS, [report, row["evaluation_no"]])
    if not places and row.get("locator"):
        printed = next((row[column] for column in _OWN_TEXT if row.get(column)), None)
        own = ("page", "x0", "top", "x1", "bottom", "locator", "table_no", "form_code")
        places.append(
            {"kind": "place", "printed": printed, **{name: row[name] for name in own if name in row}}
        )
    checks = _rows(con, _CHECKS, [report, cells, claims, subjects, prefix])
    return places, checks


def _numbers(row: Row, *columns: str) -> list[int]:
    """Return the numbers under the first of `columns` that the row fills."""
    found: Any = next((row[column] for column in columns if row.get(column) not in (None, [])), [])
    return list(found) if isinstance(found, list) else [found]


def _report(con: duckdb.DuckDBPyConnection, row: Row) -> Row | None:
    key = row.get("report_key")
    if key is None and row.get("sha256") is not None:
        found = con.execute("select report_key from audit.report where sha256 = $1", [row["sha256"]])
        key = (found.fetchone() or (None,))[0]
    return next(iter(_rows(con, _REPORT, [key])), None)


def _example(
    con: duckdb.DuckDBPyConnection, table: TableName, columns: Sequence[str], values: Sequence[str]
) -> str:
    """Return where the keys of the same report lie, to be added to a message; empty where it has no row."""
    *others, last = columns
    if not others or others[0] not in ("report_key", "sha256"):
        return ""
    schema, name = table
    query = f'select min("{last}"), max("{last}"), count(*) from "{schema}"."{name}" where "{others[0]}" = $1'
    [(first, final, count)] = con.execute(query, [values[0]]).fetchall()
    if not count:
        return "; it has none of this report"
    return f"; of this report it has {count}, {last} from {first} to {final}"


def _columns(con: duckdb.DuckDBPyConnection, table: TableName) -> list[str]:
    found = con.execute(
        "select column_name from duckdb_columns() where schema_name = $1 and table_name = $2"
        " order by column_index",
        list(table),
    ).fetchall()
    return [column for (column,) in found]


def _rows(con: duckdb.DuckDBPyConnection, query: str, parameters: list[Any]) -> list[Row]:
    found = con.execute(query, parameters)
    names = [column[0] for column in found.description or []]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
