with thresholds as (
    select * from {{ source('config', 'thresholds') }}
)

select
    name,
    value
from thresholds
