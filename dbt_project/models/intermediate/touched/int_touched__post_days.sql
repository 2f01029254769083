-- The days of touched snapshots, and after each the next day with a row, whose change it shifts;
-- and every day of a post that became known, went away, or was published at another time.
with days as (
    select distinct
        post_id,
        date_day
    from {{ ref('int_touched__snapshots') }}
),

next_days as (
    select
        days.post_id,
        min(snapshots.date_day) as date_day
    from days
    inner join {{ ref('int_snapshots__count_engagements') }} as snapshots
        on days.post_id = snapshots.post_id and days.date_day < snapshots.date_day
    where snapshots.date_day > (select min(all_days.date_day) from days as all_days)
    group by days.post_id, days.date_day
),

moved_posts as (
    select seen.post_id
    from {{ ref('int_touched__posts_seen') }} as seen
    left join {{ ref('int_posts__fold_versions') }} as posts on seen.post_id = posts.post_id
    where posts.post_id is null or {{ is_new('posts.published_seq') }}
)

select * from days
union
select * from next_days
union
select
    snapshots.post_id,
    snapshots.date_day
from {{ ref('int_snapshots__count_engagements') }} as snapshots
where snapshots.post_id in (select moved_posts.post_id from moved_posts)
