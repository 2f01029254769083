select {{ week_of('published_on_before') }} as week
from {{ ref('int_touched__posts_seen') }}
where published_on_before is not null
union
select {{ week_of('mentions.mentioned_on') }} as week
from {{ ref('fct_mentions') }} as mentions
inner join {{ ref('int_touched__mentions') }} as touched on mentions.post_id = touched.post_id
