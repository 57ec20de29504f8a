"""Differences between the two readings as facts: of which form, of which amount, told once."""

from pathlib import Path

import msgspec
import pytest

from pipeline.facts import ReadingFlag, ReportFacts
from pipeline.forms.extract import extract_facts
from pipeline.read.document import Box, Cell, Document, Grid, Line
from pipeline.read.files import read_file
from samples import sample_set, write_report

NAME, REPORT, LAYOUT = sample_set()[3]


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Document:
    path: Path = tmp_path_factory.mktemp("sample") / NAME
    write_report(REPORT, LAYOUT, path)
    return read_file(path, 100)


def with_grid(document: Document, old: Grid, **changes: object) -> Document:
    new = msgspec.structs.replace(old, **changes)
    pages = [
        msgspec.structs.replace(page, grids=tuple(new if grid is old else grid for grid in page.grids))
        for page in document.pages
    ]
    return msgspec.structs.replace(document, pages=tuple(pages))


def with_second(document: Document, grid: Grid, cell: Cell, second: str) -> Document:
    other = msgspec.structs.replace(cell, second=second)
    return with_grid(document, grid, cells=tuple(other if c is cell else c for c in grid.cells))


def place_of(document: Document, facts: ReportFacts, index: int) -> tuple[Grid, Cell]:
    amount = facts.amounts[index]
    grid = document.pages[amount.page - 1].grids[amount.table_no - 1]
    [cell] = [
        cell for cell in grid.cells if (cell.row, cell.column) == (amount.row_no - 1, amount.column_no - 1)
    ]
    return grid, cell


def first_amount(facts: ReportFacts, form: str) -> int:
    return next(i for i, a in enumerate(facts.amounts) if a.form_code == form and a.amount_printed)


def test_a_report_read_alike_twice_bears_no_flag(document: Document) -> None:
    facts = extract_facts(document)
    assert facts.flags == ()
    assert {amount.flag for amount in facts.amounts} == {None}


def test_an_amount_read_otherwise_is_flagged_with_both_texts(document: Document) -> None:
    facts = extract_facts(document)
    index = first_amount(facts, "F03")
    grid, cell = place_of(document, facts, index)
    read = extract_facts(with_second(document, grid, cell, "1.00 2.00"))
    amount = read.amounts[index]
    assert amount.flag == "differs"
    assert read.flags == (
        ReadingFlag(
            report_key=amount.report_key,
            flag_no=1,
            kind="differs",
            form_code="F03",
            cell_no=amount.cell_no,
            page=amount.page,
            table_no=amount.table_no,
            locator=f"page {amount.page}, table 1, row {amount.row_no}, column {amount.column_no}",
            first_text=amount.cell_text,
            second_text="1.00 2.00",
            confidence=None,
            x0=amount.x0,
            top=amount.top,
            x1=amount.x1,
            bottom=amount.bottom,
        ),
    )
    assert sum(a.flag is not None for a in read.amounts) == 1


def test_a_label_of_a_form_read_otherwise_is_flagged_without_an_amount(document: Document) -> None:
    facts = extract_facts(document)
    grid, _ = place_of(document, facts, first_amount(facts, "F02"))
    read = extract_facts(with_second(document, grid, grid.cells[0], "别的"))
    [flag] = read.flags
    assert (flag.kind, flag.form_code, flag.cell_no, flag.second_text) == ("differs", "F02", None, "别的")
    assert flag.first_text == grid.cells[0].text


def test_a_number_in_no_cell_of_a_form_is_flagged(document: Document) -> None:
    facts = extract_facts(document)
    grid, _ = place_of(document, facts, first_amount(facts, "F05"))
    stray = Line("12.00", Box(300.0, 100.0, 330.0, 110.0))
    [flag] = extract_facts(with_grid(document, grid, strays=(stray,))).flags
    assert (flag.kind, flag.form_code, flag.cell_no) == ("in_no_cell", "F05", None)
    assert (flag.first_text, flag.second_text) == (None, "12.00")
    assert (flag.x0, flag.top, flag.x1, flag.bottom) == (300.0, 100.0, 330.0, 110.0)
    assert flag.locator == f"page {grid.page}, table {grid.table_no}, in no cell"


def test_a_difference_in_another_table_has_no_form(document: Document) -> None:
    facts = extract_facts(document)
    of_forms = {amount.page for amount in facts.amounts}
    last = document.pages[-1]
    assert last.number not in of_forms
    grid = Grid(last.number, 1, 1, 1, Box(0, 0, 9, 9), (Cell(0, 0, 1, 1, "1", Box(0, 0, 9, 9), second="2"),))
    page = msgspec.structs.replace(last, grids=(grid,), read_twice=True)
    read = extract_facts(msgspec.structs.replace(document, pages=(*document.pages[:-1], page)))
    assert [(flag.form_code, flag.second_text) for flag in read.flags] == [(None, "2")]


def test_a_continuation_lost_by_its_difference_counts_to_its_form(document: Document) -> None:
    facts = extract_facts(document)
    index = next(
        i
        for i, (a, b) in enumerate(zip(facts.amounts, facts.amounts[1:], strict=False), 1)
        if a.form_code == b.form_code == "F01" and a.page < b.page
    )
    grid, _ = place_of(document, facts, index)
    cells = tuple(
        msgspec.structs.replace(cell, text="（见说明）", second="12.00") for cell in grid.cells
    )  # nothing tells any more that this is F01
    read = extract_facts(with_grid(document, grid, cells=cells))
    assert len(read.amounts) < len(facts.amounts)
    assert {flag.form_code for flag in read.flags} == {"F01"}


def test_one_number_in_the_columns_of_two_measures_is_flagged(document: Document) -> None:
    facts = extract_facts(document)
    index = first_amount(facts, "F03")
    grid, cell = place_of(document, facts, index)
    _, after = place_of(document, facts, index + 1)
    wide = msgspec.structs.replace(
        cell, column_span=2, box=Box(cell.box.x0, cell.box.top, after.box.x1, cell.box.bottom)
    )
    cells = tuple(wide if c is cell else c for c in grid.cells if c is not after)
    read = extract_facts(with_grid(document, grid, cells=cells))
    [flag] = read.flags
    assert (flag.first_text, flag.second_text) == (cell.text, "")
    assert [a.measure for a in read.amounts if a.flag] == [facts.amounts[index + 1].measure]


def test_parts_of_one_amount_are_compared_as_a_whole(document: Document) -> None:
    """A stray upright cuts a number; put together again, it is what the second reading finds."""
    facts = extract_facts(document)
    index = first_amount(facts, "F03")
    grid, cell = place_of(document, facts, index)
    middle = (cell.box.x0 + cell.box.x1) / 2
    left = msgspec.structs.replace(
        cell,
        text=cell.text[:3],
        second=cell.text,
        box=Box(cell.box.x0, cell.box.top, middle, cell.box.bottom),
    )
    right = msgspec.structs.replace(
        cell,
        column=cell.column + 100,
        text=cell.text[3:],
        second="",
        box=Box(middle, cell.box.top, cell.box.x1, cell.box.bottom),
    )
    cells = tuple(part for c in grid.cells for part in ((left, right) if c is cell else (c,)))
    read = extract_facts(with_grid(document, grid, cells=cells))
    assert read.amounts[index].amount_printed == facts.amounts[index].amount_printed
    assert read.flags == ()


def test_files_that_are_read_once_bear_no_flag(document: Document) -> None:
    pages = [msgspec.structs.replace(page, reading="ocr", read_twice=False) for page in document.pages]
    read = extract_facts(msgspec.structs.replace(document, pages=tuple(pages)))
    assert read.amounts
    assert read.flags == ()
