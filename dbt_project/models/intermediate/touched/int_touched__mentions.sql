{#- Posts whose mentions of brands change: the post itself, who pays for it or owns it, and its
    engagements. -#}
with int_touched__paid_posts as (
    select * from {{ ref('int_touched__paid_posts') }}
),

int_posts__find_accounts as (
    select * from {{ ref('int_posts__find_accounts') }}
),

int_changed__brand_accounts as (
    select * from {{ ref('int_changed__brand_accounts') }}
),

int_posts__match_brands as (
    select * from {{ ref('int_posts__match_brands') }}
),

int_touched__snapshots as (
    select * from {{ ref('int_touched__snapshots') }}
)

select post_id
from int_touched__paid_posts
union
select post_id
from int_posts__find_accounts
where
    account_id in (
        select brand_accounts.account_id
        from int_changed__brand_accounts as brand_accounts
        where brand_accounts.is_changed
    )
union
select mentions.post_id
from int_posts__match_brands as mentions
inner join int_touched__snapshots as snapshots on mentions.post_id = snapshots.post_id
