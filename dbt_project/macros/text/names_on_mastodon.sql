{#-
    By which names a Mastodon post's mentions may be asked for: `user@host`, and of those on the
    post's own server the bare user, whichever of the two it wrote.
-#}
{% macro names_on_mastodon(mentions, home_server) -%}
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
