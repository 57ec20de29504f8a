"""What a spreadsheet prints for a value under a number format.

Belongs here: number formats as in ECMA-376 part 1, 18.8.31: sections, conditions, placeholders, literals,
thousands and percent. Does not: where value and format come from (`sheets`).

A value is what its double prints as in the fewest digits that give it back, taken to the 15 significant
digits that spreadsheets show, and rounded half up in decimal. A format this module does not know (fractions,
powers of ten, Chinese numerals, elapsed time) is not guessed: the value is given with the format behind it in
brackets, which nobody takes for a number.
"""

import contextlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache

SIGNIFICANT = Context(prec=15, rounding=ROUND_HALF_UP)
_WIDE = Context(prec=400)
"""Holds any double to any number of decimals."""

GENERAL_WIDTH = 11
"""Characters that the format General shows in a cell that is wide enough, the point included."""

_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"?|[\\!](?P<escaped>.)|_(?P<space>.)|\*(?P<fill>.)'
    r"|\[(?P<bracket>[^\]]*)\]|(?P<general>general|g/通用格式)|(?P<exponent>E[+-])"
    r"|(?P<ampm>am/pm|a/p|上午/下午)|(?P<time>[ymdhse]+)|(?P<place>[0#?])|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?\d+(?:\.\d+)?)")
_COLOUR = re.compile(
    r"(?:black|blue|cyan|green|magenta|red|white|yellow|color\s*\d+|颜色\s*\d+|[红黑蓝绿黄白])", re.I
)
_CURRENCY = re.compile(r"\$([^-]*)(?:-[0-9A-F]+)?", re.I)


class UnknownFormatError(ValueError):
    """A format that this module does not know."""


@dataclass(frozen=True)
class _Section:
    """One section of a format.

    `tokens` are (kind, text) with kinds place, point, comma, percent, literal, text, general, date;
    `condition` tells which values the section is for, `coloured` that it has a colour of its own.
    """

    tokens: tuple[tuple[str, str], ...]
    condition: tuple[str, Decimal] | None
    coloured: bool

    @property
    def is_date(self) -> bool:
        """Tell whether the section prints a date or a time."""
        return any(kind == "date" for kind, _ in self.tokens)


def printed(value: object, code: str) -> str:
    """Return the text that a cell shows for a value (number, text, truth value, date) under a format."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        return _printed_text(value, code)
    if isinstance(value, datetime | date | time | timedelta):
        return _printed_date(value, code)
    try:
        number = SIGNIFICANT.plus(Decimal(repr(value)))
        return _printed_number(number, _sections(code))
    except UnknownFormatError:
        return f"{value} [{code}]"


def is_known(code: str) -> bool:
    """Tell whether `printed` knows a format."""
    try:
        sections = _sections(code)
    except UnknownFormatError:
        return False
    return bool(sections)


@lru_cache(maxsize=1000)
def _sections(code: str) -> tuple[_Section, ...]:
    """Return the sections of a format; raises UnknownFormatError."""
    sections = []
    tokens: list[tuple[str, str]] = []
    condition: tuple[str, Decimal] | None = None
    coloured = False
    for found in _TOKEN.finditer(code or "General"):
        kind, text = str(found.lastgroup), found.group(str(found.lastgroup))
        if kind == "other" and text == ";":
            sections.append(_Section(tuple(tokens), condition, coloured))
            tokens, condition, coloured = [], None, False
        elif kind == "bracket":
            if match := _CONDITION.fullmatch(text.strip()):
                condition = match[1], Decimal(match[2])
            elif _COLOUR.fullmatch(text):
                coloured = True
            elif match := _CURRENCY.fullmatch(text):
                tokens.append(("literal", match[1]))
            else:
                raise UnknownFormatError(code)
        elif kind == "exponent" or (kind == "other" and text == "/" and ("place", "?") in tokens):
            raise UnknownFormatError(code)
        elif kind == "other":
            tokens.append(
                ({".": "point", ",": "comma", "%": "percent", "@": "text"}.get(text, "literal"), text)
            )
        elif kind in ("quoted", "escaped"):
            tokens.append(("literal", text))
        elif kind == "space":
            tokens.append(("literal", " "))
        elif kind in ("time", "ampm"):
            tokens.append(("date", text))
        elif kind != "fill":
            tokens.append((kind, text))
    return (*sections, _Section(tuple(tokens), condition, coloured))


def _printed_text(text: str, code: str) -> str:
    """Return a text as the fourth section shows it; formats with fewer show it as it is."""
    try:
        sections = _sections(code)
    except UnknownFormatError:
        return text
    if len(sections) < 4:
        return text
    return "".join(text if kind == "text" else word for kind, word in sections[3].tokens)


def _printed_number(number: Decimal, sections: Sequence[_Section]) -> str:
    section, magnitude = _chosen(number, sections)
    if section.is_date:
        raise UnknownFormatError
    body = _set_number(magnitude, section.tokens)
    # red without a minus is how the sheet shows the sign; text has no colour
    lost = number < 0 <= magnitude and section.coloured and _alike(section, sections[0])
    return f"-{body.lstrip()}" if magnitude < 0 or lost else body


def _alike(section: _Section, first: _Section) -> bool:
    """Tell whether two sections differ by nothing that is printed."""

    def bare(tokens: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
        return [(kind, text) for kind, text in tokens if kind != "literal" or text.strip()]

    return section is not first and bare(section.tokens) == bare(first.tokens)


def _chosen(number: Decimal, sections: Sequence[_Section]) -> tuple[_Section, Decimal]:
    """Return the section for a number, and the number with the sign that the section is to print."""
    numeric = sections[:3]
    if any(section.condition for section in numeric):
        for index, section in enumerate(numeric):
            if section.condition is None:
                other = index == 1 and len(numeric) > 2  # the second without condition takes the negatives
                if other and number >= 0:
                    continue
                return section, number
            if _holds(number, *section.condition):
                sign, bound = section.condition
                negative = sign in ("<", "<=") and bound <= 0
                return section, abs(number) if negative else number
        raise UnknownFormatError
    if len(numeric) == 1:
        return numeric[0], number
    if number < 0:
        return numeric[1], abs(number)
    return numeric[2 if number == 0 and len(numeric) == 3 else 0], number


def _holds(number: Decimal, sign: str, bound: Decimal) -> bool:
    return {
        "<": number < bound,
        "<=": number <= bound,
        ">": number > bound,
        ">=": number >= bound,
        "=": number == bound,
        "<>": number != bound,
    }[sign]


def _set_number(number: Decimal, tokens: Sequence[tuple[str, str]]) -> str:
    """Return the magnitude of a number in the places of one section."""
    places = [index for index, (kind, _) in enumerate(tokens) if kind == "place"]
    if not places:
        general = _general(abs(number))
        return "".join(general if kind in ("general", "text") else word for kind, word in tokens)
    point = next((index for index, (kind, _) in enumerate(tokens) if kind == "point"), len(tokens))
    whole = [index for index in places if index < point]
    decimals = [index for index in places if index > point]
    commas = [index for index, (kind, _) in enumerate(tokens) if kind == "comma"]
    # a comma between places parts thousands, one behind them divides by a thousand
    grouped = any(whole[0] < index < whole[-1] for index in commas if whole)
    thousands = sum(not whole or index > whole[-1] for index in commas)
    hundreds = sum(kind == "percent" for kind, _ in tokens)
    scaled = abs(number).scaleb(2 * hundreds - 3 * thousands)
    step = Decimal(1).scaleb(-len(decimals))
    digits, _, fraction = f"{scaled.quantize(step, ROUND_HALF_UP, _WIDE):f}".partition(".")
    set_whole = _set_whole([tokens[i][1] for i in whole], "" if digits == "0" else digits, grouped)
    set_decimals = _set_fraction([tokens[i][1] for i in decimals], fraction)
    at = dict(zip([*whole, *decimals], [*set_whole, *set_decimals], strict=True))
    return "".join(
        at.get(index, "" if kind == "comma" else word) for index, (kind, word) in enumerate(tokens)
    )


def _set_fraction(places: Sequence[str], digits: str) -> list[str]:
    """Return the decimals; a `#` prints no zero at the end, a `?` a blank for it."""
    words = list(digits)
    for index in reversed(range(len(places))):
        if words[index] != "0" or places[index] == "0":
            break
        words[index] = "" if places[index] == "#" else " "
    return words


def _set_whole(places: Sequence[str], digits: str, grouped: bool) -> list[str]:
    """Return the digits before the point by places; those that have none stand at the first."""
    words: list[str] = []
    for index, place in enumerate(reversed(places)):
        last = index == len(places) - 1
        here = (
            digits[: len(digits) - index] if last else digits[len(digits) - index - 1 : len(digits) - index]
        )
        if index >= len(digits):
            here = {"0": "0", "?": " "}.get(place, "")
        if grouped and here.strip():
            here = _grouped(here, index)
        words.insert(0, here)
    return words


def _grouped(digits: str, behind: int) -> str:
    """Return digits with a comma wherever a multiple of three digits follows; `behind` follow the last."""
    out = []
    for index, digit in enumerate(digits):
        follow = len(digits) - index - 1 + behind
        out.append(digit + ("," if follow and follow % 3 == 0 else ""))
    return "".join(out)


def _general(number: Decimal) -> str:
    """Return a magnitude as General shows it."""
    if number >= Decimal(10) ** GENERAL_WIDTH or 0 < number < Decimal("1e-9"):
        mantissa, _, exponent = f"{Context(prec=6, rounding=ROUND_HALF_UP).plus(number):E}".partition("E")
        mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
        return f"{mantissa}E{int(exponent):+03d}"
    whole = len(f"{int(number)}")
    decimals = max(0, GENERAL_WIDTH - whole - 1)
    text = f"{number.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP, _WIDE):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _printed_date(value: datetime | date | time | timedelta, code: str) -> str:
    """Return a date as its format shows it where that is years, months and days; else in ISO 8601."""
    section = None
    with contextlib.suppress(UnknownFormatError):
        section = _sections(code)[0]
    words = {"yyyy": "{0.year:04d}", "yy": "{1:02d}", "m": "{0.month}", "mm": "{0.month:02d}",
             "d": "{0.day}", "dd": "{0.day:02d}"}  # fmt: skip
    if section is None or not isinstance(value, date):
        return value.isoformat(sep=" ") if isinstance(value, datetime) else str(value)
    kinds = [text.lower() for kind, text in section.tokens if kind == "date"]
    if not kinds or not all(kind in words for kind in kinds):
        return value.isoformat(sep=" ") if isinstance(value, datetime) else value.isoformat()
    return "".join(
        words[text.lower()].format(value, value.year % 100) if kind == "date" else text
        for kind, text in section.tokens
    )
