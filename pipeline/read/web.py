"""Web pages (.html, .mhtml) as `Document`: blocks of text and tables in the order of the page.

Belongs here: the encoding, what of a page is shown, and where its tables have which cells. Does not: the
layout of a page (`flow`) or getting pages from the web (`acquire`).

Shown is what a browser shows without running scripts: elements that the page's own styles hide are left out.
Style sheets in other files are not seen.
"""

import codecs
import hashlib
import logging
import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

from pipeline.read.document import Document, UnreadableError
from pipeline.read.flow import (
    Block,
    PageBreak,
    Table,
    TableCell,
    Text,
    lay_out,
    plain,
    require_few_pages,
    require_text,
)

log = logging.getLogger(__name__)

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
          (b"<\x00", "utf-16-le"), (b"\x00<", "utf-16-be"))  # fmt: skip
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)
_CHINESE = frozenset({"gb2312", "gbk", "gb18030", "x-gbk", "cp936", "gb_2312-80", "hz-gb-2312"})
_DECLARED_BYTES = 4096

_NOT_SHOWN = frozenset(
    {"head", "script", "style", "noscript", "template", "iframe", "object", "select", "option", "textarea",
     "button", "svg", "math", "audio", "video", "canvas", "-comment", "_comment", "!--"}
)  # fmt: skip
_INLINE = frozenset(
    {"a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins",
     "kbd", "label", "mark", "nobr", "q", "rp", "rt", "ruby", "s", "samp", "small", "span", "strike",
     "strong", "sub", "sup", "time", "tt", "u", "var", "wbr", "o:p", "st1:chsdate"}
)  # fmt: skip
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|mso-hide\s*:\s*all", re.IGNORECASE
)
_BREAK = re.compile(r"(?:page-)?break-(before|after)\s*:\s*(?:always|page|left|right)", re.IGNORECASE)
_WIDTH = re.compile(r"(?<![\w-])width\s*:\s*([\d.]+)\s*(pt|px|%|cm|mm|in)?", re.IGNORECASE)
_POINTS = {"pt": 1.0, "px": 0.75, "": 0.75, "cm": 28.35, "mm": 2.835, "in": 72.0, "%": 5.0}
"""Points of a unit of width; a hundredth is taken of a page 500 points wide."""

_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_AT_RULE = re.compile(r"@[^{};]+(?:\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}|;)")
_COMMENT = re.compile(r"/\*.*?\*/|<!--|-->", re.DOTALL)

MOST_SPANNED = 1000
"""Columns that one cell may span (HTML, 4.9.11); a larger number counts as this."""


def read_html(path: Path, max_pages: int) -> Document:
    """Read a web page. Raises UnreadableError: `damaged`, `no_text`, `too_many_pages`."""
    data = path.read_bytes()
    return _document(path.name, data, decode(data), "html", max_pages)


def read_mhtml(path: Path, max_pages: int) -> Document:
    """Read a web page that was saved with its parts in one file.

    Raises UnreadableError: `damaged` (no page in it), `no_text`, `too_many_pages`.
    """
    data = path.read_bytes()
    message = message_from_bytes(data, policy=policy.default)
    page = next((part for part in message.walk() if part.get_content_type() == "text/html"), None)
    content = page.get_payload(decode=True) if page is not None else None
    if page is None or not isinstance(content, bytes) or not content:
        raise UnreadableError(
            "damaged", f"{path.name} holds no web page. Save the page anew, as HTML or PDF."
        )
    return _document(path.name, data, decode(content, page.get_content_charset()), "mhtml", max_pages)


def decode(data: bytes, declared: str | None = None) -> str:
    """Return a page's text by its byte order mark, its declaration, or else what its bytes can be.

    The declaration counts only where the bytes agree with it; GB18030 is tried for GB2312 and GBK too, which
    it contains.
    """
    for mark, codec in _MARKS:
        if data.startswith(mark):
            return data.decode(codec, "replace")
    found = _CHARSET.search(data[:_DECLARED_BYTES])
    names = [declared or "", found[1].decode("ascii", "replace") if found else "", "utf-8", "gb18030"]
    for name in names:
        codec = "gb18030" if name.lower() in _CHINESE else name
        try:
            return data.decode(codec)
        except (LookupError, UnicodeDecodeError):
            continue
    # a page cut off inside a character, or with some bytes of another encoding
    readings = [data.decode(codec, "replace") for codec in ("utf-8", "gb18030")]
    best = min(readings, key=lambda reading: reading.count("\ufffd"))
    log.warning("message=%d characters of a web page cannot be decoded", best.count("\ufffd"))
    return best


def _document(name: str, data: bytes, text: str, file_type: str, max_pages: int) -> Document:
    from selectolax.lexbor import LexborHTMLParser

    tree = LexborHTMLParser(text)
    reader = _Reader(tree)
    try:
        pages = lay_out(reader.blocks(tree.body), "html") if tree.body is not None else []
    except RecursionError as error:
        raise UnreadableError(
            "damaged",
            f"{name}: its elements stand too deep inside each other. Save it as PDF and ingest that.",
        ) from error
    require_text(name, pages, len(tree.css("img")))
    require_few_pages(name, len(pages), max_pages)
    title = tree.css_first("head > title")
    generator = tree.css_first('meta[name="generator" i]')
    return Document(
        sha256=hashlib.sha256(data).hexdigest(),
        file_type=file_type,
        producer=(generator.attributes.get("content") or "") if generator is not None else "",
        pages=tuple(pages),
        title=plain(title.text()) if title is not None else "",
    )


class _Reader:
    """Goes through the elements of one page."""

    def __init__(self, tree: Any) -> None:
        from selectolax.lexbor import SelectolaxError

        self.tables = 0
        self.hidden: set[int] = set()
        for style in tree.css("style"):
            rules = _AT_RULE.sub("", _COMMENT.sub("", style.text(deep=True) or ""))
            for selector, declarations in _RULE.findall(rules):
                if _HIDDEN.search(declarations) and ":" not in selector:
                    try:
                        self.hidden.update(node.mem_id for node in tree.css(selector.strip()))
                    except SelectolaxError:
                        log.warning("message=style rule for %r is not understood", selector.strip())

    def blocks(self, parent: Any) -> Iterator[Block]:
        """Yield the blocks inside an element; text of its own and of inline elements runs together."""
        words: list[str] = []
        for item in self._items(parent):
            if isinstance(item, str):
                words.append(item)
                continue
            if text := plain("".join(words)):
                yield Text(text)
            words = []
            if item is not None:
                yield item
        if text := plain("".join(words)):
            yield Text(text)

    def _items(self, parent: Any) -> Iterator[str | Block | None]:
        """Yield pieces of running text, blocks, and None where a block begins or ends."""
        node = parent.child
        while node is not None:
            tag = node.tag or ""
            if tag == "-text":
                yield (node.text_content or "").replace("\n", " ").replace("\r", " ")
            elif tag not in _NOT_SHOWN and not self._is_hidden(node):
                breaks = set(_BREAK.findall(node.attributes.get("style") or "")) if node.attributes else set()
                if "before" in breaks:
                    yield PageBreak()
                if tag == "br":
                    yield "\n"
                elif tag == "table":
                    yield self._table(node)
                elif tag in _INLINE:
                    yield from self._items(node)
                elif tag != "img":
                    yield None
                    yield from self._items(node)
                    yield None
                if "after" in breaks:
                    yield PageBreak()
            node = node.next

    def _is_hidden(self, node: Any) -> bool:
        if node.mem_id in self.hidden:
            return True
        attributes = node.attributes
        return bool(attributes) and (
            "hidden" in attributes or _HIDDEN.search(attributes.get("style") or "") is not None
        )

    def _table(self, element: Any) -> Table:
        """Return a table by the algorithm of HTML for rows and spans; places are counted as shown."""
        self.tables += 1
        number = self.tables
        rows = list(self._rows(element))
        table = Table(widths=self._widths(element))
        taken: set[tuple[int, int]] = set()
        last_of = {group: index for index, (_, group) in enumerate(rows)}
        for row_no, (row, group) in enumerate(rows):
            column = 0
            for index, cell in enumerate(self._children(row, ("td", "th")), start=1):
                while (row_no, column) in taken:
                    column += 1
                column_span = min(MOST_SPANNED, _count(cell, "colspan") or 1)
                down = _count(cell, "rowspan")
                # 0 reaches to the end of the row group, and so does what would reach beyond it
                end = last_of[group] + 1
                row_span = end - row_no if down == 0 else max(1, min(down or 1, end - row_no))
                for below in range(row_no, row_no + row_span):
                    taken.update((below, column + right) for right in range(column_span))
                place = f"table {number}, row {row_no + 1}, cell {index}"
                blocks: list[Block] = [b for b in self.blocks(cell) if not isinstance(b, PageBreak)]
                table.cells.append(TableCell(row_no, column, row_span, column_span, blocks, place))
                column += column_span
        caption = next(iter(self._children(element, ("caption",))), None)
        if caption is not None and table.cells:
            words = [block for block in self.blocks(caption) if isinstance(block, Text)]
            return _captioned(table, words)
        return table

    def _children(self, parent: Any, tags: tuple[str, ...]) -> Iterator[Any]:
        node = parent.child
        while node is not None:
            if node.tag in tags and not self._is_hidden(node):
                yield node
            node = node.next

    def _rows(self, table: Any) -> Iterator[tuple[Any, int]]:
        """Yield the rows with the number of their group; head and foot where they stand."""
        for group, part in enumerate(self._children(table, ("thead", "tbody", "tfoot"))):
            for row in self._children(part, ("tr",)):
                yield row, group

    def _widths(self, table: Any) -> list[float]:
        widths: list[float] = []
        parts = [*self._children(table, ("colgroup",)), table]
        for part in parts:
            for column in self._children(part, ("col",)):
                width = _width(column)
                if width is None:
                    return []
                widths.extend([width] * min(MOST_SPANNED, _count(column, "span") or 1))
        return widths


def _captioned(table: Table, caption: list[Text]) -> Table:
    """Return a table with its caption as a first row across it."""
    across = max(cell.column + cell.column_span for cell in table.cells)
    for cell in table.cells:
        cell.row += 1
    place = table.cells[0].place.partition(",")[0] + ", caption"
    table.cells.insert(0, TableCell(0, 0, 1, across, [*caption], place))
    return table


def _count(node: Any, attribute: str) -> int | None:
    found = re.match(r"\s*\+?(\d{1,6})", node.attributes.get(attribute) or "")
    return int(found[1]) if found else None


def _width(node: Any) -> float | None:
    """Return the width that an element asks for, in points; None where it does not."""
    style = _WIDTH.search(node.attributes.get("style") or "")
    if style:
        return float(style[1]) * _POINTS[(style[2] or "").lower()]
    plain_width = re.fullmatch(r"\s*([\d.]+)\s*(%|pt|px)?\s*", node.attributes.get("width") or "")
    return float(plain_width[1]) * _POINTS[plain_width[2] or ""] if plain_width else None
