{#- Why an account stands on the shortlist, in words; each part that does not hold is left out. -#}
{% macro shortlist_reasons() -%}
    concat_ws(
        '; ',
        'uses #' || top_hashtag || ' in ' || {{ percent_text('top_hashtag_posts', 'posts_90d') }}
        || ' of posts',
        case
            when keyword_posts > 0
                then
                    'names ' || brand_name || ' in '
                    || {{ percent_text('keyword_posts', 'posts_90d') }} || ' of posts'
        end,
        case
            when recommended_by = 1 then 'recommended by 1 customer'
            when recommended_by > 1
                then 'recommended by ' || cast(recommended_by as string) || ' customers'
        end,
        case when is_customer then 'is a customer' end,
        rival_reasons,
        event_reasons
    )
{%- endmacro %}

{#- What an account did with a competitor: paid for, or only tagged it time and again. -#}
{% macro rival_reason(found, competitor) -%}
    case
        when {{ found }}.last_paid_on is not null
            then 'worked with ' || {{ competitor }} || ' in ' || {{ month_text(found ~ '.last_paid_on') }}
        else
            'tagged ' || {{ competitor }} || ' in ' || cast({{ found }}.tag_posts as string)
            || ' posts, last in ' || {{ month_text(found ~ '.last_tag_on') }}
    end
{%- endmacro %}

{#- A name out of a dropped file: on one line, short, and without what parts one reason from another. -#}
{% macro named_in_a_reason(name) -%}
    left({{ regex_replaced(name, "'[\\s;]+'", "' '") }}, 80)
{%- endmacro %}
