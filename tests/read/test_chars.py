"""Characters that PDFium by itself would lose, replace or misplace."""

import logging

import pdfplumber
import pytest
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from pipeline.read.files import read_file
from pipeline.read.page import PdfiumFile
from tests.read.drawing import SONG, our_tables, stock_tables, stroke_lines


def one_cell_row(canvas: Canvas) -> None:
    stroke_lines(canvas, [50, 200, 350], [100, 120])


def test_lone_blanks_part_words(pdf):
    # a text object that holds a blank and nothing else has no width, and PDFium leaves it out
    def draw(canvas: Canvas) -> None:
        one_cell_row(canvas)
        for x, text in ((60, "因"), (70, " "), (71, "公"), (81, " "), (81.5, " "), (82, "出国")):
            canvas.drawString(x, 106, text)

    path = pdf(draw)
    assert our_tables(path) == stock_tables(path) == [[[["因 公 出国", ""]]]]


def test_replacement_text_does_not_replace_what_is_drawn(pdf):
    def draw(canvas: Canvas) -> None:
        one_cell_row(canvas)
        canvas._code.append("/Span <</ActualText (9,999.99)>> BDC")
        canvas.drawString(60, 106, "1,234.50")
        canvas._code.append("EMC")

    path = pdf(draw)
    assert our_tables(path) == stock_tables(path) == [[[["1,234.50", ""]]]]


def test_look_alikes_and_full_width_digits_stay_as_printed(pdf):
    def draw(canvas: Canvas) -> None:
        one_cell_row(canvas)
        canvas.drawString(60, 106, "２０２４年")
        canvas.drawString(210, 106, "ＸＸ（万元）")

    path = pdf(draw)
    assert our_tables(path) == stock_tables(path) == [[[["２０２４年", "ＸＸ（万元）"]]]]
    assert [line.text for line in read_file(path, 10).pages[0].lines] == ["２０２４年 ＸＸ（万元）"]


def test_a_hyphen_at_the_end_of_a_line(pdf):
    def draw(canvas: Canvas) -> None:
        stroke_lines(canvas, [50, 200, 350], [100, 140])
        canvas.drawString(60, 126, "well-")
        canvas.drawString(60, 110, "known")

    path = pdf(draw)
    assert our_tables(path) == stock_tables(path) == [[[["well-\nknown", ""]]]]


def test_clipped_and_hidden_text_is_read(pdf):
    def draw(canvas: Canvas) -> None:
        one_cell_row(canvas)
        clip = canvas.beginPath()
        clip.rect(0, 0, 10, 10)
        canvas.saveState()
        canvas.clipPath(clip, stroke=0)
        canvas.drawString(60, 106, "12.00")
        canvas.restoreState()
        hidden = canvas.beginText(210, 106)
        hidden.setFont(SONG, 10)
        hidden.setTextRenderMode(3)
        hidden.textOut("34.00")
        canvas.drawText(hidden)

    path = pdf(draw)
    assert our_tables(path) == stock_tables(path) == [[[["12.00", "34.00"]]]]


def test_text_printed_twice_in_one_place_is_read_once(pdf):
    # a poor man's bold, which stock pdfplumber reads as 合合计计
    def draw(canvas: Canvas) -> None:
        one_cell_row(canvas)
        canvas.drawString(60, 106, "合计")
        canvas.drawString(60, 106, "合计")

    assert our_tables(pdf(draw)) == [[[["合计", ""]]]]


def test_vertical_writing_is_left_to_pdfplumber_and_said_so(pdf, caplog):
    vertical = UnicodeCIDFont("HeiseiMin-W3", isVertical=True)
    pdfmetrics.registerFont(vertical)

    def draw(canvas: Canvas) -> None:
        stroke_lines(canvas, [50, 100, 350], [100, 250])
        canvas.setFont(vertical.fontName, 10)
        canvas.drawString(75, 240, "国有資本")

    def plain(canvas: Canvas) -> None:
        one_cell_row(canvas)
        canvas.drawString(60, 106, "横排")

    path = pdf(draw, plain)
    assert our_tables(path) == stock_tables(path)
    with caplog.at_level(logging.WARNING):
        first, second = read_file(path, 10).pages
    assert (first.reading, second.reading) == ("pdfplumber", "text")
    assert "".join(line.text for line in first.lines) == "国有資本"
    assert "report.pdf, page 1: vertical writing, read by pdfplumber" in caplog.text


@pytest.mark.parametrize(("angle", "dx", "dy"), [(90, 300, 0), (180, 400, 300), (270, 0, 400)])
def test_vertical_writing_is_seen_on_rotated_pages(pdf, angle, dx, dy):
    vertical = UnicodeCIDFont("HeiseiMin-W3", isVertical=True)
    pdfmetrics.registerFont(vertical)

    def draw(canvas: Canvas) -> None:
        canvas.setPageRotation(angle)
        canvas.translate(dx, dy)
        canvas.rotate(angle)
        stroke_lines(canvas, [50, 100, 350], [100, 250])
        canvas.setFont(vertical.fontName, 10)
        canvas.drawString(75, 240, "国有資本")

    path = pdf(draw, size=(400, 300) if angle == 180 else (300, 400))
    assert our_tables(path) == stock_tables(path)
    assert read_file(path, 10).pages[0].reading == "pdfplumber"


def test_boxes_are_pdfplumbers(pdf):
    pdfmetrics.registerFont(TTFont("Vera", "Vera.ttf"))

    def draw(canvas: Canvas) -> None:
        canvas.setFont("Vera", 12)
        canvas.drawString(60, 106, "Total 12.5")
        canvas.rect(50, 100, 80, 20)

    path = pdf(draw)
    with PdfiumFile(path) as file, pdfplumber.open(path) as stock:
        ours, theirs = file.page(0), stock.pages[0]
        for kind in ("chars", "rects"):
            for mine, its in zip(getattr(ours, kind), getattr(theirs, kind), strict=True):
                for side in ("x0", "top", "x1", "bottom", "y0", "y1", "doctop", "width", "height"):
                    assert abs(mine[side] - its[side]) < 0.1
        ours.close()
