"""From edges to the cells of tables, and from characters to the text of cells, in linear time.

Belongs here: an algorithm with the results of pdfplumber's `TableFinder` (default settings, strategy
`lines`) and `Table.extract`, which compare every edge with every other and every character with every cell.
Does not: where edges and characters come from (`paths`, `chars`), or mending a table (`repair`).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from itertools import islice, pairwise
from operator import attrgetter, itemgetter

from pdfplumber.utils.text import extract_text

from pipeline.read.chars import Run, chars, line_text, singles
from pipeline.read.paths import SHORTEST_EDGE, Edge, Point

# pdfplumber's default table settings, in points
SNAP_TOLERANCE = 3
JOIN_TOLERANCE = 3
INTERSECTION_TOLERANCE = 3
TEXT_TOLERANCE = 3
MIN_EDGE = 3

CellBox = tuple[float, float, float, float]
"""(x0, top, x1, bottom)"""


_position = itemgetter(0)
_top, _upright = attrgetter("top"), attrgetter("upright")


def snap_and_join(edges: Iterable[Edge]) -> list[Edge]:
    """Return edges of one direction, close ones moved to their average and touching ones joined."""
    kept = [e for e in edges if e[2] - e[1] >= SHORTEST_EDGE]
    cluster_of: dict[float, int] = {}
    clusters_seen, previous = 0, float("-inf")
    for position in sorted({e[0] for e in kept}):
        clusters_seen += position > previous + SNAP_TOLERANCE
        cluster_of[position] = clusters_seen - 1
        previous = position
    clusters: list[list[Edge]] = [[] for _ in range(clusters_seen)]
    for edge in kept:  # in the order given, so that sums round as pdfplumber's do
        clusters[cluster_of[edge[0]]].append(edge)
    joined: list[Edge] = []
    for cluster in clusters:
        _join_cluster(cluster, joined)
    return joined


def _join_cluster(cluster: list[Edge], joined: list[Edge]) -> None:
    average = sum(map(_position, cluster)) / len(cluster)
    # pdfplumber moves each edge by its distance from the average; next to zero that leaves edges of one
    # cluster a rounding error apart, and then it does not join them.
    moved = [(p + (average - p), low, high) for p, low, high in cluster]
    moved.sort()
    position, low, high = moved[0]
    for next_position, next_low, next_high in moved[1:]:
        if next_position == position and next_low <= high + JOIN_TOLERANCE:
            high = max(high, next_high)
        else:
            if high - low >= MIN_EDGE:
                joined.append((position, low, high))
            position, low, high = next_position, next_low, next_high
    if high - low >= MIN_EDGE:
        joined.append((position, low, high))


def find_cells(vertical: list[Edge], horizontal: list[Edge]) -> list[CellBox]:
    """Return the smallest cell that begins at each crossing of joined edges, sorted by (x0, top)."""
    vertical, horizontal = sorted(vertical), sorted(horizontal)
    xs, ys = sorted({edge[0] for edge in vertical}), sorted({edge[0] for edge in horizontal})
    column_of, row_of = ({at: i for i, at in enumerate(positions)} for positions in (xs, ys))
    tolerance = INTERSECTION_TOLERANCE
    tops = [top for top, _, _ in horizontal]
    reaches = [
        (row_of[top], x0 - tolerance, x1 + tolerance, 1 << h) for h, (top, x0, x1) in enumerate(horizontal)
    ]
    # where edges cross: of each column and row the edges through each crossing, as the bits of a number
    verticals: list[dict[int, int]] = [{} for _ in xs]  # by row
    horizontals: list[dict[int, int]] = [{} for _ in ys]  # by column, which come in order
    for v, (x, top, bottom) in enumerate(vertical):
        column = column_of[x]
        down, bit = verticals[column], 1 << v
        first, end = bisect_left(tops, top - tolerance), bisect_right(tops, bottom + tolerance)
        for row, low, high, mark in reaches[first:end]:
            if low <= x <= high:
                along = horizontals[row]
                down[row] = down.get(row, 0) | bit
                along[column] = along.get(column, 0) | mark
    columns_of_row = list(map(list, horizontals))
    passed = [0] * len(ys)  # how many crossings of each row lie in columns already done
    cells: list[CellBox] = []
    for column, down in enumerate(verticals):
        rows = sorted(down)
        for in_column, row in enumerate(rows, 1):
            in_row = passed[row] = passed[row] + 1
            along = horizontals[row]
            down_here, along_here = down[row], along[column]
            cell = None
            for below in islice(rows, in_column, None):
                if not down_here & down[below]:
                    continue
                along_below = horizontals[below]
                for right in islice(columns_of_row[row], in_row, None):
                    # the nearest crossing below and to the right that the edges of both close
                    if (
                        along_here & along[right]
                        and right in along_below
                        and verticals[right][row] & verticals[right][below]
                        and along_below[column] & along_below[right]
                    ):
                        cell = (xs[column], ys[row], xs[right], ys[below])
                        break
                if cell is not None:
                    cells.append(cell)
                    break
    return cells


def group_tables(cells: list[CellBox]) -> list[list[CellBox]]:
    """Return cells that hang together by their corners, as tables from top to bottom.

    A lone cell is no table: that is how pdfplumber passes over frames and page backgrounds.
    """
    parent = list(range(len(cells)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = index = parent[parent[index]]
        return index

    owner: dict[Point, int] = {}
    for index, (x0, top, x1, bottom) in enumerate(cells):
        mine = index
        for corner in ((x0, top), (x0, bottom), (x1, top), (x1, bottom)):
            other = owner.setdefault(corner, index)
            if other != index and parent[other] != mine:
                other = root(other)
                if other < mine:
                    parent[mine] = mine = other
                elif other > mine:
                    parent[other] = mine
    tables: dict[int, list[CellBox]] = {}
    for index, cell in enumerate(cells):
        tables.setdefault(root(index), []).append(cell)
    return sorted(
        (table for table in tables.values() if len(table) > 1),
        key=lambda table: min((top, x0) for x0, top, _, _ in table),
    )


class PageText:
    """The characters of a page, ready to be found by where they stand."""

    def __init__(self, runs: list[Run]) -> None:
        self._runs = runs
        # the runs whose middle is at one height, as places in content order
        self._by_height: dict[float, list[int]] = {}
        levels = self._by_height
        for place, height in enumerate([(run.top + run.bottom) / 2 for run in runs]):
            if height in levels:
                levels[height].append(place)
            else:
                levels[height] = [place]
        self._heights = sorted(levels)

    def of_cells(self, cells: list[CellBox]) -> dict[CellBox, str]:
        """Return each cell's text: of the characters whose middle is in it, lines joined by a line feed."""
        bands: dict[tuple[float, float], list[CellBox]] = {}
        for cell in sorted(cells):
            bands.setdefault((cell[1], cell[3]), []).append(cell)
        texts: dict[CellBox, str] = {}
        heights = self._heights
        for (top, bottom), band in bands.items():
            places: list[int] = []
            for height in heights[bisect_left(heights, top) : bisect_left(heights, bottom)]:
                places += self._by_height[height]
            places.sort()
            inside = [self._runs[place] for place in places]
            if any(cell[2] > following[0] for cell, following in pairwise(band)):
                for cell in band:  # a character may stand in several
                    texts[cell] = _text(_runs_of_cells(inside, [cell])[0])
            else:
                texts.update(zip(band, map(_text, _runs_of_cells(inside, band)), strict=True))
        return texts


def _runs_of_cells(runs: list[Run], cells: list[CellBox]) -> list[list[Run]]:
    """Return the runs, or single characters of runs, whose middle is in each of some cells side by side."""
    lefts, rights = [cell[0] for cell in cells], [cell[2] for cell in cells]
    nexts = [*lefts, float("inf")]
    found: list[list[Run]] = [[] for _ in cells]
    for run in runs:
        x0, x1 = run.x0, run.x1
        if len(x0) == 1:
            low = high = (x0[0] + x1[0]) / 2
        else:
            low, high = min(x0), max(x1)
        index = bisect_right(lefts, low) - 1
        if index >= 0 and high < rights[index]:
            found[index].append(run)
        elif len(x0) > 1 and ((index >= 0 and low < rights[index]) or high >= nexts[index + 1]):
            for single in singles([run]):
                middle = (single.x0[0] + single.x1[0]) / 2
                index = bisect_right(lefts, middle) - 1
                if index >= 0 and middle < rights[index]:
                    found[index].append(single)
    return found


def rows_of_text(cells: list[CellBox], texts: dict[CellBox, str]) -> list[list[str | None]]:
    """Return a table as pdfplumber's `extract` does: a row per distinct top, None where no cell begins."""
    lefts = {x0: i for i, x0 in enumerate(sorted({cell[0] for cell in cells}))}
    rows: dict[float, list[str | None]] = {}
    for cell in sorted(cells, key=itemgetter(1, 0)):
        row = rows.setdefault(cell[1], [None] * len(lefts))
        row[lefts[cell[0]]] = texts[cell]
    return list(rows.values())


def _text(runs: list[Run]) -> str:
    """Return the text of one cell's runs, given in content order."""
    if not runs:
        return ""
    if not all(map(_upright, runs)):
        return _pdfplumber_text(runs)
    heights = set(map(_top, runs))
    if len(heights) == 1:
        return line_text(runs, points=TEXT_TOLERANCE)
    tops = sorted(heights)
    if tops[-1] - tops[0] <= TEXT_TOLERANCE:
        return line_text(runs, points=TEXT_TOLERANCE)
    starts = [tops[0], *(low for high, low in pairwise(tops) if low > high + TEXT_TOLERANCE)]
    lines: list[list[Run]] = [[] for _ in starts]
    for run in runs:
        line = bisect_right(starts, run.top) - 1
        if run.top - starts[line] > TEXT_TOLERANCE:
            return _pdfplumber_text(runs)  # a staircase of tops: its words need the full algorithm
        lines[line].append(run)
    return "\n".join(filter(None, (line_text(line, points=TEXT_TOLERANCE) for line in lines)))


def _pdfplumber_text(runs: list[Run]) -> str:
    objects = [
        {
            "text": text,
            "x0": x0,
            "x1": x1,
            "top": top,
            "bottom": bottom,
            "doctop": top,
            "width": x1 - x0,
            "height": bottom - top,
            "size": bottom - top,
            "upright": upright,
        }
        for text, x0, x1, top, bottom, upright in chars(runs)
    ]
    return str(extract_text(objects, x_tolerance=TEXT_TOLERANCE, y_tolerance=TEXT_TOLERANCE))
