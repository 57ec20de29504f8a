"""Versions of one report: which is the first, the second, the current one.

Belongs here: numbering the versions of a department, scope, year and kind within a running load. Does not:
which rows are loaded (`load`).
"""

import duckdb

from pipeline.audit.results import ACCEPTED


def number_revisions(con: duckdb.DuckDBPyConnection) -> None:
    """Count the versions of each department, scope, year and kind; the newest accepted one is current.

    Order of versions: when published, else when archived. A report that does not say whose accounts it shows
    counts as the department's. Only the groups of changed reports are counted anew; a report whose department
    or year is unknown is a group of its own.
    """
    scope = "coalesce({}scope, 'department')"
    con.execute(
        f"""
        create or replace temp table numbered as
        select
            report_key,
            row_number() over (versions order by newest) as revision_no,
            accepted
            and row_number() over (versions order by accepted desc, newest desc) = 1 as is_current
        from (
            select
                report_key,
                verdict in {ACCEPTED} as accepted,
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
        )
        window versions as (
            partition by department_name, account_scope, fiscal_year, report_kind, own_group
        )
        """
    )
    con.execute(
        """
        insert into touched
        select r.report_key
        from audit.report as r
        inner join numbered as n using (report_key)
        where r.revision_no != n.revision_no or r.is_current != n.is_current
        """
    )
    con.execute(
        """
        update audit.report as r
        set revision_no = n.revision_no, is_current = n.is_current
        from numbered as n
        where
            r.report_key = n.report_key
            and (r.revision_no != n.revision_no or r.is_current != n.is_current)
        """
    )
