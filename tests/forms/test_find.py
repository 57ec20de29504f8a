"""Which grids are which form: titles, neighbourhood, continuation pages."""

import pytest

from pipeline.facts import ReportFacts
from pipeline.forms.extract import extract_facts
from pipeline.forms.find import FoundForm, find_forms
from pipeline.forms.text import squeeze
from pipeline.read.document import Page
from tests.forms.drawing import document, grid, page

F02_HEAD = (
    "项目|<|本年收入合计|财政拨款收入|上级补助收入|其他收入",
    "功能分类科目编码|科目名称|^|^|^|^",
)
F03_HEAD = ("项目|<|本年支出合计|基本支出|项目支出|经营支出", "功能分类科目编码|科目名称|^|^|^|^")
F05_HEAD = ("项目|<|本年支出合计|基本支出|项目支出", "功能分类科目编码|科目名称|^|^|^")
TOTAL = "合计|<|5.00|5.00|0.00|0.00"
SUBJECT = "205|教育支出|5.00|5.00|0.00|0.00"


def found(*pages: Page) -> list[tuple[str, list[int]]]:
    return [(form.form.code, form.pages) for form in find_forms(document(*pages))]


def first(*pages: Page) -> FoundForm:
    return find_forms(document(*pages))[0]


def test_forms_are_found_by_title_whatever_number_is_printed() -> None:
    assert found(
        page(1, "公开09表", "收入决算表", "单位：万元", grid(*F02_HEAD, TOTAL, SUBJECT)),
        page(2, "公开01表", "支出决算表", "单位：万元", grid(*F03_HEAD, TOTAL, SUBJECT)),
    ) == [("F02", [1]), ("F03", [2])]


def test_two_forms_on_one_page() -> None:
    assert found(
        page(
            1,
            "收入决算表",
            grid(*F02_HEAD, TOTAL, SUBJECT),
            "注：本表反映收入。",
            "支出决算表",
            grid(*F03_HEAD, TOTAL, SUBJECT),
        )
    ) == [("F02", [1]), ("F03", [1])]


def test_a_title_inside_the_table() -> None:
    table = grid("支出决算表|<|<|<|<|<", *F03_HEAD, TOTAL, SUBJECT)
    assert found(page(1, "单位：万元", table)) == [("F03", [1])]


def test_a_title_broken_over_two_lines() -> None:
    table = grid(*F05_HEAD, "合计|<|5.00|5.00|0.00")
    assert found(page(1, "一般公共预算财政拨款", "支出决算表", table)) == [("F05", [1])]


def test_a_title_at_the_foot_of_the_page_before() -> None:
    assert found(
        page(1, "第二部分 部门决算表", "支出决算表"),
        page(2, grid(*F03_HEAD, TOTAL, SUBJECT)),
    ) == [("F03", [2])]


def test_captions_at_the_foot_of_the_page_before_belong_to_the_form_too() -> None:
    form = first(
        page(1, "第二部分 部门决算表", "支出决算表", "公开03表", "部门：某局", "单位：万元"),
        page(2, grid(*F03_HEAD, TOTAL, SUBJECT)),
    )
    assert (form.form.code, form.title, form.unit) == ("F03", "支出决算表", "万元")


def test_notes_below_a_form_are_its_own() -> None:
    forms = find_forms(
        document(
            page(
                1,
                "支出决算表",
                grid(*F03_HEAD, TOTAL, SUBJECT),
                "说明：我局没有此项支出，故本表无数据。",
                "收入决算表",
                grid(*F02_HEAD, TOTAL, SUBJECT),
                "注：本表反映收入。",
            )
        )
    )
    assert [form.notes for form in forms] == [["说明:我局没有此项支出,故本表无数据。"], ["注:本表反映收入。"]]


def test_continuation_with_and_without_header() -> None:
    head = page(1, "支出决算表", "单位：万元", grid(*F03_HEAD, TOTAL, SUBJECT))
    plain = page(2, grid("206|科学技术支出|1.00|1.00|0.00|0.00"), "- 2 -")
    titled = page(3, "支出决算表（续表）", grid(*F03_HEAD, "207|文化支出|1.00|1.00|0.00|0.00"))
    headed = page(4, "单位：万元", grid(*F03_HEAD, "208|社会保障|1.00|1.00|0.00|0.00"))
    form = first(head, plain, titled, headed)
    assert form.pages == [1, 2, 3, 4]
    assert [row.code for row in form.rows()] == ["total", "205", "206", "207", "208"]
    assert form.unit == "万元"


def test_a_continuation_laid_out_at_other_margins() -> None:
    head = page(1, "支出决算表", grid(*F03_HEAD, TOTAL, SUBJECT))
    moved = page(2, grid("206|科学技术支出|1.00|0.40|0.60|0.00", left=120.0))
    rows = first(head, moved).rows()
    assert [cell.text for _, cell, _ in rows[-1].values if cell] == ["1.00", "0.40", "0.60", "0.00"]


def test_an_unknown_table_ends_the_form_before() -> None:
    pages = (
        page(1, "支出决算表", grid(*F03_HEAD, TOTAL, SUBJECT)),
        page(2, "政府采购情况表", grid("206|货物|1.00|1.00|0.00|0.00")),
    )
    assert [row.code for row in first(*pages).rows()] == ["total", "205"]


def test_narrative_ends_the_form_before() -> None:
    pages = (
        page(1, "支出决算表", grid(*F03_HEAD, TOTAL, SUBJECT)),
        page(2, "第三部分 情况说明", "本年支出合计5.00万元，其中：基本支出5.00万元。"),
        page(3, grid("201|数量指标|1.00|1.00|0.00|0.00")),
    )
    assert first(*pages).pages == [1]


def test_a_contents_page_finds_no_form_and_the_table_below_it_is_none() -> None:
    pages = (
        page(1, "目录", "收入决算表......3", "支出决算表"),
        page(2, "第一部分 概况", "单位构成如下：", grid("序号|单位名称|备注", "1|某局|")),
    )
    assert found(*pages) == []


def test_the_second_print_of_a_form_is_counted_not_added() -> None:
    form = first(
        page(1, "支出决算表", grid(*F03_HEAD, TOTAL, SUBJECT)),
        page(2, "收入决算表", grid(*F02_HEAD, TOTAL, SUBJECT)),
        page(3, "支出决算表", grid(*F03_HEAD, "合计|<|9.00|9.00|0.00|0.00")),
    )
    assert (form.form.code, form.pages, form.copies) == ("F03", [1], 1)


def test_a_sentence_that_names_a_form_is_no_title() -> None:
    table = grid(*F03_HEAD, TOTAL, SUBJECT)
    assert found(page(1, "详见支出决算表，各项支出如下，共计。", table)) == []


@pytest.mark.parametrize("table", ["支出决算表|<|<|<|<|<", "|支出决算表|<|<||", "|支出决算表|<|<||公开03表"])
def test_a_title_some_rows_down_in_the_table(table: str) -> None:
    rows = ("附件|<|<|<|<|<", table, "部门：某局|||||单位：元", *F03_HEAD, TOTAL, SUBJECT)
    form = first(page(1, grid(*rows)))
    assert (form.form.code, form.unit) == ("F03", "元")
    assert [row.code for row in form.rows()] == ["total", "205"]


def test_a_blank_page_between_does_not_end_the_form() -> None:
    head = page(1, "支出决算表", "单位：万元", grid(*F03_HEAD, TOTAL, SUBJECT))
    rest = page(3, grid("206|科学技术支出|1.00|1.00|0.00|0.00"))
    assert first(head, page(2, "- 2 -"), rest).pages == [1, 3]
    assert first(head, page(2, "本页介绍人员情况"), rest).pages == [1]


def test_rows_may_follow_their_header_on_the_next_page() -> None:
    form = first(
        page(
            1,
            "支出决算表",
            "单位：万元",
            grid("项目|<|<|<|本年支出合计|基本支出|项目支出", "科目编码|<|<|科目名称|^|^|^"),
        ),
        page(2, grid("类|款|项|合计|5.00|5.00|0.00", "205|||教育支出|5.00|5.00|0.00")),
    )
    assert [row.code for row in form.rows()] == ["total", "205"]


def test_the_values_of_f09_may_follow_their_header_on_the_next_page() -> None:
    head = ("预算数|<|<|决算数|<|<", "合计|因公出国(境)费|公务接待费|合计|因公出国(境)费|公务接待费")
    form = first(
        page(1, "“三公”经费支出决算表", "单位：万元", grid(*head)),
        page(2, grid("6.00|5.00|1.00|4.00|3.00|1.00")),
    )
    (row,) = form.rows()
    assert [cell.text for _, _, cell in row.values] == ["6.00", "5.00", "1.00", "4.00", "3.00", "1.00"]


def test_a_note_in_place_of_the_table_declares_the_form_empty() -> None:
    note = "本部门2021年度没有国有资本经营预算财政拨款支出，故本表无数据。"
    title = "国有资本经营预算财政拨款支出决算表"
    facts = facts_of(
        page(2, title, "单位：万元", note, "支出决算表", "单位：万元", grid(*F03_HEAD, TOTAL)),
        page(
            3,
            "政府性基金预算财政拨款收入支出决算表",
            "单位：万元",
            "本部门没有政府性基金收入，故本表无数据。",
        ),
        page(4, "第三部分 情况说明"),
    )
    forms = {form.form_code: form for form in facts.forms}
    assert {code: form.state for code, form in forms.items() if form.state != "missing"} == {
        "F03": "filled",
        "F07": "empty",
        "F08": "empty",
    }
    assert (forms["F08"].note_printed, forms["F08"].page_first) == (squeeze(note), 2)
    assert {amount.form_code for amount in facts.amounts} == {"F03"}


def test_a_note_above_a_table_leaves_the_table_to_be_read() -> None:
    form = first(page(1, "支出决算表", "本表没有上年数", grid(*F03_HEAD, TOTAL)))
    assert ([row.code for row in form.rows()], form.notes) == (["total"], ["本表没有上年数"])


def test_a_heading_that_every_page_repeats_may_end_in_the_word_table() -> None:
    heading = "某局2021年度部门决算公开报表"
    head = page(1, heading, "支出决算表", "单位：万元", grid(*F03_HEAD, TOTAL, SUBJECT))
    rest = page(2, heading, grid("206|科学技术支出|1.00|1.00|0.00|0.00"))
    assert first(head, rest).pages == [1, 2]


def test_an_annex_longer_than_the_report_yields_no_rows() -> None:
    head = page(1, "支出决算表", "单位：万元", grid(*F03_HEAD, TOTAL, SUBJECT))
    rows = ("年度资金总额|<|5.00|5.00|5.00|10", "其中：财政拨款|<|5.00|5.00|5.00|")
    annex = ("项目名称|<|年初预算数|全年预算数|全年执行数|分值", *rows)
    titled = [page(number, "项目支出绩效自评表", grid(*annex)) for number in range(2, 12)]
    assert first(head, *titled).pages == [1]
    assert first(head, page(2, grid(*annex))).pages == [1]
    assert first(head, page(2, grid(*rows))).pages == [1]


def test_another_table_under_the_same_title_is_not_added() -> None:
    form = first(
        page(1, "支出决算表（一）", grid(*F03_HEAD, TOTAL, SUBJECT)),
        page(
            2, "支出决算表（二）", grid("科目编码|科目名称|合计|工资福利支出|对个人和家庭的补助|其他", TOTAL)
        ),
    )
    assert form.pages == [1]


CONTENTS = page(1, "某某市示例局2022年度部门决算", "目录", "收入支出决算总表", "收入决算表", "支出决算表")


def facts_of(*pages: Page) -> ReportFacts:
    return extract_facts(document(CONTENTS, *pages))


def test_a_form_that_is_listed_and_not_printed_is_missing() -> None:
    facts = facts_of(page(2, "支出决算表", "单位：万元", grid(*F03_HEAD, TOTAL, SUBJECT)))
    states = {form.form_code: (form.state, form.listed, form.required) for form in facts.forms}
    assert facts.header.report_kind == "final_account"
    assert facts.header.fiscal_year == 2022
    assert states["F01"] == ("missing", True, True)
    assert states["F03"] == ("filled", True, True)
    assert states["F09"] == ("missing", False, True)
    assert "F10" not in states


def test_each_cell_keeps_its_place_and_its_unit() -> None:
    facts = facts_of(page(2, "支出决算表", "单位：万元", grid(*F03_HEAD, TOTAL, SUBJECT)))
    cell = facts.amounts[0]
    assert (cell.form_code, cell.item_code, cell.measure) == ("F03", "total", "total")
    assert (cell.amount_printed, str(cell.amount_yuan), cell.decimals, cell.unit) == (
        "5.00",
        "50000.00",
        2,
        "万元",
    )
    assert (cell.page, cell.table_no, cell.row_no, cell.column_no) == (2, 1, 3, 3)
    assert (cell.x0, cell.x1) == (140.0, 190.0)
    assert [amount.cell_no for amount in facts.amounts] == list(range(1, len(facts.amounts) + 1))


def test_without_a_unit_the_amount_in_yuan_stays_unknown() -> None:
    facts = facts_of(page(2, "支出决算表", grid(*F03_HEAD, TOTAL, SUBJECT)))
    assert facts.amounts[0].amount_printed == "5.00"
    assert facts.amounts[0].amount_yuan is None


def test_forms_without_any_amount_are_a_blank_template() -> None:
    blank = "合计|<||||"
    facts = extract_facts(
        document(
            page(1, "某某市XX局2022年度部门决算"),
            page(2, "收入决算表", "单位：万元", grid(*F02_HEAD, blank)),
            page(3, "支出决算表", "单位：万元", grid(*F03_HEAD, blank)),
            page(4, "一般公共预算财政拨款支出决算表", "单位：万元", grid(*F05_HEAD, "合计|<|XX|XX|XX")),
        )
    )
    assert facts.header.report_kind == "blank_template"
    assert {form.form_code: form.state for form in facts.forms if form.state != "missing"} == {
        "F02": "empty",
        "F03": "empty",
        "F05": "placeholder",
    }


def test_a_budget_is_no_final_account() -> None:
    facts = extract_facts(document(page(1, "某某市示例局", "2026年部门预算"), page(2, "目录", "收支总表")))
    assert (facts.header.report_kind, facts.header.fiscal_year) == ("budget", 2026)
    assert facts.amounts == ()


def test_anything_else_is_no_report() -> None:
    facts = extract_facts(document(page(1, "关于召开会议的通知")))
    assert facts.header.report_kind == "not_a_report"


ECONOMIC = ("项目|<|合计|基本支出|项目支出", "经济分类科目编码|科目名称|^|^|^", "合计|<|5.00|5.00|0.00")


def test_a_table_of_another_classification_is_not_joined_to_the_form_before() -> None:
    general = grid(*F05_HEAD, "合计|<|5.00|5.00|0.00", "205|教育支出|5.00|5.00|0.00")
    by_class = grid(*ECONOMIC, "301|工资福利支出|5.00|5.00|0.00")
    title = "一般公共预算财政拨款支出决算表"
    form = first(page(1, f"{title}（一）", general), page(2, f"{title}（二）", by_class))
    assert (form.form.code, form.pages, len(form.rows())) == ("F05", [1], 2)


def test_basic_expenditure_by_functional_code_is_not_f06() -> None:
    assert found(
        page(
            1,
            "基本支出决算明细表",
            grid("科目编码|科目名称|合计|工资福利支出", "205|教育支出|5.00|5.00", "20502|普通教育|5.00|5.00"),
        ),
        page(
            2,
            "一般公共预算财政拨款基本支出决算明细表",
            grid("科目编码|科目名称|决算数", "301|工资福利支出|5.00", "30101|基本工资|5.00"),
        ),
    ) == [("F06", [2])]


def test_a_table_of_units_is_neither_income_nor_a_part_of_it() -> None:
    units = grid(
        "单位编码|单位名称|本年收入合计|财政拨款收入|上级补助收入|其他收入",
        "合计||9.00|9.00|0.00|0.00",
        "101001|示例局本级|9.00|9.00|0.00|0.00",
    )
    coded = grid(*F02_HEAD, TOTAL, SUBJECT)
    for pages in ([units, coded], [coded, units]):
        form = first(*(page(n, "收入决算表", table) for n, table in enumerate(pages, 1)))
        assert [row.code for row in form.rows()] == ["total", "205"]


@pytest.mark.parametrize("between", [True, False])
def test_of_two_tables_the_one_with_the_surer_title_is_the_form(between: bool) -> None:
    pages = [
        page(
            1,
            "一般公共预算财政拨款收入支出决算表",
            grid(*F05_HEAD, "合计|<|9.00|9.00|0.00", "205|教育支出|9.00|9.00|0.00"),
        ),
        page(
            3 if between else 2,
            "一般公共预算财政拨款支出决算表",
            grid(*F05_HEAD, "合计|<|5.00|5.00|0.00", "205|教育支出|5.00|5.00|0.00"),
        ),
    ]
    if between:
        pages.insert(1, page(2, "支出决算表", grid(*F03_HEAD, TOTAL, SUBJECT)))
    form = next(form for form in find_forms(document(*pages)) if form.form.code == "F05")
    assert [row.values[0][2].text for row in form.rows()] == ["5.00", "5.00"]
    assert (form.title, form.copies) == ("一般公共预算财政拨款支出决算表", 1)
