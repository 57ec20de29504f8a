"""The lines by which a report names itself and its parts: cover, contents list, headings, captions of forms.

Belongs here: which lines these are, joining those that break over two lines. Does not: which year or name a
line states (`identify`, `department`), sentences (`narrative`), or whether the lines agree (`audit`).
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest

from msgspec.structs import replace

from pipeline.facts import Label
from pipeline.forms import text
from pipeline.forms.department import named_in, named_on_cover
from pipeline.forms.find import FoundForm
from pipeline.forms.identify import stated_year
from pipeline.forms.identity_words import says
from pipeline.forms.outline import Outline, Printed
from pipeline.read.document import PRINTED, Box, Document, Grid, Line, Page, as_shown

_NUMERAL = "[一二三四五六七八九十]{1,3}"
_PART = re.compile(rf"第{_NUMERAL}部分[:、]?")
_NUMBERED = re.compile(rf"{_PART.pattern}|{_NUMERAL}、|\({_NUMERAL}\)")
_PAGE_NUMBER = re.compile(r"[-—–_·~第共页/\d]*")
_SENTENCE = re.compile("[。;,，:]")
LONGEST = 60
"""Characters of a heading."""

REST_OF_TITLE = 12
"""Characters of what a title may leave for the next line: 情况说明."""

FULL_LINE = 2.0
"""A line is full when it ends less than this many characters before the longest of the page."""


def find_labels(
    key: str, document: Document, found: Sequence[FoundForm], outline: Outline
) -> tuple[Label, ...]:
    """Return the labels of a report, numbered from 1; `found` are its forms, `outline` its front matter."""
    pages = {page.number: page for page in document.pages}
    labels = [
        *_cover(key, outline, pages),
        *_contents(key, outline.contents_lines, pages),
        *_headings(key, document, outline),
        *_captions(key, found, pages),
    ]
    return number_labels(labels)


def number_labels(labels: Iterable[Label]) -> tuple[Label, ...]:
    """Return labels numbered from 1."""
    return tuple(replace(label, label_no=number) for number, label in enumerate(labels, start=1))


def _label(
    key: str,
    place: str,
    plain: str,
    page: Page,
    box: Box | None,
    form: str | None = None,
    **known: str | None,
) -> Label:
    shown = as_shown(box, page) if box and page.reading in PRINTED else None
    return Label(
        report_key=key,
        label_no=0,
        place=place,
        form_code=form,
        section=None,
        text_printed=plain,
        fiscal_year=stated_year(plain),
        department_name=known["name"] if "name" in known else named_in(plain, place),
        page=page.number,
        x0=shown.x0 if shown else None,
        top=shown.top if shown else None,
        x1=shown.x1 if shown else None,
        bottom=shown.bottom if shown else None,
        locator=": ".join(filter(None, (page.part, f"page {page.number}, {place}"))),
    )


def _cover(key: str, outline: Outline, pages: dict[int, Page]) -> Iterator[Label]:
    if lines := outline.cover_lines:
        own = [line for line in lines if line.page == lines[0].page]
        box = _around(line.box for line in own)
        yield _label(key, "cover", outline.title, pages[own[0].page], box, name=named_on_cover(outline))


def _around(boxes: Iterable[Box]) -> Box:
    each = list(boxes)
    return Box(
        min(box.x0 for box in each),
        min(box.top for box in each),
        max(box.x1 for box in each),
        max(box.bottom for box in each),
    )


def _contents(key: str, lines: Sequence[Printed], pages: dict[int, Page]) -> Iterator[Label]:
    """Yield the entries of the contents list; a line without numbering goes on from the one before."""
    entries: list[list[Printed]] = []
    is_numbered = any(_NUMBERED.match(line.plain) for line in lines)
    for line in lines:
        if _PAGE_NUMBER.fullmatch(line.plain):
            continue
        if entries and is_numbered and not _NUMBERED.match(line.plain):
            entries[-1].append(line)
        else:
            entries.append([line])
    for entry in entries:
        plain = "".join(line.plain for line in entry)
        box = _around(line.box for line in entry if line.page == entry[0].page)
        yield _label(key, "contents", plain, pages[entry[0].page], box)


def _headings(key: str, document: Document, outline: Outline) -> Iterator[Label]:
    """Yield numbered headings and those that name the department, behind cover and contents list."""
    front = [*outline.cover_lines, *outline.contents_lines]
    last = max((line.number for line in front), default=-1)
    number = -1
    for page in document.pages:
        skipped = False
        right = max((line.box.x1 for line in page.lines), default=0.0)
        for line, below in zip_longest(page.lines, page.lines[1:]):
            number += 1
            if number <= last or skipped:
                skipped = False
                continue
            plain = text.western_years(text.squeeze(line.text))
            is_numbered = _NUMBERED.match(plain) is not None
            if not is_numbered and not (len(plain) <= LONGEST and says("heading_word", plain)):
                continue
            if _in_grid(page.grids, line):
                continue
            is_full = line.box.x1 > right - FULL_LINE * (line.box.bottom - line.box.top)
            part = _PART.match(plain)
            if part or (is_numbered and is_full):
                limit = LONGEST if part and part.end() == len(plain) else REST_OF_TITLE
                rest = _rest_of_title(below, limit)
                if not part and not rest and not says("heading_end", plain):
                    continue  # a numbered paragraph
                plain, skipped = plain + rest, rest != ""
            if len(plain) <= LONGEST and not _SENTENCE.search(plain):
                label = _label(key, "heading", plain, page, line.box)
                if is_numbered or label.department_name:
                    yield label


def _rest_of_title(below: Line | None, limit: int) -> str:
    """Return what the line below adds to a title, nothing where it begins something else."""
    rest = text.western_years(text.squeeze(below.text)) if below else ""
    is_other = _NUMBERED.match(rest) or _SENTENCE.search(rest) or _PAGE_NUMBER.fullmatch(rest)
    return "" if is_other or len(rest) > limit else rest


def _in_grid(grids: Iterable[Grid], line: Line) -> bool:
    middle, height = (line.box.x0 + line.box.x1) / 2, (line.box.top + line.box.bottom) / 2
    return any(
        grid.box.x0 <= middle <= grid.box.x1 and grid.box.top <= height <= grid.box.bottom
        for grid in grids
        if grid.rows > 1 and grid.columns > 1
    )


def _captions(key: str, found: Sequence[FoundForm], pages: dict[int, Page]) -> Iterator[Label]:
    """Yield the lines with a year or a name on pages that hold one form; of two, none can be told."""
    holders = Counter(number for form in found for number in set(form.pages))
    for form in found:
        for number in dict.fromkeys(form.pages):
            if holders[number] > 1:
                continue
            for line in pages[number].lines:
                plain = text.western_years(text.squeeze(line.text))
                if says("caption_line", plain):
                    label = _label(key, "caption", plain, pages[number], line.box, form.form.code)
                    if label.fiscal_year or label.department_name:
                        yield label
