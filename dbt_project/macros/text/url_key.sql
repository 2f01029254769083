{#-
    What two URLs of one post have in common: `platform:id` where the URL has a form that the platform
    lists (post_links), else the host in lower case without `www.` or `m.` and the path without a
    last `/`, no query and no fragment. NULL where there is no host.
-#}
{% macro url_key(x) -%}
    case
        {%- for platform, facts in platforms().items() %}
            {%- for form in facts.post_links %}
                {%- set link = "'^\\s*(?i:https?://)?(?i:www\\.|m\\.)?" ~ form ~ "'" %}
        when regexp_matches({{ x }}, {{ link }})
            then '{{ platform }}:' || regexp_extract({{ x }}, {{ link }}, 1)
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
