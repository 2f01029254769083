with thresholds as (
    select * from {{ source('config', 'thresholds') }}
),

attribution as (
    select * from {{ source('config', 'attribution') }}
)

select
    name,
    value
from thresholds
union all
select
    'attribution.half_life_days' as name,
    cast(half_life_days as double) as value
from attribution
union all
select
    'attribution.window_days' as name,
    cast(window_days as double) as value
from attribution
