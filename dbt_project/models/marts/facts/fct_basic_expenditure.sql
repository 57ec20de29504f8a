select
    report_key,
    row_cell_no as cell_no,
    list(cell_no order by cell_no) as cell_nos,
    department_key,
    fiscal_year,
    economic_code,
    item_name,
    item_code as row_code,
    row_level,
    is_leaf,
    max(amount_yuan) filter (where measure = 'final') as amount_yuan,
    max(amount_yuan) filter (where measure = 'personnel') as personnel_yuan,
    max(amount_yuan) filter (where measure = 'public') as public_yuan,
    coalesce(sum(half_unit_yuan) filter (where amount_yuan != 0), 0) as rounding_yuan,
    min(page) as page,
    load_no
from {{ ref('fct_reported_amount') }}
where form_code = 'F06' and {{ is_new_or_changed() }}
group by all
order by report_key, cell_no
