select account_id
from {{ ref('int_touched__profiles') }}
union
select account_id_before as account_id
from {{ ref('int_touched__post_accounts') }}
where account_id_before is not null
union
select posts.account_id
from {{ ref('int_posts__find_accounts') }} as posts
inner join {{ ref('int_touched__post_accounts') }} as touched on posts.post_id = touched.post_id
where posts.account_id is not null
union
select account_id
from {{ ref('int_changed__account_creators') }}
where is_changed
union
select account_id
from {{ ref('int_changed__stated_accounts') }}
where is_changed
