"""Pictures of the pages that findings are about, drawn from the archive.

Belongs here: which pictures there must be, what they are called, drawing those that are missing. Does not:
how a page is drawn (`pipeline.pictures`).

A picture is called by what is on it (file, page, marks), so one that is there need not be drawn again.
"""

import hashlib
import io
import logging
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from pipeline.acquire.archive import Archive, ArchiveError, read_verified
from pipeline.config import settings
from pipeline.pictures import Mark, marked, pdf_pages, shows_its_text
from pipeline.pool import Failed, Limits, limited_map
from pipeline.site.query import Place, Report
from pipeline.site.report import Picture
from pipeline.staging import write_atomically

log = logging.getLogger(__name__)

FOLDER = "pictures"
# Part of every name: a picture drawn in another way is another picture.
_VERSION = "2"
# At the end of the name of a picture whose text the machine had no font for.
_WITHOUT_FONT = "-nofont"
# Of 100: small print stays legible, a page of print takes some 60 kB, one of a scan a fifth of its PNG.
_QUALITY = 75

Marks = Mapping[int, Sequence[tuple[str, Place, Place, Place, Place]]]


class Task(msgspec.Struct, frozen=True):
    """The pictures of one report that are to be drawn: page to name and marks. `archive` has the file."""

    report: Report
    archive: Path
    folder: Path
    pages: dict[int, tuple[str, list[tuple[str, Place, Place, Place, Place]]]]


def pictures(
    target: Path, reports: Iterable[Report], marks: Mapping[str, Marks], workers: int
) -> tuple[dict[str, list[Picture]], int]:
    """Draw the pictures that are not there yet; return those of each report by key, and how many were drawn.

    A page that cannot be drawn is a Picture without a file that says why.
    """
    folder = target / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    there = {path.name for path in folder.iterdir()}
    wanted: dict[str, tuple[Report, dict[int, str]]] = {}
    tasks, notes = [], {}
    for report in reports:
        pages = marks.get(report.report_key)
        if not pages:
            continue
        if report.file_type != "pdf":
            notes[report.report_key] = "report.picture_no_pages"
        names = {page: _name(report, page, on_page) for page, on_page in pages.items()}
        wanted[report.report_key] = (report, names)
        missing = {
            page: (name, list(pages[page])) for page, name in names.items() if not _file(name, there)[0]
        }
        if missing and report.report_key not in notes:
            tasks.append(Task(report, settings().raw_dir, folder, missing))
    drawn = 0
    limits = Limits(settings().read_seconds, settings().read_megabytes, workers)
    for task, result in limited_map(draw, tasks, limits):
        if isinstance(result, Failed):
            log.warning("%s: pages not drawn: %s", task.report.file_name, result.message)
            notes[task.report.report_key] = "report.picture_failed"
        elif isinstance(result, str):
            notes[task.report.report_key] = result
        else:
            there.update(result)
            drawn += len(result)
    return {
        key: [
            Picture(page, *_file(name, there))
            if _file(name, there)[0]
            else Picture(page, None, notes.get(key))
            for page, name in names.items()
        ]
        for key, (_, names) in wanted.items()
    }, drawn


def draw(task: Task) -> list[str] | str:
    """Draw the pages of one report; return the names of the files, or why there are none (a string)."""
    import pypdfium2

    file = Archive(task.archive).find(task.report.sha256)
    if file is None:
        return "report.picture_no_file"
    names = []
    try:
        read_verified(file)
        # One page at a time: a page as a picture is megabytes.
        for number, (name, marks) in task.pages.items():
            for picture in pdf_pages(file.path, [number]).values():
                boxes = [
                    Mark((x0, top, x1, bottom), kind)
                    for kind, x0, top, x1, bottom in marks
                    if x0 is not None and top is not None and x1 is not None and bottom is not None
                ]
                whole = name + ("" if shows_its_text(file.path, number, picture) else _WITHOUT_FONT) + ".webp"
                data = io.BytesIO()
                marked(picture, boxes).save(data, "webp", quality=_QUALITY)
                write_atomically(task.folder / whole, data.getvalue())
                names.append(whole)
    except (ArchiveError, pypdfium2.PdfiumError) as error:
        log.warning("%s: %s", task.report.file_name, error)
        return "report.picture_damaged"
    return names


def _name(report: Report, page: int, marks: Sequence[tuple[str, Place, Place, Place, Place]]) -> str:
    digest = hashlib.sha256(msgspec.json.encode((_VERSION, report.sha256, page, list(marks))))
    return f"{report.report_key}-p{page:03}-{digest.hexdigest()[:12]}"


def _file(name: str, there: set[str]) -> tuple[str | None, str | None]:
    """Return the picture of this name and what is to be said about it; None, None where there is none."""
    if f"{name}.webp" in there:
        return f"{name}.webp", None
    if f"{name}{_WITHOUT_FONT}.webp" in there:
        return f"{name}{_WITHOUT_FONT}.webp", "report.picture_no_font"
    return None, None
