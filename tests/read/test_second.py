"""Two readings of a table: alike where it is drawn as it should be, and told apart where a rule misleads."""

import pytest
from reportlab.pdfgen.canvas import Canvas

from pipeline.read.document import Grid, Page
from pipeline.read.files import read_file
from pipeline.read.page import PdfiumPage
from tests.read.drawing import stroke_lines, write_cells

XS = [50.0, 150.0, 250.0, 350.0]
YS = [100.0, 120.0, 140.0, 160.0, 180.0, 200.0]
ROWS = [
    ["项目", "预算数", "决算数"],
    ["一、教育支出", "1,234.50", "1,230.00"],
    ["二、科学支出", "17.20", "16.90"],
    ["三、卫生支出", "", "3.10"],
    ["合计", "1,251.70", "1,250.00"],
]


def page_of(path) -> Page:
    return read_file(path, 10).pages[0]


def grid_of(path) -> Grid:
    (grid,) = page_of(path).grids
    return grid


def seconds(grid: Grid) -> dict[str, str]:
    """Return what the second reading says where it differs, by what the first says."""
    return {cell.text: cell.second for cell in grid.cells if cell.second is not None}


def strays(grid: Grid) -> list[str]:
    return [line.text for line in grid.strays]


def uprights(canvas: Canvas) -> None:
    for x in XS:
        canvas.line(x, YS[0], x, YS[-1])


def level(canvas: Canvas, *ys: float) -> None:
    for y in ys:
        canvas.line(XS[0], y, XS[-1], y)


def whole(canvas: Canvas) -> None:
    stroke_lines(canvas, XS, YS)
    write_cells(canvas, XS, YS, ROWS)


def test_a_sound_table_is_read_alike_twice(pdf):
    page = page_of(pdf(whole))
    (grid,) = page.grids
    assert page.read_twice
    assert (seconds(grid), strays(grid)) == ({}, [])


def test_a_page_without_a_grid_is_not_read_twice(pdf):
    page = page_of(pdf(lambda canvas: canvas.drawString(60, 126, "支出 12.00 万元")))
    assert (page.grids, page.read_twice) == ((), False)


# Where rules mislead ---------------------------------------------------------------------------------------


def test_a_missing_rule_puts_two_amounts_in_one_cell(pdf):
    def draw(canvas: Canvas) -> None:
        uprights(canvas)
        level(canvas, *(y for y in YS if y != 160))
        write_cells(canvas, XS, YS, ROWS)

    said = seconds(grid_of(pdf(draw)))
    assert said == {"1,234.50\n17.20": "1,234.50 17.20", "1,230.00\n16.90": "1,230.00 16.90"}


def test_a_missing_rule_gives_an_amount_two_labels(pdf):
    def draw(canvas: Canvas) -> None:
        uprights(canvas)
        level(canvas, *(y for y in YS if y != 140))
        rows = [[*row[:1], "", row[2]] for row in ROWS]
        rows[2][2] = ""  # only the lower of the two rows has an amount
        write_cells(canvas, XS, YS, rows)

    assert seconds(grid_of(pdf(draw))) == {"3.10": "三、卫生支出 3.10"}


def test_a_rule_missing_between_labels_leaves_an_amount_without(pdf):
    def draw(canvas: Canvas) -> None:
        whole_but(canvas, 160)
        canvas.line(XS[1], 160, XS[-1], 160)

    said = seconds(grid_of(pdf(draw)))
    assert said["17.20"] == "二、科学支出 17.20 16.90"


def whole_but(canvas: Canvas, y: float) -> None:
    uprights(canvas)
    level(canvas, *(other for other in YS if other != y))
    write_cells(canvas, XS, YS, ROWS)


def test_a_rule_missing_between_amounts_gives_one_to_the_row_above(pdf):
    rows = [list(row) for row in ROWS]
    rows[2][1], rows[3][1] = "", "9.90"

    def draw(canvas: Canvas) -> None:
        uprights(canvas)
        level(canvas, *(other for other in YS if other != 140))
        canvas.line(XS[0], 140, XS[1], 140)
        canvas.line(XS[2], 140, XS[3], 140)
        write_cells(canvas, XS, YS, rows)

    assert seconds(grid_of(pdf(draw))) == {"9.90": "三、卫生支出 9.90 3.10"}


def test_a_rule_missing_below_a_blank_takes_the_label_of_the_row_below(pdf):
    xs = [50.0, 130.0, 180.0, 260.0, 310.0]
    ys = [100.0, 120.0, 140.0, 160.0, 180.0]

    def draw(canvas: Canvas) -> None:
        for x in xs:
            canvas.line(x, ys[0], x, ys[-1])
        for y in ys:
            if y != 120:
                canvas.line(xs[0], y, xs[-1], y)
        for left, right in ((0, 2), (3, 4)):
            canvas.line(xs[left], 120, xs[right], 120)
        rows = [
            ["收入", "决算", "支出", "决算"],
            ["拨款", "5.00", "教育", "2.00"],
            ["事业", "1.00", "", "9.00"],
            ["总计", "6.00", "总计", "6.00"],
        ]
        write_cells(canvas, xs, ys, rows)

    grid = grid_of(pdf(draw))
    assert [cell.text for cell in grid.cells if cell.row_span > 1] == ["总计"]
    assert set(seconds(grid).values()) == {"总计 6.00 总计 6.00"}


def test_a_stray_short_rule_puts_an_amount_below_its_row(pdf):
    def draw(canvas: Canvas) -> None:
        whole(canvas)
        canvas.line(XS[1], 156, XS[2], 156)  # above the digits, below the rule of the row

    assert seconds(grid_of(pdf(draw))) == {"17.20": "二、科学支出 17.20 16.90"}


def test_a_stray_upright_cuts_an_amount(pdf):
    def draw(canvas: Canvas) -> None:
        whole(canvas)
        canvas.line(166, 140, 166, 160)

    assert seconds(grid_of(pdf(draw))) == {"17.": "17.20", "20": ""}


def test_characters_over_a_rule_stay_with_their_number(pdf):
    def draw(canvas: Canvas) -> None:
        stroke_lines(canvas, XS, YS)
        write_cells(canvas, XS, YS, [[*row[:1], "", row[2]] for row in ROWS])
        canvas.drawRightString(XS[2] + 7, 146, "987,654.32")  # too wide for its column

    assert seconds(grid_of(pdf(draw))) == {"987,654.": "987,654.32", "3216.90": "16.90"}


def test_a_rule_through_a_label_cuts_a_word(pdf):
    def draw(canvas: Canvas) -> None:
        whole(canvas)
        canvas.line(83, 180, 83, 160)

    assert seconds(grid_of(pdf(draw))) == {"育支出": "一、教育支出"}


def test_a_missing_upright_hides_amounts_among_words(pdf):
    def draw(canvas: Canvas) -> None:
        for x in (XS[0], XS[2], XS[3]):
            canvas.line(x, YS[0], x, YS[-1])
        level(canvas, *YS)
        write_cells(canvas, XS, YS, ROWS)

    assert seconds(grid_of(pdf(draw))) == {
        "一、教育支出 1,234.50": "一、教育支出 1,234.50",
        "二、科学支出 17.20": "二、科学支出 17.20",
        "合计 1,251.70": "合计 1,251.70",
    }


def test_a_gap_in_an_upright_gives_an_amount_two_columns(pdf):
    def draw(canvas: Canvas) -> None:
        for x in (XS[0], XS[1], XS[3]):
            canvas.line(x, YS[0], x, YS[-1])
        canvas.line(XS[2], YS[0], XS[2], 120)
        canvas.line(XS[2], 140, XS[2], YS[-1])
        level(canvas, *YS)
        rows = [list(row) for row in ROWS]
        rows[3] = ["三、卫生支出", "3.10", ""]
        write_cells(canvas, XS, YS, rows)

    assert seconds(grid_of(pdf(draw))) == {"3.10": "三、卫生支出 3.10"}


def test_a_row_above_all_rules_is_in_no_cell(pdf):
    def draw(canvas: Canvas) -> None:
        whole(canvas)
        for x, text in zip(XS, ("上页末行", "8.80", "8.70"), strict=False):
            canvas.drawString(x + 4, 206, text)

    assert strays(grid_of(pdf(draw))) == ["上页末行", "8.80", "8.70"]


def test_a_row_below_all_rules_is_in_no_cell(pdf):
    def draw(canvas: Canvas) -> None:
        whole(canvas)
        for x, text in zip(XS, ("下页首行", "8.80", ""), strict=False):
            canvas.drawString(x + 4, 86, text)

    assert strays(grid_of(pdf(draw))) == ["8.80"]


def test_labels_left_of_a_table_without_words_are_in_no_cell(pdf):
    def draw(canvas):
        xs, ys, rows = XS[1:], YS[1:], [row[1:] for row in ROWS[1:]]
        stroke_lines(canvas, xs, ys)
        write_cells(canvas, xs, ys, rows)
        write_cells(canvas, XS[:2], ys, [row[:1] for row in ROWS[1:]])

    assert strays(grid_of(pdf(draw))) == ["一、教育支出", "二、科学支出", "三、卫生支出", "合计"]


def test_text_around_a_table_is_no_stray(pdf):
    def draw(canvas: Canvas) -> None:
        whole(canvas)
        canvas.drawString(XS[1] + 4, 206, "2023年度支出1,234.50万元")
        canvas.drawString(XS[0], 86, "注：本表反映 2023 年的收支，共 12.30 万元。")
        canvas.drawCentredString(200, 20, "- 12 -")

    assert strays(grid_of(pdf(draw))) == []


def test_a_label_above_all_rules_is_in_no_cell(pdf):
    def draw(canvas: Canvas) -> None:
        uprights(canvas)
        level(canvas, *YS)
        write_cells(canvas, XS, YS, [["六、农林支出", "8.10", "8.10"], *ROWS[1:]])
        canvas.drawString(XS[0] + 4, 206, "五、文化支出")  # its amounts are blank

    assert strays(grid_of(pdf(draw))) == ["五、文化支出"]


def test_an_amount_in_a_hole_of_the_grid_is_in_no_cell(pdf):
    def draw(canvas: Canvas) -> None:
        # the last row is ruled under its first two cells only
        for x in XS[:3]:
            canvas.line(x, YS[0], x, YS[-1])
        canvas.line(XS[3], YS[1], XS[3], YS[-1])
        level(canvas, *YS[1:])
        canvas.line(XS[0], YS[0], XS[2], YS[0])
        write_cells(canvas, XS, YS, ROWS)

    grid = grid_of(pdf(draw))
    assert strays(grid) == ["1,250.00"]
    (line,) = grid.strays
    assert XS[2] < line.box.x0 < line.box.x1 < XS[3]
    assert 300 - YS[1] < line.box.top < line.box.bottom < 300 - YS[0]


def test_a_table_closed_in_part_is_closed_where_it_is_open(pdf):
    def draw(canvas: Canvas) -> None:
        xs = [50.0, 110.0, 170.0, 230.0, 290.0]
        for x in xs:
            canvas.line(x, 100, x, 160)
        for y in (160, 140):
            canvas.line(xs[0], y, xs[-1], y)
        for y in (120, 100):
            canvas.line(xs[2], y, xs[-1], y)  # the tall cells at the left go on over the page
        for x, y, text in ((54, 116, "道路"), (114, 116, "39.58"), (174, 126, "产出"), (234, 126, "2.00")):
            canvas.drawString(x, y, text)

    grid = grid_of(pdf(draw))
    assert {cell.text for cell in grid.cells} == {"", "道路", "39.58", "产出", "2.00"}
    assert strays(grid) == []


# Where gaps mislead ----------------------------------------------------------------------------------------


def narrow_grid(pdf, lines: list[str]) -> Grid:
    """Return a table whose middle column is 32 points wide, with `lines` in one of its cells."""

    def draw(canvas: Canvas) -> None:
        xs = [50.0, 150.0, 182.0, 280.0]
        ys = [60.0, 80.0, 120.0, 140.0]
        stroke_lines(canvas, xs, ys)
        for y, row in (
            (126, ["项目", "占比", "数额"]),
            (86, ["教育", "", "8.10"]),
            (66, ["卫生", "1.25", "9.20"]),
        ):
            for x, text in zip(xs, row, strict=False):
                canvas.drawString(x + 4, y, text)
        for number, text in enumerate(lines):
            canvas.drawString(154, 106 - 12 * number, text)

    return grid_of(pdf(draw))


@pytest.mark.parametrize("lines", [["1.25", "3.50"], ["5", "2.00"]])
def test_two_amounts_in_a_narrow_cell_are_two(pdf, lines):
    assert seconds(narrow_grid(pdf, lines)) == {"\n".join(lines): " ".join(lines)}


@pytest.mark.parametrize("lines", [["35.7", "2%"], ["1234", ".56"], ["1234.", "56"], ["1,234", ".56"]])
def test_a_wrapped_amount_is_one(pdf, lines):
    assert seconds(narrow_grid(pdf, lines)) == {}


def test_columns_that_touch_are_two(pdf):
    def draw(canvas: Canvas) -> None:
        stroke_lines(canvas, [50, 150, 191, 232], [100, 120, 140, 160])
        for y, label, first, second in (
            (146, "项目", "预算", "决算"),
            (126, "教育", "1,234.50", "1,230.00"),
            (106, "卫生", "9,876.54", "9,876.53"),
        ):
            canvas.drawString(54, y, label)
            canvas.drawRightString(190.8, y, first)
            canvas.drawRightString(231.8, y, second)

    assert seconds(grid_of(pdf(draw))) == {}


def test_digits_set_apart_are_one_amount(pdf):
    def draw(canvas: Canvas) -> None:
        stroke_lines(canvas, XS, YS)
        write_cells(canvas, XS, YS, [[*row[:1], "", row[2]] for row in ROWS])
        for number, char in enumerate("17.20"):
            canvas.drawString(XS[1] + 6 + 18 * number, 146, char)

    grid = grid_of(pdf(draw))
    assert "1 7 . 2 0" in {cell.text for cell in grid.cells}
    assert seconds(grid) == {}


def test_amounts_that_run_into_each_other_are_kept_whole(pdf):
    def draw(canvas: Canvas) -> None:
        stroke_lines(canvas, XS, YS)
        write_cells(canvas, XS, YS, [[*row[:1], "", ""] for row in ROWS])
        canvas.drawRightString(XS[2] + 12, 146, "123.45")
        canvas.drawString(XS[2] + 9, 146, "678.90")

    said = seconds(grid_of(pdf(draw)))
    assert "123.45" in said.values()


def test_a_label_around_its_amount_and_one_for_several_rows_are_no_difference(pdf):
    def draw(canvas: Canvas) -> None:
        xs = [50.0, 100.0, 200.0, 300.0]
        for x in xs:
            canvas.line(x, 60, x, 180)
        for y in (60, 180, 150):
            canvas.line(50, y, 300, y)
        for y in (90, 120):
            canvas.line(100, y, 300, y)
        for x, y, text in (
            (55, 160, "类"), (105, 160, "项目"), (205, 160, "数额"),
            (55, 100, "支出"),  # one label for three rows, on the line of the second
            (105, 138, "教育支出中的"), (105, 126, "其他支出"), (205, 132, "1.10"),
            (105, 100, "卫生支出"), (205, 100, "2.20"),
            (105, 70, "科学支出"), (205, 70, "3.30"),
        ):  # fmt: skip
            canvas.drawString(x, y, text)

    assert seconds(grid_of(pdf(draw))) == {}


def test_curves_as_borders_are_read_twice_too(pdf):
    def draw(canvas: Canvas) -> None:
        def curve(x0: float, y0: float, x1: float, y1: float) -> None:
            path = canvas.beginPath()
            path.moveTo(x0, y0)
            path.curveTo(x0 + (x1 - x0) / 3, y0 + (y1 - y0) / 3, x1, y1, x1, y1)
            canvas.drawPath(path)

        for x in XS:
            curve(x, YS[0], x, YS[-1])
        for y in YS:
            curve(XS[0], y, XS[-1], y)
        write_cells(canvas, XS, YS, ROWS)

    page = page_of(pdf(draw))
    assert page.read_twice
    assert len(page.grids[0].cells) == 15
    assert seconds(page.grids[0]) == {}


def test_rules_snapped_together_do_not_part_an_amount_from_its_label(pdf):
    def draw(canvas: Canvas) -> None:
        whole(canvas)
        level(canvas, 162, 158)  # drawn thrice, and moved to one place

    grid = grid_of(pdf(draw))
    assert grid.rows == 5
    assert seconds(grid) == {}


def test_a_page_left_to_pdfplumber_is_read_twice(pdf, monkeypatch):
    def fail(page: PdfiumPage) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(PdfiumPage, "cells_of_tables", fail)

    def draw(canvas: Canvas) -> None:
        uprights(canvas)
        level(canvas, *(y for y in YS if y != 160))
        write_cells(canvas, XS, YS, ROWS)

    page = page_of(pdf(draw))
    assert (page.reading, page.read_twice) == ("pdfplumber", True)
    assert seconds(page.grids[0])["1,230.00\n16.90"] == "1,230.00 16.90"
