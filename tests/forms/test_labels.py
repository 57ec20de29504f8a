"""The lines by which a report names itself: which are found, and which year and name they state."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.forms.find import find_forms
from pipeline.forms.identify import stated_year
from pipeline.forms.labels import find_labels
from pipeline.forms.outline import outline
from pipeline.narrative.claims import read_narrative
from pipeline.read.document import Document
from pipeline.stages import facts_of
from tests.forms.drawing import document, grid, page

REPORT = document(
    page(1, "虚构市示例局", "二〇二三年度部门决算", "2024年9月"),
    page(
        2,
        "目录",
        "第一部分虚构市示例局概况.......1",
        "一、收入决算表........3",
        "第二部分虚构市示例局2023年度部门决算",
        "情况说明",
        "-2-",
        "一、收入决算情况说明",
    ),
    page(
        3, "第一部分", "虚构市示例局概况", "（一）负责组织拟订全市示例发展规划并推进实施，承担", "有关职责。"
    ),
    page(
        4,
        "虚构市示例局2022年度部门决算表",
        "收入决算表",
        "部门：虚构市示例局 2023年度 单位：万元",
        grid(
            "科目编码 | 科目名称 | 本年收入合计 | 财政拨款收入 | 事业收入 | 经营收入 | 其他收入",
            "合计 | | 10.00 | 10.00 | | |",
            "201 | 一、一般公共服务支出 | 10.00 | 10.00 | | |",
        ),
    ),
    page(
        5,
        "第二部分虚构市示例局2023年度部门决算情况说明",
        "一、收入决算情况说明",
        "虚构市示例局2023年度收入合计10.00万元，与2022年度相比，增加1.00万元。",
        "七、政府性基金预算财政拨款支出决算情况说明",
        "我局没有政府性基金收入和支出。",
    ),
)


def labels(of: Document = REPORT) -> list[tuple[str, str, int | None, str | None, int]]:
    found = find_labels("key", of, forms := find_forms(of), outline(of, forms))
    return [(x.place, x.text_printed, x.fiscal_year, x.department_name, x.page) for x in found]


def test_cover_contents_headings_and_captions() -> None:
    assert labels() == [
        ("cover", "虚构市示例局2023年度部门决算", 2023, "虚构市示例局", 1),
        ("contents", "第一部分虚构市示例局概况", None, "虚构市示例局", 2),
        ("contents", "一、收入决算表", None, None, 2),
        ("contents", "第二部分虚构市示例局2023年度部门决算情况说明", 2023, "虚构市示例局", 2),
        ("contents", "一、收入决算情况说明", None, None, 2),
        ("heading", "第一部分虚构市示例局概况", None, "虚构市示例局", 3),
        ("heading", "虚构市示例局2022年度部门决算表", 2022, "虚构市示例局", 4),
        ("heading", "第二部分虚构市示例局2023年度部门决算情况说明", 2023, "虚构市示例局", 5),
        ("heading", "一、收入决算情况说明", None, None, 5),
        ("heading", "七、政府性基金预算财政拨款支出决算情况说明", None, None, 5),
        ("caption", "部门:虚构市示例局2023年度单位:万元", 2023, "虚构市示例局", 4),
    ]


def test_subjects_of_sentences_and_what_is_said_of_funds() -> None:
    facts = facts_of(REPORT)
    found = read_narrative(REPORT, facts)[2]
    assert [(x.section, x.text_printed[:14], x.fiscal_year, x.department_name, x.page) for x in found] == [
        ("income", "虚构市示例局2023年度收入", 2023, "虚构市示例局", 5),
        ("government_fund", "我局没有政府性基金收入和支出", None, None, 5),
    ]
    assert [label.label_no for label in facts.labels] == list(range(1, len(facts.labels) + 1))


def test_two_forms_on_a_page_have_no_captions_of_their_own() -> None:
    lines = REPORT.pages[3]
    (income,) = lines.grids
    both = document(
        page(
            1,
            "收入决算表",
            "部门：虚构市示例局",
            income,
            "支出决算表",
            "部门：虚构市示例局",
            grid(
                "科目编码 | 科目名称 | 本年支出合计 | 基本支出 | 项目支出 | 经营支出",
                "合计 | | 10.00 | 10.00 | |",
                "201 | 一般公共服务支出 | 10.00 | 10.00 | |",
            ),
        )
    )
    assert len(find_forms(both)) == 2
    assert [label for label in labels(both) if label[0] == "caption"] == []


@given(year=st.integers(2010, 2035), name=st.sampled_from(["", "虚构市示例局", "第二部分"]))
def test_the_year_of_a_title_is_read_and_no_other(year: int, name: str) -> None:
    assert stated_year(f"{name}{year}年度部门决算表") == year
    assert stated_year(f"{name}{year}年度") == year
    for other in (f"与{year}年度相比", f"比{year}年度增加", f"{year}年9月", f"{year}.00", "一、部门职责"):
        assert stated_year(other) is None
