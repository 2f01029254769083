with unread as (
    select * from {{ source('inbox', 'orders') }}
    union all by name
    {{ mapped_rows('shopify', ref('stg_shopify__orders'), stream_orders()) }}
)

{{ typed_rows(stream_orders(), 'unread') }}
