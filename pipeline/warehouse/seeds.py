"""The dbt seeds that repeat the form dictionary: forms, measures, line items, units.

Belongs here: writing them from `forms.yaml` and the names in `names.yaml`. Does not: classification codes
(seeds kept by hand), or the patterns by which forms are recognised.

    python -m pipeline.warehouse.seeds            write the seeds
    python -m pipeline.warehouse.seeds --check    fail when they are out of date
"""

import csv
import io
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

from pipeline.config import PROJECT_DIR
from pipeline.facts import UNIT_YUAN
from pipeline.warehouse.database import DBT_PROJECT_DIR

_DICTIONARY = PROJECT_DIR / "pipeline" / "forms" / "dictionary" / "forms.yaml"
_NAMES = Path(__file__).with_name("names.yaml")
_SEEDS_DIR = DBT_PROJECT_DIR / "seeds"
Row = tuple[object, ...]


class NamesError(Exception):
    """The names do not cover exactly the keys of the form dictionary."""


def seeds() -> dict[str, str]:
    """Return the seeds as CSV text by name; raises NamesError when a key lacks a name or a name its key."""
    dictionary = yaml.safe_load(_DICTIONARY.read_text(encoding="utf-8"))
    names = yaml.safe_load(_NAMES.read_text(encoding="utf-8"))
    _agree("forms", dictionary["forms"], names["forms"])
    return {
        "form": _csv(
            ("form_code", "form_key", "name_zh", "name_en", "layout"),
            (
                (code, form["key"], form["name"], names["forms"][code], form["layout"])
                for code, form in dictionary["forms"].items()
            ),
        ),
        "measure": _csv(
            ("form_code", "side", "measure", "position", "phase", "measure_role", "name_zh", "name_en"),
            _measures(dictionary["forms"], names),
        ),
        "line_item": _csv(
            ("form_code", "side", "line_item", "position", "name_zh", "name_en"),
            [*_line_items(dictionary, names["line_items"]), *_class_lines(dictionary)],
        ),
        "unit": _csv(("unit", "yuan"), UNIT_YUAN.items()),
    }


def _measures(forms: dict[str, Any], names: dict[str, Any]) -> Iterator[Row]:
    for code, form in forms.items():
        sides = form.get("sides") or {None: form["measures"]}
        _agree(
            f"measures of {code}", {key for keys in sides.values() for key in keys}, names["measures"][code]
        )
        for side, keys in sides.items():
            named = [(key, *texts) for key, texts in names["measures"][code].items() if key in keys]
            for phase in form.get("phases") or [None]:
                phase_zh, phase_en = names["phases"][phase] if phase else ("", "")
                for position, (key, role, zh, en) in enumerate(named, start=1):
                    if phase:
                        measure, name_zh, name_en = f"{phase}_{key}", f"{zh}·{phase_zh}", f"{en}, {phase_en}"
                    else:
                        measure, name_zh, name_en = key, zh, en
                    yield code, side, measure, position, phase, role, name_zh, name_en


def _line_items(dictionary: dict[str, Any], names: dict[str, Any]) -> Iterator[Row]:
    coded = [code for code, form in dictionary["forms"].items() if form["layout"] == "coded"]
    _agree("forms with line items", dictionary["line_items"], names)
    for entry, sides in dictionary["line_items"].items():
        _agree(f"sides of {entry}", sides, names[entry])
        for side, keys in sides.items():
            _agree(f"line items of {entry}.{side}", keys, names[entry][side])
            for code in coded if entry == "coded" else [entry]:
                for position, (key, (zh, en)) in enumerate(names[entry][side].items(), start=1):
                    yield code, None if side == "both" else side, key, position, zh, en


def _class_lines(dictionary: dict[str, Any]) -> Iterator[Row]:
    """Yield the lines of F01 and F04 that are functional classes, below the lines of their side."""
    with (_SEEDS_DIR / "functional_class.csv").open(encoding="utf-8", newline="") as file:
        classes = {row["class_code"]: row for row in csv.DictReader(file)}
    _agree("functional_class.csv", dictionary["classes"], classes)
    for form in ("F01", "F04"):
        for code, row in classes.items():
            yield form, "expenditure", f"class_{code}", int(code), row["name_zh"], row["name_en"]


def _agree(what: str, keys: Iterable[str], named: Iterable[str]) -> None:
    if missing := sorted(set(keys) - set(named)):
        raise NamesError(f"{what}: no name for {missing}")
    if unknown := sorted(set(named) - set(keys)):
        raise NamesError(f"{what}: not in the form dictionary: {unknown}")


def _csv(header: Row, rows: Iterable[Row]) -> str:
    sink = io.StringIO()
    writer = csv.writer(sink, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return sink.getvalue()


def main(arguments: list[str]) -> int:
    """Write the seeds, or with `--check` compare them; return the exit code."""
    stale = []
    for name, text in seeds().items():
        path = _SEEDS_DIR / f"{name}.csv"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(path.name)
            if "--check" not in arguments:
                path.write_text(text, encoding="utf-8")
    if stale and "--check" in arguments:
        sys.stderr.write(f"seeds out of date: {stale}. Run python -m pipeline.warehouse.seeds\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
