"""What the form dictionary does not know: titles of tables, column headers, row labels.

Belongs here: finding them, with the numbers that are not in the facts on their account. Does not: mapping
them (that is an entry in the dictionary, made by a person), or F09, whose header may stand at the side
(`three_public.unnamed`).

A title is unknown where a table among the forms of the report names neither a form nor one of the
`other_tables`. A header is unknown where a column of a form is neither labels nor a measure nor one of the
form's `others`; the whole header is where a table bears the title of a form and cannot be read as it. Titles
and headers are told with or without numbers below; a label only where the row prints a number, and then even
a blank one.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.forms import text
from pipeline.forms.catalogue import Form, catalogue
from pipeline.forms.find import FoundForm
from pipeline.forms.header import SCAN_ROWS, has_amount, read_header
from pipeline.forms.layout import (
    Column,
    Row,
    amount_cell,
    cells_in,
    is_banner,
    is_column_numbers,
    leaf_columns,
    rows_of,
    shift,
)
from pipeline.forms.rows import FormRow, Part, read_rows
from pipeline.forms.three_public import read_three_public, unnamed
from pipeline.read.document import Box, Cell, Document, Grid, Line, Page

Rows = Mapping[str, Sequence[FormRow]]
"""The rows of the forms of a report, by form code."""

_FORM_NUMBER = re.compile(r"^(?:公开|附)*[表件]?[\d一二三四五六七八九十-]+表?[:、.]?")
_LONGEST_TITLE = 60


@dataclass
class Unknown:
    """Something the dictionary does not know. `grid` is the table it heads or stands in.

    `cell` is the cell that prints it, None for a title above its table; `box` is its place on the page, None
    where a table has no title at all. `header` are the header words of a table under an unknown title, its
    columns parted by ` | `; `resembles` the codes of the forms that were not found and whose header and rows
    it has.
    """

    kind: str
    form_code: str | None
    words: str
    grid: Grid
    cell: Cell | None
    box: Box | None
    numbers: list[str] = field(default_factory=list)
    header: str | None = None
    resembles: str | None = None


def find_unknown(
    document: Document, found: Sequence[FoundForm], rows: Rows, missing: Collection[str]
) -> list[Unknown]:
    """Return what the dictionary does not know among the forms of a report, in print order.

    `missing` are the codes of the forms that the report should have and that were not found.
    """
    unknown = [*_tables(document, found, missing)]
    for form in found:
        if form.form.layout == "measures":
            unknown.extend(
                Unknown(kind, form.form.code, words, grid, cell, cell.box, numbers)
                for kind, words, grid, cell, numbers in unnamed(form.form, form.grids)
            )
        else:
            unknown.extend(_headers(form, rows[form.form.code]))
            unknown.extend(_labels(form, rows[form.form.code]))
            unknown.extend(_unread(form, rows[form.form.code]))

    def place(item: Unknown) -> tuple[int, int, int, int]:
        row, column = (item.cell.row, item.cell.column) if item.cell else (-1, -1)
        return item.grid.page, item.grid.table_no, row, column

    return sorted(unknown, key=place)


# Headers and labels of the forms that were found -----------------------------------------------------------


def _headers(form: FoundForm, rows: Sequence[FormRow]) -> Iterable[Unknown]:
    """Return the columns that the headers do not name; one that continuation pages repeat is told once."""
    read = {id(cell) for row in rows for _, _, cell in row.values}
    told: dict[str, Unknown] = {}
    for part in form.parts:
        for column in part.header.unnamed:
            below = [amount_cell(row, column) for row in _data_rows(part.grid, part.header.depth)]
            cells = [cell for cell in below if cell and id(cell) not in read]
            numbers = _numbers(cells)
            # a column of words is one of labels or remarks; a 合计 row may print words of the header
            plains = [text.squeeze(cell.text) for cell in cells if text.has_words(cell.text)]
            if not numbers and (not column.words or any(plain not in column.path for plain in plains)):
                continue
            if column.words not in told:
                cell = _header_cell(part.grid, part.header.depth, column)
                told[column.words] = Unknown(
                    "header", form.form.code, column.words, part.grid, cell, cell.box if cell else None
                )
            told[column.words].numbers.extend(numbers)
    return told.values()


def _header_cell(grid: Grid, depth: int, column: Column) -> Cell | None:
    """Return the lowest printed cell above a column."""
    above = [cell for row in rows_of(grid)[:depth] for cell in cells_in(row, column)]
    return next((cell for cell in reversed(above) if text.squeeze(cell.text)), None)


def _labels(form: FoundForm, rows: Sequence[FormRow]) -> Iterator[Unknown]:
    """Yield the rows that print a number under a label that is neither a code nor known nor a part (其中)."""
    for row in rows:
        numbers = _numbers(cell for _, cell, _ in row.values if cell)
        if row.kind == "line" and row.code is None and row.line_item is None and numbers:
            cell = _label_cell(row)
            yield Unknown("row_label", form.form.code, row.name or "", row.grid, cell, cell.box, numbers)


def _unread(form: FoundForm, rows: Sequence[FormRow]) -> Iterator[Unknown]:
    """Yield the rows whose numbers became no amount because no block has a label for them.

    So ends a row whose label is blank, and an unknown total of F06 that is merged over columns of the next
    block. A number behind the label of a row that was read is that of another column, and a known total is
    one printed again.
    """
    read = {id(cell) for row in rows for _, _, cell in row.values}
    names: dict[tuple[int, int, int], list[str]] = {}
    for found in (row for row in rows if row.values):
        names.setdefault((found.grid.page, found.grid.table_no, found.row_no), []).append(found.name or "")
    for part in form.parts:
        starts = [min(column.x0 for column in block.labels) for block in part.header.blocks]
        for row in _data_rows(part.grid, part.header.depth):
            told: dict[str, Unknown] = {}
            label: Cell | None = None
            for cell in row:
                if text.has_words(cell.text):
                    label = cell
                elif label and any(label.box.x1 <= start + 1 <= cell.box.x1 for start in starts):
                    label = None  # of the block before
                words = text.item_name(label.text) if label else ""
                known = names.get((part.grid.page, part.grid.table_no, cell.row), ())
                if (
                    id(cell) in read
                    or "." not in (text.printed_number(cell.text) or "")
                    or (words and any(words in name for name in known))
                    or form.form.line_item(text.label(words)) is not None
                    or any(cell in cells_in(row, column) for column in part.header.unnamed)
                ):
                    continue
                place = label or cell
                told.setdefault(
                    words, Unknown("row_label", form.form.code, words, part.grid, place, place.box)
                )
                told[words].numbers.extend(_numbers([cell]))
            yield from told.values()


def _label_cell(row: FormRow) -> Cell:
    """Return the cell that prints the label of a row, its first value where none does."""
    printed = [cell for cell in rows_of(row.grid)[row.row_no] if text.has_words(cell.text)]
    own = [cell for cell in printed if text.item_name(cell.text) in (row.name or "")]
    return next(iter(own), row.values[0][2])


# Tables that are no form -----------------------------------------------------------------------------------


def _tables(document: Document, found: Sequence[FoundForm], missing: Collection[str]) -> list[Unknown]:
    """Return the tables among the forms that are no form and whose title is not that of another table.

    Even such a table is told where it has header and rows of a form that is missing.
    A table without a title belongs to the one before; behind a form, or first of all, it is told without
    words where it prints a number.
    """
    book = catalogue()
    taken = _taken(found)
    unfound = [form for form in book.forms.values() if not any(_is_print_of(form, f) for f in found)]
    wanted = [form for form in unfound if form.code in missing]
    told: list[Unknown] = []
    open_table: Unknown | None = None
    skipped = False  # whether what is printed last is a table that needs no telling
    for grid, heading in _headed(document, found):
        if id(grid) in taken:
            open_table, skipped = None, False
            continue
        again = open_table is not None and heading.words == open_table.words
        if again or (not heading.words and (open_table or skipped)):
            if open_table:
                open_table.numbers.extend(_table_numbers(grid if again else open_table.grid, grid))
            continue
        form = book.form_titled(heading.words) if heading.is_title else None
        table = _table(grid, heading, form)
        if form:
            copy = _is_form(form, grid) or not table.numbers
            skipped = form not in unfound and (copy or book.is_other_table(heading.words))
        elif heading.is_title:
            skipped = book.is_other_table(heading.words) and not _resembled(grid, wanted)
        else:
            skipped = not table.numbers
        open_table = None if skipped else table
        if open_table:
            told.append(open_table)
    for table in told:
        if table.kind == "form_title":
            alike = _resembled(table.grid, wanted) or _resembled(table.grid, unfound)
            table.resembles = " ".join(alike) or None
    return told


def _taken(found: Sequence[FoundForm]) -> set[int]:
    """Return the identities of the grids that are part of a form."""
    return {id(grid) for form in found for grid in (*form.grids, *(part.grid for part in form.parts))}


def _is_print_of(form: Form, found: FoundForm) -> bool:
    return found.form is form and bool(found.parts or found.grids)


@dataclass(frozen=True)
class _Heading:
    """What stands above a table: its title, or else some other line, or nothing."""

    words: str = ""
    is_title: bool = False
    box: Box | None = None
    cell: Cell | None = None


def _table(grid: Grid, heading: _Heading, form: Form | None) -> Unknown:
    """Return a table that is no form: under an unknown title, or a form's whose header nobody can read."""
    words = " | ".join(_header_words(grid)) or None
    numbers = _table_numbers(grid, grid)
    if form:
        cell = next((cell for row in rows_of(grid) for cell in row if text.squeeze(cell.text)), None)
        return Unknown("header", form.code, words or "", grid, cell, cell.box if cell else None, numbers)
    return Unknown("form_title", None, heading.words, grid, heading.cell, heading.box, numbers, words)


def _resembled(grid: Grid, forms: Sequence[Form]) -> list[str]:
    """Return the codes of those `forms` that `grid` would be but for its title.

    Every column has a measure, half of the rows are known; of several forms those whose measures are there
    most completely.
    """
    shares: dict[str, float] = {}
    for form in forms:
        if _is_form(form, grid):
            header = read_header(form, grid)
            measures = sum(len(names) for names in form.measures.values())
            shares[form.code] = len(header.measures) / measures if header else 1.0
    return [code for code, share in shares.items() if share == max(shares.values())]


def _is_form(form: Form, grid: Grid) -> bool:
    """Tell whether header and rows of `grid` are those of `form`, whatever its title."""
    if form.layout == "measures":
        return bool(read_three_public(form, [grid]))
    header = read_header(form, grid)
    if header is None or header.unnamed:
        return False
    rows = read_rows(form, [Part(grid, header)])
    return 2 * sum(row.code is not None or row.line_item is not None for row in rows) >= len(rows)


# Where the forms stand, and what stands above a table ------------------------------------------------------


def _headed(document: Document, found: Sequence[FoundForm]) -> Iterator[tuple[Grid, _Heading]]:
    """Yield the tables among the forms with what stands above them, in print order.

    The forms begin with the unbroken run of pages with tables that the first form stands in, and end where
    behind the last form text begins.
    """
    printed = [page for form in found for page in form.pages]
    if not printed:
        return
    ahead = _taken(found)  # tables of forms that are still to come
    pages = {page.number: page for page in document.pages}
    number = min(printed)
    while number - 1 in pages and (pages[number - 1].grids or not pages[number - 1].lines):
        number -= 1
    foot = _Heading()  # a title at the foot of the page before
    while page := pages.get(number):
        top = 0.0
        for grid in sorted(page.grids, key=lambda grid: grid.box.top):
            lines = _between(page, top, grid.box.top)
            if not ahead and number >= max(printed) and _ends(lines, page):
                return
            heading = _Heading()
            if id(grid) not in ahead:
                heading = _title_inside(grid) or _heading(lines, pages)
            yield grid, heading if heading.words else foot
            ahead.discard(id(grid))
            foot = _Heading()
            top = max(top, grid.box.bottom)
        lines = _between(page, top, page.height)
        if not ahead and number >= max(printed) and _ends(lines, page):
            return
        below = _heading(lines, pages)
        foot = below if below.is_title else _Heading()
        number += 1


def _between(page: Page, top: float, bottom: float) -> list[Line]:
    """Return the lines of `page` whose middle lies between `top` and `bottom`."""
    return [line for line in page.lines if top <= (line.box.top + line.box.bottom) / 2 < bottom]


def _ends(lines: Sequence[Line], page: Page) -> bool:
    """Tell whether `lines`, which stand behind the last form, are the text that follows the forms."""
    book = catalogue()
    plains = [text.squeeze(line.text) for line in lines]
    words = [plain for plain in plains if text.has_words(plain) and not _is_title(plain)]
    if not page.grids:
        return any(not book.says("caption", plain) for plain in words)
    return any(book.says("heading", plain) for plain in words)


def _heading(lines: Sequence[Line], pages: Mapping[int, Page]) -> _Heading:
    """Return the title nearest to the end of `lines`, else the nearest line that might be one."""
    book = catalogue()
    nearest = _Heading()
    plains = [text.squeeze(line.text) for line in lines]
    for index in reversed(range(len(lines))):
        plain = plains[index]
        if _is_title(plain):
            before = plains[index - 1] if index else ""
            joined = before + plain if before and not _is_title(before) and _may_head(before) else plain
            if book.form_titled(plain) and not book.form_titled(joined):
                joined = plain
            return _Heading(text.label(joined), True, lines[index].box)
        if any(book.says(word, plain) for word in ("sentence", "heading", "note", "no_data")):
            break
        if not nearest.words and _may_head(plain) and not _is_running(plain, pages):
            nearest = _Heading(text.label(plain), False, lines[index].box)
    return nearest


def _title_inside(grid: Grid) -> _Heading | None:
    """Return the title in the first rows of a table: alone in its row, or beside captions."""
    book = catalogue()
    for row in rows_of(grid)[:4]:
        words = [cell for cell in row if text.has_words(cell.text)]
        titles = [cell for cell in words if _is_title(text.squeeze(cell.text))]
        others = [text.squeeze(cell.text) for cell in words if cell not in titles]
        if titles and all(book.says("caption", plain) for plain in others):
            return _Heading(text.label(titles[0].text), True, titles[0].box, titles[0])
    return None


def _is_title(plain: str) -> bool:
    """Tell whether a squeezed line names a table of some kind; `附表1:` and `公开01表` alone name none."""
    book = catalogue()
    if len(plain) > _LONGEST_TITLE or any(book.says(w, plain) for w in ("sentence", "contents_entry")):
        return False
    if book.form_titled(plain):
        return True
    named = _FORM_NUMBER.sub("", plain)
    return book.says("table_title", named) and (book.is_other_table(named) or not book.says("caption", named))


def _may_head(plain: str) -> bool:
    """Tell whether a squeezed line that is no title may head a table, or begin its title."""
    book = catalogue()
    kinds = ("caption", "sentence", "heading", "note", "no_data", "contents_entry")
    return (
        text.has_words(plain)
        and len(plain) <= _LONGEST_TITLE
        and not text.unit_of(plain)
        and not any(book.says(kind, plain) for kind in kinds)
    )


def _is_running(plain: str, pages: Mapping[int, Page]) -> bool:
    """Tell whether a line heads or foots several pages."""
    times = sum(any(text.squeeze(line.text) == plain for line in page.lines) for page in pages.values())
    return times > 1


# Header and numbers of a table of any kind -----------------------------------------------------------------


def _depth(grid: Grid) -> int:
    """Return the number of header rows: down to the words that head label columns, else to the amounts."""
    book = catalogue()
    words = ("code_header", "name_header", "label_header", "side_header", "line_number_header")
    rows = rows_of(grid)
    depth = 0
    for index, row in enumerate(rows[:SCAN_ROWS]):
        if has_amount(row):
            depth = depth or index
            break
        for cell in row:
            if any(book.says(word, text.squeeze(cell.text)) for word in words):
                depth = max(depth, index + cell.row_span)
    return depth or 1


def _columns(grid: Grid) -> list[Column]:
    book = catalogue()
    header = []
    for row in rows_of(grid)[: _depth(grid)]:
        plains = [plain for cell in row if (plain := text.squeeze(cell.text))]
        captions = all(
            book.says("caption", plain) or text.unit_of(plain) or _is_title(plain) for plain in plains
        )
        if not captions and not is_banner(row, grid) and not is_column_numbers(row):
            header.extend(row)
    return leaf_columns(grid, header)


def _header_words(grid: Grid) -> list[str]:
    """Return the header of every column of a table, from the top row down, columns of one header once."""
    return list(dict.fromkeys(column.words for column in _columns(grid) if column.words))


def _table_numbers(first: Grid, grid: Grid) -> list[str]:
    """Return the numbers in `grid`, a part of the table that begins with `first`; codes are none."""
    book = catalogue()
    words = ("code_header", "code_level", "line_number_header")
    numbering = [
        c for c in _columns(first) if any(book.says(word, part) for part in c.path for word in words)
    ]
    moved = numbering if grid is first else shift(numbering, first, grid)
    depth = _depth(grid) if grid is first else 0
    return _numbers(
        cell
        for row in _data_rows(grid, depth)
        for cell in row
        if not any(column.x0 <= (cell.box.x0 + cell.box.x1) / 2 < column.x1 for column in moved)
    )


def _data_rows(grid: Grid, depth: int) -> list[Row]:
    return [row for row in rows_of(grid)[depth:] if not is_column_numbers(row)]


def _numbers(cells: Iterable[Cell]) -> list[str]:
    printed = (text.printed_number(cell.text) for cell in cells)
    return [number for number in printed if number is not None]
