"""Word files (.docx) as `Document`: paragraphs and tables in the order of the text.

Belongs here: what of a Word file is printed, and where its tables have which cells. Does not: files of the
old kind (`office`) or the layout of a page (`flow`).

Printed is the text with its tracked changes accepted and without hidden text. Pages are parted where the
file says so: page breaks, sections that begin a page, and the breaks that Word noted when it last set the
text. A table is never parted. Headers, footers, footnotes, comments and the numbers of automatic lists are
left out.
"""

import hashlib
import logging
from collections.abc import Iterator, Sequence
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
from pipeline.read.package import open_package, properties

log = logging.getLogger(__name__)

_TWIPS_PER_POINT = 20
_WIDE_ROW = 0.9
"""A row whose cells fill this part of the table's width has no cells missing, whatever its spans say."""

_PASSED_THROUGH = frozenset(
    {"sdt", "sdtContent", "ins", "moveTo", "smartTag", "customXml", "hyperlink", "fldSimple", "ruby",
     "rubyBase", "dir", "bdo"}
)  # fmt: skip
_ON, _OFF = {"1", "true", "on", None}, {"0", "false", "off"}


def read_docx(path: Path, max_pages: int, file_type: str = "docx") -> Document:
    """Read a Word file of the kind that has been in use since 2007.

    Raises UnreadableError: `damaged`, `unsafe_archive`, `no_text`, `too_many_pages`.
    """
    import docx

    with open_package(path) as package:
        title, producer = properties(package)
    try:
        document = docx.Document(str(path))
        reader = _Reader(document)
        pages = lay_out(reader.body(), "word")
    except MemoryError:
        raise
    except Exception as error:  # python-docx and lxml raise whatever their parsing stumbles on
        raise UnreadableError(
            "damaged",
            f"{path.name} is no intact Word file ({type(error).__name__}: {error}). Fetch the file again, or "
            "open and save it anew.",
        ) from error
    require_few_pages(path.name, len(pages), max_pages)
    require_text(path.name, pages, reader.pictures)
    return Document(hashlib.sha256(path.read_bytes()).hexdigest(), file_type, producer, tuple(pages), title)


def _name(element: Any) -> str:
    """Return the tag without its namespace; comments and processing instructions have none."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _value(element: Any, attribute: str = "val") -> str | None:
    for name, value in element.attrib.items():
        if name.rpartition("}")[2] == attribute:
            return str(value)
    return None


def _child(element: Any, *path: str) -> Any:
    for name in path:
        element = next((child for child in element if _name(child) == name), None)
        if element is None:
            return None
    return element


def _is_on(element: Any, *path: str) -> bool:
    """Tell whether a switch (`w:vanish`) is there and not turned off."""
    found = _child(element, *path)
    return found is not None and _value(found) not in _OFF


class _Reader:
    """Goes through the body of one file."""

    def __init__(self, document: Any) -> None:
        self.root = document.element.body
        self.tables = 0
        self.pictures = 0
        styles = document.styles.element
        self.hidden_styles = {
            _value(style, "styleId")
            for style in styles
            if _name(style) == "style" and _is_on(style, "rPr", "vanish")
        }
        # a section's own properties say how it begins, and stand at its end
        sections = [element for element in self.root.iter() if _name(element) == "sectPr"]
        follows = [_child(section, "type") for section in sections[1:]]
        self.turns = {
            section
            for section, kind in zip(sections, follows, strict=False)
            if kind is None or _value(kind) != "continuous"
        }

    def body(self) -> Iterator[Block]:
        """Yield the blocks of the body."""
        yield from self.blocks(self.root)

    def blocks(self, parent: Any) -> Iterator[Block]:
        """Yield the blocks of a body, a cell or a text box."""
        for element in parent:
            name = _name(element)
            if name == "p":
                yield from self.paragraph(element)
            elif name == "tbl":
                yield self.table(element)
            elif name in _PASSED_THROUGH:
                yield from self.blocks(element)
            elif name == "altChunk":
                log.warning("message=an embedded file (altChunk) is left out")

    def paragraph(self, element: Any) -> Iterator[Block]:
        """Yield a paragraph: what stands in boxes anchored in it, its text, and page breaks."""
        if _is_on(element, "pPr", "pageBreakBefore"):
            yield PageBreak()
        style = _child(element, "pPr", "pStyle")
        boxes: list[Block] = []
        words: list[str] = []
        parts: list[Block] = []
        late_break = False
        if style is None or _value(style) not in self.hidden_styles:
            for word in self.words(element, boxes):
                if word is not None:
                    words.append(word)
                elif parts or any(part.strip() for part in words):
                    late_break = True  # a break inside a paragraph does not tear its text
                else:
                    parts.append(PageBreak())
        text = plain("".join(words))
        yield from parts
        yield from boxes
        if text:
            yield Text(text)
        section = _child(element, "pPr", "sectPr")
        if late_break or (section is not None and section in self.turns):
            yield PageBreak()

    def words(self, parent: Any, boxes: list[Block]) -> Iterator[str | None]:
        """Yield the printed text of a paragraph piece by piece, None for a page break; fill `boxes`."""
        for element in parent:
            name = _name(element)
            if name == "r":
                style = _child(element, "rPr", "rStyle")
                hidden = style is not None and _value(style) in self.hidden_styles
                if not (
                    _is_on(element, "rPr", "vanish") or (hidden and _child(element, "rPr", "vanish") is None)
                ):
                    yield from self.words(element, boxes)
            elif name in ("t", "delInstrText"):
                yield (element.text or "") if name == "t" else ""
            elif name in ("tab", "ptab"):
                yield " " if _name(parent) == "r" else ""
            elif name == "br":
                yield None if _value(element, "type") == "page" else "\n"
            elif name == "cr":
                yield "\n"
            elif name == "lastRenderedPageBreak":
                yield None
            elif name == "noBreakHyphen":
                yield "-"
            elif name == "sym":
                code = int(_value(element, "char") or "0", 16)
                yield chr(code) if 0x20 <= code < 0xE000 else ""
            elif name in ("drawing", "pict", "object"):
                self.box(element, boxes)
            elif name == "AlternateContent":
                # the same content for programs of different age
                yield from self.words(next(iter(element), ()), boxes)
            elif name in _PASSED_THROUGH:
                yield from self.words(element, boxes)

    def box(self, element: Any, boxes: list[Block]) -> None:
        """Add what stands in the text boxes of a drawing to `boxes`; count a picture."""
        found = False
        for inner in self._outermost(element, "txbxContent"):
            found = True
            boxes.extend(block for block in self.blocks(inner) if not isinstance(block, PageBreak))
        if not found and any(_name(inner) in ("blip", "imagedata") for inner in element.iter()):
            self.pictures += 1

    def _outermost(self, element: Any, name: str) -> Iterator[Any]:
        for child in element:
            if _name(child) == name:
                yield child
            elif _name(child) == "AlternateContent":
                yield from self._outermost(next(iter(child), ()), name)
            else:
                yield from self._outermost(child, name)

    def table(self, element: Any) -> Table:
        """Return a table; columns are those of its grid, places are counted as printed."""
        self.tables += 1
        number = self.tables
        columns = _child(element, "tblGrid")
        grid = [_width(c) for c in (() if columns is None else columns) if _name(c) == "gridCol"]
        table = Table(widths=[width / _TWIPS_PER_POINT for width in grid])
        above: dict[int, TableCell] = {}  # the merged cell that reaches down, by its first column
        row_no = 0
        for row in self._parts(element, "tr"):
            if _child(row, "trPr", "del") is not None or _is_on(row, "trPr", "hidden"):
                continue
            cells = self._parts(row, "tc")
            reaching: dict[int, TableCell] = {}
            for index, (cell, (column, span)) in enumerate(
                zip(cells, _columns(row, cells, grid), strict=True), start=1
            ):
                merge = _child(cell, "tcPr", "vMerge")
                upper = above.get(column) if merge is not None and _value(merge) != "restart" else None
                if upper is not None and upper.column_span == span:
                    upper.row_span += 1
                    reaching[column] = upper
                    continue
                place = f"table {number}, row {row_no + 1}, cell {index}"
                placed = TableCell(row_no, column, 1, span, [], place)
                placed.blocks = [b for b in self.blocks(cell) if not isinstance(b, PageBreak)]
                table.cells.append(placed)
                if merge is not None:
                    reaching[column] = placed
            above = reaching
            row_no += 1
        return table

    def _parts(self, element: Any, name: str) -> list[Any]:
        """Return rows or cells, those inside content controls too."""
        found = []
        for child in element:
            if _name(child) == name:
                found.append(child)
            elif _name(child) in _PASSED_THROUGH:
                found.extend(self._parts(child, name))
        return found


def _width(element: Any) -> float:
    try:
        return float(_value(element, "w") or 0)
    except ValueError:
        return 0.0


def _number(element: Any, *path: str) -> int:
    found = _child(element, *path)
    try:
        return int(_value(found) or 0) if found is not None else 0
    except ValueError:
        return 0


def _columns(row: Any, cells: Sequence[Any], grid: Sequence[float]) -> list[tuple[int, int]]:
    """Return first grid column and span of each cell of a row.

    Where the spans leave columns over though the cells fill the table's width, the widths of the cells tell.
    """
    before, after = _number(row, "trPr", "gridBefore"), _number(row, "trPr", "gridAfter")
    spans = [max(1, min(1000, _number(cell, "tcPr", "gridSpan"))) for cell in cells]
    if before + sum(spans) + after < len(grid):
        by_width = _columns_by_width(cells, grid)
        if by_width:
            return by_width
    columns, column = [], before
    for span in spans:
        columns.append((column, span))
        column += span
    return columns


def _columns_by_width(cells: Sequence[Any], grid: Sequence[float]) -> list[tuple[int, int]] | None:
    found = [_child(cell, "tcPr", "tcW") for cell in cells]
    if any(width is None or _value(width, "type") not in (None, "dxa") for width in found):
        return None
    widths = [_width(width) for width in found]
    total = sum(grid)
    if not all(widths) or not total or sum(widths) < _WIDE_ROW * total:
        return None
    edges = [sum(grid[:index]) for index in range(len(grid) + 1)]
    scale, at, columns, left = total / sum(widths), 0.0, [], 0
    for index, width in enumerate(widths):
        at += width * scale
        rest = len(widths) - index - 1  # each cell that follows needs a column of its own
        choices = range(left + 1, len(grid) - rest + 1)
        right = len(grid) if not rest else min(choices, key=lambda edge: abs(edges[edge] - at))
        columns.append((left, right - left))
        left = right
    return columns
