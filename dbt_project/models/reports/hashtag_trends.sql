{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['platform', 'hashtag', 'week'],
    meta={
        'touched': 'int_touched__hashtag_weeks',
        'touched_key': ['platform', 'hashtag', 'week'],
    },
) }}

with touched as (
    select * from {{ ref('int_touched__hashtag_weeks') }}
),

days as (
    select
        platform,
        hashtag,
        date_day,
        {{ week_of('date_day') }} as week,
        posts,
        engagements
    from {{ ref('fct_hashtag_daily') }}
),

days_before as (
    select
        platform,
        hashtag,
        date_day,
        posts
    from {{ ref('fct_hashtag_daily') }}
),

int_posts__list_hashtags as (
    select * from {{ ref('int_posts__list_hashtags') }}
),

int_posts__find_accounts as (
    select * from {{ ref('int_posts__find_accounts') }}
),

weeks as (
    select
        days.platform,
        days.hashtag,
        days.week,
        cast(sum(days.posts) as bigint) as posts,
        cast(sum(days.engagements) as bigint) as engagements
    from days
    {% if is_incremental() %}
        inner join touched
            on
                days.platform = touched.platform
                and days.hashtag = touched.hashtag
                and days.week = touched.week
    {% endif %}
    group by days.platform, days.hashtag, days.week
),

-- a post has one day, but an account posts on many
accounts_of_weeks as (
    select
        weeks.platform,
        weeks.hashtag,
        weeks.week,
        count(distinct accounts.account_id) as accounts
    from weeks
    inner join int_posts__list_hashtags as hashtags
        on
            weeks.platform = hashtags.platform
            and weeks.hashtag = hashtags.hashtag
            and weeks.week = {{ week_of('hashtags.published_on') }}
    inner join int_posts__find_accounts as accounts on hashtags.post_id = accounts.post_id
    group by weeks.platform, weeks.hashtag, weeks.week
),

posts_of_four_weeks as (
    select
        weeks.platform,
        weeks.hashtag,
        weeks.week,
        cast(sum(days_before.posts) as bigint) as posts_before
    from weeks
    inner join days_before
        on
            weeks.platform = days_before.platform
            and weeks.hashtag = days_before.hashtag
            and weeks.week > days_before.date_day
            and weeks.week - 28 <= days_before.date_day
    group by weeks.platform, weeks.hashtag, weeks.week
)

select
    weeks.platform,
    weeks.hashtag,
    weeks.week,
    weeks.posts,
    coalesce(accounts_of_weeks.accounts, 0) as accounts,
    weeks.engagements,
    -- with b the posts of the four weeks before, m = b / 4: posts / m - 1 = (4 posts - b) / b, and
    -- (posts - m) / sqrt(max(m, 1)) = (4 posts - b) / (2 sqrt(max(b, 4)))
    {{ safe_divide(
        '4 * weeks.posts - posts_of_four_weeks.posts_before', 'posts_of_four_weeks.posts_before'
    ) }} as growth,
    (4 * weeks.posts - coalesce(posts_of_four_weeks.posts_before, 0))
    / (2 * sqrt(greatest(coalesce(posts_of_four_weeks.posts_before, 0), 4))) as z_score,
    {{ is_partial_week('weeks.week') }} as is_partial
from weeks
left join accounts_of_weeks
    on
        weeks.platform = accounts_of_weeks.platform
        and weeks.hashtag = accounts_of_weeks.hashtag
        and weeks.week = accounts_of_weeks.week
left join posts_of_four_weeks
    on
        weeks.platform = posts_of_four_weeks.platform
        and weeks.hashtag = posts_of_four_weeks.hashtag
        and weeks.week = posts_of_four_weeks.week
