"""The rows of one annex: head, funds, management, goals, tasks, indicators, total.

Belongs here: which block a row belongs to, columns by position, merged cells carried down, rows torn by a
page break. Does not: finding the tables (`annex_find`), numbers and units (`annex_words`), records
(`evaluation`).

A header row opens a block; what no block can take is kept as a note, so that nothing printed is lost.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from pipeline.forms import text
from pipeline.narrative.annex_find import Annex, TableRow
from pipeline.narrative.annex_words import percent, printed, prose, score, words
from pipeline.read.document import Cell, Grid

NAME_KEY = {"fund": "name", "indicator": "level3", "management": "level3", "task": "name", "goal": "expected"}
"""The column that names a row, by block."""

_LEVELS = ("level1", "level2", "level3")
_NEAR = 3.0  # points


@dataclass(frozen=True)
class Column:
    """A column of a block: its key (None: a header that the dictionary does not know), extent and header."""

    key: str | None
    x0: float
    x1: float
    header: str


@dataclass(frozen=True)
class Block:
    """A header row: which block it opens, its columns in its grid, and the label at its side.

    `used` are the identities of the cells that were asked for.
    """

    name: str
    grid: Grid
    columns: tuple[Column, ...]
    side: str
    used: set[int] = field(default_factory=set)

    def column(self, key: str) -> Column | None:
        """Return the column of that key, None where the layout has none."""
        return next((column for column in self.columns if column.key == key), None)

    def cells(self, row: TableRow, column: Column, *, carried: bool = False) -> list[Cell]:
        """Return the cells of `row` in a column: those within it, else the one that covers its middle.

        `carried` takes cells that began in a row above, too.
        """
        x0, x1 = self._moved(column, row.grid)
        among = row.covering if carried else row.cells
        found = [cell for cell in among if x0 <= (cell.box.x0 + cell.box.x1) / 2 < x1]
        if not found:
            middle = (x0 + x1) / 2
            found = [cell for cell in among if cell.box.x0 <= middle < cell.box.x1][:1]
        self.used.update(map(id, found))
        return found

    def text(self, row: TableRow, key: str) -> str:
        """Return the text of `row` in the column of that key, '' where there is none."""
        column = self.column(key)
        return "\n".join(c.text for c in self.cells(row, column) if c.text) if column else ""

    def _moved(self, column: Column, grid: Grid) -> tuple[float, float]:
        """Return the extent of a column in a grid that may be laid out at other margins."""
        here, there = self.grid.box, grid.box
        if abs(here.x0 - there.x0) <= _NEAR and abs(here.x1 - there.x1) <= _NEAR:
            return column.x0, column.x1
        scale = (there.x1 - there.x0) / (here.x1 - here.x0)
        return there.x0 + (column.x0 - here.x0) * scale, there.x0 + (column.x1 - here.x0) * scale


@dataclass
class Level:
    """The name of a level, shared by the rows that a merged cell spans; a page break may tear it."""

    text: str


@dataclass
class ScoredRow:
    """A scored line: an indicator or a criterion of fund management. `texts` are cell texts by column key."""

    block: str
    row: TableRow
    level1: Level | None
    level2: Level | None
    texts: dict[str, str]
    block_weight: str = ""

    def has_score(self) -> bool:
        """Tell whether a weight or a score is printed."""
        return any(text.squeeze(self.texts.get(key, "")) for key in ("weight", "score"))


@dataclass
class FundRow:
    """A line of the fund block: `texts` are cell texts by column key, `name` the printed label."""

    row: TableRow
    name: str
    texts: dict[str, str]


@dataclass
class AnnexRows:
    """What the rows of an annex say. `notes` are the lines that no block takes."""

    head: dict[str, str] = field(default_factory=dict)
    unit: str | None = None
    funds: list[FundRow] = field(default_factory=list)
    scored: list[ScoredRow] = field(default_factory=list)
    goals: dict[str, list[str]] = field(default_factory=lambda: {"expected": [], "actual": []})
    tasks: list[list[str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unplaced: int = 0
    total_weight: str = ""
    total_score: str = ""
    blocks: set[str] = field(default_factory=set)


def read_annex(annex: Annex) -> AnnexRows:
    """Return what the rows of `annex` say, block by block."""
    return _Reader(annex).run()


class _Reader:
    def __init__(self, annex: Annex) -> None:
        self.annex = annex
        self.out = AnnexRows(unit=annex.unit)
        self.block: Block | None = None
        self.kept: set[int] = set()  # identities of cells that are placed without a block
        self.ended = False  # the total row has come
        self.paired: list[str] = []  # what the amounts of fund rows are that print them beside labels
        self.level1: Level | None = None  # of the indicator row before, with their cells
        self.level2: Level | None = None
        self.cells1: tuple[Cell, ...] = ()
        self.cells2: tuple[Cell, ...] = ()

    def run(self) -> AnnexRows:
        for row in self.annex.rows:
            self._row(row)
            used = self.kept | (self.block.used if self.block else set())
            left = [c for c in row.cells if percent(c.text) is not None and id(c) not in used]
            if left:
                self._keep(row, left)
        return self.out

    def _row(self, row: TableRow) -> None:
        plains = [plain for plain in row.plains() if plain]
        if not plains:
            return
        if not self.out.scored:
            self.out.unit = self.out.unit or _unit(row)
        header = read_header(row)
        in_indicators = self.block is not None and self.block.name == "indicator" and not self.ended
        if not in_indicators and self._is_paired_fund(row):
            self.block = None
        elif header and not (in_indicators and header.name in ("goal", "task")):  # words of a data row
            self.block = header
            self.out.blocks.add(header.name)
        elif len(plains) == 1 and len(row.cells) == 1 and words().label("side", plains[0]):
            self.block = None  # a heading across the table
        elif self._is_total(plains):
            self._total(row, plains)
        elif self._is_head(row):
            self._head(row)
        elif self.block is None or self.ended:
            self._free(row)
        else:
            takers = {
                "fund": self._fund,
                "goal": self._goal,
                "task": self._task,
                "management": self._management,
                "indicator": self._indicator,
            }
            takers[self.block.name](self.block, row)

    def _is_paired_fund(self, row: TableRow) -> bool:
        """Take a fund row that prints each amount beside its label (预算数：| 100.00 | 执行数：| 90.00).

        The first such row is the total; in those below it, the labels name a source, in the same order.
        """
        pairs = _pairs(row)
        found = [words().column("fund", label) for label, _ in pairs]
        keys = [match[0] for match in found if match]
        if "executed" in keys and len(set(keys)) == len(pairs) > 1:
            self.paired, name = keys, ""
        elif self.paired and len(pairs) == len(self.paired) and words().source_key(pairs[0][0]):
            name = pairs[0][0].rstrip(":")
        else:
            return False
        values = (cell.text for _, cell in pairs)
        self.kept.update(id(cell) for _, cell in pairs)
        self.out.blocks.add("fund")
        self.out.funds.append(FundRow(row, name, dict(zip(self.paired, values, strict=True))))
        return True

    def _is_total(self, plains: Sequence[str]) -> bool:
        is_scored = self.block is not None and self.block.name == "indicator"
        return is_scored and not self.ended and words().label("total_row", plains[0])

    def _is_head(self, row: TableRow) -> bool:
        in_head = self.block is None or self.ended or self.block.name in ("fund", "goal")
        first = next(plain for plain in row.plains() if plain)
        return in_head and len(row.cells) > 1 and words().head_key(first) is not None

    def _total(self, row: TableRow, plains: Sequence[str]) -> None:
        """Take weight and score of the total row: by column, else by order (the score is the last)."""
        block = self.block
        assert block is not None
        by_column = {key: block.text(row, key) for key in ("weight", "score")}
        numbers = [cell.text for cell in row.cells if score(cell.text) is not None]
        if not numbers:
            label = plains[0].rpartition(":")[2]
            numbers = [label] if score(label) is not None else []
        if any(score(value) is not None for value in by_column.values()):
            self.out.total_weight, self.out.total_score = by_column["weight"], by_column["score"]
        elif numbers:
            self.out.total_score = numbers[-1]
            self.out.total_weight = numbers[0] if len(numbers) > 1 else ""
        taken = {text.squeeze(self.out.total_weight), text.squeeze(self.out.total_score)}
        rest = [c for c in row.cells[1:] if (plain := text.squeeze(c.text)) and plain not in taken]
        if rest:
            self._keep(row, rest)
        self.kept.update(map(id, row.cells))
        self.ended = True

    def _head(self, row: TableRow) -> None:
        cells = [cell for cell in row.cells if text.squeeze(cell.text)]
        self.kept.update(map(id, cells))
        left: list[Cell] = []
        index = 0
        while index < len(cells):
            key = words().head_key(text.squeeze(cells[index].text))
            value = cells[index + 1] if index + 1 < len(cells) else None
            if key and value and words().head_key(text.squeeze(value.text)) is None:
                if key in self.out.head:
                    left.extend((cells[index], value))
                self.out.head.setdefault(key, value.text)
                index += 2
            else:
                if key is None:
                    left.append(cells[index])
                index += 1
        if left:
            self._keep(row, left)

    def _note(self, row: TableRow) -> None:
        self._keep(row, [cell for cell in row.cells if text.squeeze(cell.text)])

    def _keep(self, row: TableRow, cells: Sequence[Cell], label: str = "") -> None:
        """Keep cells that no block takes as a note, and count the numbers among them."""
        self.kept.update(map(id, cells))
        texts = [prose(cell.text) or "" for cell in cells]
        self.out.notes.append(" | ".join([label, *texts] if label else texts))
        no_figures = words().says("no_figure", text.squeeze(texts[0]))
        if not no_figures:
            self.out.unplaced += sum(percent(cell.text) is not None for cell in cells)

    def _free(self, row: TableRow) -> None:
        """Take a row that stands in no block: a goal beside its label, else a note."""
        filled = [cell for cell in row.cells if text.squeeze(cell.text)]
        if len(filled) == 2 and words().label("goal_label", text.squeeze(filled[0].text)):
            self.out.goals["expected"].append(prose(filled[1].text) or "")
            self.kept.update(map(id, filled))
        else:
            self._note(row)

    def _others(self, block: Block, row: TableRow, name: str) -> None:
        """Keep what stands in columns that the dictionary does not know."""
        for column in block.columns:
            if column.key is None:
                cells = [
                    cell
                    for cell in block.cells(row, column)
                    if (plain := text.squeeze(cell.text)) and not words().label("side", plain)
                ]
                if cells:
                    self._keep(row, cells, f"{name}/{column.header}")

    def _texts(self, block: Block, row: TableRow) -> dict[str, str]:
        return {column.key: block.text(row, column.key) for column in block.columns if column.key}

    def _fund(self, block: Block, row: TableRow) -> None:
        texts = self._texts(block, row)
        name = printed(texts.pop("name", "")) or ""
        if name or any(text.squeeze(value) for value in texts.values()):
            self.out.funds.append(FundRow(row, name, texts))
            self._others(block, row, name)

    def _goal(self, block: Block, row: TableRow) -> None:
        columns = [column for column in block.columns if column.key]
        taken = [cell for column in columns for cell in block.cells(row, column)]
        others = [cell for cell in row.cells if cell not in taken and text.squeeze(cell.text)]
        if len(set(map(id, taken))) < len(taken) or others:  # cells of another width: no goals
            self._note(row)
            return
        for key in ("expected", "actual"):
            found = prose(block.text(row, key))
            goals = self.out.goals[key]
            if found and row.torn and goals:
                goals[-1] += found
            elif found:
                goals.append(found)

    def _task(self, block: Block, row: TableRow) -> None:
        texts = [prose(cell.text) or "" for cell in row.cells]
        self.kept.update(map(id, row.cells))
        before = self.out.tasks[-1] if self.out.tasks else []
        if row.torn and len(before) == len(texts) and not texts[0]:
            self.out.tasks[-1] = [a + b for a, b in zip(before, texts, strict=True)]
        else:
            self.out.tasks.append(texts)
            self.out.unplaced += sum(percent(cell.text) is not None for cell in row.cells)

    def _management(self, block: Block, row: TableRow) -> None:
        weight = block.column("weight")
        scored = ScoredRow(
            "management",
            row,
            Level(block.side) if block.side else None,
            None,
            self._texts(block, row),
            weight.header if weight else "",
        )
        self._scored(block, scored)

    def _indicator(self, block: Block, row: TableRow) -> None:
        column1, column2 = block.column("level1"), block.column("level2")
        cells1 = tuple(block.cells(row, column1, carried=True)) if column1 else ()
        cells2 = tuple(block.cells(row, column2, carried=True)) if column2 else ()
        if cells1 != self.cells1:
            level1 = _level(cells1, self.level1, torn=row.torn)
            if level1 is not self.level1:
                self.level2 = None
            self.level1, self.cells1 = level1, cells1
        if cells2 != self.cells2:
            self.level2, self.cells2 = _level(cells2, self.level2, torn=row.torn), cells2
        level1, level2 = self.level1, self.level2
        texts = self._texts(block, row)
        if "level3" not in texts:
            texts["level3"] = ""
        self._scored(block, ScoredRow("indicator", row, level1, level2, texts))

    def _scored(self, block: Block, scored: ScoredRow) -> None:
        """Take a scored line; a torn row may be the rest of the line before, a filler row is nothing."""
        own = {k: v for k, v in scored.texts.items() if k not in ("level1", "level2") and text.squeeze(v)}
        before = self.out.scored[-1] if self.out.scored else None
        if scored.row.torn and own and before and before.block == scored.block:
            halves = before.has_score() != scored.has_score()
            nameless = not text.squeeze(scored.texts.get("level3", ""))
            if halves or nameless:
                for key, found in own.items():
                    before.texts[key] = "\n".join(filter(None, (before.texts.get(key, ""), found)))
                self._others(block, scored.row, printed(before.texts.get("level3", "")) or "")
                return
        name = text.squeeze(scored.texts.get("level3", ""))
        values = {key for key in own if key != "level3"}
        if values or (name and not words().says("filler", name)):
            self.out.scored.append(scored)
        else:
            block.used.difference_update(map(id, scored.row.cells))
        self._others(block, scored.row, name)


def _pairs(row: TableRow) -> list[tuple[str, Cell]]:
    """Return the labels of a row, squeezed, that a number stands to the right of, with its cell."""
    return [
        (label, value)
        for cell, value in pairwise(row.cells)
        if percent(value.text) is not None
        and percent(cell.text) is None
        and (label := text.squeeze(cell.text))
    ]


def _level(cells: Sequence[Cell], before: Level | None, *, torn: bool) -> Level | None:
    """Return the level that some cells name: their own, or that of the row before where they are blank.

    No cell at all is no blank one: what the level is, is then unknown. A name that a page break tore is
    completed for all its rows.
    """
    if not cells:
        return None
    name = printed("".join(cell.text for cell in cells)) or ""
    if not name:
        return before
    if torn and before and _is_rest(before.text, name):
        before.text += name
        return before
    return Level(name)


def _is_rest(before: str, name: str) -> bool:
    """Tell whether `name` is the rest of a level's name that a page break tore, and no name of its own."""
    longest = 3
    rest, joined = text.squeeze(name), text.squeeze(before + name)
    if words().says("rest_of_level", rest):
        return True
    torn = not words().says("whole_level", text.squeeze(before))
    return torn and len(rest) <= longest and words().says("whole_level", joined)


def _unit(row: TableRow) -> str | None:
    """Return the currency unit that a row of labels states, as in 项目资金(万元)."""
    for plain in row.plains():
        if words().label("unit_label", plain):
            unit = text.unit_of(plain) or text.unit_in_brackets(plain)
            if unit:
                return unit
    return None


def read_header(row: TableRow) -> Block | None:
    """Return the block that a header row opens, None when the row heads none."""
    cells = [cell for cell in row.cells if not _is_side(cell, row)]
    side = "".join(printed(cell.text) or "" for cell in row.cells if cell not in cells)
    for block, needed in _NEEDED:
        columns = _columns(block, cells)
        keys = {column.key for column in columns}
        if all(keys & choice for choice in needed):
            return Block(block, row.grid, tuple(_named(block, columns, row)), side)
    return None


def _is_side(cell: Cell, row: TableRow) -> bool:
    """Tell whether a cell of a header row is the label at its side: taller than others, or by its words."""
    plain = text.squeeze(cell.text)
    least = min(other.row_span for other in row.cells)
    level = words().column("indicator", plain)
    if level and level[0] in _LEVELS:
        return False
    return cell.row_span > least or (cell is row.cells[0] and words().label("side", plain))


_NEEDED: tuple[tuple[str, tuple[set[str], ...]], ...] = (
    ("fund", ({"executed"}, {"initial_budget", "adjusted_budget"})),
    ("indicator", ({"level1", "level2"}, {"actual", "target"})),
    ("task", ({"name"}, {"content", "actual"})),
    ("management", ({"weight"}, {"score"})),
    ("goal", ({"expected"}, {"actual"})),
)


def _columns(block: str, cells: Sequence[Cell]) -> list[Column]:
    """Return the columns that header cells make in a block; of two for one key the more special has it."""
    found = [words().column(block, text.squeeze(cell.text)) for cell in cells]
    best: dict[str, tuple[int, int]] = {}
    for index, match in enumerate(found):
        if match and (match[0] not in best or match[1] < best[match[0]][0]):
            best[match[0]] = (match[1], index)
    columns = []
    for index, (cell, match) in enumerate(zip(cells, found, strict=True)):
        key = match[0] if match and best[match[0]][1] == index else None
        columns.append(Column(key, cell.box.x0, cell.box.x1, printed(cell.text) or ""))
    return columns


def _named(block: str, columns: Sequence[Column], row: TableRow) -> list[Column]:
    """Return the columns with one for the rows' names: without a header of its own, it stands left of all.

    Where no such column is left, the label at the side stands above the names.
    """
    key = NAME_KEY[block]
    columns = list(columns)
    if any(column.key == key for column in columns) or block in ("goal", "indicator"):
        return columns
    if columns and columns[0].key is None:
        columns[0] = Column(key, columns[0].x0, columns[0].x1, columns[0].header)
    elif row.cells and row.cells[0].box.x0 < columns[0].x0:
        x0 = row.cells[0].box.x0
        columns.insert(0, Column(key, x0, columns[0].x0, ""))
    return columns
