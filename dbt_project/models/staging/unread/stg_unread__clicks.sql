with unread as (
    select * from {{ source('inbox', 'clicks') }}
    union all by name
    {{ mapped_rows('ga4', ref('stg_ga4__clicks'), stream_clicks()) }}
    union all by name
    {{ mapped_rows('shopify', ref('stg_shopify__clicks'), stream_clicks()) }}
)

{{ typed_rows(stream_clicks(), 'unread') }}
