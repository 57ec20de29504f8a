"""The inbox loses nothing, starts what is due, and says why it waits; the daily look finds what was left."""

import json
import os
from pathlib import Path

import dagster as dg
import pytest

from pipeline import stages
from pipeline.acquire.archive import Archive, read_verified
from pipeline.assets.sensors import daily_catch_up, inbox_sensor
from pipeline.config import settings
from tests.stages.files import write_pages

SHA_OF_HELLO = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"


def look(cursor: str | None = None) -> dg.SensorResult:
    result = inbox_sensor(dg.build_sensor_context(cursor=cursor))
    assert isinstance(result, dg.SensorResult)
    return result


def reason(result: dg.SensorResult) -> str:
    assert not result.run_requests
    assert result.skip_reason is not None
    return str(result.skip_reason.skip_message)


def drop(name: str, content: bytes = b"hello") -> Path:
    path = settings().inbox_dir / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_an_empty_inbox_is_told(data_dir: Path) -> None:
    assert reason(look()) == f"nothing in {data_dir / 'raw' / 'inbox'}"


def test_a_file_is_taken_when_two_looks_find_it_alike() -> None:
    path = drop("某局2023年部门决算.pdf")
    first = look()
    assert reason(first) == "waiting until the size of 1 file(s) is stable: 某局2023年部门决算.pdf"
    assert path.exists()
    second = look(first.cursor)
    assert not path.exists()
    [request] = second.run_requests or []
    assert (request.run_key, request.partition_key) == (SHA_OF_HELLO, "2023")
    [file] = Archive(settings().raw_dir).list_files("2023")
    assert read_verified(file) == b"hello"
    assert file.manifest.source == "inbox"


def test_a_growing_file_waits() -> None:
    path = drop("2023年.pdf", b"he")
    first = look()
    path.write_bytes(b"hello")
    second = look(first.cursor)
    assert "waiting" in reason(second)
    assert path.read_bytes() == b"hello"
    assert [request.run_key for request in look(second.cursor).run_requests or []] == [SHA_OF_HELLO]


def test_a_file_touched_without_growing_waits() -> None:
    path = drop("2023年.pdf")
    first = look()
    os.utime(path, (1, 1))
    assert "waiting" in reason(look(first.cursor))


def test_several_files_make_one_run_per_year() -> None:
    for year, count in ((2021, 2), (2022, 1)):
        for number in range(count):
            drop(f"{number}号{year}年.pdf", f"{year} {number}".encode())
    requests = look(look().cursor).run_requests or []
    assert [request.partition_key for request in requests] == ["2021", "2022"]
    keys = [request.run_key for request in requests]
    assert len(set(keys)) == 2
    assert all(len(str(key)) == 64 for key in keys)
    assert [len(Archive(settings().raw_dir).list_files(year)) for year in ("2021", "2022")] == [2, 1]


def test_a_file_still_copied_does_not_hold_up_a_complete_one() -> None:
    drop("2021年.pdf")
    first = look()
    growing = drop("2022年.pdf", b"more")
    second = look(first.cursor)
    assert [request.partition_key for request in second.run_requests or []] == ["2021"]
    assert growing.exists()
    assert [request.partition_key for request in look(second.cursor).run_requests or []] == ["2022"]


def test_hidden_files_and_folders_are_left_alone() -> None:
    hidden = drop(".2021年.pdf.part")
    inner = drop("market/2021年.pdf", b"inner")
    result = look(look().cursor)
    assert [request.partition_key for request in result.run_requests or []] == ["2021"]
    assert hidden.exists()
    assert not inner.exists()


def test_what_cannot_be_archived_stays_and_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    path = drop("2021年.pdf")
    cursor = look().cursor
    monkeypatch.setattr("pipeline.acquire.archive.write_atomically", _disk_is_full)
    assert "No space left" in reason(look(cursor))
    assert path.read_bytes() == b"hello"
    monkeypatch.undo()


def _disk_is_full(target: Path, content: bytes, **_: object) -> None:
    raise OSError(28, "No space left on device", str(target))


def test_the_same_content_is_not_run_again_once_it_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    drop("2021年.pdf")
    look(look().cursor)
    monkeypatch.setattr("pipeline.assets.sensors.not_loaded", lambda files: [])
    again = drop("copy of 2021年.pdf")
    assert reason(look(look().cursor)) == "2021年.pdf: loaded already"
    assert not again.exists()


def test_the_daily_look_runs_the_years_that_were_left() -> None:
    skipped = list(daily_catch_up(dg.build_schedule_context()))
    assert [type(item) for item in skipped] == [dg.SkipReason]
    drop("2021年.pdf")
    drop("某局.pdf", b"no year")
    look(look().cursor)
    requests = list(daily_catch_up(dg.build_schedule_context()))
    assert [request.partition_key for request in requests if isinstance(request, dg.RunRequest)] == [
        "2021",
        "unknown",
    ]


@pytest.mark.slow
def test_a_failure_that_stands_is_loaded_and_left_alone(tmp_path: Path) -> None:
    from pipeline.warehouse.database import open_build
    from pipeline.warehouse.models import build_models
    from pipeline.warehouse.publish import publish

    write_pages(tmp_path / "加密2021年.pdf", "秘密", password="x")
    file = Archive(settings().raw_dir).add_file(tmp_path / "加密2021年.pdf")
    assert stages.not_loaded([file]) == [file]
    stages.read_documents([file])
    stages.load_reports([file])
    with open_build() as con:
        assert con.execute("select verdict from audit.report").fetchall() == [("unreadable",)]
    build_models()
    publish()
    assert stages.not_loaded([file]) == []
    assert (
        json.loads(stages.staged(file, stages.rules_in_force()).outcome("document").read_bytes())[
            "error_class"
        ]
        == "encrypted"
    )
