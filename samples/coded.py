"""The cells of the coded forms: F02 F03 F05 F07 F08 F10, one row per classification code.

Belongs here: how code and name are printed, where 合计 stands, the order of columns. Does not: other forms.
"""

from collections.abc import Sequence
from dataclasses import replace

from samples.cells import Cell, Key, Row, Setter, Table
from samples.facts import FormRow
from samples.heads import MEASURE_HEADS

CODE_WORD = "功能分类科目编码"
SUBHEADS = {"expenditure_total": "合计", "expenditure_basic": "基本支出", "expenditure_project": "项目支出"}


def coded(press: Setter, form: str, rows: tuple[FormRow, ...]) -> Table:
    """Return a coded form."""
    layout = press.layout
    with_name = layout.code_style == "with_name"
    codes = layout.code_columns
    measures = _ordered(press, list(rows[0].amounts))
    heads = MEASURE_HEADS[form]
    total_row, items = rows[0], list(rows[1:])
    if layout.levels == "items":
        parents = {row.item_code[:n] for row in items for n in (3, 5) if len(row.item_code) > n}
        items = [row for row in items if row.item_code not in parents]
    total_last = form in layout.total_last
    empty = not items and all(amount is None for amount in total_row.amounts.values())
    subheads = layout.subheads_in_total and empty and "expenditure_basic" in measures

    paths: list[tuple[str, ...]] = [("项目", CODE_WORD)] * codes
    if codes == 3 and layout.code_heads == "own_row":
        paths = [("项目", CODE_WORD, word) for word in "类款项"]
    if with_name:
        paths = [("项目", "科目编码及名称")]
    else:
        paths.append(("项目", "科目名称"))
    labels = len(paths)
    words = {m: (*heads[m][:-1], press.money_word(heads[m][-1], form)) for m in measures}
    if "institutional_education_fees" in measures:  # which stand below 事业收入, beside its whole
        words["institutional"] = (heads["institutional"][0], press.money_word("小计", form))
    paths += [words[m][:1] if subheads else words[m] for m in measures]
    head = press.head(paths)
    name_weight = 1.4 if layout.narrow_labels else 3.0
    weights = [name_weight + 1.0] if with_name else [1.1, name_weight]
    if codes == 3 and not with_name:
        weights = [0.6] * 3 + [name_weight]
    weights += [1.2] * len(measures)

    def printed(row: FormRow, lead: Sequence[Cell | None]) -> Row:
        cells = [
            press.amount(row.amounts[m], Key(form, "", row.item_code, row.item_name, m)) for m in measures
        ]
        if subheads and row is total_row:
            cells = [
                replace(c, text=press.styled(SUBHEADS[m]), align="center") if m in SUBHEADS else c
                for c, m in zip(cells, measures, strict=True)
            ]
        return (*lead, *cells)

    with_total = layout.continuation == "header_total" and not total_last
    numbers = [Cell(str(n)) for n in range(1, len(measures) + 1)]
    body = [printed(row, _lead(press, row)) for row in items]
    if subheads:
        body += [(Cell(""),) * len(weights)] * 6
    if codes == 3 and not with_name and layout.code_heads == "shared" and not total_last:
        # the words 类 款 项 stand beside 栏次 and 合计, in cells that reach over both rows
        lines: list[Row] = [(press.label("栏次", "center"), *numbers)] if layout.line_numbers else []
        lines.append(printed(total_row, [press.label("合计", "center")]))
        opened = (*head, *_beside_codes(lines))
        alone = _beside_codes(lines[:-1] or [(Cell(""),) * (1 + len(measures))])
        return press.make(form, opened, body, weights, opened if with_total else (*head, *alone))
    covered: list[Cell | None] = [None] * (labels - 1)
    if layout.line_numbers:
        head = (*head, (press.label("栏次", "center", labels), *covered, *numbers))
    total = printed(total_row, [press.label("合计", "center", labels), *covered])
    if total_last:
        return press.make(form, head, [*body, total], weights)
    return press.make(form, head, [total, *body], weights, (*head, total) if with_total else None)


def _ordered(press: Setter, measures: list[str]) -> list[str]:
    """Return the columns in printed order; 合计 may come last, a part stays behind what it is of."""
    if press.layout.total_column_last and measures[0] == "total":
        return [*measures[1:], measures[0]]
    return measures


def _beside_codes(lines: Sequence[Row]) -> list[Row]:
    """Return lines with the words 类 款 项 in front, in cells as tall as all of them."""
    words = [Cell(word, rows=len(lines)) for word in "类款项"]
    return [((*words, *line) if i == 0 else (None, None, None, *line)) for i, line in enumerate(lines)]


def _lead(press: Setter, row: FormRow) -> list[Cell | None]:
    """Return the label cells of a row: code and name, or both in one."""
    layout, code = press.layout, row.item_code
    levels = [code[:3], code[3:5], code[5:7]]
    indent = "　" * (len(code) // 2 - 1) if layout.indented_names else ""
    text = {"dotted": ".".join(filter(None, levels)), "bracketed": f"[{code}]"}.get(layout.code_style, code)
    if layout.code_style == "with_name":
        return [replace(press.label(row.item_name), text=f"{indent}{code}{press.styled(row.item_name)}")]
    name = press.label(row.item_name)
    name = replace(name, text=indent + name.text)
    if layout.code_columns == 1:
        return [Cell(text, align="left"), name]
    return [*map(Cell, levels), name]
