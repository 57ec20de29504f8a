select
    report_key,
    sha256,
    file_name,
    source,
    source_url,
    page_url,
    title,
    published_at,
    archived_at,
    coalesce(left(md5(department_name), 16), 'unknown') as department_key,
    department_name,
    fiscal_year,
    unit,
    pages,
    template,
    verdict,
    revision_no,
    load_no
from {{ source('raw', 'report') }}
where is_current
