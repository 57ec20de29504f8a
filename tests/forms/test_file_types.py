"""The same report gives the same facts, whatever type of file it is in."""

import shutil
import zipfile
from pathlib import Path

import pytest

import samples
from pipeline.facts import ReportedAmount, ReportFacts
from pipeline.read.document import UnreadableError
from tests.forms.drawing import document, grid, page
from tests.forms.test_reports import SAMPLES, SHARED, facts_of, needs_reports

DATA = Path(__file__).parent.parent / "read" / "data"


def stated(facts: ReportFacts) -> tuple[object, ...]:
    """Return all that a report states, without where."""
    header = facts.header
    return (
        (header.report_kind, header.department_name, header.fiscal_year, header.unit, header.template),
        [(form.form_code, form.title_printed, form.unit, form.state) for form in facts.forms],
        [_stated(amount) for amount in facts.amounts],
    )


def _stated(amount: ReportedAmount) -> tuple[object, ...]:
    return (
        amount.form_code, amount.side, amount.item_code, amount.item_name, amount.line_item, amount.row_kind,
        amount.measure, amount.cell_text, amount.amount_printed, amount.amount_yuan, amount.decimals,
        amount.unit, amount.cell_no,
    )  # fmt: skip


def sample(part: str) -> tuple[samples.SampleReport, samples.Layout]:
    return next((report, layout) for name, report, layout in SAMPLES if part in name)


@pytest.mark.parametrize("name", ["规划局_2022", "水务局_2021", "学校_2023"])
@pytest.mark.parametrize("suffix", [".docx", ".xlsx", ".html", ".zip"])
def test_a_sample_in_another_type(tmp_path: Path, name: str, suffix: str) -> None:
    report, layout = sample(name)
    for path in (tmp_path / "report.pdf", tmp_path / f"report{suffix}"):
        samples.write_report(report, layout, path)
    other = facts_of(tmp_path / f"report{suffix}")
    assert stated(other) == stated(facts_of(tmp_path / "report.pdf"))
    assert len(other.amounts) > 500
    assert {amount.x0 for amount in other.amounts} == {None}
    assert other.header.reading == {".docx": "word", ".html": "html"}.get(suffix, "sheet")


@pytest.mark.parametrize(
    "name",
    [
        "water_2021.xls",
        pytest.param(
            "water_2021.doc",
            marks=[
                pytest.mark.slow,
                pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not here"),
            ],
        ),
    ],
)
def test_a_file_of_the_old_kind(tmp_path: Path, name: str) -> None:
    samples.write_report(*sample("水务局_2021"), tmp_path / "report.pdf")
    assert stated(facts_of(DATA / name)) == stated(facts_of(tmp_path / "report.pdf"))


@needs_reports
@pytest.mark.parametrize("name", ["seed2023.docx", "seed2023.xlsx", "seed2023.html", "seed2023_chromium.pdf"])
def test_a_real_report_in_another_type(name: str) -> None:
    facts, printed = facts_of(SHARED / "corpus" / name), facts_of(SHARED / "corpus" / "seed2023.pdf")
    assert stated(facts) == stated(printed)
    assert len(facts.amounts) == 367


def test_places_are_told_in_the_files_own_terms(tmp_path: Path) -> None:
    report, layout = sample("水务局_2021")
    locators = {}
    for suffix in (".xlsx", ".docx", ".html", ".zip"):
        samples.write_report(report, layout, tmp_path / f"report{suffix}")
        locators[suffix] = facts_of(tmp_path / f"report{suffix}").amounts[0].locator
    assert locators == {
        ".xlsx": "F01 收入支出决算总表!B5",
        ".docx": "table 2, row 3, cell 2",
        ".html": "table 2, row 3, cell 2",
        ".zip": "2.部门决算表.xlsx: F01 收入支出决算总表!B5",
    }


def test_a_zip_of_several_reports_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "reports.zip", "w") as archive:
        for name in ("水务局_2021", "规划局_2022"):
            path = tmp_path / f"{name}.xlsx"
            samples.write_report(*sample(name), path)
            archive.write(path, path.name)
    with pytest.raises(UnreadableError, match=r"水务局_2021\.xlsx, 规划局_2022\.xlsx have") as caught:
        facts_of(tmp_path / "reports.zip")
    assert caught.value.reason == "several_reports"


def test_first_forms_alone_in_two_files_are_two_reports(tmp_path: Path) -> None:
    body = (
        "<p>收入支出决算总表<p>单位：万元<table><tr><td colspan=2>收入<td colspan=2>支出"
        "<tr><td>项目<td>决算数<td>项目<td>决算数<tr><td>收入总计<td>1.00<td>支出总计<td>1.00</table>"
    )
    with zipfile.ZipFile(tmp_path / "reports.zip", "w") as archive:
        for name in ("a.html", "b.html"):
            archive.writestr(name, f"<html><meta charset=utf-8>{body}")
    with pytest.raises(UnreadableError) as caught:
        facts_of(tmp_path / "reports.zip")
    assert caught.value.reason == "several_reports"


def test_an_error_page_is_no_report(tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    path.write_text("<!DOCTYPE html><meta charset=utf-8><title>404</title><h1>页面不存在</h1>", "utf-8")
    header = facts_of(path).header
    assert (header.report_kind, header.kind_reason) == ("not_a_report", "title: 页面不存在")


def test_the_unit_may_stand_with_the_title_in_a_table_above_the_form() -> None:
    from pipeline.forms.find import find_forms

    title = grid("支出决算表 | <", "部门：某局 | 单位：万元")
    form = grid("编码 | 科目名称 | 合计 | 基本支出 | 项目支出", "合计 | < | 3.00 | 1.00 | 2.00")
    (found,) = find_forms(document(page(1, title, form)))
    assert (found.form.code, found.unit) == ("F03", "万元")


def test_notes_below_a_heading_are_not_those_of_the_table_above() -> None:
    from pipeline.forms.find import find_forms

    form = grid("编码 | 科目名称 | 合计 | 基本支出 | 项目支出", "合计 | < | 3.00 | 1.00 | 2.00")
    rest = ("注：例。", "第三部分 情况说明", "本部门没有政府性基金预算财政拨款支出。")
    (found,) = find_forms(document(page(1, "支出决算表", form, *rest)))
    assert found.notes == ["注:例。"]
