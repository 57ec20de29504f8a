"""The graph is what the snapshot beside this file says.

After a change that is meant, `python -m tests.orchestration.test_graph` writes it anew; read its diff.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import dagster as dg
import yaml

SNAPSHOT = Path(__file__).with_name("graph.json")
PROJECT = Path(__file__).parents[2]


def describe(defs: dg.Definitions) -> dict[str, Any]:
    graph = defs.resolve_asset_graph()
    nodes = [graph.get(key) for key in graph.get_all_asset_keys()]
    specs = {key: spec for asset in defs.assets or [] for spec in asset.specs for key in [spec.key]}  # type: ignore[union-attr]
    repository = defs.get_repository_def()
    return {
        "assets": {
            node.key.to_user_string(): {
                "after": sorted(key.to_user_string() for key in node.parent_keys),
                "group": node.group_name,
                "kinds": sorted(node.kinds),
                "owners": sorted(node.owners),
                "partitioned": node.is_partitioned,
                "pools": sorted(node.pools or ()),
                "described": bool(specs[node.key].description),
            }
            for node in sorted(nodes, key=lambda node: node.key)
            if node.key in specs
        },
        "checks": sorted(key.to_user_string() for key in graph.asset_check_keys),
        "jobs": sorted(job.name for job in repository.get_all_jobs()),
        "schedules": {
            schedule.name: [schedule.cron_schedule, schedule.default_status.value]
            for schedule in repository.schedule_defs
        },
        "sensors": {
            sensor.name: [sensor.minimum_interval_seconds, sensor.default_status.value]
            for sensor in repository.sensor_defs
        },
    }


def written(description: dict[str, Any]) -> str:
    return json.dumps(description, indent=1, ensure_ascii=False) + "\n"


def test_the_graph_is_that_of_the_snapshot() -> None:
    from pipeline.definitions import defs

    assert written(describe(defs)) == SNAPSHOT.read_text(encoding="utf-8")


def test_every_asset_has_an_owner_a_group_a_kind_and_a_description() -> None:
    assets = json.loads(SNAPSHOT.read_text(encoding="utf-8"))["assets"]
    assert len(assets) > 20
    lacking = {
        key for key, asset in assets.items() if not all(asset[name] for name in ("owners", "group", "kinds"))
    }
    assert lacking == set()
    assert {key for key, asset in assets.items() if not asset["described"]} == set()


def test_writers_take_turns() -> None:
    assets = json.loads(SNAPSHOT.read_text(encoding="utf-8"))["assets"]
    writers = {key for key, asset in assets.items() if asset["pools"] == ["writers"]}
    assert {"raw/report", "audit/report", "marts/fct_reported_amount", "published_database"} <= writers
    instance = yaml.safe_load((PROJECT / "pipeline" / "assets" / "dagster.yaml").read_text())
    assert instance["concurrency"]["pools"]["default_limit"] == 1
    assert instance["telemetry"] == {"enabled": False}


def test_the_workspace_loads_the_definitions_without_any_data(data_dir: Path) -> None:
    [entry] = yaml.safe_load((PROJECT / "workspace.yaml").read_text())["load_from"]
    module = entry["python_module"]["module_name"]
    code = f"import {module}; print(len({module}.defs.resolve_asset_graph().get_all_asset_keys()))"
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert int(found.stdout) > 20
    assert not data_dir.exists()


if __name__ == "__main__":
    from pipeline.definitions import defs as definitions

    SNAPSHOT.write_text(written(describe(definitions)), encoding="utf-8")
