-- posts with a touched snapshot up to an age, which may tell what advertising brought until then;
-- that reached an age, or were moved
with int_touched__snapshots as (
    select * from {{ ref('int_touched__snapshots') }}
),

measured_posts as (
    select * from {{ ref('int_posts__fold_versions') }}
),

due_posts as (
    select * from {{ ref('int_posts__fold_versions') }}
),

int_touched__post_followers as (
    select * from {{ ref('int_touched__post_followers') }}
)

select touched.post_id
from int_touched__snapshots as touched
inner join measured_posts as posts on touched.post_id = posts.post_id
inner join {{ post_ages() }} as ages
    on touched.observed_at <= {{ seconds_after('posts.published_at', 'ages.to_second') }}
union
select posts.post_id
from due_posts as posts
cross join {{ post_ages() }} as ages
where {{ came_due(seconds_after('posts.published_at', 'ages.to_second')) }}
union
select post_id
from int_touched__post_followers
