with discovery as (
    select * from {{ source('config', 'discovery') }}
),

int_brands__find_rival_work as (
    select * from {{ ref('int_brands__find_rival_work') }}
),

brands as (
    select * from {{ source('config', 'brands') }}
),

int_events__find_accounts as (
    select * from {{ ref('int_events__find_accounts') }}
),

int_brands__list_candidates as (
    select * from {{ ref('int_brands__list_candidates') }}
),

creator_scorecard as (
    select * from {{ ref('creator_scorecard') }}
),

int_brands__match_recent_posts as (
    select * from {{ ref('int_brands__match_recent_posts') }}
),

int_recommendations__find_accounts as (
    select * from {{ ref('int_recommendations__find_accounts') }}
),

int_customers__find_accounts as (
    select * from {{ ref('int_customers__find_accounts') }}
),

-- the weights as columns of one row: a score is then one expression over them
weights as (
    select
        max(weight) filter (where part = 'relevance') as of_relevance,
        max(weight) filter (where part = 'er_percentile') as of_er_percentile,
        max(weight) filter (where part = 'authenticity') as of_authenticity,
        max(weight) filter (where part = 'affinity') as of_affinity
    from discovery
),

customers as (
    select distinct account_id from int_customers__find_accounts
),

rivals as (
    select
        found.brand_id,
        found.account_id,
        {{ ordered_list('found.competitor_brand_id', 'found.competitor_brand_id') }} as brand_ids,
        {{ joined_texts(
            rival_reason('found', 'brands.brand_name'), '; ', 'found.competitor_brand_id'
        ) }}
            as reasons
    from int_brands__find_rival_work as found
    inner join brands on found.competitor_brand_id = brands.brand_id
    group by found.brand_id, found.account_id
),

events as (
    select
        brand_id,
        account_id,
        {{ ordered_list('event_id', 'event_id') }} as event_ids,
        {{ joined_texts("'posted on ' || " ~ named_in_a_reason('event_name'), '; ', 'event_id') }}
            as reasons
    from int_events__find_accounts
    group by brand_id, account_id
),

candidates as (
    select
        candidates.brand_id,
        brands.brand_name,
        candidates.account_id,
        scorecard.platform,
        scorecard.handle,
        scorecard.creator_id,
        scorecard.tier,
        scorecard.followers,
        scorecard.posts_90d,
        scorecard.er_percentile,
        scorecard.authenticity_score,
        matches.top_hashtag,
        matches.top_hashtag_posts,
        rivals.reasons as rival_reasons,
        events.reasons as event_reasons,
        customers.account_id is not null as is_customer,
        coalesce(matches.matched_posts, 0) as matched_posts,
        coalesce(matches.hashtag_posts, 0) as hashtag_posts,
        coalesce(matches.keyword_posts, 0) as keyword_posts,
        coalesce(rivals.brand_ids, {{ empty_list() }}) as works_with_competitors,
        coalesce(recommended.recommended_by, 0) as recommended_by,
        coalesce(events.event_ids, {{ empty_list() }}) as event_ids
    from int_brands__list_candidates as candidates
    inner join brands on candidates.brand_id = brands.brand_id
    inner join creator_scorecard as scorecard on candidates.account_id = scorecard.account_id
    left join int_brands__match_recent_posts as matches
        on
            candidates.brand_id = matches.brand_id
            and candidates.account_id = matches.account_id
    left join rivals
        on candidates.brand_id = rivals.brand_id and candidates.account_id = rivals.account_id
    left join events
        on candidates.brand_id = events.brand_id and candidates.account_id = events.account_id
    left join int_recommendations__find_accounts as recommended
        on
            candidates.brand_id = recommended.brand_id
            and candidates.account_id = recommended.account_id
    left join customers on candidates.account_id = customers.account_id
    where scorecard.posts_90d > 0
),

measured as (
    select
        *,
        {{ safe_divide('matched_posts', 'posts_90d') }} as relevance,
        (
            cast(cardinality(works_with_competitors) > 0 as integer)
            + cast(is_customer as integer)
            + cast(recommended_by > 0 as integer)
            + cast(cardinality(event_ids) > 0 as integer)
        ) / cast(4 as double) as affinity
    from candidates
),

scored as (
    select
        measured.*,
        weights.of_relevance * measured.relevance
        + weights.of_er_percentile * coalesce(measured.er_percentile, 0)
        + weights.of_authenticity * measured.authenticity_score / cast(100 as double)
        + weights.of_affinity * measured.affinity as score
    from measured
    cross join weights
)

select
    brand_id,
    account_id,
    cast(row_number() over (
        partition by brand_id order by score desc, followers desc, account_id asc nulls last
    ) as bigint) as rank,
    score,
    relevance,
    er_percentile,
    authenticity_score,
    affinity,
    followers,
    tier,
    hashtag_posts > 0 as is_hashtag_match,
    keyword_posts > 0 as is_keyword_match,
    works_with_competitors,
    is_customer,
    recommended_by,
    event_ids,
    {{ shortlist_reasons() }} as reasons,
    platform,
    handle,
    creator_id
from scored
