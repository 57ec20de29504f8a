"""What a file is called that a server sends: the header, the link, the address.

Belongs here: reading names out of what servers and portals write, however they write it. Does not: what a
name may be in the archive (`archive.safe_name`).
"""

import re
from collections.abc import Collection
from email.errors import HeaderParseError
from email.header import decode_header
from urllib.parse import unquote, unquote_to_bytes, urlsplit

_PARAMETER = re.compile(
    rb'filename(?P<star>\*)?\s*=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>[^;]*))', re.IGNORECASE
)
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_EXTENSION = re.compile(r"\.([A-Za-z0-9]{1,5})$")


def name_in_header(header: bytes) -> str | None:
    """Return the file name of a Content-Disposition header; None where it has none.

    Read are `filename*` (RFC 8187; it wins, RFC 6266 4.3), and in `filename`: bytes of UTF-8 or GB18030,
    percent-encoding of either, and encoded words (RFC 2047), all of which servers send. Folders are left out.
    """
    found: dict[bool, str] = {}
    for match in _PARAMETER.finditer(header):
        starred = match["star"] is not None
        value = match["quoted"] if match["quoted"] is not None else match["plain"].strip()
        if starred and (parts := value.split(b"'", 2))[2:]:
            text = _decoded(unquote_to_bytes(parts[2]), parts[0].decode("ascii", "replace"))
        else:
            text = _plain(value)
        text = re.split(r"[/\\]", text)[-1].strip()
        if text:
            found.setdefault(starred, text)
    return found.get(True) or found.get(False)


def name_in_address(url: str) -> str:
    """Return the last part of the path of an address, percent-encoding resolved."""
    return _decoded(unquote_to_bytes(urlsplit(url).path.rpartition("/")[2]), "")


def extension(url: str, title: str, wanted: Collection[str]) -> str | None:
    """Return which of the extensions `wanted` a link leads to: by its path, its parameters or its title.

    A download script has the name in a parameter, if anywhere; a link text often ends like a file name.
    """
    parts = urlsplit(url)
    values = [part.partition("=")[2] for part in parts.query.split("&")]
    for text in (parts.path, *values, title.strip(" ）)】]　")):
        match = _EXTENSION.search(unquote(text))
        if match and match[1].lower() in wanted:
            return match[1].lower()
    return None


def best_name(*names: str | None, file_type: str) -> str:
    """Return the first name in Chinese, else the first; with an extension where it has none.

    Names are given best first. `file_type` is a word of `pipeline.file_type`; it names the extension.
    """
    given = [name for name in names if name]
    name = next((name for name in given if _CHINESE.search(name)), given[0] if given else "file")
    if not _EXTENSION.search(name):
        others = (match[1].lower() for other in given if (match := _EXTENSION.search(other)))
        name += "." + (next(others, "bin") if file_type in ("archive", "unknown", "ole") else file_type)
    return name


def _plain(value: bytes) -> str:
    value = re.sub(rb"\\(.)", rb"\1", value)
    if value.startswith(b"=?"):
        try:
            parts = decode_header(value.decode("ascii", "replace"))
        except HeaderParseError:
            parts = []
        if parts:
            return "".join(
                _decoded(part, charset or "") if isinstance(part, bytes) else part for part, charset in parts
            )
    if re.search(rb"%[0-9A-Fa-f]{2}", value):
        value = unquote_to_bytes(value)
    return _decoded(value, "")


def _decoded(value: bytes, charset: str) -> str:
    for codec in filter(None, (charset, "utf-8", "gb18030")):
        try:
            return value.decode(codec)
        except (UnicodeDecodeError, LookupError):
            continue
    return value.decode("latin-1")
