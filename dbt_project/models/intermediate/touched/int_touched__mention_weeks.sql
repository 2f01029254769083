with int_touched__posts_seen as (
    select * from {{ ref('int_touched__posts_seen') }}
),

fct_mentions as (
    select * from {{ ref('fct_mentions') }}
),

int_touched__mentions as (
    select * from {{ ref('int_touched__mentions') }}
)

select {{ week_of('published_on_before') }} as week
from int_touched__posts_seen
where published_on_before is not null
union
select {{ week_of('mentions.mentioned_on') }} as week
from fct_mentions as mentions
inner join int_touched__mentions as touched on mentions.post_id = touched.post_id
