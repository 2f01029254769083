with thresholds as (
    select * from {{ source('config', 'thresholds') }}
),

attribution as (
    select * from {{ source('config', 'attribution') }}
),

of_attribution as (
    select
        'attribution.half_life_days' as bound,
        cast(half_life_days as double) as whole_days
    from attribution
    union all
    select
        'attribution.window_days' as bound,
        cast(window_days as double) as whole_days
    from attribution
)

select
    name,
    value
from thresholds
union all
select
    bound,
    whole_days
from of_attribution
