"""The pages about all reports: overview, departments, reports, checks.

Belongs here: counts and totals over all reports. Does not: SQL (`query`) or markup.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import duckdb
import msgspec

from pipeline.audit.results import ACCEPTED, STATUSES, VERDICTS
from pipeline.site import charts, query
from pipeline.site.charts import Spec
from pipeline.site.query import Report

# The colours of the verdicts in charts, as in the style sheet.
_COLOURS = {verdict: f"var(--verdict-{verdict.replace('_', '-')})" for verdict in VERDICTS}
_SUMS = ("income_yuan", "expenditure_yuan", "basic_yuan", "project_yuan")


class Department(msgspec.Struct, frozen=True):
    """A department in the list. `latest_yuan` is its expenditure in the last year, as the exact text."""

    key: str
    name: str
    places: list[str]
    years: list[int]
    accepted: int
    files: int
    latest_year: int | None
    latest_yuan: str | None


class Total(msgspec.Struct, frozen=True):
    """The sums of a year and scope; each with the number of reports that state it."""

    year: int | None
    scope: str | None
    reports: int
    sums: list[tuple[str, int]]


def overview(con: duckdb.DuckDBPyConnection, reports: Sequence[Report]) -> dict[str, Any]:
    """Return what the template `index.html.j2` needs."""
    accounts = [r for r in reports if r.report_kind == "final_account"]
    verdicts = Counter(r.verdict for r in reports)
    years: list[int | None] = [*sorted({r.fiscal_year for r in accounts if r.fiscal_year is not None})]
    if any(r.fiscal_year is None for r in accounts):
        years.append(None)
    severities = _severities(query.table(con, query.CHECK_RATES))
    return {
        "verdicts": [(verdict, verdicts[verdict]) for verdict in VERDICTS],
        "files": len(reports),
        "by_year": {"years": years, "rows": _verdicts_by_year(accounts, years)},
        "coverage": _coverage(accounts, years),
        "chart": _verdict_chart(accounts),
        "has_charts": bool(accounts),
        "totals": _totals(query.table(con, query.REPORT_TOTALS, None)),
        "severities": severities,
        "statuses": STATUSES,
        "results": sum(row[status] for row in severities for status in STATUSES),
        "amounts": query.table(con, "select count(*) as n from audit.reported_amount")[0]["n"],
        "departments": len({r.department_key for r in reports if r.department_key}),
    }


def departments(con: duckdb.DuckDBPyConnection, reports: Sequence[Report]) -> list[Department]:
    """Return every department with a name, by place and name."""
    spent: dict[str, dict[str, Any]] = {}
    for row in query.table(con, query.REPORT_TOTALS, None):
        # Of a year with accounts of several scopes, the department's own consolidated one.
        at = (row["fiscal_year"] or 0, row["scope"] == "department")
        before = spent.get(row["department_key"])
        if before is None or at > (before["fiscal_year"] or 0, before["scope"] == "department"):
            spent[row["department_key"]] = row
    by_key: dict[str, list[Report]] = defaultdict(list)
    for report in reports:
        if report.department_key is not None:
            by_key[report.department_key].append(report)
    found = []
    for key, own in by_key.items():
        last = spent.get(key)
        yuan = None if last is None or last["expenditure_yuan"] is None else f"{last['expenditure_yuan']:,f}"
        found.append(
            Department(
                key=key,
                name=own[0].department_name or "",
                places=sorted({r.place_name for r in own if r.place_name}),
                years=sorted({r.fiscal_year for r in own if r.fiscal_year is not None}),
                accepted=sum(r.verdict in ACCEPTED for r in own),
                files=len(own),
                latest_year=None if yuan is None or last is None else last["fiscal_year"],
                latest_yuan=yuan,
            )
        )
    return sorted(found, key=lambda d: (not d.places, d.places, d.name))


def check_rates(con: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Return how the results of each check ended, those that fail in most reports first."""
    return query.table(con, query.CHECK_RATES)


def _verdicts_by_year(accounts: Sequence[Report], years: Sequence[int | None]) -> list[tuple[str, list[int]]]:
    """Return the number of accounts by verdict, year by year; a verdict that none has is left out."""
    counted = Counter((r.verdict, r.fiscal_year) for r in accounts)
    rows = [(verdict, [counted[verdict, year] for year in years]) for verdict in VERDICTS]
    return [(verdict, counts) for verdict, counts in rows if any(counts)]


def _coverage(
    accounts: Sequence[Report], years: Sequence[int | None]
) -> list[tuple[str | None, list[tuple[int, int] | None], tuple[int, int]]]:
    """Return by place and year how many accounts are accepted and read, None for none, and the sums."""
    places: dict[tuple[str | None, str | None], list[Report]] = defaultdict(list)
    for report in accounts:
        places[report.division_code, report.place_name].append(report)
    rows = []
    # By code, so that the counties of a province stand together; what has no code last.
    for (_, place), own in sorted(
        places.items(), key=lambda entry: (entry[0][0] is None, entry[0][0] or "", entry[0][1] or "")
    ):
        counts = [_accepted_of([r for r in own if r.fiscal_year == year]) for year in years]
        rows.append((place, [count if count[1] else None for count in counts], _accepted_of(own)))
    return rows


def _accepted_of(reports: Sequence[Report]) -> tuple[int, int]:
    return sum(r.verdict in ACCEPTED for r in reports), len(reports)


def _severities(rates: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "severity": severity,
            **{name: sum(row[name] for row in rates if row["severity"] == severity) for name in STATUSES},
        }
        for severity in "HWI"
    ]


def _totals(rows: Sequence[dict[str, Any]]) -> list[Total]:
    grouped: dict[tuple[int | None, str | None], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        grouped[row["fiscal_year"], row["scope"]].append(row)
    found = []
    for (year, scope), group in sorted(
        grouped.items(), key=lambda entry: (-(entry[0][0] or 0), entry[0][1] or "~")
    ):
        sums = []
        for name in _SUMS:
            stated = [row[name] for row in group if row[name] is not None]
            sums.append((f"{sum(stated, Decimal(0)):,f}" if stated else "", len(stated)))
        found.append(Total(year, scope, len(group), sums))
    return found


def _verdict_chart(accounts: Sequence[Report]) -> dict[str, Spec] | None:
    counted = Counter((r.fiscal_year, r.verdict) for r in accounts)
    if not counted:
        return None
    values = [
        (str(year) if year is not None else "?", f"verdict.{verdict}", count)
        for (year, verdict), count in sorted(counted.items(), key=lambda entry: entry[0][0] or 0)
    ]
    shown = {name for _, name, _ in values}
    series = [(f"verdict.{v}", _COLOURS[v]) for v in VERDICTS if f"verdict.{v}" in shown]
    return charts.counts("overview.by_year", values, series)
