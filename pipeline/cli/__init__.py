"""The command `fiscal`.

Belongs here: arguments, what is printed, exit codes; one module per group of commands. Does not: any work.
Heavy libraries (Dagster, Great Expectations, dbt) are imported by the command that needs them: the command
itself starts fast.
"""

import typer

from pipeline.cli.export import export
from pipeline.cli.ingest import ingest
from pipeline.cli.listings import checks, sql, status
from pipeline.cli.scrape import scrape
from pipeline.cli.show import show
from pipeline.cli.site import site
from pipeline.cli.trace import trace
from pipeline.cli.ui import ui
from pipeline.cli.waive import waive

app = typer.Typer(
    name="fiscal",
    help="Final accounts (部门决算) from published files to a checked DuckDB warehouse.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
)
for command in (ingest, scrape, status, checks, waive, sql, show, trace, export, site, ui):
    app.command()(command)
