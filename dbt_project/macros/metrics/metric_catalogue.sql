{#-
    The one catalogue of metrics: what every published figure means. From it come `meta.metrics`,
    the headers and formats of the report, the workbook and the BI tools, the SQL of the ratio columns
    (macro metric_column), their descriptions (models/docs_metrics.md, written by `make format`), their
    data test (follows_the_catalogue) and the lint that forbids summing what does not add up (reachline.sqlfluff_rules).

    name             the column, in whichever table it stands
    label            what stands over it where people read it
    short_label      the same where there is little room; without one, the label
    formula          in words
    unit             count, people, posts, share (0 to 1), ratio, points, money (reporting
                     currency), money per unit, days, units of the goal
    format           how people read it: number, percent, times (2.5×), fraction (three decimals),
                     money, small money (up to four decimals); signed number and signed percent of
                     what may go up or down
    is_estimate      it is worked out of something else than counts of the thing itself
    additivity       additive: rows may be summed. semi_additive: they may, but not over what
                     `not_over` names. non_additive: never; compute it from its parts again.
    zero_rule        what a zero means, or a denominator of 0 does
    null_rule        when it is NULL
    needs_any        figures of a platform of which it needs one: a platform that reports none of
                     them (never_reports of its module in configuration/platforms) has no value
    source           the stream or table that it is made of
    watched_by       the streams, orders and clicks, without which it is not known: of a campaign or
                     collaboration none of whose days they tell of (meta.coverage), and before its
                     start, it is NULL
    ratio            {of, to, times, where}: times x of / to, over columns of the row; NULL where
                     one of `where` (conditions `name >= name or number`) does not hold
    interval         {of, to, bound}: a bound of the 95 % Wilson interval of of / to
    upper_bound_of   a sum of a non-additive metric that is published under this name on purpose

    Plain YAML in a macro, since dbt can read no other file here; Python reads the same text. A night
    hands the parsed catalogue over as a variable: dbt would parse it again for each column.
-#}
{% macro metric_catalogue() %}
{% set text %}
# --- what a post has, as its platform counts it
- name: likes
  label: Likes
  formula: likes of a post, as its platform counts them
  unit: count
  format: number
  additivity: semi_additive
  not_over: snapshots or days of one post, which count the same likes again
  zero_rule: 0 is a post that nobody liked
  null_rule: the platform hides or does not report them
  source: post_metrics
- name: comments
  label: Comments
  formula: comments or replies on a post
  unit: count
  format: number
  additivity: semi_additive
  not_over: snapshots or days of one post, which count the same comments again
  zero_rule: 0 is a post that nobody commented
  null_rule: the platform hides or does not report them
  source: post_metrics
- name: shares
  label: Shares
  formula: shares, reposts or boosts of a post
  unit: count
  format: number
  additivity: semi_additive
  not_over: snapshots or days of one post, which count the same shares again
  zero_rule: 0 is a post that nobody shared
  null_rule: not reported
  needs_any: [shares]
  source: post_metrics
- name: saves
  label: Saves
  formula: saves or bookmarks of a post
  unit: count
  format: number
  additivity: semi_additive
  not_over: snapshots or days of one post, which count the same saves again
  zero_rule: 0 is a post that nobody saved
  null_rule: not reported; most platforms tell them to the author alone
  needs_any: [saves]
  source: post_metrics
- name: views
  label: Views
  formula: views or plays of a post, as its platform counts them
  unit: count
  format: number
  additivity: semi_additive
  not_over: snapshots or days of one post, which count the same views again
  zero_rule: 0 is a post that nobody viewed
  null_rule: not reported
  needs_any: [views]
  source: post_metrics
- name: reach
  label: Reach
  formula: people who saw a post
  unit: people
  format: number
  additivity: non_additive
  zero_rule: 0 is a post that nobody saw
  null_rule: not reported; platforms tell it to the author alone
  needs_any: [reach]
  source: post_metrics
- name: reach_sum_of_posts
  label: Reach, sum of the posts that report it
  short_label: Reach, sum of posts
  formula: sum of the reach of the posts; an upper bound of the people reached, as one person may have seen several
  unit: people
  format: number
  additivity: additive
  zero_rule: 0 is posts that nobody saw
  null_rule: no post's reach is known
  needs_any: [reach]
  source: post_metrics
  upper_bound_of: reach
- name: impressions
  label: Impressions
  formula: times that a post was shown; over posts, a post without impressions, or whose views were measured after its last impressions, counts its views (impressions_basis says so)
  unit: count
  format: number
  additivity: semi_additive
  not_over: snapshots or days of one post, which count the same impressions again
  zero_rule: 0 is a post that was never shown
  null_rule: neither impressions nor views are known
  needs_any: [impressions]
  source: post_metrics
- name: engagements
  label: Engagements
  formula: likes + comments + shares + saves, those that are known
  unit: count
  format: number
  additivity: semi_additive
  not_over: snapshots or days of one post, which count the same engagements again
  zero_rule: 0 is a post that nobody reacted to
  null_rule: none of the four is known, or none may be derived (is_derivable)
  source: post_metrics
- name: engagements_public
  label: Engagements public
  formula: the components that every public post of the platform carries (config/platform_metrics.csv), together, less what advertising brought
  unit: count
  format: number
  additivity: semi_additive
  not_over: snapshots or days of one post, which count the same engagements again
  zero_rule: 0 is a post that nobody reacted to
  null_rule: one of the components is missing (hidden likes), or more is told of as paid than there is
  source: post_metrics, config/platform_metrics.csv
- name: paid_engagements
  label: Engagements by advertising
  short_label: Paid engagements
  formula: likes + comments + shares + saves that advertising brought, those that are told of; a part of engagements
  unit: count
  format: number
  additivity: semi_additive
  not_over: snapshots or days of one post, which count the same engagements again
  zero_rule: 0 is advertising that nobody reacted to
  null_rule: no source tells what advertising brought
  source: post_metrics
- name: paid_views
  label: Views by advertising
  short_label: Paid views
  formula: views that advertising brought; a part of views
  unit: count
  format: number
  additivity: semi_additive
  not_over: snapshots or days of one post, which count the same views again
  zero_rule: 0 is advertising that nobody viewed
  null_rule: no source tells what advertising brought
  source: post_metrics
- name: paid_reach
  label: Reach by advertising
  short_label: Paid reach
  formula: people whom advertising reached; a part of reach, some of whom saw the post without it, too
  unit: people
  format: number
  additivity: non_additive
  zero_rule: 0 is advertising that nobody saw
  null_rule: no source tells what advertising brought
  source: post_metrics
- name: paid_reach_sum_of_posts
  label: Reach by advertising, sum of the posts that report it
  short_label: Paid reach, sum of posts
  formula: sum of the reach by advertising of the posts; an upper bound of the people reached by it
  unit: people
  format: number
  additivity: additive
  zero_rule: 0 is advertising that nobody saw
  null_rule: no source tells what advertising brought
  source: post_metrics
  upper_bound_of: paid_reach
- name: paid_impressions
  label: Impressions by advertising
  short_label: Paid impressions
  formula: times that advertising showed a post; over posts, of one whose views stand in for impressions its paid views
  unit: count
  format: number
  additivity: semi_additive
  not_over: snapshots or days of one post, which count the same impressions again
  zero_rule: 0 is advertising that was never shown
  null_rule: no source tells what advertising brought
  source: post_metrics
- name: organic_likes
  label: Likes without advertising
  short_label: Organic likes
  formula: likes less those that advertising brought by then as last told
  unit: count
  format: number
  additivity: semi_additive
  not_over: snapshots or days of one post, which count the same likes again
  zero_rule: 0 is a post that nobody liked without advertising
  null_rule: the whole is not known, or more is told of as paid than there is
  source: post_metrics
- name: organic_comments
  label: Comments without advertising
  short_label: Organic comments
  formula: comments less those that advertising brought by then as last told
  unit: count
  format: number
  additivity: semi_additive
  not_over: snapshots or days of one post, which count the same comments again
  zero_rule: 0 is a post that nobody commented without advertising
  null_rule: the whole is not known, or more is told of as paid than there is
  source: post_metrics
- name: organic_views
  label: Views without advertising
  short_label: Organic views
  formula: views less those that advertising brought by then as last told
  unit: count
  format: number
  additivity: semi_additive
  not_over: snapshots or days of one post, which count the same views again
  zero_rule: 0 is a post that nobody viewed without advertising
  null_rule: the whole is not known, or more is told of as paid than there is
  source: post_metrics
- name: organic_reach
  label: Reach without advertising
  short_label: Organic reach
  formula: reach less the people whom advertising reached by then as last told; those who saw the post both ways are not among them
  unit: people
  format: number
  additivity: non_additive
  zero_rule: 0 is a post that nobody saw but by advertising
  null_rule: the whole is not known, or more is told of as paid than there is
  source: post_metrics
- name: engagements_change
  label: Engagements gained
  formula: engagements less those of the row before
  unit: count
  format: signed number
  additivity: additive
  zero_rule: 0 is no change
  null_rule: there is no row before, or either is not known
  source: fct_post_daily
- name: er_followers
  label: Engagement rate, followers
  formula: engagements_public / followers at posting
  unit: ratio
  format: percent
  additivity: non_additive
  zero_rule: NULL where there are no followers
  null_rule: the snapshot is not complete, or no number of followers is known
  source: fct_post_at_age
  ratio: {of: engagements_public, to: followers_at_post}
- name: er_views
  label: Engagement rate, views
  formula: engagements_public / organic_views
  unit: ratio
  format: percent
  additivity: non_additive
  zero_rule: NULL where there are no views
  null_rule: the snapshot is not complete, or views are not reported
  needs_any: [views]
  source: fct_post_at_age
  ratio: {of: engagements_public, to: organic_views}
- name: er_reach
  label: Engagement rate, reach
  formula: engagements_public / organic_reach
  unit: ratio
  format: percent
  additivity: non_additive
  zero_rule: NULL where nobody was reached
  null_rule: the snapshot is not complete, or reach is not reported
  needs_any: [reach]
  source: fct_post_at_age
  ratio: {of: engagements_public, to: organic_reach}

# --- what an account has
- name: followers
  label: Followers
  formula: followers of an account
  unit: people
  format: number
  additivity: semi_additive
  not_over: days, nor accounts where people are meant, as one person follows several
  zero_rule: 0 is an account that nobody follows
  null_rule: no profile, or not reported
  source: profiles
- name: followers_change
  label: Followers change
  short_label: Change
  formula: followers less those of the row before
  unit: people
  format: signed number
  additivity: additive
  zero_rule: 0 is no change
  null_rule: there is no row before, or either is not known
  source: fct_account_daily
- name: er_followers_pooled
  label: Engagement rate, followers, all posts
  short_label: Engagement rate
  formula: sum of engagements_public / sum of followers at posting, over complete 7-day snapshots of the 90 days that end with the logical date
  unit: ratio
  format: percent
  additivity: non_additive
  zero_rule: 0 is posts that nobody reacted to
  null_rule: no such post
  source: fct_post_at_age
- name: er_followers_median
  label: Engagement rate, followers, median post
  short_label: Engagement rate, median
  formula: median of engagements_public / followers at posting over the measured posts, by linear interpolation
  unit: ratio
  format: percent
  additivity: non_additive
  zero_rule: 0 is an account of which half the posts or more got no reaction
  null_rule: no measured post
  source: fct_post_at_age
- name: er_followers_shrunk
  label: Engagement rate, followers, steadied
  short_label: Rate, steadied
  formula: (sum of engagements_public + m x K) / (sum of followers at posting + K), where m is the pooled rate of its peers (platform and tier) and K 5 x the median of their followers; few posts are pulled to the peers
  unit: ratio
  format: percent
  is_estimate: true
  additivity: non_additive
  zero_rule: 0 is posts that nobody reacted to, its own and its peers'
  null_rule: no measured post, or no tier
  source: fct_post_at_age, dim_account
- name: er_percentile
  label: Rank among peers
  formula: share of its peers (platform and tier, itself among them) with a lower er_followers_shrunk, and half of those with the same
  unit: share
  format: percent
  additivity: non_additive
  zero_rule: never 0, as it is level with itself
  null_rule: no measured post, or no tier
  source: creator_scorecard
- name: er_views_pooled
  label: Engagement rate, views, all posts
  short_label: Rate by views
  formula: sum of engagements_public / sum of organic_views over the measured posts with any
  unit: ratio
  format: percent
  additivity: non_additive
  zero_rule: 0 is posts that nobody reacted to
  null_rule: no measured post has views
  needs_any: [views]
  source: fct_post_at_age
- name: posts_measured
  label: Posts measured
  formula: posts of the 90 days that end with the logical date, with a complete snapshot at 7 days and followers at posting
  unit: posts
  format: number
  additivity: additive
  zero_rule: 0 is no such post, and no rate
  null_rule: never
  source: fct_post_at_age
- name: followers_growth_30d
  label: Growth of followers, 30 days
  short_label: Growth, 30 days
  formula: followers / followers 30 days before - 1, each of the last profile up to that day
  unit: ratio
  format: signed percent
  additivity: non_additive
  zero_rule: 0 is as many as 30 days before; NULL where there were none
  null_rule: either number is not known, or the older one is 0
  source: fct_account_daily
- name: posts_90d
  label: Posts, 90 days
  formula: posts of the 90 days that end with the logical date
  unit: posts
  format: number
  additivity: additive
  zero_rule: 0 is no post
  null_rule: never
  source: dim_post
- name: posts_per_week
  label: Posts a week
  formula: posts_90d x 7 / 90
  unit: posts
  format: number
  additivity: non_additive
  zero_rule: 0 is no post
  null_rule: never
  source: dim_post
- name: paid_posts_90d
  label: Paid posts, 90 days
  formula: posts of the 90 days that are of a collaboration or carry the platform's paid label
  unit: posts
  format: number
  additivity: additive
  zero_rule: 0 is no such post
  null_rule: never
  source: dim_post
- name: paid_posts_share
  label: Paid of all posts, 90 days
  short_label: Paid posts, share
  formula: paid_posts_90d / posts_90d
  unit: share
  format: percent
  additivity: non_additive
  zero_rule: NULL where there are no posts
  null_rule: no post in the 90 days
  source: dim_post
  ratio: {of: paid_posts_90d, to: posts_90d}
- name: follower_jump_z
  label: Largest jump of followers (robust z)
  short_label: Largest jump of followers
  formula: (largest change of followers from one day to the next in the 90 days - median change) / (1.4826 x median absolute deviation of the changes)
  unit: ratio
  format: number
  additivity: non_additive
  zero_rule: 0 is no change above the usual
  null_rule: fewer than two changes, or half of them the same
  source: fct_account_daily
- name: follower_jump_days
  label: Days known for the jump
  formula: days of the 90 whose followers are known, as are those of the day before; the sample of follower_jump_z
  unit: days
  format: number
  additivity: additive
  zero_rule: 0 is no such day
  null_rule: never
  source: fct_account_daily
- name: likes_per_comment
  label: Likes per comment
  formula: sum of organic_likes / sum of organic_comments over the measured posts that have both
  unit: ratio
  format: number
  additivity: non_additive
  zero_rule: NULL where there are no comments
  null_rule: no measured post has both, or there are no comments
  source: fct_post_at_age
- name: likes_per_comment_posts
  label: Posts with likes and comments
  formula: measured posts with both likes and comments; the sample of likes_per_comment
  unit: posts
  format: number
  additivity: additive
  zero_rule: 0 is no such post
  null_rule: never
  source: fct_post_at_age
- name: following_per_follower
  label: Following per follower
  formula: accounts that it follows / its followers
  unit: ratio
  format: number
  additivity: non_additive
  zero_rule: NULL where nobody follows it
  null_rule: either number is not known, or it has no followers
  source: profiles
  ratio: {of: following, to: followers}
- name: engagement_variation
  label: Variation of engagements
  formula: sample standard deviation / mean of engagements_public over the measured posts
  unit: ratio
  format: number
  additivity: non_additive
  zero_rule: 0 is the same reactions on every post
  null_rule: fewer than two measured posts, or a mean of 0
  source: fct_post_at_age
- name: authenticity_score
  label: Authenticity score (of 100)
  short_label: Authenticity
  formula: 100 less the points of each penalty in config/authenticity.csv whose bound a signal passes on a sample that is large enough, not below 0; no share of fake followers
  unit: points
  format: number
  additivity: non_additive
  zero_rule: 0 is penalties of 100 points or more
  null_rule: never; a signal that is not known costs nothing
  source: creator_scorecard, config/authenticity.csv
- name: relevance
  label: Relevance
  formula: share of the account's posts of the 90 days that end with the logical date with one of the brand's hashtags or niches among their hashtags, or one of its keywords in the text
  unit: share
  format: percent
  additivity: non_additive
  zero_rule: 0 is no such post
  null_rule: never
  source: dim_post, config/brands.yml
- name: affinity
  label: Affinity
  formula: "share that holds of four: works with a competitor, is a customer, was recommended, posted on an event of the brand"
  unit: share
  format: percent
  additivity: non_additive
  zero_rule: 0 is none of the four
  null_rule: never
  source: fct_mentions, customers, recommendations, events
- name: score
  label: Score (0 to 1)
  formula: weighted mean of relevance, er_percentile (0 where it is not known), authenticity_score / 100 and affinity, by the weights of config/discovery.csv
  unit: share
  format: fraction
  additivity: non_additive
  zero_rule: 0 is nothing that speaks for it
  null_rule: never
  source: discovery_shortlist, config/discovery.csv
- name: ratio_to_macro
  label: "Median against macro's"
  short_label: Against macro
  formula: er_followers_p50 of the tier / that of macro on the platform
  unit: ratio
  format: times
  additivity: non_additive
  zero_rule: NULL where macro's is 0
  null_rule: fewer than 5 accounts in either
  source: tier_benchmarks
- name: er_followers_p50_low
  label: Median account, lower bound
  formula: lower end of the 95 % interval of er_followers_p50, the k-th smallest of the accounts' pooled rates, with the largest k for which fewer than k of so many fair tosses come up at most 2.5 % of the time; it assumes nothing about how rates are spread
  unit: ratio
  format: percent
  additivity: non_additive
  zero_rule: 0 where that account got no reaction
  null_rule: fewer than 6 accounts
  source: tier_benchmarks
- name: er_followers_p50_high
  label: Median account, upper bound
  formula: upper end of the 95 % interval of er_followers_p50, the k-th largest of the accounts' pooled rates, with k as for the lower end
  unit: ratio
  format: percent
  additivity: non_additive
  zero_rule: 0 where that account got no reaction
  null_rule: fewer than 6 accounts
  source: tier_benchmarks
- name: ratio_to_macro_low
  label: "Against macro's, lower bound"
  formula: er_followers_p50_low of the tier / er_followers_p50_high of macro on the platform; with the upper end an interval that is wider than 95 % asks, and holds for small tiers too
  unit: ratio
  format: times
  additivity: non_additive
  zero_rule: NULL where macro's end is 0
  null_rule: fewer than 6 accounts in either
  source: tier_benchmarks
- name: ratio_to_macro_high
  label: "Against macro's, upper bound"
  formula: er_followers_p50_high of the tier / er_followers_p50_low of macro on the platform
  unit: ratio
  format: times
  additivity: non_additive
  zero_rule: NULL where macro's end is 0
  null_rule: fewer than 6 accounts in either
  source: tier_benchmarks

# --- who talks about a brand
- name: share_of_posts
  label: Share of posts
  formula: posts of the voice / the sum of all voices' posts
  unit: share
  format: percent
  additivity: non_additive
  zero_rule: NULL where nobody is mentioned
  null_rule: nobody is mentioned in that week, or the voice was not watched in it (meta.coverage)
  source: fct_mentions
- name: share_of_engagements
  label: Share of engagements
  formula: engagements of the voice's posts / those of all voices' posts
  unit: share
  format: percent
  additivity: non_additive
  zero_rule: NULL where nobody reacted
  null_rule: no engagements are known, or the voice was not watched in that week (meta.coverage)
  source: fct_mentions
- name: growth
  label: Growth on the 4 weeks before
  formula: posts of the week / mean of the 4 weeks before, less 1
  unit: ratio
  format: signed percent
  additivity: non_additive
  zero_rule: NULL where the 4 weeks before had no post
  null_rule: the 4 weeks before had no post
  source: hashtag_trends
- name: z_score
  label: Rise (z-score)
  short_label: Z-score
  formula: (posts - mean of the 4 weeks before) / root of that mean, at least 1
  unit: ratio
  format: number
  additivity: non_additive
  zero_rule: 0 is as many posts as usual
  null_rule: never
  source: hashtag_trends
- name: mentions_earned
  label: Earned mentions
  formula: distinct posts with an earned mention of the campaign's brand from its start to its end
  unit: posts
  format: number
  additivity: non_additive
  zero_rule: 0 is no such post
  null_rule: in collaboration_performance, where it has no meaning
  source: fct_mentions

# --- what it brought
- name: posts
  label: Posts
  formula: distinct posts
  unit: posts
  format: number
  additivity: semi_additive
  not_over: attribution methods, which repeat them, nor hashtags, of which a post has several
  zero_rule: 0 is no post
  null_rule: never
  source: dim_post
- name: posts_with_reach
  label: Posts with reach
  formula: posts of which reach is known
  unit: posts
  format: number
  additivity: semi_additive
  not_over: attribution methods, which repeat them
  zero_rule: 0 is none of them
  null_rule: never
  source: post_metrics
- name: posts_with_impressions
  label: Posts with impressions
  formula: posts of which impressions are known, or views that stand in for them
  unit: posts
  format: number
  additivity: semi_additive
  not_over: attribution methods, which repeat them
  zero_rule: 0 is none of them
  null_rule: never
  source: post_metrics
- name: posts_in_ratios
  label: Posts in ratios
  formula: posts of the collaborations that ctr and cpm are over, those of which every post has impressions or views
  unit: posts
  format: number
  additivity: semi_additive
  not_over: attribution methods, which repeat them
  zero_rule: 0 is none of them
  null_rule: never
  source: post_metrics
- name: impressions_in_ratios
  label: Impressions in ratios
  formula: impressions of the collaborations that ctr and cpm are over
  unit: count
  format: number
  additivity: semi_additive
  not_over: attribution methods, which repeat them
  zero_rule: 0 is posts that were never shown
  null_rule: there is no such collaboration
  source: post_metrics
- name: clicks_in_ratios
  label: Clicks in ratios
  formula: valid_clicks of the collaborations that ctr is over
  unit: count
  format: number
  additivity: semi_additive
  not_over: attribution methods, which repeat them
  zero_rule: 0 is nobody clicked
  null_rule: none of its days was watched, or it has not begun
  source: clicks
  watched_by: [clicks]
- name: cost_in_ratios
  label: Cost in ratios
  formula: cost_committed of the collaborations that cpm is over
  unit: money
  format: money
  additivity: semi_additive
  not_over: attribution methods, which repeat it
  zero_rule: 0 is free of cost
  null_rule: never
  source: fct_costs
- name: valid_clicks
  label: Valid clicks
  short_label: Clicks
  formula: clicks that are neither a bot's nor a duplicate within 30 minutes
  unit: count
  format: number
  additivity: semi_additive
  not_over: attribution methods, which repeat them
  zero_rule: 0 is nobody clicked
  null_rule: none of its days was watched, or it has not begun
  source: clicks
  watched_by: [clicks]
- name: converting_orders
  label: Orders with a click
  formula: distinct orders with a click touch of the collaboration, or of any collaboration of the campaign
  unit: count
  format: number
  additivity: non_additive
  zero_rule: 0 is no such order
  null_rule: none of its days was watched, or it has not begun
  source: fct_attribution
  watched_by: [orders, clicks]
- name: net_revenue
  label: Net revenue
  formula: gross - discount - refunds up to the logical date, not below 0, at the rate of the order's day
  unit: money
  format: money
  additivity: additive
  zero_rule: 0 is an order that was given away or came back whole
  null_rule: there is no exchange rate
  source: orders, refunds, fx_rates
- name: gross_profit
  label: Gross profit
  formula: net_revenue less the cost of the goods that were kept
  unit: money
  format: money
  additivity: additive
  zero_rule: 0 is an order that earned what it cost
  null_rule: the cost of goods or the exchange rate is not known
  source: orders, refunds, fx_rates
- name: credit
  label: Credit
  formula: the part of an order that a method gives to a touch; 1 for each order and method
  unit: share
  format: percent
  additivity: semi_additive
  not_over: attribution methods, each of which gives every order away once
  zero_rule: a touch without credit has no row
  null_rule: never
  source: fct_attribution
- name: attributed_orders
  label: Attributed orders
  short_label: Orders
  formula: sum of credit
  unit: count
  format: number
  additivity: semi_additive
  not_over: attribution methods, each of which gives every order away once
  zero_rule: 0 is no order
  null_rule: none of its days was watched, or it has not begun
  source: fct_attribution
  watched_by: [orders]
- name: attributed_revenue
  label: Attributed revenue
  short_label: Revenue
  formula: net_revenue x credit
  unit: money
  format: money
  additivity: semi_additive
  not_over: attribution methods, each of which gives every order away once
  zero_rule: 0 is no revenue
  null_rule: "of one touch, where the order's revenue is not known; of a campaign or collaboration, where none of its days was watched, or it has not begun; a sum over nothing is 0"
  source: fct_attribution
  watched_by: [orders]
- name: attributed_profit
  label: Attributed profit
  short_label: Profit
  formula: gross_profit x credit, where the profit is known (profit_coverage says how much that is)
  unit: money
  format: money
  additivity: semi_additive
  not_over: attribution methods, each of which gives every order away once
  zero_rule: 0 is no profit
  null_rule: "of one touch, where the order's profit is not known; of a campaign or collaboration, where none of its days was watched, or it has not begun; a sum over nothing is 0"
  source: fct_attribution
  watched_by: [orders]
- name: profit_coverage
  label: Profit known for
  formula: attributed revenue of the orders whose profit is known / attributed revenue
  unit: share
  format: percent
  additivity: non_additive
  zero_rule: 1 where there is no attributed revenue
  null_rule: none of its days was watched, or it has not begun
  source: fct_attribution
  watched_by: [orders]

# --- what it cost, and the ratios
- name: orders_covered
  label: Orders watched
  formula: of the days from the campaign's start to 30 days past its end, or the logical date, the share on which landing tells of orders (meta.coverage)
  unit: share
  format: percent
  additivity: non_additive
  zero_rule: 0 is a campaign that nobody watched, whose orders are not known
  null_rule: it has not begun
  source: coverage, campaigns
- name: clicks_covered
  label: Clicks watched
  formula: of the days from the campaign's start to 30 days past its end, or the logical date, the share on which landing tells of clicks (meta.coverage)
  unit: share
  format: percent
  additivity: non_additive
  zero_rule: 0 is a campaign that nobody watched, whose clicks are not known
  null_rule: it has not begun
  source: coverage, campaigns
- name: results
  label: Results
  formula: rows, each a campaign or a collaboration
  unit: count
  format: number
  additivity: semi_additive
  not_over: attribution methods, which repeat them
  zero_rule: 0 is no row
  null_rule: never
  source: campaign_performance, collaboration_performance
- name: results_with_orders
  label: Results whose orders are known
  short_label: With orders known
  formula: of these, the ones with attributed_orders, over which totals of orders, revenue and profit are
  unit: count
  format: number
  additivity: semi_additive
  not_over: attribution methods, which repeat them
  zero_rule: 0 is a total over nothing
  null_rule: never
  source: campaign_performance, collaboration_performance
- name: results_with_clicks
  label: Results whose clicks are known
  short_label: With clicks known
  formula: of these, the ones with valid_clicks, over which totals of clicks are
  unit: count
  format: number
  additivity: semi_additive
  not_over: attribution methods, which repeat them
  zero_rule: 0 is a total over nothing
  null_rule: never
  source: campaign_performance, collaboration_performance

- name: cost_committed
  label: Cost committed
  short_label: Cost
  formula: "fee (else its payments) + product cost (else its payments) + commission (without payments of it, what is owed by the commission rate), shipping and boost; of a collaboration that is not live: what was paid"
  unit: money
  format: money
  additivity: semi_additive
  not_over: attribution methods, which repeat it
  zero_rule: 0 is free of cost
  null_rule: never; amounts without an exchange rate are left out, and a gate warns
  source: fct_costs
- name: cost_paid
  label: Cost paid
  short_label: Paid
  formula: payments that are paid
  unit: money
  format: money
  additivity: semi_additive
  not_over: attribution methods, which repeat it
  zero_rule: 0 is nothing paid yet
  null_rule: never; amounts without an exchange rate are left out, and a gate warns
  source: fct_costs
- name: cost
  label: Cost
  formula: costs that count as committed; in campaign_daily those of the day on which they were incurred, in creator_relationships those of all collaborations of the two
  unit: money
  format: money
  additivity: additive
  zero_rule: 0 is no cost
  null_rule: never; amounts without an exchange rate are left out, and a gate warns
  source: fct_costs
- name: emv
  label: Earned media value
  short_label: Media value
  formula: earned media value, the sum of count x rate over its paid posts (config/emv_rates.csv), of what advertising did not bring; no part of roi
  unit: money
  format: money
  is_estimate: true
  additivity: semi_additive
  not_over: attribution methods, which repeat it
  zero_rule: 0 is rated posts that nobody reacted to
  null_rule: no paid post has both a count and a rate, in a currency with an exchange rate
  source: post_metrics, config/emv_rates.csv
- name: roi
  label: Return on investment
  short_label: ROI
  formula: (attributed_profit - cost_committed) / cost_committed
  unit: ratio
  format: signed percent
  additivity: non_additive
  zero_rule: NULL where there is no cost
  null_rule: no cost, profit_coverage is below profit_coverage_min (config/thresholds.yml), or fewer than 0.9 of its days were watched
  source: fct_attribution, fct_costs
  ratio: {of: attributed_profit - cost_committed, to: cost_committed, where: [profit_coverage >= profit_coverage_min, orders_covered >= 0.9]}
  watched_by: [orders]
- name: roas
  label: Return on ad spend (revenue / cost)
  short_label: ROAS
  formula: attributed_revenue / cost_committed
  unit: ratio
  format: times
  additivity: non_additive
  zero_rule: NULL where there is no cost
  null_rule: no cost, none of its days was watched, or it has not begun
  source: fct_attribution, fct_costs
  ratio: {of: attributed_revenue, to: cost_committed}
  watched_by: [orders]
- name: cpm
  label: Cost per 1,000 impressions
  short_label: Per 1,000 shown
  formula: 1000 x cost / impressions, both of the collaborations of which every post has impressions or views (posts_in_ratios)
  unit: money per unit
  format: money
  additivity: non_additive
  zero_rule: NULL where there are no impressions
  null_rule: there is no such collaboration, or its posts were never shown
  needs_any: [impressions, views]
  source: fct_costs, post_metrics
  ratio: {of: cost_in_ratios, to: impressions_in_ratios, times: 1000}
- name: cpe
  label: Cost per engagement
  short_label: Per engagement
  formula: cost_committed / engagements
  unit: money per unit
  format: small money
  additivity: non_additive
  zero_rule: NULL where there are no engagements
  null_rule: no engagements are known
  source: fct_costs, post_metrics
  ratio: {of: cost_committed, to: engagements}
- name: cpc
  label: Cost per valid click
  short_label: Per click
  formula: cost_committed / valid_clicks
  unit: money per unit
  format: small money
  additivity: non_additive
  zero_rule: NULL where nobody clicked
  null_rule: nobody clicked, none of its days was watched, or it has not begun
  source: fct_costs, clicks
  ratio: {of: cost_committed, to: valid_clicks}
  watched_by: [clicks]
- name: cpa
  label: Cost per attributed order
  short_label: Per order
  formula: cost_committed / attributed_orders
  unit: money per unit
  format: money
  additivity: non_additive
  zero_rule: NULL where there are no orders
  null_rule: no order is attributed, none of its days was watched, or it has not begun
  source: fct_costs, fct_attribution
  ratio: {of: cost_committed, to: attributed_orders}
  watched_by: [orders]
- name: new_customers
  label: New customers
  formula: sum of credit of the orders that are their customer's first
  unit: count
  format: number
  additivity: semi_additive
  not_over: attribution methods, each of which gives every order away once
  zero_rule: 0 is nobody who bought for the first time
  null_rule: none of its days was watched, or it has not begun; orders without a customer count in neither new nor repeat
  source: fct_attribution, fct_orders
  watched_by: [orders]
- name: cost_per_new_customer
  label: Cost per new customer
  short_label: Per new customer
  formula: cost_committed / new_customers
  unit: money per unit
  format: money
  additivity: non_additive
  zero_rule: NULL where there are no new customers
  null_rule: no new customer is attributed, none of its days was watched, or it has not begun
  source: fct_costs, fct_attribution, fct_orders
  ratio: {of: cost_committed, to: new_customers}
  watched_by: [orders]
- name: revenue_new
  label: Revenue of new customers
  short_label: New revenue
  formula: attributed revenue of the orders that are their customer's first
  unit: money
  format: money
  additivity: semi_additive
  not_over: attribution methods, each of which gives every order away once
  zero_rule: 0 is no such revenue
  null_rule: none of its days was watched, or it has not begun; a sum over nothing is 0
  source: fct_attribution, fct_orders
  watched_by: [orders]
- name: revenue_repeat
  label: Revenue of repeat customers
  short_label: Repeat revenue
  formula: attributed revenue of the further orders of a customer, and of renewals where these are credited
  unit: money
  format: money
  additivity: semi_additive
  not_over: attribution methods, each of which gives every order away once
  zero_rule: 0 is no such revenue
  null_rule: none of its days was watched, or it has not begun; a sum over nothing is 0
  source: fct_attribution, fct_orders
  watched_by: [orders]
- name: ctr
  label: Click-through rate
  short_label: Click rate
  formula: valid clicks / impressions, both of the collaborations of which every post has impressions or views (posts_in_ratios)
  unit: ratio
  format: percent
  additivity: non_additive
  zero_rule: NULL where there are no impressions
  null_rule: there is no such collaboration, its posts were never shown, none of its days was watched, or it has not begun
  needs_any: [impressions, views]
  source: clicks, post_metrics
  ratio: {of: clicks_in_ratios, to: impressions_in_ratios}
  watched_by: [clicks]
- name: ctr_low
  label: Click-through rate, lower bound
  formula: lower bound of the 95 % Wilson interval of ctr (z = 1.959964)
  unit: ratio
  format: percent
  additivity: non_additive
  zero_rule: 0 where nobody clicked
  null_rule: ctr is NULL or above 1
  needs_any: [impressions, views]
  source: clicks, post_metrics
  interval: {of: clicks_in_ratios, to: impressions_in_ratios, bound: low}
  watched_by: [clicks]
- name: ctr_high
  label: Click-through rate, upper bound
  formula: upper bound of the 95 % Wilson interval of ctr (z = 1.959964)
  unit: ratio
  format: percent
  additivity: non_additive
  zero_rule: above 0 also where nobody clicked
  null_rule: ctr is NULL or above 1
  needs_any: [impressions, views]
  source: clicks, post_metrics
  interval: {of: clicks_in_ratios, to: impressions_in_ratios, bound: high}
  watched_by: [clicks]
- name: conversion_rate
  label: Conversion rate
  short_label: Conversion
  formula: converting_orders / valid_clicks
  unit: ratio
  format: percent
  additivity: non_additive
  zero_rule: NULL where nobody clicked
  null_rule: nobody clicked, none of its days was watched, or it has not begun
  source: fct_orders, clicks
  ratio: {of: converting_orders, to: valid_clicks}
  watched_by: [orders, clicks]
- name: conversion_rate_low
  label: Conversion rate, lower bound
  formula: lower bound of the 95 % Wilson interval of conversion_rate (z = 1.959964)
  unit: ratio
  format: percent
  additivity: non_additive
  zero_rule: 0 where no click was followed by an order
  null_rule: conversion_rate is NULL or above 1
  source: fct_orders, clicks
  interval: {of: converting_orders, to: valid_clicks, bound: low}
  watched_by: [orders, clicks]
- name: conversion_rate_high
  label: Conversion rate, upper bound
  formula: upper bound of the 95 % Wilson interval of conversion_rate (z = 1.959964)
  unit: ratio
  format: percent
  additivity: non_additive
  zero_rule: above 0 also where no click was followed by an order
  null_rule: conversion_rate is NULL or above 1
  source: fct_orders, clicks
  interval: {of: converting_orders, to: valid_clicks, bound: high}
  watched_by: [orders, clicks]

# --- how creators answer
- name: contacted
  label: Contacted
  formula: approaches (outreach_id) that were ever noted as contacted
  unit: count
  format: number
  additivity: additive
  zero_rule: 0 is nobody noted as contacted
  null_rule: never
  source: outreach
- name: replied
  label: Replied
  formula: approaches that were ever noted as replied
  unit: count
  format: number
  additivity: additive
  zero_rule: 0 is no reply
  null_rule: never
  source: outreach
- name: negotiating
  label: Negotiating
  formula: approaches that were ever noted as negotiating
  unit: count
  format: number
  additivity: additive
  zero_rule: 0 is no negotiation
  null_rule: never
  source: outreach
- name: agreed
  label: Agreed
  formula: approaches that were ever noted as agreed
  unit: count
  format: number
  additivity: additive
  zero_rule: 0 is no agreement
  null_rule: never
  source: outreach
- name: declined
  label: Declined
  formula: approaches that were ever noted as declined
  unit: count
  format: number
  additivity: additive
  zero_rule: 0 is nobody declined
  null_rule: never
  source: outreach
- name: no_reply
  label: No reply
  formula: approaches that were ever noted as no_reply; one that was answered later counts in replied, too
  unit: count
  format: number
  additivity: additive
  zero_rule: 0 is nobody noted as silent
  null_rule: never
  source: outreach
- name: reply_rate
  label: Replied of contacted
  short_label: Replied, share
  formula: replied / contacted
  unit: ratio
  format: percent
  additivity: non_additive
  zero_rule: NULL where nobody was contacted
  null_rule: nobody is noted as contacted
  source: outreach
  ratio: {of: replied, to: contacted}
- name: agree_rate
  label: Agreed of contacted
  short_label: Agreed, share
  formula: agreed / contacted
  unit: ratio
  format: percent
  additivity: non_additive
  zero_rule: NULL where nobody was contacted
  null_rule: nobody is noted as contacted
  source: outreach
  ratio: {of: agreed, to: contacted}
- name: median_days_to_reply
  label: Days to reply, median
  formula: median of the days from contacted to replied, to the second, over approaches that have both, in that order
  unit: days
  format: number
  additivity: non_additive
  zero_rule: 0 is a reply in the same second
  null_rule: no approach has both
  source: outreach

# --- whether a campaign is on its way
- name: deliverables
  label: Deliverables
  formula: deliverables of live collaborations
  unit: count
  format: number
  additivity: additive
  zero_rule: 0 is nothing agreed to be delivered
  null_rule: never
  source: deliverables
- name: deliverables_due
  label: Deliverables due
  short_label: Due
  formula: of these, due on the logical date or before
  unit: count
  format: number
  additivity: additive
  zero_rule: 0 is nothing due yet
  null_rule: never
  source: deliverables
- name: deliverables_live
  label: Deliverables live
  short_label: Live
  formula: of all deliverables, those whose URL is that of a post published up to the logical date
  unit: count
  format: number
  additivity: additive
  zero_rule: 0 is nothing delivered yet
  null_rule: never
  source: deliverables, dim_post
- name: deliverables_late
  label: Deliverables late
  short_label: Late
  formula: due before the logical date and not live
  unit: count
  format: number
  additivity: additive
  zero_rule: 0 is nothing late
  null_rule: never
  source: deliverables, dim_post
- name: goal_value
  label: Goal
  formula: how much of goal_metric is the goal, as it was given; in campaign_pacing a revenue goal is told in the reporting currency, at the rate of the campaign's first day (of the logical date where that is earlier)
  unit: units of the goal
  format: number
  additivity: non_additive
  zero_rule: 0 is a goal of nothing, which no pacing can be told of
  null_rule: no goal is given, or a revenue goal has no currency or no exchange rate
  source: campaigns, fx_rates
- name: actual
  label: So far
  formula: the campaign's own figure of goal_metric in campaign_performance, by the default method
  unit: units of the goal
  format: number
  additivity: non_additive
  zero_rule: 0 is nothing so far
  null_rule: there is no goal_metric, or its figure is not known
  source: campaign_performance
- name: elapsed_days
  label: Days gone
  formula: days from the campaign's start to the logical date or its end, both inclusive
  unit: days
  format: number
  additivity: non_additive
  zero_rule: 0 is not started
  null_rule: never
  source: campaigns
- name: total_days
  label: Days in all
  formula: days from the campaign's start to its end, both inclusive
  unit: days
  format: number
  additivity: non_additive
  zero_rule: 0 is a campaign that ends before it starts
  null_rule: never
  source: campaigns
- name: expected_to_date
  label: Expected by now
  formula: goal_value x elapsed_days / total_days
  unit: units of the goal
  format: number
  additivity: non_additive
  zero_rule: 0 before the start, or where the goal is 0
  null_rule: there is no goal
  source: campaigns
  ratio: {of: goal_value * elapsed_days, to: total_days, where: [goal_metric is not null]}
- name: pacing
  label: Of what was expected
  formula: actual / expected_to_date
  unit: ratio
  format: percent
  additivity: non_additive
  zero_rule: NULL where nothing is expected yet
  null_rule: there is no goal, nothing is expected yet, or the figure is not known
  source: campaign_performance, campaigns
  ratio: {of: actual * total_days, to: goal_value * elapsed_days}
- name: projected
  label: Projected at the end
  short_label: Projected
  formula: actual x total_days / elapsed_days
  unit: units of the goal
  format: number
  is_estimate: true
  additivity: non_additive
  zero_rule: NULL before the start
  null_rule: there is no goal_metric, the figure is not known, or the campaign has not started
  source: campaign_performance, campaigns
  ratio: {of: actual * total_days, to: elapsed_days}

# --- who stays
- name: collaborations
  label: Collaborations
  formula: live collaborations of a brand and a creator
  unit: count
  format: number
  additivity: additive
  zero_rule: there is no row without one
  null_rule: never
  source: collaborations
- name: tenure_days
  label: Days together
  formula: days from the start of the first campaign to the end of the last or the logical date, both inclusive, breaks included
  unit: days
  format: number
  additivity: non_additive
  zero_rule: 0 is yet to begin
  null_rule: never
  source: campaigns, collaborations
- name: collaborations_in_roi
  label: Collaborations in the return
  formula: collaborations of a brand and a creator, live or paid for, that have begun and of whose days at least 0.9 were watched; roi is over these
  unit: count
  format: number
  additivity: additive
  zero_rule: 0 is none, and no return
  null_rule: never
  source: collaborations, coverage
- name: roi_first
  label: Return on investment, first collaboration
  short_label: ROI, first
  formula: roi of the first live collaboration of a brand and a creator that has begun and of whose days at least 0.9 were watched
  unit: ratio
  format: signed percent
  additivity: non_additive
  zero_rule: 0 is a return that equals the cost
  null_rule: there is none, or as roi
  source: fct_attribution, fct_costs
- name: roi_last
  label: Return on investment, last collaboration
  short_label: ROI, last
  formula: roi of the last live collaboration of a brand and a creator that has begun and of whose days at least 0.9 were watched
  unit: ratio
  format: signed percent
  additivity: non_additive
  zero_rule: 0 is a return that equals the cost
  null_rule: there is none, or as roi
  source: fct_attribution, fct_costs

# --- what a creator should be paid
- name: expected_engagements
  label: Engagements to expect of one post
  short_label: Engagements expected
  formula: er_followers_shrunk x followers, what one post of the account can be expected to bring
  unit: count
  format: number
  is_estimate: true
  additivity: non_additive
  zero_rule: 0 is no followers, or peers that nobody reacts to
  null_rule: er_followers_shrunk is NULL
  source: creator_scorecard
- name: peer_cpe_p25
  label: "Peers' cost per engagement, lower quartile"
  formula: first quartile of cost_committed / engagements over the collaborations that it is compared with, by linear interpolation
  unit: money per unit
  format: small money
  additivity: non_additive
  zero_rule: 0 is a quarter of them or more free of cost
  null_rule: no live collaboration has engagements
  source: collaboration_performance
- name: peer_cpe_p50
  label: "Peers' cost per engagement, median"
  short_label: "Peers' cost per engagement"
  formula: median of cost_committed / engagements over the collaborations that it is compared with, by linear interpolation
  unit: money per unit
  format: small money
  additivity: non_additive
  zero_rule: 0 is half of them or more free of cost
  null_rule: no live collaboration has engagements
  source: collaboration_performance
- name: peer_cpe_p75
  label: "Peers' cost per engagement, upper quartile"
  formula: third quartile of cost_committed / engagements over the collaborations that it is compared with, by linear interpolation
  unit: money per unit
  format: small money
  additivity: non_additive
  zero_rule: 0 is most of them free of cost
  null_rule: no live collaboration has engagements
  source: collaboration_performance
- name: suggested_low
  label: Fee at peers' price, low
  short_label: Peers' price, low
  formula: expected_engagements x peer_cpe_p25, rounded half up; a fee for one post
  unit: money
  format: money
  is_estimate: true
  additivity: non_additive
  zero_rule: 0 where nothing is expected, or peers are free of cost
  null_rule: expected_engagements or peer_cpe_p25 is NULL
  source: fair_compensation
- name: suggested_mid
  label: Fee at peers' price
  short_label: Peers' price
  formula: expected_engagements x peer_cpe_p50, rounded half up; a fee for one post
  unit: money
  format: money
  is_estimate: true
  additivity: non_additive
  zero_rule: 0 where nothing is expected, or peers are free of cost
  null_rule: expected_engagements or peer_cpe_p50 is NULL
  source: fair_compensation
- name: suggested_high
  label: Fee at peers' price, high
  short_label: Peers' price, high
  formula: expected_engagements x peer_cpe_p75, rounded half up; a fee for one post
  unit: money
  format: money
  is_estimate: true
  additivity: non_additive
  zero_rule: 0 where nothing is expected, or peers are free of cost
  null_rule: expected_engagements or peer_cpe_p75 is NULL
  source: fair_compensation
- name: actual_cost_per_post
  label: Paid per post so far
  short_label: Paid per post
  formula: cost_committed of the creator's latest live collaboration / its deliverables
  unit: money per unit
  format: money
  additivity: non_additive
  zero_rule: 0 is free of cost
  null_rule: no live collaboration, or one without deliverables or with a cost that has no rate
  source: fct_costs, deliverables
  ratio: {of: latest_cost_committed, to: latest_deliverables}
- name: break_even_fee
  label: Break-even fee of a post
  short_label: Break-even fee
  formula: what a post of the creator earned before its fee, (attributed_profit + m x 5) / (posts + 5) over the live collaborations whose return can be told (orders_covered and profit_coverage as for roi), where m is the profit of a post of the creators of its tier; few posts are pulled to these
  unit: money
  format: money
  is_estimate: true
  additivity: non_additive
  zero_rule: 0 is posts that earned nothing
  null_rule: no such collaboration has a post, or the creator has no tier
  source: fct_attribution, coverage
- name: break_even_low
  label: Break-even fee, low
  formula: lower end of the 95 % interval of break_even_fee (z = 1.959964), by how much the collaborations of the tier differ
  unit: money
  format: money
  is_estimate: true
  additivity: non_additive
  zero_rule: 0 where a post may have earned nothing
  null_rule: break_even_fee is NULL, or the tier has one such collaboration
  source: fct_attribution, coverage
- name: break_even_high
  label: Break-even fee, high
  formula: upper end of the 95 % interval of break_even_fee
  unit: money
  format: money
  is_estimate: true
  additivity: non_additive
  zero_rule: 0 where a post earned nothing at best
  null_rule: break_even_fee is NULL, or the tier has one such collaboration
  source: fct_attribution, coverage
- name: break_even_posts
  label: Posts that the break-even fee is over
  short_label: Posts earned by
  formula: paid posts of the collaborations that break_even_fee is made of
  unit: posts
  format: number
  additivity: semi_additive
  not_over: the accounts of a creator, which repeat them
  zero_rule: never 0, as it is NULL then
  null_rule: no such collaboration has a post
  source: dim_post, coverage
- name: latest_cost_committed
  label: Cost of the latest collaboration
  formula: cost_committed of the creator's latest live collaboration
  unit: money
  format: money
  additivity: semi_additive
  not_over: the accounts of a creator, which repeat it
  zero_rule: 0 is free of cost
  null_rule: no live collaboration, or a cost of it has no exchange rate
  source: fct_costs
- name: latest_deliverables
  label: Deliverables of the latest collaboration
  formula: deliverables of the creator's latest live collaboration
  unit: count
  format: number
  additivity: semi_additive
  not_over: the accounts of a creator, which repeat them
  zero_rule: 0 is none planned yet
  null_rule: no live collaboration
  source: deliverables
# --- whom to book next
- name: expected_earned
  label: Expected to earn before its cost
  short_label: Expected to earn
  formula: what one more collaboration may be expected to earn before its cost, w x own mean + (1 - w) x mean of the brand, over the live collaborations whose return can be told (orders_covered and profit_coverage as for roi); w is own_weight
  unit: money
  format: money
  is_estimate: true
  additivity: non_additive
  zero_rule: 0 is nothing expected
  null_rule: no collaboration of the two whose profit is known, fewer than 4 such creators of the brand
  source: fct_attribution, coverage
- name: own_weight
  label: Weight of the own collaborations
  short_label: Own weight
  formula: n x between / (n x between + within), where n is collaborations_measured, between is the variance of creators of the brand beyond chance (method of moments), and within that of one collaboration by chance
  unit: share
  format: percent
  is_estimate: true
  additivity: non_additive
  zero_rule: 0 where creators differ no more than chance makes them, so that each is expected to earn the mean of the brand
  null_rule: no collaboration of the two whose profit is known, fewer than 4 such creators of the brand
  source: fct_attribution, coverage
- name: expected_profit
  label: Expected profit of the next collaboration
  short_label: Expected profit
  formula: expected_earned - last_cost
  unit: money
  format: money
  is_estimate: true
  additivity: non_additive
  zero_rule: 0 is expected to earn just what it costs
  null_rule: no collaboration of the two whose profit is known, fewer than 4 such creators of the brand, or the last cost is not known
  source: fct_attribution, fct_costs, coverage
- name: expected_profit_low
  label: Expected profit, low
  formula: lower end of the 95 % interval of expected_profit (z = 1.959964), by how much is not known of the creator, of the mean of the brand, and of how much creators differ
  unit: money
  format: money
  is_estimate: true
  additivity: non_additive
  zero_rule: 0 where it may be expected to earn just its cost
  null_rule: no collaboration of the two whose profit is known, fewer than 4 such creators of the brand, or the last cost is not known
  source: fct_attribution, fct_costs, coverage
- name: expected_profit_high
  label: Expected profit, high
  formula: upper end of the 95 % interval of expected_profit (z = 1.959964), by how much is not known of the creator, of the mean of the brand, and of how much creators differ
  unit: money
  format: money
  is_estimate: true
  additivity: non_additive
  zero_rule: 0 where it may be expected to earn just its cost
  null_rule: no collaboration of the two whose profit is known, fewer than 4 such creators of the brand, or the last cost is not known
  source: fct_attribution, fct_costs, coverage
- name: next_profit_low
  label: Profit of a single one, low
  short_label: A single one, low
  formula: lower end of the range in which 95 % of single collaborations are expected, which is wider than the interval of expected_profit by what chance does to one of them
  unit: money
  format: money
  is_estimate: true
  additivity: non_additive
  zero_rule: 0 where one may earn just its cost
  null_rule: no collaboration of the two whose profit is known, fewer than 4 such creators of the brand, or the last cost is not known
  source: fct_attribution, fct_costs, coverage
- name: next_profit_high
  label: Profit of a single one, high
  short_label: A single one, high
  formula: upper end of the range in which 95 % of single collaborations are expected, which is wider than the interval of expected_profit by what chance does to one of them
  unit: money
  format: money
  is_estimate: true
  additivity: non_additive
  zero_rule: 0 where one may earn just its cost
  null_rule: no collaboration of the two whose profit is known, fewer than 4 such creators of the brand, or the last cost is not known
  source: fct_attribution, fct_costs, coverage
- name: next_break_even_fee
  label: Break-even fee of the next collaboration
  short_label: Break-even fee
  formula: expected_earned - (last_cost - last_fee); the fee at which expected_profit would be 0
  unit: money
  format: money
  is_estimate: true
  additivity: non_additive
  zero_rule: 0 where only a free collaboration would pay
  null_rule: no collaboration of the two whose profit is known, fewer than 4 such creators of the brand, or the last cost is not known
  source: fct_attribution, fct_costs, coverage
- name: last_fee
  label: Fee of the last collaboration
  short_label: Last fee
  formula: committed costs of kind fee of the last live collaboration of the two
  unit: money
  format: money
  additivity: additive
  zero_rule: 0 is no fee
  null_rule: none was agreed yet, or a cost of it has no exchange rate
  source: fct_costs
- name: last_cost
  label: Cost of the last collaboration
  short_label: Last cost
  formula: cost_committed of the last live collaboration of the two
  unit: money
  format: money
  additivity: additive
  zero_rule: 0 is free of cost
  null_rule: none was agreed yet, or a cost of it has no exchange rate
  source: fct_costs
- name: collaborations_measured
  label: Collaborations measured
  short_label: Measured
  formula: live collaborations of the two that have begun, of whose days at least 0.9 were watched, and whose profit is known (profit_coverage)
  unit: count
  format: number
  additivity: additive
  zero_rule: 0 where the return of none can be told
  null_rule: never
  source: fct_attribution, coverage
- name: collaborations_running
  label: Of these still running
  short_label: Running
  formula: collaborations_measured whose campaign ends on the logical date or later; what they earned is so far
  unit: count
  format: number
  additivity: additive
  zero_rule: 0 where all have ended
  null_rule: never
  source: campaigns, coverage
- name: days_since_last
  label: Days since the last campaign
  short_label: Days since
  formula: days from the latest end of their campaigns to the logical date, below 0 where it is yet to come
  unit: days
  format: number
  additivity: non_additive
  zero_rule: 0 is the day on which it ends
  null_rule: never
  source: campaigns
- name: days_between
  label: Days between collaborations
  short_label: Days between
  formula: mean days from the start of one of their campaigns to that of the next
  unit: days
  format: number
  additivity: non_additive
  zero_rule: 0 where all started on one day
  null_rule: they have one live collaboration
  source: campaigns
- name: profit_per_1000
  label: Expected profit of 1,000 spent
  short_label: Per 1,000
  formula: 1000 x expected_profit / last_cost
  unit: ratio
  format: money
  is_estimate: true
  additivity: non_additive
  zero_rule: 0 is just what was spent
  null_rule: no collaboration of the two whose profit is known, fewer than 4 such creators of the brand, or the last cost is not known or 0
  source: fct_attribution, fct_costs, coverage
  ratio: {of: expected_profit, to: last_cost, times: 1000}
- name: profit_per_1000_low
  label: Expected profit of 1,000 spent, low
  short_label: Per 1,000, low
  formula: 1000 x expected_profit_low / last_cost
  unit: ratio
  format: money
  is_estimate: true
  additivity: non_additive
  zero_rule: 0 is just what was spent
  null_rule: no collaboration of the two whose profit is known, fewer than 4 such creators of the brand, or the last cost is not known or 0
  source: fct_attribution, fct_costs, coverage
  ratio: {of: expected_profit_low, to: last_cost, times: 1000}
- name: profit_per_1000_high
  label: Expected profit of 1,000 spent, high
  short_label: Per 1,000, high
  formula: 1000 x expected_profit_high / last_cost
  unit: ratio
  format: money
  is_estimate: true
  additivity: non_additive
  zero_rule: 0 is just what was spent
  null_rule: no collaboration of the two whose profit is known, fewer than 4 such creators of the brand, or the last cost is not known or 0
  source: fct_attribution, fct_costs, coverage
  ratio: {of: expected_profit_high, to: last_cost, times: 1000}
- name: spend_order
  label: Place in spending
  short_label: Place
  formula: place of the creator by profit_per_1000 among those of the brand with one above 0, then creator_id
  unit: count
  format: number
  is_estimate: true
  additivity: non_additive
  zero_rule: never 0, as the first is 1
  null_rule: profit_per_1000 is not above 0, or not known
  source: fct_attribution, fct_costs, coverage
- name: spent_before
  label: Spent before
  short_label: Spent before
  formula: last_cost of those with a smaller spend_order, one collaboration each
  unit: money
  format: money
  is_estimate: true
  additivity: non_additive
  zero_rule: 0 is the first
  null_rule: profit_per_1000 is not above 0, or not known
  source: fct_attribution, fct_costs, coverage
- name: next_1000_part
  label: Part of the next 1,000
  short_label: Of 1,000
  formula: what of the next 1,000 of the reporting currency goes to the creator, when each takes one more collaboration at last_cost in the order of spend_order
  unit: money
  format: money
  is_estimate: true
  additivity: semi_additive
  not_over: brands, each of which spends 1,000 of its own
  zero_rule: 0 where those before take all of it
  null_rule: profit_per_1000 is not above 0, or not known
  source: fct_attribution, fct_costs, coverage
- name: next_1000_profit
  label: Expected profit of the next 1,000 of the brand
  short_label: Next 1,000
  formula: sum of next_1000_part / last_cost x expected_profit over the creators of the brand; part of a collaboration counts as that part of its cost and profit
  unit: money
  format: money
  is_estimate: true
  additivity: non_additive
  zero_rule: never 0, as only what is expected to come back is spent
  null_rule: nobody of the brand has a profit_per_1000 above 0
  source: fct_attribution, fct_costs, coverage
- name: next_1000_profit_low
  label: Expected profit of the next 1,000, low
  short_label: Next 1,000, low
  formula: lower end of its 95 % interval (z = 1.959964)
  unit: money
  format: money
  is_estimate: true
  additivity: non_additive
  zero_rule: 0 where it may come back without profit
  null_rule: nobody of the brand has a profit_per_1000 above 0
  source: fct_attribution, fct_costs, coverage
- name: next_1000_profit_high
  label: Expected profit of the next 1,000, high
  short_label: Next 1,000, high
  formula: upper end of its 95 % interval
  unit: money
  format: money
  is_estimate: true
  additivity: non_additive
  zero_rule: 0 where it may come back without profit
  null_rule: nobody of the brand has a profit_per_1000 above 0
  source: fct_attribution, fct_costs, coverage
- name: lift
  label: Lift over the usual
  short_label: Lift
  formula: exp of the mean over accounts of what the logarithms of engagement per follower of their posts with it lie above those of their other posts, less 1; 0.25 is a quarter more
  unit: share
  format: percent
  is_estimate: true
  additivity: non_additive
  zero_rule: 0 is what these accounts get without it
  null_rule: never
  source: fct_post_at_age
- name: lift_low
  label: Lift over the usual, low
  short_label: Lift, low
  formula: lower end of the interval of lift, by Student's t over accounts, at the level that Benjamini and Hochberg leave for all comparisons of the table together (5 %)
  unit: share
  format: percent
  is_estimate: true
  additivity: non_additive
  zero_rule: 0 where it may be no better than the usual
  null_rule: never
  source: fct_post_at_age
- name: lift_high
  label: Lift over the usual, high
  short_label: Lift, high
  formula: upper end of the interval of lift, by Student's t over accounts, at the level that Benjamini and Hochberg leave for all comparisons of the table together (5 %)
  unit: share
  format: percent
  is_estimate: true
  additivity: non_additive
  zero_rule: 0 where it may be no worse than the usual
  null_rule: never
  source: fct_post_at_age
- name: usual_posts
  label: Posts that it is compared with
  short_label: Usual posts
  formula: other posts of the same accounts that have something of the facet, of paid posts those that nobody paid for
  unit: posts
  format: number
  additivity: semi_additive
  not_over: values or facets, which are compared with the same posts
  zero_rule: never 0, as each account has 3
  null_rule: never
  source: dim_post, fct_post_at_age
- name: comparisons
  label: Comparisons of the night
  short_label: Comparisons
  formula: rows of content_insights, for which intervals and verdicts are made together
  unit: count
  format: number
  additivity: non_additive
  zero_rule: never 0
  null_rule: never
  source: content_insights
{% endset %}
{{ return(var('metric_catalogue', none) or fromyaml(text)) }}
{% endmacro %}
