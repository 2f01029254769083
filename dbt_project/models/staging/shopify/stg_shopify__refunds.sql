with parsed as (
    select
        landed,
        record ->> 'name' as order_id,
        unnest(json_transform(record -> 'refunds', '[{
            "id": "VARCHAR",
            "createdAt": "VARCHAR",
            "refundLineItems": {"nodes": [{"subtotalSet": {"shopMoney": {"amount": "VARCHAR"}}}]}
        }]')) as refund
    from records
)

select
    parsed.landed,
    parsed.order_id,
    parsed.refund.createdat as refunded_at,
    regexp_extract(parsed.refund.id, '[0-9]+$') as refund_id,
    list_sum(
        list_transform(
            parsed.refund.refundlineitems.nodes,
            lambda line: try_cast(line.subtotalset.shopmoney.amount as decimal(18, 4))
        )
    ) as amount
from parsed
where len(parsed.refund.refundlineitems.nodes) > 0
