"""The command that opens Dagster's UI."""

import os
import signal
import sys
from typing import Annotated

import typer

from pipeline.config import PROJECT_DIR, settings


def ui(
    port: Annotated[int, typer.Option(help="where the UI listens")] = 3000,
    host: Annotated[str, typer.Option(help="on which address")] = "127.0.0.1",
) -> None:
    """Open the Dagster UI, with its sensors (inbox, crawls) and schedules running; Ctrl-C ends it."""
    from pipeline.assets.instance import prepare_home

    prepare_home()
    settings().inbox_dir.mkdir(parents=True, exist_ok=True)
    workspace = PROJECT_DIR / "workspace.yaml"
    arguments = ["-m", "dagster", "dev", "-w", str(workspace), "--port", str(port), "--host", host]
    os.chdir(PROJECT_DIR)
    # A shell that started this in the background made it ignore Ctrl-C; the server must not inherit that.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.execv(sys.executable, [sys.executable, *arguments])
