"""Puts cover, text and tables on PDF pages.

Belongs here: fonts, line breaking, rules, page breaks. Does not: what is said (`narrative`) or which cells
there are (`tables`). The bytes depend on the calls alone: no dates, no random identifiers.

Chinese characters use the standard CID font STSong-Light, which readers know without an embedded file; its
ASCII glyphs have other widths in every reader, so ASCII is set in Times.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from samples.cells import Cell, Row, Table
from samples.layout import Layout

CHINESE, ASCII = "STSong-Light", "Times-Roman"
RUNS = re.compile(r"[\x20-\x7e]+|[^\x20-\x7e]+")
TOKENS = re.compile(r"[\x21-\x7e]+|.")
CLOSING = "，。；：、）”》)"  # never the first character of a line
HAIRLINE = 0.05  # a stroke gives a character a box that is not empty, and is hardly seen
MARGIN, LEADING, PADDING = 40.0, 1.25, 2.5
TABLE_SIZES = (9.0, 8.0, 7.0, 6.0, 5.0)
LINE_HANG = 20.0
RULE = 0.5
FAKE_BOLD = 0.3
UNIT_IN_HEADER = frozenset({"F01", "F02", "F03", "F04", "F05", "F06", "F07", "F08", "F10"})
PORTRAIT: tuple[float, float] = A4

pdfmetrics.registerFont(UnicodeCIDFont(CHINESE))


def text_width(text: str, size: float) -> float:
    """Return the width of a line of mixed text in points."""
    return float(sum(pdfmetrics.stringWidth(run, _font(run), size) for run in RUNS.findall(text)))


def break_lines(
    text: str, size: float, width: float, anywhere: bool = False, hang: float = LINE_HANG
) -> list[str]:
    """Break text into lines that fit; ASCII words and numbers stay whole unless it may break anywhere.

    A line feed always breaks. A closing mark may hang over the end by `hang` points.
    """
    if "\n" in text:
        return [line for part in text.split("\n") for line in break_lines(part, size, width, anywhere, hang)]
    lines = [""]
    for token in list(text) if anywhere and text_width(text, size) > width else TOKENS.findall(text):
        after = text_width(lines[-1] + token, size)
        hangs = token in CLOSING and after <= width + hang
        if lines[-1] and after > width and not hangs:
            lines.append("")
            if token == " ":
                continue
        lines[-1] += token
    return lines


def cell_lines(cell: Cell, size: float, width: float) -> list[str]:
    """Break the text of a cell; an amount breaks anywhere, where columns were made too narrow for it."""
    hang = PADDING + 0.6 * size if width > 4 * size else 0.0  # not into the next cell
    return break_lines(cell.text, size, width, anywhere=cell.key is not None, hang=hang)


def _font(run: str) -> str:
    return ASCII if run.isascii() else CHINESE


class Press:
    """A PDF file in the making. Positions are points from the top left corner of the page as shown."""

    def __init__(self, path: Path, layout: Layout, title: str) -> None:
        self.canvas = Canvas(str(path), pagesize=PORTRAIT, invariant=1, pageCompression=1)
        self.canvas.setTitle(title)
        self.layout = layout
        self.width, self.height = PORTRAIT
        self.page = 0
        self.top = 0.0
        self.rotated = False
        self._open = False

    def new_page(self, landscape: bool = False, rotated: bool = False) -> None:
        """Begin a page; a rotated one is landscape as shown, by /Rotate."""
        self._close_page()
        self.width, self.height = PORTRAIT[::-1] if rotated or landscape else PORTRAIT
        self.canvas.setPageSize((self.width, self.height))  # as shown; reportlab turns the media box back
        turn = self.layout.rotation if rotated else 0
        self.canvas.setPageRotation(turn)
        if turn == 90:
            self.canvas.transform(0, 1, -1, 0, self.height, 0)
        elif turn == 180:
            self.canvas.transform(-1, 0, 0, -1, self.width, self.height)
        elif turn == 270:
            self.canvas.transform(0, -1, 1, 0, 0, self.width)
        self.rotated = rotated
        if self.layout.white == "background":
            self._white_rect(0, 0, self.width, self.height)
        self.page += 1
        self.top = MARGIN
        self._open = True

    def save(self) -> None:
        """Write the file."""
        self._close_page()
        self.canvas.save()

    def _close_page(self) -> None:
        if self._open:
            if self.page > 1:
                self._text(f"- {self.page} -", 0, self.height - 24, 9, self.width, "center")
            self.canvas.showPage()
            self._open = False

    # --- text ---

    def _text(self, text: str, x: float, baseline: float, size: float, width: float, align: str) -> None:
        slack = width - text_width(text, size)
        x += {"left": 0.0, "center": slack / 2, "right": slack}[align]
        self.canvas.setLineWidth(HAIRLINE)
        line = self.canvas.beginText(x, self.height - baseline)
        for run in RUNS.findall(text):
            empty_box = not run.isascii() and (len(run) == 1 or self.rotated)
            line.setTextRenderMode(2 if empty_box and self.layout.stroke_empty_boxes else 0)
            line.setFont(_font(run), size)
            line.textOut(run)
        self.canvas.drawText(line)

    def line(self, text: str, size: float = 12, align: str = "left", gap: float = 0.0) -> None:
        """Set text over the page width, broken into lines, from the current position on."""
        self.top += gap
        for part in break_lines(text, size, self.width - 2 * MARGIN):
            if self.top + size * LEADING > self.height - MARGIN:
                self.new_page()
            self._text(part, MARGIN, self.top + size, size, self.width - 2 * MARGIN, align)
            self.top += size * 1.6

    def paragraph(self, text: str, size: float = 12) -> None:
        """Set a paragraph with its first line indented by two characters."""
        self.line("　　" + text, size)

    # --- tables ---

    def table(self, table: Table) -> None:
        """Set a table on pages of its own, broken by page height or the layout's rows per page."""
        layout = self.layout
        turned = table.form in layout.rotated
        landscape = table.form in layout.landscape or not table.form

        widths, size = None, 0.0
        head, body, first = table.head, list(table.body), True
        while first or body:
            self.new_page(landscape, turned)
            if first or head:
                self._caption(table)
            if widths is None:
                widths, size = column_widths(
                    (*table.head, *table.body),
                    table.weights,
                    self.width - 2 * MARGIN,
                    layout.wrapped_numbers,
                )
            if not first and layout.empty_first_row:
                body.insert(0, _empty(widths))
            rows = _fitting(body, head, widths, size, self._room(), layout.rows_per_page)
            body = body[len(rows) :]
            if body and layout.torn_labels:
                rows, body = _torn(rows, body)
            if not body and layout.blank_last_page and table.form and len(table.body) > len(rows):
                body = [_empty(widths)]
            ends = set(layout.open_edges) | ({"left", "right"} if layout.open_sides else set())
            if layout.first_row_above_rule and not first and not head:
                ends.add("top")
            if layout.last_row_below_rule and body:
                ends.add("bottom")
            self._grid((*head, *rows), widths, size, ends)
            if len(body) == 1 and not any(cell and cell.text for cell in body[0]):
                layout = replace(layout, blank_last_page=False, empty_first_row=False)
            head, first = table.repeated, False
        for note in table.notes:
            self.line(note, 9, gap=3)

    def small_table(self, rows: Sequence[Row], weights: Sequence[float]) -> None:
        """Set a short table in the running text; it must fit on the page."""
        widths, size = column_widths(rows, weights, self.width - 2 * MARGIN)
        self._grid(rows, widths, size, set())

    def pages(self, title: str, pages: Sequence[Sequence[Row]], weights: Sequence[float]) -> None:
        """Set a table whose pages are given, with a title above the first."""
        rows = [row for page in pages for row in page]
        widths, size = column_widths(rows, weights, self.width - 2 * MARGIN)
        for number, page in enumerate(pages):
            self.new_page()
            if number == 0:
                self.line(title, 15, "center")
            self._grid(page, widths, size, set())

    def _room(self) -> float:
        return self.height - MARGIN - self.top - 40  # the notes stand below

    def _caption(self, table: Table) -> None:
        layout = self.layout
        if layout.title_place == "above" or not table.form:
            parts = [table.title]
            if layout.title_lines == 2 and len(table.title) > 8:
                middle = len(table.title) // 2
                parts = [table.title[:middle], table.title[middle:]]
            for part in parts:
                self.line(part, 15, "center")
        if table.number:
            self.line(table.number, 10, "right")
        if layout.caption_place == "above" or not table.form:
            width = self.width - 2 * MARGIN
            self._text(f"部门：{table.department}", MARGIN, self.top + 10, 10, width, "left")
            if not layout.unit_in_header or table.form not in UNIT_IN_HEADER:
                self._text(f"单位：{table.unit}", MARGIN, self.top + 10, 10, width, "right")
            self.top += 18

    def _grid(self, rows: Sequence[Row], widths: Sequence[float], size: float, ends: set[str]) -> None:
        """Set rows of cells from the current position on; `ends` are the outer rules left out."""
        heights = row_heights(rows, widths, size)
        lefts, tops = _running(MARGIN, widths), _running(self.top, heights)
        boxes = []
        for r, row in enumerate(rows):
            for c, cell in enumerate(row):
                if cell is not None:
                    last = min(r + cell.rows, len(rows))
                    box = (lefts[c], tops[r], lefts[c + cell.columns], tops[last])
                    boxes.append(box)
                    if self.layout.white == "fills":
                        self._white_rect(*box)
                    self._cell_text(cell, box, size)
                    if self.layout.white == "rules":
                        self._white_rules(lefts[c + 1 : c + cell.columns], tops[r + 1 : last], box)
        self._rules(boxes, ends, tops)
        self.top = tops[-1]

    def _white_rect(self, x0: float, top: float, x1: float, bottom: float) -> None:
        self.canvas.saveState()
        self.canvas.setFillGray(1)
        self.canvas.rect(x0, self.height - bottom, x1 - x0, bottom - top, stroke=0, fill=1)
        self.canvas.restoreState()

    def _white_rules(
        self, lefts: Sequence[float], tops: Sequence[float], box: tuple[float, float, float, float]
    ) -> None:
        """Draw the rules that a merged cell hides in white, as spreadsheets do."""
        x0, top, x1, bottom = box
        self.canvas.saveState()
        self.canvas.setStrokeGray(1)
        self.canvas.setLineWidth(RULE)
        for x in lefts:
            self.canvas.line(x, self.height - top, x, self.height - bottom)
        for y in tops:
            self.canvas.line(x0, self.height - y, x1, self.height - y)
        self.canvas.restoreState()

    def _cell_text(self, cell: Cell, box: tuple[float, float, float, float], size: float) -> None:
        x0, top, x1, bottom = box
        inner = x1 - x0 - 2 * PADDING
        lines = cell_lines(cell, size, inner) if cell.text else []
        baseline = (top + bottom - len(lines) * size * LEADING) / 2 + size
        for line in lines:
            self._text(line, x0 + PADDING, baseline, size, inner, cell.align)
            if self.layout.fake_bold:
                self._text(line, x0 + PADDING + FAKE_BOLD, baseline, size, inner, cell.align)
            baseline += size * LEADING
        if self.layout.hidden != "none" and cell.key is not None and not cell.text:
            self._hidden(x0 + PADDING, (top + bottom) / 2 + size / 3, size)

    def _hidden(self, x: float, baseline: float, size: float) -> None:
        """Put a number on the page that nobody sees."""
        canvas = self.canvas
        canvas.saveState()
        if self.layout.hidden == "clipped":
            path = canvas.beginPath()
            path.rect(0, 0, 1, 1)
            canvas.clipPath(path, stroke=0, fill=0)
        if self.layout.hidden == "white":
            canvas.setFillGray(1)
            canvas.setStrokeGray(1)
        line = canvas.beginText(x, self.height - baseline)
        line.setTextRenderMode(3 if self.layout.hidden == "invisible" else 0)
        line.setFont(ASCII, size)
        line.textOut("99.99")
        canvas.drawText(line)
        canvas.restoreState()

    def _rules(
        self, boxes: list[tuple[float, float, float, float]], ends: set[str], tops: Sequence[float]
    ) -> None:
        if self.layout.borders == "boxes":
            self.canvas.setLineWidth(RULE)
            for x0, top, x1, bottom in boxes:
                self.canvas.rect(x0, self.height - bottom, x1 - x0, bottom - top, stroke=1, fill=0)
            return
        left, right = min(x0 for x0, _, _, _ in boxes), max(x1 for _, _, x1, _ in boxes)
        places = {"left": left, "right": right, "top": tops[0], "bottom": tops[-1]}
        horizontal = {(edge, x0, x1) for x0, top, x1, bottom in boxes for edge in (top, bottom)}
        vertical = {(edge, top, bottom) for x0, top, x1, bottom in boxes for edge in (x0, x1)}
        horizontal = {s for s in horizontal if not any(places[e] == s[0] for e in ends & {"top", "bottom"})}
        vertical = {s for s in vertical if not any(places[e] == s[0] for e in ends & {"left", "right"})}
        for y, x0, x1 in _merged(horizontal):
            self._rule(x0, y, x1, y)
        for x, top, bottom in _merged(vertical):
            self._rule(x, top, x, bottom)

    def _rule(self, x0: float, top: float, x1: float, bottom: float) -> None:
        canvas, y0, y1 = self.canvas, self.height - top, self.height - bottom
        if self.layout.borders == "rects":
            half = RULE / 2
            canvas.rect(x0 - half, y1 - half, x1 - x0 + RULE, y0 - y1 + RULE, stroke=0, fill=1)
            return
        canvas.setLineWidth(RULE)
        if self.layout.borders == "curves":
            third_x, third_y = (x1 - x0) / 3, (y1 - y0) / 3
            canvas.bezier(x0, y0, x0 + third_x, y0 + third_y, x1 - third_x, y1 - third_y, x1, y1)
        else:
            canvas.line(x0, y0, x1, y1)


def column_widths(
    rows: Sequence[Row], weights: Sequence[float], width: float, wrapped_numbers: bool = False
) -> tuple[list[float], float]:
    """Return column widths that fill `width`, and the largest text size at which no word overflows."""
    for size in TABLE_SIZES:
        least = [2 * PADDING + size] * len(weights)
        for row in rows:
            for c, cell in enumerate(row):
                if cell is not None and cell.columns == 1:
                    words = TOKENS.findall(cell.text)
                    longest = max((text_width(word, size) for word in words), default=0.0)
                    if cell.key is not None:  # an amount is not broken unless told to
                        longest = text_width(cell.text, size) * (0.7 if wrapped_numbers else 1)
                    least[c] = max(least[c], longest + 2 * PADDING + 1)
        spare = width - sum(least)
        if wrapped_numbers:
            spare = min(spare, 0.2 * width)  # else there is room enough for every number
        if spare >= 0:
            share = spare / sum(weights)
            return [low + share * weight for low, weight in zip(least, weights, strict=True)], size
    raise ValueError("the table is too wide for its page")


def row_heights(rows: Sequence[Row], widths: Sequence[float], size: float) -> list[float]:
    """Return row heights that hold every cell's lines; a tall cell stretches its last row."""
    heights = [size * LEADING + 2 * PADDING] * len(rows)
    for tall in (False, True):
        for r, row in enumerate(rows):
            for c, cell in enumerate(row):
                if cell is None or (cell.rows > 1) != tall:
                    continue
                inner = sum(widths[c : c + cell.columns]) - 2 * PADDING
                need = len(cell_lines(cell, size, inner)) * size * LEADING + 2 * PADDING
                last = min(r + cell.rows, len(rows)) - 1
                heights[last] += max(0.0, need - sum(heights[r : last + 1]))
    return heights


def _empty(widths: Sequence[float]) -> Row:
    return tuple(Cell("") for _ in widths)


def _torn(rows: Sequence[Row], body: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """Break inside the longest label of the last row: its rest opens the next page, beside nothing."""
    last = rows[-1]
    if any(cell is None for cell in last):
        return list(rows), list(body)
    cells = [cell for cell in last if cell is not None]
    labels = [
        cell for cell in cells if cell.key is None and not cell.text[:1].isdigit() and cell.columns == 1
    ]
    longest = max(labels, key=lambda cell: len(cell.text), default=None)
    if longest is None or len(longest.text) < 6 or longest.rows > 1:
        return list(rows), list(body)
    middle = len(longest.text) // 2
    begun = tuple(replace(c, text=c.text[:middle]) if c is longest else c for c in cells)
    rest = tuple(replace(c, text=c.text[middle:]) if c is longest else Cell("") for c in cells)
    return [*rows[:-1], begun], [rest, *body]


def _fitting(
    body: Sequence[Row], head: Sequence[Row], widths: Sequence[float], size: float, room: float, limit: int
) -> list[Row]:
    """Return the leading body rows that fit below the head; at least one."""
    count = min(limit, len(body)) if limit else len(body)
    while count > 1 and sum(row_heights([*head, *body[:count]], widths, size)) > room:
        count -= 1
    return list(body[:count])


def _running(start: float, steps: Sequence[float]) -> list[float]:
    positions = [start]
    for step in steps:
        positions.append(positions[-1] + step)
    return positions


def _merged(segments: set[tuple[float, float, float]]) -> Iterator[tuple[float, float, float]]:
    """Join touching segments on one line, given as (position, from, to)."""
    ordered = sorted(segments)
    current: tuple[float, float, float] | None = None
    for position, start, end in ordered:
        if current and current[0] == position and start <= current[2]:
            current = (position, current[1], max(end, current[2]))
        else:
            if current:
                yield current
            current = (position, start, end)
    if current:
        yield current
