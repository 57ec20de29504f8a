"""Does the gate see? Alters reports in the ways errors come about and counts what the checks notice.

    python benchmarks/detect.py FILE... [--each N] [--seed N]

Reads the files and the sample reports without errors, makes N altered copies of the facts of each by each
kind of alteration (one digit, a sign, swapped neighbours, a shifted or dropped row, a unit, swapped columns,
a deleted form, a narrative figure) and runs all checks over them. An alteration is seen when a check fails,
or cannot be evaluated, that did not on the unaltered report. Prints by kind: seen by a hard check, as a
warning, as information only, silent; then what fails on the unaltered reports, the cells that no hard check
covers (the leading digit of every cell is raised by one), and the checks that hold in all or in none of the
reports they apply to.
"""

import argparse
import itertools
import random
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa

import samples
from pipeline.audit.engine import check_batch
from pipeline.audit.rulebook import rulebook
from pipeline.facts import FACT_SCHEMAS, UNIT_YUAN, ReportedAmount, ReportFacts
from pipeline.read.files import read_file
from pipeline.stages import facts_of

NARRATED = (*UNIT_YUAN, "%")
ZERO = Decimal(0)
COPIES = 100
"""Altered copies checked together."""

SEEN = ("hard", "warning", "information")
AS_WARNING = {("not_evaluable", "H"), ("improbable_rounding", "H"), ("improbable_rounding", "W")}
COLUMNS = ["report_key", "check_id", "severity", "status", "form_code", "subject", "measure"]

Key = tuple[str, str | None, str | None, str | None]
Alteration = Callable[[ReportFacts, random.Random], ReportFacts | None]


@dataclass(frozen=True)
class Amiss:
    """What fails, or is hard and cannot be evaluated, in one report: by severity."""

    of: dict[str, frozenset[Key]]

    def seen_as(self, before: "Amiss") -> str:
        """Return the highest severity of what is amiss here and was not `before`; `silent` if nothing is."""
        return next((word for word in SEEN if self.of[word] - before.of[word]), "silent")


def renamed(facts: ReportFacts, number: int) -> ReportFacts:
    """Return the facts under another key."""
    key = f"{number:016x}"
    kinds = {
        name: tuple(msgspec.structs.replace(record, report_key=key) for record in value)
        for name in facts.__struct_fields__
        if isinstance(value := getattr(facts, name), tuple)
    }
    header = msgspec.structs.replace(facts.header, report_key=key, sha256=key * 4)
    return msgspec.structs.replace(facts, header=header, **kinds)


def checked(reports: Iterable[ReportFacts]) -> Iterator[tuple[Amiss, list[dict[str, Any]]]]:
    """Yield what is amiss in each report, and all its results."""
    reports = list(reports)
    for start in range(0, len(reports), COPIES):
        named = [renamed(facts, number) for number, facts in enumerate(reports[start : start + COPIES])]
        each = [facts.tables() for facts in named]
        table = check_batch({name: pa.concat_tables([t[name] for t in each]) for name in FACT_SCHEMAS})
        of_report: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in table.select(COLUMNS).to_pylist():
            of_report[row["report_key"]].append(row)
        for facts in named:
            rows = of_report[facts.header.report_key]
            yield amiss(rows), rows


def amiss(rows: Iterable[dict[str, Any]]) -> Amiss:
    """Return what is amiss by the results of one report, with the severities that the gate gives."""
    found: dict[str, set[Key]] = {word: set() for word in SEEN}
    for row in rows:
        key = (row["check_id"], row["form_code"], row["subject"], row["measure"])
        severity, status = row["severity"], row["status"]
        if status == "fail":
            found[{"H": "hard", "W": "warning", "I": "information"}[severity]].add(key)
        elif (status, severity) in AS_WARNING:
            found["warning"].add(key)
    return Amiss({word: frozenset(keys) for word, keys in found.items()})


# Alterations: each returns an altered copy, or None where the report gives no occasion ---------------------


def with_printed(amount: ReportedAmount, printed: str | None) -> ReportedAmount:
    """Return the amount with another printed number; its unit stays."""
    yuan = Decimal(printed) * UNIT_YUAN[amount.unit or "元"] if printed else None
    return msgspec.structs.replace(
        amount,
        amount_printed=printed,
        amount_yuan=yuan.quantize(Decimal("0.01")) if yuan is not None else None,
        decimals=len(printed.partition(".")[2]) if printed else None,
        cell_text=printed or "",
    )


def replaced(facts: ReportFacts, changes: dict[int, ReportedAmount | None]) -> ReportFacts:
    """Return facts with some amounts changed, by cell number; None takes one out."""
    amounts = (changes.get(amount.cell_no, amount) for amount in facts.amounts)
    return msgspec.structs.replace(facts, amounts=tuple(a for a in amounts if a is not None))


def printed_cells(facts: ReportFacts) -> list[ReportedAmount]:
    """Return the cells with an amount that is not zero and in 元 exactly."""
    return [amount for amount in facts.amounts if amount.amount_yuan and amount.row_kind != "part"]


def digit(facts: ReportFacts, chance: random.Random) -> ReportFacts | None:
    """Change one digit, by more than rounding hides."""
    cell = chance.choice(printed_cells(facts))
    printed = cell.amount_printed or ""
    places = [i for i, char in enumerate(printed) if char.isdigit()]
    # the last two printed digits may lie within the tolerance of a long sum
    places = places[:-2] if cell.decimals else places
    if not places:
        return None
    at = chance.choice(places)
    other = chance.choice([d for d in "123456789" if d != printed[at]])
    return replaced(facts, {cell.cell_no: with_printed(cell, printed[:at] + other + printed[at + 1 :])})


def sign(facts: ReportFacts, chance: random.Random) -> ReportFacts | None:
    """Let a minus sign appear, or go."""
    cell = chance.choice(printed_cells(facts))
    printed = cell.amount_printed or ""
    flipped = printed[1:] if printed.startswith("-") else "-" + printed
    return replaced(facts, {cell.cell_no: with_printed(cell, flipped)})


def lines(facts: ReportFacts, by_row: bool) -> list[list[ReportedAmount]]:
    """Return the cells of each row, or of each column, of each form in print order."""
    found: dict[tuple[object, ...], list[ReportedAmount]] = defaultdict(list)
    for cell in facts.amounts:
        if cell.row_kind != "part":
            own = (cell.page, cell.table_no, cell.row_no) if by_row else (cell.measure,)
            found[(cell.form_code, cell.side, *own)].append(cell)
    return [line for line in found.values() if len(line) > 1]


def differ(one: ReportedAmount, other: ReportedAmount) -> bool:
    """Tell whether two cells differ by more than rounding hides."""
    return (
        abs((one.amount_yuan or ZERO) - (other.amount_yuan or ZERO))
        > Decimal(2) * UNIT_YUAN[one.unit or "元"] / 10
    )


def swapped_neighbours(facts: ReportFacts, chance: random.Random) -> ReportFacts | None:
    """Swap two cells side by side, or one above the other."""
    pairs = [
        (one, other)
        for line in lines(facts, by_row=chance.random() < 0.5)
        for one, other in itertools.pairwise(line)
        if differ(one, other)
    ]
    if not pairs:
        return None
    one, other = chance.choice(pairs)
    return replaced(
        facts,
        {
            one.cell_no: with_printed(one, other.amount_printed),
            other.cell_no: with_printed(other, one.amount_printed),
        },
    )


def shifted_row(facts: ReportFacts, chance: random.Random) -> ReportFacts | None:
    """Let the amounts of a column slip down by a row from some row on."""
    columns = [
        column
        for column in lines(facts, by_row=False)
        if sum(1 for a, b in itertools.pairwise(column) if differ(a, b)) > 1
    ]
    if not columns:
        return None
    column = chance.choice(columns)
    start = chance.randrange(len(column) - 1)
    changes: dict[int, ReportedAmount | None] = {
        cell.cell_no: with_printed(cell, before.amount_printed)
        for before, cell in zip(column[start:], column[start + 1 :], strict=False)
    }
    if not any(differ(a, b) for a, b in zip(column[start:], column[start + 1 :], strict=False)):
        return None
    return replaced(facts, changes)


def dropped_row(facts: ReportFacts, chance: random.Random) -> ReportFacts | None:
    """Drop a whole row with an amount."""
    rows = [row for row in lines(facts, by_row=True) if any(cell.amount_yuan for cell in row)]
    if not rows:
        return None
    return replaced(facts, {cell.cell_no: None for cell in chance.choice(rows)})


def unit(facts: ReportFacts, chance: random.Random) -> ReportFacts | None:
    """Take the unit of one form for another: 10⁴ too much or too little."""
    form = chance.choice(sorted({cell.form_code for cell in printed_cells(facts)}))
    changes: dict[int, ReportedAmount | None] = {}
    for cell in facts.amounts:
        if cell.form_code == form and cell.amount_printed is not None:
            other = "元" if cell.unit == "万元" else "万元"
            changes[cell.cell_no] = with_printed(
                msgspec.structs.replace(cell, unit=other), cell.amount_printed
            )
    return replaced(facts, changes)


def swapped_columns(facts: ReportFacts, chance: random.Random) -> ReportFacts | None:
    """Swap two neighbouring columns of a form, in every row."""
    rows: dict[str, list[list[ReportedAmount]]] = defaultdict(list)
    for row in lines(facts, by_row=True):
        rows[row[0].form_code].append(row)
    forms = [form for form, found in rows.items() if any(differ(row[0], row[1]) for row in found)]
    if not forms:
        return None
    changes: dict[int, ReportedAmount | None] = {}
    chosen = rows[chance.choice(sorted(forms))]
    measures = {(chosen[0][0].measure, chosen[0][1].measure)}
    for row in chosen:
        for one, other in itertools.pairwise(row):
            if (one.measure, other.measure) in measures:
                changes[one.cell_no] = with_printed(one, other.amount_printed)
                changes[other.cell_no] = with_printed(other, one.amount_printed)
    return replaced(facts, changes)


def deleted_form(facts: ReportFacts, chance: random.Random) -> ReportFacts | None:
    """Delete a form that the template requires."""
    filled = [form for form in facts.forms if form.state == "filled" and form.required]
    gone = chance.choice(filled).form_code
    lost = {"state": "missing", "title_printed": None, "page_first": None, "page_last": None}
    return msgspec.structs.replace(
        facts,
        forms=tuple(msgspec.structs.replace(f, **lost) if f.form_code == gone else f for f in facts.forms),
        amounts=tuple(amount for amount in facts.amounts if amount.form_code != gone),
    )


def narrative(facts: ReportFacts, chance: random.Random) -> ReportFacts | None:
    """Change a digit of a figure of the narrative, before its last two."""
    claims = [claim for claim in facts.claims if claim.placed and claim.value and claim.unit in NARRATED]
    if not claims:
        return None
    claim = chance.choice(claims)
    printed = claim.value_printed.lstrip("-")
    places = [i for i, char in enumerate(printed) if char.isdigit()]
    places = places[:-2] if "." in printed else places
    if not places:
        return None
    at = chance.choice(places)
    printed = printed[:at] + chance.choice([d for d in "123456789" if d != printed[at]]) + printed[at + 1 :]
    value = Decimal(printed).copy_sign(claim.value or 0)
    yuan = (value * UNIT_YUAN[claim.unit]).quantize(Decimal("0.01")) if claim.unit in UNIT_YUAN else None
    changed = msgspec.structs.replace(claim, value_printed=printed, value=value, value_yuan=yuan)
    return msgspec.structs.replace(
        facts, claims=tuple(changed if other is claim else other for other in facts.claims)
    )


ALTERATIONS: dict[str, Alteration] = {
    "digit": digit,
    "sign": sign,
    "swapped neighbours": swapped_neighbours,
    "shifted row": shifted_row,
    "dropped row": dropped_row,
    "unit": unit,
    "swapped columns": swapped_columns,
    "deleted form": deleted_form,
    "narrative figure": narrative,
}


def reports_of(files: Iterable[Path], folder: Path) -> dict[str, ReportFacts]:
    """Return the facts of the files and of the sample reports without errors, by name."""
    paths = list(files)
    for name, report, layout in samples.sample_set():
        if not name.startswith("含错"):  # two samples have errors on purpose
            path = folder / name
            samples.write_report(report, layout, path)
            paths.append(path)
    return {path.name: facts_of(read_file(path, max_pages=500)) for path in paths}


def raised(facts: ReportFacts, cell: ReportedAmount) -> ReportFacts:
    """Return the facts with the leading digit of a cell raised by one."""
    printed = cell.amount_printed or ""
    at = next(i for i, char in enumerate(printed) if char in "123456789")
    digit = (int(printed[at]) + 1) % 10
    return replaced(facts, {cell.cell_no: with_printed(cell, f"{printed[:at]}{digit}{printed[at + 1 :]}")})


def label(cell: ReportedAmount) -> str:
    """Return what a cell is, in words."""
    words = (cell.form_code, cell.side, cell.item_code or cell.item_name, cell.measure)
    return " ".join(word for word in words if word)


def main() -> None:
    """Alter, check, count, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--each", type=int, default=25, help="copies by kind and report")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance = random.Random(options.seed)  # repeatable, not secret
    with tempfile.TemporaryDirectory() as folder:
        reports = reports_of(options.files, Path(folder))
    before = dict(zip(reports, checked(reports.values()), strict=True))

    altered = [
        (kind, name, copy)
        for kind, alter in ALTERATIONS.items()
        for name, facts in reports.items()
        for _ in range(options.each)
        if (copy := alter(facts, chance)) is not None
    ]
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for (kind, name, _), (after, _) in zip(altered, checked(copy for *_, copy in altered), strict=True):
        counts[kind][after.seen_as(before[name][0])] += 1
    print(f"{len(altered)} alterations of {len(reports)} reports\n")
    print(f"{'alteration':20}{'copies':>8}" + "".join(f"{word:>13}" for word in (*SEEN, "silent")))
    for kind, seen in counts.items():
        shares = (f"{seen[word]:6} {100 * seen[word] / seen.total():4.0f} %" for word in (*SEEN, "silent"))
        print(f"{kind:20}{seen.total():8}" + "".join(f"{share:>13}" for share in shares))

    print("\nunaltered reports: what fails")
    for name, (found, _) in before.items():
        ids = {word: sorted({key[0] for key in found.of[word]}) for word in SEEN}
        print(f"  {name}: " + "; ".join(f"{word} {', '.join(ids[word]) or '-'}" for word in SEEN))

    cells = [(name, facts, cell) for name, facts in reports.items() for cell in coverable(facts)]
    results = checked(raised(facts, cell) for _, facts, cell in cells)
    uncovered = [
        (name, cell)
        for (name, _, cell), (after, _) in zip(cells, results, strict=True)
        if after.seen_as(before[name][0]) != "hard"
    ]
    share = 100 * (1 - len(uncovered) / len(cells))
    print(f"\n{len(cells)} cells that are not zero, {share:.2f} % covered by a hard check; not covered:")
    for name, cell in uncovered:
        print(f"  {name}: {label(cell)} {cell.amount_printed}")

    print("\nchecks that hold in all or in none of the reports they apply to")
    held: dict[str, Counter[bool]] = defaultdict(Counter)
    for _, rows in before.values():
        for check in {row["check_id"] for row in rows}:
            statuses = {row["status"] for row in rows if row["check_id"] == check}
            if statuses & {"exact", "rounding", "improbable_rounding", "fail"}:
                held[check]["fail" not in statuses] += 1
    told = {
        "all": [check for check, seen in held.items() if not seen[False]],
        "none": [check for check, seen in held.items() if not seen[True]],
        "never applied": [check for check in rulebook().titles() if check not in held],
    }
    for word, checks in told.items():
        print(f"  {word} ({len(checks)}): {', '.join(sorted(checks)) or '-'}")


def coverable(facts: ReportFacts) -> list[ReportedAmount]:
    """Return all cells with an amount that is not zero, 其中 rows too."""
    return [cell for cell in facts.amounts if cell.amount_yuan]


if __name__ == "__main__":
    main()
