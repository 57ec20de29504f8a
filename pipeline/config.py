"""Where things lie: one settings object, read from the environment.

Belongs here: paths and limits that a user may set. Does not: anything that changes what is read from a
report (that is data under `pipeline/forms` and `expectations/`) or a database connection (`warehouse`).
"""

from functools import lru_cache
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT_DIR = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Settings of one installation, each overridden by an environment variable `FISCAL_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix="FISCAL_", frozen=True)

    data_dir: Path = Field(default=PROJECT_DIR / "data", description="holds everything the system writes")
    review_dir: Path = Field(
        default=PROJECT_DIR / "expectations", description="holds waivers/ and corrections/ of single reports"
    )
    workers: int = Field(default=0, ge=0, description="reading processes; 0 = one per core")
    read_seconds: int = Field(default=300, gt=0, description="time limit for reading one file")
    page_seconds: int = Field(
        default=120, gt=0, description="time limit for recognising one scanned page, not counted above"
    )
    read_megabytes: int = Field(default=4096, gt=0, description="memory limit for reading one file")
    max_pages: int = Field(default=2000, gt=0, description="a longer file is not read")
    sources_dir: Path = Field(
        default=PROJECT_DIR / "pipeline" / "acquire" / "sources", description="holds one file per portal"
    )
    expected_dir: Path = Field(
        default=PROJECT_DIR / "pipeline" / "acquire" / "expected",
        description="holds lists of the departments that must publish",
    )
    crawl_contact: str = Field(default="", description="address or page that portals are told to write to")

    @property
    def raw_dir(self) -> Path:
        """The immutable archive of report files, by fiscal year."""
        return self.data_dir / "raw"

    @property
    def inbox_dir(self) -> Path:
        """Files dropped here are taken into the archive by the sensor."""
        return self.raw_dir / "inbox"

    @property
    def crawl_dir(self) -> Path:
        """What is known about each source of reports: its addresses, and how each crawl ended."""
        return self.data_dir / "crawl"

    @property
    def build_dir(self) -> Path:
        """Staged results by content hash, and the build database that no reader opens."""
        return self.data_dir / "build"

    @property
    def staged_dir(self) -> Path:
        """What each stage made, under the file's content hash and the fingerprint of what made it."""
        return self.build_dir / "staged"

    @property
    def build_database(self) -> Path:
        """The database that the pipeline writes."""
        return self.build_dir / "build.duckdb"

    @property
    def published_database(self) -> Path:
        """The read-only database that users open; replaced by rename."""
        return self.data_dir / "warehouse" / "fiscal.duckdb"

    @property
    def dagster_home(self) -> Path:
        """The Dagster instance: run history, schedules, sensors."""
        return self.data_dir / "dagster"


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Return the settings of this process, read from the environment once."""
    return Settings()
