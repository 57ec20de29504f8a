{#-
    In-row identity: `total` is the sum of `parts` up to what rounding of the printed numbers can make
    (`rounding_yuan`, half a printed unit per non-zero term). Rows without any printed part say nothing.
    The load gate has refused failing reports already; this is the second line behind it. Waived reports
    have been released with a known defect.
-#}
{% test sum_within_rounding(model, total, parts) %}
with facts as (select * from {{ model }})

select
    facts.report_key,
    facts.cell_no,
    facts.{{ total }},
    {% for part in parts %}facts.{{ part }},
    {% endfor %}facts.rounding_yuan
from facts
inner join {{ ref('stg_report') }} as reports on facts.report_key = reports.report_key
where
    reports.verdict != 'waived'
    and facts.{{ total }} is not null
    and coalesce({% for part in parts %}facts.{{ part }}{{ ', ' if not loop.last }}{% endfor %}) is not null
    and abs(
        facts.{{ total }}{% for part in parts %} - coalesce(facts.{{ part }}, 0){% endfor %}
    ) > facts.rounding_yuan
{% endtest %}
