"""One small grid for each way in which the rows of a form are printed."""

import pytest

from pipeline.forms.catalogue import catalogue
from pipeline.forms.header import read_header
from pipeline.forms.rows import FormRow, Part, read_rows
from pipeline.read.document import Grid
from tests.forms.drawing import grid


def rows_of_form(code: str, *grids: Grid) -> list[FormRow]:
    form = catalogue().forms[code]
    parts: list[Part] = []
    for item in grids:
        header = read_header(form, item)
        if header is None:
            header = parts[-1].header.moved(parts[-1].grid, item)
        parts.append(Part(item, header))
    return read_rows(form, parts)


def shown(rows: list[FormRow]) -> list[tuple[str | None, str | None, list[str]]]:
    return [(row.code, row.name, [cell.text if cell else "" for _, cell, _ in row.values]) for row in rows]


def test_codes_in_one_column_with_total_first() -> None:
    rows = rows_of_form(
        "F05",
        grid(
            "项 目|<|本年支出|<|<",
            "功能分类\\n科目编码|科目名称|小计|基本支出|项目支出",
            "栏次|<|1|2|3",
            "合计|<|12.50|10.00|2.50",
            "2060101|行政\\n运行|12.50|10.00|2.50",
        ),
    )
    assert [measure for measure, _, _ in rows[0].values] == ["total", "basic", "project"]
    assert shown(rows) == [
        ("total", "合计", ["12.50", "10.00", "2.50"]),
        ("2060101", "行政运行", ["12.50", "10.00", "2.50"]),
    ]
    assert [row.kind for row in rows] == ["total", "subject"]


def test_header_words_and_total_share_a_row() -> None:
    rows = rows_of_form(
        "F10",
        grid(
            "项目|<|<|<|本年支出|<|<|<",
            "科目编码|<|<|科目名称|合计|基本支出|项目支出|<",
            "^|^|^|^|^|^|小计|其中：基本建设资金支出",
            "类|款|项|合计|30.00|10.00|20.00|5.00",
            "205|<|<|教育支出|30.00|10.00|20.00|5.00",
        ),
    )
    assert [measure for measure, _, _ in rows[0].values] == [
        "total",
        "basic",
        "project",
        "project_capital_construction",
    ]
    assert shown(rows) == [
        ("total", "合计", ["30.00", "10.00", "20.00", "5.00"]),
        ("205", "教育支出", ["30.00", "10.00", "20.00", "5.00"]),
    ]


def test_split_code_cells_reach_down_over_the_total() -> None:
    rows = rows_of_form(
        "F03",
        grid(
            "项目|<|<|<|本年支出合计|基本支出|项目支出",
            "支出功能分类科目编码|<|<|科目名称|^|^|^",
            "类|款|项|栏次|1|2|3",
            "^|^|^|合计|3.00|1.00|2.00",
            "201|||一般公共服务支出|3.00|1.00|2.00",
            "201|03||政府办公厅及相关机构事务|3.00|1.00|2.00",
            "201|03|01|行政运行|3.00|1.00|2.00",
        ),
    )
    assert [row.code for row in rows] == ["total", "201", "20103", "2010301"]


def test_only_the_level_that_changes_is_printed() -> None:
    rows = rows_of_form(
        "F05",
        grid(
            "科目编码|<|<|科目名称|合计|基本支出|项目支出",
            "类|款|项|^|^|^|^",
            "|||合计|3.00|1.00|2.00",
            "208|||社会保障和就业支出|3.00|1.00|2.00",
            "|05||行政事业单位养老支出|3.00|1.00|2.00",
            "||01|行政单位离退休|1.00|1.00|0.00",
            "||02|事业单位离退休|2.00|0.00|2.00",
        ),
    )
    assert [row.code for row in rows] == ["total", "208", "20805", "2080501", "2080502"]


def test_code_and_name_in_one_cell() -> None:
    rows = rows_of_form(
        "F05",
        grid("项目|合计|基本支出|项目支出", "合计|1.00|1.00|", "2080501 行政单位离退休|1.00|1.00|"),
    )
    assert shown(rows) == [
        ("total", "合计", ["1.00", "1.00", ""]),
        ("2080501", "行政单位离退休", ["1.00", "1.00", ""]),
    ]


def test_sub_headers_inside_the_total_row_are_no_amounts() -> None:
    rows = rows_of_form(
        "F07",
        grid(
            "项目|<|年初结转和\\n结余|本年收入|本年支出|<|<|年末结转和\\n结余",
            "功能分类\\n科目编码|科目名称|^|^|^|^|^|^",
            "合计|<|||合计|基本支出|项目支出|",
            "|||||||",
        ),
    )
    assert [measure for measure, _, _ in rows[0].values] == [
        "opening_balance",
        "income",
        "expenditure_total",
        "expenditure_basic",
        "expenditure_project",
        "closing_balance",
    ]
    assert [cell.text if cell else None for _, cell, _ in rows[0].values] == ["", "", None, None, None, ""]
    assert len(rows) == 1


def test_continuation_without_header_and_a_torn_label() -> None:
    first = grid(
        "项目|<|合计|基本支出|项目支出",
        "科目编码|科目名称|^|^|^",
        "2080505|机关事业单位基本|5.00|5.00|0.00",
    )
    second = grid("|养老保险缴费支出|||", "2080506|职业年金缴费支出|2.00|2.00|0.00", page=2)
    rows = rows_of_form("F05", first, second)
    assert shown(rows) == [
        ("2080505", "机关事业单位基本养老保险缴费支出", ["5.00", "5.00", "0.00"]),
        ("2080506", "职业年金缴费支出", ["2.00", "2.00", "0.00"]),
    ]


def test_a_label_torn_below_a_total_that_is_printed_again() -> None:
    head = ("项目|<|合计|基本支出|项目支出", "科目编码|科目名称|^|^|^")
    first = grid(*head, "|合计|5.00|5.00|0.00", "2080505|机关事业单位基本|5.00|5.00|0.00")
    second = grid(*head, "|合计|5.00|5.00|0.00", "|养老保险缴费支出|||", page=2)
    assert shown(rows_of_form("F05", first, second)) == [
        ("total", "合计", ["5.00", "5.00", "0.00"]),
        ("2080505", "机关事业单位基本养老保险缴费支出", ["5.00", "5.00", "0.00"]),
    ]


@pytest.mark.parametrize(
    ("begun", "rest"), [("十六、金融", "支出"), ("十六、", "金融支出"), ("十六、金", "融支出")]
)
def test_a_torn_label_on_one_side_of_a_form_with_two(begun: str, rest: str) -> None:
    first = grid("收入|<|支出|<", "项目|决算数|项目|决算数", f"八、其他收入|1.00|{begun}|2.00")
    second = grid(f"||{rest}|", "本年收入合计|1.00|本年支出合计|2.00", page=2)
    rows = rows_of_form("F01", first, second)
    assert [(row.name, row.line_item) for row in rows if row.side == "expenditure"] == [
        ("金融支出", "class_217"),
        ("本年支出合计", "current_expenditure"),
    ]
    assert [cell.text for row in rows for _, cell, _ in row.values if cell] == [
        "1.00",
        "1.00",
        "2.00",
        "2.00",
    ]


def test_total_printed_again_is_recorded_once_but_a_different_one_is_kept() -> None:
    head = ("项目|<|合计|基本支出|项目支出", "科目编码|科目名称|^|^|^")
    first = grid(*head, "|合计|7.00|7.00|0.00", "208|社会保障和就业支出|5.00|5.00|0.00")
    again = grid(*head, "|合计|7.00|7.00|0.00", "221|住房保障支出|2.00|2.00|0.00", page=2)
    other = grid(*head, "|合计|2.00|2.00|0.00", "221|住房保障支出|2.00|2.00|0.00", page=2)
    assert [row.code for row in rows_of_form("F05", first, again)] == ["total", "208", "221"]
    assert [row.code for row in rows_of_form("F05", first, other)] == ["total", "208", "total", "221"]


def test_two_sided_form_reads_income_before_expenditure() -> None:
    rows = rows_of_form(
        "F04",
        grid(
            "收入|<|<|支出|<|<|<",
            "项 目|行次|金额|项 目|行次|合计|一般公共预算\\n财政拨款",
            "栏 次||1|栏 次||2|3",
            "一、一般公共预算财政拨款|1|9.00|一、一般公共服务支出|5|9.00|9.00",
            "年初财政拨款结转和结余|2|0.00||6||",
            "一般公共预算财政拨款|3|0.00||7||",
            "总计|4|9.00|总计|8|9.00|9.00",
        ),
    )
    assert [(row.side, row.line_item) for row in rows] == [
        ("income", "general_public_budget"),
        ("income", "opening_balance"),
        ("income", "opening_general_public_budget"),
        ("income", "grand_total"),
        ("expenditure", "class_201"),
        ("expenditure", "grand_total"),
    ]
    assert [measure for measure, _, _ in rows[-1].values] == ["total", "general_public_budget"]


def test_a_part_is_marked_and_keeps_its_words() -> None:
    rows = rows_of_form(
        "F01",
        grid(
            "收入|<|支出|<",
            "项目|决算数|项目(按功能分类)|决算数",
            "一、财政拨款收入|9.00|五、教育支出|9.00",
            "其中：政府性基金预算财政拨款|1.00||",
        ),
    )
    assert [(row.name, row.line_item, row.kind) for row in rows] == [
        ("财政拨款收入", "fiscal_appropriation", "line"),
        ("其中：政府性基金预算财政拨款", "government_fund", "part"),
        ("教育支出", "class_205", "line"),
    ]


def test_blocks_of_f06_and_a_total_merged_over_the_next_block() -> None:
    rows = rows_of_form(
        "F06",
        grid(
            "人员经费|<|<|公用经费|<|<|<|<|<",
            "经济分类\\n科目编码|科目名称|决算数|经济分类\\n科目编码|科目名称|决算数|经济分类\\n科目编码|科目名称|决算数",
            "301|工资福利支出|5.00|302|商品和服务支出|2.00|310|资本性支出|1.00",
            "人员经费合计|<|5.00|公用经费合计|<|<|<|3.00|<",
        ),
    )
    assert shown(rows) == [
        ("301", "工资福利支出", ["5.00"]),
        ("personnel_total", "人员经费合计", ["5.00"]),
        ("302", "商品和服务支出", ["2.00"]),
        ("public_total", "公用经费合计", ["3.00"]),
        ("310", "资本性支出", ["1.00"]),
    ]


def test_f06_as_one_block_with_personnel_and_public_columns() -> None:
    rows = rows_of_form(
        "F06",
        grid(
            "科目编码|科目名称|合计|人员经费|公用经费",
            "合计|<|8.00|5.00|3.00",
            "301|工资福利支出|5.00|5.00|",
            "302|商品和服务支出|3.00||3.00",
        ),
    )
    assert [measure for measure, _, _ in rows[0].values] == ["final", "personnel", "public"]
    assert shown(rows)[0] == ("total", "合计", ["8.00", "5.00", "3.00"])


def test_the_template_until_2018_with_parts_and_a_block_by_economic_class() -> None:
    rows = rows_of_form(
        "F01",
        grid(
            "收入|<|<|支出|<|<|<|<|<",
            "项目|行次|决算数|项目（按功能分类）|行次|决算数|项目（按支出性质和经济分类）|行次|决算数",
            "栏次||1|栏次||2|栏次||3",
            "一、财政拨款收入|1|9.00|一、教育支出|22|9.00|一、基本支出|40|9.00",
            "一般公共预算财政拨款|2|8.00||||日常公用经费|41|1.00",
            "政府性基金预算财政拨款|3|1.00|结余分配|38|1.00|结余分配|58|1.00",
            "用事业基金弥补收支差额|4|0.00|提取职工福利基金|39|0.40||59|",
            "年初结转和结余|5|2.00|转入事业基金|40|0.60||60|",
            "项目支出结转和结余|6|2.00|年末结转和结余|41|1.00||61|",
            "总计|7|11.00|总计|42|11.00|总计|62|11.00",
        ),
    )
    assert [(row.side, row.name, row.line_item) for row in rows if row.kind == "line"] == [
        ("income", "财政拨款收入", "fiscal_appropriation"),
        ("income", "用事业基金弥补收支差额", "non_fiscal_surplus_used"),
        ("income", "年初结转和结余", "opening_balance"),
        ("income", "总计", "grand_total"),
        ("expenditure", "教育支出", "class_205"),
        ("expenditure", "结余分配", "surplus_distribution"),
        ("expenditure", "年末结转和结余", "closing_balance"),
        ("expenditure", "总计", "grand_total"),
    ]
    assert [row.name for row in rows if row.kind == "part"] == [
        "一般公共预算财政拨款",
        "政府性基金预算财政拨款",
        "项目支出结转和结余",
        "提取职工福利基金",
        "转入事业基金",
        "基本支出",
        "日常公用经费",
        "结余分配",
        "总计",
    ]


def test_balances_beside_the_expenditure_of_f05_are_no_measures() -> None:
    rows = rows_of_form(
        "F05",
        grid(
            "项目|<|年初结转和结余|<|本年收入|<|本年支出|<|<|年初预算数",
            "科目编码|科目名称|合计|基本支出结转|合计|基本支出|合计|基本支出|项目支出|合计",
            "205|教育支出|0.10|0.20|6.00|4.00|5.10|4.10|1.10|7.00",
        ),
    )
    assert shown(rows) == [("205", "教育支出", ["5.10", "4.10", "1.10"])]


def test_income_of_f07_may_be_split_like_its_expenditure() -> None:
    rows = rows_of_form(
        "F07",
        grid(
            "项目|<|年初结转和结余|<|本年收入|<|本年支出|<|<|年末结转和结余",
            "科目编码|科目名称|合计|基本支出结转|合计|基本支出|合计|基本支出|项目支出|合计",
            "212|城乡社区支出|0.10|0.20|6.00|4.00|5.10|4.10|1.10|7.00",
        ),
    )
    assert [(measure, cell.text) for measure, _, cell in rows[0].values] == [
        ("opening_balance", "0.10"),
        ("income", "6.00"),
        ("expenditure_total", "5.10"),
        ("expenditure_basic", "4.10"),
        ("expenditure_project", "1.10"),
        ("closing_balance", "7.00"),
    ]


def test_f06_with_budget_columns_and_a_total_in_each_block() -> None:
    rows = rows_of_form(
        "F06",
        grid(
            "人员经费|<|<|<|公用经费|<|<|<",
            "科目编码|科目名称|预算数|决算数|科目编码|科目名称|预算数|决算数",
            "301|工资福利支出|4.00|5.00|302|商品和服务支出|2.00|2.10",
            "合计|<|4.00|5.00|合计|<|2.00|2.10",
        ),
    )
    assert shown(rows) == [
        ("301", "工资福利支出", ["5.00"]),
        ("personnel_total", "合计", ["5.00"]),
        ("302", "商品和服务支出", ["2.10"]),
        ("public_total", "合计", ["2.10"]),
    ]


def test_code_cells_merged_down_over_their_children() -> None:
    rows = rows_of_form(
        "F03",
        grid(
            "类|款|项|科目名称|本年支出合计|基本支出|项目支出",
            "205|||教育支出|5.00|5.00|",
            "^|02||普通教育|5.00|5.00|",
            "^|^|01|学前教育|5.00|5.00|",
        ),
    )
    assert [row.code for row in rows] == ["205", "20502", "2050201"]


def test_a_note_in_the_last_row_of_the_table_is_no_row() -> None:
    note = "注：本表反映部门本年度各项支出情况。"
    rows = rows_of_form(
        "F05",
        grid(
            "科目编码|科目名称|合计|基本支出|项目支出", "合计|<|5.00|5.00|", f"{note}|<|<|<|<", f"{note}|<|||"
        ),
    )
    assert [row.code for row in rows] == ["total"]


def test_older_names_of_funds_and_columns() -> None:
    rows = rows_of_form(
        "F04",
        grid(
            "收入|<|支出（按功能分类）|<|<|<",
            "项目|决算数|^|合计|公共预算财政拨款|政府性基金预算财政拨款",
            "一、公共预算财政拨款|9.00|五、教育支出|9.00|8.00|1.00",
        ),
    )
    assert [(row.line_item, [measure for measure, _, _ in row.values]) for row in rows] == [
        ("general_public_budget", ["final"]),
        ("class_205", ["total", "general_public_budget", "government_fund"]),
    ]


def test_codes_in_brackets_with_dots_blanks_and_wide_digits() -> None:
    rows = rows_of_form(
        "F05",
        grid(
            "科目编码|科目名称|合计|基本支出|项目支出",
            "２０５|教育支出|5.00|5.00|",
            "205.02.01|学前教育|1.00|1.00|",
            "20502 02|小学教育|1.00|1.00|",
            "[20503]|职业教育|1.00|1.00|",
            "|[2050302]中等职业教育|1.00|1.00|",
            "|20504-成人教育|1.00|1.00|",
        ),
    )
    assert [(row.code, row.name) for row in rows] == [
        ("205", "教育支出"),
        ("2050201", "学前教育"),
        ("2050202", "小学教育"),
        ("20503", "职业教育"),
        ("2050302", "中等职业教育"),
        ("20504", "成人教育"),
    ]


def test_header_words_broken_over_rows_without_a_rule() -> None:
    rows = rows_of_form(
        "F03",
        grid(
            "项 目||||||",
            "功能分类|科目名称|本年支|基本|项目|上缴上级|对附属单位",
            "科目编码||出合计|支出|支出|支出|补助支出",
            "合计||5.00|4.00|1.00||",
        ),
    )
    assert [(measure, cell.text) for measure, _, cell in rows[0].values] == [
        ("total", "5.00"),
        ("basic", "4.00"),
        ("project", "1.00"),
        ("remitted_to_superior", ""),
        ("subsidy_to_subordinate", ""),
    ]


def test_a_stray_rule_through_the_amounts() -> None:
    rows = rows_of_form(
        "F03",
        grid(
            "项目|<|本年支出合计|<|基本支出|<|项目支出",
            "科目编码|科目名称|^|<|^|<|^",
            "合计|<|5.00||5|.00|0.00",
            "205|教育支出||5.00||5.00|0.00",
            "206|科学技术支出||||0.00|",
        ),
    )
    assert [[cell.text for _, cell, _ in row.values if cell] for row in rows] == [
        ["5.00", "5.00", "0.00"],
        ["5.00", "5.00", "0.00"],
        ["", "0.00", ""],
    ]


def test_sides_that_are_their_own_header() -> None:
    rows = rows_of_form(
        "F01",
        grid("收入|决算数|支出|决算数", "一、财政拨款收入|9.00|一、教育支出|8.00", "总计|9.00|总计|9.00"),
    )
    assert [(row.side, row.line_item) for row in rows] == [
        ("income", "fiscal_appropriation"),
        ("income", "grand_total"),
        ("expenditure", "class_205"),
        ("expenditure", "grand_total"),
    ]


@pytest.mark.parametrize("code", ["F01", "F02", "F03", "F05", "F06", "F07"])
def test_a_table_that_is_no_form_has_no_header(code: str) -> None:
    units = grid("序号|单位名称|备注", "1|某某局（本级）|", "2|某某中心|")
    assert read_header(catalogue().forms[code], units) is None


def test_a_torn_label_of_a_part() -> None:
    first = grid(
        "收入|<|支出|<",
        "项目|决算数|项目|决算数",
        "年初结转和结余|1.00|年末结转和结余|2.00",
        "||其中：项目支|1.00",
    )
    second = grid("||出结转和结余|", "总计|1.00|总计|2.00", page=2)
    rows = [row for row in rows_of_form("F01", first, second) if row.side == "expenditure"]
    assert [(row.name, row.kind) for row in rows] == [
        ("年末结转和结余", "line"),
        ("其中：项目支出结转和结余", "part"),
        ("总计", "line"),
    ]
