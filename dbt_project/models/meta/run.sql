with current_run as (
    select * from {{ source('ops', 'current_run') }}
)

select
    logical_date,
    as_of_end,
    currency,
    time_zone
from current_run
