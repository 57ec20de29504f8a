"""A folder of exported files, put in place whole.

Belongs here: the manifest, and replacing what changed. Does not: what is in the files.

Everything is written into a new folder beside the old one; then the two change places by rename. Killed at
any point, the folder is the old one or the new one, or lies beside under a name that the next export knows.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

MANIFEST = "manifest.json"


class ExportError(Exception):
    """A folder that cannot be written as asked; the message says what to do."""


@dataclass(frozen=True)
class Replaced:
    """What an export did to its folder, in files."""

    written: int
    unchanged: int
    removed: int


def begin(target: Path) -> Path:
    """Return an empty folder to write into, beside `target`.

    Raises ExportError where `target` holds anything but an export.
    """
    new, old = _beside(target)
    if old.exists() and not target.exists():
        os.replace(old, target)  # an export was killed between its two renames
    for leftover in (new, old):
        shutil.rmtree(leftover, ignore_errors=True)
    if target.exists() and not (target.is_dir() and ((target / MANIFEST).exists() or _is_empty(target))):
        raise ExportError(
            f"{target} is there and holds no export ({MANIFEST}): give a new or an empty folder; an export "
            "replaces its whole folder."
        )
    new.mkdir(parents=True)
    return new


def finish(new: Path, target: Path, rows: Mapping[str, int], head: Mapping[str, object]) -> Replaced:
    """Write the manifest into `new` and put the folder in the place of `target`.

    `rows` are the rows of each file by its path in the folder; `head` is said first in the manifest. A file
    whose bytes are as they were stays the same file, with its time; where all are, nothing is touched.
    """
    listed = [
        {
            "path": path,
            "sha256": _sha256(new / path),
            "bytes": (new / path).stat().st_size,
            "rows": rows.get(path),
        }
        for path in _files(new)
    ]
    text = json.dumps({**head, "files": listed}, ensure_ascii=False, indent=1) + "\n"
    (new / MANIFEST).write_text(text, encoding="utf-8")
    paths = _files(new)
    before = _files(target) if target.exists() else []
    kept = [path for path in before if path in set(paths) and _same(new / path, target / path)]
    done = Replaced(len(paths) - len(kept), len(kept), len(set(before) - set(paths)))
    if not done.written and not done.removed:
        shutil.rmtree(new)
        return done
    for path in kept:
        _keep(target / path, new / path)
    _, old = _beside(target)
    if target.exists():
        os.replace(target, old)
    os.replace(new, target)
    shutil.rmtree(old, ignore_errors=True)
    return done


def _beside(target: Path) -> tuple[Path, Path]:
    return target.with_name(f".{target.name}.new"), target.with_name(f".{target.name}.old")


def _keep(before: Path, now: Path) -> None:
    """Put the file of before in the place of a new one with the same bytes, with its time."""
    now.unlink()
    try:
        os.link(before, now)
    except OSError:  # not every file system has hard links
        shutil.copy2(before, now)


def _is_empty(folder: Path) -> bool:
    return next(folder.iterdir(), None) is None


def _files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def _same(one: Path, other: Path) -> bool:
    return one.stat().st_size == other.stat().st_size and _sha256(one) == _sha256(other)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
