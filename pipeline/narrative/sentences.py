"""Paragraphs, sentences and headings, put together again from the lines of a `Document`.

Belongs here: which lines are running text, where a paragraph begins, what its plain text is and where on
which page each part of it stands. Does not: what a heading or a sentence means (`grammar`, `claims`).

Plain text is for patterns: without blanks, widths folded, radicals restored; only the full-width comma stays,
because it parts clauses where the half-width one may part thousands. Printed text is the same without folded
widths. Both have a character for a character, so an offset in one holds in the other.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pipeline.forms import text
from pipeline.narrative.grammar import grammar
from pipeline.read.document import PRINTED, Box, Document, Grid, Line, Page

_NUMERAL = "[一二三四五六七八九十]{1,3}"
_LEVELS = (
    re.compile(rf"第(?:{_NUMERAL}|\d{{1,2}})(?:部分|章|篇)[:、]?"),
    re.compile(rf"{_NUMERAL}[、.,，]"),
    re.compile(rf"\({_NUMERAL}\)[、.]?"),
    re.compile(r"\d{1,2}(?:、|\.(?!\d)|\.(?=20\d\d年|[23]\d{4}(?:\d\d)?[\u4e00-\u9fff]))"),
    re.compile(r"\(\d{1,2}\)[、.]?|[①-⑳]"),
)
"""Numbering of headings and paragraphs, from parts (第三部分) down."""

_PAGE_NUMBER = re.compile(r"[-—–_·~第共页/\d]{1,12}")
_HEADING_MARKS = re.compile("[，,;:!?]")
_ENDS = re.compile("[。!?]")
_LEADERS = re.compile(r"[.·…⋯_]{2,}\d{0,3}$|(?<=[\u4e00-\u9fff)])\d{1,3}$")
HEADING_LENGTH = 60
FULL_LINE = 3.0
"""A line is full when it ends less than this many characters before the right edge of the text."""

INDENT = 1.2
"""A line that begins this many characters to the right of the text's left edge begins a paragraph."""

EDGE_WIDTH = 4.0
"""Lines whose ends differ by less, in points, share an edge."""

EDGE_SHARE = 0.15
"""The part of a page's lines that must share an edge for it to be the edge of the text."""

HEAD_REPEATS = 3
"""A line at the same height at the edge of that many pages is a running head or foot."""


class _Folded(dict[int, str]):
    """A translation table that is made as characters are met: blanks vanish, the rest follows `one`."""

    def __init__(self, folds_widths: bool) -> None:
        super().__init__()
        self.folds_widths = folds_widths

    def __missing__(self, code: int) -> str:
        char = chr(code)
        plain = text.squeeze(char)
        if not plain:
            folded = ""
        elif not self.folds_widths or char == "，" or unicodedata.category(char) == "No" or len(plain) != 1:
            folded = text.restore(char)
        else:
            folded = plain
        self[code] = folded
        return folded


_PLAIN, _AS_PRINTED = _Folded(folds_widths=True), _Folded(folds_widths=False)


@dataclass(frozen=True)
class Piece:
    """The part of a paragraph on one line, from offset `start` on. No box: a file without places."""

    start: int
    page: int
    box: Box | None


@dataclass(frozen=True)
class Paragraph:
    """A paragraph, over as many lines and pages as it takes. `plain` and `printed` are equally long."""

    plain: str
    printed: str
    pieces: tuple[Piece, ...]

    def page(self, offset: int) -> int:
        """Return the page on which the character at `offset` stands."""
        return next(piece.page for piece in reversed(self.pieces) if piece.start <= offset)

    def box(self, start: int, end: int, page: int) -> Box | None:
        """Return the box of the lines of `page` that hold a part of the text from `start` to `end`."""
        ends = [piece.start for piece in self.pieces[1:]] + [len(self.plain)]
        boxes = [
            piece.box
            for piece, until in zip(self.pieces, ends, strict=True)
            if piece.page == page and piece.box is not None and piece.start < end and until > start
        ]
        if not boxes:
            return None
        return Box(
            min(box.x0 for box in boxes),
            min(box.top for box in boxes),
            max(box.x1 for box in boxes),
            max(box.bottom for box in boxes),
        )

    def sentences(self, start: int = 0) -> list[tuple[int, int]]:
        """Return the sentences from `start` on, each as the offsets of its begin and its end."""
        ends = [found.end() for found in _ENDS.finditer(self.plain, start)]
        if not ends or ends[-1] < len(self.plain):
            ends.append(len(self.plain))
        return [(first, last) for first, last in zip([start, *ends], ends, strict=False) if last > first]


@dataclass(frozen=True)
class Heading:
    """A heading: its level (0 is 第三部分, None without numbering), its plain title and where it ends.

    `has_colon`: it ends with a colon and text follows, as a term does in a glossary.
    """

    level: int | None
    title: str
    end: int
    has_colon: bool = False


def numbering(plain: str) -> tuple[int, int] | None:
    """Return the level of the numbering that `plain` begins with and its length, None without one."""
    for level, pattern in enumerate(_LEVELS):
        if found := pattern.match(plain):
            return level, found.end()
    return None


def heading(paragraph: Paragraph) -> Heading | None:
    """Return the heading that a paragraph is or begins with (（一）总体情况。2023年度…), None otherwise."""
    plain = paragraph.plain
    full_stop = plain.find("。")
    end = full_stop + 1 if full_stop >= 0 else len(plain)
    title = _LEADERS.sub("", plain[:end].rstrip("。:"))
    numbered = numbering(title)
    level, length = numbered if numbered else (None, 0)
    mark = _HEADING_MARKS.search(title, length)
    if numbered and mark and mark.group() == ":" and length < mark.start() <= HEADING_LENGTH:
        return Heading(level, title[length : mark.start()], mark.end(), has_colon=True)
    if not title[length:] or len(title) > HEADING_LENGTH or mark:
        return None
    return Heading(level, title[length:], end)


def blocks(document: Document) -> Iterator[Paragraph | Grid]:
    """Yield the running text as paragraphs, and the tables, in reading order."""
    heads = _running_heads(document.pages)
    builder = _Builder()
    for page in document.pages:
        builder.open_page(page)
        # a grid of one row or one column is a frame or a coloured background
        tables = [grid for grid in page.grids if grid.rows > 1 and grid.columns > 1]
        shown: set[int] = set()
        for number, line in enumerate(page.lines):
            grid = _grid_around(tables, line)
            if grid is not None:
                if grid.table_no not in shown:
                    shown.add(grid.table_no)
                    yield from builder.close()
                    yield grid
            elif (page.number, number) not in heads:
                yield from builder.add(line)
    yield from builder.close()


def _grid_around(grids: Sequence[Grid], line: Line) -> Grid | None:
    middle, height = (line.box.x0 + line.box.x1) / 2, (line.box.top + line.box.bottom) / 2
    for grid in grids:
        box = grid.box
        if box.x0 <= middle <= box.x1 and box.top <= height <= box.bottom:
            return grid
    return None


def _running_heads(pages: Iterable[Page]) -> set[tuple[int, int]]:
    """Return page and line number of all page numbers, running heads and feet."""
    found: set[tuple[int, int]] = set()
    places: dict[tuple[str, int], list[tuple[int, int]]] = {}
    for page in pages:
        if page.reading not in PRINTED:
            continue
        count = len(page.lines)
        for number in {0, 1, count - 2, count - 1} & set(range(count)):
            line = page.lines[number]
            plain = line.text.translate(_PLAIN)
            if number in (0, count - 1) and _PAGE_NUMBER.fullmatch(plain):
                found.add((page.number, number))
            elif not _ENDS.search(plain):
                key = (re.sub(r"\d", "", plain), round(line.box.top / 4))
                places.setdefault(key, []).append((page.number, number))
    for repeated in places.values():
        if len(repeated) >= HEAD_REPEATS:
            found.update(repeated)
    return found


class _Builder:
    """Joins lines to paragraphs."""

    def __init__(self) -> None:
        self.plain: list[str] = []
        self.printed: list[str] = []
        self.pieces: list[Piece] = []
        self.length = 0
        self.is_full = False
        self.page: Page | None = None
        self.left = self.right = 0.0

    def open_page(self, page: Page) -> None:
        """Take what follows as lines of `page`."""
        self.page = page
        self.left = _edge([line.box.x0 for line in page.lines], 1)
        self.right = _edge([line.box.x1 for line in page.lines], -1)

    def add(self, line: Line) -> Iterator[Paragraph]:
        """Take `line`; yields the paragraph before when `line` begins another one."""
        assert self.page is not None
        plain = line.text.translate(_PLAIN)
        if not plain:
            return
        em = line.box.bottom - line.box.top
        has_places = self.page.reading in PRINTED
        is_indented = has_places and line.box.x0 > self.left + INDENT * em
        if self.pieces and self._begins(plain, is_indented, has_places):
            yield from self.close()
        self.pieces.append(Piece(self.length, self.page.number, line.box if has_places else None))
        self.plain.append(plain)
        self.printed.append(line.text.translate(_AS_PRINTED))
        self.length += len(plain)
        self.is_full = line.box.x1 > self.right - FULL_LINE * em

    def _begins(self, plain: str, is_indented: bool, has_places: bool) -> bool:
        """Tell whether a line begins a paragraph, `plain` being its text."""
        before = self.plain[-1]
        numbered = numbering(plain)
        if numbered and numbered[0] == 0:
            return True
        if not has_places:
            return bool(numbered) or (before[-1] not in "，,、(" and not before[-1].isdigit())
        if numbered and (is_indented or not self.is_full or before[-1] in "。;:"):
            return True
        # a sentence never breaks off so early; a heading, which does, has a line of its own
        is_over = not self.is_full and before[-1] in "。:"
        return is_indented or is_over or self._is_whole_heading()

    def _is_whole_heading(self) -> bool:
        """Tell whether the lines so far are a heading that goes on no further."""
        plain = "".join(self.plain)
        if numbering(plain) is None or _HEADING_MARKS.search(plain) or "。" in plain:
            return False
        return not self.is_full or grammar().heading_ends.search(plain) is not None

    def close(self) -> Iterator[Paragraph]:
        """Yield the paragraph begun, if any."""
        if self.pieces:
            yield Paragraph("".join(self.plain), "".join(self.printed), tuple(self.pieces))
        self.plain, self.printed, self.pieces, self.length = [], [], [], 0


def _edge(ends: Sequence[float], direction: int) -> float:
    """Return where the text begins (`direction` 1: the smallest) or ends (-1: the largest) on most lines.

    A place counts when enough lines share it; a caption or a stamp further out does not.
    """
    counts = Counter(round(end / EDGE_WIDTH) for end in ends)
    enough = max(2.0, EDGE_SHARE * len(ends))
    for place in sorted(counts, reverse=direction < 0):
        if counts[place] + counts[place + direction] >= enough:
            return place * EDGE_WIDTH
    return min(ends, default=0.0) if direction > 0 else max(ends, default=0.0)
