with records as (
    select * from {{ source('youtube', 'missing') }}
)

select
    records.batch_id,
    records.landing_sequence,
    records.line,
    'youtube' as platform,
    records.fetched_at as observed_at,
    true as is_deleted,
    -- of one that was given up nobody knows whether it is gone
    case when records.record ->> 'given_up' is null then left(records.fetched_at, 10) end
        as deleted_on,
    records.record ->> 'id' as native_post_id
from records
