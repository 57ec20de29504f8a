-- A table, since one report more can change every rank of its year; it is made from one small row per report.
{% set measures = (
    'expenditure_yuan', 'general_budget_yuan', 'project_share_percent', 'personnel_share_percent',
    'three_public_yuan', 'execution_percent', 'carry_over_percent', 'expenditure_growth_percent'
) %}
with figures as (
    {% for measure in measures -%}
        select
            report_key,
            department_key,
            department_name,
            fiscal_year,
            scope,
            '{{ measure }}' as measure,
            cast({{ measure }} as decimal(24, 4)) as value,
            cell_nos,
            claim_nos
        from {{ ref('mart_department_year') }}
        where {{ measure }} is not null and fiscal_year is not null
        {{ 'union all' if not loop.last }}
    {% endfor -%}
)

select
    fiscal_year,
    scope,
    measure,
    cast(rank() over ranked as integer) as rank_no,
    cast(count(*) over (partition by fiscal_year, scope, measure) as integer) as departments,
    report_key,
    department_key,
    department_name,
    value,
    cell_nos,
    claim_nos
from figures
window ranked as (partition by fiscal_year, scope, measure order by value desc)
