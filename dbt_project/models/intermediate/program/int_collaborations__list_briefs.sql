-- what a live collaboration was asked for, and the codes and links that it was given
with live as (
    select
        collaboration_id,
        campaign_id,
        brand_id,
        creator_id
    from {{ ref('int_collaborations__live') }}
),

campaigns as (
    select * from {{ merged('campaigns') }}
),

promo_codes as (
    select * from {{ merged('promo_codes') }}
),

-- a page is known by its parameters; where it has none, by where it lies
parsed_links as (
    select
        collaboration_id,
        link_id,
        {{ link_parameters('url') }} as link_parameters,
        case when {{ link_parameters('url') }} is null then {{ url_key('url') }} end as link_key
    from {{ merged('tracking_links') }} as tracking_links
),

codes as (
    select
        collaboration_id,
        {{ sorted_set('code') }} as codes
    from promo_codes
    group by collaboration_id
),

links as (
    select
        collaboration_id,
        count(link_id) as links,
        {{ sorted_set('link_key') }} as link_keys,
        {{ sorted_set('link_parameters') }} as link_parameters
    from parsed_links
    group by collaboration_id
)

select
    live.collaboration_id,
    live.campaign_id,
    live.brand_id,
    live.creator_id,
    coalesce(campaigns.required_hashtags, {{ empty_list() }}) as required_hashtags,
    coalesce(campaigns.required_mentions, {{ empty_list() }}) as required_mentions,
    coalesce(campaigns.forbidden_terms, {{ empty_list() }}) as forbidden_terms,
    coalesce(codes.codes, {{ empty_list() }}) as codes,
    coalesce(links.links, 0) as links,
    coalesce(links.link_keys, {{ empty_list() }}) as link_keys,
    coalesce(links.link_parameters, {{ empty_list() }}) as link_parameters
from live
left join campaigns on live.campaign_id = campaigns.campaign_id
left join codes on live.collaboration_id = codes.collaboration_id
left join links on live.collaboration_id = links.collaboration_id
