"""Forms as printed: rows, columns and blocks of literal cells."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.site.forms import Block, Label, printed_form
from pipeline.site.query import Cell


def cell(
    text: str,
    row: int,
    column: int,
    *,
    measure: str = "final",
    side: str | None = None,
    code: str | None = None,
    name: str | None = None,
    page: int = 1,
    number: int = 0,
    kind: str = "line",
) -> Cell:
    return Cell(
        form_code="F01",
        side=side,
        item_code=code,
        item_name=name,
        row_kind=kind,
        measure=measure,
        cell_text=text,
        page=page,
        table_no=1,
        row_no=row,
        column_no=column,
        cell_no=number,
        flag=None,
        corrected_by=None,
    )


def texts(cells: list[Cell]) -> list[list[str | None]]:
    """Return the printed text of every place, row by row."""
    return [
        [None if found is None else found.cell_text for _, part in row.parts for found in part]
        for row in printed_form(cells).rows
    ]


def test_the_two_sides_stand_beside_each_other_as_printed() -> None:
    cells = [
        cell("1,000.00", 4, 3, side="income", name="财政拨款收入"),
        cell("", 4, 6, side="expenditure", name="一般公共服务支出"),
        cell("34.56", 5, 6, side="expenditure", name="外交支出"),
    ]
    form = printed_form(cells)
    assert form.blocks == (
        Block("income", False, True, ("final",)),
        Block("expenditure", False, True, ("final",)),
    )
    assert texts(cells) == [["1,000.00", ""], [None, "34.56"]]
    assert form.rows[1].parts[0][0] is None
    assert form.rows[1].parts[1][0] == Label(None, "外交支出", "line")


def test_measures_stand_in_printed_order_and_codes_of_totals_are_not_printed() -> None:
    cells = [
        cell("3.00", 1, 5, measure="total", code="total", name="合计", kind="total"),
        cell("1.00", 1, 6, measure="basic", code="total", name="合计", kind="total"),
        cell("3.00", 2, 5, measure="total", code="2010301", name="行政运行", kind="subject"),
    ]
    form = printed_form(cells)
    assert form.blocks == (Block(None, True, True, ("total", "basic")),)
    assert [row.parts[0][0] for row in form.rows] == [
        Label(None, "合计", "total"),
        Label("2010301", "行政运行", "subject"),
    ]
    assert texts(cells) == [["3.00", "1.00"], ["3.00", None]]


def test_one_measure_in_several_blocks_of_a_row_makes_several_columns() -> None:
    cells = [
        cell("7.00", 2, 3, code="301", name="工资福利支出", kind="subject"),
        cell("2.00", 2, 6, code="302", name="商品和服务支出", kind="subject"),
        cell("1.00", 3, 6, code="30201", name="办公费", kind="subject"),
        # The next page sets its columns one further to the right and has one block in its first row.
        cell("0.50", 1, 4, page=2, code="30102", name="津贴补贴", kind="subject"),
        cell("0.40", 2, 4, page=2, code="30103", name="奖金", kind="subject"),
        cell("0.30", 2, 7, page=2, code="30202", name="印刷费", kind="subject"),
    ]
    assert texts(cells) == [["7.00", "2.00"], [None, "1.00"], ["0.50", None], ["0.40", "0.30"]]


def test_a_form_without_labels_is_its_measures() -> None:
    cells = [
        cell("5.00", 4, 1, measure="budget_total"),
        cell("3.25", 4, 7, measure="final_total"),
    ]
    form = printed_form(cells)
    assert form.blocks == (Block(None, False, False, ("budget_total", "final_total")),)


@given(
    st.lists(
        st.tuples(
            st.integers(1, 3),
            st.integers(1, 6),
            st.integers(1, 8),
            st.sampled_from(["total", "basic"]),
            st.sampled_from([None, "income", "expenditure"]),
        ),
        max_size=40,
    )
)
def test_no_cell_is_lost_or_shown_twice_whatever_the_places(
    places: list[tuple[int, int, int, str, str | None]],
) -> None:
    cells = [
        cell(str(number), row, column, measure=measure, side=side, page=page, number=number)
        for number, (page, row, column, measure, side) in enumerate(places)
    ]
    form = printed_form(cells)
    shown = [found.cell_no for row in form.rows for _, part in row.parts for found in part if found]
    assert sorted(shown) == list(range(len(cells)))
    assert {len(row.parts) for row in form.rows} <= {len(form.blocks)}
