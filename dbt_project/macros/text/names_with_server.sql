{#-
    By which names a post's mentions may be asked for, on a platform whose handles name their server:
    `user@host`, and of those on the post's own server the bare user, whichever of the two it wrote.
-#}
{% macro names_with_server(mentions, home_server) -%}
    {%- set other_name -%}
        case
            when not contains(as_written, '@') then as_written || '@' || {{ home_server }}
            when split_part(as_written, '@', 2) = {{ home_server }} then split_part(as_written, '@', 1)
        end
    {%- endset -%}
    {{ lists_joined(mentions, each_as(mentions, 'as_written', other_name)) }}
{%- endmacro %}
