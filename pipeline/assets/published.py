"""The published database as an asset."""

import dagster as dg

from pipeline.assets.common import OWNERS, WRITERS, Result, table
from pipeline.assets.load import LOADED
from pipeline.assets.models import warehouse_models
from pipeline.warehouse.arrivals import ARRIVAL_TABLES
from pipeline.warehouse.publish import publish


@dg.asset(
    deps=[
        *(dg.AssetKey(key) for key in LOADED if key[0] == "audit"),
        *(["audit", name] for name in ARRIVAL_TABLES),
        *(key for key in warehouse_models.keys if key.path[0] == "marts"),
    ],
    pool=WRITERS,
    group_name="publish",
    owners=OWNERS,
    kinds={"duckdb"},
)
def published_database() -> Result:
    """Read-only database that users open, replaced by rename when anything changed."""
    publication = publish()
    return dg.MaterializeResult(
        metadata={
            "path": dg.MetadataValue.path(publication.path),
            "changed": publication.published,
            "updated": publication.updated,
            "state_hash": publication.state_hash,
            "seconds": round(publication.seconds, 3),
            "rows": table({"table": name, "rows": rows} for name, rows in publication.rows.items()),
        }
    )
