{#- The days of hashtags of posts that were seen anew (also as they were before), measured, or moved
    to another account. `is_moved`: the number of posts may be another. -#}
with int_touched__posts_seen as (
    select * from {{ ref('int_touched__posts_seen') }}
),

seen_hashtags as (
    select * from {{ ref('int_posts__list_hashtags') }}
),

measured_hashtags as (
    select * from {{ ref('int_posts__list_hashtags') }}
),

int_touched__snapshots as (
    select * from {{ ref('int_touched__snapshots') }}
),

int_touched__post_accounts as (
    select * from {{ ref('int_touched__post_accounts') }}
),

seen_before as (
    select
        platform,
        {{ exploded('hashtags_before') }} as hashtag,
        published_on_before as date_day
    from int_touched__posts_seen
),

seen_now as (
    select
        hashtags.platform,
        hashtags.hashtag,
        hashtags.published_on as date_day
    from seen_hashtags as hashtags
    where hashtags.post_id in (select touched.post_id from int_touched__posts_seen as touched)
),

measured as (
    select
        hashtags.platform,
        hashtags.hashtag,
        hashtags.published_on as date_day
    from measured_hashtags as hashtags
    where
        hashtags.post_id in (
            select touched.post_id from int_touched__snapshots as touched
            union all
            select touched.post_id from int_touched__post_accounts as touched
        )
),

days as (
    select
        *,
        true as is_moved
    from seen_before
    union all
    select
        *,
        true as is_moved
    from seen_now
    union all
    select
        *,
        false as is_moved
    from measured
)

select
    platform,
    hashtag,
    date_day,
    bool_or(is_moved) as is_moved
from days
group by platform, hashtag, date_day
