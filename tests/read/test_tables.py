import itertools
import random
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pdfplumber.table import (
    Table,
    cells_to_tables,
    edges_to_intersections,
    intersections_to_cells,
    merge_edges,
)
from pdfplumber.utils import filter_edges
from reportlab.pdfgen.canvas import Canvas

from pipeline.read.chars import Run, chars
from pipeline.read.paths import Edge
from pipeline.read.tables import PageText, find_cells, group_tables, rows_of_text, snap_and_join
from tests.read.drawing import our_tables, stock_tables, stroke_lines, write_cells

XS = [50.0, 150.0, 250.0, 350.0]
YS = [100.0, 120.0, 140.0, 160.0]
ROWS = [["项目", "预算数", "决算数"], ["一、教育支出", "1,234.50", "1,230.00"], ["合计", "", "0.00"]]
EXPECTED = [[["项目", "预算数", "决算数"], ["一、教育支出", "1,234.50", "1,230.00"], ["合计", "", "0.00"]]]


def stroked(canvas: Canvas) -> None:
    stroke_lines(canvas, XS, YS)


def thin_rects(canvas: Canvas) -> None:
    for x in XS:
        canvas.rect(x, YS[0], 0.5, YS[-1] - YS[0], stroke=0, fill=1)
    for y in YS:
        canvas.rect(XS[0], y, XS[-1] - XS[0], 0.5, stroke=0, fill=1)


def cell_rects(canvas: Canvas) -> None:
    for x, right in itertools.pairwise(XS):
        for y, top in itertools.pairwise(YS):
            canvas.rect(x, y, right - x, top - y)


def corner_marks(canvas: Canvas) -> None:
    # as Word does: each side of a cell a filled rectangle, and a small square where they meet
    for x, right in itertools.pairwise(XS):
        for y in YS:
            canvas.rect(x + 0.48, y, right - x - 0.48, 0.48, stroke=0, fill=1)
    for x in XS:
        for y in YS:
            canvas.rect(x, y, 0.48, 0.48, stroke=0, fill=1)
        for y, top in itertools.pairwise(YS):
            canvas.rect(x, y + 0.48, 0.48, top - y - 0.48, stroke=0, fill=1)


def curves(canvas: Canvas) -> None:
    def straight_curve(x0: float, y0: float, x1: float, y1: float) -> None:
        path = canvas.beginPath()
        path.moveTo(x0, y0)
        path.curveTo(x0 + (x1 - x0) / 3, y0 + (y1 - y0) / 3, x1, y1, x1, y1)
        canvas.drawPath(path)

    for x in XS:
        straight_curve(x, YS[0], x, YS[-1])
    for y in YS:
        straight_curve(XS[0], y, XS[-1], y)


def open_path(canvas: Canvas) -> None:
    # one path of many sub-paths
    path = canvas.beginPath()
    for x in XS:
        path.moveTo(x, YS[0])
        path.lineTo(x, YS[-1])
    for y in YS:
        path.moveTo(XS[0], y)
        path.lineTo(XS[-1], y)
    canvas.drawPath(path)


def white_rules(canvas: Canvas) -> None:
    canvas.setFillGray(0.8)
    canvas.rect(XS[0], YS[0], XS[-1] - XS[0], YS[-1] - YS[0], stroke=0, fill=1)
    canvas.setStrokeGray(1)
    stroke_lines(canvas, XS, YS)
    canvas.setFillGray(0)


def on_white_page(canvas: Canvas) -> None:
    canvas.setFillGray(1)
    canvas.rect(0, 0, 400, 300, stroke=0, fill=1)
    canvas.setFillGray(0)
    stroke_lines(canvas, XS, YS)


@pytest.mark.parametrize(
    "borders",
    [stroked, thin_rects, cell_rects, corner_marks, curves, open_path, white_rules, on_white_page],
)
def test_every_way_to_draw_borders_gives_the_table(pdf, borders):
    def draw(canvas: Canvas) -> None:
        borders(canvas)
        write_cells(canvas, XS, YS, ROWS)

    path = pdf(draw)
    assert our_tables(path) == [EXPECTED]
    assert stock_tables(path) == [EXPECTED]


def form_xobject(canvas: Canvas) -> None:
    canvas.beginForm("table")
    canvas.setFont("STSong-Light", 10)
    stroke_lines(canvas, XS, YS)
    write_cells(canvas, XS, YS, ROWS)
    canvas.endForm()
    canvas.saveState()
    canvas.translate(20, 30)
    canvas.scale(0.8, 0.8)
    canvas.doForm("table")
    canvas.restoreState()


def test_tables_inside_form_xobjects(pdf):
    path = pdf(form_xobject)
    assert our_tables(path) == stock_tables(path) == [EXPECTED]


@pytest.mark.parametrize("angle", [90, 180, 270])
def test_rotated_pages(pdf, angle):
    def draw(canvas: Canvas) -> None:
        canvas.setPageRotation(angle)
        if angle == 90:
            canvas.translate(300, 0)
            canvas.rotate(90)
        elif angle == 180:
            canvas.translate(400, 300)
            canvas.rotate(180)
        else:
            canvas.translate(0, 400)
            canvas.rotate(-90)
        stroke_lines(canvas, XS, YS)
        write_cells(canvas, XS, YS, ROWS)

    path = pdf(draw, size=(400, 300) if angle == 180 else (300, 400))
    assert our_tables(path) == stock_tables(path) == [EXPECTED]


def test_text_turned_by_its_matrix_reads_as_pdfplumber_reads_it(pdf):
    def draw(canvas: Canvas) -> None:
        stroke_lines(canvas, [50, 100, 350], [100, 250])
        canvas.drawString(110, 120, "横排")
        canvas.saveState()
        canvas.translate(80, 110)
        canvas.rotate(90)
        canvas.drawString(0, 0, "turned")
        canvas.restoreState()

    path = pdf(draw)
    assert our_tables(path) == stock_tables(path)
    assert our_tables(path)[0][0][0][1] == "横排"


def test_merged_cells_and_wrapped_numbers(pdf):
    def draw(canvas: Canvas) -> None:
        canvas.rect(50, 100, 300, 60)
        canvas.line(50, 140, 350, 140)
        canvas.line(150, 100, 150, 140)
        canvas.line(150, 120, 350, 120)
        canvas.drawString(60, 146, "合并的表头")
        canvas.drawString(160, 131, "35.7")
        canvas.drawString(160, 122, "2%")

    path = pdf(draw)
    expected = [[["合并的表头", None], ["", "35.7\n2%"], [None, ""]]]
    assert our_tables(path) == stock_tables(path) == [expected]


def test_a_page_of_prose_is_passed_before_its_text_is_asked_for(pdf):
    from pipeline.read.page import PdfiumFile

    path = pdf(lambda canvas: canvas.drawString(50, 200, "没有表格"))
    with PdfiumFile(path) as file:
        page = file.page(0)
        assert page.extract_tables() == []
        assert "runs" not in vars(page)
        assert page.extract_text() == "没有表格"
        page.close()


def test_other_table_settings_take_pdfplumbers_own_finder(pdf):
    import pdfplumber

    from pipeline.read.page import PdfiumFile

    def draw(canvas: Canvas) -> None:
        for y, text in ((200, "left"), (180, "right"), (160, "third")):
            canvas.drawString(50, y, text)
            canvas.drawString(150, y, text)

    path = pdf(draw)
    wanted = {"vertical_strategy": "text", "horizontal_strategy": "text", "min_words_vertical": 2}
    with PdfiumFile(path) as file, pdfplumber.open(path) as stock:
        page = file.page(0)
        assert page.extract_tables(wanted) == stock.pages[0].extract_tables(wanted)
        assert page.extract_tables(wanted) != []
        page.close()


# coordinates that lie close enough to be snapped, joined, and to miss each other by a tolerance
POSITION = st.integers(0, 40).map(lambda n: n * 1.5)
EDGE = st.tuples(POSITION, POSITION, st.integers(0, 40).map(lambda n: n * 1.5)).map(
    lambda e: (e[0], min(e[1:]), max(e[1:]))
)


def stock_cells(vertical: list[Edge], horizontal: list[Edge]) -> list[list[tuple[float, ...]]]:
    edges = [
        {"x0": x, "x1": x, "top": top, "bottom": bottom, "orientation": "v", "doctop": top, "width": 0.0}
        | {"height": bottom - top, "object_type": "line"}
        for x, top, bottom in vertical
    ] + [
        {"x0": x0, "x1": x1, "top": top, "bottom": top, "orientation": "h", "doctop": top, "height": 0.0}
        | {"width": x1 - x0, "object_type": "line"}
        for top, x0, x1 in horizontal
    ]
    kept = filter_edges(edges, "v", min_length=1) + filter_edges(edges, "h", min_length=1)
    merged = filter_edges(merge_edges(kept, 3, 3, 3, 3), min_length=3) if kept else []
    found = cells_to_tables(intersections_to_cells(edges_to_intersections(merged, 3, 3)))
    return [sorted(table) for table in found]


def our_cells(vertical: list[Edge], horizontal: list[Edge]) -> list[list[tuple[float, ...]]]:
    found = group_tables(find_cells(snap_and_join(vertical), snap_and_join(horizontal)))
    return [sorted(table) for table in found]


@settings(max_examples=300, deadline=None)
@given(st.lists(EDGE, max_size=25), st.lists(EDGE, max_size=25))
def test_finder_agrees_with_pdfplumber_on_any_edges(vertical, horizontal):
    assert our_cells(vertical, horizontal) == stock_cells(vertical, horizontal)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.integers(4, 30), min_size=2, max_size=7),
    st.lists(st.integers(4, 30), min_size=2, max_size=7),
    st.randoms(use_true_random=False),
)
def test_finder_agrees_with_pdfplumber_on_broken_grids(widths, heights, chance: random.Random):
    xs = [sum(widths[:i]) + 10.0 for i in range(len(widths) + 1)]
    ys = [sum(heights[:i]) + 10.0 for i in range(len(heights) + 1)]

    def near(value: float) -> float:
        return value + chance.choice((0, 0, 0, 0.4, -1.3))

    vertical = [
        (near(x), near(top), near(bottom))
        for x in xs
        for top, bottom in itertools.pairwise(ys)
        if chance.random() < 0.9
    ]
    horizontal = [
        (near(y), near(left), near(right))
        for y in ys
        for left, right in itertools.pairwise(xs)
        if chance.random() < 0.9
    ]
    assert our_cells(vertical, horizontal) == stock_cells(vertical, horizontal)


LETTER = st.tuples(st.sampled_from("1甲, 　ﬁx"), st.integers(-4, 14), st.sampled_from([4.0, 9.0]))
RUN = st.tuples(st.integers(0, 60), st.integers(0, 25), st.lists(LETTER, min_size=1, max_size=6))


@settings(max_examples=400, deadline=None)
@given(st.lists(RUN, min_size=1, max_size=9), st.booleans())
def test_cell_text_agrees_with_pdfplumber_on_any_runs(drawn, sideways):
    runs = []
    for place, (x, height, letters) in enumerate(drawn):
        top, lefts = height * 0.8, [float(x)]
        for _, step, _ in letters[1:]:
            lefts.append(lefts[-1] + step)
        rights = [left + width for left, (_, _, width) in zip(lefts, letters, strict=True)]
        text = [letter for letter, _, _ in letters]
        upright = not (sideways and place % 3 == 1)
        runs.append(Run(text, lefts, rights, top, top + 9, upright, top + 7.5, 9.0))
    objects = [
        {"text": text, "x0": x0, "x1": x1, "top": top, "bottom": bottom, "upright": upright}
        | {"doctop": top, "width": x1 - x0, "height": 9.0, "size": 9.0}
        for text, x0, x1, top, bottom, upright in chars(runs)
    ]
    cells = [
        (0.0, 0.0, 30.0, 15.0),
        (30.0, 0.0, 70.0, 30.0),
        (0.0, 15.0, 30.0, 30.0),
        (20.0, 0.0, 50.0, 15.0),
    ]
    ours = rows_of_text(cells, PageText(runs).of_cells(cells))
    assert ours == Table(SimpleNamespace(chars=objects), cells).extract(x_tolerance=3, y_tolerance=3)


def test_path_is_read_as_given_by_string(pdf):
    path = pdf(stroked)
    assert our_tables(str(path)) == our_tables(Path(path))
