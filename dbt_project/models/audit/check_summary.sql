with by_report as (
    select
        report_key,
        check_id,
        severity,
        form_code,
        count(*) filter (where status = 'exact') as exact,
        count(*) filter (where status = 'rounding') as rounding,
        count(*) filter (where status = 'improbable_rounding') as improbable_rounding,
        count(*) filter (where status = 'fail') as fail,
        count(*) filter (where status = 'not_applicable') as not_applicable,
        count(*) filter (where status = 'not_evaluable') as not_evaluable
    from {{ source('audit', 'check_result') }}
    group by all
)

select
    results.check_id,
    results.severity,
    results.form_code,
    reports.template,
    reports.fiscal_year,
    reports.division_code,
    reports.place_name,
    cast(count(*) as integer) as reports,
    cast(count(*) filter (where results.fail > 0) as integer) as reports_failed,
    cast(sum(results.exact) as integer) as exact,
    cast(sum(results.rounding) as integer) as rounding,
    cast(sum(results.improbable_rounding) as integer) as improbable_rounding,
    cast(sum(results.fail) as integer) as fail,
    cast(sum(results.not_applicable) as integer) as not_applicable,
    cast(sum(results.not_evaluable) as integer) as not_evaluable
from by_report as results
inner join {{ source('audit', 'report') }} as reports on results.report_key = reports.report_key
group by all
