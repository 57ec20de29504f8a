"""What pdfplumber offers on a page, on ours."""

import pdfplumber
import pytest
from reportlab.pdfgen.canvas import Canvas

from pipeline.read.page import PdfiumFile
from tests.read.drawing import stroke_lines, write_cells

XS, YS = [50.0, 150.0, 250.0], [100.0, 120.0, 140.0]


@pytest.fixture
def path(pdf):
    def draw(canvas: Canvas) -> None:
        canvas.drawString(50, 200, "收入决算表")
        stroke_lines(canvas, XS, YS)
        write_cells(canvas, XS, YS, [["项目", "决算数"], ["合计", "12.50"]])

    return pdf(draw)


@pytest.fixture
def page(path):
    with PdfiumFile(path) as file:
        page = file.page(0)
        yield page
        page.close()


def test_extract_text_and_words(path, page):
    with pdfplumber.open(path) as stock:
        assert page.extract_text() == stock.pages[0].extract_text() == "收入决算表\n项目 决算数\n合计 12.50"
        assert [word["text"] for word in page.extract_words()] == [
            "收入决算表",
            "项目",
            "决算数",
            "合计",
            "12.50",
        ]
        assert page.search("12.50")[0]["x0"] == pytest.approx(154)


def test_crop_and_filter(page):
    assert page.crop((0, 0, 400, 120)).extract_text() == "收入决算表"
    assert page.within_bbox((150, 160, 260, 205)).extract_text() == "决算数\n12.50"
    digits = page.filter(lambda obj: obj["object_type"] != "char" or obj["text"] in "0123456789.")
    assert digits.extract_tables() == [[["", ""], ["", "12.50"]]]


def test_tables_have_cells_rows_and_boxes(page):
    (table,) = page.find_tables()
    assert table.bbox == (50, 160, 250, 200)
    assert [row.bbox for row in table.rows] == [(50, 160, 250, 180), (50, 180, 250, 200)]
    assert table.extract() == page.extract_table() == [["项目", "决算数"], ["合计", "12.50"]]


def test_debug_pictures_show_the_cells(page):
    picture = page.to_image(resolution=72)
    before = picture.original.copy()
    assert before.size == (400, 300)
    drawn = picture.debug_tablefinder().annotated
    changed = [
        (x, y)
        for x in range(400)
        for y in range(300)
        if drawn.getpixel((x, y))[:3] != before.getpixel((x, y))
    ]
    assert min(x for x, _ in changed) in range(44, 52)
    assert max(x for x, _ in changed) in range(248, 256)
    assert min(y for _, y in changed) in range(154, 162)
    assert max(y for _, y in changed) in range(198, 206)


def test_pages_are_closed_one_by_one(pdf):
    path = pdf(*[lambda canvas, n=n: canvas.drawString(50, 200, f"page {n}") for n in range(3)])
    with PdfiumFile(path) as file:
        read = []
        for page in file.pages():
            assert all(earlier._handle is None for earlier in read)
            assert page.initial_doctop == 300 * len(read)
            assert page.extract_text() == f"page {len(read)}"
            read.append(page)
    assert len(read) == 3


def test_annotations_come_from_pdfplumber(pdf):
    path = pdf(lambda canvas: canvas.linkURL("http://example.org/", (50, 100, 90, 120)))
    with PdfiumFile(path) as file:
        page = file.page(0)
        assert [link["uri"] for link in page.hyperlinks] == ["http://example.org/"]
        page.close()
