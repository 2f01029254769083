{#- The weeks of touched days; the four after a week whose posts changed in number, whose means
    hold it; and the weeks of the last D and of this one, of which one was partial. -#}
with int_touched__hashtag_days as (
    select * from {{ ref('int_touched__hashtag_days') }}
),

fct_hashtag_daily as (
    select * from {{ ref('fct_hashtag_daily') }}
),

later_weeks as (
    select later.weeks_later
    from (values (0), (1), (2), (3), (4)) as later (weeks_later)
),

touched as (
    select
        touched_days.platform,
        touched_days.hashtag,
        {{ week_of('touched_days.date_day') }} + 7 * later_weeks.weeks_later as week
    from int_touched__hashtag_days as touched_days
    inner join later_weeks on touched_days.is_moved or later_weeks.weeks_later = 0
    {% if run_state().previous_date is not none %}
        union
        select
            hashtags.platform,
            hashtags.hashtag,
            {{ week_of('hashtags.date_day') }} as week
        from fct_hashtag_daily as hashtags
        where
            hashtags.date_day >= {{ week_of("date '" ~ run_state().previous_date ~ "'") }}
            and hashtags.date_day < {{ week_of("date '" ~ run_state().previous_date ~ "'") }} + 7
    {% endif %}
)

select distinct
    platform,
    hashtag,
    week
from touched
