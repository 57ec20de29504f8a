{#-
    Ratios are decimals with four places. A ratio to an unknown or zero base is unknown; so is growth from a base
    that is not positive, since its sign would say the opposite of what happened.
-#}
{% macro percent(part, whole) -%}
    cast(100 * ({{ part }}) / nullif({{ whole }}, 0) as decimal(24, 4))
{%- endmacro %}

{% macro growth_percent(current, prior) -%}
    cast(100 * ({{ current }} - {{ prior }}) / if({{ prior }} > 0, {{ prior }}, null) as decimal(24, 4))
{%- endmacro %}
