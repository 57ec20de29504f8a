"""What crawls leave behind: a summary and a log per crawl, and what is known about each address.

Belongs here: the records, where they lie, what survives a kill, when a crawl is alarming. Does not: fetching
(`spider`), the files themselves (`archive`).

    crawl/<source>/<crawl id>.json    a finished crawl: its summary and its log, written once
    crawl/<source>/journal.jsonl      every address handled, as it happens; made short after each crawl
    crawl/<source>/running.json       which crawl is under way; left behind by a crawl that was killed
    crawl/<source>/crawler.log        what the crawler itself had to say, of the last crawl
"""

import fcntl
import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import msgspec

from pipeline.staging import write_atomically

log = logging.getLogger(__name__)

Outcome = Literal["new", "duplicate", "changed", "unchanged", "gone", "failed", "listed"]
"""How an address ended in a crawl.

new        archived, at an address not known before
duplicate  at an address not known before, bytes that the archive has already
changed    other bytes at a known address, archived as a version of their own
unchanged  known, and the same bytes (or 304, or not due to be looked at again)
gone       known, and no longer listed (reason `unlisted`) or no longer there (`not_found`)
failed     not got; `reason` says why
listed     would have been fetched: of a preview only
"""

Reason = Literal[
    "unlisted", "not_found", "not_due",  # of gone and unchanged
    "robots", "other_host", "private_address", "bad_address",
    "http_status", "rate_limited", "redirects",
    "timeout", "truncated", "too_large", "connection", "dns", "tls",
    "html_page", "wrong_type", "empty", "bad_list", "archive", "limit", "crawler",
]  # fmt: skip
"""Why. `html_page`: a web page where a file was promised; `limit`: a limit of the source was reached."""

Alarm = Literal["none_listed", "halved", "no_list"]
"""`none_listed`: a source that had reports lists none; `halved`: less than half; `no_list`: none was read."""

_RESUMED_WITHIN = timedelta(days=1)
"""What a crawl has read that was killed earlier may have changed since: a new one is begun."""

_EARLIER_CRAWLS = 5
"""What a crawl lists is compared with the most that the last so many listed: one odd crawl does not count."""


class CrawledUrl(msgspec.Struct, frozen=True, kw_only=True, tag="url", tag_field="kind"):
    """One address of one crawl: a report file, or a page that could not be read (`role` page).

    `file_url` is the address as linked; `sha256`, `bytes`, `file_type` are of the file as archived, None
    where nothing was. Hints are those of the portal and may be wrong. Times are UTC in ISO 8601.
    """

    source: str
    crawl_id: str
    role: Literal["file", "page"] = "file"
    file_url: str
    page_url: str | None = None
    title: str | None = None
    department_hint: str | None = None
    year_hint: int | None = None
    published_at: str | None = None
    outcome: Outcome
    reason: Reason | None = None
    message: str | None = None
    http_status: int | None = None
    sha256: str | None = None
    bytes: int | None = None
    file_type: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    fetched_at: str | None = None
    """When the bytes were last got, or confirmed by a 304."""
    at: str


class CrawlSummary(msgspec.Struct, frozen=True, kw_only=True):
    """How one crawl of one source ended.

    `status`: complete; incomplete (a page failed or a limit was reached, so nothing is called unlisted);
    failed (no list could be read). `requests` counts what was sent, with robots.txt, redirects, retries;
    `conditional` those that asked only for what changed; `downloads` answers that carried a file.
    """

    source: str
    crawl_id: str
    started_at: str
    finished_at: str
    status: Literal["complete", "incomplete", "failed"]
    resumed: bool = False
    year: int | None = None
    """Where only one fiscal year was looked at: `listed` and the counts below are of it alone."""
    pages: int = 0
    requests: int = 0
    conditional: int = 0
    downloads: int = 0
    downloaded_bytes: int = 0
    listed: int = 0
    new: int = 0
    duplicate: int = 0
    changed: int = 0
    unchanged: int = 0
    gone: int = 0
    failed: int = 0
    failed_by_reason: dict[str, int] = {}
    alarms: tuple[Alarm, ...] = ()


class Crawl(msgspec.Struct, frozen=True, kw_only=True):
    """A finished crawl: its summary and its log."""

    summary: CrawlSummary
    urls: tuple[CrawledUrl, ...]


class FoundLink(msgspec.Struct, frozen=True, kw_only=True):
    """A link of interest on a page. `role`: list, detail, file, or inline (the page itself is the report)."""

    url: str
    role: Literal["list", "detail", "file", "inline"]
    title: str
    published_at: str | None = None
    department_hint: str | None = None
    year_hint: int | None = None


class PageState(msgspec.Struct, frozen=True, kw_only=True, tag="page", tag_field="kind"):
    """What a page held when it was last read, so that a 304 answers as well as the page.

    `rules` is the fingerprint of the source that read it: under other rules the page is fetched anew.
    """

    url: str
    crawl_id: str
    rules: str
    etag: str | None = None
    last_modified: str | None = None
    links: tuple[FoundLink, ...] = ()
    anchors: tuple[str, ...] = ()
    """Short hashes of every link on the page: by these an endless list is told from a long one."""
    next_url: str | None = None
    last_page: int | None = None


class CrawlLogError(Exception):
    """A log of a crawl that cannot be read."""


class CrawlBusyError(Exception):
    """Another process is crawling this source."""


class CrawlStore:
    """The records of one source under `root`, `settings().crawl_dir`."""

    def __init__(self, root: Path, source: str) -> None:
        self.source = source
        self.folder = root / source
        self.pages: dict[str, PageState] = {}
        self.urls: dict[str, CrawledUrl] = {}
        """Known report files by address: the last record that is no failure."""
        self.handled: dict[str, CrawledUrl] = {}
        """Addresses that the crawl under way has dealt with."""
        self.crawl_id = ""
        self.started_at = ""
        self.resumed = False
        self.year: int | None = None
        """The only fiscal year that the crawl under way looks at, None for all."""

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the source; raises CrawlBusyError where another process does."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / ".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise CrawlBusyError(
                    f"{self.source} is being crawled by another process; wait for it"
                ) from error
            yield

    def begin(self, year: int | None = None) -> None:
        """Start a crawl, or go on with the one that was killed if it was of the same year.

        Call while locked.
        """
        self.year = year
        self._load()
        self.started_at = now()
        # To the microsecond, so that ids are in the order of time.
        self.crawl_id = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
        running = self.folder / "running.json"
        if running.exists():
            killed = msgspec.json.decode(running.read_bytes(), type=dict[str, str])
            same_year = killed.get("year", "") == str(year or "")
            age = datetime.now(UTC) - datetime.fromisoformat(killed["started_at"])
            if same_year and age < _RESUMED_WITHIN and not self._finished(killed["crawl_id"]).exists():
                self.crawl_id, self.started_at = killed["crawl_id"], killed["started_at"]
                self.resumed = True
        under_way = {"crawl_id": self.crawl_id, "started_at": self.started_at, "year": str(year or "")}
        write_atomically(running, msgspec.json.encode(under_way))
        # A failure before the kill may have been the kill's: it is tried again.
        self.handled = {
            url: record for url, record in self.handled.items()
            if record.crawl_id == self.crawl_id and record.outcome != "failed"
        }  # fmt: skip

    def add(self, record: CrawledUrl | PageState) -> None:
        """Write down what was done about an address; from here on a kill does not lose it."""
        with (self.folder / "journal.jsonl").open("ab") as journal:
            journal.write(msgspec.json.encode(record) + b"\n")
        self._take(record)

    def finish(self, summary: CrawlSummary) -> Crawl:
        """Write the finished crawl, then make the journal short. Returns what was written."""
        crawl = Crawl(summary=summary, urls=tuple(self.handled.values()))
        write_atomically(self._finished(self.crawl_id), msgspec.json.encode(crawl) + b"\n", to_disk=True)
        kept = [*self.pages.values(), *self.urls.values()]
        write_atomically(
            self.folder / "journal.jsonl", b"".join(msgspec.json.encode(record) + b"\n" for record in kept)
        )
        (self.folder / "running.json").unlink(missing_ok=True)
        return crawl

    def alarms(self, listed: int, *, list_read: bool) -> tuple[Alarm, ...]:
        """Tell what is alarming about a crawl that lists so many files, beside the crawls before it."""
        if not list_read:
            return ("no_list",)
        if self.year is not None:
            return ()
        earlier = [
            crawl.listed for crawl in read_summaries(self.folder.parent, self.source)
            if crawl.status != "failed" and crawl.year is None
        ]  # fmt: skip
        most = max(earlier[-_EARLIER_CRAWLS:], default=0)
        if most and not listed:
            return ("none_listed",)
        return ("halved",) if listed * 2 < most else ()

    def _finished(self, crawl_id: str) -> Path:
        return self.folder / f"{crawl_id}.json"

    def _load(self) -> None:
        journal = self.folder / "journal.jsonl"
        if not journal.exists():
            return
        content = journal.read_bytes()
        whole, _, torn = content.rpartition(b"\n")
        if torn:  # a kill in the middle of a line: the address counts as not handled
            write_atomically(journal, whole + b"\n" if whole else b"")
        decoder = msgspec.json.Decoder(CrawledUrl | PageState)
        for line in whole.splitlines():
            self._take(decoder.decode(line))

    def _take(self, record: CrawledUrl | PageState) -> None:
        if isinstance(record, PageState):
            self.pages[record.url] = record
            return
        self.handled[record.file_url] = record
        if record.role == "file" and record.outcome != "failed":
            self.urls[record.file_url] = record


def read_summaries(root: Path, source: str | None = None) -> list[CrawlSummary]:
    """Return the summaries of finished crawls under `settings().crawl_dir`, by source and time."""
    return [crawl.summary for crawl in read_crawls(root, source)]


def read_crawls(root: Path, source: str | None = None) -> Iterator[Crawl]:
    """Yield finished crawls, summary and log, by source and time."""
    for key, crawl_id in finished_crawls(root, source):
        yield read_crawl(root, key, crawl_id)


def finished_crawls(root: Path, source: str | None = None) -> list[tuple[str, str]]:
    """Return source and id of the finished crawls, by source and time, without reading them."""
    return sorted((path.parent.name, path.stem) for path in root.glob(f"{source or '*'}/*Z*.json"))


def read_crawl(root: Path, source: str, crawl_id: str) -> Crawl:
    """Return one finished crawl; raises CrawlLogError when its log is damaged."""
    path = root / source / f"{crawl_id}.json"
    try:
        return msgspec.json.decode(path.read_bytes(), type=Crawl)
    except (OSError, msgspec.DecodeError) as error:
        raise CrawlLogError(
            f"{path}: no log of a crawl ({error}); restore it from a copy, or delete it"
        ) from error


def latest_summaries(root: Path) -> list[CrawlSummary]:
    """Return the summary of the last crawl of each source that was of all years; reads few logs per source.

    A damaged log is told and passed over: its source is due the sooner.
    """
    found: dict[str, CrawlSummary] = {}
    for source, crawl_id in reversed(finished_crawls(root)):
        if source in found:
            continue
        try:
            summary = read_crawl(root, source, crawl_id).summary
        except CrawlLogError as error:
            log.warning("stage=crawl source=%s message=%s", source, error)
            continue
        if summary.year is None:
            found[source] = summary
    return list(found.values())


def summarise(
    store: CrawlStore, *, list_read: bool, pages_failed: bool, listed: int, counters: dict[str, int]
) -> CrawlSummary:
    """Return the summary of the crawl under way, from what it dealt with. `counters` are its field names."""
    records: Sequence[CrawledUrl] = list(store.handled.values())
    outcomes = Counter(record.outcome for record in records)
    reasons = Counter(record.reason or "crawler" for record in records if record.outcome == "failed")
    complete = not pages_failed and "limit" not in reasons
    return CrawlSummary(
        source=store.source,
        crawl_id=store.crawl_id,
        started_at=store.started_at,
        finished_at=now(),
        status="failed" if not list_read else "complete" if complete else "incomplete",
        resumed=store.resumed,
        year=store.year,
        listed=listed,
        new=outcomes["new"],
        duplicate=outcomes["duplicate"],
        changed=outcomes["changed"],
        unchanged=outcomes["unchanged"],
        gone=outcomes["gone"],
        failed=outcomes["failed"],
        failed_by_reason=dict(sorted(reasons.items())),
        alarms=store.alarms(listed, list_read=list_read),
        **counters,
    )


def now() -> str:
    """Return the time in UTC, ISO 8601, whole seconds."""
    return datetime.now(UTC).isoformat(timespec="seconds")
