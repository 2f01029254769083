with hours as (
    select * from {{ ref('int_collaborations__click_hours') }}
),

sums as (
    select
        brand_id,
        hour_at,
        source,
        sum(clicks) as clicks,
        sum(clicks_counted) as clicks_counted,
        sum(clicks_in_reports) as clicks_in_reports
    from hours
    group by brand_id, hour_at, source
)

select
    brand_id,
    hour_at,
    source,
    cast(clicks as bigint) as clicks,
    cast(clicks_counted as bigint) as clicks_counted,
    cast(clicks_in_reports as bigint) as clicks_in_reports,
    {{ safe_divide('clicks', 'clicks_in_reports') }} as clicks_ratio
from sums
order by brand_id nulls last, hour_at nulls last, source nulls last
