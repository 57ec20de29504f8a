"""Small PDFs, drawn where each test says, to read back."""

from collections.abc import Callable
from pathlib import Path

import pytest
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from tests.read.drawing import SIZE, SONG, Draw


@pytest.fixture(scope="session", autouse=True)
def song() -> None:
    pdfmetrics.registerFont(UnicodeCIDFont(SONG))


@pytest.fixture
def pdf(tmp_path: Path) -> Callable[..., Path]:
    """A function that draws a PDF, one page for each drawing, and returns its path."""

    def make(
        *draws: Draw, name: str = "report.pdf", size: tuple[float, float] = SIZE, **options: object
    ) -> Path:
        path = tmp_path / name
        canvas = Canvas(str(path), pagesize=size, **options)
        for draw in draws:
            canvas.setFont(SONG, 10)
            draw(canvas)
            canvas.showPage()
        canvas.save()
        return path

    return make
