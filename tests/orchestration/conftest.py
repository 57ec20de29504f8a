"""Fixtures of the tests of the graph."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stages.files import data_dir

__all__ = ["data_dir"]


@pytest.fixture(autouse=True)
def _environment_as_before(data_dir: Path) -> Iterator[None]:
    """A run points this process at its Dagster home and at its build database: undo that."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)
