"""Facts as Arrow tables for the audit tests: from a truth file, or from the example reports.

Rows of truth files get their line items through the patterns of the form dictionary, so that the audit is
tested on the names that the reader of forms gives.
"""

import csv
import functools
import hashlib
import json
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pyarrow as pa
import pytest
import yaml

from pipeline.audit.code_names import known_codes
from pipeline.audit.rulebook import Rulebook, rulebook
from pipeline.config import PROJECT_DIR
from pipeline.facts import (
    FACT_SCHEMAS,
    UNIT_YUAN,
    Facts,
    FormRecord,
    Label,
    NarrativeClaim,
    ReadingFlag,
    ReportedAmount,
    ReportFacts,
    ReportHeader,
    TextFlaw,
    Unmapped,
)
from pipeline.forms.catalogue import catalogue

HERE = Path(__file__).parent
TRUTH = PROJECT_DIR.parent / "shared" / "truth"
OPEN_REPORTS = ("seed2023", "f2546b57", "3bffe247", "86287b24")
TOTALS = ("total", "personnel_total", "public_total")
needs_truth = pytest.mark.skipif(not TRUTH.is_dir(), reason="the ground truth, ../shared/truth, is not here")


class Report(NamedTuple):
    """The facts of one report."""

    header: ReportHeader
    forms: tuple[FormRecord, ...]
    amounts: tuple[ReportedAmount, ...]
    claims: tuple[NarrativeClaim, ...] = ()
    flags: tuple[ReadingFlag, ...] = ()
    unmapped: tuple[Unmapped, ...] = ()
    flaws: tuple[TextFlaw, ...] = ()
    labels: tuple[Label, ...] = ()

    def renamed(self, name: str) -> "Report":
        """The same report under another content hash."""
        sha256 = hashlib.sha256(name.encode()).hexdigest()
        key = sha256[:16]
        return Report(
            msgspec.structs.replace(self.header, report_key=key, sha256=sha256),
            tuple(msgspec.structs.replace(form, report_key=key) for form in self.forms),
            tuple(msgspec.structs.replace(amount, report_key=key) for amount in self.amounts),
            tuple(msgspec.structs.replace(claim, report_key=key) for claim in self.claims),
            tuple(msgspec.structs.replace(flag, report_key=key) for flag in self.flags),
            tuple(msgspec.structs.replace(thing, report_key=key) for thing in self.unmapped),
            tuple(msgspec.structs.replace(flaw, report_key=key) for flaw in self.flaws),
            tuple(msgspec.structs.replace(words, report_key=key) for words in self.labels),
        )

    def with_amount(self, index: int, printed: str | None) -> "Report":
        """The same report with another number in one cell."""
        changed = with_printed(self.amounts[index], printed)
        return self._replace(amounts=(*self.amounts[:index], changed, *self.amounts[index + 1 :]))

    def with_second(self, index: int, second: str) -> "Report":
        """The same report, the second reading of one cell another than the first."""
        cell = msgspec.structs.replace(self.amounts[index], flag="differs")
        return self._replace(
            amounts=(*self.amounts[:index], cell, *self.amounts[index + 1 :]),
            flags=(flag(cell.report_key, "differs", cell.form_code, second, cell),),
        )


def batch(reports: Iterable[Report]) -> Facts:
    """Return the facts of several reports together."""
    each = [
        ReportFacts(
            *report[:3],
            flags=report.flags,
            unmapped=report.unmapped,
            claims=report.claims,
            flaws=report.flaws,
            labels=report.labels,
        ).tables()
        for report in reports
    ]
    return {name: pa.concat_tables([tables[name] for tables in each]) for name in FACT_SCHEMAS}


def only(*checks: str) -> Rulebook:
    """Return a rulebook of these checks alone, which is quicker to run."""
    whole = rulebook()
    return Rulebook(
        identities=tuple(identity for identity in whole.identities if identity.id in checks),
        rules=tuple(rule for rule in whole.rules if rule.id in checks),
        labels=tuple(check for check in whole.labels if check.id in checks),
    )


# Single records --------------------------------------------------------------------------------------------


def header(name: str, year: int = 2023, kind: str = "final_account") -> ReportHeader:
    return ReportHeader(
        report_key=name,
        sha256=name,
        report_kind=kind,
        kind_reason="示例",
        department_name="示例局",
        fiscal_year=year,
        unit="万元",
        pages=30,
        template="",
        producer="test",
    )


def form(name: str, code: str, **changes: Any) -> FormRecord:
    found = FormRecord(
        report_key=name,
        form_code=code,
        title_printed=f"财政拨款示例表{code}",
        unit="万元",
        page_first=int(code[1:]),
        page_last=int(code[1:]),
        listed=True,
        required=True,
        state="filled",
        note_printed=None,
        copies=0,
    )
    return msgspec.structs.replace(found, **changes)


def amount(name: str, cell_no: int, code: str, row: str | None, measure: str, printed: str | None,
           side: str | None = None, **changes: Any) -> ReportedAmount:  # fmt: skip
    """Return one cell; `row` is a line item in F01, F04, F09 (in brackets: 其中), else a code or a total."""
    line = code in ("F01", "F04", "F09")
    kind = "line" if line else "total" if row in TOTALS else "subject"
    if row and row.startswith("("):
        kind = "part"
    record = ReportedAmount(
        report_key=name,
        form_code=code,
        side=side,
        item_code=None if line else row,
        item_name=row,
        line_item=row if kind in ("line", "total") else None,
        row_kind=kind,
        measure=measure,
        cell_text="",
        amount_printed=None,
        amount_yuan=None,
        decimals=None,
        unit="万元",
        page=int(code[1:]),
        table_no=1,
        row_no=1,
        column_no=1,
        x0=0.0,
        top=0.0,
        x1=1.0,
        bottom=1.0,
        cell_no=cell_no,
    )
    return with_printed(msgspec.structs.replace(record, **changes), printed)


def flag(
    name: str, kind: str, code: str | None, second: str, cell: ReportedAmount | None = None
) -> ReadingFlag:
    """Return what the second reading says of `cell`, or of a place in form `code` and in no cell."""
    page = cell.page if cell else int(code[1:]) if code else 1
    return ReadingFlag(
        report_key=name,
        flag_no=1,
        kind=kind,
        form_code=code,
        cell_no=cell.cell_no if cell else None,
        page=page,
        table_no=1,
        locator=f"page {page}, table 1, row 1, column 1" if cell else f"page {page}, table 1, in no cell",
        first_text=cell.cell_text if cell else None,
        second_text=second,
        confidence=None,
        x0=0.0,
        top=0.0,
        x1=1.0,
        bottom=1.0,
    )


def with_printed(cell: ReportedAmount, printed: str | None) -> ReportedAmount:
    """Return `cell` with another printed number; None or nothing is blank."""
    if not printed:
        return msgspec.structs.replace(
            cell, amount_printed=None, amount_yuan=None, decimals=None, cell_text=""
        )
    yuan = Decimal(printed) * UNIT_YUAN[cell.unit or "元"]
    return msgspec.structs.replace(
        cell,
        amount_printed=printed,
        amount_yuan=yuan.quantize(Decimal("0.01")),
        decimals=len(printed.partition(".")[2]),
        cell_text=printed,
    )


# Example reports -------------------------------------------------------------------------------------------


@functools.cache
def example(name: str) -> Report:
    """Return an example report of example_reports.yaml; numbers are kept as they are written."""
    text = (HERE / "example_reports.yaml").read_text(encoding="utf-8")
    content = yaml.load(text, Loader=yaml.BaseLoader)[name]
    cells: list[ReportedAmount] = []
    text = content.pop("TEXT", {})
    lines = content.pop("LABEL", [])
    notes = {code: entry["note"] for code, entry in content.items() if "note" in entry}
    for code, entry in content.items():
        if code in notes:
            continue
        blocks = [(None, entry)] if "rows" in entry else list(entry.items())
        for side, block in blocks:
            for row, values in block["rows"].items():
                for measure, printed in zip(block["columns"], values, strict=True):
                    cell = amount(name, len(cells) + 1, code, row, measure, printed, side)
                    cells.append(msgspec.structs.replace(cell, item_name=name_of(row)))
    forms = tuple(
        form(name, code, state="empty" if code in notes else "filled", note_printed=notes.get(code))
        for code in content
    )
    stated = [(section, *figure) for section, figures in text.items() for figure in figures]
    claims = tuple(claim(name, number, *figure) for number, figure in enumerate(stated, 1))
    labels = tuple(words(number, *line) for number, line in enumerate(lines, 1))
    return Report(header(name), forms, tuple(cells), claims, labels=labels).renamed(name)


def name_of(row: str) -> str:
    """Return the name of a code, and any other row as it is."""
    known = known_codes().get(row)
    return known.name if known else row


def words(number: int, place: str, about: str, printed: str, year: str = "", name: str = "") -> Label:
    """Return one label; `about` is the form of a caption, the section of a sentence."""
    return Label(
        report_key="",
        label_no=number,
        place=place,
        form_code=about if place == "caption" else None,
        section=about if place == "narrative" else None,
        text_printed=printed,
        fiscal_year=int(year) if year else None,
        department_name=name or None,
        page=number,
        x0=0.0,
        top=0.0,
        x1=1.0,
        bottom=1.0,
        locator=f"page {number}",
    )


def claim(
    name: str,
    number: int,
    section: str,
    metric: str,
    code: str,
    printed: str,
    unit: str,
    sentence: str = "",
) -> NarrativeClaim:
    """Return one figure of the narrative, or one word where the unit is `text`."""
    value = Decimal(printed) if unit not in ("text", "date") else None
    return NarrativeClaim(
        report_key=name,
        claim_no=number,
        section=section,
        metric=metric,
        subject=name_of(code) if code else None,
        subject_code=code or None,
        value_printed=printed.lstrip("-") if value is not None else printed,
        value=value,
        unit=unit,
        value_yuan=value * UNIT_YUAN[unit] if value is not None and unit in UNIT_YUAN else None,
        direction=None,
        placed=True,
        sentence=sentence or f"{metric} {printed}",
        page=20,
        x0=0.0,
        top=0.0,
        x1=1.0,
        bottom=1.0,
        locator="page 20",
    )


def slip(kind: str, found: str) -> TextFlaw:
    """Return a slip in the wording of the narrative."""
    sentence = f"总计{found}。"
    return TextFlaw("", 1, kind, "overall", found, sentence, 20, 0.0, 0.0, 1.0, 1.0, "page 20")


def said(stated: NarrativeClaim) -> str:
    """Return how the test tables name a figure of the narrative: TEXT, section, code, metric."""
    return " ".join(filter(None, ("TEXT", stated.section, stated.subject_code, stated.metric)))


def label(cell: ReportedAmount) -> str:
    """Return how the test tables name a cell: form, side, row, measure."""
    row = None if cell.form_code == "F09" else cell.item_code or cell.line_item or cell.item_name
    return " ".join(filter(None, (cell.form_code, cell.side, row, cell.measure)))


def altered(change: str) -> Report:
    """Return an example report after a change as failing_cases.yaml writes it."""
    name, _, rest = change.partition(": ")
    where, _, what = rest.partition(" = ")
    report = example(name)
    if where.startswith(("LABEL", "NAME")):
        return _relabelled(report, where, what).renamed(change)
    if what in ("missing", "untitled", "copied", "noted"):
        lost: dict[str, Any] = {"copies": 1} if what == "copied" else {"title_printed": None}
        lost = {"note_printed": "本表无数据"} if what == "noted" else lost
        if what == "missing":
            lost |= {"state": "missing", "page_first": None, "page_last": None}
        return report._replace(
            forms=tuple(
                msgspec.structs.replace(f, **lost) if f.form_code == where else f for f in report.forms
            ),
            amounts=tuple(a for a in report.amounts if what != "missing" or a.form_code != where),
        ).renamed(change)
    if what.startswith("slip "):
        _, kind, found = what.split(" ", 2)
        return report._replace(flaws=(slip(kind, found),)).renamed(change)
    if where.startswith("TEXT"):
        return _restated(report, where, what).renamed(change)
    if what.startswith("in no cell "):
        stray = flag(report.header.report_key, "in_no_cell", where, what.removeprefix("in no cell "))
        return report._replace(flags=(stray,)).renamed(change)
    if what == "-":
        kept = tuple(cell for cell in report.amounts if not label(cell).startswith(where + " "))
        assert len(kept) < len(report.amounts), f"no row {where}"
        return report._replace(amounts=kept).renamed(change)
    [index] = [number for number, cell in enumerate(report.amounts) if label(cell) == where]
    if what.startswith("again "):
        again = msgspec.structs.replace(report.amounts[index], cell_no=len(report.amounts) + 1, page=99)
        again = with_printed(again, what.removeprefix("again "))
        return report._replace(amounts=(*report.amounts, again)).renamed(change)
    if what.startswith("read again as "):
        return report.with_second(index, what.removeprefix("read again as ")).renamed(change)
    return report.with_amount(index, what).renamed(change)


def _restated(report: Report, where: str, what: str) -> Report:
    """Return the report with other words: the last figure of that name is another, or is not there."""
    index = [number for number, stated in enumerate(report.claims) if said(stated) == where][-1]
    old = report.claims[index]
    new = (
        claim("", old.claim_no, old.section, str(old.metric), old.subject_code or "", what, str(old.unit))
        if what != "-"
        else None
    )
    claims = (*report.claims[:index], *([new] if new else []), *report.claims[index + 1 :])
    return report._replace(claims=claims)


def _relabelled(report: Report, where: str, what: str) -> Report:
    """Return the report with another text, year or name in one label, or another name beside one code."""
    kind, first, second = where.split(" ")
    if kind == "NAME":
        cells = tuple(
            msgspec.structs.replace(cell, item_name=what)
            if (cell.form_code, cell.item_code) == (first, second)
            else cell
            for cell in report.amounts
        )
        assert cells != report.amounts
        return report._replace(amounts=cells)
    field = {"text": "text_printed", "year": "fiscal_year", "name": "department_name"}[second]
    index = int(first) - 1
    changed = msgspec.structs.replace(
        report.labels[index], **{field: int(what) if second == "year" else what}
    )
    return report._replace(labels=(*report.labels[:index], changed, *report.labels[index + 1 :]))


# Open reports ----------------------------------------------------------------------------------------------


@functools.cache
def dictionary() -> dict[str, Any]:
    path = PROJECT_DIR / "pipeline" / "forms" / "dictionary" / "forms.yaml"
    content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return content


def _truth_cell(report: str, number: int, row: dict[str, str], seen: dict[str, set[str]]) -> ReportedAmount:
    code, side, name = row["form"], row["side"] or None, row["item_name"] or None
    changes: dict[str, Any] = {"item_name": name, "page": int(row["page"]) or 1}
    item = row["item_code"] or None
    if code == "F09":
        item = "three_public"
    elif side and name:
        before = seen.setdefault(code + side, set())
        part = name.startswith("其中")
        label = name.replace("（", "(").replace("）", ")").replace("：", ":")
        item = None if part else catalogue().forms[code].line_item(label, side, frozenset(before))
        changes |= {"row_kind": "part" if part else "line", "line_item": item}
        before.add(item or "")
    return amount(report, number, code, item, row["measure"], row["value"], side, **changes)


@functools.cache
def truth(report: str) -> Report:
    """Return the facts of an open report, from its truth file."""
    meta = json.loads((TRUTH / f"{report}.meta.json").read_text(encoding="utf-8"))
    with (TRUTH / f"{report}.csv").open(encoding="utf-8", newline="") as file:
        seen: dict[str, set[str]] = {}
        rows = enumerate(csv.DictReader(file), 1)
        cells = tuple(_truth_cell(report, number, row, seen) for number, row in rows)
    printed = {cell.form_code for cell in cells if cell.amount_printed}
    forms = tuple(
        form(report, entry["form"], state="filled" if entry["form"] in printed else "empty",
             title_printed=entry["printed_title"])
        for entry in meta["forms"]
        if entry["present"]
    )  # fmt: skip
    return Report(header(report, meta["fiscal_year"]), forms, cells).renamed(report)
