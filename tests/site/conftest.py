"""A small published database, its site, and a browser, made once for all tests of the site."""

import shutil
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from pipeline.acquire.archive import ArchivedFile
from pipeline.config import settings
from pipeline.site.build import Summary, build_site
from pipeline.warehouse.database import open_build
from pipeline.warehouse.load import load_batch
from pipeline.warehouse.models import build_models
from pipeline.warehouse.publish import publish
from tests.warehouse.reports import DEPARTMENT, ROWS, WAIVER, Report, archived, failed, stage_report

HOSTILE = "<script>alert('&')</script>局"
# Departments are names in places: the pages must find the marts by both.
PLACE = "310107"
GOOD = Report("good", division_code=PLACE)
EARLIER = Report("earlier", year=2022, division_code=PLACE)
# The same account as GOOD, published later, with another number in one cell of F03.
LATER = Report(
    "later",
    division_code=PLACE,
    published_at="2024-12-01T00:00:00+08:00",
    rows=[*ROWS[:-1], (*ROWS[-1][:-1], "3.24")],
)
HELD_BACK = Report("held back", department="示例市其他局", verdict="quarantined", check_status="fail")
RELEASED = Report(
    "released", department="示例市豁免局", verdict="waived", check_status="fail", waivers=[WAIVER]
)
EVIL = Report(
    "evil",
    department=HOSTILE,
    rows=[
        ("F03", None, "total", '<img src=x onerror="alert(1)">', "total", "total", "total", "1.00"),
        ("F03", None, "2010301", "</td><b>行政运行</b>", None, "subject", "total", "1.00"),
    ],
)
LOCKED = Report("locked")
LINK = "https://www.example.gov.cn/2023/账.pdf"
# Chromium as it must be started where there is no display and no right to a sandbox.
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Site(NamedTuple):
    """A site that was built, the database it was built of, and what the build said."""

    folder: Path
    database: Path
    summary: Summary

    def text(self, page: str) -> str:
        return (self.folder / page).read_text(encoding="utf-8")

    def report(self, report: Report) -> str:
        return self.text(f"reports/{report.key}.html")


def linked(report: Report, url: str) -> ArchivedFile:
    file = archived(report)
    return msgspec.structs.replace(file, manifest=msgspec.structs.replace(file.manifest, file_url=url))


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    root = tmp_path_factory.mktemp("site")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FISCAL_DATA_DIR", str(root))
        settings.cache_clear()
        build, published = root / "build" / "build.duckdb", root / "warehouse" / "fiscal.duckdb"
        reports = [GOOD, EARLIER, LATER, HELD_BACK, RELEASED, EVIL]
        files = [archived(report) for report in reports if report not in (EVIL, GOOD)]
        with open_build(build) as con:
            load_batch(
                con,
                [stage_report(report, root / "staged") for report in reports],
                [*files, archived(LOCKED), linked(EVIL, "javascript:alert(1)"), linked(GOOD, LINK)],
                [failed(LOCKED)],
            )
        build_models(build)
        publish(build, published)
        made = Site(root / "out", published, build_site(root / "out", published))
    settings.cache_clear()
    return made


def chromium() -> str | None:
    """Return an installed Chromium or Chrome, None where there is none."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
    return next((path for name in names if (path := shutil.which(name))), None)


__all__ = ["DEPARTMENT", "FLAGS", "Site", "chromium"]
