{#-
    The language of a tag such as `de-AT`, without its region; NULL where the tag says that nobody
    knows, or that there are several: und, mul, zxx, mis, and what is kept for private use (qaa to
    qtz; X says `qme`, `qht` and the like of posts without words).
-#}
{% macro base_language(x) -%}
    nullif({{ regex_replaced(
        'lower(' ~ regex_part(x, "'^[A-Za-z]+'") ~ ')', "'^(?:und|mul|zxx|mis|q[a-t][a-z])$'"
    ) }}, '')
{%- endmacro %}
