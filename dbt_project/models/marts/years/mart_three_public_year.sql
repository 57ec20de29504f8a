-- Amounts are the form's; numbers of trips, vehicles and visitors stand in the narrative only.
with {{ wanted_pairs() }},

phases as (
    select *
    from {{ ref('fct_three_public') }}
    where report_key in (select read_for_them.report_key from read_for_them)
),

finals as (
    select * from phases
    where phase = 'final'
),

budgets as (
    select * from phases
    where phase = 'budget'
),

counts as (
    select
        report_key,
        {%- for metric in (
            'overseas_groups', 'overseas_persons', 'vehicles_purchased', 'vehicles_owned', 'reception_groups',
            'reception_visitors'
        ) %}
            arg_min_null(value, claim_no) filter (where metric = '{{ metric }}') as {{ metric }},
        {%- endfor %}
        list(claim_no order by claim_no) as claim_nos
    from {{ ref('fct_narrative_claim') }}
    where
        report_key in (select wanted.report_key from wanted)
        and section like 'three\_public\_%' escape '\'
        and subject is null
        and metric in (
            'overseas_groups',
            'overseas_persons',
            'vehicles_purchased',
            'vehicles_owned',
            'reception_groups',
            'reception_visitors'
        )
    group by report_key
)

select
    wanted.report_key,
    reports.department_key,
    reports.fiscal_year,
    coalesce(reports.scope, 'department') as scope,
    finals.total_yuan as final_yuan,
    finals.overseas_yuan as overseas_final_yuan,
    finals.vehicle_purchase_yuan as vehicle_purchase_final_yuan,
    finals.vehicle_operation_yuan as vehicle_operation_final_yuan,
    finals.vehicle_yuan as vehicle_final_yuan,
    finals.reception_yuan as reception_final_yuan,
    budgets.total_yuan as budget_yuan,
    budgets.overseas_yuan as overseas_budget_yuan,
    budgets.vehicle_yuan as vehicle_budget_yuan,
    budgets.reception_yuan as reception_budget_yuan,
    {{ percent('finals.total_yuan', 'budgets.total_yuan') }} as execution_percent,
    priors.total_yuan as prior_final_yuan,
    {{ growth_percent('finals.total_yuan', 'priors.total_yuan') }} as growth_percent,
    counts.overseas_groups,
    counts.overseas_persons,
    counts.vehicles_purchased,
    counts.vehicles_owned,
    counts.reception_groups,
    counts.reception_visitors,
    cast(
        finals.overseas_yuan / nullif(counts.overseas_persons, 0) as decimal(20, 2)
    ) as overseas_per_person_yuan,
    cast(
        finals.vehicle_operation_yuan / nullif(counts.vehicles_owned, 0) as decimal(20, 2)
    ) as operation_per_vehicle_yuan,
    cast(
        finals.reception_yuan / nullif(counts.reception_visitors, 0) as decimal(20, 2)
    ) as reception_per_visitor_yuan,
    list_sort(list_concat(coalesce(finals.cell_nos, []), coalesce(budgets.cell_nos, []))) as cell_nos,
    coalesce(counts.claim_nos, []) as claim_nos,
    wanted.prior_report_key,
    wanted.prior_load_no,
    wanted.load_no
from wanted
inner join {{ ref('stg_report') }} as reports on wanted.report_key = reports.report_key
left join finals on wanted.report_key = finals.report_key
left join budgets on wanted.report_key = budgets.report_key
left join finals as priors on wanted.prior_report_key = priors.report_key
left join counts on wanted.report_key = counts.report_key
where coalesce(finals.report_key, budgets.report_key, counts.report_key) is not null
order by wanted.report_key
