{#- Posts that may belong to other collaborations now, to none, or be due on another day. -#}
with changed_accounts as (
    select account_id
    from {{ ref('int_changed__authors') }}
    where is_changed
),

changed_keys as (
    select post_key
    from {{ ref('int_changed__deliverables') }}
    where is_changed
),

int_touched__posts_seen as (
    select * from {{ ref('int_touched__posts_seen') }}
),

int_touched__post_accounts as (
    select * from {{ ref('int_touched__post_accounts') }}
),

int_posts__find_accounts as (
    select * from {{ ref('int_posts__find_accounts') }}
),

int_posts__list_keys as (
    select * from {{ ref('int_posts__list_keys') }}
)

select post_id
from int_touched__posts_seen
union
select post_id
from int_touched__post_accounts
union
select post_id
from int_posts__find_accounts
where account_id in (select changed_accounts.account_id from changed_accounts)
union
select post_id
from int_posts__list_keys
where post_key in (select changed_keys.post_key from changed_keys)
