"""The template families: what departments of a kind, place and year print, each as one report and its look.

Belongs here: which row sets, columns, titles, orders and further tables go together (rulebook section 4).
Does not: how any of them is set. The families are generalised from what single reports of a place showed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from samples.accounts import EIGHT_FORMS, FISCAL, NINE_FORMS, SHANGHAI, UNIVERSITY, Items, Template, build
from samples.departments import COLLEGE, PLANNING, WATER, Department, items_of
from samples.facts import SampleReport
from samples.layout import SHANGHAI_ORDER, Layout

WITH_SPECIAL = "使用非财政拨款结余（含专用结余）"
COUNTIES = Layout()
OLD_F09 = "“三公”经费、行政参公单位机关运行经费情况表"
LATE_F09 = ("F01", "F02", "F03", "F04", "F05", "F06", "F07", "F08", "F09")


@dataclass(frozen=True)
class Family:
    """A template family: whose figures of which year are printed as what. `spending` is added to them."""

    department: Department
    year: int
    template: Template
    layout: Layout
    figures_of: int | None = None
    spending: Mapping[tuple[str, str, str], Decimal] = field(default_factory=dict)

    def report(self) -> SampleReport:
        """Return the report; every amount is a whole number of 0.01 万元."""
        items = items_of(self.department, Decimal(100))[self.figures_of or self.year]
        if self.spending:
            items = replace(items, spending={**items.spending, **self.spending})
        if "state_capital" not in self.template.funds:
            items = _without_state_capital(items)
        who = self.department
        return build(who.name, who.place, self.year, items, self.template, duties=who.duties, units=who.units)


def _without_state_capital(items: Items) -> Items:
    """Return the items for a template that does not know the third fund yet."""
    return replace(
        items,
        spending={key: v for key, v in items.spending.items() if key[1] != "state_capital"},
        income={key: v for key, v in items.income.items() if key[1] != "state_capital"},
        opening={key: v for key, v in items.opening.items() if key[0] != "state_capital"},
    )


OLD_ROW = Template(
    "eight_forms",
    funds=FISCAL[:2],
    use_of_balance="用事业基金弥补收支差额",
    fiscal_row=True,
    balance_parts=True,
)
LATE = Template("nine_forms", use_of_balance=WITH_SPECIAL, state_capital_balances=True)
DETAILED = frozenset({"F01", "F02", "F03", "F04", "F06", "F07", "F09"})
WIDE = Layout(landscape=frozenset(LATE_F09))
# special government bonds of 2020, spent by hand of the government fund
VIRUS_BONDS = {("2340199", "government_fund", "project"): Decimal(500_000)}
LONG_BONDS = {("2219899", "government_fund", "project"): Decimal(1_250_000)}

FAMILIES: Mapping[str, Family] = {
    "eight forms 2016": Family(COLLEGE, 2016, OLD_ROW, WIDE, 2018),
    "eight forms 2017": Family(WATER, 2017, EIGHT_FORMS, COUNTIES, 2020),
    "eight forms 2018": Family(COLLEGE, 2018, OLD_ROW, replace(COUNTIES, code_columns=3)),
    "eight forms 2019": Family(PLANNING, 2019, EIGHT_FORMS, COUNTIES, 2020),
    "nine forms 2020": Family(PLANNING, 2020, NINE_FORMS, COUNTIES, spending=VIRUS_BONDS),
    "nine forms 2021": Family(COLLEGE, 2021, NINE_FORMS, COUNTIES),
    "nine forms 2022": Family(WATER, 2022, NINE_FORMS, replace(COUNTIES, levels="items")),
    "nine forms 2023": Family(PLANNING, 2023, NINE_FORMS, COUNTIES),
    "nine forms 2024": Family(COLLEGE, 2024, LATE, COUNTIES, 2023, LONG_BONDS),
    "nine forms 2025": Family(WATER, 2025, LATE, replace(COUNTIES, f06_total="last"), 2023, LONG_BONDS),
    "F01 with budgets": Family(
        COLLEGE,
        2018,
        replace(OLD_ROW, phases=("initial_budget", "adjusted_budget", "final")),
        WIDE,
    ),
    "F01 by nature and class": Family(
        COLLEGE,
        2018,
        replace(OLD_ROW, phases=("initial_budget", "adjusted_budget", "final"), restated=True),
        WIDE,
    ),
    "university": Family(
        COLLEGE,
        2023,
        UNIVERSITY,
        Layout(
            landscape=frozenset({"F01", "F02", "F03", "F10"}),
            form_order=("F01", "F02", "F03", "F10"),
            titles={"F01": "收入支出决算总表", "F10": "财政拨款支出决算表"},
        ),
    ),
    "Shanghai": Family(
        WATER,
        2024,
        replace(SHANGHAI, use_of_balance=WITH_SPECIAL),
        Layout(
            thousands=False,
            form_order=SHANGHAI_ORDER,
            titles={"F06": "一般公共预算财政拨款基本支出决算表"},
            form_number="",
            line_numbers=False,
            total_last=frozenset({"F05"}),
            subheads_in_total=True,
            f06_blocks=2,
            f09="pairs",
        ),
        2023,
    ),
    "Shaanxi": Family(
        COLLEGE,
        2020,
        NINE_FORMS,
        Layout(
            form_order=SHANGHAI_ORDER,
            titles={
                "F02": "收入决算总表",
                "F03": "支出决算总表",
                "F09": "一般公共预算财政拨款“三公”经费及会议费、培训费支出决算表",
            },
            f06_blocks=1,
            form_number="公开{n:02d}表",
        ),
        2021,
    ),
    "Sichuan": Family(
        PLANNING,
        2023,
        replace(NINE_FORMS, state_capital_balances=True),
        Layout(
            form_order=("F01", "F02", "F03", "F04", "F05", "F06", "F07", "F08", "F09"),
            titles={"F09": "财政拨款“三公”经费支出决算表"},
            others={
                "F04": ("detail",),
                "F05": ("general_detail",),
                "F06": ("general_projects",),
                "F07": ("fund_three_public",),
                "F08": ("state_capital_spending",),
            },
        ),
    ),
    "Yunnan 2017": Family(
        WATER,
        2017,
        replace(OLD_ROW, balance_parts=False),
        Layout(f09="joint", titles={"F09": OLD_F09}),
        2020,
    ),
    "Yunnan 2023": Family(
        PLANNING,
        2023,
        NINE_FORMS,
        Layout(
            f09="joint",
            titles={"F09": "“三公”经费、行政参公单位机关运行经费情况表"},
            others={
                "F06": ("general_projects",),
                "F08": ("assets",),
                "F09": ("performance", "staff", "procurement"),
            },
        ),
    ),
    "Beijing": Family(
        PLANNING,
        2020,
        NINE_FORMS,
        Layout(
            f06_blocks=1,
            others={"F07": ("fund_basic",), "F09": ("procurement", "services")},
        ),
    ),
    "Inner Mongolia": Family(
        COLLEGE,
        2022,
        NINE_FORMS,
        Layout(
            others={
                "F03": ("project_income",),
                "F06": ("projects",),
                "F09": ("operation", "assets", "procurement"),
            }
        ),
    ),
    "Shanxi": Family(
        PLANNING,
        2021,
        NINE_FORMS,
        Layout(
            titles={"F05": "一般公共预算财政拨款支出决算表（一）"},
            others={"F05": ("general_second",), "F09": ("statistics",)},
        ),
    ),
    "Zhejiang by code first": Family(
        PLANNING,
        2022,
        NINE_FORMS,
        Layout(
            titles={"F02": "收入决算表（分科目）", "F03": "支出决算表（分科目）"},
            others={"F02": ("income_by_unit_code",), "F03": ("spending_by_unit_code",)},
        ),
    ),
    "Zhejiang by unit first": Family(
        PLANNING,
        2022,
        NINE_FORMS,
        Layout(
            titles={"F02": "收入决算表（分科目）", "F03": "支出决算表（分科目）"},
            others={"F01": ("income_by_unit",), "F02": ("spending_by_unit_code",)},
        ),
    ),
    "Guangdong": Family(
        PLANNING,
        2019,
        EIGHT_FORMS,
        Layout(form_order=SHANGHAI_ORDER, continuation="header_total", rows_per_page=18, code_columns=3),
        2020,
    ),
    "Xinjiang": Family(
        PLANNING,
        2021,
        replace(NINE_FORMS, state_capital_balances=True),
        Layout(
            form_number="公开{n:02d}表",
            others={
                "F01": ("income_and_spending",),
                "F03": ("spending_detail", "basic_detail", "project_detail"),
                "F04": ("project_income", "general_income"),
                "F05": ("general_detail", "general_second", "general_basic_detail"),
                "F06": ("government_classes", "general_projects", "fund_detail"),
                "F07": ("fund_basic",),
                "F08": ("state_capital_spending",),
                "F09": ("assets", "staff", "indicators"),
            },
        ),
    ),
    "元 with F09 in 万元": Family(
        COLLEGE, 2023, NINE_FORMS, Layout(unit="元", form_units={"F09": "万元"}, thousands=False)
    ),
}
