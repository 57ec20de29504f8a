select
    fiscal_year,
    fiscal_year || '年度' as name_zh,
    'FY' || fiscal_year as name_en,
    make_date(fiscal_year, 1, 1) as starts_on,
    make_date(fiscal_year, 12, 31) as ends_on,
    cast(count(*) as integer) as reports,
    cast(count(distinct department_key) as integer) as departments
from {{ ref('stg_report') }}
where fiscal_year is not null
group by fiscal_year
