with cells as (
    select *
    from {{ ref('stg_reported_amount') }}
    where {{ is_new_or_changed() }}
),

-- A row of a form is what has the same code and name; where that occurs twice, the n-th cell of each measure
-- belongs to the n-th row.
occurrences as (
    select
        *,
        row_number() over (
            partition by report_key, form_code, side, item_code, item_name, measure order by cell_no
        ) as occurrence
    from cells
),

in_rows as (
    select
        * exclude (occurrence),
        min(cell_no) over (
            partition by report_key, form_code, side, item_code, item_name, occurrence
        ) as row_cell_no
    from occurrences
),

-- codes below which the same form of the same report prints further codes
parents as (
    select
        report_key,
        form_code,
        left(item_code, 3) as item_code
    from cells
    where row_kind = 'subject' and length(item_code) > 3
    union
    select
        report_key,
        form_code,
        left(item_code, 5) as item_code
    from cells
    where row_kind = 'subject' and length(item_code) > 5
)

select
    cells.report_key,
    cells.cell_no,
    cells.row_cell_no,
    cells.department_key,
    cells.fiscal_year,
    cells.form_code,
    cells.side,
    cells.measure_key,
    cells.measure,
    cells.item_code,
    cells.item_name,
    cells.line_item,
    cells.line_item_key,
    case
        when cells.form_code = 'F06' then null
        when cells.row_kind = 'subject' then cells.item_code
        when starts_with(cells.line_item, 'class_') then cells.line_item[7:]
    end as function_code,
    case
        when cells.form_code = 'F06' and cells.row_kind = 'subject' then cells.item_code
    end as economic_code,
    cells.row_kind,
    case
        when cells.row_kind in ('total', 'part') then cells.row_kind
        when cells.row_kind = 'subject'
            then
                case length(cells.item_code)
                    when 3 then 'class' when 5 then 'group' when 7 then 'item' else 'other'
                end
        when cells.line_item = 'grand_total' then 'grand_total'
        when cells.line_item in ('current_income', 'current_expenditure') then 'total'
        -- F04 prints the opening balance and, below it, its three funds
        when cells.line_item like 'opening\_%' escape '\' and cells.line_item != 'opening_balance' then 'part'
        else 'line'
    end as row_level,
    cells.row_kind = 'subject' and parents.report_key is null as is_leaf,
    cells.amount_printed,
    cells.amount_yuan,
    cells.half_unit_yuan,
    cells.unit,
    cells.decimals,
    cells.page,
    cells.table_no,
    cells.row_no,
    cells.column_no,
    cells.x0,
    cells.top,
    cells.x1,
    cells.bottom,
    cells.locator,
    cells.reading,
    cells.confidence,
    cells.flag,
    cells.load_no
from in_rows as cells
left join parents
    on
        cells.report_key = parents.report_key
        and cells.form_code = parents.form_code
        and cells.item_code = parents.item_code
order by cells.report_key, cells.cell_no
