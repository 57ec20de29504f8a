"""Self-evaluations of projects against F05 and the narrative, and scores by a local formula."""

from collections import defaultdict
from decimal import Decimal

import pytest

from pipeline.audit.evaluation import check_evaluations
from pipeline.audit.rulebook import rulebook
from pipeline.facts import ReportFacts
from pipeline.narrative.evaluation import find_evaluations
from tests.audit.facts import amount, claim, header
from tests.forms.drawing import document, grid, page

CHECKS = ("P-FACT", "P-BUDGET", "P-UNDER", "P-OVER")
ANNEX = """
项目名称 | 示例项目 | < | < | < | < | < | < | <
项目资金（万元） | | 年初预算数 | 全年预算数 | 全年执行数 | 分值 | 执行率 | 得分 | 备注
^ | 年度资金总额 | 48.30 | 48.30 | 38.28 | 10 | 79.25% | 7.93 |
^ | 财政拨款 | 48.30 | 48.30 | 8.28 | - | 17.14% | - |
^ | 单位资金 | 0 | 0 | 30.00 | - | 0% | - |
一级指标 | 二级指标 | 三级指标 | 年度指标值 | 实际完成值 | 分值 | 得分 | 偏差度 | 原因
产出指标（50分） | 数量指标 | 检查 | ≥10次 | 6次 | 20 | 12 | -40.00 |
^ | ^ | 参会人数 | ≥500人 | 1320人 | 20 | 12 | 134.00 |
^ | ^ | 分会场 | ≥8场 | 11场 | 10 | 9.57 | 7.50 |
效益指标（40分） | 社会效益 | 满意率 | ≥90% | 95% | 40 | 40 | 0.00 |
总分 | < | < | < | < | 100 | 81.5 | |
"""


def facts(*annexes: str, bound: str = "13.28") -> ReportFacts:
    pages = [
        page(number, "项目支出绩效自评表", grid(*text.strip().splitlines(), page=number))
        for number, text in enumerate(annexes, 1)
    ]
    found = find_evaluations(document(*pages), "report")
    assert len(found.annexes) == len(annexes)
    cells = (
        amount("report", 1, "F05", "total", "project", bound),
        amount("report", 2, "F05", "2060199", "project", "8.28"),
        amount("report", 3, "F05", "2060901", "project", "5.00"),
    )
    stated = (claim("report", 1, "gpb_detail", "initial_budget", "2060199", "48.30", "万元"),)
    return ReportFacts(
        header("report"),
        (),
        cells,
        claims=stated,
        evaluations=found.annexes,
        evaluation_sources=found.sources,
        indicators=found.indicators,
    )


def statuses(report: ReportFacts) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    own = [check for check in rulebook().evaluations if check.id in CHECKS]
    for row in check_evaluations(report.tables(), own).to_pylist():
        found[row["check_id"]].add(row["status"])
    return found


def changed(old: str, new: str) -> str:
    assert ANNEX.count(old) == 1, old
    return ANNEX.replace(old, new)


def test_every_check_holds() -> None:
    assert statuses(facts(ANNEX)) == {
        "P-FACT": {"exact"},
        "P-BUDGET": {"exact"},
        "P-UNDER": {"exact"},
        "P-OVER": {"exact", "rounding"},
    }


@pytest.mark.parametrize(
    ("check", "old", "new"),
    [
        ("P-FACT", "48.30 | 8.28", "48.30 | 13.30"),
        ("P-BUDGET", "财政拨款 | 48.30", "财政拨款 | 8.28"),
        ("P-OVER", "20 | 12 | 134.00", "20 | 20 | 134.00"),
        ("P-OVER", "9.57", "9.50"),
    ],
)
def test_fails(check: str, old: str, new: str) -> None:
    assert "fail" in statuses(facts(changed(old, new)))[check]


def test_a_score_of_a_missed_target_beside_one_by_the_formula() -> None:
    two = changed("95% | 40 | 40", "45% | 40 | 40")
    assert statuses(facts(two))["P-UNDER"] == {"exact", "fail"}


@pytest.mark.parametrize(
    ("check", "old", "new"),
    [
        ("P-FACT", "财政拨款", "彩票公益金"),  # which source it is, is not known
        ("P-BUDGET", "48.30 | 8.28", "48.30 | 7.00"),  # no item has it
        ("P-UNDER", "20 | 12 | -40.00", "20 | 0 | -40.00"),  # another formula
        ("P-UNDER", "6次", "六次"),
    ],
)
def test_what_cannot_be_told_is_not_applicable(check: str, old: str, new: str) -> None:
    assert statuses(facts(changed(old, new)))[check] == {"not_applicable"}


def test_an_annex_in_which_exceeding_costs_nothing_has_another_formula() -> None:
    generous = changed("20 | 12 | 134.00", "20 | 20 | 134.00").replace("9.57", "10")
    assert statuses(facts(generous))["P-OVER"] == {"not_applicable"}


def test_projects_together_are_bound_too() -> None:
    """Two projects of 8.28 each are more than the 13.28 of F05, one of them is not."""
    own = [check for check in rulebook().evaluations if check.id == "P-FACT"]
    rows = check_evaluations(facts(ANNEX, ANNEX).tables(), own).to_pylist()
    assert [(row["subject"], row["status"]) for row in rows] == [
        ("annex 1", "exact"),
        ("annex 2", "fail"),
        ("annex 2", "exact"),
    ]
    assert (rows[1]["measure"], rows[1]["reported"], rows[1]["computed"]) == (
        "executed_together",
        Decimal("165600.0000"),
        Decimal("132800.0000"),
    )
    assert statuses(facts(ANNEX, ANNEX, bound="16.56"))["P-FACT"] == {"exact"}
