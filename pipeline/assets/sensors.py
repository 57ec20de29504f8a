"""What starts runs without a hand: the inbox, and a daily look for what was left undone.

Belongs here: when a run is due, and for which years. Does not: what a run does.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator

import dagster as dg
import msgspec

from pipeline.acquire.archive import Archive, ArchivedFile
from pipeline.acquire.intake import Refused, archive_files, files_under
from pipeline.assets.jobs import ingest_job
from pipeline.config import settings
from pipeline.stages import not_loaded

SECONDS_BETWEEN_LOOKS = 10

FILES_PER_LOOK = 200
"""Dagster ends a look that takes longer than a minute."""


@dg.sensor(
    job=ingest_job,
    minimum_interval_seconds=SECONDS_BETWEEN_LOOKS,
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def inbox_sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    """Take files dropped into data/raw/inbox into the archive and start a run for their years.

    A file is taken when two looks in a row find the same size and time: it is then complete. It leaves the
    inbox when the archive has it, before the run is asked for; should the run not come about, the daily
    schedule finds the file in the archive.
    """
    inbox = settings().inbox_dir
    inbox.mkdir(parents=True, exist_ok=True)
    before: dict[str, list[int]] = msgspec.json.decode(context.cursor) if context.cursor else {}
    now = {}
    for path in files_under([inbox]):
        status = path.stat()
        now[str(path.relative_to(inbox))] = [status.st_size, status.st_mtime_ns]
    complete = [name for name, state in now.items() if before.get(name) == state][:FILES_PER_LOOK]
    taken = archive_files([inbox / name for name in complete])
    cursor = msgspec.json.encode(now).decode()
    archived = [file for file in taken if isinstance(file, ArchivedFile)]
    due = not_loaded(archived) if archived else []
    if due:
        return dg.SensorResult(run_requests=list(_requests(due)), cursor=cursor)
    reasons = [refused.message for refused in taken if isinstance(refused, Refused)]
    reasons += [f"{file.manifest.original_name}: loaded already" for file in archived]
    waiting = sorted(now.keys() - set(complete))
    if waiting:
        named = ", ".join(waiting[:5])
        reasons.append(f"waiting until the size of {len(waiting)} file(s) is stable: {named}")
    return dg.SensorResult(skip_reason="; ".join(reasons) or f"nothing in {inbox}", cursor=cursor)


def _requests(files: list[ArchivedFile]) -> Iterator[dg.RunRequest]:
    """Yield one run per year; its key is the file's content hash, of several the hash of their hashes."""
    by_year = defaultdict(list)
    for file in files:
        by_year[file.year].append(file)
    for year, group in sorted(by_year.items()):
        hashes = sorted(file.sha256 for file in group)
        key = hashes[0] if len(hashes) == 1 else hashlib.sha256("".join(hashes).encode()).hexdigest()
        names = ", ".join(file.manifest.original_name for file in group)
        yield dg.RunRequest(run_key=key, partition_key=year, tags={"fiscal/files": names[:200]})


@dg.schedule(job=ingest_job, cron_schedule="0 3 * * *", default_status=dg.DefaultScheduleStatus.RUNNING)
def daily_catch_up(
    context: dg.ScheduleEvaluationContext,
) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """Run the years that hold archived files which are not in the published database as they should be.

    Such files come from a run that did not finish, or from a newer reader, form dictionary or rulebook.
    """
    archive = Archive(settings().raw_dir)
    due = {file.year for file in not_loaded(archive.list_files())}
    for year in sorted(due):
        yield dg.RunRequest(partition_key=year)
    if not due:
        yield dg.SkipReason("every archived file is loaded as the rules in force have it")
