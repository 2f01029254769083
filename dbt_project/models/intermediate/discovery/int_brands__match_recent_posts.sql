-- how an account's posts of the 90 days fit an own brand: by hashtag or niche, or by keyword
with brands as (
    select brand_id
    from {{ source('config', 'brands') }}
    where role = 'own'
),

posts as (
    select
        post_id,
        account_id
    from {{ ref('dim_post') }}
    where
        published_on > {{ as_of_date() }} - 90
        and published_on <= {{ as_of_date() }}
        and account_id is not null
        and not is_repost
),

brand_hashtags as (
    select * from {{ source('config', 'brand_hashtags') }}
),

brand_niches as (
    select * from {{ source('config', 'brand_niches') }}
),

int_posts__list_hashtags as (
    select * from {{ ref('int_posts__list_hashtags') }}
),

fct_mentions as (
    select * from {{ ref('fct_mentions') }}
),

wanted_hashtags as (
    select
        brand_id,
        hashtag
    from brand_hashtags
    union
    select
        brand_id,
        niche as hashtag
    from brand_niches
),

hashtag_posts as (
    select
        wanted_hashtags.brand_id,
        posts.account_id,
        posts.post_id,
        hashtags.hashtag
    from int_posts__list_hashtags as hashtags
    inner join wanted_hashtags on hashtags.hashtag = wanted_hashtags.hashtag
    inner join brands on wanted_hashtags.brand_id = brands.brand_id
    inner join posts on hashtags.post_id = posts.post_id
    where hashtags.published_on > {{ as_of_date() }} - 90
),

keyword_posts as (
    select
        mentions.brand_id,
        posts.account_id,
        posts.post_id
    from fct_mentions as mentions
    inner join brands on mentions.brand_id = brands.brand_id
    inner join posts on mentions.post_id = posts.post_id
    where mentions.kind = 'keyword' and mentions.mentioned_on > {{ as_of_date() }} - 90
),

matched_posts as (
    select
        brand_id,
        account_id,
        post_id,
        max(by_hashtag) as by_hashtag,
        max(by_keyword) as by_keyword
    from (
        select
            brand_id,
            account_id,
            post_id,
            1 as by_hashtag,
            0 as by_keyword
        from hashtag_posts
        union all
        select
            brand_id,
            account_id,
            post_id,
            0 as by_hashtag,
            1 as by_keyword
        from keyword_posts
    ) as matches
    group by brand_id, account_id, post_id
),

counted_hashtags as (
    select
        brand_id,
        account_id,
        hashtag,
        count(*) as posts
    from hashtag_posts
    group by brand_id, account_id, hashtag
),

ranked_hashtags as (
    select
        brand_id,
        account_id,
        hashtag,
        posts,
        row_number() over (
            partition by brand_id, account_id order by posts desc, hashtag asc nulls last
        ) as place
    from counted_hashtags
),

matched_accounts as (
    select
        brand_id,
        account_id,
        count(*) as matched_posts,
        sum(by_hashtag) as hashtag_posts,
        sum(by_keyword) as keyword_posts
    from matched_posts
    group by brand_id, account_id
)

select
    accounts.brand_id,
    accounts.account_id,
    accounts.matched_posts,
    cast(accounts.hashtag_posts as bigint) as hashtag_posts,
    cast(accounts.keyword_posts as bigint) as keyword_posts,
    hashtags.hashtag as top_hashtag,
    hashtags.posts as top_hashtag_posts
from matched_accounts as accounts
left join ranked_hashtags as hashtags
    on
        accounts.brand_id = hashtags.brand_id
        and accounts.account_id = hashtags.account_id
        and hashtags.place = 1
