"""Reading as an asset: the documents of the archived files."""

import dagster as dg

from pipeline import stages
from pipeline.assets.archive import report_archive
from pipeline.assets.common import ONE_RUN, OWNERS, READERS, YEARS, Result, counts, due, table
from pipeline.staging import read_outcome


@dg.asset(
    deps=[report_archive],
    partitions_def=YEARS,
    backfill_policy=ONE_RUN,
    pool=READERS,
    group_name="read",
    owners=OWNERS,
    kinds={"python"},
)
def document(context: dg.AssetExecutionContext) -> Result:
    """Pages of text and ruled tables with their positions, one document per archived file."""
    files = due(context)
    result = stages.read_documents(files)
    rules = stages.rules_in_force()
    ended = [
        (file, outcome)
        for file in files
        if (outcome := read_outcome(stages.staged(file, rules).outcome("document"))) is not None
    ]
    return dg.MaterializeResult(
        metadata={
            **counts(result),
            "documents": table(
                {
                    "year": file.year,
                    "file": file.manifest.original_name,
                    "status": outcome.status,
                    "seconds": outcome.seconds,
                    "error": outcome.error_class,
                }
                for file, outcome in sorted(ended, key=lambda pair: pair[1].at, reverse=True)
            ),
        }
    )
