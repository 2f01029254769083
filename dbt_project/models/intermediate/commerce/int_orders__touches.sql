{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['order_id', 'touch_number'],
    meta={'touched': 'int_touched__orders', 'touched_key': ['order_id']},
) }}

with touched as (
    select * from {{ ref('int_touched__orders') }}
),

attribution as (
    select * from {{ source('config', 'attribution') }}
),

int_orders__placed as (
    select * from {{ ref('int_orders__placed') }}
),

fct_clicks as (
    select * from {{ ref('fct_clicks') }}
),

int_collaborations__live as (
    select * from {{ ref('int_collaborations__live') }}
),

int_orders__codes as (
    select * from {{ ref('int_orders__codes') }}
),

int_promo_codes__live as (
    select * from {{ ref('int_promo_codes__live') }}
),

orders as (
    select
        placed.order_id,
        placed.ordered_at,
        placed.ordered_on,
        placed.visitor_id
    from int_orders__placed as placed
    {% if is_incremental() %}
        inner join touched on placed.order_id = touched.order_id
    {% endif %}
    cross join attribution
    -- what a subscription charges by itself is nobody's doing
    where attribution.renewals or not coalesce(placed.is_renewal, false)
),

visits as (
    select
        clicks.visitor_id,
        clicks.clicked_at,
        clicks.click_id,
        clicks.collaboration_id,
        {{ seconds_after(
            'clicks.clicked_at',
            '86400 * coalesce(live.attribution_window_days, attribution.window_days)'
        ) }} as touches_until
    from fct_clicks as clicks
    inner join int_collaborations__live as live on clicks.collaboration_id = live.collaboration_id
    cross join attribution
    -- what another source counts as the same tap may still tell who the visitor is
    where not clicks.is_bot and not clicks.is_duplicate
),

clicks as (
    select
        orders.order_id,
        orders.ordered_on,
        visits.clicked_at as touched_at,
        'click' as touch_kind,
        visits.click_id as touch_key,
        visits.collaboration_id
    from orders
    inner join visits
        on
            orders.visitor_id = visits.visitor_id
            and orders.ordered_at >= visits.clicked_at
            and orders.ordered_at <= visits.touches_until
),

valid_codes as (
    select
        orders.order_id,
        orders.ordered_at,
        orders.ordered_on,
        codes.code,
        promo_codes.collaboration_id,
        row_number() over (
            partition by orders.order_id, codes.code
            order by promo_codes.valid_from desc
        ) as choice
    from orders
    inner join int_orders__codes as codes on orders.order_id = codes.order_id
    inner join int_promo_codes__live as promo_codes
        on
            codes.code = promo_codes.code
            and orders.ordered_on >= promo_codes.valid_from
            and (promo_codes.valid_to is null or orders.ordered_on <= promo_codes.valid_to)
),

codes as (
    select
        order_id,
        ordered_on,
        ordered_at as touched_at,
        'code' as touch_kind,
        code as touch_key,
        collaboration_id
    from valid_codes
    where choice = 1 and collaboration_id is not null
),

touches as (
    select * from clicks
    union all
    select * from codes
)

select
    order_id,
    touched_at,
    touch_kind,
    touch_key,
    collaboration_id,
    ordered_on,
    cast(row_number() over (
        partition by order_id
        order by touched_at nulls last, touch_kind nulls last, touch_key nulls last
    ) as bigint) as touch_number
from touches
