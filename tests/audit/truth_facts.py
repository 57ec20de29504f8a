"""Facts as Arrow tables for the audit tests: from a truth file, or from a few lines of a test case.

Rows get their line items through the patterns of the form dictionary, so that the audit is tested on the
names that the reader of forms gives.
"""

import csv
import functools
import json
import re
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pytest
import yaml

from pipeline.config import PROJECT_DIR
from pipeline.forms.facts import (
    AMOUNT_SCHEMA,
    FORM_SCHEMA,
    HEADER_SCHEMA,
    UNIT_YUAN,
    FormRecord,
    ReportedAmount,
    ReportHeader,
    arrow_table,
)

TRUTH = PROJECT_DIR.parent / "shared" / "truth"
OPEN_REPORTS = ("seed2023", "f2546b57", "3bffe247", "86287b24")
NINE = tuple(f"F0{n}" for n in range(1, 10))
needs_truth = pytest.mark.skipif(not TRUTH.is_dir(), reason="ground truth (../shared/truth) is not here")


class Facts(NamedTuple):
    """The facts of a batch."""

    header: pa.Table
    form: pa.Table
    amount: pa.Table


@functools.cache
def dictionary() -> dict[str, Any]:
    path = PROJECT_DIR / "pipeline" / "forms" / "dictionary" / "forms.yaml"
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def _plain(label: str) -> str:
    return label.replace("（", "(").replace("）", ")").replace("：", ":")


def line_item(form: str, side: str, label: str, seen: set[str]) -> str | None:
    """Return the line item of a label of F01 or F04; `seen` holds the items before it on its side."""
    label = _plain(label)
    for name, patterns in dictionary()["line_items"][form][side].items():
        if isinstance(patterns, dict):
            if patterns["after"] not in seen:
                continue
            patterns = patterns["label"]
        if any(re.search(pattern, label) for pattern in patterns):
            return str(name)
    if side == "expenditure":
        for code, patterns in dictionary()["classes"].items():
            if any(re.search(pattern, label) for pattern in patterns):
                return f"class_{code}"
    return None


def amount_row(key: str, number: int, form: str, side: str | None, code: str | None, item: str | None,
               kind: str, measure: str, value: str | None, *, name: str | None = None, unit: str = "万元",
               page: int = 1, text: str | None = None) -> ReportedAmount:  # fmt: skip
    """Return one cell; `value` is the printed number, None where blank; `text` overrides the cell's text."""
    value = value or None
    decimals = len(value.partition(".")[2]) if value else None
    yuan = (Decimal(value) * UNIT_YUAN[unit]).quantize(Decimal("0.01")) if value else None
    return ReportedAmount(
        report_key=key, form_code=form, side=side, item_code=code, item_name=name, line_item=item, row_kind=kind,
        measure=measure, cell_text=text if text is not None else (value or ""), amount_printed=value,
        amount_yuan=yuan, decimals=decimals, unit=unit, page=page, table_no=1, row_no=number, column_no=1,
        x0=0.0, top=0.0, x1=1.0, bottom=1.0, cell_no=number,
    )  # fmt: skip


def tables(
    headers: Iterable[ReportHeader], forms: Iterable[FormRecord], amounts: Iterable[ReportedAmount]
) -> Facts:
    return Facts(
        arrow_table(list(headers), HEADER_SCHEMA),
        arrow_table(list(forms), FORM_SCHEMA),
        arrow_table(list(amounts), AMOUNT_SCHEMA),
    )


def header(
    key: str, kind: str = "final_account", year: int = 2023, template: Iterable[str] = NINE
) -> ReportHeader:
    return ReportHeader(
        report_key=key, sha256=(key * 64)[:64], report_kind=kind, kind_reason="test", department_name="示例局",
        fiscal_year=year, unit="万元", pages=30, template=" ".join(template), producer="test",
    )  # fmt: skip


def form(key: str, code: str, state: str = "filled", page: int | None = 1, *, listed: bool = True,
         required: bool = True, title: str | None = None) -> FormRecord:  # fmt: skip
    return FormRecord(
        report_key=key, form_code=code, title_printed=title or (None if state == "missing" else code), unit="万元",
        page_first=page, page_last=page, listed=listed, required=required, state=state, note_printed=None,
    )  # fmt: skip


def _cell(
    key: str, number: int, row: dict[str, str], seen: dict[tuple[str, str], set[str]]
) -> ReportedAmount:
    code_of_form, side, code, name = row["form"], row["side"], row["item_code"] or None, row["item_name"]
    item: str | None = None
    kind = "subject"
    if code_of_form in ("F01", "F04"):
        before = seen.setdefault((code_of_form, side), set())
        kind = "part" if name.startswith("其中") else "line"
        item = None if kind == "part" else line_item(code_of_form, side, name, before)
        before.add(item or "")
    elif code_of_form == "F09":
        kind, item = "line", "three_public"
    elif code in ("total", "personnel_total", "public_total"):
        kind, item = "total", code
    return amount_row(key, number, code_of_form, side or None, code, item, kind, row["measure"], row["value"],
                      name=name or None, page=int(row["page"]) or 1)  # fmt: skip


def read_truth(
    report: str, key: str | None = None
) -> tuple[ReportHeader, list[FormRecord], list[ReportedAmount]]:
    """Return the facts of one open report, from its truth file; `key` names it otherwise."""
    meta = json.loads((TRUTH / f"{report}.meta.json").read_text(encoding="utf-8"))
    key = key or report
    with (TRUTH / f"{report}.csv").open(encoding="utf-8", newline="") as file:
        seen: dict[tuple[str, str], set[str]] = {}
        amounts = [_cell(key, number, row, seen) for number, row in enumerate(csv.DictReader(file), 1)]
    forms = []
    for entry in meta["forms"]:
        if not entry["present"]:
            continue
        printed = any(a.amount_printed for a in amounts if a.form_code == entry["form"])
        forms.append(form(key, entry["form"], "filled" if printed else "empty",
                          entry["pages"][0] or 1, title=entry["printed_title"]))  # fmt: skip
    return header(key, year=meta["fiscal_year"], template=[f.form_code for f in forms]), forms, amounts


def truth_batch(reports: Iterable[str] = OPEN_REPORTS) -> Facts:
    """Return the facts of open reports as one batch."""
    read = [read_truth(report) for report in reports]
    return tables(
        [h for h, _, _ in read],
        [f for _, forms, _ in read for f in forms],
        [a for _, _, amounts in read for a in amounts],
    )
