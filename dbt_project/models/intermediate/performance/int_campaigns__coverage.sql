-- a campaign's days, from its start to 30 days past its end, and how many of them were watched
with campaigns as (
    select
        campaign_id,
        starts_on,
        ends_on,
        least(cast(ends_on + interval 30 day as date), {{ as_of_date() }}) as last_on
    from {{ ref('int_campaigns__merged') }}
),

coverage as (
    select * from {{ ref('coverage') }}
),

watched as (
    select
        max(covered_from) filter (where stream = 'orders') as orders_from,
        max(covered_from) filter (where stream = 'clicks') as clicks_from
    from coverage
),

counted as (
    select
        campaigns.campaign_id,
        campaigns.starts_on,
        campaigns.ends_on,
        {{ days_apart('campaigns.starts_on', 'campaigns.last_on') }} + 1 as all_days,
        case
            when watched.orders_from is null then 0
            else {{ days_apart(
                'greatest(campaigns.starts_on, watched.orders_from)', 'campaigns.last_on'
            ) }} + 1
        end as days_with_orders,
        case
            when watched.clicks_from is null then 0
            else {{ days_apart(
                'greatest(campaigns.starts_on, watched.clicks_from)', 'campaigns.last_on'
            ) }} + 1
        end as days_with_clicks
    from campaigns
    cross join watched
),

shares as (
    select
        campaign_id,
        ends_on,
        case
            when starts_on <= {{ as_of_date() }}
                then coalesce({{ safe_divide(
                    'greatest(0, days_with_orders)', 'greatest(0, all_days)'
                ) }}, 0)
        end as orders_covered,
        case
            when starts_on <= {{ as_of_date() }}
                then coalesce({{ safe_divide(
                    'greatest(0, days_with_clicks)', 'greatest(0, all_days)'
                ) }}, 0)
        end as clicks_covered
    from counted
)

select
    campaign_id,
    orders_covered,
    clicks_covered,
    case
        when orders_covered is null then 'planned'
        when orders_covered = 0 then 'not_covered'
        when orders_covered < 1 then 'partly_covered'
        when {{ as_of_date() }} <= ends_on then 'running'
        else 'ended'
    end as result_state
from shares
