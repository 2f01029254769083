{#- Paid posts, now or before, whose totals, disclosure or ages may differ, or whose collaboration
    moved to another campaign. -#}
with int_touched__paid_totals as (
    select * from {{ ref('int_touched__paid_totals') }}
),

aged_posts as (
    select * from {{ ref('int_posts__find_collaborations') }}
),

int_touched__post_ages as (
    select * from {{ ref('int_touched__post_ages') }}
),

moved_posts as (
    select * from {{ ref('int_posts__find_collaborations') }}
),

int_changed__collaborations as (
    select * from {{ ref('int_changed__collaborations') }}
)

select post_id
from int_touched__paid_totals
union
select paid.post_id
from aged_posts as paid
inner join int_touched__post_ages as ages on paid.post_id = ages.post_id
union
select paid.post_id
from moved_posts as paid
inner join int_changed__collaborations as collaborations
    on paid.collaboration_id = collaborations.collaboration_id
where collaborations.is_changed
