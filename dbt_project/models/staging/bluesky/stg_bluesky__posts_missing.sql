with records as (
    select * from {{ source('bluesky', 'missing') }}
)

select
    records.batch_id,
    records.landing_sequence,
    records.line,
    'bluesky' as platform,
    records.fetched_at as observed_at,
    true as is_deleted,
    left(records.fetched_at, 10) as deleted_on,
    records.record ->> 'uri' as native_post_id
from records
