{#- Posts that may belong to another collaboration now, or to none. -#}
with changed_accounts as (
    select account_id
    from {{ ref('int_changed__authors') }}
    where is_changed
),

changed_urls as (
    select post_url_key
    from {{ ref('int_changed__deliverable_brands') }}
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

int_posts__fold_versions as (
    select * from {{ ref('int_posts__fold_versions') }}
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
from int_posts__fold_versions
where permalink_key in (select changed_urls.post_url_key from changed_urls)
