import pytest

from pipeline.forms.catalogue import catalogue
from pipeline.forms.text import squeeze


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("收入支出决算总表", "F01"),
        ("部门收支决算总表", "F01"),
        ("表1：高等学校收支决算总表", "F01"),
        ("收入决算表", "F02"),
        ("收入决算总表", "F02"),
        ("支出决算表", "F03"),
        ("支出决算总表", "F03"),
        ("财政拨款收入支出决算总表", "F04"),
        ("一般公共预算财政拨款支出决算表", "F05"),
        ("2023年度一般公共预算支出决算表", "F05"),
        ("一般公共预算财政拨款基本支出决算表", "F06"),
        ("一般公共预算财政拨款基本支出决算明细表", "F06"),
        ("政府性基金预算财政拨款收入支出决算表", "F07"),
        ("国有资本经营预算财政拨款支出决算表", "F08"),
        ("国有资本经营预算财政拨款收入支出决算表", "F08"),
        ("财政拨款“三公”经费支出决算表", "F09"),
        ("一般公共预算财政拨款“三公”经费及会议费、培训费支出决算表", "F09"),
        ("高等学校财政拨款支出决算表", "F10"),
        ("一般公共预算财政拨款项目支出决算表", None),
        ("财政拨款支出决算明细表", None),
        ("2024年度部门决算表", None),
        ("“三公”经费支出预算表", None),
        ("政府性基金预算财政拨款“三公”经费支出决算表", None),
        ("一般公共预算和政府性基金预算财政拨款“三公”经费支出决算表", "F09"),
        ("“三公”经费、行政参公单位机关运行经费情况表", "F09"),
        ("一般公共预算财政拨款支出决算明细表", None),
        ("政府性基金预算财政拨款基本支出决算表", None),
        ("公共预算财政拨款收入支出决算表", "F05"),
        ("部门整体绩效自评表", None),
    ],
)
def test_titles(title: str, code: str | None) -> None:
    form = catalogue().form_titled(squeeze(title))
    assert (form.code if form else None) == code


@pytest.mark.parametrize(
    ("titles", "year", "forms"),
    [
        ("高等学校收支决算总表", 2023, ("F01", "F02", "F03", "F10")),
        ("收支决算总表 收入决算表 支出决算表 财政拨款支出决算表", 2023, ("F01", "F02", "F03", "F10")),
        ("收入支出决算总表", 2018, ("F01", "F02", "F03", "F04", "F05", "F06", "F07", "F09")),
        ("收入支出决算总表", 2021, ("F01", "F02", "F03", "F04", "F05", "F06", "F07", "F08", "F09")),
        ("收入支出决算总表", None, ("F01", "F02", "F03", "F04", "F05", "F06", "F07", "F08", "F09")),
    ],
)
def test_template_says_which_forms_a_report_must_have(
    titles: str, year: int | None, forms: tuple[str, ...]
) -> None:
    assert catalogue().template(titles, year).forms == forms


def test_the_funds_of_f04_are_told_apart_by_the_row_before() -> None:
    form = catalogue().forms["F04"]
    label = "一般公共预算财政拨款"
    assert form.line_item(label, "income") == "general_public_budget"
    after = frozenset({"general_public_budget", "opening_balance"})
    assert form.line_item(label, "income", after) == "opening_general_public_budget"


def test_older_class_names_are_the_same_line() -> None:
    form = catalogue().forms["F01"]
    assert form.line_item("文化体育与传媒支出", "expenditure") == "class_207"
    assert form.line_item("医疗卫生与计划生育支出", "expenditure") == "class_210"
    assert form.line_item("其他支出", "expenditure") == "class_229"
    assert form.line_item("其他收入", "income") == "other"
