"""Checks across years in the load: whatever arrives in whatever order, the rows are the same."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.audit.results import CHECK_SCHEMA
from pipeline.facts import ReportFacts, ReportHeader
from pipeline.staging import Staged, write_parquet
from pipeline.warehouse import years
from pipeline.warehouse.batch import RefusedFactsError
from pipeline.warehouse.database import create_schema
from pipeline.warehouse.load import LoadSummary, load_batch
from tests.audit.facts import claim
from tests.warehouse.reports import DEPARTMENT, Report, Row, archived, succeeded, write_gate

Stage = Callable[[Report], Staged]
NEW_NAME = "示例市示例管理局"
HEADER = "effective_on,kind,from_department,to_department,division_code,source,note\n"


def balances(opening: str, closing: str) -> list[Row]:
    """Return F01 with these balances, 万元."""
    return [
        ("F01", "income", None, "年初结转和结余", "opening_balance", "line", "final", opening),
        ("F01", "income", None, "总计", "grand_total", "line", "final", "1000.00"),
        ("F01", "expenditure", None, "年末结转和结余", "closing_balance", "line", "final", closing),
    ]


FIRST = Report("2021", year=2021, rows=balances("1.00", "2.00"))
SECOND = Report("2022", year=2022, rows=balances("2.00", "3.00"))
THIRD = Report("2023", year=2023, rows=balances("4.00", "5.00"))  # 2022 closed with 3.00


def load_all(con: duckdb.DuckDBPyConnection, stage: Stage, *reports: Report) -> LoadSummary:
    return load_batch(
        con, [stage(r) for r in reports], [archived(r) for r in reports], [succeeded(r) for r in reports]
    )


def opened(con: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    """Return fiscal year, status, opening and closing balance (元) and the other report of each Y-OPEN."""
    return con.execute(
        "select r.fiscal_year, c.status, c.reported::bigint, c.computed::bigint, c.other_report_key"
        " from audit.check_result as c join audit.report as r using (report_key)"
        " where c.check_id = 'Y-OPEN' and c.form_code = 'F01' order by all"
    ).fetchall()


def verdicts(con: duckdb.DuckDBPyConnection, schema: str = "audit") -> dict[str, str]:
    return dict(con.execute(f"select file_name, verdict from {schema}.report").fetchall())


def contents(con: duckdb.DuckDBPyConnection) -> list[Any]:
    return [
        con.execute("select * from audit.check_result order by all").fetchall(),
        con.execute("select * exclude (load_no) from audit.report order by all").fetchall(),
        con.execute("select * exclude (load_no) from raw.report order by all").fetchall(),
    ]


ALL = [
    (2022, "exact", 20000, 20000, FIRST.key),
    (2023, "fail", 40000, 30000, SECOND.key),
]


@pytest.fixture
def changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Return a function that puts lines into the table of changed departments."""
    path = tmp_path / "department_change.csv"
    monkeypatch.setattr(years, "DEPARTMENT_CHANGES", path)

    def write(lines: str) -> None:
        path.write_text(HEADER + lines, encoding="utf-8")

    write("")
    return write


def test_each_year_is_compared_with_the_one_before(con: duckdb.DuckDBPyConnection, stage: Stage) -> None:
    load_all(con, stage, FIRST, SECOND, THIRD)
    assert opened(con) == ALL
    assert verdicts(con) == {
        "2021.pdf": "accepted",
        "2022.pdf": "accepted",
        "2023.pdf": "accepted_with_warnings",
    }
    assert verdicts(con, "raw") == verdicts(con)
    [reasons] = con.execute("select reasons from audit.report where file_name = '2023.pdf'").fetchall()[0]
    assert reasons == [
        "Warning: Y-OPEN (年初结转和结余 = 上年年末结转和结余): F01 opening_balance final 40000.00 元 is not "
        f"30000.00 元; 2023.pdf ({THIRD.key}) page 1 against 2022.pdf ({SECOND.key}) page 1."
    ]
    # what the gate said stays what the gate said
    assert con.execute("select distinct verdict from audit.gate").fetchall() == [("accepted",)]


def test_any_order_of_arrival_gives_the_same_rows(stage: Stage) -> None:
    found = []
    for order in itertools.permutations((FIRST, SECOND, THIRD)):
        with duckdb.connect() as con:
            create_schema(con)
            for report in order:
                load_all(con, stage, report)
            found.append(contents(con))
    assert len(found) == 6
    assert all(each == found[0] for each in found)


def test_an_unchanged_load_changes_nothing(con: duckdb.DuckDBPyConnection, stage: Stage) -> None:
    load_all(con, stage, FIRST, SECOND, THIRD)
    before = contents(con)
    summary = load_all(con, stage, FIRST, SECOND, THIRD)
    assert (summary.loaded, summary.rows["check_result"], summary.rows["raw.report"]) == (0, 0, 0)
    assert contents(con) == before


def test_a_revision_of_the_year_before_is_what_counts(con: duckdb.DuckDBPyConnection, stage: Stage) -> None:
    load_all(con, stage, SECOND, THIRD)
    revised = replace(SECOND, name="2022b", rows=balances("2.00", "4.00"), published_at="2024-10-01")
    load_all(con, stage, revised)
    assert opened(con) == [(2023, "exact", 40000, 40000, revised.key)]
    assert verdicts(con, "raw")["2023.pdf"] == "accepted"
    assert con.execute("select reasons from raw.report where file_name = '2023.pdf'").fetchall() == [([],)]


def test_a_year_before_that_is_quarantined_does_not_count_until_it_is_replaced(
    con: duckdb.DuckDBPyConnection, stage: Stage
) -> None:
    load_all(con, stage, SECOND, THIRD)
    load_all(con, stage, replace(SECOND, verdict="quarantined", check_status="fail"))
    assert opened(con) == []
    assert verdicts(con)["2023.pdf"] == "accepted"
    load_all(con, stage, replace(SECOND, name="2022b"))
    assert opened(con) == [(2023, "fail", 40000, 30000, replace(SECOND, name="2022b").key)]
    assert verdicts(con)["2023.pdf"] == "accepted_with_warnings"


def test_a_quarantined_report_is_compared_with_nothing(con: duckdb.DuckDBPyConnection, stage: Stage) -> None:
    load_all(con, stage, SECOND, replace(THIRD, verdict="quarantined", check_status="fail"))
    assert opened(con) == []
    assert verdicts(con)["2023.pdf"] == "quarantined"


def test_units_and_departments_are_not_compared_with_each_other(
    con: duckdb.DuckDBPyConnection, stage: Stage
) -> None:
    load_all(con, stage, SECOND, replace(THIRD, scope="unit"), replace(THIRD, name="b", department="别局"))
    assert opened(con) == []


def test_only_the_departments_of_the_batch_are_looked_at(
    con: duckdb.DuckDBPyConnection, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = [
        replace(report, name=f"{department} {report.year}", department=f"第{department}局")
        for department in range(30)
        for report in (FIRST, SECOND, THIRD)
    ]
    load_all(con, stage, *others, FIRST, THIRD)
    seen: list[tuple[int, int]] = []
    check = years.check_years

    def counted(facts: Any, pairs: Any) -> Any:
        seen.append((facts["header"].num_rows, pairs.num_rows))
        return check(facts, pairs)

    monkeypatch.setattr(years, "check_years", counted)
    load_all(con, stage, SECOND)
    assert seen == [(3, 2)]  # of 93 reports; the years before and after, and the pairs they make


def test_a_renamed_department_is_followed(
    con: duckdb.DuckDBPyConnection, stage: Stage, changes: Callable[[str], None]
) -> None:
    changes(f"2023-05-01,rename,{DEPARTMENT},{NEW_NAME},,示例文件,\n")
    renamed = replace(THIRD, department=NEW_NAME)
    load_all(con, stage, renamed)
    load_all(con, stage, SECOND)
    assert opened(con) == [(2023, "fail", 40000, 30000, SECOND.key)]


def test_a_merged_department_is_told_and_not_compared(
    con: duckdb.DuckDBPyConnection, stage: Stage, changes: Callable[[str], None]
) -> None:
    changes(f"2023-05-01,merge,另一局,{DEPARTMENT},,示例文件,\n")
    load_all(con, stage, FIRST, SECOND, THIRD)
    assert opened(con) == [(2022, "exact", 20000, 20000, FIRST.key)]
    told = con.execute(
        "select distinct status, message from audit.check_result"
        f" where report_key = '{THIRD.key}' and check_id like 'Y-%'"
    ).fetchall()
    assert told == [("not_applicable", f"merged: 另一局 → {DEPARTMENT} on 2023-05-01")]
    assert verdicts(con)["2023.pdf"] == "accepted"


def test_two_departments_renamed_to_one_are_not_compared(
    con: duckdb.DuckDBPyConnection, stage: Stage, changes: Callable[[str], None]
) -> None:
    changes(
        f"2023-05-01,rename,{DEPARTMENT},{NEW_NAME},,示例文件,\n2023-05-01,rename,别局,{NEW_NAME},,示例文件,\n"
    )
    other = replace(SECOND, name="other", department="别局")
    load_all(con, stage, replace(THIRD, department=NEW_NAME), SECOND, other)
    [(status, message)] = con.execute(
        "select distinct status, message from audit.check_result where check_id like 'Y-%'"
    ).fetchall()
    keys = ", ".join(sorted((SECOND.key, other.key)))
    assert (status, message) == ("not_applicable", f"2 reports for the year before fit: {keys}")


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("2023-05-01,moved,a,b,,,\n", "department_change.csv, line 2: kind must be one of"),
        ("May 2023,rename,a,b,,,\n", r"department_change.csv: effective_on must be a date \(YYYY-MM-DD\)"),
    ],
)
def test_a_table_of_changes_that_cannot_be_used_is_named_and_nothing_is_loaded(
    con: duckdb.DuckDBPyConnection, stage: Stage, changes: Callable[[str], None], lines: str, said: str
) -> None:
    changes(lines)
    with pytest.raises(ValueError, match=said):
        load_all(con, stage, FIRST)
    assert con.execute("select count(*) from audit.report").fetchall() == [(0,)]


def test_results_across_years_in_a_staged_file_are_refused(
    con: duckdb.DuckDBPyConnection, stage: Stage
) -> None:
    staged = stage(THIRD)
    [row] = pq.read_table(staged.check).to_pylist()
    forged = pq.read_table(staged.check).from_pylist(
        [row | {"check_id": "Y-OPEN", "severity": "W"}], schema=pq.read_schema(staged.check)
    )
    write_parquet(staged.check, forged)
    write_gate(staged, "accepted")
    with pytest.raises(RefusedFactsError, match="which the load computes"):
        load_batch(con, [staged], [archived(THIRD)], [succeeded(THIRD)])
    assert con.execute("select count(*) from audit.report").fetchall() == [(0,)]


def with_stale_total(staged: Staged) -> Staged:
    """Let a staged report state the grand total of the year before, which the gate warned of."""
    said = claim("", 1, "overall", "grand_total", "", "1000.00", "万元")
    said = msgspec.structs.replace(said, report_key=THIRD.key)
    [header] = pq.read_table(staged.header).to_pylist()
    facts = ReportFacts(ReportHeader(**header), (), (), claims=(said,)).tables()
    write_parquet(staged.fact("narrative_claim"), facts["narrative_claim"])
    row = dict.fromkeys(CHECK_SCHEMA.names) | {
        "report_key": THIRD.key, "check_id": "N01-TOTAL", "form_code": "TEXT", "subject": "total",
        "measure": "grand_total", "severity": "W", "status": "fail", "reported": Decimal(10_000_000),
        "computed": Decimal(11_000_000), "difference": Decimal(-1_000_000), "unit": "元",
        "cell_nos": [2], "claim_nos": [1],
    }  # fmt: skip
    write_parquet(staged.check, pa.Table.from_pylist([row], schema=CHECK_SCHEMA))
    write_gate(staged, "accepted_with_warnings")
    return staged


def test_a_cause_across_years_comes_and_goes_with_the_year_before(
    con: duckdb.DuckDBPyConnection, stage: Stage
) -> None:
    third = replace(
        THIRD, rows=[(*row[:-1], "1100.00") if row[4] == "grand_total" else row for row in THIRD.rows]
    )
    load_batch(con, [with_stale_total(stage(third))], [archived(third)], [succeeded(third)])
    told = (
        "select k.hypothesis, k.claim_nos, k.other_report_key, k.other_cell_nos, k.suggested, c.check_id"
        " from audit.cause as k join audit.check_result as c using (report_key, cause_id)"
    )
    assert con.execute(told).fetchall() == []
    load_all(con, stage, SECOND)
    assert con.execute(told).fetchall() == [("stale_year", [1], SECOND.key, [2], ["1100.00"], "N01-TOTAL")]
    load_all(con, stage, replace(SECOND, verdict="quarantined", check_status="fail"))
    assert con.execute(told).fetchall() == []
    assert con.execute("select count(*) from audit.cause").fetchall() == [(0,)]
    assert con.execute("select count(*) from audit.check_result where cause_id is not null").fetchall() == [
        (0,)
    ]
