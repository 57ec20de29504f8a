"""Crawls of a real server on loopback: what is found, what is asked again, what fails, what a kill leaves."""

import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pipeline.acquire.archive import Archive, read_verified
from pipeline.acquire.crawl import CrawlError, check, crawl, preview
from pipeline.acquire.crawl_log import (
    Crawl,
    CrawlBusyError,
    CrawlStore,
    CrawlSummary,
    latest_summaries,
    read_crawls,
)
from pipeline.acquire.sources import Source
from pipeline.cli import app
from pipeline.config import settings
from tests.acquire.portal import families
from tests.acquire.portal.families import FAULTS, HAD, page, pdf, source_of
from tests.acquire.portal.server import Answer, Asked, Portal, certificate, serving
from tests.stages.files import data_dir

__all__ = ["data_dir"]

CRAWL = "import sys; from pipeline.acquire.crawl import crawl; from pipeline.acquire.sources import Source; "
CRAWL += "crawl(Source.model_validate_json(sys.stdin.read()))"


@pytest.fixture
def portal() -> Iterator[Portal]:
    with serving(Portal()) as portal:
        yield portal


def all_families(portal: Portal) -> Source:
    """A portal with all well-behaved families: 18 files."""
    lists = (
        families.paged(portal),
        families.gb18030(portal),
        families.inline(portal),
        families.folders(portal),
    )
    content = source_of(portal, *lists, *families.scripted(portal), reports={"inline": True})
    return Source(key="families", **content)


def last_crawl(source: Source) -> Crawl:
    return list(read_crawls(settings().crawl_dir, source.key))[-1]


def archived_urls() -> list[str]:
    """Return the addresses of the archived files, each read back under its hash."""
    files = Archive(settings().raw_dir).list_files()
    assert all(read_verified(file) for file in files)
    return sorted(file.manifest.file_url or "" for file in files)


def left_over() -> list[Path]:
    """Return what lies in the archive and is neither a file with its manifest nor such a manifest."""
    raw = settings().raw_dir
    known = {file.path for file in Archive(raw).list_files()}
    known |= {path.with_name(path.name + ".json") for path in known}
    return [path for path in raw.rglob("*") if path.is_file() and path.name != ".lock" and path not in known]


def counts(summary: CrawlSummary) -> dict[str, int]:
    fields = ("listed", "new", "duplicate", "changed", "unchanged", "gone", "failed", "downloads")
    return {name: getattr(summary, name) for name in fields if getattr(summary, name)}


def test_every_family_is_found_once_then_asked_conditionally_then_only_for_what_changed(
    data_dir: Path, portal: Portal
) -> None:
    source = all_families(portal)
    first = crawl(source)
    assert (first.status, first.alarms, counts(first)) == (
        "complete", (), {"listed": 18, "new": 18, "downloads": 16},
    )  # fmt: skip
    assert len(archived_urls()) == 18
    assert left_over() == []
    assert not any("/news/" in one.path for one in portal.asked)
    manifests = {file.manifest.file_url: file for file in Archive(settings().raw_dir).list_files()}
    report = manifests[f"{portal.url}/xxgk/bm/0/P0.pdf"]
    assert report.path.parent.name == "2022"
    assert report.manifest.original_name == "附件：示例市第0局2022年度部门决算.pdf"
    assert report.manifest.page_url == f"{portal.url}/xxgk/bm/0/t1.html"
    assert report.manifest.department_hint == "示例市第0局"
    assert (report.manifest.published_at, report.manifest.year_hint) == ("2023-09-10", 2022)
    assert report.manifest.etag is not None
    assert report.manifest.file_type == "pdf"
    assert manifests[f"{portal.url}/gb/a.pdf"].manifest.title == "镕城区民政局2021年部门决算"
    assert manifests[f"{portal.url}/gb/a.pdf"].manifest.original_name == "镕城区民政局.pdf"
    zipped = manifests[f"{portal.url}/gb/down.jsp?id=3&name=c.zip"].manifest
    assert (zipped.original_name, zipped.file_type) == ("丙局 决算.zip", "zip")
    assert manifests[f"{portal.url}/inline/a.html"].manifest.file_type == "html"
    assert manifests[f"{portal.url}/api/file/3"].manifest.department_hint == "第三研究所"
    assert manifests[f"{portal.url}/api/file/0"].manifest.published_at == "2020-08-03"
    assert manifests[f"{portal.url}/dept/b.pdf"].manifest.title == "壬局2018年决算（见信息公开目录）"

    portal.asked.clear()
    second = crawl(source)
    assert counts(second) == {"listed": 18, "unchanged": 18}
    # Beside robots.txt, the page past the last one and lists asked by POST nothing was asked unconditionally.
    asked = Counter(one.status for one in portal.asked if one.path != "/robots.txt" and one.method == "GET")
    assert asked == {304: second.conditional, 404: 1}
    assert sum(one.sent for one in portal.asked if one.path.endswith(".pdf")) == 0

    del portal.routes["/xxgk/bm/4/P4.pdf"]
    portal.routes["/xxgk/bm/index_1.html"] = page(
        '<ul class="list"><a href="./4/t1.html">示例市第4局2022年度部门决算公开</a></ul>',
        "<script>createPageHTML(2, 1, 'index', 'html');</script>",
    )
    portal.routes["/xxgk/bm/1/P1.pdf"] = pdf("corrected report")
    portal.routes["/inline/a.html"] = page(
        "<h1>戊局2020年度部门决算（更正）</h1>", families.rows_of_a_table(7)
    )
    portal.routes["/gb/copy.pdf"] = portal.routes["/gb/a.pdf"]
    portal.routes["/inline/index.html"] = page(
        '<a href="a.html">戊局2020年度部门决算</a><a href="/gb/copy.pdf">庚局2020年度部门决算</a>'
    )
    third = crawl(source)
    assert counts(third) == {
        "listed": 18, "duplicate": 1, "changed": 2, "unchanged": 14, "gone": 2, "downloads": 2,
    }  # fmt: skip
    log = {url.file_url.removeprefix(portal.url): url for url in last_crawl(source).urls}
    assert (log["/xxgk/bm/3/P3.pdf"].outcome, log["/xxgk/bm/3/P3.pdf"].reason) == ("gone", "unlisted")
    assert (log["/xxgk/bm/4/P4.pdf"].outcome, log["/xxgk/bm/4/P4.pdf"].reason) == ("gone", "not_found")
    assert log["/gb/copy.pdf"].outcome == "duplicate"
    corrected = Archive(settings().raw_dir).find(log["/xxgk/bm/1/P1.pdf"].sha256 or "")
    assert corrected is not None
    assert corrected.manifest.replaces == manifests[f"{portal.url}/xxgk/bm/1/P1.pdf"].sha256
    assert len(archived_urls()) == 20  # both versions stay, nothing is stored twice

    # The lists are emptied: a crawl that ends well and is alarming all the same.
    for path in ("/xxgk/bm/index.html", "/gb/list1.html", "/inline/index.html", "/dept/", "/api/get?p=1"):
        portal.routes[path] = page("建设中")
    portal.routes["/api/form"] = Answer(b'{"data": {"list": []}}')
    portal.routes["/api/body"] = portal.routes["/api/get?p=1"] = Answer(b'{"rows": []}')
    empty = crawl(source)
    assert empty.status == "incomplete"  # /api/body is no list any more: nothing is called unlisted
    assert (counts(empty), empty.alarms) == ({"failed": 1}, ("none_listed",))
    assert empty.failed_by_reason == {"bad_list": 1}


def test_each_fault_ends_as_a_reason_and_the_rest_is_archived(data_dir: Path, portal: Portal) -> None:
    limits = {"timeout": 2.5, "megabytes": 0.2, "redirects": 3, "longest_wait": 5}
    content = source_of(
        portal, families.faults(portal), limits=limits, hosts=["localhost", "127.0.0.2", "::1"]
    )
    source = Source(key="faults", **content)
    summary = crawl(source)
    got = {url.title.removesuffix("2022年决算"): url for url in last_crawl(source).urls if url.title}
    expected = {name: reason for name, (reason, _) in FAULTS.items()}
    expected |= {"secret": "robots", "other": "other_host"}
    assert {name: url.reason for name, url in got.items() if url.outcome == "failed"} == expected
    assert {name for name, url in got.items() if url.outcome == "new"} == set(HAD)
    assert (summary.new, summary.failed, summary.status) == (len(HAD), len(expected), "complete")
    assert sum(summary.failed_by_reason.values()) == summary.failed
    assert len(archived_urls()) == len(HAD)
    assert left_over() == []
    first, second = portal.asked_for("/f/once429.pdf")
    assert second.at - first.at >= 1.0  # Retry-After
    assert len(portal.asked_for("/f/2.pdf")) == 2  # 503: tried once more, then given up
    assert len(portal.asked_for("/f/3.pdf")) == 1  # asks for more patience than there is
    assert portal.asked_for("/secret/x.pdf") == []
    assert (
        max(one.sent for one in portal.asked) < 30_000_000
    )  # what is too large is broken off while it comes


def test_one_year_is_fetched_alone_and_the_crawl_of_all_years_is_due_all_the_same(
    data_dir: Path, portal: Portal
) -> None:
    source = all_families(portal)
    summary = crawl(source, 2022)
    assert (summary.year, summary.status, summary.alarms) == (2022, "complete", ())
    # Five reports with six files in the paged list; every other link there says another year.
    assert counts(summary) == {"listed": 6, "new": 6, "downloads": 6}
    assert {file.year for file in Archive(settings().raw_dir).list_files()} == {"2022"}
    assert not any("/gb/a.pdf" in one.path or "/inline/a.html" in one.path for one in portal.asked)
    assert latest_summaries(settings().crawl_dir) == []
    everything = crawl(source)
    assert (everything.year, everything.new, everything.unchanged) == (None, 12, 6)
    again = crawl(source, 2021)
    assert (again.alarms, again.gone) == ((), 0)
    assert latest_summaries(settings().crawl_dir) == [everything]


def test_a_killed_crawl_of_one_year_is_not_taken_for_one_of_all(data_dir: Path) -> None:
    def begin(year: int | None) -> tuple[str, bool]:
        store = CrawlStore(settings().crawl_dir, "one")
        with store.locked():
            store.begin(year)
        return store.crawl_id, store.resumed

    assert begin(2022)[1] is False
    assert begin(2022)[1] is True
    assert begin(None)[1] is False
    assert begin(None)[1] is True


def test_a_portal_that_cannot_be_read_is_an_alarm(data_dir: Path, tmp_path: Path) -> None:
    forbidden, broken, unsigned = Portal(), Portal(), Portal()
    with serving(forbidden), serving(broken), serving(unsigned, certificate(tmp_path)):
        forbidden.routes["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /\n", kind="text/plain")
        broken.routes["/robots.txt"] = Answer(b"oops", 500)
        lists = [{"url": f"{portal.url}/a.html"} for portal in (forbidden, broken, unsigned)]
        summary = crawl(Source(key="closed", **source_of(forbidden, *lists)))
    assert (summary.status, summary.alarms) == ("failed", ("no_list",))
    assert summary.failed_by_reason == {"robots": 2, "tls": 1}
    assert {one.path for one in (*forbidden.asked, *broken.asked, *unsigned.asked)} == {"/robots.txt"}


def test_endless_lists_and_crawls_over_their_time_end(data_dir: Path, portal: Portal) -> None:
    source = Source(key="endless", **source_of(portal, families.endless(portal), families.repeating(portal)))
    summary = crawl(source)
    assert (summary.status, counts(summary)) == (
        "incomplete", {"listed": 1, "new": 1, "failed": 1, "downloads": 1},
    )  # fmt: skip
    assert summary.failed_by_reason == {"limit": 1}
    assert len([one for one in portal.asked if one.path.startswith("/e/")]) == 7
    assert len([one for one in portal.asked if one.path.startswith("/r/list")]) == 2
    # Over its time: what was not got is told.
    limits = {"minutes": 0.01, "concurrent": 1}
    hurried = Source(key="hurried", **source_of(portal, families.many(portal, 9), limits=limits))
    portal.routes.update({f"/m/{number}.pdf": Answer(b"%PDF-1.4", pause=0.3) for number in range(9)})
    summary = crawl(hurried)
    assert (summary.status, summary.listed) == ("incomplete", 9)
    assert 0 < summary.failed_by_reason["limit"] < 9
    assert summary.new + summary.duplicate + summary.failed == 9


def start(source: Source) -> "subprocess.Popen[bytes]":
    process = subprocess.Popen(
        [sys.executable, "-c", CRAWL], stdin=subprocess.PIPE, env=dict(os.environ), start_new_session=True
    )
    assert process.stdin is not None
    process.stdin.write(source.model_dump_json().encode())
    process.stdin.close()
    return process


def kill_when(process: "subprocess.Popen[bytes]", condition: Any) -> None:
    """Kill the process and the crawler it started with SIGKILL, as soon as the condition holds."""
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "the moment to kill never came"
        time.sleep(0.005)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=10)


@pytest.mark.slow
def test_a_crawl_killed_between_files_and_within_one_goes_on_without_loss_or_double(
    data_dir: Path, portal: Portal
) -> None:
    content = source_of(portal, families.many(portal, 40), limits={"concurrent": 2})
    source = Source(key="killed", **content)
    slow = {f"/m/{number}.pdf" for number in range(40)}
    for path in slow:
        portal.routes[path] = Answer(pdf(f"slow {path}").body + bytes(2000), pause=0.01, drip=0.002)
    raw = settings().raw_dir
    kill_when(start(source), lambda: len(list(raw.rglob("*.pdf.json"))) >= 8)
    archived = len(archived_urls())
    assert 8 <= archived < 40
    assert read_crawls_of(source) == []
    # Killed again, in the middle of a download: half of this file has been sent by then.
    half: list[float] = []

    def stuck(asked: Asked) -> Answer:
        half.append(time.monotonic())
        return Answer(pdf(asked.path).body + bytes(2000), drip=0.2 if len(half) == 1 else 0)

    waiting = next(path for path in sorted(slow) if f"{portal.url}{path}" not in archived_urls())
    portal.routes[waiting] = stuck
    kill_when(start(source), lambda: half and time.monotonic() > half[0] + 1)
    assert left_over() == []
    summary = crawl(source)
    assert summary.resumed
    assert (summary.status, summary.listed, summary.failed, summary.gone) == ("complete", 40, 0, 0)
    assert archived_urls() == sorted(f"{portal.url}{path}" for path in slow)
    assert left_over() == []
    # What had been written down before a kill was not asked for again.
    times = Counter(one.path for one in portal.asked if one.path in slow and one.sent > 2000)
    assert sum(times.values()) <= 40 + 2 * 2 * 2  # at most what was under way at each kill, twice over
    assert counts(crawl(source)) == {"listed": 40, "unchanged": 40}


def read_crawls_of(source: Source) -> list[Crawl]:
    return list(read_crawls(settings().crawl_dir, source.key))


def test_a_crawler_that_dies_is_an_error_and_one_at_a_time_works_on_a_source(
    data_dir: Path, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    portal.routes["/robots.txt"] = Answer(b"User-agent: *\nCrawl-delay: 0.3\n", kind="text/plain")
    source = Source(key="busy", **source_of(portal, families.repeating(portal)))
    with (
        CrawlStore(settings().crawl_dir, source.key).locked(),
        pytest.raises(CrawlBusyError, match="busy is being"),
    ):
        crawl(source)
    journal = settings().crawl_dir / source.key / "journal.jsonl"
    journal.write_bytes(b'{"kind": "nonsense"}\n')
    with pytest.raises(CrawlError, match="busy: the crawler ended with code 1"):
        crawl(source)
    journal.write_bytes(b'{"kind": "page", "url": "torn in the mid')
    assert crawl(source).new == 1
    times = [one.at for one in portal.asked]
    assert len(times) == 4
    assert all(later - earlier >= 0.29 for earlier, later in itertools.pairwise(times[1:]))  # Crawl-delay


def test_preview_and_check_say_what_is_there_and_write_nothing(data_dir: Path, portal: Portal) -> None:
    source = all_families(portal)
    found = preview(source)
    assert (found.summary.listed, found.summary.downloads) == (18, 0)
    assert {url.outcome for url in found.urls} == {"listed"}
    assert not any(one.path.endswith(("P0.pdf", "a.pdf")) for one in portal.asked)
    portal.asked.clear()
    pages = check(source)
    assert [(len(page.reports), page.encoding) for page in pages if "/gb/" in page.url] == [(2, "gb18030")]
    assert next(page for page in pages if "/xxgk/" in page.url).reports == tuple(
        f"detail: 示例市第{number}局2022年度部门决算公开" for number in range(3)
    )
    assert len(portal.asked) == 1 + len(source.lists)
    assert not settings().data_dir.joinpath("crawl").exists()
    assert not settings().raw_dir.exists()


def test_the_command_crawls_what_is_due_and_says_how_it_went(
    data_dir: Path, portal: Portal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "sources"
    folder.mkdir()
    (folder / "good.yaml").write_text(json.dumps(source_of(portal, families.repeating(portal))))
    monkeypatch.setenv("FISCAL_SOURCES_DIR", str(folder))
    settings.cache_clear()
    ran = CliRunner().invoke(app, ["scrape"])
    assert ran.exit_code == 0
    assert ran.stdout.startswith("complete     good  1 listed: 1 new; 4 requests\nNext: fiscal ingest ")
    assert "outcome=new reason=None" in ran.stderr
    assert (
        CliRunner().invoke(app, ["scrape"]).stdout
        == "No source is due (unverified ones never are): name one, or `--all` for every source.\n"
    )
    assert CliRunner().invoke(app, ["scrape", "other"]).exit_code == 2
    # The file cannot be asked for conditionally and was got just now: it is left alone.
    again = CliRunner().invoke(app, ["scrape", "good"])
    assert again.stdout == "complete     good  1 listed: 1 unchanged; 3 requests\n"
    assert [url.reason for crawl in read_crawls(settings().crawl_dir) for url in crawl.urls] == [
        None,
        "not_due",
    ]
    shown = CliRunner().invoke(app, ["scrape", "good", "--check"])
    assert (shown.exit_code, shown.stdout.split()[0]) == (0, "found")
    listed = CliRunner().invoke(app, ["scrape", "good", "--dry-run"])
    assert "known: would be asked whether it changed" in listed.stdout
    (folder / "bad.yaml").write_text("name: x\nplace: y\nlists: [{url: 'http://h/', pagign: {}}]\n")
    bad = CliRunner().invoke(app, ["scrape"])
    assert bad.exit_code == 2
    assert "bad.yaml: lists.0.pagign: Extra inputs are not permitted" in bad.stderr
