{#-
    The rows of a stream as values, each with the first reason why it can't be taken, or NULL.

    `relation` has a column for each name in `present`, as VARCHAR or, for those in `typed`, as the
    values they will be, and the columns in `carried`, which are passed on. `columns` is the
    stream's description (models/staging/inbox/_inbox__models.yml): a list of {name, data_type,
    kind, required, values, currency, null_as, default}. A row that deletes its key needs no more
    than the key.

    Plain Jinja only (no dbt context): `reachline inbox check` renders it too.
-#}
{% macro typed_select(columns, key, version_by, checks, present, relation, carried, typed=()) -%}
select
    {%- for column in columns %}
    "{{ column.name }}",
    {%- endfor %}
    is_deleted,
    {%- for name in carried %}
    {{ name }},
    {%- endfor %}
    case
    {%- if 'is_deleted' in present %}
        when is_deleted is null
            then 'is_deleted: ''' || left("is_deleted__raw", 200) || ''' is not {{ kind_in_words("boolean") }}'
    {%- endif %}
    {%- for column in columns %}
        {%- set always = column.name in key or column.name == version_by %}
        {%- set unless_deleted = '' if always else 'not is_deleted and ' %}
        {%- if column.name in present and column.name not in typed and column.kind in (
            'currency', 'enum', 'count', 'money', 'number', 'share', 'rate', 'timestamp', 'date', 'boolean'
        ) %}
        when {{ unless_deleted }}"{{ column.name }}" is null and "{{ column.name }}__raw" is not null
            and {{ trimmed('"' ~ column.name ~ '__raw"') }} <> ''
            then '{{ column.name }}: ''' || left("{{ column.name }}__raw", 200)
                || ''' is not {{ kind_in_words(column.kind, column.get("values")) }}'
        {%- endif %}
        {%- if column.get('required') or (column.name in key and column.get('null_as') is none
            and not column.get('default')) %}
        when {{ unless_deleted }}"{{ column.name }}" is null
            then '{{ column.name }}: is required and empty'
        {%- endif %}
    {%- endfor %}
    {%- for column in columns if column.get('currency') %}
        when not is_deleted and "{{ column.name }}" is not null and "{{ column.currency }}" is null
            then '{{ column.name }}: an amount needs its currency in {{ column.currency }}'
    {%- endfor %}
    {%- for check in checks %}
        when not is_deleted and not coalesce({{ check.sql }}, true)
            then '{{ check.column }}: {{ check.reason }}'
    {%- endfor %}
    end as reject_reason
from (
    select
        {%- for column in columns %}
            {%- if column.name in typed %}
        raw."{{ column.name }}",
            {%- elif column.name in present %}
                {%- set value = cast_kind(column.kind, 'raw."' ~ column.name ~ '"', column.get('values')) %}
                {%- if column.get('default') %}
                    {%- set blank = trimmed('raw."' ~ column.name ~ '"') %}
        coalesce(
            {{ value }},
            case when raw."{{ column.name }}" is null or {{ blank }} = '' then '{{ column.default }}' end
        ) as "{{ column.name }}",
                {%- elif column.get('null_as') is not none %}
        coalesce({{ value }}, '{{ column.null_as }}') as "{{ column.name }}",
                {%- else %}
        {{ value }} as "{{ column.name }}",
                {%- endif %}
        raw."{{ column.name }}" as "{{ column.name }}__raw",
            {%- elif column.get('default') or column.get('null_as') is not none %}
        '{{ column.get("default") or column.null_as }}' as "{{ column.name }}",
            {%- else %}
        cast(null as {{ column.data_type }}) as "{{ column.name }}",
            {%- endif %}
        {%- endfor %}
        {%- if 'is_deleted' in present %}
        case
            when raw."is_deleted" is null or {{ trimmed('raw."is_deleted"') }} = '' then false
            else {{ cast_kind('boolean', 'raw."is_deleted"') }}
        end as is_deleted,
        raw."is_deleted" as "is_deleted__raw",
        {%- else %}
        false as is_deleted,
        {%- endif %}
        {%- for name in carried %}
        raw.{{ name }},
        {%- endfor %}
    from {{ relation }} as raw
) as typed
{%- endmacro %}
