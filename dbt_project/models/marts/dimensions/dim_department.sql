select
    department_key,
    coalesce(max_by(department_name, fiscal_year), any_value(department_name), '（未载明）') as department_name,
    any_value(department_name) is not null as is_known,
    if(min(division_code) = max(division_code), any_value(place_name), null) as place_name,
    if(min(division_code) = max(division_code), any_value(division_code), null) as division_code,
    case
        when min(division_code) != max(division_code) then null
        when any_value(division_code) like '%0000' then 'province'
        when any_value(division_code) like '%00' then 'prefecture'
        when any_value(division_code) is not null then 'county'
    end as administrative_level,
    cast(count(distinct department_name) as integer) as names,
    cast(count(*) as integer) as reports,
    min(fiscal_year) as first_fiscal_year,
    max(fiscal_year) as last_fiscal_year
from {{ ref('stg_report') }}
group by department_key
