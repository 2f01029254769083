{#-
    What links to one post have in common: `platform:native_id` where the link has a form of the
    platform's (post_links), else the host in lower case without `www.` or `m.` and the path without a
    last `/`, no query and no fragment. NULL where there is no host.
-#}
{% macro url_key(x) -%}
    case
        {%- for platform, facts in platforms().items() %}
            {%- for link in facts.post_links %}
        when {{ regex_found(x, "'^\\s*" ~ link.form ~ "'") }}
            then {{ post_key(platform, regex_replaced(
                x, "'^\\s*" ~ link.form ~ "(?s:.*)$'", "'" ~ link.native_id ~ "'"
            )) }}
            {%- endfor %}
        {%- endfor %}
        else {{ regex_replaced(url_host(x), "'^(?:www|m)\\.'") }}
            || trim(trailing '/' from {{ regex_part(
                regex_replaced(x, "'^\\s*(?:[A-Za-z][A-Za-z0-9+.\\-]*://)?'"), "'^[^/?#\\s]+(/[^?#\\s]*)'", 1
            ) }})
    end
{%- endmacro %}

{% macro post_key(platform, native_id) -%}
    '{{ platform }}:' || {{ native_id if platforms()[platform].post_ids_have_case else 'lower(' ~ native_id ~ ')' }}
{%- endmacro %}

{#- The key of a post by its id: of one that is a link, as of links. -#}
{% macro post_id_key(platform, native_post_id) -%}
    case
        when contains({{ native_post_id }}, '/') then {{ url_key(native_post_id) }}
        when {{ platform_fact('post_ids_have_case', platform) }}
            then {{ platform }} || ':' || {{ native_post_id }}
        else {{ platform }} || ':' || lower({{ native_post_id }})
    end
{%- endmacro %}

{#- Bluesky names the author in a link to a post, by DID or handle: that name; NULL of other keys. -#}
{% macro author_of_key(post_key) -%}
    nullif({{ regex_part(post_key, "'^bluesky:at://([^/]+)/'", 1) }}, '')
{%- endmacro %}

{% macro key_with_author(post_key, name) -%}
    {{ regex_replaced(post_key, "'^(bluesky:at://)[^/]+'", "'\\1' || " ~ lowered(name)) }}
{%- endmacro %}
