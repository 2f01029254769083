{#-
    The sum of likes, comments, shares and saves that are known; NULL where none is. `of` makes each of
    them into what is added up.
-#}
{% macro engagements(of=none) -%}
    {%- set parts = [] -%}
    {%- for part in ['likes', 'comments', 'shares', 'saves'] -%}
        {%- do parts.append(of(part) if of else part) -%}
    {%- endfor -%}
    case
        when coalesce({{ parts | join(', ') }}) is not null
            then {% for part in parts %}coalesce({{ part }}, 0){{ ' + ' if not loop.last }}{% endfor %}
    end
{%- endmacro %}

{#- As an aggregate over snapshots: each component at its last known value that may be added up. -#}
{% macro last_engagements() -%}
    {{ engagements(last_derivable) }}
{%- endmacro %}

{% macro last_derivable(metric) -%}
    max_by({{ metric }}, observed_at) filter (where {{ metric }} is not null and is_derivable)
{%- endmacro %}
