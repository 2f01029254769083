with hours as (
    select * from {{ ref('int_collaborations__click_hours') }}
),

sums as (
    select
        collaboration_id,
        source,
        campaign_id,
        brand_id,
        sum(clicks) as clicks,
        sum(clicks_counted) as clicks_counted,
        sum(clicks_in_reports) as clicks_in_reports,
        count(*) as hours_compared,
        count(*) filter (where clicks = 0) as hours_silent,
        min(first_clicked_at) as first_clicked_at,
        max(last_clicked_at) as last_clicked_at
    from hours
    group by collaboration_id, source, campaign_id, brand_id
)

select
    collaboration_id,
    source,
    campaign_id,
    brand_id,
    cast(clicks as bigint) as clicks,
    cast(clicks_counted as bigint) as clicks_counted,
    cast(clicks_in_reports as bigint) as clicks_in_reports,
    {{ safe_divide('clicks', 'clicks_in_reports') }} as clicks_ratio,
    hours_compared,
    hours_silent,
    first_clicked_at,
    last_clicked_at
from sums
order by collaboration_id nulls last, source nulls last
