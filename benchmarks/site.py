"""How long the website of many reports takes to build, and to build again when nothing has changed.

    python benchmarks/site.py [--reports 1000] [--workers 0] [DATABASE]

The reports of a published database (default: the one of the settings, made by `make run`) are copied under
other keys and department names until there are enough, so every page has the facts, checks and claims of a
whole report. The archive does not hold the copies, so their pages say that there is no picture: drawing them
is not measured.
"""

import argparse
import os
import tempfile
import time
from pathlib import Path

import duckdb

from pipeline.config import settings
from pipeline.site.build import Summary, build_site
from pipeline.sql_text import literal

# What names a report or a department, and what stands for it in copy number `copy`.
_COPIED = {
    "report_key": "left(md5(t.report_key || copy), 16)",
    "previous_report_key": "left(md5(t.previous_report_key || copy), 16)",
    "sha256": "md5(t.sha256 || copy) || md5(copy || t.sha256)",
    "department_name": "t.department_name || copy",
    "department_key": "left(md5(d.department_name || copy), 16)",
}


def copied(source: Path, target: Path, reports: int) -> int:
    """Write a database with at least `reports` reports, all of them copies; return how many there are."""
    with duckdb.connect(target) as con:
        con.execute(f"attach {literal(str(source))} as source (read_only)")
        [(there,)] = con.execute("select count(*) from source.audit.report").fetchall()
        copies = -(-reports // there)
        tables = con.execute(
            "select schema_name, table_name, list(column_name order by column_index) from duckdb_columns()"
            " where database_name = 'source' and schema_name in ('audit', 'marts') group by all"
        ).fetchall()
        for schema in ("audit", "marts"):
            con.execute(f"create schema {schema}")
        for schema, table, columns in tables:
            name = f"{schema}.{table}"
            keys = [column for column in columns if column in _COPIED]
            if not {"report_key", "department_key", "sha256"} & set(keys):
                con.execute(f"create table {name} as from source.{name}")
                continue
            changes = ", ".join(f"{_COPIED[column]} as {column}" for column in keys)
            join = (
                "left join source.marts.dim_department as d using (department_key)"
                if "department_key" in keys
                else ""
            )
            con.execute(
                f"create table {name} as select t.* replace ({changes})"
                f" from source.{name} as t {join},"
                f" (select '第' || i || '号' as copy from range({copies}) as r(i))"
            )
    return int(there * copies)


def told(what: str, done: Summary, seconds: float) -> None:
    """Print what a build did, how long it took, and how many processes wanted a core meanwhile."""
    print(
        f"{what}: {seconds:6.1f} s at a load of {os.getloadavg()[0]:.1f} for {done.reports} reports and "
        f"{done.departments} departments; "
        f"{done.written} pages written, {done.unchanged} unchanged, {done.pictures} pictures drawn"
    )


def main() -> None:
    """Make the database, build the site twice, print the times and the size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("database", nargs="?", type=Path, default=settings().published_database)
    parser.add_argument("--reports", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=0, help="0 = one per core")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "many.duckdb"
        copied(given.database, database, given.reports)
        site = Path(folder) / "site"
        for what in ("first build ", "second build"):
            start = time.perf_counter()
            done = build_site(site, database, given.workers)
            told(what, done, time.perf_counter() - start)
        files = [path for path in site.rglob("*") if path.is_file()]
        print(f"{len(files)} files, {sum(path.stat().st_size for path in files) / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
