{% set columns = event_columns() %}
-- one look at the days of all rows, and at nothing else of them: the days of a stream move with
-- every correction, and nine weeks are all that is compared
with batches as (
    select
        batch_id,
        source,
        stream
    from {{ source('landing', 'batches') }}
),

stg_inbox__orders as (
    select * from {{ ref('stg_inbox__orders') }}
),

stg_inbox__refunds as (
    select * from {{ ref('stg_inbox__refunds') }}
),

stg_inbox__clicks as (
    select * from {{ ref('stg_inbox__clicks') }}
),

stg_inbox__profiles as (
    select * from {{ ref('stg_inbox__profiles') }}
),

stg_inbox__posts as (
    select * from {{ ref('stg_inbox__posts') }}
),

stg_inbox__post_metrics as (
    select * from {{ ref('stg_inbox__post_metrics') }}
),

stg_inbox__outreach as (
    select * from {{ ref('stg_inbox__outreach') }}
),

stg_inbox__payments as (
    select * from {{ ref('stg_inbox__payments') }}
),

stg_inbox__recommendations as (
    select * from {{ ref('stg_inbox__recommendations') }}
),

stg_inbox__fx_rates as (
    select * from {{ ref('stg_inbox__fx_rates') }}
),

days as (
    select
        batch_id,
        {{ event_day(columns.orders) }} as date_day
    from stg_inbox__orders
    where not is_deleted and {{ latest_of(columns.orders) }} >= {{ as_of_date() }} - 58
    union all
    select
        batch_id,
        {{ event_day(columns.refunds) }} as date_day
    from stg_inbox__refunds
    where not is_deleted and {{ latest_of(columns.refunds) }} >= {{ as_of_date() }} - 58
    union all
    select
        batch_id,
        {{ event_day(columns.clicks) }} as date_day
    from stg_inbox__clicks
    where not is_deleted and {{ latest_of(columns.clicks) }} >= {{ as_of_date() }} - 58
    union all
    select
        batch_id,
        {{ event_day(columns.profiles) }} as date_day
    from stg_inbox__profiles
    where not is_deleted and {{ latest_of(columns.profiles) }} >= {{ as_of_date() }} - 58
    union all
    select
        batch_id,
        {{ event_day(columns.posts) }} as date_day
    from stg_inbox__posts
    where not is_deleted and {{ latest_of(columns.posts) }} >= {{ as_of_date() }} - 58
    union all
    select
        batch_id,
        {{ event_day(columns.post_metrics) }} as date_day
    from stg_inbox__post_metrics
    where not is_deleted and {{ latest_of(columns.post_metrics) }} >= {{ as_of_date() }} - 58
    union all
    select
        batch_id,
        {{ event_day(columns.outreach) }} as date_day
    from stg_inbox__outreach
    where not is_deleted and {{ latest_of(columns.outreach) }} >= {{ as_of_date() }} - 58
    union all
    select
        batch_id,
        {{ event_day(columns.payments) }} as date_day
    from stg_inbox__payments
    where not is_deleted and {{ latest_of(columns.payments) }} >= {{ as_of_date() }} - 58
    union all
    select
        batch_id,
        {{ event_day(columns.recommendations) }} as date_day
    from stg_inbox__recommendations
    where not is_deleted and {{ latest_of(columns.recommendations) }} >= {{ as_of_date() }} - 58
    union all
    select
        batch_id,
        {{ event_day(columns.fx_rates) }} as date_day
    from stg_inbox__fx_rates
    where not is_deleted and {{ latest_of(columns.fx_rates) }} >= {{ as_of_date() }} - 58
),

counted as (
    select
        batch_id,
        date_day,
        count(*) as rows
    from days
    group by batch_id, date_day
)

select
    batches.source,
    batches.stream,
    counted.date_day,
    cast(sum(counted.rows) as bigint) as rows
from counted
inner join batches on counted.batch_id = batches.batch_id
where counted.date_day >= {{ as_of_date() }} - 56
group by batches.source, batches.stream, counted.date_day
