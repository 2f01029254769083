{#- Posts that may be paid ones now, or no more; paid ones that were measured; and all of a platform
    where an action is worth something else, as it is when the rate of its currency moves. -#}
with int_touched__paid_posts as (
    select * from {{ ref('int_touched__paid_posts') }}
),

measured_posts as (
    select * from {{ ref('int_posts__find_collaborations') }}
),

int_touched__snapshots as (
    select * from {{ ref('int_touched__snapshots') }}
),

rated_posts as (
    select * from {{ ref('int_posts__find_collaborations') }}
),

int_posts__fold_versions as (
    select * from {{ ref('int_posts__fold_versions') }}
),

int_changed__emv_rates as (
    select * from {{ ref('int_changed__emv_rates') }}
)

select post_id
from int_touched__paid_posts
union
select paid.post_id
from measured_posts as paid
inner join int_touched__snapshots as snapshots on paid.post_id = snapshots.post_id
union
select paid.post_id
from rated_posts as paid
inner join int_posts__fold_versions as posts on paid.post_id = posts.post_id
inner join int_changed__emv_rates as emv_rates on posts.platform = emv_rates.platform
where emv_rates.is_changed
