{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='post_id',
    meta={'touched': 'int_touched__post_followers', 'touched_key': ['post_id']},
) }}

-- followers at posting: the last count above 0 at or before publication, else the first after;
-- what no rate may be made of is none
with touched as (
    select * from {{ ref('int_touched__post_followers') }}
),

posts as (
    select
        posts.post_id,
        posts.account_id,
        posts.published_at
    from {{ ref('int_posts__find_accounts') }} as posts
    where
        posts.account_id is not null
    {% if is_incremental() %}
            and posts.post_id in (select touched.post_id from touched)
        {% endif %}
),

profiles as (
    select
        account_id,
        observed_at,
        followers
    from {{ ref('int_profiles__merge_sources') }}
    where followers > 0 and is_derivable and account_id in (select posts.account_id from posts)
),

in_time as (
    select
        account_id,
        observed_at as moment,
        0 as place,
        cast(null as string) as post_id,
        followers
    from profiles
    union all
    select
        account_id,
        published_at as moment,
        1 as place,
        post_id,
        cast(null as bigint) as followers
    from posts
),

around as (
    select
        post_id,
        {{ last_present('followers') }} over (
            partition by account_id order by moment nulls last, place nulls last
            rows between unbounded preceding and current row
        ) as followers_before,
        {{ first_present('followers') }} over (
            partition by account_id order by moment nulls last, place nulls last
            rows between current row and unbounded following
        ) as followers_after
    from in_time
)

select
    post_id,
    coalesce(followers_before, followers_after) as followers_at_post
from around
where post_id is not null
