with names as (
    select
        department_key,
        department_name,
        cast(count(*) as integer) as reports,
        min(fiscal_year) as first_fiscal_year,
        max(fiscal_year) as last_fiscal_year
    from {{ ref('stg_report') }}
    where department_name is not null
    group by department_key, department_name
)

select
    department_key,
    department_name,
    row_number() over (
        partition by department_key
        order by last_fiscal_year desc, first_fiscal_year desc, department_name asc
    ) = 1 as is_latest,
    first_fiscal_year,
    last_fiscal_year,
    reports
from names
