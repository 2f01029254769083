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
    utm_campaign
from {{ merged('campaigns') }} as campaigns
