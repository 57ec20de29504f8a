"""A spreadsheet cell prints what its number format makes of its value."""

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.read.number_format import is_known, printed

ACCOUNTING = '_ * #,##0.00_ ;_ * \\-#,##0.00_ ;_ * "-"??_ ;_ @_ '


@pytest.mark.parametrize(
    ("value", "code", "text"),
    [
        (2066.09, "#,##0.00", "2,066.09"),
        (0, "#,##0.00", "0.00"),
        (1234.5, "0.00", "1234.50"),
        (999999.995, "#,##0.00", "1,000,000.00"),
        # half up in decimal, on the digits that are shown, not on the double
        (1.005, "0.00", "1.01"),
        (0.125, "0.00", "0.13"),
        (2.5, "0", "3"),
        (4.364999999999999, "0.00", "4.37"),
        (-1234.5, "#,##0.00_);(#,##0.00)", "(1,234.50)"),
        (1234.5, "#,##0.00_);(#,##0.00)", "1,234.50 "),
        (1234.5, ACCOUNTING, " 1,234.50 "),
        (-1234.5, ACCOUNTING, " -1,234.50 "),
        (0, ACCOUNTING, " -   "),
        ("合计", ACCOUNTING, " 合计 "),
        (0, '#,##0.00;-#,##0.00;"-"', "-"),
        (0, "0.00;-0.00;;@", ""),
        # colour alone shows the sign on the sheet
        (-5, "0.00;[Red]0.00", "-5.00"),
        (-5, "0.00_);[Red](0.00)", "(5.00)"),
        (-3, "#,##0.00_ ;[Red]\\-#,##0.00\\ ", "-3.00 "),
        (5.0, "General", "5"),
        (0.1, "General", "0.1"),
        (0.30000000000000004, "General", "0.3"),
        (12345678.912, "General", "12345678.91"),
        (123456789012, "General", "1.23457E+11"),
        (-7, "General", "-7"),
        (3.5, "@", "3.5"),
        (0.4772, "0.00%", "47.72%"),
        (12345678, "#,##0,", "12,346"),
        (12345, "0!.0,", "1.2"),
        (7, "000", "007"),
        (0.5, "#.##", ".5"),
        (5, '0.00"万元"', "5.00万元"),
        (1234.5, "[$¥-804]#,##0.00", "¥1,234.50"),
        (20000, '[>=10000]0.0,"k";0', "20.0k"),
        (5, '[>=10000]0.0,"k";0', "5"),
        (True, "General", "TRUE"),
        ("#REF!", "0.00", "#REF!"),
        (None, "0.00", ""),
        (datetime(2024, 9, 1), 'yyyy"年"m"月"', "2024年9月"),
        (datetime(2024, 9, 1), "yyyy/m/d;@", "2024/9/1"),
        (datetime(2024, 9, 1, 8, 30), "h:mm", "2024-09-01 08:30:00"),
    ],
)
def test_the_printed_text(value: object, code: str, text: str) -> None:
    assert printed(value, code) == text


@pytest.mark.parametrize("code", ["# ?/?", "0.00E+00", "[h]:mm", "[DBNum1]0"])
def test_an_unknown_format_is_not_guessed(code: str) -> None:
    assert not is_known(code)
    assert printed(12.5, code) == f"12.5 [{code}]"


@given(st.decimals(-(10**9), 10**9, places=4), st.integers(0, 4))
def test_any_amount_is_rounded_half_up_and_grouped(amount: Decimal, places: int) -> None:
    code = "#,##0" + ("." + "0" * places if places else "")
    exact = amount.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    assert printed(float(amount), code).replace("-", "") == f"{abs(exact):,}"


@given(
    st.floats(allow_nan=False, allow_infinity=False), st.text('0#?,.;@%_*\\"-()[]General年y元 ', max_size=12)
)
def test_no_format_is_too_odd(value: float, code: str) -> None:
    assert isinstance(printed(value, code), str)
