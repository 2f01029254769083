with records as (
    select * from {{ source('shopify', 'orders') }}
),

parsed as (
    select
        batch_id,
        landing_sequence,
        line,
        record ->> 'name' as order_id,
        unnest(json_transform(record -> 'agreements' -> 'nodes', '[{
            "id": "VARCHAR",
            "happenedAt": "VARCHAR",
            "refund": {"id": "VARCHAR"},
            "sales": {"nodes": [{
                "actionType": "VARCHAR",
                "lineType": "VARCHAR",
                "totalAmount": {"shopMoney": {"amount": "VARCHAR"}},
                "totalTaxAmount": {"shopMoney": {"amount": "VARCHAR"}}
            }]}
        }]')) as agreement
    from records
),

sales as (
    select
        parsed.batch_id,
        parsed.landing_sequence,
        parsed.line,
        parsed.order_id,
        parsed.agreement.happenedat as refunded_at,
        -- a return or an edit has no refund: it goes by its own name, such as ReturnAgreement/7
        coalesce(
            regexp_extract(parsed.agreement.refund.id, '[0-9]+$'),
            regexp_extract(parsed.agreement.id, '[^/]+/[0-9]+$')
        ) as refund_id,
        unnest(parsed.agreement.sales.nodes) as sale
    from parsed
),

-- what came back, and what of it was given or kept beside its price: goodwill, amounts without
-- items, restocking fees
returned as (
    select
        sales.batch_id,
        sales.landing_sequence,
        sales.line,
        sales.order_id,
        sales.refunded_at,
        sales.refund_id,
        sales.sale.totalamount.shopmoney.amount as told,
        try_cast(sales.sale.totaltaxamount.shopmoney.amount as decimal(18, 4))
        - try_cast(sales.sale.totalamount.shopmoney.amount as decimal(18, 4)) as back
    from sales
    where
        sales.sale.linetype in ('ADJUSTMENT', 'FEE')
        or (sales.sale.linetype = 'PRODUCT' and sales.sale.actiontype = 'RETURN')
),

summed as (
    select
        returned.batch_id,
        returned.landing_sequence,
        returned.line,
        returned.order_id,
        returned.refunded_at,
        returned.refund_id,
        sum(returned.back) as back,
        min(returned.told) filter (where returned.back is null) as no_number
    from returned
    group by all
),

running as (
    select
        summed.*,
        sum(summed.back) over (
            partition by summed.batch_id, summed.landing_sequence, summed.line
            order by summed.refunded_at, summed.refund_id
        ) as back_by_then
    from summed
),

-- what is kept back in a step of its own, such as a fee that comes before its refund, lowers the
-- refunds around it: the sum stays
settled as (
    select
        running.*,
        greatest(
            min(running.back_by_then) over (
                partition by running.batch_id, running.landing_sequence, running.line
                order by running.refunded_at, running.refund_id
                rows between current row and unbounded following
            ),
            0
        ) as settled_by_then
    from running
)

select
    settled.batch_id,
    settled.landing_sequence,
    settled.line,
    settled.order_id,
    settled.refunded_at,
    settled.refund_id,
    coalesce(
        settled.no_number,
        cast(
            settled.settled_by_then - lag(settled.settled_by_then, 1, 0) over (
                partition by settled.batch_id, settled.landing_sequence, settled.line
                order by settled.refunded_at, settled.refund_id
            ) as varchar
        )
    ) as amount
from settled
