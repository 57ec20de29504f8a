with reports as (
    select *
    from {{ ref('stg_report') }}
    where {{ is_new_or_changed() }}
)

select
    indicators.report_key,
    indicators.evaluation_no,
    indicators.indicator_no,
    reports.department_key,
    reports.fiscal_year,
    {{ indicator_key('indicators') }} as indicator_key,
    indicators.block,
    indicators.level1,
    indicators.level2,
    indicators.level3,
    indicators.target_printed,
    indicators.target_operator,
    indicators.target_number,
    indicators.target_unit,
    indicators.actual_printed,
    indicators.actual_number,
    indicators.actual_unit,
    indicators.weight,
    indicators.score,
    {{ percent('indicators.score', 'indicators.weight') }} as score_percent,
    indicators.deviation as deviation_percent,
    indicators.reason_printed,
    indicators.page,
    indicators.locator,
    reports.load_no
from {{ source('audit', 'performance_indicator') }} as indicators
inner join reports on indicators.report_key = reports.report_key
order by indicators.report_key, indicators.evaluation_no, indicators.indicator_no
