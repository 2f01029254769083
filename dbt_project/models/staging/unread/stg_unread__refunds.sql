-- written by `make format` from the models that feed the stream (meta: stream)
with unread as (
    select * from {{ source('inbox', 'refunds') }}
    union all by name
    select
        *,
        'shopify' as source,
        'stg_shopify__refunds' as mapped_by
    from {{ ref('stg_shopify__refunds') }}
)

{{ typed_rows(stream_refunds(), 'unread') }}
