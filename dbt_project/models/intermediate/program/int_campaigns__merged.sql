with campaigns as (
    select * from {{ merged('campaigns') }}
)

select
    campaign_id,
    brand_id,
    campaign_name,
    objective,
    starts_on,
    ends_on,
    budget,
    currency,
    goal_metric,
    goal_value,
    utm_campaign,
    attribution_window_days
from campaigns
