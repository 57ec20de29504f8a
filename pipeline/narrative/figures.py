"""Numbers in plain text: which are figures, in which unit, and what they are worth.

Belongs here: telling a figure from a year, a numbering, a code or a threshold, and reading it exactly. Does
not: what a figure is about (`claims`). The words are data: `dictionary/figures.yaml`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from pipeline.facts import UNIT_YUAN
from pipeline.narrative.grammar import grammar

_NUMBER = re.compile(
    r"(?<![\d.])(?:(?<![0-9A-Za-z)])[-−])?(?:\d{1,3}(?:,\d{3})+|\d{1,3}(?:，\d{3})+(?=\.\d)|\d+)(?:\.\d+)?"
)
VALUE_DECIMALS, YUAN_DECIMALS = Decimal("0.000001"), Decimal("0.01")
TOO_LARGE = Decimal(10) ** 18


@dataclass(frozen=True)
class Figure:
    """A figure in a text: its place, its number without separators, its unit and the unit's class.

    `end` is behind the unit. `unit` is plain, `unit_start` where it begins in the text; units and classes are
    those of `dictionary/figures.yaml`; a figure without unit is of the class `bare`.
    """

    start: int
    end: int
    printed: str
    unit: str
    unit_start: int
    unit_class: str


def figures(plain: str, start: int = 0, end: int | None = None) -> Iterator[Figure]:
    """Yield the figures of a plain text from `start` to `end`."""
    book = grammar()
    end = len(plain) if end is None else end
    rest = plain
    for pattern in book.no_figures:
        for found in pattern.finditer(plain, start, end):
            rest = rest[: found.start()] + "_" * (found.end() - found.start()) + rest[found.end() :]
    for found in _NUMBER.finditer(rest, start, end):
        unit, unit_class = book.unit_at(plain, found.end())
        printed = found.group().replace(",", "").replace("，", "").replace("−", "-")
        yield Figure(found.start(), found.end() + len(unit), printed, unit, found.end(), unit_class)


def value_of(printed: str) -> Decimal | None:
    """Return a printed number exactly; None when the facts cannot hold it: 18 digits, six decimals."""
    return _exact(Decimal(printed), VALUE_DECIMALS)


def yuan_of(value: Decimal, unit: str) -> Decimal | None:
    """Return `value` of a money unit in 元, exactly; None when 18 digits and two decimals cannot hold it."""
    return _exact(value * UNIT_YUAN[grammar().money_units[unit]], YUAN_DECIMALS)


def _exact(value: Decimal, decimals: Decimal) -> Decimal | None:
    if abs(value) >= TOO_LARGE:
        return None
    exact = value.quantize(decimals)
    return exact if exact == value else None
