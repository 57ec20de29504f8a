-- The funds of one subject side by side. A form that prints a code twice has as many rows here.
with {{ wanted_pairs() }},

printed as (
    select
        *,
        row_number() over (
            partition by report_key, form_code, function_code order by cell_no
        ) as occurrence_no
    from (
        select
            report_key,
            form_code,
            function_code,
            item_name,
            cell_no,
            cell_nos,
            total_yuan,
            basic_yuan,
            project_yuan
        from {{ ref('fct_expenditure') }}
        where function_code is not null and report_key in (select read_for_them.report_key from read_for_them)
        union all
        select
            report_key,
            'F02' as form_code,
            function_code,
            item_name,
            cell_no,
            cell_nos,
            total_yuan,
            null as basic_yuan,
            null as project_yuan
        from {{ ref('fct_income') }}
        where function_code is not null and report_key in (select read_for_them.report_key from read_for_them)
    )
),

side_by_side as (
    select
        report_key,
        function_code,
        cast(occurrence_no as integer) as occurrence_no,
        min_by(item_name, cell_no) as item_name,
        max(total_yuan) filter (where form_code = 'F02') as income_yuan,
        max(total_yuan) filter (where form_code = 'F03') as expenditure_yuan,
        max(basic_yuan) filter (where form_code = 'F03') as basic_yuan,
        max(project_yuan) filter (where form_code = 'F03') as project_yuan,
        max(total_yuan) filter (where form_code = 'F05') as general_budget_yuan,
        max(basic_yuan) filter (where form_code = 'F05') as general_budget_basic_yuan,
        max(project_yuan) filter (where form_code = 'F05') as general_budget_project_yuan,
        max(total_yuan) filter (where form_code = 'F07') as government_fund_yuan,
        max(total_yuan) filter (where form_code = 'F08') as state_capital_yuan,
        max(total_yuan) filter (where form_code = 'F10') as fiscal_appropriation_yuan,
        list_sort(flatten(list(cell_nos))) as cell_nos
    from printed
    group by report_key, function_code, occurrence_no
),

parents as (
    select
        report_key,
        left(function_code, 3) as function_code
    from side_by_side
    where length(function_code) > 3
    union
    select
        report_key,
        left(function_code, 5) as function_code
    from side_by_side
    where length(function_code) > 5
),

totals as (
    select
        report_key,
        min_by(total_yuan, cell_no) as expenditure_yuan
    from {{ ref('fct_expenditure') }}
    where form_code = 'F03' and row_level = 'total' and report_key in (select wanted.report_key from wanted)
    group by report_key
)

select
    subjects.report_key,
    subjects.function_code,
    subjects.occurrence_no,
    reports.department_key,
    reports.fiscal_year,
    coalesce(reports.scope, 'department') as scope,
    case length(subjects.function_code)
        when 3 then 'class' when 5 then 'group' when 7 then 'item' else 'other'
    end as subject_level,
    parents.report_key is null as is_leaf,
    subjects.item_name,
    -- what the class was called in that year
    if(reports.fiscal_year < classes.changed_in, classes.name_before, classes.name_zh) as class_name_zh,
    subjects.income_yuan,
    subjects.expenditure_yuan,
    subjects.basic_yuan,
    subjects.project_yuan,
    subjects.general_budget_yuan,
    subjects.general_budget_basic_yuan,
    subjects.general_budget_project_yuan,
    subjects.government_fund_yuan,
    subjects.state_capital_yuan,
    subjects.fiscal_appropriation_yuan,
    {{ percent('subjects.expenditure_yuan', 'totals.expenditure_yuan') }} as share_percent,
    priors.expenditure_yuan as prior_expenditure_yuan,
    {{ growth_percent(
        'subjects.expenditure_yuan', 'priors.expenditure_yuan'
    ) }} as expenditure_growth_percent,
    subjects.cell_nos,
    wanted.prior_report_key,
    wanted.prior_load_no,
    wanted.load_no
from wanted
inner join {{ ref('stg_report') }} as reports on wanted.report_key = reports.report_key
inner join side_by_side as subjects on wanted.report_key = subjects.report_key
left join side_by_side as priors
    on
        wanted.prior_report_key = priors.report_key
        and subjects.function_code = priors.function_code
        and subjects.occurrence_no = priors.occurrence_no
left join parents
    on subjects.report_key = parents.report_key and subjects.function_code = parents.function_code
left join totals on subjects.report_key = totals.report_key
left join {{ ref('functional_class') }} as classes on left(subjects.function_code, 3) = classes.class_code
order by subjects.report_key, subjects.function_code, subjects.occurrence_no
