"""Pages that are pictures: read as printed pages are, or doubted."""

import re
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from pipeline.forms.text import printed_number
from pipeline.pool import Failed, Limits, limited_map
from pipeline.read.document import Box, Cell, Document, Page, as_shown
from pipeline.read.files import read_file
from samples import sample_set, write_report
from tests.read.drawing import stroke_lines, write_cells

pytest.importorskip("rapidocr", reason="text recognition is an extra")
from tests.read.scanning import Scanner, scan

XS, YS = [40.0, 120.0, 200.0, 280.0], [100.0, 125.0, 150.0, 175.0]
ROWS = [["code", "total", "basic"], ["2060101", "1,203.45", "290.91"], ["2069999", "8.28", ""]]
PRINTED = [text for row in ROWS for text in row]
COPIER = Scanner(dpi=150, skew=0.7, noise=10, blur=0.8, quality=55)


def table(canvas: Canvas) -> None:
    canvas.drawString(60, 230, "收入决算表")
    canvas.setFont("Helvetica", 10)
    stroke_lines(canvas, XS, YS)
    write_cells(canvas, XS, YS, ROWS)


def words(canvas: Canvas) -> None:
    canvas.drawString(50, 200, "收入决算表")


def texts(page: Page) -> list[list[str]]:
    return [[cell.text for cell in grid.cells] for grid in page.grids]


def near(one: Box, other: Box, points: float) -> bool:
    sides = (one.x0 - other.x0, one.top - other.top, one.x1 - other.x1, one.bottom - other.bottom)
    return all(abs(side) <= points for side in sides)


def read(path: Path) -> Document:
    return read_file(path, 100)


def test_a_table_in_a_picture_is_read_as_the_printed_one(pdf, tmp_path):
    printed = read(pdf(table)).pages[0]
    document = read(scan(pdf(table), tmp_path / "scan.pdf", COPIER))
    assert read(tmp_path / "scan.pdf") == document  # the same again
    [page] = document.pages
    assert (page.reading, page.images, page.number) == ("ocr", 1, 1)
    assert texts(page) == [PRINTED]
    assert "收入决算表" in [line.text for line in page.lines]
    for cell, same in zip(page.grids[0].cells, printed.grids[0].cells, strict=True):
        assert near(as_shown(cell.box, page), same.box, 2.5)
        assert (cell.row, cell.column) == (same.row, same.column)
        assert cell.second is None
        assert (cell.confidence is None) == (cell.text == "")


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_sheet_that_lies_on_its_side_is_turned_upright(pdf, tmp_path, quarters):
    printed = read(pdf(table)).pages[0]
    [page] = read(scan(pdf(table), tmp_path / "scan.pdf", Scanner(quarters=quarters))).pages
    assert texts(page) == [PRINTED]
    assert (page.width, page.height) == pytest.approx((printed.width, printed.height), abs=0.5)
    assert page.turned == pytest.approx(360 - 90 * quarters, abs=0.3)
    last, same = page.grids[0].cells[-1].box, printed.grids[0].cells[-1].box
    assert near(last, same, 2.5)
    width, height = (page.height, page.width) if quarters % 2 else (page.width, page.height)
    placed = as_shown(last, page)
    assert 0 <= placed.x0 < placed.x1 <= width
    assert 0 <= placed.top < placed.bottom <= height


def test_printed_and_scanned_pages_in_one_file(pdf, tmp_path):
    pages = read(scan(pdf(words, table, words), tmp_path / "scan.pdf", Scanner(), pages=[2], keep=True)).pages
    assert [page.reading for page in pages] == ["text", "ocr", "text"]
    assert texts(pages[1]) == [PRINTED]


def test_a_page_number_on_a_scan_is_not_its_text(pdf, tmp_path):
    picture = picture_of(scan(pdf(table), tmp_path / "scan.pdf", Scanner()), tmp_path)

    def numbered(canvas: Canvas) -> None:
        canvas.drawImage(picture, 0, 0, 400, 300)
        canvas.drawString(190, 10, "- 3 -")

    [page] = read(pdf(numbered)).pages
    assert page.reading == "ocr"
    assert texts(page) == [PRINTED]


def test_a_picture_behind_the_text_of_a_cover_changes_nothing(pdf):
    sky = ImageReader(Image.new("RGB", (40, 30), (200, 220, 250)))

    def cover(canvas: Canvas) -> None:
        canvas.drawImage(sky, 0, 0, 400, 300)
        canvas.drawString(50, 200, "某某市示例区水务局二〇二三年度部门决算公开")

    [page] = read(pdf(cover)).pages
    assert (page.reading, page.images) == ("text", 1)
    assert [line.text for line in page.lines] == ["某某市示例区水务局二〇二三年度部门决算公开"]


def picture_of(path: Path, folder: Path) -> str:
    import pypdfium2

    with pypdfium2.PdfDocument(path) as document:
        document[0].render(scale=200 / 72).to_pil().save(folder / "page.png")
    return str(folder / "page.png")


def test_as_shown_undoes_the_turn():
    page = Page(1, 200.0, 100.0, "ocr", 1, (), ())
    box = Box(10.0, 20.0, 30.0, 25.0)
    assert as_shown(box, page) == box
    turned = {
        turn: as_shown(box, msgspec.structs.replace(page, turned=turn)) for turn in (90.0, 180.0, 270.0)
    }
    assert turned[180.0] == Box(170.0, 75.0, 190.0, 80.0)
    assert turned[90.0] == Box(20.0, 170.0, 25.0, 190.0)
    assert turned[270.0] == Box(75.0, 10.0, 80.0, 30.0)


def page_of_sample(folder: Path, code: str) -> Path:
    """Write the sample of the planning office for 2023 and return it."""
    [(report, layout)] = [(report, layout) for name, report, layout in sample_set() if code in name]
    path = folder / "sample.pdf"
    write_report(report, layout, path)
    return path


def numbers(page: Page) -> list[Cell]:
    return [cell for grid in page.grids for cell in grid.cells if re.fullmatch(r"[\d,]*\d\.\d\d", cell.text)]


def cell_over(place: Box, page: Page) -> Cell:
    """Return the cell of a recognised page that covers the middle of a printed one."""
    x, y = (place.x0 + place.x1) / 2, (place.top + place.bottom) / 2
    boxes = [(as_shown(cell.box, page), cell) for grid in page.grids for cell in grid.cells]
    [over] = [cell for box, cell in boxes if box.x0 <= x < box.x1 and box.top <= y < box.bottom]
    return over


@pytest.mark.slow
def test_a_stamped_form_from_a_poor_copier_has_no_wrong_number_unflagged(tmp_path):
    source = page_of_sample(tmp_path, "规划局_2023")
    printed = read(source)
    number = next(page.number for page in printed.pages if page.grids and page.lines[0].text == "收入决算表")
    scanner = replace(COPIER, seal=True, contrast=0.9)
    [page] = read(scan(source, tmp_path / "scan.pdf", scanner, pages=[number])).pages
    expected = [(cell.text, cell_over(cell.box, page)) for cell in numbers(printed.pages[number - 1])]
    assert len(expected) > 100
    wrong = [(printed, cell) for printed, cell in expected if cell.text != printed]
    assert len(wrong) <= 0.1 * len(expected)
    # told by the two readings, or no number at all (8.098.50 for 8,098.50)
    assert [pair for pair in wrong if pair[1].second is None and printed_number(pair[1].text)] == []


@pytest.mark.slow
def test_too_little_memory_is_told_as_such(pdf, tmp_path):
    path = scan(pdf(table), tmp_path / "scan.pdf", Scanner())
    limits = Limits(seconds=300, megabytes=900, workers=1, step_seconds=120)
    [(_, failed)] = limited_map(read, [path], limits)
    assert isinstance(failed, Failed)
    assert failed.reason == "memory_limit"


@pytest.mark.slow
def test_recognition_keeps_to_the_limits_of_the_pool(pdf, tmp_path):
    path = scan(pdf(table), tmp_path / "scan.pdf", Scanner())
    limits = Limits(seconds=300, megabytes=4096, workers=1, step_seconds=120)
    [(_, document)] = limited_map(read, [path], limits)
    assert isinstance(document, Document)
    assert texts(document.pages[0]) == [PRINTED]
