"""Whole reports: real ones against their ground truth, generated ones against what was printed."""

import csv
from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path

import pytest

import samples
from pipeline.config import PROJECT_DIR
from pipeline.facts import ReportFacts
from pipeline.forms.extract import extract_facts
from pipeline.read.files import read_file
from samples.draw import Press
from samples.looks import LOOKS
from samples.tables import Cell

SHARED = PROJECT_DIR.parent / "shared"
needs_reports = pytest.mark.skipif(not (SHARED / "corpus").is_dir(), reason="the real reports are not here")
Amounts = dict[tuple[tuple[str, ...], int], Decimal | None]


def plain(text: str | None) -> str:
    return "".join((text or "").split()).replace("(", "（").replace(")", "）").replace(":", "：")


def by_occurrence(rows: Iterable[Mapping[str, str | None]]) -> Amounts:
    """Key rows as ground truth does: by form, side, code, name, measure, and the occurrence of that key."""
    seen: Counter[tuple[str, ...]] = Counter()
    amounts: Amounts = {}
    for row in rows:
        key = tuple(plain(row[name]) for name in ("form", "side", "item_code", "item_name", "measure"))
        value = row["value"]
        amounts[key, seen[key]] = Decimal(value.replace(",", "")) if value else None
        seen[key] += 1
    return amounts


def read_amounts(facts: ReportFacts) -> Amounts:
    return by_occurrence(
        {
            "form": amount.form_code,
            "side": amount.side,
            "item_code": amount.item_code,
            "item_name": amount.item_name,
            "measure": amount.measure,
            "value": amount.amount_printed,
        }
        for amount in facts.amounts
    )


def facts_of(path: Path) -> ReportFacts:
    return extract_facts(read_file(path, max_pages=500))


@needs_reports
@pytest.mark.parametrize(
    ("file", "truth", "cells", "department", "year", "template"),
    [
        (
            "seed2023.pdf",
            "seed2023",
            367,
            "郑州高新技术产业开发区管委会创新协同中心",
            2023,
            "F01 F02 F03 F04 F05 F06 F07 F08 F09",
        ),
        (
            "seed2023_chromium.pdf",
            "seed2023",
            367,
            "郑州高新技术产业开发区管委会创新协同中心",
            2023,
            "F01 F02 F03 F04 F05 F06 F07 F08 F09",
        ),
        (
            "f2546b57.pdf",
            "f2546b57",
            648,
            "上海市普陀区规划和自然资源局",
            2024,
            "F01 F02 F03 F04 F05 F06 F09 F07 F08",
        ),
        ("3bffe247.pdf", "3bffe247", 510, "佛山市轨道交通局", 2019, "F01 F02 F03 F04 F05 F06 F09 F07"),
        ("86287b24.pdf", "86287b24", 498, "西南大学", 2023, "F01 F02 F03 F10"),
    ],
)
def test_real_reports_read_exactly(
    file: str, truth: str, cells: int, department: str, year: int, template: str
) -> None:
    facts = facts_of(SHARED / "corpus" / file)
    with (SHARED / "truth" / f"{truth}.csv").open(encoding="utf-8", newline="") as lines:
        expected = by_occurrence(csv.DictReader(lines))
    assert len(expected) == cells
    assert read_amounts(facts) == expected
    header = facts.header
    assert (header.report_kind, header.department_name, header.fiscal_year, header.unit, header.template) == (
        "final_account",
        department,
        year,
        "万元",
        template,
    )
    assert not [form.form_code for form in facts.forms if form.state == "missing"]


@needs_reports
@pytest.mark.parametrize(
    ("file", "scope", "place", "code"),
    [
        ("seed2023.pdf", "department", "郑州市", "410100"),
        ("seed2023_chromium.pdf", "department", "郑州市", "410100"),
        ("f2546b57.pdf", "department", "上海市普陀区", "310107"),
        ("3bffe247.pdf", "department", "佛山市", "440600"),
        ("86287b24.pdf", "department", None, None),
    ],
)
def test_real_reports_say_whose_accounts_they_are(
    file: str, scope: str, place: str | None, code: str | None
) -> None:
    header = facts_of(SHARED / "corpus" / file).header
    assert (header.scope, header.place_name, header.division_code) == (scope, place, code)


@needs_reports
def test_the_blank_template_has_empty_forms() -> None:
    facts = facts_of(SHARED / "corpus" / "deb3a453_blank_template.pdf")
    assert facts.header.report_kind == "blank_template"
    assert {form.form_code: form.state for form in facts.forms} == {f"F0{n}": "empty" for n in range(1, 10)}
    assert {amount.amount_printed for amount in facts.amounts} == {None}


BUDGETS = {
    "1881fe43.pdf": ("福州市公安局巡特警支队", 2026, "unit", "350100"),
    "2f257e97.pdf": (None, None, None, None),  # tables only, without a name or a year
    "35b6ffa7.pdf": ("国家信访局", 2026, "department", None),
    "410f2141.pdf": ("西南大学", 2024, "department", None),
    "425299ae.pdf": ("杭州市司法局", 2026, "department", "330100"),
    "46f6c074.pdf": ("苏州市数据局", 2026, "department", "320500"),
    "520fa5c5.pdf": ("江苏省人大常委会办公厅", 2017, "department", "320000"),
    "55f58289.pdf": ("烟台市住房和城乡建设局", 2026, "department", "370600"),
    "5f8f9471.pdf": ("无锡市发展和改革委员会", 2025, "department", "320200"),
    "638d83aa.pdf": ("湖州市财政局", 2026, "department", "330500"),
    "6bdba582.pdf": ("长沙市信访局", 2026, "department", "430100"),
    "7f08e3f4.pdf": ("深圳市公安局交通管理局", 2026, "unit", "440300"),
    "8a3c331b.pdf": ("泉州市人民政府办公室", 2026, "unit", "350500"),
    "8d33b199.pdf": ("广州市应急管理局", 2026, "department", "440100"),
    "a7d3c7ff.pdf": ("西安市发展和改革委员会", 2019, "department", "610100"),
    "d61a32c3.pdf": ("重庆市规划和自然资源局", 2026, "department", "500000"),
    "d7950771.pdf": ("上海市刑事科学技术研究院", 2026, "unit", "310000"),
    "f36cf71f.pdf": ("珠海市政府投资交通市政项目工务中心", 2026, "department", "440400"),
    "f8af211e.pdf": ("长春市信访局", 2026, "unit", "220100"),
}


@needs_reports
@pytest.mark.slow
def test_no_other_file_is_taken_for_a_final_account() -> None:
    with (SHARED / "corpus" / "other" / "manifest.csv").open(encoding="utf-8", newline="") as lines:
        files = {row["file"]: row["kind"] for row in csv.DictReader(lines)}
    files.pop("788af485.pdf")  # a scan: unreadable without text recognition
    read = {file: facts_of(SHARED / "corpus" / "other" / file) for file in files}
    headers = {file: facts.header for file, facts in read.items()}
    assert {file: header.report_kind for file, header in headers.items()} == files
    assert {
        file: (header.department_name, header.fiscal_year, header.scope, header.division_code)
        for file, header in headers.items()
        if header.report_kind == "budget"
    } == BUDGETS
    assert not [facts for facts in read.values() if facts.amounts]


def test_a_generated_budget_that_explains_last_years_final_accounts(tmp_path: Path) -> None:
    path = tmp_path / "2023年度部门决算.pdf"  # a file name is no evidence
    press = Press(path, samples.Layout(), "2023年度部门决算")
    press.new_page()
    for line in ("佛山市示例局", "2024年部门预算", "2024年2月"):
        press.line(line, 24, "center")
    press.new_page()
    for line in ("目 录", "一、收支预算总表", "二、收入预算总表", "三、支出预算总表", "四、上年决算情况说明"):
        press.line(line, 12)
    for title in ("收支预算总表", "收入预算总表", "支出预算总表"):
        press.new_page()
        press.line(title, 16, "center")
        press.line("部门：佛山市示例局 单位：万元", 9)
        heads = (Cell("科目名称"), Cell("2022年决算数"), Cell("2024年预算数"))
        press.small_table([heads, (Cell("合计"), Cell("1,000.00"), Cell("2,000.00"))], (2, 1, 1))
    press.new_page()
    press.paragraph("2022年部门决算收入总计1,000.00万元，支出决算1,000.00万元，比上年决算增加10.00万元。")
    press.save()
    facts = facts_of(path)
    header = facts.header
    assert (header.report_kind, header.kind_reason) == ("budget", "title: 佛山市示例局2024年部门预算")
    assert (header.department_name, header.fiscal_year, header.scope, header.division_code) == (
        "佛山市示例局",
        2024,
        "department",
        "440600",
    )
    assert facts.amounts == ()


SAMPLES = samples.sample_set()


@pytest.mark.parametrize("sample", SAMPLES, ids=[name for name, _, _ in SAMPLES])
def test_samples_read_as_printed(
    sample: tuple[str, samples.SampleReport, samples.Layout], tmp_path: Path
) -> None:
    _, report, layout = sample
    path = tmp_path / "report.pdf"
    samples.write_report(report, layout, path)
    facts = facts_of(path)
    assert read_amounts(facts) == by_occurrence(samples.expected_amounts(report, layout))
    assert (facts.header.department_name, facts.header.fiscal_year) == (report.department, report.fiscal_year)
    assert (facts.header.unit, facts.header.scope) == (layout.unit, "department")
    zhengzhou = report.place == "郑州市"  # the other places are invented
    assert facts.header.division_code == ("410100" if zhengzhou else None)


@pytest.mark.slow
@pytest.mark.parametrize("layout", LOOKS.values(), ids=LOOKS)
def test_layouts_read_as_printed(layout: samples.Layout, tmp_path: Path) -> None:
    report = SAMPLES[3][1]
    path = tmp_path / "report.pdf"
    samples.write_report(report, layout, path)
    assert read_amounts(facts_of(path)) == by_occurrence(samples.expected_amounts(report, layout))
