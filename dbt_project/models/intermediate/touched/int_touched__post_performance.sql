{#- Paid posts, now or before, whose totals, disclosure or ages may differ, or whose collaboration
    moved to another campaign. -#}
select post_id
from {{ ref('int_touched__paid_totals') }}
union
select paid.post_id
from {{ ref('int_posts__find_collaborations') }} as paid
inner join {{ ref('int_touched__post_ages') }} as ages on paid.post_id = ages.post_id
union
select paid.post_id
from {{ ref('int_posts__find_collaborations') }} as paid
inner join {{ ref('int_changed__collaborations') }} as collaborations
    on paid.collaboration_id = collaborations.collaboration_id
where collaborations.is_changed
