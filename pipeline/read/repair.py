"""Mending tables whose outer rule is missing.

Belongs here: where a missing rule must have been, and whether drawing it in brings back text. Does not: any
reading of what the text says.

A table cut by a page's edge often lacks the rule above its first row or below its last one on that page, or
the part of it where a merged cell goes on; a table may also stand open at its sides. Every finder that goes
by edges then drops the row, column or cell silently, though the rules that part its cells are there.
"""

from collections import Counter
from itertools import groupby, pairwise
from operator import itemgetter
from typing import NamedTuple

from pipeline.read.paths import Edge, Edges
from pipeline.read.tables import CellBox, PageText, find_cells, group_tables

SAME_END = 3
"""Points. Rules end together when each ends this near to the next; as near as pdfplumber snaps edges."""

ALREADY_CLOSED = 3
"""Points. A rule this near to where the others end closes them; as near as cells are found at a crossing."""

FEWEST_RULES = 3
"""Two rules that end together are a frame; three have two cells between them."""

NARROWEST = 12
"""Points. A blank column is as wide as that; less is where rules reach out over the last one."""


class Missing(NamedTuple):
    """A rule that would close a table, and whether only two rules end where it stands."""

    rule: Edge
    of_two: bool


def closing_rules(rules: list[Edge], across: list[Edge], fewest: int = FEWEST_RULES) -> list[Missing]:
    """Return the rules that would close tables where at least `fewest` of `rules` end together.

    `across` are the edges of the other direction, and so are those returned.
    """
    added: list[Missing] = []
    for end in (1, 2):
        ordered = sorted(rules, key=itemgetter(end))
        breaks = [i for i, (a, b) in enumerate(pairwise(ordered), 1) if b[end] - a[end] > SAME_END]
        for first, last in pairwise([0, *breaks, len(ordered)]):
            together = ordered[first:last]
            if len(together) < fewest:
                continue
            position = sum(edge[end] for edge in together) / len(together)
            closed = [
                (other_low, other_high)
                for other, other_low, other_high in (*across, *(missing.rule for missing in added))
                if abs(other - position) <= ALREADY_CLOSED
            ]
            for low, high in _open_stretches(sorted(edge[0] for edge in together), closed):
                added.append(Missing((position, low, high), len(together) < FEWEST_RULES))
    return added


def _open_stretches(rules: list[float], closed: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return from which rule to which, of some that end together, nothing closes the cells between them.

    A table may be closed in part: where a tall cell goes on over the page, its neighbours may end with it.
    One cell alone may be open only at an end of the way, and only where everything else is closed: gaps in
    between part boxes that are no table.
    """
    is_open = [
        not any(low <= (left + right) / 2 <= high for low, high in closed) for left, right in pairwise(rules)
    ]
    stretches: list[tuple[float, float]] = []
    begun = 0
    for opened, cells in groupby(is_open):
        end = begun + len(list(cells))
        is_one_end = is_open.count(True) == end - begun and (begun == 0 or end == len(is_open))
        if opened and (end - begun >= FEWEST_RULES - 1 or is_one_end):
            stretches.append((rules[begun], rules[end]))
        begun = end
    return stretches


def close_tables(ruling: Edges, tables: list[list[CellBox]], text: PageText) -> list[list[CellBox]]:
    """Return the tables of a page with the closing rules that bring text into cells and take none out.

    A table open at a side is closed there though its outer column be blank on this page: a column that the
    page does not rule could not be told from one that the form does not have.
    """
    vertical, horizontal = ruling
    levels = closing_rules(vertical, horizontal)
    sides = closing_rules(horizontal, vertical, fewest=2)
    proposals = [(Edges([], [level.rule]), level.of_two) for level in levels]
    proposals += [(Edges([side.rule], []), side.of_two) for side in sides]
    for side in sides:  # where a corner is open, both rules have to reach it
        for level in levels:
            x, top, bottom = side.rule
            y, left, right = level.rule
            if _meet(ruling, side.rule, level.rule):
                upright, flat = (x, min(top, y), max(bottom, y)), (y, min(left, x), max(right, x))
                proposals.append((Edges([upright], [flat]), side.of_two))
    for more, of_two in proposals:
        wider = Edges(vertical + more.vertical, horizontal + more.horizontal)
        closed = group_tables(find_cells(wider.vertical, wider.horizontal))
        before, after = _texts(tables, text), _texts(closed, text)
        if before - after:
            continue
        beside = _is_beside(tables, closed)
        if beside if of_two or not after - before else True:
            (vertical, horizontal), tables = wider, closed
    return tables


def _meet(ruling: Edges, side: Edge, level: Edge) -> bool:
    """Tell whether a side and a level rule are wanting at the same table."""
    x, top, bottom = side
    y, left, right = level
    rows = [
        e
        for e in ruling.horizontal
        if top <= e[0] <= bottom and min(abs(e[1] - x), abs(e[2] - x)) <= SAME_END
    ]
    uprights = [
        e for e in ruling.vertical if left <= e[0] <= right and min(abs(e[1] - y), abs(e[2] - y)) <= SAME_END
    ]
    return any(
        row[1] <= upright[0] <= row[2] and upright[1] <= row[0] <= upright[2]
        for row in rows
        for upright in uprights
    )


def _is_beside(tables: list[list[CellBox]], closed: list[list[CellBox]]) -> bool:
    """Tell whether `closed` has all cells of `tables` and more, each beside one of them and as tall."""
    before = {cell for cells in tables for cell in cells}
    more = [cell for cells in closed for cell in cells if cell not in before]
    kept = len(more) + len(before) == sum(map(len, closed))
    lefts, rights = ({(cell[side], cell[1], cell[3]) for cell in before} for side in (0, 2))
    return (
        bool(more)
        and kept
        and len(closed) == len(tables)
        and all(
            x1 - x0 >= NARROWEST and ((x0, top, bottom) in rights or (x1, top, bottom) in lefts)
            for x0, top, x1, bottom in more
        )
    )


def _texts(tables: list[list[CellBox]], text: PageText) -> Counter[str]:
    return Counter(found for cells in tables for found in text.of_cells(cells).values() if found)
