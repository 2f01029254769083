{#-
    The handles that a text mentions, normalised, a list with repeats; empty where there are none.

    `@`, not after a letter, digit or `_` nor inside a URL or an e-mail address, then letters,
    digits, `_` and inner dots; on Mastodon also `@user@host`. As for hashtags, an `@` after a
    letter, digit or `_` is taken out first: it becomes a control character, which stands for the
    second `@` of a Mastodon handle.
-#}
{% macro extract_mentions(x, platform) -%}
    {%- set name %}[\p{L}\p{Nd}_]+(?:\.[\p{L}\p{Nd}_]+)*{% endset -%}
    {%- set host %}[\p{L}\p{Nd}](?:[\p{L}\p{Nd}\-]*)(?:\.[\p{L}\p{Nd}\-]+)+{% endset -%}
    {%- set prepared -%}
        regexp_replace({{ without_links(x) }}, '([\p{L}\p{Nd}_])@', '\1' || chr(1), 'g')
    {%- endset -%}
    case
        when {{ x }} is null or not contains({{ x }}, '@') then cast([] as varchar[])
        when {{ platform }} = 'mastodon'
            then list_transform(
                regexp_extract_all({{ prepared }}, '@({{ name }}(?:\x01{{ host }})?)', 1),
                lambda handle: {{ normalize_handle("replace(handle, chr(1), '@')") }}
            )
        else list_transform(
            regexp_extract_all({{ prepared }}, '@({{ name }})', 1),
            lambda handle: {{ normalize_handle('handle') }}
        )
    end
{%- endmacro %}
