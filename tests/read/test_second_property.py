"""Random tables of amounts: two readings agree, and differ when one fault is put into the first."""

import random
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from reportlab.pdfgen.canvas import Canvas

from benchmarks.second_reading import FAULTS, Fault, RuledPage
from pipeline.read.document import Grid
from pipeline.read.files import read_file
from pipeline.read.page import PdfiumFile
from pipeline.read.second import read_again
from pipeline.read.words import is_number
from tests.read.drawing import SONG

LABELS = "教育卫生科学文化体育农林水利交通住房保障粮油气象城乡社区环保金融"


@dataclass(frozen=True)
class Table:
    """A table of labels and amounts, and how it is printed."""

    rows: list[list[str]]
    size: int
    height: float
    align: str
    full: bool

    def draw(self, path: Path) -> None:
        wide = max(len(text) for row in self.rows for text in row[1:]) * self.size * 0.55 + 12
        xs = [40.0, *accumulate([110.0] + [wide] * (len(self.rows[0]) - 1), initial=40.0)][1:]
        canvas = Canvas(str(path), pagesize=(xs[-1] + 60, 60 + self.height * len(self.rows)))
        canvas.setFont(SONG, self.size)
        ys = [30 + self.height * number for number in range(len(self.rows) + 1)]
        for x in xs:
            canvas.line(x, ys[0], x, ys[-1])
        for y in ys:
            canvas.line(xs[0], y, xs[-1], y)
        for y, row in zip(reversed(ys[:-1]), self.rows, strict=True):
            foot = y + (self.height - self.size) / 2 + 1
            canvas.drawString(xs[0] + 4, foot, row[0])
            for left, right, text in zip(xs[1:], xs[2:], row[1:], strict=False):
                if self.align == "right":
                    canvas.drawRightString(right - 3, foot, text)
                elif self.align == "left":
                    canvas.drawString(left + 3, foot, text)
                else:
                    canvas.drawCentredString((left + right) / 2, foot, text)
        canvas.save()


@st.composite
def tables(draw: st.DrawFn, full: bool) -> Table:
    """Return a table; in a `full` one each cell prints an amount, and no two the same."""
    columns, rows = draw(st.integers(1, 5)), draw(st.integers(4, 10))
    decimals, grouped = draw(st.sampled_from([2, 2, 6])), draw(st.booleans())
    count = columns * rows
    whole = draw(st.lists(st.integers(0, 10**9), min_size=count, max_size=count, unique=True))
    texts = [f"{value / 100:,.{decimals}f}" if grouped else f"{value / 100:.{decimals}f}" for value in whole]
    if not full:
        blank = draw(st.lists(st.booleans(), min_size=count, max_size=count))
        texts = ["" if is_blank else text for text, is_blank in zip(texts, blank, strict=True)]
        assume(any(texts))
    names = ["".join(draw(st.lists(st.sampled_from(LABELS), min_size=2, max_size=8))) for _ in range(rows)]
    body = [[name, *texts[i * columns : (i + 1) * columns]] for i, name in enumerate(names)]
    return Table(
        body,
        draw(st.integers(8, 11)),
        draw(st.floats(14, 26)),
        draw(st.sampled_from(["right", "left", "centre"])),
        full,
    )


def differs(grids: tuple[Grid, ...]) -> bool:
    return any(grid.strays or any(cell.second is not None for cell in grid.cells) for grid in grids)


def rows_of(grids: tuple[Grid, ...]) -> list[tuple[str, list[str]]]:
    """Return the label and the amounts of each row that prints any, in order."""
    rows = []
    for grid in grids:
        for row in range(grid.rows):
            texts = [cell.text for cell in grid.cells if cell.row == row and cell.text]
            label = "".join(text for text in texts if not is_number(text))
            if texts:
                rows.append((label, [text for text in texts if is_number(text)]))
    return rows


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tables") / "table.pdf"


@settings(max_examples=40, deadline=None)
@given(table=tables(full=False))
def test_sound_tables_are_read_alike(path: Path, table: Table) -> None:
    table.draw(path)
    (page,) = read_file(path, 10).pages
    (grid,) = page.grids
    assert [c.text for c in grid.cells] == [text for row in table.rows for text in row]
    assert not differs(page.grids)


def ruled(path: Path) -> RuledPage:
    (read,) = read_file(path, 10).pages
    with PdfiumFile(path, uniform_descent=True) as file:
        page = file.page(0)
        found = RuledPage(1, read.width, read.height, page.ruling, page.runs, read.grids, 0.0)
        page.close()
    return found


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(table=tables(full=True), seed=st.integers(0, 1000))
def test_a_fault_in_the_first_reading_is_a_difference(
    path: Path, fault: Fault, table: Table, seed: int
) -> None:
    table.draw(path)
    page = ruled(path)
    faulty = fault(page, random.Random(seed))
    assume(faulty is not None and rows_of(faulty) != rows_of(page.grids))
    assert differs(read_again(page.runs, faulty, page.width, page.height))
