"""Comparing reports with those for the year before, within a running load.

Belongs here: which departments a load concerns, which reports are of the same department in successive years,
replacing their results in `audit.check_result` and `audit.cause`, and what follows for their verdicts. Does
not: the checks themselves and causes (`audit.years`, `expectations/identities/years.yaml`).

Results across years are not in the staged files and under no gate record: they depend on other reports. So
the load computes them itself, from the facts it loaded, whenever a report of the department changes.
"""

import csv
from pathlib import Path

import duckdb
import pyarrow as pa

from pipeline.audit.rulebook import DEPARTMENT_CHANGES, rulebook
from pipeline.audit.years import COMPARED_FACTS, PAIR_SCHEMA, check_years, stale_figures, year_warnings
from pipeline.facts import Facts

_CHANGE_COLUMNS = (
    "effective_on",
    "kind",
    "from_department",
    "to_department",
    "division_code",
    "source",
    "note",
)
_CHANGE_KINDS = ("rename", "merge", "split")


def compare_years(con: duckdb.DuckDBPyConnection) -> int:
    """Check the departments of the reports in `touched` and `replaced` across years; return the rows written.

    Only the current versions are compared, since only these count: a report that is quarantined or was
    replaced has no results. A warning makes an accepted report `accepted_with_warnings`; that, too, is
    taken back when the warning goes. Adds the reports whose results, verdict or reasons change to `touched`.
    Raises ValueError when the table of changed departments cannot be used.
    """
    _register_changes(con, DEPARTMENT_CHANGES)
    con.execute(_CONCERNED)
    con.execute(_PAIRS)
    con.execute(f"create or replace temp table results_before as {_RESULTS}")
    pairs = con.execute("select * from year_pair").to_arrow_table().cast(PAIR_SCHEMA)
    _delete_results(con)
    written, warnings = 0, dict[str, list[str]]()
    if pairs.num_rows:
        facts = _facts(con)
        results = check_years(facts, pairs)
        warnings = year_warnings(results)
        con.register("year_result", results)
        inserted = con.execute("insert into audit.check_result by name select * from year_result")
        written = int(inserted.fetchall()[0][0])
        con.unregister("year_result")
        _explain_failures(con, facts, pairs)
    con.execute(
        f"insert into touched select report_key from ({_RESULTS}) as a"
        " full join results_before as b using (report_key) where a.content is distinct from b.content"
    )
    _change_verdicts(con, warnings)
    return written


# What was checked about the reports that this load leaves as they are, one hash per report.
_RESULTS = """
select report_key, sum(content) as content
from (
    select report_key, hash(c)::hugeint as content from audit.check_result as c
    union all
    select report_key, hash(c)::hugeint as content from audit.cause as c
)
where report_key in (select report_key from concerned anti join changed using (report_key))
group by report_key
"""

# Names that belong together by renames, merges and splits are looked at together.
_CONCERNED = """
create or replace temp table concerned_department as
with recursive account (department_name, scope) as (
    select distinct department_name, coalesce(scope, 'department')
    from (
        select department_name, scope from replaced
        union all
        select department_name, scope from audit.report
        where report_key in (select report_key from touched)
    )
    where department_name is not null
    union
    select if(c.from_department = a.department_name, c.to_department, c.from_department), a.scope
    from account as a
    inner join department_change as c on a.department_name in (c.from_department, c.to_department)
)
from account;

create or replace temp table concerned as
select
    r.report_key,
    r.file_name,
    r.department_name,
    coalesce(r.scope, 'department') as scope,
    r.division_code,
    r.fiscal_year,
    r.is_current and r.report_kind = 'final_account' and r.fiscal_year is not null as is_compared
from audit.report as r
semi join concerned_department as d
    on d.department_name = r.department_name and d.scope = coalesce(r.scope, 'department')
"""

# A renamed department is followed where it has no report for the year before under its own name. The report
# for a year is published in the next one, perhaps under the name of then.
_PAIRS = """
create or replace temp table year_pair as
with compared as (select * from concerned where is_compared),
same as (
    select t.report_key, t.file_name, o.report_key as other_report_key, o.file_name as other_file_name
    from compared as t
    inner join compared as o
        on
            o.department_name = t.department_name
            and o.scope = t.scope
            and o.fiscal_year = t.fiscal_year - 1
            and (o.division_code = t.division_code or o.division_code is null or t.division_code is null)
),
renamed as (
    select distinct
        t.report_key, t.file_name, o.report_key as other_report_key, o.file_name as other_file_name
    from compared as t
    inner join department_change as c
        on
            c.kind = 'rename'
            and c.to_department = t.department_name
            and year(c.effective_on) <= t.fiscal_year + 1
            and (c.division_code = t.division_code or c.division_code is null or t.division_code is null)
    inner join compared as o
        on
            o.department_name = c.from_department
            and o.scope = t.scope
            and o.fiscal_year = t.fiscal_year - 1
            and (o.division_code = t.division_code or o.division_code is null or t.division_code is null)
    anti join same on same.report_key = t.report_key
),
reorganised as (
    select
        t.report_key,
        any_value(t.file_name) as file_name,
        string_agg(distinct concat(
            case c.kind when 'merge' then 'merged: ' else 'split: ' end,
            c.from_department, ' → ', c.to_department, ' on ', c.effective_on
        ), '; ') as not_comparable
    from compared as t
    inner join department_change as c
        on
            c.kind in ('merge', 'split')
            and t.department_name in (c.from_department, c.to_department)
            and year(c.effective_on) = t.fiscal_year
            and (c.division_code = t.division_code or c.division_code is null or t.division_code is null)
    group by t.report_key
),
found as (
    from same
    union all
    from renamed
)
select report_key, file_name, null as other_report_key, null as other_file_name, not_comparable
from reorganised
union all
select
    report_key,
    any_value(file_name) as file_name,
    if(count(*) = 1, any_value(other_report_key), null) as other_report_key,
    if(count(*) = 1, any_value(other_file_name), null) as other_file_name,
    if(
        count(*) = 1, null, concat(count(*), ' reports for the year before fit: ',
        string_agg(other_report_key, ', ' order by other_report_key))
    ) as not_comparable
from found
anti join reorganised using (report_key)
group by report_key
order by report_key
"""


def _register_changes(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Make the temporary table `department_change` from the seed; raises ValueError naming file and line."""
    rows = []
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != _CHANGE_COLUMNS:
            raise ValueError(f"{path.name} must have the columns {', '.join(_CHANGE_COLUMNS)}")
        for row in reader:
            if row["kind"] not in _CHANGE_KINDS:
                raise ValueError(f"{path.name}, line {reader.line_num}: kind must be one of {_CHANGE_KINDS}")
            rows.append({name: row[name] or None for name in _CHANGE_COLUMNS})
    schema = pa.schema([(name, pa.string()) for name in _CHANGE_COLUMNS])
    con.register("department_change_text", pa.Table.from_pylist(rows, schema=schema))
    try:
        con.execute(
            "create or replace temp table department_change as"
            " select * replace (cast(effective_on as date) as effective_on) from department_change_text"
        )
    except duckdb.ConversionException as error:
        raise ValueError(f"{path.name}: effective_on must be a date (YYYY-MM-DD): {error}") from error
    con.unregister("department_change_text")


def _delete_results(con: duckdb.DuckDBPyConnection) -> None:
    """Delete the results across years of the departments concerned."""
    # Those of changed reports are gone already: no reason to look through the large table for them.
    loaded = con.execute("select count(*) from concerned anti join changed using (report_key)").fetchall()
    if loaded == [(0,)]:
        return
    con.execute(
        "delete from audit.check_result where check_id in (select unnest($1::varchar[]))"
        " and report_key in (select report_key from concerned)",
        [rulebook().year_ids()],
    )
    stale = "hypothesis = 'stale_year' and report_key in (select report_key from concerned)"
    con.execute(
        "update audit.check_result set cause_id = null"
        f" where cause_id in (select cause_id from audit.cause where {stale})"
    )
    con.execute(f"delete from audit.cause where {stale}")


def _explain_failures(con: duckdb.DuckDBPyConnection, facts: Facts, pairs: pa.Table) -> None:
    """Group the failures that figures left over from the year before explain under one cause per report."""
    failed = con.execute(
        "select report_key, check_id, form_code, subject, measure, unit, computed, claim_nos, cell_nos,"
        " cause_id"
        " from audit.check_result semi join (from year_pair where not_comparable is null) using (report_key)"
        " where status = 'fail' and severity != 'I' and difference is not null"
        " and other_report_key is null order by all"
    ).to_arrow_table()
    causes, explained = stale_figures(facts, pairs, failed)
    if not explained:
        return
    con.register("year_cause", causes)
    con.execute("insert into audit.cause by name select * from year_cause")
    con.register("explained", pa.Table.from_pylist(explained))
    con.execute(
        """
        update audit.check_result as c
        set cause_id = e.cause_id
        from explained as e
        where
            c.report_key = e.report_key
            and c.check_id = e.check_id
            and c.form_code = e.form_code
            and c.subject is not distinct from e.subject
            and c.measure is not distinct from e.measure
            and c.claim_nos = e.claim_nos
            and c.status = 'fail'
        """
    )
    con.unregister("year_cause")
    con.unregister("explained")


def _facts(con: duckdb.DuckDBPyConnection) -> Facts:
    """Return the facts of the reports in `year_pair`, of both sides."""
    con.execute(
        "create or replace temp table paired as select report_key from year_pair"
        " union select other_report_key from year_pair where other_report_key is not null"
    )
    return {
        name: con.execute(
            f"select t.* from audit.{'report' if name == 'header' else name} as t"
            " semi join paired using (report_key)"
        ).to_arrow_table()
        for name in COMPARED_FACTS
    }


def _change_verdicts(con: duckdb.DuckDBPyConnection, warnings: dict[str, list[str]]) -> None:
    """Let verdict and reasons of the reports concerned follow from the gate's and from `warnings`."""
    rows = [{"report_key": key, "reasons": reasons} for key, reasons in warnings.items()]
    schema = pa.schema([("report_key", pa.string()), ("reasons", pa.list_(pa.string()))])
    con.register("year_warning", pa.Table.from_pylist(rows, schema=schema))
    con.execute(
        """
        create or replace temp table judged as
        select
            report_key,
            if(w.report_key is not null and g.verdict = 'accepted', 'accepted_with_warnings', g.verdict)
                as verdict,
            list_concat(g.reasons, coalesce(w.reasons, [])) as reasons
        from audit.gate as g
        semi join concerned using (report_key)
        left join year_warning as w using (report_key)
        """
    )
    con.execute(
        """
        insert into touched
        select r.report_key
        from audit.report as r
        inner join judged as j using (report_key)
        where (r.verdict, r.reasons) is distinct from (j.verdict, j.reasons)
        """
    )
    con.execute(
        """
        update audit.report as r
        set verdict = j.verdict, reasons = j.reasons
        from judged as j
        where r.report_key = j.report_key
            and (r.verdict != j.verdict or r.reasons != j.reasons)
        """
    )
    con.unregister("year_warning")
