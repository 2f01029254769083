with clicks as (
    select
        utm_campaign,
        utm_content,
        clicked_on,
        substr(door, 5) as source
    from {{ ref('int_clicks__resolved') }}
    where
        link_id is null
        and utm_campaign is not null
        and utm_content is not null
        and not is_bot
        and clicked_on > {{ as_of_date() }} - 90
),

all_links as (
    select * from {{ ref('int_tracking_links__parsed') }}
),

strays as (
    select
        utm_campaign,
        utm_content,
        source,
        count(*) as clicks,
        min(clicked_on) as first_clicked_on,
        max(clicked_on) as last_clicked_on
    from clicks
    group by utm_campaign, utm_content, source
),

stray_names as (
    select distinct
        utm_campaign,
        utm_content,
        {{ bare('utm_campaign') }} as bare_campaign,
        {{ bare('utm_content') }} as bare_content
    from strays
),

links as (
    select
        link_id,
        collaboration_id,
        utm_campaign,
        utm_content,
        {{ bare('utm_campaign') }} as bare_campaign,
        {{ bare('utm_content') }} as bare_content
    from all_links
    where utm_campaign is not null and utm_content is not null
),

-- one of the two has to be the same, so that names are compared within it alone
pairs as (
    select
        strays.utm_campaign,
        strays.utm_content,
        links.link_id,
        strays.bare_content as written,
        links.bare_content as meant
    from stray_names as strays
    inner join links on strays.bare_campaign = links.bare_campaign
    where strays.bare_campaign <> ''
    union all
    select
        strays.utm_campaign,
        strays.utm_content,
        links.link_id,
        strays.bare_campaign as written,
        links.bare_campaign as meant
    from stray_names as strays
    inner join links on strays.bare_content = links.bare_content
    where strays.bare_content <> ''
),

-- creator-01 and creator-02 are two creators, however near their names are
near as (
    select
        utm_campaign,
        utm_content,
        link_id,
        {{ edits_between('written', 'meant') }} as edits
    from pairs
    where
        {{ digits_of('written') }} = {{ digits_of('meant') }}
        and 4 * {{ edits_between('written', 'meant') }} <= length(meant)
),

ranked as (
    select
        utm_campaign,
        utm_content,
        link_id,
        row_number() over (
            partition by utm_campaign, utm_content order by edits nulls last, link_id nulls last
        ) as choice
    from near
)

select
    strays.utm_campaign,
    strays.utm_content,
    strays.source,
    strays.clicks,
    strays.first_clicked_on,
    strays.last_clicked_on,
    links.link_id as likely_link_id,
    links.utm_campaign as likely_utm_campaign,
    links.utm_content as likely_utm_content,
    links.collaboration_id
from strays
inner join ranked
    on strays.utm_campaign = ranked.utm_campaign and strays.utm_content = ranked.utm_content
inner join links on ranked.link_id = links.link_id
where ranked.choice = 1
order by strays.utm_campaign nulls last, strays.utm_content nulls last, strays.source nulls last
