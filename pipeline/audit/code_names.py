"""Checks of names: printed for a classification code, or listed in the sentence about basic expenditure.

Belongs here: comparing printed names with the code tables (`dbt_project/seeds`) and with the report's own
forms. Does not: other labels (`labels`), sums by code (`sql`).

The tables are not the full official lists: a code they do not have is not evaluable, never wrong; a name that
one document alone shows is information. The names of groups and items are those of budgets from FIRST_YEAR
on; for an earlier year a different name may be an older one, so it is not evaluable. Classes are known with
their renames.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from pathlib import Path

from pipeline.audit.rulebook import CODE_TABLES, LabelCheck
from pipeline.audit.told import Record, Stated, Told
from pipeline.forms import text

FIRST_YEAR = 2023
"""The first year whose names `functional_subject` holds."""

FUNCTIONAL = ("F02", "F03", "F05", "F07", "F08", "F10")
ECONOMIC = "F06"
LEVELS = (3, 5, 7)
ALIKE = 0.8
"""How alike (difflib) a listed name must be to that of a row to mean it."""

_CODE_IN_NAME = re.compile(r"\(\d{3,7}\)")
_LIST = re.compile(r"(?:主要)?包括[:：]?([^；;。]+)")
_LIST_ENDS = re.compile(r"(?:等|等支出|等方面|等费用)$")


@dataclass(frozen=True)
class Known:
    """What the tables say of a code: its name, others that mean the same, an older name and until when."""

    name: str
    others: frozenset[str]
    is_confirmed: bool
    before: str = ""
    changed_in: int = 0


def plain_name(name: str) -> str:
    """Return a name for comparing: characters alone, without a code in brackets and a 支出 at the end."""
    plain = re.sub(r"\W", "", _CODE_IN_NAME.sub("", text.squeeze(name)))
    return plain.removesuffix("支出") or plain


@lru_cache(maxsize=1)
def known_codes() -> dict[str, Known]:
    """Return the tables of codes, functional and economic ones together; they share no code."""
    functional, classes, economic = ([*_rows(path)] for path in CODE_TABLES)
    known = {
        row["function_code"]: Known(
            row["name_zh"],
            frozenset(plain_name(re.sub(r"\(\d+\)$", "", other)) for other in row["other_names"].split("; ")),
            row["confidence"] == "confirmed",
        )
        for row in functional
    }
    for row in classes:
        known[row["class_code"]] = Known(
            row["name_zh"], frozenset(), True, row["name_before"], int(row["changed_in"] or 0)
        )
    known |= {row["economic_code"]: Known(row["name_zh"], frozenset(), True) for row in economic}
    return known


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _verdict(code: str, name: str, year: int | None) -> tuple[str, str]:
    """Return the status of a printed name of a code, and the name expected."""
    known = known_codes().get(code)
    if known is None:
        return "not_evaluable", ""
    plain = plain_name(name)
    if known.before and year is not None and year < known.changed_in:
        return ("exact" if plain == plain_name(known.before) else "fail"), known.before
    if plain == plain_name(known.name) or plain in known.others:
        return "exact", known.name
    is_dated = len(code) == LEVELS[0] or code.startswith("3")
    if not is_dated and (year is None or year < FIRST_YEAR):
        return "not_evaluable", known.name
    return "fail", known.name


def check_code_names(report: Stated, check: LabelCheck) -> Iterator[Told]:
    """Compare the names beside codes, and those of items of the narrative, with the names of the codes."""
    year = report.head["fiscal_year"]
    printed: dict[tuple[str, str], list[Record]] = {}
    own: dict[str, set[str]] = {}
    for row in report.amounts:
        code, name = row["item_code"], row["item_name"]
        if row["row_kind"] == "subject" and name and row["form_code"] in (*FUNCTIONAL, ECONOMIC):
            printed.setdefault((code, plain_name(name)), []).append(row)
            own.setdefault(code, set()).add(plain_name(name))
    held, unknown = 0, []
    for (code, _), rows in printed.items():
        status, expected = _verdict(code, rows[0]["item_name"], year)
        if status == "fail":
            yield Told(
                "fail",
                f"{code} is named {rows[0]['item_name']}, the table of codes says {expected}",
                form=rows[0]["form_code"],
                subject=code,
                pages=sorted({row["page"] for row in rows}),
                cells=sorted(row["cell_no"] for row in rows),
                severity=None if known_codes()[code].is_confirmed else "I",
            )
        elif status == "exact":
            held += 1
        else:
            unknown.append(code)
    for told in _of_narrative(report, own, year):
        if told.status == "exact":
            held += 1
        else:
            yield told
    if held:
        yield Told("exact", f"{held} names", terms=held)
    if unknown:
        codes = ", ".join(sorted(set(unknown)))
        yield Told("not_evaluable", f"the table of codes does not know them, or not for {year}: {codes}")
    elif not held and not printed:
        yield Told("not_applicable", "no row has a code and a name")


def _of_narrative(report: Stated, own: dict[str, set[str]], year: int | None) -> Iterator[Told]:
    """Yield an answer for each name of an item in the narrative; the name in the forms is right, too."""
    seen: set[tuple[str, str]] = set()
    for claim in report.claims:
        path = (claim["subject"] or "").split("/")
        code = claim["subject_code"]
        if claim["metric"] != "final" or not claim["subject"]:
            continue
        if code is None:
            yield from _unnamed(report, claim, path, own)
            continue
        # a path that skips a level cannot be matched with the digits; its last name is that of the code
        whole = len(path) == LEVELS.index(len(code)) + 1 if len(code) in LEVELS else False
        digits = LEVELS[: len(path)] if whole else (len(code),)
        for name, length in zip(path if whole else path[-1:], digits, strict=True):
            part, plain = code[:length], plain_name(name)
            if (part, plain) in seen:
                continue
            seen.add((part, plain))
            status, expected = _verdict(part, name, year)
            if status == "exact" or plain in own.get(part, ()):
                yield Told("exact", None)
            elif status == "fail":
                yield Told(
                    "fail",
                    f"the narrative names {part} {name}, the table of codes says {expected}",
                    form="TEXT",
                    subject=part,
                    pages=[claim["page"]],
                    claims=[claim["claim_no"]],
                    severity=None if known_codes()[part].is_confirmed else "I",
                )


def _unnamed(report: Stated, claim: Record, path: list[str], own: dict[str, set[str]]) -> Iterator[Told]:
    """Yield an answer for an item without a code: its amount tells the row, where one row alone has it."""
    if len(path) < len(LEVELS) or not claim["value_yuan"]:
        return
    plain = plain_name(path[-1])
    rows = [
        row
        for row in report.amounts
        if row["form_code"] == "F05"
        and row["measure"] == "total"
        and row["row_kind"] == "subject"
        and len(row["item_code"]) == LEVELS[-1]
        and row["amount_yuan"] == claim["value_yuan"]
    ]
    if len(rows) != 1 or plain in own.get(rows[0]["item_code"], ()):
        return
    row = rows[0]
    yield Told(
        "fail",
        f"the narrative names {path[-1]}, the row of that amount is {row['item_code']} {row['item_name']}",
        form="TEXT",
        subject=row["item_code"],
        pages=[claim["page"], row["page"]],
        cells=[row["cell_no"]],
        claims=[claim["claim_no"]],
    )


def check_listed_names(report: Stated, check: LabelCheck) -> Iterator[Told]:
    """Compare the names listed as personnel and public expenditure with the rows of F06 that have amounts."""
    rows = [
        row
        for row in report.amounts
        if row["form_code"] == ECONOMIC and row["row_kind"] == "subject" and row["amount_yuan"]
        and len(row["item_code"]) == LEVELS[1]
    ]  # fmt: skip
    answered = False
    for claim in report.claims:
        groups = check.groups.get(claim["metric"] or "")
        if claim["section"] != "gpb_basic" or not groups or not rows:
            continue
        behind = claim["sentence"].partition(claim["value_printed"])[2]
        found = _LIST.search(re.split("[；;]", behind)[0])
        if not found:
            continue
        answered = True
        listed = [name for name in found.group(1).split("、") if name.strip("，,")]
        is_open = _LIST_ENDS.search(found.group(1)) is not None
        names = {row["item_name"]: row for row in rows if row["item_code"][:3] in groups}
        absent = [name for name in listed if not _named(_LIST_ENDS.sub("", name), names)]
        left_out = [] if is_open else [name for name in names if not _named(name, listed)]
        words = [f"listed and without an amount in F06: {'、'.join(absent)}"] if absent else []
        words += [f"in F06 with an amount and not listed: {'、'.join(left_out)}"] if left_out else []
        yield Told(
            "fail" if words else "exact",
            "; ".join(words) or f"{len(listed)} names",
            form=ECONOMIC,
            subject=claim["metric"],
            pages=sorted({claim["page"], *(row["page"] for row in names.values())}),
            cells=sorted(row["cell_no"] for row in names.values()),
            claims=[claim["claim_no"]],
            terms=len(listed),
        )
    if not answered:
        yield Told("not_applicable", "the narrative lists no names, or F06 has no rows")


def _named(name: str, others: Iterable[str]) -> bool:
    plain = plain_name(name)
    return any(
        plain == other or SequenceMatcher(None, plain, other, autojunk=False).ratio() >= ALIKE
        for other in map(plain_name, others)
    )
