"""Following one source through a crawl: lists, pages of reports, files; every address ends in the log.

Belongs here: what is asked for next, what is asked conditionally, what an answer means. Does not: reading
pages (`links`), the network (`network`), where records lie (`crawl_log`). Runs in the process of `crawler`.
"""

import hashlib
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import scrapy
from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from pipeline.acquire.archive import Archive, ArchiveError
from pipeline.acquire.crawl import Event, PageSeen
from pipeline.acquire.crawl_log import (
    CrawledUrl,
    CrawlStore,
    FoundLink,
    PageState,
    Reason,
    now,
    summarise,
)
from pipeline.acquire.exchange import (
    Place,
    bytes_of,
    conditions,
    numbered,
    outcome_of,
    problem_with,
    validators,
)
from pipeline.acquire.links import PageError, PageLinks, is_wanted, read_detail, read_list
from pipeline.acquire.names import best_name, name_in_address, name_in_header
from pipeline.acquire.network import reason_of
from pipeline.acquire.sources import Source
from pipeline.file_type import file_type

log = logging.getLogger(__name__)

_DEEPEST_FOLDER = 3
_GONE = (404, 410)


class ReportSpider(scrapy.Spider):
    """One crawl of one source. `task`: crawl; preview (files are only listed); check (first pages only)."""

    name = "reports"

    def __init__(
        self,
        *args: Any,
        source: Source,
        store: CrawlStore,
        archive: Archive,
        task: str,
        tell: Callable[[Event], None],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.source, self.store, self.archive, self.task, self.tell = source, store, archive, task, tell
        self.rules = source.rules
        self.listed: dict[str, tuple[FoundLink, str]] = {}
        self.pages_asked: set[str] = set()
        self.pages_open: set[str] = set()
        self.anchors_seen: dict[str, set[str]] = {}
        self.pages_seen: list[PageSeen] = []
        self.counters = {"pages": 0, "downloads": 0, "downloaded_bytes": 0}
        self.list_read = self.pages_failed = False
        self.read_before: deque[tuple[PageState, Place]] = deque()
        """Pages that this crawl had read before it was killed, to be followed."""

    # Asking

    async def start(self) -> AsyncIterator[Any]:
        """Ask for the first page of every list."""
        for index in range(len(self.source.lists)):
            for request in self._through(self._ask_list(Place(entry=index))):
                yield request

    def _ask_list(self, place: Place, next_url: str | None = None) -> Iterator[Request]:
        entry = self.source.lists[place.entry]
        url, body, headers = numbered(entry, place, next_url)
        yield from self._ask_page(url, place, entry.method if place.folder is None else "GET", body, headers)

    def _ask_page(
        self,
        url: str,
        place: Place,
        method: str = "GET",
        body: bytes = b"",
        headers: dict[str, str] | None = None,
    ) -> Iterator[Request]:
        key = url if not body else f"{url}#{hashlib.sha256(body).hexdigest()[:8]}"
        if key in self.pages_asked:
            return
        if len(self.pages_asked) >= self.source.limits.pages:
            self._page_failed(key, place, "limit", f"more than {self.source.limits.pages} pages")
            return
        self.pages_asked.add(key)
        known = self.store.pages.get(key)
        if known is not None and (known.rules != self.rules or not self._kept(known)):
            known = None
        if known is not None and known.crawl_id == self.store.crawl_id and self.task == "crawl":
            self.read_before.append((known, place))
            return
        asked = dict(headers or {})
        if known is not None and self.task != "check" and method == "GET":
            asked |= conditions(known)
        self.pages_open.add(key)
        yield Request(
            url,
            self._on_page,
            method=method,
            body=body,
            headers=asked,
            errback=self._on_error,
            dont_filter=True,
            priority=10,
            meta={"key": key, "place": place},
        )

    def _ask_file(self, link: FoundLink, page_url: str) -> Iterator[Request]:
        if link.url in self.listed:
            return
        self.listed[link.url] = (link, page_url)
        if link.url in self.store.handled:
            return
        known = self.store.urls.get(link.url)
        if self.task == "preview":
            message = None if known is None else "known: would be asked whether it changed"
            self._record(link.url, "listed", message=message)
        elif len(self.listed) > self.source.limits.files:
            self._record(
                link.url, "failed", reason="limit", message=f"more than {self.source.limits.files} files"
            )
        elif known is not None and not self._is_due(known, link):
            self._record(link.url, "unchanged", reason="not_due", **bytes_of(known))
        else:
            asked = conditions(known) if known is not None and self._has(known) else {}
            yield Request(
                link.url,
                self._on_file,
                headers={"Referer": page_url, **asked},
                errback=self._on_error,
                dont_filter=True,
                meta={"key": link.url},
            )

    def _was_a_file(self, url: str) -> bool:
        """Tell whether a link that says nothing of a file turned out to lead to one before."""
        return url in self.store.urls and url not in self.store.pages

    def _is_of_another_year(self, link: FoundLink) -> bool:
        """Tell whether a crawl of one year leaves a link alone; what says no year may be of this one."""
        return self.store.year is not None and link.year_hint not in (None, self.store.year)

    def _is_due(self, known: CrawledUrl, link: FoundLink) -> bool:
        """Tell whether a known file is asked for: unless it has no validator and was got lately."""
        if known.outcome == "gone" or known.etag or known.last_modified or not self._has(known):
            return True
        if (link.title, link.published_at) != (known.title, known.published_at) or known.fetched_at is None:
            return True
        age = datetime.now(UTC) - datetime.fromisoformat(known.fetched_at)
        return age >= timedelta(days=self.source.limits.redo_days)

    def _has(self, known: CrawledUrl) -> bool:
        return known.sha256 is not None and self.archive.find(known.sha256) is not None

    def _kept(self, page: PageState) -> bool:
        """Tell whether what a page itself holds as a report is in the archive still."""
        own = [self.store.urls.get(link.url) for link in page.links if link.role == "inline"]
        return all(known is not None and self._has(known) for known in own)

    # Answers

    def _through(self, requests: Iterator[Request]) -> Iterator[Request]:
        """Yield requests, and those of pages read before, of which each may lead to the next."""
        yield from requests
        while self.read_before:
            yield from self._follow(*self.read_before.popleft())

    def _on_page(self, response: Response) -> Iterator[Request]:
        yield from self._through(self._after_page(response))
        # Only now: a page that breaks the code on its way here must end as failed, not as read.
        self.pages_open.discard(response.meta["key"])

    def _after_page(self, response: Response) -> Iterator[Request]:
        key, place = response.meta["key"], response.meta["place"]
        entry = self.source.lists[place.entry]
        if response.status == 304:
            self.counters["pages"] += 1
            state = msgspec.structs.replace(self.store.pages[key], crawl_id=self.store.crawl_id)
            self.store.add(state)
            yield from self._follow(state, place)
            return
        if response.status in _GONE and place.link is None and place.number > 0:
            return  # one page past the last of a numbered list
        if response.status != 200:
            reason: Reason = "rate_limited" if response.status == 429 else "http_status"
            self._page_failed(key, place, reason, f"the server answers {response.status}", response.status)
            return
        kind = response.headers.get("Content-Type") or b""
        stated = kind.decode("latin-1")
        try:
            if place.link is None:
                found = read_list(response.url, response.body, stated, self.source, entry)
                folder = place.folder
                if folder is not None and not found.links and is_wanted(folder.title, self.source.reports):
                    # The words of folders fit titles of reports too.
                    found = read_detail(key, response.body, stated, self.source, folder)
            elif file_type(response.body)[0] not in ("html", "text", "xml", "unknown"):
                # The link of the list led to the file itself, without saying so.
                self.listed.setdefault(key, (place.link, key))
                if self.task == "preview":
                    self._record(key, "listed")
                else:
                    self._archive(key, response)
                return
            else:
                found = read_detail(key, response.body, stated, self.source, place.link)
        except PageError as error:
            self._page_failed(key, place, "bad_list", str(error), response.status)
            return
        self.counters["pages"] += 1
        state = PageState(
            url=key,
            crawl_id=self.store.crawl_id,
            rules=self.rules,
            links=found.links,
            anchors=found.anchors,
            next_url=found.next_url,
            last_page=found.last_page,
            **validators(response),
        )
        for link in found.links:
            if link.role == "inline" and self.task == "crawl":
                self.listed[link.url] = (link, key)
                self._archive(link.url, response)
        if self.task == "check":
            self._seen(response, found)
            return
        # After the report on the page itself: a kill between must not leave a page without its report.
        self.store.add(state)
        yield from self._follow(state, place)

    def _follow(self, state: PageState, place: Place) -> Iterator[Request]:
        if place.link is None:
            self.list_read = True
        for link in state.links:
            if link.role != "list" and self._is_of_another_year(link):
                continue
            if link.role == "list" and place.depth < _DEEPEST_FOLDER:
                yield from self._ask_list(Place(entry=place.entry, depth=place.depth + 1, folder=link))
            elif link.role == "detail" and self._was_a_file(link.url):
                yield from self._ask_file(link, state.url)
            elif link.role == "detail":
                yield from self._ask_page(link.url, Place(entry=place.entry, depth=place.depth, link=link))
            elif link.role == "file":
                yield from self._ask_file(link, state.url)
            elif link.role == "inline":
                self._unchanged_inline(link, state)
        if place.link is None:
            yield from self._next_page(state, place)
        self._tell()

    def _unchanged_inline(self, link: FoundLink, state: PageState) -> None:
        self.listed.setdefault(link.url, (link, state.url))
        if link.url in self.store.handled:
            return
        if self.task == "preview":
            self._record(link.url, "listed")
        else:
            self._record(link.url, "unchanged", **bytes_of(self.store.urls[link.url], now()))

    def _next_page(self, state: PageState, place: Place) -> Iterator[Request]:
        paging = self.source.lists[place.entry].paging
        seen = self.anchors_seen.setdefault(f"{place.entry} {place.folder and place.folder.url}", set())
        adds = not seen.issuperset(state.anchors)
        seen.update(state.anchors)
        if paging is None or not adds:
            return
        number = place.number + 1
        if paging.next is not None:
            more = state.next_url is not None
        else:
            # Further lists have pages of their own only where a link leads on: their numbers are not known.
            following = paging.first + number - (paging.url is not None)
            more = place.folder is None and (state.last_page is None or following <= state.last_page)
        if not more:
            return
        next_place = msgspec.structs.replace(place, number=number)
        if number >= paging.limit:
            self._page_failed(
                f"{state.url}#more", next_place, "limit", f"more than {paging.limit} pages of a list"
            )
            return
        yield from self._ask_list(next_place, state.next_url)

    def _on_file(self, response: Response) -> None:
        key = response.meta["key"]
        known = self.store.urls.get(key)
        if response.status == 304 and known is not None:
            self._record(key, "unchanged", http_status=304, **bytes_of(known, now()))
        elif response.status in _GONE and known is not None:
            message = f"the server answers {response.status}"
            self._record(
                key,
                "gone",
                reason="not_found",
                message=message,
                http_status=response.status,
                **bytes_of(known),
            )
        elif response.status != 200:
            reason: Reason = "rate_limited" if response.status == 429 else "http_status"
            message = f"the server answers {response.status}"
            self._record(key, "failed", reason=reason, message=message, http_status=response.status)
        else:
            self.counters["downloads"] += 1
            self.counters["downloaded_bytes"] += len(response.body)
            self._archive(key, response)
        self._tell()

    def _archive(self, key: str, response: Response) -> None:
        """Put the body of an answer into the archive, if it is what was promised."""
        link, page_url = self.listed[key]
        kind = file_type(response.body)[0]
        problem = problem_with(response.body, kind, link, self.source)
        if problem is not None:
            reason, message = problem
            self._record(
                key, "failed", reason=reason, message=message, http_status=response.status, kind=kind
            )
            return
        disposition = name_in_header(response.headers.get("Content-Disposition") or b"")
        title = link.title if link.role != "inline" else f"{link.title}.html"
        name = best_name(disposition, title, name_in_address(response.url), file_type=kind)
        known, given, fetched_at = self.store.urls.get(key), validators(response), now()
        try:
            file = self.archive.add_content(
                response.body,
                name,
                year=link.year_hint,
                source=self.source.key,
                page_url=page_url,
                file_url=key,
                title=link.title,
                department_hint=link.department_hint,
                published_at=link.published_at,
                fetched_at=fetched_at,
                etag=given["etag"],
                last_modified=given["last_modified"],
                replaces=known.sha256 if known is not None else None,
            )
        except (ArchiveError, OSError) as error:
            self._record(key, "failed", reason="archive", message=str(error), http_status=response.status)
            return
        self._record(
            key,
            outcome_of(known, file),
            http_status=response.status,
            fetched_at=fetched_at,
            sha256=file.sha256,
            bytes=file.manifest.bytes,
            kind=file.manifest.file_type,
            **given,
        )

    def _on_error(self, failure: Failure) -> None:
        request: Any = failure.request  # type: ignore[attr-defined]
        error = failure.value or RuntimeError("no error given")
        reason, message = reason_of(error, request.url)
        if "place" in request.meta:
            self._page_failed(request.meta["key"], request.meta["place"], reason, message)
        else:
            self._record(request.meta["key"], "failed", reason=reason, message=message)
        self._tell()

    # Records

    def _record(self, key: str, outcome: Any, *, kind: str | None = None, **known: Any) -> None:
        link, page_url = self.listed[key]
        if kind is not None:
            known["file_type"] = kind
        record = CrawledUrl(
            source=self.source.key,
            crawl_id=self.store.crawl_id,
            file_url=key,
            page_url=page_url,
            title=link.title,
            department_hint=link.department_hint,
            year_hint=link.year_hint,
            published_at=link.published_at,
            outcome=outcome,
            at=now(),
            **known,
        )
        self.store.add(record)
        self._tell(record)

    def _page_failed(
        self, key: str, place: Place, reason: Reason, message: str, status: int | None = None
    ) -> None:
        self.pages_failed = True
        self.pages_open.discard(key)
        if self.task == "check":
            self.pages_seen.append(PageSeen(url=key, status=status, message=f"{reason}: {message}"))
        record = CrawledUrl(
            source=self.source.key,
            crawl_id=self.store.crawl_id,
            role="page",
            file_url=key,
            title=place.link.title if place.link is not None else None,
            outcome="failed",
            reason=reason,
            message=message,
            http_status=status,
            at=now(),
        )
        self.store.add(record)
        self._tell(record)

    def _seen(self, response: Response, found: PageLinks) -> None:
        self.list_read = True
        self.pages_seen.append(
            PageSeen(
                url=response.url,
                status=response.status,
                encoding=found.encoding,
                anchors=len(found.anchors),
                reports=tuple(f"{link.role}: {link.title}" for link in found.links),
                next_url=found.next_url,
            )
        )

    def _tell(self, record: CrawledUrl | None = None) -> None:
        done = min(len(self.store.handled), len(self.listed))
        self.tell(Event(done=done, found=len(self.listed), url=record))

    def closed(self, reason: str) -> None:
        """End the crawl: nothing asked for stays without an outcome, what is not listed any more is gone."""
        whole = reason == "finished"
        left: Reason = "crawler" if whole else "limit"
        message = "no answer was dealt with; see crawler.log" if whole else f"the crawl was ended ({reason})"
        for key in sorted(self.pages_open):
            self._page_failed(key, Place(entry=0), left, message)
        if self.task == "check":
            self.tell(Event(pages=tuple(self.pages_seen)))
            return
        for key in self.listed:
            if key not in self.store.handled:
                self._record(key, "failed", reason=left, message=message)
        everything = whole and self.list_read and not self.pages_failed and self.store.year is None
        if everything and self.task == "crawl":
            for key, known in list(self.store.urls.items()):
                if key not in self.listed and known.outcome != "gone":
                    gone = {
                        "outcome": "gone",
                        "reason": "unlisted",
                        "crawl_id": self.store.crawl_id,
                        "at": now(),
                    }
                    record = msgspec.structs.replace(known, message=None, http_status=None, **gone)
                    self.store.add(record)
                    self._tell(record)
        stats: Any = self.crawler.stats
        summary = summarise(
            self.store,
            list_read=self.list_read,
            pages_failed=self.pages_failed,
            listed=len(self.listed),
            counters={
                **self.counters,
                "requests": stats.get_value("downloader/request_count", 0),
                "conditional": stats.get_value("conditional", 0),
            },
        )
        self.tell(Event(done=len(self.listed), found=len(self.listed), crawl=self.store.finish(summary)))
