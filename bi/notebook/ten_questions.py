# %% [markdown]
# # Ten questions to a release
#
# What analysts ask first, with `reachline.open_release` and pandas. Set `REACHLINE_RELEASE` to the
# folder of a release, or run it where `data/published/current` is. NULL (missing) is not reported,
# not watched or not known, never 0.

# %%
import os

import reachline

release = reachline.open_release(os.environ.get("REACHLINE_RELEASE", "data/published/current"))
print(release.release_id, "as of", release.logical_date)

# %% [markdown]
# ## 1. Is the data whole?
# A stream is looked at when it is not fresh, did not pass its gate, or has not its usual rows.

# %%
health = release.table("data_health")
unwell = health[
    (health["freshness"] != "fresh")
    | (health["gate"] != "pass")
    | health["completeness"].isin(["below_usual", "above_usual"])
]
unwell[["source", "stream", "freshness", "gate", "completeness"]]

# %% [markdown]
# ## 2. Which campaigns returned their cost?
# `views.campaign_results` is by the default method of attribution alone, so its columns may be
# summed. Campaigns without a return are left out: nobody watched enough of their days.

# %%
campaigns = release.table("campaign_results")
returned = campaigns[campaigns["roi"].notna()].sort_values("roi", ascending=False)
returned[["campaign_name", "cost_committed", "attributed_revenue", "roi", "result_state"]]

# %% [markdown]
# ## 3. What would another method of attribution say?
# Each method shares out the same orders: compare the columns, and never add them up.

# %%
methods = release.table("campaign_results_by_method").pivot(
    index="campaign_id", columns="method", values="attributed_revenue"
)
methods

# %% [markdown]
# ## 4. Which creators brought most profit over their cost?
# Sums over the collaborations whose profit is known, against the cost of just these.

# %%
creators = release.query(
    "select creator_id, creator_name, sum(attributed_profit) as attributed_profit, "
    "sum(cost_committed) as cost_committed, "
    "sum(attributed_profit) - sum(cost_committed) as profit_after_cost "
    "from views.collaboration_results where attributed_profit is not null "
    "group by creator_id, creator_name order by profit_after_cost desc, creator_id"
)
creators.head(10)

# %% [markdown]
# ## 5. Whom to book again, and up to what fee?
# At the cost of the last collaboration: `rebook` where even the lower bound of what the next may be
# expected to bring is a profit. Below `next_break_even_fee` any of them pays.

# %%
bookings = release.query(
    "select brand_name, creator_name, verdict, expected_profit, expected_profit_low, "
    "expected_profit_high, next_break_even_fee, last_fee, last_cost from views.bookings "
    "where expected_profit is not null "
    "order by brand_name, spend_order nulls last, expected_profit desc, creator_id"
)
bookings.head(10)

# %% [markdown]
# ## 6. How did cost and revenue go by week?
# `views.campaign_money` has a row for each day on which a campaign cost or brought money.

# %%
money = release.query(
    "select date_trunc('week', date_day) as week, sum(cost) as cost, "
    "sum(attributed_revenue) as revenue from views.campaign_money group by all order by week"
)
money

# %% [markdown]
# ## 7. Which posts worked at an age of 7 days?
# Rates of posts are compared at one age; a post that is younger, or was not measured whole, has
# none.

# %%
posts = release.table("posts")
at_7_days = posts[posts["er_followers_7d"].notna()].sort_values("er_followers_7d", ascending=False)
at_7_days[["permalink", "handle", "platform", "content_type", "er_followers_7d"]].head(10)

# %% [markdown]
# ## 8. How many of the orders are of new customers?
# By the first order of a customer; orders without a customer are apart.

# %%
orders = release.query(
    "select is_new_customer, sum(credit) as orders, sum(attributed_revenue) as revenue "
    "from views.order_credits where collaboration_id is not null "
    "group by is_new_customer order by is_new_customer"
)
orders

# %% [markdown]
# ## 9. Which paid posts do not say that they are paid for?

# %%
undisclosed = posts[posts["disclosure"] == "missing"]
undisclosed[["published_on", "creator_name", "campaign_name", "permalink", "profile_url"]]

# %% [markdown]
# ## 10. Whom to approach next?

# %%
shortlist = release.table("shortlist").sort_values(["brand_name", "rank"])
shortlist[["brand_name", "rank", "handle", "platform", "profile_url", "suggested_mid", "reasons"]]

# %% [markdown]
# Where a figure comes from, down to its orders and costs:

# %%
answer = release.explain(
    "campaign_performance", campaign_id=str(campaigns["campaign_id"].iloc[0]), metric="roi"
)
print(answer.figures[0].formula, answer.figures[0].published, answer.figures[0].parts)
