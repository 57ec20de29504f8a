"""Running the graph in this process, against the same Dagster instance as the UI.

Belongs here: what `fiscal ingest` needs of Dagster. Does not: what is printed (`cli`).
"""

import contextlib
import io
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pipeline.acquire.archive import FOLDERS
from pipeline.assets.instance import end_killed_runs, prepare_home, process_tags

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Run:
    """How a run ended. `errors` say which step failed and why, in the words of the exceptions."""

    run_id: str
    success: bool
    errors: tuple[str, ...]


def run_years(years: Iterable[str]) -> Run:
    """Run the whole graph for the range of folders that covers `years`, as one run, to its end.

    Folders inside the range that have nothing new cost next to nothing.
    """
    prepare_home()
    import dagster as dg
    from dagster._core.storage.tags import ASSET_PARTITION_RANGE_END_TAG, ASSET_PARTITION_RANGE_START_TAG

    from pipeline.definitions import defs

    wanted = sorted(years, key=FOLDERS.index)
    tags = {
        **process_tags(),
        ASSET_PARTITION_RANGE_START_TAG: wanted[0],
        ASSET_PARTITION_RANGE_END_TAG: wanted[-1],
    }
    with dg.DagsterInstance.get() as instance:
        end_killed_runs(instance)
        # dbt's own lines go to standard output, which belongs to the command.
        with contextlib.redirect_stdout(io.StringIO()):
            result = defs.resolve_job_def("ingest").execute_in_process(
                instance=instance,
                tags=tags,
                run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
                raise_on_error=False,
            )
    return Run(result.run_id, result.success, tuple(_errors(result.all_events)))


def _errors(events: Iterable[object]) -> Iterator[str]:
    import dagster as dg

    for event in events:
        if isinstance(event, dg.DagsterEvent) and event.is_step_failure:
            error = event.step_failure_data.error
            while error is not None and error.cause is not None:
                error = error.cause
            yield f"{event.step_key}: {error.message.strip() if error is not None else event.message}"
