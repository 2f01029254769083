with unread as (
    select *, cast(null as varchar) as mapping
    from {{ source('inbox', 'recommendations') }}
)

{{ typed_rows(stream_recommendations(), 'unread') }}
