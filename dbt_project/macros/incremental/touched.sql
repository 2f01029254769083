{#-
    The incremental strategy `touched`: what a night touched is taken out of the table and its new
    rows go in. The model's config.meta names the set and its key:

        meta: {touched: int_touched__posts, touched_key: [post_id]}

    The set is a table in work.intermediate; the model itself selects the rows of just these keys.
    A key that has no rows any more is so removed too.
-#}
{% macro get_incremental_touched_sql(arg_dict) %}
    {% set target = arg_dict['target_relation'] %}
    {% set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) %}
    {% set meta = config.get('meta') %}
delete from {{ target }} as built
using work.intermediate.{{ meta.touched }} as touched
where {% for name in meta.touched_key -%}
        built."{{ name }}" = touched."{{ name }}"{{ ' and ' if not loop.last }}
    {%- endfor %};

insert into {{ target }} ({{ columns }})
select {{ columns }} from {{ arg_dict['temp_relation'] }}
{% endmacro %}
