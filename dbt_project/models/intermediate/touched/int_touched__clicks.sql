{#- What a click was before this run; one row more where a killed run found something else. -#}
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

touched as (
    select click_id
    from {{ ref('stg_inbox__clicks') }}
    where {{ is_new('loaded_seq') }} or {{ came_due('clicked_at') }}
    union
    select resolved.click_id
    from {{ resolved }} as resolved
    inner join changed_links on resolved.link_id = changed_links.link_id
    union
    select resolved.click_id
    from {{ resolved }} as resolved
    inner join changed_links on resolved.unknown_link_id = changed_links.link_id
    union
    select resolved.click_id
    from {{ resolved }} as resolved
    inner join changed_links
        on
            resolved.utm_campaign = changed_links.utm_campaign
            and resolved.utm_content = changed_links.utm_content
)

select
    touched.click_id,
    resolved.visitor_id,
    resolved.link_id,
    resolved.clicked_at,
    cast({{ run_state().since_seq }} as bigint) as since_seq
from touched
left join {{ resolved }} as resolved on touched.click_id = resolved.click_id
union
select
    click_id,
    visitor_id,
    link_id,
    clicked_at,
    cast({{ run_state().since_seq }} as bigint) as since_seq
from {{ found_before_the_kill(before) }} as found
