with discovery_shortlist as (
    select * from {{ ref('discovery_shortlist').include(database=false) }}
),

dim_brand as (
    select * from {{ ref('dim_brand').include(database=false) }}
),

creator_scorecard as (
    select * from {{ ref('creator_scorecard').include(database=false) }}
),

fair_compensation as (
    select * from {{ ref('fair_compensation').include(database=false) }}
)

select
    discovery_shortlist.brand_id,
    dim_brand.brand_name,
    discovery_shortlist.account_id,
    discovery_shortlist.rank,
    discovery_shortlist.score,
    discovery_shortlist.relevance,
    discovery_shortlist.er_percentile,
    discovery_shortlist.authenticity_score,
    discovery_shortlist.affinity,
    discovery_shortlist.followers,
    discovery_shortlist.tier,
    discovery_shortlist.is_hashtag_match,
    discovery_shortlist.is_keyword_match,
    discovery_shortlist.works_with_competitors,
    discovery_shortlist.is_customer,
    discovery_shortlist.recommended_by,
    discovery_shortlist.event_ids,
    discovery_shortlist.reasons,
    discovery_shortlist.platform,
    discovery_shortlist.handle,
    {{ profile_url('discovery_shortlist') }} as profile_url,
    discovery_shortlist.creator_id,
    creator_scorecard.posts_90d,
    creator_scorecard.er_followers_pooled,
    creator_scorecard.er_followers_shrunk,
    creator_scorecard.er_views_pooled,
    creator_scorecard.followers_growth_30d,
    creator_scorecard.is_suspicious,
    creator_scorecard.top_hashtags,
    fair_compensation.expected_engagements,
    fair_compensation.suggested_low,
    fair_compensation.suggested_mid,
    fair_compensation.suggested_high
from discovery_shortlist
inner join dim_brand on discovery_shortlist.brand_id = dim_brand.brand_id
left join creator_scorecard on discovery_shortlist.account_id = creator_scorecard.account_id
left join fair_compensation on discovery_shortlist.account_id = fair_compensation.account_id
