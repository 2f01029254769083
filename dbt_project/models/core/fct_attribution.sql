{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['order_id', 'method', 'touch_number'],
    meta={'touched': 'int_touched__orders', 'touched_key': ['order_id']},
) }}

-- Money counts ten-thousandths and credit ten-billionths, see macros/commerce/credit.sql. In every
-- method but first_touch the last touch with credit is the order's last: codes come after clicks,
-- and the last touch is its collaboration's last. It takes what the ones before it leave.
with touched as (
    select * from {{ ref('int_touched__orders') }}
),

attribution as (
    select * from {{ source('config', 'attribution') }}
),

orders as (
    select
        order_id,
        ordered_at,
        ordered_on,
        touches,
        cast({{ ten_thousandths('net_revenue') }} as bigint) as revenue,
        cast({{ ten_thousandths('gross_profit') }} as bigint) as profit
    from {{ ref('fct_orders') }}
    {% if is_incremental() %}
        where order_id in (select touched.order_id from touched)
    {% endif %}
),

int_orders__touches as (
    select * from {{ ref('int_orders__touches') }}
),

touches as (
    select
        orders.order_id,
        orders.ordered_on,
        orders.touches,
        orders.revenue,
        orders.profit,
        touches.touch_number,
        touches.touch_kind,
        touches.touch_key,
        touches.touched_at,
        touches.collaboration_id,
        {{ whole_seconds_between('touches.touched_at', 'orders.ordered_at') }} as age
    from orders
    inner join int_orders__touches as touches on orders.order_id = touches.order_id
),

paths as (
    select
        *,
        touch_number = touches as is_last,
        count(case when touch_kind = 'code' then 1 end) over (partition by order_id) as codes,
        min(age) over (partition by order_id) as age_of_last,
        touch_number = max(touch_number) over (partition by order_id, collaboration_id)
            as is_last_of_collaboration
    from touches
),

-- only the ratio of weights counts: from the last touch on, none of them is too small for a DOUBLE
decayed_weights as (
    select
        paths.*,
        {{ half_life_weight('(paths.age - paths.age_of_last)', 'attribution.half_life_days') }}
            as weight
    from paths
    cross join attribution
),

weighed_paths as (
    select
        *,
        count(case when is_last_of_collaboration then 1 end) over (partition by order_id)
            as collaborations,
        sum(weight) over (partition by order_id) as weight_of_all
    from decayed_weights
),

decayed_credits as (
    select
        *,
        case when not is_last then {{ credit_units('weight', 'weight_of_all') }} end
            as decayed_credit
    from weighed_paths
),

decayed_paths as (
    select
        *,
        {{ credited_money('revenue', 'decayed_credit') }} as decayed_revenue,
        {{ credited_money('profit', 'decayed_credit') }} as decayed_profit
    from decayed_credits
),

-- each touch before the last has `part`, but for the first where that has a part of its own
parted_shares as (
    select
        *,
        'code_then_click' as method,
        {{ credit_units('1', 'greatest(codes, 1)') }} as part,
        greatest(codes, 1) - 1 as parts,
        0 as first_part
    from weighed_paths
    where touch_kind = 'code' or (codes = 0 and is_last)
    union all
    select
        *,
        'first_touch' as method,
        0 as part,
        0 as parts,
        0 as first_part
    from weighed_paths
    where touch_number = 1
    union all
    select
        *,
        'last_touch' as method,
        0 as part,
        0 as parts,
        0 as first_part
    from weighed_paths
    where is_last
    union all
    select
        *,
        'linear' as method,
        {{ credit_units('1', 'touches') }} as part,
        touches - 1 as parts,
        0 as first_part
    from weighed_paths
    union all
    select
        *,
        'position_based' as method,
        case
            when touches <= 2 then {{ credit_units('1', 'touches') }}
            else {{ credit_units('1', '(5 * (touches - 2))') }}
        end as part,
        case when touches <= 2 then touches - 1 else touches - 2 end as parts,
        case when touches <= 2 then 0 else 4000000000 end as first_part
    from weighed_paths
    union all
    select
        *,
        'shapley' as method,
        {{ credit_units('1', 'collaborations') }} as part,
        collaborations - 1 as parts,
        0 as first_part
    from weighed_paths
    where is_last_of_collaboration
),

parted_money as (
    select
        *,
        is_last or method = 'first_touch' as takes_the_rest,
        first_part > 0 and touch_number = 1 as has_first_part,
        {{ credited_money('revenue', 'part') }} as part_revenue,
        {{ credited_money('profit', 'part') }} as part_profit,
        case when first_part = 0 then 0 else {{ credited_money('revenue', 'first_part') }} end
            as first_revenue,
        case when first_part = 0 then 0 else {{ credited_money('profit', 'first_part') }} end
            as first_profit
    from parted_shares
),

parted as (
    select
        order_id,
        method,
        touch_number,
        collaboration_id,
        touch_kind,
        touched_at,
        case
            when takes_the_rest then 10000000000 - first_part - parts * part
            when has_first_part then first_part
            else part
        end as credit,
        case
            when takes_the_rest then revenue - first_revenue - parts * part_revenue
            when has_first_part then first_revenue
            else part_revenue
        end as revenue,
        case
            when takes_the_rest then profit - first_profit - parts * part_profit
            when has_first_part then first_profit
            else part_profit
        end as profit,
        touch_key,
        ordered_on
    from parted_money
),

decayed as (
    select
        order_id,
        'time_decay' as method,
        touch_number,
        collaboration_id,
        touch_kind,
        touched_at,
        case
            when is_last
                then 10000000000 - coalesce(sum(decayed_credit) over (partition by order_id), 0)
            else decayed_credit
        end as credit,
        case
            when is_last
                then revenue - coalesce(sum(decayed_revenue) over (partition by order_id), 0)
            else decayed_revenue
        end as revenue,
        case
            when is_last
                then profit - coalesce(sum(decayed_profit) over (partition by order_id), 0)
            else decayed_profit
        end as profit,
        touch_key,
        ordered_on
    from decayed_paths
    -- what is many half-lives older than the last is left with nothing
    where is_last or decayed_credit > 0
),

unattributed as (
    select
        orders.order_id,
        methods.method,
        0 as touch_number,
        cast(null as string) as collaboration_id,
        'none' as touch_kind,
        cast(null as timestamp) as touched_at,
        10000000000 as credit,
        orders.revenue,
        orders.profit,
        cast(null as string) as touch_key,
        orders.ordered_on
    from orders
    cross join {{ attribution_methods() }} as methods (method)
    where orders.touches = 0
),

attributed as (
    select * from parted
    union all
    select * from decayed
    union all
    select * from unattributed
)

select
    order_id,
    method,
    cast(touch_number as bigint) as touch_number,
    collaboration_id,
    touch_kind,
    touched_at,
    cast(cast(credit as decimal(18, 0)) * 0.0000000001 as decimal(18, 10)) as credit,
    cast(cast(revenue as decimal(18, 0)) * 0.0001 as decimal(18, 4)) as attributed_revenue,
    cast(cast(profit as decimal(18, 0)) * 0.0001 as decimal(18, 4)) as attributed_profit,
    touch_key,
    ordered_on
from attributed
