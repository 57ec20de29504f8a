"""Text lines of a page in reading order.

Belongs here: which characters stand on one line and where a blank parts them. Does not: which line belongs
to which table, or what it says.
"""

from operator import attrgetter, sub

from pipeline.read.chars import Run
from pipeline.read.document import Box, Line

SAME_LINE = 0.4
"""Characters stand on one line when their baselines differ by less than this part of the smaller size."""

BLANK_WIDE = 0.25
"""A gap of this part of the font size reads as a blank (the blank of most Latin fonts is that wide)."""

_baseline, _top, _bottom = attrgetter("baseline"), attrgetter("top"), attrgetter("bottom")


def text_lines(runs: list[Run]) -> tuple[Line, ...]:
    """Return all text as lines from top to bottom, each from left to right.

    Lines are told apart by baseline, never by box: boxes follow the font's descent, which may be wild.
    Text that stands sideways follows, a line for each column of characters in content order.
    """
    groups: list[list[Run]] = []
    baseline = size = 0.0
    for run in sorted((run for run in runs if run.upright), key=_baseline):
        if not groups or run.baseline - baseline >= SAME_LINE * min(size, run.size):
            groups.append([])
            baseline, size = run.baseline, run.size
        groups[-1].append(run)
    lines = [_line(_left_to_right(group)) for group in groups]
    lines += [_line(column, sideways=True) for column in _columns([run for run in runs if not run.upright])]
    return tuple(line for line in lines if line is not None)


def _left_to_right(runs: list[Run]) -> list[Run]:
    """Return runs by x; where one reaches into the next, their single characters."""
    ordered = sorted(runs, key=lambda run: run.x0[0])
    end = float("-inf")
    for run in ordered:
        if run.x0[0] < end - BLANK_WIDE * run.size:
            break
        end = run.x1[-1]
    else:
        return ordered
    singles = [
        run._replace(text=[char], x0=[x0], x1=[x1])
        for run in runs
        for char, x0, x1 in zip(run.text, run.x0, run.x1, strict=True)
    ]
    return sorted(singles, key=lambda run: run.x0[0])


def _columns(runs: list[Run]) -> list[list[Run]]:
    """Return sideways characters grouped by the column they stand in."""
    columns: list[list[Run]] = []
    left = right = 0.0
    for run in runs:
        if not columns or not left <= (run.x0[0] + run.x1[0]) / 2 <= right:
            columns.append([])
            left, right = run.x0[0], run.x1[0]
        columns[-1].append(run)
    return columns


def _line(runs: list[Run], sideways: bool = False) -> Line | None:
    parts: list[str] = []
    printed: list[Run] = []
    end = float("inf")
    for run in runs:
        text, lefts, rights = run.text, run.x0, run.x1
        gap = BLANK_WIDE * run.size
        if lefts[0] - end >= gap and not sideways:
            parts.append(" ")
        end = rights[-1]
        if len(text) == 1:
            if text[0].isspace():
                parts.append(" ")
                continue
            parts.append(text[0])
        elif max(map(sub, lefts[1:], rights)) < gap:
            parts += text
        else:
            parts.append(text[0])
            for char, left, before in zip(text[1:], lefts[1:], rights, strict=False):
                if left - before >= gap:
                    parts.append(" ")
                parts.append(char)
        printed.append(run)
    words = "".join(parts).split()
    if not words:
        return None
    box = Box(
        round(min(map(_first_printed, printed)), 2),
        round(min(map(_top, printed)), 2),
        round(max([run.x1[-1] for run in printed]), 2),
        round(max(map(_bottom, printed)), 2),
    )
    return Line(" ".join(words), box)


def _first_printed(run: Run) -> float:
    """Return where the first character that is no blank begins."""
    if run.text[0].isspace():
        for char, left in zip(run.text, run.x0, strict=True):
            if not char.isspace():
                return left
    return run.x0[0]
