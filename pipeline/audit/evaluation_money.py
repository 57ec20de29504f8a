"""Checks of self-evaluations against forms and narrative, and of scores by a local formula.

Belongs here: the money of a project against F05 and the narrative, scores of targets missed or exceeded.
Does not: the other checks of an annex (`evaluation`), which checks there are (the rulebook).
"""

from collections.abc import Iterator
from decimal import Decimal

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
    sum_of,
)
from pipeline.audit.rulebook import EvaluationCheck
from pipeline.facts import UNIT_YUAN

ITEM_DIGITS = 7


def _fiscal(annex: Annex, name: str) -> Interval | None:
    """Return an amount of the fiscal appropriation of a project; None where the annex tells no sources."""
    row = next((row for row in annex.sources if row["source"] == "fiscal_appropriation"), None)
    return amount_of(row, name, annex.head["unit"]) if row else None


def _cell(row: Record | None) -> Interval | None:
    """Return a cell of a form in 元; zero has no width, blank and unreadable cells have no interval."""
    if row is None or row["amount_yuan"] is None:
        return None
    size = half(row["amount_printed"]) * UNIT_YUAN[row["unit"]] if row["amount_yuan"] else ZERO
    return around(row["amount_yuan"], size)


def check_project_money(annex: Annex, check: EvaluationCheck) -> Iterator[Finding]:
    """Compare what projects spent of fiscal money, each and together, with the project column of F05.

    An annex does not name the functional item of its project, so the whole column is the bound.
    """
    head = annex.head
    page = head["page_first"]
    if head["kind"] != "project":
        yield Finding(None, "executed", page, pending="not_applicable", words="no project")
        return
    executed = _fiscal(annex, "executed")
    bound = _cell(annex.items.get("total", {}).get("project"))
    if executed is None or bound is None:
        words = "no sources of funds are told" if executed is None else "F05 has no total of projects"
        yield Finding(None, "executed", page, pending="not_applicable", words=words)
        return
    before = [_fiscal(other, "executed") for other in annex.others if other.head["kind"] == "project"]
    together = sum_of([executed, *(amount for amount in before if amount is not None)])
    for measure, spent in (("executed", executed), ("executed_together", together)):
        if spent.low > bound.high:
            yield Finding(None, measure, page, spent, (bound,), "元")
        else:
            yield Finding(None, measure, page, pending="exact")


def check_initial_budget(annex: Annex, check: EvaluationCheck) -> Iterator[Finding]:
    """Compare the initial budget of a project with that of its item in the narrative.

    The item is that whose project expenditure in F05 is the executed amount, where one item alone has it.
    """
    head = annex.head
    page = head["page_first"]
    executed, initial = _fiscal(annex, "executed"), _fiscal(annex, "initial_budget")
    if head["kind"] != "project" or executed is None or initial is None or not executed.value:
        yield Finding(None, "initial_budget", page, pending="not_applicable", words="no project with money")
        return
    codes = [
        code
        for code, cells in annex.items.items()
        if len(code) == ITEM_DIGITS
        and (spent := _cell(cells.get("project"))) is not None
        and spent.value
        and spent.meets(executed)
    ]
    if len(codes) != 1:
        words = f"{len(codes)} items of F05 have the executed amount"
        yield Finding(None, "initial_budget", page, pending="not_applicable", words=words)
        return
    stated = [
        claim
        for claim in annex.claims
        if claim["subject_code"] == codes[0] and claim["metric"] == "initial_budget" and claim["value_yuan"]
    ]
    if not stated:
        words = f"the narrative states no initial budget of {codes[0]}"
        yield Finding(None, "initial_budget", page, pending="not_applicable", words=words)
        return
    claim = stated[-1]
    width = half(claim["value_printed"]) * UNIT_YUAN[claim["unit"]]
    yield Finding(codes[0], "initial_budget", page, initial, (around(claim["value_yuan"], width),), "元")


def check_scores_by_formula(annex: Annex, check: EvaluationCheck) -> Iterator[Finding]:
    """Compare the scores of targets missed (`under`) or exceeded (`over`) with a local formula.

    The formula is one of several in use: it is taken to hold in an annex where a line shows it at work.
    """
    findings, at_work = [], False
    for line in annex.lines:
        miss = _miss(line)
        if miss is None or None in (line["weight"], line["score"]):
            continue
        is_under = miss < 0
        if is_under != (check.formula == "under"):
            continue
        if is_under:
            expected = line["weight"] * max(ZERO, HUNDRED + miss) / HUNDRED
        else:
            free, over, share = check.formulas
            excess = min(max(ZERO, miss - free), over)
            expected = line["weight"] * (1 - excess / over * share / HUNDRED)
        score = around(line["score"], half(line["score_printed"]))
        finding = Finding(line["level3"], "score", line["page"], score, (exactly(expected),), "分")
        at_work = at_work or (score.meets(exactly(expected)) and line["score"] < line["weight"])
        findings.append(finding)
    if at_work:
        yield from findings
    elif findings:
        words = "no line shows this formula at work"
        yield Finding(None, "score", annex.head["page_first"], pending="not_applicable", words=words)


def _miss(line: Record) -> Decimal | None:
    """Return by how many percent a value is above its target, below zero where the target is missed.

    None where target and value are no numbers of one unit, or where a smaller value is better and reached.
    A target in words counts as 100 % where the value is in percent.
    """
    target, actual, operator = line["target_number"], line["actual_number"], line["target_operator"]
    if operator == "定性" and line["actual_unit"] == "%":
        target, operator = HUNDRED, "≥"
    elif line["target_unit"] != line["actual_unit"]:
        return None
    if target is None or actual is None or target <= 0:
        return None
    above: Decimal = (actual - target) * HUNDRED / target
    if operator in ("≤", "<"):
        return -above if above > 0 else None
    return above
