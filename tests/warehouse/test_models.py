"""The marts: literal figures of a tiny warehouse, and that they follow what is loaded."""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import duckdb
import msgspec
import pytest

from pipeline.warehouse import models
from pipeline.warehouse.database import open_build
from pipeline.warehouse.load import load_batch
from pipeline.warehouse.models import ModelsError, build_models, ensure_manifest
from tests.warehouse.reports import ROWS, Report, archived, changed_amount, failed, stage_report

GOOD = Report("good")
EARLIER = Report("earlier", year=2022)
HELD_BACK = Report("held back", department="示例市其他局", verdict="quarantined", check_status="fail")
LOCKED = Report("locked")
COMPARED = (
    "select fiscal_year, expenditure_prior_yuan, expenditure_prior_source, expenditure_growth_percent"
    " from marts.mart_department_year order by fiscal_year"
)
Query = Callable[[str], list[tuple[object, ...]]]


def load(database: Path, *reports: Report) -> None:
    with open_build(database) as con:
        load_batch(
            con,
            [stage_report(report, database.parent / "staged") for report in reports],
            [archived(report) for report in (*reports, LOCKED)],
            [failed(LOCKED)],
        )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """Return a build database with two accepted reports and one held back, built with all tests."""
    database = tmp_path_factory.mktemp("models") / "build.duckdb"
    load(database, GOOD, EARLIER, HELD_BACK)
    summary = build_models(database, unit_tests=True)
    assert summary.warnings == ()
    assert set(summary.statuses) == {"success", "pass"}
    with open_build(database) as con:
        yield con


@pytest.fixture
def query(built: duckdb.DuckDBPyConnection) -> Query:
    return lambda sql: built.execute(sql).fetchall()


def test_only_accepted_reports_are_in_the_marts(query: Query) -> None:
    assert query("select report_key, fiscal_year from marts.dim_report order by 2") == [
        (EARLIER.key, 2022),
        (GOOD.key, 2023),
    ]
    facts = ("reported_amount", "income", "expenditure", "basic_expenditure", "three_public", "check_result")
    for fact in facts:
        found = query(f"select distinct report_key from marts.fct_{fact}")
        assert set(found) == {(EARLIER.key,), (GOOD.key,)}


def test_the_summary_counts_every_result_of_all_reports(query: Query) -> None:
    counted = "exact + rounding + improbable_rounding + fail + not_applicable + not_evaluable"
    assert query(f"select sum({counted}) from audit.check_summary") == query(
        "select count(*) from audit.check_result"
    )
    failed = "select distinct check_id, fiscal_year, reports_failed from audit.check_summary where fail > 0"
    assert query(failed) == query(
        "select check_id, fiscal_year, count(distinct report_key) from audit.check_result"
        " join audit.report using (report_key) where status = 'fail' group by all"
    )
    assert len(query(failed)) > 0  # of the report that is held back


def test_a_row_of_the_income_form(query: Query) -> None:
    found = query(
        "select row_level, is_leaf, total_yuan, fiscal_appropriation_yuan, other_yuan, operating_yuan,"
        " rounding_yuan, page from marts.fct_income"
        f" where function_code = '2010302' and report_key = '{GOOD.key}'"
    )
    assert found == [
        (
            "item",
            True,
            Decimal("2345600.00"),
            Decimal("2000000.00"),
            Decimal("345600.00"),
            None,
            Decimal(150),
            2,
        )
    ]


def test_leaves_of_a_scope_add_up_to_its_total(query: Query) -> None:
    found = query(
        "select scope, sum(total_yuan) filter (where is_leaf),"
        " sum(total_yuan) filter (where row_level = 'total')"
        " from marts.fct_expenditure where fiscal_year = 2023 group by scope order by scope"
    )
    assert found == [
        ("all_funds", Decimal("10345600.00"), Decimal("10345600.00")),
        ("general_public_budget", Decimal("10000000.00"), Decimal("10000000.00")),
    ]


def test_parents_are_no_leaves(query: Query) -> None:
    found = query(
        "select function_code, row_level, is_leaf from marts.fct_expenditure"
        f" where form_code = 'F03' and report_key = '{GOOD.key}' order by cell_no"
    )
    assert found == [
        (None, "total", False),
        ("201", "class", False),
        ("20103", "group", False),
        ("2010301", "item", True),
        ("2010302", "item", True),
    ]


def test_basic_expenditure_by_cost_group(query: Query) -> None:
    found = query(
        "select cost_group, sum(amount_yuan) from marts.fct_basic_expenditure"
        " join marts.dim_economic_subject using (economic_code)"
        " where is_leaf and fiscal_year = 2023 group by cost_group order by cost_group"
    )
    assert found == [("personnel", Decimal("7000000.00")), ("public", Decimal("1000000.00"))]


def test_budget_and_final_of_the_three_public_expenses(query: Query) -> None:
    found = query(
        "select phase, total_yuan, overseas_yuan, vehicle_yuan, vehicle_operation_yuan"
        f" from marts.fct_three_public where report_key = '{GOOD.key}' order by phase"
    )
    assert found == [
        ("budget", Decimal("50000.00"), None, Decimal("50000.00"), Decimal("50000.00")),
        ("final", Decimal("32500.00"), None, Decimal("32500.00"), Decimal("32500.00")),
    ]


def test_a_year_of_a_department(query: Query) -> None:
    assert query(COMPARED) == [
        (2022, None, None, None),
        (2023, Decimal("10345600.00"), "prior_report", Decimal(0)),
    ]
    assert query(
        "select basic_share_percent, project_share_percent, personnel_share_percent,"
        " three_public_share_percent, carry_over_percent, execution_percent, is_renamed,"
        " is_template_changed, is_waived"
        " from marts.mart_department_year where fiscal_year = 2023"
    ) == [
        (
            Decimal("77.3276"),
            Decimal("22.6724"),
            Decimal("87.5000"),
            Decimal("0.3250"),
            None,  # neither balance nor budget is printed: unknown, not zero
            None,
            False,
            False,
            False,
        )
    ]


def test_the_funds_of_a_subject_side_by_side(query: Query) -> None:
    assert query(
        "select function_code, is_leaf, income_yuan, expenditure_yuan, general_budget_yuan,"
        " government_fund_yuan, share_percent from marts.mart_function_year"
        " where fiscal_year = 2023 and function_code in ('20103', '2010302') order by 1"
    ) == [
        ("20103", False, None, Decimal("10345600.00"), None, None, Decimal("100.0000")),
        (
            "2010302",
            True,
            Decimal("2345600.00"),
            Decimal("2345600.00"),
            Decimal("2000000.00"),
            None,
            Decimal("22.6724"),
        ),
    ]


def test_a_rank_within_its_year(query: Query) -> None:
    assert query(
        "select fiscal_year, rank_no, departments, value from marts.mart_ranking"
        " where measure = 'project_share_percent' order by 1"
    ) == [(2022, 1, 1, Decimal("22.6724")), (2023, 1, 1, Decimal("22.6724"))]


def test_every_mart_names_its_key() -> None:
    nodes = msgspec.json.decode(ensure_manifest().read_bytes())["nodes"].values()
    marts = [node for node in nodes if node["resource_type"] == "model" and node["schema"] == "marts"]
    lacking = {node["name"] for node in marts if not set(node["meta"].get("key", [])) <= set(node["columns"])}
    assert lacking | {node["name"] for node in marts if not node["meta"].get("key")} == set()


def test_every_printed_cell_is_a_row_with_its_place(query: Query) -> None:
    assert query("select count(*) from marts.fct_reported_amount") == [(2 * len(ROWS),)]
    assert query(
        "select measure_key, amount_printed, amount_yuan, page, row_no, x0, bottom, function_code"
        f" from marts.fct_reported_amount where report_key = '{GOOD.key}' and cell_no = 4"
    ) == [("F01.expenditure.final", "1034.56", Decimal("10345600.00"), 1, 4, 10.0, 32.0, "201")]


def test_subjects_carry_the_names_of_their_class(query: Query) -> None:
    found = query(
        "select function_code, name_zh, is_known, class_name_en from marts.dim_function_subject"
        " where function_code in ('2010301', '2010302', '201') order by 1"
    )
    assert found == [
        ("201", "一般公共服务支出", True, "General public services"),
        ("2010301", "行政运行", True, "General public services"),
        ("2010302", "一般行政管理事务", True, "General public services"),
    ]


def test_descriptions_are_comments_of_the_database(query: Query) -> None:
    assert query(
        "select comment from duckdb_columns() where schema_name = 'marts' and table_name = 'fct_three_public'"
        " and column_name = 'reception_yuan'"
    ) == [("公务接待费(元)。Official receptions in 元.",)]


@pytest.mark.slow
def test_the_marts_follow_what_is_loaded(tmp_path: Path) -> None:
    database = tmp_path / "build.duckdb"
    load(database, GOOD)
    build_models(database)
    # Replaced, one new, one with a code that no list has.
    odd = replace(EARLIER, rows=[("F02", None, "9990101", "星际事务", None, "subject", "total", "1.00")])
    load(database, changed_amount(GOOD, 17, "801.00"), odd)
    build_models(database)
    totals = (
        "select report_key, sum(total_yuan) from marts.fct_expenditure"
        " where form_code = 'F03' and function_code = '2010301' group by 1"
    )
    with open_build(database) as con:
        assert con.execute(totals).fetchall() == [(GOOD.key, Decimal("8010000.00"))]
        assert con.execute(
            "select function_code, subject_level, name_zh, is_known, parent_code"
            " from marts.dim_function_subject where class_code = '999' order by 1"
        ).fetchall() == [
            ("999", "class", None, False, None),
            ("99901", "group", None, False, "999"),
            ("9990101", "item", "星际事务", False, "99901"),
        ]
    # A newer version of the same report takes its place; then that is held back.
    newer = replace(changed_amount(GOOD, 17, "802.00"), name="newer", published_at="2025-01-01")
    load(database, newer)
    build_models(database)
    with open_build(database) as con:
        assert con.execute(totals).fetchall() == [(newer.key, Decimal("8020000.00"))]
    load(database, replace(newer, verdict="quarantined", check_status="fail"))
    build_models(database)
    with open_build(database) as con:
        assert con.execute(totals).fetchall() == [(GOOD.key, Decimal("8010000.00"))]


@pytest.mark.slow
def test_a_changed_model_is_made_anew_for_all_reports(tmp_path: Path) -> None:
    database = tmp_path / "build.duckdb"
    load(database, GOOD)
    build_models(database)
    with open_build(database) as con:
        con.execute("update marts.fct_income set total_yuan = 0")  # what an older model made
    load(database, HELD_BACK)
    build_models(database)
    with open_build(database) as con:
        income = f"select max(total_yuan) from marts.fct_income where report_key = '{GOOD.key}'"
        assert con.execute(income).fetchall() == [(0,)]
        con.execute("alter table marts.fct_income alter column page type varchar")
        con.execute("update internal.model_version set version = 'older' where model = 'fct_income'")
    load(database, EARLIER)
    build_models(database)
    with open_build(database) as con:
        assert con.execute(income).fetchall() == [(Decimal("10345600.00"),)]
        # the report of the year before came later: what compares the two follows
        assert con.execute(COMPARED).fetchall() == [
            (2022, None, None, None),
            (2023, Decimal("10345600.00"), "prior_report", Decimal(0)),
        ]
        across_years = f"where check_id like 'Y-%' and report_key = '{GOOD.key}'"
        results = con.execute(f"select count(*) from audit.check_result {across_years}").fetchall()
        assert results != [(0,)]
        assert (
            con.execute(f"select count(*) from marts.fct_check_result {across_years}").fetchall() == results
        )


@pytest.mark.slow
def test_a_row_that_does_not_add_up_is_told_but_a_wrong_grain_stops(tmp_path: Path) -> None:
    database = tmp_path / "build.duckdb"
    load(database, changed_amount(GOOD, 7, "800.02"))  # F02 行政运行: parts 800.00, rounding allows 0.01
    summary = build_models(database)
    assert [warning.split(":")[0] for warning in summary.warnings] == [
        "sum_within_rounding_fct_income_fiscal_appropriation_yuan__superior_subsidy_yuan__institutional_yuan"
        "__operating_yuan__subordinate_remittance_yuan__other_yuan__total_yuan"
    ]
    with open_build(database) as con:
        con.execute("insert into raw.report select * from raw.report")
    with pytest.raises(ModelsError, match="unique_stg_report_report_key"):
        build_models(database)


def test_the_manifest_is_parsed_only_when_the_project_is_newer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = tmp_path / "target" / "manifest.json"
    monkeypatch.setattr(models, "MANIFEST", manifest)
    assert ensure_manifest() == manifest
    first = manifest.stat()
    assert ensure_manifest().stat().st_mtime_ns == first.st_mtime_ns
    os.utime(manifest, (0, 0))
    assert ensure_manifest().stat().st_mtime > 0
    assert [path.name for path in manifest.parent.iterdir()] == ["manifest.json"]
