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

from pipeline.read.paths import Edge, Edges
from pipeline.read.tables import CellBox, PageText, find_cells, group_tables

SAME_END = 3
"""Points. Rules end together when each ends this near to the next; as near as pdfplumber snaps edges."""

ALREADY_CLOSED = 4
"""Points. A rule this near to where the others end closes them."""

FEWEST_RULES = 3
"""Two rules that end together are a frame; three have two cells between them."""


def closing_rules(rules: list[Edge], across: list[Edge]) -> list[Edge]:
    """Return edges that would close tables where `rules` of one direction end together.

    `across` are the edges of the other direction, and so are those returned.
    """
    added: list[Edge] = []
    for end in (1, 2):
        ordered = sorted(rules, key=itemgetter(end))
        breaks = [i for i, (a, b) in enumerate(pairwise(ordered), 1) if b[end] - a[end] > SAME_END]
        for first, last in pairwise([0, *breaks, len(ordered)]):
            together = ordered[first:last]
            if len(together) < FEWEST_RULES:
                continue
            position = sum(edge[end] for edge in together) / len(together)
            closed = [
                (other_low, other_high)
                for other, other_low, other_high in (*across, *added)
                if abs(other - position) <= ALREADY_CLOSED
            ]
            for low, high in _open_stretches(sorted(edge[0] for edge in together), closed):
                added.append((position, low, high))
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
    """Return the tables of a page with the closing rules that bring text into cells and take none out."""
    vertical, horizontal = ruling
    proposals = [Edges([], [rule]) for rule in closing_rules(vertical, horizontal)]
    proposals += [Edges([rule], []) for rule in closing_rules(horizontal, vertical)]
    for more in proposals:
        wider = Edges(vertical + more.vertical, horizontal + more.horizontal)
        closed = group_tables(find_cells(wider.vertical, wider.horizontal))
        before, after = _texts(tables, text), _texts(closed, text)
        if after - before and not before - after:
            (vertical, horizontal), tables = wider, closed
    return tables


def _texts(tables: list[list[CellBox]], text: PageText) -> Counter[str]:
    return Counter(found for cells in tables for found in text.of_cells(cells).values() if found)
