{#-
    The first known name of a department: that of before its renames. A rename that names no place holds in every
    place. `origins` is stg_department_origin; give both columns with their table, since it has columns of the
    same names.
-#}
{% macro first_department_name(name, division_code, origins) -%}
    coalesce(
        (
            select min(origins.first_name)
            from {{ origins }} as origins
            where
                origins.department_name = {{ name }}
                and (origins.division_code is null or origins.division_code = {{ division_code }})
        ),
        {{ name }}
    )
{%- endmacro %}

{#- A department is its first name in a place, since offices of several places share names. -#}
{% macro department_key(name, division_code, origins) -%}
    left(md5(concat_ws('|', {{ first_department_name(name, division_code, origins) }}, {{ division_code }})), 16)
{%- endmacro %}
