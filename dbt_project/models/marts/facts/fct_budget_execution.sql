-- Three places state budgets beside final amounts. They overlap, so each row says its source.
with in_narrative as (
    select
        *,
        -- the n-th budget of a subject belongs to its n-th final amount
        row_number() over (
            partition by report_key, section, subject, function_code, metric order by claim_no
        ) as occurrence
    from {{ ref('fct_narrative_claim') }}
    where
        section in ('fiscal_expenditure', 'gpb_overall', 'gpb_detail', 'government_fund', 'state_capital')
        and metric in ('initial_budget', 'adjusted_budget', 'budget', 'final', 'completion_percent')
        and {{ is_new_or_changed() }}
),

reports as (
    select *
    from {{ ref('stg_report') }}
    where {{ is_new_or_changed() }}
),

stated as (
    select
        report_key,
        'narrative' as source,
        min(claim_no) as source_no,
        department_key,
        fiscal_year,
        case section
            when 'fiscal_expenditure' then 'fiscal_appropriation'
            when 'government_fund' then 'government_fund'
            when 'state_capital' then 'state_capital'
            else 'general_public_budget'
        end as scope,
        'expenditure' as side,
        function_code,
        subject as item_name,
        if(subject is null, 'total', 'subject') as row_kind,
        max(value_yuan) filter (where metric = 'initial_budget') as initial_budget_yuan,
        max(value_yuan) filter (where metric = 'adjusted_budget') as adjusted_budget_yuan,
        max(value_yuan) filter (where metric = 'budget') as budget_yuan,
        max(value_yuan) filter (where metric = 'final') as final_yuan,
        max(value) filter (where metric = 'completion_percent') as execution_printed_percent,
        cast([] as integer[]) as cell_nos,
        list(claim_no order by claim_no) as claim_nos,
        cast(null as integer) as evaluation_no,
        min(page) as page,
        load_no
    from in_narrative
    group by
        report_key, department_key, fiscal_year, section, subject, function_code, occurrence, load_no

    union all

    select
        report_key,
        'form' as source,
        row_cell_no as source_no,
        department_key,
        fiscal_year,
        if(form_code = 'F01', 'all_funds', 'fiscal_appropriation') as scope,
        side,
        function_code,
        item_name,
        if(row_level in ('grand_total', 'total', 'part'), row_level, 'line') as row_kind,
        max(amount_yuan) filter (where measure = 'initial_budget') as initial_budget_yuan,
        max(amount_yuan) filter (where measure = 'adjusted_budget') as adjusted_budget_yuan,
        null as budget_yuan,
        max(amount_yuan) filter (where measure in ('final', 'total')) as final_yuan,
        null as execution_printed_percent,
        list(cell_no order by cell_no) as cell_nos,
        cast([] as integer[]) as claim_nos,
        null as evaluation_no,
        min(page) as page,
        load_no
    from {{ ref('fct_reported_amount') }}
    where
        form_code in ('F01', 'F04')
        and measure in ('initial_budget', 'adjusted_budget', 'final', 'total')
        and {{ is_new_or_changed() }}
    group by all

    union all

    select
        annexes.report_key,
        'annex' as source,
        annexes.evaluation_no as source_no,
        reports.department_key,
        reports.fiscal_year,
        null as scope,
        'expenditure' as side,
        null as function_code,
        annexes.project_name as item_name,
        if(annexes.kind = 'department', 'total', 'project') as row_kind,
        annexes.initial_budget_yuan,
        annexes.adjusted_budget_yuan,
        null as budget_yuan,
        annexes.executed_yuan as final_yuan,
        annexes.rate as execution_printed_percent,
        cast([] as integer[]) as cell_nos,
        cast([] as integer[]) as claim_nos,
        annexes.evaluation_no,
        annexes.page_first as page,
        reports.load_no
    from {{ source('audit', 'project_evaluation') }} as annexes
    inner join reports on annexes.report_key = reports.report_key
)

select
    report_key,
    source,
    source_no,
    department_key,
    fiscal_year,
    scope,
    side,
    function_code,
    item_name,
    row_kind,
    initial_budget_yuan,
    adjusted_budget_yuan,
    budget_yuan,
    final_yuan,
    execution_printed_percent,
    {{ percent('final_yuan', 'initial_budget_yuan') }} as initial_execution_percent,
    {{ percent('final_yuan', 'adjusted_budget_yuan') }} as adjusted_execution_percent,
    cell_nos,
    claim_nos,
    evaluation_no,
    page,
    load_no
from stated
where coalesce(initial_budget_yuan, adjusted_budget_yuan, budget_yuan) is not null
order by report_key, source, source_no
