with share_of_voice as (
    select * from {{ ref('share_of_voice').include(database=false) }}
),

dim_brand as (
    select * from {{ ref('dim_brand').include(database=false) }}
)

-- columns stand in the contract's order
select
    share_of_voice.brand_id,
    dim_brand.brand_name,
    share_of_voice.voice_brand_id,
    voice_brands.brand_name as voice_brand_name,
    voice_brands.role as voice_role,
    share_of_voice.brand_id = share_of_voice.voice_brand_id as is_own_voice,
    share_of_voice.week,
    share_of_voice.mentions,
    share_of_voice.posts,
    share_of_voice.posts_paid,
    share_of_voice.posts_earned,
    share_of_voice.posts_owned,
    share_of_voice.accounts,
    share_of_voice.engagements,
    share_of_voice.share_of_posts,
    share_of_voice.share_of_engagements,
    share_of_voice.is_partial
from share_of_voice
left join dim_brand on share_of_voice.brand_id = dim_brand.brand_id
left join dim_brand as voice_brands on share_of_voice.voice_brand_id = voice_brands.brand_id
