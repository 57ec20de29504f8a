-- Codes of the list, codes that reports print, and the parents of both: a code absent from the list is
-- unknown, not wrong (the list was read off documents and is not the full national one).
with printed as (
    select
        subject_code as function_code,
        mode(name_printed order by name_printed) as name_zh
    from {{ ref('fct_subject_name') }}
    where classification = 'function'
    group by subject_code
),

codes as (
    select function_code from {{ ref('functional_subject') }}
    union
    select class_code from {{ ref('functional_class') }}
    union
    select function_code from printed
),

with_parents as (
    select function_code from codes
    union
    select left(function_code, 3) from codes
    where length(function_code) > 3
    union
    select left(function_code, 5) from codes
    where length(function_code) > 5
),

named as (
    select
        codes.function_code,
        coalesce(classes.name_zh, listed.name_zh, printed.name_zh) as name_zh,
        classes.name_en,
        classes.name_before,
        classes.changed_in as renamed_in,
        coalesce(listed.confidence, if(classes.class_code is null, 'unknown', 'confirmed')) as confidence,
        listed.other_names,
        listed.function_code is not null or classes.class_code is not null as is_known
    from with_parents as codes
    left join {{ ref('functional_subject') }} as listed on codes.function_code = listed.function_code
    left join {{ ref('functional_class') }} as classes on codes.function_code = classes.class_code
    left join printed on codes.function_code = printed.function_code
)

select
    subjects.function_code,
    case length(subjects.function_code)
        when 3 then 'class' when 5 then 'group' when 7 then 'item' else 'other'
    end as subject_level,
    subjects.name_zh,
    subjects.name_en,
    case
        when length(subjects.function_code) > 5 then left(subjects.function_code, 5)
        when length(subjects.function_code) > 3 then left(subjects.function_code, 3)
    end as parent_code,
    left(subjects.function_code, 3) as class_code,
    classes.name_zh as class_name_zh,
    classes.name_en as class_name_en,
    if(length(subjects.function_code) >= 5, left(subjects.function_code, 5), null) as group_code,
    groups.name_zh as group_name_zh,
    subjects.name_before,
    subjects.renamed_in,
    subjects.other_names,
    subjects.confidence,
    subjects.is_known
from named as subjects
left join named as classes on left(subjects.function_code, 3) = classes.function_code
left join named as groups
    on left(subjects.function_code, 5) = groups.function_code and length(subjects.function_code) >= 5
