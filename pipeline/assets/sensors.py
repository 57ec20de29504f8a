"""What starts runs without a hand: calendars of portals, crawls, the inbox, a daily look for what was left.

Belongs here: when a run is due, for which portal or which years. Does not: what a run does.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime

import dagster as dg
import msgspec

from pipeline.acquire.archive import Archive, ArchivedFile
from pipeline.acquire.crawl_log import CrawlLogError, finished_crawls, latest_summaries, read_crawl
from pipeline.acquire.hints import UNKNOWN
from pipeline.acquire.intake import Refused, archive_files, files_under
from pipeline.acquire.sources import BEIJING, due_sources, usable_sources
from pipeline.assets.crawled import PORTALS
from pipeline.assets.jobs import crawl_job, ingest_job
from pipeline.config import settings
from pipeline.stages import not_loaded
from pipeline.warehouse.arrivals import unpublished_crawls

SECONDS_BETWEEN_LOOKS = 10

FILES_PER_LOOK = 200
"""Dagster ends a look that takes longer than a minute."""

CRAWLS_PER_LOOK = 20


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


@dg.schedule(job=crawl_job, cron_schedule="0 * * * *", default_status=dg.DefaultScheduleStatus.RUNNING)
def due_portals(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """Crawl each portal that is due by its calendar, in a run of its own.

    The key of a run is the portal, its last crawl and the day: asked for every hour, a crawl is started once,
    and one that left no summary is tried again the next day. A wrong file of sources stops no other one.
    """
    when = context.scheduled_execution_time or datetime.now(UTC)
    sources, wrong = usable_sources(settings().sources_dir)
    for error in wrong:
        context.log.error(str(error))
    summaries = latest_summaries(settings().crawl_dir)
    last = {summary.source: summary.crawl_id for summary in summaries}
    due = due_sources(
        # A file that was added after Dagster loaded the graph is no partition of it yet.
        [source for key, source in sources.items() if PORTALS.has_partition_key(key)],
        summaries,
        when,
    )
    for source in due:
        day = when.astimezone(BEIJING).date().isoformat()
        yield dg.RunRequest(
            run_key=f"{source.key} after {last.get(source.key, 'none')} on {day}", partition_key=source.key
        )
    if not due:
        said = "; ".join(["no portal is due (unverified ones never are)", *map(str, wrong)])
        yield dg.SkipReason(said)


@dg.sensor(
    job=ingest_job,
    minimum_interval_seconds=SECONDS_BETWEEN_LOOKS,
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def crawl_sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    """Start a run for the years of the files that finished crawls brought, whoever started them.

    The cursor is the last crawl of each source that was looked at. Should a run not come about, the daily
    schedule finds the files in the archive.
    """
    root = settings().crawl_dir
    seen: dict[str, str] = msgspec.json.decode(context.cursor) if context.cursor else {}
    fresh = [(source, crawl) for source, crawl in finished_crawls(root) if crawl > seen.get(source, "")]
    archive = Archive(settings().raw_dir)
    brought: dict[str, ArchivedFile] = {}
    for source, crawl in fresh[:CRAWLS_PER_LOOK]:
        seen[source] = crawl
        try:
            urls = read_crawl(root, source, crawl).urls
        except CrawlLogError as error:
            context.log.error(str(error))
            continue
        for url in urls:
            file = archive.find(url.sha256) if url.sha256 and url.outcome in ("new", "changed") else None
            if file is not None:
                brought[file.sha256] = file
    due = not_loaded(list(brought.values())) if brought else []
    cursor = msgspec.json.encode(seen).decode()
    if due:
        return dg.SensorResult(run_requests=list(_requests(due)), cursor=cursor)
    said = f"{len(fresh)} new crawls, {len(brought)} files, all loaded already" if fresh else "no new crawl"
    return dg.SensorResult(skip_reason=said, cursor=cursor)


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
    Crawls that brought nothing have started no run; one run a day publishes them.
    """
    archive = Archive(settings().raw_dir)
    due = {file.year for file in not_loaded(archive.list_files())}
    if not due and unpublished_crawls(settings().crawl_dir):
        due = {UNKNOWN}  # crawls belong to no year, and every run loads them
    for year in sorted(due):
        yield dg.RunRequest(partition_key=year)
    if not due:
        yield dg.SkipReason("every crawl and every archived file is loaded as the rules in force have it")
