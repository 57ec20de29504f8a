"""What the second reading confirms, what it would miss, and what it costs.

    python benchmarks/second_reading.py FILE... [--truth FOLDER] [--faults N] [--rounds N]

For each file: the share of numbers in grids that both readings find alike, the differences (false conflicts,
unless the page shows that the first reading is at fault), and the faults that would go into the facts unseen:
faults of many kinds are put into the first reading of each page of a final account, one at a time; one that
changes an amount in the facts and raises no flag in a form is a silent error. With a folder of true amounts
(`<file stem>.csv`), amounts that are confirmed twice and wrong are silent errors too. The cost is that of
reading the whole file with and without the second reading, in turn, as a median of ratios.

The last lines are `confirmed=<share>`, `conflicts=<number>`, `silent=<number>`, `cost=<ratio>`.
"""

import argparse
import csv
import logging
import random
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from unittest import mock

import msgspec

from pipeline.facts import ReportFacts
from pipeline.forms.extract import extract_facts
from pipeline.read import pdf
from pipeline.read.chars import Run
from pipeline.read.document import Box, Cell, Document, Grid, UnreadableError
from pipeline.read.files import read_file
from pipeline.read.page import PdfiumFile
from pipeline.read.paths import Edge, Edges
from pipeline.read.second import read_again
from pipeline.read.tables import PageText, find_cells, group_tables
from pipeline.read.words import is_number, plain

MAX_PAGES = 100_000


@dataclass(frozen=True)
class RuledPage:
    """A page with grids, and what both readings start from."""

    number: int
    width: float
    height: float
    ruling: Edges
    runs: list[Run]
    grids: tuple[Grid, ...]
    below: float
    """Where the first row of amounts begins; what is above is header."""

    def grids_of(self, ruling: Edges) -> tuple[Grid, ...]:
        """Return the first reading of the page under other rules."""
        tables = group_tables(find_cells(ruling.vertical, ruling.horizontal))
        return pdf.ruled_grids(self.number, ruling, None, tables, PageText(self.runs))


def ruled_pages(path: Path, document: Document, facts: ReportFacts) -> list[RuledPage]:
    """Return the pages of a file with amounts of a form."""
    pages = []
    tops: dict[int, float] = {}
    for amount in facts.amounts:
        if amount.top is not None:
            tops[amount.page] = min(amount.top, tops.get(amount.page, amount.top))
    with PdfiumFile(path, uniform_descent=True) as file:
        for page, read in zip(file.pages(), document.pages, strict=True):
            top = tops.get(read.number)
            if top is not None and page.ruling is not None:
                once = tuple(_once(grid) for grid in read.grids)
                pages.append(
                    RuledPage(read.number, read.width, read.height, page.ruling, page.runs, once, top)
                )
    return pages


def _once(grid: Grid) -> Grid:
    cells = tuple(msgspec.structs.replace(cell, second=None) for cell in grid.cells)
    return msgspec.structs.replace(grid, cells=cells, strays=())


# Faults ----------------------------------------------------------------------------------------------------

Fault = Callable[[RuledPage, random.Random], tuple[Grid, ...] | None]
"""Returns the first reading of a page with one fault in it; None where the page has no place for it."""


def _numbers(grid: Grid) -> list[int]:
    return [index for index, cell in enumerate(grid.cells) if is_number(plain(cell.text))]


def _data_cell(page: RuledPage, rng: random.Random) -> Cell:
    """Return some cell below the header: a header cell prints no amount."""
    cells = _one_grid(page, rng).cells
    return rng.choice([cell for cell in cells if cell.box.top > page.below - 1] or cells)


def _data_rule(page: RuledPage, rng: random.Random) -> Edge:
    """Return some horizontal rule at the foot of the header or below."""
    return rng.choice([edge for edge in page.ruling.horizontal if edge[0] > page.below - 1])


def _with_cells(page: RuledPage, grid: Grid, cells: Sequence[Cell]) -> tuple[Grid, ...]:
    changed = msgspec.structs.replace(grid, cells=tuple(cells))
    return tuple(changed if other is grid else other for other in page.grids)


def _one_grid(page: RuledPage, rng: random.Random) -> Grid:
    return rng.choice([grid for grid in page.grids if grid.rows > 2 and _numbers(grid)] or page.grids)


def _cut(edge: Edge, low: float, high: float) -> list[Edge]:
    position, start, end = edge
    parts = [(position, start, min(low, end)), (position, max(high, start), end)]
    return [part for part in parts if part[2] - part[1] > 1]


def missing_rule(page: RuledPage, rng: random.Random) -> tuple[Grid, ...]:
    """Take away a whole horizontal rule."""
    vertical, horizontal = page.ruling
    lost = _data_rule(page, rng)
    return page.grids_of(Edges(vertical, [edge for edge in horizontal if edge is not lost]))


def gap_in_rule(page: RuledPage, rng: random.Random) -> tuple[Grid, ...]:
    """Take away the part of a horizontal rule that closes one cell."""
    vertical, horizontal = page.ruling
    cell = _data_cell(page, rng)
    mended = [
        part
        for edge in horizontal
        for part in (_cut(edge, cell.box.x0, cell.box.x1) if abs(edge[0] - cell.box.bottom) < 1 else [edge])
    ]
    return page.grids_of(Edges(vertical, mended))


def gap_in_upright(page: RuledPage, rng: random.Random) -> tuple[Grid, ...]:
    """Take away the part of a vertical rule that parts two cells."""
    vertical, horizontal = page.ruling
    cell = _data_cell(page, rng)
    mended = [
        part
        for edge in vertical
        for part in (_cut(edge, cell.box.top, cell.box.bottom) if abs(edge[0] - cell.box.x1) < 1 else [edge])
    ]
    return page.grids_of(Edges(mended, horizontal))


def missing_upright(page: RuledPage, rng: random.Random) -> tuple[Grid, ...]:
    """Take away a whole vertical rule."""
    vertical, horizontal = page.ruling
    lost = rng.choice(vertical)
    return page.grids_of(Edges([edge for edge in vertical if edge is not lost], horizontal))


def stray_rule(page: RuledPage, rng: random.Random) -> tuple[Grid, ...] | None:
    """Add a short horizontal rule through one cell."""
    cell = _data_cell(page, rng)
    if cell.box.bottom - cell.box.top < 8:
        return None
    at = rng.uniform(cell.box.top + 3.5, cell.box.bottom - 3.5)
    vertical, horizontal = page.ruling
    return page.grids_of(Edges(vertical, [*horizontal, (at, cell.box.x0, cell.box.x1)]))


def stray_upright(page: RuledPage, rng: random.Random) -> tuple[Grid, ...] | None:
    """Add a short vertical rule through one cell."""
    cell = _data_cell(page, rng)
    if cell.box.x1 - cell.box.x0 < 8:
        return None
    at = rng.uniform(cell.box.x0 + 3.5, cell.box.x1 - 3.5)
    vertical, horizontal = page.ruling
    return page.grids_of(Edges([*vertical, (at, cell.box.top, cell.box.bottom)], horizontal))


def moved_rule(page: RuledPage, rng: random.Random) -> tuple[Grid, ...]:
    """Move a horizontal rule by up to a row's height."""
    vertical, horizontal = page.ruling
    moved = _data_rule(page, rng)
    by = rng.uniform(-12, 12)
    other = [(edge[0] + by, *edge[1:]) if edge is moved else edge for edge in horizontal]
    return page.grids_of(Edges(vertical, other))


def moved_upright(page: RuledPage, rng: random.Random) -> tuple[Grid, ...]:
    """Move a vertical rule, so that characters go to the neighbour."""
    vertical, horizontal = page.ruling
    moved = rng.choice(vertical)
    by = rng.uniform(-20, 20)
    other = [(edge[0] + by, *edge[1:]) if edge is moved else edge for edge in vertical]
    return page.grids_of(Edges(other, horizontal))


def _first_row(page: RuledPage, grid: Grid) -> int:
    """Return the first row of a grid that is no header."""
    return min((cell.row for cell in grid.cells if cell.box.top > page.below - 1), default=0)


def cut_first_row(page: RuledPage, rng: random.Random) -> tuple[Grid, ...] | None:
    """Draw a page that begins with amounts without the rule above them and with uprights that begin below."""
    grid = _one_grid(page, rng)
    tops = sorted({cell.box.top for cell in grid.cells})
    if len(tops) < 3 or _first_row(page, grid):
        return None
    first, second = tops[:2]
    vertical, horizontal = page.ruling
    return page.grids_of(
        Edges(
            [(x, second if first - 2 <= top < second else top, bottom) for x, top, bottom in vertical],
            [edge for edge in horizontal if abs(edge[0] - first) > 1],
        )
    )


def lost_first_row(page: RuledPage, rng: random.Random) -> tuple[Grid, ...] | None:
    """Lose the first row of amounts of a grid."""
    grid = _one_grid(page, rng)
    first = _first_row(page, grid)
    kept = [
        msgspec.structs.replace(cell, row=cell.row - (cell.row > first))
        for cell in grid.cells
        if cell.row != first
    ]
    return _with_rows(page, grid, kept, grid.rows - 1)


def lost_header_row(page: RuledPage, rng: random.Random) -> tuple[Grid, ...] | None:
    """Lose the first row of a header: no number moves, what the columns are of does."""
    grid = _one_grid(page, rng)
    if not _first_row(page, grid):
        return None
    kept = [msgspec.structs.replace(cell, row=cell.row - 1) for cell in grid.cells if cell.row]
    return _with_rows(page, grid, kept, grid.rows - 1)


def _with_rows(page: RuledPage, grid: Grid, cells: list[Cell], rows: int) -> tuple[Grid, ...] | None:
    if not cells:
        return None
    box = Box(grid.box.x0, min(cell.box.top for cell in cells), grid.box.x1, grid.box.bottom)
    changed = msgspec.structs.replace(grid, rows=rows, box=box, cells=tuple(cells))
    return tuple(changed if other is grid else other for other in page.grids)


def shifted_column(page: RuledPage, rng: random.Random) -> tuple[Grid, ...] | None:
    """Move the texts of one column one row down."""
    grid = _one_grid(page, rng)
    numbers = _numbers(grid)
    if not numbers:
        return None
    column = grid.cells[rng.choice(numbers)].column
    members = [i for i, cell in enumerate(grid.cells) if cell.column == column]
    texts = {i: grid.cells[before].text for before, i in pairwise(members)}
    cells = [msgspec.structs.replace(cell, text=texts.get(i, cell.text)) for i, cell in enumerate(grid.cells)]
    return _with_cells(page, grid, cells)


def shifted_rows(page: RuledPage, rng: random.Random) -> tuple[Grid, ...] | None:
    """Count the cells of one column, from some row on, to the row below."""
    grid = _one_grid(page, rng)
    numbers = _numbers(grid)
    if not numbers:
        return None
    chosen = grid.cells[rng.choice(numbers)]
    cells = [
        msgspec.structs.replace(cell, row=cell.row + 1)
        if cell.column == chosen.column and chosen.row <= cell.row < grid.rows - 1
        else cell
        for cell in grid.cells
    ]
    return _with_cells(page, grid, cells)


def swapped_texts(page: RuledPage, rng: random.Random) -> tuple[Grid, ...] | None:
    """Swap the texts of two cells with numbers."""
    grid = _one_grid(page, rng)
    numbers = _numbers(grid)
    if len(numbers) < 2:
        return None
    a, b = rng.sample(numbers, 2)
    cells = list(grid.cells)
    cells[a] = msgspec.structs.replace(grid.cells[a], text=grid.cells[b].text)
    cells[b] = msgspec.structs.replace(grid.cells[b], text=grid.cells[a].text)
    return _with_cells(page, grid, cells)


def altered_digit(page: RuledPage, rng: random.Random) -> tuple[Grid, ...] | None:
    """Change one digit of one number."""
    grid = _one_grid(page, rng)
    numbers = _numbers(grid)
    if not numbers:
        return None
    chosen = rng.choice(numbers)
    text = grid.cells[chosen].text
    at = rng.choice([i for i, char in enumerate(text) if char.isdigit()])
    digit = str((int(text[at]) + rng.randint(1, 9)) % 10)
    cells = list(grid.cells)
    cells[chosen] = msgspec.structs.replace(cells[chosen], text=text[:at] + digit + text[at + 1 :])
    return _with_cells(page, grid, cells)


def lost_text(page: RuledPage, rng: random.Random) -> tuple[Grid, ...] | None:
    """Lose the text of one cell with a number."""
    grid = _one_grid(page, rng)
    numbers = _numbers(grid)
    if not numbers:
        return None
    cells = list(grid.cells)
    chosen = rng.choice(numbers)
    cells[chosen] = msgspec.structs.replace(cells[chosen], text="")
    return _with_cells(page, grid, cells)


def lost_cell(page: RuledPage, rng: random.Random) -> tuple[Grid, ...] | None:
    """Lose one cell with a number."""
    grid = _one_grid(page, rng)
    numbers = _numbers(grid)
    if not numbers:
        return None
    chosen = rng.choice(numbers)
    return _with_cells(page, grid, [cell for i, cell in enumerate(grid.cells) if i != chosen])


FAULTS: tuple[Fault, ...] = (
    missing_rule,
    gap_in_rule,
    gap_in_upright,
    missing_upright,
    stray_rule,
    stray_upright,
    moved_rule,
    moved_upright,
    cut_first_row,
    lost_first_row,
    shifted_column,
    shifted_rows,
    swapped_texts,
    altered_digit,
    lost_text,
    lost_cell,
)


HEADER_FAULTS: tuple[Fault, ...] = (lost_header_row,)
"""What a column is of is read once: faults of this kind are told, and not counted as silent errors."""


def facts_with(document: Document, page: RuledPage, grids: Sequence[Grid]) -> ReportFacts:
    """Return the facts of a document one page of which has other grids, read a second time."""
    again = read_again(page.runs, grids, page.width, page.height)
    pages = [
        msgspec.structs.replace(other, grids=again) if other.number == page.number else other
        for other in document.pages
    ]
    return extract_facts(msgspec.structs.replace(document, pages=tuple(pages)))


def amounts_of(facts: ReportFacts) -> Counter[tuple[str, ...]]:
    """Return the amounts of the facts with what they are of, each as often as it occurs."""
    return Counter(
        (
            a.form_code,
            a.side or "",
            a.item_code or a.line_item or a.item_name or "",
            a.measure,
            a.amount_printed,
        )
        for a in facts.amounts
        if a.amount_printed is not None
    )


def missing(facts: ReportFacts) -> set[str]:
    """Return the forms that were looked for and not found."""
    return {form.form_code for form in facts.forms if form.state == "missing"}


def injected(
    path: Path, document: Document, each: int, seed: int = 0
) -> Iterator[tuple[str, int, bool, bool, Counter[tuple[str, ...]]]]:
    """Yield for each fault its kind, page, whether it changes amounts, whether it is noticed, what changes.

    `each` faults of each kind are put into each page with a grid that belongs to a form. One is noticed when
    a form bears a flag, or is no longer found at all: both hold the report back.
    """
    facts = extract_facts(document)
    expected = amounts_of(facts)
    for page in ruled_pages(path, document, facts):
        rng = random.Random(f"{seed} {path.name} {page.number}")
        for fault in (*FAULTS, *HEADER_FAULTS):
            for _ in range(each):
                grids = fault(page, rng)
                if grids is None or grids == page.grids:
                    continue
                read = facts_with(document, page, grids)
                found = amounts_of(read)
                flagged = any(flag.form_code for flag in read.flags) or missing(read) - missing(facts)
                changed = (expected - found) + (found - expected)
                yield fault.__name__, page.number, bool(changed), bool(flagged), changed


# The figures -----------------------------------------------------------------------------------------------


def wrong_and_confirmed(facts: ReportFacts, truth: Path) -> list[tuple[str, str, str | None]]:
    """Return amounts that no flag is on and that the true amounts do not have, as often as they occur."""
    with truth.open(encoding="utf-8", newline="") as lines:
        true = Counter(
            (row["form"], row["measure"], row["value"]) for row in csv.DictReader(lines) if row["value"]
        )
    read = Counter(
        (a.form_code, a.measure, a.amount_printed)
        for a in facts.amounts
        if a.amount_printed is not None and a.flag is None
    )
    return list((read - true).elements())


def cost(paths: Sequence[Path], rounds: int) -> float:
    """Return the time of the second reading as a part of that of the first, which is all else of reading."""

    def seconds() -> float:
        start = time.perf_counter()
        for path in paths:
            read_file(path, MAX_PAGES)
        return time.perf_counter() - start

    ratios = []
    for _ in range(rounds):
        with mock.patch.object(pdf, "read_again", lambda runs, grids, width, height: tuple(grids)):
            once = seconds()
        ratios.append(seconds() / once - 1)
    return statistics.median(ratios)


def main() -> None:
    """Print a line for each file, the faults by kind, and the sums."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--truth", type=Path, help="folder of true amounts, a CSV file for each report")
    parser.add_argument("--faults", type=int, default=2, help="of each kind into each page (default 2)")
    parser.add_argument("--rounds", type=int, default=5, help="of the measurement of cost (default 5)")
    arguments = parser.parse_args()
    logging.disable(logging.WARNING)

    numbers = conflicts = wrong = 0
    kinds: dict[str, Counter[str]] = {fault.__name__: Counter() for fault in (*FAULTS, *HEADER_FAULTS)}
    silent: list[str] = []
    readable = []
    for path in arguments.files:
        try:
            document = read_file(path, MAX_PAGES)
        except UnreadableError as error:
            print(f"{path.name[:40]:40} {error}")
            continue
        readable.append(path)
        cells = [cell for page in document.pages for grid in page.grids for cell in grid.cells]
        own = sum(is_number(plain(cell.text)) for cell in cells)
        differ = [cell for cell in cells if cell.second is not None]
        strays = [line for page in document.pages for grid in page.grids for line in grid.strays]
        numbers += own
        conflicts += len(differ) + len(strays)
        facts = extract_facts(document)
        in_forms = sum(flag.form_code is not None for flag in facts.flags)
        told = f"{own} numbers, {len(differ)} differ, {len(strays)} in no cell, {in_forms} of these in forms"
        if arguments.truth and (truth := arguments.truth / f"{path.stem}.csv").exists():
            false = wrong_and_confirmed(facts, truth)
            wrong += len(false)
            told += f"; {len(false)} confirmed and wrong"
        print(f"{path.name[:40]:40} {told}", flush=True)
        if facts.header.report_kind == "final_account" and arguments.faults:
            for kind, page, harmful, flagged, changed in injected(path, document, arguments.faults):
                kinds[kind]["injected"] += 1
                kinds[kind]["harmful"] += harmful
                kinds[kind]["flagged"] += harmful and flagged
                kinds[kind]["flagged, harmless"] += flagged and not harmful
                if harmful and not flagged and kind not in {fault.__name__ for fault in HEADER_FAULTS}:
                    silent.append(f"{path.name[:16]} page {page} {kind}: {list(changed)[:3]}")

    columns = ("injected", "harmful", "flagged", "flagged, harmless")
    print(f"\n{'fault':18}" + "".join(f"{name:>18}" for name in columns) + f"{'silent':>10}")
    for kind, counts in kinds.items():
        left = counts["harmful"] - counts["flagged"]
        print(f"{kind:18}" + "".join(f"{counts[name]:18}" for name in columns) + f"{left:10}")
    for line in silent:
        print("silent:", line)
    print(f"confirmed={1 - conflicts / max(numbers, 1):.6f}")
    print(f"conflicts={conflicts}")
    print(f"silent={len(silent) + wrong}")
    print(f"cost={cost(readable, arguments.rounds):.3f}")


if __name__ == "__main__":
    main()
