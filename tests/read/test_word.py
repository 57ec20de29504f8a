"""What a Word file prints becomes pages, lines and grids."""

import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.enum.text import WD_BREAK
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from pipeline.read import office
from pipeline.read.document import Grid, UnreadableError
from pipeline.read.files import read_file

DATA = Path(__file__).parent / "data"


@pytest.fixture
def word(tmp_path: Path) -> Callable[..., Path]:
    """A function that writes a Word file filled by another function, and returns its path."""

    def make(fill: Callable[[Any], object]) -> Path:
        document = docx.Document()
        fill(document)
        document.save(str(tmp_path / "report.docx"))
        return tmp_path / "report.docx"

    return make


def xml(text: str) -> Any:
    return parse_xml(text.replace(">", f" {nsdecls('w')}>", 1))


def put(document: Any, text: str) -> None:
    """Put an element, written as XML, at the end of the text."""
    document.element.body.insert(len(document.element.body) - 1, xml(text))


def table(document: Any, *rows: str) -> Any:
    made = document.add_table(len(rows), len(rows[0].split("|")))
    for row, line in zip(made.rows, rows, strict=True):
        for cell, text in zip(row.cells, line.split("|"), strict=True):
            cell.text = text
    return made


def texts(grid: Grid) -> list[list[str]]:
    return [[cell.text for cell in grid.cells if cell.row == row] for row in range(grid.rows)]


def lines(path: Path) -> list[str]:
    return [line.text for page in read_file(path, 10).pages for line in page.lines]


def test_text_and_tables_in_their_order(word):
    def fill(document: Any) -> None:
        document.add_paragraph("收入决算表")
        document.add_paragraph("部门：某局\t单位：万元")
        table(document, "项目|金额", "合计|12.50")
        document.add_paragraph("注：例。")

    document = read_file(word(fill), 10)
    (page,) = document.pages
    (grid,) = page.grids
    assert (document.file_type, page.reading, page.number) == ("docx", "word", 1)
    assert texts(grid) == [["项目", "金额"], ["合计", "12.50"]]
    assert grid.cells[3].place == "table 1, row 2, cell 2"
    assert [line.text for line in page.lines] == [
        "收入决算表", "部门：某局 单位：万元", "项目 金额", "合计 12.50", "注：例。",
    ]  # fmt: skip
    assert [line.box.top for line in page.lines] == sorted(line.box.top for line in page.lines)


def test_merged_cells_are_spans(word):
    def fill(document: Any) -> None:
        made = table(document, "项目||金额", "编码|名称|", "合计||5")
        made.cell(0, 0).merge(made.cell(0, 1))
        made.cell(0, 2).merge(made.cell(1, 2))
        made.cell(2, 0).merge(made.cell(2, 1))

    (grid,) = read_file(word(fill), 10).pages[0].grids
    spans = {c.text.strip(): (c.row, c.column, c.row_span, c.column_span) for c in grid.cells}
    assert spans == {
        "项目": (0, 0, 1, 2), "金额": (0, 2, 2, 1), "编码": (1, 0, 1, 1), "名称": (1, 1, 1, 1),
        "合计": (2, 0, 1, 2), "5": (2, 2, 1, 1),
    }  # fmt: skip


def test_cells_stand_by_their_widths_where_spans_are_missing(word):
    def cell(width: int, text: str) -> str:
        properties = f'<w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>'
        return f"<w:tc>{properties}<w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:tc>"

    columns = "".join(f'<w:gridCol w:w="{width}"/>' for width in (1000, 2000, 1000))
    first = "".join(cell(width, text) for width, text in ((1000, "201"), (2000, "某项"), (1000, "5.00")))
    last = cell(3000, "合计") + cell(1000, "5.00")
    path = word(lambda document: put(
        document, f"<w:tbl><w:tblGrid>{columns}</w:tblGrid><w:tr>{first}</w:tr><w:tr>{last}</w:tr></w:tbl>"
    ))  # fmt: skip
    (grid,) = read_file(path, 10).pages[0].grids
    assert [(c.text, c.column, c.column_span) for c in grid.cells if c.row == 1] == [
        ("合计", 0, 2),
        ("5.00", 2, 1),
    ]
    assert [cell.box.x0 for cell in grid.cells if cell.row == 0] == [40.0, 90.0, 190.0]


@pytest.mark.parametrize(
    ("paragraph", "printed"),
    [
        ("<w:r><w:t>甲</w:t></w:r><w:del><w:r><w:delText>乙</w:delText></w:r></w:del>", ["甲"]),
        ("<w:r><w:t>甲</w:t></w:r><w:ins><w:r><w:t>乙</w:t></w:r></w:ins>", ["甲乙"]),
        ("<w:moveFrom><w:r><w:t>甲</w:t></w:r></w:moveFrom>", []),
        ("<w:moveTo><w:r><w:t>乙</w:t></w:r></w:moveTo>", ["乙"]),
        ("<w:r><w:rPr><w:vanish/></w:rPr><w:t>甲</w:t></w:r><w:r><w:t>乙</w:t></w:r>", ["乙"]),
        ('<w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>甲</w:t></w:r>', ["甲"]),
        ("<w:r><w:t>甲</w:t><w:br/><w:t>乙</w:t></w:r>", ["甲", "乙"]),
        ("<w:sdt><w:sdtContent><w:r><w:t>甲</w:t></w:r></w:sdtContent></w:sdt>", ["甲"]),
        ("<w:hyperlink><w:r><w:t>甲</w:t></w:r></w:hyperlink>", ["甲"]),
        ("<w:r><w:instrText>PAGE</w:instrText></w:r><w:r><w:t>甲</w:t></w:r>", ["甲"]),
        (
            "<w:r><w:pict><w:txbxContent><w:p><w:r><w:t>框内</w:t></w:r></w:p></w:txbxContent></w:pict>"
            "<w:t>框外</w:t></w:r>",
            ["框内", "框外"],
        ),
    ],
)  # fmt: skip
def test_what_of_a_paragraph_is_printed(word, paragraph, printed):
    def fill(document: Any) -> None:
        document.add_paragraph("前")
        put(document, f"<w:p>{paragraph}</w:p>")

    assert lines(word(fill)) == ["前", *printed]


def test_deleted_rows_and_content_controls_around_rows(word):
    def row(text: str, properties: str = "") -> str:
        cells = "".join(f"<w:tc><w:p><w:r><w:t>{t}</w:t></w:r></w:p></w:tc>" for t in (text, "1.00"))
        return f"<w:tr><w:trPr>{properties}</w:trPr>{cells}</w:tr>"

    rows = row("甲") + row("乙", "<w:del/>") + f"<w:sdt><w:sdtContent>{row('丙')}</w:sdtContent></w:sdt>"
    body = f"<w:sdt><w:sdtContent><w:tbl>{rows}</w:tbl></w:sdtContent></w:sdt>"
    (grid,) = read_file(word(lambda document: put(document, body)), 10).pages[0].grids
    assert texts(grid) == [["甲", "1.00"], ["丙", "1.00"]]


def test_pages_part_at_breaks_and_an_empty_page_is_none(word):
    def fill(document: Any) -> None:
        document.add_paragraph("一").add_run().add_break(WD_BREAK.PAGE)
        document.add_paragraph("二")
        document.add_section()
        document.add_paragraph("三").paragraph_format.page_break_before = True
        put(document, "<w:p><w:r><w:lastRenderedPageBreak/><w:t>四</w:t></w:r></w:p>")
        put(document, "<w:p><w:r><w:t>五</w:t><w:lastRenderedPageBreak/><w:t>五</w:t></w:r></w:p>")
        document.add_paragraph("六")

    pages = read_file(word(fill), 10).pages
    assert [[line.text for line in page.lines] for page in pages] == [
        ["一"], ["二"], ["三"], ["四", "五五"], ["六"],
    ]  # fmt: skip
    assert [page.number for page in pages] == [1, 2, 3, 4, 5]


def test_a_continuous_section_begins_no_page(word):
    def fill(document: Any) -> None:
        document.add_paragraph("一")
        document.add_section(docx.enum.section.WD_SECTION.CONTINUOUS)
        document.add_paragraph("二")

    assert len(read_file(word(fill), 10).pages) == 1


def test_a_table_that_lays_out_another_is_no_grid(word):
    def fill(document: Any) -> None:
        outer = document.add_table(2, 2)
        outer.cell(0, 0).text = "收入决算表"
        inner = outer.cell(1, 0).add_table(2, 2)
        for index, cell in enumerate(inner._cells):
            cell.text = f"{index}.00"

    (page,) = read_file(word(fill), 10).pages
    assert [texts(grid) for grid in page.grids] == [[["0.00", "1.00"], ["2.00", "3.00"]]]
    assert page.grids[0].cells[0].place == "table 2, row 1, cell 1"
    assert page.lines[0].text == "收入决算表"


def test_a_table_inside_a_cell_of_another_is_its_text(word):
    def fill(document: Any) -> None:
        outer = table(document, *["甲|1", "乙|2", "丙|3", "丁|4"])
        table_in_cell = outer.cell(0, 1).add_table(1, 2)
        table_in_cell.cell(0, 0).text, table_in_cell.cell(0, 1).text = "x", "y"

    (grid,) = read_file(word(fill), 10).pages[0].grids
    assert texts(grid)[0] == ["甲", "1\nx y"]


def test_a_caption_in_a_table_of_one_row_is_a_line(word):
    def fill(document: Any) -> None:
        table(document, "部门：某局|单位：万元")
        document.add_paragraph("正文")

    (page,) = read_file(word(fill), 10).pages
    assert (page.grids, page.lines[0].text) == ((), "部门：某局 单位：万元")


def test_pictures_alone_hold_no_text(word, tmp_path):
    from PIL import Image

    Image.new("RGB", (20, 20)).save(tmp_path / "scan.png")
    with pytest.raises(UnreadableError, match="1 pictures and no text") as caught:
        read_file(word(lambda document: document.add_picture(str(tmp_path / "scan.png"))), 10)
    assert caught.value.reason == "no_text"


@pytest.mark.parametrize("kept", [0.3, 0.7, 0.98])
def test_a_cut_off_file_is_damaged(word, kept):
    path = word(lambda document: document.add_paragraph("正文"))
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * kept)])
    with pytest.raises(UnreadableError) as caught:
        read_file(path, 10)
    assert caught.value.reason == "damaged"


def test_broken_xml_is_damaged(word):
    path = word(lambda document: document.add_paragraph("正文"))
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    with zipfile.ZipFile(path, "w") as package:
        for name, data in parts.items():
            package.writestr(name, data[:200] if name == "word/document.xml" else data)
    with pytest.raises(UnreadableError, match="no intact Word file") as caught:
        read_file(path, 10)
    assert caught.value.reason == "damaged"


# Files of the old kind -------------------------------------------------------------------------------------

needs_office = pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice (soffice) is not here")


@needs_office
@pytest.mark.slow
def test_a_file_of_the_old_kind_is_read_through_libreoffice():
    document = read_file(DATA / "water_2021.doc", 100)
    assert document.file_type == "doc"
    assert document.pages[0].lines[0].text == "2021年度"
    cells = [cell for page in document.pages for grid in page.grids for cell in grid.cells]
    assert next(cell.place for cell in cells if cell.text == "10413.86") == "table 2, row 3, cell 2"


def test_without_libreoffice_it_is_said_what_to_do(monkeypatch):
    monkeypatch.setattr(office.shutil, "which", lambda program: None)
    with pytest.raises(UnreadableError, match="Install LibreOffice") as caught:
        read_file(DATA / "water_2021.doc", 100)
    assert caught.value.reason == "no_converter"


def test_a_conversion_that_takes_too_long_is_ended(monkeypatch, tmp_path):
    sleeper = tmp_path / "soffice"
    sleeper.write_text("#!/bin/sh\nsleep 60\n")
    sleeper.chmod(0o755)
    monkeypatch.setattr(office.shutil, "which", lambda program: str(sleeper))
    monkeypatch.setattr(office, "SECONDS", 0.2)
    with pytest.raises(UnreadableError, match=r"more than 0\.2 seconds") as caught:
        read_file(DATA / "water_2021.doc", 100)
    assert caught.value.reason == "conversion_failed"


def test_a_conversion_that_gives_nothing_is_said(monkeypatch, tmp_path):
    nothing = tmp_path / "soffice"
    nothing.write_text("#!/bin/sh\nexit 0\n")
    nothing.chmod(0o755)
    monkeypatch.setattr(office.shutil, "which", lambda program: str(nothing))
    with pytest.raises(UnreadableError, match="it made no file") as caught:
        read_file(DATA / "water_2021.doc", 100)
    assert caught.value.reason == "conversion_failed"


def test_a_password_of_the_old_kind_is_told(tmp_path):
    data = bytearray((DATA / "water_2021.doc").read_bytes())
    at = data.index(b"\xec\xa5")  # the mark that a WordDocument stream begins with
    data[at + 11] |= 0x01
    (tmp_path / "report.doc").write_bytes(data)
    with pytest.raises(UnreadableError) as caught:
        read_file(tmp_path / "report.doc", 10)
    assert caught.value.reason == "encrypted"
