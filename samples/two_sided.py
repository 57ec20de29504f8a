"""The cells of the two-sided forms: F01 and F04, income left and expenditure right.

Belongs here: sides set line by line, and a third block of F01 that states expenditure again by nature and by
economic class. Does not: other forms.
"""

from itertools import zip_longest

from samples.accounts import FUND_NAMES
from samples.cells import Cell, Key, Labelled, Row, Setter, Table, ordinal
from samples.facts import FormRow
from samples.heads import MEASURE_HEADS

PHASES = {"initial_budget": "年初预算数", "adjusted_budget": "全年预算数"}


def two_sided(press: Setter, form: str, rows: tuple[FormRow, ...]) -> Table:
    """Return F01 or F04."""
    layout, lines = press.layout, press.layout.line_numbers
    again = [r for r in rows if r.restates]
    halves = {
        side: [r for r in rows if r.side == side and not r.restates] for side in ("income", "expenditure")
    }
    left, right = _aligned(press, form, halves["income"], halves["expenditure"])
    blocks: list[tuple[str, str, list[Labelled | None]]] = [
        ("income", "收入", left),
        ("expenditure", "支出", right),
    ]
    if again:
        nature: list[Labelled] = [(row.printed or row.item_name, row, "left") for row in again]
        blocks.append(("expenditure", "支出", [*nature, *[None] * (len(right) - len(nature))]))
    label_words = (
        ["项目", "项目"] if not again else ["项目", "项目（按功能分类）", "项目（按支出性质和经济分类）"]
    )

    paths: list[tuple[str, ...]] = []
    measures = [next(list(f[1].amounts) for f in found if f) for _, _, found in blocks]
    for (_, word, _), label, own in zip(blocks, label_words, measures, strict=True):
        paths.append((word, label))
        if lines:
            paths.append((word, "行次"))
        for measure in own:
            if measure in PHASES:
                names: tuple[str, ...] = (PHASES[measure],)
            elif form == "F01" or (measure == "final" and len(own) > 1):
                names = ("决算数",)
            else:
                names = MEASURE_HEADS["F04"][measure]
            paths.append((word, *names[:-1], press.money_word(names[-1], form)))
    if layout.heads == "flat":
        paths = [path[1:] for path in paths]
        paths[0] = ("收入项目",)
        paths[1 + lines + len(measures[0])] = ("支出项目",)
    head = press.head(paths)
    if lines:
        cells: list[Cell] = []
        number = 1
        for own in measures:
            cells += [press.label("栏次", "center"), Cell("")]
            cells += [Cell(str(number + n)) for n in range(len(own))]
            number += len(own)
        head = (*head, tuple(cells))

    body: list[Row] = []
    for index, line in enumerate(zip_longest(*(found for _, _, found in blocks)), start=1):
        row: list[Cell] = []
        for block, ((side, _, of_side), own, found) in enumerate(zip(blocks, measures, line, strict=True)):
            row.append(press.label(found[0], found[2]) if found else Cell(""))
            if lines:
                row.append(Cell(str(index + block * len(of_side))))
            for measure in own:
                if found:
                    key = Key(form, side, "", found[1].item_name, measure, block)
                    row.append(press.amount(found[1].amounts[measure], key))
                else:
                    row.append(Cell(""))
        body.append(tuple(row))
    weights: list[float] = []
    for own in measures:
        weights += [1.6 if layout.narrow_labels else 3.2, *([0.5] if lines else [])]
        weights += [1.2] * len(own)
    return press.make(form, head, body, weights)


def _aligned(
    press: Setter, form: str, income: list[FormRow], expenditure: list[FormRow]
) -> tuple[list[Labelled | None], list[Labelled | None]]:
    """Return both sides line by line, with 本年合计 and 总计 on the same lines; None leaves a gap."""
    halves = []
    for rows in (income, expenditure):
        end = next(i for i, row in enumerate(rows) if row.item_name.startswith("本年"))
        halves.append((_numbered(rows[:end]), _closing(press, rows[end:])))
    (items_left, tail_left), (items_right, tail_right) = halves
    depth = max(len(items_left), len(items_right))
    tail = max(len(tail_left), len(tail_right))
    if form == "F01" and press.layout.line_numbers:
        tail += 1  # the statutory form has one numbered line without a label above 总计

    def column(items: list[Labelled], closing: list[Labelled]) -> list[Labelled | None]:
        gap: list[Labelled | None] = [None] * (tail - len(closing))
        return [*items, *[None] * (depth - len(items)), *closing[:-1], *gap, closing[-1]]

    return column(items_left, tail_left), column(items_right, tail_right)


def _numbered(rows: list[FormRow]) -> list[Labelled]:
    numbered: list[Labelled] = []
    number = 0
    for row in rows:
        number += not row.part
        numbered.append((row.item_name if row.part else f"{ordinal(number)}、{row.item_name}", row, "left"))
    return numbered


def _closing(press: Setter, rows: list[FormRow]) -> list[Labelled]:
    closing: list[Labelled] = []
    fund = 0
    for row in rows:
        text = row.item_name
        if text in FUND_NAMES.values() and not press.layout.line_numbers:
            fund += 1  # where lines are not numbered, the funds of the opening balance are
            text = f"{ordinal(fund)}、{text}"
        centred = row.item_name.startswith("本年") or row.item_name in ("总计", "合计")
        closing.append((text, row, "center" if centred else "left"))
    return closing
