"""The five self-evaluation annexes of a real report, against what its pages show.

Established by looking at pictures of the pages. Two prints of the report break its pages at different places.
"""

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

import pytest

from pipeline.forms.text import squeeze
from pipeline.narrative.evaluation import Evaluations, find_evaluations
from pipeline.read.document import Document
from pipeline.read.files import read_file
from tests.forms.test_reports import SHARED, needs_reports

pytestmark = needs_reports

FILES = ("seed2023.pdf", "seed2023_chromium.pdf")

# project, initial, adjusted budget, executed, rate, score of the budget line, total, pages in each file
ANNEXES = [
    ("", "2722.1", "3214.33", "2066.09", "64.28%", "7.14", "95.75", (29, 31), (9, 11)),
    (
        "2022年度产业大脑项目平台建设合同尾款",
        *("440.4", "293.6", "293.6", "100.0%", "10.00", "100", (32, 33), (11, 12)),
    ),
    ("金刚石产业大会", "1600", "1719.21", "1203.45", "70.0%", "7.00", "91.8", (34, 36), (12, 13)),
    ("密友AI项目经费", "8.28", "8.28", "8.28", "100.0%", "10.00", "100", (37, 38), (13, 14)),
    ("科技创新专业服务券经费", "30", "30", "0", "0.0%", "0.00", "88", (39, 40), (14, 14)),
]

# level 1 | level 2 | level 3 | target | actual | weight | score | deviation | reason (… is its middle);
# levels that are those of the row above are left out
LINES = """
投入管理指标 | 工作目标管理 | 年度履职目标相关性 | 相关 | 100% | 3 | 3 | 0.00 |
 | | 工作任务科学性 | 科学 | 100% | 3 | 3 | 0.00 |
 | | 绩效指标合理性 | 合理 | 100% | 3 | 3 | 0.00 |
 | 预算和财务管理 | 预算编制完整性 | 完整 | 100% | 1 | 1 | 0.00 |
 | | 专项资金细化率 | ≥90% | 100% | 1 | 1 | 0.00 |
 | | 预算调整率 | ≤30% | 35.72% | 1 | 0.81 | 19.07 | 一是财政部门…调整预算
 | | 结转结余率 | ≤20% | 0% | 1 | 1 | 0.00 |
 | | “三公经费”控制率 | ≤100% | 0% | 1 | 1 | 0.00 |
 | | 政府采购执行率 | ≥80% | 100% | 1 | 1 | 0.00 |
 | | 决算真实性 | 真实 | 100% | 1 | 1 | 0.00 |
 | | 资金使用合规性 | 合规 | 100% | 1 | 1 | 0.00 |
 | | 管理制度健全性 | 健全 | 100% | 1 | 1 | 0.00 |
 | | 预决算信息公开性 | 公开 | 100% | 1 | 1 | 0.00 |
 | | 资产管理规范性 | 规范 | 100% | 1 | 1 | 0.00 |
 | 绩效管理 | 绩效目标编制完成率 | =100% | 100% | 2 | 2 | 0.00 |
 | | 绩效监控完成率 | =100% | 100% | 2 | 2 | 0.00 |
 | | 绩效自评完成率 | =100% | 100% | 2 | 2 | 0.00 |
 | | 部门绩效评价完成率 | =100% | 100% | 2 | 2 | 0.00 |
 | | 评价结果应用率 | =100% | 100% | 2 | 2 | 0.00 |
产出指标 | 重点工作任务完成 | 组织实施郑州高新区企业家大学堂 | 有序推进 | 100% | 2 | 2 | 0.00 |
 | | 开展百企诊断专项行动 | 完成 | 60% | 2 | 1.2 | -40.00 | 财政部门…未到位
 | | 举办2023世界金刚石产业大会 | 完成 | 100% | 2 | 2 | 0.00 |
 | | 推动数算产业发展 | 有序推进 | 80% | 2 | 1.6 | -20.00 | 市里统筹…落地东区
 | | 高新区产业大脑平台上线 | 完成 | 100% | 2 | 2 | 0.00 |
 | 履职目标实现 | 指导区内企业获得投融资金额数 | ≥36亿元 | 36亿元 | 3 | 3 | 0.00 |
 | | 指导区内企业获得投融资企业数 | ≥61家 | 61家 | 3 | 3 | 0.00 |
 | | 举办企业家大学堂企业培训活动 | ≥4期 | 4期 | 3 | 3 | 0.00 |
 | | 举办企业家大学堂企业家沙龙活动 | ≥2期 | 2期 | 3 | 3 | 0.00 |
 | | 举办企业家大学堂走出去系列活动 | ≥2期 | 2期 | 3 | 3 | 0.00 |
效益指标 | 履职效益 | 履职目标实现率 | ≥90% | 100% | 30 | 30 | 0.00 |
 | 满意度 | 服务对象满意度 | ≥90% | 100% | 5 | 5 | 0.00 |

资金管理情况 | | 安排科学性 | | 科学 | 5 | 5 | |
 | | 拨付合规性 | | 合规 | 5 | 5 | |
 | | 使用规范性 | | 规范 | 5 | 5 | |
 | | 预算绩效管理情况 | | 合理 | 5 | 5 | |
成本指标 | 经济成本指标 | 预算执行率 | ≥90% | 100% | 10 | 10 | 0.00 |
产出指标 | 数量指标 | 终端系统数量 | =3个 | 3个 | 10 | 10 | 0.00 |
 | 质量指标 | 宕机恢复时间 | ≤1小时 | 1小时 | 5 | 5 | 0.00 |
 | | 业务成功率 | ≥95% | 100% | 5 | 5 | 0.00 |
 | 时效指标 | 每千笔业务受理响应时间 | ≤10秒 | 10秒 | 10 | 10 | 0.00 |
效益指标 | 社会效益指标 | 平台用户数 | ≥50个 | 50个 | 25 | 25 | 0.00 |
满意度指标 | 服务对象满意度指标 | 使用单位满意率 | ≥90% | 95% | 5 | 5 | 0.00 |

资金管理情况 | | 安排科学性 | | 安排科学 | 5 | 5 | |
 | | 拨付合规性 | | 拨付合理 | 5 | 5 | |
 | | 使用规范性 | | 使用规范 | 5 | 5 | |
 | | 预算绩效管理情况 | | 预算绩效管理有效合理 | 5 | 5 | |
成本指标 | 经济成本指标 | 预算执行率 | ≥90% | 100% | 5 | 5 | 0.00 |
 | 社会成本指标 | 项目总费用 | ≤1719.21万元 | 1662.11万元 | 5 | 5 | 0.00 |
产出指标 | 数量指标 | 招商推介会 | ≥2场 | 2场 | 3 | 3 | 0.00 |
 | | 参会人数 | ≥500人 | 1320人 | 3 | 1.8 | 134.00 | 对大会…预计值偏低
 | | 分会场活动 | ≥8场 | 11场 | 4 | 3.83 | 7.50 | 对大会…修改增加
 | 质量指标 | 参会专家及企业相关负责人 | ≥100位 | 230位 | 3 | 1.8 | 100.00 | 对大会…预计值偏低
 | | 境外机构相关负责人 | ≥4位 | 5位 | 4 | 4 | 0.00 |
 | | 国际参赛队伍 | ≥3组 | 3组 | 3 | 3 | 0.00 |
 | | 展销会参展企业 | ≥15家 | 23家 | 3 | 2.6 | 23.33 | 对大会…预计值偏低
 | | 参赛队伍 | ≥40组 | 40组 | 3 | 3 | 0.00 |
 | | 院士参与人数 | ≥5位 | 7位 | 4 | 3.77 | 10.00 | 对大会…预计值偏低
效益指标 | 经济效益指标 | 大会签约项目 | ≥4个 | 36个 | 5 | 3 | 770.00 | 对大会…预计值偏低
 | 社会效益指标 | 成立协会 | =1个 | 1个 | 20 | 20 | 0.00 |
满意度指标 | 服务对象满意度指标 | 参与人员满意度 | ≥90% | 95% | 5 | 5 | 0.00 |

资金管理情况 | | 安排科学性 | | 科学 | 5 | 5 | |
 | | 拨付合规性 | | 合规 | 5 | 5 | |
 | | 使用规范性 | | 规范 | 5 | 5 | |
 | | 预算绩效管理情况 | | 合理 | 5 | 5 | |
成本指标 | 经济成本指标 | 预算执行率 | ≥90% | 100% | 5 | 5 | 0.00 |
 | 社会成本指标 | 项目总费用 | ≤27.6万元 | 27.6万元 | 5 | 5 | 0.00 |
产出指标 | 数量指标 | 出具团体报告数量 | =12份 | 12份 | 8 | 8 | 0.00 |
 | | 账号开通数量 | =2400套 | 2400套 | 8 | 8 | 0.00 |
 | 质量指标 | 郑州中学评价报告 | =1份 | 1份 | 7 | 7 | 0.00 |
 | | 五十八中效果评价报告 | =1份 | 1份 | 7 | 7 | 0.00 |
效益指标 | 社会效益指标 | 实施风险干预时长 | ≥3月 | 3月 | 25 | 25 | 0.00 |
满意度指标 | 服务对象满意度指标 | 参与测评及相关人员满意度 | ≥90% | 98% | 5 | 5 | 0.00 |

资金管理情况 | | 安排科学性 | | 科学 | 5 | 5 | |
 | | 拨付合规性 | | 未及时拨付额度 | 5 | 3 | | 建议请…拨付额度
 | | 使用规范性 | | 规范 | 5 | 5 | |
 | | 预算绩效管理情况 | | 合理 | 5 | 5 | |
成本指标 | 经济成本指标 | 费用金额定额 | 合理适度 | 100% | 2 | 2 | 0.00 |
 | | 预算执行率 | ≥80% | 100% | 8 | 8 | 0.00 |
产出指标 | 数量指标 | 兑付评审开展次数 | ≥1次 | 1次 | 13 | 13 | 0.00 |
 | 质量指标 | 线上平台稳定性 | 稳定可靠 | 100% | 1 | 1 | 0.00 |
 | 时效指标 | 评审时长 | ≤1月 | 1月 | 16 | 16 | 0.00 |
效益指标 | 生态效益指标 | 企业管家平台无纸化办公率 | ≥95% | 95% | 25 | 25 | 0.00 |
满意度指标 | 服务对象满意度指标 | 抽查服务机构满意率 | ≥90% | 95% | 5 | 5 | 0.00 |
"""


@dataclass(frozen=True)
class Expected:
    evaluation_no: int
    texts: tuple[str, ...]  # level 1 to deviation
    reason: str


def expected_lines() -> list[Expected]:
    lines = []
    for number, annex in enumerate(LINES.strip().split("\n\n"), 1):
        above = ["", ""]
        for row in annex.splitlines():
            level1, level2, *texts, reason = (text.strip() for text in f"{row} ".split("|"))
            above = [level1, level2] if level1 else [above[0], level2 or above[1]]
            lines.append(Expected(number, (*above, *texts), reason))
    return lines


@lru_cache(maxsize=4)
def document(file: str) -> Document:
    return read_file(SHARED / "corpus" / file, max_pages=500)


def evaluations(file: str) -> Evaluations:
    return find_evaluations(document(file), "key")


@pytest.mark.parametrize("file", FILES)
def test_every_line_of_every_annex(file):
    found = evaluations(file).indicators
    texts = [
        (
            line.evaluation_no,
            tuple(
                squeeze(text or "")
                for text in (
                    *(line.level1, line.level2, line.level3, line.target_printed, line.actual_printed),
                    *(line.weight_printed, line.score_printed, line.deviation_printed),
                )
            ),
        )
        for line in found
    ]
    lines = expected_lines()
    assert texts == [(line.evaluation_no, tuple(map(squeeze, line.texts))) for line in lines]
    for line, printed in zip(lines, found, strict=True):
        start, _, end = line.reason.partition("…")
        reason = printed.reason_printed or ""
        assert bool(reason) == bool(line.reason), line
        assert (reason[: len(start)], reason[len(reason) - len(end) :]) == (start, end), line
    assert {len(line.reason_printed) for line in found if (line.reason_printed or "").endswith("值偏低")} == {
        14
    }


@pytest.mark.parametrize("file", FILES)
def test_numbers_are_parsed_from_what_is_printed(file):
    lines = evaluations(file).indicators
    for line in lines:
        assert line.weight == Decimal(line.weight_printed)
        assert line.score == Decimal(line.score_printed)
        assert line.deviation == (Decimal(line.deviation_printed) if line.block == "indicator" else None)
        assert line.level1_weight == (None if line.block == "indicator" else 20)
    parsed = {
        line.level3: (line.target_operator, line.target_number, line.target_unit, line.actual_number)
        for line in lines
    }
    assert parsed["预算调整率"] == ("≤", 30, "%", Decimal("35.72"))
    assert parsed["指导区内企业获得投融资金额数"] == ("≥", 36, "亿元", 36)
    assert parsed["项目总费用"] == ("≤", Decimal("27.6"), "万元", Decimal("27.6"))
    assert parsed["成立协会"] == ("=", 1, "个", 1)
    assert parsed["推动数算产业发展"] == ("定性", None, None, 80)
    assert parsed["安排科学性"] == (None, None, None, None)


@pytest.mark.parametrize(("file", "pages"), list(zip(FILES, (7, 8), strict=True)))
def test_head_and_funds_of_every_annex(file, pages):
    annexes = evaluations(file).annexes
    assert [
        (
            annex.project_name or "",
            annex.initial_budget_printed,
            annex.adjusted_budget_printed,
            annex.executed_printed,
            annex.rate_printed,
            annex.budget_score_printed,
            annex.total_score_printed,
            (annex.page_first, annex.page_last),
        )
        for annex in annexes
    ] == [(*row[:7], row[pages]) for row in ANNEXES]
    assert [annex.kind for annex in annexes] == ["department", *["project"] * 4]
    for annex in annexes:
        assert annex.department_name == "郑州高新技术产业开发区管委会创新协同中心"
        assert annex.unit_name == (annex.department_name if annex.kind == "project" else None)
        assert (annex.unit, annex.budget_weight, annex.total_weight) == ("万元", 10, 100)
        assert annex.executed_yuan == Decimal(annex.executed_printed) * 10_000
        assert annex.rate == Decimal(annex.rate_printed.removesuffix("%"))
        assert (squeeze(annex.notes_printed), annex.unplaced_numbers) == ("2024年9月", 0)


@pytest.mark.parametrize("file", FILES)
def test_sources_of_every_annex(file):
    found = evaluations(file)
    for annex in found.annexes:
        own = [source for source in found.sources if source.evaluation_no == annex.evaluation_no]
        assert [source.source for source in own] == ["fiscal_appropriation", "special_account", "unit_funds"]
        fiscal, *others = own
        for name in ("initial_budget_yuan", "adjusted_budget_yuan", "executed_yuan", "rate"):
            assert getattr(fiscal, name) == getattr(annex, name)
            assert [getattr(source, name) for source in others] == [0, 0]


@pytest.mark.parametrize("file", FILES)
def test_goals_and_tasks_are_whole_over_page_breaks(file):
    first, *_, last = evaluations(file).annexes
    for goals, start, end, characters in (
        (first.goals_expected, "围绕中心重点", "协同工作。", 122),
        (first.goals_actual, "围绕中心重点", "协同工作。", 122),
        (last.goals_actual, "1.对“企业管家", "前提和保障。", 108),
    ):
        plain = squeeze(goals)
        assert (plain[: len(squeeze(start))], plain[-len(end) :]) == (squeeze(start), end)
        assert len(plain) == characters
    tasks = [squeeze(task).split("|") for task in first.tasks.splitlines()]
    assert [len(task) for task in tasks] == [3] * 6
    assert (tasks[0][2], tasks[3][2], tasks[5][0]) == ("完成上线运营", "通过评审", "谋划区工业互联网建设")


@pytest.mark.parametrize(
    "file", ["3bffe247.pdf", "86287b24.pdf", "f2546b57.pdf", "deb3a453_blank_template.pdf"]
)
def test_reports_without_annexes_have_none(file):
    assert evaluations(file) == Evaluations()


@pytest.mark.slow
def test_goals_of_a_budget_are_no_self_evaluations():
    told = {}
    for path in sorted((SHARED / "corpus" / "other").glob("*.pdf")):
        if path.stem != "788af485":  # a scan of a notice
            told[path.name] = find_evaluations(read_file(path, max_pages=500), "key")
    assert len(told) >= 20
    assert all(found == Evaluations() for found in told.values()), told
