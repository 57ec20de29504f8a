select
    concat_ws('.', form_code, side, line_item) as line_item_key,
    form_code,
    side,
    line_item,
    position,
    name_zh,
    name_en
from {{ ref('line_item') }}
