"""Runs the rulebook over the facts of a batch of reports, set by set, in DuckDB.

Belongs here: the order of the statements and the table of results. Does not: the relations and entries as SQL
(`cells`, `sql`), opening a database, or what follows from a result (`gate`).
"""

import duckdb
import pyarrow as pa

from pipeline.audit import cells, sql, statements
from pipeline.audit.evaluation import check_evaluations
from pipeline.audit.labels import check_labels
from pipeline.audit.results import CHECK_SCHEMA
from pipeline.audit.rulebook import (
    Duplicates,
    FormScope,
    FormsPresent,
    Parents,
    Reading,
    Rule,
    Rulebook,
    Wording,
    YearEnd,
    rulebook,
)
from pipeline.facts import Facts

# Results that say the same about many cells (keep: failures) are told once per report; groups in which
# nothing is printed are told once per check and only where the check found nothing else.
_COLLECT_SQL = """
CREATE OR REPLACE TABLE check_result AS
WITH listing (check_id) AS (SELECT unnest($failures_only)),
told AS (
    SELECT r.*, l.check_id IS NOT NULL AND r.status = 'exact' AND NOT r.silent AS folded
    FROM audit_result AS r
    LEFT JOIN listing AS l USING (check_id)
),
collected AS (
    SELECT * EXCLUDE (silent, folded) FROM told WHERE NOT silent AND NOT folded
    UNION ALL BY NAME
    SELECT report_key, check_id, severity, 'exact' AS status, CAST(sum(terms) AS INTEGER) AS terms,
        CAST([] AS INTEGER[]) AS pages, CAST([] AS INTEGER[]) AS cell_nos, count(*) || ' rows hold' AS message
    FROM told
    WHERE folded
    GROUP BY report_key, check_id, severity
    UNION ALL BY NAME
    SELECT report_key, check_id, any_value(form_code) AS form_code, any_value(severity) AS severity,
        'not_applicable' AS status, 0 AS terms, CAST([] AS INTEGER[]) AS pages,
        CAST([] AS INTEGER[]) AS cell_nos, 'every cell is blank' AS message
    FROM told
    GROUP BY report_key, check_id
    HAVING bool_and(silent)
)
SELECT
    report_key, check_id, form_code, subject, measure, severity, status,
    CAST(reported AS DECIMAL(24, 4)) AS reported, CAST(computed AS DECIMAL(24, 4)) AS computed,
    CAST(difference AS DECIMAL(24, 4)) AS difference, CAST(tolerance AS DECIMAL(24, 4)) AS tolerance,
    CASE WHEN reported IS NOT NULL OR computed IS NOT NULL THEN coalesce(unit, '元') END AS unit,
    terms, page, pages, cell_nos, coalesce(claim_nos, CAST([] AS INTEGER[])) AS claim_nos, message,
    CAST(NULL AS VARCHAR) AS cause_id
FROM collected
ORDER BY report_key, check_id, form_code, subject, measure, cell_nos[1]
"""


def _rule_sql(rule: Rule) -> str:
    match rule:
        case FormsPresent():
            return sql.forms_present_sql(rule)
        case Duplicates():
            return sql.duplicates_sql(rule)
        case FormScope():
            return sql.form_scope_sql(rule)
        case Parents():
            return sql.parents_sql(rule)
        case Reading():
            return sql.reading_sql(rule)
        case Wording():
            return statements.wording_sql(rule)
        case YearEnd():
            return statements.year_end_sql(rule)


def run_checks(con: duckdb.DuckDBPyConnection, rules: Rulebook) -> None:
    """Check every final account in the relations `header`, `form`, `reported_amount` and `reading_flag`.

    Creates or replaces the table `check_result` (`results.CHECK_SCHEMA`): for each report and each entry of
    the rulebook at least one row. Reports of another kind are left out. Amounts are in 元.
    """
    con.execute(cells.REPORT_SQL)
    con.execute(cells.CELL_SQL)
    run_entries(con, rules)


def run_entries(con: duckdb.DuckDBPyConnection, rules: Rulebook) -> None:
    """Run the entries of `rules` over `audit_report` and `audit_cell`, as `run_checks`; drops both."""
    con.execute(sql.GROUP_SQL)
    con.execute(sql.RESULT_SQL)
    for rule in rules.rules:
        con.execute(_rule_sql(rule))
    for identity in rules.identities:
        for case in identity.cases:
            con.execute(sql.case_sql(identity, case))
    con.execute(sql.JUDGE_SQL)
    if rules.identities:
        con.execute(sql.unreached_sql(rules.identities))
    for percentage in rules.percentages:
        con.execute(statements.percentage_sql(percentage))
    for check in rules.directions:
        con.execute(statements.directions_sql(check))
    failures_only = [identity.id for identity in rules.identities if identity.keep == "failures"]
    con.execute(_COLLECT_SQL, {"failures_only": failures_only})
    for table in ("audit_report", "audit_cell", "audit_group", "audit_result"):
        con.execute(f"DROP TABLE {table}")


def check_batch(facts: Facts, rules: Rulebook | None = None) -> pa.Table:
    """Return the check results of a batch of facts, as a table of `results.CHECK_SCHEMA`.

    `rules` is the project's rulebook unless given.
    """
    rules = rules or rulebook()
    with duckdb.connect() as con:
        for name, table in facts.items():
            con.register(name, table)
        run_checks(con, rules)
        of_forms = con.execute("FROM check_result").to_arrow_table().cast(CHECK_SCHEMA)
    others = [check_evaluations(facts, rules.evaluations), check_labels(facts, rules.labels)]
    return pa.concat_tables([of_forms, *others])
