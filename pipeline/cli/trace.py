"""The command that leads from a row of the warehouse back to the page it was read from."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from pipeline.cli.output import Format, FormatOption, as_json, as_text, console, stop
from pipeline.cli.pages import READ_ANEW, Thing, draw, pictures_of, staged_document, write_out
from pipeline.cli.reports import Report, find_report, published

if TYPE_CHECKING:
    import duckdb

    from pipeline.read.document import Page
    from pipeline.warehouse.trace import Trace

_COLOURS = {"exact": "green", "rounding": "green", "fail": "bold red", "improbable_rounding": "yellow"}
_CHECK_COLUMNS = ("check_id", "severity", "status", "reported", "computed", "difference", "unit", "message")


def trace(
    table: Annotated[str, typer.Argument(help="such as fct_income or audit.narrative_claim")],
    key: Annotated[str, typer.Argument(help="the values of its key columns, joined by /")],
    folder: Annotated[Path, typer.Option("--output", "-o", help="where the pictures go")] = Path(),
    picture: Annotated[bool, typer.Option(help="draw the pages concerned")] = True,
    how: FormatOption = Format.TABLE,
) -> None:
    """Follow a row back to its report, page, cell and printed text, and to the checks that cover it.

    KEY begins with the report (first digits of its sha256, or its file name): `fiscal trace fct_income
    109b5f84/41`. A wrong KEY names the columns it consists of. The cells are purple in the pictures.
    """
    from pipeline.warehouse.keys import primary_keys
    from pipeline.warehouse.trace import TraceError, find_table, key_columns, trace_row

    if how is Format.CSV:
        stop("a chain is no list: give --format table or --format json")
    with published() as con:
        try:
            name = find_table(con, table)
            columns = key_columns(con, name, primary_keys())
            chain = trace_row(con, name, columns, _values(con, columns, key, name))
        except TraceError as error:
            stop(str(error))
        report = find_report(con, chain.report["sha256"])
    if how is Format.TABLE:
        _print(chain)
    pages = _pages(chain) if picture else {}
    try:
        drawn = _draw(report, pages, folder, tables=how is Format.TABLE) if pages else {}
    finally:
        # What is known is told even where the file is gone.
        if how is Format.JSON:
            record = {
                "table": ".".join(chain.table),
                "row": chain.row,
                "report": chain.report,
                "places": chain.places,
                "checks": chain.checks,
            }
            sys.stdout.write(json.dumps(as_json(record), ensure_ascii=False, indent=1) + "\n")
    for path in drawn.values():
        (console() if how is Format.TABLE else console(stderr=True)).print(str(path), soft_wrap=True)


def _values(
    con: "duckdb.DuckDBPyConnection", columns: tuple[str, ...], key: str, table: tuple[str, str]
) -> list[str]:
    """Return the parts of KEY, the report's key or hash in full; ends the command where they do not fit."""
    parts = key.split("/")
    if len(parts) != len(columns):
        stop(
            f"{key}: {'.'.join(table)} is keyed by {'/'.join(columns)}, which is {len(columns)} parts, not "
            f"{len(parts)}"
        )
    for place, column in enumerate(columns):
        if column in ("report_key", "sha256"):
            parts[place] = getattr(find_report(con, parts[place]), column)
    return parts


def _pages(chain: "Trace") -> dict[int, list[Thing]]:
    pages: dict[int, list[Thing]] = {}
    for place in chain.places:
        box = (place["x0"], place["top"], place["x1"], place["bottom"])
        cell = (place.get("table_no"), place.get("row_no"), place.get("column_no"))
        pages.setdefault(place["page"], []).append(
            Thing(
                "concerned",
                None if None in box else box,
                None if None in cell else cell,  # type: ignore[arg-type]
                place["locator"],
            )
        )
    return pages


def _draw(report: Report, pages: dict[int, list[Thing]], folder: Path, *, tables: bool) -> dict[int, Path]:
    """Draw the pages with the places marked; return the pictures. Ends the command where the file is gone.

    The tables of a file without pages are printed, where `tables` says so.
    """
    pictures = pictures_of(report, list(pages))
    staged: dict[int, Page] = {}
    if not pictures and tables:
        document = staged_document(report)
        staged = {part.number: part for part in document.pages} if document else {}
        if not staged:
            stop(f"{report.file_name} has no pages to draw, and what was read of it is gone. {READ_ANEW}.", 1)
    for number, things in pages.items():
        if number in staged:
            write_out(report, staged[number], things)
    return {
        number: draw(report, number, picture, None, pages[number], folder)
        for number, picture in pictures.items()
    }


def _print(chain: "Trace") -> None:
    report = chain.report
    tree = Tree(Text(f"{'.'.join(chain.table)}  {_said(chain.row)}"), guide_style="dim")
    year = report["fiscal_year"] or "year unknown"
    head = tree.add(Text(f"report {report['report_key']}  {year} {report['department_name'] or '-'}"))
    current = "current" if report["is_current"] else "not current"
    head.add(Text(f"{report['verdict']}, revision {report['revision_no']}, {current}"))
    for reason in report["reasons"]:
        head.add(Text(reason, style="yellow"))
    file = head.add(Text(f"file {report['file_name']}"))
    file.add(Text(f"sha256 {report['sha256']}"))
    origin = report["source_url"] or report["page_url"]
    file.add(Text(f"from {report['source']}" + (f", {origin}" if origin else "")))
    for place in chain.places:
        _add_place(file, place)
    if not chain.places:
        file.add(Text("the row names no place in the file", style="dim"))
    out = console()
    out.print(tree)
    if not chain.checks:
        out.print("No check covers it.")
        return
    table = Table(title=f"{len(chain.checks)} checks cover it", title_justify="left", header_style="bold")
    for column in _CHECK_COLUMNS:
        table.add_column(column, overflow="fold")
    for check in chain.checks:
        style = _COLOURS.get(check["status"], "dim")
        table.add_row(*(Text(as_text(check[column])) for column in _CHECK_COLUMNS), style=style)
    out.print(table)


def _add_place(tree: Tree, place: dict[str, Any]) -> None:
    name = " ".join(str(place[part]) for part in ("form_code", "label", "measure") if place.get(part))
    number = place.get("number")
    node = tree.add(Text(f"page {place['page']}  {place['kind']}{f' {number}' if number else ''}  {name}"))
    printed = place.get("printed")
    unit = place.get("unit") or ""
    amount = f" = {place['amount_yuan']} 元" if place.get("amount_yuan") is not None and unit != "元" else ""
    words = "blank" if printed is None else f"printed “{printed}” {unit}{amount}".rstrip()
    node.add(Text(words, style="bold"))
    if place.get("text") and place["text"] != printed:
        node.add(Text(f"in: {place['text']}"))
    box = [place[side] for side in ("x0", "top", "x1", "bottom")]
    where = "" if None in box else f", box {', '.join(f'{value:.1f}' for value in box)} points"
    node.add(Text(f"{place['locator']}{where}"))
    for mark in ("flag", "corrected_by"):
        if place.get(mark):
            node.add(Text(f"{mark}: {place[mark]}", style="yellow"))


def _said(row: dict[str, Any]) -> str:
    """Return what a row says, without its own place, which is shown below."""
    left_out = {"x0", "top", "x1", "bottom", "load_no", "locator", "sentence", "cell_nos", "claim_nos"}
    return ", ".join(
        f"{name} {as_text(value)}"
        for name, value in row.items()
        if value is not None and name not in left_out
    )
