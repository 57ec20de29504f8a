"""Checks as an asset: the result of every identity of the rulebook on the reports of a run.

What the results of all reports come to is told where they are loaded (`load`).
"""

import dagster as dg

from pipeline import stages
from pipeline.assets.common import ONE_RUN, OWNERS, YEARS, Result, counts, due, existing, query, table
from pipeline.assets.facts import report_facts

_BY_STATUS = """
    select severity, status, count(*) as results, count(distinct report_key) as reports
    from staged
    group by all
    order by all
"""

_FAILED = """
    select report_key, check_id, form_code, subject, measure, severity, reported, computed, difference, page,
        message
    from staged
    where status = 'fail'
    order by severity, report_key, check_id
"""


@dg.asset(
    deps=[report_facts],
    partitions_def=YEARS,
    backfill_policy=ONE_RUN,
    group_name="audit",
    owners=OWNERS,
    kinds={"duckdb", "parquet"},
)
def check_result(context: dg.AssetExecutionContext) -> Result:
    """Check results: what is reported, what follows from the parts, the difference."""
    files = due(context)
    result = stages.check_reports(files)
    paths = [report.check for report in existing(files, "checks")]
    return dg.MaterializeResult(
        metadata={
            **counts(result),
            "by_status": table(query(paths, _BY_STATUS)),
            "failed_checks": table(query(paths, _FAILED)),
        }
    )
