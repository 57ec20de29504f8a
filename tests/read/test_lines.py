from reportlab.pdfgen.canvas import Canvas

from pipeline.read.chars import Run
from pipeline.read.files import read_file
from pipeline.read.lines import text_lines
from tests.read.drawing import stroke_lines


def lines_of(path) -> list[str]:
    return [line.text for line in read_file(path, 10).pages[0].lines]


def test_lines_run_from_top_to_bottom_whatever_the_order_of_drawing(pdf):
    def draw(canvas: Canvas) -> None:
        canvas.drawString(50, 100, "第三行")
        canvas.drawString(50, 200, "第一行")
        canvas.drawString(120, 150, "右")
        canvas.drawString(50, 150, "左")

    assert lines_of(pdf(draw)) == ["第一行", "左 右", "第三行"]


def test_a_gap_a_blank_wide_reads_as_a_blank(pdf):
    def draw(canvas: Canvas) -> None:
        canvas.drawString(50, 200, "年度")  # 20 points wide
        canvas.drawString(72, 200, "决算")
        canvas.drawString(50, 150, "支出总计")
        canvas.drawString(93, 150, "万元")

    assert lines_of(pdf(draw)) == ["年度决算", "支出总计 万元"]


def test_all_text_is_in_lines_inside_tables_and_outside(pdf):
    def draw(canvas: Canvas) -> None:
        canvas.drawString(50, 270, "收入决算表")
        stroke_lines(canvas, [50, 150, 250], [100, 120, 140])
        canvas.drawString(60, 126, "合计")
        canvas.drawString(160, 126, "5.00")
        canvas.drawString(260, 126, "7.00")  # beside the table, in no cell

    page = read_file(pdf(draw), 10).pages[0]
    assert [line.text for line in page.lines] == ["收入决算表", "合计 5.00 7.00"]
    assert [cell.text for cell in page.grids[0].cells] == ["合计", "5.00", "", ""]


def run(text: str, x: float, baseline: float, descent: float, size: float = 10) -> Run:
    """A run as a font of this descent places it."""
    bottom = baseline - descent * size
    edges = [x + size * i for i in range(len(text) + 1)]
    return Run(list(text), edges[:-1], edges[1:], bottom - size, bottom, True, baseline, size)


def test_wild_descents_tear_no_line_apart():
    # digits whose font says -0.55 em lie 4 points below the words of their own sentence
    runs = [run("年度收入总计", 50, 100, -0.14), run("2995", 110, 100, -0.55), run("万元", 150, 100, -0.14)]
    assert [line.text for line in text_lines(runs)] == ["年度收入总计2995万元"]


def test_text_that_reaches_into_other_text_is_ordered_by_character():
    spread = Run(["甲", "乙"], [50, 90], [60, 100], 90, 100, True, 98, 10)
    assert [line.text for line in text_lines([spread, run("中", 70, 98, -0.2)])] == ["甲 中 乙"]


def test_sideways_text_is_kept_by_column(pdf):
    def draw(canvas: Canvas) -> None:
        canvas.drawString(50, 200, "正文")
        canvas.saveState()
        canvas.translate(300, 100)
        canvas.rotate(90)
        canvas.drawString(0, 0, "watermark")
        canvas.drawString(0, -30, "second")
        canvas.restoreState()

    assert lines_of(pdf(draw)) == ["正文", "watermark", "second"]


def test_boxes_of_lines_begin_at_the_first_character_that_is_no_blank(pdf):
    def draw(canvas: Canvas) -> None:
        canvas.drawString(50, 200, "　　一、部门概况")

    (line,) = read_file(pdf(draw), 10).pages[0].lines
    assert line.text == "一、部门概况"
    assert line.box.x0 == 70.0
    assert 300 - line.box.bottom < 200 < 300 - line.box.top
