"""What the command prints, in which form, and how it ends."""

import csv
import io
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from PIL import Image
from typer.testing import Result

from pipeline.config import settings
from pipeline.pictures import COLOURS
from tests.cli.command import GOOD, fiscal
from tests.stages.files import data_dir

__all__ = ["data_dir"]


@pytest.mark.slow
def test_ingest_prints_a_line_per_report_and_what_to_do(ingested: Result) -> None:
    lines = ingested.stdout.splitlines()
    assert ingested.exit_code == 1  # the text file could not be read
    assert [line.split()[0] for line in lines if line and not line.startswith(" ")][:3] == [
        "quarantined",
        "accepted",
        "unreadable",
    ]
    assert any("2021 虚构市示例区水务局" in line for line in lines)
    assert any(line.startswith("    F03-ROW") and "difference -100.00" in line for line in lines)
    assert any("说明2023年.txt is a text file" in line for line in lines)
    assert "3 files in" in ingested.stdout
    assert "1 accepted, 1 quarantined, 1 unreadable" in ingested.stdout
    assert "fiscal checks REPORT --failed" in ingested.stdout


@pytest.mark.slow
def test_ingesting_the_same_again_runs_nothing(ingested: Result) -> None:
    def runs() -> int:
        return len(list((settings().dagster_home / "history" / "runs").glob("*.db")))

    before = runs()
    published = settings().published_database.stat().st_mtime_ns
    again = fiscal("ingest", settings().data_dir.parent / "in")
    assert again.exit_code == 0
    assert "2 files in" in again.stdout
    assert "1 accepted, 1 quarantined" in again.stdout
    assert runs() == before > 0
    assert settings().published_database.stat().st_mtime_ns == published


@pytest.mark.slow
def test_status_in_every_format(ingested: Result) -> None:
    rows = list(csv.DictReader(io.StringIO(fiscal("status", "--format", "csv").stdout)))
    assert [(row["fiscal_year"], row["verdict"]) for row in rows] == [
        ("2020", "quarantined"),
        ("2021", "accepted"),
        ("", "unreadable"),
    ]
    [record] = json.loads(fiscal("status", "--year", "2021", "-f", "json").stdout)
    assert (record["department_name"], record["pages"]) == ("虚构市示例区水务局", int(rows[1]["pages"]))
    assert json.loads(fiscal("status", "--year", "2023", "-f", "json").stdout)[0]["verdict"] == "unreadable"
    assert json.loads(fiscal("status", "--verdict", "waived", "-f", "json").stdout) == []
    table = fiscal("status", "--verdict", "accepted").stdout
    assert "虚构市示例区水务局" in table
    assert "含错示例" not in table


@pytest.mark.slow
def test_checks_of_a_report_by_name_and_by_digits(ingested: Result) -> None:
    name = "含错示例_虚构市示例规划局_2020年度部门决算.pdf"
    by_name = json.loads(fiscal("checks", name, "--failed", "-f", "json").stdout)
    [row] = [row for row in by_name if row["check_id"] == "F03-ROW"]
    assert (row["severity"], row["reported"], row["computed"]) == ("H", "4267300.0000", "5267300.0000")
    key = json.loads(fiscal("status", "--verdict", "quarantined", "-f", "json").stdout)[0]["report_key"]
    assert json.loads(fiscal("checks", key[:6], "--failed", "-f", "json").stdout) == by_name
    assert len(json.loads(fiscal("checks", key, "-f", "json").stdout)) > len(by_name)


@pytest.mark.slow
def test_sql_keeps_amounts_exact_and_the_database_unchanged(ingested: Result) -> None:
    query = "select 0.1::decimal(20,2) as amount, null as nothing, [1, 2] as pages, '合计' as item"
    assert fiscal("sql", query, "-f", "csv").stdout == "amount,nothing,pages,item\n0.10,,1; 2,合计\n"
    assert json.loads(fiscal("sql", "-", "-f", "json", stdin=query).stdout) == [
        {"amount": "0.10", "nothing": None, "pages": [1, 2], "item": "合计"}
    ]
    refused = fiscal("sql", "delete from audit.report")
    assert refused.exit_code == 2
    assert "read-only" in refused.stderr
    wrong = fiscal("sql", "selec 1")
    assert wrong.exit_code == 2
    assert "syntax error" in wrong.stderr


@pytest.mark.slow
def test_show_draws_the_pages_of_a_form(ingested: Result, tmp_path: Path) -> None:
    shown = fiscal("show", GOOD, "--form", "F09", "-o", tmp_path)
    assert shown.exit_code == 0
    [picture] = [Path(line) for line in shown.stdout.splitlines()]
    with Image.open(picture) as image:
        assert min(image.size) > 800  # A4 at 110 dots per inch
        colours = image.convert("RGB").getcolors(image.width * image.height) or []
    green = sum(count for count, (red, grn, blue) in colours if grn > red + 20 and grn > blue + 20)
    assert green > 5_000  # the twelve cells that became amounts
    assert fiscal("show", GOOD, "--page", "1", "-o", tmp_path).exit_code == 0
    assert "there is no page 999" in fiscal("show", GOOD, "--page", "999", "-o", tmp_path).stderr
    assert "has no form F10; it has F01" in fiscal("show", GOOD, "--form", "F10").stderr
    assert "either --page or --form or --check" in fiscal("show", GOOD).stderr


@pytest.mark.slow
def test_show_draws_what_a_check_compares(ingested: Result, tmp_path: Path) -> None:
    name = "含错示例_虚构市示例规划局_2020年度部门决算.pdf"
    shown = fiscal("show", name, "--check", "F03-ROW", "-o", tmp_path)
    assert (shown.exit_code, shown.stderr) == (0, "")
    [picture] = shown.stdout.splitlines()
    _, counts = pixels(picture)
    assert counts[COLOURS["concerned"]] > 300  # the outlines of the cells of one row
    assert "check F99 names no page" in fiscal("show", name, "--check", "F99").stderr


@pytest.fixture
def doubtful(ingested: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The same installation, but a place of page 12 of the good report is flagged and one is unmapped.

    Gives the folder of the staged documents.
    """
    origin, copy = settings().data_dir, tmp_path / "doubtful"
    shutil.copytree(origin / "warehouse", copy / "warehouse")
    shutil.copytree(origin / "build" / "staged" / "document", copy / "build" / "staged" / "document")
    (copy / "raw").symlink_to(origin / "raw")
    monkeypatch.setenv("FISCAL_DATA_DIR", str(copy))
    settings.cache_clear()
    settings().published_database.chmod(0o644)
    with duckdb.connect(settings().published_database) as con:
        [(key,)] = con.execute("select report_key from audit.report where verdict = 'accepted'").fetchall()
        con.execute(
            """
            insert into audit.reading_flag values
                ($1, 1, 'in_no_cell', null, null, 12, 1, 'page 12', '5.00', null, null, 100, 700, 150, 720,
                null)
            """,
            [key],
        )
        con.execute(
            """
            insert into audit.unmapped values
                ($1, 1, 'form_title', null, '月球开发表', ['5.00', '6.00'], 12, 1, 'page 12, above table 1',
                200, 750, 260, 770, '项目 | 金额', 'F07 F08')
            """,
            [key],
        )
    yield settings().staged_dir / "document"
    monkeypatch.undo()
    settings.cache_clear()


def pixels(path: str) -> tuple[Image.Image, dict[object, int]]:
    """Return a picture without its legend, and how many pixels it has of each colour."""
    with Image.open(path) as image:
        page = image.convert("RGB").crop((0, 0, image.width, image.height - 28))
    return page, {colour: count for count, colour in page.getcolors(page.width * page.height) or []}


@pytest.mark.slow
def test_flagged_and_unmapped_places_are_drawn(doubtful: Path, tmp_path: Path) -> None:
    shown = fiscal("show", GOOD, "--page", "12", "-o", tmp_path)
    assert (shown.exit_code, shown.stderr) == (0, "")
    page, counts = pixels(shown.stdout.strip())
    assert page.size == (910, 1287)  # A4 at 110 dots per inch: 1.5286 pixels per point
    assert page.getpixel((154, 1071)) == COLOURS["flagged"]  # 100 and 700 points
    assert page.getpixel((307, 1148)) == COLOURS["unmapped"]  # 200 and 750 points
    assert counts[COLOURS["mapped"]] > 500  # the outlines of the amounts
    assert counts[COLOURS["cell"]] > 500  # of headers and labels


@pytest.mark.slow
def test_unmapped_things_are_listed_with_page_and_picture(doubtful: Path, tmp_path: Path) -> None:
    [row] = csv.DictReader(io.StringIO(fiscal("status", "--unmapped", "-f", "csv").stdout))
    assert {name: row[name] for name in ("fiscal_year", "kind", "text_printed", "resembles", "page")} == {
        "fiscal_year": "2021",
        "kind": "form_title",
        "text_printed": "月球开发表",
        "resembles": "F07 F08",
        "page": "12",
    }
    assert (row["form_code"], row["numbers_printed"]) == ("", "5.00; 6.00")
    assert (row["locator"], "picture" in row) == ("page 12, above table 1", False)
    [drawn] = json.loads(fiscal("status", "--unmapped", "--pictures", tmp_path, "-f", "json").stdout)
    assert drawn["picture"] == str(tmp_path / f"{drawn['report_key']}_p012.png")
    assert pixels(drawn["picture"])[0].getpixel((307, 1148)) == COLOURS["unmapped"]
    table = fiscal("status", "--unmapped").stdout
    assert "月球开发表 (resembles F07 F08) [项目 | 金额]" in table
    assert "2: 5.00 6.00" in table
    assert json.loads(fiscal("status", "--unmapped", "--year", "2020", "-f", "json").stdout) == []
    [status] = json.loads(fiscal("status", "--year", "2021", "-f", "json").stdout)
    assert (status["unmapped"], status["flags"]) == (1, 1)
    assert "--pictures goes with --unmapped" in fiscal("status", "--pictures", tmp_path).stderr


@pytest.mark.slow
def test_without_the_staged_document_the_amounts_are_drawn_and_the_way_to_more_is_told(
    doubtful: Path, tmp_path: Path
) -> None:
    shutil.rmtree(doubtful)
    shown = fiscal("show", GOOD, "--page", "12", "-o", tmp_path)
    assert shown.exit_code == 0
    assert "no longer staged" in shown.stderr
    assert "fiscal ingest --force" in shown.stderr
    _, counts = pixels(shown.stdout.strip())
    assert counts[COLOURS["mapped"]] > 500
    assert COLOURS["cell"] not in counts


@pytest.mark.slow
def test_a_row_is_traced_to_its_page(ingested: Result, tmp_path: Path) -> None:
    found = fiscal("trace", "fct_three_public", f"{GOOD}/budget", "-o", tmp_path)
    assert (found.exit_code, found.stderr) == (0, "")
    for words in ("printed “9.80” 万元 = 98000.00 元", "page 15, table 1, row 4, column 1", "N09-BUDGET"):
        assert words in found.stdout
    page, counts = pixels(found.stdout.splitlines()[-1])
    assert counts[COLOURS["concerned"]] > 100
    assert page.getpixel((62, 201)) == COLOURS["concerned"]  # 40.0 and 130.8 points at 1.5286 pixels
    chain = json.loads(
        fiscal("trace", "fct_three_public", f"{GOOD}/budget", "-f", "json", "-o", tmp_path).stdout
    )
    assert (chain["row"]["total_yuan"], chain["places"][0]["printed"]) == ("98000.00", "9.80")
    assert {check["check_id"]: check["status"] for check in chain["checks"]}["F09-TOTAL"] == "exact"
    wrong = fiscal("trace", "fct_three_public", GOOD)
    assert wrong.exit_code == 2
    assert "keyed by report_key/phase" in wrong.stderr
    no_such = fiscal("trace", "fct_three_public", f"{GOOD}/plan")
    assert (no_such.exit_code, "no row with" in no_such.stderr) == (2, True)


@pytest.mark.slow
def test_a_row_of_a_file_that_left_the_archive_is_traced_without_a_picture(
    ingested: Result, tmp_path: Path
) -> None:
    database = tmp_path / "data" / "warehouse" / "fiscal.duckdb"
    database.parent.mkdir(parents=True)
    shutil.copyfile(settings().published_database, database)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FISCAL_DATA_DIR", str(tmp_path / "data"))
        settings.cache_clear()
        found = fiscal("trace", "reported_amount", f"{GOOD}/1")
        quiet = fiscal("trace", "reported_amount", f"{GOOD}/1", "--no-picture", "-f", "json")
    settings.cache_clear()
    assert (found.exit_code, quiet.exit_code) == (1, 0)
    assert f"{GOOD} is not in the archive" in found.stderr
    assert "page 5" in found.stdout
    assert json.loads(quiet.stdout)["places"][0]["page"] == 5


@pytest.mark.slow
def test_a_report_that_is_not_there_or_not_one(ingested: Result) -> None:
    unknown = fiscal("checks", "ffffffff")
    assert unknown.exit_code == 2
    assert "ffffffff: no such report" in unknown.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ingest", "nowhere"], "nowhere: no such file or folder"),
        (["ingest"], "Missing argument"),
        (["status", "--verdict", "fine"], "fine: no such verdict; there are accepted"),
        (["status", "--format", "xml"], "'xml' is not one of"),
        (["frobnicate"], "No such command"),
    ],
)
def test_bad_arguments_are_told(data_dir: Path, arguments: list[str], message: str) -> None:
    result = fiscal(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert not data_dir.exists()


def test_an_empty_folder_is_told(data_dir: Path, tmp_path: Path) -> None:
    result = fiscal("ingest", tmp_path)
    assert result.exit_code == 2
    assert "no files in" in result.stderr


@pytest.mark.parametrize("command", [["status"], ["checks", "abcd"], ["sql", "select 1"]])
def test_without_a_database_the_way_to_one_is_told(data_dir: Path, command: list[str]) -> None:
    result = fiscal(*command)
    assert result.exit_code == 1
    assert "run `fiscal ingest` first" in result.stderr


def test_a_database_of_another_version_is_told(data_dir: Path) -> None:
    database = data_dir / "warehouse" / "fiscal.duckdb"
    database.parent.mkdir(parents=True)
    with duckdb.connect(database) as con:
        con.execute("create schema audit; create table audit.report (report_key varchar)")
    for command in (["status"], ["trace", "report", "abcd"], ["export", str(data_dir / "out")]):
        result = fiscal(*command)
        assert result.exit_code == 1
        assert "published by another version of this program; ingest again" in result.stderr
    assert not (data_dir / "out").exists()


def test_the_command_starts_without_its_heavy_libraries() -> None:
    code = (
        "import sys, pipeline.cli\n"
        "print([name for name in ('dagster', 'dbt', 'great_expectations', 'pandas', 'pdfplumber', 'duckdb')"
        " if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


@pytest.mark.slow
def test_a_waived_check_releases_the_report_and_leaves_its_mark(
    ingested: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FISCAL_REVIEW_DIR", str(tmp_path))
    settings.cache_clear()
    name = next((settings().data_dir.parent / "in").glob("*规划局_2020*")).name
    assert fiscal("waive", name, "F02-ROW", "--reason", "x").exit_code == 2  # did not fail there
    failed = fiscal("checks", name, "--failed", "--format", "json").stdout
    checks = sorted({row["check_id"] for row in json.loads(failed) if row["severity"] == "H"})
    assert "F03-ROW" in checks
    for check in checks:
        waived = fiscal("waive", name, check, "--reason", "原件如此", "--who", "李四")
        assert waived.exit_code == 0
        assert f"waived: {check}" in waived.stdout
    again = fiscal("ingest", settings().data_dir.parent / "in")
    assert [line.split()[0] for line in again.stdout.splitlines()[:1]] == ["waived"]
    mart = fiscal("sql", "select verdict from marts.dim_report where fiscal_year = 2020", "-f", "csv").stdout
    assert mart.split() == ["verdict", "waived"]
    rows = fiscal("sql", "select distinct who, state from audit.waiver", "-f", "csv").stdout.split()
    assert rows == ["who,state", "李四,applied"]
    monkeypatch.setenv("FISCAL_REVIEW_DIR", str(tmp_path / "none"))
    settings.cache_clear()
    assert fiscal("ingest", settings().data_dir.parent / "in").stdout.startswith("quarantined")
