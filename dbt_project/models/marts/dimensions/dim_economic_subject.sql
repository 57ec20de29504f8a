-- Codes of the list, codes that reports print, and their classes.
with printed as (
    select
        subject_code as economic_code,
        mode(name_printed order by name_printed) as name_zh
    from {{ ref('fct_subject_name') }}
    where classification = 'economic'
    group by subject_code
),

codes as (
    select economic_code from {{ ref('economic_subject') }}
    union
    select economic_code from printed
    union
    select left(economic_code, 3) from printed
),

named as (
    select
        codes.economic_code,
        coalesce(listed.name_zh, printed.name_zh) as name_zh,
        listed.cost_group,
        coalesce(listed.in_basic_form, false) as in_basic_form,
        listed.economic_code is not null as is_known
    from codes
    left join {{ ref('economic_subject') }} as listed on codes.economic_code = listed.economic_code
    left join printed on codes.economic_code = printed.economic_code
)

select
    subjects.economic_code,
    case length(subjects.economic_code)
        when 3 then 'class' when 5 then 'group' else 'other'
    end as subject_level,
    subjects.name_zh,
    if(length(subjects.economic_code) > 3, left(subjects.economic_code, 3), null) as parent_code,
    left(subjects.economic_code, 3) as class_code,
    classes.name_zh as class_name_zh,
    coalesce(subjects.cost_group, classes.cost_group, 'unknown') as cost_group,
    subjects.in_basic_form,
    subjects.is_known
from named as subjects
left join named as classes on left(subjects.economic_code, 3) = classes.economic_code
