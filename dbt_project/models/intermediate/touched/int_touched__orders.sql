{#-
    Orders whose attribution may change. Those that a run that did not finish had found are among
    them: what touched them can't be found again once that run has rewritten its tables.
-#}
with int_touched__clicks as (
    select * from {{ ref('int_touched__clicks') }}
),

fct_clicks as (
    select * from {{ ref('fct_clicks') }}
),

int_touched__click_sequences as (
    select * from {{ ref('int_touched__click_sequences') }}
),

int_touched__placed_orders as (
    select * from {{ ref('int_touched__placed_orders') }}
),

int_touched__refunds as (
    select * from {{ ref('int_touched__refunds') }}
),

int_refunds__due as (
    select * from {{ ref('int_refunds__due') }}
),

int_touched__customers as (
    select * from {{ ref('int_touched__customers') }}
),

int_customers__first_orders as (
    select * from {{ ref('int_customers__first_orders') }}
),

int_changed__attribution_windows as (
    select * from {{ ref('int_changed__attribution_windows') }}
),

touches_before as (
    select * from {{ previous_rows(
        'int_orders__touches', {'order_id': 'varchar', 'collaboration_id': 'varchar'}
    ) }}
),

clicks_of_collaborations as (
    select * from {{ ref('fct_clicks') }}
),

int_collaborations__live as (
    select * from {{ ref('int_collaborations__live') }}
),

attribution as (
    select * from {{ source('config', 'attribution') }}
),

orders_after_visits as (
    select * from {{ ref('int_orders__placed') }}
),

int_orders__codes as (
    select * from {{ ref('int_orders__codes') }}
),

int_changed__promo_codes as (
    select * from {{ ref('int_changed__promo_codes') }}
),

orders_with_codes as (
    select * from {{ ref('int_orders__placed') }}
),

orders_in_currencies as (
    select * from {{ ref('int_orders__placed') }}
),

int_changed__fx_rates as (
    select * from {{ ref('int_changed__fx_rates') }}
),

rows_of_unfinished_run as (
    select * from {{ rows_of_unfinished_run({'order_id': 'varchar'}) }}
),

changed_windows as (
    select collaboration_id
    from int_changed__attribution_windows
    where is_changed
),

visits as (
    select
        visitor_id,
        clicked_at
    from int_touched__clicks
    where visitor_id is not null
    union
    select
        clicks.visitor_id,
        clicks.clicked_at
    from fct_clicks as clicks
    inner join int_touched__click_sequences as touched on clicks.click_id = touched.click_id
    where clicks.visitor_id is not null
    {% if not should_full_refresh() %}
        union
        select
            clicks.visitor_id,
            clicks.clicked_at
        from clicks_of_collaborations as clicks
        inner join changed_windows on clicks.collaboration_id = changed_windows.collaboration_id
        where clicks.visitor_id is not null
    {% endif %}
),

windows as (
    select window_days from attribution
    union all
    select attribution_window_days as window_days from int_collaborations__live
),

largest_window as (
    select max(window_days) as window_days
    from windows
),

-- the largest window there is: what a click is of may have changed, too
visits_with_reach as (
    select
        visits.visitor_id,
        visits.clicked_at,
        {{ seconds_after('visits.clicked_at', '86400 * largest_window.window_days') }}
            as touches_until
    from visits
    cross join largest_window
),

touched as (
    select order_id
    from int_touched__placed_orders
    union
    select order_id
    from int_touched__refunds
    where order_id is not null
    union
    select refunds.order_id
    from int_refunds__due as refunds
    inner join int_touched__refunds as touched_refunds
        on refunds.refund_id = touched_refunds.refund_id
    union
    select first_order_id as order_id
    from int_touched__customers
    where first_order_id is not null
    union
    select first_orders.first_order_id as order_id
    from int_customers__first_orders as first_orders
    inner join int_touched__customers as touched_customers
        on first_orders.customer_id = touched_customers.customer_id
    union
    select placed.order_id
    from orders_after_visits as placed
    inner join visits_with_reach as visits
        on
            placed.visitor_id = visits.visitor_id
            and placed.ordered_at >= visits.clicked_at
            and placed.ordered_at <= visits.touches_until
    union
    -- what a larger window held before
    select touches.order_id
    from touches_before as touches
    inner join changed_windows on touches.collaboration_id = changed_windows.collaboration_id
    union
    select codes.order_id
    from int_orders__codes as codes
    inner join int_changed__promo_codes as promo_codes on codes.code = promo_codes.code
    inner join orders_with_codes as placed
        on codes.order_id = placed.order_id and promo_codes.valid_from <= placed.ordered_on
    where promo_codes.is_changed
    union
    select placed.order_id
    from orders_in_currencies as placed
    inner join int_changed__fx_rates as fx_rates
        on placed.currency = fx_rates.currency and placed.ordered_on = fx_rates.date_day
    where fx_rates.is_changed
    union
    select order_id
    from rows_of_unfinished_run
)

select
    order_id,
    cast({{ run_state().since_seq }} as bigint) as since_seq
from touched
