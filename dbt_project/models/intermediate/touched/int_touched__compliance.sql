{#- Posts that may be paid ones now, or no more; and paid ones that were asked for something else,
    or by another day. -#}
with int_touched__paid_posts as (
    select * from {{ ref('int_touched__paid_posts') }}
),

int_posts__find_collaborations as (
    select * from {{ ref('int_posts__find_collaborations') }}
),

int_changed__briefs as (
    select * from {{ ref('int_changed__briefs') }}
),

int_paid_posts__totals as (
    select * from {{ ref('int_paid_posts__totals') }}
),

int_changed__due_days as (
    select * from {{ ref('int_changed__due_days') }}
)

select post_id
from int_touched__paid_posts
union
select paid.post_id
from int_posts__find_collaborations as paid
inner join int_changed__briefs as briefs on paid.collaboration_id = briefs.collaboration_id
where briefs.is_changed
union
select paid.post_id
from int_paid_posts__totals as paid
inner join int_changed__due_days as due_days on paid.permalink_key = due_days.post_url_key
where due_days.is_changed
