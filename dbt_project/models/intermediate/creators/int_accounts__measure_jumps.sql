-- how the followers of an account change from a day to the next, where both days are known
with profiles as (
    select
        account_id,
        date_day,
        followers
    from {{ ref('fct_account_daily') }}
    where
        date_day >= {{ as_of_date() }} - 90
        and date_day <= {{ as_of_date() }}
        and followers is not null
        and is_derivable
),

in_time as (
    select
        account_id,
        date_day,
        followers,
        lag(date_day) over (partition by account_id order by date_day nulls last) as day_before,
        lag(followers) over (
            partition by account_id order by date_day nulls last
        ) as followers_before
    from profiles
),

changes as (
    select
        account_id,
        followers - followers_before as followers_change
    from in_time
    where day_before = date_day - 1
),

usual as (
    select
        account_id,
        count(*) as follower_jump_days,
        max(followers_change) as largest_change,
        {{ quantile('followers_change', 0.5) }} as median_change
    from changes
    group by account_id
),

deviations as (
    select
        changes.account_id,
        {{ quantile('abs(changes.followers_change - usual.median_change)', 0.5) }}
            as median_deviation
    from changes
    inner join usual on changes.account_id = usual.account_id
    group by changes.account_id
)

select
    usual.account_id,
    usual.follower_jump_days,
    -- 1.4826 x MAD is the standard deviation of what is normally distributed
    {{ safe_divide(
        'usual.largest_change - usual.median_change', '1.4826 * deviations.median_deviation'
    ) }} as follower_jump_z
from usual
inner join deviations on usual.account_id = deviations.account_id
