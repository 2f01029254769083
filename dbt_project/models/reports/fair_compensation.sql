with roster_accounts as (
    select * from {{ ref('dim_account') }}
),

discovery_shortlist as (
    select * from {{ ref('discovery_shortlist') }}
),

creator_scorecard as (
    select * from {{ ref('creator_scorecard') }}
),

-- what one of them cost is not known where an amount has no rate
costs_without_rate as (
    select collaboration_id
    from {{ ref('int_performance__sum_collaborations') }}
    where costs_without_rate > 0
),

peers as (
    select
        collaboration_id,
        cpe
    from {{ ref('collaboration_performance') }}
    where
        is_default_method
        and is_live
        and engagements > 0
        and collaboration_id not in (
            select costs_without_rate.collaboration_id from costs_without_rate
        )
),

int_paid_posts__totals as (
    select * from {{ ref('int_paid_posts__totals') }}
),

bridge_post_collaborations as (
    select * from {{ ref('bridge_post_collaborations') }}
),

author_accounts as (
    select * from {{ ref('dim_account') }}
),

int_creators__latest_costs as (
    select * from {{ ref('int_creators__latest_costs') }}
),

int_creators__break_even as (
    select * from {{ ref('int_creators__break_even') }}
),

wanted as (
    select account_id
    from roster_accounts
    where creator_id is not null
    union
    select account_id
    from discovery_shortlist
),

accounts as (
    select
        cards.account_id,
        cards.platform,
        cards.tier,
        cards.creator_id,
        cards.er_followers_shrunk * cards.followers as expected_engagements
    from wanted
    inner join creator_scorecard as cards on wanted.account_id = cards.account_id
),

-- once for each platform and tier of an account that wrote a paid post of it
authors as (
    select distinct
        peers.collaboration_id,
        peers.cpe,
        accounts.platform,
        accounts.tier
    from peers
    inner join bridge_post_collaborations as bridge
        on peers.collaboration_id = bridge.collaboration_id
    inner join int_paid_posts__totals as posts on bridge.post_id = posts.post_id
    inner join author_accounts as accounts on posts.account_id = accounts.account_id
),

authors_of_platforms as (
    select distinct
        collaboration_id,
        cpe,
        platform
    from authors
),

of_platform_and_tier as (
    select
        platform,
        tier,
        count(*) as peers,
        {{ quantile('cpe', 0.25) }} as peer_cpe_p25,
        {{ quantile('cpe', 0.5) }} as peer_cpe_p50,
        {{ quantile('cpe', 0.75) }} as peer_cpe_p75
    from authors
    group by platform, tier
    having count(*) >= 5
),

of_platform as (
    select
        platform,
        count(*) as peers,
        {{ quantile('cpe', 0.25) }} as peer_cpe_p25,
        {{ quantile('cpe', 0.5) }} as peer_cpe_p50,
        {{ quantile('cpe', 0.75) }} as peer_cpe_p75
    from authors_of_platforms
    group by platform
    having count(*) >= 5
),

of_all as (
    select
        count(*) as peers,
        {{ quantile('cpe', 0.25) }} as peer_cpe_p25,
        {{ quantile('cpe', 0.5) }} as peer_cpe_p50,
        {{ quantile('cpe', 0.75) }} as peer_cpe_p75
    from peers
),

compared as (
    select
        accounts.account_id,
        accounts.platform,
        accounts.tier,
        accounts.creator_id,
        accounts.expected_engagements,
        earned.break_even_fee,
        earned.break_even_low,
        earned.break_even_high,
        earned.break_even_posts,
        latest.collaboration_id as latest_collaboration_id,
        latest.cost_committed as latest_cost_committed,
        latest.deliverables as latest_deliverables,
        case
            when of_platform_and_tier.peers is not null then 'platform_tier'
            when of_platform.peers is not null then 'platform'
            else 'all'
        end as peer_level,
        coalesce(of_platform_and_tier.peers, of_platform.peers, of_all.peers) as peers,
        coalesce(
            of_platform_and_tier.peer_cpe_p25, of_platform.peer_cpe_p25, of_all.peer_cpe_p25
        ) as peer_cpe_p25,
        coalesce(
            of_platform_and_tier.peer_cpe_p50, of_platform.peer_cpe_p50, of_all.peer_cpe_p50
        ) as peer_cpe_p50,
        coalesce(
            of_platform_and_tier.peer_cpe_p75, of_platform.peer_cpe_p75, of_all.peer_cpe_p75
        ) as peer_cpe_p75
    from accounts
    cross join of_all
    left join of_platform_and_tier
        on
            accounts.platform = of_platform_and_tier.platform
            and accounts.tier = of_platform_and_tier.tier
    left join of_platform on accounts.platform = of_platform.platform
    left join int_creators__latest_costs as latest on accounts.creator_id = latest.creator_id
    left join int_creators__break_even as earned on accounts.creator_id = earned.creator_id
),

suggested as (
    select
        *,
        {{ rounded_money('expected_engagements * peer_cpe_p25') }} as suggested_low,
        {{ rounded_money('expected_engagements * peer_cpe_p50') }} as suggested_mid,
        {{ rounded_money('expected_engagements * peer_cpe_p75') }} as suggested_high,
        {{ metric_column('actual_cost_per_post') }} as actual_cost_per_post
    from compared
)

select
    account_id,
    expected_engagements,
    peer_level,
    peers,
    peer_cpe_p25,
    peer_cpe_p50,
    peer_cpe_p75,
    suggested_low,
    suggested_mid,
    suggested_high,
    actual_cost_per_post,
    case
        when actual_cost_per_post < suggested_low then 'below'
        when actual_cost_per_post > suggested_high then 'above'
        when actual_cost_per_post is not null and suggested_low is not null then 'within'
    end as position,
    break_even_fee,
    break_even_low,
    break_even_high,
    break_even_posts,
    -- a creator's accounts have one verdict, as they have one price
    case
        when creator_id is null then null
        when
            coalesce(break_even_posts, 0) < 2
            or break_even_low is null
            or actual_cost_per_post is null
            then 'too_early'
        when break_even_low > actual_cost_per_post then 'rebook'
        when break_even_high < actual_cost_per_post or break_even_fee <= 0 then 'stop'
        else 'renegotiate'
    end as verdict,
    platform,
    tier,
    creator_id,
    latest_collaboration_id,
    latest_cost_committed,
    latest_deliverables
from suggested
order by account_id nulls last
