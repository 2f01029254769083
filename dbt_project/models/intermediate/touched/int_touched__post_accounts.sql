{#-
    Posts whose account may be another now: seen anew, or without an account id and by a handle
    that was; with the account that they had before.
-#}
{%- set columns = {'post_id': 'varchar', 'account_id_before': 'varchar'} -%}
with int_touched__handles as (
    select * from {{ ref('int_touched__handles') }}
),

int_changed__creator_accounts as (
    select * from {{ ref('int_changed__creator_accounts') }}
),

int_touched__posts_seen as (
    select * from {{ ref('int_touched__posts_seen') }}
),

int_posts__fold_versions as (
    select * from {{ ref('int_posts__fold_versions') }}
),

accounts_before as (
    select *
    from {{ previous_rows(
        'int_posts__find_accounts', {'post_id': 'varchar', 'account_id': 'varchar'}
    ) }}
),

rows_of_unfinished_run as (
    select * from {{ rows_of_unfinished_run(columns) }}
),

handles as (
    select
        platform,
        handle
    from int_touched__handles
    union
    select
        platform,
        handle
    from int_changed__creator_accounts
    where is_changed
),

touched as (
    select post_id
    from int_touched__posts_seen
    union
    select posts.post_id
    from int_posts__fold_versions as posts
    inner join handles on posts.platform = handles.platform and posts.handle = handles.handle
    where posts.native_account_id is null
),

found as (
    select
        touched.post_id,
        held.account_id as account_id_before
    from touched
    left join accounts_before as held on touched.post_id = held.post_id
    union
    select *
    from rows_of_unfinished_run
)

select
    post_id,
    account_id_before,
    cast({{ run_state().since_seq }} as bigint) as since_seq
from found
