{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='post_id',
    meta={'touched': 'int_touched__post_accounts', 'touched_key': ['post_id']},
) }}

with touched as (
    select * from {{ ref('int_touched__post_accounts') }}
),

posts as (
    select
        posts.post_id,
        posts.platform,
        posts.native_account_id,
        posts.handle,
        posts.published_at,
        posts.published_on
    from {{ ref('int_posts__fold_versions') }} as posts
    {% if is_incremental() %}
        where posts.post_id in (select touched.post_id from touched)
    {% endif %}
),

carried_handles as (
    select * from {{ ref('int_handles__date_accounts') }}
),

handles as (
    select * from {{ ref('int_handles__date_accounts') }}
),

int_creator_accounts__identify as (
    select * from {{ ref('int_creator_accounts__identify') }}
),

-- the last one at or before publication, else the first after
carriers as (
    select
        posts.post_id,
        coalesce(
            max(handles.carried_from) filter (where handles.carried_from <= posts.published_at),
            min(handles.carried_from)
        ) as carried_from
    from posts
    inner join carried_handles as handles
        on posts.platform = handles.platform and posts.handle = handles.handle
    where posts.native_account_id is null
    group by posts.post_id
)

select
    posts.post_id,
    posts.platform,
    posts.published_at,
    posts.published_on,
    case
        when posts.native_account_id is not null
            then {{ account_id('posts.platform', 'posts.native_account_id') }}
        when carriers.carried_from is null then roster.stated_account_id
        when not handles.is_contested then handles.account_id
    end as account_id
from posts
left join carriers on posts.post_id = carriers.post_id
left join handles
    on
        posts.platform = handles.platform
        and posts.handle = handles.handle
        and carriers.carried_from = handles.carried_from
        and not handles.is_contested
left join int_creator_accounts__identify as roster
    on posts.platform = roster.platform and posts.handle = roster.handle
