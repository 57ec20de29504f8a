{#-
    A department's name without the end of its place that stands before it (two characters or more), so that
    成都市武侯区水务局, 武侯区水务局 and 水务局 are one department of 四川省成都市武侯区. One character is no
    place: 市场监督管理局 begins with one. Blanks are left out.
-#}
{% macro name_within_place(name, place) -%}
    substr(
        regexp_replace({{ name }}, '\s', '', 'g'),
        1 + coalesce(
            list_max(
                list_filter(
                    range(2, length({{ place }}) + 1),
                    lambda n: starts_with(regexp_replace({{ name }}, '\s', '', 'g'), right({{ place }}, n))
                )
            ),
            0
        )
    )
{%- endmacro %}
