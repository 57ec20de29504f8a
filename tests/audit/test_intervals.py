"""Interval arithmetic of the engine: edge tables, and properties that hold for any numbers.

Every case is a report of its own with one row of F05: 合计 = 基本支出 + 项目支出 (check F05-ROW), so that a
table or an example of hypothesis is one batch.
"""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.audit.engine import check_batch
from pipeline.facts import ReportedAmount
from tests.audit.facts import Report, amount, batch, form, header, only

Printed = str | None


def row(name: str, total: Printed, parts: Sequence[Printed], units: tuple[str, ...] = ()) -> Report:
    """Return a report with one row of F05: its total, 基本支出 and 项目支出."""
    cells: list[ReportedAmount] = []
    given_units = units or ("万元", "万元", "万元")
    for measure, printed, unit in zip(
        ("total", "basic", "project"), (total, *parts), given_units, strict=False
    ):
        cells.append(amount(name, len(cells) + 1, "F05", "2080501", measure, printed, unit=unit))
    return Report(header(name), (form(name, "F05"),), tuple(cells)).renamed(name)


def outcomes(reports: list[Report], check: str = "F05-ROW") -> list[dict[str, object]]:
    """Return the one result of `check` for each report, in their order."""
    table = check_batch(batch(reports), only(check))
    found = {result["report_key"]: result for result in table.to_pylist() if result["check_id"] == check}
    return [found[report.header.report_key] for report in reports]


YUAN_TOTAL = ("元", "万元", "万元")
YUAN_PARTS = ("万元", "元", "元")

TABLE: list[tuple[str, Printed, list[Printed], tuple[str, ...], str, str | None]] = [
    # what, total, parts, units, status, tolerance in 元
    ("printed equality", "3.00", ["1.00", "2.00"], (), "exact", "150"),
    ("equality of different decimals", "3", ["1.0", "2.00"], (), "exact", "5550"),
    ("one off in the last decimal", "3.01", ["1.00", "2.00"], (), "rounding", "150"),
    ("a finer total, beyond", "3.015", ["1.00", "2.00"], (), "fail", "105"),
    ("a finer total, beyond from below", "2.985", ["1.00", "2.00"], (), "fail", "105"),
    ("bounds touch: two terms of the same decimals", "1.01", ["1.00", "0.00"], (), "rounding", "100"),
    ("just beyond touching", "1.02", ["1.00", "0.00"], (), "fail", "100"),
    ("two off where three terms allow 1.5", "3.02", ["1.00", "2.00"], (), "fail", "150"),
    ("zero has no width", "0.01", ["0.00", "0.00"], (), "fail", "50"),
    ("blank has no width", "1.02", ["1.00", None], (), "fail", "100"),
    ("blank is skipped", "1.01", ["1.00", None], (), "rounding", "100"),
    ("nothing but zero", "0.00", ["0.00", "0.00"], (), "exact", "0"),
    ("nothing printed", None, [None, None], (), "not_applicable", None),
    ("zero against blank", "0.00", [None, None], (), "not_applicable", "0"),
    ("a blank total of printed parts", None, ["1.00", "2.00"], (), "fail", "100"),
    ("a printed total of blank parts", "3.00", [None, None], (), "fail", "50"),
    ("negative parts", "-1.00", ["-3.00", "2.00"], (), "exact", "150"),
    ("negative, rounding", "-1.01", ["-3.00", "2.00"], (), "rounding", "150"),
    ("negative, wrong sign", "1.00", ["-3.00", "2.00"], (), "fail", "150"),
    ("integers are wide", "4", ["1", "2"], (), "rounding", "15000"),
    ("integers, beyond", "5", ["1", "2"], (), "fail", "15000"),
    ("元 against 万元", "30000.00", ["1.00", "2.00"], YUAN_TOTAL, "exact", "100.005"),
    ("元 inside the width of 万元", "30100.00", ["1.00", "2.00"], YUAN_TOTAL, "rounding", "100.005"),
    ("元 beyond the width of 万元", "30100.01", ["1.00", "2.00"], YUAN_TOTAL, "fail", "100.005"),
    ("万元 against 元", "3.00", ["10000.00", "20049.99"], YUAN_PARTS, "rounding", "50.01"),
    ("万元 against 元, touching", "3.00", ["10000.00", "20050.01"], YUAN_PARTS, "rounding", "50.01"),
    ("万元 against 元, beyond", "3.00", ["10000.00", "20050.02"], YUAN_PARTS, "fail", "50.01"),
    ("six decimals", "3.000001", ["1.000000", "2.000000"], (), "rounding", "0.015"),
    ("six decimals, beyond", "3.000002", ["1.000000", "2.000000"], (), "fail", "0.015"),
    ("亿元", "0.03", ["100.00", "200.00"], ("亿元", "万元", "万元"), "exact", "500100"),
    ("large amounts", "123456789012.34", ["123456789012.33", "0.01"], (), "exact", "150"),
]  # fmt: skip


@pytest.fixture(scope="module")
def table_results() -> dict[str, dict[str, object]]:
    reports = [row(what, total, parts, units) for what, total, parts, units, _, _ in TABLE]
    return dict(zip((case[0] for case in TABLE), outcomes(reports), strict=True))


@pytest.mark.parametrize(("what", "status", "tolerance"), [(c[0], c[4], c[5]) for c in TABLE])
def test_edge(
    what: str, status: str, tolerance: str | None, table_results: dict[str, dict[str, object]]
) -> None:
    result = table_results[what]
    assert result["status"] == status
    if tolerance is not None:
        assert result["tolerance"] == pytest.approx(Decimal(tolerance), abs=Decimal("0.0001"))


def test_differences_are_exact() -> None:
    """0.30 - (0.10 + 0.20) is 0 and 326.72 - 326.71 is 0.01, which binary floats deny."""
    first, second = outcomes([row("a", "0.30", ["0.10", "0.20"]), row("b", "326.72", ["326.71", "0.00"])])
    assert (first["status"], first["difference"]) == ("exact", Decimal("0.0000"))
    assert (second["status"], second["difference"]) == ("rounding", Decimal("100.0000"))


def test_a_part_that_is_not_printed_is_not_evaluable() -> None:
    whole = row("whole", "3.00", ["1.00", "2.00"])
    no_total = whole._replace(amounts=whole.amounts[1:]).renamed("no total")
    no_parts = whole._replace(amounts=whole.amounts[:1]).renamed("no parts")
    assert [result["status"] for result in outcomes([no_total, no_parts])] == ["not_evaluable"] * 2


@pytest.mark.parametrize(("text", "status"), [("XX", "not_evaluable"), ("—", "exact"), ("", "exact")])
def test_unreadable_is_not_blank(text: str, status: str) -> None:
    report = row("x", "1.00", ["1.00", None])
    cell = msgspec.structs.replace(amount("x", 3, "F05", "2080501", "project", None), cell_text=text)
    [result] = outcomes([report._replace(amounts=(*report.amounts[:2], cell)).renamed(text or "blank")])
    assert result["status"] == status


def duplicates(first: str, second: str, units: tuple[str, str] = ("万元", "万元")) -> tuple[str, str]:
    """Return the statuses of DUPLICATE and F05-ROW: a total is printed twice, the parts add to 3.00."""
    report = row("x", first, ["1.00", "2.00"], (units[0], "万元", "万元"))
    again = amount("x", 4, "F05", "2080501", "total", second, unit=units[1])
    twice = report._replace(amounts=(*report.amounts, again)).renamed("x")
    table = check_batch(batch([twice]), only("DUPLICATE", "F05-ROW"))
    found = {result["check_id"]: result["status"] for result in table.to_pylist()}
    return found["DUPLICATE"], found["F05-ROW"]


@pytest.mark.parametrize(
    ("first", "second", "units", "expected"),
    [
        ("3.00", "3.00", ("万元", "万元"), ("exact", "exact")),
        ("3.00", "3.01", ("万元", "万元"), ("exact", "rounding")),  # intervals touch at 3.005
        ("3.00", "3.02", ("万元", "万元"), ("fail", "not_evaluable")),
        ("3.00", "30000.00", ("万元", "元"), ("exact", "exact")),
        ("3.00", "30049.00", ("万元", "元"), ("exact", "rounding")),
        ("3.00", "30051.00", ("万元", "元"), ("fail", "not_evaluable")),
        ("3.00", "0.00", ("万元", "万元"), ("fail", "not_evaluable")),
    ],
)
def test_duplicates_intersect(
    first: str, second: str, units: tuple[str, str], expected: tuple[str, str]
) -> None:
    assert duplicates(first, second, units) == expected


def test_improbable_rounding() -> None:
    """Inside the bound of many terms, but three times what rounding errors of that many terms make likely."""
    parts = [amount("x", n, "F06", f"302{n:02}", "final", "1.00") for n in range(1, 27)]
    reports = []
    for total in ("26.00", "26.04", "26.05", "26.13", "26.14"):
        whole = amount("x", 99, "F06", "302", "final", total)
        reports.append(Report(header("x"), (form("x", "F06"),), (whole, *parts)).renamed(total))
    seen = [result["status"] for result in outcomes(reports, "F06-CLASS")]
    # 26 terms: bound 27 * 0.005 = 0.135; soft bound 0.03 * sqrt(27 / 12) = 0.045
    assert seen == ["exact", "rounding", "improbable_rounding", "improbable_rounding", "fail"]


# Properties ------------------------------------------------------------------------------------------------

_exact = st.decimals(min_value=-10_000_000, max_value=10_000_000, places=6, allow_nan=False)
_decimals = st.integers(min_value=0, max_value=6)
_case = st.tuples(_exact, _exact, _decimals, _decimals, _decimals)
_properties = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def rounded(value: Decimal, decimals: int) -> str:
    return f"{value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP):f}"


@given(st.lists(_case, min_size=20, max_size=40))
@_properties
def test_a_true_identity_never_fails_after_rounding(
    cases: list[tuple[Decimal, Decimal, int, int, int]],
) -> None:
    reports = [
        row(str(n), rounded(a + b, d0), [rounded(a, d1), rounded(b, d2)])
        for n, (a, b, d0, d1, d2) in enumerate(cases)
    ]
    for case, result in zip(cases, outcomes(reports), strict=True):
        # A term that rounds to zero has no width (rulebook 0.3), so that it may pull the sum apart.
        a, b, d0, d1, d2 = case
        printed = (rounded(a + b, d0), rounded(a, d1), rounded(b, d2))
        hidden = any(Decimal(p) == 0 and v != 0 for p, v in zip(printed, (a + b, a, b), strict=True))
        assert result["status"] != "fail" or hidden, case


@given(
    st.lists(st.tuples(_exact, _exact, st.integers(0, 4), st.sampled_from([-1, 1])), min_size=20, max_size=40)
)
@_properties
def test_a_change_beyond_the_tolerance_always_fails(cases: list[tuple[Decimal, Decimal, int, int]]) -> None:
    reports = []
    for n, (a, b, d, sign) in enumerate(cases):
        parts = [rounded(a, d), rounded(b, d)]
        step = Decimal(1).scaleb(-d)
        # Three terms of d decimals tolerate a step and a half; two steps are beyond.
        total = Decimal(parts[0]) + Decimal(parts[1]) + 2 * sign * step
        reports.append(row(str(n), f"{total:f}", parts))
    assert {result["status"] for result in outcomes(reports)} == {"fail"}
