select campaign_label, brand_name, result_state, cost_committed, attributed_revenue,
    attributed_profit, roi, roas
from views.campaign_results
