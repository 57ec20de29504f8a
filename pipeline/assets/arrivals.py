"""Arrivals as assets: what crawls found and which departments must publish, and what is overdue of it."""

from collections.abc import Iterator

import dagster as dg

from pipeline.acquire.expected import usable_lists
from pipeline.acquire.sources import usable_sources
from pipeline.assets.common import OWNERS, WRITERS, rows_in, rows_of_table, table
from pipeline.assets.crawled import crawled_portal
from pipeline.config import settings
from pipeline.warehouse.arrivals import ARRIVAL_TABLES, load_arrivals
from pipeline.warehouse.database import described_sources, open_build

_OVERDUE = """
    select place, fiscal_year, department_name, due_on, expected_by, portal_outcomes, file_url
    from marts.expected_report
    where state = 'missing' and due_on < current_date
    order by fiscal_year desc, place, department_name
"""


@dg.multi_asset(
    specs=[
        dg.AssetSpec(
            ["audit", name],
            # Whatever was crawled: what is loaded already is not looked at again.
            deps=[dg.AssetDep(crawled_portal, partition_mapping=dg.AllPartitionMapping())],
            group_name="audit",
            owners=OWNERS,
            kinds={"duckdb", "table"},
            description=described_sources()["audit", name][""],
        )
        for name in ARRIVAL_TABLES
    ],
    pool=WRITERS,
    check_specs=[
        dg.AssetCheckSpec(
            "sources_are_usable",
            asset=["audit", "source"],
            description="Every file of sources is as it must be.",
        ),
        dg.AssetCheckSpec(
            "lists_are_usable",
            asset=["audit", "expected_department"],
            description="Every list of departments is as it must be.",
        ),
    ],
)
def arrival_load() -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Load crawls that ended since the last load, sources, and lists of departments that must publish."""
    sources, wrong_sources = usable_sources(settings().sources_dir)
    departments, wrong_lists = usable_lists(settings().expected_dir)
    with open_build() as con:
        written = load_arrivals(con, settings().crawl_dir, sources.values(), departments)
        for name in ARRIVAL_TABLES:
            yield dg.MaterializeResult(
                asset_key=["audit", name],
                metadata={**rows_of_table(con, "audit", name), "rows_written": written[name]},
            )
    for check, key, wrong in (
        ("sources_are_usable", "source", wrong_sources),
        ("lists_are_usable", "expected_department", wrong_lists),
    ):
        yield dg.AssetCheckResult(
            check_name=check,
            asset_key=["audit", key],
            passed=not wrong,
            metadata={"wrong": table({"message": str(error)} for error in wrong)},
        )


@dg.asset_check(
    asset=["marts", "expected_report"],
    pool=WRITERS,
    description="Every report that a list or a portal names came by the day it was due.",
)
def no_expected_report_is_overdue() -> dg.AssetCheckResult:
    """Tell which reports should have come by today and did not."""
    with open_build() as con:
        overdue = rows_in(con, _OVERDUE)
    return dg.AssetCheckResult(
        passed=not overdue,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"overdue": len(overdue), "reports": table(overdue)},
    )
