"""One self-evaluation annex as its checks see it, and numbers as the intervals they stand for.

Belongs here: the records, arithmetic of intervals. Does not: any check (`evaluation`, `evaluation_money`).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pipeline.facts import UNIT_YUAN

Record = dict[str, Any]
HUNDRED, ZERO = Decimal(100), Decimal(0)


@dataclass(frozen=True)
class Interval:
    """A closed interval with the value it is about."""

    value: Decimal
    low: Decimal
    high: Decimal

    def meets(self, other: "Interval") -> bool:
        """Tell whether the two have a number in common."""
        return self.low <= other.high and other.low <= self.high


@dataclass(frozen=True)
class Annex:
    """One annex with its sources of funds, its scored lines, and what its report says of the same.

    `three_public` is F09 by measure (元), `items` the rows of F05 by code, then by measure, `claims` the
    figures of the narrative, `others` the annexes of the report before this one.
    """

    head: Record
    sources: Sequence[Record]
    lines: Sequence[Record]
    three_public: dict[str, Record]
    items: dict[str, dict[str, Record]]
    claims: Sequence[Record]
    others: "Sequence[Annex]" = ()


@dataclass(frozen=True)
class Finding:
    """One comparison. `printed` against any of `computed`; none of these where it cannot be computed.

    `pending` is the status of a comparison that cannot be made, with the reason in `words`.
    """

    subject: str | None
    measure: str
    page: int
    printed: Interval | None = None
    computed: tuple[Interval, ...] = ()
    unit: str | None = None
    pending: str | None = None
    words: str | None = None


def half(printed: str) -> Decimal:
    """Return half a unit of the last digit of a printed number."""
    return Decimal(5).scaleb(-len(re.sub(r"[^\d.]", "", printed).partition(".")[2]) - 1)


def around(value: Decimal, half: Decimal) -> Interval:
    """Return the interval of `half` on either side of a value."""
    return Interval(value, value - half, value + half)


def exactly(value: Decimal) -> Interval:
    """Return the interval without width."""
    return Interval(value, value, value)


def rate_of(row: Record, name: str) -> Interval | None:
    """Return a printed percent as an interval."""
    value, printed = row[name], row[f"{name}_printed"]
    return None if value is None else around(value, half(printed))


def amount_of(row: Record, name: str, unit: str | None) -> Interval | None:
    """Return a printed amount in 元 as an interval; zero has no width."""
    value, printed = row[f"{name}_yuan"], row[f"{name}_printed"]
    if value is None:
        return None
    size = (value / Decimal(printed)) if Decimal(printed) else UNIT_YUAN[unit or "元"]
    return around(value, half(printed) * size if value else ZERO)


def percent(part: Interval, whole: Interval) -> Interval:
    """Return part / whole in percent; `whole` is above zero over all its width."""
    ends = [HUNDRED * p / w for p in (part.low, part.high) for w in (whole.low, whole.high)]
    return Interval(HUNDRED * part.value / whole.value, min(ends), max(ends))


def sum_of(intervals: Sequence[Interval]) -> Interval:
    """Return the sum of intervals."""
    return Interval(
        sum((i.value for i in intervals), ZERO),
        sum((i.low for i in intervals), ZERO),
        sum((i.high for i in intervals), ZERO),
    )
