"""From edges to the cells of tables, and from characters to the text of cells, in linear time.

Belongs here: an algorithm with the results of pdfplumber's `TableFinder` (default settings, strategy
`lines`) and `Table.extract`, which compare every edge with every other and every character with every cell.
Does not: where edges and characters come from (`paths`, `chars`), or mending a table (`repair`).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from itertools import groupby, pairwise
from operator import itemgetter

from pdfplumber.utils.text import LIGATURES, extract_text

from pipeline.read.chars import Char
from pipeline.read.paths import Edge

# pdfplumber's default table settings, in points
SNAP_TOLERANCE = 3
JOIN_TOLERANCE = 3
INTERSECTION_TOLERANCE = 3
TEXT_TOLERANCE = 3
MIN_EDGE_BEFORE_JOIN = 1
MIN_EDGE = 3

CellBox = tuple[float, float, float, float]
"""(x0, top, x1, bottom)"""


_position, _low = itemgetter(0), itemgetter(1)


def snap_and_join(edges: Iterable[Edge]) -> list[Edge]:
    """Return edges of one direction, close ones moved to their average and touching ones joined."""
    kept = [e for e in edges if e[2] - e[1] >= MIN_EDGE_BEFORE_JOIN]
    cluster_of: dict[float, int] = {}
    count, previous = 0, float("-inf")
    for position in sorted({e[0] for e in kept}):
        count += position > previous + SNAP_TOLERANCE
        cluster_of[position] = count - 1
        previous = position
    clusters: list[list[Edge]] = [[] for _ in range(count)]
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
    for position, group in groupby(moved, key=_position):
        _, low, high = next(group)
        for _, next_low, next_high in group:
            if next_low <= high + JOIN_TOLERANCE:
                high = max(high, next_high)
            else:
                if high - low >= MIN_EDGE:
                    joined.append((position, low, high))
                low, high = next_low, next_high
        if high - low >= MIN_EDGE:
            joined.append((position, low, high))


def find_cells(vertical: list[Edge], horizontal: list[Edge]) -> list[CellBox]:
    """Return the smallest cell that begins at each crossing of joined edges, sorted by (x0, top)."""
    vertical, horizontal = sorted(vertical), sorted(horizontal)
    tops = [h[0] for h in horizontal]
    tolerance = INTERSECTION_TOLERANCE
    # each crossing -> (the vertical edges through it, the horizontal edges through it)
    crossings: dict[tuple[float, float], tuple[set[int], set[int]]] = {}
    for v, (x, top, bottom) in enumerate(vertical):
        for h in range(bisect_left(tops, top - tolerance), bisect_right(tops, bottom + tolerance)):
            y, x0, x1 = horizontal[h]
            if x0 - tolerance <= x <= x1 + tolerance:
                crossing = crossings.get((x, y))
                if crossing is None:
                    crossings[(x, y)] = ({v}, {h})
                else:
                    crossing[0].add(v)
                    crossing[1].add(h)
    columns: dict[float, list[float]] = {}
    rows: dict[float, list[float]] = {}
    place: dict[tuple[float, float], tuple[int, int]] = {}
    for x, y in sorted(crossings):
        column, row = columns.setdefault(x, []), rows.setdefault(y, [])
        place[(x, y)] = (len(column), len(row))
        column.append(y)
        row.append(x)
    cells: list[CellBox] = []
    for (x, y), (in_column, in_row) in place.items():
        verticals, horizontals = crossings[(x, y)]
        row, column = rows[y], columns[x]
        rights = [
            (right, crossings[(right, y)][0])
            for right in row[in_row + 1 :]
            if not horizontals.isdisjoint(crossings[(right, y)][1])
        ]
        if not rights:
            continue
        for below in column[in_column + 1 :]:
            left_verticals, left_horizontals = crossings[(x, below)]
            if verticals.isdisjoint(left_verticals):
                continue
            corner = _first_corner(rights, below, left_horizontals, crossings)
            if corner is not None:
                cells.append((x, y, corner, below))
                break
    return cells


def _first_corner(
    rights: list[tuple[float, set[int]]],
    below: float,
    horizontals: set[int],
    crossings: dict[tuple[float, float], tuple[set[int], set[int]]],
) -> float | None:
    for right, verticals in rights:
        crossing = crossings.get((right, below))
        if (
            crossing is not None
            and not verticals.isdisjoint(crossing[0])
            and not horizontals.isdisjoint(crossing[1])
        ):
            return right
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
            other = root(owner.setdefault(corner, index))
            mine = root(index)
            if other != mine:
                parent[max(mine, other)] = min(mine, other)
    tables: dict[int, list[CellBox]] = {}
    for index, cell in enumerate(cells):
        tables.setdefault(root(index), []).append(cell)
    return sorted(
        (table for table in tables.values() if len(table) > 1),
        key=lambda table: min((top, x0) for x0, top, _, _ in table),
    )


def cell_texts(cells: list[CellBox], chars: list[Char]) -> dict[CellBox, str]:
    """Return the text of every cell: the characters whose middle lies in it, in lines joined by a line feed."""
    # characters of one run share their height, so there are few distinct middles to sort
    by_height: dict[float, list[tuple[float, int]]] = {}
    for index, (_, x0, x1, top, bottom, _) in enumerate(chars):
        by_height.setdefault((top + bottom) / 2, []).append(((x0 + x1) / 2, index))
    heights = sorted(by_height)
    bands: dict[tuple[float, float], list[CellBox]] = {}
    for cell in cells:
        bands.setdefault((cell[1], cell[3]), []).append(cell)
    texts: dict[CellBox, str] = {}
    for (top, bottom), band in bands.items():
        inside: list[tuple[float, int]] = []
        for height in heights[bisect_left(heights, top) : bisect_left(heights, bottom)]:
            inside += by_height[height]
        inside.sort()
        for cell in band:
            found = inside[bisect_left(inside, (cell[0], -1)) : bisect_left(inside, (cell[2], -1))]
            texts[cell] = _text([chars[i] for i in sorted([i for _, i in found])]) if found else ""
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
    upright = chars[0].upright
    if not upright or any(char[5] != upright for char in chars):
        return _pdfplumber_text(chars)
    tops = sorted({char[3] for char in chars})
    if tops[-1] - tops[0] <= TEXT_TOLERANCE:
        return _line(chars)
    starts = [tops[0], *(low for high, low in pairwise(tops) if low > high + TEXT_TOLERANCE)]
    lines: list[list[Char]] = [[] for _ in starts]
    for char in chars:
        line = bisect_right(starts, char[3]) - 1
        if char[3] - starts[line] > TEXT_TOLERANCE:
            return _pdfplumber_text(chars)  # a staircase of tops: its words need the full algorithm
        lines[line].append(char)
    return "\n".join(filter(None, map(_line, lines)))


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
            "text": char.text,
            "x0": char.x0,
            "x1": char.x1,
            "top": char.top,
            "bottom": char.bottom,
            "doctop": char.top,
            "width": char.x1 - char.x0,
            "height": char.bottom - char.top,
            "size": char.bottom - char.top,
            "upright": char.upright,
        }
        for char in chars
    ]
    return str(extract_text(objects, x_tolerance=TEXT_TOLERANCE, y_tolerance=TEXT_TOLERANCE))
