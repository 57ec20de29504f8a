"""Grids and documents written down as text, for tests of what forms make of them."""

from pipeline.read.document import Box, Cell, Document, Grid, Line, Page

COLUMN, ROW = 50.0, 20.0


def grid(*rows: str, page: int = 1, table_no: int = 1, top: float = 100.0, left: float = 40.0) -> Grid:
    """Return a grid from rows of texts parted by `|`; `<` widens the cell to its left, `^` the one above."""
    table = [[text.strip() for text in row.split("|")] for row in rows]
    width = max(len(row) for row in table)
    cells = []
    for i, row in enumerate(table):
        for j, text in enumerate(row):
            if text in ("<", "^"):
                continue
            columns = 1
            while j + columns < len(row) and row[j + columns] == "<":
                columns += 1
            height = 1
            while i + height < len(table) and j < len(table[i + height]) and table[i + height][j] == "^":
                height += 1
            box = Box(
                left + j * COLUMN, top + i * ROW, left + (j + columns) * COLUMN, top + (i + height) * ROW
            )
            cells.append(Cell(i, j, height, columns, text.replace("\\n", "\n"), box))
    box = Box(left, top, left + width * COLUMN, top + len(table) * ROW)
    return Grid(page, table_no, len(table), width, box, tuple(cells))


def page(number: int, *content: str | Grid) -> Page:
    """Return a page whose lines and grids follow each other down the page."""
    lines: list[Line] = []
    grids: list[Grid] = []
    top = 20.0
    for part in content:
        if isinstance(part, str):
            lines.append(Line(part, Box(60, top, 60 + 10 * len(part), top + 10)))
            top += 14
        else:
            moved = top + 4 - part.box.top
            cells = tuple(
                Cell(c.row, c.column, c.row_span, c.column_span, c.text, _down(c.box, moved))
                for c in part.cells
            )
            box = _down(part.box, moved)
            grids.append(Grid(number, len(grids) + 1, part.rows, part.columns, box, cells))
            top = box.bottom + 4
    return Page(number, 595, max(842, top + 20), "text", 0, tuple(lines), tuple(grids))


def document(*pages: Page) -> Document:
    """Return a document of these pages."""
    return Document("0" * 64, "pdf", "", pages)


def _down(box: Box, by: float) -> Box:
    return Box(box.x0, box.top + by, box.x1, box.bottom + by)
