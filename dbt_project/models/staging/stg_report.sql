with current_reports as (
    select *
    from {{ source('raw', 'report') }}
    where is_current
)

select
    report_key,
    sha256,
    file_name,
    file_type,
    source,
    source_url,
    page_url,
    title,
    published_at,
    archived_at,
    -- A department is a name in a place, since offices of several places share names; through renames it
    -- keeps the key of its first known name.
    if(department_name is null, 'unknown', left(md5(concat_ws('|', coalesce(
        (
            select min(origins.first_name)
            from {{ ref('stg_department_origin') }} as origins
            where
                origins.department_name = current_reports.department_name
                and (
                    origins.division_code is null
                    or origins.division_code = current_reports.division_code
                )
        ),
        department_name
    ), division_code)), 16)) as department_key,
    department_name,
    fiscal_year,
    unit,
    scope,
    place_name,
    division_code,
    reading,
    pages,
    template,
    verdict,
    reasons,
    revision_no,
    load_no
from current_reports
