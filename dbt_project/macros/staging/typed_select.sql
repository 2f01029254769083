{#-
    The rows of a stream as values, each with the first reason why it can't be taken, or NULL.

    `stream` describes it: see macros/staging/streams.sql. `relation` has each of its columns and
    is_deleted as text, NULL where there is none; of a count or a moment also `<name>__value`, the
    value itself where it landed as one (large files do) and NULL where it landed as text. The
    columns in `carried` are passed on. Where `is_file` holds, entities of HTML in texts are what they
    stand for: tools export captions as pages show them, mappings of records know their platform.
    Addresses in what is compared and may be published are hashed before all else; texts that people
    read are masked by their cast; `text` is as it came and stays in staging. Without `hashes` ids stay
    as they came too, for whoever looks at a file of their own.
    A row that deletes its key needs no more than the key. Events of a row are before `plausible_until`,
    a column of the relation.

    Plain Jinja only (no dbt context): `reachline inbox check` renders it too.
-#}
{% macro typed_select(stream, relation, carried, is_file='true', hashes=true) -%}
{%- set masked = stream.columns | selectattr('kind', 'equalto', 'masked') | map(attribute='name') | list -%}
select
    {%- for column in stream.columns %}
    "{{ column.name }}",
    {%- endfor %}
    is_deleted,
    {%- for name in carried %}
    {{ name }},
    {%- endfor %}
    case
        when is_deleted is null
            then 'is_deleted: ''' || left("is_deleted__raw", 200) || ''' is not {{ kind_in_words("boolean") }}'
    {%- for column in stream.columns %}
        {%- set always = column.name in stream.key or column.name == stream.version_by %}
        {%- set unless_deleted = '' if always else 'not is_deleted and ' %}
        {%- if column.kind in (
            'currency', 'enum', 'count', 'money', 'number', 'share', 'rate', 'timestamp', 'date', 'boolean',
            'list', 'handle_list', 'hashtag_list', 'code_list', 'picture'
        ) %}
        when {{ unless_deleted }}"{{ column.name }}" is null and "{{ column.name }}__raw" is not null
            and {{ trimmed('"' ~ column.name ~ '__raw"') }} <> ''
            then '{{ column.name }}: ''' || left("{{ column.name }}__raw", 200)
                || ''' is not {{ kind_in_words(column.kind, column.get("values")) }}'
        {%- elif column.kind == 'id' %}
        when {{ unless_deleted }}"{{ column.name }}" is null and {{ is_rounded('"' ~ column.name ~ '__raw"') }}
            then '{{ column.name }}: ''' || left("{{ column.name }}__raw", 200)
                || ''' is not {{ kind_in_words('id') }}'
        {%- endif %}
        {%- if column.get('required') or (column.name in stream.key and column.get('null_as') is none
            and not column.get('default')) %}
        when {{ unless_deleted }}"{{ column.name }}" is null
            then '{{ column.name }}: is required and empty'
        {%- endif %}
    {%- endfor %}
    {%- for column in stream.columns if column.get('currency') %}
        when not is_deleted and "{{ column.name }}" is not null and "{{ column.currency }}" is null
            then '{{ column.name }}: an amount needs its currency in {{ column.currency }}'
    {%- endfor %}
    {%- for column in stream.columns if column.get('dated') %}
        when not is_deleted and "{{ column.name }}" < date '2004-01-01'
            then '{{ column.name }}: ' || {{ shown_date(column.name) }}
                || ' is before 2004, when there was no platform yet: correct its year'
        {%- if column.dated == 'event' %}
        when not is_deleted and "{{ column.name }}" >= plausible_until
            then '{{ column.name }}: ' || {{ shown_date(column.name) }} || ' is after '
                || cast(plausible_until - interval 1 day as date)
                || ', a year after the day that it landed for: correct its year; milliseconds that were read '
                || 'as seconds give such days'
        {%- endif %}
    {%- endfor %}
    {%- for check in stream.checks %}
        when not is_deleted and not coalesce({{ check.sql }}, true)
            then '{{ check.column }}: {{ check.reason }}'
    {%- endfor %}
    end as reject_reason
from (
    select
        {%- for column in stream.columns %}
            {%- set text = 'raw."' ~ column.name ~ '"' %}
            {%- set value = cast_kind(column.kind, text, column.get('values'),
                names_server(stream, column, 'raw') if hashes else 'true') %}
            {%- if column.kind == 'masked' %}
                {%- set value = 'raw.masked_texts[' ~ (masked.index(column.name) + 1) ~ ']' %}
            {%- elif plain_text(column.kind, text, is_file) %}
                {%- set value = cast_kind(column.kind, 'raw."' ~ column.name ~ '__plain"') %}
            {%- elif column.kind in ('count', 'timestamp') %}
                {%- set value = 'coalesce(raw."' ~ column.name ~ '__value", ' ~ value ~ ')' %}
            {%- endif %}
            {%- if column.get('default') %}
        coalesce(
            {{ value }},
            case when {{ text }} is null or {{ trimmed(text) }} = '' then '{{ column.default }}' end
        ) as "{{ column.name }}",
            {%- elif column.get('null_as') is not none %}
        coalesce({{ value }}, '{{ column.null_as }}') as "{{ column.name }}",
            {%- else %}
        {{ value }} as "{{ column.name }}",
            {%- endif %}
        {{ text }} as "{{ column.name }}__raw",
        {%- endfor %}
        case
            when raw."is_deleted" is null or {{ trimmed('raw."is_deleted"') }} = '' then false
            else {{ cast_kind('boolean', 'raw."is_deleted"') }}
        end as is_deleted,
        raw."is_deleted" as "is_deleted__raw",
        raw.plausible_until,
        {%- for name in carried %}
        raw.{{ name }},
        {%- endfor %}
    from {{ masked_rows(masked, plain_rows(stream, relation, is_file, hashes)) }} as raw
) as typed
{%- endmacro %}

{#- The rows with what their casts are to read: see plain_text. -#}
{% macro plain_rows(stream, relation, is_file, hashes) -%}
    (
        select
            {%- for column in stream.columns %}
                {%- set plain = plain_text(column.kind, 'raw."' ~ column.name ~ '"', is_file) %}
                {%- if plain %}
            {{ plain }} as "{{ column.name }}__plain",
                {%- endif %}
            {%- endfor %}
            raw.*
        from {{ hashed_rows(stream, relation) if hashes else relation }} as raw
    )
{%- endmacro %}

{#-
    The rows with the texts of these columns masked, in the list masked_texts. They are one list, as
    the ids below are: the patterns take longer to compile than to look through a thousand texts, and
    the engine compiles each where it stands.
-#}
{% macro masked_rows(masked, relation) -%}
    {%- if masked -%}
    (
        select
            plain.*,
            list_transform(
                [{% for name in masked %}plain."{{ name }}__plain"{{ ', ' if not loop.last }}{% endfor %}],
                lambda of_row: {{ cast_kind('masked', 'of_row') }}
            ) as masked_texts
        from {{ relation }} as plain
    )
    {%- else -%}
        {{ relation }}
    {%- endif -%}
{%- endmacro %}

{#-
    The rows with addresses hashed in what is compared: one list of a row's values, and none of a row
    in which nothing looks like an address.
-#}
{% macro hashed_rows(stream, relation) -%}
    {%- set signs, values, replaced = [], [], [] -%}
    {%- for column in stream.columns if column.kind in ('id', 'handle', 'code', 'platform', 'lower', 'url', 'picture') -%}
        {%- set text = 'came."' ~ column.name ~ '"' -%}
        {%- if column.kind in ('handle', 'code') -%}
            {%- set text = 'ltrim(' ~ text ~ ", '@# ')" -%}
        {%- endif -%}
        {%- set is_handle = names_server(stream, column, 'came') | trim -%}
        {{- '' if signs.append(may_be_personal(text)) -}}
        {{- '' if values.append("{'text': " ~ text ~ ", 'is_handle': " ~ is_handle ~ "}") -}}
        {{- '' if replaced.append(
            'coalesce(came.hashed_texts[' ~ values | length ~ '], ' ~ text ~ ') as "' ~ column.name ~ '"'
        ) -}}
    {%- endfor -%}
    {%- if values -%}
    (
        select came.* exclude (hashed_texts) replace (
            {{ replaced | join(',\n            ') }}
        )
        from (
            select
                came.*,
                case
                    when {{ signs | join('\n                        or ') }}
                        then list_transform(
                            [{{ values | join(', ') }}],
                            lambda of_row: {{ hash_personal_data('of_row.text', 'of_row.is_handle') }}
                        )
                end as hashed_texts
            from {{ relation }} as came
        ) as came
    )
    {%- else -%}
        {{ relation }}
    {%- endif -%}
{%- endmacro %}

{#-
    Whether user@host in a column of a row of `relation` is an account's name, not an address: on the
    platforms of stream.servers; where a stream knows no platform, of any handle.
-#}
{% macro names_server(stream, column, relation) -%}
    {%- if column.kind not in ('handle', 'handle_list') and not column.get('may_name_server') -%}
        false
    {%- elif stream.servers is none -%}
        true
    {%- else -%}
        coalesce(lower({{ trimmed(relation ~ '."platform"') }}) in (
            {%- for server in stream.servers %}'{{ server }}'{{ ', ' if not loop.last }}{% endfor -%}
        ), false)
    {%- endif -%}
{%- endmacro %}

{#- A date as it came, or as it was read where it landed as a value. -#}
{% macro shown_date(name) -%}
    chr(39) || left(coalesce("{{ name }}__raw", cast("{{ name }}" as varchar)), 200) || chr(39)
{%- endmacro %}
