"""What a page holds and nobody sees: text in white, without ink or clipped away, rules in white.

Belongs here: telling such objects from those that are seen. Does not: what the seen ones mean (`paths`,
`chars`). A spreadsheet printed to PDF keeps the rules that a merged cell hides, in white, and numbers that a
format hides; taken for print, they split cells and fill blank ones. Where it is not certain that an object is
unseen (white on a coloured ground, anything on a page with pictures) it counts as seen.
"""

from collections.abc import Callable
from itertools import compress, repeat
from typing import Any

from pipeline.read import pdfium
from pipeline.read.paths import Group, PageObjects
from pipeline.read.pdfium import pointer

THIN = 1.5
"""Points. A filled rectangle no thicker than this is a rule."""

_RECTANGLE = range(4, 6)  # segments, closed by a line or not
_Bounds = tuple[float, float, float, float]


def unseen_texts(objects: PageObjects) -> set[int]:
    """Return the text objects of a page that print nothing to be seen.

    Text without ink (render mode 3) over a picture is what recognition found in it, and kept; so it is where
    the page has no other text.
    """
    if objects.images:
        return set()
    unseen: set[int] = set()
    white: list[tuple[int, _Bounds]] = []
    without_ink = False
    for group in objects.groups:
        texts = list(map(pointer, group.texts))
        modes = list(map(pdfium.text_render_mode, texts))
        if pdfium.RENDER_INVISIBLE in modes:
            without_ink = True
            unseen.update(compress(group.texts, map(pdfium.RENDER_INVISIBLE.__eq__, modes)))
        is_white = _are_white(pdfium.object_fill_color, texts)
        if any(is_white):
            outlined = _are_white(pdfium.object_stroke_color, texts)
            suspects = [
                filled and (mode == pdfium.RENDER_FILL or (mode == pdfium.RENDER_FILL_STROKE and stroked))
                for filled, stroked, mode in zip(is_white, outlined, modes, strict=True)
            ]
            bounds = _bounds(list(compress(texts, suspects)), group)
            white += zip(compress(group.texts, suspects), bounds, strict=True)
        unseen |= _clipped_away(group, texts)
    if without_ink and len(unseen) == sum(len(group.texts) for group in objects.groups):
        return set()
    if white:
        grounds = _coloured_grounds(objects)
        unseen.update(text for text, bounds in white if not _stands_on(bounds, grounds))
    return unseen


def without_unseen_rules(objects: PageObjects) -> PageObjects | None:
    """Return the objects of a page without its white rules; None where there are none."""
    if objects.images:
        return None
    grounds: list[_Bounds] | None = None
    groups, dropped = [], False
    for group in objects.groups:
        paths = group.paths
        fills, strokes = pdfium.gather(pdfium.path_draw_mode, len(paths), 2, paths, code="i")
        drawn = _are_white(pdfium.object_stroke_color, paths)
        painted = _are_white(pdfium.object_fill_color, paths)
        suspects = [
            (stroked if stroke else filled) and not (stroke and fill)
            for fill, stroke, filled, stroked in zip(fills, strokes, painted, drawn, strict=True)
        ]
        if not any(suspects):
            groups.append(group)
            continue
        kept = []
        bounds = _bounds(paths, group)
        for path, suspect, stroke, (x0, y0, x1, y1) in zip(paths, suspects, strokes, bounds, strict=True):
            if suspect and (stroke or min(x1 - x0, y1 - y0) <= THIN):
                if grounds is None:
                    grounds = _coloured_grounds(objects)
                if not _stands_on((x0, y0, x1, y1), grounds):
                    dropped = True
                    continue
            kept.append(path)
        groups.append(group._replace(paths=kept))
    return PageObjects(groups, objects.images) if dropped else None


def _is_white(red: int, green: int, blue: int, alpha: int) -> bool:
    return red == green == blue == 255 and alpha > 0


def _are_white(colour: Callable[..., Any], objects: list[Any]) -> list[bool]:
    """Tell of each object whether the colour that `colour` gives it is white."""
    return list(map(_is_white, *pdfium.gather(colour, len(objects), 4, objects, code="i")))


def _bounds(objects: list[Any], group: Group) -> list[_Bounds]:
    """Return the bounds of objects (left, bottom, right, top) in the space of the page."""
    sides = pdfium.gather(pdfium.object_bounds, len(objects), 4, objects)
    a, b, c, d, e, f = group.matrix
    if pdfium.is_identity(group.matrix):
        return list(zip(*sides, strict=True))
    placed = []
    for x0, y0, x1, y1 in zip(*sides, strict=True):
        xs = [a * x + c * y + e for x in (x0, x1) for y in (y0, y1)]
        ys = [b * x + d * y + f for x in (x0, x1) for y in (y0, y1)]
        placed.append((min(xs), min(ys), max(xs), max(ys)))
    return placed


def _coloured_grounds(objects: PageObjects) -> list[_Bounds]:
    """Return the bounds of what is filled in another colour than white and is no rule."""
    grounds: list[_Bounds] = []
    for group in objects.groups:
        paths = group.paths
        fills, _ = pdfium.gather(pdfium.path_draw_mode, len(paths), 2, paths, code="i")
        colours = zip(*pdfium.gather(pdfium.object_fill_color, len(paths), 4, paths, code="i"), strict=True)
        coloured = [
            bool(fill) and alpha > 0 and not _is_white(red, green, blue, alpha)
            for fill, (red, green, blue, alpha) in zip(fills, colours, strict=True)
        ]
        bounds = _bounds(list(compress(paths, coloured)), group)
        grounds += [b for b in bounds if b[2] - b[0] > THIN and b[3] - b[1] > THIN]
    return grounds


def _stands_on(bounds: _Bounds, grounds: list[_Bounds]) -> bool:
    x, y = (bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2
    return any(x0 <= x <= x1 and y0 <= y <= y1 for x0, y0, x1, y1 in grounds)


def _clipped_away(group: Group, texts: list[Any]) -> set[int]:
    """Return the texts of a group that lie wholly outside a rectangle they are clipped to."""
    if not pdfium.is_identity(group.matrix):
        return set()
    clips = list(map(pointer, map(pdfium.object_clip, texts)))
    counts = list(map(pdfium.clip_path_count, clips))
    if max(counts, default=0) <= 0:
        return set()
    outside: set[int] = set()
    sides = pdfium.gather(pdfium.object_bounds, len(texts), 4, texts)
    bounds = dict(zip(group.texts, zip(*sides, strict=True), strict=True))
    for number in range(max(counts)):
        clipped = [count > number for count in counts]
        handles, own = list(compress(group.texts, clipped)), list(compress(clips, clipped))
        sizes = map(pdfium.clip_segment_count, own, repeat(number))
        plain = [size in _RECTANGLE for size in sizes]
        handles, own = list(compress(handles, plain)), list(compress(own, plain))
        corners = []
        for index in (0, 2):
            segments = list(map(pointer, map(pdfium.clip_segment, own, repeat(number), repeat(index))))
            corners.append(pdfium.gather(pdfium.segment_point, len(segments), 2, segments))
        (ax, ay), (bx, by) = corners
        for handle, x0, y0, x1, y1 in zip(handles, ax, ay, bx, by, strict=True):
            left, bottom, right, top = bounds[handle]
            if right < min(x0, x1) or left > max(x0, x1) or top < min(y0, y1) or bottom > max(y0, y1):
                outside.add(handle)
    return outside
