"""What the tests of the warehouse share."""

from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from pipeline.staging import Staged
from pipeline.warehouse import database
from tests.warehouse.reports import Report, stage_report


@pytest.fixture
def stage(tmp_path: Path) -> Callable[[Report], Staged]:
    """Return a function that stages a report completely, gate record included."""
    return lambda report: stage_report(report, tmp_path / "staged")


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """Return an empty build database in memory."""
    with duckdb.connect() as connection:
        database.create_schema(connection)
        yield connection
