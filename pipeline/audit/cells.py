"""The facts as the checks see them: one row per report and one per printed cell, in DuckDB.

Belongs here: readable, blank, repeated and zero cells, the interval a number stands for, the hierarchy of
codes, the figures of the narrative beside those of the forms. Does not: any identity (`sql` and
`expectations/identities`).

The narrative is a form of its own, TEXT: a section is its side, a metric its measure; a figure about the
whole section is its total, one about a functional item a subject by the item's code, any other a line.

All amounts are DECIMAL, in 元. A cell stands for the closed interval `lo` to `hi`, half a unit of its last
printed decimal either way (rulebook section 0); a blank or zero cell has no width.
"""

from decimal import Decimal

from pipeline.facts import UNIT_YUAN
from pipeline.sql_text import literal

# Six decimals hold half a unit of every amount that is printed to the fen or coarser, with room for finer.
AMOUNT = "DECIMAL(28, 6)"

# A place is a cell and its page in one number, cell_no * PAGES + page: sorting numbers costs half of what
# sorting pairs does, and every group of every check sorts its cells.
PAGES = 100_000

CLAIMS = 1_000_000
"""Figures of the narrative are numbered from here on, where cells of forms are by `cell_no`."""

# Signs printed in place of a number that mean "nothing".
_BLANK_SIGNS = r"[\s\-–—－﹣/／.…无]"


def _half_units() -> str:
    """Return rows (unit, decimals, half): half a unit of the last printed decimal, in 元."""
    rows = []
    for unit, yuan in UNIT_YUAN.items():
        for decimals in range(0, 11):
            half = yuan * Decimal(5).scaleb(-decimals - 1)
            if half == half.quantize(Decimal(1).scaleb(-6)):
                rows.append(f"({literal(unit)}, {decimals}, CAST({half:f} AS {AMOUNT}))")
    return ", ".join(rows)


REPORT_SQL = """
CREATE OR REPLACE TEMP TABLE audit_report AS
SELECT
    h.report_key,
    coalesce(list(DISTINCT f.form_code) FILTER (f.state IN ('filled', 'empty')), []) AS present,
    coalesce(list(DISTINCT f.form_code) FILTER (f.state = 'empty'), []) AS empty,
    coalesce(list(DISTINCT f.form_code) FILTER (f.state IN ('missing', 'placeholder')), []) AS missing
FROM header AS h
LEFT JOIN form AS f USING (report_key)
WHERE h.report_kind = 'final_account'
GROUP BY h.report_key
"""

# One row per cell: repeated prints of a cell are one cell whose interval is the intersection of theirs.
# The parent of a coded row is the nearest code printed above it in the hierarchy (五位款, else 三位类).
CELL_SQL = f"""
CREATE OR REPLACE TEMP TABLE audit_cell AS
WITH half_unit (unit, decimals, half) AS (VALUES {_half_units()}),
printed AS (
    SELECT
        a.report_key, a.form_code AS form, a.side, a.row_kind, a.line_item, a.item_code, a.measure,
        CASE WHEN a.row_kind <> 'total' THEN a.item_name END AS item_name,
        CASE WHEN a.row_kind = 'subject' THEN a.item_code END AS code,
        a.cell_no, a.page,
        a.amount_printed IS NOT NULL
            OR regexp_replace(coalesce(a.cell_text, ''), '{_BLANK_SIGNS}', '', 'g') <> '' AS filled,
        '元' AS unit,
        CAST(a.amount_yuan AS {AMOUNT}) AS amount,
        CASE WHEN a.amount_yuan = 0 THEN CAST(0 AS {AMOUNT}) ELSE u.half END AS half
    FROM reported_amount AS a
    JOIN audit_report USING (report_key)
    LEFT JOIN half_unit AS u ON u.unit = a.unit AND u.decimals = a.decimals
    -- budgets beside 决算 are no term of any identity, and often stand in some rows only
    WHERE a.row_kind <> 'part' AND a.measure NOT IN ('initial_budget', 'adjusted_budget')
    UNION ALL
    SELECT
        c.report_key, 'TEXT' AS form, c.section AS side,
        CASE WHEN c.subject IS NULL THEN 'total' WHEN c.subject_code IS NULL THEN 'line' ELSE 'subject' END
            AS row_kind,
        NULL AS line_item, c.subject_code AS item_code, c.metric AS measure,
        CASE WHEN c.subject_code IS NULL THEN c.subject END AS item_name, c.subject_code AS code,
        {CLAIMS} + c.claim_no AS cell_no, c.page,
        true AS filled,
        CASE WHEN c.value_yuan IS NOT NULL THEN '元' WHEN c.is_percent THEN '%' ELSE c.unit END AS unit,
        CAST(coalesce(c.value_yuan, c.value) AS {AMOUNT}) AS amount,
        CASE
            WHEN c.value_yuan IS NOT NULL AND c.value <> 0 THEN u.half
            WHEN c.is_percent THEN p.half  -- a printed 0 % is rounded too
            ELSE CAST(0 AS {AMOUNT})  -- what is counted is not rounded
        END AS half
    FROM (
        SELECT *, length(split_part(value_printed, '.', 2)) AS decimals,
            -- the sign may be left out: 增长13.95。
            unit IS NOT DISTINCT FROM '%' OR (unit IS NULL AND metric LIKE '%percent') AS is_percent
        FROM narrative_claim
        WHERE value IS NOT NULL AND metric IS NOT NULL
    ) AS c
    JOIN audit_report USING (report_key)
    LEFT JOIN half_unit AS u ON u.unit = c.unit AND u.decimals = c.decimals
    LEFT JOIN half_unit AS p ON p.unit = '元' AND p.decimals = c.decimals
),
merged AS (
    SELECT
        report_key, form, side, row_kind, line_item, item_code, item_name, code, measure, unit,
        bool_or(filled) AS filled,
        bool_and(NOT filled OR (amount IS NOT NULL AND half IS NOT NULL)) AS readable,
        coalesce(arg_min(amount, half) FILTER (filled), 0) AS amount,
        coalesce(max(amount - half) FILTER (filled), 0) AS lo,
        coalesce(min(amount + half) FILTER (filled), 0) AS hi,
        list_sort(list(CAST(cell_no AS BIGINT) * {PAGES} + page)) AS places
    FROM printed
    GROUP BY ALL
),
coded AS (
    SELECT DISTINCT report_key, form, code,
        CASE WHEN length(code) > 5 THEN left(code, 5) END AS item_of,
        CASE WHEN length(code) > 3 THEN left(code, 3) END AS class_of
    FROM merged
    WHERE code IS NOT NULL
),
parented AS (
    SELECT c.report_key, c.form, c.code, coalesce(k.code, l.code) AS parent_code
    FROM coded AS c
    LEFT JOIN coded AS k ON k.report_key = c.report_key AND k.form = c.form AND k.code = c.item_of
    LEFT JOIN coded AS l ON l.report_key = c.report_key AND l.form = c.form AND l.code = c.class_of
    WHERE c.form <> 'TEXT'
),
parents AS (
    SELECT DISTINCT report_key, form, parent_code AS code FROM parented WHERE parent_code IS NOT NULL
)
SELECT
    m.*,
    m.readable AND m.lo <= m.hi AS usable,
    (m.hi - m.lo) / 2 AS half,
    coalesce(m.item_code, m.line_item, m.item_name) AS "row",
    h.parent_code,
    m.code IS NOT NULL AND p.code IS NULL AS leaf,
    CASE
        WHEN m.line_item LIKE 'class\\_%' ESCAPE '\\' THEN substr(m.line_item, 7)
        ELSE left(m.code, 3)
    END AS class_code,
    CASE
        WHEN m.side = 'income' THEN regexp_replace(m.line_item, '^opening_', '')
        WHEN m.side = 'expenditure' THEN m.measure
    END AS fund
FROM merged AS m
LEFT JOIN parented AS h ON h.report_key = m.report_key AND h.form = m.form AND h.code = m.code
LEFT JOIN parents AS p ON p.report_key = m.report_key AND p.form = m.form AND p.code = m.code
"""
