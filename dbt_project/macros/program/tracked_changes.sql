{#-
    The rows of `current`, a small CTE of the model, each with `is_changed`: whether it differs from
    what the last complete run saw. A key that went away stays for one complete run, with NULLs and
    is_present = false. `key` and `columns` map names to types. It is the model's last select.

    For tables that people drop whole every day: a row that came again unchanged touches nothing.
-#}
{% macro tracked_changes(current, key, columns) -%}
    {%- set since = run_state().since_seq -%}
    {%- set held = dict(key, **columns) -%}
    {%- do held.update({'is_present': 'boolean', 'is_changed': 'boolean', 'since_seq': 'bigint'}) -%}
    select
        {%- for name in key %}
        coalesce(current_rows.{{ name }}, before.{{ name }}) as {{ name }},
        {%- endfor %}
        {%- for name in columns %}
        current_rows.{{ name }},
        {%- endfor %}
        current_rows.is_present is not null as is_present,
        coalesce(before.is_changed and before.since_seq = {{ since }}, false)
        or (current_rows.is_present is distinct from nullif(before.is_present, false))
        {%- for name in columns %}
        or (current_rows.{{ name }} is distinct from before.{{ name }})
        {%- endfor %} as is_changed,
        cast({{ since }} as bigint) as since_seq
    from (select *, true as is_present from {{ current }}) as current_rows
    full outer join {{ previous_rows(this.identifier, held) }} as before
        on {% for name in key %}{{ ' and ' if not loop.first }}current_rows.{{ name }} = before.{{ name }}{% endfor %}
    where current_rows.is_present is not null
        or before.is_present
        or (before.is_changed and before.since_seq = {{ since }})
{%- endmacro %}
