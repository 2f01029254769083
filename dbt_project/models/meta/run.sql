select
    logical_date,
    as_of_end,
    currency,
    time_zone
from {{ source('ops', 'current_run') }}
