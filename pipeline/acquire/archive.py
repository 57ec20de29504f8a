"""The archive: every file ever given to the system, unchanged, under its content hash.

Belongs here: names, manifests, writing once and reading back verified. Does not: what a file says, apart
from the year that chooses its folder (`hints`).

    raw/<fiscal year or "unknown">/<first 16 digits of the sha256>_<name>         the file
    raw/<fiscal year or "unknown">/<first 16 digits of the sha256>_<name>.json    its manifest
    raw/inbox/<name>                                                              not archived yet
"""

import fcntl
import hashlib
import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from pipeline.acquire import hints
from pipeline.file_type import file_type
from pipeline.staging import write_atomically

INBOX = "inbox"
_KEY_DIGITS = 16
_ARCHIVED_NAME = re.compile(rf"([0-9a-f]{{{_KEY_DIGITS}}})_.+", re.DOTALL)
FOLDERS = (*map(str, hints.YEARS), hints.UNKNOWN)
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|\u200b-\u200f\u202a-\u202e]+')
# File systems allow 255 bytes; the key and ".json" need the rest.
_NAME_BYTES = 180


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What is known about an archived file from outside: the sidecar beside it, as JSON.

    `file_type` is told from the bytes. `source` is where it came from: `file` (a path given by hand),
    `inbox`, or the key of a portal (`sources`). The hints are those of the source and may be wrong. Of a file
    that a portal had: the addresses of page and file, `fetched_at`, the validators the server gave, and
    `replaces`, the hash of what was at this address before.
    """

    sha256: str
    bytes: int
    file_type: str
    original_name: str
    source: str = "file"
    page_url: str | None = None
    file_url: str | None = None
    title: str | None = None
    department_hint: str | None = None
    year_hint: int | None = None
    published_at: str | None = None
    fetched_at: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    replaces: str | None = None
    archived_at: str


class ArchivedFile(msgspec.Struct, frozen=True):
    """One file in the archive. `is_new` tells whether the call that returned it put it there."""

    path: Path
    manifest: Manifest
    is_new: bool = False

    @property
    def sha256(self) -> str:
        """The content hash."""
        return self.manifest.sha256

    @property
    def year(self) -> str:
        """The folder: a fiscal year, or `unknown`."""
        return self.path.parent.name


class ArchiveError(Exception):
    """A file that cannot be archived, or that is not what the archive says it is."""


class Archive:
    """The archive under `root`. Safe for several processes at once: writers take turns."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._paths: dict[str, dict[str, Path]] = {}  # folder -> key -> archived file
        self._read_at: dict[str, int] = {}  # folder -> its mtime when it was listed
        self._swept: set[Path] = set()

    def add_file(self, path: Path, *, year: int | None = None, source: str = "file") -> ArchivedFile:
        """Put a copy of `path` into the archive, or return the archived file that has the same bytes.

        A file that lies in the archive already, under its hash, is given a manifest if it has none and
        left where it is. `year` chooses the folder; without it the file name does. Raises ArchiveError
        when the file cannot be read, or is named by a hash that is not its own.
        """
        try:
            content = path.read_bytes()
        except OSError as error:
            raise ArchiveError(f"{path}: cannot be read ({error.strerror}); check path and rights") from error
        sha256 = hashlib.sha256(content).hexdigest()
        name = path.name.removeprefix(f"{sha256[:_KEY_DIGITS]}_")  # from this archive, or from another one
        inside = self.holds(path)
        if inside and not path.name.startswith(sha256[:_KEY_DIGITS]):
            raise ArchiveError(
                f"{path}: the name says {path.name[:_KEY_DIGITS]}, the content is {sha256[:_KEY_DIGITS]}: it "
                "was changed after it was archived. Restore it, or ingest the changed file from another place"
            )
        return self.add_content(content, name, year=year, source=source, at=path if inside else None)

    def add_content(
        self,
        content: bytes,
        name: str,
        *,
        year: int | None = None,
        source: str = "file",
        page_url: str | None = None,
        file_url: str | None = None,
        title: str | None = None,
        department_hint: str | None = None,
        published_at: str | None = None,
        fetched_at: str | None = None,
        etag: str | None = None,
        last_modified: str | None = None,
        replaces: str | None = None,
        at: Path | None = None,
    ) -> ArchivedFile:
        """Put bytes into the archive under `name`, or return the archived file that has the same bytes.

        The rest is for the manifest. `at`: where in the archive these bytes lie already, without a manifest.
        """
        sha256 = hashlib.sha256(content).hexdigest()
        with self._locked():
            known = self.find(sha256)
            if known is not None:
                return known
            stated_year = year if year is not None else hints.year_in_name(name)
            manifest = Manifest(
                sha256=sha256,
                bytes=len(content),
                file_type=file_type(content)[0],
                original_name=name,
                source=source,
                page_url=page_url,
                file_url=file_url,
                title=title,
                department_hint=department_hint,
                year_hint=stated_year,
                published_at=published_at,
                fetched_at=fetched_at,
                etag=etag,
                last_modified=last_modified,
                replaces=replaces,
                archived_at=datetime.now(UTC).isoformat(timespec="seconds"),
            )
            at = at or self._without_manifest(sha256)
            if at is not None:
                target = at
            else:
                folder = str(stated_year) if stated_year in hints.YEARS else hints.UNKNOWN
                target = self.root / folder / f"{sha256[:_KEY_DIGITS]}_{safe_name(name)}"
                self._sweep(target.parent)
                write_atomically(target, content, mode=0o444, to_disk=True)
            # The manifest comes last: a file without one is completed by the next add of the same bytes.
            write_atomically(_sidecar(target), msgspec.json.format(msgspec.json.encode(manifest)) + b"\n")
            self._paths.setdefault(target.parent.name, {})[sha256[:_KEY_DIGITS]] = target
            self._read_at[target.parent.name] = target.parent.stat().st_mtime_ns
            return ArchivedFile(target, manifest, is_new=True)

    def take_from_inbox(self, path: Path, *, year: int | None = None) -> ArchivedFile:
        """Move a file out of the inbox into the archive; it leaves the inbox once the archive has it.

        Raises ArchiveError, and leaves the file where it is, when it changes in the meantime.
        """
        before = path.stat()
        archived = self.add_file(path, year=year, source=INBOX)
        read_verified(archived)
        after = path.stat()
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            raise ArchiveError(f"{path}: changed while it was archived; it stays in the inbox")
        path.unlink()
        return archived

    def list_files(self, year: str | None = None) -> list[ArchivedFile]:
        """Return the archived files of one folder, or of all, by folder and name."""
        folders = [self.root / year] if year is not None else self._folders()
        return [file for folder in folders for file in self._files_of(folder)]

    def find(self, sha256: str) -> ArchivedFile | None:
        """Return the archived file with this full hash, None when there is none."""
        key = sha256[:_KEY_DIGITS]
        for folder in self._folders():
            path = self._listed(folder).get(key)
            file = _load(path) if path is not None else None
            if file is not None and file.sha256 == sha256:
                return file
        return None

    def holds(self, path: Path) -> bool:
        """Tell whether `path` lies in the archive under an archived name."""
        folder = path.resolve().parent
        return (
            folder.parent == self.root.resolve()
            and folder.name in FOLDERS
            and _ARCHIVED_NAME.fullmatch(path.name) is not None
        )

    def _without_manifest(self, sha256: str) -> Path | None:
        """Return the file with this hash whose writer was killed before it wrote the manifest."""
        for folder in self._folders():
            path = self._listed(folder).get(sha256[:_KEY_DIGITS])
            if path is not None and hashlib.sha256(path.read_bytes()).hexdigest() == sha256:
                return path
        return None

    def _sweep(self, folder: Path) -> None:
        """Remove what killed writers left half written; whoever holds the lock is the only writer."""
        if folder not in self._swept and folder.is_dir():
            for left in folder.glob(".new.*"):
                left.unlink()
        self._swept.add(folder)

    def _folders(self) -> list[Path]:
        return [self.root / name for name in FOLDERS if (self.root / name).is_dir()]

    def _files_of(self, folder: Path) -> Iterator[ArchivedFile]:
        for _, path in sorted(self._listed(folder).items(), key=lambda entry: entry[1].name):
            file = _load(path)
            if file is not None:
                yield file

    def _listed(self, folder: Path) -> dict[str, Path]:
        """Return key -> path of a folder, listed again only when something was added to it since."""
        if not folder.is_dir():
            return {}
        changed_at = folder.stat().st_mtime_ns
        if self._read_at.get(folder.name) != changed_at:
            self._paths[folder.name] = {
                match[1]: entry
                for entry in folder.iterdir()
                if (match := _ARCHIVED_NAME.fullmatch(entry.name)) and not is_sidecar(entry)
            }
            self._read_at[folder.name] = changed_at
        return self._paths[folder.name]

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def read_verified(file: ArchivedFile) -> bytes:
    """Return the bytes of an archived file; raises ArchiveError when they are not those archived."""
    try:
        content = file.path.read_bytes()
    except OSError as error:
        raise ArchiveError(f"{file.path}: cannot be read ({error.strerror}); restore it") from error
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise ArchiveError(
            f"{file.path}: the content is not what was archived (sha256 {file.sha256[:_KEY_DIGITS]}…); "
            "restore the file from a copy"
        )
    return content


def is_sidecar(path: Path) -> bool:
    """Tell whether a file is the manifest of an archived file beside it."""
    if path.suffix != ".json" or not _ARCHIVED_NAME.fullmatch(path.name):
        return False
    return path.with_name(path.name.removesuffix(".json")).exists()


def safe_name(name: str) -> str:
    """Return a file name without separators and control characters, at most 180 bytes, extension kept."""
    name = _FORBIDDEN.sub("_", unicodedata.normalize("NFC", name)).strip(" .")
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension.encode()) > 10:
        stem, dot, extension = name, "", ""
    room = _NAME_BYTES - len((dot + extension).encode())
    return (stem.encode()[:room].decode(errors="ignore").rstrip(" .") or "file") + dot + extension


def _sidecar(path: Path) -> Path:
    return path.with_name(path.name + ".json")


def _load(path: Path) -> ArchivedFile | None:
    """Return the archived file at `path`, None when it has no manifest yet."""
    sidecar = _sidecar(path)
    try:
        return ArchivedFile(path, msgspec.json.decode(sidecar.read_bytes(), type=Manifest))
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError) as error:
        raise ArchiveError(f"{sidecar}: no manifest ({error}); delete it, ingest {path} again") from error
