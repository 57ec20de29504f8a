"""Years and types are guessed from what is cheap to see."""

import pytest

from pipeline.acquire.hints import year_in_text
from pipeline.file_type import file_type


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"", "empty"),
        (b"%PDF-1.7\n", "pdf"),
        (b"\x00\x01junk%PDF-1.4", "pdf"),
        (b"\xef\xbb\xbf<!DOCTYPE html><html>", "html"),
        (b"\n <HTML><body>", "html"),
        (b"PK\x03\x04xl/", "zip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
        (b"\xff\xd8\xff\xe0", "image"),
        ("部门决算".encode(), "text"),
        (b"\x00\x01\x02", "unknown"),
    ],
)
def test_the_first_bytes_tell_the_type(head: bytes, kind: str) -> None:
    assert file_type(head)[0] == kind


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("某市水利局 2023 年度\n部门决算", 2023),
        ("二〇二二年度部门决算公开 2023年9月", 2022),
        ("2024年9月公布 2023年度某局部门决算", 2023),
        ("2022年收入 2022年支出 2021年", 2022),
        ("no year at all", None),
    ],
)
def test_the_first_pages_tell_the_year(text: str, year: int | None) -> None:
    assert year_in_text(text) == year
