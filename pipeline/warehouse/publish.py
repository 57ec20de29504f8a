"""The published database: a read-only copy of what users may see, swapped in by rename.

Belongs here: when there is something to publish, what must not be published, swapping the file. Does not:
what is written into the copy (`copying`) or what the tables hold (`load`, dbt).

A reader that has the file open keeps the old one until it closes it; a new reader gets the new one. Killed
at any point, the published file is the old one or the new one, whole.
"""

import logging
import os
import shutil
import time
from pathlib import Path
from typing import NamedTuple

import duckdb
import msgspec

from pipeline.config import settings
from pipeline.warehouse.copying import (
    CopiedTable,
    StaleCopyError,
    State,
    copied_tables,
    state_of,
    update_copy,
    write_copy,
)
from pipeline.warehouse.database import DatabaseError, open_build, read_published
from pipeline.warehouse.models import models_fingerprint

log = logging.getLogger(__name__)


class Publication(msgspec.Struct, frozen=True):
    """What publishing did. `published` is False when nothing had changed; `rows` are those per table.

    `updated`: the reports that changed were replaced in a copy of the file that was there, the others left.
    """

    published: bool
    updated: bool
    path: Path
    state_hash: str
    rows: dict[str, int]
    seconds: float


def publish(build: Path | None = None, target: Path | None = None) -> Publication:
    """Copy the build database's audit and marts to the published file, unless it holds the same already.

    Paths default to those of the settings. Raises DatabaseError when the build database is in use by
    another process, when the marts have not been built, and when the build database lacks a file that is
    published: files never leave the warehouse, so it was deleted and must be filled again first.
    """
    start = time.perf_counter()
    target = target or settings().published_database
    with open_build(build) as con:
        tables = copied_tables(con)
        if not any(table.schema == "marts" for table in tables):
            raise DatabaseError("The marts have not been built: run dbt before publishing.")
        before = _published(target)
        loaded = {sha256 for (sha256,) in con.execute("select sha256 from audit.report").fetchall()}
        lacking = (before.files.keys() if before is not None else set()) - loaded
        if lacking:
            raise DatabaseError(
                f"{len(lacking)} published files are not in the build database, which must have been "
                f"deleted: ingest {settings().raw_dir} to fill it again. Staged results are kept, no report "
                "is read again."
            )
        state = state_of(con, tables)
        changed = before is None or state.hash != before.state_hash
        updated = False
        if changed:
            updated = _swap_in(con, tables, state, target, before)
    return Publication(changed, updated, target, state.hash, state.rows, time.perf_counter() - start)


def published_files(path: Path | None = None) -> dict[str, str | None]:
    """Return the published files by sha256, each with the fingerprint of its gate record (None: no record).

    Empty where nothing is published yet, or where other models than those in force made the marts.
    """
    before = _published(path or settings().published_database)
    return before.files if before is not None and before.models_fingerprint == models_fingerprint() else {}


class _Published(NamedTuple):
    """What the published database holds: `files` as `published_files` returns them."""

    state_hash: str
    layout_hash: str
    models_fingerprint: str
    files: dict[str, str | None]
    is_mostly_empty: bool


def _published(path: Path) -> _Published | None:
    """Return what the published database holds, None when there is none to be read.

    One that is damaged or of another form is no reason to stop: the next publication replaces it.
    """
    if not path.exists():
        return None
    try:
        with read_published(path) as con:
            [(state, layout, models)] = con.execute(
                "select state_hash, layout_hash, models_fingerprint from audit.publication"
            ).fetchall()
            files = con.execute("select sha256, gate_fingerprint from audit.report").fetchall()
            [(is_mostly_empty,)] = con.execute(
                "select 3 * free_blocks > 2 * total_blocks from pragma_database_size()"
                " where database_name = current_database()"
            ).fetchall()
    except duckdb.Error as error:
        log.warning("the published database cannot be read and will be replaced: %s", error)
        return None
    return _Published(state, layout, models, dict(files), is_mostly_empty)


def _swap_in(
    con: duckdb.DuckDBPyConnection,
    tables: list[CopiedTable],
    state: State,
    target: Path,
    before: _Published | None,
) -> bool:
    """Write the new database beside `target`, make it read-only, and rename it onto `target`.

    Returns whether it was made by replacing what changed in a copy of the file that is there: possible where
    that has the same tables from the same models, and worth it until most of the file is room that replaced
    rows have left (replacing all needs twice the room, so half of it is usual in a small one).
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    # Whoever has the build database open is the only publisher: what lies here was left by a killed one.
    temporary = target.with_name(f".{target.name}.new")
    journal = temporary.with_name(temporary.name + ".wal")
    for leftover in (temporary, journal):
        leftover.unlink(missing_ok=True)
    is_update = before is not None and before.layout_hash == state.layout_hash and not before.is_mostly_empty
    if is_update:
        shutil.copyfile(target, temporary)
        try:
            update_copy(con, tables, state, temporary)
        except StaleCopyError as error:
            log.warning("the published database is written anew: %s", error)
            temporary.unlink()
            is_update = False
    if not is_update:
        write_copy(con, tables, state, temporary)
    if journal.exists():
        raise DatabaseError(f"{journal} was left: the copy is not complete; publish again.")
    temporary.chmod(0o444)
    _sync(temporary)
    os.replace(temporary, target)
    _sync(target.parent)
    return is_update


def _sync(path: Path) -> None:
    """Wait until a file or folder is on the disk: a rename must not overtake what it renames."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
