-- One figure of a report per column. What the forms print counts; the narrative only gives what no form has.
with {{ wanted_pairs() }},

cells as (
    select
        report_key,
        cell_no,
        amount_yuan,
        case
            when form_code = 'F01' and side = 'income' and measure = 'final'
                then
                    case line_item
                        when 'grand_total' then 'grand_total'
                        when 'opening_balance' then 'opening_balance'
                        when 'current_income' then 'income'
                    end
            when form_code = 'F01' and side = 'expenditure' and measure = 'final'
                then case line_item when 'closing_balance' then 'closing_balance' end
            when form_code = 'F03' and row_level = 'total'
                then
                    case measure
                        when 'total' then 'expenditure'
                        when 'basic' then 'basic'
                        when 'project' then 'project'
                    end
            when form_code = 'F05' and row_level = 'total'
                then case measure when 'total' then 'general_budget' when 'basic' then 'general_basic' end
            when form_code = 'F06' and measure = 'final'
                then
                    case item_code
                        when 'personnel_total' then 'personnel'
                        when 'public_total' then 'public'
                    end
            when form_code = 'F06' and item_code = 'total' and measure in ('personnel', 'public') then measure
            when form_code = 'F09' then case measure when 'final_total' then 'three_public' end
        end as figure
    from {{ ref('fct_reported_amount') }}
    where report_key in (select read_for_them.report_key from read_for_them)
),

-- should a form print a total twice, the first counts
totals as (
    select
        report_key,
        arg_min_null(amount_yuan, cell_no) filter (where figure = 'grand_total') as grand_total_yuan,
        arg_min_null(amount_yuan, cell_no) filter (where figure = 'income') as income_yuan,
        arg_min_null(amount_yuan, cell_no) filter (where figure = 'expenditure') as expenditure_yuan,
        arg_min_null(amount_yuan, cell_no) filter (where figure = 'basic') as basic_yuan,
        arg_min_null(amount_yuan, cell_no) filter (where figure = 'project') as project_yuan,
        arg_min_null(amount_yuan, cell_no) filter (where figure = 'opening_balance') as opening_balance_yuan,
        arg_min_null(amount_yuan, cell_no) filter (where figure = 'closing_balance') as closing_balance_yuan,
        arg_min_null(amount_yuan, cell_no) filter (where figure = 'general_budget') as general_budget_yuan,
        arg_min_null(amount_yuan, cell_no) filter (where figure = 'general_basic') as general_basic_yuan,
        arg_min_null(amount_yuan, cell_no) filter (where figure = 'personnel') as personnel_yuan,
        arg_min_null(amount_yuan, cell_no) filter (where figure = 'public') as public_yuan,
        arg_min_null(amount_yuan, cell_no) filter (where figure = 'three_public') as three_public_yuan,
        list(cell_no order by cell_no) as cell_nos
    from cells
    where figure is not null
    group by report_key
),

claims as (
    select
        report_key,
        claim_no,
        value_yuan,
        case
            when section = 'gpb_detail' and metric = 'initial_budget' then 'initial_budget'
            when section = 'overall' and metric = 'yoy_change_amount' then 'grand_total_change'
            when section = 'income' and metric = 'yoy_change_amount' then 'income_change'
            when section = 'expenditure' and metric = 'yoy_change_amount' then 'expenditure_change'
            when section = 'gpb_overall' and metric = 'yoy_change_amount' then 'general_budget_change'
            when section = 'income' and metric = 'prior_year_total_income' then 'income_prior'
            when section = 'expenditure' and metric = 'prior_year_total_expenditure' then 'expenditure_prior'
            when section = 'overall' and metric = 'prior_year_grand_total' then 'grand_total_prior'
            when section = 'gpb_overall' and metric = 'prior_year_final' then 'general_budget_prior'
        end as figure
    from {{ ref('fct_narrative_claim') }}
    where subject is null and report_key in (select wanted.report_key from wanted)
),

stated as (
    select
        report_key,
        {%- for figure in ('grand_total', 'income', 'expenditure', 'general_budget') %}
            arg_min_null(value_yuan, claim_no) filter (
                where figure = '{{ figure }}_change'
            ) as {{ figure }}_change,
            arg_min_null(value_yuan, claim_no) filter (
                where figure = '{{ figure }}_prior'
            ) as {{ figure }}_prior,
        {%- endfor %}
        arg_min_null(value_yuan, claim_no) filter (where figure = 'initial_budget') as initial_budget_yuan,
        list(claim_no order by claim_no) as claim_nos
    from claims
    where figure is not null
    group by report_key
),

-- of the report before, else as this report prints it, else what its printed change leaves
compared as (
    select
        wanted.report_key,
        wanted.load_no,
        wanted.prior_report_key,
        wanted.prior_load_no,
        {%- for figure in ('grand_total', 'income', 'expenditure', 'general_budget') %}
            case
                when priors.{{ figure }}_yuan is not null then 'prior_report'
                when stated.{{ figure }}_prior is not null then 'printed_prior'
                when stated.{{ figure }}_change is not null and totals.{{ figure }}_yuan is not null
                    then 'printed_change'
            end as {{ figure }}_prior_source,
            cast(coalesce(
                priors.{{ figure }}_yuan,
                stated.{{ figure }}_prior,
                totals.{{ figure }}_yuan - stated.{{ figure }}_change
            ) as decimal(20, 2)) as {{ figure }}_prior_yuan,
        {%- endfor %}
        totals.grand_total_yuan,
        totals.income_yuan,
        totals.expenditure_yuan,
        totals.basic_yuan,
        totals.project_yuan,
        totals.opening_balance_yuan,
        totals.closing_balance_yuan,
        totals.general_budget_yuan,
        totals.general_basic_yuan,
        totals.personnel_yuan,
        totals.public_yuan,
        totals.three_public_yuan,
        coalesce(totals.cell_nos, []) as cell_nos,
        stated.initial_budget_yuan,
        coalesce(stated.claim_nos, []) as claim_nos
    from wanted
    left join totals on wanted.report_key = totals.report_key
    left join totals as priors on wanted.prior_report_key = priors.report_key
    left join stated on wanted.report_key = stated.report_key
)

select
    compared.report_key,
    reports.department_key,
    reports.department_name,
    reports.fiscal_year,
    coalesce(reports.scope, 'department') as scope,
    compared.grand_total_yuan,
    compared.income_yuan,
    compared.expenditure_yuan,
    compared.basic_yuan,
    compared.project_yuan,
    {{ percent('compared.basic_yuan', 'compared.expenditure_yuan') }} as basic_share_percent,
    {{ percent('compared.project_yuan', 'compared.expenditure_yuan') }} as project_share_percent,
    compared.opening_balance_yuan,
    compared.closing_balance_yuan,
    {{ percent('compared.closing_balance_yuan', 'compared.grand_total_yuan') }} as carry_over_percent,
    compared.general_budget_yuan,
    compared.initial_budget_yuan,
    {{ percent('compared.general_budget_yuan', 'compared.initial_budget_yuan') }} as execution_percent,
    compared.general_basic_yuan,
    compared.personnel_yuan,
    compared.public_yuan,
    {{ percent('compared.personnel_yuan', 'compared.general_basic_yuan') }} as personnel_share_percent,
    compared.three_public_yuan,
    {{ percent('compared.three_public_yuan', 'compared.general_budget_yuan') }} as three_public_share_percent,
    {% for figure in ('grand_total', 'income', 'expenditure', 'general_budget') -%}
        compared.{{ figure }}_prior_yuan,
        compared.{{ figure }}_prior_source,
        {{ growth_percent(
            'compared.' ~ figure ~ '_yuan', 'compared.' ~ figure ~ '_prior_yuan'
        ) }} as {{ figure }}_growth_percent,
    {% endfor -%}
    reports.scope = 'unit' as is_own_account,
    reports.revision_no > 1 as is_restated,
    reports.department_name != prior_reports.department_name as is_renamed,
    list_sort(string_split(reports.template, ' '))
    != list_sort(string_split(prior_reports.template, ' ')) as is_template_changed,
    reports.verdict = 'waived' as is_waived,
    compared.cell_nos,
    compared.claim_nos,
    compared.prior_report_key,
    compared.prior_load_no,
    compared.load_no
from compared
inner join {{ ref('stg_report') }} as reports on compared.report_key = reports.report_key
left join {{ ref('stg_report') }} as prior_reports on compared.prior_report_key = prior_reports.report_key
order by compared.report_key
