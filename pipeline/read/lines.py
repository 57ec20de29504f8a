"""Text lines of a page in reading order.

Belongs here: which characters stand on one line and where a blank parts them. Does not: which line belongs
to which table, or what it says.
"""

from operator import attrgetter

from pipeline.read.chars import Run, line_text
from pipeline.read.document import Box, Line

SAME_LINE = 0.4
"""Characters stand on one line when their baselines differ by less than this part of the smaller size."""

BLANK_WIDE = 0.25
"""A gap of this part of the font size reads as a blank (the blank of most Latin fonts is that wide)."""

_baseline = attrgetter("baseline")


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
    lines = [_line(group, line_text(group, em=BLANK_WIDE)) for group in groups]
    for column in _columns([run for run in runs if not run.upright]):
        lines.append(_line(column, " ".join("".join(run.text[0] for run in column).split())))
    return tuple(line for line in lines if line is not None)


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


def _line(runs: list[Run], text: str) -> Line | None:
    if not text:
        return None
    printed = [run for run in runs if len(run.text) > 1 or not run.text[0].isspace()]
    box = Box(
        round(min(map(_first_printed, printed)), 2),
        round(min([run.top for run in printed]), 2),
        round(max([run.x1[-1] for run in printed]), 2),
        round(max([run.bottom for run in printed]), 2),
    )
    return Line(text, box)


def _first_printed(run: Run) -> float:
    """Return where the first character that is no blank begins."""
    if run.text[0].isspace():
        for char, left in zip(run.text, run.x0, strict=True):
            if not char.isspace():
                return left
    return run.x0[0]
