-- A line of a class has its code from the form dictionary and its label with numbering: it names nothing. Nor
-- does a figure of the narrative, whose subject is a path of names.
with subjects as (
    select
        report_key,
        department_key,
        fiscal_year,
        if(economic_code is null, 'function', 'economic') as classification,
        coalesce(economic_code, function_code) as subject_code,
        if(row_kind = 'subject', item_name, null) as name_printed,
        cell_no,
        null as claim_no,
        load_no
    from {{ ref('fct_reported_amount') }}
    where (function_code is not null or economic_code is not null) and {{ is_new_or_changed() }}
    union all
    select
        report_key,
        department_key,
        fiscal_year,
        'function' as classification,
        function_code as subject_code,
        null as name_printed,
        null as cell_no,
        claim_no,
        load_no
    from {{ ref('fct_narrative_claim') }}
    where function_code is not null and {{ is_new_or_changed() }}
)

select
    report_key,
    department_key,
    fiscal_year,
    classification,
    subject_code,
    mode(name_printed order by name_printed) as name_printed,
    coalesce(list(cell_no order by cell_no) filter (where cell_no is not null), []) as cell_nos,
    coalesce(list(claim_no order by claim_no) filter (where claim_no is not null), []) as claim_nos,
    load_no
from subjects
group by report_key, department_key, fiscal_year, classification, subject_code, load_no
order by report_key, classification, subject_code
