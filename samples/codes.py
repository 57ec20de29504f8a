"""Classification names as the forms print them, by fiscal year.

Belongs here: reading the code lists under `data/`. Does not: amounts. Sources: the classes of F01 and F04 in
their statutory order with the year in which a name or a class came in; the economic rows of the national F06;
the functional 款 and 项 that the example departments use.
"""

import csv
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

DATA_DIR = Path(__file__).resolve().parent / "data"


def rows_of(name: str) -> list[dict[str, str]]:
    """Return the rows of one CSV file under `data/`."""
    with (DATA_DIR / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _names(name: str, fiscal_year: int) -> dict[str, str]:
    names = {}
    for row in rows_of(name):
        if not row["first_year"] or fiscal_year >= int(row["first_year"]):
            names[row["code"]] = row["name"]
        elif row["name_before"]:
            names[row["code"]] = row["name_before"]
    return names


@lru_cache(maxsize=32)
def class_names(fiscal_year: int) -> Mapping[str, str]:
    """Return the functional classes (类) of a year, code to name, in the order of F01."""
    return _names("function_classes.csv", fiscal_year)


@lru_cache(maxsize=32)
def function_names(fiscal_year: int) -> Mapping[str, str]:
    """Return functional names of a year by code: 类, 款 and 项."""
    return {**class_names(fiscal_year), **_names("function_names.csv", fiscal_year)}


@lru_cache(maxsize=1)
def economic_rows() -> tuple[tuple[str, str, str], ...]:
    """Return the rows of F06 in code order: code, name, group (`personnel` or `public`)."""
    return tuple((row["code"], row["name"], row["group"]) for row in rows_of("economic_rows.csv"))
