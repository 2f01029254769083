{#-
    The ages at which posts are compared, with their windows in seconds after publication: the
    last snapshot between 0.8 × N and N days counts as the post at age N.
-#}
{% macro post_ages() -%}
    (
        select
            age_days,
            age_days * 69120 as from_second,
            age_days * 86400 as to_second
        from (values (1), (7), (30)) as ages (age_days)
    )
{%- endmacro %}
