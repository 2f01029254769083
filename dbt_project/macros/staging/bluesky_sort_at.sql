{#-
    When a post was made, as Bluesky sorts by it: `createdAt`, which the author's app writes, unless it
    is no moment or after `indexedAt`: https://docs.bsky.app/docs/advanced-guides/timestamps.
-#}
{% macro bluesky_sort_at(created_at, indexed_at) -%}
    case
        when
            try_cast({{ created_at }} as timestamptz) > try_cast({{ indexed_at }} as timestamptz)
            or try_cast({{ created_at }} as timestamptz) is null
            then {{ indexed_at }}
        else {{ created_at }}
    end
{%- endmacro %}
