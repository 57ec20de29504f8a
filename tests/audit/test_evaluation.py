"""The checks of self-evaluation annexes: each holds on one that satisfies it, fails on one that does not."""

from collections import defaultdict
from decimal import Decimal

import msgspec
import pytest

from pipeline.audit.engine import check_batch
from pipeline.audit.evaluation import check_evaluations
from pipeline.audit.gate import validate_batch
from pipeline.audit.results import CHECK_SCHEMA
from pipeline.audit.rulebook import rulebook
from pipeline.facts import ReportFacts
from pipeline.forms.extract import extract_facts
from pipeline.narrative.evaluation import add_evaluations, find_evaluations
from pipeline.read.files import read_file
from tests.audit.facts import amount, header
from tests.forms.drawing import document, grid, page
from tests.forms.test_reports import SHARED, needs_reports

MONEY = {"P-FACT", "P-BUDGET", "P-UNDER", "P-OVER"}  # see test_evaluation_money
CHECKS = tuple(check.id for check in rulebook().evaluations if check.id not in MONEY)
ANNEX = """
部门（单位）名称 | 示例局 | < | < | < | < | < | < | <
整体支出情况（万元） | | 年初预算数 | 全年预算数 | 全年执行数 | 分值 | 执行率 | 得分 | 备注
^ | 年度资金总额 | 200.00 | 230.00 | 161.00 | 10 | 70.00% | 7.78 |
^ | 财政拨款 | 150.00 | 180.00 | 131.00 | - | 72.78% | - |
^ | 其他资金 | 50.00 | 50.00 | 30.00 | - | 60.00% | - |
一级指标 | 二级指标 | 三级指标 | 年度指标值 | 实际完成值 | 分值 | 得分 | 偏差度 | 原因
投入指标（30分） | 预算管理 | 预算调整率 | ≤10% | 15.00% | 10 | 8.5 | 50.00 |
^ | ^ | 预算执行率 | ≥90% | 70.0% | 10 | 7.5 | -22.22 |
^ | ^ | “三公经费”控制率 | ≤100% | 65.00% | 10 | 10 | 0.00 |
产出指标（40分） | 数量指标 | 检查次数 | ≥12次 | 18次 | 20 | 20 | 20.00 |
^ | ^ | 培训 | 完成 | 90% | 20 | 18 | -10.00 |
效益指标（20分） | 社会效益 | 满意率 | ≥90% | 95% | 20 | 20 | 0.00 |
总分 | < | < | < | < | 100 | 91.78 | |
自评等级 | 优 | < | < | < | < | < | < | <
"""

# What breaks a check: the check that fails, the words replaced, their replacement.
FAILING = [
    ("P-EXE", "72.78%", "72.80%"),
    ("P-EXE", "10 | 70.00%", "10 | 71.00%"),
    ("P-SRC", "50.00 | 50.00 | 30.00", "50.00 | 50.00 | 30.02"),
    ("P-SRC", "其他资金 | 50.00", "其他资金 | "),
    ("P-SCORE", "7.78 |", "7.79 |"),
    ("P-WEIGHT", "12次 | 18次 | 20", "12次 | 18次 | 19"),
    ("P-WEIGHT", "产出指标（40分）", "产出指标（45分）"),
    ("P-TOTAL", "91.78", "91.88"),
    ("P-TOTAL", "20 | 18 |", "20 | 21 |"),
    ("P-RATING", "自评等级 | 优", "自评等级 | 良"),
    ("P-ADJ", "≤10% | 15.00%", "≤10% | 15.02%"),
    ("P-DEV", "| 20.00 |", "| 19.00 |"),
    ("P-DEV", "-10.00", "10.00"),
    ("P-INDIC", "70.0%", "100%"),
    ("P-3P", "65.00%", "0%"),
]
NOT_EVALUABLE = [
    ("P-EXE", "161.00", "若干"),
    ("P-SRC", "其他资金", "彩票公益金"),
    ("P-SRC", "其他资金", "财政性资金"),
    ("P-SCORE", "161.00", "若干"),
    ("P-WEIGHT", "12次 | 18次 | 20", "12次 | 18次 | "),
    ("P-TOTAL", "20 | 18 |", "20 | 优 |"),
    ("P-ADJ", "年度资金总额 | 200.00", "年度资金总额 | "),
    ("P-INDIC", "70.0%", "较好"),
]
NOT_APPLICABLE = [
    ("P-RATING", "自评等级 | 优", "自评等级 | 通过"),
    ("P-SCORE", "70.00% | 7.78", "70.00% | "),
    ("P-TOTAL", "100 | 91.78", "100 | "),
]
HOLDING = [
    ("P-EXE", "70.00%", "0.70"),  # a fraction
    ("P-EXE", "72.78%", "73%"),  # fewer decimals
    ("P-TOTAL", "91.78", "92"),  # rounded
    ("P-SCORE", "7.78", "7.00"),  # linear
    ("P-DEV", "| 20.00 |", "| 50.00 |"),  # nothing taken off
    ("P-DEV", "| 20.00 |", "| 0.00 |"),  # the target is met
    ("P-ADJ", "≤10% | 15.00%", "≤10% | 15%"),
]


def facts(text: str = ANNEX, name: str = "report") -> ReportFacts:
    found = find_evaluations(
        document(page(1, "部门整体支出绩效自评表", grid(*text.strip().splitlines()))), name
    )
    three_public = (
        amount(name, 1, "F09", "three_public", "budget_total", "20.00"),
        amount(name, 2, "F09", "three_public", "final_total", "13.00"),
    )
    return ReportFacts(
        header(name),
        (),
        three_public,
        evaluations=found.annexes,
        evaluation_sources=found.sources,
        indicators=found.indicators,
    )


def changed(old: str, new: str) -> ReportFacts:
    assert ANNEX.count(old) == 1, old
    return facts(ANNEX.replace(old, new))


def statuses(report: ReportFacts) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    own = [check for check in rulebook().evaluations if check.id in CHECKS]
    for row in check_evaluations(report.tables(), own).to_pylist():
        found[row["check_id"]].add(row["status"])
    return found


def test_every_check_has_a_failing_case():
    assert {check for check, *_ in FAILING} == set(CHECKS)


def test_every_check_holds():
    seen = statuses(facts())
    assert set(seen) == set(CHECKS)
    for check in CHECKS:
        assert seen[check] & {"exact", "rounding"}, check
        assert seen[check] <= {"exact", "rounding"}, check


@pytest.mark.parametrize(("check", "old", "new"), FAILING)
def test_fails(check, old, new):
    assert "fail" in statuses(changed(old, new))[check]


@pytest.mark.parametrize(("check", "old", "new"), NOT_EVALUABLE)
def test_what_cannot_be_computed_is_not_passed(check, old, new):
    seen = statuses(changed(old, new))[check]
    assert "not_evaluable" in seen
    assert "fail" not in seen


@pytest.mark.parametrize(("check", "old", "new"), NOT_APPLICABLE)
def test_what_is_not_printed_is_not_applicable(check, old, new):
    assert "not_applicable" in statuses(changed(old, new))[check]


@pytest.mark.parametrize(("check", "old", "new"), HOLDING)
def test_exceptions_do_not_fire(check, old, new):
    assert statuses(changed(old, new))[check] <= {"exact", "rounding"}


def test_a_weight_beside_the_hundred():
    text = ANNEX.replace("效益指标（20分）", "效益指标（30分）").replace(
        "≥90% | 95% | 20 | 20", "≥90% | 95% | 30 | 30"
    )
    seen = statuses(facts(text.replace("91.78", "94.00")))
    assert seen["P-WEIGHT"] == seen["P-TOTAL"] == {"exact"}
    assert statuses(facts(text))["P-TOTAL"] == {"fail"}


def test_a_report_without_annexes_has_no_results():
    assert (
        statuses(msgspec.structs.replace(facts(), evaluations=(), evaluation_sources=(), indicators=())) == {}
    )


def test_results_follow_the_contract():
    table = check_batch(changed("≤10% | 15.00%", "≤10% | 35.72%").tables())
    assert table.schema == CHECK_SCHEMA
    (row,) = [row for row in table.to_pylist() if row["check_id"] == "P-ADJ"]
    assert (row["subject"], row["measure"], row["severity"]) == ("annex 1 预算调整率", "actual", "W")
    assert (row["reported"], row["computed"], row["difference"]) == (
        Decimal("35.7200"),
        Decimal("15.0000"),
        Decimal("20.7200"),
    )
    assert (row["unit"], row["page"], row["pages"], row["cell_nos"]) == ("%", 1, [1], [])


def test_the_gate_tells_failures_as_warnings_in_their_own_unit():
    tables = changed("≤10% | 15.00%", "≤10% | 35.72%").tables()
    (record,) = validate_batch(tables, check_batch(tables), {"report": "hash"})
    (reason,) = [reason for reason in record.reasons if "P-ADJ" in reason]
    assert reason.startswith(
        "Warning: P-ADJ (预算调整率＝|全年预算数－年初预算数|÷年初预算数): annex 1 预算调整率 actual"
    )
    assert "printed as 35.72 and computed as 15.00: difference 20.72, tolerance 0.0104 %. Page 1." in reason


@needs_reports
@pytest.mark.parametrize("file", ["seed2023.pdf", "seed2023_chromium.pdf"])
def test_the_true_findings_of_a_real_report_and_no_others(file):
    found = read_file(SHARED / "corpus" / file, max_pages=100)
    report = add_evaluations(found, extract_facts(found))
    results = check_batch(report.tables()).to_pylist()
    own = [row for row in results if row["check_id"] in CHECKS]
    assert {row["status"] for row in own} == {"exact", "rounding", "not_applicable", "fail"}
    assert sorted(
        (row["check_id"], row["subject"], str(row["reported"]), str(row["computed"]))
        for row in own
        if row["status"] == "fail"
    ) == [
        ("P-3P", "annex 1 “三公经费”控制率", "0.0000", "100.0000"),
        ("P-ADJ", "annex 1 预算调整率", "35.7200", "18.0827"),
        ("P-INDIC", "annex 3 预算执行率", "100.0000", "70.0002"),
        ("P-INDIC", "annex 5 预算执行率", "100.0000", "0.0000"),
    ]
