"""An installation that the tests of the command share."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import Result

from pipeline.config import settings
from tests.cli.command import fiscal
from tests.stages.files import write_bad_files, write_samples


@contextmanager
def installed(folder: Path) -> Iterator[None]:
    """Run the block with the data folder in `folder`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FISCAL_DATA_DIR", str(folder / "data"))
        for name in ("DAGSTER_HOME", "FISCAL_BUILD_DATABASE"):
            patch.setenv(name, "")  # a run sets them; this puts them back afterwards
            patch.delenv(name)
        settings.cache_clear()
        yield
    settings.cache_clear()


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """The folder of an installation into which a good report, one with an error and a text file went."""
    folder = tmp_path_factory.mktemp("cli")
    write_samples(folder / "in", "水务局_2021", "规划局_2020")
    text = write_bad_files(folder / "bad")["text"]
    with installed(folder):
        return folder, fiscal("ingest", folder / "in", text)


@pytest.fixture(scope="module")
def ingested(installation: tuple[Path, Result]) -> Iterator[Result]:
    """What `fiscal ingest` printed; the tests of the module work in that installation."""
    folder, result = installation
    with installed(folder):
        yield result
