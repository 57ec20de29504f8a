"""Types are told from content, never from names."""

import io
import zipfile
from pathlib import Path

import pytest

from pipeline.file_type import file_type

DATA = Path(__file__).parent.parent / "read" / "data"


def zipped(*names: str) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name in names:
            archive.writestr(zipfile.ZipInfo(name), "x")  # always of the same time
    return data.getvalue()


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", "empty"),
        (b"%PDF-1.7\n", "pdf"),
        (b"\x00\x01junk%PDF-1.4", "pdf"),
        (b"\xef\xbb\xbf<!DOCTYPE html><html>", "html"),
        (b"\n <HTML><body>", "html"),
        ("<html><title>决算".encode("gb18030"), "html"),
        ("<html>决算".encode("utf-16"), "html"),
        ("<table><tr><td>决算".encode("utf-16-le"), "html"),
        (b"<?xml version='1.0'?><html xmlns='x'>", "html"),
        (b"<table border=1><tr>", "html"),
        (b"From: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x", "mhtml"),
        (b"<?xml version='1.0'?><Workbook>", "xml"),
        (b"{\\rtf1\\ansi", "rtf"),
        (b"Rar!\x1a\x07", "archive"),
        (b"\xff\xd8\xff\xe0", "image"),
        ("部门决算".encode(), "text"),
        (b"\x00\x01\x02", "unknown"),
        (zipped("[Content_Types].xml", "word/document.xml"), "docx"),
        (zipped("docProps/app.xml", "xl/workbook.xml"), "xlsx"),
        (zipped("xl/workbook.bin"), "xlsb"),
        (zipped("OFD.xml"), "ofd"),
        (zipped("mimetype", "content.xml"), "odf"),
        (zipped("report.docx", "old/word/document.xml"), "zip"),
        (zipped("a", "word/document.xml")[:60], "zip"),
        (zipped(), "zip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 2000, "ole"),
    ],
)
def test_the_content_tells_the_type(data: bytes, kind: str) -> None:
    assert file_type(data)[0] == kind


@pytest.mark.parametrize(("name", "kind"), [("water_2021.xls", "xls"), ("water_2021.doc", "doc")])
def test_old_office_files_are_told_by_their_streams(name: str, kind: str) -> None:
    assert file_type((DATA / name).read_bytes())[0] == kind
