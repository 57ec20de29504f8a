"""The cells of F06: basic expenditure by economic class, in blocks side by side or in one with more columns.

Belongs here: blocks, the totals on the last line, a 合计 row. Does not: other forms.
"""

from decimal import Decimal
from itertools import zip_longest

from samples.cells import Cell, Key, Row, Setter, Table
from samples.facts import FormRow

HALVES = {"personnel": "人员经费", "public": "公用经费"}


def economic(press: Setter, form: str, rows: tuple[FormRow, ...]) -> Table:
    """Return F06."""
    split = next(i for i, row in enumerate(rows) if row.item_code == "personnel_total")
    personnel, public = list(rows[:split]), list(rows[split + 1 : -1])
    if press.layout.f06_blocks == 1:
        return _columns(press, form, personnel, public)
    blocks = [personnel, public]
    if press.layout.f06_blocks == 3:
        goods = [row for row in public if row.item_code.startswith("302")]
        blocks = [personnel, goods, [row for row in public if row not in goods]]
    words = ["人员经费"] + ["公用经费"] * (len(blocks) - 1)
    money = press.money_word("决算数", form)
    head = press.head([(word, leaf) for word in words for leaf in ("经济分类科目编码", "科目名称", money)])
    body: list[Row] = []
    for line in zip_longest(*blocks):
        cells: list[Cell] = []
        for block, row in enumerate(line):
            if row is None:
                cells += [Cell("")] * 3
                continue
            key = Key(form, "", row.item_code, row.item_name, "final", block)
            cells += [Cell(row.item_code, align="left"), press.label(row.item_name)]
            cells.append(press.amount(row.amounts["final"], key))
        body.append(tuple(cells))
    totals: list[Cell | None] = []
    for row, block, wide in ((rows[split], 0, 2), (rows[-1], len(blocks) - 1, 3 * len(blocks) - 4)):
        key = Key(form, "", row.item_code, row.item_name, "final", block)
        totals += [press.label(row.item_name, "center", wide), *[None] * (wide - 1)]
        totals.append(press.amount(row.amounts["final"], key))
    body.append(tuple(totals))
    if press.layout.f06_total != "none":
        whole = (rows[split].amounts["final"] or Decimal(0)) + (rows[-1].amounts["final"] or Decimal(0))
        wide = 3 * len(blocks) - 1
        # in the first block, whose label column the merged cell covers
        key = Key(form, "", "total", "合计", "final", 0)
        total: Row = (press.label("合计", "center", wide), *[None] * (wide - 1), press.amount(whole, key))
        body = [total, *body] if press.layout.f06_total == "first" else [*body, total]
    label = 1.6 if press.layout.narrow_labels else 2.6
    return press.make(form, head, body, [0.9, label, 1.1] * len(blocks))


def _columns(press: Setter, form: str, personnel: list[FormRow], public: list[FormRow]) -> Table:
    """Return F06 with one row per code and the columns 合计, 人员经费, 公用经费."""
    head = press.head(
        [("项目", "经济分类科目编码"), ("项目", "科目名称")]
        + [("本年支出", press.money_word(word, form)) for word in ("合计", *HALVES.values())]
    )
    halves = {"personnel": personnel, "public": public}

    def line(code: str, name: str, amounts: dict[str, Decimal | None], lead: list[Cell | None]) -> Row:
        cells = [
            press.amount(amounts[m], Key(form, "", code, name, m)) for m in ("final", "personnel", "public")
        ]
        return (*lead, *cells)

    whole = {
        half: sum((row.amounts["final"] or Decimal(0) for row in rows if len(row.item_code) == 3), Decimal(0))
        for half, rows in halves.items()
    }
    total: dict[str, Decimal | None] = {"final": sum(whole.values(), Decimal(0)), **whole}
    body = [line("total", "合计", total, [press.label("合计", "center", 2), None])]
    for half, rows in halves.items():
        for row in rows:
            amounts: dict[str, Decimal | None] = {
                "final": row.amounts["final"],
                "personnel": None,
                "public": None,
            }
            amounts[half] = row.amounts["final"]
            lead: list[Cell | None] = [Cell(row.item_code, align="left"), press.label(row.item_name)]
            body.append(line(row.item_code, row.item_name, amounts, lead))
    return press.make(form, head, body, [0.9, 2.6, 1.1, 1.1, 1.1])
