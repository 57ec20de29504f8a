"""What each stage made, kept under the file's content hash and the fingerprint of what made it.

Belongs here: names and atomic writing of staged files, fingerprints. Does not: what a stage does, or which
stage follows which (`stages`).

    staged/document/<fingerprint>/<ab>/<sha256>.document    Document, MessagePack in zstd
    staged/facts/<fingerprint>/<ab>/<sha256>.<kind of facts>.parquet, the header last
    staged/checks/<fingerprint>/<ab>/<sha256>.cause.parquet, .check.parquet
    staged/gate/<fingerprint>/<ab>/<sha256>.gate.json
    staged/<stage>/<fingerprint>/<ab>/<sha256>.outcome.json   how the stage ended for this file

A fingerprint covers everything that decides the result and the fingerprint of the stage before, so that a
changed form dictionary derives facts anew without reading files, and a changed rulebook checks anew
without either. A staged file is complete when it exists: it is written beside its place and renamed. A stage
writes the outcome first and its result last: where the result exists, the stage is done.
"""

import hashlib
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.facts import FACT_SCHEMAS
from pipeline.read.document import Document, decode, encode

STAGES = ("document", "facts", "checks", "gate")


def fingerprint(files: Iterable[Path], *parts: str) -> str:
    """Return 16 hex digits over the names and bytes of `files` (order does not matter) and `parts`."""
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(file.name.encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    for part in parts:
        digest.update(b"\1" + part.encode())
    return digest.hexdigest()[:16]


def write_atomically(path: Path, data: bytes, *, mode: int = 0o644, to_disk: bool = False) -> None:
    """Write `data` to `path` so that a reader sees all of it or nothing, whenever the writer is killed.

    `mode` are the rights of the file; `to_disk` waits until the data is on the disk before the name is, for
    what cannot be made again.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # The name of the temporary file is short: with that of `path` in it, it could be too long.
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            if to_disk:
                file.flush()
                os.fsync(file.fileno())
        Path(temporary).chmod(mode)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def write_parquet(path: Path, table: pa.Table) -> None:
    """Write `table` to `path` atomically, compressed with zstd; the same table gives the same bytes."""
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    write_atomically(path, sink.getvalue().to_pybytes())


def read_tables(paths: Iterable[Path]) -> pa.Table:
    """Return the rows of several files of `write_parquet` as one table; raises FileNotFoundError."""
    return pa.concat_tables(pq.read_table(path) for path in paths)


def write_document(path: Path, document: Document) -> None:
    """Write a document to `path` atomically, for `read_document`."""
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(encode(document))
    write_atomically(path, sink.getvalue().to_pybytes())


def read_document(path: Path) -> Document:
    """Return the document that `write_document` wrote; raises FileNotFoundError when there is none."""
    with path.open("rb") as file, pa.CompressedInputStream(file, "zstd") as stream:
        return decode(stream.read())


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How one stage ended for one file: a row of `audit.outcome`.

    `status` is `ok` or `failed`; a failure has an `error_class` (a closed word, see `stages`) and a message
    that names file, page and what to do. `at` is the time in UTC, ISO 8601.
    """

    sha256: str
    stage: str
    status: str
    error_class: str | None = None
    message: str | None = None
    page: int | None = None
    seconds: float
    at: str


def write_outcome(path: Path, outcome: Outcome) -> None:
    """Write an outcome to `path` atomically, as JSON."""
    write_atomically(path, msgspec.json.encode(outcome))


def read_outcome(path: Path) -> Outcome | None:
    """Return the outcome at `path`, None when the stage has not ended for this file."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Outcome)
    except FileNotFoundError:
        return None


@dataclass(frozen=True)
class Fingerprints:
    """The fingerprint of each stage in force now."""

    document: str
    facts: str
    checks: str
    gate: str

    def decided(self, corrections: str | None, waivers: str | None) -> "Fingerprints":
        """Return those of a report on which people decided, by the hashes of the decisions (None: no such).

        A decision calls for the work on that one report only.
        """
        if corrections is None and waivers is None:
            return self
        facts, checks, gate = (
            fingerprint([], own, corrections) if corrections else own
            for own in (self.facts, self.checks, self.gate)
        )
        return Fingerprints(self.document, facts, checks, fingerprint([], gate, waivers) if waivers else gate)


@dataclass(frozen=True)
class Staged:
    """The staged files of one report, by what made them."""

    root: Path
    sha256: str
    fingerprints: Fingerprints

    def _path(self, stage: str, made_by: str, suffix: str) -> Path:
        return self.root / stage / made_by / self.sha256[:2] / f"{self.sha256}.{suffix}"

    @property
    def document(self) -> Path:
        """The Document, MessagePack in zstd."""
        return self._path("document", self.fingerprints.document, "document")

    def fact(self, name: str) -> Path:
        """Return the file of one kind of facts, `facts.FACT_SCHEMAS[name]`."""
        return self._path("facts", self.fingerprints.facts, f"{name}.parquet")

    @property
    def header(self) -> Path:
        """The header of the facts, one row; written last, so that its presence means complete facts."""
        return self.fact("header")

    @property
    def check(self) -> Path:
        """Check results of the report."""
        return self._path("checks", self.fingerprints.checks, "check.parquet")

    @property
    def cause(self) -> Path:
        """Causes of failed checks."""
        return self._path("checks", self.fingerprints.checks, "cause.parquet")

    @property
    def gate(self) -> Path:
        """The gate record: verdict, reasons and `content_hash` of what was validated."""
        return self._path("gate", self.fingerprints.gate, "gate.json")

    def result(self, stage: str) -> Path:
        """Return the file whose presence means that `stage` is done."""
        results = {"document": self.document, "facts": self.header, "checks": self.check, "gate": self.gate}
        return results[stage]

    def outcome(self, stage: str) -> Path:
        """Return where it says how `stage` ended for this file, under the fingerprint in force."""
        return self._path(stage, getattr(self.fingerprints, stage), "outcome.json")

    def content_hash(self) -> str:
        """Return the sha256 over the bytes of facts and check results: what the gate vouches for.

        Raises FileNotFoundError when a part is missing.
        """
        digest = hashlib.sha256()
        for path in (*map(self.fact, FACT_SCHEMAS), self.cause, self.check):
            digest.update(hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()
