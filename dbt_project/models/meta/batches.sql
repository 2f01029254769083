select
    batch_id,
    source,
    stream,
    logical_date,
    file_name,
    query,
    status,
    rows,  -- noqa: RF04
    rejected,
    is_held
from {{ source('landing', 'batches') }}
