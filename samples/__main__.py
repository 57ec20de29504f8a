"""`python -m samples DIR` writes the sample reports; see `--help`."""

import argparse
import sys
from pathlib import Path

from samples import sample_set, write_report


def main() -> int:
    """Write the sample set and print one line per file."""
    parser = argparse.ArgumentParser(
        prog="python -m samples", description="Write the sample reports as PDF files."
    )
    parser.add_argument("folder", type=Path, help="folder that receives the files")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    for name, report, layout in sample_set():
        path = arguments.folder / name
        write_report(report, layout, path)
        sys.stdout.write(f"{path.stat().st_size:>8} {path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
