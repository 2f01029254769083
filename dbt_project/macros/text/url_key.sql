{#-
    What links to one post have in common: `platform:native_id` where the link has a form of the
    platform's (post_links), else the host in lower case without `www.` or `m.` and the path without a
    last `/`, no query and no fragment. NULL where there is no host.
-#}
{% macro url_key(x) -%}
    case
        {%- for platform, facts in platforms().items() %}
            {%- for link in facts.post_links %}
        when regexp_matches({{ x }}, '^\s*{{ link.form }}')
            then {{ post_key(platform, "regexp_replace(" ~ x ~ ", '^\\s*" ~ link.form ~ "(?s:.*)$', '"
                ~ link.native_id ~ "')") }}
            {%- endfor %}
        {%- endfor %}
        else regexp_replace({{ url_host(x) }}, '^(?:www|m)\.', '')
            || rtrim(regexp_extract(
                regexp_replace({{ x }}, '^\s*(?:[A-Za-z][A-Za-z0-9+.\-]*://)?', ''),
                '^[^/?#\s]+(/[^?#\s]*)',
                1
            ), '/')
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
    nullif(regexp_extract({{ post_key }}, '^bluesky:at://([^/]+)/', 1), '')
{%- endmacro %}

{% macro key_with_author(post_key, name) -%}
    regexp_replace({{ post_key }}, '^(bluesky:at://)[^/]+', '\1' || lower({{ name }}))
{%- endmacro %}
