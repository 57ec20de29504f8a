"""Facts as an asset: header, forms and reported amounts of each document."""

import dagster as dg

from pipeline import stages
from pipeline.assets.common import (
    ONE_RUN,
    OWNERS,
    READERS,
    YEARS,
    Result,
    counts,
    due,
    existing,
    query,
    table,
)
from pipeline.assets.reading import document

_REPORTS = """
    select fiscal_year, department_name, report_kind, unit, pages, template, report_key
    from staged
    order by fiscal_year, department_name, report_key
"""
_AMOUNTS = """
    select form_code, count(*) as cells, count(amount_printed) as printed,
        count(distinct report_key) as reports
    from staged
    group by form_code
    order by form_code
"""


@dg.asset(
    deps=[document],
    partitions_def=YEARS,
    backfill_policy=ONE_RUN,
    pool=READERS,
    group_name="forms",
    owners=OWNERS,
    kinds={"python", "parquet"},
)
def report_facts(context: dg.AssetExecutionContext) -> Result:
    """Facts as each report prints them: its header, its statutory forms, and every cell of their rows."""
    files = due(context)
    result = stages.derive_facts(files)
    reports = existing(files, "facts")
    return dg.MaterializeResult(
        metadata={
            **counts(result),
            "amounts_by_form": table(query([report.fact("reported_amount") for report in reports], _AMOUNTS)),
            "reports": table(query([report.header for report in reports], _REPORTS)),
        }
    )
