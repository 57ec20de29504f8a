"""Puts the parts of a report into Word files, workbooks and web pages, as `draw` puts them on PDF pages.

Belongs here: one press for each type that has no pages, with the methods of `draw.Press`. Does not: what is
said (`narrative`) or which cells there are (`tables`). Of the layout only what `tables` makes of it counts.
"""

import html
import zipfile
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import docx
import openpyxl
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Pt
from openpyxl.styles import Border, Side
from openpyxl.utils import get_column_letter

from samples.layout import Layout
from samples.tables import Cell, Row, Table

HEIGHT = 842.0
NO_BREAK = "\u00a0"
WIDTH_OF_WEIGHT = 60.0
"""Points that a column is wide for a weight of one."""


def caption(table: Table) -> list[str]:
    """Return the lines above a form."""
    number = [table.number] if table.number else []
    return [table.title, *number, f"部门：{table.department}", f"单位：{table.unit}"]


class WordPress:
    """A Word file in the making."""

    height = HEIGHT

    def __init__(self, path: Path, layout: Layout, title: str, with_forms: bool = True) -> None:
        del layout
        self.path, self.with_forms = path, with_forms
        self.document = docx.Document()
        self.document.core_properties.title = title
        self.turn = False

    def new_page(self, landscape: bool = False, rotated: bool = False) -> None:
        """Begin a page with the next paragraph."""
        del landscape, rotated
        self.turn = bool(self.document.paragraphs)

    def line(self, text: str, size: float = 12, align: str = "left", gap: float = 0.0) -> None:
        """Set a paragraph."""
        del gap
        paragraph = self.document.add_paragraph()
        paragraph.paragraph_format.page_break_before = self.turn
        paragraph.alignment = getattr(WD_ALIGN_PARAGRAPH, align.upper())
        paragraph.add_run(text).font.size = Pt(size)
        self.turn = False

    def paragraph(self, text: str, size: float = 12) -> None:
        """Set a paragraph of running text."""
        self.line("　　" + text, size)

    def table(self, table: Table) -> None:
        """Set a form on a page of its own."""
        if not self.with_forms:
            return
        self.new_page()
        for text in caption(table):
            self.line(text)
        self._grid((*table.head, *table.body), table.weights)
        for note in table.notes:
            self.line(note, 9)

    def small_table(self, rows: Sequence[Row], weights: Sequence[float]) -> None:
        """Set a short table in the running text."""
        self._grid(rows, weights)

    def pages(self, title: str, pages: Sequence[Sequence[Row]], weights: Sequence[float]) -> None:
        """Set a table whose pages are given, with a title above the first; a page is a table of its own."""
        self.new_page()
        self.line(title, 15, "center")
        for page in pages:
            self.small_table(page, weights)

    def _grid(self, rows: Sequence[Row], weights: Sequence[float]) -> None:
        table = self.document.add_table(len(rows), len(weights))
        table.style = "Table Grid"
        for column, weight in zip(table.columns, weights, strict=True):
            column.width = Pt(WIDTH_OF_WEIGHT * weight)
        grid = [list(row.cells) for row in table.rows]
        for r, row in enumerate(rows):
            for c, cell in enumerate(row):
                if cell is not None:
                    area = grid[r][c]
                    if cell.columns > 1 or cell.rows > 1:
                        area = area.merge(grid[min(r + cell.rows, len(rows)) - 1][c + cell.columns - 1])
                    area.text = cell.text

    def save(self) -> None:
        """Write the file."""
        self.document.save(str(self.path))


class SheetPress:
    """A workbook in the making: one sheet for each form, and no text around them."""

    height = HEIGHT

    def __init__(self, path: Path, layout: Layout, title: str) -> None:
        self.path, self.layout = path, layout
        self.book = openpyxl.Workbook()
        self.book.properties.title = title
        self.book.remove(self.book.worksheets[0])

    def new_page(self, landscape: bool = False, rotated: bool = False) -> None:
        """Do nothing: a form is a sheet."""

    def line(self, text: str, size: float = 12, align: str = "left", gap: float = 0.0) -> None:
        """Do nothing: a workbook holds the forms."""

    def paragraph(self, text: str, size: float = 12) -> None:
        """Do nothing: a workbook holds the forms."""

    def small_table(self, rows: Sequence[Row], weights: Sequence[float]) -> None:
        """Do nothing: a workbook holds the forms."""

    def pages(self, title: str, pages: Sequence[Sequence[Row]], weights: Sequence[float]) -> None:
        """Do nothing: a workbook holds the forms."""

    def table(self, table: Table) -> None:
        """Set a form on a sheet of its own: the title merged across, department and unit side by side."""
        sheet = self.book.create_sheet(f"{table.form} {table.title}"[:31])
        wide = len(table.weights)
        for column, weight in enumerate(table.weights, start=1):
            sheet.column_dimensions[get_column_letter(column)].width = 10 * weight
        above = [table.title, *([table.number] if table.number else [])]
        for text in above:
            sheet.append([text])
            sheet.merge_cells(start_row=sheet.max_row, end_row=sheet.max_row, start_column=1, end_column=wide)
        sheet.append([f"部门：{table.department}", *[None] * (wide - 2), f"单位：{table.unit}"])
        top = sheet.max_row + 1
        thin = Side(style="thin")
        rows = (*table.head, *table.body)
        for r, row in enumerate(rows):
            for c, cell in enumerate(row):
                here = sheet.cell(top + r, c + 1)
                here.border = Border(left=thin, right=thin, top=thin, bottom=thin)
                if cell is None:
                    continue
                self._set(here, cell)
                if cell.columns > 1 or cell.rows > 1:
                    last = min(r + cell.rows, len(rows)) - 1
                    sheet.merge_cells(
                        start_row=top + r,
                        start_column=c + 1,
                        end_row=top + last,
                        end_column=c + cell.columns,
                    )
        for note in table.notes:
            sheet.cell(sheet.max_row + 1, 1, note)

    def _set(self, here: Any, cell: Cell) -> None:
        """Put a figure into a cell as a number with a format, anything else as text."""
        if cell.value is None:
            here.value = cell.text or None
            return
        here.value = Decimal(cell.value)
        places = "." + "0" * self.layout.decimals if self.layout.decimals else ""
        here.number_format = f"#,##0{places}" if self.layout.thousands else f"0{places}"

    def save(self) -> None:
        """Write the file."""
        self.book.save(self.path)


class WebPress:
    """A web page in the making."""

    height = HEIGHT

    def __init__(self, path: Path, layout: Layout, title: str) -> None:
        del layout
        self.path = path
        head = f'<meta charset="utf-8"><title>{html.escape(title)}</title>'
        self.parts = [f"<!DOCTYPE html>\n<html><head>{head}</head>\n<body>"]

    def new_page(self, landscape: bool = False, rotated: bool = False) -> None:
        """Do nothing: a web page is one page."""

    def line(self, text: str, size: float = 12, align: str = "left", gap: float = 0.0) -> None:
        """Set a paragraph."""
        del size, gap
        self.parts.append(f'<p style="text-align:{align}">{html.escape(text)}</p>')

    def paragraph(self, text: str, size: float = 12) -> None:
        """Set a paragraph of running text."""
        self.line("　　" + text, size)

    def table(self, table: Table) -> None:
        """Set a form."""
        for text in caption(table):
            self.line(text)
        self._grid((*table.head, *table.body))
        for note in table.notes:
            self.line(note)

    def small_table(self, rows: Sequence[Row], weights: Sequence[float]) -> None:
        """Set a short table in the running text."""
        del weights
        self._grid(rows)

    def pages(self, title: str, pages: Sequence[Sequence[Row]], weights: Sequence[float]) -> None:
        """Set a table whose pages are given, with a title above the first; a page is a table of its own."""
        self.new_page()
        self.line(title, 15, "center")
        for page in pages:
            self.small_table(page, weights)

    def _grid(self, rows: Sequence[Row]) -> None:
        self.parts.append('<table border="1">')
        for row in rows:
            cells = [
                f'<td colspan="{cell.columns}" rowspan="{cell.rows}">'
                f"{html.escape(cell.text or NO_BREAK)}</td>"
                for cell in row
                if cell is not None
            ]
            self.parts.append(f"<tr>{''.join(cells)}</tr>")
        self.parts.append("</table>")

    def save(self) -> None:
        """Write the file."""
        self.path.write_text("\n".join([*self.parts, "</body></html>"]), encoding="utf-8")


class ZipPress:
    """A ZIP archive in the making: the text as a Word file, the forms as a workbook."""

    height = HEIGHT

    def __init__(self, path: Path, layout: Layout, title: str) -> None:
        self.path = path
        text, forms = path.with_suffix(".docx.part"), path.with_suffix(".xlsx.part")
        self.files = {"1.部门决算说明.docx": text, "2.部门决算表.xlsx": forms}
        self.presses = (WordPress(text, layout, title, with_forms=False), SheetPress(forms, layout, title))

    def new_page(self, landscape: bool = False, rotated: bool = False) -> None:
        """Begin a page in the text."""
        for press in self.presses:
            press.new_page(landscape, rotated)

    def line(self, text: str, size: float = 12, align: str = "left", gap: float = 0.0) -> None:
        """Set a paragraph in the text."""
        for press in self.presses:
            press.line(text, size, align, gap)

    def paragraph(self, text: str, size: float = 12) -> None:
        """Set a paragraph of running text."""
        for press in self.presses:
            press.paragraph(text, size)

    def table(self, table: Table) -> None:
        """Set a form in the workbook."""
        for press in self.presses:
            press.table(table)

    def small_table(self, rows: Sequence[Row], weights: Sequence[float]) -> None:
        """Set a short table in the text."""
        for press in self.presses:
            press.small_table(rows, weights)

    def pages(self, title: str, pages: Sequence[Sequence[Row]], weights: Sequence[float]) -> None:
        """Set a table whose pages are given in the text."""
        for press in self.presses:
            press.pages(title, pages, weights)

    def save(self) -> None:
        """Write the archive."""
        for press in self.presses:
            press.save()
        with zipfile.ZipFile(self.path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, file in self.files.items():
                archive.write(file, name)
                file.unlink()
