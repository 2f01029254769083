{#-
    The handles that a text mentions, normalised, a list with repeats; empty where there are none.

    The platform's mention sign, not after a letter, digit or `_` nor inside a URL or an e-mail
    address, then letters, digits, `_` and between them the marks of its handles; where the platform
    names servers also `@user@host`.
-#}
{% macro extract_mentions(x, platform) -%}
    {%- set others = platforms()['*'] -%}
    {%- set signs = platforms().values() | map(attribute='mention_sign') | unique | list -%}
    case
        when {{ x }} is null or not (
            {%- for sign in signs %}{{ ' or ' if not loop.first }}contains({{ x }}, '{{ sign }}'){% endfor -%}
        ) then {{ empty_list() }}
        {%- for name, facts in platforms().items() if
            (facts.mention_sign, facts.handle_marks, facts.names_servers)
            != (others.mention_sign, others.handle_marks, others.names_servers) %}
        when {{ platform }} = '{{ name }}' then {{ mentions_after(facts, x) }}
        {%- endfor %}
        else {{ mentions_after(others, x) }}
    end
{%- endmacro %}

{#-
    As for hashtags, a sign after a letter, digit or `_` is taken out first: it becomes a control
    character, which stands for the second `@` of a handle with its server.
-#}
{% macro mentions_after(facts, x) -%}
    {%- set name -%}
        [\p{L}\p{Nd}_]+(?:[{{ facts.handle_marks }}][\p{L}\p{Nd}_]+)*
    {%- endset -%}
    {%- set host %}[\p{L}\p{Nd}](?:[\p{L}\p{Nd}\-]*)(?:\.[\p{L}\p{Nd}\-]+)+{% endset -%}
    {%- set server %}(?:\x01{{ host }})?{% endset -%}
    {%- set sign = '\\Q' ~ facts.mention_sign ~ '\\E' -%}
    {{ each_as(
        regex_parts(
            regex_replaced(
                without_links(x), "'([\\p{L}\\p{Nd}_])" ~ sign ~ "'", "'\\1' || chr(1)"
            ),
            "'" ~ sign ~ '(' ~ name ~ (server if facts.names_servers else '') ~ ")'",
            1
        ),
        'as_written',
        comparable_name("replace(as_written, chr(1), '@')" if facts.names_servers else 'as_written')
    ) }}
{%- endmacro %}
