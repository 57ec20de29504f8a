"""Pages that are pictures, as `Page`: lines of text, and grids whose cells are read twice.

Belongs here: which pages have to be recognised, and joining the rules of a picture (`raster`) with the text
in it (`recognise`). Does not: what a doubtful reading means for an amount (`forms`).

A page is turned upright and set straight first; its lines and grids are those of the straight page, and
`document.as_shown` leads back to the page as shown. The text of the page is found and read once. A cell that
holds a number is read a second time, from the ink inside its rules alone, so that what stands beside it
disturbs one of the two readings only. Under a seal red is left out. Nothing is mended: where the two
differ, both are kept.
"""

import logging
import re
from collections.abc import Sequence
from itertools import pairwise
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

import pypdfium2
import pypdfium2.raw

from pipeline.pool import step
from pipeline.read import raster
from pipeline.read.chars import Run
from pipeline.read.document import Box, Line, Page
from pipeline.read.grids import grid_of
from pipeline.read.paths import Edges
from pipeline.read.raster import POINT, Picture, PixelBox
from pipeline.read.recognise import INSTALL, Reading, Recogniser, is_available, recogniser
from pipeline.read.repair import close_tables
from pipeline.read.tables import CellBox, PageText, find_cells, group_tables, snap_and_join

log = logging.getLogger(__name__)

LEAST_COVER = 0.05
"""A page without text whose pictures cover less of it is empty but for an ornament."""

MOST_COVER = 0.5
"""Pictures that cover this much of a page may be the page itself, whatever little text stands on top."""

NEXT_TO_NONE = 16
"""Characters: a page number, a stamp of the scanner."""

FEW = 200
"""Characters: a watermark, or the title above a table that was pasted as a picture."""

NARROWEST_TABLE = 72
"""Points. Strokes of large characters form smaller grids (a 田 of a title)."""

STAMPED = 0.0005
"""A sheet with this part of red pixels bears a seal, or red print."""

SEALED = 0.01
"""A line with this part of red pixels lies under it."""

LEAST_HEIGHT = 4 / POINT
"""Pixels. Ink in a cell where no text was found is print when it is as high as the figures of 6 points."""

LINE_TO_BOX = 0.25
"""Print is at least this part as high as the box in which text was found; what is lower is dirt."""

_OUT_OF_MEMORY = re.compile(r"insufficient memory|failed to allocate|bad.?alloc", re.IGNORECASE)
_NUMBER_LIKE = re.compile(r"[\d.,:;·。，．\-－—+%OoQDlI|SBZ\s]*")
_BLANK_WIDE = 0.3  # of the height of a line: a gap that parts words


def text_is_hidden(document: pypdfium2.PdfDocument, index: int) -> bool:
    """Tell whether all text of page `index` is invisible: what another program recognised in the picture."""
    hidden = pypdfium2.raw.FPDF_TEXTRENDERMODE_INVISIBLE
    page = document[index]
    try:
        texts = list(page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_TEXT]))
        return bool(texts) and all(
            pypdfium2.raw.FPDFTextObj_GetTextRenderMode(text.raw) == hidden for text in texts
        )
    finally:
        page.close()


def cover(document: pypdfium2.PdfDocument, index: int) -> float:
    """Return which part of page `index` its pictures cover, 0 to 1; overlaps count twice, up to 1."""
    page = document[index]
    try:
        width, height = page.get_size()
        if page.get_rotation() % 180:
            width, height = height, width
        left, foot, _, _ = page.get_cropbox()
        covered = 0.0
        for picture in page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_IMAGE]):
            x0, y0, x1, y1 = picture.get_bounds()
            across = min(x1 - left, width) - max(x0 - left, 0.0)
            up = min(y1 - foot, height) - max(y0 - foot, 0.0)
            covered += max(across, 0.0) * max(up, 0.0)
        return min(1.0, float(covered / (width * height)))
    finally:
        page.close()


def recognise_scans(path: Path, document: pypdfium2.PdfDocument, pages: Sequence[Page]) -> list[Page]:
    """Return the pages with those that are pictures recognised; the others as they are.

    Without the extra all stay as they are, and the log says which should have been recognised.
    """
    candidates = [page for page in pages if page.images and _may_be_scan(document, page)]
    if not candidates:
        return list(pages)
    if not is_available():
        log.warning(
            "%s: pages %s hold pictures in place of text; to have them recognised: %s",
            path.name,
            ", ".join(str(page.number) for page in candidates),
            INSTALL,
        )
        return list(pages)
    marks = _watermarks(candidates)
    found = {page.number: page for page in pages}
    for page in candidates:
        with step():
            picture = raster.render(document, page.number - 1)
            text = _characters(page)
            is_little = len(text) <= NEXT_TO_NONE or text in marks
            if is_little or text_is_hidden(document, page.number - 1) or has_table(picture):
                found[page.number] = recognised(page, picture)
            # else a picture behind or beside what the page says
    return [found[page.number] for page in pages]


def _may_be_scan(document: pypdfium2.PdfDocument, page: Page) -> bool:
    text = _characters(page)
    if not text:
        return cover(document, page.number - 1) >= LEAST_COVER
    if page.grids or cover(document, page.number - 1) < MOST_COVER:
        return False
    return len(text) <= FEW or text_is_hidden(document, page.number - 1)


def _characters(page: Page) -> str:
    """Return what a page says without blanks and figures, so that running numbers do not differ."""
    return "".join("".join(line.text.split()) for line in page.lines)


def _watermarks(candidates: Sequence[Page]) -> set[str]:
    """Return texts that three pages or more print alike, numbers apart."""
    texts = [_characters(page) for page in candidates]
    plain = [re.sub(r"\d", "", text) for text in texts]
    return {text for text, words in zip(texts, plain, strict=True) if plain.count(words) >= 3}


def has_table(picture: Picture) -> bool:
    """Tell whether a picture holds a ruled table."""
    return bool(_tables(raster.ruling(raster.turn(picture, -raster.skew(picture))).edges))


def _tables(edges: Edges) -> list[list[CellBox]]:
    tables = group_tables(find_cells(edges.vertical, edges.horizontal))
    return [table for table in tables if _width(table) >= NARROWEST_TABLE]


def _width(table: list[CellBox]) -> float:
    return max(cell[2] for cell in table) - min(cell[0] for cell in table)


def recognised(page: Page, picture: Picture) -> Page:
    """Return `page` as recognised from its `picture`; `reading` is `none` where nothing legible is in it.

    Raises MemoryError, as the libraries' own errors hardly say so.
    """
    try:
        reader = recogniser()
        straight, boxes, turned = _upright(reader, picture)
        return _Sheet(reader, straight, boxes).page(page, turned)
    except Exception as error:
        if _OUT_OF_MEMORY.search(str(error)):
            raise MemoryError(str(error)) from error
        raise


def _upright(reader: Recogniser, picture: Picture) -> tuple[Picture, list[PixelBox], float]:
    """Return the picture upright and straight, where its text stands, and by how much it was turned."""
    straight, leaning = _straight(picture)
    boxes = reader.boxes(straight)
    quarters = 0
    long = [box for box in boxes if max(box.width, box.height) > 2 * min(box.width, box.height)]
    if sum(box.height > box.width for box in long) > 0.6 * len(long):
        quarters = 1
        straight, leaning = _straight(raster.quarter_turn(picture, 1))
        boxes = reader.boxes(straight)
    if reader.is_upside_down(straight, boxes):
        quarters += 2
        height, width = straight.shape[:2]
        straight = raster.quarter_turn(straight, 2)
        boxes = [
            PixelBox(width - box.x1, height - box.bottom, width - box.x0, height - box.top)
            for box in reversed(boxes)
        ]
    return straight, boxes, 90.0 * quarters - leaning


def _straight(picture: Picture) -> tuple[Picture, float]:
    leaning = raster.skew(picture)
    return (raster.turn(picture, -leaning), leaning) if abs(leaning) >= 0.05 else (picture, 0.0)


class _Said(NamedTuple):
    """What a cell says: the fields of `document.Cell`."""

    text: str
    second: str | None
    confidence: float | None


class _Sheet:
    """One straight picture with the text found in it.

    `plain` is the picture without red, where there is any; `inside` that without the rules of its tables.
    """

    def __init__(self, reader: Recogniser, picture: Picture, boxes: list[PixelBox]) -> None:
        self.reader = reader
        self.picture = picture
        self.boxes = boxes
        is_stamped = raster.red_share(picture) >= STAMPED
        self.plain = raster.without_red(picture) if is_stamped else picture
        self.ruling = raster.ruling(self.plain)
        self.tables = self._closed()
        if is_stamped and not self.tables:  # the rules themselves may be red
            self.ruling = raster.ruling(picture)
            self.tables = self._closed()
        elif is_stamped:
            self.boxes = self._without_seal()
        cells = (_pixels(cell) for table in self.tables for cell in table)
        self.inside = raster.without_rules(self.plain, self.ruling.mask, cells)
        self.ink = raster.ink(self.inside)

    def _closed(self) -> list[list[CellBox]]:
        vertical, horizontal = self.ruling.edges
        edges = Edges(snap_and_join(vertical), snap_and_join(horizontal))
        tables = _tables(edges)
        if not tables:
            return []
        text = PageText([_run(index, box) for index, box in enumerate(self.boxes)])
        return [table for table in close_tables(edges, tables, text) if _width(table) >= NARROWEST_TABLE]

    def _without_seal(self) -> list[PixelBox]:
        """Return where text stands: inside tables as found without red, which hides what a seal covers."""
        areas = [
            PixelBox(
                min(cell[0] for cell in cells),
                min(cell[1] for cell in cells),
                max(cell[2] for cell in cells),
                max(cell[3] for cell in cells),
            )
            for cells in ([_pixels(cell) for cell in table] for table in self.tables)
        ]

        def is_inside(box: PixelBox) -> bool:
            parts = (box.meet(area) for area in areas)
            return any(part.width > 0 and part.height > box.height / 2 for part in parts)

        found = [box for box in self.boxes if not is_inside(box)]
        return found + [box for box in self.reader.boxes(self.plain) if is_inside(box)]

    def page(self, page: Page, turned: float) -> Page:
        """Return the page as recognised."""
        across = round(turned / 90) % 2
        width, height = (page.height, page.width) if across else (page.width, page.height)
        scale = width / self.picture.shape[1]
        printed: list[tuple[PixelBox, Reading]] = []
        grids = []
        taken: set[int] = set()
        for number, table in enumerate(self.tables, 1):
            cells: dict[CellBox, _Said] = {}
            for cell in sorted(table, key=itemgetter(1, 0)):
                parts = self._parts(cell, taken)
                printed.extend(parts)
                x0, top, x1, bottom = (at * scale / POINT for at in cell)
                cells[x0, top, x1, bottom] = self._cell(_pixels(cell), parts)
            grids.append(
                grid_of(
                    page.number,
                    number,
                    list(cells),
                    {cell: said.text for cell, said in cells.items()},
                    {cell: said.second for cell, said in cells.items()},
                    {cell: said.confidence for cell, said in cells.items()},
                )
            )
        for index, box in enumerate(self.boxes):
            if index not in taken:
                printed.append((box, self._first(box)))
        lines = _lines([(box, reading) for box, reading in printed if reading.text], scale)
        return Page(
            number=page.number,
            width=width,
            height=height,
            reading="ocr" if lines else "none",
            images=page.images,
            lines=lines,
            grids=tuple(grids) if lines else (),
            turned=round(turned, 2),
        )

    def _first(self, box: PixelBox, within: bool = False) -> Reading:
        """Return what a line says as found; `within` a table without the seal that may lie over it."""
        is_stamped = within and raster.red_share(box.cut(self.picture)) >= SEALED
        return self.reader.line(box.cut(self.plain if is_stamped else self.picture))

    def _parts(self, cell: CellBox, taken: set[int]) -> list[tuple[PixelBox, Reading]]:
        """Return what was found in a cell; text found across several cells is cut where their rules are."""
        within = _pixels(cell)
        parts = []
        for index, box in enumerate(self.boxes):
            part = box.meet(within)
            if part.width <= 0 or part.height < 0.5 * min(box.height, within.height):
                continue
            whole = part.width >= 0.9 * box.width
            if not whole and not raster.ink_lines(self.ink, part):
                continue
            taken.add(index)
            # what is all but inside is read with its surroundings, as found
            parts.append((part, self._first(box if whole else part, within=True)))
        return parts

    def _cell(self, within: PixelBox, parts: list[tuple[PixelBox, Reading]]) -> "_Said":
        """Return the text of a cell with its second reading; `parts` are what was found in it."""
        first = _joined(parts)
        if first.text and not _NUMBER_LIKE.fullmatch(first.text):
            return _Said(first.text, None, round(first.confidence, 3))
        usual = min((box.height for box, _ in parts), default=LEAST_HEIGHT / LINE_TO_BOX)
        found = raster.ink_lines(self.ink, within)
        lines = [line for line in found if line.height >= LINE_TO_BOX * usual]
        if first.text and not lines:
            lines = found
        if not lines and not first.text:
            return _Said("", None, None)
        second = self._second(lines)
        if not first.text:  # printed, and not found: read once more with more around it
            first = self._again(lines)
        differs = _plain(first.text) != _plain(second.text)
        return _Said(first.text, second.text if differs else None, round(first.confidence, 3))

    def _second(self, lines: list[PixelBox]) -> Reading:
        return _joined([(line, self.reader.line(line.cut(self.inside, 4))) for line in lines])

    def _again(self, lines: list[PixelBox]) -> Reading:
        return _joined([(line, self.reader.line(line.cut(self.inside, line.height // 3))) for line in lines])


def _plain(text: str) -> str:
    """Return a number without what is no difference: line breaks, and the width of its marks."""
    return "".join(text.split("\n")).translate(str.maketrans("，．：；－", ",.:;-"))


def _joined(parts: Sequence[tuple[PixelBox, Reading]]) -> Reading:
    """Return parts of one cell as one text: lines by line feeds, parts of one line by blanks."""
    rows = _rows([(box, reading) for box, reading in parts if reading.text])
    text = "\n".join(" ".join(reading.text for _, reading in row) for row in rows)
    return Reading(text, min((reading.confidence for row in rows for _, reading in row), default=0.0))


def _rows(parts: Sequence[tuple[PixelBox, Reading]]) -> list[list[tuple[PixelBox, Reading]]]:
    """Return parts by line, each from left to right: those of a line overlap by half their height."""
    rows: list[list[tuple[PixelBox, Reading]]] = []
    middle = 0.0
    for part in sorted(parts, key=lambda part: part[0].top + part[0].bottom):
        box = part[0]
        at = (box.top + box.bottom) / 2
        if rows and at - middle < 0.5 * min(box.height, rows[-1][-1][0].height):
            rows[-1].append(part)
        else:
            rows.append([part])
            middle = at
    return [sorted(row, key=lambda part: part[0].x0) for row in rows]


def _lines(parts: Sequence[tuple[PixelBox, Reading]], scale: float) -> tuple[Line, ...]:
    lines = []
    for row in _rows(parts):
        text = row[0][1].text
        for (before, _), (box, reading) in pairwise(row):
            text += (" " if box.x0 - before.x1 > _BLANK_WIDE * box.height else "") + reading.text
        box = PixelBox(
            row[0][0].x0,
            min(box.top for box, _ in row),
            max(box.x1 for box, _ in row),
            max(box.bottom for box, _ in row),
        )
        lines.append(Line(text, Box(*(round(at * scale, 2) for at in box))))
    return tuple(lines)


def _pixels(cell: CellBox) -> PixelBox:
    return PixelBox(*(round(at / POINT) for at in cell))


def _run(index: int, box: PixelBox) -> Run:
    """Return a box of text as a character for `close_tables`; what it says only tells it from the others."""
    x0, top, x1, bottom = (at * POINT for at in box)
    return Run([str(index)], [x0], [x1], top, bottom, True, bottom, bottom - top)
