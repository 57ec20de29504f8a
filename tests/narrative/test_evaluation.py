"""Self-evaluation annexes from grids: what is one, how its rows are read, what its values say."""

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.narrative.annex_words import Quantity, bracketed_score, decimal, percent, quantity, score
from pipeline.narrative.evaluation import Evaluations, find_evaluations
from pipeline.read.document import Page
from tests.forms.drawing import document, grid, page

TITLE = "项目支出绩效自评表"
HEAD = "项目名称 | 运行维护费 | < | < | < | < | < | <"
FUNDS = (
    "项目资金（万元） | | 年初预算数 | 全年预算数 | 全年执行数 | 分值 | 执行率 | 得分",
    "^ | 年度资金总额 | 100.00 | 120.00 | 90.00 | 10 | 75% | 7.5",
    "^ | 其中：当年财政拨款 | 100.00 | 120.00 | 90.00 | - | 75% | -",
)
INDICATOR_HEAD = (
    "一级指标 | 二级指标 | 三级指标 | 年度指标值 | 实际完成值 | 分值 | 得分 | 偏差原因分析及改进措施"
)
INDICATORS = (
    "产出指标 | 数量指标 | 检查次数 | ≥12次 | 15次 | 50 | 50 | ",
    "效益指标 | 社会效益指标 | 服务水平 | 稳步提升 | 提升 | 40 | 38.5 | 起步晚",
)
TOTAL = "总分 | < | < | < | < | 100 | 96 | "


def evaluations(*pages: Page) -> Evaluations:
    return find_evaluations(document(*pages), "key")


def one_page(*rows: str, title: str | None = TITLE) -> Evaluations:
    return evaluations(page(1, *([title] if title else []), grid(*rows)))


def names(found: Evaluations) -> list[tuple[str | None, str | None, str | None]]:
    return [(line.level1, line.level2, line.level3) for line in found.indicators]


def test_the_national_template():
    found = one_page(HEAD, *FUNDS, INDICATOR_HEAD, *INDICATORS, TOTAL)
    (annex,) = found.annexes
    assert (annex.kind, annex.project_name, annex.unit) == ("project", "运行维护费", "万元")
    assert (annex.initial_budget_yuan, annex.executed_yuan) == (1_000_000, 900_000)
    assert (annex.rate, annex.budget_weight, annex.budget_score) == (75, 10, Decimal("7.5"))
    assert (annex.total_weight, annex.total_score, annex.notes_printed) == (100, 96, None)
    assert [(s.source, s.source_printed, s.executed_printed) for s in found.sources] == [
        ("fiscal_appropriation", "其中：当年财政拨款", "90.00")
    ]
    assert [(line.level3, line.score, line.reason_printed) for line in found.indicators] == [
        ("检查次数", 50, None),
        ("服务水平", Decimal("38.5"), "起步晚"),
    ]


def test_an_annex_without_a_title_or_with_one_inside_its_table():
    rows = (HEAD, *FUNDS, INDICATOR_HEAD, *INDICATORS)
    (bare,) = one_page(*rows, title=None).annexes
    (inside,) = one_page(f"{TITLE} | < | < | < | < | < | < | <", *rows, title=None).annexes
    assert (bare.title_printed, bare.kind) == (None, "project")
    assert (inside.title_printed, inside.kind) == (TITLE, "project")


def test_several_annexes_in_one_table_are_told_apart():
    second = HEAD.replace("运行维护费", "设备购置费")
    found = one_page(HEAD, *FUNDS, INDICATOR_HEAD, *INDICATORS, second, *FUNDS, INDICATOR_HEAD, *INDICATORS)
    assert [annex.project_name for annex in found.annexes] == ["运行维护费", "设备购置费"]
    assert [line.evaluation_no for line in found.indicators] == [1, 1, 2, 2]


def test_the_kind_comes_from_the_title_then_from_the_head():
    department = "部门（单位）名称 | 示例局 | < | < | < | < | < | <"
    rows = (*FUNDS, INDICATOR_HEAD, *INDICATORS)
    assert one_page(department, *rows, title="部门整体支出绩效自评表").annexes[0].kind == "department"
    assert one_page(department, *rows, title="绩效自评表").annexes[0].kind == "department"
    assert one_page(HEAD, *rows, title="绩效自评表").annexes[0].kind == "project"
    assert one_page(*rows, title="绩效自评表").annexes[0].kind is None


@pytest.mark.parametrize("title", ["项目支出绩效目标表", "项目支出绩效目标申报表", None])
def test_goals_without_actual_values_are_none(title):
    head = INDICATOR_HEAD.replace("实际完成值", "评分标准")
    assert one_page(HEAD, head, *INDICATORS, title=title) == Evaluations()


def test_monitoring_tables_and_lists_of_projects_are_none():
    rows = (HEAD, *FUNDS, INDICATOR_HEAD, *INDICATORS)
    assert one_page(*rows, title="项目支出绩效监控表") == Evaluations()
    assert one_page("项目名称 | 自评分数", "运行维护费 | 96", title="项目绩效自评情况表") == Evaluations()


def test_a_table_of_another_title_is_no_part_of_the_annex():
    found = evaluations(
        page(1, TITLE, grid(HEAD, *FUNDS, INDICATOR_HEAD, *INDICATORS)),
        page(2, "国有资产占用情况表", grid("资产 | 账面 | 原值 | 面积 | 用途 | 处室 | 年份 | 1.00")),
    )
    assert (len(found.annexes), len(found.indicators)) == (1, 2)
    assert (found.annexes[0].page_last, found.annexes[0].notes_printed) == (1, None)


def test_merged_levels_are_carried_down_and_over_a_page_break():
    found = evaluations(
        page(
            1,
            TITLE,
            grid(
                *(HEAD, INDICATOR_HEAD),
                "产出指标 | 数量指标 | 检查 | 1 | 1 | 5 | 5 | ",
                "^ | ^ | 培训 | 1 | 1 | 5 | 5 | ",
                "^ | 质量指标 | 合格率 | 1 | 1 | 5 | 5 | ",
            ),
        ),
        page(
            2,
            grid(
                " | | 达标率 | 1 | 1 | 5 | 5 | ",
                "^ | 时效指标 | 及时率 | 1 | 1 | 5 | 5 | ",
                "效益指标 | | 满意率 | 1 | 1 | 5 | 5 | ",
            ),
        ),
    )
    assert names(found) == [
        ("产出指标", "数量指标", "检查"),
        ("产出指标", "数量指标", "培训"),
        ("产出指标", "质量指标", "合格率"),
        ("产出指标", "质量指标", "达标率"),
        ("产出指标", "时效指标", "及时率"),
        ("效益指标", None, "满意率"),
    ]


def test_a_level_that_a_page_break_tears_is_put_together():
    found = evaluations(
        page(1, TITLE, grid(HEAD, INDICATOR_HEAD, "产出 | 数量指标 | 检查 | 1 | 1 | 5 | 5 | ")),
        page(
            2, grid("指标 | | 培训 | 1 | 1 | 5 | 5 | ", "效益指标 | 社会效益指标 | 影响 | 1 | 1 | 5 | 5 | ")
        ),
    )
    assert names(found) == [
        ("产出指标", "数量指标", "检查"),
        ("产出指标", "数量指标", "培训"),
        ("效益指标", "社会效益指标", "影响"),
    ]


def test_a_level_without_any_cell_is_unknown():
    whole = grid(HEAD, INDICATOR_HEAD, *INDICATORS)
    kept = tuple(cell for cell in whole.cells if cell.text not in ("效益指标", "社会效益指标"))
    found = evaluations(page(1, TITLE, msgspec.structs.replace(whole, cells=kept)))
    assert names(found) == [("产出指标", "数量指标", "检查次数"), (None, None, "服务水平")]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("产出指标 | 数量指标 | 检查 | ≥12次 | 15次 | 50 | 45 | 人手", " | | | | | | | 不足"),
        ("产出指标 | 数量指标 | 检 | | | | | 人手", " | | 查 | ≥12次 | 15次 | 50 | 45 | 不足"),
        ("产出指标 | 数量指标 | 检 | ≥12 | 15次 | 50 | 45 | 人手不足", " | | 查 | 次 | | | | "),
    ],
)
def test_a_row_that_a_page_break_tears_is_put_together(first, second):
    found = evaluations(
        page(1, TITLE, grid(HEAD, INDICATOR_HEAD, first)), page(2, grid(second, INDICATORS[1]))
    )
    line, other = found.indicators
    assert (line.level3, line.target_printed, line.actual_printed) == ("检查", "≥12次", "15次")
    assert (line.weight, line.score, line.reason_printed, line.page) == (50, 45, "人手不足", 1)
    assert (other.level3, other.page) == ("服务水平", 2)


def test_numbers_wrapped_in_their_cells_are_whole():
    line = "产出指标 | 数量指标 | 调整率 | ≤30\\n% | 35.7\\n2% | 1 | 0.8\\n1 | "
    (found,) = one_page(HEAD, INDICATOR_HEAD, line).indicators
    assert (found.target_number, found.target_unit) == (30, "%")
    assert (found.actual_printed, found.actual_number) == ("35.72%", Decimal("35.72"))
    assert (found.score_printed, found.score) == ("0.81", Decimal("0.81"))


def test_columns_the_dictionary_does_not_know_are_kept():
    head = INDICATOR_HEAD.replace("三级指标", "三级指标 | 上年水平")
    rows = [
        row.replace("检查次数", "检查次数 | 11").replace("服务水平", "服务水平 | 良") for row in INDICATORS
    ]
    found = one_page(f"{HEAD} | <", head, *rows)
    assert [line.target_printed for line in found.indicators] == ["≥12次", "稳步提升"]
    assert found.annexes[0].notes_printed.splitlines() == ["检查次数/上年水平 | 11", "服务水平/上年水平 | 良"]
    assert found.annexes[0].unplaced_numbers == 1


def test_what_no_block_takes_is_kept_as_notes():
    found = one_page(
        *(HEAD, "联系人 | 张某 | 联系电话 | 61234567 | < | < | < | <", *FUNDS, INDICATOR_HEAD, *INDICATORS),
        *(TOTAL, "存在问题 | 资金到位晚 | < | < | < | < | < | <", "补充 | 88 | < | < | < | < | < | <"),
    )
    (annex,) = found.annexes
    assert annex.notes_printed.splitlines() == [
        "联系人 | 张某 | 联系电话 | 61234567",
        "存在问题 | 资金到位晚",
        "补充 | 88",
    ]
    assert annex.unplaced_numbers == 1


def test_rows_behind_the_total_on_the_next_page_belong_to_the_annex():
    found = evaluations(
        page(1, TITLE, grid(HEAD, INDICATOR_HEAD, *INDICATORS, TOTAL)),
        page(2, grid("自评等级 | 优 | < | < | < | < | < | <")),
    )
    assert (found.annexes[0].rating_printed, found.annexes[0].page_last) == ("优", 2)


@pytest.mark.parametrize(
    ("total", "weight", "total_score"),
    [
        (TOTAL, 100, 96),
        ("合计 | < | < | < | < | 100分 | 96分 | ", 100, 96),
        ("总分 | < | < | < | < | < | 96 | ", None, 96),
        ("总分：96 | < | < | < | < | < | < | <", None, 96),
    ],
)
def test_the_total_row(total, weight, total_score):
    (annex,) = one_page(HEAD, INDICATOR_HEAD, *INDICATORS, total).annexes
    assert (annex.total_weight, annex.total_score) == (weight, total_score)


def test_the_unit_is_read_and_never_assumed():
    def amounts(*funds: str, above: str = "") -> tuple[str | None, Decimal | None]:
        rows = (HEAD, *funds, INDICATOR_HEAD, *INDICATORS)
        content = [TITLE, above] if above else [TITLE]
        (annex,) = evaluations(page(1, *content, grid(*rows))).annexes
        return annex.unit, annex.executed_yuan

    bare = FUNDS[0].replace("（万元）", "")
    assert amounts(bare, *FUNDS[1:]) == (None, None)
    assert amounts(bare, *FUNDS[1:], above="单位：元") == ("元", 90)
    assert amounts(FUNDS[0].replace("万元", "元"), *FUNDS[1:]) == ("元", 90)
    assert amounts(FUNDS[0], FUNDS[1].replace("90.00", "90万元")) == ("万元", 900_000)


def test_an_amount_that_is_no_number_is_kept_as_a_note():
    rows = (FUNDS[0], FUNDS[1].replace("90.00", "约90"), FUNDS[2])
    (annex,) = one_page(HEAD, *rows, INDICATOR_HEAD, *INDICATORS).annexes
    assert (annex.executed_printed, annex.executed_yuan) == (None, None)
    assert annex.notes_printed == "年度资金总额 | 约90"


def test_a_source_nobody_knows_has_no_kind():
    found = one_page(
        HEAD, *FUNDS, "^ | 彩票公益金 | 5.00 | 5.00 | 5.00 | - | 100% | -", INDICATOR_HEAD, *INDICATORS
    )
    assert [(s.source, s.source_printed) for s in found.sources][1:] == [(None, "彩票公益金")]


def test_operator_and_unit_in_columns_of_their_own():
    head = "一级指标 | 二级指标 | 三级指标 | 指标性质 | 指标值 | 度量单位 | 完成值 | 权重 | 得分"
    lines = (
        "产出指标（60分） | 数量指标 | 检查 | ≥ | 12 | 次 | 15 | 60 | 60",
        "效益指标 | 社会效益 | 影响 | 定性 | 优良 | | 优 | 30 | 30",
    )
    first, second = one_page(f"{HEAD} | <", head, *lines).indicators
    assert (first.target_printed, first.target_operator, first.target_number) == ("≥12次", "≥", 12)
    assert (first.target_unit, first.actual_number, first.actual_unit) == ("次", 15, "次")
    assert (first.level1, first.level1_weight) == ("产出指标（60分）", 60)
    assert (second.target_printed, second.target_operator, second.target_number) == ("优良", "定性", None)


def test_rows_of_an_unfilled_template_are_nothing():
    found = one_page(
        HEAD, INDICATOR_HEAD, INDICATORS[0], "^ | ^ | 指标2： | | | | | ", "^ | ^ | …… | | | | | "
    )
    assert len(found.indicators) == 1


def test_amounts_beside_their_labels():
    found = one_page(
        *(HEAD, "预算执行情况（万元） | 预算数： | 100.00 | < | 执行数： | 90.00 | < | <"),
        "^ | 其中-财政拨款： | 80.00 | < | 其中-财政拨款： | 75.00 | < | <",
        *("^ | 其他资金： | 20.00 | < | 其他资金： | 15.00 | < | <", INDICATOR_HEAD, *INDICATORS),
    )
    (annex,) = found.annexes
    assert (annex.adjusted_budget_printed, annex.executed_yuan) == ("100.00", 900_000)
    assert [(s.source, s.adjusted_budget_printed, s.executed_printed) for s in found.sources] == [
        ("fiscal_appropriation", "80.00", "75.00"),
        ("other", "20.00", "15.00"),
    ]
    assert (len(found.indicators), annex.notes_printed) == (2, None)


def test_levels_of_rows_left_out_do_not_mix():
    found = one_page(
        *(HEAD, INDICATOR_HEAD, INDICATORS[0]),
        "效益指标 | 经济效益指标 | | | | | | ",
        "^ | 社会效益指标 | 影响 | 提升 | 提升 | 40 | 38 | ",
    )
    assert names(found)[1:] == [("效益指标", "社会效益指标", "影响")]


def test_rows_of_another_width_among_the_goals_are_notes():
    found = one_page(
        HEAD,
        "项目基本情况 | 1.年度目标完成情况 | < | 项目年度目标 | < | 年度目标完成情况 | < | <",
        "^ | ^ | < | 购置设备 | < | 已购置 | < | <",
        "^ | 2.实施内容概述 | < | 按月发放 | < | < | < | <",
        *(INDICATOR_HEAD, *INDICATORS),
    )
    (annex,) = found.annexes
    assert (annex.goals_expected, annex.goals_actual) == ("购置设备", "已购置")
    assert annex.notes_printed == "2.实施内容概述 | 按月发放"


def test_a_file_without_pages_tells_places_in_its_own_terms():
    placed = page(1, TITLE, grid(HEAD, *FUNDS, INDICATOR_HEAD, *INDICATORS))
    (whole,) = placed.grids
    cells = tuple(
        msgspec.structs.replace(cell, place=f"table 9, row {cell.row + 1}, cell {cell.column + 1}")
        for cell in whole.cells
    )
    named = msgspec.structs.replace(whole, cells=cells)
    found = evaluations(msgspec.structs.replace(placed, reading="word", grids=(named,)))
    assert (found.annexes[0].locator, found.annexes[0].x0) == ("table 9, row 1, cell 1", None)
    assert [line.locator for line in found.indicators] == ["table 9, row 6, cell 1", "table 9, row 7, cell 1"]
    assert {record.top for record in (*found.sources, *found.indicators)} == {None}


@pytest.mark.parametrize(
    ("printed", "operator", "number", "unit"),
    [
        ("≥90%", "≥", "90", "%"),
        ("≧ 36 亿元", "≥", "36", "亿元"),
        ("＝3个", "=", "3", "个"),
        ("不低于1,250.5人次", "≥", "1250.5", "人次"),
        ("90%以上", "≥", "90", "%"),
        ("30天以内", "≤", "30", "天"),
        ("大于5", ">", "5", None),
        ("100%", None, "100", "%"),
        ("-2.5%", None, "-2.5", "%"),
        ("有序推进", "定性", None, None),
        ("90%-95%", None, None, None),
        ("2024年12月底前", None, None, None),
        ("检查3次，培训2次", None, None, None),
        ("", None, None, None),
        ("—", None, None, None),
    ],
)
def test_targets(printed, operator, number, unit):
    assert quantity(printed) == Quantity(operator, Decimal(number) if number else None, unit)


@given(
    st.sampled_from(["", "≥", "≤", "=", ">", "<"]),
    st.decimals(min_value=0, max_value=10**12, places=4),
    st.sampled_from(["", "%", "个", "万元", "人次", "公里/小时"]),
)
def test_any_plain_target_is_read_exactly(operator, number, unit):
    expected = Quantity(operator or None, number, unit or None)
    assert quantity(f"{operator}{number:f}{unit}") == expected
    assert quantity(f"{number:,.4f}", operator, unit) == expected


def test_scores_and_rates():
    assert (score("10分"), score("9.\n50"), score("-"), score("优")) == (10, Decimal("9.50"), None, None)
    assert (percent("64.28\n%"), percent("-40.00"), percent("/")) == (Decimal("64.28"), -40, None)
    assert (bracketed_score("产出指标（50分）"), bracketed_score("分值\n(20)")) == (50, 20)
    assert bracketed_score("产出指标（一）") is None
    assert (decimal("9" * 19), decimal("0.1234567")) == (None, None)


# a row that begins with 项目名称 would begin another annex
WORDS = st.sampled_from(
    [
        *("", "产出指标", "数量指标", "检查", "完成", "总分", "合计", "实施单位", "主管部门", "年初预算数"),
        *(
            "全年预算数",
            "全年执行数",
            "执行率",
            "分值",
            "得分",
            "预期目标",
            "实际完成情况",
            "任务名称",
            "主要内容",
        ),
        *(
            "绩效指标",
            "年度总体目标",
            "其他资金",
            "年度资金总额",
            "情况说明",
            "预算数：",
            "执行数：",
            "自评得分",
        ),
    ]
)


@settings(deadline=None)
@given(
    st.lists(st.lists(WORDS | st.just("#"), min_size=8, max_size=8), max_size=8),
    st.lists(st.lists(WORDS | st.just("#"), min_size=8, max_size=8), max_size=8),
)
def test_no_number_of_an_annex_is_lost(above, below):
    numbers = iter(range(1001, 2000))
    printed: list[str] = []

    def row(cells: list[str]) -> str:
        texts = [str(next(numbers)) if cell == "#" else cell for cell in cells]
        printed.extend(text for text in texts if text.isdigit())
        return " | ".join(texts)

    rows = [HEAD, *map(row, above), INDICATOR_HEAD, INDICATORS[0], *map(row, below)]
    found = one_page(*rows)
    records = (*found.annexes, *found.sources, *found.indicators)
    told = "\n".join(str(value) for record in records for value in msgspec.structs.astuple(record))
    assert found.annexes
    assert [number for number in printed if number not in told] == []
