-- measures are called <phase>_<item>; should a form repeat one, the first cell counts
with cells as (
    select
        *,
        split_part(measure, '_', 1) as phase,
        measure[length(split_part(measure, '_', 1)) + 2:] as item
    from {{ ref('fct_reported_amount') }}
    where form_code = 'F09' and {{ is_new_or_changed() }}
)

select
    report_key,
    phase,
    min(cell_no) as cell_no,
    list(cell_no order by cell_no) as cell_nos,
    department_key,
    fiscal_year,
    arg_min_null(amount_yuan, cell_no) filter (where item = 'total') as total_yuan,
    arg_min_null(amount_yuan, cell_no) filter (where item = 'overseas') as overseas_yuan,
    arg_min_null(amount_yuan, cell_no) filter (where item = 'vehicle') as vehicle_yuan,
    arg_min_null(amount_yuan, cell_no) filter (where item = 'vehicle_purchase') as vehicle_purchase_yuan,
    arg_min_null(amount_yuan, cell_no) filter (where item = 'vehicle_operation') as vehicle_operation_yuan,
    arg_min_null(amount_yuan, cell_no) filter (where item = 'reception') as reception_yuan,
    arg_min_null(amount_yuan, cell_no) filter (where item = 'meeting') as meeting_yuan,
    arg_min_null(amount_yuan, cell_no) filter (where item = 'training') as training_yuan,
    coalesce(sum(half_unit_yuan) filter (where amount_yuan != 0), 0) as rounding_yuan,
    min(page) as page,
    load_no
from cells
group by
    report_key,
    phase,
    department_key,
    fiscal_year,
    load_no
order by report_key, cell_no
