"""dbt's documentation of the models: lineage, SQL, tests and descriptions, as one file for a browser.

Belongs here: writing and opening that file. Does not: what it says (the YAML files beside the dbt models).

    python -m pipeline.warehouse.model_docs            write the file and print its path
    python -m pipeline.warehouse.model_docs --open     open it in a browser too

Column types come from an empty warehouse, built on the spot, so that nothing need have been ingested.
"""

import sys
import tempfile
import webbrowser
from pathlib import Path

from pipeline.config import settings
from pipeline.warehouse.models import build_models, write_docs


def main(arguments: list[str]) -> int:
    """Write the documentation under the data folder, with `--open` show it; return the exit code."""
    target = settings().data_dir / "docs" / "models.html"
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "empty.duckdb"
        build_models(database)
        write_docs(database, target)
    sys.stdout.write(f"{target}\n")
    if "--open" in arguments:
        webbrowser.open(target.resolve().as_uri())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
