-- A change that names no place happened in each place whose reports bear one of its names.
with in_places as (
    select distinct
        changes.* exclude (division_code),
        coalesce(changes.division_code, reports.division_code) as division_code
    from {{ ref('department_change') }} as changes
    left join {{ ref('stg_report') }} as reports
        on
            changes.division_code is null
            and reports.department_name in (changes.from_department, changes.to_department)
)

select
    changes.effective_on,
    changes.kind,
    changes.from_department,
    changes.to_department,
    {{ department_key(
        'changes.from_department', 'changes.division_code', ref('stg_department_origin')
    ) }} as from_department_key,
    {{ department_key(
        'changes.to_department', 'changes.division_code', ref('stg_department_origin')
    ) }} as to_department_key,
    changes.division_code,
    changes.source,
    changes.note
from in_places as changes
