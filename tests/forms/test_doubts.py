"""Which recognised numbers are doubted, and that nothing about them is mended."""

import msgspec
import pytest

from pipeline.facts import ReadingFlag, ReportedAmount
from pipeline.forms import text
from pipeline.forms.doubts import doubtful
from pipeline.read.document import Box, Cell, Document, Grid, Page

USUAL = ("1,203.45", "290.91", "0.00", "558.45", "2,066.09", "8.28", "5.00", "1,008.00")


def cell(row: int, printed: str, second: str | None = None, confidence: float | None = 0.99) -> Cell:
    return Cell(row, 3, 1, 1, printed, Box(300, 20 * row, 360, 20 * row + 20), second, confidence)


def amount(number: int, source: Cell) -> ReportedAmount:
    printed = text.printed_number(source.text)
    return ReportedAmount(
        report_key="0" * 16,
        form_code="F03",
        side=None,
        item_code="2060101",
        item_name="行政运行",
        line_item="subject",
        row_kind="subject",
        measure="total",
        cell_text=source.text,
        amount_printed=printed,
        amount_yuan=text.yuan(printed, "万元") if printed else None,
        decimals=text.decimals(printed) if printed else None,
        unit="万元",
        page=1,
        table_no=1,
        row_no=source.row + 1,
        column_no=4,
        x0=300,
        top=0,
        x1=360,
        bottom=20,
        cell_no=number,
        reading="ocr",
        confidence=source.confidence,
    )


def judged(
    last: Cell, usual: tuple[str, ...] = USUAL, reading: str = "ocr", codes: tuple[Cell, ...] = ()
) -> tuple[list[ReportedAmount], list[ReadingFlag]]:
    """Return what becomes of `last`, below cells that print `usual`."""
    cells = [*(cell(row, printed) for row, printed in enumerate(usual)), last]
    grid = Grid(1, 1, len(cells), 4, Box(0, 0, 400, 400), (*codes, *cells))
    page = Page(1, 595.0, 842.0, reading, 1, (), (grid,))
    amounts = [amount(number, source) for number, source in enumerate(cells, 1)]
    return doubtful("0" * 16, Document("0" * 64, "pdf", "", (page,)), amounts, cells, [("F03", grid)])


@pytest.mark.parametrize("printed", ["23.45", "9,876.54", "0.00", "-12.30", "", "-", "—", "１２.３０"])
def test_a_number_of_the_form_of_its_column_is_trusted(printed: str) -> None:
    amounts, flags = judged(cell(9, printed))
    assert flags == []
    assert {found.flag for found in amounts} == {None}


@pytest.mark.parametrize(
    "printed",
    [
        "2345",  # the decimal point is lost
        "23,45",  # a comma for it
        "2,345",  # the decimals are lost
        "1203,45.00",
        "23.4 5",
        "23.45 0.00",  # two numbers in one
        "2O.45",
        "l2.45",
        "2.345.60",
        "1203.45",  # no separator where others have one
        "023.45",
        "23.4",
    ],
)
def test_a_number_of_another_form_is_doubted_and_kept(printed: str) -> None:
    amounts, [flag] = judged(cell(9, printed))
    assert [found.flag for found in amounts] == [None] * len(USUAL) + ["doubtful"]
    assert (amounts[-1].cell_text, amounts[-1].amount_printed) == (printed, text.printed_number(printed))
    assert (flag.kind, flag.cell_no, flag.form_code) == ("doubtful", len(USUAL) + 1, "F03")
    assert (flag.first_text, flag.second_text, flag.page, flag.table_no) == (printed, None, 1, 1)


def test_a_second_reading_that_differs_is_kept_beside_the_first() -> None:
    amounts, [flag] = judged(cell(9, "89.09", second="39.09"))
    assert amounts[-1].amount_printed == "89.09"
    assert (flag.first_text, flag.second_text, flag.confidence) == ("89.09", "39.09", 0.99)
    assert (flag.x0, flag.top, flag.locator) == (300.0, 180.0, "page 1, table 1, row 10, column 4")


def test_low_confidence_is_a_doubt() -> None:
    assert judged(cell(9, "89.09", confidence=0.51))[1] == []
    [flag] = judged(cell(9, "89.09", confidence=0.49))[1]
    assert (flag.cell_no, flag.confidence) == (9, 0.49)


def test_ink_that_nobody_could_read_is_a_doubt() -> None:
    amounts, [flag] = judged(cell(9, "", confidence=0.0))
    assert (amounts[-1].amount_printed, amounts[-1].flag, flag.first_text) == (None, "doubtful", "")


def test_a_column_of_whole_numbers_has_another_habit() -> None:
    usual = ("12", "0", "7", "30", "2")
    assert judged(cell(9, "15"), usual)[1] == []
    assert len(judged(cell(9, "1.5"), usual)[1]) == 1


def test_a_code_in_doubt_is_flagged_without_an_amount() -> None:
    code = msgspec.structs.replace(cell(2, "2060101", second="2060191"), column=0)
    amounts, [flag] = judged(cell(9, "1.00"), codes=(code,))
    assert {found.flag for found in amounts} == {None}
    assert (flag.kind, flag.form_code, flag.cell_no) == ("doubtful", "F03", None)
    assert (flag.first_text, flag.second_text) == ("2060101", "2060191")


def test_printed_pages_are_left_alone() -> None:
    amounts, flags = judged(cell(9, "2345", second="23.45", confidence=None), reading="text")
    assert flags == []
    assert {found.flag for found in amounts} == {None}
