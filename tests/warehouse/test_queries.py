"""The questions of docs/queries.md: every query runs on sample reports and gives what the document shows.

python -m tests.warehouse.test_queries    write the results into the document (make docs)
"""

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from pipeline import stages
from pipeline.acquire.archive import ArchivedFile
from pipeline.acquire.intake import archive_files
from pipeline.config import PROJECT_DIR, settings
from pipeline.warehouse.database import open_build
from pipeline.warehouse.models import build_models
from tests.stages.files import write_samples

DOCUMENT = PROJECT_DIR / "docs" / "queries.md"
# Two years of one department, a school with funds, and the figures of a real report, with warnings.
SAMPLES = ("示例区水务局_2022", "示例区水务局_2023", "职业技术学校_2023", "创新协同中心_2023")
_QUESTION = re.compile(r"^## (?P<title>.+?)\n\n```sql\n(?P<sql>.+?)\n```\n\n", re.MULTILINE | re.DOTALL)


def ingest(folder: Path) -> None:
    """Fill the build database of the settings with the samples, marts included."""
    files = archive_files(write_samples(folder, *SAMPLES))
    archived = [file for file in files if isinstance(file, ArchivedFile)]
    assert len(archived) == len(SAMPLES)
    for stage in (stages.read_documents, stages.derive_facts, stages.check_reports, stages.gate_reports):
        stage(archived)
    stages.load_reports(archived)
    build_models()


def answered(text: str, con: duckdb.DuckDBPyConnection) -> str:
    """Return the document with the result of each query behind it."""
    questions = list(_QUESTION.finditer(text))
    parts = [text[: questions[0].start()]]
    parts += [question.group() + _table(con.sql(question["sql"])) + "\n" for question in questions]
    return "".join(parts).rstrip("\n") + "\n"


def _table(result: duckdb.DuckDBPyRelation) -> str:
    rows = [["" if value is None else str(value) for value in row] for row in result.fetchall()]
    if not rows:
        return "没有行。No rows.\n"
    lines = [result.columns, ["---"] * len(result.columns), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A build database of the samples."""
    folder = tmp_path_factory.mktemp("queries")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FISCAL_DATA_DIR", str(folder / "data"))
        settings.cache_clear()
        ingest(folder / "in")
        with open_build() as con:
            yield con
    settings.cache_clear()


@pytest.mark.slow
def test_every_question_has_the_answer_that_the_document_shows(warehouse: duckdb.DuckDBPyConnection) -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert len(_QUESTION.findall(text)) >= 20
    assert answered(text, warehouse) == text


@pytest.mark.slow
def test_every_row_of_the_marts_leads_to_cells_or_figures(warehouse: duckdb.DuckDBPyConnection) -> None:
    columns = warehouse.execute(
        "select table_name, column_name from duckdb_columns()"
        " where schema_name = 'marts' and column_name in ('cell_nos', 'claim_nos') order by all"
    ).fetchall()
    assert len(columns) > 15
    for table, column in columns:
        source, key = {
            "cell_nos": ("audit.reported_amount", "cell_no"),
            "claim_nos": ("audit.narrative_claim", "claim_no"),
        }[column]
        lost = warehouse.execute(
            f"select count(*) from (select report_key, unnest({column}) as {key} from marts.{table})"
            f" anti join {source} using (report_key, {key})"
        ).fetchall()
        assert lost == [(0,)], table


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as work, pytest.MonkeyPatch.context() as environment:
        environment.setenv("FISCAL_DATA_DIR", str(Path(work) / "data"))
        settings.cache_clear()
        ingest(Path(work) / "in")
        with open_build() as connection:
            DOCUMENT.write_text(answered(DOCUMENT.read_text(encoding="utf-8"), connection), encoding="utf-8")
