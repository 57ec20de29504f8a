"""The example departments: three invented ones over several years, and one with published figures.

Belongs here: reading their items from `data/` and handing them to `accounts`. Does not: sums or print.
The invented departments say in their names that they are examples. The Zhengzhou report restates figures that
the department published for 2023; its rows keep the printed order and the difference of blank and 0.00.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from samples.accounts import EIGHT_FORMS, NINE_FORMS, SHANGHAI, ZERO, Items, Template, build
from samples.codes import rows_of
from samples.facts import FormRow, PriorYear, SampleReport, Statements

YUAN_PER_TEN_THOUSAND = Decimal(10_000)


@dataclass(frozen=True)
class Department:
    """An invented department. `file` holds its items by year under `data/departments/`.

    `eight_forms_before` is the first year with nine forms.
    """

    name: str
    place: str
    file: str
    template: Template
    duties: tuple[str, ...]
    units: tuple[str, ...]
    eight_forms_before: int = 2020


PLANNING = Department(
    name="虚构市示例规划局",
    place="虚构市",
    file="planning.csv",
    template=NINE_FORMS,
    duties=(
        "编制虚构市的国土空间规划，并对规划的执行情况进行跟踪。",
        "办理自然资源的调查、登记和有偿使用事项。",
        "管理基础测绘成果，向公众提供地理信息服务。",
    ),
    units=("虚构市示例规划局本级", "虚构市示例测绘信息中心"),
)
WATER = Department(
    name="虚构市示例区水务局",
    place="虚构市示例区",
    file="water.csv",
    template=SHANGHAI,
    duties=("安排示例区的水利工程建设和日常养护。", "组织防汛值守，监测水文和河道水质。"),
    units=("虚构市示例区水务局本级",),
)
COLLEGE = Department(
    name="虚构市示例职业技术学校",
    place="虚构市",
    file="college.csv",
    template=NINE_FORMS,
    duties=("开展中等和高等职业教育。", "面向社会提供技能培训和考试服务。"),
    units=("虚构市示例职业技术学校",),
)


def reports_of(department: Department, exact_sums: bool = True) -> dict[int, SampleReport]:
    """Return the reports of an invented department by fiscal year.

    With `exact_sums` every item is a whole number of 0.01 万元, so that printed sums close to the last digit
    in 万元 too; without it items keep their 分 and sums printed in 万元 show rounding differences.
    """
    quantum = Decimal(100) if exact_sums else Decimal("0.01")
    reports: dict[int, SampleReport] = {}
    for year, items in items_of(department, quantum).items():
        reports[year] = build(
            department.name,
            department.place,
            year,
            items,
            EIGHT_FORMS if year < department.eight_forms_before else department.template,
            reports.get(year - 1),
            department.duties,
            department.units,
        )
    return reports


def items_of(department: Department, quantum: Decimal) -> dict[int, Items]:
    """Return what an invented department received, spent and kept, by fiscal year, in steps of `quantum` 元.

    The opening balances of a year without the year before stand in the data; the others follow from it.
    """
    rows = rows_of(f"departments/{department.file}")
    items: dict[int, Items] = {}
    for year in sorted(int(name) for name in rows[0] if name.isdigit()):
        before = items.get(year - 1)
        items[year] = _items(rows, year, quantum, before.closing() if before else None)
    return items


def _items(
    rows: list[dict[str, str]], year: int, quantum: Decimal, opening: Mapping[tuple[str, str], Decimal] | None
) -> Items:
    parts: dict[str, dict[tuple[str, str], Decimal]] = defaultdict(dict)
    for row in rows:
        if row[str(year)]:
            amount = (Decimal(row[str(year)]) / quantum).quantize(Decimal(1)) * quantum
            exact = Decimal(row[str(year)]) if row["part"] == "count" else amount
            parts[row["part"]][row["code"], row["key"]] = exact
    by_key = {
        part: {key: amount for (_, key), amount in parts[part].items()}
        for part in ("three_public", "three_public_budget", "balance", "count", "procurement")
    }
    return Items(
        income=dict(parts["income"]),
        spending={(code, *_purse_and_kind(key)): v for (code, key), v in parts["spending"].items()},
        economic={code: amount for (code, _), amount in parts["economic"].items()},
        opening={(purse, code): v for (code, purse), v in parts["opening"].items()}
        if opening is None
        else opening,
        three_public=by_key["three_public"],
        three_public_budget=by_key["three_public_budget"],
        used_balance=by_key["balance"].get("used_balance", ZERO),
        distribution=by_key["balance"].get("distribution", ZERO),
        item_budgets={code: amount for (code, _), amount in parts["budget"].items()},
        counts={key: int(count) for key, count in by_key["count"].items()},
        procurement=by_key["procurement"],
    )


def _purse_and_kind(key: str) -> tuple[str, str]:
    purse, _, kind = key.partition(".")
    return purse, kind


def zhengzhou_2023() -> SampleReport:
    """Return the 2023 report of a Zhengzhou department with the figures it published, row by row."""

    def yuan(text: str) -> Decimal:
        return Decimal(text) * YUAN_PER_TEN_THOUSAND

    forms: dict[str, list[FormRow]] = defaultdict(list)
    for cell in rows_of("zhengzhou_2023.csv"):
        rows = forms[cell["form"]]
        amount = yuan(cell["value"]) if cell["value"] else None
        label = (cell["side"], cell["item_code"], cell["item_name"])
        last = rows[-1] if rows else None
        # one line per cell, so a new row begins where the label changes or a measure comes again
        if (
            last
            and label == (last.side, last.item_code, last.item_name)
            and cell["measure"] not in last.amounts
        ):
            rows[-1] = FormRow(label[1], label[2], {**last.amounts, cell["measure"]: amount}, label[0])
        else:
            rows.append(FormRow(label[1], label[2], {cell["measure"]: amount}, label[0]))
    stated: dict[str, dict[str, Decimal]] = defaultdict(dict)
    for row in rows_of("zhengzhou_2023_text.csv"):
        stated[row["part"]][row["key"]] = (
            Decimal(row["value"]) if row["part"] == "count" else yuan(row["value"])
        )
    statements = Statements(
        item_budgets=stated["item_budget"],
        budget_total=stated["budget"]["total"],
        three_public_budget=stated["three_public_budget"],
        operating=stated["operating"]["final"],
        counts={key: int(count) for key, count in stated["count"].items()},
        procurement=stated["procurement"],
        prior=PriorYear(**stated["prior"]),
    )
    return SampleReport(
        department="郑州高新技术产业开发区管委会创新协同中心",
        place="郑州市",
        fiscal_year=2023,
        template=NINE_FORMS.name,
        forms={form: tuple(rows) for form, rows in forms.items()},
        listed=NINE_FORMS.forms,
        statements=statements,
        duties=("联系高校、科研机构和企业，促成科研成果落地。", "搭建交流平台，协调人才、技术和资金的对接。"),
        units=("郑州高新技术产业开发区管委会创新协同中心本级",),
    )
