"""The reports that come with the repository: which department, year and look each of them has.

Belongs here: the list and its layouts. Does not: how files are written or archived. Two reports carry one
deliberate error each, and say so in their names.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal

from samples.departments import COLLEGE, PLANNING, WATER, reports_of, zhengzhou_2023
from samples.facts import SampleReport, with_amount, without_form
from samples.layout import SHANGHAI_ORDER, Layout

ZHENGZHOU = Layout(landscape=Layout().landscape - {"F05", "F08"}, form_number="公开 {n:02d} 表")
PLANNING_LAYOUTS = {
    2020: Layout(code_columns=3, code_heads="shared", continuation="header"),
    2021: Layout(code_columns=3, code_heads="shared", continuation="header"),
    2022: Layout(code_columns=3, code_heads="own_row", borders="rects", narrow_labels=True),
    2023: Layout(code_columns=3, code_heads="shared", borders="curves", spaced_labels=True),
}
SHANGHAI_LOOK = Layout(
    thousands=False,
    blank_zeros=frozenset({"F01", "F02", "F03", "F04"}),
    form_order=SHANGHAI_ORDER,
    titles={"F06": "一般公共预算财政拨款基本支出决算表"},
    form_number="",
    line_numbers=False,
    landscape=frozenset({"F02", "F03", "F04", "F09"}),
    total_last=frozenset({"F05"}),
    subheads_in_total=True,
    f06_blocks=2,
    f09="pairs",
    unit_table=True,
)
WATER_LAYOUTS = {
    2020: SHANGHAI_LOOK,
    2021: SHANGHAI_LOOK,
    2022: replace(SHANGHAI_LOOK, rows_per_page=20, first_row_above_rule=True),
    2023: replace(SHANGHAI_LOOK, borders="boxes", narrow_labels=True, narrative_first=True),
}
COLLEGE_LOOK = Layout(
    unit="元",
    form_number="表{n}",
    f06_blocks=2,
    continuation="header_total",
    rows_per_page=16,
)
COLLEGE_LAYOUTS = {
    2018: replace(COLLEGE_LOOK, thousands=False),
    2021: COLLEGE_LOOK,
    2022: replace(COLLEGE_LOOK, borders="rects", half_width_brackets=True),
    2023: replace(
        COLLEGE_LOOK,
        f09="transposed",
        titles={"F09": "财政拨款“三公”经费及会议费、培训费支出决算表"},
        rotated=frozenset({"F04"}),
    ),
}


def _one_digit_wrong(report: SampleReport) -> SampleReport:
    """Return the report with the first digit of one F03 cell altered: 426.73 万元 becomes 526.73."""
    true = report.amount("F03", "2200109", "project")
    return with_amount(report, "F03", "2200109", "project", true + Decimal(1_000_000))


def _without_fiscal_summary(report: SampleReport) -> SampleReport:
    """Return the report without F04, which its contents list names and its template requires."""
    return without_form(report, "F04")


DELIBERATE_ERRORS: Mapping[tuple[str, int], Callable[[SampleReport], SampleReport]] = {
    (PLANNING.name, 2020): _one_digit_wrong,
    (WATER.name, 2020): _without_fiscal_summary,
}


def sample_set() -> list[tuple[str, SampleReport, Layout]]:
    """Return the committed samples: file name, report, layout."""
    samples = [("示例_郑州高新区创新协同中心_2023年度部门决算.pdf", zhengzhou_2023(), ZHENGZHOU)]
    for department, layouts, exact in (
        (PLANNING, PLANNING_LAYOUTS, True),
        (WATER, WATER_LAYOUTS, True),
        (COLLEGE, COLLEGE_LAYOUTS, False),  # printed in 元, so the exact figures close as they are
    ):
        for year, report in reports_of(department, exact).items():
            spoil = DELIBERATE_ERRORS.get((department.name, year))
            name = f"{'含错' if spoil else ''}示例_{department.name}_{year}年度部门决算.pdf"
            samples.append((name, spoil(report) if spoil else report, layouts[year]))
    return samples
