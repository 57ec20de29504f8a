"""Years are guessed from what is cheap to see."""

from pathlib import Path

import pytest

from pipeline.acquire.hints import year_in_pages, year_in_text


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


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04 cut off", b"<html>2023", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"]
)
def test_files_of_other_types_tell_no_year_and_do_no_harm(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "report").write_bytes(content)
    assert year_in_pages(tmp_path / "report") is None
