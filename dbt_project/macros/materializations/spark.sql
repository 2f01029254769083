{#-
    Materializations `table` and `incremental` on Spark, as parquet. A parquet table can't be replaced in one statement
    nor lose single rows, so what is new is written beside it and takes its name; a model may so read itself. A table of
    a contract has the contract's columns and types; a query with others fails.

    An incremental model of touched keys (see table.sql) writes its table anew: the rows of other keys as they are.
-#}
{% materialization table, adapter = 'spark' %}
    {% do spark_with_ansi() %}
    {% set target = this.incorporate(type='table') %}
    {% do spark_replace_table(target, compiled_code) %}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}

{% materialization incremental, adapter = 'spark' %}
    {% do spark_with_ansi() %}
    {% set target = this.incorporate(type='table') %}
    {% if not is_incremental() %}
        {% do spark_replace_table(target, compiled_code) %}
    {% elif config.get('incremental_strategy') == 'append' %}
        {% call statement('main') %}
insert into {{ target }} by name
{{ compiled_code }}
        {% endcall %}
    {% elif config.get('incremental_strategy') == 'touched' %}
        {% do spark_replace_table(target, spark_rows_after_touching(target)) %}
    {% else %}
        {{ exceptions.raise_compiler_error(
            model.name ~ ': incremental_strategy is touched or append, not ' ~ config.get('incremental_strategy')
        ) }}
    {% endif %}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}

{#- dbt-spark turns ANSI off as it connects: numbers that are too large would wrap, and casts give NULL, in silence. -#}
{% macro spark_with_ansi() %}
    {% call statement('ansi') %}set spark.sql.ansi.enabled = true{% endcall %}
{% endmacro %}

{#- The rows of keys that the night did not touch, and those of the touched ones anew. -#}
{% macro spark_rows_after_touching(target) -%}
    {%- set meta = config.get('meta') -%}
    {#- Spark has no `union by name` -#}
    {%- set names = get_columns_in_query('select * from ' ~ target) -%}
select {% for name in names %}built.`{{ name }}`{{ ', ' if not loop.last }}{% endfor %}
from {{ target }} as built
left anti join intermediate.{{ meta.touched }} as touched
    on {% for name in meta.touched_key -%}
        built.`{{ name }}` = touched.`{{ name }}`{{ ' and ' if not loop.last }}
    {%- endfor %}
union all
select {% for name in names %}`{{ name }}`{{ ', ' if not loop.last }}{% endfor %}
from (
{{ compiled_code }}
)
{%- endmacro %}

{% macro spark_replace_table(target, sql) %}
    {% set beside = target.incorporate(path={'identifier': target.identifier ~ '__new'}) %}
    {% call statement('leftover') %}drop table if exists {{ beside }}{% endcall %}
    {% if config.get('contract').enforced %}
        {% set wanted = model.columns.values() | list %}
        {% set names = wanted | map(attribute='name') | list %}
        {% set given = get_columns_in_query(sql) %}
        {% if given | sort != names | sort %}
            {{ exceptions.raise_compiler_error(
                model.name ~ ': the columns are not those of the contract: ' ~ given | join(', ')
            ) }}
        {% endif %}
        {% call statement('empty') %}
create table {{ beside }} (
            {%- for column in wanted %}
    `{{ column.name }}` {{ type_name(column.data_type) }}{{ ',' if not loop.last }}
            {%- endfor %}
) using parquet
        {% endcall %}
        {% call statement('main') %}
insert into {{ beside }}
select {% for name in names %}`{{ name }}`{{ ', ' if not loop.last }}{% endfor %}
from (
{{ sql }}
)
        {% endcall %}
    {% else %}
        {% call statement('main') %}
create table {{ beside }} using parquet as
{{ sql }}
        {% endcall %}
    {% endif %}
    {% call statement('old') %}drop table if exists {{ target }}{% endcall %}
    {% call statement('renamed') %}alter table {{ beside }} rename to {{ target }}{% endcall %}
{% endmacro %}
