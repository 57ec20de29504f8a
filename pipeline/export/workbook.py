"""A report as a workbook: a sheet about the report, and one for each statutory form.

Belongs here: reading a report's facts and writing the file. Does not: where amounts stand (`layout`).

Numbers stand in the unit that is printed, with the printed decimals; blank stays blank. The same facts give
the same bytes: a workbook tells no time of its making.
"""

import io
import re
import zipfile
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import duckdb
from openpyxl import Workbook
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from pipeline.export.layout import Amount, Measure, Sheet, lay_out

# Above the header of a form stand its title and the line with department and unit.
TITLE_ROWS = 2

# A spreadsheet computes with 15 digits; a longer number is written as text, so that it stays as printed.
_EXACT_DIGITS = 15
_NOT_IN_FILE_NAMES = re.compile(r'[\\/:*?"<>|\s]+')
_NOT_IN_SHEET_NAMES = re.compile(r"[\\/:*?\[\]]")
_LONGEST_SHEET_NAME = 31
_TIMES = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms)")
_NO_TIME = rb"\g<1>2000-01-01T00:00:00Z\g<3>"
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_WIDTHS = (8, 44)  # characters, least and most

_ABOUT = (
    ("部门 Department", "department_name"),
    ("年度 Fiscal year", "fiscal_year"),
    ("口径 Scope", "scope"),
    ("结论 Verdict", "verdict"),
    ("理由 Reasons", "reasons"),
    ("版本 Revision", "revision_no"),
    ("现行版本 Current version", "is_current"),
    ("文件 File", "file_name"),
    ("SHA-256", "sha256"),
    ("报告键 Report key", "report_key"),
    ("来源 Source", "source"),
    ("网址 Address", "source_url"),
)
_STATES = {"empty": "空表 empty form", "placeholder": "占位 placeholder", "missing": "缺表 form is missing"}

_THIN = Side(style="thin", color="999999")
_BORDER = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)


def reports_with_forms(
    con: duckdb.DuckDBPyConnection, year: int | None, report_key: str | None
) -> list[tuple[str, str]]:
    """Return key and workbook path of every report that has forms, of one year or one report where asked."""
    rows = con.execute(
        """
        select report_key, coalesce(fiscal_year::varchar, 'unknown'), coalesce(department_name, '')
        from audit.report as r
        where exists (select 1 from audit.form as f where f.report_key = r.report_key)
            and ($1 is null or fiscal_year = $1) and ($2 is null or report_key = $2)
        order by all
        """,
        [year, report_key],
    ).fetchall()
    return [
        (key, f"xlsx/{folder}/{_NOT_IN_FILE_NAMES.sub('_', '_'.join(filter(None, (name, key))))}.xlsx")
        for key, folder, name in rows
    ]


def write_workbook(con: duckdb.DuckDBPyConnection, report_key: str, target: Path) -> int:
    """Write the workbook of one report; return the number of its amounts, blank ones too."""
    report = _one(con, "select * from audit.report where report_key = $1", [report_key])
    book = Workbook()
    about = book.active
    if not isinstance(about, Worksheet):
        raise TypeError("a new workbook has no sheet")
    _write_about(about, report)
    count = 0
    for form in _forms(con, report_key):
        amounts = _amounts(con, report_key, form["form_code"])
        sheet = lay_out(amounts, _measures(con, form["form_code"]))
        title = form["title_printed"] or form["name_zh"] or ""
        name = _NOT_IN_SHEET_NAMES.sub("", f"{form['form_code']} {title}")[:_LONGEST_SHEET_NAME].strip()
        _write_form(book.create_sheet(name), report, form, title, sheet)
        count += len(amounts)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(_without_times(book))
    return count


def number_format(decimals: int) -> str:
    """Return the format that shows a number with thousands separators and the printed decimals."""
    return "#,##0" + ("." + "0" * decimals if decimals else "")


def _write_about(sheet: Worksheet, report: dict[str, Any]) -> None:
    sheet.title = "报告 Report"
    for row, (label, column) in enumerate(_ABOUT, 1):
        value = report[column]
        text = "\n".join(value) if isinstance(value, list) else ("" if value is None else str(value))
        _set_text(sheet.cell(row, 1), label).font = Font(bold=True)
        _set_text(sheet.cell(row, 2), text).alignment = Alignment(wrap_text=True, vertical="top")
    sheet.column_dimensions["A"].width = 26
    sheet.column_dimensions["B"].width = 90


def _write_form(
    page: Worksheet, report: dict[str, Any], form: dict[str, Any], title: str, sheet: Sheet
) -> None:
    columns = max(sheet.columns, 2)
    _set_text(page.cell(1, 1), title).font = Font(bold=True, size=14)
    page.cell(1, 1).alignment = Alignment(horizontal="center")
    page.merge_cells(start_row=1, end_row=1, start_column=1, end_column=columns)
    _set_text(page.cell(2, 1), f"部门：{report['department_name'] or ''}")
    unit = _set_text(page.cell(2, columns), f"单位：{form['unit'] or '未载明'}")
    unit.alignment = Alignment(horizontal="right")
    for (row, column), text in sheet.texts.items():
        label = _set_text(page.cell(TITLE_ROWS + 1 + row, 1 + column), text)
        label.border = _BORDER
        if row < sheet.header_rows:
            label.font = Font(bold=True)
            label.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
    for (row, column), amount in sheet.amounts.items():
        _set_amount(page.cell(TITLE_ROWS + 1 + row, 1 + column), amount)
    for merge in sheet.merges:
        row = TITLE_ROWS + 1 + merge.row
        page.merge_cells(start_row=row, end_row=row, start_column=1 + merge.first, end_column=1 + merge.last)
    last = TITLE_ROWS + 1 + max((row for row, _ in (*sheet.texts, *sheet.amounts)), default=0)
    notes = [_STATES.get(form["state"]), form["note_printed"]]
    for number, note in enumerate(filter(None, notes), 1):
        _set_text(page.cell(last + number, 1), note)
    if sheet.amounts:
        page.freeze_panes = f"A{TITLE_ROWS + 1 + sheet.header_rows}"
    for column in range(sheet.columns):
        longest = max(
            (_width(text) for (_, place), text in sheet.texts.items() if place == column), default=0
        )
        printed = (amount.text for (_, place), amount in sheet.amounts.items() if place == column)
        longest = max(longest, *(map(_width, printed)), 0)
        page.column_dimensions[get_column_letter(column + 1)].width = min(
            max(longest + 2, _WIDTHS[0]), _WIDTHS[1]
        )


def _set_amount(cell: Cell | MergedCell, amount: Amount) -> None:
    """Write what is printed: a number with its decimals, nothing where nothing is, else the text."""
    cell.border = _BORDER
    printed = amount.printed
    if printed is None:
        if amount.text:
            _set_text(cell, amount.text)
        return
    number = _number(printed)
    if number is None:
        _set_text(cell, printed)
        cell.alignment = Alignment(horizontal="right")
        return
    # The digits as printed go into the file: openpyxl would write a number by way of a float.
    _set_text(cell, f"{number:f}")
    cell.data_type = "n"
    cell.number_format = number_format(amount.decimals or 0)


def _number(printed: str) -> Decimal | None:
    """Return the number, None where a spreadsheet could not hold it exactly."""
    try:
        number = Decimal(printed)
    except InvalidOperation:
        return None
    return number if len(number.as_tuple().digits) <= _EXACT_DIGITS else None


def _set_text(cell: Cell | MergedCell, text: str) -> Cell:
    """Write a text as a text, whatever it begins with: what is printed is never a formula."""
    if not isinstance(cell, Cell):
        raise TypeError(f"{cell.coordinate} is inside a merged cell")
    cell.value = text or None
    if text:
        cell.data_type = "s"
    return cell


def _width(text: str) -> int:
    """Return how many digits are as wide as the text; a Chinese character is two."""
    return sum(2 if ord(character) > 0x2E7F else 1 for character in text)


def _without_times(book: Workbook) -> bytes:
    """Return the bytes of a workbook with all times set to the same moment."""
    made, result = io.BytesIO(), io.BytesIO()
    book.save(made)
    with zipfile.ZipFile(made) as source, zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "docProps/core.xml":
                content = _TIMES.sub(_NO_TIME, content)
            target.writestr(zipfile.ZipInfo(name, _ZIP_TIME), content, zipfile.ZIP_DEFLATED)
    return result.getvalue()


def _forms(con: duckdb.DuckDBPyConnection, report_key: str) -> list[dict[str, Any]]:
    return _all(
        con,
        "select f.*, d.name_zh from audit.form as f left join marts.dim_form as d using (form_code)"
        " where report_key = $1 order by form_code",
        [report_key],
    )


def _amounts(con: duckdb.DuckDBPyConnection, report_key: str, form_code: str) -> list[Amount]:
    rows = con.execute(
        """
        select cell_no, side, item_code, item_name, measure, amount_printed, cell_text, decimals, page,
            table_no, row_no, column_no
        from audit.reported_amount
        where report_key = $1 and form_code = $2
        order by cell_no
        """,
        [report_key, form_code],
    ).fetchall()
    return [Amount(*row) for row in rows]


def _measures(con: duckdb.DuckDBPyConnection, form_code: str) -> dict[tuple[str | None, str], Measure]:
    rows = con.execute(
        "select side, measure, name_zh, phase from marts.dim_measure where form_code = $1", [form_code]
    ).fetchall()
    return {(side, measure): Measure(name, phase) for side, measure, name, phase in rows}


def _one(con: duckdb.DuckDBPyConnection, query: str, parameters: list[Any]) -> dict[str, Any]:
    [row] = _all(con, query, parameters)
    return row


def _all(con: duckdb.DuckDBPyConnection, query: str, parameters: list[Any]) -> list[dict[str, Any]]:
    found = con.execute(query, parameters)
    names = [column[0] for column in found.description or []]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
