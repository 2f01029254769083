-- a post is of the code's creators where it is one of their paid posts, or mentions the brand
with int_codes__list_owners as (
    select * from {{ ref('int_codes__list_owners') }}
),

dim_account as (
    select * from {{ ref('dim_account') }}
),

fct_mentions as (
    select * from {{ ref('fct_mentions') }}
),

int_collaborations__live as (
    select * from {{ ref('int_collaborations__live') }}
),

bridge_post_collaborations as (
    select * from {{ ref('bridge_post_collaborations') }}
),

dim_post as (
    select * from {{ ref('dim_post') }}
),

posts_of_owners as (
    select
        owners.code,
        mentions.mentioned_on as posted_on,
        0 as is_paid
    from int_codes__list_owners as owners
    inner join dim_account as accounts on owners.creator_id = accounts.creator_id
    inner join fct_mentions as mentions
        on accounts.account_id = mentions.account_id and owners.brand_id = mentions.brand_id
    union all
    select
        owners.code,
        posts.published_on as posted_on,
        1 as is_paid
    from int_codes__list_owners as owners
    inner join int_collaborations__live as live
        on owners.creator_id = live.creator_id and owners.brand_id = live.brand_id
    inner join bridge_post_collaborations as bridge
        on live.collaboration_id = bridge.collaboration_id
    inner join dim_post as posts on bridge.post_id = posts.post_id
)

select
    code,
    posted_on,
    max(is_paid) = 1 as has_paid_post
from posts_of_owners
group by code, posted_on
