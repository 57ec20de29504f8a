with named as (
    select
        *,
        coalesce((
            select min(origins.first_name)
            from {{ ref('stg_department_origin') }} as origins
            where
                origins.department_name = changes.from_department
                and origins.division_code is not distinct from changes.division_code
        ), from_department) as from_origin,
        coalesce((
            select min(origins.first_name)
            from {{ ref('stg_department_origin') }} as origins
            where
                origins.department_name = changes.to_department
                and origins.division_code is not distinct from changes.division_code
        ), to_department) as to_origin
    from {{ ref('department_change') }} as changes
)

select
    effective_on,
    kind,
    from_department,
    to_department,
    left(md5(from_origin), 16) as from_department_key,
    left(md5(to_origin), 16) as to_department_key,
    division_code,
    source,
    note
from named
