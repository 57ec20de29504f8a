"""Versions of one report: which is the first, the second, the current one, and what changed between them.

Belongs here: numbering the versions of a department, scope, year and kind within a running load, since when
and until when each was current, the cells that differ from the version before. Does not: which rows are
loaded (`load`).
"""

import duckdb

from pipeline.audit.results import ACCEPTED


def number_revisions(con: duckdb.DuckDBPyConnection) -> None:
    """Count the versions of each department, scope, year and kind; the newest accepted one is current.

    Order of versions: when published, else when archived. An accepted version was current from then until
    the next accepted one. A report that does not say whose accounts it shows counts as the department's.
    Departments of one name in several places are parted by place as soon as reports name two. Only
    the groups of changed reports are counted anew; a report whose department or year is unknown is a group of
    its own. Adds the reports whose numbers change to `touched`.
    """
    scope = "coalesce({}scope, 'department')"
    con.execute(
        f"""
        create or replace temp table numbered as
        select
            report_key,
            left(md5(
                concat_ws('|', department_name, account_scope, fiscal_year, report_kind, own_group, place)
            ), 16) as account_key,
            row_number() over (versions order by newest) as revision_no,
            accepted
            and row_number() over (versions order by accepted desc, newest desc) = 1 as is_current,
            if(accepted, seen_at, null) as valid_from,
            if(accepted, min(if(accepted, seen_at, null)) over (
                versions order by newest rows between 1 following and unbounded following
            ), null) as valid_until
        from (
            select
                report_key,
                if(
                    min(division_code) over (named) is distinct from max(division_code) over (named),
                    coalesce(division_code, 'unknown'),
                    ''
                ) as place,
                verdict in {ACCEPTED} as accepted,
                coalesce(published_at, archived_at) as seen_at,
                department_name,
                {scope.format("")} as account_scope,
                fiscal_year,
                report_kind,
                if(department_name is null or fiscal_year is null, report_key, '') as own_group,
                row(coalesce(published_at, archived_at), archived_at, sha256) as newest
            from audit.report as r
            where
                report_key in (select report_key from touched)
                or exists (
                    select 1 from replaced as v
                    where
                        v.department_name = r.department_name
                        and {scope.format("v.")} = {scope.format("r.")}
                        and v.fiscal_year = r.fiscal_year
                        and v.report_kind = r.report_kind
                )
                or exists (
                    select 1 from audit.report as v
                    where
                        v.report_key in (select report_key from touched)
                        and v.department_name = r.department_name
                        and {scope.format("v.")} = {scope.format("r.")}
                        and v.fiscal_year = r.fiscal_year
                        and v.report_kind = r.report_kind
                )
            window named as (
                partition by department_name, {scope.format("")}, fiscal_year, report_kind
            )
        )
        window versions as (
            partition by department_name, account_scope, fiscal_year, report_kind, own_group, place
        )
        """
    )
    con.execute(
        """
        insert into touched
        select r.report_key
        from audit.report as r
        inner join numbered as n using (report_key)
        where
            r.account_key != n.account_key
            or r.revision_no != n.revision_no
            or r.is_current != n.is_current
            or r.valid_from is distinct from n.valid_from
            or r.valid_until is distinct from n.valid_until
        """
    )
    con.execute(
        """
        update audit.report as r
        set
            account_key = n.account_key,
            revision_no = n.revision_no,
            is_current = n.is_current,
            valid_from = n.valid_from,
            valid_until = n.valid_until
        from numbered as n
        where r.report_key = n.report_key and r.report_key in (select report_key from touched)
        """
    )


# Cells are the same where form, side, row and measure are, by occurrence where those repeat.
_CELLS = """
    select
        a.report_key,
        a.form_code,
        a.side,
        coalesce(a.item_code, a.item_name) as item,
        a.measure,
        row_number() over (
            partition by a.report_key, a.form_code, a.side, item, a.measure order by a.cell_no
        ) as occurrence,
        a.cell_no,
        a.amount_printed,
        a.amount_yuan,
        coalesce(cast(a.amount_yuan as varchar), a.amount_printed) as value
    from audit.reported_amount as a
"""


def compare_revisions(con: duckdb.DuckDBPyConnection) -> int:
    """Write to `audit.revision_diff` how the touched versions differ from those before them; return the rows.

    Compared are amounts, not their print: 1.0 and 1.00 are the same.
    """
    con.execute(
        """
        create or replace temp table pair as
        select r.report_key, p.report_key as previous_report_key, r.revision_no
        from numbered as r
        inner join numbered as p on r.account_key = p.account_key and r.revision_no = p.revision_no + 1
        where
            r.report_key in (select report_key from touched)
            or p.report_key in (select report_key from touched)
        """
    )
    con.execute(
        """
        delete from audit.revision_diff
        where
            report_key in (select report_key from touched)
            or previous_report_key in (select report_key from touched)
        """
    )
    if con.execute("select count(*) from pair").fetchall() == [(0,)]:
        return 0
    written = con.execute(
        f"""
        insert into audit.revision_diff by name
        with
        new_cell as (
            select p.report_key as newer, c.*
            from pair as p inner join ({_CELLS} semi join pair using (report_key)) as c using (report_key)
        ),
        old_cell as (
            select p.report_key as newer, c.*
            from pair as p
            inner join (
                {_CELLS} semi join pair as o on o.previous_report_key = a.report_key
            ) as c on c.report_key = p.previous_report_key
        )
        select
            p.report_key,
            p.previous_report_key,
            p.revision_no,
            case when o.cell_no is null then 'added' when n.cell_no is null then 'removed' else 'changed' end
                as change,
            coalesce(n.form_code, o.form_code) as form_code,
            coalesce(n.side, o.side) as side,
            coalesce(n.item, o.item) as item,
            coalesce(n.measure, o.measure) as measure,
            o.cell_no as old_cell_no,
            n.cell_no as new_cell_no,
            o.amount_printed as old_printed,
            n.amount_printed as new_printed,
            o.amount_yuan as old_yuan,
            n.amount_yuan as new_yuan
        from new_cell as n
        full join old_cell as o
            on
                n.newer = o.newer
                and n.form_code = o.form_code
                and n.side is not distinct from o.side
                and n.item is not distinct from o.item
                and n.measure = o.measure
                and n.occurrence = o.occurrence
        inner join pair as p on p.report_key = coalesce(n.newer, o.newer)
        where n.cell_no is null or o.cell_no is null or n.value is distinct from o.value
        order by p.report_key, coalesce(n.cell_no, o.cell_no), change
        """
    )
    return int(written.fetchall()[0][0])
