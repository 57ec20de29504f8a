"""`python -m samples ARCHIVE` puts the sample reports into the archive; see `--help`.

An archived file is never changed. After a change of the generator the files made before stay beside the new
ones until they are removed by hand (`git rm`).
"""

import argparse
import sys
import tempfile
from pathlib import Path

from pipeline.acquire.archive import Archive
from samples import sample_set, write_report


def write_set(folder: Path) -> dict[Path, int]:
    """Write the sample set into a folder; return the files with their fiscal years."""
    folder.mkdir(parents=True, exist_ok=True)
    written = {}
    for name, report, layout in sample_set():
        write_report(report, layout, folder / name)
        written[folder / name] = report.fiscal_year
    return written


def main() -> int:
    """Write the sample set and print one line per file."""
    parser = argparse.ArgumentParser(
        prog="python -m samples", description="Write the sample reports as PDF files."
    )
    parser.add_argument(
        "folder", type=Path, help="the archive, by default `data/raw`", nargs="?", default="data/raw"
    )
    parser.add_argument(
        "--flat", action="store_true", help="write plain files, without archive names and manifests"
    )
    arguments = parser.parse_args()
    if arguments.flat:
        paths = list(write_set(arguments.folder))
    else:
        archive = Archive(arguments.folder)
        with tempfile.TemporaryDirectory() as scratch:
            files = write_set(Path(scratch))
            paths = [archive.add_file(path, year=year, source="samples").path for path, year in files.items()]
    for path in paths:
        sys.stdout.write(f"{path.stat().st_size:>8} {path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
