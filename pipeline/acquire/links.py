"""Which links a page of a portal has: pure functions from bytes and a source to what is to be followed.

Belongs here: decoding pages, finding links, titles, days and departments, telling a page that is a report
from one that says an error. Does not: fetching (`spider`), names of files (`names`).
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import msgspec
from scrapy import Selector
from scrapy.http import HtmlResponse
from w3lib.url import safe_url_string

from pipeline.acquire import hints
from pipeline.acquire.crawl_log import FoundLink
from pipeline.acquire.names import extension
from pipeline.acquire.sources import ReportList, Reports, Rows, Source

_DAY = re.compile(r"(20\d\d)[-/.年](\d{1,2})[-/.月](\d{1,2})")
_CALLED = re.compile(r"""['"]([^'"\s]+\.(?:pdf|docx?|xlsx?|zip|rar|ofd)(?:\?[^'"\s]*)?)['"]""", re.IGNORECASE)
"""A file that a script opens: `javascript:open('/a/b.pdf')`."""
_SHOWN = re.compile(r"=((?:https?:|/|\.)[^&]+\.(?:pdf|docx?|xlsx?|ofd))(?:&|$)", re.IGNORECASE)
_ROWS_OF_A_REPORT = 5
"""A page whose table has fewer rows is a frame around something else, or an error."""


class PageError(Exception):
    """A page that is not what its source says, such as a JSON list that is none."""


@dataclass(frozen=True)
class PageLinks:
    """What a page has: `links` to follow, `anchors` of all links, how the list goes on, in what encoding."""

    links: tuple[FoundLink, ...]
    anchors: tuple[str, ...]
    next_url: str | None = None
    last_page: int | None = None
    encoding: str | None = None


def read_list(url: str, body: bytes, content_type: str, source: Source, entry: ReportList) -> PageLinks:
    """Return the links of a page of a list: to reports, to pages of reports, to further lists.

    Raises PageError where a JSON list cannot be read.
    """
    if entry.rows is not None:
        return _read_rows(url, body, source, entry.rows)
    page = _page(url, body, content_type, source)
    found = []
    for address, title, node in _anchors(page, entry.within):
        role: Any = None
        report = is_wanted(title, source.reports)
        if report and extension(address, title, source.reports.attachments):
            role = "file"
        elif _has(title, entry.folders):
            role = "list"
        elif report:
            role = "detail"
        if role is not None:
            found.append(_link(address, role, title, source, day=_day_beside(node)))
    paging = entry.paging
    next_url = last_page = None
    if paging is not None and paging.next is not None:
        words = paging.next
        next_url = next((address for address, title, _ in _anchors(page, None) if words in title), None)
    if paging is not None and paging.last is not None and (match := re.search(paging.last, page.text)):
        last_page = int(match[1])
    anchors = tuple(dict.fromkeys(_short(address) for address, _, _ in _anchors(page, entry.within)))
    return PageLinks(_once(found), anchors, next_url, last_page, page.encoding)


def read_detail(url: str, body: bytes, content_type: str, source: Source, link: FoundLink) -> PageLinks:
    """Return the attachments of a page of a report, or the page itself where its tables are the report.

    What the list says about the report (`link`) completes what the page says.
    """
    page = _page(url, body, content_type, source)
    rules = source.reports
    # The title of many pages is that of the portal.
    headlines = (_text(page.css(name)[:1]) for name in ("h1", "title"))
    headline = next((text for text in headlines if _has(text, rules.words)), link.title)
    published = link.published_at or _published(page, rules)
    found = []
    for address, title, _ in [*_anchors(page, rules.within), *_framed(page, rules.within)]:
        if extension(address, title, rules.attachments) and not _has(title, rules.without):
            # "附件1.pdf" says nothing; the page that has it does.
            year = hints.year_in_name(title) or hints.year_in_name(link.title) or hints.year_in_name(headline)
            department = next(
                filter(None, (_department(name, rules) for name in (title, link.title, headline))), None
            )
            found.append(
                FoundLink(
                    url=address, role="file", title=title or headline, published_at=published,
                    department_hint=link.department_hint or department, year_hint=year,
                )
            )  # fmt: skip
    if not found and rules.inline and is_report_page(page.text, rules.words):
        found.append(
            msgspec.structs.replace(
                _link(url, "inline", link.title, source, day=published),
                department_hint=link.department_hint or _department(link.title, rules),
            )
        )
    return PageLinks(_once(found), (), encoding=page.encoding)


def is_wanted(title: str, rules: Reports) -> bool:
    """Tell whether a title is that of a report of this source."""
    return _has(title, rules.words) and not _has(title, rules.without)


def is_report_page(text: str, words: tuple[str, ...]) -> bool:
    """Tell whether a web page has a table of a report in it: enough rows with numbers, one of the words."""
    page = Selector(text=text)
    if not _has("".join(page.css("body ::text").getall()), words):
        return False
    for table in page.css("table"):
        rows = [" ".join(row.css("::text").getall()) for row in table.css("tr")]
        if sum(re.search(r"\d", row) is not None for row in rows) >= _ROWS_OF_A_REPORT:
            return True
    return False


def decode(body: bytes, content_type: str, encoding: str | None) -> tuple[str, str]:
    """Return the text of a page and its encoding: as stated by the page, else `encoding`, else by trial."""
    stated = HtmlResponse("http://page", headers={"Content-Type": content_type}, body=body)
    declared = stated._declared_encoding()  # what header, BOM and meta say; the public attribute guesses too
    for codec in filter(None, (declared, encoding, "utf-8", "gb18030")):
        try:
            return body.decode(codec), codec
        except (UnicodeDecodeError, LookupError):
            continue
    # Damaged somewhere: what most pages are in, with marks where it is damaged.
    codec = declared or encoding or "utf-8"
    return body.decode(codec, "replace"), codec


def _page(url: str, body: bytes, content_type: str, source: Source) -> HtmlResponse:
    text, encoding = decode(body, content_type, source.encoding)
    return HtmlResponse(url, body=text.encode(encoding, "replace"), encoding=encoding)


def _anchors(page: HtmlResponse, within: str | None) -> Iterator[tuple[str, str, Selector]]:
    for node in (page.css(within) if within else page).css("a"):
        target = (node.attrib.get("href") or "").strip()
        if not target or target.startswith("#") or target.lower().startswith("javascript:"):
            called = _CALLED.search(target) or _CALLED.search(node.attrib.get("onclick", ""))
            if called is None:
                continue
            target = called[1]
        address = _address(page, target)
        if address is not None:
            shown = _text(node)
            full = " ".join((node.attrib.get("title") or "").split())
            # A list cuts long titles; the attribute has them whole.
            yield address, full if len(full) > len(shown) or not shown else shown, cast(Selector, node)


def _framed(page: HtmlResponse, within: str | None) -> Iterator[tuple[str, str, Selector]]:
    for node in (page.css(within) if within else page).css("iframe, embed, object"):
        target = node.attrib.get("src") or node.attrib.get("data")
        address = _address(page, target.strip()) if target else None
        if address is not None:
            yield address, "", cast(Selector, node)


def _address(page: HtmlResponse, target: str) -> str | None:
    """Return the absolute address of a link, None for what is no page (mailto:, data:, nonsense)."""
    try:
        joined = urldefrag(page.urljoin(target))[0]
        parts = urlsplit(joined)
        if parts.path.endswith((".html", ".htm")) and (shown := _SHOWN.search(unquote(parts.query))):
            joined = page.urljoin(shown[1])  # a page that only shows a file, such as a viewer of PDF
        if parts.scheme not in ("http", "https") or not parts.hostname:
            return None
        return str(safe_url_string(joined, encoding=page.encoding))
    except ValueError:
        return None


def _read_rows(url: str, body: bytes, source: Source, rows: Rows) -> PageLinks:
    try:
        data = msgspec.json.decode(decode(body, "", source.encoding)[0])
    except msgspec.DecodeError as error:
        raise PageError(f"not JSON: {error}") from error
    table = _at(data, rows.rows)
    if not isinstance(table, list):
        raise PageError(f"no list under {rows.rows or 'the answer'}; look at the answer and correct `rows`")
    found, anchors = [], []
    for row in table:
        target = _filled(rows.url, row)
        title = " ".join(re.sub(r"<[^>]+>", "", str(_at(row, rows.title) or "")).split())
        if not target:
            continue
        address = str(safe_url_string(urljoin(url, target), encoding="utf-8"))
        anchors.append(_short(address))
        if urlsplit(address).scheme in ("http", "https") and is_wanted(title, source.reports):
            day = str(_at(row, rows.published_at) or "") if rows.published_at else ""
            link = _link(
                address,
                "file" if extension(address, title, source.reports.attachments) else "detail",
                title,
                source,
                day=_day(day) or (day or None),
            )
            stated = _at(row, rows.department) if rows.department else None
            found.append(msgspec.structs.replace(link, department_hint=str(stated)) if stated else link)
    return PageLinks(_once(found), tuple(dict.fromkeys(anchors)))


def _at(data: Any, path: str) -> Any:
    """Return what stands at a dotted path, None where nothing does."""
    for part in filter(None, path.split(".")):
        if isinstance(data, list) and part.isdigit() and int(part) < len(data):
            data = data[int(part)]
        else:
            data = data.get(part) if isinstance(data, dict) else None
    return data


def _filled(pattern: str, row: Any) -> str | None:
    """Return the address in a row: a field, or a text whose `{field}`s are filled; None where one lacks."""
    if "{" not in pattern:
        value = _at(row, pattern)
        return str(value) if value else None
    values = {name: _at(row, name) for name in re.findall(r"\{([^}]+)\}", pattern)}
    if any(value is None for value in values.values()):
        return None
    return re.sub(r"\{([^}]+)\}", lambda match: str(values[match[1]]), pattern)


def _link(address: str, role: Any, title: str, source: Source, *, day: str | None) -> FoundLink:
    return FoundLink(
        url=address,
        role=role,
        title=title,
        published_at=day,
        department_hint=_department(title, source.reports),
        year_hint=hints.year_in_name(title),
    )


def _department(title: str, rules: Reports) -> str | None:
    plain = re.sub(r"^附件\d*[:：.、]?", "", re.sub(r"\s+", "", title))
    match = re.search(rules.department, plain)
    return match[1].strip("：:-—_ ") or None if match else None


def _has(text: str, words: tuple[str, ...]) -> bool:
    return any(word in text for word in words)


def _published(page: HtmlResponse, rules: Reports) -> str | None:
    meta = page.css("meta[name=PubDate]::attr(content), meta[name=pubdate]::attr(content)").get()
    if meta and (day := _day(meta)):
        return day
    match = re.search(rules.published_at, " ".join(page.css("body ::text").getall()))
    return _day(match[1]) if match else None


def _day_beside(node: Selector) -> str | None:
    """Return the day that stands in the line of a link."""
    line = node.xpath("ancestor::*[self::li or self::tr or self::dd or self::p][1]")
    return _day(" ".join(line.css("::text").getall())) if line else None


def _day(text: str) -> str | None:
    match = _DAY.search(text)
    if match is None or not (1 <= int(match[2]) <= 12 and 1 <= int(match[3]) <= 31):
        return None
    return f"{match[1]}-{int(match[2]):02}-{int(match[3]):02}"


def _text(node: Any) -> str:
    """Return the text in a node, or in the first of several, blanks made one."""
    return " ".join("".join(node.css("::text").getall()).split())


def _short(address: str) -> str:
    return hashlib.sha256(address.encode()).hexdigest()[:8]


def _once(found: list[FoundLink]) -> tuple[FoundLink, ...]:
    return tuple({link.url: link for link in reversed(found)}.values())[::-1]
