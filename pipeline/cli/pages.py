"""What was read on one page of a report, for the commands that show pages.

Belongs here: the marks of a page from the published database and the staged document, as a picture or, for a
file without pages, as text. Does not: arguments (`show`, `listings`) or drawing (`pipeline.pictures`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from pipeline.cli.output import console, stop
from pipeline.cli.reports import Report
from pipeline.config import settings

if TYPE_CHECKING:
    import duckdb

    from pipeline.pictures import PagePicture
    from pipeline.read.document import Cell, Document, Page

READ_ANEW = "`fiscal ingest --force FILE` reads it anew"

# Of every form, or of one form: what was read on a page. A title stands in no form, and a flag may.
_THINGS = """
    select if(flag is not null, 'flagged', if(amount_printed is null, 'blank', 'mapped')),
        x0, top, x1, bottom, table_no, row_no, column_no, locator
    from audit.reported_amount
    where report_key = $1 and page = $2 and ($3 is null or form_code = $3)
    union all
    select 'unmapped', x0, top, x1, bottom, table_no, null, null, locator
    from audit.unmapped
    where report_key = $1 and page = $2 and ($3 is null or coalesce(form_code, $3) = $3)
    union all
    select 'flagged', x0, top, x1, bottom, table_no, null, null, locator
    from audit.reading_flag
    where report_key = $1 and page = $2 and ($3 is null or coalesce(form_code, $3) = $3)
"""

# The cells and sentences that the results of a check are about: those that do not hold, else all.
_CONCERNED = """
    with told as (
        select * from audit.check_result where report_key = $1 and check_id = $2
        qualify (status in ('fail', 'improbable_rounding', 'not_evaluable'))
            = max(status in ('fail', 'improbable_rounding', 'not_evaluable')) over ()
    )
    select page, x0, top, x1, bottom, table_no, row_no, column_no, locator
    from audit.reported_amount
    where report_key = $1 and cell_no in (select unnest(cell_nos) from told)
    union all
    select page, x0, top, x1, bottom, null, null, null, locator
    from audit.narrative_claim
    where report_key = $1 and claim_no in (select unnest(claim_nos) from told)
    union all
    select distinct unnest(pages), null, null, null, null, null, null, null, '' from told
    order by all
"""

_SIGNS = {"cell": "", "blank": "·", "mapped": "=", "unmapped": "?", "flagged": "!", "concerned": "#"}
_STYLES = {
    "cell": "",
    "blank": "dim",
    "mapped": "green",
    "unmapped": "yellow",
    "flagged": "bold red",
    "concerned": "bold magenta",
}


@dataclass(frozen=True)
class Thing:
    """One thing on a page: its kind (`pictures.COLOURS`), its box where the file has pages, its cell."""

    kind: str
    box: tuple[float, float, float, float] | None
    cell: tuple[int, int, int] | None
    locator: str


def things_on(
    con: "duckdb.DuckDBPyConnection", report: Report, page: int, form: str | None = None
) -> list[Thing]:
    """Return what became an amount, is unmapped or flagged on a page, of all forms or of one."""
    rows = con.execute(_THINGS, [report.report_key, page, form]).fetchall()
    return [
        Thing(
            kind,
            (x0, top, x1, bottom) if x0 is not None else None,
            (table, row, column) if row is not None else None,
            locator,
        )
        for kind, x0, top, x1, bottom, table, row, column, locator in rows
    ]


def concerned(con: "duckdb.DuckDBPyConnection", report: Report, check: str) -> dict[int, list[Thing]]:
    """Return what the results of a check are about, by page: those that do not hold, all where all hold.

    A page that a result names without a cell has nothing marked. Empty where the check is not known.
    """
    pages: dict[int, list[Thing]] = {}
    for page, x0, top, x1, bottom, table, row, column, locator in con.execute(
        _CONCERNED, [report.report_key, check]
    ).fetchall():
        things = pages.setdefault(page, [])
        if locator:
            box = (x0, top, x1, bottom) if x0 is not None else None
            things.append(Thing("concerned", box, (table, row, column) if row is not None else None, locator))
    return pages


def staged_document(report: Report) -> "Document | None":
    """Return the document that the published facts of a report were derived from, None where it is gone."""
    from pipeline.staging import Fingerprints, Staged, read_document

    if report.document_fingerprint is None:
        return None
    made_by = Fingerprints(report.document_fingerprint, "", "", "")
    try:
        return read_document(Staged(settings().staged_dir, report.sha256, made_by).document)
    except FileNotFoundError:
        return None


def pictures_of(report: Report, numbers: Sequence[int]) -> "dict[int, PagePicture]":
    """Return the pages of a report as pictures; none where the file is no PDF.

    Ends the command where the archive does not hold the file.
    """
    from pipeline.acquire.archive import Archive, read_verified
    from pipeline.pictures import pdf_pages

    file = Archive(settings().raw_dir).find(report.sha256)
    if file is None:
        stop(f"{report.file_name} is not in the archive {settings().raw_dir}", code=1)
    read_verified(file)
    return pdf_pages(file.path, numbers) if report.file_type == "pdf" else {}


def draw(
    report: Report,
    number: int,
    picture: "PagePicture",
    page: "Page | None",
    things: Sequence[Thing],
    folder: Path,
) -> Path:
    """Write a page with its ruled cells and `things` marked as a PNG file into `folder`; return its path."""
    from pipeline.pictures import Mark, marked
    from pipeline.read.document import as_shown

    marks: list[Mark] = []
    if page:
        boxes = (as_shown(cell.box, page) for grid in page.grids for cell in grid.cells)
        marks.extend(Mark((box.x0, box.top, box.x1, box.bottom), "cell") for box in boxes)
    marks.extend(Mark(thing.box, thing.kind) for thing in things if thing.box)
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{report.report_key}_p{number:03}.png"
    marked(picture, marks).save(target)
    return target


def write_out(report: Report, page: "Page", things: Sequence[Thing]) -> None:
    """Print the tables of a page that has no picture, each cell with a sign of what became of it.

    What stands in no cell, such as the title of a table, is told below.
    """
    out = console()
    where = f"{page.part}, part {page.number}" if page.part else f"part {page.number}"
    out.print(
        f"{report.file_name}, {where} ({page.reading}): no page to draw; this is what was read.",
        markup=False,
        soft_wrap=True,
    )
    out.print("  ".join(f"{sign} {kind}" for kind, sign in _SIGNS.items() if sign), markup=False)
    if not page.grids:
        out.print("It has no table.")
    rest = list(things)
    for grid in page.grids:
        table = Table(title=f"table {grid.table_no}", show_header=False, show_lines=True)
        for _ in range(grid.columns):
            table.add_column(overflow="fold")
        rows: list[list[Text]] = [[Text() for _ in range(grid.columns)] for _ in range(grid.rows)]
        for cell in grid.cells:
            here = [thing for thing in things if _is_at(thing, cell, grid.table_no)]
            rest = [thing for thing in rest if thing not in here]
            kind = max((thing.kind for thing in here), key=list(_SIGNS).index, default="cell")
            words = " ".join(filter(None, (cell.text.replace("\n", ""), _SIGNS[kind])))
            rows[cell.row][cell.column] = Text(words, style=_STYLES[kind])
        for row in rows:
            table.add_row(*row)
        out.print(table)
    for thing in rest:
        out.print(Text(f"{_SIGNS[thing.kind]} {thing.kind}: {thing.locator}", style=_STYLES[thing.kind]))


def _is_at(thing: Thing, cell: "Cell", table_no: int) -> bool:
    if thing.cell is not None:
        return thing.cell == (table_no, cell.row + 1, cell.column + 1)
    return bool(cell.place) and thing.locator == cell.place
