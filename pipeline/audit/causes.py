"""Why checks fail: one error at the source, or in the reading, shows as many failures.

Belongs here: hypotheses about single errors, each tried by running the checks on facts altered accordingly,
and the grouping of failures that one hypothesis repairs. Does not: changing any fact (a hypothesis is shown,
never applied), or the checks themselves (`engine`).

Hypotheses (rulebook section 3, root-cause grouping): a number with a digit dropped, doubled, altered or two
digits swapped, a wrong sign, a point or unit off by powers of ten, two cells swapped, rows of a column
shifted, two columns swapped, a whole form in another unit; figures of the narrative that were taken from
another form.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.audit.results import CAUSE_SCHEMA
from pipeline.facts import UNIT_YUAN, Facts

MOST_TRIED = 40
"""Hypotheses tried for one report: those that most failures suggest. Bounds the cost of a ruined report."""

COPIES_AT_ONCE = 100
"""Altered copies checked together: bounds memory."""

NEAR = range(-2, 3)
"""Last digits by which rounding may part the number that a failed sum asks for from the one meant."""

# Of hypotheses that repair as much, the one that says most about how errors come about is shown.
_ORDER = (
    "wrong_source_form",
    "form_unit",
    "shifted_rows",
    "swapped_columns",
    "swapped_cells",
    "sign",
    "unit",
    "dropped_digit",
    "doubled_digit",
    "moved_point",
    "swapped_digits",
    "altered_digit",
)
TEXT = "TEXT"
"""The narrative as a form (`cells`)."""

_READ_TWICE = "reading_conflict"

Check = Callable[[Facts], pa.Table]
Key = tuple[Any, ...]


@dataclass
class _Hypothesis:
    """What might have gone wrong: `changes` are the numbers meant (元) by cell, `claims` those by claim.

    `source` is the cell that figures of the narrative were taken from. `asked` counts the failures that ask
    for it, `off` the last digits by which it misses what they ask for.
    """

    kind: str
    changes: Mapping[int, Decimal | None]
    asked: int = 1
    off: int = 0
    repaired: frozenset[Key] = frozenset()
    broken: int = 0
    claims: Mapping[int, Decimal] = field(default_factory=dict)
    source: int | None = None


@dataclass
class _Report:
    """The cells and claims of one report, its failed sums, and what else failed (`others`)."""

    key: str
    cells: list[dict[str, Any]]
    claims: list[dict[str, Any]]
    failed: list[dict[str, Any]]
    others: frozenset[Key]
    is_read_twice: bool
    by_number: dict[int, dict[str, Any]] = field(init=False)
    claim_by_number: dict[int, dict[str, Any]] = field(init=False)

    def __post_init__(self) -> None:
        self.by_number = {cell["cell_no"]: cell for cell in self.cells}
        self.claim_by_number = {claim["claim_no"]: claim for claim in self.claims}

    @property
    def keys(self) -> frozenset[Key]:
        return frozenset(map(_key, self.failed))


def _key(result: Mapping[str, Any]) -> Key:
    return tuple(result[name] for name in ("check_id", "form_code", "subject", "measure"))


def find_causes(facts: Facts, results: pa.Table, check: Check) -> tuple[pa.Table, pa.Table]:
    """Return the check results with `cause_id` filled in, and the causes (`results.CAUSE_SCHEMA`).

    `check` runs the checks over facts, as `engine.check_batch`. Reports without a failed sum have no causes.
    """
    reports = list(_failing(facts, results))
    tried = _tried(facts, reports, check)
    causes: list[dict[str, Any]] = []
    cause_of: dict[tuple[str, Key], str] = {}
    for report in reports:
        own = _grouped(report, tried[report.key])
        causes += own
        for cause in own:
            for key in cause.pop("keys"):
                cause_of[report.key, key] = cause["cause_id"]
    rows = results.select(["report_key", "check_id", "form_code", "subject", "measure", "status"]).to_pylist()
    ids = [cause_of.get((row["report_key"], _key(row))) if row["status"] == "fail" else None for row in rows]
    place = results.schema.get_field_index("cause_id")
    marked = results.set_column(place, "cause_id", pa.array(ids, pa.string()))
    return marked, pa.Table.from_pylist(causes, schema=CAUSE_SCHEMA)


def _failing(facts: Facts, results: pa.Table) -> Iterator[_Report]:
    """Yield the reports in which a sum failed."""
    failed, others = defaultdict(list), defaultdict(set)
    for row in results.filter(pc.equal(results["status"], "fail")).to_pylist():
        if row["severity"] == "I":
            continue
        if row["difference"] is not None:
            failed[row["report_key"]].append(row)
        else:
            others[row["report_key"]].add(_key(row))
    agreed = {
        row["report_key"]
        for row in results.filter(pc.equal(results["check_id"], _READ_TWICE)).to_pylist()
        if row["status"] == "exact"
    }
    for key, rows in failed.items():
        cells, claims = (
            facts[name].filter(pc.equal(facts[name]["report_key"], key)).to_pylist()
            for name in ("reported_amount", "narrative_claim")
        )
        yield _Report(key, cells, claims, rows, frozenset(others[key]), key in agreed)


# Hypotheses ------------------------------------------------------------------------------------------------


def _hypotheses(report: _Report) -> list[_Hypothesis]:
    """Return the hypotheses worth trying, those that most failures ask for first."""
    found = [*_numbers(report), *_swaps(report), *_columns(report), *_forms(report), *_sources(report)]
    return sorted(found, key=lambda each: (-each.asked, each.off, _ORDER.index(each.kind)))[:MOST_TRIED]


def _numbers(report: _Report) -> list[_Hypothesis]:
    """Single numbers that would make a failed sum hold, where one slip explains what is printed."""
    asked: Counter[tuple[int, Decimal]] = Counter()
    off: dict[tuple[int, Decimal], int] = {}
    for result in report.failed:
        wanted: dict[tuple[int, Decimal], int] = {}
        for cell_no in result["cell_nos"]:
            cell = report.by_number.get(cell_no)
            if cell is None or cell["amount_yuan"] is None or not cell["unit"]:
                continue
            step = UNIT_YUAN[cell["unit"]].scaleb(-cell["decimals"])
            for difference in (result["difference"], -result["difference"]):
                meant = (cell["amount_yuan"] + difference).quantize(step)
                wanted |= {(cell_no, meant + step * near): abs(near) for near in NEAR}
        asked.update(wanted.keys())
        off = wanted | off
    found = []
    for (cell_no, meant), count in asked.items():
        kind = slip(report.by_number[cell_no], meant)
        if kind:
            found.append(_Hypothesis(kind, {cell_no: meant}, count, off[cell_no, meant]))
    return found


def slip(cell: Mapping[str, Any], meant: Decimal) -> str | None:
    """Return the slip by which `cell` prints what it does where `meant` (元) was meant.

    Digits are compared as printed, at the cell's unit and decimals. None when no single slip explains it.
    """
    printed = cell["amount_yuan"]
    if meant == printed or not printed:
        return None
    if meant == -printed:
        return "sign"
    if any(meant.scaleb(shift) == printed for shift in (-4, 4, -3, 3)):
        return "unit"
    unit = UNIT_YUAN[cell["unit"]]
    is_, should = (_digits(value / unit, cell["decimals"]) for value in (printed, meant))
    if meant * printed < 0:
        return None
    if len(is_) == len(should):
        differing = [i for i, (a, b) in enumerate(zip(is_, should, strict=True)) if a != b]
        if len(differing) == 1:
            return "altered_digit"
        if len(differing) == 2 and differing[1] == differing[0] + 1:
            first, second = differing
            if (is_[first], is_[second]) == (should[second], should[first]):
                return "swapped_digits"
    if len(should) == len(is_) + 1 and is_ in _without_one(should):
        return "dropped_digit"
    if len(is_) == len(should) + 1 and should in _without_one(is_):
        return "doubled_digit"
    if any(meant.scaleb(shift) == printed for shift in (-2, 2)):
        return "moved_point"
    return None


def _digits(amount: Decimal, decimals: int) -> str:
    return f"{abs(amount):.{decimals}f}".replace(".", "")


def _without_one(digits: str) -> set[str]:
    return {digits[:i] + digits[i + 1 :] for i in range(len(digits))}


def _swaps(report: _Report) -> Iterator[_Hypothesis]:
    """Neighbours, in a row or a column, that changed places."""
    concerned = Counter(cell_no for result in report.failed for cell_no in set(result["cell_nos"]))
    for line in [*_lines(report, "measure"), *_lines(report, "row")]:
        for one, other in pairwise(line):
            asked = concerned[one["cell_no"]] + concerned[other["cell_no"]]
            if asked > 1 and one["amount_yuan"] != other["amount_yuan"]:
                changes = {one["cell_no"]: other["amount_yuan"], other["cell_no"]: one["amount_yuan"]}
                yield _Hypothesis("swapped_cells", changes, asked // 2)


def _columns(report: _Report) -> Iterator[_Hypothesis]:
    """Columns whose rows slipped up or down, and columns that changed places."""
    concerned = Counter(cell_no for result in report.failed for cell_no in set(result["cell_nos"]))
    columns = [line for line in _lines(report, "measure") if len(line) > 2]
    for line in columns:
        hit = [i for i, cell in enumerate(line) if concerned[cell["cell_no"]] and cell["row_kind"] != "total"]
        if len(hit) < 2:
            continue
        for first in {max(0, hit[0] - 1), hit[0]}:
            for last in {hit[-1], min(len(line) - 1, hit[-1] + 1)}:
                cut = line[first : last + 1]
                amounts = [cell["amount_yuan"] for cell in cut]
                for step in (1, -1):
                    turned = amounts[step:] + amounts[:step]
                    changes = {cell["cell_no"]: amount for cell, amount in zip(cut, turned, strict=True)}
                    yield _Hypothesis("shifted_rows", changes, len(hit))
    for one, other in pairwise(columns):
        pairs = [
            (a, b)
            for a in one
            for b in other
            if (a["form_code"], a["side"], a["page"], a["row_no"])
            == (b["form_code"], b["side"], b["page"], b["row_no"])
        ]
        if len(pairs) > 1 and all(any(concerned[cell["cell_no"]] for cell in side) for side in (one, other)):
            changes = {a["cell_no"]: b["amount_yuan"] for a, b in pairs}
            changes |= {b["cell_no"]: a["amount_yuan"] for a, b in pairs}
            asked = sum(bool(concerned[a["cell_no"]] or concerned[b["cell_no"]]) for a, b in pairs)
            yield _Hypothesis("swapped_columns", changes, asked)


def _forms(report: _Report) -> Iterator[_Hypothesis]:
    """Forms whose unit is off by 10⁴, where they fail against other forms."""
    across = Counter(
        form
        for result in report.failed
        if len(
            forms := {report.by_number[n]["form_code"] for n in result["cell_nos"] if n in report.by_number}
        )
        > 1
        for form in forms
    )
    for form, asked in across.items():
        own = [cell for cell in report.cells if cell["form_code"] == form and cell["amount_yuan"]]
        for shift in (4, -4):
            changes = {cell["cell_no"]: cell["amount_yuan"].scaleb(shift) for cell in own}
            yield _Hypothesis("form_unit", changes, asked)


def _sources(report: _Report) -> Iterator[_Hypothesis]:
    """Figures of the narrative that equal the same row and column of another form than the one meant.

    Figures of the same section that are off by the same amount were taken from the same place.
    """
    single = [
        (result, report.claim_by_number[result["claim_nos"][0]])
        for result in report.failed
        if result["form_code"] == TEXT and len(result["claim_nos"]) == 1 and result["unit"] == "元"
    ]
    for result, claim in single:
        meant = [report.by_number[number] for number in result["cell_nos"]]
        if len(meant) != 1:
            continue
        for cell in report.cells:
            if (
                cell["form_code"] != meant[0]["form_code"]
                and cell["amount_yuan"]
                and place_of(cell) == place_of(meant[0])
                and is_same_figure(claim, cell)
            ):
                alike = [
                    (other, said)
                    for other, said in single
                    if said["section"] == claim["section"]
                    and abs(other["difference"] - result["difference"]) <= other["tolerance"]
                ]
                claims = {said["claim_no"]: other["computed"] for other, said in alike}
                yield _Hypothesis("wrong_source_form", {}, len(alike), claims=claims, source=cell["cell_no"])


def place_of(cell: Mapping[str, Any]) -> Key:
    """Return side, row and measure of a cell, which stand for the same thing in any form that has them."""
    if cell["row_kind"] == "total":
        return cell["side"], cell["line_item"] or "total", cell["measure"]
    return cell["side"], cell["item_code"] or cell["line_item"], cell["measure"]


def is_same_figure(claim: Mapping[str, Any], cell: Mapping[str, Any]) -> bool:
    """Tell whether a figure of the narrative and a cell print the same amount, each rounded in its unit."""
    if claim["value_yuan"] is None or cell["amount_yuan"] is None or not cell["unit"]:
        return False
    decimals = len(claim["value_printed"].partition(".")[2])
    half = (
        UNIT_YUAN[claim["unit"]].scaleb(-decimals) + UNIT_YUAN[cell["unit"]].scaleb(-cell["decimals"])
    ) / 2
    return bool(abs(claim["value_yuan"] - cell["amount_yuan"]) < half)


def _lines(report: _Report, along: str) -> list[list[dict[str, Any]]]:
    """Return the cells of each column (`measure`) or row of a form, in print order."""
    lines = defaultdict(list)
    for cell in report.cells:
        own = cell["measure"] if along == "measure" else (cell["page"], cell["table_no"], cell["row_no"])
        lines[cell["form_code"], cell["side"], own].append(cell)
    return list(lines.values())


# Trying them -----------------------------------------------------------------------------------------------


def _tried(facts: Facts, reports: Sequence[_Report], check: Check) -> dict[str, list[_Hypothesis]]:
    """Return the hypotheses of each report with what they repair and what they break.

    The checks run over altered copies, each of them a report of its own.
    """
    tried = {report.key: _hypotheses(report) for report in reports}
    copies = {
        f"{report.key}:{number}": (report, hypothesis)
        for report in reports
        for number, hypothesis in enumerate(tried[report.key])
    }
    for chunk in _chunks(list(copies), COPIES_AT_ONCE):
        part = {name: copies[name] for name in chunk}
        altered = {name: _copied(table, name, part) for name, table in facts.items()}
        failed: dict[str, set[Key]] = {name: set() for name in part}
        for row in check(altered).to_pylist():
            if row["status"] == "fail" and row["severity"] != "I":
                failed[row["report_key"]].add(_key(row))
        for name, (report, hypothesis) in part.items():
            hypothesis.repaired = report.keys - failed[name]
            hypothesis.broken = len(
                {key for key in failed[name] - report.keys - report.others if _is_sum(key)}
            )
    return tried


def _chunks(names: list[str], size: int) -> Iterator[list[str]]:
    return (names[start : start + size] for start in range(0, len(names), size))


def _is_sum(key: Key) -> bool:
    """Tell whether a check result names a form: checks of the whole report cannot be broken by a number."""
    return key[1] is not None


def _copied(table: pa.Table, name: str, copies: Mapping[str, tuple[_Report, _Hypothesis]]) -> pa.Table:
    """Return the rows of the reports once for each copy, under the copy's key and with its numbers."""
    parts = []
    for key, (report, hypothesis) in copies.items():
        own = table.filter(pc.equal(table["report_key"], report.key))
        if name == "reported_amount":
            own = pa.Table.from_pylist(
                [_altered(row, hypothesis.changes) for row in own.to_pylist()], schema=table.schema
            )
        if name == "narrative_claim" and hypothesis.claims:
            own = pa.Table.from_pylist(
                [_restated(row, hypothesis.claims) for row in own.to_pylist()], schema=table.schema
            )
        place = own.schema.get_field_index("report_key")
        parts.append(
            own.set_column(place, table.schema.field(place), pa.array([key] * own.num_rows, pa.string()))
        )
    return pa.concat_tables(parts)


def _altered(row: dict[str, Any], changes: Mapping[int, Decimal | None]) -> dict[str, Any]:
    if row["cell_no"] not in changes:
        return row
    amount = changes[row["cell_no"]]
    printed = _printed(row, amount)
    return {**row, "amount_yuan": amount, "amount_printed": printed, "cell_text": printed or ""}


def _restated(row: dict[str, Any], claims: Mapping[int, Decimal]) -> dict[str, Any]:
    if row["claim_no"] not in claims:
        return row
    amount = claims[row["claim_no"]]
    printed = stated(row, amount)
    return {**row, "value_yuan": amount, "value": Decimal(printed), "value_printed": printed}


def stated(claim: Mapping[str, Any], amount: Decimal) -> str:
    """Return an amount in 元 as the narrative would state it."""
    return f"{amount / UNIT_YUAN[claim['unit']]:.{len(claim['value_printed'].partition('.')[2])}f}"


def _printed(cell: Mapping[str, Any], amount: Decimal | None) -> str | None:
    """Return an amount in 元 as the cell would print it."""
    if amount is None or not cell["unit"]:
        return None
    return f"{amount / UNIT_YUAN[cell['unit']]:.{cell['decimals'] or 0}f}"


def _alike(one: _Hypothesis, other: _Hypothesis) -> bool:
    """Tell whether two hypotheses say the same but for what rounding hides."""
    return (one.kind, one.changes.keys(), one.claims.keys()) == (
        other.kind,
        other.changes.keys(),
        other.claims.keys(),
    )


# Grouping --------------------------------------------------------------------------------------------------


def _grouped(report: _Report, tried: Iterable[_Hypothesis]) -> list[dict[str, Any]]:
    """Return the causes of a report: again and again the hypothesis that repairs most of what is left."""
    left = set(report.keys)
    useful = [each for each in tried if each.repaired and not each.broken]
    causes: list[dict[str, Any]] = []
    while left:
        ranked = sorted(
            useful, key=lambda each: (-len(each.repaired & left), each.off, _ORDER.index(each.kind))
        )
        if not ranked or not ranked[0].repaired & left:
            break
        best = ranked[0]
        keys = best.repaired & left
        as_good = [each for each in useful if len(each.repaired & left) == len(keys)]
        causes.append(
            {
                "report_key": report.key,
                "cause_id": f"{report.key}-{len(causes) + 1}",
                "hypothesis": best.kind,
                **(_of_claims(report, best) if best.claims else _of_cells(report, best)),
                "checks_repaired": len(keys),
                "checks_failed": len(report.keys),
                "alternatives": sum(not _alike(each, best) for each in as_good),
                "keys": keys,
            }
        )
        left -= keys
    return causes


def _of_cells(report: _Report, best: _Hypothesis) -> dict[str, Any]:
    """Return what a cause says of the cells that it concerns."""
    cells = [report.by_number[number] for number in sorted(best.changes)]
    agreed = report.is_read_twice and all(cell["flag"] is None for cell in cells)
    return {
        "defect": "source" if agreed else "reading",
        "form_code": cells[0]["form_code"],
        "page": cells[0]["page"],
        "cell_nos": [cell["cell_no"] for cell in cells],
        "claim_nos": [],
        "printed": [cell["amount_printed"] for cell in cells],
        "suggested": [_printed(cell, best.changes[cell["cell_no"]]) for cell in cells],
    }


def _of_claims(report: _Report, best: _Hypothesis) -> dict[str, Any]:
    """Return what a cause says of figures of the narrative; its cell is the one they were taken from."""
    claims = [report.claim_by_number[number] for number in sorted(best.claims)]
    return {
        "defect": "source",
        "form_code": TEXT,
        "page": claims[0]["page"],
        "cell_nos": [best.source],
        "claim_nos": [claim["claim_no"] for claim in claims],
        "printed": [claim["value_printed"] for claim in claims],
        "suggested": [stated(claim, best.claims[claim["claim_no"]]) for claim in claims],
    }
