-- A year whose accounts cannot be out yet is not expected: they are published in the year after.
with listed as (
    select
        place,
        division_code,
        department_name,
        unnest(range(from_year, least(coalesce(until_year, 9999), year(current_date) - 1) + 1)) as fiscal_year
    from {{ source('audit', 'expected_department') }}
),

-- What a list or a portal names, each with the department's name within its place.
named as (
    select
        place,
        division_code,
        department_name,
        {{ name_within_place('department_name', 'place') }} as name_within_place,
        fiscal_year,
        'list' as expected_by,
        cast(null as varchar) as file_url,
        cast(null as varchar) as page_url,
        cast(null as varchar) as sha256,
        cast(null as varchar) as outcome,
        cast(null as date) as published_on
    from listed
    union all
    select
        s.place,
        s.division_code,
        u.department_hint as department_name,
        {{ name_within_place('u.department_hint', 's.place') }} as name_within_place,
        u.year_hint as fiscal_year,
        'portal' as expected_by,
        u.file_url,
        u.page_url,
        u.sha256,
        concat_ws(': ', u.outcome, u.reason) as outcome,
        try_cast(u.published_at as date) as published_on
    from {{ source('audit', 'crawled_url') }} as u
    inner join {{ source('audit', 'source') }} as s on u.source = s.source
    where u.role = 'file' and u.department_hint is not null and u.year_hint is not null
),

expected as (
    select
        place,
        name_within_place,
        fiscal_year,
        -- As a list has it, else the longest that a portal has.
        list(department_name order by expected_by asc, length(department_name) desc, department_name asc)[1]
            as department_name,
        list_sort(list(distinct expected_by)) as expected_by,
        list_sort(list(distinct outcome) filter (where outcome is not null)) as portal_outcomes,
        min(page_url) as page_url,
        min(file_url) as file_url,
        min(published_on) as published_on
    from named
    group by place, name_within_place, fiscal_year
),

-- One list or portal of a place may give its code where another does not.
places as (
    select
        place,
        max(division_code) as division_code
    from named
    group by place
),

-- A portal's file that turned out to be something else is no report of the department.
came as (
    select
        p.place,
        {{ name_within_place('r.department_name', 'p.place') }} as name_within_place,
        r.fiscal_year,
        r.report_key
    from {{ source('audit', 'report') }} as r
    inner join places as p
        on
            case
                when r.division_code is not null and p.division_code is not null
                    then r.division_code = p.division_code
                else
                    coalesce(r.place_name, '') = ''
                    or ends_with(p.place, r.place_name)
                    or ends_with(r.place_name, p.place)
            end
    where r.report_kind = 'final_account' and r.department_name is not null and r.fiscal_year is not null
    union
    select
        n.place,
        n.name_within_place,
        n.fiscal_year,
        r.report_key
    from named as n
    inner join {{ source('audit', 'report') }} as r on n.sha256 = r.sha256
    -- The file at an address of this department may be unreadable, or name neither department nor year.
    where r.report_kind is null or r.report_kind = 'final_account'
),

received as (
    select
        c.place,
        c.name_within_place,
        c.fiscal_year,
        cast(count(*) as integer) as reports,
        list(r.report_key order by r.is_current desc, r.archived_at desc, r.report_key asc)[1] as report_key,
        list(r.verdict order by r.is_current desc, r.archived_at desc, r.report_key asc)[1] as verdict,
        min(cast(r.published_at as date)) as published_on
    from came as c
    inner join {{ source('audit', 'report') }} as r on c.report_key = r.report_key
    group by c.place, c.name_within_place, c.fiscal_year
),

due as (
    select
        place,
        min(reports_due) as reports_due
    from {{ source('audit', 'source') }}
    group by place
),

joined as (
    select
        e.place,
        p.division_code,
        e.department_name,
        cast(e.fiscal_year as integer) as fiscal_year,
        e.expected_by,
        cast(
            concat(e.fiscal_year + 1, '-', coalesce(d.reports_due, '{{ var("reports_due") }}')) as date
        ) as due_on,
        case when r.report_key is not null then coalesce(r.published_on, e.published_on) end as published_on,
        coalesce(r.reports, 0) as reports,
        r.report_key,
        r.verdict,
        coalesce(e.portal_outcomes, []) as portal_outcomes,
        e.page_url,
        e.file_url
    from expected as e
    inner join places as p on e.place = p.place
    left join received as r
        on
            e.place = r.place
            and e.name_within_place = r.name_within_place
            and e.fiscal_year = r.fiscal_year
    left join due as d on e.place = d.place
)

select
    place,
    division_code,
    department_name,
    fiscal_year,
    expected_by,
    due_on,
    published_on,
    case
        when report_key is null then 'missing'
        when published_on is null then 'undated'
        when published_on <= due_on then 'on_time'
        else 'late'
    end as state,
    reports,
    report_key,
    verdict,
    portal_outcomes,
    page_url,
    file_url
from joined
