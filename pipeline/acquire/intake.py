"""Taking many files into the archive at once.

Belongs here: which files a path means, which year's folder an unnamed one goes to, going on when one is
refused. Does not: how the archive keeps a file (`archive`).
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline import progress
from pipeline.acquire import hints
from pipeline.acquire.archive import Archive, ArchivedFile, ArchiveError, is_sidecar
from pipeline.config import settings
from pipeline.pool import Failed, Limits, limited_map

log = logging.getLogger(__name__)

FIRST_PAGES_SECONDS = 30


@dataclass(frozen=True)
class Refused:
    """A path that did not get into the archive, and why."""

    path: Path
    message: str


def files_under(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield the files that are meant by paths: a file itself, of a folder every file at any depth.

    Left out: hidden files and the manifests of the archive. Raises FileNotFoundError for a path that is not
    there.
    """
    for path in paths:
        if path.is_file():
            yield path
        elif path.is_dir():
            for file in sorted(path.rglob("*")):
                hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
                if file.is_file() and not hidden and not is_sidecar(file):
                    yield file
        else:
            raise FileNotFoundError(f"{path}: no such file or folder")


def archive_files(paths: Sequence[Path]) -> list[ArchivedFile | Refused]:
    """Archive each file, in the order of `paths`; one that cannot be archived is told, the others go on.

    The fiscal year that chooses the folder is told from the name, or else from the first pages, which are
    looked at in a limited process. Files that lie in the inbox are moved, all others copied.
    """
    archive = Archive(settings().raw_dir)
    inbox = settings().inbox_dir.resolve()
    years = {path: hints.year_in_name(path.name) for path in paths}
    unknown = [path for path in paths if years[path] is None and not archive.holds(path)]
    limits = Limits(FIRST_PAGES_SECONDS, settings().read_megabytes, settings().workers)
    for path, year in limited_map(hints.year_in_pages, unknown, limits):
        # Whatever goes wrong here goes wrong again when the file is read, and becomes its outcome there.
        years[path] = None if isinstance(year, Failed) else year
    results: list[ArchivedFile | Refused] = []
    for number, path in enumerate(paths, start=1):
        moves = path.resolve().is_relative_to(inbox)
        try:
            file = (archive.take_from_inbox if moves else archive.add_file)(path, year=years[path])
        except (ArchiveError, OSError) as error:
            log.error("stage=archive file=%s status=failed message=%s", path.name, error)
            results.append(Refused(path, str(error)))
        else:
            if file.is_new:
                log.info("stage=archive file=%s sha256=%s status=ok", path.name, file.sha256)
            results.append(file)
        progress.report("archive", number, len(paths))
    return results
