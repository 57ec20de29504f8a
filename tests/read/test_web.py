"""What a web page shows becomes lines and grids."""

import codecs
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.read.document import Grid, Page, UnreadableError
from pipeline.read.files import read_file
from pipeline.read.web import decode

TABLE = "<table><tr><td>项目<td>金额<tr><td>合计<td>12.50</table>"


def page_of(tmp_path: Path, body: str, head: str = "") -> Page:
    path = tmp_path / "report.html"
    path.write_text(f"<html><head><meta charset=utf-8>{head}</head><body>{body}</body></html>", "utf-8")
    (page,) = read_file(path, 10).pages
    return page


def texts(grid: Grid) -> list[list[str]]:
    return [[cell.text for cell in grid.cells if cell.row == row] for row in range(grid.rows)]


def test_text_and_tables_in_their_order(tmp_path):
    body = f"<p>收入决算表<p>部门：某局&nbsp;&nbsp;单位：<b>万元</b>{TABLE}<div>注：例。<br>第二行</div>"
    page = page_of(tmp_path, body)
    assert [line.text for line in page.lines] == [
        "收入决算表", "部门：某局 单位：万元", "项目 金额", "合计 12.50", "注：例。", "第二行",
    ]  # fmt: skip
    assert texts(page.grids[0]) == [["项目", "金额"], ["合计", "12.50"]]
    assert page.grids[0].cells[3].place == "table 1, row 2, cell 2"
    assert page.reading == "html"


def test_spans_by_the_rules_of_html(tmp_path):
    body = (
        "<table><tr><td rowspan=2>甲<td colspan=2>乙<tr><td>丙<td>1.00"
        "<tr><td colspan=0>丁<td rowspan=9>2.00</table>"
    )
    (grid,) = page_of(tmp_path, body).grids
    spans = {c.text: (c.row, c.column, c.row_span, c.column_span) for c in grid.cells}
    assert spans == {
        "甲": (0, 0, 2, 1), "乙": (0, 1, 1, 2), "丙": (1, 1, 1, 1), "1.00": (1, 2, 1, 1),
        "丁": (2, 0, 1, 1), "2.00": (2, 1, 1, 1),
    }  # fmt: skip


def test_a_title_that_spans_a_thousand_columns_widens_nothing(tmp_path):
    body = "<table><tr><td colspan=1000>收入决算表<tr><td>合计<td>12.50</table>"
    (grid,) = page_of(tmp_path, body).grids
    assert (grid.columns, grid.cells[0].column_span, grid.box.x1) == (2, 2, grid.cells[2].box.x1)


def test_a_table_that_lays_out_the_page_is_no_grid(tmp_path):
    page = page_of(tmp_path, f"<table><tr><td>首页<td>新闻<tr><td>栏目<td><p>收入决算表{TABLE}</table>")
    assert [texts(grid) for grid in page.grids] == [[["项目", "金额"], ["合计", "12.50"]]]
    assert [line.text for line in page.lines][:4] == ["首页", "新闻", "栏目", "收入决算表"]


def test_column_widths_are_those_of_the_page(tmp_path):
    columns = "<colgroup><col style='width:100px'><col width=40></colgroup>"
    (grid,) = page_of(tmp_path, TABLE.replace("<table>", f"<table>{columns}")).grids
    assert [cell.box.x1 - cell.box.x0 for cell in grid.cells[:2]] == [75.0, 30.0]


@pytest.mark.parametrize(
    "hidden",
    [
        "<p style='display: none'>藏</p>",
        "<p style='visibility:hidden'>藏</p>",
        "<p hidden>藏</p>",
        "<p class=off>藏</p>",
        "<div id=gone><p>藏</p></div>",
        "<script>藏</script><style>藏</style><noscript>藏</noscript><template>藏</template>",
        "<select><option>藏</select><textarea>藏</textarea><!-- 藏 -->",
    ],
)
def test_what_is_hidden_is_left_out(tmp_path, hidden):
    head = "<style>.off, #gone { color: red; display:none }\n@media print { .shown { display:none } }</style>"
    page = page_of(tmp_path, f"<p class=shown>见</p>{hidden}", head)
    assert [line.text for line in page.lines] == ["见"]


def test_hidden_rows_and_cells_are_no_cells(tmp_path):
    body = (
        "<table><tr><td>甲<td>1.00<tr style='display:none'><td>乙<td>2.00"
        "<tr><td>丙<td hidden>9<td>3.00</table>"
    )
    (grid,) = page_of(tmp_path, body).grids
    assert texts(grid) == [["甲", "1.00"], ["丙", "3.00"]]


def test_page_breaks_part_pages(tmp_path):
    path = tmp_path / "report.html"
    path.write_text(
        "<html><p>一<br style='page-break-before:always'><p>二<p style='break-after:page'>三<p>四", "utf-8"
    )
    pages = read_file(path, 10).pages
    assert [[line.text for line in page.lines] for page in pages] == [["一"], ["二", "三"], ["四"]]


WORDS = "收入决算表 12.50"


@pytest.mark.parametrize(
    ("codec", "mark", "declared"),
    [
        ("utf-8", b"", ""),
        ("utf-8", codecs.BOM_UTF8, "gbk"),
        ("gb18030", b"", ""),
        ("gb18030", b"", "gb2312"),
        ("gb18030", b"", "utf-8"),  # a declaration that its bytes disprove
        ("big5", b"", "big5"),
        ("utf-16-le", codecs.BOM_UTF16_LE, ""),
        ("utf-16-be", codecs.BOM_UTF16_BE, "gb2312"),
        ("utf-16-le", b"", ""),
    ],
)
def test_the_encoding(tmp_path, codec, mark, declared):
    path = tmp_path / "report.xls"
    text = f'<html><meta charset="{declared}"><body><p>收入决算表 12.50' if codec != "big5" else (
        '<html><meta charset="big5"><body><p>收入決算表 12.50'
    )  # fmt: skip
    path.write_bytes(mark + text.encode(codec))
    document = read_file(path, 10)
    assert document.file_type == "html"
    assert document.pages[0].lines[0].text == text.partition("<p>")[2]


@given(st.binary(max_size=200))
def test_any_bytes_are_some_text(data: bytes) -> None:
    assert isinstance(decode(data), str)


def test_a_page_saved_with_its_parts(tmp_path):
    path = tmp_path / "report.mht"
    path.write_bytes(
        b"From: <Saved>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x\r\n\r\n"
        b"--x\r\nContent-Type: text/html; charset=gb2312\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        + "<html><p>收入决算表</html>".encode("gbk")
        + b"\r\n--x--\r\n"
    )
    document = read_file(path, 10)
    assert (document.file_type, document.pages[0].lines[0].text) == ("mhtml", "收入决算表")


def test_saved_parts_without_a_page_are_damaged(tmp_path):
    path = tmp_path / "report.mht"
    path.write_bytes(b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x\r\n\r\n--x--\r\n")
    with pytest.raises(UnreadableError, match="holds no web page"):
        read_file(path, 10)


@pytest.mark.parametrize("body", ["", "<script>location='/'</script>", "<img src=a.png>"])
def test_a_page_without_text(tmp_path, body):
    with pytest.raises(UnreadableError) as caught:
        page_of(tmp_path, body)
    assert caught.value.reason == "no_text"


def test_elements_too_deep_inside_each_other_are_refused(tmp_path):
    path = tmp_path / "report.html"
    path.write_text("<html>" + "<div>" * 20_000 + "字", "utf-8")
    with pytest.raises(UnreadableError, match="too deep") as caught:
        read_file(path, 10)
    assert caught.value.reason == "damaged"
