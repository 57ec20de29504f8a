"""Reports for the tests of the warehouse: small, complete, and vouched for by a gate record."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline.acquire.archive import ArchivedFile, Manifest
from pipeline.audit.results import CAUSE_SCHEMA, CHECK_SCHEMA
from pipeline.facts import (
    FormRecord,
    ReportedAmount,
    ReportFacts,
    ReportHeader,
    report_key,
)
from pipeline.staging import Fingerprints, Outcome, Staged, write_parquet

FINGERPRINTS = Fingerprints("d" * 16, "f" * 16, "c" * 16, "a" * 16)
DEPARTMENT = "示例市示例局"

# form, side, item_code, item_name, line_item, row_kind, measure, printed (万元)
Row = tuple[str, str | None, str | None, str | None, str | None, str, str, str | None]

# Two subjects, one class: 行政运行 800.00, 一般行政管理事务 234.56; F03 also has a 款 and a 类 row.
ROWS: list[Row] = [
    ("F01", "income", None, "一般公共预算财政拨款收入", "general_public_budget", "line", "final", "1000.00"),
    ("F01", "income", None, "其他收入", "other", "line", "final", "34.56"),
    ("F01", "income", None, "本年收入合计", "current_income", "line", "final", "1034.56"),
    ("F01", "expenditure", None, "一般公共服务支出", "class_201", "line", "final", "1034.56"),
    ("F02", None, "total", "合计", "total", "total", "total", "1034.56"),
    ("F02", None, "total", "合计", "total", "total", "fiscal_appropriation", "1000.00"),
    ("F02", None, "total", "合计", "total", "total", "other", "34.56"),
    ("F02", None, "2010301", "行政运行", None, "subject", "total", "800.00"),
    ("F02", None, "2010301", "行政运行", None, "subject", "fiscal_appropriation", "800.00"),
    ("F02", None, "2010302", "一般行政管理事务", None, "subject", "total", "234.56"),
    ("F02", None, "2010302", "一般行政管理事务", None, "subject", "fiscal_appropriation", "200.00"),
    ("F02", None, "2010302", "一般行政管理事务", None, "subject", "other", "34.56"),
    ("F03", None, "total", "合计", "total", "total", "total", "1034.56"),
    ("F03", None, "total", "合计", "total", "total", "basic", "800.00"),
    ("F03", None, "total", "合计", "total", "total", "project", "234.56"),
    ("F03", None, "201", "一般公共服务支出", None, "subject", "total", "1034.56"),
    ("F03", None, "20103", "政府办公厅（室）及相关机构事务", None, "subject", "total", "1034.56"),
    ("F03", None, "2010301", "行政运行", None, "subject", "total", "800.00"),
    ("F03", None, "2010301", "行政运行", None, "subject", "basic", "800.00"),
    ("F03", None, "2010301", "行政运行", None, "subject", "project", None),
    ("F03", None, "2010302", "一般行政管理事务", None, "subject", "total", "234.56"),
    ("F03", None, "2010302", "一般行政管理事务", None, "subject", "project", "234.56"),
    ("F05", None, "total", "合计", "total", "total", "total", "1000.00"),
    ("F05", None, "total", "合计", "total", "total", "basic", "800.00"),
    ("F05", None, "total", "合计", "total", "total", "project", "200.00"),
    ("F05", None, "2010301", "行政运行", None, "subject", "total", "800.00"),
    ("F05", None, "2010301", "行政运行", None, "subject", "basic", "800.00"),
    ("F05", None, "2010302", "一般行政管理事务", None, "subject", "total", "200.00"),
    ("F05", None, "2010302", "一般行政管理事务", None, "subject", "project", "200.00"),
    ("F06", None, "301", "工资福利支出", None, "subject", "final", "700.00"),
    ("F06", None, "30101", "基本工资", None, "subject", "final", "700.00"),
    ("F06", None, "personnel_total", "人员经费合计", "personnel_total", "total", "final", "700.00"),
    ("F06", None, "302", "商品和服务支出", None, "subject", "final", "100.00"),
    ("F06", None, "30299", "其他商品和服务支出", None, "subject", "final", "100.00"),
    ("F06", None, "public_total", "公用经费合计", "public_total", "total", "final", "100.00"),
    ("F09", None, None, None, None, "line", "budget_total", "5.00"),
    ("F09", None, None, None, None, "line", "budget_vehicle", "5.00"),
    ("F09", None, None, None, None, "line", "budget_vehicle_operation", "5.00"),
    ("F09", None, None, None, None, "line", "final_total", "3.25"),
    ("F09", None, None, None, None, "line", "final_overseas", None),
    ("F09", None, None, None, None, "line", "final_vehicle", "3.25"),
    ("F09", None, None, None, None, "line", "final_vehicle_operation", "3.25"),
]


WAIVER: dict[str, Any] = {
    "waiver_no": 1,
    "check_id": "F03-ROW",
    "form_code": "F03",
    "subject": None,
    "measure": None,
    "difference": None,
    "reason": "原件如此",
    "who": "李四",
    "decided_on": "2024-12-01",
    "until": None,
    "state": "applied",
}


@dataclass(frozen=True)
class Report:
    """What to stage. `name` makes the content hash."""

    name: str
    department: str | None = DEPARTMENT
    year: int | None = 2023
    kind: str = "final_account"
    verdict: str = "accepted"
    rows: Sequence[Row] = field(default_factory=lambda: ROWS)
    check_status: str = "exact"
    published_at: str | None = None
    waivers: Sequence[dict[str, Any]] = ()
    scope: str | None = None
    division_code: str | None = None

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.name.encode()).hexdigest()

    @property
    def key(self) -> str:
        return report_key(self.sha256)


def stage_report(report: Report, root: Path) -> Staged:
    staged = Staged(root, report.sha256, FINGERPRINTS)
    forms = sorted({row[0] for row in report.rows})
    header = ReportHeader(
        report_key=report.key,
        sha256=report.sha256,
        report_kind=report.kind,
        kind_reason="2023年度部门决算",
        department_name=report.department,
        fiscal_year=report.year,
        unit="万元",
        pages=len(forms),
        template=" ".join(forms),
        producer="test",
        scope=report.scope,
        division_code=report.division_code,
    )
    records = [
        FormRecord(report.key, form, form, "万元", page, page, True, True, "filled", None, 0)
        for page, form in enumerate(forms, start=1)
    ]
    amounts = [_amount(report.key, number, row) for number, row in enumerate(report.rows, start=1)]
    for name, table in ReportFacts(header, tuple(records), tuple(amounts)).tables().items():
        write_parquet(staged.fact(name), table)
    write_parquet(staged.cause, CAUSE_SCHEMA.empty_table())
    write_parquet(staged.check, _check(report))
    write_gate(staged, report.verdict, waivers=list(report.waivers))
    return staged


def write_gate(staged: Staged, verdict: str, **changes: Any) -> None:
    """Write the gate record for what is staged now."""
    record = {
        "report_key": report_key(staged.sha256),
        "sha256": staged.sha256,
        "content_hash": staged.content_hash(),
        "verdict": verdict,
        "reasons": [] if verdict == "accepted" else [f"{verdict}: F03-ROW"],
        "suites": {"facts": 1},
        **changes,
    }
    staged.gate.parent.mkdir(parents=True, exist_ok=True)
    staged.gate.write_text(json.dumps(record), encoding="utf-8")


def archived(report: Report, file_name: str | None = None) -> ArchivedFile:
    manifest = Manifest(
        sha256=report.sha256,
        bytes=1234,
        file_type="pdf",
        original_name=file_name or f"{report.name}.pdf",
        published_at=report.published_at,
        archived_at="2024-09-01T08:00:00+08:00",
    )
    return ArchivedFile(Path("raw") / str(report.year or "unknown") / manifest.original_name, manifest)


def succeeded(report: Report) -> Outcome:
    return Outcome(
        sha256=report.sha256, stage="gate", status="ok", seconds=0.5, at="2024-09-01T00:00:01+00:00"
    )


def failed(report: Report, error_class: str = "encrypted") -> Outcome:
    return Outcome(
        sha256=report.sha256,
        stage="document",
        status="failed",
        error_class=error_class,
        message="remove the password",
        page=1,
        seconds=0.1,
        at="2024-09-01T00:00:00+00:00",
    )


def changed_amount(report: Report, at: int, printed: str) -> Report:
    """Return the report with another number in row `at`, under the same name and so the same sha256."""
    rows = list(report.rows)
    rows[at] = (*rows[at][:-1], printed)
    return replace(report, rows=rows)


def _amount(key: str, number: int, row: Row) -> ReportedAmount:
    form, side, code, name, line, kind, measure, printed = row
    yuan = None if printed is None else Decimal(printed) * 10_000
    return ReportedAmount(
        report_key=key,
        form_code=form,
        side=side,
        item_code=code,
        item_name=name,
        line_item=line,
        row_kind=kind,
        measure=measure,
        cell_text=printed or "",
        amount_printed=printed,
        amount_yuan=yuan,
        decimals=None if printed is None else 2,
        unit="万元",
        page=int(form[1:]),
        table_no=1,
        row_no=number,
        column_no=1,
        x0=10.0,
        top=20.0,
        x1=60.0,
        bottom=32.0,
        cell_no=number,
    )


def _check(report: Report) -> pa.Table:
    row = dict.fromkeys(CHECK_SCHEMA.names)
    row |= {
        "report_key": report.key,
        "check_id": "F03-ROW",
        "form_code": "F03",
        "severity": "H",
        "status": report.check_status,
        "reported": Decimal("10345600.0000"),
        "pages": [3],
        "cell_nos": [13],
    }
    return pa.Table.from_pylist([row], schema=CHECK_SCHEMA)
