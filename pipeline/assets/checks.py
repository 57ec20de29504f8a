"""Checks as an asset: the result of every identity of the rulebook on every report."""

import dagster as dg

from pipeline import stages
from pipeline.assets.common import ONE_RUN, OWNERS, YEARS, Result, archived, counts, existing, query, table
from pipeline.assets.facts import report_facts
from pipeline.audit.results import SEVERITIES

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
_WORST = """
    select report_key, count(*) filter (severity = 'H') as hard, count(*) filter (severity = 'W') as warnings,
        count(*) filter (severity = 'I') as information, list_sort(list(distinct check_id)) as checks,
        'fiscal checks ' || report_key || ' --failed' as look
    from staged
    where status = 'fail'
    group by report_key
    order by hard desc, warnings desc, information desc, report_key
    limit 10
"""


@dg.asset(
    deps=[report_facts],
    partitions_def=YEARS,
    backfill_policy=ONE_RUN,
    group_name="audit",
    owners=OWNERS,
    kinds={"duckdb", "parquet"},
    check_specs=[
        dg.AssetCheckSpec(
            "hard_identities_hold", asset="check_result", description="No check of severity H failed."
        ),
        dg.AssetCheckSpec(
            "soft_identities_hold", asset="check_result", description="No check of severity W or I failed."
        ),
    ],
)
def check_result(context: dg.AssetExecutionContext) -> Result:
    """Check results: what is reported, what follows from the parts, the difference."""
    files = archived(context)
    result = stages.check_reports(files)
    paths = [report.check for report in existing(files, "checks")]
    by_status = query(paths, _BY_STATUS)
    failed = dict.fromkeys(SEVERITIES, 0)
    for row in by_status:
        if row["status"] == "fail":
            failed[row["severity"]] += row["results"]
    worst = table(query(paths, _WORST))
    return dg.MaterializeResult(
        metadata={
            **counts(result),
            "dagster/row_count": sum(row["results"] for row in by_status),
            "by_status": table(by_status),
            "failed_checks": table(query(paths, _FAILED)),
        },
        check_results=[
            dg.AssetCheckResult(
                check_name=name,
                passed=not any(failed[severity] for severity in severities),
                severity=dg.AssetCheckSeverity.WARN,
                metadata={
                    **{f"failed_{severity}": failed[severity] for severity in severities},
                    "worst_reports": worst,
                },
            )
            for name, severities in (("hard_identities_hold", "H"), ("soft_identities_hold", "WI"))
        ],
    )
