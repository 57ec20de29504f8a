"""The text of a report around its forms: cover, contents, duties, explanations, glossary.

Belongs here: wording of our own and the figures in it, taken from the same facts as the forms, and the claims
that these figures are. Does not: drawing. Every sentence with a figure is computed, so text and forms agree.
"""

from collections.abc import Iterator, Mapping
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


@dataclass(frozen=True)
class StatedClaim:
    """A figure or a word that the text states, as a reader is to find it.

    `value` is the printed number, negative for a decrease, or the word or date, with `unit` `text` or `date`.
    """

    section: str
    metric: str
    subject: str | None
    value: str
    unit: str


def explanations(report: SampleReport, layout: Layout) -> list[Section]:
    """Return the sections of the third part, numbered."""
    return _written(report, layout)[0]


def stated_claims(report: SampleReport, layout: Layout) -> list[StatedClaim]:
    """Return the claims of the third part."""
    return _written(report, layout)[1]


def _written(report: SampleReport, layout: Layout) -> tuple[list[Section], list[StatedClaim]]:
    writer = _Writer(report, layout)
    sections = [
        (title, paragraphs) for title, paragraphs in zip(SECTIONS, writer.all(), strict=True) if paragraphs
    ]
    numbered = [
        Section(f"{ordinal(number)}、{title}", tuple(paragraphs))
        for number, (title, paragraphs) in enumerate(sections, start=1)
    ]
    return numbered, writer.claims


def glossary() -> list[str]:
    """Return the numbered lines of the fourth part."""
    return [f"{ordinal(n)}、{term}：{meaning}" for n, (term, meaning) in enumerate(GLOSSARY, start=1)]


def percent(part: Decimal, whole: Decimal) -> str:
    """Return a share as printed, two decimals; a share of nothing is 0."""
    share = part / whole * 100 if whole else ZERO
    return f"{share.quantize(Decimal('0.01'), ROUND_HALF_UP)}%"


class _Writer:
    """Writes the sentences of one report, and notes what they state."""

    def __init__(self, report: SampleReport, layout: Layout) -> None:
        self.report, self.layout = report, layout
        self.year = f"{report.fiscal_year}年度"
        self.section = ""
        self.claims: list[StatedClaim] = []

    def all(self) -> Iterator[list[str]]:
        """Yield the paragraphs of each of SECTIONS; an empty list leaves the section out."""
        yield self._totals()
        yield self._split("F02", "income", "收入合计", SOURCE_WORDS)
        yield self._split("F03", "expenditure", "支出合计", KIND_WORDS)
        yield self._fiscal_totals()
        yield self._general_budget()
        yield self._basic()
        yield self._fund("F07", "government_fund", "政府性基金预算财政拨款")
        yield self._fund("F08", "state_capital", "国有资本经营预算财政拨款")
        yield self._three_public()
        yield self._operating()
        yield self._procurement()
        yield self._assets()

    def note(self, metric: str, value: str, unit: str, subject: str | None = None) -> None:
        """Note a claim of the section being written."""
        self.claims.append(StatedClaim(self.section, metric, subject, value, unit))

    def money(
        self, amount: Decimal, metric: str, subject: str | None = None, *, is_down: bool = False
    ) -> str:
        printed = number_text(amount, self.layout)
        self.note(metric, f"-{printed}" if is_down else printed, self.layout.unit, subject)
        return printed + self.layout.unit

    def rate(
        self, part: Decimal, whole: Decimal, metric: str, subject: str | None = None, *, is_down: bool = False
    ) -> str:
        printed = percent(part, whole)
        self.note(metric, f"-{printed[:-1]}" if is_down else printed[:-1], "%", subject)
        return printed

    def count(self, number: int, unit: str, metric: str) -> str:
        self.note(metric, str(number), unit)
        return f"{number}{unit}"

    def change(self, now: Decimal, before: Decimal) -> str:
        """Return how an amount has changed since the year before."""
        if now == before:
            self.note("yoy_direction", "持平", "text")
            return "与上年度持平"
        is_down = now < before
        word = "减少" if is_down else "增加"
        difference = self.money(abs(now - before), "yoy_change_amount", is_down=is_down)
        rate = self.rate(abs(now - before), before, "yoy_change_percent", is_down=is_down)
        self.note("yoy_direction", word, "text")
        against = {
            "plain": "比上年度",
            "inland": f"与{self.report.fiscal_year - 1}年度相比，",
            "coastal": "较上年决算数",
        }[self.layout.wording]
        return f"{against}{word}{difference}，{'下降' if is_down else '增长'}{rate}"

    def total(self, form: str, measure: str) -> Decimal:
        return self.report.amount(form, "total", measure)

    def _grand(self, form: str) -> Decimal:
        """Return the last line of the income side, 总计 or 合计."""
        return [row for row in self.report.forms[form] if row.side == "income"][-1].amounts["final"] or ZERO

    def _form(self, form: str) -> tuple[FormRow, ...]:
        return self.report.forms.get(form, ())

    def _sum(self, words: Mapping[str, str], amount: Decimal, prior: Decimal | None) -> list[str]:
        text = f"{self.year}{words[self.layout.wording]}{self.money(amount, 'grand_total')}"
        return [f"{text}，{self.change(amount, prior)}。" if prior is not None else f"{text}。"]

    def _totals(self) -> list[str]:
        self.section = "overall"
        prior = self.report.statements.prior
        return self._sum(
            {"plain": "收入总计和支出总计同为", "inland": "收、支总计均为", "coastal": "收入支出总计"},
            self._grand("F01"),
            prior.grand_total if prior else None,
        )

    def _split(self, form: str, section: str, word: str, parts: dict[str, str]) -> list[str]:
        self.section = section
        whole = self.total(form, "total")
        total = self.money(whole, f"total_{section}")
        shares = [
            f"{name}{self.money(amount, measure)}，占{self.rate(amount, whole, f'{measure}_share_percent')}"
            for measure, name in parts.items()
            if (amount := self.total(form, measure))
        ]
        lead = "其中：" if self.layout.wording == "inland" else "由以下部分组成："
        return [f"{self.year}{word}为{total}，{lead}{'；'.join(shares)}。"]

    def _fiscal_totals(self) -> list[str]:
        self.section = "fiscal_overall"
        if "F04" not in self.report.forms:
            return [f"{self.year}财政拨款的收支情况见第二部分的有关表格。"]
        prior = self.report.statements.prior
        return self._sum(
            {
                "plain": "财政拨款收入总计和支出总计同为",
                "inland": "财政拨款收、支总计均为",
                "coastal": "财政拨款收入支出总计",
            },
            self._grand("F04"),
            prior.fiscal_grand_total if prior else None,
        )

    def _general_budget(self) -> list[str]:
        if "F05" not in self.report.forms:
            return []
        stated = self.report.statements
        total = self.total("F05", "total")
        self.section = "gpb_overall"
        first = (
            f"（一）总体情况。{self.year}一般公共预算财政拨款支出{self.money(total, 'final')}，"
            f"占支出合计的{self.rate(total, self.total('F03', 'total'), 'share_of_total_percent')}"
        )
        first += f"，{self.change(total, stated.prior.general_budget)}。" if stated.prior else "。"
        self.section = "gpb_detail"
        second = (
            f"（二）具体情况。年初预算{self.money(stated.budget_total, 'initial_budget')}，"
            f"支出决算{self.money(total, 'final')}，"
            f"完成年初预算的{self.rate(total, stated.budget_total, 'completion_percent')}。分项如下："
        )
        items: list[str] = []
        for row in self.report.forms["F05"]:
            final = row.amounts["total"] or ZERO
            if row.item_code in stated.item_budgets and final:
                items.append(f"{len(items) + 1}.{self._item(row, final, stated.item_budgets[row.item_code])}")
        return [first, second, *items]

    def _item(self, row: FormRow, final: Decimal, budget: Decimal) -> str:
        """Return what is said of one 项, with the names of its 类 and 款 where the form prints them."""
        names = {above.item_code: above.item_name for above in self.report.forms["F05"]}
        path = [names.get(row.item_code[:digits]) for digits in (3, 5)]
        subject, text = row.item_name, f"{row.item_name}（项）"
        if self.layout.wording != "plain" and all(path):
            subject = f"{path[0]}/{path[1]}/{row.item_name}"
            text = f"{path[0]}（类）{path[1]}（款）{row.item_name}（项）"
        text += "：年初预算" if self.layout.wording == "plain" else "。年初预算为"
        text += f"{self.money(budget, 'initial_budget', subject)}，支出决算"
        text += f"{'' if self.layout.wording == 'plain' else '为'}{self.money(final, 'final', subject)}"
        if budget:
            text += f"，完成年初预算的{self.rate(final, budget, 'completion_percent', subject)}"
        if self.layout.wording == "plain":
            return f"{text}。"
        word = "等于" if final == budget else "大于" if final > budget else "小于"
        self.note("final_vs_budget", word, "text", subject)
        return f"{text}。决算数{word}年初预算数的主要原因：据实列支。"

    def _basic(self) -> list[str]:
        self.section = "gpb_basic"
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
            f"{self.year}一般公共预算财政拨款基本支出{self.money(personnel + public, 'basic')}。"
            f"人员经费{self.money(personnel, 'personnel')}，用于{named('personnel')}；"
            f"公用经费{self.money(public, 'public')}，用于{named('public')}。"
        ]

    def _fund(self, form: str, section: str, name: str) -> list[str]:
        self.section = section
        if form not in self.report.forms:
            return []
        total = self._form(form)[0].amounts
        spent = total["expenditure_total"]
        if spent is None:
            return [f"本部门{self.year}没有{name}的收入和支出。"]
        if "income" not in total:
            return [f"{self.year}{name}支出{self.money(spent, 'final')}。"]
        opening = total["opening_balance"] or ZERO
        return [
            f"{self.year}{name}年初结转和结余{self.money(opening, 'opening_balance')}，"
            f"本年收入{self.money(total['income'] or ZERO, 'income')}，本年支出{self.money(spent, 'final')}，"
            f"年末结转和结余{self.money(total['closing_balance'] or ZERO, 'closing_balance')}。"
        ]

    def _three_public(self) -> list[str]:
        if "F09" not in self.report.forms:
            return []
        stated, row = self.report.statements, self.report.forms["F09"][0].amounts

        def phrase(part: str, name: str, metrics: tuple[str, str, str]) -> str:
            budget, final = stated.three_public_budget[part], row[f"final_{part}"] or ZERO
            text = f"{name}预算{self.money(budget, metrics[0])}，支出决算{self.money(final, metrics[1])}"
            return f"{text}，完成预算的{self.rate(final, budget, metrics[2])}" if budget else text

        counts, own = stated.counts, ("budget", "final", "completion_percent")
        self.section = "three_public_overall"
        whole = ("three_public_budget", "three_public_final", "three_public_completion_percent")
        paragraphs = [f"（一）总体情况。{self.year}{phrase('total', '“三公”经费', whole)}。"]
        self.section = "three_public_overseas"
        paragraphs.append(
            f"（二）具体情况。1.{phrase('overseas', '因公出国（境）费', own)}；全年出国（境）团组"
            f"{self.count(counts['overseas_groups'], '个', 'overseas_groups')}、"
            f"{self.count(counts['overseas_visitors'], '人次', 'overseas_persons')}。"
        )
        self.section = "three_public_vehicle"
        paragraphs.append(
            f"2.{phrase('vehicle', '公务用车购置及运行维护费', own)}；其中购置费"
            f"{self.money(row['final_vehicle_purchase'] or ZERO, 'vehicle_purchase_final')}，购置车辆"
            f"{self.count(counts['vehicles_bought'], '辆', 'vehicles_purchased')}；"
            f"运行维护费{self.money(row['final_vehicle_operation'] or ZERO, 'vehicle_operation_final')}，"
            f"年末公务用车保有量{self.count(counts['vehicles'], '辆', 'vehicles_owned')}。"
        )
        self.section = "three_public_reception"
        paragraphs.append(
            f"3.{phrase('reception', '公务接待费', own)}；全年接待"
            f"{self.count(counts['reception_groups'], '批次', 'reception_groups')}、"
            f"{self.count(counts['reception_visitors'], '人次', 'reception_visitors')}。"
        )
        return paragraphs

    def _operating(self) -> list[str]:
        self.section = "agency_operating"
        stated = self.report.statements
        text = f"{self.year}机关运行经费支出{self.money(stated.operating, 'agency_operating_expense')}"
        return [
            f"{text}，{self.change(stated.operating, stated.prior.operating)}。"
            if stated.prior
            else f"{text}。"
        ]

    def _procurement(self) -> list[str]:
        self.section = "procurement"
        bought = self.report.statements.procurement
        total = self.money(sum(bought.values(), ZERO), "procurement_total")
        return [
            f"{self.year}政府采购支出合计{total}，按对象分："
            f"货物{self.money(bought['goods'], 'procurement_goods')}，"
            f"工程{self.money(bought['works'], 'procurement_works')}，"
            f"服务{self.money(bought['services'], 'procurement_services')}。"
        ]

    def _assets(self) -> list[str]:
        self.section = "assets"
        day = f"{self.report.fiscal_year}年12月31日"
        self.note("as_of_date", day, "date")
        vehicles = self.count(self.report.statements.counts["vehicles"], "辆", "vehicles")
        return [f"截至{day}，本部门使用车辆{vehicles}。"]
