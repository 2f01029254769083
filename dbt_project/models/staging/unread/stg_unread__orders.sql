-- written by `make format` from the models that feed the stream (meta: stream)
with unread as (
    select * from {{ source('inbox', 'orders') }}
    union all by name
    select
        *,
        'shopify' as source,
        'stg_shopify__orders' as mapped_by
    from {{ ref('stg_shopify__orders') }}
)

{{ typed_rows(stream_orders(), 'unread') }}
