select
    records.landed,
    'tiktok' as platform,
    records.fetched_at as observed_at,
    true as is_deleted,
    records.record ->> 'id' as native_post_id
from records
