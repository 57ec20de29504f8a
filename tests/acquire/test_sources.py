"""Sources as data: what a file may say, what is said about a wrong one, when a source is due."""

import csv
from datetime import datetime
from pathlib import Path

import pytest

from pipeline.acquire.crawl_log import CrawlSummary
from pipeline.acquire.sources import BEIJING, SourceError, due_sources, load_source, load_sources
from pipeline.config import PROJECT_DIR, settings

GOOD = "name: 示例\nplace: 示例市\nlists: [{url: 'https://example.org/a.html'}]\n"


def load(folder: Path, text: str) -> object:
    path = folder / "one.yaml"
    path.write_text(text, encoding="utf-8")
    return load_source(path)


def test_the_sources_that_come_with_the_project_are_valid_and_their_places_exist() -> None:
    sources = load_sources(settings().sources_dir)
    assert len(sources) >= 8
    with (PROJECT_DIR / "pipeline/forms/dictionary/divisions.csv").open(encoding="utf-8") as file:
        codes = {row["code"] for row in csv.DictReader(line for line in file if not line.startswith("#"))}
    for source in sources.values():
        assert source.division_code is None or source.division_code in codes, source.key
        assert source.limits.delay >= 2
        assert source.limits.concurrent == 1
        assert source.private_hosts == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD + "wrods: [决算]\n", "one.yaml: wrods: Extra inputs are not permitted"),
        (GOOD + "limits: {dealy: 1}\n", "limits.dealy: Extra inputs"),
        (GOOD + "encoding: gb9999\n", "encoding: Value error, unknown encoding: gb9999"),
        (GOOD + "reports: {department: '('}\n", "reports.department: Value error, not a regular expression"),
        (GOOD + "reports: {attachments: [exe]}\n", "reports.attachments.0: Input should be 'pdf'"),
        (
            GOOD.replace("https://example.org/a.html", "file:///etc/passwd"),
            "lists.0.url: String should match",
        ),
        (GOOD.replace("'}", "', paging: {first: 2}}"), "paging needs {page} in its url"),
        (GOOD.replace("'}", "', form: {a: b}}"), "form and json_body belong to method POST"),
        ("name: 示例\nplace: 示例市\nlists: []\n", "lists: Tuple should have at least 1 item"),
        (GOOD + "key: other\n", "key: is the name of the file"),
        (GOOD.replace("'}", "', within: 'a['}"), "lists.0.within: Value error, not a CSS selector"),
        ("- a\n", "not a mapping of keys; see docs/new_source.md"),
        ("a: [\n", "cannot be read"),
    ],
)
def test_a_wrong_file_is_told_by_file_and_key(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(SourceError) as raised:
        load(tmp_path, text)
    assert message in str(raised.value)
    assert "one.yaml" in str(raised.value)


def test_a_source_is_due_daily_in_its_season_and_rarely_outside(tmp_path: Path) -> None:
    path = tmp_path / "one.yaml"
    path.write_text(GOOD + "verified: true\n")
    verified = load_source(path)
    path.write_text(GOOD)
    unverified = load_source(path)

    def due(month: int, days_ago: float) -> bool:
        when = datetime(2024, month, 20, 12, tzinfo=BEIJING)
        last = datetime.fromtimestamp(when.timestamp() - days_ago * 86400, tz=BEIJING).isoformat()
        crawled = CrawlSummary(
            source="one", crawl_id="x", started_at=last, finished_at=last, status="complete"
        )
        assert due_sources([unverified], [crawled], when) == []
        return due_sources([verified], [crawled], when) == [verified]

    assert [due(9, days) for days in (0.5, 1, 2)] == [False, True, True]
    assert [due(2, days) for days in (1, 2.9, 3)] == [False, False, True]
    assert [due(6, days) for days in (3, 13, 14)] == [False, False, True]
    assert due_sources([verified], [], datetime(2024, 6, 1, tzinfo=BEIJING)) == [verified]
