{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='account_id',
    meta={'touched': 'int_touched__accounts', 'touched_key': ['account_id']},
) }}

with touched as (
    select * from {{ ref('int_touched__accounts') }}
),

int_posts__find_accounts as (
    select * from {{ ref('int_posts__find_accounts') }}
),

int_posts__fold_versions as (
    select * from {{ ref('int_posts__fold_versions') }}
),

roster as (
    select
        account_id,
        platform
    from {{ ref('int_changed__stated_accounts') }}
    where
        is_present
    {% if is_incremental() %}
            and account_id in (select touched.account_id from touched)
        {% endif %}
),

seen_profiles as (
    select * from {{ ref('int_profiles__merge_sources') }}
),

profiles as (
    select * from {{ ref('int_profiles__merge_sources') }}
),

int_accounts__find_creators as (
    select * from {{ ref('int_accounts__find_creators') }}
),

tiers as (
    select * from {{ source('config', 'tiers') }}
),

posts as (
    select
        accounts.account_id,
        accounts.platform,
        posts.first_observed_at,
        posts.last_observed_at
    from int_posts__find_accounts as accounts
    inner join int_posts__fold_versions as posts on accounts.post_id = posts.post_id
    where
        accounts.account_id is not null
    {% if is_incremental() %}
            and accounts.account_id in (select touched.account_id from touched)
        {% endif %}
),

sightings as (
    select
        account_id,
        platform,
        min(observed_at) as first_seen_at,
        max(observed_at) as last_seen_at,
        max(observed_at) as last_profile_at,
        -- a profile without one does not take back the handle that was known
        max_by(handle, observed_at) filter (where handle is not null) as handle,
        -- nor does one that hides its followers
        max_by(followers, observed_at) filter (where followers is not null) as followers,
        max(date_day) filter (where followers is not null) as followers_as_of
    from seen_profiles
    {% if is_incremental() %}
        where account_id in (select touched.account_id from touched)
    {% endif %}
    group by account_id, platform
    union all
    select
        account_id,
        platform,
        min(first_observed_at) as first_seen_at,
        max(last_observed_at) as last_seen_at,
        cast(null as timestamp) as last_profile_at,
        cast(null as string) as handle,
        cast(null as bigint) as followers,
        cast(null as date) as followers_as_of
    from posts
    group by account_id, platform
    union all
    select
        account_id,
        platform,
        cast(null as timestamp) as first_seen_at,
        cast(null as timestamp) as last_seen_at,
        cast(null as timestamp) as last_profile_at,
        cast(null as string) as handle,
        cast(null as bigint) as followers,
        cast(null as date) as followers_as_of
    from roster
),

accounts as (
    select
        account_id,
        platform,
        {{ configured_platform('platform', 'tiers') }} as tiers_of,
        min(first_seen_at) as first_seen_at,
        max(last_seen_at) as last_seen_at,
        max(last_profile_at) as last_profile_at,
        max(handle) as handle,
        max(followers) as followers,
        max(followers_as_of) as followers_as_of
    from sightings
    group by account_id, platform
)

select
    accounts.account_id,
    accounts.platform,
    accounts.handle,
    profiles.display_name,
    creators.creator_id,
    accounts.followers,
    profiles.following,
    tiers.tier,
    profiles.is_bot,
    accounts.first_seen_at,
    accounts.last_seen_at,
    profiles.posts_count,
    profiles.is_verified,
    profiles.is_noindex,
    profiles.language,
    profiles.country,
    accounts.followers_as_of
from accounts
left join profiles
    on
        accounts.account_id = profiles.account_id
        and accounts.last_profile_at = profiles.observed_at
left join int_accounts__find_creators as creators on accounts.account_id = creators.account_id
left join tiers
    on
        accounts.tiers_of = tiers.platform
        and accounts.followers >= tiers.min_followers
        and (accounts.followers <= tiers.max_followers or tiers.max_followers is null)
