-- written by `make format` from the models that feed the stream (meta: stream)
with unread as (
    select * from {{ source('inbox', 'clicks') }}
    union all by name
    select
        *,
        'ga4' as source,
        'stg_ga4__clicks' as mapped_by
    from {{ ref('stg_ga4__clicks') }}
    union all by name
    select
        *,
        'shopify' as source,
        'stg_shopify__clicks' as mapped_by
    from {{ ref('stg_shopify__clicks') }}
)

{{ typed_rows(stream_clicks(), 'unread') }}
