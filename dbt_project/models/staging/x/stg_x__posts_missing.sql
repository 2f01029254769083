with records as (
    select * from {{ source('x', 'missing') }}
)

select
    records.batch_id,
    records.landing_sequence,
    records.line,
    'x' as platform,
    records.fetched_at as observed_at,
    true as is_deleted,
    left(records.fetched_at, 10) as deleted_on,
    coalesce(records.record ->> 'id', records.record ->> 'resource_id', records.record ->> 'value')
        as native_post_id
from records
