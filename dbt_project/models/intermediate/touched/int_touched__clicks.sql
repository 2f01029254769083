{#-
    Touched clicks as they were before this run. A second row where a run that did not finish found
    other values.
-#}
{% set before = {
    'click_id': 'varchar', 'visitor_id': 'varchar', 'link_id': 'varchar', 'clicked_at': 'timestamp'
} %}
{% set resolved = previous_rows('int_clicks__resolved', dict(
    before, unknown_link_id='varchar', utm_campaign='varchar', utm_content='varchar'
)) %}

with changed_links as (
    select
        link_id,
        utm_campaign,
        utm_content
    from {{ ref('int_changed__tracking_links') }}
    where is_changed
),

clicks_by_link as (
    select * from {{ resolved }}
),

clicks_by_unknown_link as (
    select * from {{ resolved }}
),

clicks_by_utm as (
    select * from {{ resolved }}
),

clicks_before as (
    select * from {{ resolved }}
),

stg_inbox__clicks as (
    select * from {{ ref('stg_inbox__clicks') }}
),

rows_of_unfinished_run as (
    select * from {{ rows_of_unfinished_run(before) }}
),

touched as (
    select click_id
    from stg_inbox__clicks
    where {{ is_new('loaded_seq') }} or {{ came_due('clicked_at') }}
    union
    select clicks.click_id
    from clicks_by_link as clicks
    inner join changed_links on clicks.link_id = changed_links.link_id
    union
    select clicks.click_id
    from clicks_by_unknown_link as clicks
    inner join changed_links on clicks.unknown_link_id = changed_links.link_id
    union
    select clicks.click_id
    from clicks_by_utm as clicks
    inner join changed_links
        on
            clicks.utm_campaign = changed_links.utm_campaign
            and clicks.utm_content = changed_links.utm_content
)

select
    touched.click_id,
    clicks_before.visitor_id,
    clicks_before.link_id,
    clicks_before.clicked_at,
    cast({{ run_state().since_seq }} as bigint) as since_seq
from touched
left join clicks_before on touched.click_id = clicks_before.click_id
union
select
    click_id,
    visitor_id,
    link_id,
    clicked_at,
    cast({{ run_state().since_seq }} as bigint) as since_seq
from rows_of_unfinished_run
