"""What the whole file is: kind, department, fiscal year, and the forms that its contents list names.

Belongs here: statements about the report as a whole, read from cover, contents, headings and captions. Does
not: amounts, or whether the statements agree with each other (`audit`).
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from pipeline.forms import text
from pipeline.forms.catalogue import catalogue
from pipeline.forms.find import FoundForm
from pipeline.read.document import PRINTED, Document

FRONT_PAGES = 4  # cover, contents, sometimes a blank page and a second contents page
# digits behind others are part of an amount;
# a year with a month is a date; of two years before the word the nearer counts: 2023年预算及2022年决算
_YEAR = r"(?<![\d.,])20[0-3]\d(?!年\d{1,2}月)"
_YEAR_OF = {
    word: re.compile(rf"({_YEAR})年?度?(?!\d)(?:(?!{_YEAR}年)[^。;；]){{0,40}}?{word}")
    for word in ("决算", "预算")
}
# the year behind the word is the fiscal year only as 年度: 部门决算 2024年9月 is when it was published
_YEAR_BEHIND = re.compile(r"决算[^。;；]{0,10}?(20[0-3]\d)年度")
_CAPTION = re.compile(
    r"(?:编制|填报|公开)?(?:部门|单位)(?:\((?:单位|部门|公章|盖章)\))?(?:编码及)?(?:名称)?:(?:\[?\d{3,}\]?)?(.{3,60}?)"
    r"(?=(?:金额)?单位:|(?:编制|填报)?日期|公开\d|20\d\d年|第\d+页|$)"
)
_PART_ONE = re.compile(r"^第一部分(.{3,60}?)(?:部门|单位)?(?:基本)?(?:概况|情况|简介)")
_COVER = re.compile(
    r"^(?:附件\d*:?)?\(?(?:20\d\d年?度?)?\)?(.{3,60}?)(?:关于)?\(?(?:20\d\d年?度?)?(?:部门|单位)?(?:决算|预算)"
)
_BUDGET = re.compile(r"(?:20\d\d年?度?)?[^。,，]{0,30}(?:(?:部门|单位|综合)预算|预算\d+表)")
_NO_NAME = re.compile(r"^(?:(?:金额)?单位:)?(?:人民币)?[亿万千百]?元|单位:|20\d\d年")


def page_lines(document: Document, pages: Iterable[int]) -> list[str]:
    """Return the squeezed lines of the pages numbered `pages`, years in western digits."""
    wanted = set(pages)
    return [
        text.western_years(text.squeeze(line.text))
        for page in document.pages
        if page.number in wanted
        for line in page.lines
    ]


def fiscal_year(document: Document) -> int | None:
    """Return the year the accounts (else the budget) are of: as the cover says, else as most lines say.

    Where no line says it, the title that the file itself gives counts.
    """
    cover = "".join(page_lines(document, [1]))
    front = "".join(page_lines(document, range(1, FRONT_PAGES + 1)))
    for pattern in (_YEAR_OF["决算"], _YEAR_BEHIND, _YEAR_OF["预算"]):
        for joined in (cover, front):
            found = pattern.search(joined)
            if found:
                return int(found.group(1))
        lines = page_lines(document, range(1, len(document.pages) + 1))
        votes = Counter(int(year) for line in lines for year in pattern.findall(line))
        if votes:
            return votes.most_common(1)[0][0]
        # a workbook of the forms alone may state the year in its title property only
        found = pattern.search(text.western_years(text.squeeze(document.title)))
        if found:
            return int(found.group(1))
    return None


def department_name(document: Document, found: Sequence[FoundForm]) -> str | None:
    """Return the department as most form captions name it, else the heading of part one, else the cover."""
    captions = _names(_CAPTION, page_lines(document, {page for form in found for page in form.pages}))
    if captions:
        return captions.most_common(1)[0][0]
    headings = _names(_PART_ONE, page_lines(document, range(1, len(document.pages) + 1)))
    if headings:
        return headings.most_common(1)[0][0]
    cover = _names(_COVER, ["".join(page_lines(document, [1]))])
    return next(iter(cover), None)


def _names(pattern: re.Pattern[str], lines: Iterable[str]) -> Counter[str]:
    names = (found.group(1).strip(":：.·-") for line in lines if (found := pattern.search(line)))
    return Counter(name for name in names if text.has_words(name) and not _NO_NAME.search(name))


def listed_forms(document: Document, found: Sequence[FoundForm]) -> dict[str, str]:
    """Return the forms that the contents list names, by code, with the title as listed."""
    book = catalogue()
    first = min((form.pages[0] for form in found), default=len(document.pages) + 1)
    listed: dict[str, str] = {}
    in_contents = False
    for page in document.pages:
        is_printed = page.reading in PRINTED
        if page.number > first or (is_printed and (page.number == first or page.grids)):
            break
        # of a file without pages, contents and forms may stand on one
        end = min((grid.box.top for grid in page.grids), default=page.height)
        for line in (line for line in page.lines if is_printed or line.box.top < end):
            plain = re.sub(r"[.·…]*\d{0,3}$", "", text.squeeze(line.text))
            in_contents = in_contents or book.says("contents_heading", plain)
            form = book.form_titled(plain)
            if in_contents and form and not book.says("sentence", plain):
                listed.setdefault(form.code, plain)
    return listed


def report_kind(
    document: Document, found: Sequence[FoundForm], listed: Mapping[str, str], has_amounts: bool
) -> tuple[str, str]:
    """Return the kind of the report and the words that decided it.

    A final account is known by its forms: three whose titles say 决算, printed or listed in the contents.
    """
    titles = [form.title for form in found if "决算" in form.title]
    listed_titles = [title for title in listed.values() if "决算" in title]
    enough = 3
    if len(titles) >= enough:
        if not has_amounts:
            return "blank_template", f"{len(titles)} forms without any amount"
        return "final_account", "; ".join(titles[:enough])
    if len(listed_titles) >= enough:
        return "final_account", "contents list: " + "; ".join(listed_titles[:enough])
    front = page_lines(document, range(1, FRONT_PAGES + 1))
    budget = _BUDGET.search("".join(front))
    if budget:
        return "budget", budget.group()
    return "not_a_report", (front[0][:60] if front else "no text on the first pages")
