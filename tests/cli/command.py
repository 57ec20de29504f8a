"""Running the command in a test."""

from pathlib import Path

from typer.testing import CliRunner, Result

from pipeline.cli import app

GOOD = "示例_虚构市示例区水务局_2021年度部门决算.pdf"


def fiscal(*arguments: str | Path, stdin: str | None = None) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], input=stdin)
