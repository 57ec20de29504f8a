"""Rows and columns that stock pdfplumber drops because an outer rule is missing."""

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from pipeline.read.document import Grid
from pipeline.read.files import read_file
from tests.read.drawing import SONG, our_tables, stock_tables, stroke_lines


def texts(grid: Grid) -> list[list[str]]:
    rows: list[list[str]] = [[] for _ in range(grid.rows)]
    for cell in grid.cells:
        rows[cell.row].append(cell.text)
    return rows


def continued(canvas: Canvas) -> None:
    # the page begins in the middle of a table: rules above and below its first row, but not over it
    for x in (50, 150, 250):
        canvas.line(x, 100, x, 180)
    for y in (100, 120, 140, 160):
        canvas.line(50, y, 250, y)
    for y, label, amount in ((166, "办公费", "1.00"), (146, "印刷费", "2.00"), (126, "水费", "3.00")):
        canvas.drawString(60, y, label)
        canvas.drawString(160, y, amount)


def test_the_row_above_the_first_rule_is_kept(pdf):
    path = pdf(continued)
    (grid,) = read_file(path, 10).pages[0].grids
    assert texts(grid) == [["办公费", "1.00"], ["印刷费", "2.00"], ["水费", "3.00"], ["", ""]]
    assert our_tables(path) == stock_tables(path) == [[[["印刷费", "2.00"], ["水费", "3.00"], ["", ""]]]]


def test_the_row_below_the_last_rule_is_kept(pdf):
    def draw(canvas: Canvas) -> None:
        for x in (50, 150, 250):
            canvas.line(x, 20, x, 100)
        for y in (40, 60, 100):
            canvas.line(50, y, 250, y)
        canvas.drawString(60, 26, "末行")
        canvas.drawString(160, 26, "9.00")

    (grid,) = read_file(pdf(draw), 10).pages[0].grids
    assert texts(grid) == [["", ""], ["", ""], ["末行", "9.00"]]


def test_a_merged_label_that_goes_on_below_the_page_is_kept(pdf):
    def draw(canvas: Canvas) -> None:
        # the last rule of the page stops short of the label that spans on to the next one
        for x in (50, 150, 250, 350):
            canvas.line(x, 40, x, 100)
        for x0, y in ((50, 100), (50, 80), (150, 60), (150, 40)):
            canvas.line(x0, y, 350, y)
        for x, y, text in ((60, 86, "产出"), (160, 86, "数量"), (260, 86, "3.00")):
            canvas.drawString(x, y, text)
        for x, y, text in ((60, 66, "效益"), (160, 66, "收入"), (260, 66, "4.00"), (160, 46, "就业")):
            canvas.drawString(x, y, text)

    path = pdf(draw)
    (grid,) = read_file(path, 10).pages[0].grids
    assert texts(grid) == [["产出", "数量", "3.00"], ["效益", "收入", "4.00"], ["就业", ""]]
    assert [cell.row_span for cell in grid.cells if cell.text == "效益"] == [2]
    assert our_tables(path) == [[[["产出", "数量", "3.00"], [None, "收入", "4.00"], [None, "就业", ""]]]]


def test_boxes_with_gaps_between_them_are_not_closed_into_a_table(pdf):
    def draw(canvas: Canvas) -> None:
        # words with a frame each, as of a marker, and one without
        for x in (50, 150, 250):
            canvas.rect(x, 100, 40, 20)
            canvas.rect(x, 80, 40, 20)
            canvas.drawString(x + 5, 106, "有框")
        canvas.line(90, 120, 150, 120)
        canvas.drawString(105, 106, "无框")

    found = [
        cell.text for grid in read_file(pdf(draw), 10).pages[0].grids for cell in grid.cells if cell.text
    ]
    assert found == ["有框", "有框", "有框"]


def test_columns_of_a_table_open_at_its_sides_are_kept(pdf):
    def draw(canvas: Canvas) -> None:
        for y in (100, 120, 140):
            canvas.line(50, y, 350, y)
        for x in (150, 250):
            canvas.line(x, 100, x, 140)
        for x, text in ((60, "项目"), (160, "预算数"), (260, "决算数")):
            canvas.drawString(x, 126, text)

    (grid,) = read_file(pdf(draw), 10).pages[0].grids
    assert texts(grid) == [["项目", "预算数", "决算数"], ["", "", ""]]


def test_nothing_is_drawn_in_that_brings_no_text(pdf):
    def draw(canvas: Canvas) -> None:
        for x in (50, 150, 250):
            canvas.line(x, 100, x, 180)
        for y in (100, 120, 140):
            canvas.line(50, y, 250, y)
        canvas.drawString(60, 126, "合计")

    (grid,) = read_file(pdf(draw), 10).pages[0].grids
    assert texts(grid) == [["合计", ""], ["", ""]]


def test_a_white_page_and_a_frame_are_no_grids(pdf):
    def draw(canvas: Canvas) -> None:
        canvas.setFillGray(1)
        canvas.rect(0, 0, 400, 300, stroke=0, fill=1)
        canvas.setFillGray(0)
        canvas.rect(30, 30, 340, 240)
        canvas.drawString(60, 126, "封面")

    page = read_file(pdf(draw), 10).pages[0]
    assert page.grids == ()
    assert [line.text for line in page.lines] == ["封面"]


def test_spans_count_the_rows_and_columns_a_cell_covers(pdf):
    def draw(canvas: Canvas) -> None:
        canvas.rect(50, 100, 300, 60)
        canvas.line(50, 140, 350, 140)
        canvas.line(150, 100, 150, 140)
        canvas.line(250, 100, 250, 140)
        canvas.line(150, 120, 350, 120)
        canvas.drawString(60, 146, "收入")

    (grid,) = read_file(pdf(draw), 10).pages[0].grids
    assert (grid.rows, grid.columns) == (3, 3)
    assert [(c.row, c.column, c.row_span, c.column_span) for c in grid.cells] == [
        (0, 0, 1, 3),
        (1, 0, 2, 1),
        (1, 1, 1, 1),
        (1, 2, 1, 1),
        (2, 1, 1, 1),
        (2, 2, 1, 1),
    ]
    box = grid.cells[0].box
    assert (box.x0, box.top, box.x1, box.bottom) == (50.0, 140.0, 350.0, 160.0)
    assert (grid.page, grid.table_no) == (1, 1)


def test_numbers_of_a_font_with_a_wild_descent_stay_in_their_row(pdf, monkeypatch):
    wild = TTFont("Wild", "VeraBd.ttf")
    monkeypatch.setattr(wild.face, "descent", -1033)  # seen in a real report
    pdfmetrics.registerFont(wild)

    def draw(canvas: Canvas) -> None:
        stroke_lines(canvas, [50, 150, 250], [100, 112, 124, 136])
        for y, label, amount in ((127, "办公费", "1.00"), (115, "印刷费", "2.00"), (103, "水费", "3.00")):
            canvas.setFont(SONG, 8)
            canvas.drawString(60, y, label)
            canvas.setFont("Wild", 8)
            canvas.drawString(160, y, amount)

    path = pdf(draw)
    page = read_file(path, 10).pages[0]
    assert texts(page.grids[0]) == [["办公费", "1.00"], ["印刷费", "2.00"], ["水费", "3.00"]]
    assert [line.text for line in page.lines] == ["办公费 1.00", "印刷费 2.00", "水费 3.00"]
    shifted = [["办公费", ""], ["印刷费", "1.00"], ["水费", "2.00"]]
    assert our_tables(path) == stock_tables(path) == [[shifted]]


def test_a_page_with_one_row_under_no_rule(pdf):
    def draw(canvas: Canvas) -> None:
        for x in (50, 150, 250):
            canvas.line(x, 240, x, 260)
        canvas.line(50, 240, 250, 240)
        canvas.drawString(60, 246, "办公费")
        canvas.drawString(160, 246, "1.00")

    (grid,) = read_file(pdf(draw), 10).pages[0].grids
    assert texts(grid) == [["办公费", "1.00"]]


def test_a_blank_column_of_a_table_open_at_its_side_is_kept(pdf):
    def draw(canvas: Canvas) -> None:
        for y in (100, 120, 140):
            canvas.line(50, y, 350, y)
        for x in (50, 150, 250):
            canvas.line(x, 100, x, 140)
        for y, label, amount in ((126, "办公费", "1.00"), (106, "印刷费", "2.00")):
            canvas.drawString(60, y, label)
            canvas.drawString(160, y, amount)

    (grid,) = read_file(pdf(draw), 10).pages[0].grids
    assert texts(grid) == [["办公费", "1.00", ""], ["印刷费", "2.00", ""]]


def test_rules_that_reach_out_over_the_last_column_make_no_other(pdf):
    def draw(canvas: Canvas) -> None:
        for y in (100, 120, 140):
            canvas.line(50, y, 258, y)
        for x in (50, 150, 250):
            canvas.line(x, 100, x, 140)
        canvas.drawString(60, 126, "办公费")

    (grid,) = read_file(pdf(draw), 10).pages[0].grids
    assert texts(grid) == [["办公费", ""], ["", ""]]


def test_a_page_with_one_row_open_at_its_side(pdf):
    def draw(canvas: Canvas) -> None:
        for y in (240, 260):
            canvas.line(50, y, 350, y)
        for x in (150, 250, 350):
            canvas.line(x, 240, x, 260)
        for x, text in ((60, "总计"), (160, "1.00"), (260, "2.00")):
            canvas.drawString(x, 246, text)

    (grid,) = read_file(pdf(draw), 10).pages[0].grids
    assert texts(grid) == [["总计", "1.00", "2.00"]]


def test_a_table_open_above_and_at_its_side_has_its_corner(pdf):
    def draw(canvas: Canvas) -> None:
        for y in (100, 120, 140):
            canvas.line(50, y, 350, y)
        for x in (150, 250, 350):
            canvas.line(x, 100, x, 160)
        for y, words in ((146, ("办公费", "1.00", "2.00")), (126, ("印刷费", "3.00", "4.00"))):
            for x, word in zip((60, 160, 260), words, strict=True):
                canvas.drawString(x, y, word)

    (grid,) = read_file(pdf(draw), 10).pages[0].grids
    assert texts(grid) == [["办公费", "1.00", "2.00"], ["印刷费", "3.00", "4.00"], ["", "", ""]]
