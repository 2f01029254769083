select
    records.landed,
    'bluesky' as platform,
    records.fetched_at as observed_at,
    true as is_deleted,
    records.record ->> 'uri' as native_post_id
from records
