"""The command that writes the website."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.output import console, stop


def site(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="the folder of the site; made where missing")],
) -> None:
    """Write a website of all reports: static pages that need no server and no network.

    Pages that did not change are left alone, pages of reports that are gone are removed.
    """
    from pipeline.site.build import SiteError, build_site
    from pipeline.warehouse.database import DatabaseError

    try:
        built = build_site(folder)
    except (DatabaseError, SiteError) as error:
        stop(str(error), code=1)
    console().print(
        f"{built.reports} reports of {built.departments} departments: {built.written} pages written, "
        f"{built.unchanged} unchanged, {built.removed} removed, {built.pictures} pictures drawn "
        f"in {built.seconds:.1f} s",
        soft_wrap=True,
    )
    console().print(f"Open {(built.target / 'index.html').resolve()}", soft_wrap=True)
