"""Ruling: the drawn paths of a page as lines, rectangles and curves, and the edges they give.

Belongs here: telling shapes apart exactly as pdfminer does, because stock pdfplumber is the reference.
Does not: which edges make a table (`tables`).
"""

from itertools import chain, repeat
from typing import NamedTuple

from pipeline.read import pdfium
from pipeline.read.pdfium import Buffer, Matrix

MAX_FORM_DEPTH = 8

Point = tuple[float, float]
Edge = tuple[float, float, float]
"""(position, low, high): a vertical edge is (x, top, bottom), a horizontal one (top, x0, x1)."""


class PageObjects(NamedTuple):
    """The drawn objects of a page in content order, each with the matrix of the forms it is nested in."""

    texts: list[tuple[int, Matrix]]
    paths: list[tuple[int, Matrix]]
    images: int


class Shape(NamedTuple):
    """One sub-path. `kind` is `line`, `rect` or `curve`; points are (x, top), as pdfplumber counts them."""

    kind: str
    points: list[Point]
    stroke: bool
    fill: bool


class Edges(NamedTuple):
    """The axis-parallel edges of a page."""

    vertical: list[Edge]
    horizontal: list[Edge]


def page_objects(page: int) -> PageObjects:
    """Return text and path objects of a loaded page, those inside form XObjects included."""
    found = PageObjects([], [], 0)
    images = _collect(page, pdfium.page_object_count, pdfium.page_object, pdfium.IDENTITY, found, 0)
    return found._replace(images=images)


def _collect(container, count, get, matrix: Matrix, found: PageObjects, depth: int) -> int:  # type: ignore[no-untyped-def]
    handles = list(map(get, repeat(container), range(count(container))))
    images = 0
    texts, paths = found.texts, found.paths
    for handle, kind in zip(handles, map(pdfium.object_type, handles), strict=True):
        if kind == pdfium.OBJECT_TEXT:
            texts.append((handle, matrix))
        elif kind == pdfium.OBJECT_PATH:
            paths.append((handle, matrix))
        elif kind == pdfium.OBJECT_IMAGE:
            images += 1
        elif kind == pdfium.OBJECT_FORM and depth < MAX_FORM_DEPTH:
            own = Buffer(6, "f")
            pdfium.object_matrix(handle, own.address)
            a, b, c, d, e, f = own.values()
            inner = pdfium.multiply((a, b, c, d, e, f), matrix)
            images += _collect(handle, pdfium.form_object_count, pdfium.form_object, inner, found, depth + 1)
    return images


def read_shapes(paths: list[tuple[int, Matrix]], base: Matrix, zero: float) -> list[Shape]:
    """Return the painted sub-paths. `base` turns page space upright, `zero` is the y of `top` 0."""
    if not paths:
        return []
    modes = Buffer(2 * len(paths), "i")
    handles = [handle for handle, _ in paths]
    pdfium.run(map(pdfium.path_draw_mode, handles, modes.addresses(2), modes.addresses(2, 1)))
    drawn = modes.values()
    painted = [
        (handle, matrix, fill, stroke)
        for (handle, matrix), fill, stroke in zip(paths, drawn[::2], drawn[1::2], strict=True)
        if fill or stroke
    ]
    handles = [entry[0] for entry in painted]
    counts = list(map(pdfium.path_segment_count, handles))
    own = Buffer(6 * len(handles), "f")
    pdfium.run(map(pdfium.object_matrix, handles, own.addresses(6)))
    matrices = own.values()
    owners = chain.from_iterable(map(repeat, handles, counts))
    segments = list(map(pdfium.path_segment, owners, chain.from_iterable(map(range, counts))))
    kinds = list(map(pdfium.segment_type, segments))
    closes = list(map(pdfium.segment_closes, segments))
    spots = Buffer(2 * len(segments), "f")
    pdfium.run(map(pdfium.segment_point, segments, spots.addresses(2), spots.addresses(2, 1)))
    numbers = spots.values()
    xs, ys = numbers[::2], numbers[1::2]

    shapes: list[Shape] = []
    first = 0
    upright = pdfium.is_identity(base)
    for index, (_, outer, fill, stroke) in enumerate(painted):
        last = first + counts[index]
        a, b, c, d, e, f = matrices[6 * index : 6 * index + 6]
        if outer is not pdfium.IDENTITY or not upright:
            a, b, c, d, e, f = pdfium.multiply(pdfium.multiply((a, b, c, d, e, f), outer), base)
        if b == 0 == c:
            points = [
                (a * x + e, zero - (d * y + f)) for x, y in zip(xs[first:last], ys[first:last], strict=True)
            ]
        else:
            points = [
                (a * x + c * y + e, zero - (b * x + d * y + f))
                for x, y in zip(xs[first:last], ys[first:last], strict=True)
            ]
        marks = kinds[first:last]
        start = 0
        while start < len(marks):  # a sub-path begins at each moveto
            try:
                end = marks.index(pdfium.SEGMENT_MOVE, start + 1)
            except ValueError:
                end = len(marks)
            if end - start > 1:
                closed = bool(closes[first + end - 1])
                shapes.append(_shape(points[start:end], marks[start:end], closed, bool(stroke), bool(fill)))
            start = end
        first = last
    return shapes


def _shape(points: list[Point], marks: list[int], closed: bool, stroke: bool, fill: bool) -> Shape:
    """Classify one sub-path as pdfminer's `paint_path` does."""
    if pdfium.SEGMENT_CURVE in marks:
        # Of each Bézier pdfminer keeps the end point, which PDFium gives as the third of three.
        kept: list[Point] = []
        run = 0
        for point, mark in zip(points, marks, strict=True):
            run = run + 1 if mark == pdfium.SEGMENT_CURVE else 0
            if run in (0, 3):
                kept.append(point)
                run = 0
        if closed:
            kept.append(kept[0])
        return Shape("curve", kept, stroke, fill)
    if closed and not (len(points) > 2 and points[-1] == points[0]):
        points.append(points[0])
    count = len(points)
    if count == 2 or (closed and count == 3 and points[2] == points[0]):
        return Shape("line", points[:2], stroke, fill)
    if count == 5 and points[0] == points[4]:
        (x0, y0), (x1, y1), (x2, y2), (x3, y3), _ = points
        if (x0 == x1 and y1 == y2 and x2 == x3 and y3 == y0) or (
            y0 == y1 and x1 == x2 and y2 == y3 and x3 == x0
        ):
            return Shape("rect", points, stroke, fill)
    return Shape("curve", points, stroke, fill)


def edges(shapes: list[Shape]) -> Edges:
    """Return the edges of all shapes in pdfplumber's order: lines, then rectangles, then curves.

    As in pdfplumber, a line that is not level counts as vertical at its left end.
    """
    lines, rects, curves = Edges([], []), Edges([], []), Edges([], [])
    for kind, points, _, _ in shapes:
        if kind == "rect":
            (x0, y0), (x1, y1) = points[0], points[2]
            if x1 < x0:
                x0, x1 = x1, x0
            if y1 < y0:
                y0, y1 = y1, y0
            rects.horizontal.extend(((y0, x0, x1), (y1, x0, x1)))
            rects.vertical.extend(((x0, y0, y1), (x1, y0, y1)))
        elif kind == "line":
            (x0, y0), (x1, y1) = points
            if y0 == y1:
                lines.horizontal.append((y0, x0, x1) if x0 <= x1 else (y0, x1, x0))
            else:
                lines.vertical.append((min(x0, x1), y0, y1) if y0 <= y1 else (min(x0, x1), y1, y0))
        else:
            for (x0, y0), (x1, y1) in zip(points, points[1:], strict=False):
                if x0 == x1:
                    curves.vertical.append((x0, y0, y1) if y0 <= y1 else (x0, y1, y0))
                elif y0 == y1:
                    curves.horizontal.append((y0, x0, x1) if x0 <= x1 else (y0, x1, x0))
    return Edges(
        lines.vertical + rects.vertical + curves.vertical,
        lines.horizontal + rects.horizontal + curves.horizontal,
    )
