"""What a report more costs in a small and in a large warehouse, and how fast analysts are answered.

    python benchmarks/warehouse.py                       # 100 against 10,000 reports
    python benchmarks/warehouse.py --sizes 100 1000

For each size a warehouse is filled in a folder of its own: the sample reports are ingested, then their staged
facts, check results and gate records are copied under new names (no PDF is made or read for these) and
loaded by the load itself. Then ten reports that the warehouse has not seen are ingested by the command, and
publishing and the queries of docs/queries.md are timed.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import duckdb
import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
from rich.console import Console
from rich.table import Table

import samples
from pipeline.acquire.archive import Archive, ArchivedFile
from pipeline.audit.gate import GateRecord
from pipeline.config import PROJECT_DIR, settings
from pipeline.facts import FACT_SCHEMAS, report_key
from pipeline.stages import Rules, load_reports, outcomes, rules_in_force, staged
from pipeline.staging import STAGES, Staged, write_atomically, write_outcome, write_parquet

ADDED = 10
QUERIES = PROJECT_DIR / "docs" / "queries.md"
QUERY = re.compile(r"```sql\n(.*?)```", re.DOTALL)


def fill(size: int) -> None:
    """Ingest the samples and load copies of them until the warehouse holds `size` reports."""
    run_command("ingest", str(PROJECT_DIR / "data" / "raw"))
    rules = rules_in_force()
    archive = Archive(settings().raw_dir)
    bases = [file for file in archive.list_files() if accepted(staged(file, rules))]
    copies = [
        copied(archive, bases[number % len(bases)], number // len(bases), rules)
        for number in range(size - len(bases))
    ]
    started = time.perf_counter()
    load_reports(copies)
    print(f"{size:,} reports: loaded {len(copies):,} copies in {time.perf_counter() - started:.1f} s")
    started = time.perf_counter()
    run_command("ingest", str(copies[0].path))
    print(f"{size:,} reports: marts of all built and published in {time.perf_counter() - started:.1f} s")


def accepted(report: Staged) -> bool:
    """Tell whether a report of the samples went through the gate with no hard failure."""
    return gate_of(report).verdict in ("accepted", "accepted_with_warnings")


def gate_of(report: Staged) -> GateRecord:
    """Return the gate record of a staged report."""
    return msgspec.json.decode(report.gate.read_bytes(), type=GateRecord)


@cache
def read(path: Path) -> pa.Table:
    """Return a staged table of a base, read once."""
    return pq.read_table(path)


def copied(archive: Archive, base: ArchivedFile, number: int, rules: Rules) -> ArchivedFile:
    """Archive a stand-in for one more report and stage for it what `base` states, under another name."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{number:05d}_{base.manifest.original_name}"
        path.write_text(f"stand-in for copy {number} of {base.sha256}", encoding="utf-8")
        copy = archive.add_file(path, year=int(base.year))
    before, after = staged(base, rules), staged(copy, rules)
    key = report_key(copy.sha256)
    write_atomically(after.document, b"")  # nobody reads it: the facts are there
    for name in FACT_SCHEMAS:
        table = with_column(read(before.fact(name)), "report_key", key)
        if name == "header":
            department = table["department_name"][0].as_py()
            table = with_column(table, "sha256", copy.sha256)
            table = with_column(table, "department_name", f"{department}{number:05d}号")
        write_parquet(after.fact(name), table)
    write_parquet(after.cause, with_column(read(before.cause), "report_key", key))
    write_parquet(after.check, with_column(read(before.check), "report_key", key))
    record = msgspec.structs.replace(
        gate_of(before), report_key=key, sha256=copy.sha256, content_hash=after.content_hash()
    )
    for outcome in outcomes(base, rules):
        if outcome.stage in STAGES:
            write_outcome(after.outcome(outcome.stage), msgspec.structs.replace(outcome, sha256=copy.sha256))
    write_atomically(after.gate, record.to_json())
    return copy


def with_column(table: pa.Table, name: str, value: str) -> pa.Table:
    """Return the table with one value in all rows of a column."""
    at = table.schema.get_field_index(name)
    return table.set_column(at, table.schema.field(at), pa.array([value] * len(table), pa.string()))


def unseen_reports(folder: Path) -> list[Path]:
    """Write ten reports of departments that the warehouse does not know."""
    paths = []
    for name, report, layout in samples.sample_set():
        if not name.startswith("含错") and len(paths) < ADDED:
            department = report.department.replace("示例", "新设")
            path = folder / f"{department}{report.fiscal_year}.pdf"
            samples.write_report(replace(report, department=department), layout, path)
            paths.append(path)
    return paths


def run_command(*arguments: str) -> None:
    """Run `fiscal` as its users do, in a process of its own; raises CalledProcessError when it fails."""
    command = Path(sys.executable).with_name("fiscal")
    done = subprocess.run([command, *arguments], check=False, capture_output=True, text=True)
    if done.returncode:
        print(done.stdout, done.stderr)
        done.check_returncode()


def steps_of_last_run() -> Iterator[tuple[str, float]]:
    """Yield the steps of the run that was started last, with their seconds."""
    os.environ["DAGSTER_HOME"] = str(settings().dagster_home.resolve())
    import dagster as dg

    with dg.DagsterInstance.get() as instance:
        [run] = instance.get_runs(limit=1)
        for step in instance.get_run_step_stats(run.run_id):
            if step.start_time and step.end_time:
                yield step.step_key, step.end_time - step.start_time


def publish_seconds() -> float:
    """Return what writing the published database anew takes."""
    from pipeline.warehouse.publish import publish

    settings().published_database.unlink()
    return publish().seconds


def query_seconds() -> list[tuple[float, str]]:
    """Return the seconds of each query of docs/queries.md, slowest first, with its first line."""
    text = QUERIES.read_text(encoding="utf-8") if QUERIES.exists() else ""
    found = []
    for sql in QUERY.findall(text):
        with duckdb.connect(settings().published_database, read_only=True) as con:
            started = time.perf_counter()
            con.execute(sql).fetchall()
            found.append((time.perf_counter() - started, sql.strip().splitlines()[0]))
    return sorted(found, reverse=True)


def measure(size: int, folder: Path) -> dict[str, float]:
    """Fill a warehouse of `size` reports under `folder`, add to it, and return the seconds by step."""
    os.environ["FISCAL_DATA_DIR"] = str(folder / "data")
    settings.cache_clear()
    fill(size)
    paths = unseen_reports(folder)
    started = time.perf_counter()
    run_command("ingest", *map(str, paths))
    seconds = {f"ingest {len(paths)} reports": time.perf_counter() - started}
    seconds |= {f"  {step}": spent for step, spent in steps_of_last_run()}
    seconds["publish all"] = publish_seconds()
    queries = query_seconds()
    if queries:
        seconds[f"slowest of {len(queries)} queries"] = queries[0][0]
    for spent, line in queries[:3]:
        print(f"{size:,} reports: {spent:.2f} s {line}")
    megabytes = settings().published_database.stat().st_size / 1e6
    print(f"{size:,} reports: published file {megabytes:,.0f} MB")
    return seconds


def show(measured: dict[int, dict[str, float]]) -> None:
    """Print the seconds side by side, with the ratio of the last size to the first."""
    first, last = min(measured), max(measured)
    table = Table("seconds", *(f"{size:,} reports" for size in measured), "ratio")
    for what in measured[last]:
        cells = [f"{seconds.get(what, float('nan')):.2f}" for seconds in measured.values()]
        before, after = measured[first].get(what), measured[last][what]
        table.add_row(what, *cells, f"{after / before:.2f}" if before else "")
    Console(width=140).print(table)


def main() -> None:
    """Fill, add, time, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--sizes", nargs="+", type=int, default=[100, 10_000])
    options = parser.parse_args()
    measured = {}
    for size in options.sizes:
        with tempfile.TemporaryDirectory() as folder:
            measured[size] = measure(size, Path(folder))
    show(measured)


if __name__ == "__main__":
    main()
