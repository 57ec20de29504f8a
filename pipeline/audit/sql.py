"""Rulebook entries as DuckDB SQL over the relations of `cells`: text in, text out.

Belongs here: the query of each kind of entry. Does not: running them (`engine`), the cells they are computed
from (`cells`), or the identities themselves (`expectations/identities`).
"""

from collections.abc import Iterable

from pipeline.audit.cells import AMOUNT, CLAIMS, PAGES
from pipeline.audit.rulebook import (
    Attribute,
    Case,
    Comparison,
    Duplicates,
    FormScope,
    FormsPresent,
    Identity,
    Parents,
    Reading,
    Selector,
    Severity,
    Term,
)
from pipeline.sql_text import literal

# The soft bound of improbable rounding squares amounts; five decimals hold half a unit of 元 to the fen.
_SQUARED = "DECIMAL(19, 5)"


def _values(values: Iterable[str]) -> str:
    return "(" + ", ".join(literal(value) for value in values) + ")"


def _list(values: Iterable[str]) -> str:
    return "CAST([" + ", ".join(literal(value) for value in values) + "] AS VARCHAR[])"


# Places as the columns page, pages, cell_nos and claim_nos of a result.
PLACES = f"""CAST(places[1] % {PAGES} AS INTEGER) AS page,
    list_sort(list_distinct(list_transform(places, lambda p: CAST(p % {PAGES} AS INTEGER)))) AS pages,
    list_transform(list_filter(places, lambda p: p // {PAGES} < {CLAIMS}),
        lambda p: CAST(p // {PAGES} AS INTEGER)) AS cell_nos,
    list_transform(list_filter(places, lambda p: p // {PAGES} >= {CLAIMS}),
        lambda p: CAST(p // {PAGES} - {CLAIMS} AS INTEGER)) AS claim_nos,"""

# Every group of every case, as compared: reported (r) and computed (c) sums with their intervals, what is
# printed of either, the terms that are missing (`lost`), and how the case is to be judged.
GROUP_SQL = f"""
CREATE OR REPLACE TEMP TABLE audit_group (
    report_key VARCHAR, check_id VARCHAR, form_code VARCHAR, subject VARCHAR, measure VARCHAR,
    severity VARCHAR, relation VARCHAR, parts INTEGER, blank_parts VARCHAR, lost VARCHAR, r_cells BIGINT,
    r {AMOUNT}, c {AMOUNT}, r_lo {AMOUNT}, r_hi {AMOUNT}, c_lo {AMOUNT}, c_hi {AMOUNT},
    r_filled BOOLEAN, c_filled BOOLEAN, readable BOOLEAN, usable BOOLEAN,
    terms INTEGER, widest {AMOUNT}, squares DECIMAL(38, 10), places BIGINT[], unit VARCHAR
)
"""

# The results; `silent` marks a group in which nothing is printed.
RESULT_SQL = f"""
CREATE OR REPLACE TEMP TABLE audit_result (
    report_key VARCHAR, check_id VARCHAR, form_code VARCHAR, subject VARCHAR, measure VARCHAR,
    severity VARCHAR, status VARCHAR, reported {AMOUNT}, computed {AMOUNT}, difference {AMOUNT},
    tolerance {AMOUNT}, unit VARCHAR, terms INTEGER, page INTEGER, pages INTEGER[], cell_nos INTEGER[],
    claim_nos INTEGER[], message VARCHAR, silent BOOLEAN
)
"""

# The status of every group (rulebook section 0, rule 5), and what it says.
JUDGE_SQL = f"""
INSERT INTO audit_result BY NAME
WITH judged AS (
    SELECT *, NOT r_filled AND NOT c_filled AS silent,
        CASE
            WHEN relation = 'present' THEN CASE WHEN r_cells > 0 THEN 'exact' ELSE 'fail' END
            WHEN NOT r_filled AND NOT c_filled THEN 'not_applicable'
            WHEN relation = 'zero_with' AND lost = '' AND usable
                THEN CASE WHEN (r = 0) = (c = 0) THEN 'exact' ELSE 'fail' END
            WHEN relation = 'above_zero_with' AND lost = '' AND usable
                THEN CASE WHEN c <= 0 THEN 'not_applicable' WHEN r > 0 THEN 'exact' ELSE 'fail' END
            WHEN lost <> '' OR NOT usable THEN 'not_evaluable'
            WHEN parts > 0 AND (NOT r_filled OR NOT c_filled) AND r = 0 AND c = 0 THEN 'not_applicable'
            WHEN blank_parts = 'not_evaluable' AND NOT c_filled THEN 'not_evaluable'
            WHEN r = c OR (relation = '>=' AND r > c) OR (relation = '<=' AND r < c) THEN 'exact'
            WHEN relation = 'same' OR r_lo > c_hi OR c_lo > r_hi THEN 'fail'
            WHEN relation = '=' AND abs(r - c) > 2 * widest
                AND CASE WHEN abs(r - c) < 1000000000
                    THEN CAST(r - c AS {_SQUARED}) * CAST(r - c AS {_SQUARED}) > 3 * squares ELSE true END
                THEN 'improbable_rounding'
            ELSE 'rounding'
        END AS status
    FROM audit_group
)
SELECT report_key, check_id, form_code, subject, measure, severity, status,
    CASE WHEN r_filled AND relation <> 'present' THEN r END AS reported,
    CASE WHEN c_filled AND relation <> 'present' THEN c END AS computed,
    CASE WHEN relation <> 'present' AND status IN ('exact', 'rounding', 'improbable_rounding', 'fail')
        THEN r - c END AS difference,
    CASE relation WHEN 'present' THEN NULL WHEN 'same' THEN 0
        ELSE (r_hi - r_lo + c_hi - c_lo) / 2 END AS tolerance,
    unit, terms, {PLACES}
    CASE
        WHEN status = 'not_evaluable' AND lost <> '' THEN lost
        WHEN status = 'not_evaluable' AND NOT readable
            THEN 'a cell holds no readable number, or its form states no unit'
        WHEN status = 'not_evaluable' AND NOT usable THEN 'a cell was printed twice with different numbers'
        WHEN status = 'not_evaluable' THEN 'every part is blank'
        WHEN status = 'not_applicable' THEN 'nothing but blank and zero is printed'
        WHEN status = 'fail' AND relation = 'present' THEN concat(form_code, ' has no row ', subject)
        WHEN status = 'fail' THEN concat_ws(' ', form_code, subject, measure,
            CASE WHEN r_filled THEN concat(CAST(r AS DECIMAL(24, 2)), ' ', unit) ELSE '(blank)' END,
            CASE relation WHEN '>=' THEN 'is less than' WHEN '<=' THEN 'is more than'
                WHEN 'zero_with' THEN 'beside' WHEN 'above_zero_with' THEN 'beside' ELSE 'is not' END,
            concat(CAST(c AS DECIMAL(24, 2)), ' ', unit))
    END AS message,
    silent
FROM judged
"""

_ROWS = {
    "total": "row_kind = 'total'",
    "subjects": "row_kind = 'subject'",
    "top_level": "(row_kind = 'subject' AND parent_code IS NULL)",
    "leaves": "leaf",
    "children": "parent_code IS NOT NULL",
    "lines": "row_kind = 'line'",
}


def _item_condition(items: Iterable[str]) -> str:
    tests = [
        f"starts_with(line_item, {literal(item[:-1])})"
        if item.endswith("*")
        else f"line_item = {literal(item)}"
        for item in items
    ]
    return "(" + " OR ".join(tests) + ")"


def condition(selector: Selector) -> str:
    """Return the SQL condition on `audit_cell` for the cells of `selector`."""
    tests = [f"form = {literal(selector.cell_form)}"]
    if selector.side:
        tests.append(f"side = {literal(selector.side)}")
    if selector.rows:
        tests.append("(" + " OR ".join(_ROWS[rows] for rows in selector.rows) + ")")
    if selector.items:
        tests.append(_item_condition(selector.items))
    if selector.except_items:
        tests.append(f"(line_item IS NULL OR NOT {_item_condition(selector.except_items)})")
    if selector.codes:
        tests.append(f"code IN {_values(selector.codes)}")
    if selector.classes:
        tests.append(f"class_code IN {_values(selector.classes)}")
    if selector.measures:
        tests.append(f"measure IN {_values(selector.measures)}")
    if selector.except_measures:
        tests.append(f"measure NOT IN {_values(selector.except_measures)}")
    if selector.filled:
        tests.append("filled")
    return " AND ".join(tests)


def describe(selector: Selector) -> str:
    """Return the cells of `selector` in a few words, for messages."""
    words = [*selector.items, *selector.codes, *(rows.replace("_", " ") for rows in selector.rows)]
    return (
        " ".join([selector.cell_form, "/".join(words), "/".join(selector.measures)])
        .replace("  ", " ")
        .strip()
    )


def _term_cells(term: Term, number: int, per: tuple[Attribute, ...]) -> str:
    """Return the query for the weighted cells of one term: a negative weight swaps the ends."""
    keys = [f'"{term.renamed.get(attribute, attribute)}"' for attribute in per]
    named = "".join(f", {key} AS k{i}" for i, key in enumerate(keys))
    present = "".join(f" AND {key} IS NOT NULL" for key in keys)
    amounts = "amount, lo, hi" if term.weight > 0 else "-amount AS amount, -hi AS lo, -lo AS hi"
    return (
        f"SELECT report_key{named}, {number} AS term, {amounts}, half, filled, readable, usable, "
        f"places, unit FROM audit_cell WHERE {condition(term)}{present}"
    )


def _groups(comparison: Comparison, per: tuple[Attribute, ...]) -> str:
    """Return the common table expressions `term_cell` and `grp` of a comparison."""
    constant = comparison.constant if isinstance(comparison, Case) else 0
    added = f" + CAST({constant} AS {AMOUNT})" if constant else ""
    cells = "\n    UNION ALL ".join(_term_cells(term, n, per) for n, term in enumerate(comparison.terms))
    keys = "".join(f", k{i}" for i in range(len(per)))
    counts = ", ".join(f"count(*) FILTER (term = {n}) AS n{n}" for n in range(len(comparison.terms)))
    return f"""
term_cell AS (
    {cells}
),
grp AS (
    SELECT report_key{keys}, {counts},
        coalesce(sum(amount) FILTER (term = 0), 0) AS r,
        coalesce(sum(amount) FILTER (term > 0), 0){added} AS c,
        coalesce(sum(lo) FILTER (term = 0), 0) AS r_lo, coalesce(sum(hi) FILTER (term = 0), 0) AS r_hi,
        coalesce(sum(lo) FILTER (term > 0), 0){added} AS c_lo,
        coalesce(sum(hi) FILTER (term > 0), 0){added} AS c_hi,
        coalesce(bool_or(filled) FILTER (term = 0), false) AS r_filled,
        coalesce(bool_or(filled) FILTER (term > 0), {str(bool(constant)).lower()}) AS c_filled,
        coalesce(bool_or(amount <> 0) FILTER (term > 0), false) AS c_amount,
        bool_and(readable) AS readable, bool_and(usable) AS usable,
        CAST(count(*) FILTER (amount <> 0) AS INTEGER) AS terms,
        max(half) AS widest,
        sum(CASE WHEN half < 1000000000
            THEN CAST(half AS {_SQUARED}) * CAST(half AS {_SQUARED}) END) AS squares,
        list_concat(list_sort(flatten(list(places) FILTER (term = 0))),
            list_sort(flatten(list(places) FILTER (term > 0)))) AS places,
        any_value(unit ORDER BY term) AS unit
    FROM term_cell
    GROUP BY ALL
)"""


def _labels(case: Case) -> tuple[str, str]:
    """Return the SQL for `subject` and `measure` of a result."""
    keys = {attribute: f"k{i}" for i, attribute in enumerate(case.per)}
    measure = keys.pop("measure", None) or keys.pop("fund", None)
    subject = next(iter(keys.values()), None)
    if measure is None:
        measure = literal(case.reported.measures[0]) if len(case.reported.measures) == 1 else "NULL"
    if subject is None:
        named = case.subject or (case.reported.items[0] if len(case.reported.items) == 1 else None)
        named = named or ("total" if case.reported.rows == ("total",) else None)
        subject = literal(named) if named else "NULL"
    return subject, measure


def case_sql(identity: Identity, case: Case) -> str:
    """Return the statement that adds the groups of one case of an identity to `audit_group`."""
    forms = case.forms if case.forms is not None else identity.forms
    tests = [f"list_has_all(present, {_list(forms)})"]
    for selector, verb in ((case.if_present, "IN"), (case.if_absent, "NOT IN")):
        if selector:
            tests.append(f"report_key {verb} (SELECT report_key FROM audit_cell WHERE {condition(selector)})")
    guard = ""
    if identity.only_if:
        tests.append("report_key IN (SELECT report_key FROM holds)")
        guard = f"""holds AS (
    WITH {_groups(identity.only_if, ())}
    SELECT report_key FROM grp
    WHERE usable AND {" AND ".join(f"n{n} > 0" for n in range(len(identity.only_if.terms)))}
        AND r_lo <= c_hi AND c_lo <= r_hi
),"""
    required = [(n, term) for n, term in enumerate(case.terms) if term.absent != "nothing"]
    missing = [
        f"(n{n} = 0 AND NOT list_contains(empty, {literal(term.cell_form)})"
        + (" AND (r <> 0 OR c <> 0))" if term.absent == "if_zero" else ")")
        for n, term in required
    ]
    lost = ", ".join(
        f"CASE WHEN {test} THEN {literal(describe(term) + ' is not printed')} END"
        for test, (_, term) in zip(missing, required, strict=True)
    )
    groups = {
        "both": "true",
        "reported": "n0 > 0",
        "computed": " OR ".join(f"n{n} > 0" for n in range(1, len(case.terms))) or "false",
    }[case.groups_from]
    if case.relation == "present":
        groups = f"({groups}) AND c_amount"
    subject, measure = _labels(case)
    severity: Severity = case.severity or identity.severity
    return f"""
INSERT INTO audit_group
WITH {guard}{_groups(case, case.per)}
SELECT report_key, {literal(identity.id)}, {literal(case.reported.form)}, {subject}, {measure},
    {literal(severity)}, {literal(case.relation)}, {len(case.computed)}, {literal(case.blank_parts)},
    concat_ws('; ', {lost or "NULL"}), n0, r, c, r_lo, r_hi, c_lo, c_hi, r_filled, c_filled, readable,
    usable, terms, widest, squares, places, unit
FROM grp
JOIN audit_report USING (report_key)
WHERE {" AND ".join(tests)} AND ({groups})
"""


def unreached_sql(identities: Iterable[Identity]) -> str:
    """Return the statement for reports in which no case of an identity made a group: one result each."""
    entries = []
    for identity in identities:
        never = identity.only_if or all(case.if_none == "not_applicable" for case in identity.cases)
        reason = "its condition does not hold" if identity.only_if else "no row that it applies to is printed"
        words = (
            identity.id,
            identity.cases[0].reported.form,
            identity.severity,
            "not_applicable" if never else "not_evaluable",
            reason,
        )
        entries.append(f"({', '.join(map(literal, words))}, {_list(identity.forms)})")
    return f"""
INSERT INTO audit_result BY NAME
WITH identity (check_id, form_code, severity, pending, reason, forms) AS (VALUES {", ".join(entries)}),
unreached AS (
    SELECT r.report_key, i.*,
        list_filter(forms, lambda f: list_contains(missing, f) AND NOT list_contains(present, f)) AS lost,
        list_filter(forms, lambda f: NOT list_contains(missing, f) AND NOT list_contains(present, f))
            AS unknown,
        list_filter(forms, lambda f: list_contains(empty, f)) AS blank
    FROM audit_report AS r
    CROSS JOIN identity AS i
    ANTI JOIN audit_result AS a ON a.report_key = r.report_key AND a.check_id = i.check_id
)
SELECT report_key, check_id, form_code, severity,
    CASE WHEN len(lost) > 0 THEN 'not_evaluable' WHEN len(unknown) > 0 OR len(blank) > 0 THEN 'not_applicable'
        ELSE pending END AS status,
    CASE WHEN len(lost) > 0 THEN concat(array_to_string(lost, ', '), ' is missing')
        WHEN len(unknown) > 0
            THEN concat('the template of this report has no ', array_to_string(unknown, ', '))
        WHEN len(blank) > 0 THEN concat(array_to_string(blank, ', '), ' is empty')
        ELSE reason END AS message,
    0 AS terms, CAST([] AS INTEGER[]) AS pages, CAST([] AS INTEGER[]) AS cell_nos, false AS silent
FROM unreached
"""


def forms_present_sql(rule: FormsPresent) -> str:
    """Return the statement for forms that are missing, doubled, or empty where they may not be."""
    return f"""
INSERT INTO audit_result BY NAME
WITH found AS (
    SELECT f.report_key, f.form_code,
        sum(1 + f.copies) FILTER (f.state IN ('filled', 'empty')) AS times,
        bool_or(f.state = 'filled') AS filled, bool_or(f.state = 'placeholder') AS placeholder,
        bool_or(f.listed) AS listed, bool_or(f.required) AS required,
        CAST(list_sort(list(DISTINCT f.page_first) FILTER (f.page_first IS NOT NULL)) AS INTEGER[]) AS pages
    FROM form AS f
    JOIN audit_report USING (report_key)
    GROUP BY ALL
),
judged AS (
    SELECT *, CASE
        WHEN times > 1 THEN concat(form_code, ' is printed ', times, ' times; the first print was read')
        WHEN times IS NULL AND placeholder THEN concat(form_code, ' holds placeholders in place of amounts')
        WHEN times IS NULL AND listed THEN concat(form_code, ' is listed in the contents and was not found')
        WHEN times IS NULL AND required
            THEN concat(form_code, ' is required by the template and was not found')
        WHEN NOT filled AND form_code IN {_values(rule.never_empty)}
            THEN concat(form_code, ' is empty')
    END AS message
    FROM found
    WHERE times IS NOT NULL OR placeholder OR listed OR required
)
SELECT report_key, {literal(rule.id)} AS check_id, form_code,
    CASE WHEN times > 1 THEN {literal(rule.doubled)} ELSE {literal(rule.severity)} END AS severity,
    CASE WHEN message IS NULL THEN 'exact' ELSE 'fail' END AS status,
    0 AS terms, pages[1] AS page, coalesce(pages, []) AS pages, CAST([] AS INTEGER[]) AS cell_nos, message,
    false AS silent
FROM judged
UNION ALL BY NAME
SELECT report_key, {literal(rule.id)} AS check_id, 'H' AS severity, 'fail' AS status, 0 AS terms,
    CAST([] AS INTEGER[]) AS pages, CAST([] AS INTEGER[]) AS cell_nos,
    'no statutory form was found' AS message, false AS silent
FROM audit_report
WHERE len(present) = 0 AND report_key NOT IN (SELECT report_key FROM judged WHERE message IS NOT NULL)
"""


def duplicates_sql(rule: Duplicates) -> str:
    """Return the statement for cells printed more than once: one result for each contradiction."""
    return f"""
INSERT INTO audit_result BY NAME
WITH repeated AS (
    SELECT report_key, form, coalesce(item_code, line_item, item_name) AS subject, measure, lo <= hi AS agree,
        lo, hi, amount, places
    FROM audit_cell
    WHERE len(places) > 1 AND filled AND readable AND (form = 'TEXT') = {str(rule.narrative).lower()}
)
SELECT report_key, {literal(rule.id)} AS check_id, form AS form_code, subject, measure,
    {literal(rule.severity)} AS severity, 'fail' AS status, amount AS reported,
    len(places)::INTEGER AS terms,
    {PLACES}
    concat_ws(' ', form, subject, measure, 'is printed', len(places), 'times with different numbers')
        AS message,
    false AS silent
FROM repeated WHERE NOT agree
UNION ALL BY NAME
SELECT r.report_key, {literal(rule.id)} AS check_id, {literal(rule.severity)} AS severity,
    CASE WHEN count(d.report_key) > 0 THEN 'exact' ELSE 'not_applicable' END AS status,
    count(d.report_key)::INTEGER AS terms, CAST([] AS INTEGER[]) AS pages, CAST([] AS INTEGER[]) AS cell_nos,
    CASE WHEN count(d.report_key) = 0 THEN 'no cell is printed twice' END AS message, false AS silent
FROM audit_report AS r
LEFT JOIN repeated AS d USING (report_key)
GROUP BY r.report_key
HAVING coalesce(bool_and(d.agree), true)
"""


def form_scope_sql(rule: FormScope) -> str:
    """Return the statement that reads the scope of a form off its title or note."""
    text = "concat_ws(' ', f.title_printed, f.note_printed)"
    scope = "CASE " + " ".join(
        f"WHEN regexp_matches({text}, {literal('|'.join(words))}) THEN {literal(name)}"
        for name, words in rule.scopes.items()
    )
    return f"""
INSERT INTO audit_result BY NAME
WITH scoped AS (
    SELECT r.report_key, any_value({scope} END) AS scope, count(f.report_key) > 0 AS found,
        min(f.page_first) AS page
    FROM audit_report AS r
    LEFT JOIN form AS f ON f.report_key = r.report_key AND f.form_code = {literal(rule.form)}
        AND f.state IN ('filled', 'empty')
    GROUP BY r.report_key
)
SELECT report_key, {literal(rule.id)} AS check_id, {literal(rule.form)} AS form_code, scope AS subject,
    {literal(rule.severity)} AS severity,
    CASE WHEN scope IS NOT NULL THEN 'exact' WHEN found THEN 'not_evaluable' ELSE 'not_applicable' END
        AS status,
    0 AS terms, page, CASE WHEN page IS NULL THEN CAST([] AS INTEGER[]) ELSE [page] END AS pages,
    CAST([] AS INTEGER[]) AS cell_nos,
    CASE WHEN scope IS NOT NULL THEN concat('scope as printed: ', scope)
        WHEN found THEN 'neither title nor note says the scope'
        ELSE {literal(rule.form + " is not there")} END AS message,
    false AS silent
FROM scoped
"""


def parents_sql(rule: Parents) -> str:
    """Return the statement for codes whose class or group is not printed though others' are."""
    return f"""
INSERT INTO audit_result BY NAME
WITH coded AS (
    SELECT report_key, form, code, min(places[1] % {PAGES}) AS page
    FROM audit_cell
    WHERE code IS NOT NULL AND form IN {_values(rule.forms)}
    GROUP BY report_key, form, code
),
level AS (SELECT DISTINCT report_key, form, length(code) AS digits FROM coded),
judged AS (
    SELECT c.report_key, c.form, left(c.code, l.digits) AS parent, count(*) AS below,
        bool_or(p.code IS NOT NULL) AS printed, min(c.page) AS page
    FROM coded AS c
    JOIN level AS l ON l.report_key = c.report_key AND l.form = c.form AND l.digits < length(c.code)
    LEFT JOIN coded AS p
        ON p.report_key = c.report_key AND p.form = c.form AND p.code = left(c.code, l.digits)
    GROUP BY c.report_key, c.form, parent
)
SELECT report_key, {literal(rule.id)} AS check_id, form AS form_code, parent AS subject,
    {literal(rule.severity)} AS severity, 'fail' AS status, below::INTEGER AS terms, page::INTEGER AS page,
    [page::INTEGER] AS pages, CAST([] AS INTEGER[]) AS cell_nos,
    concat(form, ' prints ', below, ' codes below ', parent, ' and not ', parent, ' itself') AS message,
    false AS silent
FROM judged WHERE NOT printed
UNION ALL BY NAME
SELECT r.report_key, {literal(rule.id)} AS check_id, {literal(rule.severity)} AS severity,
    CASE WHEN count(j.report_key) > 0 THEN 'exact' ELSE 'not_applicable' END AS status,
    count(j.report_key)::INTEGER AS terms, CAST([] AS INTEGER[]) AS pages, CAST([] AS INTEGER[]) AS cell_nos,
    CASE WHEN count(j.report_key) = 0 THEN 'no form prints more than one level of codes' END AS message,
    false AS silent
FROM audit_report AS r
LEFT JOIN judged AS j USING (report_key)
GROUP BY r.report_key
HAVING coalesce(bool_and(j.printed), true)
"""


def reading_sql(rule: Reading) -> str:
    """Return the statement for places where the reading is not to be trusted: one result for each.

    `terms` is the number of amounts that were confirmed.
    """
    return f"""
INSERT INTO audit_result BY NAME
WITH flagged AS (
    SELECT f.*, a.item_name, a.item_code, a.measure
    FROM reading_flag AS f
    LEFT JOIN reported_amount AS a ON a.report_key = f.report_key AND a.cell_no = f.cell_no
    WHERE f.form_code IS NOT NULL AND f.corrected_by IS NULL AND f.kind IN {_values(rule.flags)}
),
counted AS (
    SELECT r.report_key, count(a.cell_no) AS printed,
        count(*) FILTER (a.reading IN {_values(rule.readings)}) AS covered,
        count(*) FILTER (a.reading IN {_values(rule.readings)}
            AND (a.flag IS NULL OR a.flag NOT IN {_values(rule.flags)})) AS confirmed
    FROM audit_report AS r
    LEFT JOIN reported_amount AS a ON a.report_key = r.report_key AND a.amount_printed IS NOT NULL
    GROUP BY r.report_key
)
SELECT report_key, {literal(rule.id)} AS check_id, form_code, coalesce(f.item_code, f.item_name) AS subject,
    f.measure, {literal(rule.severity)} AS severity, 'fail' AS status, c.confirmed::INTEGER AS terms,
    f.page, [f.page] AS pages,
    CASE WHEN f.cell_no IS NULL THEN CAST([] AS INTEGER[]) ELSE [f.cell_no] END AS cell_nos,
    concat(f.form_code, ' ', f.locator, coalesce(' (cell ' || f.cell_no || ')', ''), ': ',
        coalesce('“' || f.first_text || '”', 'nothing'), ' by the rules of the table, “', f.second_text,
        '” by where the characters stand; ', c.confirmed, ' of ', c.printed, ' amounts were confirmed')
        AS message,
    false AS silent
FROM flagged AS f
JOIN counted AS c USING (report_key)
UNION ALL BY NAME
SELECT report_key, {literal(rule.id)} AS check_id, {literal(rule.severity)} AS severity,
    CASE WHEN covered = 0 THEN 'not_applicable' WHEN covered < printed THEN 'not_evaluable' ELSE 'exact' END
        AS status,
    confirmed::INTEGER AS terms, CAST([] AS INTEGER[]) AS pages, CAST([] AS INTEGER[]) AS cell_nos,
    CASE WHEN covered = 0 THEN 'no amount was read twice: this kind of file has one reading only'
        WHEN covered < printed THEN concat(printed - covered, ' of ', printed, ' amounts were read once only')
        ELSE concat(confirmed, ' amounts were read twice alike') END AS message,
    false AS silent
FROM counted
WHERE report_key NOT IN (SELECT report_key FROM flagged)
"""
