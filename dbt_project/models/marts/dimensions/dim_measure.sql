select
    concat_ws('.', form_code, side, measure) as measure_key,
    form_code,
    side,
    measure,
    position,
    phase,
    measure_role,
    name_zh,
    name_en
from {{ ref('measure') }}
