with unread as (
    select
        *,
        cast(null as varchar) as mapped_by
    from {{ source('inbox', 'recommendations') }}
)

{{ typed_rows(stream_recommendations(), 'unread') }}
