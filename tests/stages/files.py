"""Files that the tests of the flow are fed with: sample reports, and what else people hand in."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from pipeline.config import settings
from samples import sample_set, write_report


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give the test an installation of its own."""
    monkeypatch.setenv("FISCAL_DATA_DIR", str(tmp_path / "data"))
    settings.cache_clear()
    yield tmp_path / "data"
    settings.cache_clear()


def write_samples(folder: Path, *names: str) -> list[Path]:
    """Write the samples whose names contain one of `names` (without names: all) as plain files."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, report, layout in sample_set():
        if not names or any(part in name for part in names):
            paths.append(folder / name)
            write_report(report, layout, folder / name)
    return paths


def write_pages(path: Path, *texts: str, password: str | None = None) -> Path:
    """Write a PDF with one line of text per page."""
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    encrypt = StandardEncryption(password, canPrint=0) if password else None
    canvas = Canvas(str(path), invariant=True, encrypt=encrypt)
    for text in texts:
        canvas.setFont("STSong-Light", 20)
        canvas.drawString(72, 700, text)
        canvas.showPage()
    canvas.save()
    return path


def write_endless(path: Path, pages: int = 1500) -> Path:
    """Write a small PDF that takes long to read: every page shows the same closely written text."""
    canvas = Canvas(str(path), invariant=True)
    canvas.beginForm("text")
    canvas.setFont("Helvetica", 4)
    for line in range(180):
        canvas.drawString(20, 820 - 4.5 * line, "0123456789 " * 20)
    canvas.endForm()
    for _ in range(pages):
        canvas.doForm("text")
        canvas.showPage()
    canvas.save()
    return path


def write_picture(path: Path) -> Path:
    """Write a PDF whose one page holds a picture and no text."""
    from PIL import Image

    picture = path.with_suffix(".png")
    Image.new("RGB", (200, 100), (200, 30, 30)).save(picture)
    canvas = Canvas(str(path), invariant=True)
    canvas.drawImage(str(picture), 72, 400, 400, 200)
    canvas.showPage()
    canvas.save()
    picture.unlink()
    return path


def write_bad_files(folder: Path) -> dict[str, Path]:
    """Write one file of each kind that is no readable report; keys say what is wrong."""
    folder.mkdir(parents=True, exist_ok=True)
    whole = write_pages(folder / "whole.pdf", *(f"page {number}" for number in range(20))).read_bytes()
    (folder / "whole.pdf").unlink()
    contents = {
        "zero bytes": ("空文件2023年.pdf", b""),
        "a web page": ("网页2023年.pdf", "<!DOCTYPE html><html>页面不存在</html>".encode()),
        "cut off": ("截断2023年.pdf", whole[: len(whole) // 2]),
        "text": ("说明2023年.txt", "部门决算说明".encode()),
    }
    files = {}
    for what, (name, content) in contents.items():
        files[what] = folder / name
        files[what].write_bytes(content)
    files["encrypted"] = write_pages(folder / "加密2023年.pdf", "秘密", password="secret")
    files["a picture"] = write_picture(folder / "扫描2023年.pdf")
    files["many pages"] = write_pages(folder / "很长2023年.pdf", *["x"] * 60)
    files["a budget"] = write_pages(folder / "预算2023年.pdf", "某市水务局2023年部门预算", "一、部门概况")
    files["no report"] = write_pages(folder / "通知2023年.pdf", "关于开展安全检查的通知")
    return files
