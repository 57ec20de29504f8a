"""The nine forms of an example department, computed from single items so that every identity holds.

Belongs here: the items of one year, and the sums that make forms of them. Does not: the invented departments
themselves (`departments`) or anything about print. Every total is computed from the items, so the identities
within and across forms hold exactly; closing balances of one year are the opening balances of the next.

Purses are where money comes from: `general`, `government_fund`, `state_capital` (the three fiscal funds), and
`own` (all other money).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from samples.codes import class_names, economic_rows, function_names
from samples.facts import FormRow, PriorYear, SampleReport, Statements

ZERO = Decimal(0)
FISCAL = ("general", "government_fund", "state_capital")
FUND_NAMES = {
    "general": "一般公共预算财政拨款",
    "government_fund": "政府性基金预算财政拨款",
    "state_capital": "国有资本经营预算财政拨款",
}
FUND_MEASURES = {
    "general": "general_public_budget",
    "government_fund": "government_fund",
    "state_capital": "state_capital",
}
OTHER_SOURCES = {
    "superior_subsidy": "上级补助收入",
    "institutional": "事业收入",
    "operating": "经营收入",
    "subordinate_remittance": "附属单位上缴收入",
    "other": "其他收入",
}
KINDS = ("basic", "project", "remitted_to_superior", "operating", "subsidy_to_subordinate")


@dataclass(frozen=True)
class Template:
    """The row set of the forms: which funds exist, how rows are named and which further ones there are.

    `fiscal_row` prints one row 财政拨款收入 in F01 with the second fund as 其中 below; `phases` are the
    columns of F01 and F04 from 年初预算 to 决算; `restated` adds the block of F01 that states expenditure by
    nature and economic class; `balance_parts` adds 其中 rows below balances and 结余分配; `education_fees`
    and `capital_construction` add 其中 columns to F02 and F10; `university` has F10 in place of F04 to F09.
    """

    name: str
    funds: tuple[str, ...] = FISCAL
    use_of_balance: str = "使用非财政拨款结余"
    opening: str = "年初结转和结余"
    grand_total: str = "总计"
    classes_left_out: frozenset[str] = frozenset()
    state_capital_balances: bool = False
    fiscal_row: bool = False
    phases: tuple[str, ...] = ("final",)
    restated: bool = False
    balance_parts: bool = False
    education_fees: bool = False
    capital_construction: bool = False
    university: bool = False

    @property
    def forms(self) -> tuple[str, ...]:
        """The statutory forms of this template, in canonical order."""
        if self.university:
            return ("F01", "F02", "F03", "F10")
        every = tuple(f"F{number:02d}" for number in range(1, 10))
        return every if "state_capital" in self.funds else tuple(f for f in every if f != "F08")


EIGHT_FORMS = Template("eight_forms", funds=FISCAL[:2], use_of_balance="用事业基金弥补收支差额")
NINE_FORMS = Template("nine_forms")
SHANGHAI = Template("shanghai", classes_left_out=frozenset({"231", "232"}), state_capital_balances=True)
UNIVERSITY = Template(
    "university",
    use_of_balance="使用非财政拨款结余（含专用结余）",
    opening="上年结转和结余",
    grand_total="合计",
    fiscal_row=True,
    education_fees=True,
    capital_construction=True,
    university=True,
)
PHASE_FACTORS = {"initial_budget": 3, "adjusted_budget": 2, "final": 1}  # whole, so that sums close exactly


@dataclass(frozen=True)
class Items:
    """What a department received, spent and kept in one year, in 元.

    `income` by (functional code, source): a fund or one of OTHER_SOURCES. A fund's income under a code that
    is not given equals what was spent. `spending` by (code, purse, kind). `economic` splits the basic
    spending of the general budget; what it does not name is 基本工资 (30101). `opening` by (purse, code); the
    code is empty for `general` and `own`. `three_public` and `three_public_budget` by
    overseas, vehicle_purchase, vehicle_operation, reception, and meeting and training where printed.
    """

    income: Mapping[tuple[str, str], Decimal]
    spending: Mapping[tuple[str, str, str], Decimal]
    economic: Mapping[str, Decimal]
    opening: Mapping[tuple[str, str], Decimal]
    three_public: Mapping[str, Decimal]
    three_public_budget: Mapping[str, Decimal]
    used_balance: Decimal = ZERO
    distribution: Decimal = ZERO
    item_budgets: Mapping[str, Decimal] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    procurement: Mapping[str, Decimal] = field(default_factory=dict)

    def received(self, source: str, code: str = "") -> Decimal:
        """Return the income from one source under codes that start with `code`."""
        codes = {c for c, s in self.income if s == source}
        if source in FISCAL:
            codes |= {c for c, purse, _ in self.spending if purse == source}
        return sum((self._received_by(c, source) for c in codes if c.startswith(code)), ZERO)

    def _received_by(self, code: str, source: str) -> Decimal:
        given = self.income.get((code, source))
        return self.spent((source,), code) if given is None else given

    def spent(self, purses: Iterable[str], code: str = "", kinds: Iterable[str] = KINDS) -> Decimal:
        """Return the spending of some purses and kinds under codes that start with `code`."""
        wanted_purses, wanted_kinds = set(purses), set(kinds)
        return sum(
            (
                amount
                for (c, purse, kind), amount in self.spending.items()
                if purse in wanted_purses and kind in wanted_kinds and c.startswith(code)
            ),
            ZERO,
        )

    def opened(self, purse: str, code: str = "") -> Decimal:
        """Return an opening balance, of a fund under codes that start with `code`."""
        return sum((v for (p, c), v in self.opening.items() if p == purse and c.startswith(code)), ZERO)

    def closed(self, purse: str, code: str = "") -> Decimal:
        """Return a closing balance: what was there, and came, and was not spent."""
        if purse == "own":
            income = sum((self.received(source) for source in OTHER_SOURCES), ZERO) + self.used_balance
            return self.opened("own") + income - self.spent(("own",)) - self.distribution
        return self.opened(purse, code) + self.received(purse, code) - self.spent((purse,), code)

    def closing(self) -> dict[tuple[str, str], Decimal]:
        """Return the closing balances in the shape of `opening`, for the year that follows."""
        kept = {("general", ""): self.closed("general"), ("own", ""): self.closed("own")}
        for purse in ("government_fund", "state_capital"):
            kept |= {(purse, code): self.closed(purse, code) for code in self.codes_of((purse,))}
        return kept

    def codes_of(self, purses: Iterable[str]) -> list[str]:
        """Return the 项 codes that some purses have any money under, in order."""
        wanted = set(purses)
        sources = wanted & set(FISCAL) | (set(OTHER_SOURCES) if "own" in wanted else set())
        codes = {c for (c, purse, _), v in self.spending.items() if purse in wanted and v}
        codes |= {c for (c, source), v in self.income.items() if source in sources and v}
        codes |= {c for (purse, c), v in self.opening.items() if purse in wanted and v and c}
        return sorted(codes)


def checked(items: Items) -> Items:
    """Return the items; raises ValueError when they overdraw a purse or split more than was spent."""
    for (purse, code), amount in items.closing().items():
        if amount < 0:
            raise ValueError(f"closing balance of {purse} {code} is {amount}")
    if items.spent(("general",), kinds=("basic",)) < sum(items.economic.values(), ZERO):
        raise ValueError("economic items exceed the basic spending of the general budget")
    return items


def _tree(codes: Iterable[str], year: int) -> list[tuple[str, str]]:
    """Return 项 codes with their 款 and 类 above them, each with its name, in code order."""
    names = function_names(year)
    every = {code[:length] for code in codes for length in (3, 5, 7)}
    return [(code, names[code]) for code in sorted(every)]


def _coded(rows: list[tuple[str, str, dict[str, Decimal]]]) -> tuple[FormRow, ...]:
    """Return a coded form: 合计 as the sum of its 项 rows, then the rows."""
    measures = rows[0][2]
    total = {m: sum((amounts[m] for code, _, amounts in rows if len(code) == 7), ZERO) for m in measures}
    return (FormRow("total", "合计", total), *(FormRow(code, name, amounts) for code, name, amounts in rows))


def _summary(items: Items, template: Template, year: int) -> tuple[FormRow, ...]:
    def row(side: str, name: str, amount: Decimal, part: bool = False) -> FormRow:
        return FormRow("", name, {p: amount * PHASE_FACTORS[p] for p in template.phases}, side, part)

    def parts(side: str, amount: Decimal, *names: str) -> list[FormRow]:
        return [row(side, name, amount, part=True) for name in names] if template.balance_parts else []

    received = {fund: items.received(fund) for fund in template.funds}
    if template.fiscal_row:
        income = [row("income", "财政拨款收入", sum(received.values(), ZERO))]
        income += [
            row("income", f"其中：{FUND_NAMES[f]}", received[f], part=True) for f in template.funds[1:2]
        ]
    else:
        income = [row("income", FUND_NAMES[fund] + "收入", received[fund]) for fund in template.funds]
    income += [row("income", name, items.received(source)) for source, name in OTHER_SOURCES.items()]
    total_income = sum((items.received(s) for s in (*template.funds, *OTHER_SOURCES)), ZERO)
    purses = (*template.funds, "own")
    opening = sum((items.opened(purse) for purse in purses), ZERO)
    income += [
        row("income", "本年收入合计", total_income),
        row("income", template.use_of_balance, items.used_balance),
        row("income", template.opening, opening),
        *parts("income", opening, "其中：项目支出结转和结余"),
        row("income", template.grand_total, total_income + items.used_balance + opening),
    ]
    spent = [
        row("expenditure", name, items.spent(purses, code))
        for code, name in class_names(year).items()
        if code not in template.classes_left_out
    ]
    total_spent = sum(
        (items.spent(purses, code) for code in class_names(year) if code not in template.classes_left_out),
        ZERO,
    )
    closing = sum((items.closed(purse) for purse in purses), ZERO)
    spent += [
        row("expenditure", "本年支出合计", total_spent),
        row("expenditure", "结余分配", items.distribution),
        *parts("expenditure", items.distribution, "其中：提取职工福利基金"),
        row("expenditure", "年末结转和结余", closing),
        *parts("expenditure", closing, "其中：项目支出结转和结余"),
        row("expenditure", template.grand_total, total_spent + items.distribution + closing),
    ]
    return (*income, *spent, *(_restated(items, template) if template.restated else ()))


def _restated(items: Items, template: Template) -> list[FormRow]:
    """Return expenditure by nature and by economic class, as the third block of F01 states it again."""
    purses = (*template.funds, "own")
    basic = items.spent(purses, kinds=("basic",))
    personnel = sum((v for c, v in items.economic.items() if c[:3] in ("301", "303")), ZERO)
    lines = [
        ("一、基本支出", basic, False),
        ("人员经费", personnel, False),
        ("日常公用经费", basic - personnel, False),
        ("二、项目支出", items.spent(purses, kinds=("project",)), False),
        ("其中：基本建设类项目", ZERO, True),
        ("三、上缴上级支出", items.spent(purses, kinds=("remitted_to_superior",)), False),
        ("四、经营支出", items.spent(purses, kinds=("operating",)), False),
        ("五、对附属单位补助支出", items.spent(purses, kinds=("subsidy_to_subordinate",)), False),
        ("支出经济分类合计", items.spent(purses), False),
        ("工资福利支出", personnel, False),
        ("商品和服务支出", basic - personnel, False),
        ("其他支出", ZERO, False),
    ]
    return [
        FormRow(
            "",
            label.partition("、")[2] or label,
            {p: amount * PHASE_FACTORS[p] for p in template.phases},
            "expenditure",
            part,
            restates=True,
            printed=label,
        )
        for label, amount, part in lines
    ]


def _income(items: Items, template: Template, year: int) -> tuple[FormRow, ...]:
    codes = {c for fund in template.funds for c in items.codes_of((fund,)) if items.received(fund, c)}
    codes |= {c for (c, source), v in items.income.items() if source in OTHER_SOURCES and v}
    rows = []
    for code, name in _tree(codes, year):
        amounts = {
            "fiscal_appropriation": sum((items.received(fund, code) for fund in template.funds), ZERO),
            **{source: items.received(source, code) for source in OTHER_SOURCES},
        }
        own = {"total": sum(amounts.values(), ZERO)}
        for measure, amount in amounts.items():
            own[measure] = amount
            if measure == "institutional" and template.education_fees:
                own["institutional_education_fees"] = amount / 2
        rows.append((code, name, own))
    return _coded(rows)


def _expenditure(
    items: Items,
    purses: tuple[str, ...],
    kinds: tuple[str, ...],
    year: int,
    capital_construction: bool = False,
) -> tuple[FormRow, ...]:
    codes = {code for (code, purse, _), amount in items.spending.items() if purse in purses and amount}
    rows = []
    for code, name in _tree(codes, year):
        amounts = {kind: items.spent(purses, code, (kind,)) for kind in kinds}
        own = {"total": sum(amounts.values(), ZERO), **amounts}
        if capital_construction:
            own["project_capital_construction"] = amounts["project"] / 2
        rows.append((code, name, own))
    return _coded(rows)


def _fiscal_summary(items: Items, template: Template, year: int) -> tuple[FormRow, ...]:
    def left(name: str, amount: Decimal) -> FormRow:
        return FormRow("", name, {p: amount * PHASE_FACTORS[p] for p in template.phases}, "income")

    def right(name: str, by_fund: Mapping[str, Decimal]) -> FormRow:
        amounts = {FUND_MEASURES[fund]: amount for fund, amount in by_fund.items()}
        return FormRow("", name, {"total": sum(amounts.values(), ZERO), **amounts}, "expenditure")

    funds = template.funds
    received = {fund: items.received(fund) for fund in funds}
    opened = {fund: items.opened(fund) for fund in funds}
    spent = {fund: items.spent((fund,)) for fund in funds}
    closed = {fund: items.closed(fund) for fund in funds}
    return (
        *(left(FUND_NAMES[fund], received[fund]) for fund in funds),
        left("本年收入合计", sum(received.values(), ZERO)),
        left("年初财政拨款结转和结余", sum(opened.values(), ZERO)),
        *(left(FUND_NAMES[fund], opened[fund]) for fund in funds),
        left("总计", sum(received.values(), ZERO) + sum(opened.values(), ZERO)),
        *(
            right(name, {fund: items.spent((fund,), code) for fund in funds})
            for code, name in class_names(year).items()
            if code not in template.classes_left_out
        ),
        right("本年支出合计", spent),
        right("年末财政拨款结转和结余", closed),
        right("总计", {fund: spent[fund] + closed[fund] for fund in funds}),
    )


def _basic(items: Items) -> tuple[FormRow, ...]:
    basic = items.spent(("general",), kinds=("basic",))
    economic = {**items.economic, "30101": basic - sum(items.economic.values(), ZERO)}
    unknown = set(economic) - {code for code, _, _ in economic_rows()}
    if unknown:
        raise ValueError(f"no row of F06: {sorted(unknown)}")
    rows: list[FormRow] = []
    for group, total, name in (
        ("personnel", "personnel_total", "人员经费合计"),
        ("public", "public_total", "公用经费合计"),
    ):
        amounts = {
            code: sum((v for c, v in economic.items() if c.startswith(code)), ZERO)
            for code, _, row_group in economic_rows()
            if row_group == group
        }
        rows += [FormRow(c, n, {"final": amounts[c]}) for c, n, _ in economic_rows() if c in amounts]
        total_amount = sum((v for code, v in amounts.items() if len(code) == 3), ZERO)
        rows.append(FormRow(total, name, {"final": total_amount}))
    return tuple(rows)


def _fund_form(items: Items, fund: str, balances: bool, year: int) -> tuple[FormRow, ...]:
    def amounts(code: str) -> dict[str, Decimal]:
        spending = {
            "expenditure_total": items.spent((fund,), code),
            "expenditure_basic": items.spent((fund,), code, ("basic",)),
            "expenditure_project": items.spent((fund,), code, ("project",)),
        }
        if not balances:
            return spending
        return {
            "opening_balance": items.opened(fund, code),
            "income": items.received(fund, code),
            **spending,
            "closing_balance": items.closed(fund, code),
        }

    codes = items.codes_of((fund,))
    if not codes:  # the form is printed empty, with a note below
        return (FormRow("total", "合计", dict.fromkeys(amounts(""))),)
    return _coded([(code, name, amounts(code)) for code, name in _tree(codes, year)])


def _three_public(items: Items) -> tuple[FormRow, ...]:
    amounts: dict[str, Decimal | None] = {}
    for prefix, parts in (("budget", items.three_public_budget), ("final", items.three_public)):
        vehicle = parts["vehicle_purchase"] + parts["vehicle_operation"]
        amounts |= {
            f"{prefix}_total": parts["overseas"] + vehicle + parts["reception"],
            f"{prefix}_overseas": parts["overseas"],
            f"{prefix}_vehicle": vehicle,
            f"{prefix}_vehicle_purchase": parts["vehicle_purchase"],
            f"{prefix}_vehicle_operation": parts["vehicle_operation"],
            f"{prefix}_reception": parts["reception"],
        }
        for outside in ("meeting", "training"):  # printed by some places, never part of the total
            if outside in parts:
                amounts[f"{prefix}_{outside}"] = parts[outside]
    return (FormRow("", "", amounts),)


def build(
    department: str,
    place: str,
    fiscal_year: int,
    items: Items,
    template: Template = NINE_FORMS,
    prior: SampleReport | None = None,
    duties: tuple[str, ...] = (),
    units: tuple[str, ...] = (),
) -> SampleReport:
    """Return the report of one department and year; raises ValueError when the items cannot be true.

    `prior` is the report of the year before, whose figures the text compares with.
    """
    items = checked(items)
    forms = {
        "F01": _summary(items, template, fiscal_year),
        "F02": _income(items, template, fiscal_year),
        "F03": _expenditure(items, (*template.funds, "own"), KINDS, fiscal_year),
        "F10": _expenditure(
            items, template.funds, ("basic", "project"), fiscal_year, template.capital_construction
        ),
        "F04": _fiscal_summary(items, template, fiscal_year),
        "F05": _expenditure(items, ("general",), ("basic", "project"), fiscal_year),
        "F06": _basic(items),
        "F07": _fund_form(items, "government_fund", True, fiscal_year),
    }
    if "state_capital" in template.funds:
        forms["F08"] = _fund_form(items, "state_capital", template.state_capital_balances, fiscal_year)
    forms["F09"] = _three_public(items)
    budgets = {
        row.item_code: items.item_budgets.get(row.item_code, row.amounts["total"] or ZERO)
        for row in forms["F05"]
        if len(row.item_code) == 7
    }
    three_public_budget = forms["F09"][0].amounts
    statements = Statements(
        item_budgets=budgets,
        budget_total=sum(budgets.values(), ZERO),
        three_public_budget={
            m.removeprefix("budget_"): v or ZERO for m, v in three_public_budget.items() if m[:6] == "budget"
        },
        operating=next(r.amounts["final"] or ZERO for r in forms["F06"] if r.item_code == "public_total"),
        counts=items.counts,
        procurement=items.procurement,
        prior=_prior_year(prior),
    )
    printed = {form: forms[form] for form in template.forms}
    return SampleReport(
        department, place, fiscal_year, template.name, printed, template.forms, statements, duties, units
    )


def _prior_year(report: SampleReport | None) -> PriorYear | None:
    if report is None:
        return None
    return PriorYear(
        grand_total=report.amount("F01", "总计", "final", "income"),
        fiscal_grand_total=report.amount("F04", "总计", "final", "income"),
        general_budget=report.amount("F05", "total", "total"),
        operating=report.statements.operating,
    )
