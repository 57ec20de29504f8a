"""Where amounts of a form stand on a sheet: blocks, continuation pages, headers; what a cell holds."""

from dataclasses import replace
from itertools import count

import pytest
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from pipeline.export.layout import Amount, Measure, Merge, Sheet, lay_out
from pipeline.export.workbook import _set_amount, number_format

NUMBERS = count(1)
MEASURES = {
    (None, "total"): Measure("本年收入合计", None),
    (None, "final"): Measure("决算数", None),
    ("income", "final"): Measure("决算数", None),
    ("expenditure", "final"): Measure("决算数", None),
    (None, "budget_total"): Measure("合计·预算数", "budget"),
    (None, "final_total"): Measure("合计·决算数", "final"),
    (None, "budget_reception"): Measure("公务接待费·预算数", "budget"),
    (None, "final_reception"): Measure("公务接待费·决算数", "final"),
}


def amount(
    row: int, column: int, measure: str, printed: str | None, item: str | None = None, **more: object
) -> Amount:
    code, _, name = (item or "").rpartition(" ")
    made = Amount(
        next(NUMBERS), None, code or None, name or None, measure, printed, printed or "", 2, 1, 1, row, column
    )
    return replace(made, **more)  # type: ignore[arg-type]


def rows_of(sheet: Sheet) -> list[list[str | None]]:
    """Return the sheet as rows of texts, blanks as None."""
    cells: dict[tuple[int, int], str | None] = {place: one.printed for place, one in sheet.amounts.items()}
    cells |= sheet.texts
    last = max(row for row, _ in cells)
    return [[cells.get((row, column)) for column in range(sheet.columns)] for row in range(last + 1)]


def test_a_form_of_subjects_has_code_and_name_left_of_its_measures() -> None:
    sheet = lay_out(
        [
            amount(3, 3, "total", "9.00", "total 合计"),
            amount(3, 4, "other", None, "total 合计"),
            amount(4, 3, "total", "9.00", "201 一般公共服务支出"),
            # the continuation page prints a column less before them
            amount(2, 2, "total", "4.00", "20103 政府办公厅", page=2),
            amount(2, 3, "other", "1.00", "20103 政府办公厅", page=2),
        ],
        MEASURES,
    )
    assert rows_of(sheet) == [
        ["科目编码", "科目名称", "本年收入合计", "other"],
        [None, "合计", "9.00", None],
        ["201", "一般公共服务支出", "9.00", None],
        ["20103", "政府办公厅", "4.00", "1.00"],
    ]
    assert len(sheet.amounts) == 5  # the blank cell has its place too


def test_sides_stand_beside_each_other_under_their_names() -> None:
    sheet = lay_out(
        [
            amount(5, 4, "final", "2.00", "教育支出", side="expenditure"),
            amount(4, 2, "final", "3.00", "事业收入", side="income"),
            amount(4, 4, "final", "1.00", "外交支出", side="expenditure"),
        ],
        MEASURES,
    )
    assert rows_of(sheet) == [
        ["收入", None, "支出", None],
        ["项目", "决算数", "项目", "决算数"],
        ["事业收入", "3.00", "外交支出", "1.00"],
        [None, None, "教育支出", "2.00"],
    ]
    assert sheet.merges == [Merge(0, 0, 1), Merge(0, 2, 3)]


def test_blocks_of_the_same_measure_stand_side_by_side() -> None:
    sheet = lay_out(
        [
            amount(3, 3, "final", "1.00", "301 工资福利支出"),
            amount(3, 6, "final", "2.00", "302 商品和服务支出"),
            amount(2, 6, "final", "3.00", "30299 其他", page=2),  # only the right block goes on
        ],
        MEASURES,
    )
    assert rows_of(sheet) == [
        ["科目编码", "科目名称", "决算数", "科目编码", "科目名称", "决算数"],
        ["301", "工资福利支出", "1.00", "302", "商品和服务支出", "2.00"],
        [None, None, None, "30299", "其他", "3.00"],
    ]


@pytest.mark.parametrize(
    ("order", "header", "merges"),
    [
        (
            ["budget_total", "budget_reception", "final_total", "final_reception"],
            [["预算数", None, "决算数", None], ["合计", "公务接待费", "合计", "公务接待费"]],
            [Merge(0, 0, 1), Merge(0, 2, 3)],
        ),
        (
            ["budget_total", "final_total", "budget_reception", "final_reception"],
            [["合计", None, "公务接待费", None], ["预算数", "决算数", "预算数", "决算数"]],
            [Merge(0, 0, 1), Merge(0, 2, 3)],
        ),
    ],
)
def test_budget_and_final_are_grouped_as_printed(
    order: list[str], header: list[list[str]], merges: list[Merge]
) -> None:
    sheet = lay_out([amount(4, place, measure, "1.00") for place, measure in enumerate(order, 1)], MEASURES)
    assert rows_of(sheet) == [*header, ["1.00"] * 4]
    assert sheet.merges == merges


def test_expenses_printed_below_each_other_stay_so() -> None:
    sheet = lay_out(
        [
            amount(3, 3, "budget_total", "5.00"),
            amount(3, 4, "final_total", "4.00"),
            amount(4, 3, "budget_reception", "3.00"),
            amount(4, 4, "final_reception", None),
        ],
        MEASURES,
    )
    assert rows_of(sheet) == [
        ["项目", "预算数", "决算数"],
        ["合计", "5.00", "4.00"],
        ["公务接待费", "3.00", None],
    ]


def test_two_amounts_of_one_printed_cell_are_both_kept() -> None:
    sheet = lay_out([amount(3, 2, "total", "5.00", "合计"), amount(3, 2, "total", "6.00", "合计")], MEASURES)
    assert rows_of(sheet) == [["项目", "本年收入合计", None], ["合计", "5.00", "6.00"]]


def test_an_empty_form_is_an_empty_sheet() -> None:
    sheet = lay_out([], MEASURES)
    assert (sheet.texts, sheet.amounts, sheet.columns) == ({}, {}, 0)


@pytest.mark.parametrize(
    ("printed", "text", "decimals", "value", "data_type", "shown"),
    [
        ("9.50", "9.50", 2, "9.50", "n", "#,##0.00"),
        ("-12", "-12", 0, "-12", "n", "#,##0"),
        ("1234567.891", "1,234,567.891", 3, "1234567.891", "n", "#,##0.000"),
        ("1234567890123456.78", "", 2, "1234567890123456.78", "s", "General"),  # more than a float holds
        ("=1+1", "=1+1", None, "=1+1", "s", "General"),  # never a formula
        (None, "—", None, "—", "s", "General"),
        (None, "", None, None, "n", "General"),
    ],
)
def test_a_cell_holds_what_is_printed(
    printed: str | None, text: str, decimals: int | None, value: object, data_type: str, shown: str
) -> None:
    page = Workbook().active
    assert isinstance(page, Worksheet)
    cell = page.cell(1, 1)
    _set_amount(cell, replace(amount(1, 1, "total", printed), text=text, decimals=decimals))
    assert (cell.value, cell.data_type, cell.number_format) == (value, data_type, shown)


def test_the_format_of_a_number_shows_its_printed_decimals() -> None:
    assert [number_format(decimals) for decimals in (0, 1, 6)] == ["#,##0", "#,##0.0", "#,##0.000000"]
