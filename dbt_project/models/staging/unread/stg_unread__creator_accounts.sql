with unread as (
    select * from {{ source('inbox', 'creator_accounts') }}
)

{{ typed_rows(stream_creator_accounts(), 'unread') }}
