with int_touched__profiles as (
    select * from {{ ref('int_touched__profiles') }}
),

int_touched__post_accounts as (
    select * from {{ ref('int_touched__post_accounts') }}
),

int_posts__find_accounts as (
    select * from {{ ref('int_posts__find_accounts') }}
),

int_changed__account_creators as (
    select * from {{ ref('int_changed__account_creators') }}
),

int_changed__stated_accounts as (
    select * from {{ ref('int_changed__stated_accounts') }}
)

select account_id
from int_touched__profiles
union
select account_id_before as account_id
from int_touched__post_accounts
where account_id_before is not null
union
select posts.account_id
from int_posts__find_accounts as posts
inner join int_touched__post_accounts as touched on posts.post_id = touched.post_id
where posts.account_id is not null
union
select account_id
from int_changed__account_creators
where is_changed
union
select account_id
from int_changed__stated_accounts
where is_changed
