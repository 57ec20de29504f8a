"""What nobody sees on a page is not read: white text, text without ink, clipped text, white rules."""

import pytest
from reportlab.pdfgen.canvas import Canvas

from pipeline.read.files import read_file
from tests.read.drawing import SONG, stroke_lines
from tests.read.test_repair import texts

ROW = (100, 120)


def ruled(canvas: Canvas) -> None:
    stroke_lines(canvas, [50, 150, 250], [100, 120, 140])
    for y, label, amount in ((126, "办公费", "1.00"), (106, "印刷费", "")):
        canvas.drawString(60, y, label)
        canvas.drawString(160, y, amount)


def unseen(canvas: Canvas, how: str) -> None:
    canvas.saveState()
    if how == "clipped":
        path = canvas.beginPath()
        path.rect(0, 0, 40, 40)
        canvas.clipPath(path, stroke=0, fill=0)
    if how == "white":
        canvas.setFillGray(1)
    text = canvas.beginText(160, 106)
    text.setFont(SONG, 10)
    if how == "without ink":
        text.setTextRenderMode(3)
    text.textOut("9.99")
    canvas.drawText(text)
    canvas.restoreState()


@pytest.mark.parametrize("how", ["white", "without ink", "clipped"])
def test_a_number_that_nobody_sees_leaves_its_cell_blank(pdf, how):
    def draw(canvas: Canvas) -> None:
        ruled(canvas)
        unseen(canvas, how)

    (page,) = read_file(pdf(draw), 10).pages
    assert texts(page.grids[0]) == [["办公费", "1.00"], ["印刷费", ""]]
    assert [line.text for line in page.lines] == ["办公费 1.00", "印刷费"]


def test_white_text_on_a_coloured_ground_is_read(pdf):
    def draw(canvas: Canvas) -> None:
        canvas.setFillColorRGB(0.1, 0.2, 0.5)
        canvas.rect(150, *ROW[:1], 100, 20, stroke=0, fill=1)
        canvas.setFillGray(0)
        ruled(canvas)
        unseen(canvas, "white")

    (page,) = read_file(pdf(draw), 10).pages
    assert texts(page.grids[0]) == [["办公费", "1.00"], ["印刷费", "9.99"]]


def test_a_page_whose_text_has_no_ink_at_all_is_read(pdf):
    (page,) = read_file(pdf(lambda canvas: unseen(canvas, "without ink")), 10).pages
    assert [line.text for line in page.lines] == ["9.99"]


def white_rule(canvas: Canvas) -> None:
    canvas.saveState()
    canvas.setStrokeGray(1)
    canvas.line(100, 120, 100, 140)
    canvas.restoreState()


def test_a_white_rule_does_not_split_a_merged_cell(pdf):
    def draw(canvas: Canvas) -> None:
        for y in (100, 120, 140):
            canvas.line(50, y, 150, y)
        for x in (50, 150):
            canvas.line(x, 100, x, 140)
        canvas.line(100, 100, 100, 120)
        white_rule(canvas)
        canvas.drawString(75, 126, "收入决算数")
        canvas.drawString(60, 106, "1.00")
        canvas.drawString(110, 106, "2.00")

    (grid,) = read_file(pdf(draw), 10).pages[0].grids
    assert texts(grid) == [["收入决算数"], ["1.00", "2.00"]]


def test_a_table_ruled_in_white_alone_is_a_table(pdf):
    def draw(canvas: Canvas) -> None:
        canvas.setStrokeGray(1)
        ruled(canvas)

    (grid,) = read_file(pdf(draw), 10).pages[0].grids
    assert texts(grid) == [["办公费", "1.00"], ["印刷费", ""]]


def test_a_white_rule_on_a_coloured_ground_parts_cells(pdf):
    def draw(canvas: Canvas) -> None:
        canvas.setFillGray(0.8)
        canvas.rect(50, 100, 200, 20, stroke=1, fill=1)
        canvas.rect(50, 120, 200, 20, stroke=1, fill=1)
        canvas.setStrokeGray(1)
        canvas.line(150, 100, 150, 140)
        canvas.setFillGray(0)
        for y, label, amount in ((126, "办公费", "1.00"), (106, "印刷费", "2.00")):
            canvas.drawString(60, y, label)
            canvas.drawString(160, y, amount)

    (grid,) = read_file(pdf(draw), 10).pages[0].grids
    assert texts(grid) == [["办公费", "1.00"], ["印刷费", "2.00"]]


def test_text_set_twice_a_hair_apart_is_bold_and_not_double(pdf):
    def draw(canvas: Canvas) -> None:
        for x in (60, 60.3):
            canvas.drawString(x, 106, "其他自然资源事务支出")
            canvas.drawString(x + 150, 106, "11.10")

    (page,) = read_file(pdf(draw), 10).pages
    assert [line.text for line in page.lines] == ["其他自然资源事务支出 11.10"]
