{#-
    Facts grow by report: a run works on the reports that were loaded, replaced or became current since the
    model was built last, and removes those that are no longer current. A changed model or seed makes the
    model anew for all reports: as a new table, since DuckDB cannot change the type of a column and fill it in one
    transaction. Reports are compared, not rows: making versions distinct first is several times faster.
-#}

{#- Condition that a row belongs to a report which the model does not hold in this state. -#}
{% macro is_new_or_changed() -%}
    {#- dbt must learn of the reference when it parses, where no model is incremental yet. -#}
    {%- if not execute -%}{%- do ref('stg_report') -%}{%- endif -%}
    {%- if is_incremental() -%}
        report_key in (
            select report_key
            from (
                select report_key, load_no from {{ ref('stg_report') }}
                except
                select distinct report_key, load_no from {{ this }}
            )
        )
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{#- The same for models that compare a report with the one of the year before: theirs changes too. -#}
{% macro is_new_or_changed_pair() -%}
    {%- if is_incremental() -%}
        report_key in (
            select report_key
            from (
                select report_key, load_no, prior_report_key, prior_load_no from {{ ref('stg_report_pair') }}
                except
                select distinct report_key, load_no, prior_report_key, prior_load_no from {{ this }}
            )
        )
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{#-
    The first steps of a model that compares a report with the one of the year before: `wanted`, the pairs that
    the model does not hold in this state, and `read_for_them`, the reports of both years.
-#}
{% macro wanted_pairs() -%}
    wanted as (
        select *
        from {{ ref('stg_report_pair') }}
        where {{ is_new_or_changed_pair() }}
    ),

    read_for_them as (
        select report_key from wanted
        union
        select prior_report_key from wanted
        where prior_report_key is not null
    )
{%- endmacro %}

{#- dbt asks this before it builds a table or a seed; for facts the answer is in what made their rows. -#}
{% macro should_full_refresh() %}
    {% set asked = config.get('full_refresh') %}
    {% if asked is none %}{% set asked = flags.FULL_REFRESH %}{% endif %}
    {{ return(asked or (config.get('materialized') == 'incremental' and not made_by_this_version())) }}
{% endmacro %}

{#- Whether the rows in the table were made by the models and seeds as they are now. -#}
{% macro made_by_this_version() %}
    {% if not execute %}{{ return(false) }}{% endif %}
    {% set found = run_query(
        "select 1 from internal.model_version where model = '" ~ this.identifier ~ "'"
        ~ " and version = '" ~ project_version() ~ "'"
    ) %}
    {{ return(found.rows | length > 0) }}
{% endmacro %}

{#- Post-hook: drop the reports that were superseded, quarantined or replaced. -#}
{% macro remove_superseded() -%}
    delete from {{ this }}
    where report_key in (
        select report_key
        from (
            select distinct report_key, load_no from {{ this }}
            except
            select report_key, load_no from {{ ref('stg_report') }}
        )
    )
{%- endmacro %}

{#- Post-hook: remember which models and seeds made the rows. -#}
{% macro remember_version() -%}
    delete from internal.model_version where model = '{{ this.identifier }}';
    insert into internal.model_version values ('{{ this.identifier }}', '{{ project_version() }}')
{%- endmacro %}

{#- A hash over all models and seeds, and over the macros that say something about rows. -#}
{% macro project_version() %}
    {% if not execute %}{{ return('') }}{% endif %}
    {% set checksums = [
        indicator_key('x'), percent('x', 'y'), growth_percent('x', 'y'), department_key('x', 'y', 'z')
    ] %}
    {% for node in graph.nodes.values() if node.resource_type in ('model', 'seed') %}
        {% do checksums.append(node.unique_id ~ node.checksum.checksum) %}
    {% endfor %}
    {{ return(local_md5(checksums | sort | join)) }}
{% endmacro %}
