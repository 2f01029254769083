with unread as (
    select
        *,
        cast(null as varchar) as mapped_by
    from {{ source('inbox', 'promo_codes') }}
)

{{ typed_rows(stream_promo_codes(), 'unread') }}
