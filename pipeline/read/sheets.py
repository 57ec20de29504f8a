"""Spreadsheets (.xlsx, .xls) as `Document`: one page for each visible sheet.

Belongs here: which cells of a sheet are shown, which of them are a table, and where in the workbook they are.
Does not: what a value prints as (`number_format`) or the layout of a page (`flow`).

Shown is what a print of the workbook shows: hidden sheets, rows and columns are left out, a number is the
text that its format makes of it. Headers and footers of the print, drawings and comments are left out too.

A table is a run of ruled rows: rows in which a cell has a border. Rows without borders belong to it where
they hold a number beside something else; other rows are text above, between and below tables. On a sheet
without borders, the table is what stands between the first and the last row with two filled cells, and the
rows below that hold no more than a label.
"""

import hashlib
import logging
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from pipeline.file_type import Nowhere
from pipeline.read.document import Document, Page, UnreadableError
from pipeline.read.flow import (
    CHARACTER,
    Block,
    Table,
    TableCell,
    Text,
    is_number,
    lay_out,
    plain,
    require_few_pages,
    require_text,
)
from pipeline.read.number_format import is_known, printed
from pipeline.read.package import ole_title, open_package, properties

log = logging.getLogger(__name__)

NO_VALUE = "=?"
"""Text of a cell with a formula whose value the file does not hold: neither blank nor a number."""

MAX_CELLS = 1_000_000
"""A report has a few thousand cells; a workbook with more than this is none, or is formatted to its end."""

_POINTS_OF_CHARACTER = 5.5
_DEFAULT_WIDTH = 8.43
_CELL_MARK = b"<c "


@dataclass
class _Sheet:
    """What a sheet shows, by row and column from 0, hidden ones included.

    `texts` are the filled cells; `ruled` the cells with a border; `merged` are (row, column, end row, end
    column), ends not included; `widths` of columns in points, `default_width` for those not in it.
    """

    name: str
    texts: dict[tuple[int, int], str] = field(default_factory=dict)
    ruled: set[tuple[int, int]] = field(default_factory=set)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    widths: dict[int, float] = field(default_factory=dict)
    default_width: float = _DEFAULT_WIDTH * _POINTS_OF_CHARACTER


def read_xlsx(path: Path, max_pages: int) -> Document:
    """Read an Excel file of the kind that has been in use since 2007.

    Raises UnreadableError: `damaged`, `unsafe_archive`, `too_large`, `no_text`, `too_many_pages`.
    """
    with open_package(path) as package:
        title, producer = properties(package)
        formulas = _measure(package, path.name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about features that are not printed
        values = _load(path, data_only=True)
        written = _load(path, data_only=False) if formulas else None
    visible = [sheet for sheet in values.worksheets if sheet.sheet_state == "visible"]
    _log_hidden(path.name, [s.title for s in values.worksheets if s.sheet_state != "visible"])
    sheets = (_xlsx_sheet(sheet, written[sheet.title] if written else None) for sheet in visible)
    return _document(path, "xlsx", title, producer, len(visible), sheets, max_pages)


def _measure(package: zipfile.ZipFile, name: str) -> bool:
    """Tell whether any sheet holds a formula; raises `too_large` before a library builds its cells."""
    cells, formulas = 0, False
    for member in package.infolist():
        if not member.filename.startswith("xl/worksheets/") or not member.filename.endswith(".xml"):
            continue
        rest = b""
        try:
            with package.open(member) as stream:
                while piece := stream.read(1 << 20):
                    piece = rest + piece
                    cells += piece.count(_CELL_MARK)
                    formulas = formulas or b"<f" in piece
                    # what a mark may still begin in, too short to hold a whole one
                    rest = piece[-(len(_CELL_MARK) - 1) :]
                    if cells > MAX_CELLS:
                        raise UnreadableError(
                            "too_large",
                            f"{name} has more than {MAX_CELLS} cells. Delete what is no part of the report, "
                            "empty rows that carry a format too, and ingest that.",
                        )
        except (zipfile.BadZipFile, OSError, EOFError, RuntimeError, ValueError) as error:
            raise _damaged(name, error) from error
    return formulas


def _load(path: Path, *, data_only: bool) -> Any:
    import openpyxl

    try:
        return openpyxl.load_workbook(path, data_only=data_only)
    except MemoryError:
        raise
    except Exception as error:  # openpyxl raises whatever its parsing stumbles on
        raise _damaged(path.name, error) from error


def _damaged(name: str, error: Exception) -> UnreadableError:
    return UnreadableError(
        "damaged",
        f"{name} is no intact workbook ({type(error).__name__}: {error}). Fetch the file again, or open and "
        "save it anew.",
    )


def _xlsx_sheet(sheet: Any, written: Any) -> _Sheet:
    shown = _Sheet(sheet.title)
    borders: dict[int, bool] = {}  # by style, which many cells share
    # the public ways go through every position up to the last cell, which may stand at the sheet's far end
    for (row, column), cell in sheet._cells.items():
        at = row - 1, column - 1
        if cell.value is not None:
            text = _shown_text(sheet.title, cell.coordinate, cell.value, cell.number_format)
            if text:
                shown.texts[at] = text
        elif written is not None and cell.data_type != "str" and written._cells[row, column].data_type == "f":
            shown.texts[at] = NO_VALUE
            log.warning("sheet=%s cell=%s message=formula without a value", sheet.title, cell.coordinate)
        if cell.has_style:
            key = cell._style.borderId
            if key not in borders:
                borders[key] = _has_border(cell.border)
            if borders[key]:
                shown.ruled.add(at)
    for area in sheet.merged_cells.ranges:
        shown.merged.append((area.min_row - 1, area.min_col - 1, area.max_row, area.max_col))
    for number, row in sheet.row_dimensions.items():
        if row.hidden or row.height == 0:
            shown.hidden_rows.add(number - 1)
    if sheet.sheet_format.defaultColWidth:
        shown.default_width = sheet.sheet_format.defaultColWidth * _POINTS_OF_CHARACTER
    for column in sheet.column_dimensions.values():
        first = column.min or 0
        for number in range(first, (column.max or first) + 1) if first else ():
            if column.hidden or column.width == 0:
                shown.hidden_columns.add(number - 1)
            elif column.customWidth and column.width:
                shown.widths[number - 1] = column.width * _POINTS_OF_CHARACTER
    return shown


def _has_border(border: Any) -> bool:
    sides = (border.left, border.right, border.top, border.bottom)
    return any(side is not None and side.style not in (None, "none") for side in sides)


def read_xls(path: Path, max_pages: int) -> Document:
    """Read an Excel file of the old kind (BIFF). Its formulas always hold a value.

    Raises UnreadableError: `encrypted`, `damaged`, `too_large`, `no_text`, `too_many_pages`.
    """
    import xlrd

    try:
        book = xlrd.open_workbook(
            path, formatting_info=True, ragged_rows=True, logfile=Nowhere(), ignore_workbook_corruption=False
        )
    except MemoryError:
        raise
    except xlrd.XLRDError as error:
        if "encrypt" in str(error).lower():
            raise UnreadableError(
                "encrypted",
                f"{path.name} is protected by a password. Save a copy without password and ingest that.",
            ) from error
        raise _damaged(path.name, error) from error
    except Exception as error:  # xlrd raises whatever its parsing stumbles on
        raise _damaged(path.name, error) from error
    visible = [sheet for sheet in book.sheets() if sheet.visibility == 0]
    _log_hidden(path.name, [sheet.name for sheet in book.sheets() if sheet.visibility != 0])
    if sum(sheet.row_len(row) for sheet in visible for row in range(sheet.nrows)) > MAX_CELLS:
        raise UnreadableError(
            "too_large", f"{path.name} has more than {MAX_CELLS} cells. Delete what is no part of the report."
        )
    sheets = (_xls_sheet(book, sheet) for sheet in visible)
    return _document(path, "xls", ole_title(path.read_bytes()), "", len(visible), sheets, max_pages)


def _xls_sheet(book: Any, sheet: Any) -> _Sheet:
    import xlrd

    shown = _Sheet(sheet.name)
    borders = [
        any((xf.border.left_line_style, xf.border.right_line_style,
             xf.border.top_line_style, xf.border.bottom_line_style))
        for xf in book.xf_list
    ]  # fmt: skip
    formats = [_xls_format(book, xf.format_key) for xf in book.xf_list]
    for row in range(sheet.nrows):
        for column, cell in enumerate(sheet.row(row)):
            value: object = cell.value
            if cell.ctype == xlrd.XL_CELL_DATE:
                try:
                    value = xlrd.xldate_as_datetime(cell.value, book.datemode)
                except (xlrd.xldate.XLDateError, OverflowError, ValueError):
                    value = f"{cell.value}"  # outside the calendar: shown as marks that fill the cell
            elif cell.ctype == xlrd.XL_CELL_ERROR:
                value = xlrd.error_text_from_code.get(cell.value, "#?")
            elif cell.ctype == xlrd.XL_CELL_BOOLEAN:
                value = bool(cell.value)
            elif cell.ctype in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK):
                value = None
            if value not in (None, ""):
                place = xlrd.cellname(row, column)
                shown.texts[row, column] = _shown_text(sheet.name, place, value, formats[cell.xf_index])
            if cell.xf_index is not None and borders[cell.xf_index]:
                shown.ruled.add((row, column))
    shown.texts = {at: text for at, text in shown.texts.items() if text}
    shown.merged = [(top, left, bottom, right) for top, bottom, left, right in sheet.merged_cells]
    shown.hidden_rows = {number for number, row in sheet.rowinfo_map.items() if row.hidden or row.height == 0}
    shown.hidden_columns = {n for n, column in sheet.colinfo_map.items() if column.hidden or not column.width}
    shown.widths = {
        number: column.width / 256 * _POINTS_OF_CHARACTER for number, column in sheet.colinfo_map.items()
    }
    return shown


def _xls_format(book: Any, key: int) -> str:
    found = book.format_map.get(key)
    return found.format_str if found else "General"


def _shown_text(sheet: str, place: str, value: object, code: str) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool) and not is_known(code):
        log.warning("sheet=%s cell=%s message=number format %r is not known", sheet, place, code)
    return plain(printed(value, code))


def _log_hidden(name: str, sheets: Sequence[str]) -> None:
    if sheets:
        log.info("file=%s message=hidden sheets left out: %s", name, ", ".join(sheets))


def _document(
    path: Path,
    file_type: str,
    title: str,
    producer: str,
    count: int,
    sheets: Iterable[_Sheet],
    max_pages: int,
) -> Document:
    require_few_pages(path.name, count, max_pages)
    pages: list[Page] = []
    for sheet in sheets:
        pages.extend(lay_out(_blocks(sheet), "sheet", len(pages) + 1))
    require_text(path.name, pages)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return Document(sha256, file_type, producer, tuple(pages), title)


# From a sheet to text and tables ---------------------------------------------------------------------------


def _blocks(sheet: _Sheet) -> Iterator[Block]:
    """Yield the rows of text and the tables of a sheet, top down."""
    shown = _without_hidden(sheet)
    rows: dict[int, list[int]] = {}  # the filled columns of each row that is ruled or filled
    for row, column in sorted(shown.texts):
        rows.setdefault(row, []).append(column)
    ruled = {row for row, _ in shown.ruled}
    for first, last, is_table in _stretches(shown, rows, ruled):
        if is_table:
            yield _table(shown, first, last)
        else:
            for row in range(first, last + 1):
                texts = [shown.texts[row, column] for column in rows.get(row, ())]
                if texts:
                    yield Text(texts[0] if len(texts) == 1 else " ".join(t.replace("\n", "") for t in texts))


def _stretches(shown: _Sheet, rows: dict[int, list[int]], ruled: set[int]) -> Iterator[tuple[int, int, bool]]:
    """Yield the rows of a sheet from first to last in stretches, each with whether it is a table."""
    if not rows:
        return
    first, last = min(rows), max(rows)
    if ruled:
        in_table = [
            row in ruled or _has_number(shown, row, rows.get(row, ())) for row in range(first, last + 1)
        ]
        # rows of a table that is ruled above and below only, not a title between two tables
        titled = {top for top, left, _, right in shown.merged if right - left > 1}
        for start, end in _gaps(in_table):
            if all(row in rows and row not in titled for row in range(first + start, first + end)):
                in_table[start:end] = [True] * (end - start)
    else:
        full = [row for row, columns in rows.items() if len(columns) > 1]
        end = full[-1] if full else first - 1
        while full and end + 1 in rows and _is_label(shown, end + 1, rows[end + 1][0]):
            end += 1
        in_table = [bool(full) and full[0] <= row <= end for row in range(first, last + 1)]
    row = first
    for is_table, group in groupby(in_table):
        count = len(list(group))
        yield row, row + count - 1, is_table
        row += count


def _is_label(shown: _Sheet, row: int, column: int) -> bool:
    """Tell whether the only text of a row fits into its cell, and that cell is not as wide as the sheet."""
    across = (right for top, left, _, right in shown.merged if (top, left) == (row, column))
    end = next(across, column + 1)
    used = {at[1] for at in shown.texts}
    room = sum(shown.widths.get(c, shown.default_width) for c in range(column, end))
    return end <= max(used) and CHARACTER * len(shown.texts[row, column]) <= room


def _gaps(flags: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Yield where runs of False begin and end that have True on both sides."""
    start = 0
    for is_set, group in groupby(flags):
        end = start + len(list(group))
        if not is_set and start and end < len(flags):
            yield start, end
        start = end


def _has_number(shown: _Sheet, row: int, columns: Sequence[int]) -> bool:
    return len(columns) > 1 and any(is_number(shown.texts[row, column]) for column in columns)


def _without_hidden(sheet: _Sheet) -> _Sheet:
    """Return the sheet with only the cells that are shown; places stay, a merged text moves into sight."""

    def seen(row: int, column: int) -> bool:
        return row not in sheet.hidden_rows and column not in sheet.hidden_columns

    texts = {at: text for at, text in sheet.texts.items() if seen(*at)}
    ends = [(row + 1, column + 1) for row, column in (*sheet.texts, *sheet.ruled)]
    last_row, last_column = (
        (max(numbers, default=0) for numbers in zip(*ends, strict=True)) if ends else (0, 0)
    )
    merged = []
    for top, left, bottom, right in sheet.merged:
        rows = [row for row in range(top, min(bottom, last_row)) if row not in sheet.hidden_rows]
        columns = [c for c in range(left, min(right, last_column)) if c not in sheet.hidden_columns]
        if not rows or not columns:
            continue
        for row in rows:
            for column in columns:
                texts.pop((row, column), None)  # a merged area shows its first cell only
        if (top, left) in sheet.texts:
            texts[rows[0], columns[0]] = sheet.texts[top, left]
        merged.append((rows[0], columns[0], rows[-1] + 1, columns[-1] + 1))
    return _Sheet(
        name=sheet.name,
        texts=texts,
        ruled={at for at in sheet.ruled if seen(*at)},
        merged=merged,
        hidden_rows=sheet.hidden_rows,
        hidden_columns=sheet.hidden_columns,
        widths=sheet.widths,
        default_width=sheet.default_width,
    )


def _table(sheet: _Sheet, first: int, last: int) -> Table:
    """Return the rows `first` to `last` as a table of all columns that are ruled or filled in them."""
    columns = sorted({column for row, column in (*sheet.ruled, *sheet.texts) if first <= row <= last})
    rows = [r for r in range(first, last + 1) if r not in sheet.hidden_rows]
    column_of = {column: index for index, column in enumerate(columns)}
    row_of = {row: index for index, row in enumerate(rows)}
    spans: dict[tuple[int, int], tuple[int, int]] = {}
    covered: set[tuple[int, int]] = set()
    for top, start, bottom, end in sheet.merged:
        inside_rows = [row for row in range(max(top, first), min(bottom, last + 1)) if row in row_of]
        inside_columns = [c for c in range(start, end) if c in column_of]
        if inside_rows and inside_columns:
            spans[inside_rows[0], inside_columns[0]] = (len(inside_rows), len(inside_columns))
            covered.update((row, column) for row in inside_rows for column in inside_columns)
    table = Table(widths=[sheet.widths.get(column, sheet.default_width) for column in columns])
    for row in rows:
        for column in columns:
            if (row, column) in covered and (row, column) not in spans:
                continue
            row_span, column_span = spans.get((row, column), (1, 1))
            text = sheet.texts.get((row, column), "")
            table.cells.append(
                TableCell(
                    row_of[row],
                    column_of[column],
                    row_span,
                    column_span,
                    [Text(text)] if text else [],
                    f"{sheet.name}!{_letters(column)}{row + 1}",
                )
            )
    return table


def _letters(column: int) -> str:
    """Return the letters of a column counted from 0: A, Z, AA."""
    letters, rest = "", column + 1
    while rest:
        rest, digit = divmod(rest - 1, 26)
        letters = chr(ord("A") + digit) + letters
    return letters
