"""Where a department belongs: the administrative division (行政区划) that its name, or its cover, says.

Belongs here: the table of divisions and finding their names at the head of other names. Does not: which of
the printed names is the department's (`department`).

A wrong code is worse than none. A county that the table does not know, and a development zone, which is no
division, leave the city that is named before them. A county's name that several places have (鼓楼区) counts
only where its city or province is printed with it. Units of the central government have no place.
"""

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from pipeline.forms.catalogue import DICTIONARY_DIR
from pipeline.forms.identity_words import patterns, says, without

PREFECTURE_DIGITS, PROVINCE_DIGITS = 4, 2


@dataclass(frozen=True)
class Division:
    """One division: its code of GB/T 2260, its official name, and the shorter ones in official use."""

    code: str
    name: str
    also: tuple[str, ...]
    is_former: bool

    @property
    def level(self) -> int:
        """0 for a province, 1 for a prefecture, 2 for a county."""
        if self.code.endswith("0000"):
            return 0
        return 1 if self.code.endswith("00") else 2

    @property
    def short(self) -> str | None:
        """The name without 省 or 市, of provinces and cities whose name keeps two characters."""
        return self.name[:-1] if self.level < 2 and self.name[-1] in "省市" and len(self.name) > 2 else None


@dataclass(frozen=True)
class Place:
    """A division as facts keep it: a county's name follows that of its city, municipality or province."""

    name: str
    code: str


class Divisions:
    """The table of divisions, by name."""

    def __init__(self, divisions: Iterable[Division]) -> None:
        self.by_code: dict[str, Division] = {}
        names: dict[str, list[Division]] = defaultdict(list)
        shorts: dict[str, list[Division]] = defaultdict(list)
        for division in divisions:
            if not division.is_former or division.code not in self.by_code:
                self.by_code[division.code] = division
            for name in (division.name, *division.also):
                names[name].append(division)
            if division.short and not division.is_former:
                shorts[division.short].append(division)
        self.by_name = {name: _without_replaced(found) for name, found in names.items()}
        self.by_short: Mapping[str, Sequence[Division]] = shorts
        self.longest = max(map(len, self.by_name))

    def parent(self, division: Division) -> Division | None:
        """Return the prefecture of a county, else the province; None for a province."""
        if division.level == 0:
            return None
        prefecture = self.by_code.get(division.code[:PREFECTURE_DIGITS] + "00")
        if division.level == 2 and prefecture:
            return prefecture
        return self.by_code.get(division.code[:PROVINCE_DIGITS] + "0000")

    def within(self, division: Division, outer: Division) -> bool:
        """Tell whether `division` lies in `outer`."""
        digits = PROVINCE_DIGITS if outer.level == 0 else PREFECTURE_DIGITS
        return division.level > outer.level and division.code[:digits] == outer.code[:digits]

    def place(self, division: Division) -> Place:
        """Return the place that facts name for a division."""
        parent = self.parent(division)
        before = parent.name if parent and division.level == 2 else ""
        return Place(before + division.name, division.code)

    def named_at_head(self, text: str) -> tuple[tuple[Division, ...], str]:
        """Return the innermost divisions that `text` begins with, several where the name is not unique.

        The second value is the text behind them. 福州市鼓楼区教育局 gives 鼓楼区 of 福州 and 教育局.
        """
        found, rest = self._first(text)
        while found:
            inner, behind = self._inner(found, rest)
            if not inner:
                break
            found, rest = inner, behind
        return found, rest

    def _first(self, text: str) -> tuple[tuple[Division, ...], str]:
        for length in range(min(self.longest, len(text)), 1, -1):
            found = self.by_name.get(text[:length])
            if found and not _is_smaller(text[:length], text[length:]):
                return _of_today(text[:length], found), text[length:]
        for length in range(3, 1, -1):
            cities = tuple(self.by_short.get(text[:length], ()))
            rest = text[length:]
            zone = tuple(d for d in cities if d.level == 1 or self._is_municipality(d))
            if cities and self._inner(cities, rest)[0]:
                return cities, rest
            if zone and says("zone", rest):
                return zone, rest
        return (), text

    def _inner(self, outer: Sequence[Division], text: str) -> tuple[tuple[Division, ...], str]:
        for length in range(min(self.longest, len(text)), 1, -1):
            inner = tuple(
                division
                for division in self.by_name.get(text[:length], ())
                if any(self.within(division, one) for one in outer)
            )
            if inner and not _is_smaller(text[:length], text[length:]):
                return _of_today(text[:length], inner), text[length:]
        return (), text

    def _is_municipality(self, division: Division) -> bool:
        return division.level == 0 and division.name.endswith("市")


def _without_replaced(found: Sequence[Division]) -> tuple[Division, ...]:
    """Return divisions of one name without those that got another code in the same city (三元区)."""
    in_force = {division.code[:PREFECTURE_DIGITS] for division in found if not division.is_former}
    return tuple(d for d in found if not d.is_former or d.code[:PREFECTURE_DIGITS] not in in_force)


def _of_today(name: str, found: tuple[Division, ...]) -> tuple[Division, ...]:
    """Return those in force, else all; of districts all, since their city has to tell them apart anyway."""
    in_force = tuple(division for division in found if not division.is_former)
    return found if name.endswith("区") else in_force or found


def _is_smaller(name: str, rest: str) -> bool:
    """Tell whether what reads like a district is part of a smaller place's name (城区街道办事处)."""
    return name.endswith("区") and says("smaller_place", rest)


@lru_cache(maxsize=1)
def divisions() -> Divisions:
    """Return the table of divisions, read once; raises KeyError or ValueError on a malformed one."""
    with (DICTIONARY_DIR / "divisions.csv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        return Divisions(
            Division(row["code"], row["name"], tuple(row["also"].split()), row["state"] == "former")
            for row in rows
        )


def is_bare_division(name: str) -> bool:
    """Tell whether `name` names divisions and nothing else (上海市普陀区)."""
    found, rest = divisions().named_at_head(name)
    return bool(found) and not rest


def begins_with_division(name: str) -> bool:
    """Tell whether `name` begins with the name of a division."""
    return bool(divisions().named_at_head(name)[0])


def place_of(department: str | None, cover: Sequence[str], lines: Iterable[str]) -> Place | None:
    """Return the place of a department, None where it cannot be derived with certainty.

    `cover` are the lines of the cover, `lines` all lines of the report; both squeezed.
    """
    table = divisions()
    if department and says("central", department):
        return None
    on_cover = {division for line in cover for division in _alone(line)}
    found = _head(department) if department else ()
    if not found:
        # 郑州市 beside 郑州市金水区: the inner one is meant
        found = tuple(d for d in on_cover if not any(table.within(other, d) for other in on_cover))
    if len({d.name for d in found}) > 1:
        return None
    if len(found) > 1 or (department and any(_needs_outer(d, department) for d in found)):
        found = _with_outer(found, [*lines, *cover, "".join(cover)], on_cover)
    return table.place(found[0]) if len(found) == 1 else None


def _alone(line: str) -> tuple[Division, ...]:
    """Return the divisions that a line of the cover names beside nothing but a year and a title."""
    found, rest = divisions().named_at_head(line)
    return found if not without("beside_name", rest) else ()


def _head(name: str) -> tuple[Division, ...]:
    table = divisions()
    if found := table.named_at_head(name)[0]:
        return found
    for body in patterns("before_place"):
        for length in range(len(name) - 1, 1, -1):
            if body.search(name[:length]):
                return table.named_at_head(name[length:])[0]
    return ()


def _needs_outer(division: Division, name: str) -> bool:
    """Tell whether a district stands at the head of `name` alone: 新市区 or 城区 may mean any city's."""
    return division.level == 2 and division.name.endswith("区") and name.startswith(division.name)


def _with_outer(
    found: Sequence[Division], lines: Iterable[str], on_cover: Iterable[Division]
) -> tuple[Division, ...]:
    """Return those of `found` printed right behind their city or province, or with it on the cover."""
    table = divisions()
    joined, cover = "\n".join(lines), set(on_cover)
    seen = []
    for division in found:
        outer = table.parent(division)
        while outer:
            heads = {outer.name, *outer.also, outer.short or outer.name}
            if outer in cover or any(
                head + name in joined for head in heads for name in (division.name, *division.also)
            ):
                seen.append(division)
                break
            outer = table.parent(outer)
    return tuple(seen)
