"""The one job: everything, for the fiscal years of a run."""

import dagster as dg

ingest_job = dg.define_asset_job(
    "ingest",
    selection=dg.AssetSelection.all(),
    description="From the archived files of the chosen fiscal years to the published database.",
)
