"""Pictures of pages: drawn once, and where they cannot be drawn the page says why."""

import hashlib
from datetime import datetime
from pathlib import Path

import pytest
from PIL import Image
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from pipeline.acquire.archive import Archive
from pipeline.config import settings
from pipeline.pictures import COLOURS, PagePicture, shows_its_text
from pipeline.site.evidence import Task, draw, pictures
from pipeline.site.query import Report
from pipeline.site.report import Picture
from tests.stages.files import data_dir

__all__ = ["data_dir"]

MARKS = {1: [("concerned", 100.0, 50.0, 200.0, 80.0)]}


@pytest.fixture
def pdf(tmp_path: Path) -> Path:
    path = tmp_path / "two.pdf"
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    canvas = Canvas(str(path), pagesize=(400, 300), invariant=True)
    canvas.setFont("STSong-Light", 20)
    canvas.drawString(40, 200, "支出决算表")
    canvas.showPage()
    canvas.setFont("Helvetica", 20)
    canvas.drawString(40, 200, "1,234.56")
    canvas.save()
    return path


def report(path: Path, file_type: str = "pdf") -> Report:
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return Report(
        sha256[:16], sha256, path.name, file_type, None, None, None, None, datetime(2024, 9, 1), None, None,
        None, None, None, None, 2, None, None, None, None, None, "quarantined", [], sha256[:16], 1, True,
    )  # fmt: skip


def test_a_page_is_drawn_with_its_marks_and_only_once(data_dir: Path, pdf: Path, tmp_path: Path) -> None:
    Archive(settings().raw_dir).add_file(pdf, year=2023)
    one = report(pdf)
    found, drawn = pictures(tmp_path / "site", [one], {one.report_key: MARKS}, 1)
    assert drawn == 1
    [picture] = found[one.report_key]
    assert picture.file is not None
    image = Image.open(tmp_path / "site" / "pictures" / picture.file).convert("RGB")
    # 110 dots per inch: the left edge of the mark is at 100 * 110 / 72, about 153.
    red, green, blue = image.getpixel((153, 100))  # type: ignore[misc]
    assert all(abs(a - b) < 40 for a, b in zip((red, green, blue), COLOURS["concerned"], strict=True))
    assert pictures(tmp_path / "site", [one], {one.report_key: MARKS}, 1) == (found, 0)
    # Another mark is another picture.
    moved = {1: [("concerned", 100.0, 50.0, 200.0, 90.0)]}
    again, drawn = pictures(tmp_path / "site", [one], {one.report_key: moved}, 1)
    assert drawn == 1
    assert again[one.report_key] != found[one.report_key]


def test_why_there_is_no_picture(data_dir: Path, pdf: Path, tmp_path: Path) -> None:
    one = report(pdf)
    task = Task(one, settings().raw_dir, tmp_path / "pictures", {1: ("name", MARKS[1])})
    assert draw(task) == "report.picture_no_file"
    archived = Archive(settings().raw_dir).add_file(pdf, year=2023)
    archived.path.chmod(0o644)
    archived.path.write_bytes(b"%PDF-1.4 damaged")
    assert draw(task) == "report.picture_damaged"
    assert not (tmp_path / "pictures").exists()
    word = report(pdf, "docx")
    found, drawn = pictures(tmp_path / "site", [word], {word.report_key: MARKS}, 1)
    assert (found[word.report_key], drawn) == ([Picture(1, None, "report.picture_no_pages")], 0)


def test_text_without_ink_is_noticed(pdf: Path) -> None:
    white = PagePicture(Image.new("RGB", (400, 300), "white"), 1.0)
    assert not shows_its_text(pdf, 1, white)
    striped = Image.new("RGB", (400, 300), "white")
    for x in range(0, 400, 3):
        striped.paste((0, 0, 0), (x, 0, x + 1, 300))
    assert shows_its_text(pdf, 1, PagePicture(striped, 1.0))
    # A page without Chinese text lacks no Chinese font.
    assert shows_its_text(pdf, 2, white)
