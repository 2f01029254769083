{#-
    Posts with versions that are new, or whose moment was reached, and those that mention by its id an
    account that became or ceased to be a brand's; with what they were before.
-#}
{%- set before = {
    'post_id': 'varchar',
    'platform': 'varchar',
    'native_post_id': 'varchar',
    'published_on': 'date',
    'hashtags': 'varchar[]',
    'mentions': 'varchar[]',
} -%}
{%- set columns = {
    'platform': 'varchar',
    'native_post_id': 'varchar',
    'post_id': 'varchar',
    'published_on_before': 'date',
    'hashtags_before': 'varchar[]',
} -%}
with stg_inbox__posts as (
    select * from {{ ref('stg_inbox__posts') }}
),

int_changed__brand_accounts as (
    select * from {{ ref('int_changed__brand_accounts') }}
),

posts_before as (
    select * from {{ previous_rows('int_posts__fold_versions', before) }}
),

rows_of_unfinished_run as (
    select * from {{ rows_of_unfinished_run(columns) }}
),

mentions_before as (
    select
        platform,
        native_post_id,
        post_id,
        {{ exploded('mentions') }} as mention
    from posts_before
),

seen as (
    select
        posts.platform,
        posts.native_post_id,
        {{ post_id('posts.platform', 'posts.native_post_id') }} as post_id
    from stg_inbox__posts as posts
    where
        posts.observed_at < {{ as_of_end() }}
        and (
            {{ is_new('posts.loaded_seq') }}
            or {{ came_due('posts.observed_at') }}
            or {{ came_due('posts.published_at') }}
            or {{ day_came_due('posts.deleted_on') }}
        )
    union
    select
        mentions.platform,
        mentions.native_post_id,
        mentions.post_id
    from mentions_before as mentions
    inner join int_changed__brand_accounts as accounts
        on
            {{ account_id('mentions.platform', 'mentions.mention') }}
            = {{ lowered('accounts.account_id') }}
    where accounts.is_changed
),

found as (
    select
        seen.platform,
        seen.native_post_id,
        seen.post_id,
        posts.published_on as published_on_before,
        posts.hashtags as hashtags_before
    from seen
    left join posts_before as posts on seen.post_id = posts.post_id
    union
    select *
    from rows_of_unfinished_run
)

select
    platform,
    native_post_id,
    post_id,
    published_on_before,
    hashtags_before,
    cast({{ run_state().since_seq }} as bigint) as since_seq
from found
