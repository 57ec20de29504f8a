"""Publishing: whole or not at all, and never in a reader's way."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from pipeline.staging import Staged
from pipeline.warehouse import publish as publishing
from pipeline.warehouse.database import DatabaseError, open_build, read_published
from pipeline.warehouse.load import load_batch
from pipeline.warehouse.publish import publish
from tests.warehouse.reports import Report, archived, changed_amount, succeeded

Stage = Callable[[Report], Staged]
GOOD = Report("good")
# A mart whose rows follow their reports.
AMOUNTS = "select a.*, r.load_no from raw.reported_amount as a join raw.report as r using (report_key)"
# A reader as an analyst has one: another process, which keeps the file open.
READER = """
import sys, duckdb
con = duckdb.connect(sys.argv[1], read_only=True)
for line in sys.stdin:
    print(con.execute("select count(*) from audit.report").fetchone()[0], flush=True)
"""


@pytest.fixture
def paths(tmp_path: Path, stage: Stage) -> tuple[Path, Path]:
    """Return a build database with one report and a mart, and where to publish it."""
    build = tmp_path / "build" / "build.duckdb"
    with open_build(build) as con:
        load_batch(con, [stage(GOOD)], [archived(GOOD)], [succeeded(GOOD)])
        con.execute("create schema marts")
        con.execute("create table marts.dim_report as select report_key from raw.report")
        con.execute(f"create table marts.fct_amount as {AMOUNTS}")
        con.execute("comment on column marts.dim_report.report_key is '报告键 key'")
    return build, tmp_path / "warehouse" / "fiscal.duckdb"


def add_report(build: Path, stage: Stage) -> None:
    load(build, stage, replace(GOOD, name="new", year=2022))


def load(build: Path, stage: Stage, report: Report) -> None:
    """Load a report and make the marts as dbt does."""
    with open_build(build) as con:
        load_batch(con, [stage(report)], [archived(report)], [])
        con.execute("create schema if not exists marts")
        con.execute(
            "create table if not exists marts.dim_report as select report_key from raw.report limit 0"
        )
        con.execute(f"create table if not exists marts.fct_amount as {AMOUNTS} limit 0")
        con.execute("delete from marts.dim_report")
        con.execute("insert into marts.dim_report select report_key from raw.report where is_current")
        con.execute("delete from marts.fct_amount")
        con.execute(f"insert into marts.fct_amount {AMOUNTS} where r.is_current")


def differing(build: Path, published: Path) -> list[str]:
    """Return the published tables that hold other rows than those of the build database."""
    with open_build(build) as con:
        con.execute(f"attach '{published}' as copy (read_only)")
        tables = con.execute(
            "select schema_name || '.' || table_name from duckdb_tables() where database_name = 'copy'"
            " and table_name != 'publication'"
        ).fetchall()
        return [
            name
            for (name,) in tables
            if con.execute(f"(from {name} except all from copy.{name})").fetchall()
            or con.execute(f"(from copy.{name} except all from {name})").fetchall()
        ]


def test_the_published_file_holds_audit_and_marts_with_their_comments(paths: tuple[Path, Path]) -> None:
    publication = publish(*paths)
    assert publication.published
    assert publication.rows["audit.reported_amount"] == 42
    assert publication.rows["marts.dim_report"] == 1
    with read_published(paths[1]) as con:
        schemas = con.execute("select distinct schema_name from duckdb_tables() order by 1").fetchall()
        assert schemas == [("audit",), ("marts",)]
        assert con.execute(
            "select comment from duckdb_columns() where table_name = 'dim_report'"
        ).fetchall() == [("报告键 key",)]
        assert con.execute(
            "select count(*) from duckdb_columns() where schema_name = 'audit' and comment is null"
        ).fetchall() == [(0,)]
        assert con.execute("select state_hash from audit.publication").fetchall() == [
            (publication.state_hash,)
        ]


def test_the_published_file_stands_alone_and_cannot_be_written(paths: tuple[Path, Path]) -> None:
    publish(*paths)
    assert [path.name for path in paths[1].parent.iterdir()] == ["fiscal.duckdb"]
    assert paths[1].stat().st_mode & 0o777 == 0o444
    with read_published(paths[1]) as con, pytest.raises(duckdb.InvalidInputException, match="read-only"):
        con.execute("delete from audit.report")


def test_publishing_the_same_again_leaves_the_file_alone(paths: tuple[Path, Path], stage: Stage) -> None:
    publish(*paths)
    before = paths[1].stat()
    assert not publish(*paths).published
    after = paths[1].stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    add_report(paths[0], stage)
    assert publish(*paths).published


def test_only_what_changed_is_written_into_a_copy_of_the_file(paths: tuple[Path, Path], stage: Stage) -> None:
    assert not publish(*paths).updated  # the first one
    newer = replace(changed_amount(GOOD, 7, "800.01"), name="newer", published_at="2025-01-01")
    for report in (
        replace(GOOD, name="other", department="示例市其他局"),  # a new one
        replace(GOOD, name="earlier", year=2022),  # the year before of one that is there: it is compared anew
        changed_amount(GOOD, 7, "800.02"),  # replaced, as many rows as before
        newer,  # takes the place of one
        replace(newer, verdict="quarantined", check_status="fail"),  # and gives it back
    ):
        load(paths[0], stage, report)
        publication = publish(*paths)
        assert (publication.published, publication.updated) == (True, True)
        assert differing(*paths) == []
    assert not publish(*paths).published


def test_marts_that_were_made_after_publishing_are_published(paths: tuple[Path, Path], stage: Stage) -> None:
    with open_build(paths[0]) as con:
        replaced = changed_amount(GOOD, 7, "800.02")
        load_batch(con, [stage(replaced)], [archived(replaced)], [])
    publish(*paths)
    load(paths[0], stage, replaced)
    assert publish(*paths).updated
    assert differing(*paths) == []


def test_a_build_database_filled_again_is_published_whole(paths: tuple[Path, Path], stage: Stage) -> None:
    publish(*paths)
    paths[0].unlink()
    load(paths[0], stage, changed_amount(GOOD, 7, "800.02"))  # under the load number it had
    publication = publish(*paths)
    assert (publication.published, publication.updated) == (True, False)
    assert differing(*paths) == []


def test_rows_that_changed_without_their_report_are_written_anew(
    paths: tuple[Path, Path], stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    publish(*paths)
    with open_build(paths[0]) as con:
        con.execute("delete from audit.reported_amount where cell_no = 1")
    publication = publish(*paths)
    assert (publication.published, publication.updated) == (True, False)
    assert "audit.reported_amount: 42 rows after those of changed reports were replaced, 41" in caplog.text
    assert differing(*paths) == []


def test_a_changed_description_is_a_change(paths: tuple[Path, Path]) -> None:
    first = publish(*paths)
    with open_build(paths[0]) as con:
        con.execute("comment on column marts.dim_report.report_key is '报告的键 key of the report'")
    second = publish(*paths)
    assert second.published
    assert second.state_hash != first.state_hash


def test_readers_keep_the_old_file_while_a_new_one_is_published(
    paths: tuple[Path, Path], stage: Stage
) -> None:
    publish(*paths)
    command = [sys.executable, "-c", READER, str(paths[1])]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as old:
        assert old.stdin is not None
        assert old.stdout is not None
        print("", file=old.stdin, flush=True)
        assert old.stdout.readline() == "1\n"
        add_report(paths[0], stage)
        assert publish(*paths).published  # the reader does not stand in the way
        print("", file=old.stdin, flush=True)
        assert old.stdout.readline() == "1\n"
        old.stdin.close()
    new = subprocess.run(command, input="\n", capture_output=True, text=True, check=True)
    assert new.stdout == "2\n"


def test_readers_read_while_the_build_database_is_open(paths: tuple[Path, Path]) -> None:
    publish(*paths)
    with open_build(paths[0]) as con:
        con.begin()
        con.execute("delete from audit.report")
        command = [sys.executable, "-c", READER, str(paths[1])]
        reader = subprocess.run(command, input="\n", capture_output=True, text=True, check=True)
        con.rollback()
    assert reader.stdout == "1\n"


def test_killed_while_copying_the_old_file_stays_and_the_next_run_succeeds(
    paths: tuple[Path, Path], stage: Stage
) -> None:
    publish(*paths)
    before = paths[1].read_bytes()
    add_report(paths[0], stage)
    # Dies like a killed process, after the copy and before the rename: no clean-up of any kind runs.
    script = (
        "import os, sys, pathlib\n"
        "from pipeline.warehouse import publish\n"
        "publish._sync = lambda path: os._exit(9)\n"
        "publish.publish(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))\n"
    )
    killed = subprocess.run([sys.executable, "-c", script, *map(str, paths)], check=False)
    assert killed.returncode == 9
    assert paths[1].read_bytes() == before
    assert len(list(paths[1].parent.iterdir())) == 2  # the leftover
    assert publish(*paths).published
    assert os.listdir(paths[1].parent) == ["fiscal.duckdb"]


def test_failing_while_copying_the_old_file_stays(
    paths: tuple[Path, Path], stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(*paths)
    before = paths[1].read_bytes()
    add_report(paths[0], stage)
    update = publishing.update_copy

    def fail(*arguments: object) -> None:
        update(*arguments)  # type: ignore[arg-type]
        raise OSError("no space left on device")

    monkeypatch.setattr(publishing, "update_copy", fail)
    with pytest.raises(OSError, match="no space left"):
        publish(*paths)
    assert paths[1].read_bytes() == before
    monkeypatch.undo()
    assert publish(*paths).published


def test_a_deleted_build_database_never_empties_the_published_one(
    paths: tuple[Path, Path], stage: Stage
) -> None:
    publish(*paths)
    before = paths[1].read_bytes()
    paths[0].unlink()
    add_report(paths[0], stage)
    with pytest.raises(DatabaseError, match="1 published files are not in the build database"):
        publish(*paths)
    assert paths[1].read_bytes() == before


def test_a_damaged_published_file_is_replaced(paths: tuple[Path, Path]) -> None:
    paths[1].parent.mkdir(parents=True)
    paths[1].write_bytes(b"no database")
    assert publish(*paths).published
    with read_published(paths[1]) as con:
        assert con.execute("select count(*) from audit.report").fetchall() == [(1,)]


def test_without_marts_nothing_is_published(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="run dbt"):
        publish(tmp_path / "build.duckdb", tmp_path / "fiscal.duckdb")
    assert not (tmp_path / "fiscal.duckdb").exists()


def test_reading_before_the_first_publication_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="run `fiscal ingest` first"), read_published(tmp_path / "none"):
        pass


def test_a_build_database_in_use_says_so(paths: tuple[Path, Path]) -> None:
    holder = "import sys, duckdb; con = duckdb.connect(sys.argv[1]); print(1, flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", holder, str(paths[0])]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(DatabaseError, match="One process at a time"), open_build(paths[0]):
            pass
        other.communicate()


def test_a_build_database_of_another_version_is_not_written(paths: tuple[Path, Path]) -> None:
    with open_build(paths[0]) as con:
        con.execute("update internal.schema_version set tables = 'older'")
    with pytest.raises(DatabaseError, match="another version"), open_build(paths[0]):
        pass
