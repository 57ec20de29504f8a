"""Lists of departments that must publish: what they may say, and what is said about a wrong one."""

from pathlib import Path

import pytest

from pipeline.acquire.expected import ExpectedDepartment, ExpectedError, read_list, usable_lists

HEADER = "place,division_code,department_name,from_year,until_year,source\n"


def write(folder: Path, text: str, name: str = "city.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_blank_fields_are_no_code_and_no_end(tmp_path: Path) -> None:
    path = write(tmp_path, "\ufeff" + HEADER + "示例市,,水务局,2018,,x\n示例市,990100,民政局,2018,2020,y\n")
    water, civil = read_list(path)
    assert water == ExpectedDepartment(
        list_file="city.csv", place="示例市", division_code=None, department_name="水务局", from_year=2018,
        until_year=None, source="x",
    )  # fmt: skip
    assert (civil.division_code, civil.until_year) == ("990100", 2020)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("place,name\n", "city.csv: the first line must be place,division_code,department_name"),
        ("", "city.csv: the first line must be"),
        (HEADER + "示例市,9901,水务局,2018,,x\n", "city.csv, line 2: division_code: String should match"),
        (HEADER + "示例市,,,2018,,x\n", "line 2: department_name: String should have at least 1"),
        (HEADER + "示例市,,水务局,,,x\n", "line 2: from_year: Input should be a valid integer"),
        (HEADER + "示例市,,水务局,1918,,x\n", "line 2: from_year: Input should be greater"),
        (HEADER + "示例市,,水务局,2018,2017,x\n", "line 2: the line: Value error, until_year is before"),
        (HEADER + "示例市,,水务局,2018,,x\n" * 2, "line 3: names 示例市 水务局 2018 again"),
        (HEADER + "示例市,,水务局,2018\n", "line 2: needs 6 fields"),
        (HEADER + "示例市,,水务局,2018,,x,y\n", "line 2: needs 6 fields"),
    ],
)
def test_a_wrong_list_is_told_by_file_and_line_and_stops_no_other(
    tmp_path: Path, text: str, message: str
) -> None:
    path = write(tmp_path, text)
    write(tmp_path, HEADER + "示例市,,水务局,2018,,x\n", "other.csv")
    with pytest.raises(ExpectedError) as raised:
        read_list(path)
    assert message in str(raised.value)
    usable, [wrong] = usable_lists(tmp_path)
    assert [entry.list_file for entry in usable] == ["other.csv"]
    assert str(wrong) == str(raised.value)


def test_a_list_in_another_encoding_is_told(tmp_path: Path) -> None:
    path = tmp_path / "city.csv"
    path.write_bytes((HEADER + "示例市,,水务局,2018,,x\n").encode("gb18030"))
    with pytest.raises(ExpectedError, match="save it as CSV in UTF-8"):
        read_list(path)
