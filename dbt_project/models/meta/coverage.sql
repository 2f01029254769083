-- everything that landed counts, also what no report counts: it shows that somebody was looking
with all_orders as (
    select * from {{ merged('orders') }}
),

int_clicks__resolved as (
    select * from {{ ref('int_clicks__resolved') }}
),

fct_mentions as (
    select * from {{ ref('fct_mentions') }}
),

brands as (
    select * from {{ source('config', 'brands') }}
),

configured as (
    select * from {{ source('config', 'coverage') }}
),

first_events (stream, brand_id, first_on) as (
    select
        'orders',
        cast(null as string),
        {{ reporting_day('min(ordered_at)') }}
    from all_orders
    where ordered_at < {{ as_of_end() }}
    union all
    select
        'clicks',
        cast(null as string),
        {{ reporting_day('min(clicked_at)') }}
    from int_clicks__resolved
    union all
    select
        'mentions',
        brands.brand_id,
        min(mentions.mentioned_on)
    from brands
    left join fct_mentions as mentions on brands.brand_id = mentions.brand_id
    group by brands.brand_id
),

watched as (
    select
        first_events.stream,
        first_events.brand_id,
        coalesce(configured.covered_from, first_events.first_on) as covered_from,
        case
            when configured.covered_from is not null then 'configured'
            when first_events.first_on is not null then 'first_event'
        end as basis
    from first_events
    left join configured
        on
            first_events.stream = configured.stream
            and coalesce(first_events.brand_id, '') = coalesce(configured.brand_id, '')
)

select
    stream,
    brand_id,
    covered_from,
    case when covered_from is not null then {{ as_of_date() }} end as covered_to,
    basis
from watched
order by stream nulls last, brand_id nulls last
