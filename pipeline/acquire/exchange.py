"""What a request is made of and what an answer holds: pure functions, between the spider and HTTP.

Belongs here: addresses and bodies of numbered pages, validators, whether an answer is a report file. Does
not: the order in which things are asked (`spider`), reading pages (`links`).
"""

import json
from typing import Any
from urllib.parse import urlencode

import msgspec
from scrapy.http import Response

from pipeline.acquire.archive import ArchivedFile
from pipeline.acquire.crawl_log import CrawledUrl, FoundLink, Outcome, PageState, Reason
from pipeline.acquire.links import decode, is_report_page
from pipeline.acquire.names import extension
from pipeline.acquire.sources import FILE_TYPES, ReportList, Source


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where in a source a page stands: which list, which page of it, how deep; `link` led to a detail."""

    entry: int
    number: int = 0
    depth: int = 0
    link: FoundLink | None = None
    folder: FoundLink | None = None
    """The link that led to a further list, whose own pages are not known by number."""


def numbered(entry: ReportList, place: Place, next_url: str | None) -> tuple[str, bytes, dict[str, str]]:
    """Return address, body and headers of a page of a list."""
    if place.folder is not None:
        return next_url or place.folder.url, b"", {}
    if next_url is not None:
        return next_url, b"", {}
    paging = entry.paging
    number = (paging.first if paging else 1) + place.number
    url = entry.url
    if place.number and paging is not None and paging.url is not None:
        url, number = paging.url, number - 1  # the first page has an address of its own
    if entry.json_body is not None:
        filled = json.dumps(entry.json_body, ensure_ascii=False)
        # A page number stands as a number where it is all there is.
        filled = filled.replace('"{page}"', str(number)).replace("{page}", str(number))
        return url.replace("{page}", str(number)), filled.encode(), {"Content-Type": "application/json"}
    form = {name: value.replace("{page}", str(number)) for name, value in entry.form.items()}
    headers = {"Content-Type": "application/x-www-form-urlencoded"} if form else {}
    return url.replace("{page}", str(number)), urlencode(form).encode(), headers


def outcome_of(known: CrawledUrl | None, file: ArchivedFile) -> Outcome:
    """Return how an address ended whose bytes are in the archive."""
    if known is None or known.sha256 is None:
        return "new" if file.is_new else "duplicate"
    return "unchanged" if known.sha256 == file.sha256 else "changed"


def conditions(known: CrawledUrl | PageState) -> dict[str, str]:
    """Return the headers that ask for something only if it changed."""
    headers = {}
    if known.etag:
        headers["If-None-Match"] = known.etag
    if known.last_modified:
        headers["If-Modified-Since"] = known.last_modified
    return headers


def validators(response: Response) -> dict[str, str | None]:
    """Return what the server gave to ask by for changes."""
    values = (response.headers.get("ETag"), response.headers.get("Last-Modified"))
    etag, modified = (value.decode("latin-1") if value else None for value in values)
    return {"etag": etag, "last_modified": modified}


def bytes_of(known: CrawledUrl, fetched_at: str | None = None) -> dict[str, Any]:
    """Return what is known about the bytes at an address; `fetched_at` where they were just confirmed."""
    return {
        "sha256": known.sha256,
        "bytes": known.bytes,
        "kind": known.file_type,
        "etag": known.etag,
        "last_modified": known.last_modified,
        "fetched_at": fetched_at or known.fetched_at,
    }


def problem_with(body: bytes, kind: str, link: FoundLink, source: Source) -> tuple[Reason, str] | None:
    """Return why the body of an answer is no report file, None where it is one.

    `kind` is a word of `pipeline.file_type`: what counts are the bytes, whatever headers and names say.
    """
    if kind == "empty":
        return "empty", "the file has no bytes"
    promised = extension(link.url, link.title, FILE_TYPES)
    allowed = {word for name in source.reports.attachments for word in FILE_TYPES[name]}
    if kind in ("html", "mhtml"):
        # Tables saved as a web page are called .xls or .doc; an error page may be called anything.
        as_report = link.role == "inline" or "html" in FILE_TYPES.get(promised or "", ())
        text = decode(body, "", source.encoding)[0]
        if as_report and (kind == "mhtml" or is_report_page(text, source.reports.words)):
            return None
        return "html_page", "a web page came in place of the file"
    if kind not in allowed:
        return "wrong_type", f"the file is of type {kind}"
    return None
