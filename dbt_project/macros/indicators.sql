{#- Kinds of indicators have no codes: their key is a hash over block, first and second level. -#}
{% macro indicator_key(table) -%}
    left(md5(concat_ws(
        '|', {{ table }}.block, coalesce({{ table }}.level1, ''), coalesce({{ table }}.level2, '')
    )), 16)
{%- endmacro %}
