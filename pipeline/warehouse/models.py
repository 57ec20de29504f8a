"""Running dbt: from raw.* to the marts.

Belongs here: the dbt manifest and documentation, the environment dbt needs, building the models in this
process. Does not: what the models say (`dbt_project/`) or running them as Dagster assets (`assets`).
"""

import os
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from pipeline.config import settings
from pipeline.staging import fingerprint
from pipeline.warehouse.database import DBT_PROJECT_DIR, open_build

MANIFEST = DBT_PROJECT_DIR / "target" / "manifest.json"
# Read by dbt_project/profiles.yml.
DATABASE_VARIABLE = "FISCAL_BUILD_DATABASE"
# The unit tests of the models look at no data: `make check` runs them, a load need not.
BUILD = ("build", "--exclude-resource-type", "unit_test")


class ModelsError(Exception):
    """Models or their tests failed; the message names them."""


class ModelsSummary(msgspec.Struct, frozen=True):
    """What one build did: nodes (models, seeds, tests) by status, warnings in words, seconds."""

    statuses: dict[str, int]
    warnings: tuple[str, ...]
    seconds: float


def build_models(database: Path | None = None, *, unit_tests: bool = False) -> ModelsSummary:
    """Build all seeds and models in the build database and run their tests.

    `database` defaults to the one of the settings; nobody may have it open, since dbt opens it itself.
    `unit_tests`: also run the unit tests of the models, which look at no data. Raises ModelsError when a
    model or a test of severity error fails.
    """
    start = time.perf_counter()
    database = database or settings().build_database
    with open_build(database):
        pass  # makes the tables of audit and raw where nothing has been loaded yet
    arguments = BUILD[:1] if unit_tests else BUILD
    results = _run([*arguments, "--target-path", str(database.parent / "dbt")], database)
    warnings = tuple(f"{name}: {message}" for name, status, message in results if status == "warn")
    return ModelsSummary(
        statuses=dict(Counter(status for _, status, _ in results)),
        warnings=warnings,
        seconds=time.perf_counter() - start,
    )


def ensure_manifest() -> Path:
    """Return the dbt manifest, parsed anew only when a file of the project is newer than it.

    Needs no database. Safe for processes that start at the same time: the manifest is put in place whole.
    """
    if not MANIFEST.exists() or MANIFEST.stat().st_mtime < _last_change():
        MANIFEST.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=MANIFEST.parent) as target:
            write_manifest(Path(target))
            os.replace(Path(target) / MANIFEST.name, MANIFEST)
    return MANIFEST


def write_manifest(target: Path) -> Path:
    """Parse the project into `target`/manifest.json and return that path."""
    _run(["parse", "--target-path", str(target)], settings().build_database)
    return target / MANIFEST.name


def write_docs(database: Path, target: Path) -> None:
    """Write dbt's documentation of the models into the file `target`, which needs no server and no network.

    `database` holds the built models, whose column types are shown. Raises ModelsError on failure.
    """
    with tempfile.TemporaryDirectory() as folder:
        _run(["docs", "generate", "--static", "--target-path", folder], database)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(Path(folder) / "static_index.html", target)


def models_fingerprint() -> str:
    """Return the fingerprint of the models, seeds and macros: a changed one calls for building anew."""
    return fingerprint(path for path in _sources() if path.is_file())


def _last_change() -> float:
    """Return when a file that decides the manifest was changed last, in seconds since 1970."""
    return max(path.stat().st_mtime for path in _sources())


def _sources() -> list[Path]:
    """Return the files of the dbt project, and its folders, whose time tells that a file was removed."""
    paths = [DBT_PROJECT_DIR / "dbt_project.yml", DBT_PROJECT_DIR / "profiles.yml"]
    for folder in ("models", "seeds", "macros", "tests"):
        paths += [DBT_PROJECT_DIR / folder, *(DBT_PROJECT_DIR / folder).rglob("*")]
    return paths


def _run(arguments: list[str], database: Path) -> list[tuple[str, str, str]]:
    """Run dbt in this process; return name, status and message of each node.

    Raises ModelsError on failure.
    """
    from dbt.cli.main import dbtRunner  # slow to import: only who builds pays

    logs = Path(tempfile.mkdtemp(prefix="dbt-logs-"))
    project = str(DBT_PROJECT_DIR)
    try:
        with _environment(**{DATABASE_VARIABLE: str(database.resolve()), "DO_NOT_TRACK": "1"}):
            outcome = dbtRunner().invoke(
                [
                    *arguments,
                    "--project-dir",
                    project,
                    "--profiles-dir",
                    project,
                    "--log-path",
                    str(logs),
                    "--quiet",
                ]
            )
    finally:
        _let_go_of_database()
        shutil.rmtree(logs, ignore_errors=True)
    nodes = [
        (result.node.name, str(result.status), result.message or "")
        for result in getattr(outcome.result, "results", None) or []
    ]
    failed = [
        f"{name}: {status}: {message}" for name, status, message in nodes if status in ("error", "fail")
    ]
    if failed:
        raise ModelsError("dbt: " + "; ".join(failed))
    if not outcome.success:
        raise ModelsError(f"dbt {arguments[0]} failed: {outcome.exception}")
    return nodes


def _let_go_of_database() -> None:
    """Close the connection that dbt keeps in this process, so that other processes can open the file."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    manager: Any = DuckDBConnectionManager
    if manager._ENV is not None:
        manager._ENV.close()
    manager.close_all_connections()


@contextmanager
def _environment(**variables: str) -> Iterator[None]:
    """Set environment variables for the block: dbt reads its profile from there."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
