"""Reports come in by themselves: calendar, crawl, sensor, run; and what is due when something is wrong."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import msgspec
import pytest
from typer.testing import CliRunner

from pipeline.acquire.archive import Archive
from pipeline.acquire.crawl import CrawlError
from pipeline.acquire.crawl_log import Crawl, CrawlBusyError, CrawledUrl, CrawlSummary
from pipeline.acquire.sources import Source
from pipeline.assets import crawled
from pipeline.assets.crawled import crawled_portal
from pipeline.assets.instance import prepare_home
from pipeline.assets.sensors import crawl_sensor, daily_catch_up, due_portals
from pipeline.cli import app
from pipeline.config import settings
from pipeline.warehouse.database import read_published
from tests.acquire.portal.families import page, source_of
from tests.acquire.portal.server import Answer, Portal, serving
from tests.stages.files import write_samples

KEY = "beijing"
"""Partitions are the sources that come with the project: the portal of a test takes the place of one."""


@pytest.fixture
def portal() -> Iterator[Portal]:
    with serving(Portal()) as portal:
        yield portal


@pytest.fixture
def sources(data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "sources"
    folder.mkdir()
    monkeypatch.setenv("FISCAL_SOURCES_DIR", str(folder))
    settings.cache_clear()
    yield folder
    settings.cache_clear()


def due_at(when: datetime) -> list[dg.RunRequest]:
    """Return the runs that the schedule asks for."""
    asked = list(due_portals(dg.build_schedule_context(scheduled_execution_time=when)))
    return [one for one in asked if isinstance(one, dg.RunRequest)]


def look(cursor: str | None) -> dg.SensorResult:
    result = crawl_sensor(dg.build_sensor_context(cursor=cursor))
    assert isinstance(result, dg.SensorResult)
    return result


def published(sql: str) -> list[tuple[Any, ...]]:
    with read_published() as con:
        return con.execute(sql).fetchall()


@pytest.mark.slow
def test_a_report_on_a_portal_becomes_rows_without_a_hand_and_only_once(
    data_dir: Path, sources: Path, portal: Portal, tmp_path: Path
) -> None:
    [report] = write_samples(tmp_path / "in", "示例区水务局_2021")
    portal.routes["/bm/1.pdf"] = Answer(report.read_bytes(), kind="application/pdf")
    portal.routes["/bm/"] = page(
        '<li><a href="1.pdf">虚构市示例区水务局2021年度部门决算</a><span>2022-09-05</span></li>',
        '<li><a href="2.pdf">虚构市示例区民政局2021年度部门决算</a><span>2022-09-06</span></li>',
    )
    (sources / f"{KEY}.yaml").write_text(json.dumps(source_of(portal, {"url": f"{portal.url}/bm/"})))
    prepare_home()
    from pipeline.definitions import defs

    now = datetime.now(UTC)
    with dg.DagsterInstance.get() as instance:

        def run(job: str, request: dg.RunRequest) -> dg.ExecuteInProcessResult:
            return defs.resolve_job_def(job).execute_in_process(
                instance=instance, partition_key=request.partition_key, raise_on_error=False
            )

        [request] = due_at(now)
        assert request.partition_key == KEY
        crawled_run = run("crawl", request)
        assert crawled_run.success
        passed = {one.check_name: one.passed for one in crawled_run.get_asset_check_evaluations()}
        assert passed == {"lists_are_as_long_as_before": True, "every_address_was_fetched": False}

        first = look(None)
        [request] = first.run_requests or []
        assert request.partition_key == "2021"
        ingest_run = run("ingest", request)
        assert ingest_run.success
        assert published("select verdict, source, title from audit.report") == [
            ("accepted", KEY, "虚构市示例区水务局2021年度部门决算")
        ]
        assert published("select count(*) > 100 from marts.fct_reported_amount") == [(True,)]
        assert published("select new, failed, failed_by_reason from audit.crawl") == [
            (1, 1, ["http_status: 1"])
        ]
        expected = published(
            "select department_name, fiscal_year, due_on, state, verdict, portal_outcomes"
            " from marts.expected_report order by 1"
        )
        due = date(2022, 10, 31)
        assert expected == [
            ("虚构市示例区民政局", 2021, due, "missing", None, ["failed: http_status"]),
            ("虚构市示例区水务局", 2021, due, "on_time", "accepted", ["new"]),
        ]
        [overdue] = [
            one for one in ingest_run.get_asset_check_evaluations()
            if one.check_name == "no_expected_report_is_overdue"
        ]  # fmt: skip
        assert (overdue.passed, overdue.metadata["overdue"].value) == (False, 1)
        listed = CliRunner().invoke(app, ["status", "--missing", "--place", "示例", "-f", "csv"])
        assert listed.stdout.splitlines()[1:] == [
            f"示例市,2021,虚构市示例区民政局,2022-10-31,true,portal,failed: http_status,{portal.url}/bm/2.pdf"
        ]

        # Nothing is due; where it is, days later, nothing is downloaded, and nothing more is run.
        assert due_at(now) == []
        assert not look(first.cursor).run_requests
        portal.asked.clear()
        [request] = due_at(now + timedelta(days=30))
        assert run("crawl", request).success
        assert [one.status for one in portal.asked if one.path == "/bm/1.pdf"] == [304]
        last = look(first.cursor)
        assert not last.run_requests
        assert last.skip_reason is not None
        assert last.skip_reason.skip_message == "1 new crawls, 0 files, all loaded already"
        assert len(Archive(settings().raw_dir).list_files()) == 1
        # The crawl itself is published once a day.
        [daily] = daily_catch_up(dg.build_schedule_context(instance=instance))
        assert isinstance(daily, dg.RunRequest)
        assert daily.partition_key == "unknown"


def test_one_wrong_file_of_sources_stops_no_other_and_a_run_is_asked_for_once_a_day(sources: Path) -> None:
    good = {"name": "x", "place": "y", "verified": True, "lists": [{"url": "http://h/"}]}
    (sources / "guangdong.yaml").write_text(json.dumps(good))
    (sources / "hangzhou.yaml").write_text("name: [\n")
    (sources / "henan.yaml").write_text(json.dumps({**good, "verified": False}))
    (sources / "added_later.yaml").write_text(json.dumps(good))
    when = datetime(2024, 9, 1, 10, tzinfo=UTC)
    requests = [request for hour in (0, 1, 24) for request in due_at(when + timedelta(hours=hour))]
    assert [request.partition_key for request in requests] == ["guangdong"] * 3
    assert [request.run_key for request in requests] == [
        "guangdong after none on 2024-09-01",
        "guangdong after none on 2024-09-01",
        "guangdong after none on 2024-09-02",
    ]
    (sources / "guangdong.yaml").unlink()
    (sources / "added_later.yaml").unlink()
    [skipped] = due_portals(dg.build_schedule_context(scheduled_execution_time=when))
    assert isinstance(skipped, dg.SkipReason)
    assert skipped.skip_message is not None
    assert "hangzhou.yaml: cannot be read" in skipped.skip_message


def test_a_crawl_by_hand_starts_its_years_and_a_damaged_log_stops_no_other(data_dir: Path) -> None:
    archive = Archive(settings().raw_dir)
    shas = [archive.add_content(year.encode(), f"{year}年.pdf").sha256 for year in ("2020", "2021", "2022")]

    def write(source: str, crawl_id: str, *outcomes: tuple[str, str]) -> None:
        at = "2024-09-01T00:00:00+00:00"
        urls = tuple(
            CrawledUrl(source=source, crawl_id=crawl_id, file_url=sha, sha256=sha, outcome=outcome, at=at)
            for sha, outcome in outcomes
        )
        path = settings().crawl_dir / source / f"{crawl_id}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(msgspec.json.encode(Crawl(summary=summary_of("complete"), urls=urls)))

    assert str(look(None).skip_reason.skip_message) == "no new crawl"
    write("one", "20240902T000000Z", (shas[0], "new"), (shas[1], "unchanged"), ("f" * 64, "new"))
    write("two", "20240901T000000Z", (shas[2], "changed"))
    (settings().crawl_dir / "one" / "20240901T000000Z.json").write_bytes(b"{")
    first = look(None)
    assert [(request.partition_key, request.run_key) for request in first.run_requests or []] == [
        ("2020", shas[0]),
        ("2022", shas[2]),
    ]
    assert not look(first.cursor).run_requests
    write("one", "20240903T000000Z", (shas[1], "new"))
    assert [request.partition_key for request in look(first.cursor).run_requests or []] == ["2021"]


def summary_of(status: str, **more: Any) -> CrawlSummary:
    at = "2024-09-01T00:00:00+00:00"
    return CrawlSummary(
        source=KEY, crawl_id="20240901T000000Z", started_at=at, finished_at=at, status=status, **more
    )


@pytest.mark.parametrize(
    ("endings", "tries", "succeeds"),
    [
        ([CrawlError("broke off"), summary_of("complete", listed=3)], 2, True),
        ([summary_of("failed", failed_by_reason={"timeout": 1}, alarms=("no_list",))] * 3, 3, True),
        ([summary_of("failed", failed_by_reason={"robots": 1}, alarms=("no_list",))], 1, True),
        ([CrawlError("broke off")] * 3, 3, False),
        ([CrawlBusyError("busy")], 1, False),
    ],
    ids=["breaks off once", "is down", "forbids it", "breaks off always", "is being crawled"],
)
def test_what_may_pass_is_tried_again(
    sources: Path, monkeypatch: pytest.MonkeyPatch, endings: list[Any], tries: int, succeeds: bool
) -> None:
    content = {"name": "x", "place": "y", "lists": [{"url": "http://h/"}]}
    (sources / f"{KEY}.yaml").write_text(json.dumps(content))
    tried = []

    def crawl(source: Source, year: int | None) -> CrawlSummary:
        ending = endings[len(tried)]
        tried.append(source.key)
        if isinstance(ending, Exception):
            raise ending
        return ending

    def log(*_: object) -> Crawl:
        return Crawl(summary=endings[-1], urls=())

    monkeypatch.setattr(crawled, "crawl", crawl)
    monkeypatch.setattr(crawled, "read_crawl", log)
    monkeypatch.setattr(crawled, "SECONDS_BETWEEN_TRIES", 0)
    result = dg.materialize([crawled_portal], partition_key=KEY, raise_on_error=False)
    assert (len(tried), result.success) == (tries, succeeds)
    if succeeds:
        [check] = [
            one
            for one in result.get_asset_check_evaluations()
            if one.check_name == "lists_are_as_long_as_before"
        ]
        assert check.passed is (endings[-1].status == "complete")
