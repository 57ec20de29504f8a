"""A run in this process: from files to the published database, seen by the Dagster instance."""

import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import dagster as dg
import pytest

from pipeline.acquire.archive import ArchivedFile
from pipeline.acquire.intake import archive_files
from pipeline.assets.instance import HOST_TAG, PROCESS_TAG, end_killed_runs, prepare_home, process_tags
from pipeline.assets.run import run_years
from pipeline.config import settings
from pipeline.warehouse.database import read_published
from tests.stages.files import write_bad_files, write_samples


def published(sql: str) -> list[tuple[object, ...]]:
    with read_published() as con:
        return con.execute(sql).fetchall()


@pytest.mark.slow
def test_files_become_rows_checks_and_a_run(data_dir: Path, tmp_path: Path) -> None:
    paths = write_samples(tmp_path / "in", "水务局_2021", "规划局_2020")
    bad = write_bad_files(tmp_path / "bad")["text"]
    files = [file for file in archive_files([*paths, bad]) if isinstance(file, ArchivedFile)]
    run = run_years({file.year for file in files})
    assert run.errors == ()
    assert run.success
    assert published("select file_name, verdict from audit.report order by fiscal_year, file_name") == [
        ("含错示例_虚构市示例规划局_2020年度部门决算.pdf", "quarantined"),
        ("示例_虚构市示例区水务局_2021年度部门决算.pdf", "accepted"),
        ("说明2023年.txt", "unreadable"),
    ]
    assert published("select count(*) from marts.dim_report") == [(1,)]
    assert published("select count(distinct report_key) from marts.fct_reported_amount") == [(1,)]
    [(total,)] = published(
        "select amount_yuan from audit.reported_amount join audit.report using (report_key)"
        " where fiscal_year = 2020 and form_code = 'F03' and item_code = '2200109' and measure = 'project'"
    )
    assert total == Decimal("5267300.00")  # the altered digit: 426.73 万元 in the true figures

    with dg.DagsterInstance.get() as instance:
        [record] = instance.get_runs()
        assert (record.run_id, record.job_name, record.status) == (
            run.run_id,
            "ingest",
            dg.DagsterRunStatus.SUCCESS,
        )
        assert record.tags["dagster/asset_partition_range_start"] == "2020"
        assert record.tags["dagster/asset_partition_range_end"] == "2023"
        checks = {
            evaluation.check_name: evaluation.passed
            for event in instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION)
            if event.dagster_event is not None
            for evaluation in [event.dagster_event.asset_check_evaluation_data]
        }
        loaded = instance.get_latest_materialization_event(dg.AssetKey(["raw", "report"]))
        model = instance.get_latest_materialization_event(dg.AssetKey(["marts", "dim_report"]))
    assert checks["every_file_is_readable"] is False
    assert checks["no_report_is_quarantined"] is False
    assert checks["hard_identities_hold"] is False
    assert checks["only_vouched_reports"] is True
    assert checks["unique_dim_report_report_key"] is True
    for event in (loaded, model):
        assert event is not None
        assert event.asset_materialization is not None
        assert event.asset_materialization.metadata["dagster/row_count"].value == 1

    before = settings().published_database.stat().st_mtime_ns
    staged = {path: path.stat().st_mtime_ns for path in settings().staged_dir.rglob("*")}
    assert run_years({file.year for file in files}).success
    assert {path: path.stat().st_mtime_ns for path in settings().staged_dir.rglob("*")} == staged
    assert settings().published_database.stat().st_mtime_ns == before
    with dg.DagsterInstance.get() as instance:
        again = instance.get_latest_materialization_event(dg.AssetKey(["document"]))
    assert again is not None
    assert again.asset_materialization is not None
    metadata = again.asset_materialization.metadata
    assert (metadata["done"].value, metadata["skipped"].value) == (0, 0)  # it looked at nothing known


def test_the_home_is_made_once_and_sends_nothing(data_dir: Path) -> None:
    home = prepare_home()
    assert home == data_dir / "dagster"
    configuration = home / "dagster.yaml"
    assert "enabled: false" in configuration.read_text()
    before = configuration.stat().st_mtime_ns
    prepare_home()
    assert configuration.stat().st_mtime_ns == before
    assert os.environ["DAGSTER_DISABLE_TELEMETRY"] == "1"


def test_the_run_of_a_killed_process_is_ended_and_a_living_one_is_left(data_dir: Path) -> None:
    prepare_home()
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    tags = process_tags()
    with dg.DagsterInstance.get() as instance:
        runs = {
            what: instance.create_run_for_job(
                _job,
                status=dg.DagsterRunStatus.STARTED,
                tags={HOST_TAG: tags[HOST_TAG], PROCESS_TAG: process},
            ).run_id
            for what, process in (("killed", str(gone.pid)), ("living", tags[PROCESS_TAG]))
        }
        assert end_killed_runs(instance) == [runs["killed"]]
        statuses = {what: instance.get_run_by_id(run_id) for what, run_id in runs.items()}
    assert {what: run.status for what, run in statuses.items() if run is not None} == {
        "killed": dg.DagsterRunStatus.FAILURE,
        "living": dg.DagsterRunStatus.STARTED,
    }


@dg.job
def _job() -> None:
    pass


@pytest.mark.slow
def test_a_run_that_breaks_says_where_and_publishes_nothing(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = archive_files(write_samples(tmp_path / "in", "水务局_2021"))
    monkeypatch.setattr("pipeline.warehouse.load.load_batch", _refuse)
    run = run_years({file.year for file in files if isinstance(file, ArchivedFile)})
    assert not run.success
    assert len(run.errors) == 1
    assert run.errors[0].startswith("warehouse_load: ")
    assert "not what the gate saw" in run.errors[0]
    assert not settings().published_database.exists()


def _refuse(*_: object) -> None:
    raise RuntimeError("not what the gate saw")
