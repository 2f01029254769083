with batches as (
    select * from {{ source('landing', 'batches') }}
)

select
    batch_id,
    source,
    stream,
    logical_date,
    file_name,
    query,
    status,
    rows,
    rejected,
    is_held
from batches
