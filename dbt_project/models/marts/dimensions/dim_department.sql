select
    department_key,
    coalesce(any_value(department_name), '（未载明）') as department_name,
    any_value(department_name) is not null as is_known,
    if(min(division_code) = max(division_code), any_value(place_name), null) as place_name,
    if(min(division_code) = max(division_code), any_value(division_code), null) as division_code,
    cast(count(*) as integer) as reports,
    min(fiscal_year) as first_fiscal_year,
    max(fiscal_year) as last_fiscal_year
from {{ ref('stg_report') }}
group by department_key
