"""Which tables are which self-evaluation annex.

Belongs here: titles above and inside grids, joining the grids of one annex over pages, parting annexes that
share a grid. Does not: what a row says (`annex_rows`).

An annex begins at its title or, without one, at a row that names a project or a department or heads
indicators with actual values. A grid without a title goes on with the annex before it when it stands on the
same or the next page, is as wide, and nothing but captions stands between.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from pipeline.forms import text
from pipeline.forms.catalogue import catalogue
from pipeline.forms.layout import is_banner, rows_of
from pipeline.narrative.annex_words import words
from pipeline.read.document import Cell, Document, Grid, Page

_SAME_WIDTH = 5.0  # points


@dataclass(frozen=True, eq=False)
class TableRow:
    """One row of a grid: the cells that begin in it, and all that cover it, left to right.

    `torn` tells that the row is the first of a grid that goes on with the table of an earlier page, so that
    it may be the rest of the row before.
    """

    grid: Grid
    index: int
    cells: tuple[Cell, ...]
    covering: tuple[Cell, ...]
    torn: bool = False

    def plains(self) -> list[str]:
        """Return the squeezed texts of the cells that begin here, blank ones too."""
        return [text.squeeze(cell.text) for cell in self.cells]


@dataclass
class Annex:
    """The rows of one annex in print order. `unit` is the currency unit stated above the table."""

    title: str | None
    unit: str | None
    rows: list[TableRow] = field(default_factory=list)

    @property
    def excluded(self) -> bool:
        """Whether the title says that the table is of another kind (goals, monitoring, lists)."""
        return self.title is not None and words().says("title_not", self.title)

    def heads_indicators(self) -> bool:
        """Tell whether any row so far heads indicators: what follows a new project name is a new annex."""
        return any(is_indicator_header(row) for row in self.rows)


@dataclass(frozen=True)
class _Between:
    """The text above a grid: the last title in it, whether it ends the table before, the unit it states."""

    title: str | None
    ends: bool
    unit: str | None


class _Search:
    def __init__(self) -> None:
        self.found: list[Annex] = []
        self.open: Annex | None = None
        self.waiting: _Between | None = None  # a title at the foot of the page before

    def page(self, page: Page) -> None:
        top = 0.0
        for grid in sorted(page.grids, key=lambda grid: grid.box.top):
            between = _between(page, top, grid.box.top)
            if self.waiting and not between.title and not between.ends:
                between = _Between(self.waiting.title, True, between.unit or self.waiting.unit)
            self.waiting = None
            self._grid(grid, between)
            top = max(top, grid.box.bottom)
        foot = _between(page, top, page.height)
        if foot.title:
            self.waiting = foot
        if foot.ends or foot.title:
            self.open = None

    def _grid(self, grid: Grid, between: _Between) -> None:
        continued = False
        if between.title:
            self._start(between.title, between.unit)
        elif between.ends or not self._continues(grid):
            self.open = None
        else:
            continued = bool(self.open and self.open.rows and self.open.rows[-1].grid.page < grid.page)
        for row in table_rows(grid, continued=continued):
            title = _banner_title(row)
            if title and self.open and not self.open.rows and self.open.title == title:
                continue  # printed above the table and in it
            if title:
                self._start(title, between.unit)
                continue
            if self._begins(row):
                self._start(None, between.unit)
            if self.open:
                self.open.rows.append(row)

    def _start(self, title: str | None, unit: str | None) -> None:
        self.open = Annex(title, unit)
        self.found.append(self.open)

    def _begins(self, row: TableRow) -> bool:
        """Tell whether an annex begins at this row, which no title stands above."""
        if self.open is None:
            return _names_any(row) or is_indicator_header(row)
        return names_project(row) and self.open.heads_indicators()

    def _continues(self, grid: Grid) -> bool:
        if self.open is None or not self.open.rows:
            return self.open is not None
        last = self.open.rows[-1].grid
        width, last_width = (box.x1 - box.x0 for box in (grid.box, last.box))
        return grid.page - last.page <= 1 and abs(width - last_width) <= _SAME_WIDTH


def find_annexes(document: Document) -> list[Annex]:
    """Return the tables that may be self-evaluation annexes, in print order.

    Whether one is, is for its rows to say: those without indicators or funds are none. Tables whose titles
    say that they are of another kind are left out.
    """
    search = _Search()
    for page in document.pages:
        search.page(page)
    return [annex for annex in search.found if annex.rows and not annex.excluded]


def table_rows(grid: Grid, *, continued: bool = False) -> Iterator[TableRow]:
    """Yield the rows of a grid in which any cell begins; `continued`: see `TableRow.torn`."""
    covering: list[list[Cell]] = [[] for _ in range(grid.rows)]
    for cell in grid.cells:
        for index in range(cell.row, min(cell.row + cell.row_span, grid.rows)):
            covering[index].append(cell)
    for index, cells in enumerate(rows_of(grid)):
        if cells:
            over = tuple(sorted(covering[index], key=lambda cell: cell.box.x0))
            yield TableRow(grid, index, tuple(cells), over, torn=continued and index == 0)


def names_project(row: TableRow) -> bool:
    """Tell whether a row begins with the label of a project's name."""
    return words().head_key(_first(row)) == "project_name"


def _names_any(row: TableRow) -> bool:
    return words().head_key(_first(row)) is not None


def _first(row: TableRow) -> str:
    return next((plain for plain in row.plains() if plain), "")


def is_indicator_header(row: TableRow) -> bool:
    """Tell whether a row heads indicators with actual values beside the targets or the weights."""
    keys = {found[0] for plain in row.plains() if (found := words().column("indicator", plain))}
    return bool(keys & {"level1", "level2"}) and "actual" in keys and bool(keys & {"target", "weight"})


def _banner_title(row: TableRow) -> str | None:
    """Return the title that a row across the whole table prints, None when it is no such row."""
    if not is_banner(row.cells, row.grid):
        return None
    plain = next(plain for plain in row.plains() if plain)
    return plain if words().title(plain) else None


def _between(page: Page, top: float, bottom: float) -> _Between:
    book, forms = words(), catalogue()
    title, ends, unit = None, False, None
    for plain in _plain_lines(page, top, bottom):
        unit = text.unit_of(plain) or unit
        if (
            book.title(plain)
            and not forms.says("sentence", plain)
            and not forms.says("contents_entry", plain)
        ):
            title, ends = plain, True
        elif any(forms.says(word, plain) for word in ("table_title", "heading", "sentence")):
            title, ends = None, True
    return _Between(title, ends, unit)


def _plain_lines(page: Page, top: float, bottom: float) -> Sequence[str]:
    """Return the squeezed lines of `page` whose middle lies between `top` and `bottom`."""
    return [
        plain
        for line in page.lines
        if top <= (line.box.top + line.box.bottom) / 2 < bottom and (plain := text.squeeze(line.text))
    ]
