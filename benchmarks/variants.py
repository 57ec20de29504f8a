"""Which variants of print are read exactly: a table of names, forms, cells, and what differs.

    python benchmarks/variants.py [WORD...]

Each named look (`samples.looks`) with one report, and each template family (`samples.families`), are
written, read and compared with what was printed, cell by cell; words choose those whose name has one of them.
Ends with 1 when any differs. For random looks: `FISCAL_EXAMPLES=500 pytest tests/forms/test_variants.py`.
"""

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path

from pipeline.forms.extract import extract_facts
from pipeline.read.files import read_file
from samples import Layout, SampleReport, expected_amounts, write_report
from samples.families import FAMILIES
from samples.looks import LOOKS

KEY = ("form", "side", "item_code", "item_name", "measure")


def variants() -> Iterator[tuple[str, SampleReport, Layout]]:
    """Yield the name, the report and the look of each variant."""
    for name, family in FAMILIES.items():
        yield name, family.report(), family.layout
    report = FAMILIES["nine forms 2021"].report()
    for name, look in LOOKS.items():
        yield name, report, look


def differences(report: SampleReport, layout: Layout, path: Path) -> tuple[int, int]:
    """Write and read a report; return how many cells were printed, and how many of them are not read so."""
    write_report(report, layout, path)
    facts = extract_facts(read_file(path, max_pages=500))
    found = _cells(
        {
            "form": amount.form_code,
            "side": amount.side,
            "item_code": amount.item_code,
            "item_name": amount.item_name,
            "measure": amount.measure,
            "value": amount.amount_printed,
        }
        for amount in facts.amounts
    )
    printed = _cells(expected_amounts(report, layout))
    wrong = sum(((found - printed) + (printed - found)).values())
    units = {form.form_code: form.unit for form in facts.forms}
    return printed.total(), wrong + sum(units.get(form) != layout.unit_of(form) for form in report.forms)


def _cells(rows: Iterable[Mapping[str, str | None]]) -> Counter[tuple[object, ...]]:
    """Return cells with their values, the second of a name that recurs as the second."""
    seen: Counter[tuple[str, ...]] = Counter()
    cells: Counter[tuple[object, ...]] = Counter()
    for row in rows:
        key = tuple((row[name] or "").replace("(", "（").replace(")", "）") for name in KEY)
        seen[key] += 1
        value = row["value"]
        cells[(*key, seen[key], None if value is None else Decimal(value))] += 1
    return cells


def main() -> int:
    """Print a line per variant, and how many were read exactly."""
    parser = argparse.ArgumentParser(description="Read every variant of print and compare.")
    parser.add_argument("words", nargs="*", help="parts of names; all variants where none is given")
    words = parser.parse_args().words
    tried = exact = cells = 0
    with tempfile.TemporaryDirectory() as scratch:
        for name, report, layout in variants():
            if words and not any(word in name for word in words):
                continue
            count, wrong = differences(report, layout, Path(scratch) / "report.pdf")
            tried, exact, cells = tried + 1, exact + (not wrong), cells + count
            outcome = f"{wrong} differ" if wrong else "exact"
            sys.stdout.write(f"{outcome:>12}  {count:>5} cells  {len(report.forms)} forms  {name}\n")
            sys.stdout.flush()
    sys.stdout.write(f"{exact} of {tried} variants exact, {cells} cells\n")
    return 0 if exact == tried else 1


if __name__ == "__main__":
    sys.exit(main())
