"""The dbt models as assets, their tests as asset checks."""

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtCliResource, dbt_assets
from dagster_dbt.errors import DagsterDbtCliRuntimeError

from pipeline import progress
from pipeline.assets.common import OWNERS, WRITERS, rows_of_table
from pipeline.config import settings
from pipeline.warehouse.database import DBT_PROJECT_DIR, open_build
from pipeline.warehouse.models import BUILD, DATABASE_VARIABLE, ensure_manifest

# Parsing waits until a file of the project is newer than the manifest; no database is needed.
MANIFEST = ensure_manifest()

Event = (
    dg.Output[Any]
    | dg.AssetMaterialization
    | dg.AssetObservation
    | dg.AssetCheckResult
    | dg.AssetCheckEvaluation
)


class Translator(DagsterDbtTranslator):
    """Names dbt nodes in the graph: sources and models by schema and table, grouped by schema."""

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """Return the schema of a node: seeds, staging or marts."""
        schema = dbt_resource_props["config"].get("schema")
        return str(schema) if schema else super().get_group_name(dbt_resource_props)

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> list[str]:
        """Return the owners of every asset of the project."""
        return OWNERS


@dbt_assets(manifest=MANIFEST, dagster_dbt_translator=Translator(), pool=WRITERS)
def warehouse_models(context: dg.AssetExecutionContext, dbt: DbtCliResource) -> Iterator[Event]:
    """Build seeds, staging and marts from the accepted reports and run their tests."""
    progress.report("marts", 0, 1)
    os.environ[DATABASE_VARIABLE] = str(settings().build_database.resolve())
    build = dbt.cli(
        BUILD,
        context=context,
        target_path=settings().build_dir.resolve() / "dbt",
    )
    # Models are told of only after dbt has let the database go: then their rows can be counted and shown.
    built: list[dg.Output[Any]] = []
    failure = None
    try:
        for event in build.stream():
            if isinstance(event, dg.Output):
                built.append(event)
            else:
                yield event
    except DagsterDbtCliRuntimeError as error:
        failure = error  # a later model or a test; what was built was built
    with open_build() as con:
        for event in built:
            schema, name = context.asset_key_for_output(event.output_name).path
            yield event.with_metadata({**event.metadata, **rows_of_table(con, schema, name)})
    if failure is not None:
        raise failure
    progress.report("marts", 1, 1)


dbt_resource = DbtCliResource(
    project_dir=str(DBT_PROJECT_DIR),
    profiles_dir=str(DBT_PROJECT_DIR),
    # The one beside this Python: the environment need not be activated.
    dbt_executable=str(Path(sys.executable).with_name("dbt")),
)
