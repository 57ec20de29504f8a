"""Crawling a source: the plain functions that the command and the schedule call.

Belongs here: starting the crawler as a process of its own (Scrapy's reactor runs once per process), passing
on how far it is, ending it. Does not: what is fetched and how (`spider`, `network`), what is kept
(`crawl_log`).
"""

import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from pipeline import progress
from pipeline.acquire.crawl_log import Crawl, CrawlBusyError, CrawledUrl, CrawlSummary
from pipeline.acquire.sources import Source
from pipeline.config import PROJECT_DIR, settings

log = logging.getLogger(__name__)

_MORE_SECONDS = 300
"""A crawler that is so long over the time of its source, and over what it waits for a server, hangs."""


class CrawlError(Exception):
    """A crawl that broke off; what it had fetched is archived, and the next crawl goes on from there."""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What the crawler process is told on standard input. `source` is the model as JSON."""

    source: str
    task: str
    raw_dir: str
    crawl_dir: str
    contact: str
    year: int | None


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """What the crawler process tells, a line each; the last has the `crawl`, or the `pages` of a check."""

    done: int = 0
    found: int = 0
    url: CrawledUrl | None = None
    pages: tuple["PageSeen", ...] = ()
    crawl: Crawl | None = None
    busy: str | None = None


class PageSeen(msgspec.Struct, frozen=True, kw_only=True):
    """The first page of a list, as `check` found it."""

    url: str
    status: int | None
    message: str | None = None
    encoding: str | None = None
    anchors: int = 0
    reports: tuple[str, ...] = ()
    """Titles of links that lead to reports or hold them."""
    next_url: str | None = None


def crawl(source: Source, year: int | None = None) -> CrawlSummary:
    """Find, fetch and archive what is new at a source; return the summary, which `crawl_dir` keeps too.

    `year`: follow only links that say this fiscal year or none; such a crawl calls nothing gone or alarming.
    A crawl that was killed is taken up where it stopped. Raises CrawlError when the crawler breaks off, and
    CrawlBusyError when another process is at this source; a portal that fails is a summary, not an error.
    """
    log.info("stage=crawl source=%s status=started", source.key)
    done = None
    for event in _run(source, "crawl", settings().crawl_dir, year):
        done = event.crawl or done
    if done is None:
        raise CrawlError(f"{source.key}: the crawler ended without a summary; run it again")
    summary = done.summary
    log.log(
        logging.WARNING if summary.alarms or summary.status != "complete" else logging.INFO,
        "stage=crawl source=%s status=%s new=%d changed=%d unchanged=%d gone=%d failed=%d alarms=%s",
        source.key,
        summary.status,
        summary.new,
        summary.changed,
        summary.unchanged,
        summary.gone,
        summary.failed,
        ",".join(summary.alarms) or "none",
    )
    return summary


def preview(source: Source) -> Crawl:
    """Tell what a crawl would find: pages are read, no file is fetched, nothing is written under `data/`.

    Raises as `crawl` does.
    """
    with TemporaryDirectory() as folder:
        journal = settings().crawl_dir / source.key / "journal.jsonl"
        if journal.exists():  # what is known, so that it is told from what is not
            copy = Path(folder) / source.key / journal.name
            copy.parent.mkdir()
            copy.write_bytes(journal.read_bytes())
        done = None
        for event in _run(source, "preview", Path(folder)):
            done = event.crawl or done
    if done is None:
        raise CrawlError(f"{source.key}: the crawler ended without a summary; run it again")
    return done


def check(source: Source) -> tuple[PageSeen, ...]:
    """Fetch robots.txt and the first page of each list, and tell what is there; nothing is written.

    Raises as `crawl` does.
    """
    pages: tuple[PageSeen, ...] = ()
    with TemporaryDirectory() as folder:
        for event in _run(source, "check", Path(folder)):
            pages = event.pages or pages
    return pages


def _run(source: Source, task: str, crawl_dir: Path, year: int | None = None) -> Iterator[Event]:
    """Run the crawler process and yield what it tells; it is ended when the caller is."""
    order = Order(
        source=source.model_dump_json(),
        task=task,
        raw_dir=str(settings().raw_dir),
        crawl_dir=str(crawl_dir),
        contact=settings().crawl_contact,
        year=year,
    )
    own_log = crawl_dir / source.key / "crawler.log"
    own_log.parent.mkdir(parents=True, exist_ok=True)
    with own_log.open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "pipeline.acquire.crawler"],
            cwd=PROJECT_DIR,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
        )
        limits = source.limits
        longest = limits.minutes * 60 + limits.longest_wait + limits.timeout + _MORE_SECONDS
        limit = threading.Timer(longest, process.kill)
        limit.start()
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(msgspec.json.encode(order))
            process.stdin.close()
            decoder = msgspec.json.Decoder(Event)
            for line in process.stdout:
                event = decoder.decode(line)
                if event.busy is not None:
                    raise CrawlBusyError(event.busy)
                if event.url is not None:
                    _log(event.url)
                progress.report(source.key, event.done, event.found)
                yield event
            code = process.wait()
        finally:
            limit.cancel()
            process.terminate()  # nothing where it has ended; else the caller was stopped: it ends in order
            process.wait()
    if code != 0:
        lines = own_log.read_text(errors="replace").strip().splitlines()
        raise CrawlError(
            f"{source.key}: the crawler ended with code {code} ({lines[-1] if lines else 'without a word'}); "
            "what it fetched is archived, and the next crawl goes on from there"
        )


def _log(url: CrawledUrl) -> None:
    log.log(
        logging.WARNING if url.outcome in ("failed", "gone") else logging.INFO,
        "stage=crawl source=%s outcome=%s reason=%s url=%s message=%s",
        url.source,
        url.outcome,
        url.reason,
        url.file_url,
        url.message,
    )
