"""Which grids are which statutory form.

Belongs here: titles, the text around a grid, joining continuation pages. Does not: reading the rows (`rows`,
`three_public`), what the report as a whole is (`identify`).

A form is found by its title above the grid (or in the grid's first rows), confirmed by its header. A grid
without a title continues the form before it when it stands on the same or the next page (blank pages not
counted), its columns fit and nothing but captions stands between. A printed form number is never looked at.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from pipeline.forms import text
from pipeline.forms.catalogue import Form, catalogue
from pipeline.forms.header import Header, has_header, read_header
from pipeline.forms.layout import aligned, cell_at, is_banner, is_column_numbers, rows_of
from pipeline.forms.rows import FormRow, Part, read_rows
from pipeline.forms.three_public import is_header_alone, read_three_public
from pipeline.read.document import Document, Grid, Line, Page


@dataclass
class FoundForm:
    """A form of the report and the grids it is printed in; none where a note stands in place of the table.

    `units` are the currency units printed with it, each once: two of them contradict each other.
    `copies` counts later prints of the same form, which stand on `copy_pages`.
    """

    form: Form
    title: str
    units: list[str] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    grids: list[Grid] = field(default_factory=list)  # of F09, whose header is read with its rows
    notes: list[str] = field(default_factory=list)
    copies: int = 0
    copy_pages: list[int] = field(default_factory=list)
    pages: list[int] = field(default_factory=list)

    def add(self, grid: Grid, header: Header | None) -> None:
        """Take `grid` as the next part of the form; F09 has no `header` of its own."""
        if header is None:
            self.grids.append(grid)
        else:
            self.parts.append(Part(grid, header))
        self.pages.append(grid.page)
        book = catalogue()
        plains = ["".join(text.squeeze(c.text) for c in row) for row in rows_of(grid) if is_banner(row, grid)]
        self.notes.extend(
            plain for plain in plains if book.says("note", plain) or book.says("no_data", plain)
        )

    @property
    def unit(self) -> str | None:
        """The unit of the amounts; None where the form prints none, or several that contradict each other."""
        return self.units[0] if len(self.units) == 1 else None

    def state_units(self, *units: str | None) -> None:
        """Take in the units that a part of the form prints."""
        self.units.extend(unit for unit in dict.fromkeys(units) if unit and unit not in self.units)

    @property
    def tables(self) -> list[Grid]:
        """The grids of the form, in print order."""
        return [*(part.grid for part in self.parts), *self.grids]

    def rows(self) -> list[FormRow]:
        """Return the labelled rows in print order."""
        if self.form.layout == "measures":
            return read_three_public(self.form, self.grids)
        return read_rows(self.form, self.parts) if self.parts else []


@dataclass(frozen=True)
class _Zone:
    """The text above a grid or at the foot of a page.

    `titles` are those found, nearest last; `ends` tells that the text ends the form before and that no title
    follows; `notes` belong to the table above, `declared` are notes below a title that there is no data;
    `is_blank` tells that nothing but captions is printed.
    """

    titles: tuple[tuple[Form, str], ...]
    ends: bool
    unit: str | None
    notes: tuple[str, ...]
    declared: tuple[tuple[Form, str, str], ...]
    is_blank: bool


class _Search:
    def __init__(self, document: Document) -> None:
        self.document = document
        self.printed = {page.number: _plain_lines(page) for page in document.pages}
        self.running = _running_lines(self.printed.values())
        self.found: list[FoundForm] = []
        self.open: FoundForm | None = None  # the form that the next grid may continue
        self.waiting: _Zone | None = None  # a title whose grid has not come yet
        self.blank_until = 0  # the last of the blank pages that follow the open form

    def run(self) -> list[FoundForm]:
        part = ""
        for page in self.document.pages:
            if page.part != part:  # nothing goes on from one file of an archive file to the next
                part, self.open, self.waiting = page.part, None, None
            top = 0.0
            for grid in sorted(page.grids, key=lambda grid: grid.box.top):
                zone = self._zone(page.number, _lines(page, top, grid.box.top))
                if top:
                    self._take_notes(page, zone)
                self._take_declared(page, zone)
                self._grid(grid, zone)
                top = max(top, grid.box.bottom)
            zone = self._zone(page.number, _lines(page, top, page.height))
            self._take_declared(page, zone)
            self._foot(page, zone)
        return self.found

    def _grid(self, grid: Grid, zone: _Zone) -> None:
        titles = [*zone.titles, *self._banner_titles(grid)]
        unit = zone.unit
        if not titles and self.waiting and not zone.ends:
            titles = [*self.waiting.titles]
            unit = unit or self.waiting.unit
        for form, title in reversed(titles):
            if self._titled(form, title, grid):
                self.waiting = None
                self._take_unit(grid, unit)
                return
        if titles:
            # the title may stand above a small table of its own (unit, period) before the form itself
            unit = unit or _unit_inside(grid)
            self.waiting = _Zone(tuple(titles[-1:]), False, unit, (), (), False)
            return
        if zone.ends:
            self.open = None
        if self.open:
            self._continues(self.open, grid)
            self._take_unit(grid, unit)

    def _take_unit(self, grid: Grid, unit: str | None) -> None:
        """Take in the units printed above and in `grid` where it was added to the open form."""
        if self.open and self.open.tables and self.open.tables[-1] is grid:
            self.open.state_units(unit, _unit_inside(grid))

    def _titled(self, form: Form, title: str, grid: Grid) -> bool:
        """Take `grid` as (a part of) the form that `title` names; False where the header does not agree."""
        same = self.open if self.open and self.open.form is form and self._adjacent(self.open, grid) else None
        if same and form.title_rank(title) != form.title_rank(same.title):
            same = None
        if form.layout == "measures":
            header, known = None, bool(read_three_public(form, [grid])) or is_header_alone(form, grid)
        else:
            header = read_header(form, grid)
            known = header is not None and not _is_of_other_codes(form, Part(grid, header))
        if same:
            another = header is not None and same.parts and not _is_same_table(same.parts, Part(grid, header))
            if another or (not known and same.parts and has_header(form, grid)):
                self.open = None  # another table under the same title
                return True
            if not known:
                return self._join(same, grid)
            same.add(grid, header)
            return True
        if not known:
            return False
        earlier = next((f for f in self.found if f.form is form), None)
        copies, notes = 0, earlier.notes if earlier else []
        if earlier and (earlier.parts or earlier.grids):
            if form.title_rank(title) >= form.title_rank(earlier.title):
                earlier.copies += 1
                earlier.copy_pages.append(grid.page)
                self.open = None
                return True
            copies, notes = earlier.copies + 1, []  # that was a table whose title only resembles this one
        if earlier:
            self.found.remove(earlier)  # or else a note stood above the table, not in its place
        self.open = FoundForm(form, title, notes=notes, copies=copies)
        self.open.add(grid, header)
        self.found.append(self.open)
        return True

    def _continues(self, found: FoundForm, grid: Grid) -> None:
        """Add a grid without a title to `found`, or close `found` where the grid is no part of it."""
        if not self._adjacent(found, grid):
            self.open = None
            return
        header = read_header(found.form, grid) if found.parts else None
        if header is None and not (found.parts and has_header(found.form, grid)):
            self._join(found, grid)
        elif (
            header
            and header.measures == found.parts[0].header.measures
            and not _is_of_other_codes(found.form, Part(grid, header))
        ):
            found.add(grid, header)
        else:
            self.open = None

    def _join(self, found: FoundForm, grid: Grid) -> bool:
        """Add a grid without a header to `found` when its columns fit and its rows look like the form's."""
        if found.parts:
            # the page before may lack an outer rule that the first page has
            source = next(
                (p for p in (found.parts[-1], found.parts[0]) if aligned(p.grid, grid)), found.parts[-1]
            )
            before, header = source.grid, source.header.moved(source.grid, grid)
            alike = _looks_alike(found.form, Part(grid, header))
        else:
            before, header = found.grids[-1], None
            alike = len(found.rows()) < len(read_three_public(found.form, [*found.grids, grid]))
        fits = aligned(before, grid) or before.columns == grid.columns
        if not fits or not alike:
            self.open = None
            return False
        found.add(grid, header)
        return True

    def _adjacent(self, found: FoundForm, grid: Grid) -> bool:
        return grid.page - max(found.pages[-1], self.blank_until) <= 1

    def _banner_titles(self, grid: Grid) -> list[tuple[Form, str]]:
        """Return the titles in the first rows of a grid: alone in their row, or beside captions."""
        titles = []
        for row in rows_of(grid)[:4]:
            plains = [plain for cell in row if text.has_words(plain := text.squeeze(cell.text))]
            named = [title for plain in plains if (title := _title(plain))]
            others = len(plains) - len(named)
            if named and others == sum(catalogue().says("caption", plain) for plain in plains):
                titles.extend(named)
        return titles

    def _repeats(self, page: int, plain: str) -> bool:
        """Tell whether a line also stands on the page before, or on the first page of the open form."""
        first = self.open.pages[0] if self.open else page
        return any(plain in self.printed.get(other, ()) for other in {page - 1, first} - {page})

    def _zone(self, page: int, lines: Sequence[Line]) -> _Zone:
        book = catalogue()
        titles: list[tuple[Form, str]] = []
        notes: list[str] = []
        declared: list[tuple[Form, str, str]] = []
        ends, unit, is_blank, headed = False, None, True, False
        plains = [text.squeeze(line.text) for line in lines]
        for index, plain in enumerate(plains):
            unit = text.unit_of(plain) or unit
            title = _title_of(plains[index - 1] if index else "", plain)
            if title:
                titles.append(title)
                ends = is_blank = False
            elif plain and plain not in self.running and not book.says("caption", plain):
                if self._repeats(page, plain):
                    continue
                is_blank = False
                if titles and book.says("no_data", plain):
                    declared.append((*titles[-1], plain))
                elif book.says("note", plain) or book.says("no_data", plain):
                    if not headed:  # below a heading it says something about another table, or in the text
                        notes.append(plain)
                elif any(book.says(word, plain) for word in ("table_title", "heading", "sentence")):
                    ends = True
                    headed = headed or book.says("table_title", plain) or book.says("heading", plain)
                    titles.clear()
        return _Zone(tuple(titles), ends, unit, tuple(notes), tuple(declared), is_blank)

    def _take_notes(self, page: Page, zone: _Zone) -> None:
        if self.open and page.number == self.open.pages[-1]:
            self.open.notes.extend(zone.notes)

    def _take_declared(self, page: Page, zone: _Zone) -> None:
        """Record the forms in whose place a note says that there is no data."""
        for form, title, note in zone.declared:
            if not any(found.form is form for found in self.found):
                declared = FoundForm(form, title, notes=[note], pages=[page.number])
                declared.state_units(zone.unit)
                self.found.append(declared)

    def _foot(self, page: Page, zone: _Zone) -> None:
        """Take in the text after the last grid of a page: notes of the form, a title at the page's foot."""
        if page.grids:
            self._take_notes(page, zone)
            self.waiting = None
        elif self.open and zone.is_blank and page.number == max(self.open.pages[-1], self.blank_until) + 1:
            self.blank_until = page.number
        if zone.titles:
            self.waiting = zone
        elif zone.ends:
            self.waiting = self.open = None


def find_forms(document: Document) -> list[FoundForm]:
    """Return the statutory forms of `document` in printed order, each with its grids joined over pages."""
    return _Search(document).run()


def _lines(page: Page, top: float, bottom: float) -> list[Line]:
    """Return the lines of `page` whose middle lies between `top` and `bottom`."""
    return [line for line in page.lines if top <= (line.box.top + line.box.bottom) / 2 < bottom]


def _title(plain: str) -> tuple[Form, str] | None:
    """Return the form that a squeezed line names as its title; a sentence or a contents entry names none."""
    book = catalogue()
    longest = 60  # the longest official title has 30 characters; a department's name may stand before it
    if len(plain) > longest or book.says("sentence", plain) or book.says("contents_entry", plain):
        return None
    form = book.form_titled(plain)
    return (form, plain) if form else None


def _title_of(before: str, plain: str) -> tuple[Form, str] | None:
    """Return the form that a line names, alone or as the second line of a title.

    A long title breaks over two lines, and its second line alone may name another form.
    """
    alone = _title(plain)
    joined = _title(before + plain) if before and not _title(before) else None
    if alone and joined and alone[0] is joined[0]:
        return alone
    return joined or alone


def _running_lines(pages: Collection[frozenset[str]]) -> frozenset[str]:
    """Return the lines that head or foot many pages: at least three, and two pages of five.

    `pages` are the squeezed lines of each page. The title of some table is none of them: an annex may print
    its own on most pages of a report.
    """
    book = catalogue()
    counts = Counter(plain for page in pages for plain in page)
    least = max(3, int(0.4 * len(pages)))
    return frozenset(
        plain
        for plain, count in counts.items()
        if count >= least and not _title(plain) and not book.says("table_title", plain)
    )


def _plain_lines(page: Page) -> frozenset[str]:
    return frozenset(plain for line in page.lines if (plain := text.squeeze(line.text)))


def _unit_inside(grid: Grid) -> str | None:
    """Return the unit that the first rows of a grid state: in a row of its own or in a column header."""
    for row in rows_of(grid)[:4]:
        for cell in row:
            plain = text.squeeze(cell.text)
            unit = text.unit_of(plain) or text.unit_in_brackets(plain)
            if unit:
                return unit
    return None


def _is_of_other_codes(form: Form, part: Part) -> bool:
    """Tell whether the rows of a grid are coded by another classification than those of `form`."""
    if form.codes is None:
        return False
    codes = [row.code for row in read_rows(form, [part]) if row.kind == "subject" and row.code]
    return 2 * sum(bool(form.codes.search(code)) for code in codes) < len(codes)


def _is_same_table(parts: Sequence[Part], part: Part) -> bool:
    """Tell whether a grid with a header goes on with the table of `parts`: the same columns, or as placed."""
    same = part.header.measures == parts[0].header.measures
    return same or any(aligned(other.grid, part.grid) for other in (parts[-1], parts[0]))


def _begins_with_words(form: Form, part: Part) -> bool:
    """Tell whether a grid read without header begins with one of its own, of another table.

    Its first row then has words over the amounts, and at the left what no row of `form` is called.
    """
    row = next((row for row in rows_of(part.grid) if any(text.squeeze(cell.text) for cell in row)), [])
    words = [
        cell
        for block in part.header.blocks
        for _, column in block.measures
        if (cell := cell_at(row, column.middle))
        and text.has_words(cell.text)
        and not catalogue().says("placeholder", text.squeeze(cell.text))
    ]
    others = [
        plain for cell in row if all(cell is not word for word in words) and (plain := text.label(cell.text))
    ]
    return len(words) > 1 and bool(others) and all(form.line_item(plain) is None for plain in others)


def _looks_alike(form: Form, part: Part) -> bool:
    """Tell whether the rows of a grid without header may belong to `form`: codes, known labels, or blank."""
    if all(not text.squeeze(cell.text) for cell in part.grid.cells):
        return True
    if all(is_column_numbers(row) for row in rows_of(part.grid) if row):
        return True
    if _is_of_other_codes(form, part) or _begins_with_words(form, part):
        return False
    rows = read_rows(form, [part])
    # labels that only name a row because an earlier page said so (the opening funds of F04) count as known
    parts = form.layout == "two_sided"  # 其中 stands in tables of any kind
    known = [
        row
        for row in rows
        if row.code is not None or row.line_item is not None or (parts and row.kind == "part")
    ]
    torn = [row for row in rows if row not in known and row.is_empty]
    return bool(known or torn) and len(known) + len(torn) >= len(rows) / 2
