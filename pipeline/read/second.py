"""The second reading: what the words of a page say of its grids, and where that differs from the first.

Belongs here: comparing the cells of the first reading with words found by baseline and gap. Does not: how
words are found (`words`), how grids are (`tables`, `repair`), or what a number means.

The first reading goes by ruled boxes: a rule too many or too few splits or merges cells, a row outside the
outermost rule is dropped, a character over a rule goes to the neighbour. Words know of no rule; where gaps
alone mislead (a number wrapped in a narrow cell, justified digits, columns that touch) the way the other
numbers of the table are printed decides. Both readings must agree on this:

1. A cell says what the words in it say, and holds one number, not several.
2. A number and the words beside it, on its line, are in one row of the grid.
3. A number does not hide in a cell of words, and its label does not share a cell with another one.
4. A number within the reach of a grid is in some cell.
"""

from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median

import msgspec

from pipeline.read.chars import Run
from pipeline.read.document import Box, Cell, Grid, Line
from pipeline.read.words import Word, is_number, is_numeric, plain, word_lines

MIDDLE = 0.35
"""Em. How far above its baseline the middle of a word is."""

ALIGNED = 1.5
"""Points. Numbers of one column end, or have their middles, this near to each other."""

APART = 0.6
"""Em. A number that stands alone is this far from its neighbours on the line."""

FAR_APART = 1
"""Em. A number this far from its neighbours is no part of a sentence."""

SLACK = 14
"""Points. The most that a full line of text leaves free in its cell, padding on both sides included."""

REACH = 1.5
"""Rows. Numbers this near beyond the ends of a grid may be a row that it lacks."""

OFF_MIDDLE = 0.15
"""Part of a cell's extent. A number this near to the middle of its cell is set in the middle."""

SAME_DISTANCE = 0.25
"""Part of a row. A line is a row's distance from another when it is this near to that."""

NEAREST_ROWS = 0.9
"""Part of a row. Lines of text nearer than this are of one row."""

Placed = list[tuple[int, Word]]
"""Words with the number of their line, in reading order."""


def read_again(runs: list[Run], grids: Sequence[Grid], width: float, height: float) -> tuple[Grid, ...]:
    """Return the grids of one page with `second` and `strays` where the second reading differs.

    `runs` are all characters of the page; what stands outside its `width` and `height` is not printed, and
    no stray.
    """
    if not grids:
        return ()
    pitches = [median(cell.box.bottom - cell.box.top for cell in grid.cells) for grid in grids]
    low = min(grid.box.top - REACH * pitch for grid, pitch in zip(grids, pitches, strict=True))
    high = max(grid.box.bottom + REACH * pitch for grid, pitch in zip(grids, pitches, strict=True))
    lines = word_lines(runs, low, high)
    readings = [_Reading(grid, pitch, lines) for grid, pitch in zip(grids, pitches, strict=True)]
    placed = {id(word) for reading in readings for words in reading.said.values() for _, word in words}
    page = Box(0.0, 0.0, width, height)
    return tuple(reading.result(placed, page) for reading in readings)


class _Reading:
    """The words of one grid, by cell and by line, and what they say that its cells do not."""

    def __init__(self, grid: Grid, pitch: float, lines: list[list[Word]]) -> None:
        self.grid = grid
        self.pitch = pitch  # how high a row mostly is
        self.lines = lines
        self.said: dict[int, Placed] = {}
        self.on_line: dict[int, list[tuple[int, Word]]] = {}  # line -> (cell, word), left to right
        self.second: dict[int, str] = {}
        self._place()
        self.numbers = [is_number(plain(cell.text)) for cell in grid.cells]
        # how the table prints numbers: the words in its cells that are numbers, whatever else is in the cell
        numeric = [word for words in self.said.values() for _, word in words if is_number(word.text)]
        counts = Counter(_decimals(word.text) for word in numeric if "." in word.text)
        self.decimals = counts.most_common(1)[0][0] if counts else 0
        self.places: dict[int, tuple[list[float], list[float], list[float]]] = {}
        for word in numeric:
            places = self.places.setdefault(_decimals(word.text), ([], [], []))
            for found, place in zip(places, (word.x0, word.middle, word.x1), strict=True):
                insort(found, place)

    def _place(self) -> None:
        """Find the cell of each word."""
        bands: dict[tuple[float, float], list[tuple[float, float, int]]] = {}
        for index, cell in enumerate(self.grid.cells):
            box = cell.box
            bands.setdefault((box.top, box.bottom), []).append((box.x0, box.x1, index))
        said, on_line = self.said, self.on_line
        for number, line in enumerate(self.lines):
            height = _height(line[0])
            if not self.grid.box.top <= height < self.grid.box.bottom:
                continue
            row: list[tuple[float, float, int]] = []
            for (top, bottom), cells in bands.items():
                if top <= height < bottom:
                    row += cells
            row.sort()
            lefts = [cell[0] for cell in row]
            found = []
            for word in line:
                middle = (word[0] + word[1]) / 2
                at = bisect_right(lefts, middle) - 1
                if at >= 0 and middle < row[at][1]:
                    index = row[at][2]
                    found.append((index, word))
                    if index in said:
                        said[index].append((number, word))
                    else:
                        said[index] = [(number, word)]
            if found:
                on_line[number] = found

    def result(self, placed: set[int], page: Box) -> Grid:
        """Return the grid with what differs; `placed` are the words that some grid has in a cell."""
        self._compare_texts()
        self._compare_rows()
        self._compare_columns()
        self._compare_labels()
        strays = tuple(self._strays(placed, page))
        if not self.second and not strays:
            return self.grid
        cells = tuple(
            msgspec.structs.replace(cell, second=self.second[index]) if index in self.second else cell
            for index, cell in enumerate(self.grid.cells)
        )
        return msgspec.structs.replace(self.grid, cells=cells, strays=strays)

    def _line_text(self, number: int) -> str:
        """Return what a line says within the grid: the second reading of a number's row."""
        return " ".join(word.text for _, word in self.on_line[number])

    # 1. What a cell says -----------------------------------------------------------------------------------

    def _compare_texts(self) -> None:
        has_numbers = any(self.numbers)  # else it is no table of amounts, and words are not looked at
        for index, cell in enumerate(self.grid.cells):
            words = self.said.get(index)
            if words is None:
                if self.numbers[index]:
                    self.second[index] = ""
                continue
            first = plain(cell.text)
            if len(words) == 1 and words[0][1].text == first:
                continue
            if all(word.numeric for _, word in words):
                numbers = self._numbers(cell, words)
                if numbers != [first] and any(map(is_numeric, [first, *numbers])):
                    self.second[index] = " ".join(numbers)
            elif (
                self.numbers[index]
                or any(self._is_hidden(cell, number, word) for number, word in words)
                or (has_numbers and sorted(plain("".join(word.text for _, word in words))) != sorted(first))
            ):
                self.second[index] = " ".join(word.text for _, word in words)

    def _is_hidden(self, cell: Cell, line: int, word: Word) -> bool:
        """Tell whether a word is an amount in a cell of words: set apart, and printed as others are."""
        if not is_number(word.text) or _is_full(cell, word, word):
            return False
        if self.decimals and self._is_whole(word.text) and self._is_apart(self.lines[line], word, FAR_APART):
            return True
        return self._aligned(word) > 1 and self._is_apart(self.lines[line], word)

    def _is_whole(self, text: str) -> bool:
        """Tell whether a text is a number with as many decimals as the table prints."""
        return is_number(text) and _decimals(text) == self.decimals

    def _aligned(self, word: Word) -> int:
        """Return how many numbers of as many decimals begin, end or have their middle where a word does."""
        places = self.places.get(_decimals(word.text), ([], [], []))
        return max(map(_near, places, (word.x0, word.middle, word.x1)))

    def _is_apart(self, line: list[Word], word: Word, em: float = APART) -> bool:
        """Tell whether a word stands alone on its line, with no other within some em of it."""
        least = em * word.size
        return not any(
            other is not word and other.x0 - word.x1 < least and word.x0 - other.x1 < least for other in line
        )

    def _numbers(self, cell: Cell, words: Placed) -> list[str]:
        """Return the numbers that the words of one cell make, each of one word or of several."""
        lines: dict[int, list[Word]] = {}
        for number, word in words:
            lines.setdefault(number, []).append(word)
        numbers: list[str] = []
        above: Word | None = None
        for line in lines.values():
            joined = self._joined(line)
            if (
                above is not None
                and is_number(numbers[-1] + joined[0].text)
                and not (self._is_whole(numbers[-1]) and self._is_whole(joined[0].text))
                and _is_full(cell, above, joined[0])
            ):
                numbers[-1] += joined.pop(0).text
            numbers += [word.text for word in joined]
            above = line[-1]
        return numbers

    def _joined(self, line: list[Word]) -> list[Word]:
        """Return the words of one line in one cell, digits set apart to fill the cell put together."""
        if all(len(word.text) == 1 for word in line):
            return [_together(line)]
        joined = [line[0]]
        for word in line[1:]:
            before = joined[-1]
            if (
                word.x0 - before.x1 <= word.size
                and is_number(before.text + word.text)
                and not (self._is_whole(before.text) and self._is_whole(word.text))
            ):
                joined[-1] = _together([before, word])
            else:
                joined.append(word)
        return joined

    # 2. Rows by the line, columns by the numbers above and below -------------------------------------------

    def _compare_rows(self) -> None:
        cells = self.grid.cells
        for number, found in self.on_line.items():
            kinds = {self.numbers[index] for index, _ in found}
            if True not in kinds:
                continue
            rows = [cells[index].row for index, _ in found]
            if len(set(rows)) > 1:
                usual = Counter(cells[index].row for index in {index for index, _ in found}).most_common(1)[
                    0
                ][0]
                for (a, _), (b, _) in pairwise(found):
                    if cells[a].row != cells[b].row and not self._may_stand_beside(a, b):
                        concerned = [index for index in (a, b) if self.numbers[index]]
                        for index in [i for i in concerned if cells[i].row != usual] or concerned:
                            self.second.setdefault(index, self._line_text(number))
            if False not in kinds:
                self._compare_with_wrapped(number)

    def _compare_with_wrapped(self, number: int) -> None:
        """Compare a line of nothing but numbers with the label whose lines stand above and below it."""
        for index, word in self.on_line[number]:
            labels = []
            for other in (number - 1, number + 1):
                beside = self.on_line.get(other)
                if beside and abs(beside[0][1].baseline - word.baseline) <= word.size:
                    labels += [i for i, label in beside if label.x1 < word.x0 and not self.numbers[i]][-1:]
            if len(labels) == 2 and not all(self._may_stand_beside(label, index) for label in labels):
                said = " ".join(self._line_text(n) for n in (number - 1, number, number + 1))
                self.second.setdefault(index, said)

    def _may_stand_beside(self, a: int, b: int) -> bool:
        """Tell whether two cells on a line are in one row, or one of them is rightly taller than the other.

        A tall cell of words spans rows that print something each and have a label of their own beside; one
        line of words stands in the middle of them. A tall number has a label as tall as itself, or stands in
        the middle of the rows it is for.
        """
        cells = self.grid.cells
        if cells[a].row == cells[b].row or not (self.numbers[a] or self.numbers[b]):
            return True
        tall, short = (a, b) if cells[a].row < cells[b].row else (b, a)
        rows = range(cells[tall].row, cells[tall].row + cells[tall].row_span)
        at = cells[short]
        if at.row not in rows or not any(
            cell.text
            and cell is not at
            and cell.row in rows
            and cell.column <= at.column < cell.column + cell.column_span
            for cell in cells
        ):
            return False
        box, words = cells[tall].box, self.said[tall]
        off = abs(_height(words[0][1]) - (box.top + box.bottom) / 2)
        in_middle = off < OFF_MIDDLE * (box.bottom - box.top)
        if self.numbers[tall]:
            return in_middle or any(
                cell.text
                and cell.row == cells[tall].row
                and cell.row_span == cells[tall].row_span
                and not is_numeric(plain(cell.text))
                for cell in cells
            )
        return (in_middle or words[0][0] != words[-1][0]) and any(
            cell.row == at.row and cell.text and not is_numeric(plain(cell.text)) for cell in cells
        )

    def _compare_columns(self) -> None:
        """Find numbers that stand in one of several columns of numbers that their cell covers."""
        cells = self.grid.cells
        wide = [i for i, cell in enumerate(cells) if self.numbers[i] and cell.column_span > 1]
        rows = {cell.row for i, cell in enumerate(cells) if self.numbers[i]} if wide else set()
        for index in wide:
            if index not in self.said:
                continue
            cell, word = cells[index], self.said[index][0][1]
            box = cell.box
            if abs(word.middle - (box.x0 + box.x1) / 2) < OFF_MIDDLE * (box.x1 - box.x0):
                continue
            inside = [
                i
                for i, other in enumerate(cells)
                if other.row in rows and box.x0 <= other.box.x0 and other.box.x1 <= box.x1
            ]
            alike = sum(cells[i].column_span == cell.column_span and self.numbers[i] for i in inside)
            parts = [i for i in inside if cells[i].column_span < cell.column_span]
            own = [i for i in parts if cells[i].box.x0 <= word.x0 and word.x1 <= cells[i].box.x1]
            others = [cells[i] for i in parts if i not in own]
            if (
                sum(self.numbers[i] for i in own) > alike
                and others
                and all(not other.text or is_numeric(plain(other.text)) for other in others)
            ):
                self.second.setdefault(index, self._line_text(self.said[index][0][0]))

    # 3. Labels ---------------------------------------------------------------------------------------------

    def _compare_labels(self) -> None:
        """Find numbers whose label shares its cell with the label of another row.

        Two labels are told from one on two lines by their distance, which is that of rows, and by the first:
        it leaves room for more.
        """
        for label, words in self.said.items():
            cell = self.grid.cells[label]
            if self.numbers[label] or words[0][0] == words[-1][0]:
                continue
            lines: dict[int, list[Word]] = {}
            for number, word in words:
                lines.setdefault(number, []).append(word)
            for (a, above), (b, below) in pairwise(lines.items()):
                distance = below[0].baseline - above[0].baseline
                if distance < NEAREST_ROWS * self.pitch or _is_full(
                    cell, _together(above), below[0], SLACK + above[0].size
                ):
                    continue
                for number in (a, b):
                    for index, _ in self.on_line[number]:
                        if self.numbers[index] and self.grid.cells[index].row == cell.row:
                            self.second.setdefault(index, self._line_text(number))

    # 4. What is in no cell ---------------------------------------------------------------------------------

    def _strays(self, placed: set[int], page: Box) -> Iterator[Line]:
        """Yield numbers within the reach of the grid, and rows of numbers that go on beyond its ends."""
        box = self.grid.box
        # the column of labels is not in it; one number in a frame is no table
        has_no_words = len(self.said) > 1 and all(self.numbers[index] for index in self.said)
        above = [line for line in self.lines if _height(line[0]) < box.top]
        below = [line for line in self.lines if _height(line[0]) >= box.bottom]
        for number in range(len(above), len(self.lines) - len(below)):
            line = self.lines[number]
            for word in line:
                if id(word) in placed or not _is_within(word, page):
                    continue
                inside = box.x0 <= word.middle < box.x1
                if is_numeric(word.text):
                    lost = self._is_apart(line, word) and (inside or "." in word.text)
                else:
                    beside = inside or (has_no_words and word.middle < box.x0)
                    lost = beside and any(self.numbers[index] for index, _ in self.on_line.get(number, ()))
                if lost:
                    yield _line(word)
        if above and self._is_label(above[-1], placed):
            yield _line(above[-1][0])
        for lines, edge in ((above[::-1], box.top), (below, box.bottom)):
            reach = edge
            for line in lines:
                found = [
                    word
                    for word in line
                    if id(word) not in placed
                    and self._is_whole(word.text)
                    and self._aligned(word)
                    and self._is_apart(line, word)
                    and _is_within(word, page)
                ]
                height = _height(line[0])
                if abs(height - reach) > REACH * self.pitch:
                    break
                if len(found) > 1 or any("." in word.text for word in found):
                    reach = height
                    yield from map(_line, found)

    def _is_label(self, line: list[Word], placed: set[int]) -> bool:
        """Tell whether the line above a grid is a row without an amount that the grid lacks.

        It is as far from the first row as rows are, and begins where the label of that row and others do.
        """
        first = min(self.on_line, default=None)
        if first is None or id(line[0]) in placed or line[0].numeric:
            return False
        index, below = self.on_line[first][0]
        begins = [found[0][1].x0 for found in self.on_line.values() if not self.numbers[found[0][0]]]
        return (
            abs(below.baseline - line[0].baseline - self.pitch) < SAME_DISTANCE * self.pitch
            and abs(below.x0 - line[0].x0) < ALIGNED
            and line[0].x1 < self.grid.cells[index].box.x1
            and any(self.numbers)
            and sum(abs(begin - line[0].x0) < ALIGNED for begin in begins) > 1
        )


def _height(word: Word) -> float:
    """Return how far down the page the middle of a word is."""
    return word.baseline - MIDDLE * word.size


def _decimals(text: str) -> int:
    return len(text.partition(".")[2])


def _near(places: list[float], place: float) -> int:
    """Return how many of some ordered places are near a place."""
    return bisect_right(places, place + ALIGNED) - bisect_left(places, place - ALIGNED)


def _together(words: list[Word]) -> Word:
    return words[0]._replace(x1=words[-1].x1, text="".join(word.text for word in words))


def _is_full(cell: Cell, above: Word, below: Word, slack: float = SLACK) -> bool:
    """Tell whether the first character of the word below had no room behind the word above."""
    needed = above.x1 - above.x0 + (below.x1 - below.x0) / len(below.text)
    return needed > cell.box.x1 - cell.box.x0 - slack


def _is_within(word: Word, page: Box) -> bool:
    return page.x0 <= word.middle < page.x1 and page.top <= _height(word) < page.bottom


def _line(word: Word) -> Line:
    bottom = word.baseline + (0.5 - MIDDLE) * word.size
    return Line(
        word.text,
        Box(round(word.x0, 2), round(bottom - word.size, 2), round(word.x1, 2), round(bottom, 2)),
    )
