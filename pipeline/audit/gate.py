"""From facts and check results to a verdict for each report of a batch.

Belongs here: the gate record, the verdict, and the reasons in words. Does not: what is expected
(`expectations/suites`, applied by `suites`), the checks (`engine`), or the load that refuses a report
without a record (`warehouse`).
"""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec
import pyarrow as pa

from pipeline.audit.rulebook import rulebook
from pipeline.audit.suites import (
    Breach,
    SuiteError,
    breaches,
    facts_connection,
    load_suites,
    suites_fingerprint,
)
from pipeline.facts import UNIT_YUAN, Facts
from pipeline.review import Waiver

__all__ = ["GateRecord", "suites_fingerprint", "validate_batch"]

# A reason names this many cells and then counts; the check result itself holds them all.
_MOST_CELLS = 30

_KINDS = {
    "budget": "The file is a budget and no final account",
    "blank_template": "The file is a final account template without figures",
    "not_a_report": "The file is no final account",
}
_ADVICE = (
    "Compare the cells with the pages named: if the report itself prints this, it stays out until a "
    "corrected one is published; else the reading is at fault."
)

# The cells of a hard failure or a warning, in the order in which they took part, blank and zero ones left
# out unless it is the reported cell.
_CELLS_SQL = """
WITH taken AS (
    SELECT result_no, report_key, unnest(cell_nos) AS cell_no, generate_subscripts(cell_nos, 1) AS position
    FROM result
    WHERE status IN ('fail', 'improbable_rounding')
),
said AS (
    SELECT result_no, report_key, unnest(claim_nos) AS claim_no, generate_subscripts(claim_nos, 1) AS position
    FROM result
    WHERE status IN ('fail', 'improbable_rounding')
)
SELECT t.result_no, 0 AS place, t.position,
    concat_ws(' ', coalesce(a.item_name, a.line_item), nullif(a.item_code, 'total'), a.measure) AS label,
    a.form_code, a.amount_printed, a.unit, a.page
FROM taken AS t
JOIN reported_amount AS a USING (report_key, cell_no)
WHERE t.position = 1 OR coalesce(a.amount_yuan, 1) <> 0
UNION ALL BY NAME
SELECT s.result_no, -1 AS place, s.position,
    concat_ws(' ', c.section, c.subject, c.metric, '“' || c.sentence || '”') AS label,
    'TEXT' AS form_code, c.value_printed AS amount_printed, c.unit, c.page
FROM said AS s
JOIN narrative_claim AS c USING (report_key, claim_no)
ORDER BY result_no, place, position
"""


class WaiverRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One waiver of a report: a row of `audit.waiver`. `state` is `applied`, `expired` or `unmatched`."""

    waiver_no: int
    check_id: str
    form_code: str | None
    subject: str | None
    measure: str | None
    difference: Decimal | None
    reason: str
    who: str
    decided_on: datetime.date
    until: datetime.date | None
    state: str


class GateRecord(msgspec.Struct, frozen=True):
    """What the gate says about one report, and about which bytes.

    `content_hash` is that of the staged facts and check results; `verdict` one of `results.VERDICTS`;
    `reasons` are sentences, what holds the report back first; `suites` the version of each suite applied;
    `waivers` what became of the waivers given for the report.
    """

    report_key: str
    sha256: str
    content_hash: str
    verdict: str
    reasons: tuple[str, ...]
    suites: dict[str, int]
    waivers: tuple[WaiverRecord, ...] = ()

    def to_json(self) -> bytes:
        """Return the record as it is staged."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2)


def validate_batch(
    facts: Facts,
    check: pa.Table,
    content_hashes: Mapping[str, str],
    waivers: Mapping[str, Sequence[Waiver]] | None = None,
) -> list[GateRecord]:
    """Return one gate record for each report of the batch, in the order of its headers.

    `check` has the schema of `audit.results`; `content_hashes` gives, by sha256, the
    `staging.Staged.content_hash` of each report, and `waivers` those given for it. Raises
    `suites.SuiteError` when a suite cannot be applied (the batch breaks the contract as a whole), KeyError
    when a hash is not given.
    """
    known = set(facts["header"]["report_key"].to_pylist())
    for name, table in {**facts, "check": check}.items():
        if strangers := set(table["report_key"].unique().to_pylist()) - known:
            raise SuiteError(f"{name} rows belong to no report of the batch: {sorted(map(str, strangers))}")
    versions = {suite.name: suite.version for suite in load_suites()}
    with facts_connection(facts, check) as con:
        by_report: dict[str, list[Breach]] = defaultdict(list)
        for breach in breaches(con):
            by_report[breach.row["report_key"]].append(breach)
        results = {row["result_no"]: row for row in con.execute("FROM result").to_arrow_table().to_pylist()}
        cells: dict[int, list[dict[str, Any]]] = defaultdict(list)
        for cell in con.execute(_CELLS_SQL).to_arrow_table().to_pylist():
            cells[cell["result_no"]].append(cell)
    records = []
    for report in facts["header"].to_pylist():
        broken = by_report[report["report_key"]]
        given = (waivers or {}).get(report["sha256"], ())
        released, records_of_waivers = _apply_waivers(given, broken, results)
        critical = _reasons([b for b in broken if b.critical and b not in released], results, cells)
        critical += [_unused(waiver) for waiver in records_of_waivers if waiver.state != "applied"]
        waived = _reasons(released, results, cells)
        warnings = _reasons([b for b in broken if not b.critical], results, cells)
        verdict = "accepted_with_warnings" if warnings else "accepted"
        verdict = "quarantined" if critical else "waived" if waived else verdict
        reasons = [
            *critical,
            *(f"Waived: {reason}" for reason in waived),
            *(f"Warning: {reason}" for reason in warnings),
        ]
        if report["report_kind"] in _KINDS:
            verdict = "not_a_final_account"
            reasons = [f"{_KINDS[report['report_kind']]} ({report['kind_reason']}). It is not loaded."]
        records.append(
            GateRecord(
                report_key=report["report_key"],
                sha256=report["sha256"],
                content_hash=content_hashes[report["sha256"]],
                verdict=verdict,
                reasons=tuple(reasons),
                suites=versions,
                waivers=records_of_waivers,
            )
        )
    return records


def _apply_waivers(
    waivers: Sequence[Waiver], broken: Sequence[Breach], results: Mapping[int, dict[str, Any]]
) -> tuple[list[Breach], tuple[WaiverRecord, ...]]:
    """Return the breaches that waivers release, and what became of each waiver."""
    today = datetime.date.today()
    released: list[Breach] = []
    records = []
    for number, waiver in enumerate(waivers, start=1):
        fitting = [
            breach
            for breach in broken
            if breach.critical
            and breach.suite == "check_result"
            and (result := results[breach.row["result_no"]])["status"] == "fail"
            and waiver.fits(result)
        ]
        state = "unmatched" if not fitting else "applied" if waiver.holds_on(today) else "expired"
        released += fitting if state == "applied" else []
        records.append(
            WaiverRecord(
                waiver_no=number,
                check_id=waiver.check,
                form_code=waiver.form,
                subject=waiver.subject,
                measure=waiver.measure,
                difference=Decimal(waiver.difference) if waiver.difference is not None else None,
                reason=waiver.reason,
                who=waiver.who,
                decided_on=waiver.date,
                until=waiver.until,
                state=state,
            )
        )
    return released, tuple(records)


def _unused(waiver: WaiverRecord) -> str:
    where = " ".join(filter(None, (waiver.check_id, waiver.form_code, waiver.subject, waiver.measure)))
    if waiver.state == "expired":
        return f"Waiver {waiver.waiver_no} ({where}) ran out on {waiver.until}: decide again or delete it."
    return f"Waiver {waiver.waiver_no} ({where}) fits no failed check: mend or delete it."


def _reasons(
    broken: Iterable[Breach], results: Mapping[int, dict[str, Any]], cells: Mapping[int, list[dict[str, Any]]]
) -> list[str]:
    """Return one sentence for each failed check, and one for everything else that is broken in one way."""
    reasons: list[str] = []
    alike: dict[str, list[str]] = defaultdict(list)
    for breach in broken:
        if breach.suite != "check_result":
            where = " ".join(str(value) for name, value in breach.row.items() if name != "report_key")
            what = {"facts_amount": "cell", "facts_form": "form"}.get(breach.suite, "")
            alike[f"Expected that {breach.says}"].append(f"{what} {where}".strip())
            continue
        result = results[breach.row["result_no"]]
        if result["status"] == "not_evaluable":
            place = f"{result['check_id']} {_where(result)}".removesuffix(f" {result['form_code']}")
            alike[f"Not evaluable, because {result['message']}"].append(place)
        elif result["status"] in ("fail", "improbable_rounding"):
            reasons.append(_failure(result, cells[breach.row["result_no"]]))
        else:
            alike[f"Expected that {breach.says}"].append(_named(result))
    for words, places in alike.items():
        told = [place for place in dict.fromkeys(places) if place]
        listed = ", ".join(told[:_MOST_CELLS]) + (", …" if len(told) > _MOST_CELLS else "")
        reasons.append(f"{words} ({listed})." if listed else f"{words}.")
    return sorted(reasons)


def _named(result: Mapping[str, Any]) -> str:
    return f"{result['check_id']} ({rulebook().titles().get(result['check_id'], 'unknown check')})"


def _where(result: Mapping[str, Any]) -> str:
    return " ".join(filter(None, (result["form_code"], result["subject"], result["measure"])))


def _failure(result: Mapping[str, Any], cells: list[dict[str, Any]]) -> str:
    """Return what a failed check found: the amounts, the difference, the cells and their pages."""
    pages = ", ".join(str(page) for page in result["pages"] or ())
    place = f" Page {pages}." if pages and len(result["pages"]) == 1 else f" Pages {pages}." if pages else ""
    words = [f"{_named(result)}: "]
    if result["difference"] is None:
        words.append(f"{result['message']}.")
    else:
        unit = result["unit"] or "元"
        if unit in UNIT_YUAN:
            unit = next((cell["unit"] for cell in cells if cell["unit"] in UNIT_YUAN), "元")
        reported, computed, difference, tolerance = (
            _in_unit(result[name], unit) for name in ("reported", "computed", "difference", "tolerance")
        )
        words.append(
            f"{_where(result)} is printed as {reported} and computed as {computed}: "
            f"difference {difference}, tolerance {tolerance} {unit}."
        )
        if result["status"] == "improbable_rounding":
            words.append(" Rounding may explain it, but hardly.")
    words.append(place)
    if cells:
        told = [
            f"{cell['form_code']} {cell['label']} {cell['amount_printed'] or 'blank'} (page {cell['page']})"
            for cell in cells[:_MOST_CELLS]
        ]
        more = f" and {len(cells) - _MOST_CELLS} more" if len(cells) > _MOST_CELLS else ""
        words.append(f" Cells: {'; '.join(told)}{more}. {_ADVICE}")
    return "".join(words)


def _in_unit(amount: Decimal | None, unit: str) -> str:
    """Return an amount in 元 as a number of `unit`, with at least two decimals and no needless zeros.

    What is in a unit of another kind (%, 分) stays as it is.
    """
    if amount is None:
        return "blank"
    value = (amount / UNIT_YUAN.get(unit, Decimal(1))).normalize()
    return f"{value:f}" if value.as_tuple().exponent < -2 else f"{value:.2f}"  # type: ignore[operator]
