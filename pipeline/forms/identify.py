"""What the whole file is: its kind, fiscal year, and the forms that its contents list names.

Belongs here: statements about the report as a whole, and putting together whose accounts it shows and where.
Does not: weighing names (`department`), divisions (`places`), amounts, or whether the statements agree with
each other (`audit`).
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from pipeline.forms import department, text
from pipeline.forms.catalogue import catalogue
from pipeline.forms.find import FoundForm
from pipeline.forms.identity_words import quote, says
from pipeline.forms.outline import Outline, outline
from pipeline.forms.places import Place, place_of
from pipeline.read.document import Document

ENOUGH = 3
"""So many forms make a final account or a budget; one or two stand in papers of any kind."""

CORE_FORMS = frozenset({"F01", "F02", "F03", "F04"})
"""A final account has one of these; 三公 and fund tables alone stand in papers of a whole government, too."""

OWN_FORMS = frozenset({"F02", "F03"})
"""What no government as a whole prints: 财政拨款收入 and 事业收入, 基本支出 and 经营支出 as columns."""

# digits behind others are part of an amount;
# a year with a month is a date; of two years before the word the nearer counts: 2023年预算及2022年决算
_YEAR = r"(?<![\d.,])20[0-3]\d(?!年(?:\d{1,2}|[一二三四五六七八九十]{1,2})月)"
_YEAR_OF = {
    word: re.compile(rf"({_YEAR})年?度?(?!\d)(?:(?!{_YEAR}年)[^。;；]){{0,60}}?{word}")
    for word in ("决算", "预算")
}
# the year behind the word is the fiscal year only as 年度: 部门决算 2024年9月 is when it was published
_YEAR_BEHIND = re.compile(r"决算[^。;；]{0,20}?(20[0-3]\d)年度")
_CAPTION_YEAR = re.compile(r"(?:^|[^\d至比较与])(20[0-3]\d)年度(?:$|(?:金额)?单位|公开)")
_YEAR_STATED = re.compile(rf"(?<!与)(?<!比)(?<!较)(?<!至)({_YEAR})年度")
_STATED_AMOUNT = re.compile(r"\d+\.\d+(?:亿|万|千)?元")


@dataclass(frozen=True)
class Identity:
    """What a file is. `reason` quotes what decided `kind`, `department_reason` what decided the name.

    `outline` is the text by where it stands, from which all of this was told.
    """

    kind: str
    reason: str
    department: str | None
    department_reason: str | None
    fiscal_year: int | None
    scope: str | None
    place: Place | None
    listed: Mapping[str, str]
    outline: Outline


def identify(document: Document, found: Sequence[FoundForm], has_amounts: bool) -> Identity:
    """Return what `document` is; `found` are its forms, `has_amounts` tells whether any prints an amount."""
    parts = outline(document, found)
    listed = listed_forms(parts)
    kind, reason = report_kind(parts, found, listed, has_amounts)
    if kind == "not_a_report":
        return Identity(kind, reason, None, None, None, None, None, listed, parts)
    named = department.department(parts)
    return Identity(
        kind=kind,
        reason=reason,
        department=named.name,
        department_reason=named.reason or None,
        fiscal_year=fiscal_year(parts, document.title),
        scope=department.scope(parts),
        place=place_of(text.squeeze(named.name) if named.name else None, parts.cover, parts.lines),
        listed=listed,
        outline=parts,
    )


def stated_year(plain: str) -> int | None:
    """Return the year of accounts that a title, heading or caption names; dates and comparisons name none."""
    found = _YEAR_OF["决算"].search(plain) or _CAPTION_YEAR.search(plain) or _YEAR_STATED.search(plain)
    return int(found.group(1)) if found else None


def fiscal_year(parts: Outline, title: str = "") -> int | None:
    """Return the year the accounts (else the budget) are of: as the cover says, else as most lines say.

    The year of publication is never taken. A file of nothing but forms says its year in the captions, or in
    `title`, the one that the file itself gives.
    """
    for pattern in (_YEAR_OF["决算"], _YEAR_BEHIND, _YEAR_OF["预算"]):
        for joined in (parts.title, "".join(parts.front)):
            if found := pattern.search(joined):
                return int(found.group(1))
        votes = Counter(int(year) for line in parts.lines for year in pattern.findall(line))
        if votes:
            return votes.most_common(1)[0][0]
        if found := pattern.search(text.western_years(text.squeeze(title))):
            return int(found.group(1))
    captions = Counter(int(year) for line in parts.captions for year in _CAPTION_YEAR.findall(line))
    return captions.most_common(1)[0][0] if captions else None


def listed_forms(parts: Outline) -> dict[str, str]:
    """Return the forms that the contents list names, by code, with the title as listed."""
    book = catalogue()
    listed: dict[str, str] = {}
    for plain in parts.contents:
        form = book.form_titled(plain)
        if form and not book.says("sentence", plain):
            listed.setdefault(form.code, plain)
    return listed


def report_kind(
    parts: Outline, found: Sequence[FoundForm], listed: Mapping[str, str], has_amounts: bool
) -> tuple[str, str]:
    """Return the kind of the report, of facts.REPORT_KINDS, and the words that decided it.

    A final account is known by its forms: three whose titles say 决算, printed or listed in the contents. A
    title that speaks of 部门决算 is not enough, since notices and audits have such titles, too.
    """
    government = says("government", parts.title)
    printed = {form.form.code: form.title for form in found if "决算" in form.title}
    own = printed.keys() >= OWN_FORMS or (CORE_FORMS & printed.keys() and not government)
    if len(printed) >= ENOUGH and own:
        if has_amounts:
            return "final_account", _some(printed.values())
        without = f"{len(printed)} forms without any amount"
        if len(stated := _stated_amounts(parts)) >= ENOUGH:
            return "final_account", f"{without}, but the text states amounts: {_some(stated)}"
        return "blank_template", f"{without}: {_some(printed.values())}"
    if government:
        return "not_a_report", f"accounts of a government: {parts.title[:60]}"
    papers = [line for line in parts.cover if says("other_paper", line)]
    if over_lines := quote("other_paper", parts.title):
        papers.append(over_lines)
    if papers:
        return "not_a_report", f"title: {max(papers, key=len)[:60]}"
    named = {code: title for code, title in listed.items() if "决算" in title}
    if len(named) >= ENOUGH and CORE_FORMS & named.keys():
        return "final_account", f"contents list: {_some(named.values())}"
    if says("account_title", parts.title):
        sections = dict.fromkeys(said for line in parts.lines if (said := quote("account_section", line)))
        if len(sections) >= ENOUGH or CORE_FORMS & printed.keys():
            evidence = _some([*printed.values(), *sections])
            return "final_account", f"title: {parts.title[:60]}; forms and sections: {evidence}"
    return _budget(parts) or ("not_a_report", _first_words(parts))


def _budget(parts: Outline) -> tuple[str, str] | None:
    if says("budget_title", parts.title):
        return "budget", f"title: {parts.title[:60]}"
    forms = [line for line in dict.fromkeys(parts.lines) if says("budget_form", line)]
    if len(forms) >= ENOUGH:
        return "budget", f"forms: {_some(forms)}"
    return None


def _stated_amounts(parts: Outline) -> list[str]:
    """Return the amounts with a unit that the text states, which a blank template has not."""
    return [amount for line in parts.lines for amount in _STATED_AMOUNT.findall(line)]


def _first_words(parts: Outline) -> str:
    words = parts.title or next((line for line in parts.lines if text.has_words(line)), "")
    return f"title: {words[:60]}" if words else "no text"


def _some(texts: Iterable[str]) -> str:
    return "; ".join(islice(texts, ENOUGH))
