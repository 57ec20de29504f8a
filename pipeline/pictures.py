"""Pictures of pages with what was read drawn on them.

Belongs here: rendering a page, drawing coloured boxes and the legend. Does not: what is to be marked (`cli`),
or where a page and its boxes come from.

Keys are English words, so that no Chinese font is needed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

RESOLUTION = 110
"""Dots per inch of a picture: small print stays readable, a page stays under a megabyte."""

COLOURS = {
    "cell": (40, 90, 220),
    "blank": (120, 120, 120),
    "mapped": (20, 150, 60),
    "unmapped": (240, 140, 0),
    "flagged": (220, 20, 30),
    "concerned": (150, 30, 200),
}
"""The kinds of marks, in the order in which they are drawn: what matters most lies on top."""

_FILL = {
    "cell": 0,
    "blank": 40,
    "mapped": 70,
    "unmapped": 90,
    "flagged": 90,
    "concerned": 70,
}  # opacity of 255
_STROKE = {"cell": 1, "blank": 1, "mapped": 1, "unmapped": 3, "flagged": 3, "concerned": 3}  # pixels
_LEGEND_HEIGHT = 28

Rectangle = tuple[float, float, float, float]


@dataclass(frozen=True)
class Mark:
    """One box to be drawn: `x0, top, x1, bottom` in points from the top left corner of the page as shown.

    `kind` is one of COLOURS.
    """

    box: Rectangle
    kind: str


@dataclass(frozen=True)
class PagePicture:
    """A page as a picture. A place on the page is `scale` pixels per point right of and below `origin`."""

    image: "Image"
    scale: float
    origin: tuple[float, float] = (0, 0)

    def pixels(self, box: Rectangle) -> Rectangle:
        """Return where a box of the page stands in the picture, in pixels."""
        left, top = self.origin
        return (
            (box[0] - left) * self.scale,
            (box[1] - top) * self.scale,
            (box[2] - left) * self.scale,
            (box[3] - top) * self.scale,
        )


def pdf_pages(path: Path, numbers: Iterable[int]) -> dict[int, PagePicture]:
    """Return pages of a PDF as pictures; a number (from 1) beyond the last page is left out.

    Raises pypdfium2.PdfiumError when the file cannot be opened.
    """
    from pipeline.read.page import PdfiumFile

    pictures = {}
    with PdfiumFile(path) as pdf:
        for number in numbers:
            if not 1 <= number <= len(pdf):
                continue
            page = pdf.page(number - 1)
            try:
                drawn = page.to_image(resolution=RESOLUTION)
                left, top = drawn.bbox[:2]
                pictures[number] = PagePicture(drawn.original.convert("RGB"), drawn.scale, (left, top))
            finally:
                page.close()
    return pictures


def marked(picture: PagePicture, marks: Sequence[Mark]) -> "Image":
    """Return the picture with the marks drawn on it, and below it the legend of all kinds.

    A box that is marked in several ways shows the last of them in the order of COLOURS.
    """
    from PIL import Image, ImageDraw

    order = list(COLOURS)
    shown = {
        mark.box: mark
        for mark in sorted((m for m in marks if m.kind != "cell"), key=lambda m: order.index(m.kind))
    }
    rules = [mark for mark in marks if mark.kind == "cell"]
    layer = Image.new("RGBA", picture.image.size, (0, 0, 0, 0))
    pen = ImageDraw.Draw(layer)
    for mark in (*rules, *sorted(shown.values(), key=lambda m: order.index(m.kind))):
        colour = COLOURS[mark.kind]
        x0, top, x1, bottom = map(round, picture.pixels(mark.box))
        pen.rectangle(
            (min(x0, x1), min(top, bottom), max(x0, x1), max(top, bottom)),
            fill=(*colour, _FILL[mark.kind]) if _FILL[mark.kind] else None,
            outline=(*colour, 255),
            width=_STROKE[mark.kind],
        )
    page = Image.alpha_composite(picture.image.convert("RGBA"), layer).convert("RGB")
    whole = Image.new("RGB", (page.width, page.height + _LEGEND_HEIGHT), (255, 255, 255))
    whole.paste(page, (0, 0))
    _draw_legend(whole, page.height)
    return whole


def _draw_legend(image: "Image", top: int) -> None:
    from PIL import ImageDraw, ImageFont

    pen = ImageDraw.Draw(image)
    font = ImageFont.load_default(size=14)
    left = 10
    for kind, colour in COLOURS.items():
        pen.rectangle((left, top + 7, left + 14, top + 21), outline=colour, width=3)
        pen.text((left + 20, top + 5), kind, fill=(0, 0, 0), font=font)
        left += 30 + round(font.getlength(kind)) + 14


# About so many Chinese characters of a page are looked at; ink differs so much from its ground (of 255).
_LOOKED_AT = 40
_INK = 95


def shows_its_text(path: Path, number: int, picture: PagePicture) -> bool:
    """Tell whether the Chinese text of a page left ink on its picture; True where it has no such text.

    PDFium draws a font that the file does not embed with one of the system. Where the system has none for
    Chinese, the characters are left out.
    """
    from pipeline.read.page import PdfiumFile

    with PdfiumFile(path) as pdf:
        page = pdf.page(number - 1)
        try:
            places = [
                (char["x0"], char["top"], char["x1"], char["bottom"])
                for char in page.chars
                if any("\u4e00" <= sign <= "\u9fff" for sign in char["text"])
            ]
        finally:
            page.close()
    grey = picture.image.convert("L")
    some = places[:: max(1, len(places) // _LOOKED_AT)]
    # A rule of a table may cross the place of a single character.
    return 2 * sum(_has_ink(grey, picture.pixels(place)) for place in some) >= len(some)


def _has_ink(grey: "Image", place: Rectangle) -> bool:
    x0, top, x1, bottom = map(round, place)
    if x1 <= x0 or bottom <= top:
        return False
    # The greys that occur, from the histogram.
    found = [level for level, count in enumerate(grey.crop((x0, top, x1, bottom)).histogram()) if count]
    # White on colour is ink as well as black on white.
    return found[-1] - found[0] > _INK
