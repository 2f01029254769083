with creator_relationships as (
    select * from {{ ref('creator_relationships').include(database=false) }}
),

dim_brand as (
    select * from {{ ref('dim_brand').include(database=false) }}
),

dim_creator as (
    select * from {{ ref('dim_creator').include(database=false) }}
)

select
    creator_relationships.brand_id,
    dim_brand.brand_name,
    creator_relationships.creator_id,
    dim_creator.shown_name as creator_name,
    dim_creator.country,
    dim_creator.tier,
    dim_creator.followers_total,
    dim_creator.accounts,
    creator_relationships.collaborations,
    creator_relationships.first_on,
    creator_relationships.last_on,
    creator_relationships.tenure_days,
    creator_relationships.is_repeat,
    creator_relationships.attributed_revenue,
    creator_relationships.attributed_profit,
    creator_relationships.profit_coverage,
    creator_relationships.cost,
    creator_relationships.roi,
    creator_relationships.roi_first,
    creator_relationships.roi_last,
    creator_relationships.status,
    creator_relationships.is_lapsed_star,
    creator_relationships.collaborations_in_roi
from creator_relationships
left join dim_brand on creator_relationships.brand_id = dim_brand.brand_id
left join dim_creator on creator_relationships.creator_id = dim_creator.creator_id
