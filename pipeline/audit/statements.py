"""Percentages and words of comparison in the narrative as DuckDB SQL over the relations of `cells`.

Belongs here: the query of `percentages` and `directions` entries. Does not: sums and equalities, which the
narrative shares with the forms (`sql`), or the entries themselves (`expectations/identities`).

A percentage p stands for p ± half its last digit, part and whole for their intervals; it holds when some p,
part and whole within them fit (rulebook section 0, rule 4). Nothing is divided: p times the whole is compared
with a hundred times the part, exactly.
"""

from pipeline.audit.cells import CLAIMS, PAGES
from pipeline.audit.rulebook import (
    Attribute,
    Direction,
    Directions,
    Percentage,
    Ratio,
    Term,
    Wording,
    YearEnd,
)
from pipeline.audit.sql import PLACES, condition, describe
from pipeline.sql_text import literal

# Money up to 10¹⁴ 元 and percentages up to 10⁷ multiply within 38 digits.
_MONEY, _PERCENT = "DECIMAL(20, 5)", "DECIMAL(12, 4)"


def percentage_sql(check: Percentage) -> str:
    """Return the statement that adds the results of every case of `check` to `audit_result`.

    A percentage cut instead of rounded, or off by one last digit so that a list adds up to 100, is told as
    information. A whole of zero has no percentages.
    """
    cases = "\nUNION ALL BY NAME ".join(f"({_ratio(ratio)})" for ratio in check.ratios)
    return f"""
INSERT INTO audit_result BY NAME
WITH ratio AS ({cases}),
judged AS (
    SELECT *, CASE
        WHEN lost <> '' OR NOT usable THEN 'not_evaluable'
        WHEN b = 0 THEN 'not_applicable'
        WHEN abs(p * b - 100 * a) <= h * abs(b) THEN 'exact'
        WHEN b_lo <= 0 AND b_hi >= 0 THEN 'not_evaluable'
        WHEN least(p_lo * b_lo, p_lo * b_hi, p_hi * b_lo, p_hi * b_hi) <= 100 * a_hi
            AND greatest(p_lo * b_lo, p_lo * b_hi, p_hi * b_lo, p_hi * b_hi) >= 100 * a_lo THEN 'rounding'
        WHEN abs(100 * a) > abs(p * b) AND abs(100 * a) - abs(p * b) < 2 * h * abs(b) THEN 'cut'
        WHEN abs(p * b - 100 * a) <= 3 * h * abs(b) THEN 'balanced'
        ELSE 'fail' END AS judgement,
    CASE WHEN b <> 0 THEN CAST(
        CAST(a * 100000 AS HUGEINT) * 1000000 // CAST(b * 100000 AS HUGEINT) AS DECIMAL(20, 0)) * 0.0001
        END AS quotient,
    CASE WHEN b <> 0 THEN CAST(
        CAST((h * abs(b) + abs(p) * (b_hi - b_lo) / 2 + 50 * (a_hi - a_lo)) * 1000000 AS HUGEINT) * 10000
        // CAST(abs(b) * 1000000 AS HUGEINT) + 3 AS DECIMAL(20, 0)) * 0.0001
        END AS slack
    FROM ratio
)
SELECT report_key, {literal(check.id)} AS check_id, 'TEXT' AS form_code, subject, measure,
    CASE WHEN judgement IN ('cut', 'balanced') THEN 'I' ELSE {literal(check.severity)} END AS severity,
    CASE WHEN judgement IN ('cut', 'balanced') THEN 'fail' ELSE judgement END AS status,
    p AS reported,
    CASE WHEN judgement = 'exact' THEN p WHEN judgement IN ('rounding', 'cut', 'balanced', 'fail')
        THEN quotient END AS computed,
    CASE WHEN judgement = 'exact' THEN 0 WHEN judgement IN ('rounding', 'cut', 'balanced', 'fail')
        THEN p - quotient END AS difference,
    slack AS tolerance, '%' AS unit, terms, {PLACES}
    CASE judgement
        WHEN 'not_evaluable'
            THEN CASE WHEN lost <> '' THEN lost ELSE 'a figure is contradictory or near zero' END
        WHEN 'not_applicable' THEN 'there is no percentage of zero'
        WHEN 'cut' THEN 'cut, not rounded'
        WHEN 'balanced' THEN 'off by one last digit, as where a list is made to add up to 100'
        WHEN 'fail' THEN concat_ws(' ', subject, measure, p, '% is not', quotient, '%')
    END AS message,
    false AS silent
FROM judged
UNION ALL BY NAME
SELECT report_key, {literal(check.id)} AS check_id, 'TEXT' AS form_code,
    {literal(check.severity)} AS severity, 'not_applicable' AS status,
    0 AS terms, CAST([] AS INTEGER[]) AS pages, CAST([] AS INTEGER[]) AS cell_nos,
    'the narrative states no such percentage' AS message, false AS silent
FROM audit_report WHERE report_key NOT IN (SELECT report_key FROM judged)
"""


def _ratio(ratio: Ratio) -> str:
    """Return the groups of one case: percentage p, part a, whole b, each with its interval."""
    sized = "abs({})" if ratio.sign == "ignored" else "{}"
    keys = [f"k{i}" for i in range(len(ratio.per))]
    whole_keys = keys if ratio.whole_of == "group" else []
    subject = next((f"k{i}" for i, name in enumerate(ratio.per) if name != "measure"), "'total'")
    tests = [
        f"report_key {verb} (SELECT report_key FROM audit_cell WHERE {condition(selector)})"
        for selector, verb in ((ratio.if_present, "IN"), (ratio.if_absent, "NOT IN"))
        if selector
    ]
    return f"""
SELECT report_key, {subject} AS subject, {literal(ratio.reported.measures[0])} AS measure,
    {sized.format("p.amount")} AS p, {sized.format("p.amount")} - p.half AS p_lo,
    {sized.format("p.amount")} + p.half AS p_hi, p.half AS h,
    {sized.format("a.amount")} AS a,
    CASE WHEN {literal(ratio.sign)} = 'ignored' AND a.amount < 0 THEN -a.hi ELSE a.lo END AS a_lo,
    CASE WHEN {literal(ratio.sign)} = 'ignored' AND a.amount < 0 THEN -a.lo ELSE a.hi END AS a_hi,
    b.amount AS b, b.lo AS b_lo, b.hi AS b_hi,
    concat_ws('; ', CASE WHEN a.lost IS NULL THEN {literal(_said(ratio.part))} ELSE nullif(a.lost, '') END,
        CASE WHEN b.lost IS NULL THEN {literal(_said(ratio.whole))} ELSE nullif(b.lost, '') END) AS lost,
    p.usable AND coalesce(a.usable, true) AND coalesce(b.usable, true) AS usable,
    coalesce(a.terms, 0) + coalesce(b.terms, 0) AS terms,
    list_concat(p.places, coalesce(a.places, []), coalesce(b.places, [])) AS places
FROM ({_sum((ratio.reported,), ratio.per, _PERCENT)}) AS p
LEFT JOIN ({_sum(ratio.part, ratio.per, _MONEY)}) AS a USING ({", ".join(["report_key", *keys])})
LEFT JOIN ({_sum(ratio.whole, ratio.per if whole_keys else (), _MONEY)}) AS b
    USING ({", ".join(["report_key", *whole_keys])})
WHERE {" AND ".join(tests) or "true"}"""


def _said(terms: tuple[Term, ...]) -> str:
    return describe(terms[0]) + " is not stated"


def _sum(terms: tuple[Term, ...], per: tuple[Attribute, ...], number: str) -> str:
    """Return sums of terms by report and group with their interval; `lost` names required terms not there."""
    keys = "".join(f", k{i}" for i in range(len(per)))
    lost = ", ".join(
        f"CASE WHEN count(*) FILTER (term = {n}) = 0 THEN {literal(describe(term) + ' is not stated')} END"
        for n, term in enumerate(terms)
        if term.absent == "missing"
    )
    cells = " UNION ALL ".join(
        "SELECT report_key"
        + "".join(f', "{term.renamed.get(name, name)}" AS k{i}' for i, name in enumerate(per))
        + f", {n} AS term, "
        + ("amount, lo, hi" if term.weight > 0 else "-amount AS amount, -hi AS lo, -lo AS hi")
        + f", half, usable, places FROM audit_cell WHERE {condition(term)}"
        + "".join(f' AND "{term.renamed.get(name, name)}" IS NOT NULL' for name in per)
        for n, term in enumerate(terms)
    )
    return f"""
    SELECT report_key{keys}, CAST(sum(amount) AS {number}) AS amount, CAST(sum(lo) AS {number}) AS lo,
        CAST(sum(hi) AS {number}) AS hi, CAST(max(half) AS {number}) AS half,
        concat_ws('; ', {lost or "NULL"}) AS lost, bool_and(usable) AS usable,
        CAST(count(*) FILTER (amount <> 0) AS INTEGER) AS terms, list_sort(flatten(list(places))) AS places
    FROM ({cells})
    GROUP BY ALL"""


def directions_sql(check: Directions) -> str:
    """Return the statement that adds one result for each word of comparison to `audit_result`.

    The words are taken as printed: 等于 and 持平 allow no difference at all.
    """
    kinds = " ".join(
        f"WHEN word IN ({', '.join(map(literal, words))}) THEN {literal(kind)}"
        for kind, words in check.words.items()
    )
    cases = "\nUNION ALL BY NAME ".join(f"({_direction(direction)})" for direction in check.directions)
    return f"""
INSERT INTO audit_result BY NAME
WITH compared AS (SELECT *, CASE {kinds} END AS kind FROM ({cases})),
judged AS (
    SELECT *, CASE
        WHEN lost <> '' OR kind IS NULL THEN 'not_evaluable'
        WHEN kind = CASE WHEN difference > 0 THEN 'more' WHEN difference < 0 THEN 'less' ELSE 'same' END
            OR (kind = 'different' AND difference <> 0) THEN 'exact'
        ELSE 'fail' END AS status
    FROM compared
)
SELECT report_key, {literal(check.id)} AS check_id, 'TEXT' AS form_code, subject, measure,
    {literal(check.severity)} AS severity, status, terms, {PLACES}
    CASE WHEN lost <> '' THEN lost
        WHEN kind IS NULL THEN 'no word of comparison that the rulebook knows: ' || word
        WHEN status = 'fail' THEN concat('“', word, '” is said of a difference of ', difference, ' 元') END
        AS message,
    false AS silent
FROM judged
UNION ALL BY NAME
SELECT report_key, {literal(check.id)} AS check_id, 'TEXT' AS form_code,
    {literal(check.severity)} AS severity, 'not_applicable' AS status,
    0 AS terms, CAST([] AS INTEGER[]) AS pages, CAST([] AS INTEGER[]) AS cell_nos,
    'the narrative compares nothing' AS message, false AS silent
FROM audit_report WHERE report_key NOT IN (SELECT report_key FROM judged)
"""


def _direction(direction: Direction) -> str:
    """Return each word of one section with the difference that it speaks of."""
    terms = (*direction.more, *direction.less)
    subject = "CASE WHEN row_kind = 'total' THEN '' ELSE coalesce(code, item_name, '') END"
    cells = " UNION ALL ".join(
        f"SELECT report_key, {subject} AS subject, {n} AS term, amount * {term.weight} "
        f"* {1 if n < len(direction.more) else -1} AS amount, places FROM audit_cell WHERE {condition(term)}"
        for n, term in enumerate(terms)
    )
    lost = ", ".join(
        f"CASE WHEN count(*) FILTER (term = {n}) = 0 THEN {literal(describe(term) + ' is not stated')} END"
        for n, term in enumerate(terms)
        if term.absent == "missing"
    )
    metrics = ", ".join(map(literal, direction.metrics))
    return f"""
WITH word AS (
    SELECT report_key, coalesce(subject_code, subject, '') AS subject, metric, value_printed AS word,
        CAST({CLAIMS} + claim_no AS BIGINT) * {PAGES} + page AS place
    FROM narrative_claim
    SEMI JOIN audit_report USING (report_key)
    WHERE section = {literal(direction.side)} AND metric IN ({metrics}) AND unit = 'text'
),
term_cell AS ({cells})
SELECT w.report_key, nullif(w.subject, '') AS subject, w.metric AS measure, w.word,
    concat_ws('; ', {lost or "NULL"}) AS lost, coalesce(sum(t.amount), 0) AS difference,
    CAST(count(*) FILTER (t.amount <> 0) AS INTEGER) AS terms,
    list_concat([any_value(w.place)],
        coalesce(list_sort(flatten(list(t.places) FILTER (t.places IS NOT NULL))), [])) AS places
FROM word AS w
LEFT JOIN term_cell AS t ON t.report_key = w.report_key AND t.subject = w.subject
GROUP BY w.report_key, w.subject, w.metric, w.word, w.place"""


def wording_sql(rule: Wording) -> str:
    """Return the statement for slips in the wording of the narrative: one result for each."""
    return f"""
INSERT INTO audit_result BY NAME
WITH slip AS (
    SELECT f.*
    FROM text_flaw AS f
    SEMI JOIN audit_report USING (report_key)
    WHERE f.kind IN ({", ".join(map(literal, rule.flaws))})
),
read AS (
    SELECT r.report_key, count(c.claim_no) AS claims
    FROM audit_report AS r
    LEFT JOIN narrative_claim AS c USING (report_key)
    GROUP BY r.report_key
)
SELECT report_key, {literal(rule.id)} AS check_id, 'TEXT' AS form_code, section AS subject, kind AS measure,
    {literal(rule.severity)} AS severity, 'fail' AS status, 0 AS terms, page, [page] AS pages,
    CAST([] AS INTEGER[]) AS cell_nos, concat('“', found, '” in “', sentence, '”') AS message, false AS silent
FROM slip
UNION ALL BY NAME
SELECT report_key, {literal(rule.id)} AS check_id, {literal(rule.severity)} AS severity,
    CASE WHEN claims = 0 THEN 'not_applicable' ELSE 'exact' END AS status, 0 AS terms,
    CAST([] AS INTEGER[]) AS pages, CAST([] AS INTEGER[]) AS cell_nos,
    CASE WHEN claims = 0 THEN 'no narrative was found' ELSE 'no such slip' END AS message, false AS silent
FROM read
ANTI JOIN slip USING (report_key)"""


def year_end_sql(rule: YearEnd) -> str:
    """Return the statement for dates that must be the last day of the fiscal year: one result for each."""
    return f"""
INSERT INTO audit_result BY NAME
WITH stated AS (
    SELECT c.report_key, c.value_printed AS said, c.page, c.claim_no, r.fiscal_year,
        list_transform(regexp_extract_all(c.value_printed, '[0-9]+'), lambda part: CAST(part AS INTEGER))
            = [r.fiscal_year, 12, 31] AS is_year_end
    FROM narrative_claim AS c
    JOIN header AS r USING (report_key)
    SEMI JOIN audit_report USING (report_key)
    WHERE c.section = {literal(rule.side)} AND c.metric = {literal(rule.metric)} AND c.unit = 'date'
)
SELECT report_key, {literal(rule.id)} AS check_id, 'TEXT' AS form_code, {literal(rule.side)} AS subject,
    {literal(rule.metric)} AS measure, {literal(rule.severity)} AS severity,
    CASE WHEN fiscal_year IS NULL THEN 'not_evaluable' WHEN is_year_end THEN 'exact' ELSE 'fail' END
        AS status,
    1 AS terms, page, [page] AS pages, CAST([] AS INTEGER[]) AS cell_nos, [claim_no] AS claim_nos,
    CASE WHEN fiscal_year IS NULL THEN 'the fiscal year is unknown'
        WHEN NOT is_year_end THEN concat(said, ' is stated, the fiscal year is ', fiscal_year) END AS message,
    false AS silent
FROM stated
UNION ALL BY NAME
SELECT report_key, {literal(rule.id)} AS check_id, {literal(rule.severity)} AS severity,
    'not_applicable' AS status, 0 AS terms, CAST([] AS INTEGER[]) AS pages,
    CAST([] AS INTEGER[]) AS cell_nos, 'no such date is stated' AS message, false AS silent
FROM audit_report
ANTI JOIN stated USING (report_key)"""
