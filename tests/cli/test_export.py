"""Exported files, read back with other tools, hold what the database holds."""

import csv
import json
import shutil
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
from frictionless import Package
from typer.testing import Result

from pipeline.config import settings
from pipeline.sql_text import literal
from tests.cli.command import GOOD, fiscal
from tests.stages.files import data_dir

__all__ = ["data_dir"]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def exported(ingested: Result, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("export") / "out"
    done = fiscal("export", target)
    assert (done.exit_code, done.stderr) == (0, "")
    return target


@pytest.fixture
def con(ingested: Result) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(settings().published_database, read_only=True) as connection:
        yield connection


def tables(con: duckdb.DuckDBPyConnection) -> list[str]:
    found = con.execute(
        "select schema_name || '.' || table_name from duckdb_tables()"
        " where schema_name in ('audit', 'marts') order by all"
    ).fetchall()
    assert len(found) > 20
    return [name for (name,) in found]


def differing(con: duckdb.DuckDBPyConnection, one: str, other: str) -> int:
    """Return how many rows only one of two queries has."""
    return sum(
        con.execute(f"select count(*) from ({a} except all {b})").fetchall()[0][0]
        for a, b in ((one, other), (other, one))
    )


def test_parquet_files_are_the_tables_with_their_types(
    exported: Path, con: duckdb.DuckDBPyConnection
) -> None:
    for table in tables(con):
        files = literal(str(exported / "parquet" / table.replace(".", "/") / "*.parquet"))
        read = f"select * from read_parquet({files})"
        assert differing(con, f"select * from {table}", read) == 0, table
        types = "select column_name, column_type from (describe {})"
        assert differing(con, types.format(f"select * from {table}"), types.format(read)) == 0, table


def test_csv_files_are_the_tables_but_for_empty_texts(exported: Path, con: duckdb.DuckDBPyConnection) -> None:
    for table in tables(con):
        columns = con.execute(f"select column_name, column_type from (describe {table})").fetchall()
        types = {name: "VARCHAR" if kind.endswith("[]") else kind for name, kind in columns}
        files = literal(str(exported / "csv" / table.replace(".", "/") / "*.csv"))
        read = (
            f"select {', '.join(_from_csv(name, kind) for name, kind in columns)}"
            f" from read_csv({files}, columns = {types}, header = true, auto_detect = false,"
            " delim = ',', quote = '\"', escape = '\"', strict_mode = true)"
        )
        stored = f"select {', '.join(_as_csv(name, kind) for name, kind in columns)} from {table}"
        assert differing(con, stored, read) == 0, table
    [path] = (exported / "csv" / "marts" / "dim_department").glob("*.csv")
    assert path.read_bytes().startswith(b"\xef\xbb\xbfdepartment_key,")  # Excel needs the mark


def _from_csv(name: str, kind: str) -> str:
    return f'"{name}"::json::{kind} as "{name}"' if kind.endswith("[]") else f'"{name}"'


def _as_csv(name: str, kind: str) -> str:
    return f'nullif("{name}", \'\') as "{name}"' if kind == "VARCHAR" else f'"{name}"'


def test_the_data_package_is_valid_and_its_keys_are_checked(
    exported: Path, con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    report = Package(str(exported / "datapackage.json")).validate()
    assert report.valid, report.flatten(["type", "message"])
    assert {task.name for task in report.tasks} == set(tables(con))
    package = json.loads((exported / "datapackage.json").read_text(encoding="utf-8"))
    [income] = [resource for resource in package["resources"] if resource["name"] == "marts.fct_income"]
    fields = {field["name"]: field for field in income["schema"]["fields"]}
    assert (fields["total_yuan"]["type"], fields["fiscal_year"]["type"]) == ("number", "integer")
    assert fields["report_key"]["title"] == "报告键"
    assert fields["report_key"]["description"].endswith("Key of the report.")
    assert income["schema"]["primaryKey"][0] == "report_key"
    assert {
        "fields": ["report_key"],
        "reference": {"resource": "marts.dim_report", "fields": ["report_key"]},
    } in (income["schema"]["foreignKeys"])
    # A row twice and a report that is not there are found.
    broken = tmp_path / "broken"
    shutil.copytree(exported, broken)
    [path] = (broken / "csv" / "marts" / "fct_income").glob("*.csv")
    lines = path.read_text(encoding="utf-8-sig").splitlines(keepends=True)
    lines += [lines[1], lines[2].replace(lines[2][:16], "f" * 16)]
    path.write_text("".join(lines), encoding="utf-8-sig")
    errors = Package(str(broken / "datapackage.json")).validate().flatten(["type"])
    assert sorted(kind for (kind,) in errors) == ["foreign-key", "primary-key"]


def test_workbooks_hold_each_printed_row_cell_for_cell(
    exported: Path, con: duckdb.DuckDBPyConnection
) -> None:
    seen = 0
    for report, form, title in con.execute(
        "select report_key, form_code, title_printed from audit.form order by all"
    ).fetchall():
        [path] = (exported / "xlsx").glob(f"*/*{report}.xlsx")
        book = openpyxl.load_workbook(path)
        [sheet] = [book[name] for name in book.sheetnames if name.startswith(form)]
        assert sheet["A1"].value == (title or sheet["A1"].value)
        printed: dict[Any, list[Any]] = defaultdict(list)
        for page, table, row, number, decimals in con.execute(
            "select page, table_no, row_no, amount_printed, decimals from audit.reported_amount"
            " where report_key = $1 and form_code = $2 order by page, table_no, row_no, column_no",
            [report, form],
        ).fetchall():
            printed[page, table, row].append((Decimal(number), decimals) if number is not None else None)
        rows = []
        for cells in sheet.iter_rows(min_row=3):
            numbers = [
                (_exact(cell.value, cell.number_format), len(cell.number_format.partition(".")[2]))
                for cell in cells
                if isinstance(cell.value, (int, float))
            ]
            if numbers:
                rows.append(numbers)
        expected = [
            filled for row in printed.values() if (filled := [cell for cell in row if cell is not None])
        ]
        assert rows == expected, (path.name, form)
        seen += sum(map(len, rows))
    [(amounts,)] = con.execute(
        "select count(*) from audit.reported_amount where amount_printed is not null"
    ).fetchall()
    assert seen == amounts > 500


def _exact(value: float, shown: str) -> Decimal:
    """Return the number that a spreadsheet shows for a value in a format."""
    return Decimal(repr(value)).quantize(Decimal(1).scaleb(-len(shown.partition(".")[2])))


def test_a_workbook_says_what_is_printed_and_how_the_report_ended(exported: Path) -> None:
    [path] = (exported / "xlsx" / "2021").glob("*.xlsx")
    book = openpyxl.load_workbook(path)
    about = {row[0]: row[1] for row in book.worksheets[0].iter_rows(values_only=True)}
    assert (about["文件 File"], about["结论 Verdict"]) == (GOOD, "accepted")
    income = book["F02 收入决算表"]
    assert [income["A2"].value, income["I2"].value] == ["部门：虚构市示例区水务局", "单位：万元"]
    assert [cell.value for cell in income[3]][:4] == ["科目编码", "科目名称", "本年收入合计", "财政拨款收入"]
    assert [cell.value for cell in income[5]] == ["208", "社会保障和就业支出", 203.31, 203.31, *[None] * 5]
    assert income["C5"].number_format == "#,##0.00"
    expenses = book['F09 财政拨款"三公"经费支出决算表']
    assert [cell.value for cell in expenses[3]][:3] == ["合计", None, "因公出国（境）费"]
    assert [cell.value for cell in expenses[4]][:2] == ["预算数", "决算数"]
    [quarantined] = (exported / "xlsx" / "2020").glob("*.xlsx")
    reasons = openpyxl.load_workbook(quarantined).worksheets[0]["B5"].value
    assert "F03-ROW" in str(reasons)


def test_the_same_database_gives_the_same_bytes(exported: Path, tmp_path: Path) -> None:
    def files(folder: Path) -> dict[str, bytes]:
        paths = [path for path in folder.rglob("*") if path.is_file()]
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}

    fiscal("export", tmp_path / "again")
    first, second = files(exported), files(tmp_path / "again")
    assert first.keys() == second.keys()
    assert [name for name, content in first.items() if second[name] != content] == []
    listed = json.loads(first["manifest.json"])["files"]
    assert {entry["path"] for entry in listed} == first.keys() - {"manifest.json"}
    assert "0 files written" in fiscal("export", exported).stdout


def test_what_is_exported_can_be_limited(ingested: Result, tmp_path: Path) -> None:
    def lines(folder: str, schema: str, table: str) -> dict[str, int]:
        return {
            path.stem: len(list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))) - 1
            for path in (tmp_path / folder / "csv" / schema / table).glob("*.csv")
        }

    done = fiscal(
        "export",
        tmp_path / "year",
        "--formats",
        "csv",
        "--year",
        "2021",
        "--tables",
        "dim_report, audit.report,dim_form",
    )
    assert done.exit_code == 0
    assert not (tmp_path / "year" / "parquet").exists()
    assert lines("year", "audit", "report") == {"2021": 1}
    assert lines("year", "marts", "dim_form") == {"all": 10}
    one = fiscal(
        "export", tmp_path / "one", "--report", GOOD, "--formats", "parquet,xlsx", "--tables", "audit.report"
    )
    assert "1 tables with 1 rows, 1 workbooks" in one.stdout
    package = Package(str(tmp_path / "one" / "datapackage.json"))  # refuses a descriptor that is not valid
    [resource] = package.resources
    assert (resource.path, resource.format) == ("parquet/audit/report/2021.parquet", "parquet")
    assert resource.schema.get_field("pages").type == "integer"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--formats", "csv,pdf"], "--formats csv,pdf: give one or more of parquet, csv, xlsx"),
        (["--tables", "moon"], "moon: no such table; there are audit.cause"),
        (["--report", "ffffffff"], "ffffffff: no such report"),
    ],
)
def test_what_cannot_be_exported_is_told(
    ingested: Result, tmp_path: Path, arguments: list[str], message: str
) -> None:
    done = fiscal("export", tmp_path / "out", *arguments)
    assert done.exit_code == 2
    assert message in done.stderr
    assert not (tmp_path / "out").exists()
