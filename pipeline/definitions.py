"""The asset graph: assets, checks, jobs, schedules, sensors, resources.

Belongs here: putting together what `assets` defines. Does not: any definition of its own. Loads without a
database and without an archive.
"""

import dagster as dg

from pipeline.assets import (
    archive,
    arrivals,
    checks,
    crawled,
    facts,
    gate,
    load,
    models,
    published,
    reading,
    sensors,
)
from pipeline.assets.jobs import crawl_job, ingest_job

defs = dg.Definitions(
    assets=[
        crawled.crawled_portal,
        archive.report_archive,
        reading.document,
        facts.report_facts,
        checks.check_result,
        gate.gate_record,
        load.warehouse_load,
        arrivals.arrival_load,
        models.warehouse_models,
        published.published_database,
    ],
    asset_checks=[arrivals.no_expected_report_is_overdue],
    jobs=[crawl_job, ingest_job],
    schedules=[sensors.due_portals, sensors.daily_catch_up],
    sensors=[sensors.inbox_sensor, sensors.crawl_sensor],
    resources={"dbt": models.dbt_resource},
    executor=dg.in_process_executor,
)
