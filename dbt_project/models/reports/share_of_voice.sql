with brands as (
    select * from {{ source('config', 'brands') }}
),

brand_competitors as (
    select * from {{ source('config', 'brand_competitors') }}
),

coverage as (
    select * from {{ ref('coverage') }}
),

counted_weeks as (
    select * from {{ ref('int_voices__count_weeks') }}
),

counts as (
    select * from {{ ref('int_voices__count_weeks') }}
),

voices as (
    select
        brand_id,
        brand_id as voice_brand_id
    from brands
    where role = 'own'
    union
    select
        brands.brand_id,
        competitors.competitor_brand_id as voice_brand_id
    from brands
    inner join brand_competitors as competitors on brands.brand_id = competitors.brand_id
    where brands.role = 'own'
),

first_weeks as (
    select
        voices.brand_id,
        min(counted_weeks.week) as first_week
    from voices
    inner join counted_weeks on voices.voice_brand_id = counted_weeks.brand_id
    group by voices.brand_id
),

weeks as (
    select
        brand_id,
        {{ exploded(dates_between('first_week', week_of(as_of_date()), 7)) }} as week
    from first_weeks
),

voices_of_weeks as (
    select
        voices.brand_id,
        voices.voice_brand_id,
        weeks.week,
        counts.engagements,
        coalesce(weeks.week + 6 >= coverage.covered_from, false) as is_watched,
        coalesce(counts.mentions, 0) as mentions,
        coalesce(counts.posts, 0) as posts,
        coalesce(counts.posts_paid, 0) as posts_paid,
        coalesce(counts.posts_earned, 0) as posts_earned,
        coalesce(counts.posts_owned, 0) as posts_owned,
        coalesce(counts.accounts, 0) as accounts
    from voices
    inner join weeks on voices.brand_id = weeks.brand_id
    left join counts
        on voices.voice_brand_id = counts.brand_id and weeks.week = counts.week
    left join coverage
        on voices.voice_brand_id = coverage.brand_id and coverage.stream = 'mentions'
),

all_voices as (
    select
        brand_id,
        week,
        sum(posts) as posts,
        sum(engagements) as engagements
    from voices_of_weeks
    group by brand_id, week
)

select
    voices.brand_id,
    voices.voice_brand_id,
    voices.week,
    cast(voices.mentions as bigint) as mentions,
    voices.posts,
    voices.posts_paid,
    voices.posts_earned,
    voices.posts_owned,
    voices.accounts,
    cast(voices.engagements as bigint) as engagements,
    case when voices.is_watched then {{ safe_divide('voices.posts', 'all_voices.posts') }} end
        as share_of_posts,
    case
        when voices.is_watched
            then {{ safe_divide('voices.engagements', 'all_voices.engagements') }}
    end as share_of_engagements,
    {{ is_partial_week('voices.week') }} as is_partial
from voices_of_weeks as voices
inner join all_voices on voices.brand_id = all_voices.brand_id and voices.week = all_voices.week
