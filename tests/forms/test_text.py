from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.forms import text


@pytest.mark.parametrize(
    ("cell", "printed"),
    [
        ("1,203.45", "1203.45"),
        ("1,203.\n45", "1203.45"),
        ("2 066.09", "2066.09"),
        ("１２．５０", "12.50"),
        ("0.00", "0.00"),
        ("－16.84", "-16.84"),
        ("12", "12"),
        ("1.234567", "1.234567"),
        ("", None),
        ("-", None),
        ("—", None),
        ("合计", None),
        ("XX", None),
        ("35.72%", None),
        ("12.00\n13.00", None),  # two numbers in one cell are no number
        ("1=2+3", None),
        ("(1,234.50)", "-1234.50"),  # a negative amount, as accountants print it
        ("（0.37）", "-0.37"),
        ("(1)", None),  # a number of something
    ],
)
def test_printed_number(cell: str, printed: str | None) -> None:
    assert text.printed_number(cell) == printed


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=2), st.booleans(), st.integers(0, 3))
def test_printed_number_undoes_separators_wraps_and_widths(amount: Decimal, wide: bool, wrap: int) -> None:
    shown = f"{amount:,.2f}"
    shown = shown[: len(shown) - wrap] + "\n" + shown[len(shown) - wrap :] if wrap else shown
    if wide:
        shown = shown.translate(str.maketrans("0123456789.,", "０１２３４５６７８９．，"))
    printed = text.printed_number(shown)
    assert printed == f"{amount:.2f}"
    assert text.decimals(printed) == 2


@given(st.decimals(min_value=0, max_value=10**10, places=6))
def test_yuan_is_exact_or_unknown(amount: Decimal) -> None:
    assert text.yuan(str(amount), "万元") == amount * 10_000
    in_yuan = text.yuan(str(amount), "元")
    assert in_yuan is None or in_yuan == amount


@pytest.mark.parametrize(
    ("printed", "plain"),
    [
        ("⼀、⼀般公共预算", "一、一般公共预算"),
        ("⻔⻓⻋⻅⻝⻘⺠⼾", "门长车见食青民户"),
        ("因 公 出 国（境）费", "因公出国(境)费"),
        ("“三公”经费", '"三公"经费'),
    ],
)
def test_squeeze_restores_what_is_meant(printed: str, plain: str) -> None:
    assert text.squeeze(printed) == plain


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("一、一般公共预算财政拨款收入", "一般公共预算财政拨款收入"),
        ("二十六、抗疫特别国债安排的\n支出", "抗疫特别国债安排的支出"),
        ("（一）支出合计", "支出合计"),
        ("1．因公出国（境）费", "因公出国（境）费"),
        ("其中：政府性基金预算财政拨款", "其中：政府性基金预算财政拨款"),
        ("维修(护)费", "维修(护)费"),
        ("合 计", "合计"),
    ],
)
def test_item_name(label: str, name: str) -> None:
    assert text.item_name(label) == name


@pytest.mark.parametrize(
    ("line", "unit"),
    [
        ("单位：万元", "万元"),
        ("部门（单位）：某某中心 金额单位：元", "元"),
        ("单位：人民币 万元", "万元"),
        ("单位名称：某某局", None),
        ("编制单位：某某局", None),
    ],
)
def test_unit_is_read_from_the_line_that_states_it(line: str, unit: str | None) -> None:
    assert text.unit_of(line) == unit


def test_unit_in_a_column_header() -> None:
    assert text.unit_in_brackets("决算数（万元）") == "万元"
    assert text.unit_in_brackets("公务用车（辆）") is None


def test_years_in_chinese_digits() -> None:
    assert text.western_years("二〇二三年度部门决算二零二四年九月") == "2023年度部门决算2024年九月"
