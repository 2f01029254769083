{#-
    Posts whose account may be another now: seen anew, or without an account id and by a handle
    that was; with the account that they had before.
-#}
{%- set columns = {'post_id': 'varchar', 'account_id_before': 'varchar'} -%}
with handles as (
    select
        platform,
        handle
    from {{ ref('int_touched__handles') }}
    union
    select
        platform,
        handle
    from {{ ref('int_changed__creator_accounts') }}
    where is_changed
),

touched as (
    select post_id
    from {{ ref('int_touched__posts_seen') }}
    union
    select posts.post_id
    from {{ ref('int_posts__fold_versions') }} as posts
    inner join handles on posts.platform = handles.platform and posts.handle = handles.handle
    where posts.native_account_id is null
),

found as (
    select
        touched.post_id,
        held.account_id as account_id_before
    from touched
    left join {{ previous_rows(
        'int_posts__find_accounts', {'post_id': 'varchar', 'account_id': 'varchar'}
    ) }} as held
        on touched.post_id = held.post_id
    union
    select *
    from {{ found_before_the_kill(columns) }} as found_then
)

select
    post_id,
    account_id_before,
    cast({{ run_state().since_seq }} as bigint) as since_seq
from found
