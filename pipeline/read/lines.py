"""Text lines of a page in reading order.

Belongs here: which characters stand on one line and where a blank parts them. Does not: which line belongs
to which table, or what it says.
"""

from itertools import pairwise

from pipeline.read.chars import Run
from pipeline.read.document import Box, Line

SAME_LINE = 0.4
"""Characters stand on one line when their baselines differ by less than this part of the smaller size."""

BLANK_WIDE = 0.25
"""A gap of this part of the font size reads as a blank (the blank of most Latin fonts is that wide)."""


def text_lines(runs: list[Run]) -> tuple[Line, ...]:
    """Return all text as lines from top to bottom, each from left to right.

    Lines are told apart by baseline, never by box: boxes follow the font's descent, which may be wild.
    Text that stands sideways follows, one line per column of characters.
    """
    upright = [run for run in runs if run.upright]
    groups: list[list[Run]] = []
    baseline = size = 0.0
    for run in sorted(upright, key=lambda run: run.baseline):
        if not groups or run.baseline - baseline >= SAME_LINE * min(size, run.size):
            groups.append([])
            baseline, size = run.baseline, run.size
        groups[-1].append(run)
    lines = [_line(group) for group in groups]
    lines += [_line_sideways(column) for column in _columns([run for run in runs if not run.upright])]
    return tuple(line for line in lines if line is not None)


def _line(runs: list[Run]) -> Line | None:
    runs.sort(key=lambda run: run.x0[0])
    parts: list[str] = []
    end = runs[0].x0[0]
    for run in runs:
        gap = BLANK_WIDE * run.size
        if run.x0[0] - end >= gap:
            parts.append(" ")
        if len(run.text) == 1:
            parts.append(run.text)
        else:
            x1 = run.x1
            parts.append(run.text[0])
            for char, left, before in zip(run.text[1:], run.x0[1:], x1, strict=False):
                if left - before >= gap:
                    parts.append(" ")
                parts.append(char)
        end = run.x1[-1]
    text = " ".join("".join(parts).split())
    if not text:
        return None
    box = Box(
        round(min(run.x0[0] for run in runs), 2),
        round(min(run.top for run in runs), 2),
        round(max(run.x1[-1] for run in runs), 2),
        round(max(run.bottom for run in runs), 2),
    )
    return Line(text, box)


def _columns(runs: list[Run]) -> list[list[Run]]:
    """Return sideways characters grouped by the column they stand in, in content order."""
    columns: list[list[Run]] = []
    for before, run in pairwise([None, *runs]):
        if run is None:
            continue
        middle = (run.x0[0] + run.x1[0]) / 2
        if before is None or not before.x0[0] <= middle <= before.x1[0]:
            columns.append([])
        columns[-1].append(run)
    return columns


def _line_sideways(runs: list[Run]) -> Line | None:
    text = " ".join("".join(run.text for run in runs).split())
    if not text:
        return None
    box = Box(
        round(min(run.x0[0] for run in runs), 2),
        round(min(run.top for run in runs), 2),
        round(max(run.x1[0] for run in runs), 2),
        round(max(run.bottom for run in runs), 2),
    )
    return Line(text, box)
