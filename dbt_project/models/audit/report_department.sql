-- A table, since analysts and the site look for a department's reports whatever their verdict is.
select
    reports.report_key,
    {{ department_key(
        'reports.department_name', 'reports.division_code', ref('stg_department_origin')
    ) }} as department_key
from {{ source('audit', 'report') }} as reports
where reports.department_name is not null
