-- The report before is of the same department and accounts. One that does not say whose accounts it shows
-- counts as the department's, as it does when versions are numbered.
select
    reports.report_key,
    reports.load_no,
    priors.report_key as prior_report_key,
    priors.load_no as prior_load_no
from {{ ref('stg_report') }} as reports
left join {{ ref('stg_report') }} as priors
    on
        reports.department_key = priors.department_key
        and coalesce(reports.scope, 'department') = coalesce(priors.scope, 'department')
        and reports.fiscal_year = priors.fiscal_year + 1
        and reports.department_name is not null
-- two reports of one year can meet in a department that was renamed within it
qualify
    row_number() over (
        partition by reports.report_key order by priors.load_no desc, priors.report_key asc
    ) = 1
