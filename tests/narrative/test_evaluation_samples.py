"""Generated annexes in every look are read back as they were set."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.facts import PerformanceIndicator
from pipeline.forms.extract import extract_facts
from pipeline.narrative.evaluation import Evaluations, add_evaluations, find_evaluations
from pipeline.read.files import read_file
from samples import Layout, write_report
from samples.annexes import (
    SOURCES,
    Annex,
    Indicator,
    annex_pages,
    annexes_of,
    budget_score,
    rate,
    title,
    total_score,
)
from samples.departments import zhengzhou_2023
from samples.draw import Press
from samples.layout import AnnexLook

LOOKS = {
    "national": AnnexLook(),
    "torn": AnnexLook("deviation", break_after=2, torn=True, wrapped=True),
    "own_columns": AnnexLook("own_columns", break_after=4, level_weights=True),
}

LEVELS = {
    "产出指标": ("数量指标", "质量指标", "时效指标"),
    "效益指标": ("社会效益指标", "生态效益指标"),
    "满意度指标": ("服务对象满意度指标",),
}
NAMES = st.text("检查培训验收合格服务设备项目完成", min_size=2, max_size=14)
SCORES = st.decimals(0, 40, places=2).map(str) | st.integers(0, 40).map(str)
NUMBERS = st.decimals(0, 9999999, places=2).map(str) | st.integers(0, 99999).map(str)
AMOUNTS = st.decimals(0, 99999, places=2).map(str)
LOOKS_ANY = st.builds(
    AnnexLook,
    columns=st.sampled_from(["national", "deviation", "own_columns"]),
    break_after=st.integers(0, 5),
    torn=st.booleans(),
    wrapped=st.booleans(),
    level_weights=st.booleans(),
)


@st.composite
def indicators(draw) -> tuple[Indicator, ...]:
    lines = []
    for level1, seconds in LEVELS.items():
        for level2 in seconds:
            for _ in range(draw(st.integers(1, 2))):
                words = draw(st.booleans())
                lines.append(
                    Indicator(
                        level1,
                        level2,
                        draw(NAMES),
                        "" if words else draw(st.sampled_from("≥≤=")),
                        "稳步提升" if words else draw(NUMBERS),
                        "" if words else draw(st.sampled_from(["个", "%", "万元", "小时"])),
                        "达成预期" if words else draw(NUMBERS),
                        draw(SCORES),
                        draw(SCORES),
                        draw(st.decimals(-100, 999, places=2).map(str)),
                        draw(st.just("") | NAMES),
                    )
                )
    return tuple(lines)


ANNEXES = st.builds(
    Annex,
    kind=st.sampled_from(["department", "project"]),
    name=NAMES,
    department=st.just("示例市示例局"),
    funds=st.lists(
        st.tuples(st.sampled_from(SOURCES), AMOUNTS, AMOUNTS, AMOUNTS),
        min_size=1,
        max_size=4,
        unique_by=lambda f: f[0],
    ).map(tuple),
    indicators=indicators(),
    tasks=st.just(()) | st.just((("日常监管", "开展检查。", "完成"),)),
    management=st.just(()) | st.just((("安排科学性", "科学", "5", "4.5"), ("使用规范性", "规范", "5", "5"))),
)


def number(printed: str) -> Decimal | None:
    return Decimal(printed) if printed[:1].isdigit() else None


def expected(line: Indicator, look: AnnexLook) -> tuple[object, ...]:
    own = look.columns == "own_columns"
    unit = line.unit or None
    return (
        line.level2,
        line.level3,
        line.operator + line.target + line.unit,
        line.operator or "定性",
        number(line.target),
        unit,
        line.actual + ("" if own else line.unit),
        number(line.actual),
        unit,
        Decimal(line.weight),
        Decimal(line.score),
        Decimal(line.deviation) if look.columns == "deviation" else None,
        line.reason or None,
    )


def read(line: PerformanceIndicator) -> tuple[object, ...]:
    return (
        line.level2,
        line.level3,
        line.target_printed,
        line.target_operator,
        line.target_number,
        line.target_unit,
        line.actual_printed,
        line.actual_number,
        line.actual_unit,
        line.weight,
        line.score,
        line.deviation,
        line.reason_printed,
    )


def assert_read_back(annex: Annex, look: AnnexLook, found: Evaluations, no: int = 1) -> None:
    head = found.annexes[no - 1]
    initial, adjusted, executed = annex.total()
    name = annex.name if annex.kind == "project" else None
    assert (head.kind, head.project_name, head.title_printed) == (annex.kind, name, title(annex))
    assert (head.department_name, head.unit, head.unplaced_numbers) == (annex.department, "万元", 0)
    assert (head.initial_budget_printed, head.adjusted_budget_printed) == (str(initial), str(adjusted))
    assert (head.executed_yuan, head.rate_printed) == (executed * 10_000, rate(adjusted, executed))
    assert (head.budget_weight, head.budget_score) == (10, Decimal(budget_score(annex)))
    assert head.total_score == Decimal(total_score(annex))
    assert (head.goals_expected, head.goals_actual) == annex.goals
    assert (head.tasks or "").splitlines() == [" | ".join(task) for task in annex.tasks]
    assert head.notes_printed is None

    sources = [source for source in found.sources if source.evaluation_no == no]
    assert [(s.source_printed.removeprefix("其中："), s.executed_printed) for s in sources] == [
        (source, amount) for source, _, _, amount in annex.funds
    ]
    assert None not in {source.source for source in sources}

    own = [line for line in found.indicators if line.evaluation_no == no]
    lines = [line for line in own if line.block == "indicator"]
    assert [read(line) for line in lines] == [expected(line, look) for line in annex.indicators]
    for line, printed in zip(lines, annex.indicators, strict=True):
        of_level = [Decimal(i.weight) for i in annex.indicators if i.level1 == printed.level1]
        weight = sum(of_level, Decimal(0))
        assert line.level1 == printed.level1 + (f"（{weight}分）" if look.level_weights else "")
        assert line.level1_weight == (weight if look.level_weights else None)
    criteria = [line for line in own if line.block == "management"]
    assert [
        (line.level3, line.actual_printed, line.weight_printed, line.score_printed) for line in criteria
    ] == [*annex.management]


@settings(max_examples=25, deadline=None)
@given(ANNEXES, LOOKS_ANY)
@example(annexes_of(zhengzhou_2023())[0], LOOKS["torn"])
def test_annexes_of_any_look_are_read_back(annex, look):
    look = replace(look, break_after=min(look.break_after, len(annex.indicators) - 1))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "annex.pdf"
        press = Press(path, Layout(), "")
        pages = annex_pages(annex, look)
        press.pages(title(annex), pages, [1] * len(pages[0][0]))
        press.save()
        found = find_evaluations(read_file(path, 10), "key")
    assert len(found.annexes) == 1
    assert_read_back(annex, look, found)


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_annexes_at_the_end_of_a_report(tmp_path, look):
    report = zhengzhou_2023()
    path = tmp_path / "report.pdf"
    write_report(report, Layout(annexes=look), path)
    document = read_file(path, 100)
    facts = add_evaluations(document, extract_facts(document))
    annexes = annexes_of(report)
    assert len(facts.evaluations) == len(annexes) == 2
    found = Evaluations(facts.evaluations, facts.evaluation_sources, facts.indicators)
    for no, annex in enumerate(annexes, 1):
        assert_read_back(annex, look, found, no)
    assert {evaluation.report_key for evaluation in facts.evaluations} == {facts.header.report_key}


def test_a_report_without_annexes_has_none(tmp_path):
    path = tmp_path / "report.pdf"
    write_report(zhengzhou_2023(), Layout(), path)
    assert find_evaluations(read_file(path, 100), "key") == Evaluations()
