with reports as (
    select *
    from {{ ref('stg_report') }}
    where {{ is_new_or_changed() }}
)

select
    annexes.report_key,
    annexes.evaluation_no,
    reports.department_key,
    reports.fiscal_year,
    annexes.kind,
    annexes.title_printed,
    annexes.project_name,
    annexes.department_name,
    annexes.unit_name,
    annexes.initial_budget_yuan,
    annexes.adjusted_budget_yuan,
    annexes.executed_yuan,
    annexes.rate as execution_printed_percent,
    {{ percent('annexes.executed_yuan', 'annexes.adjusted_budget_yuan') }} as adjusted_execution_percent,
    annexes.budget_weight,
    annexes.budget_score,
    annexes.total_weight,
    annexes.total_score,
    annexes.rating_printed,
    annexes.goals_expected,
    annexes.goals_actual,
    annexes.page_first as page,
    annexes.locator,
    reports.load_no
from {{ source('audit', 'project_evaluation') }} as annexes
inner join reports on annexes.report_key = reports.report_key
order by annexes.report_key, annexes.evaluation_no
