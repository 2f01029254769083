-- the accounts whose posts a live collaboration may pay for, and the days on which it does
with int_collaborations__live as (
    select * from {{ ref('int_collaborations__live') }}
),

int_accounts__find_creators as (
    select * from {{ ref('int_accounts__find_creators') }}
)

select
    live.collaboration_id,
    creators.account_id,
    live.brand_id,
    live.starts_on,
    live.posts_until
from int_collaborations__live as live
inner join int_accounts__find_creators as creators on live.creator_id = creators.creator_id
