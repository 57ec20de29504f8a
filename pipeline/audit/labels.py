"""Checks of labels: years, names, contents, declared emptiness, units, names of codes, within one report.

Belongs here: what each check of `expectations/identities/labels.yaml` compares. Does not: which checks there
are and with what words (the rulebook), how labels are found (`forms.labels`), sums (`engine`).

These are comparisons of words, which identities over amounts have no terms for. A check answers for every
report: once when it holds, once per failure, `not_applicable` where nothing is printed that it is about.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from difflib import SequenceMatcher
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.audit.code_names import check_code_names, check_listed_names
from pipeline.audit.results import CHECK_SCHEMA
from pipeline.audit.rulebook import LabelCheck
from pipeline.audit.told import Record, Stated, Told
from pipeline.facts import Facts

ENOUGH_CAPTIONS = 3
"""So many forms must print another year than the cover for the year to be certainly wrong."""

LIKE = 0.6
"""How alike (difflib) a name must be to the department's to be a slip of it and not another body."""

TEN_THOUSAND = Decimal(10_000)
FAR_OFF = Decimal(100)


def check_labels(facts: Facts, checks: Sequence[LabelCheck]) -> pa.Table:
    """Return the results of `checks` for every final account, as a table of `results.CHECK_SCHEMA`."""
    if not checks:
        return CHECK_SCHEMA.empty_table()
    rows = [
        told.row(report.key, check.id, check.severity)
        for report in _reports(facts)
        for check in checks
        for told in _CHECKS[check.check](report, check)
    ]
    return pa.Table.from_pylist(rows, schema=CHECK_SCHEMA)


def _reports(facts: Facts) -> Iterator[Stated]:
    """Yield what the checks need of each final account."""
    header = facts["header"]
    heads = header.filter(pc.equal(header["report_kind"], "final_account")).to_pylist()
    if not heads:
        return
    by_table = {name: _by_report(facts[name]) for name in ("form", "label", "narrative_claim")}
    amounts = facts["reported_amount"]
    slim = amounts.select(
        ["report_key", "form_code", "side", "item_code", "item_name", "line_item", "row_kind", "measure",
         "amount_yuan", "page", "cell_no"]
    )  # fmt: skip
    coded = pc.is_in(slim["row_kind"], pa.array(["subject", "total"]))
    named = pc.or_(coded, pc.is_in(slim["form_code"], pa.array(["F01", "F04"])))
    by_table["amount"] = _by_report(slim.filter(named))
    for head in heads:
        own = {name: table.get(head["report_key"], []) for name, table in by_table.items()}
        yield Stated(head, own["form"], own["label"], own["narrative_claim"], own["amount"])


def _by_report(table: pa.Table) -> Mapping[str, list[Record]]:
    groups: dict[str, list[Record]] = defaultdict(list)
    for row in table.to_pylist():
        groups[row["report_key"]].append(row)
    return groups


# Year and name ---------------------------------------------------------------------------------------------


def _years(report: Stated, check: LabelCheck) -> Iterator[Told]:
    """Compare every year printed with the fiscal year; hard only where the forms surely have another one."""
    year = report.head["fiscal_year"]
    dated = [label for label in report.labels if label["fiscal_year"] is not None]
    if not dated:
        yield Told("not_applicable", "no label states a year")
        return
    if year is None:
        yield Told("not_evaluable", "the fiscal year is unknown", pages=_pages(dated))
        return
    wrong = [label for label in dated if label["fiscal_year"] != year]
    captions = [label for label in dated if label["place"] == "caption"]
    stale = {label["form_code"] for label in captions if label in wrong}
    cover = [label for label in dated if label["place"] == "cover" and label not in wrong]
    certain = cover and len(stale) >= ENOUGH_CAPTIONS and all(label in wrong for label in captions)
    for (place, stated), labels in _alike(wrong, "place", "fiscal_year").items():
        yield Told(
            "fail",
            f"{stated} in “{_quote(labels[0])}” ({place}), the fiscal year is {year}",
            subject=place,
            pages=_pages(labels),
            severity="H" if certain and place == "caption" else None,
        )
    if not wrong:
        yield Told("exact", f"{len(dated)} labels", pages=_pages(dated), terms=len(dated))


def _names(report: Stated, check: LabelCheck) -> Iterator[Told]:
    """Compare the names printed with the department's, its end and its aliases.

    A heading or a sentence may speak of another body, so only names that are nearly the department's are
    taken for slips there.
    """
    full = report.head["department_name"]
    named = [label for label in report.labels if label["department_name"] is not None]
    if not named or full is None:
        yield Told("not_applicable" if not named else "not_evaluable", "no label names the department")
        return
    wrong = [label for label in named if not _is_alias(label["department_name"], full, check)]
    own = ("cover", "caption")
    wrong = [x for x in wrong if x["place"] in own or _is_like(x["department_name"], full)]
    for (place, name), labels in _alike(wrong, "place", "department_name").items():
        yield Told(
            "fail",
            f"{name} in “{_quote(labels[0])}” ({place}), elsewhere {full}",
            subject=place,
            pages=_pages(labels),
        )
    if not wrong:
        yield Told("exact", f"{len(named)} labels", pages=_pages(named), terms=len(named))


def _is_alias(printed: str, full: str, check: LabelCheck) -> bool:
    """Tell whether two names are one: after the replacements of `aliases`, and with what may stand in front.

    A division or a superior may be left out in front of a name (`before`), nothing else and nothing inside.
    """
    one, other = _replaced(printed, check.aliases), _replaced(full, check.aliases)
    short, long = sorted((one, other), key=len)
    before = long.removesuffix(short)
    return before == "" or (before != long and re.search(check.before, before) is not None)


def _replaced(name: str, aliases: Mapping[str, str]) -> str:
    for pattern, instead in aliases.items():
        name = re.sub(pattern, instead, name)
    return name


def _is_like(name: str, full: str) -> bool:
    return SequenceMatcher(None, name, full, autojunk=False).ratio() >= LIKE


# Contents --------------------------------------------------------------------------------------------------

_PART = re.compile(r"^第[一二三四五六七八九十]+部分[:、]?")
_NUMBER = re.compile(
    r"^(?:第[一二三四五六七八九十]+部分[:、]?|[一二三四五六七八九十]+、|\([一二三四五六七八九十]+\))"
)


def _contents(report: Stated, check: LabelCheck) -> Iterator[Told]:
    """Look for the heading or form of every entry, and for the entry of every part of the body."""
    entries = [label for label in report.labels if label["place"] == "contents"]
    headings = [label for label in report.labels if label["place"] == "heading"]
    if not entries or not headings:
        missing = "contents list" if not entries else "heading behind the contents list"
        yield Told("not_applicable", f"no {missing} was found")
        return
    department = report.head["department_name"]
    titles = [_title(heading["text_printed"], department, check) for heading in headings]
    forms = [_title(form["title_printed"], None, check) for form in report.forms if form["title_printed"]]
    listed = [_title(entry["text_printed"], department, check) for entry in entries]
    failed = 0
    for entry, title in zip(entries, listed, strict=True):
        if not any(_same_title(title, other) for other in (*titles, *forms)):
            failed += 1
            yield Told(
                "fail",
                f"listed in the contents and not found as a heading or form: {_quote(entry)}",
                subject="contents",
                pages=[entry["page"]],
            )
    has_parts = any(_PART.match(entry["text_printed"]) for entry in entries)
    for heading, title in zip(headings, titles, strict=True):
        is_part = has_parts and _PART.match(heading["text_printed"])
        if is_part and not any(_same_title(title, other) for other in listed):
            failed += 1
            yield Told(
                "fail",
                f"a part of the report that the contents do not list: {_quote(heading)}",
                subject="heading",
                pages=[heading["page"]],
            )
    if not failed:
        yield Told("exact", f"{len(entries)} entries", pages=_pages(entries), terms=len(entries))


def _title(printed: str, department: str | None, check: LabelCheck) -> str:
    """Return a title for comparing: without number, name, year, brackets and the words of `fillers`."""
    name = (department or "").replace("（", "(").replace("）", ")")
    plain = _NUMBER.sub("", printed).replace("“", '"').replace("”", '"')
    if name:
        plain = plain.replace(name, "")
    for pattern in check.fillers:
        plain = re.sub(pattern, "", plain)
    return plain


def _same_title(listed: str, found: str) -> bool:
    """Tell whether two titles are the same, one begins or ends as the other, or abbreviates it."""
    if not listed or not found:
        return listed == found
    short, long = sorted((listed, found), key=len)
    if long.startswith(short) or long.endswith(short):
        return True
    rest = iter(long)
    return len(short) > len(long) / 2 and all(char in rest for char in short)


# Empty forms -----------------------------------------------------------------------------------------------


def _empty_forms(report: Stated, check: LabelCheck) -> Iterator[Told]:
    """Look for what a blank form has as a reason, and for such a note left under a filled one."""
    answered = 0
    for form in report.forms:
        state, note, code = form["state"], form["note_printed"], form["form_code"]
        if state not in ("filled", "empty") or (state == "filled" and not note):
            continue
        answered += 1
        section = check.sections.get(code)
        sentences = [label for label in report.labels if section and label["section"] == section]
        said = next((label for label in sentences if _denies(label, check)), None)
        pages = [form["page_first"], *([said["page"]] if said else [])]
        if state == "filled" and _has_money(report, code):
            words = f"{code} prints amounts, and the note that it has none: “{note[:80]}”"
            yield Told("fail", words, form=code, pages=pages)
        elif state == "empty" and not note and not said:
            yield Told("fail", f"{code} is blank, and nothing says why", form=code, pages=pages)
        else:
            yield Told("exact", None, form=code, pages=pages)
    if not answered:
        yield Told("not_applicable", "no form is blank or has a note that it is")


def _declared(report: Stated, check: LabelCheck) -> Iterator[Told]:
    """Compare what the narrative says to be there with what the form shows."""
    [(code, section)] = check.sections.items()
    form = next((form for form in report.forms if form["form_code"] == code), None)
    sentences = [label for label in report.labels if label["section"] == section]
    claims = [
        claim
        for claim in report.claims
        if claim["section"] == section and claim["metric"] in check.metrics and claim["value_yuan"]
    ]
    if not sentences:
        yield Told("not_applicable", "the narrative has no such section", form=code)
        return
    if form is None or form["state"] not in ("filled", "empty"):
        yield Told("not_evaluable", f"{code} was not found", form=code, pages=_pages(sentences))
        return
    said = next((label for label in sentences if _denies(label, check)), None)
    has_money = _has_money(report, code)
    unsaid = next((label for label in sentences if _half_denies(label, check)), None)
    pages = list(dict.fromkeys([(said or unsaid or sentences[0])["page"], form["page_first"]]))
    if has_money and said and not claims:
        yield Told("fail", f"“{_quote(said)}” is said, and {code} prints amounts", form=code, pages=pages)
    elif not has_money and claims:
        words = f"{code} shows nothing, and the narrative states {claims[0]['value_printed']}"
        yield Told("fail", words, form=code, pages=pages, claims=[claims[0]["claim_no"]])
    elif not has_money and unsaid:
        words = f"{code} shows nothing, and part of “{_quote(unsaid)}” does not say so"
        yield Told("fail", words, form=code, pages=pages)
    elif not has_money and not said and not any(c["section"] == section for c in report.claims):
        words = f"{code} shows nothing, and “{_quote(sentences[0])}” does not say so"
        yield Told("fail", words, form=code, pages=pages)
    else:
        yield Told("exact", None, form=code, pages=pages)


def _denies(label: Record, check: LabelCheck) -> bool:
    return any(re.search(pattern, label["text_printed"]) for pattern in check.denials)


def _half_denies(label: Record, check: LabelCheck) -> bool:
    """Tell whether a sentence denies in one clause and names income or expenditure in another without it."""
    return any(re.search(pattern, label["text_printed"]) for pattern in check.half_denials)


def _has_money(report: Stated, code: str) -> bool:
    return any(row["form_code"] == code and row["amount_yuan"] for row in report.amounts)


# Unit ------------------------------------------------------------------------------------------------------


def _units(report: Stated, check: LabelCheck) -> Iterator[Told]:
    """Compare the magnitude of totals of the forms with that in the narrative.

    Hard only where two or more totals are exactly ten thousand times off and none fits: one that is off
    alone is a slip of its sentence.
    """
    fits: list[tuple[Record, Record]] = []
    off: list[tuple[Record, Record]] = []
    for form, side, item, section, metric in check.totals:
        cell = next(
            (
                row
                for row in report.amounts
                if (row["form_code"], row["side"], row["line_item"]) == (form, side, item)
                and row["measure"] in ("final", "total")
            ),
            None,
        )
        claim = next((c for c in report.claims if (c["section"], c["metric"]) == (section, metric)), None)
        printed, stated = cell and cell["amount_yuan"], claim and claim["value_yuan"]
        if cell is None or claim is None or not printed or not stated or claim["subject"] is not None:
            continue
        factor = max(abs(printed), abs(stated)) / min(abs(printed), abs(stated))
        low, high = TEN_THOUSAND * Decimal("0.999"), TEN_THOUSAND * Decimal("1.001")
        (off if low <= factor <= high else fits).append((cell, claim))
    severity = "H" if len(off) > 1 and not fits else "W"
    for cell, claim in off:
        yield Told(
            "fail",
            f"{cell['amount_yuan']} 元 in {cell['form_code']} and {claim['value_yuan']} 元 in “"
            f"{claim['sentence'][:60]}” are ten thousand times apart: another unit",
            form=cell["form_code"],
            subject=cell["line_item"],
            pages=[cell["page"], claim["page"]],
            cells=[cell["cell_no"]],
            claims=[claim["claim_no"]],
            severity=severity,
            reported=cell["amount_yuan"],
            computed=claim["value_yuan"],
        )
    if fits and not off:
        pages = sorted({row["page"] for pair in fits for row in pair})
        yield Told("exact", f"{len(fits)} totals", pages=pages, terms=2 * len(fits))
    if not fits and not off:
        yield Told("not_applicable", "the narrative states no total of the forms")


# Words -----------------------------------------------------------------------------------------------------


def _pages(rows: Sequence[Record]) -> list[int]:
    return sorted({row["page"] for row in rows})


def _quote(label: Record) -> str:
    return str(label["text_printed"])[:80]


def _alike(labels: Sequence[Record], *names: str) -> dict[tuple[Any, ...], list[Record]]:
    groups: dict[tuple[Any, ...], list[Record]] = {}
    for label in labels:
        groups.setdefault(tuple(label[name] for name in names), []).append(label)
    return groups


_CHECKS: dict[str, Callable[[Stated, LabelCheck], Iterator[Told]]] = {
    "year": _years,
    "department": _names,
    "contents": _contents,
    "empty_form": _empty_forms,
    "declared": _declared,
    "unit": _units,
    "code_names": check_code_names,
    "listed_names": check_listed_names,
}
