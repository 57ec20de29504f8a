"""From rows of the warehouse to pages: which row a key names, where it was read, which checks cover it."""

from collections.abc import Iterator
from decimal import Decimal

import duckdb
import pytest

from pipeline.warehouse import keys
from pipeline.warehouse.database import create_schema
from pipeline.warehouse.trace import TraceError, find_table, key_columns, trace_row

KEY = "a" * 16
SHA256 = "a" * 64


@pytest.fixture(scope="module")
def traced() -> Iterator[duckdb.DuckDBPyConnection]:
    """A database with one report: three cells, a claim, an annex with an indicator, and checks of them."""
    with duckdb.connect() as con:
        create_schema(con)
        con.execute(
            f"""
            insert into audit.report by name select '{KEY}' as report_key, '{SHA256}' as sha256,
                '决算.pdf' as file_name, 'pdf' as file_type, 5 as bytes, 'inbox' as source,
                now()::timestamp as archived_at, '2023' as partition_year, 2023 as fiscal_year,
                '示例局' as department_name, 'accepted' as verdict, []::varchar[] as reasons,
                'a' as account_key, 1 as revision_no, true as is_current, 1 as load_no;
            insert into audit.reported_amount by name
            select '{KEY}' as report_key, 'F02' as form_code, '2010301' as item_code, '行政运行' as item_name,
                'subject' as row_kind, measure, coalesce(printed, '') as cell_text, printed as amount_printed,
                printed::decimal(20, 2) * 10000 as amount_yuan, 2 as decimals, '万元' as unit, 7 as page,
                1 as table_no, 4 as row_no, number as column_no, 10.0 as x0, 20.0 as top, 30.0 as x1,
                40.0 as bottom, number as cell_no, 'text' as reading, 'page 7, table 1' as locator
            from (values (1, 'total', '8.00'), (2, 'fiscal_appropriation', '8.00'), (3, 'other', null))
                as cells (number, measure, printed);
            insert into audit.narrative_claim by name select '{KEY}' as report_key, 1 as claim_no,
                'overall' as section, 'final' as metric, '8.00' as value_printed, 80000 as value_yuan,
                '万元' as unit, true as placed, '收入8.00万元。' as sentence, 9 as page, 'page 9' as locator;
            insert into audit.project_evaluation by name select '{KEY}' as report_key, 2 as evaluation_no,
                '绩效自评表' as title_printed, '95' as total_score_printed, 0 as unplaced_numbers,
                11 as page_first, 12 as page_last, 1 as table_no, 'page 11' as locator;
            insert into audit.performance_indicator by name select '{KEY}' as report_key, 2 as evaluation_no,
                5 as indicator_no, 'indicators' as block, '产出指标' as level1, '≥10' as target_printed,
                '12' as actual_printed, 12 as page, 1 as table_no, 9 as row_no, 'page 12, row 9' as locator;
            insert into audit.unmapped by name select '{KEY}' as report_key, 1 as unmapped_no,
                'form_title' as kind, '月球表' as text_printed, ['5.00'] as numbers_printed, 8 as page,
                'page 8, above table 1' as locator;
            insert into audit.check_result by name
            select '{KEY}' as report_key, check_id, subject, 'H' as severity, status, cells as cell_nos,
                claims as claim_nos
            from (values
                ('F02-ROW', '2010301', 'exact', [1, 2, 3], []),
                ('F02-COL', 'total', 'fail', [2], []),
                ('N-F02', 'total', 'exact', [1], [1]),
                ('E-SUM', 'annex 2', 'rounding', [], []),
                ('E-SUM', 'annex 21', 'exact', [], []),
                ('E-DEV', 'annex 2 产出指标', 'fail', [], []),
                ('E-RATE', 'annex 2 其他指标', 'exact', [], []),
                ('X-NONE', null, 'not_applicable', null, null)
            ) as results (check_id, subject, status, cells, claims);
            insert into audit.outcome by name select '{SHA256}' as sha256, 'document' as stage,
                'ok' as status, 1.0 as seconds, now()::timestamp as ended_at;
            create schema marts;
            create table marts.fct_income as
                select '{KEY}' as report_key, 1 as cell_no, [1, 2, 3] as cell_nos, 80000.00 as total_yuan;
            create table marts.form as select 'F02' as form_code;
            create table marts.fct_first as select '{KEY}' as report_key, 1 as cell_no;
            """
        )
        yield con


def chain(con: duckdb.DuckDBPyConnection, table: str, *values: str) -> tuple[list[object], list[str]]:
    """Return kind, number, page and printed text of each place of a row, and `check status` of each check."""
    name = find_table(con, table)
    columns = key_columns(
        con, name, {**keys.primary_keys(), ("marts", "fct_first"): ("report_key", "cell_no")}
    )
    traced = trace_row(con, name, columns, values)
    assert traced.report["file_name"] == "决算.pdf"
    places = [(p["kind"], p.get("number"), p["page"], p["printed"]) for p in traced.places]
    return places, [f"{check['check_id']} {check['status']}" for check in traced.checks]


@pytest.mark.parametrize(
    ("table", "values", "places", "checks"),
    [
        # a row of a mart is made of all the cells of its printed row; the failed check comes first
        (
            "fct_income",
            ["1"],
            [("cell", 1, 7, "8.00"), ("cell", 2, 7, "8.00"), ("cell", 3, 7, None)],
            ["F02-COL fail", "F02-ROW exact", "N-F02 exact"],
        ),
        ("fct_first", ["1"], [("cell", 1, 7, "8.00")], ["F02-ROW exact", "N-F02 exact"]),
        ("audit.reported_amount", ["3"], [("cell", 3, 7, None)], ["F02-ROW exact"]),
        ("narrative_claim", ["1"], [("claim", 1, 9, "8.00")], ["N-F02 exact"]),
        (
            "performance_indicator",
            ["2", "5"],
            [("indicator", 5, 12, "12")],
            ["E-DEV fail", "E-SUM rounding"],  # not what is about another line
        ),
        (
            "project_evaluation",
            ["2"],
            [("evaluation", 2, 11, "95")],
            ["E-DEV fail", "E-RATE exact", "E-SUM rounding"],
        ),
        ("unmapped", ["1"], [("place", None, 8, "月球表")], []),
        ("report", [], [], []),
    ],
)
def test_a_row_leads_to_its_places_and_checks(
    traced: duckdb.DuckDBPyConnection,
    table: str,
    values: list[str],
    places: list[object],
    checks: list[str],
) -> None:
    assert chain(traced, table, KEY, *values) == (places, checks)


def test_a_row_known_by_the_hash_of_its_file_leads_to_the_report(traced: duckdb.DuckDBPyConnection) -> None:
    assert chain(traced, "outcome", SHA256, "document") == ([], [])


def test_amounts_stay_exact(traced: duckdb.DuckDBPyConnection) -> None:
    found = trace_row(traced, ("audit", "reported_amount"), ("report_key", "cell_no"), (KEY, "1"))
    assert found.places[0]["amount_yuan"] == Decimal("80000.00")


@pytest.mark.parametrize(
    ("table", "values", "message"),
    [
        ("moon", [], "moon: no such table; there are audit.cause"),
        ("marts.form", [], "marts.form: its rows belong to no single report"),
        ("form", [], "form: name its schema: audit.form, marts.form"),
        ("check_result", [KEY], "audit.check_result: no key is stated"),
        ("fct_income", [KEY, "7"], f"no row with report_key = {KEY}, cell_no = 7; of this report it has 1"),
        ("unmapped", ["b" * 16, "1"], "unmapped_no = 1; it has none of this report"),
    ],
)
def test_what_cannot_be_traced_is_told(
    traced: duckdb.DuckDBPyConnection, table: str, values: list[str], message: str
) -> None:
    with pytest.raises(TraceError, match=message):
        chain(traced, table, *values)


def test_a_key_that_names_several_rows_is_told(traced: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(TraceError, match="has several rows with report_key"):
        trace_row(traced, ("audit", "reported_amount"), ("report_key",), (KEY,))


def test_a_database_of_another_version_is_told(traced: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(TraceError, match="has no column new_no: the database was published by another"):
        key_columns(traced, ("audit", "form"), {("audit", "form"): ("report_key", "new_no")})


def test_keys_are_those_that_the_dbt_project_states() -> None:
    stated = keys.primary_keys()
    assert stated["audit", "performance_indicator"] == ("report_key", "evaluation_no", "indicator_no")
    assert stated["marts", "fct_reported_amount"] == ("report_key", "cell_no")
    assert stated["marts", "fct_three_public"] == ("report_key", "phase")
    assert ("audit", "check_result") not in stated
    to_report = keys.Reference("report_key", ("marts", "dim_report"), "report_key")
    references = keys.foreign_keys()
    assert to_report in references["marts", "fct_income"]
    to_file = keys.Reference("report_key", ("audit", "report"), "report_key")
    assert references["audit", "narrative_claim"] == [to_file]
    assert ("audit", "report") not in references
