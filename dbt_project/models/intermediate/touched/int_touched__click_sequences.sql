-- A click decides on those that follow it within 30 minutes, and where several sources tell of
-- clicks on those of its link and day: where it was and where it is now.
with int_touched__clicks as (
    select * from {{ ref('int_touched__clicks') }}
),

moved_clicks as (
    select * from {{ ref('int_clicks__resolved') }}
),

following_clicks as (
    select * from {{ ref('int_clicks__resolved') }}
),

clicks_of_days as (
    select * from {{ ref('int_clicks__resolved') }}
),

places as (
    select
        link_id,
        visitor_id,
        clicked_at
    from int_touched__clicks
    where link_id is not null
    union
    select
        clicks.link_id,
        clicks.visitor_id,
        clicks.clicked_at
    from moved_clicks as clicks
    inner join int_touched__clicks as touched on clicks.click_id = touched.click_id
    where clicks.link_id is not null
),

days as (
    select distinct
        link_id,
        {{ reporting_day('clicked_at') }} as clicked_on
    from places
)

select click_id
from int_touched__clicks
union
select clicks.click_id
from following_clicks as clicks
inner join places
    on
        clicks.link_id = places.link_id
        and clicks.visitor_id = places.visitor_id
        and clicks.clicked_at >= places.clicked_at
        and clicks.clicked_at < places.clicked_at + interval 30 minute
where clicks.clicked_at >= (select min(earliest.clicked_at) from places as earliest)
{% if 'clicks' not in var('streams_of_one_source', []) %}
    union
    select clicks.click_id
    from clicks_of_days as clicks
    inner join days on clicks.link_id = days.link_id and clicks.clicked_on = days.clicked_on
    where clicks.clicked_on >= (select min(earliest.clicked_on) from days as earliest)
{% endif %}
