-- How far the posts of an account that have something (a content type, a hashtag, an hour) lie from
-- its other posts, in logarithms of engagement per follower at 7 days.
with dim_post as (
    select * from {{ ref('dim_post') }}
),

dim_account as (
    select * from {{ ref('dim_account') }}
),

fct_post_at_age as (
    select * from {{ ref('fct_post_at_age') }}
),

int_posts__grade_disclosures as (
    select * from {{ ref('int_posts__grade_disclosures') }}
),

posts as (
    select
        posts.post_id,
        posts.account_id,
        posts.platform,
        posts.content_type,
        posts.hashtags,
        -- 2000-01-03 was a Monday
        {{ days_apart("date '2000-01-03'", 'posts.published_on') }} % 7 as days_since_monday,
        {{ reporting_hour('posts.published_at') }} as hour_of_day,
        length(posts.text) as characters,
        case
            when posts.collaboration_id is null then 'unpaid'
            when posts.is_paid_label then 'label'
            when disclosures.disclosure = 'pass' then 'clear'
            when disclosures.disclosure = 'weak' then 'unclear'
            else 'missing'
        end as disclosure,
        -- half an engagement more, so that a post without any has a logarithm
        cast(
            {{ rounded(
                'ln((at_7_days.engagements_public + 0.5e0) / at_7_days.followers_at_post)', 9
            ) }}
            as decimal(18, 9)
        ) as engagement
    from dim_post as posts
    inner join dim_account as accounts on posts.account_id = accounts.account_id
    inner join fct_post_at_age as at_7_days
        on posts.post_id = at_7_days.post_id and at_7_days.age_days = 7
    left join int_posts__grade_disclosures as disclosures on posts.post_id = disclosures.post_id
    where
        accounts.creator_id is not null
        and not coalesce(posts.is_repost, false)
        and {{ days_apart('posts.published_on', as_of_date()) }} <= 365
        and at_7_days.engagements_public is not null
        and at_7_days.followers_at_post > 0
),

hashtags as (
    select
        post_id,
        account_id,
        platform,
        engagement,
        {{ exploded('hashtags') }} as hashtag
    from posts
),

of_one_value as (
    select
        account_id,
        platform,
        'content_type' as facet,
        content_type as value,
        engagement
    from posts
    where content_type is not null
    union all
    select
        account_id,
        platform,
        'weekday' as facet,
        case days_since_monday
            when 0 then 'monday'
            when 1 then 'tuesday'
            when 2 then 'wednesday'
            when 3 then 'thursday'
            when 4 then 'friday'
            when 5 then 'saturday'
            else 'sunday'
        end as value,
        engagement
    from posts
    union all
    select
        account_id,
        platform,
        'hour' as facet,
        case
            when hour_of_day < 3 then '00-02'
            when hour_of_day < 6 then '03-05'
            when hour_of_day < 9 then '06-08'
            when hour_of_day < 12 then '09-11'
            when hour_of_day < 15 then '12-14'
            when hour_of_day < 18 then '15-17'
            when hour_of_day < 21 then '18-20'
            else '21-23'
        end as value,
        engagement
    from posts
    union all
    select
        account_id,
        platform,
        'length' as facet,
        case
            when characters = 0 then '0'
            when characters <= 80 then '1-80'
            when characters <= 160 then '81-160'
            when characters <= 300 then '161-300'
            when characters <= 1000 then '301-1000'
            else 'over 1000'
        end as value,
        engagement
    from posts
    where characters is not null
    union all
    select
        account_id,
        platform,
        'disclosure' as facet,
        disclosure as value,
        engagement
    from posts
),

sums as (
    select
        account_id,
        platform,
        facet,
        value,
        count(*) as posts,
        sum(engagement) as engagement
    from of_one_value
    group by account_id, platform, facet, value
    union all
    select
        account_id,
        platform,
        'hashtag' as facet,
        hashtag as value,
        count(*) as posts,
        sum(engagement) as engagement
    from hashtags
    group by account_id, platform, hashtag
),

-- what a value is compared with: all that has any of the facet
wholes as (
    select
        account_id,
        facet,
        sum(posts) as posts,
        sum(engagement) as engagement
    from sums
    where facet not in ('hashtag', 'disclosure')
    group by account_id, facet
    union all
    select
        account_id,
        'hashtag' as facet,
        count(*) as posts,
        sum(engagement) as engagement
    from posts
    group by account_id
),

compared as (
    select
        sums.account_id,
        sums.platform,
        sums.facet,
        sums.value,
        sums.posts,
        sums.engagement,
        wholes.posts - sums.posts as usual_posts,
        wholes.engagement - sums.engagement as usual_engagement
    from sums
    inner join wholes on sums.account_id = wholes.account_id and sums.facet = wholes.facet
    union all
    -- a paid post with those that nobody paid for
    select
        sums.account_id,
        sums.platform,
        sums.facet,
        sums.value,
        sums.posts,
        sums.engagement,
        unpaid.posts as usual_posts,
        unpaid.engagement as usual_engagement
    from sums
    inner join sums as unpaid
        on
            sums.account_id = unpaid.account_id
            and unpaid.facet = 'disclosure'
            and unpaid.value = 'unpaid'
    where sums.facet = 'disclosure' and sums.value != 'unpaid'
)

select
    account_id,
    platform,
    facet,
    value,
    posts,
    cast(usual_posts as bigint) as usual_posts,
    cast(
        {{ rounded(
            'cast(engagement as double) / posts '
            ~ '- cast(usual_engagement as double) / cast(usual_posts as double)', 9
        ) }} as decimal(18, 9)
    ) as difference
from compared
where usual_posts >= 3
