-- The days of touched snapshots, and after each the next day with a row, whose change it shifts;
-- and every day of a post that became known, went away, or was published at another time.
with int_touched__posts_seen as (
    select * from {{ ref('int_touched__posts_seen') }}
),

int_posts__fold_versions as (
    select * from {{ ref('int_posts__fold_versions') }}
),

int_touched__snapshots as (
    select * from {{ ref('int_touched__snapshots') }}
),

snapshots_of_moved_posts as (
    select * from {{ ref('int_snapshots__count_engagements') }}
),

snapshots as (
    select * from {{ ref('int_snapshots__count_engagements') }}
),

moved_posts as (
    select seen.post_id
    from int_touched__posts_seen as seen
    left join int_posts__fold_versions as posts on seen.post_id = posts.post_id
    where posts.post_id is null or {{ is_new('posts.published_seq') }}
),

days_of_moved_posts as (
    select
        post_id,
        date_day
    from int_touched__snapshots
    where post_id in (select moved_posts.post_id from moved_posts)
    union
    select
        post_id,
        date_day
    from snapshots_of_moved_posts
    where post_id in (select moved_posts.post_id from moved_posts)
),

days as (
    select distinct
        post_id,
        date_day
    from int_touched__snapshots
    where post_id not in (select moved_posts.post_id from moved_posts)
),

-- what is touched or has a row, from the first touched day on
days_in_time as (
    select
        post_id,
        date_day,
        true as is_touched
    from days
    union all
    select
        snapshots.post_id,
        snapshots.date_day,
        false as is_touched
    from snapshots
    where
        snapshots.is_paid_part_only is not true
        and snapshots.date_day > (select min(all_days.date_day) from days as all_days)
        and snapshots.post_id in (select all_days.post_id from days as all_days)
),

known_days as (
    select
        post_id,
        date_day,
        bool_or(is_touched) as is_touched
    from days_in_time
    group by post_id, date_day
),

days_and_next as (
    select
        post_id,
        date_day,
        is_touched
        or lag(is_touched) over (partition by post_id order by date_day nulls last) as is_restated
    from known_days
)

select
    post_id,
    date_day
from days_of_moved_posts
union all
select
    post_id,
    date_day
from days_and_next
where is_restated
