with reports as (
    select *
    from {{ ref('stg_report') }}
    where {{ is_new_or_changed() }}
)

select
    results.report_key,
    cast(row_number() over (
        partition by results.report_key
        order by
            results.check_id,
            results.form_code,
            results.subject,
            results.measure,
            results.page,
            results.cell_nos,
            results.claim_nos,
            results.message
    ) as integer) as result_no,
    reports.department_key,
    reports.fiscal_year,
    results.check_id,
    results.form_code,
    results.subject,
    results.measure,
    results.severity,
    results.status,
    results.reported,
    results.computed,
    results.difference,
    results.tolerance,
    results.unit,
    results.page,
    results.cell_nos,
    results.claim_nos,
    results.message,
    reports.load_no
from {{ source('audit', 'check_result') }} as results
inner join reports on results.report_key = reports.report_key
order by results.report_key, result_no
