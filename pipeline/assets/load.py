"""The load as assets: the tables of `audit` (everything read) and `raw` (accepted reports only)."""

from collections import Counter
from collections.abc import Iterator

import dagster as dg

from pipeline import stages
from pipeline.assets.common import ONE_RUN, OWNERS, WRITERS, YEARS, archived, rows_of_table, table
from pipeline.assets.gate import gate_record
from pipeline.audit.results import ACCEPTED
from pipeline.audit.rulebook import rulebook
from pipeline.warehouse.database import described_sources, open_build

LOADED = {key: texts[""] for key, texts in described_sources().items() if key != ("audit", "publication")}
"""The tables that the load writes, with what they are; `publication` is written by `published`."""

# Accepted reports whose facts are not those the gate vouched for: the load makes this impossible.
_UNVOUCHED = f"""
    select count(*)
    from raw.report as r
    left join audit.gate as g using (report_key, content_hash)
    where g.report_key is null or r.verdict not in {ACCEPTED}
"""

_DISAGREEING = """
    select report_key, other_report_key, check_id, severity, status, difference, unit, message
    from audit.check_result
    where check_id in (select unnest($1::varchar[])) and status in ('fail', 'improbable_rounding')
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
    summaries = stages.load_reports(archived(context))
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
        disagreeing = con.execute(_DISAGREEING, [rulebook().year_ids()]).to_arrow_table().to_pylist()
    yield dg.AssetCheckResult(
        check_name="only_vouched_reports",
        asset_key=["raw", "report"],
        passed=unvouched == 0,
        metadata={"unvouched": unvouched},
    )
    yield dg.AssetCheckResult(
        check_name="years_agree",
        asset_key=["audit", "check_result"],
        passed=not any(row["severity"] == "W" for row in disagreeing),
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"results": len(disagreeing), "disagreeing": table(disagreeing)},
    )
