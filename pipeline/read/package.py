"""ZIP files, which Office files are too, opened under limits; and what an Office file says of itself.

Belongs here: the limits that keep a hostile or broken ZIP from filling memory and disk, and the properties
of Office files of both kinds. Does not: what the members hold (`word`, `sheets`, `container`).
"""

import re
import struct
import zipfile
import zlib
from pathlib import Path
from xml.etree import ElementTree

from pipeline.file_type import ole_stream
from pipeline.read.document import UnreadableError

MEGABYTE = 1024 * 1024
MAX_UNPACKED = 400 * MEGABYTE
"""A report of 170 pages unpacks to 2 to 20 MB; scans in a ZIP hardly to more than the ZIP itself."""

MAX_RATIO = 250
"""A repetitive sheet is packed about 100 times smaller; a bomb 1000 times."""

SMALL = 20 * MEGABYTE
"""No ratio is looked at below this size."""

MAX_MEMBERS = 2000

_WIDE_STRING = 31
_CODE_PAGES = {65001: "utf-8", 1200: "utf-16-le", 1252: "cp1252"}
"""Of the properties of old Office files ([MS-OLEPS] 2.2); in China GBK where it is none of these."""

_BAD_ZIP = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    NotImplementedError,
    ValueError,
    OSError,
    EOFError,
    zlib.error,
)


def open_package(path: Path) -> zipfile.ZipFile:
    """Open a ZIP file whose members are safe to unpack.

    Raises UnreadableError: `damaged`, `unsafe_archive` (too many members, unpacks to too much).
    """
    try:
        package = zipfile.ZipFile(path)
    except _BAD_ZIP as error:
        raise _damaged(path.name, error) from error
    members = package.infolist()
    size, packed = sum(m.file_size for m in members), sum(m.compress_size for m in members)
    problem = None
    if len(members) > MAX_MEMBERS:
        problem = f"holds {len(members)} files, more than {MAX_MEMBERS}"
    elif size > MAX_UNPACKED or (size > SMALL and size > MAX_RATIO * max(1, packed)):
        problem = f"unpacks from {packed / MEGABYTE:.1f} to {size / MEGABYTE:.0f} megabytes"
    if problem:
        package.close()
        raise UnreadableError(
            "unsafe_archive",
            f"{path.name} {problem}. Check where it came from; ingest the report in it alone.",
        )
    return package


def unpack(package: zipfile.ZipFile, name: str, member: zipfile.ZipInfo) -> bytes:
    """Return what a member holds; `name` is the file's, for the message.

    Raises UnreadableError: `encrypted`, `damaged`, `unsafe_archive` (more than the directory says).
    """
    if member.flag_bits & 1:
        raise UnreadableError(
            "encrypted", f"{name} is protected by a password. Unpack it and ingest the files in it."
        )
    try:
        with package.open(member) as stream:
            data = stream.read(member.file_size + 1)
    except RuntimeError as error:
        raise UnreadableError(
            "encrypted", f"{name} is protected ({error}). Unpack it and ingest the files."
        ) from error
    except _BAD_ZIP as error:
        raise _damaged(name, error) from error
    if len(data) != member.file_size:
        raise UnreadableError("damaged", f"{name} is damaged: a file in it has another size than it should.")
    return data


def _damaged(name: str, error: Exception) -> UnreadableError:
    return UnreadableError("damaged", f"{name} is cut off or damaged ({error}). Fetch the file again.")


def properties(package: zipfile.ZipFile) -> tuple[str, str]:
    """Return the title of an Office file and the program that made it; empty where it does not say."""
    return _property(package, "docProps/core.xml", "title"), _property(
        package, "docProps/app.xml", "Application"
    )


def _property(package: zipfile.ZipFile, part: str, tag: str) -> str:
    try:
        data = package.read(part)
    except (KeyError, RuntimeError, *_BAD_ZIP):
        return ""
    try:
        found = ElementTree.fromstring(data).find(f".//{{*}}{tag}")
    except ElementTree.ParseError:
        return ""  # a report whose properties are broken is still a report
    return re.sub(r"\s+", " ", found.text).strip() if found is not None and found.text else ""


def ole_title(data: bytes) -> str:
    """Return the title of an Office file of the old kind ([MS-OLEPS] 2.21); empty where it does not say."""
    try:
        stream = ole_stream(data, "\x05SummaryInformation")
        (start,) = struct.unpack_from("<I", stream, 44)
        (count,) = struct.unpack_from("<I", stream, start + 4)
        pairs = struct.unpack_from(f"<{2 * min(count, 100)}I", stream, start + 8)
        found = dict(zip(pairs[::2], pairs[1::2], strict=True))
        code_page, title = (start + found[number] for number in (1, 2))
        (page,) = struct.unpack_from("<H", stream, code_page + 4)
        kind, length = struct.unpack_from("<II", stream, title)
        raw = stream[title + 8 : title + 8 + (2 * length if kind == _WIDE_STRING else length)]
        codec = "utf-16-le" if kind == _WIDE_STRING else _CODE_PAGES.get(page, "gb18030")
        return re.sub(r"[\s\x00]+", " ", raw.decode(codec, "replace")).strip()
    except (KeyError, struct.error):
        return ""  # a report without properties is still a report
