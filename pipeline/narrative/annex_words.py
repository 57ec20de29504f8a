"""The words of the self-evaluation annexes, and what a value printed in one says.

Belongs here: loading `dictionary/evaluation.yaml`, asking it what a header or a label is, parsing targets,
rates and scores. Does not: any Chinese word of its own, or where in a table a text stands (`annex_rows`).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from pipeline.forms import text

DICTIONARY_PATH = Path(__file__).parent / "dictionary" / "evaluation.yaml"

QUALITATIVE = "定性"
"""The operator of a target that is words without any number (有序推进)."""

Patterns = tuple[re.Pattern[str], ...]

_LONGEST_LABEL = 24  # of a header or label cell, squeezed; longer ones are sentences
_MOST_DIGITS = 18  # before the point, and 6 behind it: what the tables hold exactly
_BLANKS = re.compile(r"\s+")
_NUMBER = re.compile(r"[-+]?\d+(?:,\d{3})*(?:\.\d+)?")
_BRACKETED = re.compile(r"\((?:共|满分)?(\d+(?:\.\d+)?)分?\)")


@dataclass(frozen=True)
class Quantity:
    """A printed target or actual value: `operator` is one of ≥ ≤ > < = or QUALITATIVE.

    All None where the text is blank or holds numbers in another way; the printed text is kept beside it.
    """

    operator: str | None = None
    number: Decimal | None = None
    unit: str | None = None


@dataclass(frozen=True)
class Words:
    """The dictionary. `columns` maps block to key to patterns; `before` and `after` operators to patterns."""

    patterns: Mapping[str, Patterns]
    kind: Mapping[str, Patterns]
    head: Mapping[str, Patterns]
    columns: Mapping[str, Mapping[str, Patterns]]
    source: Mapping[str, Patterns]
    before: Mapping[str, Patterns]
    after: Mapping[str, Patterns]

    def says(self, word: str, plain: str) -> bool:
        """Tell whether a squeezed text matches the patterns listed under `word`."""
        return any(pattern.search(plain) for pattern in self.patterns[word])

    def label(self, word: str, plain: str) -> bool:
        """Tell whether a squeezed text is a short one that matches the patterns listed under `word`."""
        return 0 < len(plain) <= _LONGEST_LABEL and self.says(word, plain)

    def title(self, plain: str) -> bool:
        """Tell whether a squeezed line is the title of a table about performance, of whatever kind."""
        longest = 60
        return len(plain) <= longest and (self.says("title", plain) or self.says("title_not", plain))

    def column(self, block: str, plain: str) -> tuple[str, int] | None:
        """Return the column of `block` that a header names, and how special the pattern is (0: most)."""
        if not plain or len(plain) > _LONGEST_LABEL:
            return None
        for key, patterns in self.columns[block].items():
            for rank, pattern in enumerate(patterns):
                if pattern.search(plain):
                    return key, rank
        return None

    def head_key(self, plain: str) -> str | None:
        """Return what a label cell of the head asks for, None when it is no such label."""
        return _first(self.head, plain.rstrip(":")) if len(plain) <= _LONGEST_LABEL else None

    def source_key(self, plain: str) -> str | None:
        """Return the source of funds that a row of the fund block names, None when unknown."""
        return _first(self.source, plain)

    def annex_kind(self, title: str) -> str | None:
        """Return what an annex with this title is about: department or project, None when it does not say."""
        return _first(self.kind, title)


def _first(choices: Mapping[str, Patterns], plain: str) -> str | None:
    return next((key for key, found in choices.items() if any(p.search(plain) for p in found)), None)


def _compile(patterns: Iterable[str]) -> Patterns:
    return tuple(re.compile(pattern) for pattern in patterns)


def _choices(entries: Mapping[str, Any]) -> dict[str, Patterns]:
    return {key: _compile(patterns) for key, patterns in entries.items()}


@lru_cache(maxsize=1)
def words() -> Words:
    """Return the dictionary, read once; raises KeyError or re.error on a malformed entry."""
    data = yaml.safe_load(DICTIONARY_PATH.read_text(encoding="utf-8"))
    return Words(
        patterns={key: _compile(value) for key, value in data.items() if isinstance(value, list)},
        kind=_choices(data["kind"]),
        head=_choices(data["head"]),
        columns={block: _choices(columns) for block, columns in data["columns"].items()},
        source=_choices(data["source"]),
        before=_choices(data["operator"]["before"]),
        after=_choices(data["operator"]["after"]),
    )


def printed(cell_text: str) -> str | None:
    """Return a short text as facts keep it: without blanks, radicals restored; None if blank."""
    return _BLANKS.sub("", text.restore(cell_text)) or None


def prose(cell_text: str) -> str | None:
    """Return a long text as facts keep it: lines put together, radicals restored; None if blank."""
    return text.restore(cell_text).replace("\n", "").strip() or None


def decimal(plain: str | None) -> Decimal | None:
    """Return a printed number, exactly; None when it is none or the tables cannot hold it."""
    if plain is None or not _NUMBER.fullmatch(plain):
        return None
    number = plain.replace(",", "").lstrip("+")
    whole, _, decimals = number.lstrip("-").partition(".")
    return Decimal(number) if len(whole) <= _MOST_DIGITS and len(decimals) <= 6 else None


def score(cell_text: str) -> Decimal | None:
    """Return a weight or a score (10, 10分); None when the cell prints no number."""
    plain = text.squeeze(cell_text).removesuffix("分")
    return decimal(plain)


def percent(cell_text: str) -> Decimal | None:
    """Return a rate in percent (64.28%, 64.28); None when the cell prints no number.

    A rate without a percent sign is taken as it stands: what it means is for a check to find out.
    """
    return decimal(text.squeeze(cell_text).removesuffix("%"))


def bracketed_score(label: str) -> Decimal | None:
    """Return the weight that a label states in brackets, as in 产出指标(50分) or 分值(20)."""
    found = _BRACKETED.search(text.squeeze(label))
    return decimal(found.group(1)) if found else None


def quantity(cell_text: str, operator_text: str = "", unit_text: str = "") -> Quantity:
    """Return what a target or an actual value says (≥36亿元, 100%, 90%以上, 有序推进).

    Some layouts print operator and unit in columns of their own; these are then given beside it.
    """
    book = words()
    plain = text.squeeze(cell_text)
    if text.is_blank(cell_text):
        return Quantity()
    operator = _operator(book.before, text.squeeze(operator_text))
    rest = plain
    for key, patterns in book.before.items():
        found = next((hit for pattern in patterns if (hit := pattern.match(plain))), None)
        if found:
            operator, rest = key, plain[found.end() :]
            break
    number = _NUMBER.match(rest)
    if number is None:
        has_digit = any(char.isdigit() for char in plain)
        return Quantity() if has_digit else Quantity(QUALITATIVE)
    unit = rest[number.end() :]
    for key, patterns in book.after.items():
        hits = (hit for pattern in patterns for hit in pattern.finditer(unit) if hit.end() == len(unit))
        found = next(hits, None)
        if found:
            operator, unit = operator or key, unit[: found.start()]
            break
    if any(char.isdigit() or char in "-~—至,，、;；" for char in unit):
        return Quantity()  # a range, a date, several values
    value = decimal(number.group())
    if value is None:
        return Quantity()
    return Quantity(operator, value, text.squeeze(unit_text) or unit or None)


def _operator(choices: Mapping[str, Patterns], plain: str) -> str | None:
    if text.squeeze(plain) == QUALITATIVE:
        return QUALITATIVE
    return _first(choices, plain) if plain else None
