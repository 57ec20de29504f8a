"""Finding the report that an argument names.

Belongs here: REPORT as used by several commands, and opening the published database for them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.output import stop

if TYPE_CHECKING:
    import duckdb

ReportArgument = Annotated[
    str, typer.Argument(metavar="REPORT", help="the first digits of its sha256, or its file name")
]

# Fewer digits than these are more likely a part of a name.
_FEWEST_DIGITS = 4


@dataclass(frozen=True)
class Report:
    """A report as the published database knows it. Pages and fingerprint are None where it was not read."""

    report_key: str
    sha256: str
    file_name: str
    file_type: str
    pages: int | None
    document_fingerprint: str | None


@contextmanager
def published() -> "Iterator[duckdb.DuckDBPyConnection]":
    """Open the published database.

    Ends the command with a message when there is none, or when it lacks a table or column that is asked for.
    """
    import duckdb

    from pipeline.warehouse.database import DatabaseError, read_published

    try:
        with read_published() as con:
            yield con
    except DatabaseError as error:
        stop(str(error), code=1)
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        stop(f"The database was published by another version of this program; ingest again. {error}", code=1)


def find_report(con: "duckdb.DuckDBPyConnection", name: str) -> Report:
    """Return the one report that `name` means; ends the command when none or several do."""
    rows = con.execute(
        """
        select report_key, sha256, file_name, file_type, pages, document_fingerprint
        from audit.report
        where (length($1) >= $2 and starts_with(sha256, lower($1)))
            or file_name = $1
            or report_key || '_' || file_name = $1
        order by file_name, sha256
        """,
        [name, _FEWEST_DIGITS],
    ).fetchall()
    if not rows:
        stop(f"{name}: no such report. Give its file name, or 4 digits or more of its sha256.")
    if len(rows) > 1:
        choices = "\n".join(f"  {row[0]}  {row[2]}" for row in rows)
        stop(f"{name}: means {len(rows)} reports; give more digits:\n{choices}")
    return Report(*rows[0])
