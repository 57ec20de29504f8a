select
    form_code,
    form_key,
    name_zh,
    name_en,
    layout
from {{ ref('form') }}
