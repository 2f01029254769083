{#-
    The one catalogue of metrics: what every published figure means. From it come `meta.metrics`,
    the SQL of the ratio columns (macro metric_column), their descriptions
    (models/docs_metrics.md, written by `make format`), their data test (follows_the_catalogue) and
    the lint that forbids summing what does not add up (reachline.sqlfluff_rules).

    name             the column, in whichever table it stands
    formula          in words
    unit             count, people, posts, share (0 to 1), ratio, money (reporting currency),
                     money per unit, days
    additivity       additive: rows may be summed. semi_additive: they may, but not over what
                     `not_over` names. non_additive: never; compute it from its parts again.
    zero_rule        what a zero means, or a denominator of 0 does
    null_rule        when it is NULL
    not_reported_by  platforms that do not give it to anybody
    source           the stream or table that it is made of
    ratio            {of, to, times, where}: times x of / to, over columns of the row; NULL where
                     `where` does not hold
    interval         {of, to, bound}: a bound of the 95 % Wilson interval of of / to
    upper_bound_of   a sum of a non-additive metric that is published under this name on purpose

    Plain YAML in a macro, since dbt can read no other file here; Python reads the same text.
-#}
{% macro metric_catalogue() %}
{% set text %}
# --- what a post has, as its platform counts it
- name: likes
  formula: likes of a post, as its platform counts them
  unit: count
  additivity: semi_additive
  not_over: snapshots or days of one post, which count the same likes again
  zero_rule: 0 is a post that nobody liked
  null_rule: the platform hides or does not report them
  not_reported_by: []
  source: post_metrics
- name: comments
  formula: comments or replies on a post
  unit: count
  additivity: semi_additive
  not_over: snapshots or days of one post, which count the same comments again
  zero_rule: 0 is a post that nobody commented
  null_rule: the platform hides or does not report them
  not_reported_by: []
  source: post_metrics
- name: shares
  formula: shares, reposts or boosts of a post
  unit: count
  additivity: semi_additive
  not_over: snapshots or days of one post, which count the same shares again
  zero_rule: 0 is a post that nobody shared
  null_rule: not reported
  not_reported_by: [youtube]
  source: post_metrics
- name: saves
  formula: saves or bookmarks of a post
  unit: count
  additivity: semi_additive
  not_over: snapshots or days of one post, which count the same saves again
  zero_rule: 0 is a post that nobody saved
  null_rule: not reported; most platforms tell them to the author alone
  not_reported_by: [bluesky, mastodon, youtube]
  source: post_metrics
- name: views
  formula: views or plays of a post, as its platform counts them
  unit: count
  additivity: semi_additive
  not_over: snapshots or days of one post, which count the same views again
  zero_rule: 0 is a post that nobody viewed
  null_rule: not reported
  not_reported_by: [bluesky, mastodon]
  source: post_metrics
- name: reach
  formula: people who saw a post
  unit: people
  additivity: non_additive
  zero_rule: 0 is a post that nobody saw
  null_rule: not reported; platforms tell it to the author alone
  not_reported_by: [bluesky, mastodon, x, youtube]
  source: post_metrics
- name: reach_sum_of_posts
  formula: sum of the reach of the posts; an upper bound of the people reached, as one person may have seen several
  unit: people
  additivity: additive
  zero_rule: 0 is posts that nobody saw
  null_rule: no post's reach is known
  not_reported_by: [bluesky, mastodon, x, youtube]
  source: post_metrics
  upper_bound_of: reach
- name: impressions
  formula: times that a post was shown; over posts, a post without impressions counts its views (impressions_basis says so)
  unit: count
  additivity: semi_additive
  not_over: snapshots or days of one post, which count the same impressions again
  zero_rule: 0 is a post that was never shown
  null_rule: neither impressions nor views are known
  not_reported_by: [bluesky, mastodon, youtube]
  source: post_metrics
- name: engagements
  formula: likes + comments + shares + saves, those that are known
  unit: count
  additivity: semi_additive
  not_over: snapshots or days of one post, which count the same engagements again
  zero_rule: 0 is a post that nobody reacted to
  null_rule: none of the four is known
  not_reported_by: []
  source: post_metrics
- name: engagements_public
  formula: the components that every public post of the platform carries (config/platform_metrics.csv), together
  unit: count
  additivity: semi_additive
  not_over: snapshots or days of one post, which count the same engagements again
  zero_rule: 0 is a post that nobody reacted to
  null_rule: one of the components is missing (hidden likes)
  not_reported_by: []
  source: post_metrics, config/platform_metrics.csv
- name: engagements_change
  formula: engagements less those of the row before
  unit: count
  additivity: additive
  zero_rule: 0 is no change
  null_rule: there is no row before, or either is not known
  not_reported_by: []
  source: fct_post_daily
- name: er_followers
  formula: engagements_public / followers at posting
  unit: ratio
  additivity: non_additive
  zero_rule: NULL where there are no followers
  null_rule: the snapshot is not complete, or no number of followers is known
  not_reported_by: []
  source: fct_post_at_age
  ratio: {of: engagements_public, to: followers_at_post}
- name: er_views
  formula: engagements_public / views
  unit: ratio
  additivity: non_additive
  zero_rule: NULL where there are no views
  null_rule: the snapshot is not complete, or views are not reported
  not_reported_by: [bluesky, mastodon]
  source: fct_post_at_age
  ratio: {of: engagements_public, to: views}
- name: er_reach
  formula: engagements_public / reach
  unit: ratio
  additivity: non_additive
  zero_rule: NULL where nobody was reached
  null_rule: the snapshot is not complete, or reach is not reported
  not_reported_by: [bluesky, mastodon, x, youtube]
  source: fct_post_at_age
  ratio: {of: engagements_public, to: reach}

# --- what an account has
- name: followers
  formula: followers of an account
  unit: people
  additivity: semi_additive
  not_over: days, nor accounts where people are meant, as one person follows several
  zero_rule: 0 is an account that nobody follows
  null_rule: no profile, or not reported
  not_reported_by: []
  source: profiles
- name: followers_change
  formula: followers less those of the row before
  unit: people
  additivity: additive
  zero_rule: 0 is no change
  null_rule: there is no row before, or either is not known
  not_reported_by: []
  source: fct_account_daily
- name: er_followers_pooled
  formula: sum of engagements_public / sum of followers at posting, over complete 7-day snapshots of the 90 days that end with the logical date
  unit: ratio
  additivity: non_additive
  zero_rule: 0 is posts that nobody reacted to
  null_rule: no such post
  not_reported_by: []
  source: fct_post_at_age
- name: ratio_to_macro
  formula: er_followers_p50 of the tier / that of macro on the platform
  unit: ratio
  additivity: non_additive
  zero_rule: NULL where macro's is 0
  null_rule: fewer than 5 accounts in either
  not_reported_by: []
  source: tier_benchmarks

# --- who talks about a brand
- name: share_of_posts
  formula: posts of the voice / the sum of all voices' posts
  unit: share
  additivity: non_additive
  zero_rule: NULL where nobody is mentioned
  null_rule: nobody is mentioned in that week
  not_reported_by: []
  source: fct_mentions
- name: share_of_engagements
  formula: engagements of the voice's posts / those of all voices' posts
  unit: share
  additivity: non_additive
  zero_rule: NULL where nobody reacted
  null_rule: no engagements are known
  not_reported_by: []
  source: fct_mentions
- name: growth
  formula: posts of the week / mean of the 4 weeks before, less 1
  unit: ratio
  additivity: non_additive
  zero_rule: NULL where the 4 weeks before had no post
  null_rule: the 4 weeks before had no post
  not_reported_by: []
  source: hashtag_trends
- name: z_score
  formula: (posts - mean of the 4 weeks before) / root of that mean, at least 1
  unit: ratio
  additivity: non_additive
  zero_rule: 0 is as many posts as usual
  null_rule: never
  not_reported_by: []
  source: hashtag_trends
- name: mentions_earned
  formula: distinct posts with an earned mention of the campaign's brand from its start to its end
  unit: posts
  additivity: non_additive
  zero_rule: 0 is no such post
  null_rule: in collaboration_performance, where it has no meaning
  not_reported_by: []
  source: fct_mentions

# --- what it brought
- name: posts
  formula: distinct posts
  unit: posts
  additivity: semi_additive
  not_over: attribution methods, which repeat them, nor hashtags, of which a post has several
  zero_rule: 0 is no post
  null_rule: never
  not_reported_by: []
  source: dim_post
- name: valid_clicks
  formula: clicks that are neither a bot's nor a duplicate within 30 minutes
  unit: count
  additivity: semi_additive
  not_over: attribution methods, which repeat them
  zero_rule: 0 is nobody clicked
  null_rule: never
  not_reported_by: []
  source: clicks
- name: converting_orders
  formula: distinct orders with a click touch of the collaboration, or of any collaboration of the campaign
  unit: count
  additivity: non_additive
  zero_rule: 0 is no such order
  null_rule: never
  not_reported_by: []
  source: fct_attribution
- name: net_revenue
  formula: gross - discount - refunds up to the logical date, not below 0, at the rate of the order's day
  unit: money
  additivity: additive
  zero_rule: 0 is an order that was given away or came back whole
  null_rule: there is no exchange rate
  not_reported_by: []
  source: orders, refunds, fx_rates
- name: gross_profit
  formula: net_revenue less the cost of the goods that were kept
  unit: money
  additivity: additive
  zero_rule: 0 is an order that earned what it cost
  null_rule: the cost of goods or the exchange rate is not known
  not_reported_by: []
  source: orders, refunds, fx_rates
- name: credit
  formula: the part of an order that a method gives to a touch; 1 for each order and method
  unit: share
  additivity: semi_additive
  not_over: attribution methods, each of which gives every order away once
  zero_rule: a touch without credit has no row
  null_rule: never
  not_reported_by: []
  source: fct_attribution
- name: attributed_orders
  formula: sum of credit
  unit: count
  additivity: semi_additive
  not_over: attribution methods, each of which gives every order away once
  zero_rule: 0 is no order
  null_rule: never
  not_reported_by: []
  source: fct_attribution
- name: attributed_revenue
  formula: net_revenue x credit
  unit: money
  additivity: semi_additive
  not_over: attribution methods, each of which gives every order away once
  zero_rule: 0 is no revenue
  null_rule: of one touch, where the order's revenue is not known; a sum over nothing is 0
  not_reported_by: []
  source: fct_attribution
- name: attributed_profit
  formula: gross_profit x credit, where the profit is known (profit_coverage says how much that is)
  unit: money
  additivity: semi_additive
  not_over: attribution methods, each of which gives every order away once
  zero_rule: 0 is no profit
  null_rule: of one touch, where the order's profit is not known; a sum over nothing is 0
  not_reported_by: []
  source: fct_attribution
- name: profit_coverage
  formula: attributed revenue of the orders whose profit is known / attributed revenue
  unit: share
  additivity: non_additive
  zero_rule: 1 where there is no attributed revenue
  null_rule: never
  not_reported_by: []
  source: fct_attribution

# --- what it cost, and the ratios
- name: cost_committed
  formula: "fee (else its payments) + product cost (else its payments) + commission, shipping and boost; of a collaboration that is not live: what was paid"
  unit: money
  additivity: semi_additive
  not_over: attribution methods, which repeat it
  zero_rule: 0 is free of cost
  null_rule: never; amounts without an exchange rate are left out, and a gate warns
  not_reported_by: []
  source: fct_costs
- name: cost_paid
  formula: payments that are paid
  unit: money
  additivity: semi_additive
  not_over: attribution methods, which repeat it
  zero_rule: 0 is nothing paid yet
  null_rule: never; amounts without an exchange rate are left out, and a gate warns
  not_reported_by: []
  source: fct_costs
- name: cost
  formula: costs that count as committed, by the day on which they were incurred
  unit: money
  additivity: additive
  zero_rule: 0 is no cost on that day
  null_rule: never; amounts without an exchange rate are left out, and a gate warns
  not_reported_by: []
  source: fct_costs
- name: emv
  formula: earned media value, the sum of count x rate over its paid posts (config/emv_rates.csv); no part of roi
  unit: money
  additivity: semi_additive
  not_over: attribution methods, which repeat it
  zero_rule: 0 is no paid post whose actions have a rate
  null_rule: of one post, where no action has both a count and a rate
  not_reported_by: []
  source: post_metrics, config/emv_rates.csv
- name: roi
  formula: (attributed_profit - cost_committed) / cost_committed
  unit: ratio
  additivity: non_additive
  zero_rule: NULL where there is no cost
  null_rule: no cost, or profit_coverage is below profit_coverage_min (config/thresholds.yml)
  not_reported_by: []
  source: fct_attribution, fct_costs
  ratio: {of: attributed_profit - cost_committed, to: cost_committed, where: profit_coverage >= profit_coverage_min}
- name: roas
  formula: attributed_revenue / cost_committed
  unit: ratio
  additivity: non_additive
  zero_rule: NULL where there is no cost
  null_rule: no cost
  not_reported_by: []
  source: fct_attribution, fct_costs
  ratio: {of: attributed_revenue, to: cost_committed}
- name: cpm
  formula: 1000 x cost_committed / impressions
  unit: money per unit
  additivity: non_additive
  zero_rule: NULL where there are no impressions
  null_rule: no impressions are known
  not_reported_by: [bluesky, mastodon]
  source: fct_costs, post_metrics
  ratio: {of: cost_committed, to: impressions, times: 1000}
- name: cpe
  formula: cost_committed / engagements
  unit: money per unit
  additivity: non_additive
  zero_rule: NULL where there are no engagements
  null_rule: no engagements are known
  not_reported_by: []
  source: fct_costs, post_metrics
  ratio: {of: cost_committed, to: engagements}
- name: cpc
  formula: cost_committed / valid_clicks
  unit: money per unit
  additivity: non_additive
  zero_rule: NULL where nobody clicked
  null_rule: nobody clicked
  not_reported_by: []
  source: fct_costs, clicks
  ratio: {of: cost_committed, to: valid_clicks}
- name: cpa
  formula: cost_committed / attributed_orders
  unit: money per unit
  additivity: non_additive
  zero_rule: NULL where there are no orders
  null_rule: no order is attributed
  not_reported_by: []
  source: fct_costs, fct_attribution
  ratio: {of: cost_committed, to: attributed_orders}
- name: ctr
  formula: valid_clicks / impressions
  unit: ratio
  additivity: non_additive
  zero_rule: NULL where there are no impressions
  null_rule: no impressions are known
  not_reported_by: [bluesky, mastodon]
  source: clicks, post_metrics
  ratio: {of: valid_clicks, to: impressions}
- name: ctr_low
  formula: lower bound of the 95 % Wilson interval of ctr (z = 1.959964)
  unit: ratio
  additivity: non_additive
  zero_rule: 0 where nobody clicked
  null_rule: ctr is NULL or above 1
  not_reported_by: [bluesky, mastodon]
  source: clicks, post_metrics
  interval: {of: valid_clicks, to: impressions, bound: low}
- name: ctr_high
  formula: upper bound of the 95 % Wilson interval of ctr (z = 1.959964)
  unit: ratio
  additivity: non_additive
  zero_rule: above 0 also where nobody clicked
  null_rule: ctr is NULL or above 1
  not_reported_by: [bluesky, mastodon]
  source: clicks, post_metrics
  interval: {of: valid_clicks, to: impressions, bound: high}
- name: conversion_rate
  formula: converting_orders / valid_clicks
  unit: ratio
  additivity: non_additive
  zero_rule: NULL where nobody clicked
  null_rule: nobody clicked
  not_reported_by: []
  source: fct_orders, clicks
  ratio: {of: converting_orders, to: valid_clicks}
- name: conversion_rate_low
  formula: lower bound of the 95 % Wilson interval of conversion_rate (z = 1.959964)
  unit: ratio
  additivity: non_additive
  zero_rule: 0 where no click was followed by an order
  null_rule: conversion_rate is NULL or above 1
  not_reported_by: []
  source: fct_orders, clicks
  interval: {of: converting_orders, to: valid_clicks, bound: low}
- name: conversion_rate_high
  formula: upper bound of the 95 % Wilson interval of conversion_rate (z = 1.959964)
  unit: ratio
  additivity: non_additive
  zero_rule: above 0 also where no click was followed by an order
  null_rule: conversion_rate is NULL or above 1
  not_reported_by: []
  source: fct_orders, clicks
  interval: {of: converting_orders, to: valid_clicks, bound: high}
{% endset %}
{{ return(fromyaml(text)) }}
{% endmacro %}
