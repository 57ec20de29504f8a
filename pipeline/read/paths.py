"""Ruling: the drawn paths of a page as lines, rectangles and curves, and the edges they give.

Belongs here: telling shapes apart exactly as pdfminer does, because stock pdfplumber is the reference.
Does not: which edges make a table (`tables`).
"""

from itertools import accumulate, chain, pairwise, repeat
from typing import NamedTuple

from pipeline.read import pdfium
from pipeline.read.pdfium import Buffer, Matrix

MAX_FORM_DEPTH = 8

Point = tuple[float, float]
Edge = tuple[float, float, float]
"""(position, low, high): a vertical edge is (x, top, bottom), a horizontal one (top, x0, x1)."""

LINE, RECT, CURVE = "line", "rect", "curve"

_MOVE, _LINE, _CURVE = pdfium.SEGMENT_MOVE, pdfium.SEGMENT_LINE, pdfium.SEGMENT_CURVE
_FOUR_SIDES = [_MOVE, _LINE, _LINE, _LINE, _LINE]


class Group(NamedTuple):
    """Objects that follow each other in content order within one form, and the matrix of that form."""

    matrix: Matrix
    texts: list[int]
    paths: list[int]


class PageObjects(NamedTuple):
    """The drawn objects of a page in content order, and how many pictures it holds."""

    groups: list[Group]
    images: int


class Frame(NamedTuple):
    """How page space becomes pdfplumber's: `base` turns it upright, `zero` is the turned y of `top` 0."""

    base: Matrix
    zero: float


class Shape(NamedTuple):
    """One painted sub-path; points are (x, top), as pdfplumber counts them."""

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
    groups: list[Group] = []
    handles = map(pdfium.page_object, repeat(page), range(pdfium.page_object_count(page)))
    images = _collect(list(handles), pdfium.IDENTITY, groups, 0)
    return PageObjects(groups, images)


def _collect(handles: list[int], matrix: Matrix, groups: list[Group], depth: int) -> int:
    """Add objects of one container to `groups`; return the number of its pictures."""
    kinds = list(map(pdfium.object_type, handles))
    images = kinds.count(pdfium.OBJECT_IMAGE)
    forms = [index for index, kind in enumerate(kinds) if kind == pdfium.OBJECT_FORM]
    for before, index in pairwise([-1, *forms, len(kinds)]):
        stretch = list(zip(handles[before + 1 : index], kinds[before + 1 : index], strict=True))
        texts = [handle for handle, kind in stretch if kind == pdfium.OBJECT_TEXT]
        paths = [handle for handle, kind in stretch if kind == pdfium.OBJECT_PATH]
        groups.append(Group(matrix, texts, paths))
        if index < len(kinds) and depth < MAX_FORM_DEPTH:
            form = handles[index]
            own = Buffer(6, "f")
            pdfium.object_matrix(form, own.address)
            a, b, c, d, e, f = own.values()
            members = map(pdfium.form_object, repeat(form), range(pdfium.form_object_count(form)))
            inner = pdfium.multiply((a, b, c, d, e, f), matrix)
            images += _collect(list(members), inner, groups, depth + 1)
    return images


def read_shapes(objects: PageObjects, frame: Frame) -> list[Shape]:
    """Return the painted sub-paths of a page in content order."""
    return [shape for group in objects.groups if group.paths for shape in _shapes(group, frame)]


def _shapes(group: Group, frame: Frame) -> list[Shape]:
    modes = Buffer(2 * len(group.paths), "i")
    pdfium.run(map(pdfium.path_draw_mode, group.paths, modes.addresses(2), modes.addresses(2, 1)))
    drawn = modes.values()
    painted = [
        (path, fill > 0, stroke > 0)
        for path, fill, stroke in zip(group.paths, drawn[::2], drawn[1::2], strict=True)
        if fill or stroke
    ]
    paths = [path for path, _, _ in painted]
    counts = list(map(pdfium.path_segment_count, paths))
    owners = [path for path, count in zip(paths, counts, strict=True) for _ in range(count)]
    segments = list(map(pdfium.path_segment, owners, chain.from_iterable(map(range, counts))))
    kinds = list(map(pdfium.segment_type, segments))
    spots = Buffer(2 * len(segments), "f")
    pdfium.run(map(pdfium.segment_point, segments, spots.addresses(2), spots.addresses(2, 1)))
    numbers = spots.values()
    xs, ys = numbers[::2], numbers[1::2]
    own = Buffer(6 * len(paths), "f")
    pdfium.run(map(pdfium.object_matrix, paths, own.addresses(6)))
    matrices = own.values()

    outer = pdfium.multiply(group.matrix, frame.base)
    as_placed = pdfium.is_identity(outer)
    zero = frame.zero
    shapes: list[Shape] = []
    spans = pairwise(accumulate(counts, initial=0))
    for (_, fill, stroke), (first, last), a, b, c, d, e, f in zip(
        painted, spans, *(matrices[i::6] for i in range(6)), strict=True
    ):
        if not as_placed:
            a, b, c, d, e, f = pdfium.multiply((a, b, c, d, e, f), outer)  # noqa: PLW2901
        marks = kinds[first:last]
        if b == 0 == c:
            # the usual: a rectangle whose sides stay parallel to the page's
            if marks == _FOUR_SIDES:
                x0, x1, x2, x3, x4 = xs[first:last]
                y0, y1, y2, y3, y4 = ys[first:last]
                if x0 == x4 and y0 == y4 and _is_upright(x0, y0, x1, y1, x2, y2, x3, y3):
                    x0, x2, y0, y2 = a * x0 + e, a * x2 + e, zero - (d * y0 + f), zero - (d * y2 + f)
                    shapes.append(Shape(RECT, [(x0, y0), (x2, y2)], stroke, fill))
                    continue
            points = [
                (a * x + e, zero - (d * y + f)) for x, y in zip(xs[first:last], ys[first:last], strict=True)
            ]
        else:
            points = [
                (a * x + c * y + e, zero - (b * x + d * y + f))
                for x, y in zip(xs[first:last], ys[first:last], strict=True)
            ]
        # a sub-path begins at each moveto
        starts = [index for index, mark in enumerate(marks) if mark == _MOVE or index == 0]
        for start, end in pairwise([*starts, len(marks)]):
            if end - start > 1:
                closed = bool(pdfium.segment_closes(segments[first + end - 1]))
                kind, corners = _classify(points[start:end], marks[start:end], closed)
                shapes.append(Shape(kind, corners, stroke, fill))
    return shapes


def _is_upright(
    x0: float, y0: float, x1: float, y1: float, x2: float, y2: float, x3: float, y3: float
) -> bool:
    """Whether four corners in order are those of a rectangle with sides parallel to the axes."""
    if x0 == x1:
        return y1 == y2 and x2 == x3 and y3 == y0
    return y0 == y1 and x1 == x2 and y2 == y3 and x3 == x0


def _classify(points: list[Point], marks: list[int], closed: bool) -> tuple[str, list[Point]]:
    """Tell what one sub-path is, as pdfminer's `paint_path` does, and by which points.

    A line has its two ends, a rectangle two opposite corners, a curve all its corners (of each Bézier pdfminer
    keeps the end, which PDFium gives as the third of three points).
    """
    if _CURVE in marks:
        kept: list[Point] = []
        run = 0
        for point, mark in zip(points, marks, strict=True):
            run = run + 1 if mark == _CURVE else 0
            if run in (0, 3):
                kept.append(point)
                run = 0
        return CURVE, [*kept, kept[0]] if closed else kept
    if closed and not (len(points) > 2 and points[-1] == points[0]):
        points.append(points[0])
    if len(points) == 2 or (closed and len(points) == 3 and points[2] == points[0]):
        return LINE, points[:2]
    if len(points) == 5 and points[0] == points[4]:
        (x0, y0), (x1, y1), (x2, y2), (x3, y3), _ = points
        if _is_upright(x0, y0, x1, y1, x2, y2, x3, y3):
            return RECT, [points[0], points[2]]
    return CURVE, points


def edges(shapes: list[Shape]) -> Edges:
    """Return the edges of all shapes in pdfplumber's order: lines, then rectangles, then curves.

    As in pdfplumber, a line that is not level counts as vertical at its left end.
    """
    lines, rects, curves = Edges([], []), Edges([], []), Edges([], [])
    for kind, points, _, _ in shapes:
        if kind == CURVE:
            for (x0, y0), (x1, y1) in pairwise(points):
                if x0 == x1:
                    curves.vertical.append((x0, y0, y1) if y0 <= y1 else (x0, y1, y0))
                elif y0 == y1:
                    curves.horizontal.append((y0, x0, x1) if x0 <= x1 else (y0, x1, x0))
            continue
        (x0, y0), (x1, y1) = points
        left, right = (x0, x1) if x0 <= x1 else (x1, x0)
        top, bottom = (y0, y1) if y0 <= y1 else (y1, y0)
        if kind == RECT:
            rects.horizontal.append((top, left, right))
            rects.horizontal.append((bottom, left, right))
            rects.vertical.append((left, top, bottom))
            rects.vertical.append((right, top, bottom))
        elif top == bottom:
            lines.horizontal.append((top, left, right))
        else:
            lines.vertical.append((left, top, bottom))
    return Edges(
        lines.vertical + rects.vertical + curves.vertical,
        lines.horizontal + rects.horizontal + curves.horizontal,
    )
