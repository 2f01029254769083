with unread as (
    select * from {{ source('inbox', 'fx_rates') }}
)

{{ typed_rows(stream_fx_rates(), 'unread') }}
