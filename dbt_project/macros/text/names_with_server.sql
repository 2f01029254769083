{#-
    By which names a post's mentions may be asked for, on a platform whose handles name their server:
    `user@host`, and of those on the post's own server the bare user, whichever of the two it wrote.
-#}
{% macro names_with_server(mentions, home_server) -%}
    list_concat(
        {{ mentions }},
        list_transform(
            {{ mentions }},
            lambda handle: case
                when not contains(handle, '@') then handle || '@' || {{ home_server }}
                when split_part(handle, '@', 2) = {{ home_server }} then split_part(handle, '@', 1)
            end
        )
    )
{%- endmacro %}
