"""The asset graph: assets, checks, job, schedule, sensor, resources.

Belongs here: putting together what `assets` defines. Does not: any definition of its own. Loads without a
database and without an archive.
"""

import dagster as dg

from pipeline.assets import archive, checks, facts, gate, load, models, published, reading, sensors
from pipeline.assets.jobs import ingest_job

defs = dg.Definitions(
    assets=[
        archive.report_archive,
        reading.document,
        facts.report_facts,
        checks.check_result,
        gate.gate_record,
        load.warehouse_load,
        models.warehouse_models,
        published.published_database,
    ],
    jobs=[ingest_job],
    schedules=[sensors.daily_catch_up],
    sensors=[sensors.inbox_sensor],
    resources={"dbt": models.dbt_resource},
    executor=dg.in_process_executor,
)
