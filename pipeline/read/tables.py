"""From edges to the cells of tables, and from characters to the text of cells, in linear time.

Belongs here: an algorithm with the results of pdfplumber's `TableFinder` (default settings, strategy
`lines`) and `Table.extract`, which compare every edge with every other and every character with every cell.
Does not: where edges and characters come from (`paths`, `chars`), or mending a table (`repair`).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from itertools import count, pairwise
from operator import itemgetter

from pdfplumber.utils.text import LIGATURES, extract_text

from pipeline.read.chars import Char, Run, chars
from pipeline.read.paths import SHORTEST_EDGE, Edge, Point

# pdfplumber's default table settings, in points
SNAP_TOLERANCE = 3
JOIN_TOLERANCE = 3
INTERSECTION_TOLERANCE = 3
TEXT_TOLERANCE = 3
MIN_EDGE = 3

CellBox = tuple[float, float, float, float]
"""(x0, top, x1, bottom)"""


_position, _low = itemgetter(0), itemgetter(1)


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
    tops = [top for top, _, _ in horizontal]
    tolerance = INTERSECTION_TOLERANCE
    # crossing -> the edges of each direction through it, as the bits of a number
    verticals: dict[Point, int] = {}
    horizontals: dict[Point, int] = {}
    for v, (x, top, bottom) in enumerate(vertical):
        for h in range(bisect_left(tops, top - tolerance), bisect_right(tops, bottom + tolerance)):
            y, x0, x1 = horizontal[h]
            if x0 - tolerance <= x <= x1 + tolerance:
                point = (x, y)
                verticals[point] = verticals.get(point, 0) | 1 << v
                horizontals[point] = horizontals.get(point, 0) | 1 << h
    columns: dict[float, list[float]] = {}
    rows: dict[float, list[float]] = {}
    points = sorted(verticals)
    for x, y in points:
        columns.setdefault(x, []).append(y)
        rows.setdefault(y, []).append(x)
    done_in_row = dict.fromkeys(rows, 0)
    cells: list[CellBox] = []
    for x, column in columns.items():
        for in_column, y in enumerate(column, 1):
            done_in_row[y] += 1
            cell = _smallest_cell(x, y, rows[y][done_in_row[y] :], column[in_column:], verticals, horizontals)
            if cell is not None:
                cells.append(cell)
    return cells


def _smallest_cell(
    x: float,
    y: float,
    rights: list[float],
    belows: list[float],
    verticals: dict[Point, int],
    horizontals: dict[Point, int],
) -> CellBox | None:
    """Return the cell whose corner is (x, y): the nearest crossings below and to the right that close it."""
    own_vertical, own_horizontal = verticals[(x, y)], horizontals[(x, y)]
    for below in belows:
        if not own_vertical & verticals[(x, below)]:
            continue
        low_horizontal = horizontals[(x, below)]
        for right in rights:
            corner = (right, below)
            if (
                own_horizontal & horizontals[(right, y)]
                and corner in verticals
                and verticals[(right, y)] & verticals[corner]
                and low_horizontal & horizontals[corner]
            ):
                return (x, y, right, below)
    return None


def group_tables(cells: list[CellBox]) -> list[list[CellBox]]:
    """Return cells that hang together by their corners, as tables from top to bottom.

    A lone cell is no table: that is how pdfplumber passes over frames and page backgrounds.
    """
    parent = list(range(len(cells)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    owner: dict[tuple[float, float], int] = {}
    for index, (x0, top, x1, bottom) in enumerate(cells):
        for corner in ((x0, top), (x0, bottom), (x1, top), (x1, bottom)):
            other = owner.setdefault(corner, index)
            if other != index:
                first, second = root(other), root(index)
                parent[max(first, second)] = min(first, second)
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
        self._chars = chars(runs)
        # the middle of each character and its place in content order, by the middle height of its run
        self._by_height: dict[float, list[tuple[float, int]]] = {}
        place = 0
        for _, x0, x1, top, bottom, _, _, _ in runs:
            level = self._by_height.setdefault((top + bottom) / 2, [])
            level += [
                ((left + right) / 2, index) for index, left, right in zip(count(place), x0, x1, strict=False)
            ]
            place += len(x0)
        self._heights = sorted(self._by_height)

    def of_cells(self, cells: list[CellBox]) -> dict[CellBox, str]:
        """Return each cell's text: of the characters whose middle is in it, lines joined by a line feed."""
        bands: dict[tuple[float, float], list[CellBox]] = {}
        for cell in cells:
            bands.setdefault((cell[1], cell[3]), []).append(cell)
        texts: dict[CellBox, str] = {}
        heights, all_chars = self._heights, self._chars
        for (top, bottom), band in bands.items():
            inside: list[tuple[float, int]] = []
            for height in heights[bisect_left(heights, top) : bisect_left(heights, bottom)]:
                inside += self._by_height[height]
            inside.sort()
            for cell in band:
                found = inside[bisect_left(inside, (cell[0],)) : bisect_left(inside, (cell[2],))]
                texts[cell] = _text([all_chars[i] for i in sorted([i for _, i in found])]) if found else ""
        return texts


def rows_of_text(cells: list[CellBox], texts: dict[CellBox, str]) -> list[list[str | None]]:
    """Return a table as pdfplumber's `extract` does: a row per distinct top, None where no cell begins."""
    lefts = {x0: i for i, x0 in enumerate(sorted({cell[0] for cell in cells}))}
    rows: dict[float, list[str | None]] = {}
    for cell in sorted(cells, key=itemgetter(1, 0)):
        row = rows.setdefault(cell[1], [None] * len(lefts))
        row[lefts[cell[0]]] = texts[cell]
    return list(rows.values())


def _text(chars: list[Char]) -> str:
    """Return the text of one cell's characters, given in content order."""
    levels = {(top, upright) for _, _, _, top, _, upright in chars}
    if len(levels) > 1 or not chars[0][5]:
        if not all(upright for _, upright in levels):
            return _pdfplumber_text(chars)
        tops = sorted(top for top, _ in levels)
        starts = [tops[0], *(low for high, low in pairwise(tops) if low > high + TEXT_TOLERANCE)]
        if len(starts) > 1 or tops[-1] - tops[0] > TEXT_TOLERANCE:
            lines: list[list[Char]] = [[] for _ in starts]
            for char in chars:
                line = bisect_right(starts, char[3]) - 1
                if char[3] - starts[line] > TEXT_TOLERANCE:
                    return _pdfplumber_text(chars)  # a staircase of tops: its words need the full algorithm
                lines[line].append(char)
            return "\n".join(filter(None, map(_line, lines)))
    return _line(chars)


def _line(chars: list[Char]) -> str:
    parts: list[str] = []
    end: float | None = None
    for text, x0, x1, _, _, _ in sorted(chars, key=_low):
        if text.isspace():
            end = None
            continue
        if parts and (end is None or x0 > end + TEXT_TOLERANCE):
            parts.append(" ")
        parts.append(LIGATURES.get(text, text))
        end = x1
    return "".join(parts)


def _pdfplumber_text(chars: list[Char]) -> str:
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
        for text, x0, x1, top, bottom, upright in chars
    ]
    return str(extract_text(objects, x_tolerance=TEXT_TOLERANCE, y_tolerance=TEXT_TOLERANCE))
