with reports as (
    select *
    from {{ ref('stg_report') }}
    where {{ is_new_or_changed() }}
)

select
    claims.report_key,
    claims.claim_no,
    reports.department_key,
    reports.fiscal_year,
    claims.section,
    claims.metric,
    claims.subject,
    claims.subject_code as function_code,
    claims.value_printed,
    claims.value,
    claims.unit,
    claims.value_yuan,
    claims.direction,
    claims.placed,
    claims.sentence,
    claims.page,
    claims.locator,
    reports.load_no
from {{ source('audit', 'narrative_claim') }} as claims
inner join reports on claims.report_key = reports.report_key
order by claims.report_key, claims.claim_no
