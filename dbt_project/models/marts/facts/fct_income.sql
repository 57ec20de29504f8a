select
    report_key,
    row_cell_no as cell_no,
    list(cell_no order by cell_no) as cell_nos,
    department_key,
    fiscal_year,
    function_code,
    item_name,
    row_level,
    is_leaf,
    max(amount_yuan) filter (where measure = 'total') as total_yuan,
    max(amount_yuan) filter (where measure = 'fiscal_appropriation') as fiscal_appropriation_yuan,
    max(amount_yuan) filter (where measure = 'superior_subsidy') as superior_subsidy_yuan,
    max(amount_yuan) filter (where measure = 'institutional') as institutional_yuan,
    max(amount_yuan) filter (
        where measure = 'institutional_education_fees'
    ) as institutional_education_fees_yuan,
    max(amount_yuan) filter (where measure = 'operating') as operating_yuan,
    max(amount_yuan) filter (where measure = 'subordinate_remittance') as subordinate_remittance_yuan,
    max(amount_yuan) filter (where measure = 'other') as other_yuan,
    coalesce(sum(half_unit_yuan) filter (where amount_yuan != 0), 0) as rounding_yuan,
    min(page) as page,
    load_no
from {{ ref('fct_reported_amount') }}
where form_code = 'F02' and {{ is_new_or_changed() }}
group by all
order by report_key, cell_no
