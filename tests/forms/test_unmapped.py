"""What the form dictionary does not know is told, and only that."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from pipeline.forms.catalogue import DICTIONARY_DIR, catalogue
from pipeline.forms.extract import extract_facts
from pipeline.forms.find import find_forms
from pipeline.forms.text import squeeze
from pipeline.forms.unmapped import Unknown, find_unknown
from pipeline.read.document import Document, Page
from pipeline.read.pdf import read_pdf
from tests.forms.drawing import document, grid, page
from tests.stages.files import write_samples

F03_HEAD = ("项目|<|本年支出合计|基本支出|项目支出", "功能分类科目编码|科目名称|^|^|^")
F03 = ("支出决算表", "单位：万元", grid(*F03_HEAD, "合计|<|5.00|5.00|0.00", "205|教育支出|5.00|5.00|0.00"))
F01 = (
    "收入支出决算总表",
    grid(
        "收入|<|支出|<",
        "项目|决算数|项目|决算数",
        "一、财政拨款收入|5.00|一、教育支出|5.00",
        "二、捐赠收入|1.00|二、月球开发支出|0.00",
        "三、彩票收入||三、|",
        "总计|6.00|总计|6.00",
    ),
)
TITLE = "部门预决算执行对照表"  # of no form, and of no table known to be none


def unknown(*pages: Page, missing: tuple[str, ...] = ()) -> list[Unknown]:
    drawn = document(*pages)
    found = find_forms(drawn)
    return find_unknown(drawn, found, {form.form.code: form.rows() for form in found}, missing)


def told(*pages: Page, missing: tuple[str, ...] = ()) -> list[tuple[str, str | None, str, list[str]]]:
    return [
        (item.kind, item.form_code, item.words, item.numbers) for item in unknown(*pages, missing=missing)
    ]


def test_reports_that_the_dictionary_knows_have_nothing_to_tell() -> None:
    assert told(page(1, *F03)) == []


def test_a_table_among_the_forms_under_an_unknown_title() -> None:
    table = grid("项目|行次|预算|决算", "栏次||1|2", "办公费|1|3.00|2.00", "差旅费|2|1|")
    [item] = unknown(page(1, *F03), page(2, "公开10表", TITLE, "单位：万元", table))
    assert (item.kind, item.form_code, item.words) == ("form_title", None, TITLE)
    assert item.numbers == ["3.00", "2.00", "1"]  # no line numbers, no column numbers
    assert item.header == "项目 | 行次 | 预算 | 决算"
    assert item.resembles is None
    assert item.grid.page == 2
    assert item.box is not None
    assert (item.box.x0, item.box.top) == (60, 34)  # the second line of the page


def test_a_form_under_an_unknown_title_is_told_with_what_it_resembles() -> None:
    f02 = grid(
        "项目|<|本年收入合计|财政拨款收入|上级补助收入|事业收入|经营收入|附属单位上缴收入|其他收入",
        "功能分类科目编码|科目名称|^|^|^|^|^|^|^",
        "205|教育支出|5.00|5.00|0.00|0.00|0.00|0.00|0.00",
    )
    [item] = unknown(page(1, "资金来源明细情况表", f02), page(2, *F03), missing=("F02", "F05"))
    assert (item.kind, item.words, item.resembles) == ("form_title", "资金来源明细情况表", "F02")
    assert item.numbers == ["5.00", "5.00", "0.00", "0.00", "0.00", "0.00", "0.00"]
    assert item.header is not None
    assert item.header.startswith("项目/功能分类科目编码 | 项目/科目名称 | 本年收入合计 | 财政拨款收入")


def test_a_title_inside_the_table() -> None:
    table = grid(f"{TITLE}|<", "项目|金额", "办公费|3.00")
    [item] = unknown(page(1, *F03), page(2, table))
    assert (item.words, item.numbers, item.header) == (TITLE, ["3.00"], "项目 | 金额")
    assert item.cell is not None


def test_an_unknown_title_is_told_without_numbers_too() -> None:
    assert told(page(1, *F03), page(2, TITLE, grid("项目|金额", "办公费|"))) == [
        ("form_title", None, TITLE, [])
    ]


@pytest.mark.parametrize("again", [(), (TITLE,)])
def test_the_pages_of_one_table_are_told_once(again: tuple[str, ...]) -> None:
    first, second = grid("项目|金额", "办公费|3.00"), grid("项目|金额", "差旅费|4.00")
    pages = page(1, *F03), page(2, TITLE, first), page(3, *again, second)
    assert told(*pages) == [("form_title", None, TITLE, ["3.00", "4.00"])]


@pytest.mark.parametrize(
    "title",
    [
        "项目支出决算表",
        "附表1：政府采购情况表",
        "部门决算公开相关信息统计表",
        "国有资产占有使用情况表",
        "政府性基金预算财政拨款基本支出决算表",
        "机构人员情况表",
        "2023年度部门整体支出绩效自评表",
    ],
)
def test_tables_known_to_be_no_form_are_not_told(title: str) -> None:
    assert told(page(1, *F03), page(2, title, grid("项目|金额", "办公费|3.00"))) == []


def test_a_table_known_to_be_no_form_is_told_where_it_is_the_missing_form() -> None:
    f05 = grid(*F03_HEAD, "合计|<|5.00|5.00|0.00", "205|教育支出|5.00|5.00|0.00", left=57)
    pages = page(1, *F01), page(2, "项目支出决算表", f05)
    assert [item.resembles for item in unknown(*pages, missing=("F05",))[-1:]] == ["F05"]
    assert [item.kind for item in unknown(*pages)] == ["row_label", "row_label"]


def test_no_form_of_the_dictionary_is_listed_as_another_table() -> None:
    book = catalogue()
    assert [form.code for form in book.forms.values() if book.is_other_table(squeeze(form.name))] == []


def test_a_further_table_under_the_title_of_a_form_is_told_unless_known() -> None:
    table = grid("单位名称|基本支出|项目支出", "本级|3.00|4.00", left=57)
    assert told(page(1, *F03), page(2, "支出决算表（分单位）", table)) == []
    assert told(page(1, *F03), page(2, "支出决算表（调整后）", table)) == [
        ("header", "F03", "单位名称 | 基本支出 | 项目支出", ["3.00", "4.00"])
    ]


def test_a_form_whose_header_nobody_can_read_is_told_with_the_whole_header() -> None:
    table = grid("支出用途|开支|其中工资", "教学|3.00|4.00")
    assert told(page(1, *F01[:1], F01[1]), page(2, "支出决算表", table), missing=("F03",))[-1] == (
        "header",
        "F03",
        "支出用途 | 开支 | 其中工资",
        ["3.00", "4.00"],
    )


def test_a_table_without_a_title_behind_a_form_is_told_where_it_prints_numbers() -> None:
    prose = "2023年度决算编制说明如下"
    table = grid("甲|乙|丙|丁", "x|3.00|4.00|5.00", left=57)
    words = grid("甲|乙|丙|丁", "x|y|z|", left=57)
    assert told(page(1, *F03), page(2, table)) == [("form_title", None, "", ["3.00", "4.00", "5.00"])]
    assert told(page(1, *F03), page(2, words)) == []
    assert told(page(1, *F03), page(2, prose), page(3, TITLE, table)) == []  # no longer among the forms


def test_tables_of_the_narrative_and_of_the_annex_are_not_told() -> None:
    table = grid("项目|金额", "办公费|3.00")
    assert told(page(1, *F03), page(2, "第三部分 情况说明", TITLE, table)) == []
    assert told(page(1, *F03), page(2, "一、总体情况。"), page(3, TITLE, table)) == []
    assert told(page(1, *F03, "第三部分 情况说明", TITLE, table)) == []  # a file without page breaks


def test_a_column_that_is_no_measure_is_told_once_with_the_numbers_of_all_pages() -> None:
    head = ("项目|<|本年支出合计|基本支出|项目支出|对口援助", "功能分类科目编码|科目名称|^|^|^|^")
    first = grid(*head, "205|教育支出|5.00|5.00|0.00|1.00")
    second = grid(*head, "206|科学技术支出|5.00|5.00|0.00|2.00")
    [item] = unknown(page(1, "支出决算表", first), page(2, second))
    assert (item.kind, item.form_code, item.words) == ("header", "F03", "对口援助")
    assert item.numbers == ["1.00", "2.00"]
    assert item.cell is not None
    assert (item.grid.page, item.cell.text) == (1, "对口援助")


def test_a_column_known_to_be_no_measure_is_not_told() -> None:
    head = ("项目|<|本年支出合计|基本支出|项目支出|完成率", "功能分类科目编码|科目名称|^|^|^|^")
    assert told(page(1, "支出决算表", grid(*head, "205|教育支出|5.00|5.00|0.00|99.5"))) == []


def test_a_column_of_words_is_not_told() -> None:
    head = ("项目|<|本年支出合计|基本支出|项目支出|用途", "功能分类科目编码|科目名称|^|^|^|^")
    assert told(page(1, "支出决算表", grid(*head, "205|教育支出|5.00|5.00|0.00|校舍"))) == []


def test_a_row_label_is_told_where_it_prints_a_number() -> None:
    assert told(page(1, *F01)) == [
        ("row_label", "F01", "捐赠收入", ["1.00"]),
        ("row_label", "F01", "月球开发支出", ["0.00"]),
    ]


def test_a_row_without_a_code_in_a_coded_form() -> None:
    table = grid(*F03_HEAD, "合计|<|5.00|5.00|0.00", "|上年度小计|5.00|5.00|0.00", "|其中：基建|5.00||")
    assert told(page(1, "支出决算表", table)) == [
        ("row_label", "F03", "上年度小计", ["5.00", "5.00", "0.00"])
    ]


def test_numbers_without_any_label() -> None:
    table = grid(*F03_HEAD, "合计|<|5.00|5.00|0.00", "||5.00|5.00|", "|||6|")
    assert told(page(1, "支出决算表", table)) == [("row_label", "F03", "", ["5.00", "5.00"])]
    both = grid("项目|决算数|项目|决算数", "其他收入|5.00||3.00", "总计|5.00|总计|3.00")
    assert told(page(1, "收入支出决算总表", both)) == [("row_label", "F01", "", ["3.00"])]


def test_an_unknown_total_of_f06_merged_over_the_next_block() -> None:
    table = grid(
        "科目编码|科目名称|决算数|科目编码|科目名称|决算数|科目编码|科目名称|决算数",
        "301|工资福利支出|5.00|302|商品和服务支出|1.00|||",
        "人员经费合计|<|5.00|其他各项合计|<|<|<|1.00|<",
    )
    [item] = unknown(page(1, "一般公共预算财政拨款基本支出决算表", table))
    assert (item.kind, item.form_code, item.words, item.numbers) == (
        "row_label",
        "F06",
        "其他各项合计",
        ["1.00"],
    )


def test_columns_and_rows_of_f09() -> None:
    by_column = grid(
        "预算数|<|<|决算数|<|<",
        "合计|因公出国（境）费|礼品费|合计|因公出国（境）费|礼品费",
        "3.00|1.00|2.00|3.00|1.00|2.00",
    )
    by_row = grid(
        "项目|预算数|决算数",
        "合计|3.00|3.00",
        "因公出国（境）费|1.00|1.00",
        "礼品费|2.00|2.00",
        "公务用车保有量（辆）||3",
        "其他事项||",
    )
    title = "财政拨款“三公”经费支出决算表"
    assert told(page(1, title, by_column)) == [
        ("header", "F09", "预算数/礼品费", ["2.00"]),
        ("header", "F09", "决算数/礼品费", ["2.00"]),
    ]
    assert told(page(1, title, by_row)) == [("row_label", "F09", "礼品费", ["2.00", "2.00"])]


# A sample report, read with a dictionary that lacks something ----------------------------------------------


@pytest.fixture(scope="module")
def water(tmp_path_factory: pytest.TempPathFactory) -> Document:
    """A sample in the Shanghai look, as read."""
    [path] = write_samples(tmp_path_factory.mktemp("water"), "示例区水务局_2022")
    return read_pdf(path, max_pages=100)


@pytest.fixture
def lacking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Put a dictionary in force in which the entry at the given keys matches nothing."""
    content = yaml.safe_load((DICTIONARY_DIR / "forms.yaml").read_text(encoding="utf-8"))

    def put(*keys: str) -> None:
        entry = content
        for key in keys[:-1]:
            entry = entry[key]
        entry[keys[-1]] = ["^$"]
        (tmp_path / "forms.yaml").write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
        monkeypatch.setattr("pipeline.forms.catalogue.DICTIONARY_DIR", tmp_path)
        catalogue.cache_clear()

    yield put
    catalogue.cache_clear()


def test_the_sample_has_nothing_unmapped(water: Document) -> None:
    assert extract_facts(water).unmapped == ()


@pytest.mark.parametrize("code", [f"F0{number}" for number in range(1, 10)])
def test_a_form_without_its_title_is_told_with_every_number_that_is_lost(
    code: str, water: Document, lacking: Callable[..., None]
) -> None:
    before = extract_facts(water).amounts
    lacking("forms", code, "title")
    facts = extract_facts(water)
    assert {cell.form_code for cell in facts.amounts} == {cell.form_code for cell in before} - {code}
    [title] = facts.unmapped
    assert (title.kind, title.form_code) == ("form_title", None)
    assert title.resembles is not None
    assert code in title.resembles
    assert title.resembles in (code, "F07 F08", "F05 F10")
    assert sorted(title.numbers_printed) == sorted(
        cell.amount_printed for cell in before if cell.form_code == code and cell.amount_printed
    )


@pytest.mark.parametrize(
    ("code", "measure"),
    [("F02", "fiscal_appropriation"), ("F03", "project"), ("F05", "total"), ("F09", "reception")],
)
def test_a_column_without_its_name_is_told_with_every_number_that_is_lost(
    code: str, measure: str, water: Document, lacking: Callable[..., None]
) -> None:
    before = [cell for cell in extract_facts(water).amounts if cell.form_code == code and cell.amount_printed]
    lacking("forms", code, "measures", measure)
    facts = extract_facts(water)
    assert {(thing.kind, thing.form_code) for thing in facts.unmapped} == {("header", code)}
    lost = [cell.amount_printed for cell in before if cell.measure.removeprefix("budget_") == measure]
    lost += [cell.amount_printed for cell in before if cell.measure == f"final_{measure}"]
    assert len(lost) > 1
    assert sorted(n for thing in facts.unmapped for n in thing.numbers_printed) == sorted(map(str, lost))
