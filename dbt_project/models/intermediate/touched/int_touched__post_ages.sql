-- posts with a touched snapshot in one of the windows, that reached an age, or were moved
select touched.post_id
from {{ ref('int_touched__snapshots') }} as touched
inner join {{ ref('int_posts__fold_versions') }} as posts on touched.post_id = posts.post_id
inner join {{ post_ages() }} as ages
    on
        touched.observed_at >= posts.published_at + to_seconds(ages.from_second)
        and touched.observed_at <= posts.published_at + to_seconds(ages.to_second)
union
select posts.post_id
from {{ ref('int_posts__fold_versions') }} as posts
cross join {{ post_ages() }} as ages
where {{ came_due('posts.published_at + to_seconds(ages.to_second)') }}
union
select post_id
from {{ ref('int_touched__post_followers') }}
