"""The form dictionary (表样字典) as typed objects.

Belongs here: loading `dictionary/forms.yaml` and asking it what a title, a column header or a row label is.
Does not: any Chinese word of its own, or where on a page a text stands (`layout`, `find`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

DICTIONARY_DIR = Path(__file__).parent / "dictionary"

CODES = {"coded": "^2", "economic": "^3"}
"""The codes of the rows by layout: functional classification, economic classification of departments."""

Patterns = tuple[re.Pattern[str], ...]


def _compile(patterns: list[str] | None) -> Patterns:
    return tuple(re.compile(pattern) for pattern in patterns or ())


def _any(patterns: Patterns, text: str) -> bool:
    return any(pattern.search(text) for pattern in patterns)


def _first(choices: Mapping[str, Patterns], text: str) -> str | None:
    return next((name for name, patterns in choices.items() if _any(patterns, text)), None)


@dataclass(frozen=True)
class LineItem:
    """A row of a form: its canonical name and label patterns.

    `after` names the row that must come before; below the row named by `part_of` it is a part of that row.
    """

    name: str
    patterns: Patterns
    after: str | None
    part_of: str | None


@dataclass(frozen=True)
class Form:
    """One statutory form. `measures` is keyed by side ('' where the form has no sides).

    `codes` is what its classification codes match, None where rows have none.
    """

    code: str
    key: str
    name: str
    layout: str
    title: Patterns
    title_not: Patterns
    measures: Mapping[str, Mapping[str, Patterns]]
    others: Patterns
    phases: Mapping[str, Patterns]
    line_items: Mapping[str, tuple[LineItem, ...]]
    codes: re.Pattern[str] | None = None

    def title_rank(self, title: str) -> int:
        """Return the place of the title pattern that a printed title matches; the surer ones come first."""
        ranks = [rank for rank, pattern in enumerate(self.title) if pattern.search(title)]
        return min(ranks, default=len(self.title))

    def measure(self, path: str, side: str = "") -> str | None:
        """Return the measure that a header path (top to bottom, joined by '/') names, None if unknown."""
        return None if self.is_other(path) else _first(self.measures[side], path)

    def is_other(self, path: str) -> bool:
        """Tell whether a header path is that of a column known to be no measure of the form."""
        return _any(self.others, path)

    def phase(self, text: str) -> str | None:
        """Return the phase (budget, final) that a header text of F09 names, None if unknown."""
        return _first(self.phases, text)

    def row(self, label: str, side: str = "both", seen: frozenset[str] = frozenset()) -> LineItem | None:
        """Return the row that a plain label names; `seen` holds the names of the rows that came before."""
        for item in self.line_items.get(side, ()):
            if (item.after is None or item.after in seen) and _any(item.patterns, label):
                return item
        return None

    def line_item(self, label: str, side: str = "both", seen: frozenset[str] = frozenset()) -> str | None:
        """Return the canonical name of the row that a plain label names, see `row`."""
        item = self.row(label, side, seen)
        return item.name if item else None


@dataclass(frozen=True)
class Template:
    """A set of forms that a report must have, and when that set applies."""

    name: str
    forms: tuple[str, ...]
    title: re.Pattern[str] | None
    until_year: int | None


@dataclass(frozen=True)
class Catalogue:
    """The whole dictionary. `other_tables` are titles of tables known to be no statutory form."""

    forms: Mapping[str, Form]
    templates: tuple[Template, ...]
    words: Mapping[str, Patterns]
    other_tables: Patterns

    def form_titled(self, title: str) -> Form | None:
        """Return the form whose title `title` (squeezed) prints, None if it is no form's title."""
        for form in self.forms.values():
            if _any(form.title, title) and not _any(form.title_not, title):
                return form
        return None

    def is_other_table(self, title: str) -> bool:
        """Tell whether `title` (squeezed) names a table that is known and deliberately no statutory form."""
        return _any(self.other_tables, title)

    def template(self, titles: str, fiscal_year: int | None) -> Template:
        """Return the first template whose condition holds for the printed titles and the fiscal year."""
        for template in self.templates:
            if template.title and not template.title.search(titles):
                continue
            if template.until_year and (fiscal_year is None or fiscal_year > template.until_year):
                continue
            return template
        raise ValueError("the form dictionary has no template without a condition")

    def says(self, word: str, text: str) -> bool:
        """Tell whether squeezed `text` matches the patterns listed under `words: <word>`."""
        return _any(self.words[word], text)


def _line_items(entries: Mapping[str, Any], classes: Mapping[str, list[str]]) -> tuple[LineItem, ...]:
    items = []
    for name, entry in entries.items():
        row = entry if isinstance(entry, dict) else {"label": entry}
        items.append(LineItem(name, _compile(row["label"]), row.get("after"), row.get("part_of")))
    items.extend(
        LineItem(f"class_{code}", _compile(patterns), None, None) for code, patterns in classes.items()
    )
    return tuple(items)


def _form(code: str, entry: Mapping[str, Any], line_items: Mapping[str, Any], classes: Any) -> Form:
    sides = entry.get("sides") or {"": entry["measures"]}
    rows = line_items.get(code) or line_items["coded"]
    return Form(
        code=code,
        key=entry["key"],
        name=entry["name"],
        layout=entry["layout"],
        title=_compile(entry["title"]),
        title_not=_compile(entry["not"]),
        measures={
            side: {name: _compile(patterns) for name, patterns in measures.items()}
            for side, measures in sides.items()
        },
        others=_compile(entry.get("others")),
        phases={name: _compile(patterns) for name, patterns in entry.get("phases", {}).items()},
        line_items={
            side: _line_items(items, classes if side == "expenditure" else {}) for side, items in rows.items()
        },
        codes=re.compile(codes) if (codes := CODES.get(entry["layout"])) else None,
    )


def dictionary_files() -> list[Path]:
    """Return the files that the form dictionary consists of."""
    return sorted(DICTIONARY_DIR.glob("*.*"))


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """Return the form dictionary, read once; raises KeyError or re.error on a malformed entry."""
    data = yaml.safe_load((DICTIONARY_DIR / "forms.yaml").read_text(encoding="utf-8"))
    return Catalogue(
        forms={
            code: _form(code, entry, data["line_items"], data["classes"])
            for code, entry in data["forms"].items()
        },
        templates=tuple(
            Template(
                name=name,
                forms=tuple(entry["forms"]),
                title=re.compile(entry["title"]) if "title" in entry else None,
                until_year=entry.get("until_year"),
            )
            for name, entry in data["templates"].items()
        ),
        words={name: _compile(patterns) for name, patterns in data["words"].items()},
        other_tables=_compile(data["other_tables"]),
    )
