with waivers as (
    select
        report_key,
        cast(count(*) as integer) as waivers
    from {{ source('audit', 'waiver') }}
    where state = 'applied'
    group by report_key
),

warnings as (
    select
        report_key,
        -- the gate writes one reason for each thing to look at
        cast(len(list_filter(reasons, lambda reason: starts_with(reason, 'Warning:'))) as integer) as warnings
    from {{ ref('stg_report') }}
)

select
    reports.report_key,
    reports.sha256,
    reports.file_name,
    reports.file_type,
    reports.source,
    reports.source_url,
    reports.page_url,
    reports.title,
    reports.published_at,
    reports.archived_at,
    reports.department_key,
    reports.department_name,
    reports.fiscal_year,
    reports.unit,
    reports.scope,
    reports.place_name,
    reports.division_code,
    reports.reading,
    reports.pages,
    reports.template,
    reports.verdict,
    warnings.warnings,
    coalesce(waivers.waivers, 0) as waivers,
    reports.revision_no
from {{ ref('stg_report') }} as reports
inner join warnings on reports.report_key = warnings.report_key
left join waivers on reports.report_key = waivers.report_key
