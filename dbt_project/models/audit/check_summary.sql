select
    c.check_id,
    c.severity,
    c.form_code,
    r.template,
    r.fiscal_year,
    r.division_code,
    r.place_name,
    cast(count(distinct c.report_key) as integer) as reports,
    cast(count(distinct c.report_key) filter (where c.status = 'fail') as integer) as reports_failed,
    cast(count(*) filter (where c.status = 'exact') as integer) as exact,
    cast(count(*) filter (where c.status = 'rounding') as integer) as rounding,
    cast(count(*) filter (where c.status = 'improbable_rounding') as integer) as improbable_rounding,
    cast(count(*) filter (where c.status = 'fail') as integer) as fail,
    cast(count(*) filter (where c.status = 'not_applicable') as integer) as not_applicable,
    cast(count(*) filter (where c.status = 'not_evaluable') as integer) as not_evaluable
from {{ source('audit', 'check_result') }} as c
inner join {{ source('audit', 'report') }} as r on c.report_key = r.report_key
group by
    c.check_id, c.severity, c.form_code, r.template, r.fiscal_year, r.division_code, r.place_name
