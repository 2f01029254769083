{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['account_id', 'date_day'],
    meta={'touched': 'int_touched__account_days', 'touched_key': ['account_id', 'date_day']},
) }}

with touched as (
    select * from {{ ref('int_touched__account_days') }}
),

int_profiles__merge_sources as (
    select * from {{ ref('int_profiles__merge_sources') }}
),

{% if is_incremental() %}
    built as (
        select
            account_id,
            date_day,
            followers,
            is_derivable
        from {{ this }}
    ),
{% endif %}

profiles as (
    select profiles.*
    from int_profiles__merge_sources as profiles
    {% if is_incremental() %}
        inner join touched
            on profiles.account_id = touched.account_id and profiles.date_day = touched.date_day
    {% endif %}
),

last_of_day as (
    select
        account_id,
        date_day,
        max(observed_at) as observed_at
    from profiles
    group by account_id, date_day
),

days as (
    select
        profiles.account_id,
        profiles.date_day,
        profiles.followers,
        profiles.following,
        profiles.posts_count,
        profiles.is_derivable
    from profiles
    inner join last_of_day
        on
            profiles.account_id = last_of_day.account_id
            and profiles.observed_at = last_of_day.observed_at
),

{% if is_incremental() %}
    rows_before as (
        select
            days.account_id,
            max(built.date_day) as date_day,
            {{ value_at_last(
                'case when built.is_derivable then built.followers end', 'built.date_day'
            ) }} as derivable_followers
        from days
        inner join built on days.account_id = built.account_id and days.date_day > built.date_day
        left join touched
            on built.account_id = touched.account_id and built.date_day = touched.date_day
        where touched.account_id is null
        group by days.account_id, days.date_day
    ),
{% endif %}

-- of the rows that stand, the last one before each of these days
days_before as (
    {% if is_incremental() %}
        select distinct
            account_id,
            date_day,
            derivable_followers
        from rows_before
    {% else %}
        select
            account_id,
            date_day,
            followers as derivable_followers
        from days
        where false
    {% endif %}
),

in_time as (
    select
        account_id,
        date_day,
        case when is_derivable then followers end as derivable_followers
    from days
    union all
    select
        account_id,
        date_day,
        derivable_followers
    from days_before
),

changes as (
    select
        account_id,
        date_day,
        derivable_followers - lag(derivable_followers) over (
            partition by account_id order by date_day nulls last
        ) as followers_change
    from in_time
)

select
    days.account_id,
    days.date_day,
    days.followers,
    changes.followers_change,
    days.following,
    days.posts_count,
    days.is_derivable
from days
inner join changes on days.account_id = changes.account_id and days.date_day = changes.date_day
