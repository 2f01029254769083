select
    name,
    value
from {{ source('config', 'thresholds') }}
