{#- Posts that may be paid ones now, or no more, or be due on another day; and paid ones that were
    asked for something else. -#}
with int_touched__paid_posts as (
    select * from {{ ref('int_touched__paid_posts') }}
),

int_posts__find_collaborations as (
    select * from {{ ref('int_posts__find_collaborations') }}
),

int_changed__briefs as (
    select * from {{ ref('int_changed__briefs') }}
)

select post_id
from int_touched__paid_posts
union
select paid.post_id
from int_posts__find_collaborations as paid
inner join int_changed__briefs as briefs on paid.collaboration_id = briefs.collaboration_id
where briefs.is_changed
