with unread as (
    select * from {{ source('inbox', 'refunds') }}
    union all by name
    {{ mapped_rows('shopify', ref('stg_shopify__refunds'), stream_refunds()) }}
)

{{ typed_rows(stream_refunds(), 'unread') }}
