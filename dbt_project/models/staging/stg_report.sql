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
    coalesce(named.department_key, 'unknown') as department_key,
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
    reports.reasons,
    reports.revision_no,
    reports.load_no
from {{ source('raw', 'report') }} as reports
left join {{ ref('report_department') }} as named on reports.report_key = named.report_key
where reports.is_current
