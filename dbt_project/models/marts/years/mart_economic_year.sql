with {{ wanted_pairs() }},

subjects as (
    select
        report_key,
        economic_code,
        item_name,
        is_leaf,
        amount_yuan,
        cell_nos,
        cast(row_number() over (
            partition by report_key, economic_code order by cell_no
        ) as integer) as occurrence_no
    from {{ ref('fct_basic_expenditure') }}
    where economic_code is not null and report_key in (select read_for_them.report_key from read_for_them)
),

totals as (
    select
        report_key,
        -- not every template prints the total of its two halves
        coalesce(
            min_by(amount_yuan, cell_no) filter (where row_code = 'total'),
            min_by(amount_yuan, cell_no) filter (where row_code = 'personnel_total')
            + min_by(amount_yuan, cell_no) filter (where row_code = 'public_total')
        ) as amount_yuan
    from {{ ref('fct_basic_expenditure') }}
    where row_level = 'total' and report_key in (select wanted.report_key from wanted)
    group by report_key
)

select
    subjects.report_key,
    subjects.economic_code,
    subjects.occurrence_no,
    reports.department_key,
    reports.fiscal_year,
    coalesce(reports.scope, 'department') as scope,
    case length(subjects.economic_code)
        when 3 then 'class' when 5 then 'group' else 'other'
    end as subject_level,
    subjects.is_leaf,
    subjects.item_name,
    coalesce(listed.cost_group, classes.cost_group, 'unknown') as cost_group,
    subjects.amount_yuan,
    {{ percent('subjects.amount_yuan', 'totals.amount_yuan') }} as share_percent,
    priors.amount_yuan as prior_amount_yuan,
    {{ growth_percent('subjects.amount_yuan', 'priors.amount_yuan') }} as growth_percent,
    subjects.cell_nos,
    wanted.prior_report_key,
    wanted.prior_load_no,
    wanted.load_no
from wanted
inner join {{ ref('stg_report') }} as reports on wanted.report_key = reports.report_key
inner join subjects on wanted.report_key = subjects.report_key
left join subjects as priors
    on
        wanted.prior_report_key = priors.report_key
        and subjects.economic_code = priors.economic_code
        and subjects.occurrence_no = priors.occurrence_no
left join totals on subjects.report_key = totals.report_key
left join {{ ref('economic_subject') }} as listed on subjects.economic_code = listed.economic_code
left join {{ ref('economic_subject') }} as classes on left(subjects.economic_code, 3) = classes.economic_code
order by subjects.report_key, subjects.economic_code, subjects.occurrence_no
