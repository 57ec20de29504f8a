"""The archive as an asset: what it holds of the years of a run."""

from collections import Counter

import dagster as dg

from pipeline.assets.common import ONE_RUN, OWNERS, YEARS, Result, archived, table
from pipeline.assets.crawled import crawled_portal


@dg.asset(
    # Every portal may bring reports of every year.
    deps=[dg.AssetDep(crawled_portal, partition_mapping=dg.AllPartitionMapping())],
    partitions_def=YEARS,
    backfill_policy=ONE_RUN,
    group_name="acquire",
    owners=OWNERS,
    kinds={"file"},
)
def report_archive(context: dg.AssetExecutionContext) -> Result:
    """Report files as they were received, by fiscal year, under their content hash, with a manifest each."""
    files = archived(context)
    newest = sorted(files, key=lambda file: file.manifest.archived_at, reverse=True)
    return dg.MaterializeResult(
        metadata={
            "files": len(files),
            "bytes": sum(file.manifest.bytes for file in files),
            "file_types": dict(Counter(file.manifest.file_type for file in files)),
            "newest": table(
                {
                    "year": file.year,
                    "file": file.manifest.original_name,
                    "type": file.manifest.file_type,
                    "bytes": file.manifest.bytes,
                    "source": file.manifest.source,
                    "archived_at": file.manifest.archived_at,
                }
                for file in newest
            ),
        }
    )
