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
            "taxesIncluded": "BOOLEAN",
            "discountCodes": ["VARCHAR"],
            "subtotalPriceSet": {"shopMoney": {"amount": "VARCHAR"}},
            "totalDiscountsSet": {"shopMoney": {"amount": "VARCHAR"}},
            "totalTaxSet": {"shopMoney": {"amount": "VARCHAR"}},
            "totalShippingPriceSet": {"shopMoney": {"amount": "VARCHAR"}},
            "customer": {"id": "VARCHAR"},
            "customerJourneySummary": {"lastVisit": {"id": "VARCHAR"}}
        }') as bought
    from records
),

priced as (
    select
        parsed.batch_id,
        parsed.landing_sequence,
        parsed.line,
        parsed.bought,
        try_cast(parsed.bought.subtotalpriceset.shopmoney.amount as decimal(18, 4)) as subtotal,
        try_cast(parsed.bought.totaldiscountsset.shopmoney.amount as decimal(18, 4)) as discount,
        try_cast(parsed.bought.totaltaxset.shopmoney.amount as decimal(18, 4)) as tax
    from parsed
)

select
    priced.batch_id,
    priced.landing_sequence,
    priced.line,
    priced.bought.name as order_id,
    priced.bought.currencycode as currency,
    priced.bought.totaldiscountsset.shopmoney.amount as discount_amount,
    priced.bought.totaltaxset.shopmoney.amount as tax_amount,
    priced.bought.totalshippingpriceset.shopmoney.amount as shipping_amount,
    {{ json_list('priced.bought.discountcodes') }} as discount_codes,
    priced.bought.test as is_test,
    coalesce(priced.bought.processedat, priced.bought.createdat) as ordered_at,
    coalesce(
        cast(
            priced.subtotal + coalesce(priced.discount, 0)
            - case when priced.bought.taxesincluded then coalesce(priced.tax, 0) else 0 end
            as varchar
        ),
        priced.bought.subtotalpriceset.shopmoney.amount
    ) as gross_amount,
    regexp_extract(priced.bought.customer.id, '[0-9]+$') as customer_id,
    case
        when priced.bought.customerjourneysummary.lastvisit.id is not null then priced.bought.name
    end
        as visitor_id,
    case when priced.bought.cancelledat is not null then 'cancelled' else 'placed' end as status
from priced
