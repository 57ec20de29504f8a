"""Which departments of a place must publish final accounts: lists given as CSV, validated.

Belongs here: reading the lists. Does not: what came of what they name (marts.expected_report), or what
list pages of portals show (`crawl_log`).

    <folder>/<name>.csv    place,division_code,department_name,from_year,until_year,source

`from_year` and `until_year` are fiscal years, the latter blank where there is no end; `source` says where the
list is from, such as the decision that names the departments. `division_code` may be blank.
"""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipeline.acquire import hints

COLUMNS = ("place", "division_code", "department_name", "from_year", "until_year", "source")

_Text = Annotated[str, Field(min_length=1)]
_Year = Annotated[int, Field(ge=hints.YEARS.start, lt=hints.YEARS.stop)]


class ExpectedError(Exception):
    """A list that cannot be used; the message names file and line."""


class ExpectedDepartment(BaseModel):
    """A department that publishes from one fiscal year to another, the last included."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    list_file: str
    place: _Text
    division_code: Annotated[str, Field(pattern=r"^\d{6}$")] | None
    department_name: _Text
    from_year: _Year
    until_year: _Year | None
    source: _Text

    @model_validator(mode="after")
    def _years_are_in_order(self) -> "ExpectedDepartment":
        if self.until_year is not None and self.until_year < self.from_year:
            raise ValueError("until_year is before from_year")
        return self


def read_list(path: Path) -> list[ExpectedDepartment]:
    """Read one list; raises ExpectedError naming file and line."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(_departments(path, csv.DictReader(file, strict=True)))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ExpectedError(f"{path}: cannot be read ({error}); save it as CSV in UTF-8") from error


def usable_lists(folder: Path) -> tuple[list[ExpectedDepartment], tuple[ExpectedError, ...]]:
    """Read every list of a folder, and say what is wrong with those that cannot be used."""
    usable: list[ExpectedDepartment] = []
    wrong = []
    for path in sorted(folder.glob("*.csv")):
        try:
            usable += read_list(path)
        except ExpectedError as error:
            wrong.append(error)
    return usable, tuple(wrong)


def _departments(path: Path, rows: "csv.DictReader[str]") -> Iterator[ExpectedDepartment]:
    if tuple(rows.fieldnames or ()) != COLUMNS:
        raise ExpectedError(f"{path}: the first line must be {','.join(COLUMNS)}")
    seen = set()
    for row in rows:
        if None in row or None in row.values():
            raise ExpectedError(f"{path}, line {rows.line_num}: needs {len(COLUMNS)} fields")
        optional = {name: row[name].strip() or None for name in ("division_code", "until_year")}
        key = (row["place"].strip(), row["department_name"].strip(), row["from_year"].strip())
        if key in seen:
            raise ExpectedError(f"{path}, line {rows.line_num}: names {' '.join(key)} again")
        seen.add(key)
        try:
            yield ExpectedDepartment.model_validate({"list_file": path.name, **row, **optional})
        except ValidationError as error:
            problems = "; ".join(
                f"{'.'.join(map(str, problem['loc'])) or 'the line'}: {problem['msg']}"
                for problem in error.errors()
            )
            raise ExpectedError(f"{path}, line {rows.line_num}: {problems}") from error
