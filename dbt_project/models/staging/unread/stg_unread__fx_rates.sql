with unread as (
    select *, cast(null as varchar) as mapping
    from {{ source('inbox', 'fx_rates') }}
)

{{ typed_rows(stream_fx_rates(), 'unread') }}
