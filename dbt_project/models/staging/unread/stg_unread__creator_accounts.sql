with unread as (
    select
        *,
        cast(null as varchar) as mapped_by
    from {{ source('inbox', 'creator_accounts') }}
)

{{ typed_rows(stream_creator_accounts(), 'unread') }}
