select distinct
    indicator_key,
    block,
    level1,
    level2
from {{ ref('fct_performance_indicator') }}
