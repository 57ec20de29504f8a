"""A ZIP of report files is one document, and no ZIP does harm."""

import io
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pipeline.read import package
from pipeline.read.container import natural_key
from pipeline.read.document import UnreadableError
from pipeline.read.files import read_file
from tests.read.drawing import write_cells


def web(text: str) -> bytes:
    return f"<html><meta charset=utf-8><p>{text}".encode()


def zipped(members: Mapping[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return data.getvalue()


def write(tmp_path: Path, members: Mapping[str, bytes]) -> Path:
    path = tmp_path / "report.zip"
    path.write_bytes(zipped(members))
    return path


def refusal(path: Path) -> UnreadableError:
    with pytest.raises(UnreadableError) as caught:
        read_file(path, 100)
    assert path.name in str(caught.value)
    return caught.value


def test_members_in_natural_order_are_the_pages_of_one_document(tmp_path, pdf):
    table = pdf(lambda canvas: write_cells(canvas, [50, 150], [100, 120], [["12.50"]])).read_bytes()
    members = {
        "附10.html": web("十"),
        "附2.htm": web("二"),
        "a/附3.xls": table,
        "附1.html": web("一"),
    }
    document = read_file(write(tmp_path, members), 10)
    pages = [(page.number, page.part, page.lines[0].text) for page in document.pages]
    assert pages == [
        (1, "a/附3.xls", "12.50"), (2, "附1.html", "一"), (3, "附2.htm", "二"), (4, "附10.html", "十")
    ]  # fmt: skip
    assert document.file_type == "zip"


def test_grids_know_their_running_page(tmp_path):
    table = web("<table><tr><td>甲<td>1<tr><td>乙<td>2</table>")
    document = read_file(write(tmp_path, {"1.html": table, "2.html": table}), 10)
    assert [grid.page for page in document.pages for grid in page.grids] == [1, 2]


def test_what_is_no_report_material_is_skipped(tmp_path):
    members = {
        "报告.html": web("正文"), "__MACOSX/._报告.html": b"x", "Thumbs.db": b"x", ".DS_Store": b"x",
        "~$报告.docx": b"x", "说明.txt": b"plain",
    }  # fmt: skip
    assert [page.part for page in read_file(write(tmp_path, members), 10).pages] == ["报告.html"]


def test_a_zip_without_report_material(tmp_path):
    assert refusal(write(tmp_path, {"Thumbs.db": b"x"})).reason == "no_text"
    error = refusal(write(tmp_path, {"说明.txt": b"plain"}))
    assert error.reason == "unsupported_type"
    assert "说明.txt is a text file" in str(error)


def test_a_member_that_cannot_be_read_is_named(tmp_path):
    error = refusal(write(tmp_path, {"a.html": web("正文"), "b.pdf": b"%PDF-1.7 cut"}))
    assert error.reason == "damaged"
    assert "report.zip: b.pdf is cut off" in str(error)


def test_a_zip_in_a_zip_is_read_and_a_third_is_not(tmp_path):
    inner = zipped({"a.html": web("正文")})
    (page,) = read_file(write(tmp_path, {"in.zip": inner}), 10).pages
    assert page.part == "in.zip/a.html"
    error = refusal(write(tmp_path, {"mid.zip": zipped({"in.zip": inner})}))
    assert error.reason == "unsafe_archive"
    assert "a ZIP in a ZIP in a ZIP" in str(error)


def test_a_bomb_is_not_unpacked(tmp_path):
    error = refusal(write(tmp_path, {"bomb.html": b"\0" * (60 * package.MEGABYTE)}))
    assert error.reason == "unsafe_archive"
    assert "to 60 megabytes" in str(error)


def test_a_bomb_of_an_office_file_is_not_unpacked(tmp_path):
    path = tmp_path / "report.xlsx"
    path.write_bytes(zipped({"xl/workbook.xml": b" " * (60 * package.MEGABYTE)}))
    assert refusal(path).reason == "unsafe_archive"


def test_bombs_in_bombs_share_one_limit(tmp_path, monkeypatch):
    monkeypatch.setattr("pipeline.read.container.MAX_UNPACKED", 3000)
    inner = {f"{number}.html": web(f"{number}" * 500) for number in range(3)}
    members = {f"{number}.zip": zipped(inner) for number in range(3)}
    assert refusal(write(tmp_path, members)).reason == "unsafe_archive"


def test_too_many_members(tmp_path):
    error = refusal(write(tmp_path, {f"{number}.html": b"x" for number in range(package.MAX_MEMBERS + 1)}))
    assert error.reason == "unsafe_archive"


@pytest.mark.parametrize("name", ["../up.html", "/abs.html", "a/../../up.html", "C:\\up.html", "..\\up.html"])
def test_paths_out_of_the_archive_are_refused(tmp_path, name):
    error = refusal(write(tmp_path, {name: web("正文")}))
    assert error.reason == "unsafe_archive"
    assert not (tmp_path.parent / "up.html").exists()


def test_links_are_refused(tmp_path):
    path = tmp_path / "report.zip"
    link = zipfile.ZipInfo("link.html")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    assert refusal(path).reason == "unsafe_archive"


def test_a_password_is_told(tmp_path):
    data = bytearray(zipped({"a.html": web("正文")}))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + at] |= 1
    path = tmp_path / "report.zip"
    path.write_bytes(data)
    assert refusal(path).reason == "encrypted"


@pytest.mark.parametrize("kept", [0.3, 0.7, 0.98])
def test_a_cut_off_zip_is_damaged(tmp_path, kept):
    path = write(tmp_path, {"a.html": web("正文" * 300), "b.html": web("文")})
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * kept)])
    assert refusal(path).reason == "damaged"


def test_a_member_whose_bytes_changed_is_damaged(tmp_path):
    data = bytearray(zipped({"a.html": web("正文" * 300)}))
    data[60] ^= 0xFF
    path = tmp_path / "report.zip"
    path.write_bytes(data)
    assert refusal(path).reason == "damaged"


def test_names_in_gbk(tmp_path):
    data = zipped({"XXXX.html": web("正文")})  # as Chinese Windows writes names: GBK, unmarked
    path = tmp_path / "report.zip"
    path.write_bytes(data.replace(b"XXXX", "决算".encode("gbk")))
    assert read_file(path, 10).pages[0].part == "决算.html"


def test_pages_of_all_members_count(tmp_path):
    members = {f"{number}.html": web("正文") for number in range(5)}
    with pytest.raises(UnreadableError) as caught:
        read_file(write(tmp_path, members), 4)
    assert caught.value.reason == "too_many_pages"


def test_a_picture_beside_a_report_is_left_out(tmp_path):
    picture = io.BytesIO()
    Image.new("RGB", (4, 4)).save(picture, "png")
    members = {"照片.png": picture.getvalue(), "报告.html": web("正文")}
    assert [page.part for page in read_file(write(tmp_path, members), 10).pages] == ["报告.html"]


@given(st.lists(st.text(max_size=8)))
def test_any_names_can_be_ordered(names: list[str]) -> None:
    assert len(sorted(map(natural_key, names))) == len(names)
