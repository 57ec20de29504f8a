"""Numbers in running text."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.narrative.figures import figures, value_of, yuan_of


def read(plain: str) -> list[tuple[str, str]]:
    return [(figure.printed, figure.unit) for figure in figures(plain)]


@pytest.mark.parametrize(
    ("plain", "found"),
    [
        ("收入430,725.03万元", [("430725.03", "万元")]),
        ("收入430，725.03万元", [("430725.03", "万元")]),
        ("收入0.39万(含外宾)", [("0.39", "万")]),
        ("收入12,345.60元，占5.6%", [("12345.60", "元"), ("5.6", "%")]),
        ("接待5批次40人次", [("5", "批次"), ("40", "人次")]),
        ("设备2台(套)", [("2", "台(套)")]),
        ("得分99.33分(其中", [("99.33", "分")]),
        ("增长-5.2%", [("-5.2", "%")]),
        ("增长−5.2%", [("-5.2", "%")]),
        ("增长13.95。", [("13.95", "")]),
        ("惠及3万人", [("3", "")]),
        ("提高1.5个百分点", [("1.5", "个百分点")]),
    ],
)
def test_figures_with_their_units(plain, found):
    assert read(plain) == found


@pytest.mark.parametrize(
    "plain",
    [
        "2023年度，与2022年相比",
        "2021-2023年",
        "截至2023年12月31日",
        "于9月5日印发，2023-09-05公布",
        "1.基本支出",
        "1.2023年度",
        "其中:1、基本支出;2、项目支出",
        "(1)其他",
        "第2批名单，第3季度",
        "〔2019〕5号",
        "小学教育(2050202)",
        "2040201-行政运行",
        "2050202小学教育",
        "《2023年第5号通知》",
        '对"2019年度聘请专家"项目',
        "单价100万元以上设备，单位价值50万元(含)以上",
        "公开01表，见附件2、表3-5",
        "推广5G",
    ],
)
def test_what_is_no_figure(plain):
    assert read(plain) == []


def test_a_threshold_is_none_and_the_count_behind_it_is_one():
    assert read("单价100万元(含)以上设备(不含车辆)4台(套)") == [("4", "台(套)")]


def test_a_price_that_is_no_threshold_is_a_figure():
    assert read("房屋价值120.00万元") == [("120.00", "万元")]


def test_amounts_that_look_like_years_are_figures():
    assert read("总计2066.09万元，2023.5万元，支出2023万元") == [
        ("2066.09", "万元"),
        ("2023.5", "万元"),
        ("2023", "万元"),
    ]


@given(st.decimals(0, 10**12, places=2), st.sampled_from(["万元", "元", "%", "人次", ""]), st.booleans())
def test_any_number_is_read_exactly(number, unit, with_separators):
    printed = f"{number:,.2f}" if with_separators else f"{number:.2f}"
    assert read(f"支出为{printed}{unit}，") == [(f"{number:.2f}", unit)]


@given(st.text(alphabet="0123456789.,，%万元年月日个()第号-第、 ", max_size=40))
def test_no_text_breaks_the_reader(plain):
    for figure in figures(plain):
        assert plain[figure.start : figure.unit_start].replace(",", "").replace("，", "") == figure.printed
        value_of(figure.printed)


def test_values_are_exact_or_none():
    assert value_of("10.50") == Decimal("10.5")
    assert value_of("0.0000001") is None
    assert yuan_of(Decimal("0.39"), "万") == Decimal("3900.00")
    assert yuan_of(Decimal("-13.52"), "万元") == Decimal("-135200.00")
    assert yuan_of(Decimal("0.0000001"), "万元") is None
