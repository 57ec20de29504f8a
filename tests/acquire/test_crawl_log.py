"""What crawls leave behind: taken up after a kill, alarming when a list shrinks, whole after torn lines."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest
from scrapy import Request
from scrapy.http import HtmlResponse

from pipeline.acquire.archive import Archive
from pipeline.acquire.crawl import Event
from pipeline.acquire.crawl_log import CrawledUrl, CrawlStore, PageState, read_summaries, summarise
from pipeline.acquire.sources import Source
from pipeline.acquire.spider import ReportSpider

PAGE = PageState(url="https://h.cn/", crawl_id="", rules="r", etag='"1"')


def record(store: CrawlStore, name: str, outcome: str = "new", **more: object) -> CrawledUrl:
    fields = {
        "source": store.source,
        "crawl_id": store.crawl_id,
        "file_url": name,
        "outcome": outcome,
        "at": "x",
    }
    return msgspec.convert({"kind": "url", **fields, **more}, CrawledUrl)


def begun(root: Path) -> CrawlStore:
    store = CrawlStore(root, "s")
    with store.locked():
        store.begin()
    return store


def finish(store: CrawlStore, listed: int, *, list_read: bool = True) -> tuple[str, ...]:
    """End a crawl that listed so many files; return its alarms."""
    summary = summarise(store, list_read=list_read, pages_failed=False, listed=listed, counters={})
    store.finish(summary)
    return summary.alarms


def test_a_killed_crawl_is_taken_up_with_what_it_did_and_failures_are_tried_again(tmp_path: Path) -> None:
    first = begun(tmp_path)
    first.add(msgspec.structs.replace(PAGE, crawl_id=first.crawl_id))
    first.add(record(first, "a", sha256="1" * 64))
    first.add(record(first, "b", "failed", reason="timeout"))
    with (tmp_path / "s" / "journal.jsonl").open("ab") as journal:
        journal.write(b'{"kind":"url","source":"s","file_u')  # the kill
    second = begun(tmp_path)
    assert (second.resumed, second.crawl_id) == (True, first.crawl_id)
    assert set(second.handled) == {"a"}
    assert second.pages[PAGE.url].crawl_id == first.crawl_id
    second.add(record(second, "b", sha256="2" * 64))
    finish(second, 2)
    (summary,) = read_summaries(tmp_path)
    assert (summary.new, summary.failed, summary.resumed, summary.status) == (2, 0, True, "complete")
    third = begun(tmp_path)
    assert not third.resumed
    assert third.crawl_id != first.crawl_id
    assert third.handled == {}
    assert {name: known.sha256 for name, known in third.urls.items()} == {"a": "1" * 64, "b": "2" * 64}


@pytest.mark.parametrize(("hours", "resumed"), [(1, True), (23, True), (25, False)])
def test_a_crawl_killed_long_ago_is_begun_anew(tmp_path: Path, hours: int, resumed: bool) -> None:
    store = begun(tmp_path)
    store.add(record(store, "a"))
    started_at = (datetime.now(UTC) - timedelta(hours=hours)).isoformat(timespec="seconds")
    running = tmp_path / "s" / "running.json"
    running.write_bytes(msgspec.json.encode({"crawl_id": store.crawl_id, "started_at": started_at}))
    if not resumed:
        running.write_bytes(msgspec.json.encode({"crawl_id": "20200101T000000Z", "started_at": started_at}))
    again = begun(tmp_path)
    assert again.resumed is resumed
    assert (again.started_at == started_at) is resumed


def test_a_failure_does_not_make_a_known_file_unknown(tmp_path: Path) -> None:
    store = begun(tmp_path)
    store.add(record(store, "a", sha256="1" * 64, etag='"e"'))
    finish(store, 1)
    store = begun(tmp_path)
    store.add(record(store, "a", "failed", reason="timeout"))
    finish(store, 1)
    assert begun(tmp_path).urls["a"].etag == '"e"'


def test_a_list_that_shrinks_is_alarming_until_five_crawls_have_seen_it(tmp_path: Path) -> None:
    listed = [10, 5, 4, 0, 12, 5, 5, 5, 5, 5, 5]
    alarms = [finish(begun(tmp_path), count) for count in listed]
    none: tuple[str, ...] = ()
    halved = ("halved",)
    assert alarms == [
        none,
        none,
        halved,
        ("none_listed",),
        none,
        halved,
        halved,
        halved,
        halved,
        halved,
        none,
    ]
    assert finish(begun(tmp_path), 0, list_read=False) == ("no_list",)


def spider_of(store: CrawlStore, source: Source, told: list[Event]) -> ReportSpider:
    archive = Archive(store.folder.parent / "raw")
    spider = ReportSpider(source=source, store=store, archive=archive, task="crawl", tell=told.append)
    spider.crawler = SimpleNamespace(stats=SimpleNamespace(get_value=lambda name, default: default))  # type: ignore[assignment]
    return spider


async def asked(spider: ReportSpider) -> list[Request]:
    return [request async for request in spider.start()]


def test_a_long_list_that_was_read_before_a_kill_is_not_read_again(tmp_path: Path) -> None:
    entry = {"url": "https://h.cn/list?p={page}", "paging": {"first": 1, "limit": 1000}}
    source = Source.model_validate({"key": "s", "name": "s", "place": "s", "lists": [entry]})
    store = begun(tmp_path)
    for number in range(1, 901):
        fields = {"url": f"https://h.cn/list?p={number}", "anchors": (str(number),)}
        store.add(PageState(crawl_id=store.crawl_id, rules=source.rules, **fields))
    requests = asyncio.run(asked(spider_of(store, source, [])))
    assert [request.url for request in requests] == ["https://h.cn/list?p=901"]


def test_a_page_that_breaks_the_crawler_fails_and_makes_nothing_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = Source.model_validate({"key": "s", "name": "s", "place": "s", "lists": [{"url": PAGE.url}]})
    store = begun(tmp_path)
    store.add(record(store, "https://h.cn/known.pdf", sha256="1" * 64))
    finish(store, 1)
    store = begun(tmp_path)
    told: list[Event] = []
    spider = spider_of(store, source, told)
    (request,) = asyncio.run(asked(spider))

    def broken(*args: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("pipeline.acquire.spider.read_list", broken)
    with pytest.raises(RuntimeError, match="a bug"):
        list(spider._on_page(HtmlResponse(PAGE.url, body=b"<html>", request=request)))
    spider.closed("finished")
    assert told[-1].crawl is not None
    summary = told[-1].crawl.summary
    assert (summary.status, summary.failed_by_reason, summary.gone) == ("failed", {"crawler": 1}, 0)
