select
    report_key,
    row_cell_no as cell_no,
    list(cell_no order by cell_no) as cell_nos,
    department_key,
    fiscal_year,
    form_code,
    case form_code when 'F07' then 'government_fund' when 'F08' then 'state_capital' end as fund,
    function_code,
    item_name,
    row_level,
    is_leaf,
    max(amount_yuan) filter (where measure = 'opening_balance') as opening_balance_yuan,
    max(amount_yuan) filter (where measure = 'income') as income_yuan,
    max(amount_yuan) filter (where measure = 'expenditure_total') as expenditure_yuan,
    max(amount_yuan) filter (where measure = 'expenditure_basic') as basic_yuan,
    max(amount_yuan) filter (where measure = 'expenditure_project') as project_yuan,
    max(amount_yuan) filter (where measure = 'closing_balance') as closing_balance_yuan,
    coalesce(sum(half_unit_yuan) filter (where amount_yuan != 0), 0) as rounding_yuan,
    min(page) as page,
    load_no
from {{ ref('fct_reported_amount') }}
where form_code in ('F07', 'F08') and {{ is_new_or_changed() }}
group by all
order by report_key, cell_no
