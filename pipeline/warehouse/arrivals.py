"""Loading what is known about arrivals: portals, their crawls, and the departments that must publish.

Belongs here: crawls and addresses into audit.*, incrementally; sources and lists, replaced as a whole. Does
not: crawling (`acquire`), what is missing (marts.expected_report).
"""

import logging
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pyarrow as pa

from pipeline.acquire.crawl_log import Crawl, CrawlLogError, finished_crawls, read_crawl
from pipeline.acquire.expected import ExpectedDepartment
from pipeline.acquire.sources import Source
from pipeline.warehouse.database import DatabaseError, read_published, transaction

log = logging.getLogger(__name__)

ARRIVAL_TABLES = ("source", "crawl", "crawled_url", "expected_department")

_TEXT, _COUNT = pa.string(), pa.int64()
_SOURCE = pa.schema(
    [(name, _TEXT) for name in ("source", "name", "place", "division_code")]
    + [("verified", pa.bool_()), ("reports_due", _TEXT)]
)
_EXPECTED = pa.schema(
    [(name, _TEXT) for name in ("list_file", "place", "division_code", "department_name")]
    + [("from_year", pa.int32()), ("until_year", pa.int32()), ("list_source", _TEXT)]
)
_COUNTS = (
    "pages", "requests", "conditional", "downloads", "downloaded_bytes", "listed",
    "new", "duplicate", "changed", "unchanged", "gone", "failed",
)  # fmt: skip
_CRAWL = pa.schema(
    [(name, _TEXT) for name in ("source", "crawl_id", "started_at", "finished_at", "status")]
    + [("resumed", pa.bool_()), ("year", pa.int32())]
    + [(name, _COUNT) for name in _COUNTS]
    + [(name, pa.list_(_TEXT)) for name in ("failed_by_reason", "alarms")]
)
_URL = pa.schema(
    [
        *((name, _TEXT) for name in (
            "source", "file_url", "role", "page_url", "title", "department_hint", "published_at", "crawl_id",
            "outcome", "reason", "message", "sha256", "file_type", "etag", "last_modified", "fetched_at",
            "recorded_at",
        )),
        ("year_hint", pa.int32()), ("http_status", pa.int32()), ("bytes", _COUNT),
    ]
)  # fmt: skip


def load_arrivals(
    con: duckdb.DuckDBPyConnection,
    crawl_dir: Path,
    sources: Iterable[Source],
    departments: Iterable[ExpectedDepartment],
) -> dict[str, int]:
    """Load the finished crawls that are not loaded yet, and replace sources and departments.

    A transaction per crawl: killed at any point, the next call goes on. Loaded crawls are not read again. Of
    each address the outcome of its last crawl stays, in whatever order crawls are loaded. A damaged log is
    told and left out. Returns the rows written per table.
    """
    rows = {
        "source": _replace(con, "source", _SOURCE, [_source(source) for source in sources]),
        "expected_department": _replace(
            con, "expected_department", _EXPECTED,
            [{**entry.model_dump(), "list_source": entry.source} for entry in departments],
        ),
        "crawl": 0,
        "crawled_url": 0,
    }  # fmt: skip
    for source, crawl_id in new_crawls(con, crawl_dir):
        try:
            crawl = read_crawl(crawl_dir, source, crawl_id)
        except CrawlLogError as error:
            log.warning("stage=arrivals source=%s status=left_out message=%s", source, error)
            continue
        rows["crawled_url"] += _add(con, crawl)
        rows["crawl"] += 1
    return rows


def new_crawls(con: duckdb.DuckDBPyConnection, crawl_dir: Path) -> list[tuple[str, str]]:
    """Return source and id of the finished crawls that are not in the database `con`."""
    known = set(con.execute("select source, crawl_id from audit.crawl").fetchall())
    return [key for key in finished_crawls(crawl_dir) if key not in known]


def unpublished_crawls(crawl_dir: Path) -> list[tuple[str, str]]:
    """Return source and id of the finished crawls that the published database does not have."""
    try:
        with read_published() as con:
            return new_crawls(con, crawl_dir)
    except (DatabaseError, duckdb.CatalogException):  # nothing is published, or by a version without crawls
        return finished_crawls(crawl_dir)


def _source(source: Source) -> dict[str, Any]:
    return {
        **source.model_dump(include={"name", "place", "division_code", "verified"}),
        "source": source.key,
        "reports_due": source.calendar.reports_due,
    }


def _replace(
    con: duckdb.DuckDBPyConnection, table: str, schema: pa.Schema, rows: Sequence[dict[str, Any]]
) -> int:
    con.register("given", pa.Table.from_pylist([*rows], schema=schema))
    with transaction(con):
        con.execute(f"delete from audit.{table}")
        con.execute(f"insert into audit.{table} by name from given")
    con.unregister("given")
    return len(rows)


def _add(con: duckdb.DuckDBPyConnection, crawl: Crawl) -> int:
    """Write one crawl, and its addresses in place of what older crawls said; return their number."""
    summary = msgspec.structs.asdict(crawl.summary)
    reasons = [f"{reason}: {count}" for reason, count in crawl.summary.failed_by_reason.items()]
    urls = [{**msgspec.structs.asdict(url), "recorded_at": url.at} for url in crawl.urls]
    con.register("summary", pa.Table.from_pylist([{**summary, "failed_by_reason": reasons}], schema=_CRAWL))
    con.register("urls", pa.Table.from_pylist(urls, schema=_URL))
    with transaction(con):
        con.execute(_ADD)
    con.unregister("summary")
    con.unregister("urls")
    return len(urls)


# Times are UTC with their offset; TIMESTAMP holds UTC.
_ADD = """
insert into audit.crawl by name
select * replace (
    started_at::timestamptz at time zone 'UTC' as started_at,
    finished_at::timestamptz at time zone 'UTC' as finished_at
)
from summary;

create or replace temp table newer as
select u.*
from urls as u
anti join audit.crawled_url as k
    on k.source = u.source and k.file_url = u.file_url and k.crawl_id > u.crawl_id;

delete from audit.crawled_url where (source, file_url) in (select source, file_url from newer);

insert into audit.crawled_url by name
select * replace (
    fetched_at::timestamptz at time zone 'UTC' as fetched_at,
    recorded_at::timestamptz at time zone 'UTC' as recorded_at
)
from newer;
"""
