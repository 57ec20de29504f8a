"""Paragraphs, sentences and headings out of lines."""

from collections.abc import Sequence

import pytest

from pipeline.narrative.sentences import Heading, Paragraph, blocks, heading, numbering
from pipeline.read.document import Box, Cell, Document, Grid, Line, Page
from tests.narrative.texts import document_of

LEFT, RIGHT, SIZE = 80.0, 516.0, 16.0


def line(text: str, top: float, left: float = LEFT, right: float = RIGHT) -> Line:
    return Line(text, Box(left, top, right, top + SIZE))


def page(number: int, lines: Sequence[Line], grids: Sequence[Grid] = ()) -> Page:
    return Page(number, 595.0, 842.0, "text", 0, tuple(lines), tuple(grids))


def document(*pages: Page) -> Document:
    return Document("0" * 64, "pdf", "", pages)


def texts(of: Document) -> list[str]:
    return [block.plain if isinstance(block, Paragraph) else "table" for block in blocks(of)]


def body(top: float = 100) -> list[Line]:
    """Return two full lines, so that the page has its edges."""
    return [line("首行缩进的一段文字写满了", top, LEFT + 32), line("第二行写满，第三行收尾", top + 30)]


def test_lines_join_to_a_paragraph_without_blanks():
    pages = page(1, [*body(), line("于此。", 160, right=140), line("下一段。", 190, LEFT + 32, 300)])
    assert texts(document(pages)) == [
        "首行缩进的一段文字写满了第二行写满，第三行收尾于此。",
        "下一段。",
    ]


def test_a_paragraph_goes_on_over_the_page_past_page_numbers():
    first = page(1, [*body(), line("- 1 -", 790, 290, 309)])
    second = page(2, [line("于次页。", 100, right=140), *body(130), line("- 2 -", 790, 290, 309)])
    joined = next(block for block in blocks(document(first, second)) if isinstance(block, Paragraph))
    assert joined.plain == "首行缩进的一段文字写满了第二行写满，第三行收尾于次页。"
    assert [joined.page(offset) for offset in (0, 12, len(joined.plain) - 1)] == [1, 1, 2]
    assert joined.box(0, len(joined.plain), 1) == Box(LEFT, 100, RIGHT, 146)
    assert joined.box(0, len(joined.plain), 2) == Box(LEFT, 100, 140, 116)


def test_running_heads_are_left_out():
    pages = [page(n, [line("某局部门决算", 40, 250, 350), *body()]) for n in (1, 2, 3)]
    assert not any("某局部门决算" in text for text in texts(document(*pages)))


def test_a_sentence_at_the_page_edge_is_no_running_head():
    pages = [page(n, [line("决算数同预算数持平。", 40, right=260), *body()]) for n in (1, 2, 3)]
    assert sum("决算数同预算数持平。" in text for text in texts(document(*pages))) == 3


def test_lines_further_out_do_not_move_the_edges_of_the_text():
    stamps = [line(f"存档{n}", 700 + 20 * n, 30, 590) for n in (1, 2)]
    lines = [line("首行缩进写满此行", 100, LEFT + 32)]
    lines += [line(f"第{word}行写满", 130 + 30 * n) for n, word in enumerate("二三四五六七八九十甲乙丙丁戊")]
    lines += [
        line("句号恰在行末。", 560),
        line("同段续写完毕。", 590, right=200),
        line("次段。", 620, LEFT + 32, 200),
    ]
    found = texts(document(page(1, [*lines, *stamps])))
    assert found[0].startswith("首行缩进写满此行第二行写满")
    assert found[0].endswith("句号恰在行末。同段续写完毕。")
    assert found[1] == "次段。"


def test_a_table_stands_for_its_lines():
    cells = tuple(Cell(r, c, 1, 1, "1", Box(100, 200, 200, 220)) for r in (0, 1) for c in (0, 1))
    grid = Grid(1, 1, 2, 2, Box(90, 195, 500, 260), cells)
    pages = page(1, [*body(), line("表内 100", 210, 100, 300), line("表后。", 300, LEFT + 32, 200)], [grid])
    assert texts(document(pages)) == ["首行缩进的一段文字写满了第二行写满，第三行收尾", "table", "表后。"]


def test_a_frame_around_text_is_no_table():
    grid = Grid(1, 1, 1, 1, Box(60, 90, 530, 200), (Cell(0, 0, 1, 1, "", Box(60, 90, 530, 200)),))
    assert texts(document(page(1, body(), [grid]))) == ["首行缩进的一段文字写满了第二行写满，第三行收尾"]


def test_a_heading_of_two_lines_stays_one():
    lines = [
        line("三、2023年度一般公共预算财政拨款“三公”经费支出决", 100, LEFT + 32),
        line("算情况说明", 130, right=160),
        line("（一）总体情况", 160, LEFT + 32, 250),
        *body(190),
    ]
    assert texts(document(page(1, lines)))[:2] == [
        '三、2023年度一般公共预算财政拨款"三公"经费支出决算情况说明',
        "(一)总体情况",
    ]


def test_a_number_broken_over_lines_is_one():
    lines = [line("首行缩进的一段文字，年初预算为196", 100, LEFT + 32), line(".40 万元。", 130, right=160)]
    assert texts(document(page(1, lines))) == ["首行缩进的一段文字，年初预算为196.40万元。"]


def test_plain_text_is_folded_and_printed_text_is_not():
    [paragraph] = blocks(document_of(["⼀般公共预算 （类） １２．５％，增⻓1,000.5 万元…①"]))
    assert isinstance(paragraph, Paragraph)
    assert paragraph.plain == "一般公共预算(类)12.5%，增长1,000.5万元…①"
    assert paragraph.printed == "一般公共预算（类）１２．５％，增长1,000.5万元…①"


def test_without_places_each_line_is_a_paragraph_unless_it_breaks_off():
    lines = ["一、收入决算情况说明", "2023年度收入，", "合计5万元。", "其中：", "1.财政拨款收入5万元。"]
    assert texts(document_of(lines)) == [
        "一、收入决算情况说明",
        "2023年度收入，合计5万元。",
        "其中:",
        "1.财政拨款收入5万元。",
    ]


def test_sentences_end_at_full_stops_and_with_the_paragraph():
    [paragraph] = blocks(document_of(["（一）总体情况。收入5万元；支出5万元。无余额"]))
    assert isinstance(paragraph, Paragraph)
    found = [paragraph.plain[start:end] for start, end in paragraph.sentences(8)]
    assert found == ["收入5万元;支出5万元。", "无余额"]


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("第三部分 情况说明", 0),
        ("十一、其他", 1),
        ("(二)具体情况", 2),
        ("1.基本支出", 3),
        ("12、住房公积金", 3),
        ("1.2023年度", 3),
        ("(3)其他", 4),
        ("①其他", 4),
        ("1.5万元", None),
        ("三公经费", None),
        ("2023年度", None),
    ],
)
def test_levels_of_numbering(text, level):
    found = numbering(text)
    assert (found[0] if found else None) == level


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("（一）总体情况。2023年度支出5万元。", Heading(2, "总体情况", 8)),
        ("二、收入决算情况说明", Heading(1, "收入决算情况说明", 10)),
        ("二、收入决算情况说明........13", Heading(1, "收入决算情况说明", 20)),
        ("二、收入决算情况说明 13", Heading(1, "收入决算情况说明", 12)),
        ("（一）机关运行经费：2023年度支出5万元。", Heading(2, "机关运行经费", 10, has_colon=True)),
        ("（一）2023年度支出5万元，占5%。", None),
    ],
)
def test_headings(text, found):
    [paragraph] = blocks(document_of([text]))
    assert isinstance(paragraph, Paragraph)
    assert heading(paragraph) == found
