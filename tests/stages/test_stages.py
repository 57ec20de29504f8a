"""The flow does everything once, goes on after an interruption, and blames one file for one file's fault."""

import logging
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from pipeline import stages
from pipeline.acquire.archive import ArchivedFile
from pipeline.acquire.intake import Refused, archive_files, files_under
from pipeline.config import settings
from pipeline.facts import FACT_SCHEMAS
from pipeline.progress import told_to
from pipeline.staging import Outcome, read_outcome
from pipeline.warehouse.database import open_build
from tests.stages.files import write_bad_files, write_endless, write_samples

STAGES = (stages.read_documents, stages.derive_facts, stages.check_reports, stages.gate_reports)


def take_in(*paths: Path) -> list[ArchivedFile]:
    files = [file for file in archive_files(list(files_under(paths))) if isinstance(file, ArchivedFile)]
    assert len(files) == len(list(files_under(paths)))
    return files


def run_all(files: list[ArchivedFile]) -> list[stages.StageResult]:
    results = [stage(files) for stage in STAGES]
    stages.load_reports(files)
    return results


def staged_files(data_dir: Path) -> dict[Path, int]:
    return {
        path: path.stat().st_mtime_ns for path in (data_dir / "build" / "staged").rglob("*") if path.is_file()
    }


def query(sql: str) -> list[tuple[object, ...]]:
    with open_build() as con:
        return con.execute(sql).fetchall()


@pytest.fixture
def water(data_dir: Path, tmp_path: Path) -> list[ArchivedFile]:
    """Two good reports in the archive."""
    write_samples(tmp_path / "in", "水务局_2021", "水务局_2023")
    return take_in(tmp_path / "in")


@pytest.mark.slow
def test_a_second_run_does_nothing(data_dir: Path, water: list[ArchivedFile]) -> None:
    first = run_all(water)
    assert [(result.done, result.skipped) for result in first] == [(2, 0)] * 4
    before = staged_files(data_dir)
    assert len(before) == 2 * (2 + len(FACT_SCHEMAS) + 1 + 3 + 2)  # results and outcomes
    again = run_all(water)
    assert [(result.done, result.skipped) for result in again] == [(0, 2)] * 4
    assert staged_files(data_dir) == before
    assert stages.load_reports(water)[0].loaded == 0


@pytest.mark.slow
def test_an_added_report_leaves_the_others_alone(
    data_dir: Path, water: list[ArchivedFile], tmp_path: Path
) -> None:
    run_all(water)
    before = staged_files(data_dir)
    write_samples(tmp_path / "more", "规划局_2023")
    more = take_in(tmp_path / "more")
    assert [result.done for result in run_all([*water, *more])] == [1, 1, 1, 1]
    after = staged_files(data_dir)
    assert {path: after[path] for path in before} == before
    assert query("select load_no, count(*) from audit.report group by all order by all") == [(1, 2), (2, 1)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("lost", "done"),
    [
        ("document", [1, 0, 0, 0]),
        ("facts", [0, 1, 0, 0]),
        ("checks", [0, 0, 1, 0]),
        ("gate", [0, 0, 0, 1]),
    ],
)
def test_what_is_missing_is_made_again_and_nothing_else(
    water: list[ArchivedFile], lost: str, done: list[int]
) -> None:
    for stage in STAGES:
        stage(water)
    stages.staged(water[0], stages.rules_in_force()).result(lost).unlink()
    assert [stage(water).done for stage in STAGES] == done


@pytest.mark.slow
def test_a_changed_rulebook_reads_nothing_and_derives_nothing(
    water: list[ArchivedFile], monkeypatch: pytest.MonkeyPatch
) -> None:
    for stage in STAGES:
        stage(water)
    monkeypatch.setattr("pipeline.audit.rulebook.rulebook_fingerprint", lambda: "another rulebook")
    assert [stage(water).done for stage in STAGES] == [0, 0, 2, 2]
    monkeypatch.setattr("pipeline.forms.extract.forms_fingerprint", lambda: "another dictionary")
    assert [stage(water).done for stage in STAGES] == [0, 2, 2, 2]


@pytest.mark.slow
def test_a_zip_of_several_reports_is_a_final_failure_that_names_them(data_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    with zipfile.ZipFile(tmp_path / "in" / "汇总2021年.zip", "w") as archive:
        for path in write_samples(tmp_path / "parts", "水务局_2021", "规划局_2023"):
            archive.write(path, path.name)
    (file,) = files = take_in(tmp_path / "in")
    run_all(files)
    outcome = stages.outcomes(file, stages.rules_in_force())[-1]
    assert (outcome.stage, outcome.error_class) == ("facts", "several_reports")
    assert outcome.message is not None
    for part in ("汇总2021年.zip", "水务局_2021", "规划局_2023", "Unpack it"):
        assert part in outcome.message
    assert query("select verdict from audit.report") == [("unreadable",)]
    stages.forgive(files)
    assert stages.derive_facts(files).skipped == 1


@pytest.mark.slow
def test_bad_files_end_as_named_outcomes_and_the_good_report_loads(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FISCAL_MAX_PAGES", "50")
    settings.cache_clear()
    bad = write_bad_files(tmp_path / "in")
    write_samples(tmp_path / "in", "水务局_2021")
    files = take_in(tmp_path / "in")
    assert len(files) == len(bad) + 1
    run_all(files)
    fingerprints = stages.rules_in_force()
    outcomes = {file.manifest.original_name: stages.outcomes(file, fingerprints)[-1] for file in files}
    assert {what: outcomes[path.name].error_class for what, path in bad.items()} == {
        "zero bytes": "empty_file",
        "a web page": None,
        "cut off": "damaged",
        "text": "unsupported_type",
        "encrypted": "encrypted",
        "a picture": "no_text",
        "many pages": "too_many_pages",
        "a budget": None,
        "no report": None,
    }
    for path in bad.values():
        outcome = outcomes[path.name]
        if outcome.status == "failed":
            assert outcome.message is not None
            assert path.name in outcome.message
            assert len(outcome.message) > len(path.name) + 20
    assert query("select verdict, count(*) from audit.report group by all order by all") == [
        ("accepted", 1),
        ("not_a_final_account", 3),
        ("unreadable", 6),
    ]
    assert query("select count(*) from raw.report") == [(1,)]
    assert query("select count(distinct sha256) from audit.outcome where status = 'failed'") == [(6,)]
    assert len(list((data_dir / "raw").rglob("*.json"))) == len(files)


@pytest.mark.slow
def test_only_accidents_are_forgiven(data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FISCAL_MAX_PAGES", "50")
    settings.cache_clear()
    write_bad_files(tmp_path / "in")
    files = take_in(tmp_path / "in")
    assert len(stages.read_documents(files).failed) == 6
    assert stages.read_documents(files).failed == ()
    stages.forgive(files)
    monkeypatch.setenv("FISCAL_MAX_PAGES", "100")
    settings.cache_clear()
    again = stages.read_documents(files)
    assert (again.done, again.failed) == (1, ())  # the long file; what is in the bytes stays as it is


@pytest.mark.slow
def test_a_file_that_takes_too_long_is_told_and_the_others_are_read(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FISCAL_READ_SECONDS", "2")
    settings.cache_clear()
    files = take_in(
        write_endless(tmp_path / "很长2021年.pdf"), *write_samples(tmp_path / "in", "水务局_2021")
    )
    result = stages.read_documents(files)
    assert result.done == 1
    [failed] = result.failed
    assert (failed.sha256, failed.error_class) == (files[0].sha256, "time_limit")
    assert failed.message == (
        f"{files[0].path.name}: took longer than 2 seconds, or than 120 for one page of a scan. "
        "Raise FISCAL_READ_SECONDS (scans: FISCAL_PAGE_SECONDS) and ingest it again, "
        "or print the file to a new PDF."
    )


@pytest.mark.slow
def test_forced_files_are_read_anew(data_dir: Path, water: list[ArchivedFile]) -> None:
    for stage in STAGES:
        stage(water)
    before = staged_files(data_dir)
    stages.forget(water[:1])
    assert [stage(water).done for stage in STAGES] == [1, 1, 1, 1]
    changed = {path for path, time in staged_files(data_dir).items() if before[path] != time}
    assert {path.name[:64] for path in changed} == {water[0].sha256}


def test_a_changed_archive_file_is_an_outcome(data_dir: Path, water: list[ArchivedFile]) -> None:
    water[0].path.chmod(0o644)
    water[0].path.write_bytes(b"%PDF-1.4 something else")
    result = stages.read_documents(water)
    assert result.done == 1
    assert [(failed.sha256, failed.error_class) for failed in result.failed] == [
        (water[0].sha256, "damaged_archive")
    ]
    assert "Restore" in str(result.failed[0].message)


def test_a_file_whose_name_lies_is_refused_and_the_others_are_taken(data_dir: Path, tmp_path: Path) -> None:
    lying = data_dir / "raw" / "2021" / "0123456789abcdef_a.pdf"
    lying.parent.mkdir(parents=True)
    lying.write_bytes(b"%PDF-1.4")
    good = write_samples(tmp_path / "in", "水务局_2021")
    refused, taken = archive_files([lying, *good])
    assert isinstance(refused, Refused)
    assert "0123456789abcdef" in refused.message
    assert isinstance(taken, ArchivedFile)


def test_the_first_pages_tell_the_year_that_a_name_does_not(data_dir: Path, tmp_path: Path) -> None:
    [path] = write_samples(tmp_path / "in", "水务局_2021")
    [file] = take_in(path.rename(tmp_path / "in" / "report.pdf"))
    assert file.year == "2021"


def test_hidden_files_and_manifests_are_not_taken(data_dir: Path, tmp_path: Path) -> None:
    paths = write_samples(tmp_path / "in", "水务局_2021")
    (tmp_path / "in" / ".DS_Store").write_bytes(b"x")
    (tmp_path / "in" / ".hidden").mkdir()
    (tmp_path / "in" / ".hidden" / "x.pdf").write_bytes(b"x")
    assert list(files_under([tmp_path / "in"])) == paths
    take_in(tmp_path / "in")
    assert len(list(files_under([data_dir / "raw"]))) == 1
    with pytest.raises(FileNotFoundError, match="no such file or folder"):
        list(files_under([tmp_path / "nowhere"]))


def test_progress_and_logs_name_every_file(
    water: list[ArchivedFile], caplog: pytest.LogCaptureFixture
) -> None:
    seen = []
    with told_to(lambda stage, done, todo: seen.append((stage, done, todo))), caplog.at_level(logging.INFO):
        stages.read_documents(water)
    assert seen == [("document", 1, 2), ("document", 2, 2)]
    lines = [record.getMessage() for record in caplog.records if record.name == "pipeline.stages"]
    assert sorted(line.split()[1] for line in lines) == sorted(f"file={file.path.name}" for file in water)
    assert all("stage=document" in line and "status=ok" in line for line in lines)


@pytest.fixture
def checked_by(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Counter[int]]:
    """Let the engine fail on one report; return how often it was called with how many reports."""

    def install(poison: str) -> Counter[int]:
        from pipeline.audit.engine import run_checks as real

        calls: Counter[int] = Counter()

        def run_checks(con: duckdb.DuckDBPyConnection, rules: object) -> None:
            reports = [row[0] for row in con.execute("select sha256 from header").fetchall()]
            calls[len(reports)] += 1
            if poison in reports:
                raise ArithmeticError("no such sum")
            real(con, rules)  # type: ignore[arg-type]

        monkeypatch.setattr("pipeline.audit.engine.run_checks", run_checks)
        return calls

    return install


@pytest.mark.slow
def test_a_report_that_breaks_a_batch_is_found_and_the_others_are_checked(
    data_dir: Path, tmp_path: Path, checked_by: Callable[[str], Counter[int]]
) -> None:
    write_samples(tmp_path / "in", "规划局")
    files = take_in(tmp_path / "in")
    assert len(files) == 4
    stages.read_documents(files)
    stages.derive_facts(files)
    calls = checked_by(files[2].sha256)
    result = stages.check_reports(files)
    # beside these, copies of the faulty report, on which the causes of its failures are tried
    assert {4: 1, 2: 2, 1: 2}.items() <= calls.items()
    assert result.done == 3
    [failed] = result.failed
    assert isinstance(failed, Outcome)
    assert (failed.sha256, failed.error_class) == (files[2].sha256, "internal_error")
    assert "ArithmeticError: no such sum" in str(failed.message)
    assert read_outcome(stages.staged(files[2], stages.rules_in_force()).outcome("checks")) == failed
    assert stages.gate_reports(files).done == 3


def test_batches_are_small_enough_for_memory() -> None:
    assert [len(batch) for batch in stages.batches(range(450), stages.CHECK_BATCH)] == [
        100,
        100,
        100,
        100,
        50,
    ]
