"""The page of one report: its rows put together.

Belongs here: which rows belong beside each other on the page. Does not: SQL (`query`) or markup.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from pipeline.site import query
from pipeline.site.forms import PrintedForm, printed_form
from pipeline.site.query import Cell, Check, Claim, Form, Report

NOT_HOLDING = ("fail", "improbable_rounding", "not_evaluable")
_HOLDS_LAST = ("fail", "improbable_rounding", "not_evaluable", "rounding", "exact", "not_applicable")
AnyRow = TypeVar("AnyRow", bound=query.Row)


class Picture(msgspec.Struct, frozen=True):
    """A page with marks: its file, or why there is none (a string of the site)."""

    page: int
    file: str | None
    note: str | None


class Facts(msgspec.Struct, frozen=True):
    """All that the page of a report shows, as rows."""

    report: Report
    versions: list[Report]
    parts: dict[str, list[Any]]
    pictures: list[Picture]

    def of(self, kind: type[AnyRow]) -> list[AnyRow]:
        """Return the rows of one kind."""
        return self.parts.get(kind.__name__, [])


class Comparison(msgspec.Struct, frozen=True):
    """A check that a figure of the narrative takes part in, and the first cell it is compared with."""

    check_id: str
    status: str
    cell: Cell | None
    cells: int


class Said(msgspec.Struct, frozen=True):
    """A sentence with its figures and what each is compared with."""

    sentence: str
    page: int
    claims: list[tuple[Claim, list[Comparison]]]


class CheckGroup(msgspec.Struct, frozen=True):
    """All results of one check, those that do not hold first."""

    check_id: str
    title: str
    results: list[Check]


def context(facts: Facts, titles: Mapping[str, str]) -> dict[str, Any]:
    """Return what the template `report.html.j2` needs. `titles` are those of the rulebook by check."""
    cells = facts.of(query.Cell)
    checks = facts.of(query.Check)
    by_number = {cell.cell_no: cell for cell in cells}
    return {
        "report": facts.report,
        "versions": facts.versions,
        "known": by_number.keys(),
        "forms": list(_forms(facts.of(query.Form), cells)),
        "groups": _groups(checks, titles),
        "not_holding": _not_holding(checks),
        "titles": titles,
        "counts": _counted(checks),
        "broken": _broken(checks, facts.of(query.Cause)),
        "sections": _sections(facts.of(query.Claim), checks, by_number),
        "evaluations": _evaluations(facts),
        "pictures": facts.pictures,
        "pictured": {picture.page for picture in facts.pictures if picture.file},
        "causes": facts.of(query.Cause),
        "flags": facts.of(query.Flag),
        "unmapped": facts.of(query.Unmapped),
        "flaws": facts.of(query.Flaw),
        "waivers": facts.of(query.Waiver),
        "corrections": facts.of(query.Correction),
        "changes": facts.of(query.Change),
        "failures": facts.of(query.Failure),
    }


def is_finding(check: Check) -> bool:
    """Tell whether a result is worth a look: what does not hold, except where it is information only."""
    return (check.status in NOT_HOLDING and check.severity == "H") or (
        check.status in ("fail", "improbable_rounding") and check.severity == "W"
    )


def _not_holding(checks: Iterable[Check]) -> list[Check]:
    found = [check for check in checks if is_finding(check)]
    return sorted(found, key=lambda check: ("HW".index(check.severity), NOT_HOLDING.index(check.status)))


def _forms(forms: Sequence[Form], cells: Sequence[Cell]) -> Iterable[tuple[Form, PrintedForm | None]]:
    by_form: dict[str, list[Cell]] = defaultdict(list)
    for cell in cells:
        by_form[cell.form_code].append(cell)
    for form in forms:
        found = by_form.get(form.form_code)
        yield form, printed_form(found) if found else None


def _counted(checks: Iterable[Check]) -> list[tuple[str, int]]:
    counter = Counter(check.status for check in checks)
    return [(status, counter[status]) for status in _HOLDS_LAST if counter[status]]


def _groups(checks: Sequence[Check], titles: Mapping[str, str]) -> list[CheckGroup]:
    by_id: dict[str, list[Check]] = defaultdict(list)
    for check in checks:
        by_id[check.check_id].append(check)
    return [
        CheckGroup(
            check_id,
            titles.get(check_id, ""),
            sorted(results, key=lambda check: _HOLDS_LAST.index(check.status)),
        )
        for check_id, results in by_id.items()
    ]


def _broken(checks: Iterable[Check], causes: Iterable[query.Cause]) -> set[int]:
    """Return the cells that stand out in the forms: what a failed check reports, what a cause names."""
    found = {
        check.cell_nos[0]
        for check in checks
        if check.status == "fail" and is_finding(check) and check.cell_nos
    }
    return found.union(*(cause.cell_nos for cause in causes))


def _sections(
    claims: Sequence[Claim], checks: Iterable[Check], cells: Mapping[int, Cell]
) -> list[tuple[str, list[Said]]]:
    compared: dict[int, list[Comparison]] = defaultdict(list)
    for check in checks:
        if check.status == "not_applicable":
            continue
        first = cells.get(check.cell_nos[0]) if check.cell_nos else None
        one = Comparison(check.check_id, check.status, first, len(check.cell_nos or ()))
        for number in check.claim_nos or ():
            if one not in compared[number]:
                compared[number].append(one)
    sections: list[tuple[str, list[Said]]] = []
    for claim in claims:
        if not sections or sections[-1][0] != claim.section:
            sections.append((claim.section, []))
        said = sections[-1][1]
        if not said or (said[-1].sentence, said[-1].page) != (claim.sentence, claim.page):
            said.append(Said(claim.sentence, claim.page, []))
        said[-1].claims.append((claim, compared[claim.claim_no]))
    return sections


def _evaluations(
    facts: Facts,
) -> list[tuple[query.Evaluation, list[query.Source], list[query.Indicator]]]:
    sources: dict[int, list[query.Source]] = defaultdict(list)
    for source in facts.of(query.Source):
        sources[source.evaluation_no].append(source)
    indicators: dict[int, list[query.Indicator]] = defaultdict(list)
    for indicator in facts.of(query.Indicator):
        indicators[indicator.evaluation_no].append(indicator)
    return [
        (evaluation, sources[evaluation.evaluation_no], indicators[evaluation.evaluation_no])
        for evaluation in facts.of(query.Evaluation)
    ]
