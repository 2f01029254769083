{#-
    The one catalogue of metrics: what every published figure means. From it come `meta.metrics`,
    the SQL of the ratio columns (macro metric_column), their descriptions
    (models/docs_metrics.md, written by `make format`), their data test (follows_the_catalogue) and
    the lint that forbids summing what does not add up (reachline.sqlfluff_rules).

    name             the column, in whichever table it stands
    formula          in words
    unit             count, people, posts, share (0 to 1), ratio, points, money (reporting
                     currency), money per unit, days, units of the goal
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

    Plain YAML in a macro, since dbt can read no other file here; Python reads the same text. A night
    hands the parsed catalogue over as a variable: dbt would parse it again for each column.
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
  null_rule: none of the four is known, or none may be derived (is_derivable)
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
- name: er_followers_median
  formula: median of engagements_public / followers at posting over the measured posts, by linear interpolation
  unit: ratio
  additivity: non_additive
  zero_rule: 0 is an account of which half the posts or more got no reaction
  null_rule: no measured post
  not_reported_by: []
  source: fct_post_at_age
- name: er_followers_shrunk
  formula: (sum of engagements_public + m x K) / (sum of followers at posting + K), where m is the pooled rate of its peers (platform and tier) and K 5 x the median of their followers; few posts are pulled to the peers
  unit: ratio
  additivity: non_additive
  zero_rule: 0 is posts that nobody reacted to, its own and its peers'
  null_rule: no measured post, or no tier
  not_reported_by: []
  source: fct_post_at_age, dim_account
- name: er_percentile
  formula: share of its peers (platform and tier, itself among them) with a lower er_followers_shrunk, and half of those with the same
  unit: share
  additivity: non_additive
  zero_rule: never 0, as it is level with itself
  null_rule: no measured post, or no tier
  not_reported_by: []
  source: creator_scorecard
- name: er_views_pooled
  formula: sum of engagements_public / sum of views over the measured posts with views
  unit: ratio
  additivity: non_additive
  zero_rule: 0 is posts that nobody reacted to
  null_rule: no measured post has views
  not_reported_by: [bluesky, mastodon]
  source: fct_post_at_age
- name: posts_measured
  formula: posts of the 90 days that end with the logical date, with a complete snapshot at 7 days and followers at posting
  unit: posts
  additivity: additive
  zero_rule: 0 is no such post, and no rate
  null_rule: never
  not_reported_by: []
  source: fct_post_at_age
- name: followers_growth_30d
  formula: followers / followers 30 days before - 1, each of the last profile up to that day
  unit: ratio
  additivity: non_additive
  zero_rule: 0 is as many as 30 days before; NULL where there were none
  null_rule: either number is not known, or the older one is 0
  not_reported_by: []
  source: fct_account_daily
- name: posts_90d
  formula: posts of the 90 days that end with the logical date
  unit: posts
  additivity: additive
  zero_rule: 0 is no post
  null_rule: never
  not_reported_by: []
  source: dim_post
- name: posts_per_week
  formula: posts_90d x 7 / 90
  unit: posts
  additivity: non_additive
  zero_rule: 0 is no post
  null_rule: never
  not_reported_by: []
  source: dim_post
- name: paid_posts_90d
  formula: posts of the 90 days that are of a collaboration or carry the platform's paid label
  unit: posts
  additivity: additive
  zero_rule: 0 is no such post
  null_rule: never
  not_reported_by: []
  source: dim_post
- name: paid_posts_share
  formula: paid_posts_90d / posts_90d
  unit: share
  additivity: non_additive
  zero_rule: NULL where there are no posts
  null_rule: no post in the 90 days
  not_reported_by: []
  source: dim_post
  ratio: {of: paid_posts_90d, to: posts_90d}
- name: follower_jump_z
  formula: (largest change of followers from one day to the next in the 90 days - median change) / (1.4826 x median absolute deviation of the changes)
  unit: ratio
  additivity: non_additive
  zero_rule: 0 is no change above the usual
  null_rule: fewer than two changes, or half of them the same
  not_reported_by: []
  source: fct_account_daily
- name: follower_jump_days
  formula: days of the 90 whose followers are known, as are those of the day before; the sample of follower_jump_z
  unit: days
  additivity: additive
  zero_rule: 0 is no such day
  null_rule: never
  not_reported_by: []
  source: fct_account_daily
- name: likes_per_comment
  formula: sum of likes / sum of comments over the measured posts that have both
  unit: ratio
  additivity: non_additive
  zero_rule: NULL where there are no comments
  null_rule: no measured post has both, or there are no comments
  not_reported_by: []
  source: fct_post_at_age
- name: likes_per_comment_posts
  formula: measured posts with both likes and comments; the sample of likes_per_comment
  unit: posts
  additivity: additive
  zero_rule: 0 is no such post
  null_rule: never
  not_reported_by: []
  source: fct_post_at_age
- name: following_per_follower
  formula: accounts that it follows / its followers
  unit: ratio
  additivity: non_additive
  zero_rule: NULL where nobody follows it
  null_rule: either number is not known, or it has no followers
  not_reported_by: []
  source: profiles
  ratio: {of: following, to: followers}
- name: engagement_variation
  formula: sample standard deviation / mean of engagements_public over the measured posts
  unit: ratio
  additivity: non_additive
  zero_rule: 0 is the same reactions on every post
  null_rule: fewer than two measured posts, or a mean of 0
  not_reported_by: []
  source: fct_post_at_age
- name: authenticity_score
  formula: 100 less the points of each penalty in config/authenticity.csv whose bound a signal passes on a sample that is large enough, not below 0; no share of fake followers
  unit: points
  additivity: non_additive
  zero_rule: 0 is penalties of 100 points or more
  null_rule: never; a signal that is not known costs nothing
  not_reported_by: []
  source: creator_scorecard, config/authenticity.csv
- name: relevance
  formula: share of the account's posts of the 90 days that end with the logical date with one of the brand's hashtags or niches among their hashtags, or one of its keywords in the text
  unit: share
  additivity: non_additive
  zero_rule: 0 is no such post
  null_rule: never
  not_reported_by: []
  source: dim_post, config/brands.yml
- name: affinity
  formula: "share that holds of four: works with a competitor, is a customer, was recommended, posted on an event of the brand"
  unit: share
  additivity: non_additive
  zero_rule: 0 is none of the four
  null_rule: never
  not_reported_by: []
  source: fct_mentions, customers, recommendations, events
- name: score
  formula: weighted mean of relevance, er_percentile (0 where it is not known), authenticity_score / 100 and affinity, by the weights of config/discovery.csv
  unit: share
  additivity: non_additive
  zero_rule: 0 is nothing that speaks for it
  null_rule: never
  not_reported_by: []
  source: discovery_shortlist, config/discovery.csv
- name: ratio_to_macro
  formula: er_followers_p50 of the tier / that of macro on the platform
  unit: ratio
  additivity: non_additive
  zero_rule: NULL where macro's is 0
  null_rule: fewer than 5 accounts in either
  not_reported_by: []
  source: tier_benchmarks
- name: er_followers_p50_low
  formula: lower end of the 95 % interval of er_followers_p50, the k-th smallest of the accounts' pooled rates, with the largest k for which fewer than k of so many fair tosses come up at most 2.5 % of the time; it assumes nothing about how rates are spread
  unit: ratio
  additivity: non_additive
  zero_rule: 0 where that account got no reaction
  null_rule: fewer than 6 accounts
  not_reported_by: []
  source: tier_benchmarks
- name: er_followers_p50_high
  formula: upper end of the 95 % interval of er_followers_p50, the k-th largest of the accounts' pooled rates, with k as for the lower end
  unit: ratio
  additivity: non_additive
  zero_rule: 0 where that account got no reaction
  null_rule: fewer than 6 accounts
  not_reported_by: []
  source: tier_benchmarks
- name: ratio_to_macro_low
  formula: er_followers_p50_low of the tier / er_followers_p50_high of macro on the platform; with the upper end an interval that is wider than 95 % asks, and holds for small tiers too
  unit: ratio
  additivity: non_additive
  zero_rule: NULL where macro's end is 0
  null_rule: fewer than 6 accounts in either
  not_reported_by: []
  source: tier_benchmarks
- name: ratio_to_macro_high
  formula: er_followers_p50_high of the tier / er_followers_p50_low of macro on the platform
  unit: ratio
  additivity: non_additive
  zero_rule: NULL where macro's end is 0
  null_rule: fewer than 6 accounts in either
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
  formula: costs that count as committed; in campaign_daily those of the day on which they were incurred, in creator_relationships those of all collaborations of the two
  unit: money
  additivity: additive
  zero_rule: 0 is no cost
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

# --- how creators answer
- name: contacted
  formula: approaches (outreach_id) that were ever noted as contacted
  unit: count
  additivity: additive
  zero_rule: 0 is nobody noted as contacted
  null_rule: never
  not_reported_by: []
  source: outreach
- name: replied
  formula: approaches that were ever noted as replied
  unit: count
  additivity: additive
  zero_rule: 0 is no reply
  null_rule: never
  not_reported_by: []
  source: outreach
- name: negotiating
  formula: approaches that were ever noted as negotiating
  unit: count
  additivity: additive
  zero_rule: 0 is no negotiation
  null_rule: never
  not_reported_by: []
  source: outreach
- name: agreed
  formula: approaches that were ever noted as agreed
  unit: count
  additivity: additive
  zero_rule: 0 is no agreement
  null_rule: never
  not_reported_by: []
  source: outreach
- name: declined
  formula: approaches that were ever noted as declined
  unit: count
  additivity: additive
  zero_rule: 0 is nobody declined
  null_rule: never
  not_reported_by: []
  source: outreach
- name: no_reply
  formula: approaches that were ever noted as no_reply; one that was answered later counts in replied, too
  unit: count
  additivity: additive
  zero_rule: 0 is nobody noted as silent
  null_rule: never
  not_reported_by: []
  source: outreach
- name: reply_rate
  formula: replied / contacted
  unit: ratio
  additivity: non_additive
  zero_rule: NULL where nobody was contacted
  null_rule: nobody is noted as contacted
  not_reported_by: []
  source: outreach
  ratio: {of: replied, to: contacted}
- name: agree_rate
  formula: agreed / contacted
  unit: ratio
  additivity: non_additive
  zero_rule: NULL where nobody was contacted
  null_rule: nobody is noted as contacted
  not_reported_by: []
  source: outreach
  ratio: {of: agreed, to: contacted}
- name: median_days_to_reply
  formula: median of the days from contacted to replied, to the second, over approaches that have both, in that order
  unit: days
  additivity: non_additive
  zero_rule: 0 is a reply in the same second
  null_rule: no approach has both
  not_reported_by: []
  source: outreach

# --- whether a campaign is on its way
- name: deliverables
  formula: deliverables of live collaborations
  unit: count
  additivity: additive
  zero_rule: 0 is nothing agreed to be delivered
  null_rule: never
  not_reported_by: []
  source: deliverables
- name: deliverables_due
  formula: of these, due on the logical date or before
  unit: count
  additivity: additive
  zero_rule: 0 is nothing due yet
  null_rule: never
  not_reported_by: []
  source: deliverables
- name: deliverables_live
  formula: of all deliverables, those whose URL is that of a post published up to the logical date
  unit: count
  additivity: additive
  zero_rule: 0 is nothing delivered yet
  null_rule: never
  not_reported_by: []
  source: deliverables, dim_post
- name: deliverables_late
  formula: due before the logical date and not live
  unit: count
  additivity: additive
  zero_rule: 0 is nothing late
  null_rule: never
  not_reported_by: []
  source: deliverables, dim_post
- name: goal_value
  formula: how much of goal_metric is the goal, as it was given; in campaign_pacing a revenue goal is told in the reporting currency, at the rate of the campaign's first day (of the logical date where that is earlier)
  unit: units of the goal
  additivity: non_additive
  zero_rule: 0 is a goal of nothing, which no pacing can be told of
  null_rule: no goal is given, or a revenue goal has no currency or no exchange rate
  not_reported_by: []
  source: campaigns, fx_rates
- name: actual
  formula: the campaign's own figure of goal_metric in campaign_performance, by the default method
  unit: units of the goal
  additivity: non_additive
  zero_rule: 0 is nothing so far
  null_rule: there is no goal_metric, or its figure is not known
  not_reported_by: []
  source: campaign_performance
- name: elapsed_days
  formula: days from the campaign's start to the logical date or its end, both inclusive
  unit: days
  additivity: non_additive
  zero_rule: 0 is not started
  null_rule: never
  not_reported_by: []
  source: campaigns
- name: total_days
  formula: days from the campaign's start to its end, both inclusive
  unit: days
  additivity: non_additive
  zero_rule: 0 is a campaign that ends before it starts
  null_rule: never
  not_reported_by: []
  source: campaigns
- name: expected_to_date
  formula: goal_value x elapsed_days / total_days
  unit: units of the goal
  additivity: non_additive
  zero_rule: 0 before the start, or where the goal is 0
  null_rule: there is no goal
  not_reported_by: []
  source: campaigns
  ratio: {of: goal_value * elapsed_days, to: total_days, where: goal_metric is not null}
- name: pacing
  formula: actual / expected_to_date
  unit: ratio
  additivity: non_additive
  zero_rule: NULL where nothing is expected yet
  null_rule: there is no goal, nothing is expected yet, or the figure is not known
  not_reported_by: []
  source: campaign_performance, campaigns
  ratio: {of: actual * total_days, to: goal_value * elapsed_days}
- name: projected
  formula: actual x total_days / elapsed_days
  unit: units of the goal
  additivity: non_additive
  zero_rule: NULL before the start
  null_rule: there is no goal_metric, the figure is not known, or the campaign has not started
  not_reported_by: []
  source: campaign_performance, campaigns
  ratio: {of: actual * total_days, to: elapsed_days}

# --- who stays
- name: collaborations
  formula: live collaborations of a brand and a creator
  unit: count
  additivity: additive
  zero_rule: there is no row without one
  null_rule: never
  not_reported_by: []
  source: collaborations
- name: tenure_days
  formula: days from the start of the first campaign to the end of the last or the logical date, both inclusive, breaks included
  unit: days
  additivity: non_additive
  zero_rule: 0 is yet to begin
  null_rule: never
  not_reported_by: []
  source: campaigns, collaborations
- name: roi_first
  formula: roi of the first live collaboration of a brand and a creator
  unit: ratio
  additivity: non_additive
  zero_rule: 0 is a return that equals the cost
  null_rule: as roi
  not_reported_by: []
  source: fct_attribution, fct_costs
- name: roi_last
  formula: roi of the last live collaboration of a brand and a creator
  unit: ratio
  additivity: non_additive
  zero_rule: 0 is a return that equals the cost
  null_rule: as roi
  not_reported_by: []
  source: fct_attribution, fct_costs

# --- what a creator should be paid
- name: expected_engagements
  formula: er_followers_shrunk x followers, what one post of the account can be expected to bring
  unit: count
  additivity: non_additive
  zero_rule: 0 is no followers, or peers that nobody reacts to
  null_rule: er_followers_shrunk is NULL
  not_reported_by: []
  source: creator_scorecard
- name: peer_cpe_p25
  formula: first quartile of cost_committed / engagements over the collaborations that it is compared with, by linear interpolation
  unit: money per unit
  additivity: non_additive
  zero_rule: 0 is a quarter of them or more free of cost
  null_rule: no live collaboration has engagements
  not_reported_by: []
  source: collaboration_performance
- name: peer_cpe_p50
  formula: median of cost_committed / engagements over the collaborations that it is compared with, by linear interpolation
  unit: money per unit
  additivity: non_additive
  zero_rule: 0 is half of them or more free of cost
  null_rule: no live collaboration has engagements
  not_reported_by: []
  source: collaboration_performance
- name: peer_cpe_p75
  formula: third quartile of cost_committed / engagements over the collaborations that it is compared with, by linear interpolation
  unit: money per unit
  additivity: non_additive
  zero_rule: 0 is most of them free of cost
  null_rule: no live collaboration has engagements
  not_reported_by: []
  source: collaboration_performance
- name: suggested_low
  formula: expected_engagements x peer_cpe_p25, rounded half up; a fee for one post
  unit: money
  additivity: non_additive
  zero_rule: 0 where nothing is expected, or peers are free of cost
  null_rule: expected_engagements or peer_cpe_p25 is NULL
  not_reported_by: []
  source: fair_compensation
- name: suggested_mid
  formula: expected_engagements x peer_cpe_p50, rounded half up; a fee for one post
  unit: money
  additivity: non_additive
  zero_rule: 0 where nothing is expected, or peers are free of cost
  null_rule: expected_engagements or peer_cpe_p50 is NULL
  not_reported_by: []
  source: fair_compensation
- name: suggested_high
  formula: expected_engagements x peer_cpe_p75, rounded half up; a fee for one post
  unit: money
  additivity: non_additive
  zero_rule: 0 where nothing is expected, or peers are free of cost
  null_rule: expected_engagements or peer_cpe_p75 is NULL
  not_reported_by: []
  source: fair_compensation
- name: actual_cost_per_post
  formula: cost_committed of the creator's latest live collaboration / its deliverables
  unit: money per unit
  additivity: non_additive
  zero_rule: 0 is free of cost
  null_rule: no live collaboration, or one without deliverables or with a cost that has no rate
  not_reported_by: []
  source: fct_costs, deliverables
  ratio: {of: latest_cost_committed, to: latest_deliverables}
- name: latest_cost_committed
  formula: cost_committed of the creator's latest live collaboration
  unit: money
  additivity: semi_additive
  not_over: the accounts of a creator, which repeat it
  zero_rule: 0 is free of cost
  null_rule: no live collaboration, or a cost of it has no exchange rate
  not_reported_by: []
  source: fct_costs
- name: latest_deliverables
  formula: deliverables of the creator's latest live collaboration
  unit: count
  additivity: semi_additive
  not_over: the accounts of a creator, which repeat them
  zero_rule: 0 is none planned yet
  null_rule: no live collaboration
  not_reported_by: []
  source: deliverables
{% endset %}
{{ return(var('metric_catalogue', none) or fromyaml(text)) }}
{% endmacro %}
