"""Tables that stand between the statutory forms and are none of them, though many look or sound like one.

Belongs here: the further tables that places print (rulebook section 4). Does not: statutory forms. None of
their cells has a key: whatever a reader takes out of them is wrong.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from samples.cells import Cell, Row, Setter, Table, number_text
from samples.codes import economic_rows
from samples.facts import FormRow, SampleReport
from samples.layout import Layout

Grid = tuple[list[tuple[str, ...]], list[list[str]]]  # header words by column, rows of text
FUNCTIONAL = [("项目", "功能分类科目编码"), ("项目", "科目名称")]
ECONOMIC = [("项目", "经济分类科目编码"), ("项目", "科目名称")]
SOURCES = (
    "本年收入合计",
    "财政拨款收入",
    "上级补助收入",
    "事业收入",
    "经营收入",
    "附属单位上缴收入",
    "其他收入",
)
KINDS = ("本年支出合计", "基本支出", "项目支出", "上缴上级支出", "经营支出", "对附属单位补助支出")
CLASSES = (
    "工资福利支出",
    "商品和服务支出",
    "对个人和家庭的补助",
    "债务利息及费用支出",
    "资本性支出",
    "其他支出",
)
FUND = ("年初结转和结余", "本年收入", "本年支出", "年末结转和结余")


class _Money:
    """Amounts that occur nowhere else in the report."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.given = 0

    def __call__(self) -> str:
        self.given += 1
        text = number_text(Decimal(7_770_000 + 12_300 * self.given), self.layout)
        return f"{Decimal(text):,}" if self.layout.thousands else text

    def line(self, *labels: str, count: int) -> list[str]:
        return [*labels, *(self() for _ in range(count))]


def _subjects(report: SampleReport, form: str = "F03") -> list[FormRow]:
    return [row for row in report.forms[form] if row.item_code.isdigit()]


def _coded(
    report: SampleReport, money: _Money, columns: Sequence[tuple[str, ...]], form: str = "F03"
) -> Grid:
    rows = [money.line("合计", "", count=len(columns))]
    rows += [money.line(r.item_code, r.item_name, count=len(columns)) for r in _subjects(report, form)]
    return [*FUNCTIONAL, *columns], rows


def _by_unit(report: SampleReport, money: _Money, columns: Sequence[str], codes: bool = False) -> Grid:
    lead = [("单位编码",), ("单位名称",)] if codes else [("单位名称",)]
    rows = [
        money.line(*([f"10{n}001"] if codes else []), unit, count=len(columns))
        for n, unit in enumerate(report.units, start=1)
    ]
    return [*lead, *((c,) for c in columns)], [
        money.line(*["合计", ""][: len(lead)], count=len(columns)),
        *rows,
    ]


def _economic(report: SampleReport, money: _Money, columns: Sequence[tuple[str, ...]]) -> Grid:
    rows = [money.line("合计", "", count=len(columns))]
    rows += [money.line(code, name, count=len(columns)) for code, name, _ in economic_rows()[:20]]
    return [*ECONOMIC, *columns], rows


def _government_classes(money: _Money) -> Grid:
    rows = [
        ("501", "机关工资福利支出"),
        ("50101", "工资奖金津补贴"),
        ("502", "机关商品和服务支出"),
        ("50201", "办公经费"),
    ]
    return [*ECONOMIC, ("决算数",)], [money.line(code, name, count=1) for code, name in rows]


def _projects(report: SampleReport, money: _Money) -> Grid:
    columns = [
        ("项目",),
        ("项目名称",),
        ("年初结转和结余",),
        ("本年收入",),
        ("本年支出",),
        ("年末结转和结余",),
    ]
    rows = [money.line("合计", "", count=4)]
    for row in _subjects(report)[-4:]:
        rows.append(money.line(row.item_code, f"{row.item_name}专项", count=4))
    return [("功能分类科目编码",), *columns[1:]], rows


def _balances(report: SampleReport, money: _Money) -> Grid:
    columns = [(phase, part) for phase in FUND for part in ("合计", "基本支出结转", "项目支出结转")]
    return _coded(report, money, columns, "F05")


def _lines(money: _Money, head: Sequence[str], labels: Sequence[str]) -> Grid:
    return [(word,) for word in head], [money.line(label, count=len(head) - 1) for label in labels]


def _counts(head: Sequence[str], labels: Sequence[str]) -> Grid:
    rows = [[label, *(str(n + 3 * k) for k in range(len(head) - 1))] for n, label in enumerate(labels)]
    return [(word,) for word in head], rows


OPERATION = (
    "一、“三公”经费支出",
    "（一）支出合计",
    "1.因公出国（境）费",
    "2.公务用车购置及运行维护费",
    "3.公务接待费",
    "二、机关运行经费",
)
PERFORMANCE = ("年度资金总额", "其中：财政拨款", "其他资金")
ASSETS = ("资产总额", "流动资产", "固定资产", "其中：房屋", "车辆", "对外投资", "在建工程", "无形资产")

# name: title, and how its cells come about
OTHERS: Mapping[str, tuple[str, Callable[[SampleReport, _Money], Grid]]] = {
    "detail": (
        "财政拨款支出决算明细表",
        lambda r, m: _coded(r, m, [("合计",), *((c,) for c in CLASSES)]),
    ),
    "general_detail": (
        "一般公共预算财政拨款支出决算明细表",
        lambda r, m: _coded(r, m, [("合计",), *((c, "小计") for c in CLASSES)], "F05"),
    ),
    "general_basic_detail": (
        "一般公共预算财政拨款基本支出决算明细表",
        lambda r, m: _coded(r, m, [("合计",), *((c,) for c in CLASSES)], "F05"),
    ),
    "government_classes": (
        "一般公共预算财政拨款基本支出决算表（按政府预算经济分类）",
        lambda r, m: _government_classes(m),
    ),
    "general_projects": (
        "一般公共预算财政拨款项目支出决算表",
        lambda r, m: _coded(r, m, [("合计",)], "F05"),
    ),
    "general_income": (
        "一般公共预算财政拨款收入支出决算表",
        _balances,
    ),
    "general_second": (
        "一般公共预算财政拨款支出决算表（二）",
        lambda r, m: _economic(r, m, [("合计",), ("基本支出",), ("项目支出",)]),
    ),
    "fund_basic": (
        "政府性基金预算财政拨款基本支出决算表",
        lambda r, m: _economic(r, m, [("合计",), ("人员经费",), ("公用经费",)]),
    ),
    "fund_three_public": (
        "政府性基金预算财政拨款“三公”经费支出决算表",
        lambda r, m: _lines(
            m, ("项目", "预算数", "决算数"), ("合计", "因公出国（境）费", "公务用车运行维护费", "公务接待费")
        ),
    ),
    "state_capital_spending": (
        "国有资本经营预算财政拨款支出决算表",
        lambda r, m: _coded(r, m, [("合计",), ("基本支出",), ("项目支出",)]),
    ),
    "fund_detail": (
        "政府性基金预算财政拨款支出决算明细表",
        lambda r, m: _coded(r, m, [("合计",), *((c,) for c in CLASSES)]),
    ),
    "projects": ("项目支出决算表", _projects),
    "project_income": ("项目收入支出决算表", _projects),
    "project_detail": (
        "项目支出决算明细表",
        lambda r, m: _coded(r, m, [("合计",), *((c,) for c in CLASSES)]),
    ),
    "basic_detail": (
        "基本支出决算明细表",
        lambda r, m: _coded(r, m, [("合计",), *((c,) for c in CLASSES)]),
    ),
    "spending_detail": (
        "支出决算明细表",
        lambda r, m: _coded(r, m, [("合计",), *((c,) for c in CLASSES)]),
    ),
    "income_and_spending": ("收入支出决算表", _balances),
    "income_by_unit": ("收入决算表（分单位）", lambda r, m: _by_unit(r, m, SOURCES)),
    "spending_by_unit": ("支出决算表（分单位）", lambda r, m: _by_unit(r, m, KINDS)),
    "income_by_unit_code": ("收入决算表（按单位）", lambda r, m: _by_unit(r, m, SOURCES, codes=True)),
    "spending_by_unit_code": ("支出决算表（按单位）", lambda r, m: _by_unit(r, m, KINDS, codes=True)),
    "assets": ("国有资产占有使用情况表", lambda r, m: _lines(m, ("项目", "行次", "金额"), ASSETS)),
    "procurement": (
        "政府采购情况表",
        lambda r, m: _lines(m, ("项目", "合计", "财政拨款", "其他资金"), ("合计", "货物", "工程", "服务")),
    ),
    "services": (
        "政府购买服务支出情况表",
        lambda r, m: _lines(m, ("项目", "预算数", "决算数"), ("合计", "基本公共服务", "社会管理性服务")),
    ),
    "operation": (
        "机构运行信息表",
        lambda r, m: _lines(m, ("项目", "预算数", "统计数"), OPERATION),
    ),
    "statistics": (
        "部门决算公开相关信息统计表",
        lambda r, m: _lines(m, ("项目", "统计数"), (OPERATION[0], *OPERATION[2:], "三、政府采购")),
    ),
    "staff": (
        "机构人员情况表",
        lambda r, m: _counts(
            ("项目", "行次", "年末实有数"), ("行政人员", "事业人员", "离休人员", "退休人员")
        ),
    ),
    "performance": (
        "项目支出绩效自评表",
        lambda r, m: _lines(m, ("项目名称", "年初预算数", "全年预算数", "全年执行数"), PERFORMANCE),
    ),
    "indicators": (
        "主要指标变动情况表",
        lambda r, m: _lines(m, ("指标", "上年数", "本年数", "增减额"), ("收入总计", "支出总计", "三公经费")),
    ),
}

# where the form itself has other columns, and stands before
NAMED_AS_A_FORM = frozenset({"state_capital_spending"})


def other_table(name: str, report: SampleReport, layout: Layout) -> Table:
    """Return the further table `name`, one of OTHERS, in the layout's looks."""
    title, cells_of = OTHERS[name]
    paths, rows = cells_of(report, _Money(layout))
    press = Setter(report, layout)
    body: list[Row] = []
    for row in rows:
        labels = len(row) - sum(1 for text in row if text[:1].isdigit() and ("." in text or len(text) < 3))
        body.append(
            tuple(
                press.label(text) if n < labels else Cell(text, align="right") for n, text in enumerate(row)
            )
        )
    return Table(
        form="",
        title=title,
        number="",
        unit=layout.unit,
        department=report.department,
        head=press.head(paths),
        body=tuple(body),
        repeated=(),
        notes=(),
        weights=(1.4,) * len(paths),
    )
