{#-
    A row of a form is what has the same code and name; where that occurs twice, the n-th cell of each measure
    belongs to the n-th row.
-#}
{% macro occurrence_of_row() -%}
    row_number() over (
        partition by report_key, form_code, item_code, item_name, measure order by cell_no
    )
{%- endmacro %}

{#- Kinds of indicators have no codes: their key is a hash over block, first and second level. -#}
{% macro indicator_key(table) -%}
    left(md5(concat_ws(
        '|', {{ table }}.block, coalesce({{ table }}.level1, ''), coalesce({{ table }}.level2, '')
    )), 16)
{%- endmacro %}
