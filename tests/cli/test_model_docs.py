"""dbt's documentation is one file that asks for nothing from elsewhere."""

from pathlib import Path

import pytest
from typer.testing import Result

from pipeline.config import settings
from pipeline.warehouse.models import write_docs


@pytest.mark.slow
def test_the_documentation_of_the_models_is_one_file(ingested: Result, tmp_path: Path) -> None:
    target = tmp_path / "docs" / "models.html"
    write_docs(settings().build_database, target)
    text = target.read_text(encoding="utf-8")
    for words in (
        '"unique_id": "model.fiscal.fct_income"',  # the manifest is in it
        "DECIMAL(20,2)",  # and so is the catalog
        "One row per row of the income form (F02)",
        '"send_anonymous_usage_stats": false',
    ):
        assert words in text, words
    assert "INLINE DATA" not in text
    assert [path.name for path in target.parent.iterdir()] == ["models.html"]
