{#-
    How a text that came in becomes a value: one macro a kind, NULL where the text does not cast.

    This file holds plain Jinja only (no dbt context), since `reachline inbox check` renders it
    too. An empty or blank text is NULL before any of these is asked.
-#}

{#-
    White space around a value does not count, nor do characters of no width, as marks of a byte order
    or of a direction of writing, which come along when text is copied. Looking at both ends first
    takes a fifth of the time of a trim over a set of characters: `!` to `~` is what one sees of ASCII.
-#}
{% macro trimmed(x) -%}
    case
        when {{ x }} >= '!' and {{ x }} < chr(127) and {{ x }}[-1] between '!' and '~' then {{ x }}
        else trim({{ x }}, {{ blanks() }})
    end
{%- endmacro %}

{#-
    The same characters as reachline.configuration.fields.BLANKS, as a literal: put together by the
    engine they would cost each stream a fifth of a second a night, as casts name them so often.
-#}
{% macro blanks() -%}
    '{{ "\t\n\u000b\u000c\r \u0085\u00a0\u1680\u180e\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
        ~ "\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u202f\u205f\u2060\u2066\u2067"
        ~ "\u2068\u2069\u3000\ufeff" }}'
{%- endmacro %}

{#- An id without the armour that keeps a spreadsheet from taking it for a number: ="189", '189. -#}
{% macro unarmoured(x) -%}
    case
        when {{ x }} like '="%"' then {{ x }}[3:-2]
        when {{ x }} like '''%' then {{ x }}[2:]
        else {{ x }}
    end
{%- endmacro %}

{#-
    Whether a text is what a spreadsheet or a data frame makes of a long number: its last digits are
    lost, so it names something else or nothing, and several ids become one.
-#}
{% macro is_rounded(x) -%}
    (
        {{ x }} like '%+%'
        and regexp_full_match({{ trimmed(x) }}, '["''=]*[0-9]([.,][0-9]+)?[eE]\+[0-9]+["'']*')
        or length({{ x }}) > 15
        and regexp_full_match({{ trimmed(x) }}, '["''=]*[0-9]{16,}[.,]0+["'']*')
    )
{%- endmacro %}

{#- Handles, hashtags and codes are compared trimmed, without a leading @ or #, NFC, lower-cased. -#}
{% macro normalize_handle(x) -%}
    nullif(lower(nfc_normalize({{ trimmed('ltrim(' ~ trimmed(x) ~ ", '@#')") }})), '')
{%- endmacro %}

{#-
    The handle in the link to a profile, whatever follows it there; a text that is none stays as it is.
    A server that nobody knows by name is one of the fediverse: there a handle names its server.
-#}
{% macro handle_of_link(x) -%}
    {%- set profile -%}
        ^(?i:https?://)?(?i:www\.|m\.|mobile\.)?
        {#- -#}
        (?i:instagram|tiktok|youtube|x|twitter|threads|reddit|facebook|pinterest|linkedin|twitch|bsky)
        {#- -#}
        \.(?i:com|net|tv|app)/(?:@|(?i:c|user|channel|profile|in|u)/)?([^/?#\s]+)
    {%- endset -%}
    case
        when {{ x }} not like '%_/_%' then {{ x }}
        else coalesce(
            nullif(regexp_extract({{ trimmed(x) }}, '{{ profile }}', 1), ''),
            nullif(regexp_replace(
                regexp_extract({{ trimmed(x) }}, '^(?i:https?://)?[^/?#\s]+\.[^/?#\s]+/@[^/?#\s]+'),
                '^(?i:https?://)?([^/]+)/@(.+)$', '\2@\1'
            ), ''),
            {{ x }}
        )
    end
{%- endmacro %}

{% macro normalize_hashtag(x) -%}
    {{ normalize_handle(x) }}
{%- endmacro %}

{% macro normalize_code(x) -%}
    {{ normalize_handle(x) }}
{%- endmacro %}

{#-
    A list is `a|b` or a JSON array; elements are normalised, empty ones dropped, repeats once. NULL
    where it begins like an array and is none of texts and numbers: it holds objects, or is written as
    another language writes it.
-#}
{% macro cast_list(x, element, is_of_names=false, is_handle='false') -%}
    {%- set parts -%}
        case
            when {{ x }} not like '[%' then string_split({{ x }}, '|')
            when not json_valid({{ x }}) then null
            when regexp_matches({{ x }}[2:], '[\[{]') and list_bool_or(list_transform(
                from_json({{ x }}, '["JSON"]'), lambda e: json_type(e) in ('OBJECT', 'ARRAY')
            )) then null
            else from_json({{ x }}, '["VARCHAR"]')
        end
    {%- endset -%}
    {%- set kept -%}
        list_filter(
            list_transform(
                {{ split_names(x, parts) if is_of_names else parts }},
                lambda e: {{ element }}
            ),
            lambda e: e is not null
        )
    {%- endset -%}
    list_transform(
        [{{ hashed_elements(x, kept, is_handle) if is_of_names else kept }}],
        lambda l: list_where(
            l, list_transform(range(1, len(l) + 1), lambda i: list_position(l, l[i]) = i)
        )
    )[1]
{%- endmacro %}

{#- Names of a list with their addresses hashed; the list's own text tells that most hold none. -#}
{% macro hashed_elements(x, names, is_handle) -%}
    case
        when contains({{ x }}, '\u') or {{ may_be_personal(x) }}
            then list_transform({{ names }}, lambda of_list: {{ hash_personal_data('of_list', is_handle) }})
        else {{ names }}
    end
{%- endmacro %}

{#- No name holds a blank: `#a #b` are two, whatever stands between them, and `@a @b`. -#}
{% macro split_names(x, parts) -%}
    case
        when regexp_matches({{ x }}, '([' || {{ blanks() }} || ']|\\u[0-9a-fA-F]{4})[#@]')
            then flatten(list_transform(
                {{ parts }},
                lambda glued: regexp_split_to_array({{ trimmed('glued') }}, '[' || {{ blanks() }} || ']+[#@]')
            ))
        else {{ parts }}
    end
{%- endmacro %}

{#-
    What a cast is to read instead of the text as it came; none: the text itself. It is a column of its
    own, as casts name what they read several times.
-#}
{% macro plain_text(kind, x, is_file) -%}
    {%- if kind in ('text', 'masked', 'url', 'picture') -%}
        case when {{ is_file }} then {{ unescaped(x) }} else {{ x }} end
    {%- elif kind == 'handle' -%}
        {{ handle_of_link(x) }}
    {%- endif -%}
{%- endmacro %}

{#-
    An address that a browser may be given: none of this machine or of a network at home, none with a
    password, and no sign that could end an attribute or a policy.
-#}
{% macro picture_address() -%}
    (?i)https://([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]/[a-z0-9._~:/?#@!$&()*+,;=%-]*
{%- endmacro %}

{% macro cast_kind(kind, x, values=none, is_handle='false') -%}
    {%- if kind == 'id' -%}
        case when not {{ is_rounded(x) }} then nullif({{ unarmoured(trimmed(x)) }}, '') end
    {%- elif kind in ('text', 'url') -%}
        case when {{ trimmed(x) }} <> '' then {{ x }} end
    {%- elif kind == 'picture' -%}
        case
            when length({{ x }}) <= 2000 and regexp_full_match({{ trimmed(x) }}, '{{ picture_address() }}')
                then {{ trimmed(x) }}
        end
    {%- elif kind == 'masked' -%}
        case when {{ trimmed(x) }} <> '' then {{ mask_personal_data(x) }} end
    {%- elif kind in ('platform', 'lower') -%}
        nullif(lower({{ trimmed(x) }}), '')
    {%- elif kind == 'handle' -%}
        {{ normalize_handle(x) }}
    {%- elif kind == 'code' -%}
        {{ normalize_code(x) }}
    {%- elif kind == 'currency' -%}
        case when regexp_full_match({{ trimmed(x) }}, '[A-Za-z]{3}') then upper({{ trimmed(x) }}) end
    {%- elif kind == 'enum' -%}
        case
            when {{ x }} in ({% for v in values %}'{{ v }}'{{ ', ' if not loop.last }}{% endfor %})
                then {{ x }}
            when lower({{ trimmed(x) }}) in ({% for v in values %}'{{ v }}'{{ ', ' if not loop.last }}{% endfor %})
                then lower({{ trimmed(x) }})
        end
    {%- elif kind == 'count' -%}
        case
            when cast(try_cast({{ x }} as bigint) as varchar) = {{ x }} and {{ x }} not like '-%'
                then try_cast({{ x }} as bigint)
            when regexp_full_match({{ trimmed(x) }}, '\+?[0-9]+(\.0+)?')
                then try_cast({{ trimmed(x) }} as bigint)
        end
    {%- elif kind in ('money', 'number') -%}
        case
            when regexp_full_match({{ trimmed(x) }}, '[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)')
                then try_cast({{ trimmed(x) }} as decimal(18, 4))
        end
    {%- elif kind == 'share' -%}
        case
            when regexp_full_match({{ trimmed(x) }}, '[+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)')
                and try_cast({{ trimmed(x) }} as decimal(18, 6)) <= 1
                then try_cast({{ trimmed(x) }} as decimal(9, 6))
        end
    {%- elif kind == 'rate' -%}
        case
            when regexp_full_match({{ trimmed(x) }}, '[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?')
                then try_cast({{ trimmed(x) }} as decimal(20, 10))
        end
    {%- elif kind == 'timestamp' -%}
        case
            when {{ x }} like '____-__-__T__:__:__Z' then try_cast({{ x }} as timestamp)
            when not regexp_full_match(
                {{ trimmed(x) }},
                '\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d([.]\d+)?)?([Zz]|[+-]\d\d(:?\d\d)?)?'
            ) then null
            else try_cast(upper({{ trimmed(x) }}) as timestamptz) at time zone 'UTC'
        end
    {%- elif kind == 'date' -%}
        case
            when regexp_full_match({{ trimmed(x) }}, '\d{4}-\d\d-\d\d') then try_cast({{ trimmed(x) }} as date)
        end
    {%- elif kind == 'boolean' -%}
        case
            when lower({{ trimmed(x) }}) in ('true', '1', 'yes') then true
            when lower({{ trimmed(x) }}) in ('false', '0', 'no') then false
        end
    {%- elif kind == 'list' -%}
        {{ cast_list(x, "nullif(" ~ trimmed('e') ~ ", '')") }}
    {%- elif kind in ('handle_list', 'hashtag_list', 'code_list') -%}
        {{ cast_list(
            x, normalize_handle('e'), is_of_names=true,
            is_handle=is_handle
        ) }}
    {%- endif -%}
{%- endmacro %}

{#- What a person is told of a value that does not cast. -#}
{% macro kind_in_words(kind, values=none) -%}
    {%- if kind == 'id' -%}the id any more but a rounded number, whose last digits are lost: format the column as text before the ids are put in, and export it anew
    {%- elif kind == 'currency' -%}a three-letter ISO 4217 code, e.g. EUR
    {%- elif kind == 'enum' -%}one of {{ values | join(', ') }}
    {%- elif kind == 'count' -%}a whole number from 0 to 9223372036854775807, without thousands signs
    {%- elif kind in ('money', 'number') -%}a number such as 1234.56, without thousands signs, of at most 14 digits before the point
    {%- elif kind == 'rate' -%}a number such as 1234.56, without thousands signs, of at most 10 digits before the point
    {%- elif kind == 'share' -%}a share between 0 and 1
    {%- elif kind == 'picture' -%}the address of a picture on the web: https://, a name of a host and a path, of at most 2000 signs, without a user, a port or a number for a host
    {%- elif kind == 'timestamp' -%}an ISO 8601 timestamp, e.g. 2026-03-01T10:00:00Z
    {%- elif kind == 'date' -%}a date as YYYY-MM-DD
    {%- elif kind == 'boolean' -%}true or false (or 1, 0, yes, no)
    {%- elif kind in ('list', 'handle_list', 'hashtag_list', 'code_list') -%}a list: write a|b or a JSON array of texts, such as ["a", "b"]; of objects take one value, as in json_extract_string(tags, ''$[*].name'')
    {%- else -%}a readable value
    {%- endif -%}
{%- endmacro %}
