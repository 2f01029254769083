with unread as (
    select * from {{ source('inbox', 'recommendations') }}
)

{{ typed_rows(stream_recommendations(), 'unread') }}
