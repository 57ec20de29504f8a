"""The page of one department: its years beside each other, its charts, its reports.

Belongs here: the tables over years and which charts stand with them. Does not: SQL (`query`) or markup.

Accounts of different scope are never put into one row of years: each scope has its own tables.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import duckdb
import msgspec

from pipeline.audit.results import ACCEPTED
from pipeline.site import charts, query
from pipeline.site.charts import Bar, Spec
from pipeline.site.query import Report

INCOME = (
    "fiscal_appropriation",
    "superior_subsidy",
    "institutional",
    "operating",
    "subordinate_remittance",
    "other",
)
THREE_PUBLIC = ("total", "overseas", "vehicle", "vehicle_purchase", "vehicle_operation", "reception")
EXECUTION = ("initial_budget", "final", "completion_percent")


class Line(msgspec.Struct, frozen=True):
    """A row of a table over years: what it is (key of a string, or code and printed name), text by year.

    `texts` has None where the report of that year does not state it.
    """

    key: str | None
    code: str | None
    name: str | None
    texts: list[str | None]


class Years(msgspec.Struct, frozen=True):
    """A table over years with its chart, None where there is nothing to draw. `title` is a key of strings."""

    title: str
    lines: list[Line]
    chart: dict[str, Spec] | None


class Scope(msgspec.Struct, frozen=True):
    """The accounts of one scope: the current report of each year, and the tables."""

    scope: str | None
    reports: list[tuple[int, str]]
    tables: list[Years]


class Facts(msgspec.Struct, frozen=True):
    """All that the page of a department shows, as rows: what its content hash is over."""

    key: str
    name: str
    reports: list[Report]
    totals: list[dict[str, Any]]
    three_public: list[dict[str, Any]]
    classes: list[dict[str, Any]]
    execution: list[dict[str, Any]]
    warnings: list[dict[str, Any]]


def facts(
    con: duckdb.DuckDBPyConnection, keys: Sequence[str], reports: Mapping[str, list[Report]]
) -> list[Facts]:
    """Return the departments `keys` with their rows, fetched together. `reports` are all theirs, by key."""
    totals = _by_department(query.table(con, query.REPORT_TOTALS, list(keys)))
    three_public = _by_department(query.table(con, query.THREE_PUBLIC, list(keys)))
    classes = _by_department(query.table(con, query.CLASSES, list(keys)))
    current = [row["report_key"] for rows in totals.values() for row in rows]
    execution = _by_report(query.table(con, query.EXECUTION, current))
    accepted = [r.report_key for key in keys for r in reports[key] if r.verdict in ACCEPTED]
    warnings = _by_report(query.table(con, query.WARNINGS, accepted))
    return [
        Facts(
            key,
            reports[key][0].department_name or "",
            reports[key],
            totals[key],
            three_public[key],
            classes[key],
            [row for total in totals[key] for row in execution[total["report_key"]]],
            [row for report in reports[key] for row in warnings[report.report_key]],
        )
        for key in keys
    ]


def context(found: Facts) -> dict[str, Any]:
    """Return what the template `department.html.j2` needs."""
    by_scope: dict[str | None, list[dict[str, Any]]] = defaultdict(list)
    for row in found.totals:
        by_scope[row["scope"]].append(row)
    return {
        "department": found,
        "places": sorted({r.place_name for r in found.reports if r.place_name}),
        "scopes": [_scope(found, scope, rows) for scope, rows in by_scope.items()],
        "warnings": _by_report(found.warnings),
        "has_charts": any(rows for rows in by_scope.values()),
    }


def _scope(found: Facts, scope: str | None, totals: list[dict[str, Any]]) -> Scope:
    keys = [row["report_key"] for row in totals]
    years = [str(row["fiscal_year"] or "?") for row in totals]
    tables = [
        _amounts("department.income_expenditure", ("income", "expenditure"), totals, years, stacked=False),
        _amounts("department.income", INCOME, totals, years, stacked=True),
        _amounts("department.basic_project", ("basic", "project"), totals, years, stacked=True),
        _three_public(found.three_public, keys, years),
        _execution(found.execution, keys, years),
        _classes(found.classes, keys),
    ]
    return Scope(scope, list(zip((row["fiscal_year"] for row in totals), keys, strict=True)), tables)


def _amounts(
    title: str, series: Sequence[str], rows: list[dict[str, Any]], years: list[str], *, stacked: bool
) -> Years:
    lines = [
        Line(f"series.{name}", None, None, [_text(row[f"{name}_yuan"]) for row in rows]) for name in series
    ]
    bars = [
        Bar(year, f"series.{name}", row[f"{name}_yuan"])
        for row, year in zip(rows, years, strict=True)
        for name in series
        if row[f"{name}_yuan"] is not None
    ]
    return Years(title, _stated(lines), _chart(title, bars, [f"series.{n}" for n in series], stacked=stacked))


def _three_public(rows: list[dict[str, Any]], keys: list[str], years: list[str]) -> Years:
    found = {(row["report_key"], row["phase"]): row for row in rows}
    lines = []
    for name in THREE_PUBLIC:
        for phase in ("budget", "final"):
            texts = [_text(found.get((key, phase), {}).get(f"{name}_yuan")) for key in keys]
            lines.append(Line(f"series.{name}", f"series.{phase}", None, texts))
    bars = [
        Bar(year, f"series.{phase}", found[key, phase]["total_yuan"])
        for key, year in zip(keys, years, strict=True)
        for phase in ("budget", "final")
        if found.get((key, phase), {}).get("total_yuan") is not None
    ]
    title = "department.three_public"
    return Years(title, _stated(lines), _chart(title, bars, ["series.budget", "series.final"], stacked=False))


def _execution(rows: list[dict[str, Any]], keys: list[str], years: list[str]) -> Years:
    found = {(row["report_key"], row["metric"]): row for row in rows}
    names = {
        "initial_budget": "series.initial_budget",
        "final": "series.final",
        "completion_percent": "series.completion",
    }
    lines = [
        Line(
            names[metric],
            None,
            None,
            [
                None
                if (row := found.get((key, metric))) is None
                else f"{row['value_printed']} {row['unit'] or ''}"
                for key in keys
            ],
        )
        for metric in EXECUTION
    ]
    bars = [
        Bar(year, names[metric], row["value_yuan"])
        for key, year in zip(keys, years, strict=True)
        for metric in EXECUTION[:2]
        if (row := found.get((key, metric))) is not None and row["value_yuan"] is not None
    ]
    title = "department.execution"
    return Years(
        title, _stated(lines), _chart(title, bars, [names[name] for name in EXECUTION[:2]], stacked=False)
    )


def _classes(rows: list[dict[str, Any]], keys: list[str]) -> Years:
    found = {(row["report_key"], row["function_code"]): row for row in rows}
    named = {row["function_code"]: row["item_name"] for row in rows if row["report_key"] in keys}
    lines = [
        Line(None, code, named[code], [_text(found.get((key, code), {}).get("total_yuan")) for key in keys])
        for code in sorted(named)
    ]
    return Years("department.classes", _stated(lines), None)


def _stated(lines: list[Line]) -> list[Line]:
    """Return the lines that some report states."""
    return [line for line in lines if any(text is not None for text in line.texts)]


def _chart(title: str, bars: list[Bar], series: Sequence[str], *, stacked: bool) -> dict[str, Spec] | None:
    drawn = [name for name in series if any(bar.series == name and bar.yuan for bar in bars)]
    if not drawn:
        return None
    return charts.bars(title, [bar for bar in bars if bar.series in drawn], drawn, stacked=stacked)


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:,f}"


def _by_department(rows: Iterable[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        found[row["department_key"]].append(row)
    return found


def _by_report(rows: Iterable[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        found[row["report_key"]].append(row)
    return found
