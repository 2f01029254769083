{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='click_id',
    meta={'touched': 'int_touched__click_sequences', 'touched_key': ['click_id']},
) }}

with touched as (
    select * from {{ ref('int_touched__click_sequences') }}
),

int_clicks__resolved as (
    select * from {{ ref('int_clicks__resolved') }}
),

clicks_of_days as (
    select * from {{ ref('int_clicks__resolved') }}
),

{% if is_incremental() %}
    neighbours as (
        select
            click_id,
            clicked_at,
            link_id,
            visitor_id,
            door,
            is_bot
        from {{ ref('int_clicks__resolved') }}
    ),
{% endif %}

clicks as (
    select
        clicks.click_id,
        clicks.clicked_at,
        clicks.clicked_on,
        clicks.link_id,
        clicks.collaboration_id,
        clicks.visitor_id,
        clicks.door,
        clicks.is_bot,
        clicks.batch_id
    from int_clicks__resolved as clicks
    {% if is_incremental() %}
        inner join touched on clicks.click_id = touched.click_id
    {% endif %}
),

-- one tap is one click: of a link's clicks of a day those count that one source tells of
counted_doors as (
    select
        clicks_of_days.link_id,
        clicks_of_days.clicked_on,
        min(clicks_of_days.door) as door
    from clicks_of_days
    where
        not clicks_of_days.is_bot
        and clicks_of_days.clicked_on >= (select min(clicks.clicked_on) from clicks)
        and exists (
            select 1
            from clicks
            where
                clicks_of_days.link_id = clicks.link_id
                and clicks_of_days.clicked_on = clicks.clicked_on
        )
    group by clicks_of_days.link_id, clicks_of_days.clicked_on
),

people_with_link as (
    select
        click_id,
        clicked_at,
        link_id,
        visitor_id,
        door
    from clicks
    where not is_bot and link_id is not null and visitor_id is not null
),

{% if is_incremental() %}
    -- what came within 30 minutes before a touched click, beside the touched clicks themselves
    in_order as (
        select
            neighbours.click_id,
            neighbours.clicked_at,
            neighbours.link_id,
            neighbours.visitor_id,
            neighbours.door
        from neighbours
        where
            not neighbours.is_bot
            and neighbours.clicked_at
            >= (select min(people.clicked_at) from people_with_link as people) - interval 30 minute
            and exists (
                select 1
                from people_with_link as people
                where
                    neighbours.link_id = people.link_id
                    and neighbours.visitor_id = people.visitor_id
                    and neighbours.door = people.door
            )
    ),
{% else %}
    in_order as (
        select
            click_id,
            clicked_at,
            link_id,
            visitor_id,
            door
        from people_with_link
    ),
{% endif %}

gaps as (
    select
        click_id,
        clicked_at,
        lag(clicked_at) over (
            partition by link_id, visitor_id, door
            order by clicked_at nulls last, click_id nulls last
        ) as previous_clicked_at
    from in_order
),

duplicates as (
    select click_id
    from gaps
    where clicked_at < previous_clicked_at + interval 30 minute
)

select
    clicks.click_id,
    clicks.clicked_at,
    clicks.clicked_on,
    clicks.link_id,
    clicks.collaboration_id,
    clicks.visitor_id,
    clicks.is_bot,
    duplicates.click_id is not null as is_duplicate,
    not clicks.is_bot
    and duplicates.click_id is null
    and coalesce(clicks.door = counted_doors.door, true) as is_valid,
    clicks.batch_id,
    substr(clicks.door, 5) as source,
    coalesce(clicks.door <> counted_doors.door, false) as is_other_door
from clicks
left join duplicates on clicks.click_id = duplicates.click_id
left join counted_doors
    on clicks.link_id = counted_doors.link_id and clicks.clicked_on = counted_doors.clicked_on
