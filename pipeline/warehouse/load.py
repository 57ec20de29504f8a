"""Loading staged results into the build database: one batch, one transaction, nothing without a gate record.

Belongs here: the split into accepted reports (audit.* and raw.*) and the others (audit.* only), replacing,
revisions. Does not: judging a report (`audit.gate`) or deriving anything from amounts (dbt).

The load trusts no caller: it reads the gate record itself and hashes the very bytes it loads, so that facts
which the gate has not seen, or which were altered afterwards, are refused however the load was started.
"""

import time
from collections.abc import Sequence
from pathlib import Path

import duckdb
import msgspec

from pipeline.acquire.archive import ArchivedFile
from pipeline.audit.results import ACCEPTED
from pipeline.audit.rulebook import rulebook
from pipeline.facts import FACT_SCHEMAS
from pipeline.staging import Outcome, Staged
from pipeline.warehouse.batch import (
    FILE_COLUMNS,
    RefusedFactsError,
    read_gate,
    register_files,
    register_gates,
    register_outcomes,
    require_accounted_for,
    require_vouched,
)
from pipeline.warehouse.database import transaction
from pipeline.warehouse.revisions import compare_revisions, number_revisions
from pipeline.warehouse.years import compare_years

FACT_TABLES = tuple(name for name in FACT_SCHEMAS if name != "header")
AUDIT_TABLES = ("report", *FACT_TABLES, "check_result", "cause", "gate", "waiver")
RAW_TABLES = ("report", "reported_amount")
# A statement over more files than this gains nothing and holds more file handles.
FILES_PER_STATEMENT = 500


class LoadSummary(msgspec.Struct, frozen=True):
    """What one load did. `loaded` and `unchanged` count files, `verdicts` all files of the batch.

    `rows` are the rows written per table.
    """

    loaded: int
    unchanged: int
    verdicts: dict[str, int]
    rows: dict[str, int]
    seconds: float


def load_batch(
    con: duckdb.DuckDBPyConnection,
    staged: Sequence[Staged],
    files: Sequence[ArchivedFile],
    outcomes: Sequence[Outcome],
) -> LoadSummary:
    """Load one batch in one transaction: either all of it is in the database afterwards, or nothing.

    `staged` are the reports that went through all stages; `files` is every file of the batch, also those
    that could not be read: a file that is not among `staged` must have a failed outcome. `outcomes` are all
    outcomes of the files. Files outside the batch are left alone; a report that was loaded before from the
    same content hash, verdict and fingerprints is skipped. Raises RefusedFactsError when a gate record is
    missing, does not fit the bytes or contradicts the check results, ValueError for a file not accounted for.
    """
    start = time.perf_counter()
    gates = {item.sha256: read_gate(item) for item in staged}
    require_accounted_for(staged, files, outcomes)
    with transaction(con):
        register_files(con, files)
        register_outcomes(con, outcomes)
        register_gates(con, staged, gates)
        con.execute(_CHANGED)
        # Counted before anything is deleted: a replaced report must not get the number it had.
        load_no = con.execute("select coalesce(max(load_no), 0) + 1 from audit.report").fetchall()[0][0]
        changed = {key for (key,) in con.execute("select sha256 from changed").fetchall()}
        pending = [item for item in staged if item.sha256 in changed]
        require_vouched(pending, gates)
        rows = _replace(con, pending)
        # Once more, after reading: nobody altered a file between the first look and the load.
        require_vouched(pending, gates)
        _refuse_contradictions(con)
        rows["outcome"] = _replace_outcomes(con)
        number_revisions(con)
        rows["revision_diff"] = compare_revisions(con)
        rows["check_result"] += compare_years(con)
        # Whatever changed about a report, its number says so: marts and the published copy go by it.
        con.execute(
            "update audit.report set load_no = $1 where report_key in (select report_key from touched)",
            [load_no],
        )
        rows |= _copy_accepted(con)
        verdicts = con.execute(
            "select verdict, count(*) from audit.report semi join batch_file using (sha256)"
            " group by verdict order by verdict"
        ).fetchall()
    return LoadSummary(
        loaded=len(changed),
        unchanged=len({file.sha256 for file in files} - changed),
        verdicts=dict(verdicts),
        rows=rows,
        seconds=time.perf_counter() - start,
    )


_UNCHANGED = """
select g.sha256
from batch_gate as g
inner join audit.report as r using (sha256)
inner join audit.gate as l using (sha256)
where
    l.content_hash = g.content_hash
    and l.verdict = g.verdict
    and l.reasons = g.reasons
    and l.suites = g.suites
    and r.document_fingerprint = g.document_fingerprint
    and r.facts_fingerprint = g.facts_fingerprint
    and r.checks_fingerprint = g.checks_fingerprint
    and r.gate_fingerprint = g.gate_fingerprint
"""

# Files to be written anew: reports with another gate record, and failures that are new or were reported
# otherwise.
_CHANGED = f"""
create or replace temp table failure as
select sha256, list(concat_ws(': ', stage, error_class, message) order by stage) as reasons
from batch_outcome
anti join batch_gate using (sha256)
where status = 'failed'
group by sha256;

create or replace temp table changed as
select sha256, left(sha256, 16) as report_key
from batch_file
where
    sha256 not in ({_UNCHANGED})
    and sha256 not in (
        select f.sha256
        from failure as f
        inner join audit.report as r using (sha256)
        where r.verdict = 'unreadable' and r.reasons = f.reasons
    )
"""

# What is known about the file: what an earlier load knew comes first.
_KNOWN_FILE = f"""
create or replace temp table known_file as
select f.sha256, {", ".join(f"coalesce(r.{column}, f.{column}) as {column}" for column in FILE_COLUMNS)}
from batch_file as f
left join audit.report as r using (sha256);

create or replace temp table touched as
select report_key from changed
union
select r.report_key
from audit.report as r
inner join known_file as k using (sha256)
where {" or ".join(f"r.{column} is distinct from k.{column}" for column in FILE_COLUMNS)};

update audit.report as r
set {", ".join(f"{column} = k.{column}" for column in FILE_COLUMNS)}
from known_file as k
where r.sha256 = k.sha256 and r.report_key in (select report_key from touched)
"""


def _replace(con: duckdb.DuckDBPyConnection, pending: Sequence[Staged]) -> dict[str, int]:
    """Write the changed files of the batch to audit.*, in place of what was there; return rows per table."""
    con.execute(_KNOWN_FILE)
    _delete_changed(con)
    rows = {
        **{
            name: _insert_files(con, f"audit.{name}", [item.fact(name) for item in pending])
            for name in FACT_TABLES
        },
        "check_result": _insert_files(con, "audit.check_result", [item.check for item in pending]),
        "cause": _insert_files(con, "audit.cause", [item.cause for item in pending]),
    }
    _read_headers(con, pending)
    con.execute(
        """
        insert into audit.gate by name
        select report_key, sha256, content_hash, verdict, reasons, suites, gate_fingerprint
        from batch_gate
        semi join changed using (sha256)
        """
    )
    rows["waiver"] = con.execute(
        "insert into audit.waiver by name select * from batch_waiver semi join changed using (report_key)"
    ).fetchall()[0][0]
    inserted = con.execute(
        """
        insert into audit.report by name
        select
            c.report_key,
            k.*,
            h.* exclude (report_key, sha256),
            coalesce(g.verdict, 'unreadable') as verdict,
            coalesce(g.reasons, x.reasons) as reasons,
            '' as account_key,  -- this and the next two: see number_revisions
            0 as revision_no,
            false as is_current,
            g.* exclude (report_key, sha256, verdict, reasons, suites),
            0 as load_no
        from changed as c
        inner join known_file as k using (sha256)
        left join header as h using (sha256)
        left join batch_gate as g using (sha256)
        left join failure as x using (sha256)
        order by c.sha256
        """
    )
    return {"report": inserted.fetchall()[0][0], **rows}


def _delete_changed(con: duckdb.DuckDBPyConnection) -> None:
    """Delete what an earlier load wrote about the changed files, and remember whose versions they were."""
    con.execute(
        "create or replace temp table replaced as"
        " select report_key, department_name, scope, fiscal_year, report_kind from audit.report"
        " where report_key in (select report_key from changed)"
    )
    if con.execute("select count(*) from replaced").fetchall() == [(0,)]:
        return  # new files only: no reason to look through the large tables
    for table in AUDIT_TABLES:
        con.execute(f"delete from audit.{table} where report_key in (select report_key from replaced)")
    for table in RAW_TABLES:
        con.execute(f"delete from raw.{table} where report_key in (select report_key from replaced)")


def _read_headers(con: duckdb.DuckDBPyConnection, pending: Sequence[Staged]) -> None:
    """Make the temporary table `header`, one row per pending report."""
    con.register("no_header", FACT_SCHEMAS["header"].empty_table())
    con.execute("create or replace temp table header as from no_header")
    _insert_files(con, "header", [item.header for item in pending])
    found = [sha256 for (sha256,) in con.execute("select sha256 from header order by sha256").fetchall()]
    if found != sorted(item.sha256 for item in pending):
        raise RefusedFactsError("staged headers are not one row for each file that they are named for")


def _insert_files(con: duckdb.DuckDBPyConnection, table: str, paths: Sequence[Path]) -> int:
    """Insert staged Parquet files, each of one report, and return the number of rows.

    Raises RefusedFactsError when a file holds rows of another report than the one it is named for.
    """
    count = 0
    for first in range(0, len(paths), FILES_PER_STATEMENT):
        names = [str(path) for path in paths[first : first + FILES_PER_STATEMENT]]
        foreign = con.execute(
            "select filename from read_parquet($1, filename = true)"
            " where left(parse_filename(filename), 16) is distinct from report_key limit 1",
            [names],
        ).fetchone()
        if foreign is not None:
            raise RefusedFactsError(f"{foreign[0]} holds rows of another report")
        inserted = con.execute(f"insert into {table} by name select * from read_parquet($1)", [names])
        count += inserted.fetchall()[0][0]
    return count


def _refuse_contradictions(con: duckdb.DuckDBPyConnection) -> None:
    """Refuse verdicts that the loaded rows contradict: a second line behind the gate."""
    hard = con.execute(
        """
        select distinct r.report_key, c.check_id
        from audit.report as r
        semi join changed using (sha256)
        inner join audit.check_result as c using (report_key)
        where
            r.verdict in ('accepted', 'accepted_with_warnings')
            and c.severity = 'H' and c.status = 'fail'
        order by all
        """
    ).fetchall()
    hard += con.execute(
        """
        select distinct r.report_key, c.check_id
        from audit.report as r
        semi join changed using (sha256)
        inner join audit.check_result as c using (report_key)
        anti join audit.waiver as w on
            w.report_key = c.report_key
            and w.check_id = c.check_id
            and w.form_code is not distinct from c.form_code
            and w.subject is not distinct from c.subject
            and w.measure is not distinct from c.measure
            and w.difference is not distinct from c.difference
            and w.state = 'applied'
        where r.verdict = 'waived' and c.severity = 'H' and c.status = 'fail'
        order by all
        """
    ).fetchall()
    if hard:
        raise RefusedFactsError(f"accepted reports with failed hard checks: {hard}")
    foreign = con.execute(
        "select distinct report_key, check_id from audit.check_result semi join changed using (report_key)"
        " where check_id in (select unnest($1::varchar[])) order by all",
        [rulebook().year_ids()],
    ).fetchall()
    if foreign:
        raise RefusedFactsError(f"staged results of checks across years, which the load computes: {foreign}")
    kinds = con.execute(
        "select report_key, report_kind from audit.report semi join changed using (sha256)"
        f" where verdict in {ACCEPTED} and report_kind is distinct from 'final_account'"
    ).fetchall()
    if kinds:
        raise RefusedFactsError(f"accepted reports that are no final accounts: {kinds}")
    twice = con.execute("select sha256 from audit.report group by sha256 having count(*) > 1").fetchall()
    if twice:
        raise RefusedFactsError(f"reports loaded more than once: {twice}")


def _replace_outcomes(con: duckdb.DuckDBPyConnection) -> int:
    """Replace the outcomes of the files of which any outcome differs; return the rows written."""
    con.execute(
        """
        create or replace temp table new_outcome as
        (from batch_outcome except select o.* from audit.outcome as o semi join batch_file using (sha256))
        union
        (select o.* from audit.outcome as o semi join batch_file using (sha256) except from batch_outcome)
        """
    )
    con.execute("delete from audit.outcome where sha256 in (select sha256 from new_outcome)")
    written = con.execute(
        "insert into audit.outcome select * from batch_outcome"
        " where sha256 in (select sha256 from new_outcome) order by sha256, ended_at, stage"
    )
    return int(written.fetchall()[0][0])


def _copy_accepted(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Copy the accepted ones of the changed reports to raw.*; return rows written per table."""
    # Of a report that gained a newer version or a source address, only its line in raw.report changes.
    con.execute("delete from raw.report where report_key in (select report_key from touched)")
    rows = {}
    for table in RAW_TABLES:
        keys = "touched" if table == "report" else "changed"
        inserted = con.execute(
            f"insert into raw.{table} select * from audit.{table}"
            f" where report_key in (select report_key from {keys}) and report_key in"
            f" (select report_key from audit.report where verdict in {ACCEPTED})"
        )
        rows[f"raw.{table}"] = inserted.fetchall()[0][0]
    return rows
