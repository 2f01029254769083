{#-
    Materializations `table` and `incremental` of this project. Those of the adapter build beside the
    table, rename twice and drop, with a look at indexes, keys, grants and comments each time: ten
    statements a model, which is most of a small night. Nobody reads the working files while a night
    builds them, so a table is replaced where it stands, in one transaction.

    An incremental table keeps its rows but for those of the keys that the night touched:

        meta: {touched: int_touched__posts, touched_key: [post_id]}

    names the set of keys, a table in work.intermediate; the model itself selects the rows of just
    these keys. A key that has no rows any more is so removed too. With incremental_strategy `append`
    the model's rows are added to those that are there.

    A contract is compared with the query when the model's code has changed (should_full_refresh):
    the types of a query do not change otherwise.
-#}
{% materialization table, adapter = 'duckdb' %}
    {% set target = this.incorporate(type='table') %}
    {% do drop_if_view(target) %}
    {% call statement('main') %}{{ replaced_table(target) }}{% endcall %}
    {% do adapter.commit() %}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}

{% materialization incremental, adapter = 'duckdb' %}
    {% set target = this.incorporate(type='table') %}
    {% if not is_incremental() %}
        {% do drop_if_view(target) %}
        {% call statement('main') %}{{ replaced_table(target) }}{% endcall %}
    {% elif config.get('incremental_strategy') == 'append' %}
        {% call statement('main') %}
insert into {{ target }} by name
{{ compiled_code }}
        {% endcall %}
    {% elif config.get('incremental_strategy') == 'touched' %}
        {% call statement('main') %}{{ replaced_rows(target) }}{% endcall %}
    {% else %}
        {{ exceptions.raise_compiler_error(
            model.name ~ ': incremental_strategy is touched or append, not ' ~ config.get('incremental_strategy')
        ) }}
    {% endif %}
    {% do adapter.commit() %}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}

{#- A view of the same name, which an earlier version of the model may have left. -#}
{% macro drop_if_view(target) %}
    {% set existing = load_cached_relation(this) %}
    {% if existing is not none and not existing.is_table %}
        {% do adapter.drop_relation(existing) %}
    {% endif %}
{% endmacro %}

{#- The whole table anew, with the columns and constraints of its contract if it has one. -#}
{% macro replaced_table(target) -%}
    {%- if config.get('contract').enforced -%}
        {%- if should_full_refresh() or load_cached_relation(this) is none -%}
            {{ get_assert_columns_equivalent(compiled_code) }}
        {%- endif -%}
create or replace table {{ target }} {{ get_table_columns_and_constraints() }};
insert into {{ target }} by name
{{ compiled_code }}
    {%- else -%}
create or replace table {{ target }} as
{{ compiled_code }}
    {%- endif -%}
{%- endmacro %}

{#- The rows of the touched keys anew. They are computed before the old ones go: a model may read itself. -#}
{% macro replaced_rows(target) -%}
    {%- set meta = config.get('meta') -%}
create or replace temp table rows_of_touched_keys as
{{ compiled_code }}
;
delete from {{ target }} as built
using work.intermediate.{{ meta.touched }} as touched
where {% for name in meta.touched_key -%}
        built."{{ name }}" = touched."{{ name }}"{{ ' and ' if not loop.last }}
    {%- endfor %};
insert into {{ target }} by name
select * from rows_of_touched_keys;
drop table rows_of_touched_keys
{%- endmacro %}
