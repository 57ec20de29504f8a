"""The picture of a page: rendering it, setting it straight, and finding the rules and the ink in it.

Belongs here: what can be told from pixels alone. Does not: what the ink says (`recognise`), or tables and
pages made of it (`scan`).

Pictures are numpy arrays of blue, green, red bytes; places in them are pixels. `DPI` is nominal: a page whose
size in points is out of all proportion (a scanner that counts a pixel as a point) is rendered as if it were a
sheet of A3 at most.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import pypdfium2

from pipeline.read.paths import Edge, Edges

DPI = 200
"""Digits of the smallest print in use (6 points) are 12 pixels high, enough to be recognised."""

POINT = 72 / DPI
"""One pixel in nominal points: what the table finder's tolerances are made for."""

_LONGEST_SIDE = round(16.54 * DPI)  # A3
_LARGEST_SKEW = 3.0  # degrees; a sheet that went through a feeder lies straighter
_SHORTEST_RULE = round(0.20 * DPI)  # longer than any stroke of a character of the text
_WIDEST_GAP = round(0.10 * DPI)
_THICKEST_RULE = round(0.08 * DPI)
_BESIDE_A_RULE = 4  # pixels between a rule and the side of the cell that was snapped to it
_RED = 60
"""How far red must exceed green and blue to be the colour of a seal."""

_REDDISH = 25
"""The same at its edges, which JPEG smears."""

_BLACK = 0.75
"""Ink that lets less than this part of the red of the paper through is black, whatever lies over it."""

Picture = Any
"""A numpy array; numpy is imported where it is needed, with everything else that recognition takes."""


class PixelBox(NamedTuple):
    """A rectangle of a picture, in pixels; `x1` and `bottom` lie outside."""

    x0: int
    top: int
    x1: int
    bottom: int

    @property
    def width(self) -> int:
        """The number of columns."""
        return self.x1 - self.x0

    @property
    def height(self) -> int:
        """The number of rows."""
        return self.bottom - self.top

    def meet(self, other: "PixelBox") -> "PixelBox":
        """Return what the two share; its width or height is not positive where they share nothing."""
        return PixelBox(
            max(self.x0, other.x0),
            max(self.top, other.top),
            min(self.x1, other.x1),
            min(self.bottom, other.bottom),
        )

    def cut(self, picture: Picture, margin: int = 0) -> Picture:
        """Return this part of the picture, `margin` pixels wider on each side as far as the picture goes."""
        return picture[
            max(0, self.top - margin) : self.bottom + margin, max(0, self.x0 - margin) : self.x1 + margin
        ]


def render(document: pypdfium2.PdfDocument, index: int) -> Picture:
    """Return page `index` (from 0) as a picture, as shown."""
    page = document[index]
    try:
        longest = max(page.get_size())
        scale = min(DPI / 72, _LONGEST_SIDE / longest)
        picture: Picture = page.render(scale=scale).to_numpy()[:, :, :3].copy()
        return picture
    finally:
        page.close()


def skew(picture: Picture) -> float:
    """Return by how many degrees lines of the picture fall to the right (negative: rise); at most 3.

    It is the direction along which the ink of rules and lines of text gathers best: looked at that way, rows
    full of ink and rows without any alternate most sharply.
    """
    import cv2
    import numpy

    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    scale = 1000 / max(grey.shape)
    small = _dark(cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
    ys, xs = numpy.nonzero(small)
    beside = xs - small.shape[1] / 2
    reach = small.shape[1]  # a row seen at a slant begins or ends outside

    def sharpness(degrees: float) -> float:
        rows = numpy.rint(ys - beside * numpy.tan(numpy.radians(degrees))).astype(int) + reach
        counts = numpy.bincount(rows, minlength=small.shape[0] + 2 * reach).astype(float)
        return float(numpy.square(numpy.diff(counts)).sum())

    steps = round(_LARGEST_SKEW / 0.1)
    tenths: list[float] = [step / 10 for step in range(-steps, steps + 1)]
    coarse = max(tenths, key=sharpness)
    near: list[float] = [coarse + step / 40 for step in range(-4, 5)]
    best = max(near, key=sharpness)
    return round(best, 3)


def turn(picture: Picture, degrees: float) -> Picture:
    """Return the picture turned clockwise by a small angle about its middle, of the same size."""
    import cv2

    height, width = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1)
    return cv2.warpAffine(
        picture, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )


def quarter_turn(picture: Picture, quarters: int) -> Picture:
    """Return the picture turned clockwise by `quarters` times 90 degrees."""
    import numpy

    return numpy.ascontiguousarray(numpy.rot90(picture, -quarters))


@dataclass(frozen=True)
class Ruling:
    """The rules of a picture: as edges in nominal points, and as a mask of their pixels."""

    edges: Edges
    mask: Picture


def ruling(picture: Picture) -> Ruling:
    """Return the level and upright rules of a straight picture: dark, thin and at least 0.2 inch long."""
    import cv2
    import numpy

    dark = _dark(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY))
    mask = numpy.zeros_like(dark)
    found: list[list[Edge]] = []
    for level in (False, True):

        def bar(length: int, level: bool = level) -> Picture:
            return numpy.ones((1, length) if level else (length, 1), numpy.uint8)

        # a rule that is not quite straight steps aside by a pixel: widen it, so that the steps hang together
        wide = cv2.dilate(dark, numpy.ones((2, 1) if level else (1, 2), numpy.uint8))
        runs = cv2.morphologyEx(wide, cv2.MORPH_OPEN, bar(_SHORTEST_RULE))
        runs = cv2.morphologyEx(runs, cv2.MORPH_CLOSE, bar(_WIDEST_GAP))
        count, labels, stats, _ = cv2.connectedComponentsWithStats(runs, connectivity=8)
        edges: list[Edge] = []
        thin = numpy.zeros(count, bool)
        for label in range(1, count):
            x, y, width, height, area = map(int, stats[label])
            along, across = (width, height) if level else (height, width)
            # the thickness is that of the line, not of the box around a line that leans
            if along >= _SHORTEST_RULE and area / along < _THICKEST_RULE and across < 2 * _THICKEST_RULE:
                thin[label] = True
                if level:
                    edges.append(((y + height / 2) * POINT, x * POINT, (x + width) * POINT))
                else:
                    edges.append(((x + width / 2) * POINT, y * POINT, (y + height) * POINT))
        mask |= thin[labels].astype(numpy.uint8)
        found.append(edges)
    return Ruling(Edges(*found), mask)


def without_rules(picture: Picture, mask: Picture, cells: Iterable[PixelBox]) -> Picture:
    """Return the picture with the rules around cells painted in the colour of the paper beside them.

    `mask` alone would not do: the middle of bold figures may pass for a short rule.
    """
    import cv2
    import numpy

    sides = numpy.zeros_like(mask)
    for cell in cells:
        cv2.rectangle(sides, (cell.x0, cell.top), (cell.x1, cell.bottom), 1, 2 * _BESIDE_A_RULE)
    thick = cv2.dilate(mask & sides, numpy.ones((3, 3), numpy.uint8))
    paper = cv2.blur(cv2.dilate(picture, numpy.ones((7, 7), numpy.uint8)), (9, 9))
    return numpy.where(thick[:, :, None] > 0, paper, picture)


def without_red(picture: Picture) -> Picture:
    """Return the picture in grey as if red ink were paper; black ink under red stays.

    The red channel alone shows a seal as a light grey; it is lifted to the colour of the paper around it.
    """
    import cv2
    import numpy

    grey = picture[:, :, 2]
    paper = cv2.blur(cv2.dilate(grey, numpy.ones((41, 41), numpy.uint8)), (41, 41))
    is_red = cv2.dilate(_is_red(picture, _REDDISH).astype(numpy.uint8), numpy.ones((7, 7), numpy.uint8)) > 0
    lifted = numpy.where(is_red & (grey > _BLACK * paper), paper, grey)
    return cv2.cvtColor(lifted, cv2.COLOR_GRAY2BGR)


def red_share(picture: Picture) -> float:
    """Return which part of the pixels has the colour of a seal, 0 to 1."""
    return float(_is_red(picture, _RED).mean()) if picture.size else 0.0


def _is_red(picture: Picture, least: int) -> Picture:
    import numpy

    channels = picture.astype(numpy.int16)
    return channels[:, :, 2] - numpy.maximum(channels[:, :, 0], channels[:, :, 1]) > least


def ink(picture: Picture) -> Picture:
    """Return the dark pixels of a picture without rules as a mask of 0 and 255, single specks left out."""
    import cv2

    return _dark(cv2.medianBlur(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), 3))


def ink_lines(dark: Picture, within: PixelBox) -> list[PixelBox]:
    """Return the lines of print inside a box, from top to bottom.

    A line has at least one piece of ink two points wide or high; what is smaller (a decimal point) counts
    only beside such a piece.
    """
    import cv2

    part = within.cut(dark)
    if not part.size or not part.any():
        return []
    count, _, stats, _ = cv2.connectedComponentsWithStats(part, connectivity=8)
    least = 2 / POINT
    pieces = [
        PixelBox(int(x), int(y), int(x + width), int(y + height))
        for x, y, width, height, _ in stats[1:count]  # the first is the paper
    ]
    lines: list[PixelBox] = []
    for piece in sorted(
        (piece for piece in pieces if max(piece.width, piece.height) >= least), key=lambda piece: piece.top
    ):
        if lines and piece.top < lines[-1].bottom - 0.3 * min(piece.height, lines[-1].height):
            lines[-1] = _around(lines[-1], piece)
        else:
            lines.append(piece)
    left, top = max(within.x0, 0), max(within.top, 0)
    return [
        PixelBox(box.x0 + left, box.top + top, box.x1 + left, box.bottom + top)
        for box in (_with_small(line, pieces) for line in lines)
    ]


def _with_small(line: PixelBox, pieces: list[PixelBox]) -> PixelBox:
    """Return a line with the pieces beside it and of its height: points, commas that reach below it."""
    for piece in pieces:
        beside = line.x0 - line.height <= piece.x1 and piece.x0 <= line.x1 + line.height
        if beside and line.top <= piece.top and piece.bottom <= line.bottom + 0.3 * line.height:
            line = _around(line, piece)
    return line


def _around(one: PixelBox, other: PixelBox) -> PixelBox:
    return PixelBox(
        min(one.x0, other.x0),
        min(one.top, other.top),
        max(one.x1, other.x1),
        max(one.bottom, other.bottom),
    )


def _dark(grey: Picture) -> Picture:
    """Return what is darker than its surroundings, as a mask of 0 and 255; shade does not count."""
    import cv2

    return cv2.adaptiveThreshold(grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 25, 12)
