select
    amounts.report_key,
    amounts.cell_no,
    reports.department_key,
    reports.fiscal_year,
    amounts.form_code,
    amounts.side,
    amounts.item_code,
    amounts.item_name,
    amounts.line_item,
    if(
        listed.line_item is null, null, concat_ws('.', listed.form_code, listed.side, listed.line_item)
    ) as line_item_key,
    amounts.row_kind,
    amounts.measure,
    concat_ws('.', amounts.form_code, amounts.side, amounts.measure) as measure_key,
    amounts.amount_printed,
    amounts.amount_yuan,
    amounts.unit,
    amounts.decimals,
    -- half a unit of the last printed digit, exact: a list of decimals instead of a power of ten
    cast(
        units.yuan
        * list_extract([0.500000, 0.050000, 0.005000, 0.000500, 0.000050, 0.000005], amounts.decimals + 1)
        as decimal(20, 6)
    ) as half_unit_yuan,
    amounts.page,
    amounts.table_no,
    amounts.row_no,
    amounts.column_no,
    amounts.x0,
    amounts.top,
    amounts.x1,
    amounts.bottom,
    amounts.locator,
    amounts.reading,
    amounts.confidence,
    amounts.flag,
    reports.load_no
from {{ source('raw', 'reported_amount') }} as amounts
inner join {{ ref('stg_report') }} as reports on amounts.report_key = reports.report_key
left join {{ ref('unit') }} as units on amounts.unit = units.unit
left join {{ ref('line_item') }} as listed
    on
        amounts.form_code = listed.form_code
        and amounts.side is not distinct from listed.side
        and amounts.line_item = listed.line_item
