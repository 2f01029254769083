with dim_post as (
    select * from {{ ref('dim_post') }}
),

tagged as (
    select
        account_id,
        {{ exploded('hashtags') }} as hashtag
    from dim_post
    where
        published_on > {{ as_of_date() }} - 90
        and published_on <= {{ as_of_date() }}
        and account_id is not null
        and not is_repost
),

used as (
    select
        account_id,
        hashtag,
        count(*) as posts
    from tagged
    group by account_id, hashtag
),

ranked as (
    select
        account_id,
        hashtag,
        row_number() over (
            partition by account_id order by posts desc, hashtag asc nulls last
        ) as place
    from used
)

select
    account_id,
    {{ ordered_list('hashtag', 'place') }} as top_hashtags
from ranked
where place <= 5
group by account_id
