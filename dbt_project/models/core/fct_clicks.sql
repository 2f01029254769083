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

{% if is_incremental() %}
    neighbours as (
        select
            click_id,
            clicked_at,
            link_id,
            visitor_id,
            is_bot
        from {{ ref('int_clicks__resolved') }}
    ),
{% endif %}

clicks as (
    select
        clicks.click_id,
        clicks.clicked_at,
        clicks.link_id,
        clicks.collaboration_id,
        clicks.visitor_id,
        clicks.is_bot,
        clicks.batch_id
    from int_clicks__resolved as clicks
    {% if is_incremental() %}
        inner join touched on clicks.click_id = touched.click_id
    {% endif %}
),

people_with_link as (
    select
        click_id,
        clicked_at,
        link_id,
        visitor_id
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
            neighbours.visitor_id
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
            )
    ),
{% else %}
    in_order as (
        select
            click_id,
            clicked_at,
            link_id,
            visitor_id
        from people_with_link
    ),
{% endif %}

gaps as (
    select
        click_id,
        clicked_at,
        lag(clicked_at) over (
            partition by link_id, visitor_id
            order by clicked_at, click_id
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
    {{ reporting_day('clicks.clicked_at') }} as clicked_on,
    clicks.link_id,
    clicks.collaboration_id,
    clicks.visitor_id,
    clicks.is_bot,
    duplicates.click_id is not null as is_duplicate,
    not clicks.is_bot and duplicates.click_id is null as is_valid,
    clicks.batch_id
from clicks
left join duplicates on clicks.click_id = duplicates.click_id
