"""What a workbook shows becomes pages, lines and grids."""

import logging
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from openpyxl.styles import Border, Side
from openpyxl.worksheet.worksheet import Worksheet

from pipeline.read.document import Grid, UnreadableError
from pipeline.read.files import read_file

DATA = Path(__file__).parent / "data"
RULED = Border(*[Side(style="thin")] * 4)
Fill = Callable[[Worksheet], object]


@pytest.fixture
def workbook(tmp_path: Path) -> Callable[..., Path]:
    """A function that writes a workbook, one sheet for each function that fills it."""

    def make(*fills: Fill, name: str = "report.xlsx") -> Path:
        book = openpyxl.Workbook()
        book.remove(book.worksheets[0])
        for number, fill in enumerate(fills, start=1):
            fill(book.create_sheet(f"表{number}"))
        book.save(tmp_path / name)
        return tmp_path / name

    return make


def rule(sheet: Worksheet, area: str) -> None:
    for row in sheet[area]:
        for cell in row:
            cell.border = RULED


def form(sheet: Worksheet) -> None:
    sheet.append(["收入决算表"])
    sheet.append(["部门：某局", None, "单位：万元"])
    for row in (["项目", "名称", "金额"], ["合计", None, 12.5], ["201", "某项", 12.5]):
        sheet.append(row)
    sheet.append(["注：本表为例。"])
    sheet.merge_cells("A1:C1")
    sheet.merge_cells("A4:B4")
    for row in (4, 5):
        sheet.cell(row, 3).number_format = "#,##0.00"
    rule(sheet, "A3:C5")


def texts(grid: Grid) -> list[list[str]]:
    return [[cell.text for cell in grid.cells if cell.row == row] for row in range(grid.rows)]


def test_ruled_rows_are_the_table_and_others_are_lines(workbook):
    (page,) = read_file(workbook(form), 10).pages
    (grid,) = page.grids
    assert texts(grid) == [["项目", "名称", "金额"], ["合计", "12.50"], ["201", "某项", "12.50"]]
    assert (page.reading, page.number, grid.columns) == ("sheet", 1, 3)
    above = [line.text for line in page.lines if line.box.bottom <= grid.box.top]
    below = [line.text for line in page.lines if line.box.top >= grid.box.bottom]
    assert (above, below) == (["收入决算表", "部门：某局 单位：万元"], ["注：本表为例。"])
    assert [line.text for line in page.lines][3] == "合计 12.50"


def test_a_cell_knows_its_place_and_its_span(workbook):
    (page,) = read_file(workbook(form), 10).pages
    total = next(cell for cell in page.grids[0].cells if cell.text == "合计")
    amount = next(cell for cell in page.grids[0].cells if cell.text == "12.50")
    assert (total.place, total.column_span, total.row_span) == ("表1!A4", 2, 1)
    assert (amount.place, amount.column, amount.box.x0 >= total.box.x1) == ("表1!C4", 2, True)


def test_what_is_hidden_is_left_out(workbook, caplog):
    def hide(sheet: Worksheet) -> None:
        form(sheet)
        sheet.row_dimensions[5].hidden = True
        sheet.column_dimensions["B"].hidden = True

    def hidden_sheet(sheet: Worksheet) -> None:
        form(sheet)
        sheet.sheet_state = "hidden"

    with caplog.at_level(logging.INFO):
        pages = read_file(workbook(hide, hidden_sheet), 10).pages
    assert [texts(page.grids[0]) for page in pages] == [[["项目", "金额"], ["合计", "12.50"]]]
    assert "hidden sheets left out: 表2" in caplog.text


def test_a_merged_text_whose_first_row_is_hidden_is_still_shown(workbook):
    def fill(sheet: Worksheet) -> None:
        for row in (["甲", 1], [None, 2], [None, 3]):
            sheet.append(row)
        sheet.merge_cells("A1:A3")
        sheet.row_dimensions[1].hidden = True
        rule(sheet, "A1:B3")

    (page,) = read_file(workbook(fill), 10).pages
    assert texts(page.grids[0]) == [["甲", "2"], ["3"]]


def test_a_sheet_without_borders_is_one_table(workbook):
    def fill(sheet: Worksheet) -> None:
        for row in (["收入决算表"], ["科目", "金额"], ["甲", 5], ["合计"], ["注：本表列示全年的收入。"]):
            sheet.append(row)

    (page,) = read_file(workbook(fill), 10).pages
    assert texts(page.grids[0]) == [["科目", "金额"], ["甲", "5"], ["合计", ""]]


def test_two_tables_on_a_sheet_stay_two(workbook):
    def fill(sheet: Worksheet) -> None:
        form(sheet)
        for row in (["支出决算表"], ["项目", "名称", "金额"], ["合计", None, 7]):
            sheet.append(row)
        sheet.merge_cells("A7:C7")
        rule(sheet, "A8:C9")

    (page,) = read_file(workbook(fill), 10).pages
    assert [len(texts(grid)) for grid in page.grids] == [3, 2]


def test_a_table_ruled_above_and_below_only_is_one(workbook):
    def fill(sheet: Worksheet) -> None:
        for row in (["科目", "金额"], ["甲", 1], ["乙", None], ["合计", 1]):
            sheet.append(row)
        rule(sheet, "A1:B1")
        rule(sheet, "A4:B4")

    (page,) = read_file(workbook(fill), 10).pages
    assert texts(page.grids[0]) == [["科目", "金额"], ["甲", "1"], ["乙", ""], ["合计", "1"]]


def test_a_formula_without_a_value_is_neither_blank_nor_zero(workbook, caplog):
    def fill(sheet: Worksheet) -> None:
        for row in (["甲", 1], ["乙", 2], ["合计", "=SUM(B1:B2)"]):
            sheet.append(row)
        rule(sheet, "A1:B3")

    (page,) = read_file(workbook(fill), 10).pages
    assert texts(page.grids[0])[2] == ["合计", "=?"]
    assert "cell=B3 message=formula without a value" in caplog.text


def test_a_formula_prints_the_value_the_file_holds_even_an_empty_one(workbook):
    def fill(sheet: Worksheet) -> None:
        for row in (["甲", "=1+1"], ["乙", '=""']):
            sheet.append(row)
        rule(sheet, "A1:B2")

    path = workbook(fill)
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"]
    sheet = sheet.replace(b"<f>1+1</f><v />", b"<f>1+1</f><v>2</v>").replace(
        b"<f>1+1</f><v></v>", b"<f>1+1</f><v>2</v>"
    )
    assert b"<v>2</v>" in sheet
    start = sheet.index(b'r="B2"')
    parts["xl/worksheets/sheet1.xml"] = sheet[:start] + sheet[start:].replace(b'r="B2"', b'r="B2" t="str"', 1)
    with zipfile.ZipFile(path, "w") as package:
        for name, data in parts.items():
            package.writestr(name, data)
    (page,) = read_file(path, 10).pages
    assert texts(page.grids[0]) == [["甲", "2"], ["乙", ""]]


def test_a_number_in_an_unknown_format_is_said_and_no_number(workbook, caplog):
    def fill(sheet: Worksheet) -> None:
        sheet.append(["甲", 1.5])
        sheet["B1"].number_format = "# ?/?"
        rule(sheet, "A1:B1")
        sheet.append(["乙", 2])
        rule(sheet, "A2:B2")

    (page,) = read_file(workbook(fill), 10).pages
    assert texts(page.grids[0])[0] == ["甲", "1.5 [# ?/?]"]
    assert "cell=B1 message=number format '# ?/?' is not known" in caplog.text


def test_a_cell_at_the_far_end_makes_no_table_of_a_million_rows(workbook):
    def fill(sheet: Worksheet) -> None:
        form(sheet)
        sheet.cell(1048576, 16384).border = RULED

    (page,) = read_file(workbook(fill), 10).pages
    assert page.grids[0].rows == 3


def test_an_empty_workbook_holds_no_text(workbook):
    with pytest.raises(UnreadableError, match="holds no text") as caught:
        read_file(workbook(lambda sheet: None), 10)
    assert caught.value.reason == "no_text"


def test_more_sheets_than_pages_are_read_are_refused(workbook):
    with pytest.raises(UnreadableError, match="3 pages, more than the 2"):
        read_file(workbook(form, form, form), 2)


@pytest.mark.slow
def test_a_million_rows_are_refused_in_seconds(workbook):
    path = workbook(form)
    row = b'<row r="%d"><c r="A%d"><v>1</v></c></row>'
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    rows = b"".join(row % (number, number) for number in range(7, 1_048_577))
    parts["xl/worksheets/sheet1.xml"] = parts["xl/worksheets/sheet1.xml"].replace(
        b"</sheetData>", rows + b"</sheetData>"
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in parts.items():
            package.writestr(name, data)
    start = time.perf_counter()
    with pytest.raises(UnreadableError, match="more than 1000000 cells") as caught:
        read_file(path, 10)
    assert caught.value.reason == "too_large"
    assert time.perf_counter() - start < 20


@pytest.mark.parametrize("kept", [0.3, 0.7, 0.98])
def test_a_cut_off_workbook_is_damaged(workbook, kept):
    path = workbook(form)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * kept)])
    with pytest.raises(UnreadableError) as caught:
        read_file(path, 10)
    assert caught.value.reason == "damaged"


@pytest.mark.parametrize("kept", [0.3, 0.7])
def test_a_cut_off_workbook_of_the_old_kind_is_refused(tmp_path, kept):
    data = (DATA / "water_2021.xls").read_bytes()
    path = tmp_path / "report.xls"
    path.write_bytes(data[: int(len(data) * kept)])
    with pytest.raises(UnreadableError) as caught:
        read_file(path, 10)
    assert caught.value.reason in ("damaged", "unsupported_type")


def test_a_workbook_of_the_old_kind():
    document = read_file(DATA / "water_2021.xls", 100)
    page = document.pages[0]
    assert (document.file_type, len(document.pages), page.reading) == ("xls", 9, "sheet")
    assert document.title == "虚构市示例区水务局2021年度部门决算"
    assert [line.text for line in page.lines][:2] == [
        "收入支出决算总表",
        "部门：虚构市示例区水务局 单位：万元",
    ]
    amount = next(cell for cell in page.grids[0].cells if cell.text == "10413.86")
    assert amount.place == "F01 收入支出决算总表!B5"
