"""Words of a page by baseline and gap, numbers told apart.

Belongs here: which characters hang together, with no regard to any rule drawn on the page. Does not: what the
words say of a grid (`second`), or whole lines of text (`lines`).
"""

import re
from itertools import islice
from operator import attrgetter, sub
from typing import NamedTuple

from pdfplumber.utils.text import LIGATURES

from pipeline.read.chars import Run
from pipeline.read.lines import BLANK_WIDE, SAME_LINE

NUMBERS_PART = 0.15
"""Em. Two text objects of digits are two words at a smaller gap than a blank: columns may be tight."""

WORDS_PART = 0.05
"""Em. Two text objects of other characters; these fill their width."""

OVERLAP = 0.5
"""Em. A text object that begins further than this before the end of the one before is a word of its own."""

_PLAIN = str.maketrans(
    dict(zip("０１２３４５６７８９．，％－−﹣–", "0123456789.,%----", strict=True)) | LIGATURES
)
_NUMERIC = re.compile(r"[-.,%\d０-９．，％－−﹣–]+")
_NUMBER = re.compile(r"-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?%?")
_HAS_DIGIT = re.compile(r"\d")
_size = attrgetter("size")


class Word(NamedTuple):
    """Characters without a gap. `numeric`: digits, and nothing else but the marks that numbers have."""

    x0: float
    x1: float
    baseline: float
    size: float
    text: str
    numeric: bool

    @property
    def middle(self) -> float:
        """The horizontal middle, in points."""
        return (self.x0 + self.x1) / 2


_Piece = tuple[float, float, float, float, str]
"""A part of a run without a gap: x0, x1, baseline, size, text."""


def plain(text: str) -> str:
    """Return `text` without blanks, digits and the marks of numbers in their narrow form."""
    whole = "".join(text.split())
    return whole if whole.isascii() else whole.translate(_PLAIN)


def is_number(text: str) -> bool:
    """Tell whether a plain text is one number, separators (if any) at every third digit."""
    return _NUMBER.fullmatch(text) is not None


def is_numeric(text: str) -> bool:
    """Tell whether a plain text has digits and nothing else but the marks that numbers have."""
    return _NUMERIC.fullmatch(text) is not None and _HAS_DIGIT.search(text) is not None


def word_lines(runs: list[Run], low: float, high: float) -> list[list[Word]]:
    """Return the words whose baseline is between `low` and `high`, by line, top to bottom, left to right.

    Lines are told apart by baseline. Text that stands sideways is left out.
    """
    levels: dict[float, list[Run]] = {}
    for run in runs:
        baseline = run.baseline
        if low <= baseline <= high and run.upright:
            if baseline in levels:
                levels[baseline].append(run)
            else:
                levels[baseline] = [run]
    lines: list[list[Run]] = []
    first = size = 0.0
    for baseline in sorted(levels):
        level = levels[baseline]
        its_size = min(map(_size, level))
        if lines and baseline - first < SAME_LINE * min(size, its_size):
            lines[-1] += level
        else:
            lines.append(level)
            first, size = baseline, its_size
    return [words for line in lines if (words := _words(_pieces(line)))]


def _pieces(runs: list[Run]) -> list[_Piece]:
    """Return the parts of runs between their blanks and gaps, left to right."""
    pieces: list[_Piece] = []
    for text, x0, x1, _, _, _, baseline, size in runs:
        if len(text) == 1:
            if not text[0].isspace():
                pieces.append((x0[0], x1[0], baseline, size, text[0]))
            continue
        gap = BLANK_WIDE * size
        whole = "".join(text)
        if whole.split() == [whole] and max(map(sub, islice(x0, 1, None), x1)) <= gap:
            pieces.append((x0[0], x1[-1], baseline, size, whole))
            continue
        start = None
        for index, char in enumerate(text):
            if start is not None and (char.isspace() or x0[index] > x1[index - 1] + gap):
                pieces.append((x0[start], x1[index - 1], baseline, size, "".join(text[start:index])))
                start = None
            if start is None and not char.isspace():
                start = index
        if start is not None:
            pieces.append((x0[start], x1[-1], baseline, size, "".join(text[start:])))
    pieces.sort()
    return pieces


def _words(pieces: list[_Piece]) -> list[Word]:
    """Return the words that pieces on one line make: those that touch and are alike, numeric or not."""
    words: list[Word] = []
    for x0, x1, baseline, size, printed in pieces:
        numeric = _NUMERIC.fullmatch(printed) is not None
        text = plain(printed) if numeric else printed
        if words:
            last = words[-1]
            gap = x0 - last.x1
            widest = NUMBERS_PART if numeric else WORDS_PART
            if (
                numeric is last.numeric
                and -OVERLAP * size <= gap <= widest * size
                and not (numeric and _are_two_numbers(last.text, text))
            ):
                words[-1] = last._replace(x1=max(last.x1, x1), text=last.text + text)
                continue
        words.append(Word(x0, x1, baseline, size, text, numeric))
    return words


def _are_two_numbers(first: str, second: str) -> bool:
    """Tell whether two texts are numbers and together are none."""
    return is_number(first) and is_number(second) and not is_number(first + second)
