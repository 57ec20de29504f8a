"""Checks of the performance self-evaluations: within an annex, and against the forms.

Belongs here: what each check of `expectations/identities/evaluation.yaml` compares, with percent intervals.
Does not: which checks there are and with what parameters (the rulebook), the checks of the forms (`engine`).

A printed amount or rate stands for the interval of half its last digit around it; a zero, a weight or a score
is what it says (rulebook section 0). A check answers once per annex when it holds, and once per failure.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.audit.annex import (
    HUNDRED,
    ZERO,
    Annex,
    Finding,
    Interval,
    Record,
    amount_of,
    around,
    exactly,
    half,
    percent,
    rate_of,
    sum_of,
)
from pipeline.audit.evaluation_money import check_initial_budget, check_project_money, check_scores_by_formula
from pipeline.audit.results import CHECK_SCHEMA
from pipeline.audit.rulebook import EvaluationCheck
from pipeline.facts import UNIT_YUAN, Facts

_AMOUNTS = ("initial_budget", "adjusted_budget", "executed")
_STORED = Decimal("0.0001")  # what a check result holds


def check_evaluations(facts: Facts, checks: Sequence[EvaluationCheck]) -> pa.Table:
    """Return the results of `checks` for every annex of a batch, as a table of `results.CHECK_SCHEMA`."""
    results = [
        row
        for annex in _annexes(facts)
        for check in checks
        for row in _results(annex, check, list(_CHECKS[check.check](annex, check)))
    ]
    return pa.Table.from_pylist(results, schema=CHECK_SCHEMA)


def _annexes(facts: Facts) -> Iterator[Annex]:
    heads = facts["project_evaluation"].to_pylist()
    if not heads:
        return
    sources, lines = (
        _grouped(facts[name].to_pylist()) for name in ("evaluation_source", "performance_indicator")
    )
    amounts = facts["reported_amount"]
    f09: dict[str, dict[str, Record]] = defaultdict(dict)
    f05: dict[str, dict[str, dict[str, Record]]] = defaultdict(lambda: defaultdict(dict))
    for row in amounts.filter(pc.is_in(amounts["form_code"], pa.array(["F05", "F09"]))).to_pylist():
        if row["form_code"] == "F09":
            f09[row["report_key"]][row["measure"]] = row
        elif row["item_code"]:
            f05[row["report_key"]][row["item_code"]][row["measure"]] = row
    claims: dict[str, list[Record]] = defaultdict(list)
    stated = facts["narrative_claim"]
    for row in stated.filter(pc.equal(stated["section"], "gpb_detail")).to_pylist():
        claims[row["report_key"]].append(row)
    before: dict[str, list[Annex]] = defaultdict(list)
    for head in heads:
        report = head["report_key"]
        key = (report, head["evaluation_no"])
        others = tuple(before[report])
        annex = Annex(head, sources[key], lines[key], f09[report], f05[report], claims[report], others)
        before[report].append(annex)
        yield annex


def _grouped(rows: Iterable[Record]) -> dict[tuple[str, int], list[Record]]:
    """Return rows by the annex that they are of."""
    groups: dict[tuple[str, int], list[Record]] = defaultdict(list)
    for row in rows:
        groups[row["report_key"], row["evaluation_no"]].append(row)
    return groups


# Results ---------------------------------------------------------------------------------------------------


def _results(annex: Annex, check: EvaluationCheck, findings: Sequence[Finding]) -> Iterator[Record]:
    """Yield a row for each failure and for each kind of other outcome, counted."""
    rows = [_row(annex, check, finding) for finding in findings]
    told = [row for row in rows if row["status"] == "fail"]
    alike: dict[str, list[Record]] = {}
    for row in rows:
        if row["status"] != "fail":
            alike.setdefault(row["status"], []).append(row)
    for group in alike.values():
        if len(group) == 1 or group[0]["status"] == "not_evaluable":
            told.extend(group)
        else:
            pages = sorted({page for row in group for page in row["pages"]})
            words = (
                f"{len(group)} comparisons" if group[0]["status"] != "not_applicable" else group[0]["message"]
            )
            told.append(_base(annex, check, group[0]["status"], pages, words))
    if not rows:
        told.append(_base(annex, check, "not_applicable", [annex.head["page_first"]], "nothing to compare"))
    yield from told


def _base(annex: Annex, check: EvaluationCheck, status: str, pages: list[int], words: str | None) -> Record:
    return {
        "report_key": annex.head["report_key"],
        "check_id": check.id,
        "subject": f"annex {annex.head['evaluation_no']}",
        "severity": check.severity,
        "status": status,
        "terms": 0,
        "page": pages[0] if pages else None,
        "pages": pages,
        "cell_nos": [],
        "message": words,
    }


def _row(annex: Annex, check: EvaluationCheck, finding: Finding) -> Record:
    status, nearest = _judge(finding)
    row = _base(annex, check, status, [finding.page], finding.words)
    if finding.subject:
        row["subject"] += f" {finding.subject}"
    row["measure"] = finding.measure
    if nearest is None or finding.printed is None:
        return row
    reported, computed = (_stored(value) for value in (finding.printed.value, nearest.value))
    widths = (finding.printed.high - finding.printed.low) + (nearest.high - nearest.low)
    # of a pair that meets, the difference of the stored numbers may exceed the bound by their own rounding
    bound = max(_stored(widths / 2), abs(reported - computed) if status == "rounding" else ZERO)
    row |= {
        "reported": reported,
        "computed": computed,
        "difference": reported - computed,
        "unit": finding.unit,
    }
    row |= {"tolerance": bound if status != "exact" else ZERO, "terms": 1 + len(finding.computed)}
    if status == "fail" and row["message"] is None:
        unit = finding.unit or ""
        row["message"] = (
            f"{row['subject']} {finding.measure}: {reported}{unit} is printed, {computed}{unit} computed"
        )
    return row


def _stored(value: Decimal) -> Decimal:
    return value.quantize(_STORED, ROUND_HALF_UP)


def _judge(finding: Finding) -> tuple[str, Interval | None]:
    """Return the status of a comparison and the computed value next to the printed one."""
    if finding.pending or finding.printed is None or not finding.computed:
        return finding.pending or "not_evaluable", None
    printed = finding.printed
    nearest = min(finding.computed, key=lambda computed: abs(computed.value - printed.value))
    if nearest.value == printed.value:
        return "exact", nearest
    return ("rounding" if any(map(printed.meets, finding.computed)) else "fail"), nearest


# The checks ------------------------------------------------------------------------------------------------


def _execution_rate(row: Record, unit: str | None) -> Interval | None:
    adjusted, executed = amount_of(row, "adjusted_budget", unit), amount_of(row, "executed", unit)
    if adjusted is None or executed is None or adjusted.low <= 0:
        return None
    return percent(executed, adjusted)


def _rates(annex: Annex, check: EvaluationCheck) -> Iterator[Finding]:
    unit = annex.head["unit"]
    for row in (annex.head, *annex.sources):
        subject = row.get("source_printed")
        page = row["page"] if "page" in row else annex.head["page_first"]
        printed, computed = rate_of(row, "rate"), _execution_rate(row, unit)
        nothing = not row["adjusted_budget_yuan"] and not row["executed_yuan"]
        if printed is None or (nothing and printed.value == 0):
            yield Finding(
                subject, "rate", page, pending="not_applicable", words="no rate, or nothing budgeted"
            )
        elif computed is None:
            yield Finding(subject, "rate", page, words="the budget or what was executed is not readable")
        else:
            fraction = "%" not in row["rate_printed"] and printed.value <= 1
            if fraction and not printed.meets(computed):
                printed = Interval(printed.value * 100, printed.low * 100, printed.high * 100)
            yield Finding(subject, "rate", page, printed, (computed,), "%")


def _sources(annex: Annex, check: EvaluationCheck) -> Iterator[Finding]:
    head, page = annex.head, annex.head["page_first"]
    for name in _AMOUNTS:
        rows = [row for row in annex.sources if row[f"{name}_printed"] is not None]
        total = amount_of(head, name, head["unit"])
        parts = [amount_of(row, name, head["unit"]) for row in rows]
        known = [row["source"] for row in rows if row[f"{name}_yuan"] != 0]
        if not rows:
            yield Finding(None, name, page, pending="not_applicable", words="no source is printed")
        elif total is None or None in parts:
            yield Finding(None, name, page, words="a total or a source is not readable")
        elif None in known or len(known) != len(set(known)):
            yield Finding(None, name, page, words="what the sources are parts of is not known")
        else:
            yield Finding(None, name, page, total, (sum_of([part for part in parts if part]),), "元")


def _budget_score(annex: Annex, check: EvaluationCheck) -> Iterator[Finding]:
    head, page = annex.head, annex.head["page_first"]
    weight, printed = head["budget_weight"], head["budget_score"]
    if weight is None or printed is None:
        yield Finding(None, "score", page, pending="not_applicable", words="no score of budget execution")
        return
    rate = _execution_rate(head, head["unit"])
    if rate is None:
        yield Finding(None, "score", page, words="the rate of execution is not known")
        return
    computed = tuple(
        Interval(*(weight * min(end / full, Decimal(1)) for end in (rate.value, rate.low, rate.high)))
        for full in check.formulas
    )
    yield Finding(None, "score", page, around(printed, half(head["budget_score_printed"])), computed, "分")


def _weights(annex: Annex, check: EvaluationCheck) -> Iterator[Finding]:
    head, lines = annex.head, annex.lines
    if all(line["weight"] is None for line in lines):
        yield Finding(None, "weight", head["page_first"], pending="not_applicable", words="no weights")
        return
    weights = [line["weight"] for line in lines]
    if None in weights:
        yield Finding(None, "weight", head["page_first"], words="a weight is blank or not readable")
        return
    total = head["total_weight"] if head["total_weight"] is not None else HUNDRED
    yield Finding(
        None, "weight", head["page_last"], exactly(total), _with_budget(head, "weight", sum(weights)), "分"
    )
    for level in dict.fromkeys((line["block"], line["level1"]) for line in lines):
        own = [line for line in lines if (line["block"], line["level1"]) == level]
        stated = own[0]["level1_weight"]
        if stated is not None:
            computed = (exactly(sum(line["weight"] for line in own)),)
            yield Finding(level[1], "weight", own[0]["page"], exactly(stated), computed, "分")


def _with_budget(head: Record, name: str, amount: Decimal) -> tuple[Interval, ...]:
    """Return a sum with that of budget execution, and without it where it may stand beside the hundred."""
    own = head[f"budget_{name}"]
    return (exactly(amount + own), exactly(amount)) if own is not None else (exactly(amount),)


def _scores(annex: Annex, check: EvaluationCheck) -> Iterator[Finding]:
    head, lines = annex.head, annex.lines
    for line in lines:
        weight, score = line["weight"], line["score"]
        if weight is not None and score is not None and not 0 <= score <= weight:
            words = f"{line['level3']}: score {score.normalize():f} is not in 0 to {weight.normalize():f}"
            yield Finding(line["level3"], "score", line["page"], pending="fail", words=words)
    scores = [line["score"] for line in lines]
    if head["total_score"] is None or not scores:
        yield Finding(None, "score", head["page_last"], pending="not_applicable", words="no total score")
        return
    if None in scores:
        yield Finding(None, "score", head["page_last"], words="a score is blank or not readable")
        return
    computed = _with_budget(head, "score", sum(scores))
    if head["budget_score"] is not None and None not in (weights := [line["weight"] for line in lines]):
        beside = sum(weights) == (head["total_weight"] or HUNDRED)
        computed = computed[1:] if beside else computed[:1]
    total, printed = head["total_score"], head["total_score_printed"]
    fewer = any(value.value != value.value.quantize(2 * half(printed)) for value in computed)
    yield Finding(
        None,
        "score",
        head["page_last"],
        around(total, half(printed)) if fewer else exactly(total),
        computed,
        "分",
    )


def _rating(annex: Annex, check: EvaluationCheck) -> Iterator[Finding]:
    head = annex.head
    total, rating = head["total_score"], head["rating_printed"]
    if total is None or rating not in check.grades:
        yield Finding(
            None, "rating", head["page_last"], pending="not_applicable", words="no rating, or no total"
        )
        return
    expected = next((grade for grade, least in check.grades.items() if total >= least), rating)
    status = "exact" if expected == rating else "fail"
    words = f"{rating} is printed, {total.normalize():f} 分 is {expected}" if status == "fail" else None
    yield Finding(None, "rating", head["page_last"], pending=status, words=words)


def _named(annex: Annex, check: EvaluationCheck) -> Iterator[Record]:
    """Yield the lines whose names the check looks for."""
    for line in annex.lines:
        if any(re.search(pattern, line["level3"] or "") for pattern in check.indicators):
            yield line


def _indicator(line: Record, computed: Interval | None, words: str) -> Finding:
    """Return the comparison of an indicator in percent with what the amounts give."""
    actual = line["actual_number"]
    if actual is None or line["actual_unit"] not in ("%", None):
        return Finding(line["level3"], "actual", line["page"], words="the actual value is no percent")
    if computed is None:
        return Finding(line["level3"], "actual", line["page"], words=words)
    printed = around(actual, half(line["actual_printed"]))
    return Finding(line["level3"], "actual", line["page"], printed, (computed,), "%")


def _adjustment(annex: Annex, check: EvaluationCheck) -> Iterator[Finding]:
    head = annex.head
    initial, adjusted = (amount_of(head, name, head["unit"]) for name in _AMOUNTS[:2])
    computed = None
    if initial and adjusted and initial.low > 0:
        share = percent(adjusted, initial)
        ends = sorted(abs(end - HUNDRED) for end in (share.low, share.high))
        low = ZERO if share.low <= HUNDRED <= share.high else ends[0]
        computed = Interval(abs(share.value - HUNDRED), low, ends[1])
    for line in _named(annex, check):
        yield _indicator(line, computed, "there is no initial budget, or it is not readable")


def _execution_indicator(annex: Annex, check: EvaluationCheck) -> Iterator[Finding]:
    computed = _execution_rate(annex.head, annex.head["unit"])
    for line in _named(annex, check):
        yield _indicator(line, computed, "the rate of execution is not known")


def _three_public(annex: Annex, check: EvaluationCheck) -> Iterator[Finding]:
    cells = [annex.three_public.get(measure) for measure in ("final_total", "budget_total")]
    found = [
        None
        if cell is None or cell["amount_yuan"] is None
        else around(
            cell["amount_yuan"],
            half(cell["amount_printed"]) * UNIT_YUAN[cell["unit"]] if cell["amount_yuan"] else ZERO,
        )
        for cell in cells
    ]
    final, budget = found
    computed = percent(final, budget) if final and budget and budget.low > 0 else None
    for line in _named(annex, check):
        yield _indicator(line, computed, "F09 states no budget")


def _deviations(annex: Annex, check: EvaluationCheck) -> Iterator[Finding]:
    for line in annex.lines:
        printed = rate_of(line, "deviation")
        if printed is None:
            continue
        computed = _computed_deviations(line, check.formulas)
        if computed:
            yield Finding(line["level3"], "deviation", line["page"], printed, computed, "%")
        else:
            words = "target and actual value are no numbers of one unit"
            yield Finding(line["level3"], "deviation", line["page"], pending="not_applicable", words=words)


def _computed_deviations(line: Record, free: Sequence[Decimal]) -> tuple[Interval, ...]:
    """Return what a deviation may be: as it is, zero for a target met, or what is above one of `free`."""
    target, actual, operator = line["target_number"], line["actual_number"], line["target_operator"]
    in_words = operator == "定性" and line["actual_unit"] == "%"
    if in_words:
        target, operator = HUNDRED, "≥"
    elif line["target_unit"] != line["actual_unit"]:
        return ()
    if target is None or actual is None or target <= 0:
        return ()
    whole = actual == actual.to_integral_value()
    printed = exactly(actual) if whole else around(actual, half(line["actual_printed"]))
    share = percent(printed, exactly(target))
    plain = Interval(share.value - HUNDRED, share.low - HUNDRED, share.high - HUNDRED)
    favourable = plain.value >= 0 if operator in ("≥", ">", "=", None) else plain.value <= 0
    if not favourable:
        return (plain,)
    size = abs(plain.value)
    return (plain, exactly(ZERO), *(exactly(max(ZERO, size - cut)) for cut in free if size > cut > 0))


_CHECKS: dict[str, Callable[[Annex, EvaluationCheck], Iterator[Finding]]] = {
    "rate": _rates,
    "sources": _sources,
    "budget_score": _budget_score,
    "weights": _weights,
    "scores": _scores,
    "rating": _rating,
    "adjustment": _adjustment,
    "deviation": _deviations,
    "execution_indicator": _execution_indicator,
    "three_public": _three_public,
    "project_money": check_project_money,
    "initial_budget": check_initial_budget,
    "formula": check_scores_by_formula,
}
