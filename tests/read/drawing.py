"""What the tests draw on pages, and what stock pdfplumber and our page read from them."""

import itertools
from collections.abc import Callable
from pathlib import Path

import pdfplumber
from reportlab.pdfgen.canvas import Canvas

from pipeline.read.page import PdfiumFile

SIZE = (400.0, 300.0)
SONG = "STSong-Light"

Draw = Callable[[Canvas], None]
Tables = list[list[list[str | None]]]


def stroke_lines(canvas: Canvas, xs: list[float], ys: list[float]) -> None:
    """Rule a grid with strokes at the given x and y (y from the foot of the page)."""
    for x in xs:
        canvas.line(x, ys[0], x, ys[-1])
    for y in ys:
        canvas.line(xs[0], y, xs[-1], y)


def write_cells(canvas: Canvas, xs: list[float], ys: list[float], rows: list[list[str]]) -> None:
    """Write rows of text, from the top, into the cells between xs and ys."""
    for row, (bottom, _) in zip(rows, list(itertools.pairwise(ys))[::-1], strict=True):
        for x, text in zip(xs, row, strict=False):
            canvas.drawString(x + 4, bottom + 6, text)


def stock_tables(path: Path) -> list[Tables]:
    with pdfplumber.open(path) as file:
        return [page.extract_tables() for page in file.pages]


def our_tables(path: Path) -> list[Tables]:
    with PdfiumFile(path) as file:
        return [page.extract_tables() for page in file.pages()]
