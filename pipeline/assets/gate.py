"""The gate as an asset: the verdict on each report, and why."""

from collections import Counter

import dagster as dg

from pipeline import stages
from pipeline.assets.checks import check_result
from pipeline.assets.common import ONE_RUN, OWNERS, YEARS, Result, counts, due, existing, table
from pipeline.warehouse.batch import read_gate


@dg.asset(
    deps=[check_result],
    partitions_def=YEARS,
    backfill_policy=ONE_RUN,
    group_name="audit",
    owners=OWNERS,
    kinds={"python", "greatexpectations"},
    check_specs=[
        dg.AssetCheckSpec(
            "every_decision_concerns_a_report",
            asset="gate_record",
            description="Waivers and corrections are about archived files.",
        ),
    ],
)
def gate_record(context: dg.AssetExecutionContext) -> Result:
    """Verdicts of the Great Expectations suites on each report; the load refuses facts without one."""
    files = due(context)
    result = stages.gate_reports(files)
    names = {file.sha256: file.manifest.original_name for file in files}
    records = [read_gate(report) for report in existing(files, "gate")]
    about_nothing = stages.decisions_about_nothing()
    return dg.MaterializeResult(
        metadata={
            **counts(result),
            "verdicts": dict(Counter(record.verdict for record in records)),
            "reports": table(
                {"file": names[record.sha256], "verdict": record.verdict, "reasons": record.reasons}
                for record in records
            ),
        },
        check_results=[
            dg.AssetCheckResult(
                check_name="every_decision_concerns_a_report",
                passed=not about_nothing,
                metadata={"about_no_archived_file": about_nothing},
            ),
        ],
    )
