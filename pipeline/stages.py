"""The flow, stage by stage, as plain functions over archived files.

Belongs here: the order of the stages, what is skipped because it is staged already, and turning errors into
outcomes. Does not: what a stage computes (`read`, `forms`, `audit`, `warehouse`), or Dagster (`assets`).

Every function may be called again at any time: it does what is not done yet under the fingerprints in
force. One file's error never stops the others: it becomes an outcome, and the file is left out of what
follows until the cause is gone.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from pipeline import progress
from pipeline.acquire.archive import Archive, ArchivedFile, ArchiveError, read_verified
from pipeline.config import settings
from pipeline.facts import FACT_SCHEMAS
from pipeline.pool import Failed, Limits, limited_map
from pipeline.read.document import UnreadableError
from pipeline.review import NOTHING, Correction, Decisions, ReviewError, corrected, load_decisions
from pipeline.staging import (
    STAGES,
    Fingerprints,
    Outcome,
    Staged,
    fingerprint,
    read_document,
    read_outcome,
    read_tables,
    write_atomically,
    write_document,
    write_outcome,
    write_parquet,
)

if TYPE_CHECKING:
    from pipeline.facts import Facts, ReportFacts
    from pipeline.read.document import Document
    from pipeline.warehouse.load import LoadSummary

log = logging.getLogger(__name__)

CHECK_BATCH = 100
"""Reports checked, validated or loaded at once: bounds memory, and amortises the fixed cost of a batch."""

# Failures that lie in the bytes of the file: the same reader will never do better. Everything else
# (time, memory, a crash, a limit of the settings, a full disk) is forgiven by the next explicit ingest.
FINAL_FAILURES = frozenset(
    {
        "encrypted",
        "damaged",
        "empty_file",
        "unsupported_type",
        "no_text",
        "too_large",
        "unsafe_archive",
        "several_reports",
    }
)

_ADVICE = {
    "time_limit": "Raise FISCAL_READ_SECONDS (scans: FISCAL_PAGE_SECONDS) and ingest it again, or print the "
    "file to a new PDF.",
    "memory_limit": "Raise FISCAL_READ_MEGABYTES and ingest it again, or print the file to a new PDF.",
    "crashed": "Ingest it again; if it ends the same way, print the file to a new PDF.",
    "damaged_archive": "Restore the file in the archive from a copy.",
    "correction": "Then ingest the file again.",
    "internal_error": "This is a fault of the program: report it with this message and the file.",
}

_Batched = TypeVar("_Batched")


@dataclass(frozen=True)
class StageResult:
    """What one call of a stage did: files `done` now, `skipped` because staged already, `failed` now."""

    stage: str
    done: int
    skipped: int
    failed: tuple[Outcome, ...]
    seconds: float


class StageError(Exception):
    """A stage that cannot work at all, whatever the file: the run fails, no file is blamed."""


@dataclass(frozen=True)
class Rules:
    """What is in force now: fingerprints of the stages, and what people decided about single reports."""

    fingerprints: Fingerprints
    decisions: Mapping[str, Decisions]

    def decided(self, sha256: str) -> Decisions:
        """Return what is decided about a report."""
        return self.decisions.get(sha256, NOTHING)


def rules_in_force() -> Rules:
    """Return the rules in force now; raises StageError when a decision file cannot be used."""
    try:
        return Rules(current_fingerprints(), load_decisions())
    except ReviewError as error:
        raise StageError(str(error)) from error


def decisions_about_nothing() -> list[str]:
    """Return the sha256 that decisions are about and no archived file has."""
    archive = Archive(settings().raw_dir)
    return [sha256 for sha256 in rules_in_force().decisions if archive.find(sha256) is None]


def current_fingerprints() -> Fingerprints:
    """Return the fingerprints in force where nobody decided otherwise; each covers the stages before it."""
    from pipeline.audit.gate import suites_fingerprint
    from pipeline.audit.rulebook import rulebook_fingerprint
    from pipeline.forms.extract import forms_fingerprint
    from pipeline.narrative.fingerprint import narrative_fingerprint
    from pipeline.read.files import reader_fingerprint

    document = reader_fingerprint()
    facts = fingerprint([], document, forms_fingerprint(), narrative_fingerprint())
    checks = fingerprint([], facts, rulebook_fingerprint())
    return Fingerprints(document, facts, checks, fingerprint([], checks, suites_fingerprint()))


def staged(file: ArchivedFile, rules: Rules) -> Staged:
    """Return where the stages keep what they made of a file."""
    decided = rules.decided(file.sha256)
    own = rules.fingerprints.decided(decided.corrections_hash, decided.waivers_hash)
    return Staged(settings().staged_dir, file.sha256, own)


def forget(files: Iterable[ArchivedFile]) -> None:
    """Drop what is staged for these files under the fingerprints in force, so that they are read again."""
    rules = rules_in_force()
    for file in files:
        for stage in reversed(STAGES):
            staged(file, rules).result(stage).unlink(missing_ok=True)
            staged(file, rules).outcome(stage).unlink(missing_ok=True)


def forgive(files: Iterable[ArchivedFile]) -> None:
    """Drop the failures of these files that may have been an accident, so that the stage is run again."""
    rules = rules_in_force()
    for file in files:
        for outcome in outcomes(file, rules):
            if outcome.status == "failed" and outcome.error_class not in FINAL_FAILURES:
                staged(file, rules).outcome(outcome.stage).unlink()


# Document and facts: one file at a time, in limited processes ----------------------------------------------


@dataclass(frozen=True)
class _Task:
    """One file on its way through one stage; travels to a worker process."""

    file: ArchivedFile
    staged: Staged
    max_pages: int
    corrections: tuple[Correction, ...]


def read_documents(files: Iterable[ArchivedFile]) -> StageResult:
    """Read the files that are not read yet and stage their documents."""
    return _run_pool("document", _read, files)


def derive_facts(files: Iterable[ArchivedFile]) -> StageResult:
    """Derive the facts of the staged documents that have none yet; reads no report file."""
    return _run_pool("facts", _derive, files)


def _read(task: _Task) -> Outcome:
    from pipeline.read.files import read_file

    started = time.perf_counter()
    read_verified(task.file)
    document = read_file(task.file.path, task.max_pages)
    outcome = _ok("document", task.file, time.perf_counter() - started)
    write_outcome(task.staged.outcome("document"), outcome)
    write_document(task.staged.document, document)
    return outcome


def facts_of(document: "Document") -> "ReportFacts":
    """Return what a document states: its forms, then its narrative and self-evaluations."""
    from msgspec.structs import replace

    from pipeline.forms.extract import extract_facts
    from pipeline.forms.labels import number_labels
    from pipeline.narrative.claims import read_narrative
    from pipeline.narrative.evaluation import add_evaluations

    facts = add_evaluations(document, extract_facts(document))
    claims, flaws, labels = read_narrative(document, facts)
    return replace(facts, claims=claims, flaws=flaws, labels=number_labels([*facts.labels, *labels]))


def _derive(task: _Task) -> Outcome:
    started = time.perf_counter()
    facts = corrected(facts_of(read_document(task.staged.document)), task.corrections)
    outcome = _ok("facts", task.file, time.perf_counter() - started)
    write_outcome(task.staged.outcome("facts"), outcome)
    for name, table in facts.tables().items():
        write_parquet(task.staged.fact(name), table)
    return outcome


def _run_pool(
    stage: str,
    function: Callable[[_Task], Outcome],
    files: Iterable[ArchivedFile],
) -> StageResult:
    started = time.perf_counter()
    rules = rules_in_force()
    todo, skipped = _pending(stage, files, rules)
    limits = Limits(
        settings().read_seconds, settings().read_megabytes, settings().workers, settings().page_seconds
    )
    tasks = (
        _Task(file, staged(file, rules), settings().max_pages, rules.decided(file.sha256).corrections)
        for file in todo
    )
    failed = []
    for number, (task, result) in enumerate(limited_map(function, tasks, limits), start=1):
        if isinstance(result, Failed):
            outcome = _failure(stage, task.file, result)
            write_outcome(task.staged.outcome(stage), outcome)
            failed.append(outcome)
        else:
            outcome = result
        _log(task.file, outcome)
        progress.report(stage, number, len(todo))
    return StageResult(stage, len(todo) - len(failed), skipped, tuple(failed), time.perf_counter() - started)


# Checks and gate: a batch of reports at a time, in this process --------------------------------------------


def check_reports(files: Iterable[ArchivedFile]) -> StageResult:
    """Run all checks over the reports that have none yet; reads no report file and no document."""
    return _run_batches("checks", _check, files)


def gate_reports(files: Iterable[ArchivedFile]) -> StageResult:
    """Validate the checked reports that have no gate record yet, and stage verdicts and reasons."""
    return _run_batches("gate", _gate, files)


def _check(batch: Sequence[Staged], rules: Rules) -> None:
    """Check the reports of a batch together and stage results and causes of each."""
    import pyarrow.compute as pc

    from pipeline.audit.causes import find_causes
    from pipeline.audit.engine import check_batch
    from pipeline.facts import report_key

    facts = _facts(batch)
    results, causes = find_causes(facts, check_batch(facts), check_batch)
    for report in batch:
        for path, table in ((report.cause, causes), (report.check, results)):
            own = table.filter(pc.equal(table["report_key"], report_key(report.sha256)))
            write_parquet(path, own.combine_chunks())


def _gate(batch: Sequence[Staged], rules: Rules) -> None:
    """Validate the reports of a batch together and stage the record of each."""
    from pipeline.audit.gate import validate_batch
    from pipeline.audit.suites import SuiteError

    check = read_tables(report.check for report in batch)
    hashes = {report.sha256: report.content_hash() for report in batch}
    paths_of = {report.sha256: report.gate for report in batch}
    try:
        waivers = {report.sha256: rules.decided(report.sha256).waivers for report in batch}
        records = validate_batch(_facts(batch), check, hashes, waivers)
    except SuiteError as error:
        raise StageError(f"The Great Expectations suites do not fit the facts: {error}") from error
    for record in records:
        write_atomically(paths_of[record.sha256], record.to_json())


def _facts(batch: Sequence[Staged]) -> "Facts":
    """Return the facts of the reports of a batch together."""
    return {name: read_tables(report.fact(name) for report in batch) for name in FACT_SCHEMAS}


def _run_batches(
    stage: str,
    function: Callable[[Sequence[Staged], Rules], None],
    files: Iterable[ArchivedFile],
) -> StageResult:
    started = time.perf_counter()
    rules = rules_in_force()
    todo, skipped = _pending(stage, files, rules)
    failed: list[Outcome] = []
    finished = 0
    for batch in batches(todo, CHECK_BATCH):
        for file, outcome in _run_batch(stage, function, batch, rules):
            write_outcome(staged(file, rules).outcome(stage), outcome)
            if outcome.status == "failed":
                failed.append(outcome)
            _log(file, outcome)
        finished += len(batch)
        progress.report(stage, finished, len(todo))
    return StageResult(stage, len(todo) - len(failed), skipped, tuple(failed), time.perf_counter() - started)


def _run_batch(
    stage: str,
    function: Callable[[Sequence[Staged], Rules], None],
    batch: Sequence[ArchivedFile],
    rules: Rules,
) -> Iterator[tuple[ArchivedFile, Outcome]]:
    """Run a batch; when it fails, halve it until the reports that make it fail stand alone."""
    started = time.perf_counter()
    try:
        function([staged(file, rules) for file in batch], rules)
    except StageError:
        raise
    except Exception as error:
        failed = Failed("error", str(error), error)
    else:
        seconds = (time.perf_counter() - started) / len(batch)
        for file in batch:
            yield file, _ok(stage, file, seconds)
        return
    if len(batch) == 1:
        log.error("stage=%s file=%s status=failed", stage, batch[0].path.name, exc_info=failed.error)
        yield batch[0], _failure(stage, batch[0], failed)
        return
    log.warning("stage=%s reports=%d status=halved message=%s", stage, len(batch), failed.message)
    half = len(batch) // 2
    yield from _run_batch(stage, function, batch[:half], rules)
    yield from _run_batch(stage, function, batch[half:], rules)


# Load and publish ------------------------------------------------------------------------------------------


def load_reports(files: Iterable[ArchivedFile]) -> "list[LoadSummary]":
    """Load what is staged, and what failed, into the build database; one transaction per batch.

    Files that have not been through the stages yet are left out, and told in the log. Raises what
    `warehouse.load` raises: a refused batch is a fault of the pipeline, and nothing of it is loaded.
    """
    from pipeline.warehouse.database import open_build
    from pipeline.warehouse.load import load_batch

    rules = rules_in_force()
    files = list(files)
    finished = [file for file in files if is_finished(file, rules)]
    if left_out := len(files) - len(finished):
        log.warning(
            "stage=load files=%d status=left_out message=not through all stages under the rules in force",
            left_out,
        )
    summaries = []
    with open_build() as con:
        for batch in batches(finished, CHECK_BATCH):
            complete = [paths for file in batch if (paths := staged(file, rules)).gate.exists()]
            ended = [outcome for file in batch for outcome in outcomes(file, rules)]
            summaries.append(load_batch(con, complete, batch, ended))
            progress.report("load", min(len(summaries) * CHECK_BATCH, len(finished)), len(finished))
    return summaries


# What is to be done, and how it ended ----------------------------------------------------------------------


def batches(items: Iterable[_Batched], size: int) -> Iterator[list[_Batched]]:
    """Yield the items in lists of at most `size`."""
    source = iter(items)
    while batch := list(islice(source, size)):
        yield batch


def _pending(stage: str, files: Iterable[ArchivedFile], rules: Rules) -> tuple[list[ArchivedFile], int]:
    """Return the files on which `stage` is to be run, and how many it has been run on already."""
    before = dict(zip(STAGES[1:], STAGES, strict=False)).get(stage)
    todo, skipped = [], 0
    for file in files:
        paths = staged(file, rules)
        if paths.result(stage).exists():
            skipped += 1
        elif before is None or paths.result(before).exists():
            outcome = read_outcome(paths.outcome(stage))
            # An outcome that is ok without a result: the stage was interrupted between the two.
            if outcome is None or outcome.status == "ok":
                todo.append(file)
            else:
                skipped += 1
    return todo, skipped


def is_finished(file: ArchivedFile, rules: Rules) -> bool:
    """Tell whether a file went through all stages or failed in one, under the fingerprints in force."""
    return staged(file, rules).gate.exists() or _failed(outcomes(file, rules))


def not_loaded(files: Iterable[ArchivedFile]) -> list[ArchivedFile]:
    """Return the files that are not in the published database as the fingerprints in force have it.

    All of them where the marts were made by other models than those in force.
    """
    from pipeline.warehouse.publish import published_files

    rules = rules_in_force()
    loaded = published_files()
    return [
        file
        for file in files
        if file.sha256 not in loaded
        or loaded[file.sha256] not in (None, staged(file, rules).fingerprints.gate)
        # One that could not be read has no gate record; it is as it should be while the failure stands.
        or (loaded[file.sha256] is None and not _failed(outcomes(file, rules)))
    ]


def due(files: Iterable[ArchivedFile]) -> list[ArchivedFile]:
    """Return the files for which a run has work: not through all stages, or not published as in force.

    A run looks at these only, so that its cost grows with what is new and not with what is there.
    """
    files = list(files)
    rules = rules_in_force()
    unpublished = {file.sha256 for file in not_loaded(files)}
    return [file for file in files if file.sha256 in unpublished or not is_finished(file, rules)]


def _failed(ended: Iterable[Outcome]) -> bool:
    return any(outcome.status == "failed" for outcome in ended)


def outcomes(file: ArchivedFile, rules: Rules) -> list[Outcome]:
    """Return how each stage ended for a file, in the order of the stages, as far as it got."""
    at = file.manifest.archived_at
    found = [Outcome(sha256=file.sha256, stage="archive", status="ok", seconds=0, at=at)]
    for stage in STAGES:
        outcome = read_outcome(staged(file, rules).outcome(stage))
        if outcome is None:
            break
        found.append(outcome)
    return found


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _ok(stage: str, file: ArchivedFile, seconds: float) -> Outcome:
    return Outcome(sha256=file.sha256, stage=stage, status="ok", seconds=round(seconds, 3), at=_now())


def _failure(stage: str, file: ArchivedFile, failed: Failed) -> Outcome:
    page = None
    message = failed.message
    if isinstance(failed.error, UnreadableError):
        error_class, page = failed.error.reason, failed.error.page
    elif isinstance(failed.error, ArchiveError):
        error_class = "damaged_archive"
    elif isinstance(failed.error, ReviewError):
        error_class = "correction"
    elif failed.error is not None:
        error_class = "internal_error"
        message = f"{type(failed.error).__name__}: {message}"
    else:
        error_class = failed.reason
    advice = "" if isinstance(failed.error, UnreadableError) else _ADVICE[error_class]
    place = file.path.name + (f", page {page}" if page is not None else "")
    if not message.startswith(file.path.name):
        message = f"{place}: {message}"
    return Outcome(
        sha256=file.sha256,
        stage=stage,
        status="failed",
        error_class=error_class,
        message=f"{message.rstrip('. ')}. {advice}".strip(),
        page=page,
        seconds=0,
        at=_now(),
    )


def _log(file: ArchivedFile, outcome: Outcome) -> None:
    level = logging.INFO if outcome.status == "ok" else logging.WARNING
    log.log(
        level,
        "stage=%s file=%s sha256=%s status=%s seconds=%.3f%s",
        outcome.stage,
        file.path.name,
        outcome.sha256,
        outcome.status,
        outcome.seconds,
        f" error={outcome.error_class} message={outcome.message}" if outcome.message else "",
    )
