"""ZIP archives of report files as one `Document`.

Belongs here: which members are read, in which order, and what makes an archive unsafe. Does not: reading a
member (`files`), or telling whether the members are one report (`forms`).

Members in natural order of their names become pages with running numbers; each page names its member.
Nothing is ever written where a member's name says.
"""

import hashlib
import logging
import re
import stat
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import msgspec

from pipeline.read.document import Document, Page, UnreadableError
from pipeline.read.flow import require_few_pages
from pipeline.read.package import MAX_UNPACKED, MEGABYTE, open_package, unpack

log = logging.getLogger(__name__)

MAX_DEPTH = 2
"""An archive may hold archives, and these none."""

_NO_MATERIAL = re.compile(
    r"(?:^|/)(?:__MACOSX|\.git|\.svn)/|(?:^|/)(?:\.[^/]*|~\$[^/]*|thumbs\.db|desktop\.ini)$", re.IGNORECASE
)
_LONGEST_NAME = 120

ReadMember = Callable[[Path, int, "Unpacked"], Document]
"""Reads one unpacked member: its path, how many pages it may have, what is unpacked already."""


@dataclass
class Unpacked:
    """How deep inside archives a file is, and how many bytes have been unpacked on the way, of all."""

    depth: int = 0
    total: int = 0


def read_zip(path: Path, max_pages: int, read_member: ReadMember, unpacked: Unpacked) -> Document:
    """Read all report files in a ZIP.

    A member of a type that is not read, or without text, is left out as long as another can be read. Raises
    UnreadableError: `damaged`, `encrypted`, `unsafe_archive`, `no_text`, `too_many_pages`, and whatever a
    member is refused for, naming it.
    """
    if unpacked.depth >= MAX_DEPTH:
        raise UnreadableError(
            "unsafe_archive", f"{path.name} is a ZIP in a ZIP in a ZIP. Unpack it and ingest the files in it."
        )
    pages: list[Page] = []
    producers: dict[str, None] = {}
    titles: dict[str, None] = {}
    left_out: list[UnreadableError] = []
    with open_package(path) as package, tempfile.TemporaryDirectory(prefix="fiscal-zip-") as folder:
        for number, (name, member) in enumerate(_members(package, path.name)):
            inner = Path(folder, str(number))
            inner.mkdir()
            file = inner / _safe_name(name)
            label = f"{path.name}, {name}"
            unpacked.total += member.file_size
            if unpacked.total > MAX_UNPACKED:
                raise UnreadableError(
                    "unsafe_archive",
                    f"{path.name} unpacks to more than {MAX_UNPACKED // MEGABYTE} megabytes. Unpack it and "
                    "ingest the report in it alone.",
                )
            file.write_bytes(unpack(package, label, member))
            within = Unpacked(unpacked.depth + 1, unpacked.total)
            try:
                document = read_member(file, max_pages - len(pages), within)
            except UnreadableError as error:
                refused = UnreadableError(error.reason, f"{path.name}: {error}", error.page)
                if error.reason not in ("unsupported_type", "no_text", "empty_file"):
                    raise refused from error
                left_out.append(refused)
                log.warning("file=%s member=%s message=left out: %s", path.name, name, error)
                continue
            finally:
                unpacked.total = within.total
                file.unlink()
            pages.extend(_of_member(page, name, len(pages) + n) for n, page in enumerate(document.pages, 1))
            producers |= dict.fromkeys(filter(None, [document.producer]))
            titles |= dict.fromkeys(filter(None, [document.title]))
    if not pages:
        raise next(iter(left_out), None) or UnreadableError(
            "no_text", f"{path.name} holds no file that could be a report. Check that it is the right file."
        )
    require_few_pages(path.name, len(pages), max_pages)
    return Document(
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        file_type="zip",
        producer="; ".join(producers),
        pages=tuple(pages),
        title="; ".join(titles),
    )


def _of_member(page: Page, name: str, number: int) -> Page:
    grids = tuple(msgspec.structs.replace(grid, page=number) for grid in page.grids)
    part = f"{name}/{page.part}" if page.part else name
    return msgspec.structs.replace(page, number=number, grids=grids, part=part)


def _members(package: zipfile.ZipFile, archive: str) -> list[tuple[str, zipfile.ZipInfo]]:
    """Return the members to be read with their names, in natural order; raises `unsafe_archive`."""
    found = []
    for member in package.infolist():
        name = member_name(member)
        path = PurePosixPath(name)
        is_link = stat.S_ISLNK(member.external_attr >> 16)
        if is_link or path.is_absolute() or ".." in path.parts or re.match(r"[A-Za-z]:", name):
            raise UnreadableError(
                "unsafe_archive",
                f"{archive} holds {name!r}, which lies outside of it or is a link. Check where it came from.",
            )
        if not member.is_dir() and not _NO_MATERIAL.search(name):
            found.append((name, member))
    return sorted(found, key=lambda pair: natural_key(pair[0]))


def member_name(member: zipfile.ZipInfo) -> str:
    """Return the name of a member as its maker wrote it: UTF-8, or the GBK of Chinese Windows.

    A ZIP marks names in UTF-8; others are taken for code page 437 (APPNOTE 4.4.4, bit 11), which has no
    Chinese characters.
    """
    name = member.filename
    if not member.flag_bits & 0x800:
        raw = name.encode("cp437", "replace")
        for codec in ("utf-8", "gb18030"):
            try:
                name = raw.decode(codec)
                break
            except UnicodeDecodeError:
                continue
    return name.replace("\\", "/")


def natural_key(name: str) -> list[tuple[int, int, str]]:
    """Return what names are ordered by: 附件2 before 附件10, upper and lower case alike."""
    parts = re.findall(r"\d+|\D+", name.casefold())
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts]


def _safe_name(name: str) -> str:
    """Return the last part of a member's name as a name of a file here, for messages."""
    last = re.sub(r"[\x00-\x1f/\\:]", "_", PurePosixPath(name).name)
    return last if len(last.encode()) <= _LONGEST_NAME else f"{last[:20]}…{PurePosixPath(last).suffix[:8]}"
