with int_accounts__sum_recent_posts as (
    select * from {{ ref('int_accounts__sum_recent_posts') }}
),

dim_account as (
    select * from {{ ref('dim_account') }}
),

accounts as (
    select
        accounts.account_id,
        accounts.platform,
        accounts.tier,
        accounts.followers,
        posts.engagements_public,
        posts.followers_at_post
    from int_accounts__sum_recent_posts as posts
    inner join dim_account as accounts on posts.account_id = accounts.account_id
    where posts.posts_measured > 0 and accounts.tier is not null
),

peers as (
    select
        platform,
        tier,
        count(*) as peers,
        {{ safe_divide('sum(engagements_public)', 'sum(followers_at_post)') }} as pooled_rate,
        5 * {{ quantile('followers', 0.5) }} as followers_shrunk_by
    from accounts
    group by platform, tier
),

shrunk as (
    select
        accounts.account_id,
        accounts.platform,
        accounts.tier,
        peers.peers,
        {{ safe_divide(
            'accounts.engagements_public + peers.pooled_rate * peers.followers_shrunk_by',
            'accounts.followers_at_post + peers.followers_shrunk_by',
        ) }} as er_followers_shrunk
    from accounts
    inner join peers on accounts.platform = peers.platform and accounts.tier = peers.tier
),

-- two accounts of one rate must tie, though the last bits of their quotients differ
ranked as (
    select
        account_id,
        peers,
        er_followers_shrunk,
        rank() over (
            partition by platform, tier order by {{ rounded('er_followers_shrunk', 12) }} nulls last
        ) - 1 as peers_below,
        count(*) over (
            partition by platform, tier, {{ rounded('er_followers_shrunk', 12) }}
        ) as peers_level
    from shrunk
)

select
    account_id,
    er_followers_shrunk,
    {{ safe_divide('2 * peers_below + peers_level', '2 * peers') }} as er_percentile
from ranked
