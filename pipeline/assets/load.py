"""The load as assets: the tables of `audit` (everything read) and `raw` (accepted reports only).

The asset checks say what all reports of the years of a run come to, old and new: here one query over the
loaded tables tells it, where the stages before know the new reports only.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

import dagster as dg
import duckdb

from pipeline import stages
from pipeline.assets.common import ONE_RUN, OWNERS, WRITERS, YEARS, due, rows_in, rows_of_table, table
from pipeline.assets.gate import gate_record
from pipeline.audit.results import ACCEPTED
from pipeline.audit.rulebook import rulebook
from pipeline.warehouse.arrivals import ARRIVAL_TABLES
from pipeline.warehouse.database import described_sources, open_build

LOADED = {
    key: texts[""]
    for key, texts in described_sources().items()
    if key[0] == "raw" or key[1] not in ("publication", *ARRIVAL_TABLES)
}
"""The tables that the load writes, with what they are; `arrivals` and `published` write the others."""

# Accepted reports whose facts are not those the gate vouched for: the load makes this impossible.
_UNVOUCHED = f"""
    select count(*)
    from raw.report as r
    left join audit.gate as g using (report_key, content_hash)
    where g.report_key is null or r.verdict not in {ACCEPTED}
"""

_NOT_ACCEPTED = """
    select report_key, file_name, fiscal_year, department_name, reasons
    from audit.report
    where partition_year in (select unnest($1::varchar[])) and verdict = $2
    order by file_name, report_key
"""

_FAILED = """
    select c.severity, count(*) as failed, count(distinct c.report_key) as reports
    from audit.check_result as c
    inner join audit.report as r using (report_key)
    where c.status = 'fail' and r.partition_year in (select unnest($1::varchar[]))
    group by c.severity
"""

_WORST = """
    select c.report_key, r.file_name, count(*) filter (c.severity = 'H') as hard,
        count(*) filter (c.severity = 'W') as warnings, count(*) filter (c.severity = 'I') as information,
        list_sort(list(distinct c.check_id)) as checks,
        'fiscal checks ' || c.report_key || ' --failed' as look
    from audit.check_result as c
    inner join audit.report as r using (report_key)
    where c.status = 'fail' and r.partition_year in (select unnest($1::varchar[]))
    group by c.report_key, r.file_name
    order by hard desc, warnings desc, information desc, c.report_key
    limit 10
"""

_REPORT_CHECKS = {
    "every_file_is_readable": ("unreadable", "No archived file failed to be read."),
    "no_report_is_quarantined": ("quarantined", "Every report passed the gate."),
}
_RESULT_CHECKS = {
    "hard_identities_hold": (("H",), "No check of severity H failed."),
    "soft_identities_hold": (("W", "I"), "No check of severity W or I failed."),
}

_DISAGREEING = """
    select c.report_key, c.other_report_key, c.check_id, c.severity, c.status, c.difference, c.unit, c.message
    from audit.check_result as c
    inner join audit.report as r using (report_key)
    where
        r.partition_year in (select unnest($1::varchar[]))
        and c.check_id in (select unnest($2::varchar[]))
        and c.status in ('fail', 'improbable_rounding')
    order by all
"""


@dg.multi_asset(
    specs=[
        dg.AssetSpec(
            list(key),
            deps=[gate_record],
            partitions_def=YEARS,
            group_name=key[0],
            owners=OWNERS,
            kinds={"duckdb", "table"},
            description=description,
        )
        for key, description in LOADED.items()
    ],
    backfill_policy=ONE_RUN,
    pool=WRITERS,
    check_specs=[
        dg.AssetCheckSpec(
            "only_vouched_reports",
            asset=["raw", "report"],
            description="Every report in raw.* was accepted by the gate, with exactly these facts.",
        ),
        *(
            dg.AssetCheckSpec(name, asset=["audit", "report"], description=text)
            for name, (_, text) in _REPORT_CHECKS.items()
        ),
        *(
            dg.AssetCheckSpec(name, asset=["audit", "check_result"], description=text)
            for name, (_, text) in _RESULT_CHECKS.items()
        ),
        dg.AssetCheckSpec(
            "years_agree",
            asset=["audit", "check_result"],
            description="No warning across years: figures and balances go on from the year before.",
        ),
    ],
)
def warehouse_load(
    context: dg.AssetExecutionContext,
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Load staged reports behind their gate records, a batch per transaction."""
    summaries = stages.load_reports(due(context))
    verdicts = sum((Counter(summary.verdicts) for summary in summaries), Counter[str]())
    written = sum((Counter(summary.rows) for summary in summaries), Counter[str]())
    with open_build() as con:
        for schema, name in LOADED:
            yield dg.MaterializeResult(
                asset_key=[schema, name],
                metadata={
                    **rows_of_table(con, schema, name),
                    "rows_written": written[name if schema == "audit" else f"{schema}.{name}"],
                    **({"verdicts": dict(verdicts)} if name == "report" else {}),
                },
            )
        unvouched = con.execute(_UNVOUCHED).fetchall()[0][0]
        found = list(_whole_years(con, context.partition_keys))
    yield from found
    yield dg.AssetCheckResult(
        check_name="only_vouched_reports",
        asset_key=["raw", "report"],
        passed=unvouched == 0,
        metadata={"unvouched": unvouched},
    )


def _whole_years(con: duckdb.DuckDBPyConnection, years: Sequence[str]) -> Iterator[dg.AssetCheckResult]:
    """Yield what the loaded reports of the years come to, each check with the reports to look at."""
    for name, (verdict, _) in _REPORT_CHECKS.items():
        reports = rows_in(con, _NOT_ACCEPTED, list(years), verdict)
        yield dg.AssetCheckResult(
            check_name=name,
            asset_key=["audit", "report"],
            passed=not reports,
            severity=dg.AssetCheckSeverity.WARN,
            metadata={verdict: len(reports), "reports": table(reports)},
        )
    failed = {row["severity"]: row["failed"] for row in rows_in(con, _FAILED, list(years))}
    worst = table(rows_in(con, _WORST, list(years)))
    for name, (severities, _) in _RESULT_CHECKS.items():
        yield dg.AssetCheckResult(
            check_name=name,
            asset_key=["audit", "check_result"],
            passed=not any(severity in failed for severity in severities),
            severity=dg.AssetCheckSeverity.WARN,
            metadata={
                **{f"failed_{severity}": failed.get(severity, 0) for severity in severities},
                "worst_reports": worst,
            },
        )
    disagreeing = rows_in(con, _DISAGREEING, list(years), rulebook().year_ids())
    yield dg.AssetCheckResult(
        check_name="years_agree",
        asset_key=["audit", "check_result"],
        passed=not any(row["severity"] == "W" for row in disagreeing),
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"results": len(disagreeing), "disagreeing": table(disagreeing)},
    )
