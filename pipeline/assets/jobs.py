"""The jobs: crawling, for the portals of a run, and everything else, for the fiscal years of a run."""

import dagster as dg

from pipeline.assets.crawled import crawled_portal

crawl_job = dg.define_asset_job(
    "crawl",
    selection=dg.AssetSelection.assets(crawled_portal),
    description="Fetch what is new at the chosen portal into the archive.",
)

ingest_job = dg.define_asset_job(
    "ingest",
    selection=dg.AssetSelection.all() - dg.AssetSelection.assets(crawled_portal),
    description="From the archived files of the chosen fiscal years to the published database.",
)
