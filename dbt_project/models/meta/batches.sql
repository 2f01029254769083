with batches as (
    select * from {{ source('landing', 'batches') }}
)

select
    batch_id,
    source,
    stream,
    logical_date,
    {{ mask_names('file_name') }} as file_name,
    case
        when {{ platform_fact('names_servers', 'source') }} then query
        else {{ mask_names('query') }}
    end as query,
    status,
    rows,
    rejected,
    is_held
from batches
