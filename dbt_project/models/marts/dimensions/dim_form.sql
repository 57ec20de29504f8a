select
    form_code,
    form_key,
    name_zh,
    name_en,
    layout,
    is_core
from {{ ref('form') }}
