"""How far a command is: bars in a terminal, log lines elsewhere.

Belongs here: the look of both. Does not: telling how far something is (`pipeline.progress`).
"""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from pipeline.progress import told_to


@contextmanager
def progress_bars() -> Iterator[None]:
    """Show a bar per stage in a terminal; log lines on standard error otherwise."""
    if not sys.stderr.isatty():
        lines = logging.StreamHandler()
        lines.setFormatter(logging.Formatter("time=%(asctime)s level=%(levelname)s %(message)s"))
        logger = logging.getLogger("pipeline")
        logger.addHandler(lines)
        logger.setLevel(logging.INFO)
        try:
            yield
        finally:
            logger.removeHandler(lines)
        return
    columns = (
        TextColumn("{task.description:10}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(compact=True),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def show(stage: str, done: int, todo: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=todo)
            bars.update(tasks[stage], completed=done, total=todo)

        with told_to(show):
            yield
