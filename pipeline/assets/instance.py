"""The Dagster instance of this installation: its home, and runs that were killed.

Belongs here: what makes `fiscal ingest` and `fiscal ui` share one run history. Does not: the graph.
"""

import logging
import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.config import settings
from pipeline.staging import write_atomically

if TYPE_CHECKING:
    import dagster as dg

log = logging.getLogger(__name__)

_TEMPLATE = Path(__file__).with_name("dagster.yaml")
HOST_TAG, PROCESS_TAG = "fiscal/host", "fiscal/process"


def prepare_home() -> Path:
    """Make the Dagster home, and tell this process and its children about it; no telemetry from here on."""
    home = settings().dagster_home.resolve()
    configuration = home / "dagster.yaml"
    wanted = _TEMPLATE.read_bytes()
    if not configuration.exists() or configuration.read_bytes() != wanted:
        write_atomically(configuration, wanted)
    os.environ["DAGSTER_HOME"] = str(home)
    os.environ["DAGSTER_DISABLE_TELEMETRY"] = "1"
    os.environ["DO_NOT_TRACK"] = "1"
    return home


def process_tags() -> dict[str, str]:
    """Return the tags by which a run in this process can be told from a killed one."""
    return {HOST_TAG: socket.gethostname(), PROCESS_TAG: str(os.getpid())}


def end_killed_runs(instance: "dg.DagsterInstance") -> list[str]:
    """End the runs on this host whose process is gone, free the pools they hold, and return their ids.

    Nobody else would: such a run is not launched by the daemon, and the next one would wait for its pools.
    """
    import dagster as dg

    unfinished = dg.RunsFilter(
        statuses=[dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED],
        tags={HOST_TAG: socket.gethostname()},
    )
    ended = []
    for run in instance.get_runs(filters=unfinished):
        if not _alive(int(run.tags[PROCESS_TAG])):
            instance.report_run_failed(run, message="The process of this run ended without finishing it.")
            instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
            log.warning("run=%s status=ended message=its process was killed", run.run_id)
            ended.append(run.run_id)
    return ended


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
