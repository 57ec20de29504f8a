"""The load: what gets in, what is refused, and that it is all or nothing."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.config import PROJECT_DIR
from pipeline.facts import FACT_SCHEMAS
from pipeline.staging import Staged, write_parquet
from pipeline.warehouse import load
from pipeline.warehouse.batch import RefusedFactsError
from pipeline.warehouse.database import open_build
from pipeline.warehouse.load import load_batch
from tests.warehouse.reports import (
    ROWS,
    WAIVER,
    Report,
    archived,
    changed_amount,
    failed,
    succeeded,
    write_gate,
)

Stage = Callable[[Report], Staged]
TABLES = [
    "audit.report",
    "audit.form",
    "audit.reported_amount",
    "audit.check_result",
    "audit.gate",
    "audit.outcome",
    "raw.report",
    "raw.reported_amount",
]
GOOD = Report("good")
HELD_BACK = Report("held back", year=2022, verdict="quarantined", check_status="fail")
BUDGET = Report("budget", kind="budget", verdict="not_a_final_account", rows=[])
LOCKED = Report("locked", year=None)


def contents(con: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[object, ...]]]:
    return {table: con.execute(f"from {table} order by all").fetchall() for table in TABLES}


def one(con: duckdb.DuckDBPyConnection, sql: str) -> object:
    return con.execute(sql).fetchall()[0][0]


def load_all(con: duckdb.DuckDBPyConnection, stage: Stage, *reports: Report) -> load.LoadSummary:
    return load_batch(
        con,
        [stage(report) for report in reports],
        [archived(report) for report in reports],
        [succeeded(report) for report in reports],
    )


def test_accepted_reports_go_to_audit_and_raw_and_the_others_to_audit_only(
    con: duckdb.DuckDBPyConnection, stage: Stage
) -> None:
    staged = [stage(report) for report in (GOOD, HELD_BACK, BUDGET)]
    files = [archived(report) for report in (GOOD, HELD_BACK, BUDGET, LOCKED)]
    summary = load_batch(con, staged, files, [succeeded(GOOD), failed(LOCKED)])
    assert summary.loaded == 4
    assert summary.verdicts == {"accepted": 1, "not_a_final_account": 1, "quarantined": 1, "unreadable": 1}
    assert summary.rows["reported_amount"] == 84
    assert summary.rows["raw.reported_amount"] == 42
    assert con.execute("select verdict, count(*) from raw.report group by all").fetchall() == [
        ("accepted", 1)
    ]
    keys = con.execute("select distinct report_key from raw.reported_amount").fetchall()
    assert keys == [(GOOD.key,)]
    assert set(con.execute("select distinct report_key from audit.reported_amount").fetchall()) == {
        (GOOD.key,),
        (HELD_BACK.key,),
    }


def test_amounts_arrive_exactly_as_printed(con: duckdb.DuckDBPyConnection, stage: Stage) -> None:
    load_all(con, stage, GOOD)
    found = con.execute(
        "select amount_printed, amount_yuan, page, x0 from raw.reported_amount"
        " where form_code = 'F03' and item_code = '2010302' and measure = 'project'"
    ).fetchall()
    assert found == [("234.56", Decimal("2345600.00"), 3, 10.0)]
    blank = con.execute(
        "select amount_printed, amount_yuan from raw.reported_amount where measure = 'final_overseas'"
    ).fetchall()
    assert blank == [(None, None)]


def test_an_unreadable_file_has_a_row_that_says_why(con: duckdb.DuckDBPyConnection) -> None:
    load_batch(con, [], [archived(LOCKED)], [failed(LOCKED)])
    row = con.execute("select verdict, reasons, pages, partition_year from audit.report").fetchall()
    assert row == [("unreadable", ["document: encrypted: remove the password"], None, "unknown")]
    outcome = con.execute("select stage, status, error_class, message, page from audit.outcome").fetchall()
    assert outcome == [("document", "failed", "encrypted", "remove the password", 1)]


def test_facts_without_a_gate_record_are_refused(con: duckdb.DuckDBPyConnection, stage: Stage) -> None:
    staged = stage(GOOD)
    staged.gate.unlink()
    with pytest.raises(RefusedFactsError, match=rf"{GOOD.key} has no gate record"):
        load_batch(con, [staged], [archived(GOOD)], [])
    assert not any(contents(con).values())


@pytest.mark.parametrize("part", [*FACT_SCHEMAS, "cause", "check"])
def test_facts_altered_after_the_gate_are_refused_and_nothing_of_the_batch_is_loaded(
    con: duckdb.DuckDBPyConnection, stage: Stage, part: str
) -> None:
    good, altered = stage(HELD_BACK), stage(GOOD)
    path = altered.fact(part) if part in FACT_SCHEMAS else getattr(altered, part)
    # The same rows, other bytes: what counts is what was validated, to the byte.
    pq.write_table(pq.read_table(path), path, compression="none")
    with pytest.raises(RefusedFactsError, match=rf"{GOOD.key}: its facts or check results are not those"):
        load_batch(con, [good, altered], [archived(HELD_BACK), archived(GOOD)], [])
    assert not any(contents(con).values())


def test_facts_altered_while_they_are_loaded_are_refused(
    con: duckdb.DuckDBPyConnection, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    staged = stage(GOOD)
    replace_rows = load._replace

    def alter_meanwhile(*arguments: object) -> dict[str, int]:
        stage_again = pq.read_table(staged.fact("reported_amount"))
        rows = replace_rows(*arguments)  # type: ignore[arg-type]
        write_parquet(staged.fact("reported_amount"), stage_again.slice(1))
        return rows

    monkeypatch.setattr(load, "_replace", alter_meanwhile)
    with pytest.raises(RefusedFactsError, match="are not those that the gate"):
        load_batch(con, [staged], [archived(GOOD)], [])
    assert not any(contents(con).values())


def test_an_incomplete_report_is_refused(con: duckdb.DuckDBPyConnection, stage: Stage) -> None:
    staged = stage(GOOD)
    staged.check.unlink()
    with pytest.raises(RefusedFactsError, match="is not complete"):
        load_batch(con, [staged], [archived(GOOD)], [])


def test_a_gate_record_of_another_report_is_refused(con: duckdb.DuckDBPyConnection, stage: Stage) -> None:
    staged = stage(GOOD)
    write_gate(staged, "accepted", sha256=HELD_BACK.sha256)
    with pytest.raises(RefusedFactsError, match="is the gate record of another report"):
        load_batch(con, [staged], [archived(GOOD)], [])


def test_facts_of_another_report_under_this_name_are_refused(
    con: duckdb.DuckDBPyConnection, stage: Stage
) -> None:
    staged, other = stage(GOOD), stage(HELD_BACK)
    staged.fact("reported_amount").write_bytes(other.fact("reported_amount").read_bytes())
    write_gate(staged, "accepted")
    with pytest.raises(RefusedFactsError, match="holds rows of another report"):
        load_batch(con, [staged], [archived(GOOD)], [])
    assert not any(contents(con).values())


def test_a_header_of_another_report_is_refused(con: duckdb.DuckDBPyConnection, stage: Stage) -> None:
    staged = stage(GOOD)
    header = pq.read_table(staged.header)
    other = header.set_column(1, "sha256", pa.array([HELD_BACK.sha256]))
    write_parquet(staged.header, other)
    write_gate(staged, "accepted")
    with pytest.raises(RefusedFactsError, match="one row for each file"):
        load_batch(con, [staged], [archived(GOOD)], [])


@pytest.mark.parametrize(
    ("report", "message"),
    [
        (replace(GOOD, check_status="fail"), "accepted reports with failed hard checks.*F03-ROW"),
        (replace(GOOD, kind="budget"), "accepted reports that are no final accounts.*budget"),
        (replace(GOOD, verdict="fine"), "unknown verdict"),
    ],
)
def test_a_verdict_that_the_facts_contradict_is_refused(
    con: duckdb.DuckDBPyConnection, stage: Stage, report: Report, message: str
) -> None:
    with pytest.raises(RefusedFactsError, match=message):
        load_all(con, stage, report)
    assert not any(contents(con).values())


def test_a_waived_report_is_loaded_with_its_failed_check(
    con: duckdb.DuckDBPyConnection, stage: Stage
) -> None:
    report = replace(GOOD, verdict="waived", check_status="fail", waivers=(WAIVER,))
    load_all(con, stage, report)
    assert con.execute("select verdict from raw.report").fetchall() == [("waived",)]
    assert con.execute("select check_id, who, state from audit.waiver").fetchall() == [
        ("F03-ROW", "李四", "applied")
    ]


@pytest.mark.parametrize(
    "waivers", [(), (WAIVER | {"state": "expired"},), (WAIVER | {"check_id": "F02-ROW"},)]
)
def test_a_waived_report_with_a_failure_that_no_waiver_covers_is_refused(
    con: duckdb.DuckDBPyConnection, stage: Stage, waivers: tuple[dict[str, Any], ...]
) -> None:
    with pytest.raises(RefusedFactsError, match="failed hard checks"):
        load_all(con, stage, replace(GOOD, verdict="waived", check_status="fail", waivers=waivers))
    assert not any(contents(con).values())


def test_every_file_must_be_accounted_for(con: duckdb.DuckDBPyConnection, stage: Stage) -> None:
    with pytest.raises(ValueError, match="neither staged results nor a failed outcome"):
        load_batch(con, [], [archived(GOOD)], [])
    with pytest.raises(ValueError, match="not in the archive"):
        load_batch(con, [stage(GOOD)], [], [])


def test_the_same_input_again_changes_nothing(con: duckdb.DuckDBPyConnection, stage: Stage) -> None:
    staged = [stage(GOOD), stage(HELD_BACK)]
    files = [archived(GOOD), archived(HELD_BACK), archived(LOCKED)]
    outcomes = [succeeded(GOOD), failed(LOCKED)]
    load_batch(con, staged, files, outcomes)
    before = contents(con)
    summary = load_batch(con, staged, files, outcomes)
    assert (summary.loaded, summary.unchanged) == (0, 3)
    assert set(summary.rows.values()) == {0}
    assert contents(con) == before


def test_changed_facts_replace_the_report_and_touch_no_other(
    con: duckdb.DuckDBPyConnection, stage: Stage
) -> None:
    other = replace(Report("other"), year=2021)
    load_all(con, stage, GOOD, other)
    before = contents(con)
    summary = load_all(con, stage, changed_amount(GOOD, 1, "35.00"), other)
    assert (summary.loaded, summary.unchanged) == (1, 1)
    after = contents(con)
    assert len(after["audit.reported_amount"]) == 84
    assert (
        one(
            con,
            f"select amount_printed from raw.reported_amount where report_key = '{GOOD.key}' and cell_no = 2",
        )
        == "35.00"
    )
    # The marts tell by this number that a report was replaced.
    assert con.execute("select load_no from raw.report order by 1").fetchall() == [(1,), (2,)]
    for table in TABLES:
        assert [row for row in before[table] if other.key in row] == [
            row for row in after[table] if other.key in row
        ]


def test_adding_a_report_leaves_the_loaded_ones_alone(con: duckdb.DuckDBPyConnection, stage: Stage) -> None:
    load_all(con, stage, GOOD)
    before = contents(con)
    summary = load_all(con, stage, replace(Report("new"), year=2021))
    assert summary.loaded == 1
    after = contents(con)
    assert all(set(map(str, before[table])) <= set(map(str, after[table])) for table in TABLES)


def test_a_report_quarantined_later_leaves_raw(con: duckdb.DuckDBPyConnection, stage: Stage) -> None:
    load_all(con, stage, GOOD)
    load_all(con, stage, replace(GOOD, verdict="quarantined", check_status="fail"))
    after = contents(con)
    assert (len(after["raw.report"]), len(after["raw.reported_amount"])) == (0, 0)
    assert len(after["audit.reported_amount"]) == 42
    assert con.execute("select verdict, is_current from audit.report").fetchall() == [("quarantined", False)]


def test_killed_in_the_middle_the_old_state_stays(
    con: duckdb.DuckDBPyConnection, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_all(con, stage, GOOD)
    before = contents(con)

    def killed(_: object) -> dict[str, int]:
        assert one(con, "select count(*) from audit.report") == 2  # the new report is in, uncommitted
        raise KeyboardInterrupt

    monkeypatch.setattr(load, "_copy_accepted", killed)
    with pytest.raises(KeyboardInterrupt):
        load_all(con, stage, changed_amount(GOOD, 1, "35.00"), HELD_BACK)
    assert contents(con) == before


KILLED = """
import os, pathlib, sys
from pipeline.warehouse import load
from pipeline.warehouse.database import open_build
from tests.warehouse.reports import Report, archived, stage_report
load._copy_accepted = lambda con: os._exit(9)
report = Report("killed", year=2020)
folder = pathlib.Path(sys.argv[1])
with open_build(folder / "build.duckdb") as con:
    load.load_batch(con, [stage_report(report, folder / "staged")], [archived(report)], [])
"""


def test_after_a_killed_load_the_next_one_goes_through(tmp_path: Path, stage: Stage) -> None:
    with open_build(tmp_path / "build.duckdb") as con:
        load_all(con, stage, GOOD)
        before = contents(con)
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False, cwd=PROJECT_DIR)
    assert killed.returncode == 9
    with open_build(tmp_path / "build.duckdb") as con:
        assert contents(con) == before
        assert load_all(con, stage, Report("killed", year=2020)).loaded == 1


def test_several_names_for_one_content_keep_the_first(con: duckdb.DuckDBPyConnection, stage: Stage) -> None:
    staged = stage(GOOD)
    load_batch(con, [staged], [archived(GOOD, "first.pdf"), archived(GOOD, "second.pdf")], [])
    load_batch(con, [staged], [archived(GOOD, "third.pdf")], [])
    assert con.execute("select file_name from audit.report").fetchall() == [("first.pdf",)]
    assert con.execute("select file_name from raw.report").fetchall() == [("first.pdf",)]


def test_of_several_versions_the_newest_accepted_one_is_current(
    con: duckdb.DuckDBPyConnection, stage: Stage
) -> None:
    first = replace(GOOD, name="v1", published_at="2024-09-01")
    second = replace(GOOD, name="v2", published_at="2024-10-01")
    third = replace(GOOD, name="v3", published_at="2024-11-01", verdict="quarantined", check_status="fail")
    elsewhere = replace(GOOD, name="elsewhere", department="示例市其他局")
    # Loaded in another order than published, one by one.
    for report in (second, elsewhere, first, third):
        load_all(con, stage, report)
    found = con.execute("select sha256, revision_no, is_current from audit.report").fetchall()
    assert {row[0]: row[1:] for row in found} == {
        first.sha256: (1, False),
        second.sha256: (2, True),
        third.sha256: (3, False),
        elsewhere.sha256: (1, True),
    }
    load_all(con, stage, replace(second, verdict="quarantined", check_status="fail"))
    current = con.execute("select report_key from raw.report where is_current").fetchall()
    assert set(current) == {(first.key,), (elsewhere.key,)}


def test_versions_tell_since_when_they_were_current_and_what_changed(
    con: duckdb.DuckDBPyConnection, stage: Stage
) -> None:
    first = replace(GOOD, name="v1", published_at="2024-09-01")
    bad = replace(GOOD, name="v2", published_at="2024-10-01", verdict="quarantined", check_status="fail")
    last = changed_amount(replace(GOOD, name="v3", published_at="2024-11-01"), at=1, printed="34.57")
    last = replace(last, rows=last.rows[:-1])
    for report in (last, first, bad):  # in another order than published
        load_all(con, stage, report)
    dates = con.execute(
        "select revision_no, valid_from::date::varchar, valid_until::date::varchar from raw.report order by 1"
    ).fetchall()
    assert dates == [(1, "2024-09-01", "2024-11-01"), (3, "2024-11-01", None)]
    changes = con.execute(
        "select revision_no, change, form_code, item, measure, old_printed, new_printed"
        " from audit.revision_diff"
    ).fetchall()
    assert changes == [
        (3, "changed", "F01", "其他收入", "final", "34.56", "34.57"),
        (3, "removed", "F09", None, "final_vehicle_operation", "3.25", None),
    ]


def test_a_units_own_account_is_no_version_of_its_departments(
    con: duckdb.DuckDBPyConnection, stage: Stage
) -> None:
    whole = replace(GOOD, name="whole", scope="department", published_at="2024-09-01")
    own = replace(GOOD, name="own", scope="unit", published_at="2024-10-01")
    unsaid = replace(GOOD, name="unsaid", published_at="2024-08-01")  # counts as the department's
    for report in (own, whole, unsaid):
        load_all(con, stage, report)
    found = con.execute("select sha256, revision_no, is_current from audit.report").fetchall()
    assert {row[0]: row[1:] for row in found} == {
        own.sha256: (1, True),
        whole.sha256: (2, True),
        unsaid.sha256: (1, False),
    }


def test_departments_of_one_name_in_two_places_are_no_versions_of_each_other(
    con: duckdb.DuckDBPyConnection, stage: Stage
) -> None:
    here = Report("here", published_at="2024-09-01", division_code="310107")
    unplaced = Report("here again", published_at="2024-10-01")
    there = Report("there", published_at="2024-11-01", division_code="410100")
    numbers = (
        "select report_key, revision_no, is_current from audit.report where report_key in ($1, $2, $3)"
        " order by published_at"
    )
    load_all(con, stage, here, unplaced)
    assert con.execute(numbers, [here.key, unplaced.key, there.key]).fetchall() == [
        (here.key, 1, False),
        (unplaced.key, 2, True),
    ]
    load_all(con, stage, there)
    # now the name alone no longer says whose the one without a place is
    assert con.execute(numbers, [here.key, unplaced.key, there.key]).fetchall() == [
        (here.key, 1, True),
        (unplaced.key, 1, True),
        (there.key, 1, True),
    ]
    assert con.execute("select count(*) from audit.revision_diff").fetchall() == [(0,)]


def test_a_report_that_names_no_department_is_a_version_of_no_other(
    con: duckdb.DuckDBPyConnection, stage: Stage
) -> None:
    load_all(con, stage, replace(GOOD, name="x", department=None), replace(GOOD, name="y", department=None))
    assert con.execute("select revision_no, is_current from audit.report").fetchall() == [
        (1, True),
        (1, True),
    ]


def test_outcomes_follow_the_last_run(con: duckdb.DuckDBPyConnection, stage: Stage) -> None:
    load_batch(con, [], [archived(GOOD)], [failed(GOOD)])
    load_batch(con, [stage(GOOD)], [archived(GOOD)], [succeeded(GOOD)])
    assert con.execute("select stage, status from audit.outcome").fetchall() == [("gate", "ok")]
    assert con.execute("select verdict from audit.report").fetchall() == [("accepted",)]


def test_every_row_of_the_sample_is_loaded_in_print_order(
    con: duckdb.DuckDBPyConnection, stage: Stage
) -> None:
    load_all(con, stage, GOOD)
    found = con.execute(
        "select form_code, side, item_code, item_name, line_item, row_kind, measure, amount_printed"
        " from audit.reported_amount order by cell_no"
    ).fetchall()
    assert found == ROWS


def test_an_empty_report_file_keeps_its_schema(con: duckdb.DuckDBPyConnection, stage: Stage) -> None:
    staged = stage(BUDGET)
    assert pq.read_schema(staged.fact("reported_amount")).field("amount_yuan").type == pa.decimal128(20, 2)
    load_batch(con, [staged], [archived(BUDGET)], [])
    assert con.execute("select report_kind, verdict from audit.report").fetchall() == [
        ("budget", "not_a_final_account")
    ]
