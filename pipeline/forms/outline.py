"""The text of a report by where it stands: cover, front matter, around the forms, everywhere.

Belongs here: parting the lines. Does not: what follows from them (`identify`, `department`, `places`).

What comes first is told by the first form, not by page numbers: a word processing file or a web page may be
one long page, and a spreadsheet may hold nothing but forms.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pipeline.forms import text
from pipeline.forms.catalogue import catalogue
from pipeline.forms.find import FoundForm
from pipeline.forms.identity_words import says
from pipeline.read.document import Box, Document, Page

FRONT_LINES = 200
"""More front matter than any report has: cover, contents, sometimes a foreword."""

COVER_LINES = 12
"""A cover holds a title over a few lines, a date, the names of who signed it."""

_PART = re.compile(r"第[一二三四五六七八九十]+部分|[一二三四五六七八九十]+、")


class Printed(NamedTuple):
    """A line before the first form: its number among all lines of the file, its place, its plain text."""

    number: int
    page: int
    box: Box
    plain: str


@dataclass(frozen=True)
class Outline:
    """Squeezed lines, years in western digits. `cover` and `front` come before the first form.

    `cover` ends at the contents, a heading, a paragraph, a table, or with the page of the title; noise is
    left out. `contents` are the lines of the contents list. `captions` are the lines of the pages that hold
    the forms, or any table where no form was found. `cells` are pairs of a cell before the first form and the
    one to its right.
    """

    cover_lines: tuple[Printed, ...]
    front: tuple[str, ...]
    contents_lines: tuple[Printed, ...]
    captions: tuple[str, ...]
    lines: tuple[str, ...]
    cells: tuple[tuple[str, str], ...]

    @property
    def cover(self) -> tuple[str, ...]:
        """The lines of the cover."""
        return tuple(line.plain for line in self.cover_lines)

    @property
    def contents(self) -> tuple[str, ...]:
        """The lines of the contents list, without page numbers."""
        return tuple(line.plain for line in self.contents_lines)

    @property
    def title(self) -> str:
        """The lines of the cover in one, as a title that breaks over lines reads."""
        return "".join(self.cover)


def outline(document: Document, found: Sequence[FoundForm]) -> Outline:
    """Return the text of `document` by where it stands; `found` are its forms."""
    by_page = {page.number: _plain(line.text for line in page.lines) for page in document.pages}
    first = _first_form(found)
    before = list(_before(document.pages, first))
    front = [line.plain for line in before[:FRONT_LINES]]
    tables = {page for form in found for page in form.pages}
    if not tables:
        tables = {page.number for page in document.pages if page.grids}
    return Outline(
        cover_lines=tuple(_cover(before)),
        front=tuple(front),
        contents_lines=tuple(_contents(before)),
        captions=tuple(line for page in sorted(tables) for line in by_page[page]),
        lines=tuple(line for lines in by_page.values() for line in lines),
        cells=tuple(_cells(document.pages, first)),
    )


def _plain(lines: Iterable[str]) -> list[str]:
    return [text.western_years(text.squeeze(line)) for line in lines]


def _first_form(found: Sequence[FoundForm]) -> tuple[int, float]:
    """Return page and top of the first form's first table; a page without end where there is none."""
    places = [(grid.page, grid.box.top) for form in found for grid in form.tables]
    places += [(form.pages[0], 0.0) for form in found if not form.tables and form.pages]
    return min(places, default=(10**9, 0.0))


def _before(pages: Sequence[Page], first: tuple[int, float]) -> Iterator[Printed]:
    """Yield the lines above `first`, years in western digits."""
    number = 0
    for page in pages:
        for line in page.lines:
            if (page.number, (line.box.top + line.box.bottom) / 2) >= first:
                return
            yield Printed(number, page.number, line.box, text.western_years(text.squeeze(line.text)))
            number += 1


def _cover(before: Sequence[Printed]) -> Iterator[Printed]:
    page_of_cover, kept = None, 0
    has_title = False
    for line in before:
        if not line.plain or says("cover_noise", line.plain):
            continue
        # a cover without a title goes on: 2023年度 alone on a page, name and 部门决算 on the next
        is_over = (has_title and line.page != page_of_cover) or kept == COVER_LINES
        if is_over or says("cover_end", line.plain):
            return
        yield line
        page_of_cover, kept = line.page, kept + 1
        has_title = has_title or says("title_word", line.plain)


def _contents(before: Sequence[Printed]) -> Iterator[Printed]:
    """Yield the lines from the contents heading on, up to where the body begins: a heading comes again."""
    book = catalogue()
    headings: set[str] = set()
    in_contents = False
    for line in before:
        plain = re.sub(r"[.·…]*\d{0,3}$", "", line.plain)
        if not in_contents:
            in_contents = book.says("contents_heading", plain)
        elif "。" in plain or plain in headings or _begins(plain, headings):
            return
        else:
            if _PART.match(plain):
                headings.add(plain)
            yield line._replace(plain=plain)


def _begins(plain: str, headings: set[str]) -> bool:
    """Tell whether a line is the number alone (第一部分) of a part that is listed with its title."""
    return _PART.fullmatch(plain) is not None and any(heading.startswith(plain) for heading in headings)


def _cells(pages: Sequence[Page], first: tuple[int, float]) -> Iterator[tuple[str, str]]:
    for page in pages:
        for grid in page.grids:
            if (grid.page, grid.box.top) >= first:
                return
            cells = {(cell.row, cell.column): cell for cell in grid.cells}
            for (row, column), cell in cells.items():
                right = cells.get((row, column + cell.column_span))
                if right:
                    yield text.squeeze(cell.text), text.squeeze(right.text)
