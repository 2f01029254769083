{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['platform', 'hashtag', 'date_day'],
    meta={
        'touched': 'int_touched__hashtag_days',
        'touched_key': ['platform', 'hashtag', 'date_day'],
    },
) }}

with touched as (
    select * from {{ ref('int_touched__hashtag_days') }}
),

int_posts__list_hashtags as (
    select * from {{ ref('int_posts__list_hashtags') }}
),

int_posts__find_accounts as (
    select * from {{ ref('int_posts__find_accounts') }}
),

fct_post_latest as (
    select * from {{ ref('fct_post_latest') }}
),

tagged_posts as (
    select
        hashtags.platform,
        hashtags.hashtag,
        hashtags.published_on,
        hashtags.post_id
    from int_posts__list_hashtags as hashtags
    {% if is_incremental() %}
        inner join touched
            on
                hashtags.platform = touched.platform
                and hashtags.hashtag = touched.hashtag
                and hashtags.published_on = touched.date_day
    {% endif %}
)

select
    tagged_posts.platform,
    tagged_posts.hashtag,
    tagged_posts.published_on as date_day,
    count(*) as posts,
    count(distinct accounts.account_id) as accounts,
    cast(sum(metrics.engagements) as bigint) as engagements
from tagged_posts
left join int_posts__find_accounts as accounts on tagged_posts.post_id = accounts.post_id
left join fct_post_latest as metrics on tagged_posts.post_id = metrics.post_id
group by tagged_posts.platform, tagged_posts.hashtag, tagged_posts.published_on
