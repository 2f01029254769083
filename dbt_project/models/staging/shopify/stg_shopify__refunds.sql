with records as (
    select * from {{ source('shopify', 'orders') }}
),

parsed as (
    select
        batch_id,
        landing_sequence,
        line,
        record ->> 'name' as order_id,
        unnest(json_transform(record -> 'refunds', '[{
            "id": "VARCHAR",
            "createdAt": "VARCHAR",
            "refundLineItems": {"nodes": [{"subtotalSet": {"shopMoney": {"amount": "VARCHAR"}}}]}
        }]')) as refund
    from records
),

listed as (
    select
        parsed.batch_id,
        parsed.landing_sequence,
        parsed.line,
        parsed.order_id,
        parsed.refund,
        list_transform(
            parsed.refund.refundlineitems.nodes, lambda item: item.subtotalset.shopmoney.amount
        ) as amounts
    from parsed
    where len(parsed.refund.refundlineitems.nodes) > 0
),

summed as (
    select
        listed.batch_id,
        listed.landing_sequence,
        listed.line,
        listed.order_id,
        listed.refund,
        list_sum(
            list_transform(listed.amounts, lambda amount: try_cast(amount as decimal(18, 4)))
        ) as amount,
        list_filter(
            listed.amounts, lambda amount: try_cast(amount as decimal(18, 4)) is null
        ) as not_numbers
    from listed
)

select
    summed.batch_id,
    summed.landing_sequence,
    summed.line,
    summed.order_id,
    summed.refund.createdat as refunded_at,
    regexp_extract(summed.refund.id, '[0-9]+$') as refund_id,
    -- of items without an amount no sum is told: staging refuses the refund by name
    case
        when len(summed.not_numbers) = 0 then cast(summed.amount as varchar)
        else summed.not_numbers[1]
    end as amount
from summed
