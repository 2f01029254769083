{#-
    Posts whose followers at posting may be others now: of another account, or published in the
    time for which a touched profile is the last one (or, before the first, the next one).
-#}
with int_profiles__merge_sources as (
    select * from {{ ref('int_profiles__merge_sources') }}
),

int_touched__profiles as (
    select * from {{ ref('int_touched__profiles') }}
),

int_touched__post_accounts as (
    select * from {{ ref('int_touched__post_accounts') }}
),

int_touched__posts_seen as (
    select * from {{ ref('int_touched__posts_seen') }}
),

int_posts__find_accounts as (
    select * from {{ ref('int_posts__find_accounts') }}
),

profiles as (
    select
        account_id,
        observed_at
    from int_profiles__merge_sources
    where
        followers > 0
        and account_id in (select touched.account_id from int_touched__profiles as touched)
),

spans as (
    select
        touched.account_id,
        touched.observed_at,
        count(*) filter (where profiles.observed_at < touched.observed_at) = 0 as is_first,
        min(profiles.observed_at) filter (where profiles.observed_at > touched.observed_at)
            as next_observed_at
    from int_touched__profiles as touched
    left join profiles on touched.account_id = profiles.account_id
    group by touched.account_id, touched.observed_at
),

moved_posts as (
    select post_id
    from int_touched__post_accounts
    union
    select post_id
    from int_touched__posts_seen
    union
    select posts.post_id
    from int_posts__find_accounts as posts
    inner join spans
        on
            posts.account_id = spans.account_id
            and (posts.published_at >= spans.observed_at or spans.is_first)
            and (
                posts.published_at < spans.next_observed_at
                or spans.next_observed_at is null
            )
)

select post_id from moved_posts
