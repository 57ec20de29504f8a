"""The performance self-evaluations at the end of a report (绩效自评表): what they state and how they are set.

Belongs here: example annexes of a report, their cells in each look, page breaks inside them. Does not: the
forms (`tables`), positions on a page (`draw`).

The looks are the national project template (财预〔2020〕10号), one with deviations, and one that prints
operator and unit of a target in columns of their own. An annex of a department lists main tasks.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from samples.facts import SampleReport
from samples.layout import AnnexLook
from samples.tables import Cell, Row

HEADS = {
    "national": ("三级指标", "年度指标值", "实际完成值", "分值", "得分", "偏差原因分析及改进措施"),
    "deviation": ("三级指标", "年度指标值", "实际完成值", "分值", "得分", "偏差度", "偏差原因分析及改进措施"),
    "own_columns": ("三级指标", "指标性质", "指标值", "度量单位", "完成值", "权重", "得分", "未完成原因分析"),
}
SOURCES = ("当年财政拨款", "上年结转资金", "财政专户管理资金", "单位资金", "其他资金")


@dataclass(frozen=True)
class Indicator:
    """One indicator. `operator` and `unit` are empty, and `target` words, where there is no number."""

    level1: str
    level2: str
    level3: str
    operator: str
    target: str
    unit: str
    actual: str
    weight: str
    score: str
    deviation: str = "0.00"
    reason: str = ""


@dataclass(frozen=True)
class Annex:
    """One self-evaluation. `funds` are initial budget, adjusted budget and executed in 万元, by source."""

    kind: Literal["department", "project"]
    name: str
    department: str
    funds: tuple[tuple[str, str, str, str], ...]
    indicators: tuple[Indicator, ...]
    goals: tuple[str, str] = ("按计划完成全年工作。", "全年工作已按计划完成。")
    tasks: tuple[tuple[str, str, str], ...] = ()
    management: tuple[tuple[str, str, str, str], ...] = ()

    def total(self) -> tuple[Decimal, Decimal, Decimal]:
        """Return initial budget, adjusted budget and executed of all sources."""
        sums = [sum((Decimal(source[i]) for source in self.funds), Decimal(0)) for i in (1, 2, 3)]
        return sums[0], sums[1], sums[2]


def _width(look: AnnexLook) -> int:
    """Return the number of columns: two levels and those of HEADS."""
    return 2 + len(HEADS[look.columns])


def title(annex: Annex) -> str:
    """Return the title printed above an annex."""
    return "部门整体支出绩效自评表" if annex.kind == "department" else "项目支出绩效自评表"


def rate(adjusted: Decimal, executed: Decimal) -> str:
    """Return the rate of execution as printed; 0.00% where nothing was budgeted."""
    share = executed / adjusted * 100 if adjusted else Decimal(0)
    return f"{share.quantize(Decimal('0.01'), ROUND_HALF_UP)}%"


def budget_score(annex: Annex) -> str:
    """Return the score of budget execution: ten times the rate."""
    _, adjusted, executed = annex.total()
    score = executed / adjusted * 10 if adjusted else Decimal(0)
    return f"{score.quantize(Decimal('0.01'), ROUND_HALF_UP)}"


def total_score(annex: Annex) -> str:
    """Return the total of all scores."""
    lines = [*(line.score for line in annex.indicators), *(line[3] for line in annex.management)]
    return str(sum(map(Decimal, lines), Decimal(budget_score(annex))))


def annex_pages(annex: Annex, look: AnnexLook) -> list[list[Row]]:
    """Return the rows of an annex, page by page."""
    width = _width(look)
    rows = [*_head(annex, width), *_funds(annex, look)]
    if annex.management:
        rows += _management(annex, width)
    rows += _goals(annex, width)
    if annex.tasks:
        thirds = (2, width - 5, 3)
        rows.append(_row(("年度主要任务", width)))
        lines = (("任务名称", "主要内容", "实际完成情况"), *annex.tasks)
        rows += [_row(*zip(task, thirds, strict=True)) for task in lines]
    rows.append(_row(("绩效指标", width)))
    rows.append(_row(*((head, 1) for head in ("一级指标", "二级指标", *HEADS[look.columns]))))
    start = len(rows)
    rows += _indicators(annex, look)
    at_score = 2 + HEADS[look.columns].index("得分")
    blanks = [("", 1)] * (width - at_score - 1)
    weight = _weight_total(annex)
    rows.append(_row(("总分", at_score - 1), (weight, 1), (total_score(annex), 1), *blanks))
    if not look.break_after:
        return [rows]
    return list(broken(rows, start + look.break_after, torn=look.torn))


def _weight_total(annex: Annex) -> str:
    lines = [*(line.weight for line in annex.indicators), *(line[2] for line in annex.management)]
    return str(sum(map(Decimal, lines), Decimal(10)))


def _row(*cells: tuple[str, int]) -> Row:
    """Return a row from texts and the number of columns each takes."""
    row: list[Cell | None] = []
    for text, columns in cells:
        row += [Cell(text, columns=columns), *[None] * (columns - 1)]
    return tuple(row)


def _sided(label: str, rows: Sequence[Row]) -> list[Row]:
    """Return rows with one tall label at their left; the rows leave that column free."""
    first = Cell(label, rows=len(rows))
    return [(first if index == 0 else None, *row) for index, row in enumerate(rows)]


def _head(annex: Annex, width: int) -> list[Row]:
    if annex.kind == "department":
        return [_row(("部门（单位）名称", 2), (annex.department, width - 2))]
    return [
        _row(("项目名称", 2), (annex.name, width - 2)),
        _row(("主管部门", 2), (annex.department, 2), ("实施单位", 2), (annex.department, width - 6)),
    ]


def _funds(annex: Annex, look: AnnexLook) -> list[Row]:
    name = _width(look) - 7
    heads = ("年初预算数", "全年预算数", "全年执行数", "分值", "执行率", "得分")
    total = annex.total()
    rows = [_row(("", name), *((head, 1) for head in heads))]
    first = ("10", rate(*total[1:]), budget_score(annex))
    lines = [("年度资金总额", *map(str, total), *first)]
    lines += [
        (f"其中：{source}" if number == 0 else source, *map(str, funds), "-", rate(*funds[1:]), "-")
        for number, (source, *amounts) in enumerate(annex.funds)
        if (funds := tuple(map(Decimal, amounts)))
    ]
    for label, *values in lines:
        cells = [_wrapped(value) if look.wrapped else value for value in values]
        rows.append(_row((label, name), *((value, 1) for value in cells)))
    return _sided("项目资金（万元）" if annex.kind == "project" else "部门整体支出情况（万元）", rows)


def _management(annex: Annex, width: int) -> list[Row]:
    spans = (2, width - 7, 1, 1, 2)
    total = sum(Decimal(line[2]) for line in annex.management)
    heads = ("", "情况说明", f"分值({total})", "得分", "存在问题和改进措施")
    lines = [heads, *((*line, "") for line in annex.management)]
    return _sided("资金管理情况", [_row(*zip(line, spans, strict=True)) for line in lines])


def _goals(annex: Annex, width: int) -> list[Row]:
    half = (width - 1) // 2
    spans = (half, width - 1 - half)
    lines = (("预期目标", "实际完成情况"), annex.goals)
    return _sided("年度总体目标", [_row(*zip(line, spans, strict=True)) for line in lines])


def _indicators(annex: Annex, look: AnnexLook) -> list[Row]:
    rows: list[Row] = []
    lines = annex.indicators
    for index, line in enumerate(lines):
        before = lines[index - 1] if index else None
        level1 = level2 = None
        rest = lines[index:]
        if before is None or before.level1 != line.level1:
            same = _run([(other.level1,) for other in rest])
            weight = sum(Decimal(other.weight) for other in rest[:same])
            name = f"{line.level1}（{weight}分）" if look.level_weights else line.level1
            level1 = Cell(name, rows=same)
        if before is None or (before.level1, before.level2) != (line.level1, line.level2):
            same = _run([(other.level1, other.level2) for other in rest])
            level2 = Cell(line.level2, rows=same)
        rows.append((level1, level2, *(Cell(text) for text in _texts(line, look))))
    return rows


def _run(names: Sequence[tuple[str, ...]]) -> int:
    """Return how many names from the first on are the same."""
    return next((i for i, name in enumerate(names) if name != names[0]), len(names))


def _texts(line: Indicator, look: AnnexLook) -> list[str]:
    target, actual = line.operator + line.target + line.unit, line.actual + line.unit
    texts = {
        "三级指标": line.level3,
        "年度指标值": target,
        "实际完成值": actual,
        "指标性质": line.operator or "定性",
        "指标值": line.target,
        "度量单位": line.unit,
        "完成值": line.actual,
        "分值": line.weight,
        "权重": line.weight,
        "得分": line.score,
        "偏差度": line.deviation,
        "偏差原因分析及改进措施": line.reason,
        "未完成原因分析": line.reason,
    }
    found = [(head, texts[head]) for head in HEADS[look.columns]]
    return [_wrapped(text) if look.wrapped and head != "三级指标" else text for head, text in found]


def _wrapped(text: str) -> str:
    """Return a long number broken after four characters, as a narrow cell breaks it."""
    at = 4
    return f"{text[:at]}\n{text[at:]}" if len(text) > at and text[:1].isdigit() else text


def broken(rows: Sequence[Row], at: int, *, torn: bool = False) -> tuple[list[Row], list[Row]]:
    """Return the rows before and from `at` as two tables; tall cells go on as blank ones.

    `torn` leaves half of the last cell of the row before the break to the next page.
    """
    first, second = list(rows[:at]), list(rows[at:])
    following: list[Cell | None] = list(second[0])
    for index, row in enumerate(first):
        for column, cell in enumerate(row):
            if cell is not None and index + cell.rows > at:
                following[column] = Cell("", columns=cell.columns, rows=index + cell.rows - at)
    second[0] = tuple(following)
    last = first[-1][-1]
    if torn and last is not None and len(last.text) > 1:
        half = len(last.text) // 2
        first[-1] = (*first[-1][:-1], replace(last, text=last.text[:half]))
        second.insert(0, _rest(second[0], last.text[half:]))
        second[1] = tuple(
            None if cell and _goes_on(cell, above) else cell
            for cell, above in zip(second[1], second[0], strict=True)
        )
    return first, second


def _rest(row: Row, text: str) -> Row:
    """Return the rest of a torn row above `row`: blank, its tall cells one row taller than those of `row`."""
    cells = [
        replace(cell, rows=cell.rows + 1) if cell is not None and not cell.text else Cell("") for cell in row
    ]
    return (*cells[:-1], Cell(text))


def _goes_on(cell: Cell, above: Cell | None) -> bool:
    return above is not None and above.rows > 1 and not cell.text and not above.text


def annexes_of(report: SampleReport) -> tuple[Annex, ...]:
    """Return example annexes of a report: one of the whole department, one of a project."""
    total = report.amount("F03", "total", "total") / 10_000
    project = report.amount("F03", "total", "project") / 10_000
    lines = (
        Indicator("产出指标", "数量指标", "完成检查次数", "≥", "12", "次", "15", "20", "20"),
        Indicator(
            "产出指标", "数量指标", "培训人数", "≥", "200", "人", "160", "15", "12", "-20.00", "参训单位减少"
        ),
        Indicator("产出指标", "质量指标", "验收合格率", "=", "100", "%", "100", "15", "15"),
        Indicator("效益指标", "社会效益指标", "公共服务水平", "", "稳步提升", "", "达成预期", "30", "30"),
        Indicator("满意度指标", "服务对象满意度指标", "群众满意度", "≥", "90", "%", "95.50", "10", "10"),
    )
    step = Decimal("0.01")

    def funds(amount: Decimal) -> tuple[tuple[str, str, str, str], ...]:
        budget = (amount * Decimal("1.1")).quantize(step)
        own = (SOURCES[0], str(budget), str(budget), str(amount.quantize(step)))
        return (own, *((source, "0.00", "0.00", "0.00") for source in SOURCES[2:4]))

    tasks = (("日常监管", "对重点单位开展检查。", "完成"), ("能力建设", "组织业务培训。", "基本完成"))
    return (
        Annex("department", "", report.department, funds(total), lines, tasks=tasks),
        Annex("project", "专项业务经费", report.department, funds(project), lines),
    )
