"""A report against the same department's report for the year before (rulebook section 2, Y*).

Belongs here: running the entries of `expectations/identities/years.yaml` over pairs of reports, what a
failure means in words, and figures of the narrative that were left over from the year before. Does not: which
reports are pairs and when they are compared anew (`warehouse.years`), or the entries as SQL, which those of
one report share (`sql`, `statements`).

The cells of the year before stand among those of the report under `prior F01` …, so that any entry may have
terms in both. Their numbers and pages are set off by PRIOR_CELLS and PRIOR_PAGES until the results are
parted again: a result names its own cells, claims and pages, and those of the other report.
"""

from collections import defaultdict
from typing import Any

import duckdb
import pyarrow as pa

from pipeline.audit import cells
from pipeline.audit.causes import TEXT, is_same_figure, place_of, stated
from pipeline.audit.cells import CLAIMS, PAGES
from pipeline.audit.engine import run_entries
from pipeline.audit.results import CAUSE_SCHEMA, CHECK_SCHEMA
from pipeline.audit.rulebook import PRIOR, Rulebook, rulebook
from pipeline.facts import Facts

PRIOR_CELLS = 10_000_000
"""Cells and claims of the year before are numbered from here on; own claims end before."""

PRIOR_PAGES = PAGES // 2
"""Pages of the year before are numbered from here on."""

COMPARED_FACTS = ("header", "form", "reported_amount", "narrative_claim")
"""The facts that checks across years look at."""

YEAR_SCHEMA = pa.schema(
    [
        *CHECK_SCHEMA,
        ("other_report_key", pa.string()),
        ("other_pages", pa.list_(pa.int32())),
        ("other_cell_nos", pa.list_(pa.int32())),
        ("other_claim_nos", pa.list_(pa.int32())),
    ]
)
"""A check result with the other report that took part: its key, pages, cells and claims."""

YEAR_CAUSE_SCHEMA = pa.schema(
    [*CAUSE_SCHEMA, ("other_report_key", pa.string()), ("other_cell_nos", pa.list_(pa.int32()))]
)
"""A cause with the cells of the other report that its figures were taken from."""

PAIR_SCHEMA = pa.schema(
    [
        ("report_key", pa.string()),
        ("file_name", pa.string()),
        ("other_report_key", pa.string()),
        ("other_file_name", pa.string()),
        ("not_comparable", pa.string()),
    ]
)
"""One row per report that has one for the year before, or a reason why the two cannot be compared."""

_PAIR_SQL = f"""
CREATE OR REPLACE TEMP TABLE single_report AS FROM audit_report;

CREATE OR REPLACE TEMP TABLE single_cell AS FROM audit_cell;

CREATE OR REPLACE TEMP TABLE audit_report AS
SELECT p.report_key,
    list_concat(t.present, list_transform(o.present, lambda form: '{PRIOR} ' || form)) AS present,
    list_concat(t.empty, list_transform(o.empty, lambda form: '{PRIOR} ' || form)) AS empty,
    t.missing
FROM pair AS p
JOIN single_report AS t USING (report_key)
JOIN single_report AS o ON o.report_key = p.other_report_key
WHERE p.not_comparable IS NULL;

CREATE OR REPLACE TEMP TABLE audit_cell AS
SELECT c.* FROM single_cell AS c SEMI JOIN audit_report USING (report_key)
UNION ALL BY NAME
SELECT c.* REPLACE (
    p.report_key AS report_key,
    '{PRIOR} ' || c.form AS form,
    list_transform(c.places, lambda place: place + CAST({PRIOR_CELLS * PAGES + PRIOR_PAGES} AS BIGINT))
        AS places
)
FROM pair AS p
SEMI JOIN audit_report USING (report_key)
JOIN single_cell AS c ON c.report_key = p.other_report_key
"""

# A claim_no of the engine's results that is of the other report: CLAIMS were taken off already.
_OTHER = f"list_transform(list_filter(r.claim_nos, lambda n: n >= {PRIOR_CELLS - CLAIMS}), \
lambda n: n + {CLAIMS} - {PRIOR_CELLS})"
_NO_NUMBERS = "CAST([] AS INTEGER[])"

_PARTED_SQL = f"""
WITH parted AS (
    SELECT r.* EXCLUDE (page, pages, claim_nos, message),
        CASE WHEN r.page < {PRIOR_PAGES} THEN r.page END AS page,
        list_filter(r.pages, lambda page: page < {PRIOR_PAGES}) AS pages,
        list_filter(r.claim_nos, lambda n: n < {PRIOR_CELLS - CLAIMS}) AS claim_nos,
        p.other_report_key,
        list_transform(list_filter(r.pages, lambda page: page >= {PRIOR_PAGES}),
            lambda page: page - {PRIOR_PAGES}) AS other_pages,
        list_filter({_OTHER}, lambda n: n < {CLAIMS}) AS other_cell_nos,
        list_transform(list_filter({_OTHER}, lambda n: n >= {CLAIMS}), lambda n: n - {CLAIMS})
            AS other_claim_nos,
        r.message, p.file_name, p.other_file_name
    FROM check_result AS r
    JOIN pair AS p USING (report_key)
)
SELECT * EXCLUDE (message, file_name, other_file_name),
    CASE WHEN status IN ('fail', 'improbable_rounding') THEN concat(
        coalesce(message, concat_ws(' ', form_code, subject, measure, 'is hardly explained by rounding')),
        '; ', file_name, ' (', report_key, ')',
        ' page ' || nullif(array_to_string(pages, ', '), ''),
        ' against ', other_file_name, ' (', other_report_key, ')',
        ' page ' || nullif(array_to_string(other_pages, ', '), '')) ELSE message END AS message
FROM parted
UNION ALL BY NAME
SELECT p.report_key, c.check_id, c.severity, 'not_applicable' AS status, 0 AS terms,
    {_NO_NUMBERS} AS pages, {_NO_NUMBERS} AS cell_nos, {_NO_NUMBERS} AS claim_nos,
    p.other_report_key, {_NO_NUMBERS} AS other_pages, {_NO_NUMBERS} AS other_cell_nos,
    {_NO_NUMBERS} AS other_claim_nos, p.not_comparable AS message
FROM pair AS p
CROSS JOIN year_check AS c
WHERE p.not_comparable IS NOT NULL
ORDER BY report_key, check_id, form_code, subject, measure
"""


def check_years(facts: Facts, pairs: pa.Table, rules: Rulebook | None = None) -> pa.Table:
    """Return the results of the checks across years, as a table of YEAR_SCHEMA.

    `facts` are COMPARED_FACTS of all reports in `pairs` (PAIR_SCHEMA). Each pair has at least one row per
    check; a report that is in no pair has none. Amounts are in 元; the tolerance of a comparison is the sum
    of the half units of both prints, whatever their units.
    """
    rules = rules or rulebook()
    checks = [(entry.id, entry.severity) for entry in rules.year_entries()]
    if not checks:
        return YEAR_SCHEMA.empty_table()
    with duckdb.connect() as con:
        for name in COMPARED_FACTS:
            con.register(name, facts[name])
        con.register("pair", pairs)
        con.execute("CREATE TEMP TABLE year_check (check_id VARCHAR, severity VARCHAR)")
        con.executemany("INSERT INTO year_check VALUES (?, ?)", checks)
        con.execute(cells.REPORT_SQL)
        con.execute(cells.CELL_SQL)
        con.execute(_PAIR_SQL)
        run_entries(con, rules.across_years())
        return con.execute(_PARTED_SQL).to_arrow_table().select(YEAR_SCHEMA.names).cast(YEAR_SCHEMA)


def year_warnings(results: pa.Table) -> dict[str, list[str]]:
    """Return the reasons to warn that `check_years` found, sorted, by report key."""
    titles = rulebook().titles()
    reasons: dict[str, list[str]] = defaultdict(list)
    for row in results.to_pylist():
        if row["severity"] == "W" and row["status"] in ("fail", "improbable_rounding"):
            reasons[row["report_key"]].append(
                f"Warning: {row['check_id']} ({titles[row['check_id']]}): {row['message']}."
            )
    return {key: sorted(found) for key, found in reasons.items()}


def stale_figures(facts: Facts, pairs: pa.Table, failed: pa.Table) -> tuple[pa.Table, list[dict[str, Any]]]:
    """Return the causes `stale_year` (YEAR_CAUSE_SCHEMA), one per report, and the rows of `failed` explained.

    `failed` are all failed sums of the reports in `pairs`; those that have a cause keep it. Explained is a
    figure of the narrative that is compared with one cell and equals the same cell of the year before. The
    hypothesis is not tried on copies: that the number stands in the other report is the evidence.
    """
    other_of = dict(
        zip(*(pairs[name].to_pylist() for name in ("report_key", "other_report_key")), strict=True)
    )
    rows = [
        row
        for row in failed.to_pylist()
        if row["cause_id"] is None
        and row["form_code"] == TEXT
        and row["unit"] == "元"
        and len(row["claim_nos"]) == len(row["cell_nos"]) == 1
    ]
    if not rows:
        return YEAR_CAUSE_SCHEMA.empty_table(), []
    cells = {(cell["report_key"], cell["cell_no"]): cell for cell in facts["reported_amount"].to_pylist()}
    places = {(key, cell["form_code"], place_of(cell)): cell for (key, _), cell in cells.items()}
    claims = {(said["report_key"], said["claim_no"]): said for said in facts["narrative_claim"].to_pylist()}
    explained: dict[str, list[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]]] = defaultdict(list)
    for row in rows:
        key = row["report_key"]
        claim, cell = claims[key, row["claim_nos"][0]], cells[key, row["cell_nos"][0]]
        before = places.get((other_of[key], cell["form_code"], place_of(cell)))
        if before is not None and before["amount_yuan"] and is_same_figure(claim, before):
            explained[key].append((row, claim, before))
    causes = [
        {
            "report_key": key,
            "cause_id": f"{key}-stale",
            "hypothesis": "stale_year",
            "defect": "source",
            "form_code": TEXT,
            "page": found[0][1]["page"],
            "cell_nos": [],
            "claim_nos": [claim["claim_no"] for _, claim, _ in found],
            "printed": [claim["value_printed"] for _, claim, _ in found],
            "suggested": [stated(claim, row["computed"]) for row, claim, _ in found],
            "checks_repaired": len(found),
            "checks_failed": sum(row["report_key"] == key for row in failed.to_pylist()),
            "alternatives": 0,
            "other_report_key": other_of[key],
            "other_cell_nos": [before["cell_no"] for _, _, before in found],
        }
        for key, found in explained.items()
    ]
    marked = [row | {"cause_id": f"{key}-stale"} for key, found in explained.items() for row, _, _ in found]
    return pa.Table.from_pylist(causes, schema=YEAR_CAUSE_SCHEMA), marked
