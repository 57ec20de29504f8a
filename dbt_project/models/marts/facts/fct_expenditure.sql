select
    report_key,
    row_cell_no as cell_no,
    list(cell_no order by cell_no) as cell_nos,
    department_key,
    fiscal_year,
    form_code,
    case form_code
        when 'F03' then 'all_funds'
        when 'F05' then 'general_public_budget'
        when 'F07' then 'government_fund'
        when 'F08' then 'state_capital'
        when 'F10' then 'fiscal_appropriation'
    end as scope,
    function_code,
    item_name,
    row_level,
    is_leaf,
    max(amount_yuan) filter (where measure in ('total', 'expenditure_total')) as total_yuan,
    max(amount_yuan) filter (where measure in ('basic', 'expenditure_basic')) as basic_yuan,
    max(amount_yuan) filter (where measure in ('project', 'expenditure_project')) as project_yuan,
    max(amount_yuan) filter (
        where measure = 'project_capital_construction'
    ) as project_capital_construction_yuan,
    max(amount_yuan) filter (where measure = 'remitted_to_superior') as remitted_to_superior_yuan,
    max(amount_yuan) filter (where measure = 'operating') as operating_yuan,
    max(amount_yuan) filter (where measure = 'subsidy_to_subordinate') as subsidy_to_subordinate_yuan,
    coalesce(sum(half_unit_yuan) filter (where amount_yuan != 0), 0) as rounding_yuan,
    min(page) as page,
    load_no
from {{ ref('fct_reported_amount') }}
where
    -- the other columns of F07 and F08 are in fct_fund_budget
    (form_code in ('F03', 'F05', 'F10') or (form_code in ('F07', 'F08') and measure like 'expenditure%'))
    and {{ is_new_or_changed() }}
group by all
order by report_key, cell_no
