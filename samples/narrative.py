"""The text of a report around its forms: cover, contents, duties, explanations, glossary.

Belongs here: wording of our own and the figures in it, taken from the same facts as the forms. Does not:
drawing. Every sentence with a figure is computed, so text and forms agree.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from samples.facts import FormRow, SampleReport
from samples.layout import Layout
from samples.tables import number_text, ordinal, printed_title

ZERO = Decimal(0)
GLOSSARY = (
    ("财政拨款收入", "同级财政当年拨给本部门的资金。"),
    ("基本支出", "维持机构日常运转所需的人员开支和公用开支。"),
    ("项目支出", "在基本支出以外，为完成专门任务安排的开支。"),
    ("年初结转和结余", "上一年度留到本年度继续使用的资金。"),
    ("“三公”经费", "因公出国（境）、公务用车购置及运行维护、公务接待三项开支的合称。"),
    ("机关运行经费", "为保障机关运转而用于购买货物和服务的公用开支。"),
)
SECTIONS = (
    "收入支出决算总体情况说明",
    "收入决算情况说明",
    "支出决算情况说明",
    "财政拨款收入支出决算总体情况说明",
    "一般公共预算财政拨款支出决算情况说明",
    "一般公共预算财政拨款基本支出决算情况说明",
    "政府性基金预算财政拨款收入支出决算情况说明",
    "国有资本经营预算财政拨款支出决算情况说明",
    "财政拨款“三公”经费支出决算情况说明",
    "机关运行经费支出情况说明",
    "政府采购支出情况说明",
    "国有资产占用情况说明",
)
SOURCE_WORDS = {
    "fiscal_appropriation": "财政拨款收入",
    "superior_subsidy": "上级补助收入",
    "institutional": "事业收入",
    "operating": "经营收入",
    "subordinate_remittance": "附属单位上缴收入",
    "other": "其他收入",
}
KIND_WORDS = {
    "basic": "基本支出",
    "project": "项目支出",
    "remitted_to_superior": "上缴上级支出",
    "operating": "经营支出",
    "subsidy_to_subordinate": "对附属单位补助支出",
}


@dataclass(frozen=True)
class Section:
    """A heading and its paragraphs."""

    heading: str
    paragraphs: tuple[str, ...]


def part_headings(report: SampleReport) -> tuple[str, str, str, str]:
    """Return the headings of the four parts."""
    year = report.fiscal_year
    return (
        "第一部分 部门概况",
        f"第二部分 {year}年度部门决算表",
        f"第三部分 {year}年度部门决算情况说明",
        "第四部分 名词解释",
    )


def contents(report: SampleReport, layout: Layout) -> Iterator[str]:
    """Yield the lines of the contents list; part headings are those without a numeral."""
    first, forms, text, glossary = part_headings(report)
    form_lines = [printed_title(report, layout, form) for form in layout.form_order if form in report.listed]
    text_lines = [section.heading.partition("、")[2] for section in explanations(report, layout)]
    blocks = [(forms, form_lines), (text, text_lines)]
    if layout.narrative_first:
        blocks.reverse()
    for heading, lines in [(first, ["主要职能", "机构设置"]), *blocks, (glossary, [])]:
        yield heading
        yield from (f"{ordinal(number)}、{line}" for number, line in enumerate(lines, start=1))


def overview(report: SampleReport) -> list[Section]:
    """Return the sections of the first part."""
    units = "、".join(report.units)
    return [
        Section("一、主要职能", report.duties),
        Section(
            "二、机构设置",
            (f"编入{report.fiscal_year}年度部门决算的单位共{len(report.units)}个，即：{units}。",),
        ),
    ]


def explanations(report: SampleReport, layout: Layout) -> list[Section]:
    """Return the sections of the third part, numbered."""
    writer = _Writer(report, layout)
    sections = [
        (title, paragraphs) for title, paragraphs in zip(SECTIONS, writer.all(), strict=True) if paragraphs
    ]
    return [
        Section(f"{ordinal(number)}、{title}", tuple(paragraphs))
        for number, (title, paragraphs) in enumerate(sections, start=1)
    ]


def glossary() -> list[str]:
    """Return the numbered lines of the fourth part."""
    return [f"{ordinal(n)}、{term}：{meaning}" for n, (term, meaning) in enumerate(GLOSSARY, start=1)]


def percent(part: Decimal, whole: Decimal) -> str:
    """Return a share as printed, two decimals; a share of nothing is 0."""
    share = part / whole * 100 if whole else ZERO
    return f"{share.quantize(Decimal('0.01'), ROUND_HALF_UP)}%"


class _Writer:
    """Writes the sentences of one report."""

    def __init__(self, report: SampleReport, layout: Layout) -> None:
        self.report, self.layout = report, layout
        self.year = f"{report.fiscal_year}年度"

    def all(self) -> Iterator[list[str]]:
        """Yield the paragraphs of each of SECTIONS; an empty list leaves the section out."""
        yield self._totals()
        yield self._split("F02", "收入合计", SOURCE_WORDS)
        yield self._split("F03", "支出合计", KIND_WORDS)
        yield self._fiscal_totals()
        yield self._general_budget()
        yield self._basic()
        yield self._fund("F07", "政府性基金预算财政拨款")
        yield self._fund("F08", "国有资本经营预算财政拨款")
        yield self._three_public()
        yield self._operating()
        yield self._procurement()
        yield self._assets()

    def money(self, amount: Decimal) -> str:
        return number_text(amount, self.layout) + self.layout.unit

    def change(self, now: Decimal, before: Decimal) -> str:
        if now == before:
            return "与上年度持平"
        up = now > before
        difference = self.money(abs(now - before))
        rate = percent(abs(now - before), before)
        return f"比上年度{'增加' if up else '减少'}{difference}，{'增长' if up else '下降'}{rate}"

    def total(self, form: str, measure: str) -> Decimal:
        return self.report.amount(form, "total", measure)

    def _grand(self, form: str) -> Decimal:
        """Return the last line of the income side, 总计 or 合计."""
        return [row for row in self.report.forms[form] if row.side == "income"][-1].amounts["final"] or ZERO

    def _form(self, form: str) -> tuple[FormRow, ...]:
        return self.report.forms.get(form, ())

    def _totals(self) -> list[str]:
        grand = self._grand("F01")
        text = f"{self.year}收入总计和支出总计同为{self.money(grand)}"
        prior = self.report.statements.prior
        return [f"{text}，{self.change(grand, prior.grand_total)}。" if prior else f"{text}。"]

    def _split(self, form: str, word: str, parts: dict[str, str]) -> list[str]:
        whole = self.total(form, "total")
        shares = [
            f"{name}{self.money(amount)}，占{percent(amount, whole)}"
            for measure, name in parts.items()
            if (amount := self.total(form, measure))
        ]
        return [f"{self.year}{word}为{self.money(whole)}，由以下部分组成：{'；'.join(shares)}。"]

    def _fiscal_totals(self) -> list[str]:
        if "F04" not in self.report.forms:
            return [f"{self.year}财政拨款的收支情况见第二部分的有关表格。"]
        grand = self._grand("F04")
        text = f"{self.year}财政拨款收入总计和支出总计同为{self.money(grand)}"
        prior = self.report.statements.prior
        return [f"{text}，{self.change(grand, prior.fiscal_grand_total)}。" if prior else f"{text}。"]

    def _general_budget(self) -> list[str]:
        if "F05" not in self.report.forms:
            return []
        stated = self.report.statements
        total = self.total("F05", "total")
        first = (
            f"（一）总体情况。{self.year}一般公共预算财政拨款支出{self.money(total)}，"
            f"占支出合计的{percent(total, self.total('F03', 'total'))}"
        )
        first += f"，{self.change(total, stated.prior.general_budget)}。" if stated.prior else "。"
        second = (
            f"（二）具体情况。年初预算{self.money(stated.budget_total)}，支出决算{self.money(total)}，"
            f"完成年初预算的{percent(total, stated.budget_total)}。分项如下："
        )
        items: list[str] = []
        for row in self.report.forms["F05"]:
            final = row.amounts["total"] or ZERO
            if row.item_code in stated.item_budgets and final:
                budget = stated.item_budgets[row.item_code]
                rate = f"，完成年初预算的{percent(final, budget)}" if budget else ""
                items.append(
                    f"{len(items) + 1}.{row.item_name}（项）：年初预算{self.money(budget)}，"
                    f"支出决算{self.money(final)}{rate}。"
                )
        return [first, second, *items]

    def _basic(self) -> list[str]:
        if "F06" not in self.report.forms:
            return []
        rows = {row.item_code: row for row in self.report.forms["F06"]}

        def named(group: str) -> str:
            return "、".join(
                row.item_name
                for code, row in rows.items()
                if len(code) == 5
                and row.amounts["final"]
                and (code[:3] in ("301", "303")) == (group == "personnel")
            )

        personnel = rows["personnel_total"].amounts["final"] or ZERO
        public = rows["public_total"].amounts["final"] or ZERO
        return [
            f"{self.year}一般公共预算财政拨款基本支出{self.money(personnel + public)}。"
            f"人员经费{self.money(personnel)}，用于{named('personnel')}；"
            f"公用经费{self.money(public)}，用于{named('public')}。"
        ]

    def _fund(self, form: str, name: str) -> list[str]:
        if form not in self.report.forms:
            return []
        total = self._form(form)[0].amounts
        spent = total["expenditure_total"]
        if spent is None:
            return [f"本部门{self.year}没有{name}的收入和支出。"]
        if "income" not in total:
            return [f"{self.year}{name}支出{self.money(spent)}。"]
        return [
            f"{self.year}{name}年初结转和结余{self.money(total['opening_balance'] or ZERO)}，"
            f"本年收入{self.money(total['income'] or ZERO)}，本年支出{self.money(spent)}，"
            f"年末结转和结余{self.money(total['closing_balance'] or ZERO)}。"
        ]

    def _three_public(self) -> list[str]:
        if "F09" not in self.report.forms:
            return []
        stated, row = self.report.statements, self.report.forms["F09"][0].amounts

        def phrase(part: str, name: str) -> str:
            budget, final = stated.three_public_budget[part], row[f"final_{part}"] or ZERO
            rate = f"，完成预算的{percent(final, budget)}" if budget else ""
            return f"{name}预算{self.money(budget)}，支出决算{self.money(final)}{rate}"

        counts = stated.counts
        return [
            f"（一）总体情况。{self.year}{phrase('total', '“三公”经费')}。",
            f"（二）具体情况。1.{phrase('overseas', '因公出国（境）费')}；全年出国（境）团组"
            f"{counts['overseas_groups']}个、{counts['overseas_visitors']}人次。",
            f"2.{phrase('vehicle', '公务用车购置及运行维护费')}；其中购置费"
            f"{self.money(row['final_vehicle_purchase'] or ZERO)}，购置车辆{counts['vehicles_bought']}辆；"
            f"运行维护费{self.money(row['final_vehicle_operation'] or ZERO)}，"
            f"年末公务用车保有量{counts['vehicles']}辆。",
            f"3.{phrase('reception', '公务接待费')}；全年接待{counts['reception_groups']}批次、"
            f"{counts['reception_visitors']}人次。",
        ]

    def _operating(self) -> list[str]:
        stated = self.report.statements
        text = f"{self.year}机关运行经费支出{self.money(stated.operating)}"
        return [
            f"{text}，{self.change(stated.operating, stated.prior.operating)}。"
            if stated.prior
            else f"{text}。"
        ]

    def _procurement(self) -> list[str]:
        bought = self.report.statements.procurement
        return [
            f"{self.year}政府采购支出合计{self.money(sum(bought.values(), ZERO))}，按对象分："
            f"货物{self.money(bought['goods'])}，工程{self.money(bought['works'])}，"
            f"服务{self.money(bought['services'])}。"
        ]

    def _assets(self) -> list[str]:
        vehicles = self.report.statements.counts["vehicles"]
        return [f"截至{self.report.fiscal_year}年12月31日，本部门使用车辆{vehicles}辆。"]
