select
    forms.report_key,
    forms.form_code,
    forms.title_printed,
    forms.unit,
    forms.page_first,
    forms.page_last,
    forms.listed,
    forms.required,
    forms.state,
    forms.note_printed,
    forms.copies
from {{ source('raw', 'form') }} as forms
inner join {{ ref('stg_report') }} as reports on forms.report_key = reports.report_key
