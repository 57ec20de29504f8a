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
from samples.looks import LOOKS

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
def test_the_blank_template_has_empty_forms() -> None:
    facts = facts_of(SHARED / "corpus" / "deb3a453_blank_template.pdf")
    assert facts.header.report_kind == "blank_template"
    assert {form.form_code: form.state for form in facts.forms} == {f"F0{n}": "empty" for n in range(1, 10)}
    assert {amount.amount_printed for amount in facts.amounts} == {None}


@needs_reports
def test_no_other_file_is_taken_for_a_final_account() -> None:
    with (SHARED / "corpus" / "other" / "manifest.csv").open(encoding="utf-8", newline="") as lines:
        files = {row["file"]: row["kind"] for row in csv.DictReader(lines)}
    files.pop("788af485.pdf")  # a scan: the reader refuses it
    read = {file: facts_of(SHARED / "corpus" / "other" / file).header.report_kind for file in files}
    assert read == files


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
    assert facts.header.unit == layout.unit


@pytest.mark.slow
@pytest.mark.parametrize("layout", LOOKS.values(), ids=LOOKS)
def test_layouts_read_as_printed(layout: samples.Layout, tmp_path: Path) -> None:
    report = SAMPLES[3][1]
    path = tmp_path / "report.pdf"
    samples.write_report(report, layout, path)
    assert read_amounts(facts_of(path)) == by_occurrence(samples.expected_amounts(report, layout))
