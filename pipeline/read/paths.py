"""Ruling: the drawn paths of a page as lines, rectangles and curves, and the edges they give.

Belongs here: telling shapes apart exactly as pdfminer does, because stock pdfplumber is the reference.
Does not: which edges make a table (`tables`).
"""

from itertools import accumulate, chain, compress, pairwise, repeat
from typing import Any, NamedTuple

from pipeline.read import pdfium
from pipeline.read.pdfium import Matrix, pointer

MAX_FORM_DEPTH = 8

Point = tuple[float, float]
Edge = tuple[float, float, float]
"""(position, low, high): a vertical edge is (x, top, bottom), a horizontal one (top, x0, x1)."""

Straight = tuple[float, float, float, float, bool, bool]

SHORTEST_EDGE = 1
"""Points. pdfplumber's finder drops shorter edges before it looks at any other."""

_MOVE, _LINE, _CURVE = pdfium.SEGMENT_MOVE, pdfium.SEGMENT_LINE, pdfium.SEGMENT_CURVE
_FOUR_SIDES = [_MOVE, _LINE, _LINE, _LINE, _LINE]


class Group(NamedTuple):
    """Objects that follow each other in content order within one form, and the matrix of that form.

    Texts are handles, which tell one from another; paths are pointers, ready for bulk calls.
    """

    matrix: Matrix
    texts: list[int]
    paths: list[Any]


class PageObjects(NamedTuple):
    """The drawn objects of a page in content order, and how many pictures it holds."""

    groups: list[Group]
    images: int


class Frame(NamedTuple):
    """How page space becomes pdfplumber's: `base` turns it upright, `zero` is the turned y of `top` 0."""

    base: Matrix
    zero: float


class Shapes(NamedTuple):
    """The painted sub-paths of a page, each with whether it is stroked and filled, in content order by kind.

    A line is its two ends and a rectangle two opposite corners, (x, top, x, top, stroke, fill); a curve is
    all its corners. Coordinates are pdfplumber's.
    """

    lines: list[Straight]
    rects: list[Straight]
    curves: list[tuple[list[Point], bool, bool]]


class Edges(NamedTuple):
    """The axis-parallel edges of a page."""

    vertical: list[Edge]
    horizontal: list[Edge]


def page_objects(page: int) -> PageObjects:
    """Return text and path objects of a loaded page, those inside form XObjects included."""
    groups: list[Group] = []
    count = pdfium.page_object_count(page)
    handles = map(pdfium.page_object, repeat(pointer(page)), range(count))
    images = _collect(list(handles), pdfium.IDENTITY, groups, 0)
    return PageObjects(groups, images)


def _collect(handles: list[int], matrix: Matrix, groups: list[Group], depth: int) -> int:
    """Add objects of one container to `groups`; return the number of its pictures."""
    objects = list(map(pointer, handles))
    kinds = list(map(pdfium.object_type, objects))
    images = kinds.count(pdfium.OBJECT_IMAGE)
    forms = (
        [i for i, kind in enumerate(kinds) if kind == pdfium.OBJECT_FORM]
        if pdfium.OBJECT_FORM in kinds
        else []
    )
    for before, index in pairwise([-1, *forms, len(kinds)]):
        between = slice(before + 1, index)
        texts = list(compress(handles[between], map(pdfium.OBJECT_TEXT.__eq__, kinds[between])))
        paths = list(compress(objects[between], map(pdfium.OBJECT_PATH.__eq__, kinds[between])))
        groups.append(Group(matrix, texts, paths))
        if index < len(kinds) and depth < MAX_FORM_DEPTH:
            form = handles[index]
            ((a,), (b,), (c,), (d,), (e,), (f,)) = pdfium.gather(
                pdfium.object_matrix, 1, 6, [objects[index]], struct=True
            )
            members = map(pdfium.form_object, repeat(form), range(pdfium.form_object_count(form)))
            inner = pdfium.multiply((a, b, c, d, e, f), matrix)
            images += _collect(list(members), inner, groups, depth + 1)
    return images


def read_shapes(objects: PageObjects, frame: Frame, shortest: float = 0) -> Shapes:
    """Return the painted sub-paths of a page.

    Paths smaller than `shortest` both ways may be left out: Word marks each corner of a cell with one.
    """
    shapes = Shapes([], [], [])
    for group in objects.groups:
        outer = pdfium.multiply(group.matrix, frame.base)
        paths = group.paths
        if shortest and group.matrix == pdfium.IDENTITY:
            paths = _at_least(shortest, paths)
        if paths:
            _add_shapes(paths, outer, frame.zero, shapes)
    return shapes


def _at_least(shortest: float, paths: list[Any]) -> list[Any]:
    """Return the paths whose bounds, pen included, are `shortest` or more one way."""
    sides = pdfium.gather(pdfium.object_bounds, len(paths), 4, paths)
    return [
        path
        for path, left, bottom, right, top in zip(paths, *sides, strict=True)
        if right - left >= shortest or top - bottom >= shortest
    ]


def _add_shapes(paths: list[Any], outer: Matrix, zero: float, shapes: Shapes) -> None:
    """Add what some paths draw to `shapes`; `outer` turns the space of their form into the page as shown."""
    fills, strokes = pdfium.gather(pdfium.path_draw_mode, len(paths), 2, paths, code="i")
    painted = [
        (path, stroke > 0, fill > 0)
        for path, fill, stroke in zip(paths, fills, strokes, strict=True)
        if fill or stroke
    ]
    paths = [path for path, _, _ in painted]
    matrices = pdfium.gather(pdfium.object_matrix, len(paths), 6, paths, struct=True)
    counts = list(map(pdfium.path_segment_count, paths))
    owners = chain.from_iterable(map(repeat, paths, counts))
    handles = map(pdfium.path_segment, owners, chain.from_iterable(map(range, counts)))
    segments = list(map(pointer, handles))
    kinds = list(map(pdfium.segment_type, segments))
    xs, ys = pdfium.gather(pdfium.segment_point, len(segments), 2, segments)

    as_placed = pdfium.is_identity(outer)
    spans = pairwise(accumulate(counts, initial=0))
    for (_, stroke, fill), (first, last), a, b, c, d, e, f in zip(painted, spans, *matrices, strict=True):
        if not as_placed:
            a, b, c, d, e, f = pdfium.multiply((a, b, c, d, e, f), outer)  # noqa: PLW2901
        marks = kinds[first:last]
        if b == 0 == c:
            # the usual: a rectangle whose sides stay parallel to the page's
            if marks == _FOUR_SIDES:
                x0, x1, x2, x3, x4 = xs[first:last]
                y0, y1, y2, y3, y4 = ys[first:last]
                if (x0 == x4 and y0 == y4) and (
                    (x0 == x1 and y1 == y2 and x2 == x3 and y3 == y0)
                    or (y0 == y1 and x1 == x2 and y2 == y3 and x3 == x0)
                ):
                    shapes.rects.append(
                        (a * x0 + e, zero - (d * y0 + f), a * x2 + e, zero - (d * y2 + f), stroke, fill)
                    )
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
                _add_sub_path(points[start:end], marks[start:end], closed, stroke, fill, shapes)


def _add_sub_path(
    points: list[Point], marks: list[int], closed: bool, stroke: bool, fill: bool, shapes: Shapes
) -> None:
    """Add one sub-path to `shapes` as what pdfminer's `paint_path` takes it for."""
    if _CURVE in marks:
        # of each Bézier pdfminer keeps the end, which PDFium gives as the third of three points
        kept: list[Point] = []
        run = 0
        for point, mark in zip(points, marks, strict=True):
            run = run + 1 if mark == _CURVE else 0
            if run in (0, 3):
                kept.append(point)
                run = 0
        shapes.curves.append(([*kept, kept[0]] if closed else kept, stroke, fill))
        return
    if closed and not (len(points) > 2 and points[-1] == points[0]):
        points.append(points[0])
    if len(points) == 2 or (closed and len(points) == 3 and points[2] == points[0]):
        shapes.lines.append((*points[0], *points[1], stroke, fill))
        return
    if len(points) == 5 and points[0] == points[4]:
        (x0, y0), (x1, y1), (x2, y2), (x3, y3), _ = points
        if (x0 == x1 and y1 == y2 and x2 == x3 and y3 == y0) or (
            y0 == y1 and x1 == x2 and y2 == y3 and x3 == x0
        ):
            shapes.rects.append((x0, y0, x2, y2, stroke, fill))
            return
    shapes.curves.append((points, stroke, fill))


def edges(shapes: Shapes) -> Edges:
    """Return the edges of all shapes in pdfplumber's order: lines, then rectangles, then curves.

    As in pdfplumber, a line that is not level counts as vertical at its left end.
    """
    vertical: list[Edge] = []
    horizontal: list[Edge] = []
    for x0, y0, x1, y1, _, _ in shapes.lines:
        if y0 == y1:
            horizontal.append((y0, x0, x1) if x0 <= x1 else (y0, x1, x0))
        else:
            vertical.append((min(x0, x1), y0, y1) if y0 <= y1 else (min(x0, x1), y1, y0))
    for x0, y0, x1, y1, _, _ in shapes.rects:
        left, right = (x0, x1) if x0 <= x1 else (x1, x0)
        top, bottom = (y0, y1) if y0 <= y1 else (y1, y0)
        horizontal += ((top, left, right), (bottom, left, right))
        vertical += ((left, top, bottom), (right, top, bottom))
    for points, _, _ in shapes.curves:
        for (x0, y0), (x1, y1) in pairwise(points):
            if x0 == x1:
                vertical.append((x0, y0, y1) if y0 <= y1 else (x0, y1, y0))
            elif y0 == y1:
                horizontal.append((y0, x0, x1) if x0 <= x1 else (y0, x1, x0))
    return Edges(vertical, horizontal)
