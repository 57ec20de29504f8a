-- Renames chained back to the first name. Where two departments were renamed to one (a merger entered as
-- renames), the first name by order counts.
with recursive renames as (
    select
        from_department,
        to_department,
        division_code
    from {{ ref('department_change') }}
    where kind = 'rename'
),

steps as (
    select
        to_department as department_name,
        from_department as earlier_name,
        division_code
    from renames
    union
    select
        steps.department_name,
        renames.from_department as earlier_name,
        steps.division_code
    from steps
    inner join renames
        on
            steps.earlier_name = renames.to_department
            and steps.division_code is not distinct from renames.division_code
)

select
    department_name,
    division_code,
    min(earlier_name) as first_name
from steps
where
    not exists (
        select 1 from renames
        where
            renames.to_department = steps.earlier_name
            and renames.division_code is not distinct from steps.division_code
    )
group by department_name, division_code
