-- who posted with a hashtag of an event on its days
with all_events as (
    select * from {{ merged('events') }}
),

int_posts__list_hashtags as (
    select * from {{ ref('int_posts__list_hashtags') }}
),

int_posts__find_accounts as (
    select * from {{ ref('int_posts__find_accounts') }}
),

events as (
    select
        event_id,
        event_name,
        brand_id,
        starts_on,
        ends_on,
        {{ exploded('hashtags') }} as hashtag
    from all_events
),

tagged_posts as (
    select
        events.event_id,
        events.event_name,
        events.brand_id,
        hashtags.post_id
    from int_posts__list_hashtags as hashtags
    inner join events
        on
            hashtags.hashtag = events.hashtag
            and hashtags.published_on >= events.starts_on
            and hashtags.published_on <= events.ends_on
)

select distinct
    tagged_posts.brand_id,
    accounts.account_id,
    tagged_posts.event_id,
    tagged_posts.event_name
from tagged_posts
inner join int_posts__find_accounts as accounts on tagged_posts.post_id = accounts.post_id
where accounts.account_id is not null
