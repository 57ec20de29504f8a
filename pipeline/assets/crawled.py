"""Portals as an asset: one crawl of one portal, what it brought, and whether it is alarming.

Belongs here: crawling as a step of a run: when it is tried again, what it shows. Does not: crawling itself
(`acquire.crawl`), which portals are due (`sensors`).
"""

from collections.abc import Iterator

import dagster as dg
from pydantic import Field

from pipeline.acquire.crawl import CrawlError, crawl
from pipeline.acquire.crawl_log import CrawlBusyError, CrawledUrl, CrawlSummary, read_crawl
from pipeline.acquire.sources import SourceError, load_source, source_keys
from pipeline.assets.common import OWNERS, Result, table
from pipeline.config import settings

CRAWLERS = "crawlers"
"""Pool of crawls: one at a time, so that no host is asked by two, and runs that load are not kept waiting."""

PORTALS = dg.StaticPartitionsDefinition(source_keys(settings().sources_dir))
"""One partition per source; a new file of sources is one when Dagster has loaded the graph anew."""

TRIES, SECONDS_BETWEEN_TRIES = 3, 600
"""A portal that is down is often back after minutes; after that its next turn by the calendar comes."""

_LASTING = frozenset({"robots", "other_host", "private_address", "bad_address", "bad_list"})
"""Reasons that do not go away by waiting."""


class CrawlConfig(dg.Config):
    """What a crawl looks at."""

    year: int | None = Field(
        default=None, description="Fetch the reports of this fiscal year only; without it, of all years."
    )


@dg.asset(
    partitions_def=PORTALS,
    pool=CRAWLERS,
    group_name="acquire",
    owners=OWNERS,
    kinds={"scrapy", "file"},
    check_specs=[
        dg.AssetCheckSpec(
            "lists_are_as_long_as_before",
            asset="crawled_portal",
            description="A list could be read, and lists at least half of what it listed before.",
        ),
        dg.AssetCheckSpec(
            "every_address_was_fetched",
            asset="crawled_portal",
            description="No page and no file failed, and no limit was reached.",
        ),
    ],
)
def crawled_portal(context: dg.AssetExecutionContext, config: CrawlConfig) -> Result:
    """Portals of departments: what was new, changed, gone at the last crawl; files go into the archive."""
    key = context.partition_key
    may_wait = context.retry_number + 1 < TRIES
    try:
        source = load_source(settings().sources_dir / f"{key}.yaml")
        summary = crawl(source, config.year)
    except (CrawlBusyError, SourceError) as error:
        raise dg.Failure(str(error), allow_retries=False) from error
    except CrawlError as error:
        if may_wait:
            raise _later() from error
        raise
    if summary.status == "failed" and may_wait and not summary.failed_by_reason.keys() <= _LASTING:
        raise _later()
    log = read_crawl(settings().crawl_dir, key, summary.crawl_id)
    failures = [url for url in log.urls if url.outcome == "failed"]
    return dg.MaterializeResult(
        metadata={**_counts(summary), "brought": _addresses(log.urls, "new", "changed")},
        check_results=list(_checks(summary, failures)),
    )


def _later() -> dg.RetryRequested:
    return dg.RetryRequested(max_retries=TRIES - 1, seconds_to_wait=SECONDS_BETWEEN_TRIES)


def _counts(summary: CrawlSummary) -> dict[str, dg.MetadataValue | str | int]:
    counted = ("listed", "new", "duplicate", "changed", "unchanged", "gone", "failed", "requests")
    return {
        "crawl_id": summary.crawl_id,
        "status": summary.status,
        **{name: getattr(summary, name) for name in counted},
        "downloaded_bytes": summary.downloaded_bytes,
        "failed_by_reason": dg.MetadataValue.json(summary.failed_by_reason),
    }


def _checks(summary: CrawlSummary, failures: list[CrawledUrl]) -> Iterator[dg.AssetCheckResult]:
    yield dg.AssetCheckResult(
        check_name="lists_are_as_long_as_before",
        passed=not summary.alarms,
        metadata={"alarms": ", ".join(summary.alarms) or "none", "listed": summary.listed},
    )
    yield dg.AssetCheckResult(
        check_name="every_address_was_fetched",
        passed=not failures and summary.status == "complete",
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"status": summary.status, "failures": _addresses(failures, "failed")},
    )


def _addresses(urls: "list[CrawledUrl] | tuple[CrawledUrl, ...]", *outcomes: str) -> dg.TableMetadataValue:
    return table(
        {
            "url": url.file_url,
            "outcome": url.outcome,
            "reason": url.reason,
            "title": url.title,
            "year": url.year_hint,
            "message": url.message,
        }
        for url in urls
        if url.outcome in outcomes
    )
