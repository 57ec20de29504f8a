"""A pdfplumber page whose characters and ruling come from PDFium.

Belongs here: `PdfiumFile` and `PdfiumPage`, which give pdfplumber's own methods (crop, filter,
extract_text, to_image, the debug table finder) PDFium's objects, and stock results for `extract_tables` in
linear time. Does not: mending tables or making a `Document` (`repair`, `pdf`).
"""

import ctypes
import gc
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property, lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any

import pypdfium2
from pdfplumber.page import Page
from pdfplumber.pdf import PDF
from pdfplumber.table import Table, TableSettings

from pipeline.read import pdfium
from pipeline.read.chars import Char, Fonts, Run, VerticalWritingError, chars, read_runs, stock_runs
from pipeline.read.paths import (
    SHORTEST_EDGE,
    Edges,
    Frame,
    PageObjects,
    Point,
    Shapes,
    edges,
    page_objects,
    read_shapes,
)
from pipeline.read.pdfium import Buffer, Matrix
from pipeline.read.tables import (
    TEXT_TOLERANCE,
    CellBox,
    PageText,
    find_cells,
    group_tables,
    rows_of_text,
    snap_and_join,
)
from pipeline.read.unseen import without_unseen_rules

log = logging.getLogger(__name__)

DEFAULT_TEXT_SETTINGS = {"x_tolerance": TEXT_TOLERANCE, "y_tolerance": TEXT_TOLERANCE}
"""What pdfplumber's default table settings pass on to `extract`."""


@contextmanager
def collector_at_rest() -> Iterator[None]:
    """Keep Python's cycle collector from walking, again and again, the numbers of a page being read.

    They are many and hold no cycle; leaving them alone saves a twentieth of the time.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


class PdfiumFile:
    """An open PDF: what `PdfiumPage` needs of a `pdfplumber.PDF`.

    `uniform_descent` gives every font the same descent; without it boxes are pdfplumber's.
    Raises pypdfium2.PdfiumError when PDFium cannot open the file.
    """

    laparams = None
    unicode_norm = None
    raise_unicode_errors = True

    def __init__(self, path: Path | str, password: str | None = None, uniform_descent: bool = False) -> None:
        self.path = Path(path)
        self.password = password
        self.stream = None
        self.document = pypdfium2.PdfDocument(self.path, password=password)
        self.handle = ctypes.cast(self.document.raw, ctypes.c_void_p).value
        self.fonts = Fonts(uniform_descent)
        self._stock: PDF | None = None

    def __len__(self) -> int:
        return len(self.document)

    def __enter__(self) -> "PdfiumFile":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def page(self, index: int, initial_doctop: float = 0) -> "PdfiumPage":
        """Return page `index` (from 0). Close it before the file."""
        return PdfiumPage(self, index, initial_doctop)

    def pages(self) -> Iterator["PdfiumPage"]:
        """Yield the pages one by one; each is closed when the next is asked for.

        Until then Python's cycle collector rests: what a page holds is gone before it would look at it.
        """
        doctop: float = 0
        for index in range(len(self)):
            with collector_at_rest():
                page = self.page(index, doctop)
                try:
                    yield page
                    doctop += page.height
                finally:
                    page.close()

    @property
    def stock(self) -> PDF:
        """The same file in stock pdfplumber, opened when first asked for."""
        if self._stock is None:
            self._stock = PDF.open(self.path, password=self.password)
        return self._stock

    def close(self) -> None:
        """Close the file; its pages must be closed before."""
        if self._stock is not None:
            self._stock.close()
            self._stock = None
        self.document.close()


class PdfiumTable(Table):
    """A pdfplumber table whose `extract` finds the characters of its cells by bisection."""

    def extract(self, **settings: Any) -> list[list[str | None]]:
        """Return the table's text as `pdfplumber.table.Table.extract` does."""
        if settings not in ({}, DEFAULT_TEXT_SETTINGS) or not isinstance(self.page, PdfiumPage):
            return super().extract(**settings)
        return rows_of_text(self.cells, self.page.page_text.of_cells(self.cells))


class PdfiumPage(Page):
    """A page loaded by PDFium. Coordinates are pdfplumber's. Raises ValueError when it cannot be loaded."""

    def __init__(self, pdf: PdfiumFile, index: int, initial_doctop: float = 0) -> None:
        self.file = pdf
        self.pdf = pdf  # type: ignore[assignment]  # as much of a PDF as Page asks for
        self.root_page = self
        self.index = index
        self.page_number = index + 1
        self.initial_doctop = initial_doctop
        self._handle = pdfium.load_page(pdf.handle, index)
        if not self._handle:
            raise ValueError(f"page {index + 1} cannot be loaded")
        turns = pdfium.page_rotation(self._handle)
        self.rotation = 90 * turns
        self.mediabox, self.cropbox, self.frame = _geometry(self._handle, turns)
        self.bbox = self.mediabox
        self.declined: str | None = None
        self.get_textmap = lru_cache()(self._get_textmap)

    def close(self) -> None:
        """Free what PDFium and pdfplumber hold for this page."""
        super().close()
        for name in ("drawn", "shapes", "ruling", "seen_ruling", "runs", "page_text"):
            self.__dict__.pop(name, None)
        if self._handle:
            pdfium.close_page(self._handle)
            self._handle = None

    @cached_property
    def drawn(self) -> PageObjects:
        """The page's text and path objects."""
        return page_objects(self._handle)

    @cached_property
    def shapes(self) -> Shapes:
        """The painted lines, rectangles and curves."""
        return read_shapes(self.drawn, self.frame)

    @cached_property
    def runs(self) -> list[Run]:
        """The characters, by run, in content order; from stock pdfplumber where PDFium's do not serve.

        `declined` then says why.
        """
        try:
            return read_runs(self._handle, self.drawn, self.frame, self.file.fonts)
        except VerticalWritingError as error:
            return stock_runs(self.decline(str(error)).chars)

    def decline(self, reason: str, error: Exception | None = None) -> Page:
        """Leave this page to stock pdfplumber, say why, and return its page. `error`: one nobody foresaw."""
        self.declined = reason
        log.warning(
            "%s, page %s: %s, read by pdfplumber",
            self.file.path.name,
            self.page_number,
            reason,
            exc_info=error,
        )
        return self.file.stock.pages[self.index]

    @cached_property
    def page_text(self) -> PageText:
        """The characters, to be found by where they stand."""
        return PageText(self.runs)

    @cached_property
    def ruling(self) -> Edges | None:
        """The page's edges, snapped and joined; None when there are too few to make a table.

        Two cells need two edges one way and three the other, of which a page's edge may have cut off one.
        Pages of prose mostly have fewer: they are done with before any character is touched.
        """
        vertical, horizontal = edges(read_shapes(self.drawn, self.frame, SHORTEST_EDGE))
        if not vertical or not horizontal or len(vertical) + len(horizontal) < 4:
            return None
        return Edges(snap_and_join(vertical), snap_and_join(horizontal))

    @cached_property
    def seen_ruling(self) -> Edges | None:
        """The ruling without white rules that nobody sees; the same where there are none."""
        seen = without_unseen_rules(self.drawn) if self.ruling else None
        if seen is None:
            return self.ruling
        vertical, horizontal = edges(read_shapes(seen, self.frame, SHORTEST_EDGE))
        return Edges(snap_and_join(vertical), snap_and_join(horizontal))

    def cells_of_tables(self) -> list[list[CellBox]]:
        """Return the cells of each table, as stock pdfplumber finds them."""
        ruling = self.ruling
        if ruling is None:
            return []
        return group_tables(find_cells(ruling.vertical, ruling.horizontal))

    def find_tables(self, table_settings: Any = None) -> list[Table]:
        """Return the tables of the page; other than default settings take pdfplumber's own finder."""
        if table_settings is not None and TableSettings.resolve(table_settings) != TableSettings():
            return super().find_tables(table_settings)
        return [PdfiumTable(self, cells) for cells in self.cells_of_tables()]

    def extract_tables(self, table_settings: Any = None) -> list[list[list[str | None]]]:
        """Return the text of all tables, as stock pdfplumber does."""
        if table_settings is not None:
            return super().extract_tables(table_settings)
        with collector_at_rest():
            return [PdfiumTable(self, cells).extract() for cells in self.cells_of_tables()]

    @property
    def objects(self) -> dict[str, list[dict[str, Any]]]:
        """All objects as pdfplumber's dictionaries, by kind."""
        if not hasattr(self, "_objects"):
            found: dict[str, list[dict[str, Any]]] = {}
            found["line"] = [
                self._path_object("line", [(x0, y0), (x1, y1)], stroke, fill)
                for x0, y0, x1, y1, stroke, fill in self.shapes.lines
            ]
            found["rect"] = [
                self._path_object("rect", [(x0, y0), (x1, y0), (x1, y1), (x0, y1)], stroke, fill)
                for x0, y0, x1, y1, stroke, fill in self.shapes.rects
            ]
            found["curve"] = [self._path_object("curve", *curve) for curve in self.shapes.curves]
            found["char"] = list(map(self._char_object, chars(self.runs)))
            self._objects = {kind: members for kind, members in found.items() if members}
        return self._objects

    @property
    def page_obj(self) -> Any:  # type: ignore[override]  # opened late: only few uses need pdfminer
        """Pdfminer's page, for the parts of pdfplumber that ask the file itself (annotations, structure)."""
        return self.file.stock.pages[self.index].page_obj

    @property
    def structure_tree(self) -> list[dict[str, Any]]:
        """The structure tree, as stock pdfplumber reads it."""
        return self.file.stock.pages[self.index].structure_tree

    def _placed(self, kind: str, x0: float, top: float, x1: float, bottom: float) -> dict[str, Any]:
        foot = self.height + self.mediabox[1]
        return {
            "object_type": kind,
            "page_number": self.page_number,
            "x0": x0,
            "x1": x1,
            "y0": foot - bottom,
            "y1": foot - top,
            "top": top,
            "bottom": bottom,
            "doctop": self.initial_doctop + top,
            "width": x1 - x0,
            "height": bottom - top,
        }

    def _path_object(self, kind: str, points: list[Point], stroke: bool, fill: bool) -> dict[str, Any]:
        xs, tops = zip(*points, strict=True)
        placed = self._placed(kind, min(xs), min(tops), max(xs), max(tops))
        return placed | {"stroke": stroke, "fill": fill, "pts": points}

    def _char_object(self, char: Char) -> dict[str, Any]:
        text, x0, x1, top, bottom, upright = char
        placed = self._placed("char", x0, top, x1, bottom)
        return placed | {"text": text, "size": bottom - top, "upright": upright}


def _geometry(page: int, turns: int) -> tuple[CellBox, CellBox, Frame]:
    """Return media box, crop box and frame as stock pdfplumber counts them; /Rotate is 90 times `turns`."""
    buffer = Buffer(4, "f")
    pdfium.page_visible_box(page, buffer.address)
    left, top, right, bottom = buffer.values()
    visible = (left, bottom, right, top)
    media = visible
    if pdfium.page_media_box(page, *range(buffer.address, buffer.address + 16, 4)):
        left, bottom, right, top = buffer.values()
        media = (min(left, right), min(bottom, top), max(left, right), max(bottom, top))
    x0, y0, x1, y1 = media
    base: Matrix
    if turns == 0:
        base, zero = pdfium.IDENTITY, y1 - y0
    elif turns == 1:
        base, zero = (0.0, -1.0, 1.0, 0.0, 0.0, x1), x1 - 2 * x0
    elif turns == 2:
        base, zero = (-1.0, 0.0, 0.0, -1.0, x0 + x1, y1), y1 - 2 * y0
    else:
        base, zero = (0.0, 1.0, -1.0, 0.0, y0 + y1, -x0), x1 - 2 * x0

    def shown(box: CellBox) -> CellBox:
        low_x, low_y, high_x, high_y = box
        if turns % 2:
            low_x, low_y, high_x, high_y = low_y, low_x, high_y, high_x
        height = x1 - x0 if turns % 2 else y1 - y0
        return (low_x, height - high_y, high_x, height - low_y)

    return shown(media), shown(visible), Frame(base, zero)
