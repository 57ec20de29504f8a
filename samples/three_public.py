"""The cells of F09: the “three public” expenses, in one line, one line per kind of expense or per phase.

Belongs here: the arrangements of F09 and what stands below it. Does not: other forms.
"""

from samples.cells import Cell, Key, Row, Setter, Table
from samples.facts import FormRow
from samples.heads import THREE_PUBLIC_HEADS, THREE_PUBLIC_LINES

PHASES = {"budget": "预算数", "final": "决算数"}
COUNT_LINES = {
    "overseas_groups": "1.因公出国（境）团组数（个）",
    "overseas_visitors": "2.因公出国（境）人次数（人）",
    "vehicles_bought": "3.公务用车购置数（辆）",
    "vehicles": "4.公务用车保有量（辆）",
    "reception_groups": "5.国内公务接待批次（个）",
    "reception_visitors": "6.国内公务接待人次（人）",
}


def three_public(press: Setter, form: str, rows: tuple[FormRow, ...]) -> Table:
    """Return F09 in the arrangement of the layout."""
    (row,) = rows
    arrangement = press.layout.f09
    if arrangement == "phases":
        return _phases(press, form, row)
    return (_one_line if arrangement in ("blocks", "pairs") else _transposed)(press, form, row)


def _cell(press: Setter, form: str, row: FormRow, phase: str, part: str) -> Cell:
    measure = f"{phase}_{part}"
    return press.amount(row.amounts[measure], Key(form, "", "", "", measure, phase == "final"))


def _one_line(press: Setter, form: str, row: FormRow) -> Table:
    """Set the twelve columns: six budget then six final ones, or budget and final in pairs."""
    parts = [part for part in THREE_PUBLIC_HEADS if f"budget_{part}" in row.amounts]
    if press.layout.f09 == "blocks":
        columns = [(phase, part) for phase in PHASES for part in parts]
        paths = [(PHASES[phase], *THREE_PUBLIC_HEADS[part]) for phase, part in columns]
    else:
        columns = [(phase, part) for part in parts for phase in PHASES]
        paths = []
        for phase, part in columns:
            own = THREE_PUBLIC_HEADS[part]
            paths.append((*own, *own[-1:] * (2 - len(own)), PHASES[phase]))
    head = press.head(paths)
    if press.layout.line_numbers:
        head = (*head, tuple(Cell(str(n)) for n in range(1, len(columns) + 1)))
    amounts = tuple(_cell(press, form, row, phase, part) for phase, part in columns)
    return press.make(form, head, [amounts], [1.0] * len(columns))


def _phases(press: Setter, form: str, row: FormRow) -> Table:
    """Set a column per kind of expense and a line per phase."""
    parts = [part for part in THREE_PUBLIC_HEADS if f"budget_{part}" in row.amounts]
    head = press.head([("项目",), *(THREE_PUBLIC_HEADS[part] for part in parts)])
    body: list[Row] = [
        (press.label(word, "center"), *(_cell(press, form, row, phase, part) for part in parts))
        for phase, word in PHASES.items()
    ]
    return press.make(form, head, body, [1.2] + [1.0] * len(parts))


def _transposed(press: Setter, form: str, row: FormRow) -> Table:
    lines = press.layout.line_numbers
    words = [(press.money_word(word, form),) for word in PHASES.values()]
    head = press.head([("项目",), *([("行次",)] if lines else []), *words])
    if lines:
        head = (*head, (press.label("栏次", "center"), Cell(""), Cell("1"), Cell("2")))
    body: list[Row] = []

    def line(text: str, cells: list[Cell]) -> None:
        number = [Cell(str(len(body) + 1))] if lines else []
        body.append((press.label(text), *number, *cells))

    joint = press.layout.f09 == "joint"
    if joint:
        line("一、“三公”经费支出", [Cell("—"), Cell("—")])
    for part, text in THREE_PUBLIC_LINES.items():
        if f"budget_{part}" in row.amounts:
            words_of = "（一）支出合计" if joint and part == "total" else text
            line(words_of, [_cell(press, form, row, phase, part) for phase in PHASES])
    if joint:
        counts = press.report.statements.counts
        line("（二）相关统计数", [Cell("—"), Cell("—")])
        for key, text in COUNT_LINES.items():
            line(text, [Cell("—"), Cell(str(counts.get(key, 0)), align="right")])
        line("二、机关运行经费", [Cell("—"), Cell("123.45", align="right")])
    return press.make(form, head, body, [4.0, *([0.6] if lines else []), 1.5, 1.5])
