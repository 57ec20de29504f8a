"""What one load is given, as tables, and whether it may be loaded.

Belongs here: files, outcomes and gate records as temporary relations of a connection, and the proof that a
gate record vouches for the staged bytes. Does not: any table that stays (`load`).
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import duckdb
import msgspec
import pyarrow as pa

from pipeline.acquire.archive import ArchivedFile
from pipeline.audit.gate import GateRecord
from pipeline.audit.results import VERDICTS
from pipeline.facts import report_key
from pipeline.staging import Outcome, Staged

_TEXT, _TIME = pa.string(), pa.timestamp("us")
_FILE_SCHEMA = pa.schema(
    [
        ("sha256", _TEXT),
        ("file_name", _TEXT),
        ("file_type", _TEXT),
        ("bytes", pa.int64()),
        ("source", _TEXT),
        ("source_url", _TEXT),
        ("page_url", _TEXT),
        ("title", _TEXT),
        ("department_hint", _TEXT),
        ("published_at", _TIME),
        ("archived_at", _TIME),
        ("partition_year", _TEXT),
    ]
)
# What a file is called and where it came from, in the order of audit.report.
FILE_COLUMNS = tuple(name for name in _FILE_SCHEMA.names if name != "sha256")
_OUTCOME_SCHEMA = pa.schema(
    [
        ("sha256", _TEXT),
        ("stage", _TEXT),
        ("status", _TEXT),
        ("error_class", _TEXT),
        ("message", _TEXT),
        ("page", pa.int32()),
        ("seconds", pa.float64()),
        ("ended_at", _TIME),
    ]
)
_GATE_SCHEMA = pa.schema(
    [
        ("report_key", _TEXT),
        ("sha256", _TEXT),
        ("content_hash", _TEXT),
        ("verdict", _TEXT),
        ("reasons", pa.list_(_TEXT)),
        ("suites", _TEXT),
        ("document_fingerprint", _TEXT),
        ("facts_fingerprint", _TEXT),
        ("checks_fingerprint", _TEXT),
        ("gate_fingerprint", _TEXT),
    ]
)
_DATE = pa.date32()
_WAIVER_SCHEMA = pa.schema(
    [
        ("report_key", _TEXT),
        ("waiver_no", pa.int32()),
        ("check_id", _TEXT),
        ("form_code", _TEXT),
        ("subject", _TEXT),
        ("measure", _TEXT),
        ("difference", pa.decimal128(24, 4)),
        ("reason", _TEXT),
        ("who", _TEXT),
        ("decided_on", _DATE),
        ("until", _DATE),
        ("state", _TEXT),
    ]
)


class RefusedFactsError(Exception):
    """Facts that the gate does not vouch for; nothing of the batch was loaded."""


def read_gate(staged: Staged) -> GateRecord:
    """Return the gate record of `staged`; raises RefusedFactsError when missing, damaged or another's."""
    try:
        gate = msgspec.json.decode(staged.gate.read_bytes(), type=GateRecord)
    except FileNotFoundError:
        raise RefusedFactsError(
            f"report {report_key(staged.sha256)} has no gate record ({staged.gate}): facts that the gate has "
            "not validated are not loaded. Run the gate first."
        ) from None
    except msgspec.MsgspecError as error:
        raise RefusedFactsError(f"{staged.gate} is not a gate record: {error}") from error
    if gate.sha256 != staged.sha256 or gate.report_key != report_key(staged.sha256):
        raise RefusedFactsError(f"{staged.gate} is the gate record of another report, {gate.sha256}")
    if gate.verdict not in VERDICTS:
        raise RefusedFactsError(f"{staged.gate} has an unknown verdict, {gate.verdict!r}")
    return gate


def require_vouched(staged: Iterable[Staged], gates: dict[str, GateRecord]) -> None:
    """Raise RefusedFactsError unless each gate record is about exactly the bytes that are staged now."""
    for item in staged:
        validated = gates[item.sha256].content_hash
        try:
            found = item.content_hash()
        except FileNotFoundError as error:
            raise RefusedFactsError(f"report {report_key(item.sha256)} is not complete: {error}") from error
        if found != validated:
            raise RefusedFactsError(
                f"report {report_key(item.sha256)}: its facts or check results are not those that the gate "
                f"validated (content hash {found[:16]}, validated {validated[:16]}). Run the gate again."
            )


def require_accounted_for(
    staged: Iterable[Staged], files: Iterable[ArchivedFile], outcomes: Iterable[Outcome]
) -> None:
    """Raise ValueError unless every file is either staged or has a failed outcome, and all are archived."""
    archived = {file.sha256 for file in files}
    complete = {item.sha256 for item in staged}
    failed = {outcome.sha256 for outcome in outcomes if outcome.status == "failed"}
    if unknown := sorted(complete - archived):
        raise ValueError(f"staged reports that are not in the archive: {unknown}")
    if silent := sorted(archived - complete - failed):
        raise ValueError(f"files with neither staged results nor a failed outcome: {silent}")


def register_files(con: duckdb.DuckDBPyConnection, files: Iterable[ArchivedFile]) -> None:
    """Make the relation `batch_file`: one row per content; of several names the first stays."""
    first: dict[str, ArchivedFile] = {}
    for file in files:
        first.setdefault(file.sha256, file)
    rows = [
        {
            **msgspec.structs.asdict(file.manifest),
            "file_name": file.manifest.original_name,
            "source_url": file.manifest.file_url,
            "published_at": _utc(file.manifest.published_at),
            "archived_at": _utc(file.manifest.archived_at),
            "partition_year": file.year,
        }
        for file in first.values()
    ]
    _register(con, "batch_file", rows, _FILE_SCHEMA)


def register_outcomes(con: duckdb.DuckDBPyConnection, outcomes: Iterable[Outcome]) -> None:
    """Make the relation `batch_outcome`: the last outcome of each stage of each file."""
    last = {(outcome.sha256, outcome.stage): outcome for outcome in outcomes}
    rows = [{**msgspec.structs.asdict(outcome), "ended_at": _utc(outcome.at)} for outcome in last.values()]
    _register(con, "batch_outcome", rows, _OUTCOME_SCHEMA)


def register_gates(
    con: duckdb.DuckDBPyConnection, staged: Sequence[Staged], gates: dict[str, GateRecord]
) -> None:
    """Make the relations `batch_gate` (with the fingerprints of the stages judged) and `batch_waiver`."""
    rows = [
        {
            **msgspec.structs.asdict(gates[item.sha256]),
            "suites": msgspec.json.encode(gates[item.sha256].suites, order="sorted").decode(),
            **{
                f"{stage}_fingerprint": getattr(item.fingerprints, stage)
                for stage in ("document", "facts", "checks", "gate")
            },
        }
        for item in {item.sha256: item for item in staged}.values()
    ]
    _register(con, "batch_gate", rows, _GATE_SCHEMA)
    waivers = [
        {"report_key": gate.report_key, **msgspec.structs.asdict(waiver)}
        for gate in gates.values()
        for waiver in gate.waivers
    ]
    _register(con, "batch_waiver", waivers, _WAIVER_SCHEMA)


def _register(
    con: duckdb.DuckDBPyConnection, name: str, rows: list[dict[str, object]], schema: pa.Schema
) -> None:
    con.register(name, pa.Table.from_pylist(rows, schema=schema))


def _utc(text: str | None) -> datetime | None:
    """Return an ISO 8601 time as UTC without a zone; one without a zone is taken as it stands."""
    if text is None:
        return None
    time = datetime.fromisoformat(text)
    return time.astimezone(UTC).replace(tzinfo=None) if time.tzinfo is not None else time
