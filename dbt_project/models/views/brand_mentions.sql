with fct_mentions as (
    select * from {{ ref('fct_mentions').include(database=false) }}
),

dim_brand as (
    select * from {{ ref('dim_brand').include(database=false) }}
),

dim_post as (
    select * from {{ ref('dim_post').include(database=false) }}
),

dim_account as (
    select * from {{ ref('dim_account').include(database=false) }}
),

dim_creator as (
    select * from {{ ref('dim_creator').include(database=false) }}
)

select
    fct_mentions.post_id,
    fct_mentions.brand_id,
    fct_mentions.kind,
    dim_brand.brand_name,
    dim_brand.role,
    fct_mentions.relationship,
    fct_mentions.mentioned_at,
    fct_mentions.mentioned_on,
    dim_post.platform,
    dim_post.content_type,
    dim_post.permalink,
    fct_mentions.account_id,
    dim_account.handle,
    {{ profile_url('dim_account') }} as profile_url,
    dim_account.tier,
    dim_account.followers,
    dim_account.creator_id,
    dim_creator.shown_name as creator_name,
    fct_mentions.engagements
from fct_mentions
inner join dim_brand on fct_mentions.brand_id = dim_brand.brand_id
inner join dim_post on fct_mentions.post_id = dim_post.post_id
left join dim_account on fct_mentions.account_id = dim_account.account_id
left join dim_creator on dim_account.creator_id = dim_creator.creator_id
