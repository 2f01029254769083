with records as (
    select * from {{ source('shopify', 'orders') }}
),

parsed as (
    select
        batch_id,
        landing_sequence,
        line,
        json_transform(record, '{
            "name": "VARCHAR",
            "createdAt": "VARCHAR",
            "processedAt": "VARCHAR",
            "cancelledAt": "VARCHAR",
            "test": "VARCHAR",
            "currencyCode": "VARCHAR",
            "sourceName": "VARCHAR",
            "tags": ["VARCHAR"],
            "discountCodes": ["VARCHAR"],
            "currentTotalPriceSet": {"shopMoney": {"amount": "VARCHAR"}},
            "refundDiscrepancySet": {"shopMoney": {"amount": "VARCHAR"}},
            "customer": {"id": "VARCHAR"},
            "customerJourneySummary": {"lastVisit": {"id": "VARCHAR"}},
            "agreements": {"nodes": [{"sales": {"nodes": [{
                "actionType": "VARCHAR",
                "lineType": "VARCHAR",
                "quantity": "BIGINT",
                "totalAmount": {"shopMoney": {"amount": "VARCHAR"}},
                "totalTaxAmount": {"shopMoney": {"amount": "VARCHAR"}},
                "totalDiscountAmountBeforeTaxes": {"shopMoney": {"amount": "VARCHAR"}},
                "lineItem": {"variant": {"inventoryItem": {
                    "unitCost": {"amount": "VARCHAR", "currencyCode": "VARCHAR"}
                }}}
            }]}}]}
        }') as bought
    from records
),

listed as (
    select
        parsed.batch_id,
        parsed.landing_sequence,
        parsed.line,
        parsed.bought.currencycode as currency,
        unnest(flatten(list_transform(
            parsed.bought.agreements.nodes, lambda agreement: agreement.sales.nodes
        ))) as sale
    from parsed
),

amounts as (
    select
        listed.batch_id,
        listed.landing_sequence,
        listed.line,
        listed.sale.linetype as line_type,
        listed.sale.actiontype as action_type,
        listed.sale.totalamount.shopmoney.amount as told,
        try_cast(listed.sale.totalamount.shopmoney.amount as decimal(18, 4)) as total,
        try_cast(listed.sale.totaltaxamount.shopmoney.amount as decimal(18, 4)) as tax,
        -- whichever sign a discount has
        abs(try_cast(
            listed.sale.totaldiscountamountbeforetaxes.shopmoney.amount as decimal(18, 4)
        )) as discount,
        case
            when listed.sale.lineitem.variant.inventoryitem.unitcost.currencycode = listed.currency
                then listed.sale.quantity * try_cast(
                    listed.sale.lineitem.variant.inventoryitem.unitcost.amount as decimal(18, 4)
                )
        end as cost
    from listed
),

sales as (
    select
        amounts.*,
        amounts.total - amounts.tax as net,
        amounts.action_type = 'RETURN' as is_returned,
        amounts.line_type = 'PRODUCT' and amounts.action_type = 'ORDER' as is_ordered,
        -- a later change of a price
        amounts.line_type = 'PRODUCT' and amounts.action_type = 'UPDATE' as is_repriced
    from amounts
),

summed as (
    select
        sales.batch_id,
        sales.landing_sequence,
        sales.line,
        min(sales.told) filter (where sales.net is null) as no_number,
        coalesce(sum(sales.net + coalesce(sales.discount, 0)) filter (where sales.is_ordered), 0)
        + coalesce(sum(greatest(sales.net, 0)) filter (where sales.is_repriced), 0) as items,
        coalesce(sum(sales.discount) filter (where sales.is_ordered), 0)
        - coalesce(sum(least(sales.net, 0)) filter (where sales.is_repriced), 0) as discount,
        coalesce(
            sum(sales.net) filter (where sales.line_type = 'GIFT_CARD' and not sales.is_returned),
            0
        ) as gift_cards,
        coalesce(sum(sales.tax) filter (where not sales.is_returned), 0) as tax,
        coalesce(
            sum(sales.net) filter (where sales.line_type = 'SHIPPING' and not sales.is_returned),
            0
        ) as shipping,
        case
            when not coalesce(bool_or(sales.cost is null) filter (where sales.is_ordered), false)
                then coalesce(sum(sales.cost) filter (where sales.is_ordered), 0)
        end as cost,
        -- all that was kept of the order and is not of its items
        sum(
            case
                when sales.line_type in (
                    'GIFT_CARD', 'SHIPPING', 'TIP', 'DUTY', 'ADDITIONAL_FEE'
                ) then sales.total
                else sales.tax
            end
        ) as kept_otherwise
    from sales
    group by sales.batch_id, sales.landing_sequence, sales.line
),

orders as (
    select
        parsed.*,
        summed.no_number,
        summed.items,
        summed.discount,
        summed.gift_cards,
        summed.tax,
        summed.shipping,
        summed.cost,
        summed.kept_otherwise
    from parsed
    left join summed
        on
            parsed.batch_id = summed.batch_id
            and parsed.landing_sequence = summed.landing_sequence
            and parsed.line = summed.line
)

select
    orders.batch_id,
    orders.landing_sequence,
    orders.line,
    orders.bought.name as order_id,
    orders.bought.currencycode as currency,
    cast(orders.discount as varchar) as discount_amount,
    cast(orders.gift_cards as varchar) as gift_card_amount,
    cast(orders.tax as varchar) as tax_amount,
    cast(orders.shipping as varchar) as shipping_amount,
    cast(orders.cost as varchar) as cost_of_goods,
    {{ json_list('orders.bought.discountcodes') }} as discount_codes,
    orders.bought.test as is_test,
    coalesce(orders.bought.processedat, orders.bought.createdat) as ordered_at,
    coalesce(orders.no_number, cast(orders.items + orders.gift_cards as varchar)) as gross_amount,
    cast(
        try_cast(orders.bought.currenttotalpriceset.shopmoney.amount as decimal(18, 4))
        + coalesce(
            try_cast(orders.bought.refunddiscrepancyset.shopmoney.amount as decimal(18, 4)), 0
        )
        - orders.kept_otherwise as varchar
    ) as kept_amount,
    regexp_extract(orders.bought.customer.id, '[0-9]+$') as customer_id,
    case
        when orders.bought.customerjourneysummary.lastvisit.id is not null then orders.bought.name
    end
        as visitor_id,
    case
        when
            starts_with(orders.bought.sourcename, 'subscription_contract')
            -- of apps that take the money themselves
            or list_contains(orders.bought.tags, 'Subscription Recurring Order')
            then 'renewal'
    end as order_kind,
    case when orders.bought.cancelledat is not null then 'cancelled' else 'placed' end as status
from orders
