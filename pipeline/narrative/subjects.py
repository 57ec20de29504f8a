"""The functional subject (支出功能分类) that an item of the narrative names.

Belongs here: from printed names to one code, by the rows of the report's own forms and the list of
classification codes. Does not: finding the names in a text (`claims`). A name of several codes has none.
"""

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from pipeline.config import PROJECT_DIR
from pipeline.facts import ReportedAmount
from pipeline.forms import text

SEED = PROJECT_DIR / "dbt_project" / "seeds" / "functional_subject.csv"
_CODE = re.compile(r"\d{3}(?:\d\d){0,2}")
_PRINTED_CODE = re.compile(r"\((\d{3}(?:\d\d){0,2})\)")
LEVELS = (3, 5, 7)
"""Digits of the code of a class, a group and an item."""

Names = Mapping[str, frozenset[str]]
"""Codes by plain name."""


class Subjects:
    """The functional subjects of one report."""

    def __init__(self, amounts: Iterable[ReportedAmount]) -> None:
        own: dict[str, set[str]] = {}
        for amount in amounts:
            if (
                amount.item_code
                and amount.item_name
                and amount.form_code in ("F02", "F03", "F05", "F07", "F08")
            ):
                own.setdefault(_plain(amount.item_name), set()).add(amount.item_code)
        self.own: Names = {name: frozenset(filter(_CODE.fullmatch, codes)) for name, codes in own.items()}

    def code(self, path: Sequence[str], level: int | None = None) -> str | None:
        """Return the code of a path of names (class, group, item, or some of them), None if not certain.

        `level` is the number of digits of the last one's code where that is known. The report's own rows
        decide; the list of codes helps where they do not print a level.
        """
        if printed := _PRINTED_CODE.search(text.squeeze(path[-1])):
            return printed.group(1)
        plain = [_plain(name) for name in path]
        for names in (self.own, listed_names()):
            codes = set(names.get(plain[-1], ())) | set(names.get(plain[-1] + "支出", ()))
            if level is not None:
                codes = {code for code in codes if len(code) == level}
            for parent in plain[:-1]:
                above = {*self.own.get(parent, ()), *listed_names().get(parent, ())}
                inside = {code for code in codes if any(code.startswith(up) and code != up for up in above)}
                codes = inside if above else codes
            if len(codes) == 1:
                return codes.pop()
        return None


@lru_cache(maxsize=1)
def listed_names() -> Names:
    """Return the codes of the classification by plain name."""
    names: dict[str, set[str]] = {}
    with SEED.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            names.setdefault(_plain(row["name_zh"]), set()).add(row["function_code"])
    return {name: frozenset(codes) for name, codes in names.items()}


def _plain(name: str) -> str:
    return text.label(name)
