"""Crawls in the warehouse: each once, the last outcome of an address, in whatever order they come."""

from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from pipeline.acquire.crawl_log import Crawl, CrawledUrl, CrawlSummary
from pipeline.acquire.expected import ExpectedDepartment
from pipeline.acquire.sources import Source
from pipeline.config import settings
from pipeline.warehouse.arrivals import load_arrivals, unpublished_crawls
from pipeline.warehouse.database import create_schema
from tests.stages.files import data_dir

__all__ = ["data_dir"]

SOURCE = Source.model_validate(
    {
        "key": "city", "name": "示例门户", "place": "示例市", "verified": True,
        "lists": [{"url": "http://h/"}], "calendar": {"reports_due": "09-15"},
    }
)  # fmt: skip
WATER = ExpectedDepartment(
    list_file="a.csv", place="示例市", division_code=None, department_name="水务局", from_year=2018,
    until_year=None, source="x",
)  # fmt: skip


def write_crawl(folder: Path, crawl_id: str, outcomes: dict[str, str], **more: Any) -> None:
    at = "2024-09-01T08:00:00+08:00"
    summary = CrawlSummary(
        source="city", crawl_id=crawl_id, started_at=at, finished_at=at, status="complete",
        failed_by_reason={"timeout": 2}, alarms=("halved",), **more,
    )  # fmt: skip
    urls = tuple(
        CrawledUrl(
            source="city", crawl_id=crawl_id, file_url=url, outcome=outcome, at=at, year_hint=2023,
            department_hint="水务局", published_at="2024-09-01", etag='"x"', fetched_at=at,
        )
        for url, outcome in outcomes.items()
    )  # fmt: skip
    path = folder / "city" / f"{crawl_id}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.encode(Crawl(summary=summary, urls=urls)))


def outcomes(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str]]:
    return con.execute("select file_url, outcome, crawl_id from audit.crawled_url order by all").fetchall()


def test_a_crawl_is_loaded_once_and_of_an_address_the_last_outcome_stays(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    write_crawl(tmp_path, "20240902T000000Z", {"a": "gone", "b": "unchanged"}, listed=1)
    assert load_arrivals(con, tmp_path, [SOURCE], [WATER]) == {
        "source": 1, "expected_department": 1, "crawl": 1, "crawled_url": 2,
    }  # fmt: skip
    # An older one that comes later, and a newer one.
    write_crawl(tmp_path, "20240901T000000Z", {"a": "new", "c": "new"})
    write_crawl(tmp_path, "20240903T000000Z", {"b": "changed"})
    assert load_arrivals(con, tmp_path, [SOURCE], [WATER])["crawl"] == 2
    assert outcomes(con) == [
        ("a", "gone", "20240902T000000Z"),
        ("b", "changed", "20240903T000000Z"),
        ("c", "new", "20240901T000000Z"),
    ]
    before = con.execute("from audit.crawl order by crawl_id").fetchall()
    assert load_arrivals(con, tmp_path, [SOURCE], [WATER])["crawl"] == 0
    assert con.execute("from audit.crawl order by crawl_id").fetchall() == before
    assert con.execute(
        "select started_at, listed, failed_by_reason, alarms from audit.crawl where listed = 1"
    ).fetchall() == [(datetime(2024, 9, 1, 0), 1, ["timeout: 2"], ["halved"])]  # UTC
    assert con.execute("select fetched_at, published_at, etag from audit.crawled_url").fetchall()[0] == (
        datetime(2024, 9, 1, 0), "2024-09-01", '"x"',
    )  # fmt: skip
    assert con.execute("from audit.source").fetchall() == [
        ("city", "示例门户", "示例市", None, True, "09-15")
    ]
    assert con.execute("from audit.expected_department").fetchall() == [
        ("a.csv", "示例市", None, "水务局", 2018, None, "x")
    ]


def test_crawls_are_unpublished_until_the_published_database_has_them(data_dir: Path) -> None:
    folder = settings().crawl_dir
    write_crawl(folder, "20240901T000000Z", {"a": "new"})
    key = ("city", "20240901T000000Z")
    assert unpublished_crawls(folder) == [key]  # nothing is published
    target = settings().published_database
    target.parent.mkdir(parents=True)
    with duckdb.connect(target) as older:
        older.execute("create schema audit")
    assert unpublished_crawls(folder) == [key]  # published by a version without crawls
    with duckdb.connect(target) as newer:
        create_schema(newer)
        load_arrivals(newer, folder, [], [])
    assert unpublished_crawls(folder) == []


def test_a_damaged_log_is_left_out_and_loaded_when_it_is_mended(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    write_crawl(tmp_path, "20240901T000000Z", {"a": "new"})
    damaged = tmp_path / "city" / "20240902T000000Z.json"
    damaged.write_bytes(b'{"summary": ')
    assert load_arrivals(con, tmp_path, [], [])["crawl"] == 1
    write_crawl(tmp_path, "20240902T000000Z", {"a": "gone"})
    assert load_arrivals(con, tmp_path, [], [])["crawl"] == 1
    assert outcomes(con) == [("a", "gone", "20240902T000000Z")]
