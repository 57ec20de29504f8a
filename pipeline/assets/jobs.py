"""The one job: everything, for the fiscal years of a run."""

import dagster as dg

from pipeline.assets.common import YEARS

ingest_job = dg.define_asset_job(
    "ingest",
    selection=dg.AssetSelection.all(),
    partitions_def=YEARS,
    description="From the archived files of the chosen fiscal years to the published database.",
)
