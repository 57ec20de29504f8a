"""What was read, drawn on a page or written out: by colour and sign, at literal places."""

import pytest
from PIL import Image

from pipeline import pictures
from pipeline.cli.pages import Thing, write_out
from pipeline.cli.reports import Report
from pipeline.pictures import COLOURS, Mark, PagePicture
from pipeline.read.document import Cell, Page
from tests.forms.drawing import grid, page

RED, ORANGE, GREEN, GREY, BLUE = (
    COLOURS[kind] for kind in ("flagged", "unmapped", "mapped", "blank", "cell")
)


def colour(image: Image.Image, x: int, y: int) -> tuple[int, ...]:
    found = image.convert("RGB").getpixel((x, y))
    assert isinstance(found, tuple)
    return found


# Drawing ---------------------------------------------------------------------------------------------------


def test_marks_are_drawn_where_they_stand_and_the_graver_one_on_top() -> None:
    empty = PagePicture(Image.new("RGB", (300, 200), (255, 255, 255)), scale=2, origin=(10, 5))
    marks = [
        Mark((20, 15, 40, 25), "flagged"),
        Mark((20, 15, 40, 25), "mapped"),  # the same box, of less weight
        Mark((60, 15, 80, 25), "unmapped"),
        Mark((20, 45, 40, 55), "blank"),
        Mark((60, 45, 80, 55), "cell"),
    ]
    image = pictures.marked(empty, marks)
    assert image.size == (300, 200 + 28)
    assert [colour(image, x, y) for x, y in ((20, 20), (60, 40), (100, 20), (20, 80), (100, 80))] == [
        RED,
        RED,
        ORANGE,
        GREY,
        BLUE,
    ]
    assert colour(image, 120, 90) == (255, 255, 255)  # a cell that became nothing is not filled
    assert colour(image, 40, 30) == (243, 172, 176)  # a flagged one is, so that its number can be read


def test_the_legend_names_every_kind_in_its_colour() -> None:
    image = pictures.marked(PagePicture(Image.new("RGB", (600, 10)), scale=1), [])
    row = [colour(image, x, 10 + 7) for x in range(600)]
    assert list(dict.fromkeys(found for found in row if found in COLOURS.values())) == list(COLOURS.values())


# Files without pages ---------------------------------------------------------------------------------------


def test_a_table_of_a_file_without_pages_is_written_out_with_signs(
    capsys: pytest.CaptureFixture[str],
) -> None:
    drawn = grid("项目|决算数|捐赠", "教育支出|5.00|1.00", "科学技术支出||3.OO")
    placed = tuple(
        Cell(c.row, c.column, 1, 1, c.text, c.box, place=f"表3!{'ABC'[c.column]}{c.row + 1}")
        for c in drawn.cells
    )
    part = page(1, "支出决算表", drawn)
    table = type(drawn)(1, 1, 3, 3, drawn.box, placed)
    part = Page(2, 595, 842, "sheet", 0, part.lines, (table,))
    report = Report("0" * 16, "0" * 64, "决算.xlsx", "xlsx", 9, None)
    write_out(
        report,
        part,
        [
            Thing("mapped", None, (1, 2, 2), "表3!B2"),
            Thing("blank", None, (1, 3, 2), "表3!B3"),
            Thing("unmapped", None, None, "表3!C1"),
            Thing("flagged", None, None, "表3!C3"),
            Thing("unmapped", None, None, "above 表3!A1"),
        ],
    )
    shown = capsys.readouterr().out
    assert "决算.xlsx, part 2 (sheet): no page to draw; this is what was read." in shown
    assert "· blank  = mapped  ? unmapped  ! flagged" in shown
    rows = [
        [cell.strip() for cell in line.strip("│").split("│")] for line in shown.splitlines() if "│" in line
    ]
    assert rows == [
        ["项目", "决算数", "捐赠 ?"],
        ["教育支出", "5.00 =", "1.00"],
        ["科学技术支出", "·", "3.OO !"],
    ]
    assert "? unmapped: above 表3!A1" in shown.splitlines()
