{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['platform', 'hashtag', 'date_day'],
    meta={
        'touched': 'int_touched__hashtag_days',
        'touched_key': ['platform', 'hashtag', 'date_day'],
    },
) }}

-- depends_on: {{ ref('int_touched__hashtag_days') }}
with tagged_posts as (
    select
        hashtags.platform,
        hashtags.hashtag,
        hashtags.published_on,
        hashtags.post_id
    from {{ ref('int_posts__list_hashtags') }} as hashtags
    {% if is_incremental() %}
        inner join {{ ref('int_touched__hashtag_days') }} as touched
            on
                hashtags.platform = touched.platform
                and hashtags.hashtag = touched.hashtag
                and hashtags.published_on = touched.date_day
    {% endif %}
)

-- columns stand in the contract's order
select  -- noqa: ST06
    tagged_posts.platform,
    tagged_posts.hashtag,
    tagged_posts.published_on as date_day,
    count(*) as posts,
    count(distinct accounts.account_id) as accounts,
    cast(sum(metrics.engagements) as bigint) as engagements
from tagged_posts
left join {{ ref('int_posts__find_accounts') }} as accounts
    on tagged_posts.post_id = accounts.post_id
left join {{ ref('int_posts__last_metrics') }} as metrics
    on tagged_posts.post_id = metrics.post_id
group by tagged_posts.platform, tagged_posts.hashtag, tagged_posts.published_on
