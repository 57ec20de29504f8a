"""How rows are printed, and how a command ends with a message.

Belongs here: table, CSV and JSON. Does not: what is listed (`listings`).
"""

import csv
import json
import sys
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    import duckdb

USAGE_ERROR = 2
"""Exit code for arguments that make no sense; click uses the same."""

_WIDTH_OF_A_FILE = 240


class Format(StrEnum):
    """How a listing is printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


FormatOption = Annotated[
    Format,
    typer.Option(
        "--format", "-f", help="table for reading; csv and json for programs (amounts as exact text)"
    ),
]


def console(*, stderr: bool = False) -> Console:
    """Return the console on standard output or error; wide when it is no terminal, so that nothing is cut."""
    stream = sys.stderr if stderr else sys.stdout
    return Console(width=None if stream.isatty() else _WIDTH_OF_A_FILE, highlight=False, stderr=stderr)


def print_result(result: "duckdb.DuckDBPyConnection", how: Format) -> None:
    """Print the rows of an executed query. NULL is blank in a table and in CSV, null in JSON."""
    print_rows([column[0] for column in result.description or []], result.fetchall(), how)


def print_rows(columns: Sequence[str], rows: Sequence[Sequence[Any]], how: Format) -> None:
    """Print rows as `print_result` does."""
    match how:
        case Format.TABLE:
            table = Table(header_style="bold")
            for index, column in enumerate(columns):
                numeric = any(isinstance(row[index], (int, Decimal)) for row in rows)
                table.add_column(column, justify="right" if numeric else "left", overflow="fold")
            for row in rows:
                table.add_row(*(as_text(value) for value in row))
            console().print(table)
        case Format.CSV:
            writer = csv.writer(sys.stdout, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows([as_text(value) for value in row] for row in rows)
        case Format.JSON:
            records = [dict(zip(columns, map(as_json, row), strict=True)) for row in rows]
            sys.stdout.write(json.dumps(records, ensure_ascii=False, indent=1) + "\n")


def stop(message: str, code: int = USAGE_ERROR) -> NoReturn:
    """Print a message to standard error and end the command."""
    Console(stderr=True, highlight=False).print(message, style="red", markup=False, soft_wrap=True)
    raise typer.Exit(code)


def as_text(value: Any) -> str:
    """Return a value of the database as text; NULL is empty, a list is joined by semicolons."""
    if value is None:
        return ""
    if isinstance(value, (list, tuple)):
        return "; ".join(map(as_text, value))
    if isinstance(value, (dict, bool)):
        return json.dumps(as_json(value), ensure_ascii=False)
    return str(value)


def as_json(value: Any) -> Any:
    """Return what JSON can hold; decimals as text, because JSON readers make floats of numbers."""
    if isinstance(value, dict):
        return {str(key): as_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_json(item) for item in value]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return value.isoformat() if isinstance(value, (date, datetime)) else str(value)
