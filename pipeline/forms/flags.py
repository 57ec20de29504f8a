"""Where the two readings of a page differ, as facts.

Belongs here: which form and which amount a difference concerns. Does not: reading twice (`read.second`), or
what follows from a difference (`expectations/identities`).
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from pipeline.facts import ReadingFlag, ReportedAmount
from pipeline.forms.find import FoundForm
from pipeline.forms.layout import aligned
from pipeline.read.document import Box, Cell, Document, Grid


def differences(
    key: str,
    document: Document,
    found: Sequence[FoundForm],
    amounts: Sequence[ReportedAmount],
    seconds: Mapping[int, str],
) -> list[ReadingFlag]:
    """Return a flag for each place where the second reading differs, in print order.

    `seconds` are what it says of amounts, by cell number. Cells of a form that are no amount (codes, rows
    without a label) are flagged too; in tables that are no form `form_code` is None.
    """
    form_of = _forms_of(document, found)
    of_grid: dict[tuple[int, int], list[ReportedAmount]] = {}
    for amount in amounts:
        of_grid.setdefault((amount.page, amount.table_no), []).append(amount)
    flags: list[ReadingFlag] = []
    for page in document.pages:
        for grid in page.grids if page.read_twice else ():
            place = (grid.page, grid.table_no)
            for differing in _of_grid(grid, of_grid.get(place, ()), seconds):
                kind, cell_no, first, second, box, locator = differing
                flags.append(
                    ReadingFlag(
                        report_key=key,
                        flag_no=len(flags) + 1,
                        kind=kind,
                        form_code=form_of.get(place),
                        cell_no=cell_no,
                        page=grid.page,
                        table_no=grid.table_no,
                        locator=locator,
                        first_text=first,
                        second_text=second,
                        confidence=None,
                        x0=box.x0,
                        top=box.top,
                        x1=box.x1,
                        bottom=box.bottom,
                    )
                )
    return flags


def _forms_of(document: Document, found: Sequence[FoundForm]) -> dict[tuple[int, int], str]:
    """Return the form of each grid that is (a part of) one, by page and number on the page.

    A grid in which the readings differ may not have been known for the part of a form that it is: it counts
    to the form of the grid before or after it when its columns are the same.
    """
    forms = {
        (grid.page, grid.table_no): form.form.code
        for form in found
        for grid in (*(part.grid for part in form.parts), *form.grids)
    }
    grids = [grid for page in document.pages for grid in page.grids]
    for order in (grids, grids[::-1]):
        for near, grid in pairwise(order):
            place = (grid.page, grid.table_no)
            if (
                place not in forms
                and (grid.strays or any(cell.second is not None for cell in grid.cells))
                and (code := forms.get((near.page, near.table_no)))
                and abs(grid.page - near.page) <= 1
                and aligned(near, grid)
            ):
                forms[place] = code
    return forms


_Difference = tuple[str, int | None, str | None, str, Box, str]
"""Kind, cell number, first and second text, place, place in words."""


def _of_grid(
    grid: Grid, amounts: Sequence[ReportedAmount], seconds: Mapping[int, str]
) -> Iterator[_Difference]:
    table = f"page {grid.page}, table {grid.table_no}"
    differing: dict[tuple[int, int], list[ReportedAmount]] = {}
    for amount in amounts:
        if amount.cell_no in seconds:
            differing.setdefault((amount.row_no - 1, amount.column_no - 1), []).append(amount)
    for cell in grid.cells:
        own = differing.get((cell.row, cell.column), [])
        for amount in own:
            yield (
                "differs",
                amount.cell_no,
                amount.cell_text,
                seconds[amount.cell_no],
                cell.box,
                amount.locator,
            )
        # an amount put together from several cells is compared as a whole
        if cell.second is not None and not own and not any(_covers(amount, cell) for amount in amounts):
            where = f"{table}, row {cell.row + 1}, column {cell.column + 1}"
            yield "differs", None, cell.text, cell.second, cell.box, where
    for line in grid.strays:
        yield "in_no_cell", None, None, line.text, line.box, f"{table}, in no cell"


def _covers(amount: ReportedAmount, cell: Cell) -> bool:
    if amount.x0 is None or amount.x1 is None or amount.top is None or amount.bottom is None:
        return False
    middle, height = (cell.box.x0 + cell.box.x1) / 2, (cell.box.top + cell.box.bottom) / 2
    return amount.x0 <= middle < amount.x1 and amount.top <= height < amount.bottom
