with unread as (
    select * from {{ source('inbox', 'promo_codes') }}
)

{{ typed_rows(stream_promo_codes(), 'unread') }}
