"""What the report asks a release: one query for a kind of table, however many pages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from reachline.languages import N_
from reachline.publish.report.tables import Catalogue
from reachline.warehouse.metrics import load_metrics

Rows = list[dict[str, Any]]

LATEST_POSTS = 10
PAID_POSTS = 20
FOLLOWER_WEEKS = 26
DOOR_HOURS = 48
POSTS_OF_VOICE = 10
WEEKS_OF_POSTS = 8

CAMPAIGN_METHODS = """
select p.*, c.campaign_name, c.starts_on, b.brand_name
from reports.campaign_performance as p
left join core.dim_campaign as c on p.campaign_id = c.campaign_id
left join core.dim_brand as b on c.brand_id = b.brand_id
order by c.starts_on desc nulls last, p.campaign_id, p.method
"""

KNOWN_SHARE = (
    "coalesce(sum(cast(profit_coverage * attributed_revenue as decimal(28, 4))) {those} "
    "/ nullif(sum(attributed_revenue) {those}, 0), 1)"
)

COVERAGE_OF_ALL = f"case when count(attributed_revenue) > 0 then {KNOWN_SHARE.format(those='')} end"
"""Of what share of the revenue of some campaigns the profit is known: 1 where there is none."""

ROAS_OF_ALL = (
    "sum(attributed_revenue) "
    "/ nullif(sum(cost_committed) filter (where attributed_revenue is not null), 0)"
)
"""The revenue of the campaigns whose orders were watched over the cost of just these."""

NEARLY_WHOLE = 0.9
"""A return is told where orders were watched on this share of the days, as the contract has it."""

WATCHED = f"filter (where orders_covered >= {NEARLY_WHOLE})"

ROI_OF_ALL = (
    f"case when {KNOWN_SHARE.format(those=WATCHED)} "
    ">= (select max(value) from meta.thresholds where name = 'profit_coverage_min') "
    f"then (sum(attributed_profit) {WATCHED} - sum(cost_committed) {WATCHED}) "
    f"/ nullif(sum(cost_committed) {WATCHED}, 0) end"
)
"""The return of the campaigns of which one can be told."""

TOTALS = f"""
select
    method,
    sum(cost_committed) as cost_committed,
    sum(cost_paid) as cost_paid,
    sum(attributed_orders) as attributed_orders,
    sum(attributed_revenue) as attributed_revenue,
    sum(attributed_profit) as attributed_profit,
    {COVERAGE_OF_ALL} as profit_coverage,
    {ROAS_OF_ALL} as roas,
    {ROI_OF_ALL} as roi,
    count(*) as campaigns,
    count(attributed_revenue) as with_orders,
    count(*) {WATCHED} as with_return
from reports.campaign_performance
group by method
order by method
"""

METHODS = """
select method, bool_or(is_default_method) as is_default
from reports.campaign_performance
group by method
order by is_default desc, method
"""

CAMPAIGN_DAYS = "from reports.campaign_daily order by campaign_id, date_day desc"

TODAY = "(select r.logical_date from meta.run as r)"

DEFAULT_METHOD = (
    "(select any_value(m.method) from reports.campaign_performance as m where m.is_default_method)"
)

CREDITED = f"collaboration_id is not null and method = {DEFAULT_METHOD}"
"""Rows of fct_attribution that credit a collaboration by the default method."""

CLICKS_FROM = "(select max(w.covered_from) from meta.coverage as w where w.stream = 'clicks')"

CLICKED = "is_valid and collaboration_id is not null"
"""Rows of fct_clicks that count for a collaboration."""

# a goal is missed where all was watched that could have reached it
_GOAL_WATCHED = """case
    when g.goal_metric in ('conversions', 'revenue') then p.orders_covered >= 1
    when g.goal_metric = 'clicks' then p.clicks_covered >= 1
    when g.goal_metric = 'reach' then p.posts > 0 and p.posts_with_reach = p.posts
    when g.goal_metric = 'impressions' then p.posts > 0 and p.posts_with_impressions = p.posts
    else true
end"""

_SHORT = (
    "select g.campaign_id from reports.campaign_pacing as g "
    "inner join reports.campaign_performance as p "
    "on g.campaign_id = p.campaign_id and p.is_default_method "
    "where g.status = '{status}' and coalesce(g.{low}, {otherwise}) and {watched}"
)

MISSED = _SHORT.format(
    status="ended", low="actual < g.goal_value", otherwise="false", watched=_GOAL_WATCHED
)
"""Campaigns that ended short of their goal, where all was watched that counts towards it."""

PERHAPS_MISSED = _SHORT.format(
    status="ended",
    low="actual < g.goal_value",
    otherwise="g.goal_metric is not null",
    watched=f"not coalesce({_GOAL_WATCHED}, false)",
)
"""Campaigns that ended short of their goal by what was watched, which was not all."""

OVER_BUDGET = (
    "select c.campaign_id from core.dim_campaign as c "
    "inner join reports.campaign_performance as q "
    "on c.campaign_id = q.campaign_id and q.is_default_method "
    "where q.cost_committed > c.budget_amount"
)

CAMPAIGNS = f"""
select
    c.*, b.brand_name,
    c.campaign_id in ({MISSED}) as is_missed,
    c.campaign_id in ({PERHAPS_MISSED}) as is_perhaps_missed,
    c.campaign_id in ({OVER_BUDGET}) as is_over_budget,
    m.cost_committed, p.* exclude (campaign_id, goal_metric, goal_value, status),
    p.status as pacing_status, p.goal_value as pacing_goal, m.orders_covered, m.clicks_covered
from core.dim_campaign as c
left join core.dim_brand as b on c.brand_id = b.brand_id
left join reports.campaign_pacing as p on c.campaign_id = p.campaign_id
left join reports.campaign_performance as m
    on c.campaign_id = m.campaign_id and m.is_default_method
order by c.starts_on desc nulls last, c.campaign_id
"""

OF_CAMPAIGN = (
    "collaboration_id in (select p.collaboration_id from reports.collaboration_performance as p "
    "where p.campaign_id = campaign_daily.campaign_id)"
)

COST_TO_DATE = (
    "coalesce((select sum(c.amount) from core.fct_costs as c where c.is_committed_cost "
    f"and c.incurred_on <= campaign_daily.date_day and c.{OF_CAMPAIGN}), 0)"
)

NO_HANDLE = N_("handle not known")
"""What stands in the place of a handle in the rows of these queries."""

NO_HANDLE = N_("handle not known")
"""What stands in the place of a handle in the rows of these queries."""

ORDERS_FROM = "(select max(w.covered_from) from meta.coverage as w where w.stream = 'orders')"

_CONSTANTS = {
    "today": TODAY,
    "default_method": DEFAULT_METHOD,
    "clicks_from": CLICKS_FROM,
    "orders_from": ORDERS_FROM,
}
"""The day from which on landing tells of orders: what was earned before it is not known."""

REVENUE_TO_DATE = (
    f"case when campaign_daily.date_day >= {ORDERS_FROM} "
    "then coalesce((select sum(a.attributed_revenue) from core.fct_attribution as a "
    "where a.method = "
    "(select any_value(m.method) from reports.campaign_performance as m where m.is_default_method) "
    f"and a.ordered_on <= campaign_daily.date_day and a.{OF_CAMPAIGN}), 0) end"
)

MONEY_TO_DATE = f"""
with of_campaigns as (
    select distinct collaboration_id, campaign_id
    from reports.collaboration_performance
),

moved as (
    select p.campaign_id, c.incurred_on as date_day, c.amount as cost, 0 as revenue
    from core.fct_costs as c
    inner join of_campaigns as p on c.collaboration_id = p.collaboration_id
    where c.is_committed_cost
    union all
    select p.campaign_id, a.ordered_on as date_day, 0 as cost, a.attributed_revenue as revenue
    from core.fct_attribution as a
    inner join of_campaigns as p on a.collaboration_id = p.collaboration_id
    where
        a.method = (
            select any_value(m.method) from reports.campaign_performance as m
            where m.is_default_method
        )
),

spans as (
    select campaign_id, min(date_day) as first_day, max(date_day) as last_day
    from reports.campaign_daily
    group by campaign_id
),

-- what came before the first day is there on it
days as (
    select s.campaign_id, greatest(m.date_day, s.first_day) as date_day, m.cost, m.revenue
    from moved as m
    inner join spans as s on m.campaign_id = s.campaign_id
    union all
    select campaign_id, unnest([first_day, last_day]) as date_day, 0 as cost, 0 as revenue
    from spans
)

select
    campaign_id,
    date_day,
    sum(coalesce(sum(cost), 0)) over to_date as cost_to_date,
    case
        when date_day >= {ORDERS_FROM} then sum(coalesce(sum(revenue), 0)) over to_date
    end as revenue_to_date
from days
group by campaign_id, date_day
window to_date as (partition by campaign_id order by date_day)
order by campaign_id, date_day desc
"""
"""What each campaign has cost and earned up to each day on which that changed, and its ends."""

TREND_DAYS = 14


def _day(column: str, amount: str, table: str, where: str, watched: str, *, back: int) -> str:
    """Return what an amount came to on a day of dim_date, or so many days before it."""
    day = f"dim_date.date_day - {back}" if back else "dim_date.date_day"
    summed = f"coalesce((select {amount} from {table} where {where} and {column} = {day}), 0)"
    return f"case when {day} >= {watched} then {summed} end" if watched else summed


def _trends() -> dict[str, str]:
    made = {}
    for name, *how in (
        ("revenue", "ordered_on", "sum(attributed_revenue)", "core.fct_attribution", CREDITED,
         ORDERS_FROM),
        ("profit", "ordered_on", "sum(attributed_profit)", "core.fct_attribution", CREDITED,
         ORDERS_FROM),
        ("cost", "incurred_on", "sum(amount)", "core.fct_costs", "is_committed_cost", ""),
        ("clicks", "clicked_on", "count(*)", "core.fct_clicks", CLICKED, CLICKS_FROM),
    ):  # fmt: skip
        made[f"{name}_of_day"] = _day(*how, back=0)
        made[f"{name}_of_day_before"] = _day(*how, back=TREND_DAYS)
    return made


TRENDS_OF_DAYS = _trends()
"""What came in on a day of dim_date, and on the one TREND_DAYS days before it."""

DAYS_OF_TRENDS = (
    "select date_day, "
    + ", ".join(f"{expression} as {name}" for name, expression in TRENDS_OF_DAYS.items())
    + f" from core.dim_date where date_day > {TODAY} - {TREND_DAYS} and date_day <= {TODAY}"
    " and exists (from core.dim_campaign) order by date_day desc"
)

COLLABORATIONS = """
select p.*, c.shown_name as creator_name, d.campaign_name, d.starts_on
from reports.collaboration_performance as p
left join core.dim_creator as c on p.creator_id = c.creator_id
left join core.dim_campaign as d on p.campaign_id = d.campaign_id
order by p.is_live desc, p.cost_committed desc, p.collaboration_id, p.method
"""

ORDERS_AT_ONCE = 200
"""Orders of a collaboration that a page lists, the last ones."""

ORDERS_OF_COLLABORATIONS = f"""
select
    t.order_id, t.method, t.touch_number, t.collaboration_id, t.ordered_on, t.touch_kind, t.credit,
    t.attributed_revenue, t.attributed_profit, o.refunded_amount, o.currency,
    count(*) over (partition by t.collaboration_id) as orders_of_collaboration
from core.fct_attribution as t
left join core.fct_orders as o on t.order_id = o.order_id
where t.collaboration_id is not null and t.method = {DEFAULT_METHOD}
qualify
    row_number() over (
        partition by t.collaboration_id order by t.ordered_on desc, t.order_id, t.touch_number
    ) <= {ORDERS_AT_ONCE}
order by t.collaboration_id, t.ordered_on desc, t.order_id, t.touch_number
"""

CLICKS_OF_DAYS = {
    "clicks_that_count": "count(*) filter (where is_valid)",
    "clicks_of_bots": "count(*) filter (where is_bot)",
    "clicks_again": "count(*) filter (where not is_valid and not is_bot)",
}
"""What a collaboration's clicks of a day are."""

CLICKS_OF_COLLABORATIONS = (
    "select collaboration_id, clicked_on, "
    + ", ".join(f"{expression} as {name}" for name, expression in CLICKS_OF_DAYS.items())
    + " from core.fct_clicks where collaboration_id is not null group by collaboration_id, "
    "clicked_on order by collaboration_id, clicked_on desc"
)

PAID_POSTS_OF_ALL = """
select
    pp.*, a.creator_id,
    case when pp.account_id is not null then coalesce(a.handle, 'handle not known') end as handle,
    d.text, d.permalink, d.media_url
from reports.post_performance as pp
left join core.dim_account as a on pp.account_id = a.account_id
left join core.dim_post as d on pp.post_id = d.post_id
order by pp.engagements desc nulls last, pp.post_id
"""

LATEST_POSTS_OF_ROSTER = f"""
with posts_of_roster as (
    select
        p.post_id, p.platform, p.published_on, p.content_type, p.text, p.permalink, p.media_url,
        a.creator_id, a.handle,
        row_number() over (
            partition by a.creator_id order by p.published_at desc, p.post_id
        ) as place,
        count(*) over (partition by a.creator_id) as posts_of_creator
    from core.dim_post as p
    inner join core.dim_account as a on p.account_id = a.account_id
    inner join core.dim_creator as c on a.creator_id = c.creator_id
    where not p.is_repost
),

latest as (
    select *
    from posts_of_roster
    where place <= {LATEST_POSTS}
)

select l.*, f.measured_on, f.likes, f.comments, f.views, f.engagements
from latest as l
left join core.fct_post_latest as f on l.post_id = f.post_id
order by l.creator_id, l.place
"""

PICTURES = """
select regexp_extract(lower(media_url), '^https://([a-z0-9.-]+)/', 1) as host, count(*) as posts
from core.dim_post
where regexp_matches(lower(media_url), '^https://[a-z0-9.-]+/')
group by all
order by posts desc, host
limit 20
"""
"""The hosts of pictures that pages may ask, at a click."""

COSTS = """
select f.*, p.campaign_id, p.creator_id, c.shown_name as creator_name
from core.fct_costs as f
inner join (
    select distinct collaboration_id, campaign_id, creator_id from reports.collaboration_performance
) as p on f.collaboration_id = p.collaboration_id
left join core.dim_creator as c on p.creator_id = c.creator_id
order by f.incurred_on desc nulls last, f.cost_id
"""

RULES = """
select
    campaign_id,
    rule,
    count(result) as posts_checked,
    count(*) - count(result) as not_told,
    count(*) filter (where result = 'pass') as passed,
    count(*) filter (where result = 'weak') as weak,
    count(*) filter (where result = 'fail') as failed
from reports.compliance
where campaign_id is not null
group by campaign_id, rule
order by campaign_id, rule
"""

NOT_KEPT = """
select
    r.*, d.text, d.permalink, d.media_url, d.published_on, c.shown_name as creator_name,
    g.campaign_name
from reports.compliance as r
left join core.dim_post as d on r.post_id = d.post_id
left join core.dim_creator as c on r.creator_id = c.creator_id
left join core.dim_campaign as g on r.campaign_id = g.campaign_id
where r.result in ('fail', 'weak')
order by r.result, d.published_on desc, r.post_id, r.rule
"""

CREATORS = """
select * replace (shown_name as creator_name)
from core.dim_creator
order by followers_total desc nulls last, creator_id
"""

SCORECARDS = """
select
    s.* replace (coalesce(s.handle, 'handle not known') as handle), c.shown_name as creator_name,
    f.actual_cost_per_post, f.suggested_mid, f.suggested_low, f.suggested_high
from reports.creator_scorecard as s
inner join core.dim_creator as c on s.creator_id = c.creator_id
left join reports.fair_compensation as f on s.account_id = f.account_id
order by s.followers desc nulls last, s.account_id
"""

FOLLOWERS = f"""
with days as (
    select
        f.account_id, f.date_day, f.followers, a.creator_id, a.platform, a.handle,
        row_number() over (
            partition by f.account_id, date_trunc('week', f.date_day) order by f.date_day desc
        ) as place
    from core.fct_account_daily as f
    inner join core.dim_account as a on f.account_id = a.account_id
    inner join core.dim_creator as c on a.creator_id = c.creator_id
    where f.date_day > (select r.logical_date from meta.run as r) - {7 * FOLLOWER_WEEKS}
)

select * exclude (place), platform || ' ' || coalesce(handle, 'handle not known') as account
from days
where place = 1
order by account_id, date_day desc
"""

RELATIONSHIPS = """
select r.*, b.brand_name, c.shown_name as creator_name
from reports.creator_relationships as r
left join core.dim_brand as b on r.brand_id = b.brand_id
left join core.dim_creator as c on r.creator_id = c.creator_id
order by r.attributed_profit desc nulls last, r.brand_id, r.creator_id
"""

FEES = """
select f.*, a.handle, f.platform || ' ' || coalesce(a.handle, 'handle not known') as account
from reports.fair_compensation as f
left join core.dim_account as a on f.account_id = a.account_id
order by f.break_even_fee desc nulls last, f.suggested_mid desc nulls last, f.account_id
"""

BOOKINGS = """
select
    n.*, coalesce(b.brand_name, n.brand_id) as brand_name, c.creator_id is not null as has_page,
    coalesce(c.shown_name, n.creator_id) as creator_name
from reports.next_bookings as n
left join core.dim_brand as b on n.brand_id = b.brand_id
left join core.dim_creator as c on n.creator_id = c.creator_id
order by
    brand_name, n.brand_id, n.spend_order nulls last, n.expected_profit desc nulls last,
    n.creator_id
"""
"""A row for each creator of each brand, in the order in which money would be spent on them.

Whom to book again and whom to stop is read from here alone.
"""

ODD_CODES = """
select h.*, l.campaign_id, d.campaign_name, b.brand_name, c.shown_name as creator_name
from reports.code_health as h
left join (
    select distinct collaboration_id, campaign_id from reports.collaboration_performance
) as l on h.collaboration_id = l.collaboration_id
left join core.dim_campaign as d on l.campaign_id = d.campaign_id
left join core.dim_brand as b on h.brand_id = b.brand_id
left join core.dim_creator as c on h.creator_id = c.creator_id
where h.likely_leaked or h.is_self_referred
order by h.revenue_with_code desc, h.code
"""

OWN_BRANDS = "select * from core.dim_brand where role = 'own' order by brand_name, brand_id"

SHORTLIST = """
select
    s.* replace (coalesce(s.handle, 'handle not known') as handle),
    f.suggested_low, f.suggested_mid, f.suggested_high, b.brand_name
from reports.discovery_shortlist as s
left join reports.fair_compensation as f on s.account_id = f.account_id
left join core.dim_brand as b on s.brand_id = b.brand_id
order by s.brand_id, s.rank
"""

VOICE = """
select v.*, b.brand_name, coalesce(w.brand_name, v.voice_brand_id) as voice, c.covered_from
from reports.share_of_voice as v
left join core.dim_brand as b on v.brand_id = b.brand_id
left join core.dim_brand as w on v.voice_brand_id = w.brand_id
left join meta.coverage as c on v.voice_brand_id = c.brand_id and c.stream = 'mentions'
order by v.brand_id, v.week desc, v.share_of_posts desc nulls last, v.voice_brand_id
"""

POSTS_OF_VOICES = f"""
with mentions as (
    select
        post_id, brand_id as voice_brand_id, account_id, mentioned_on, relationship, engagements,
        min(kind) as kind, string_agg(kind, ', ' order by kind) as kinds,
        cast(date_trunc('week', mentioned_on) as date) as week
    from core.fct_mentions
    where relationship <> 'owned'
    group by post_id, brand_id, account_id, mentioned_on, relationship, engagements
),

posts as (
    select
        v.brand_id, m.*,
        row_number() over (
            partition by v.brand_id, m.voice_brand_id, m.week
            order by m.engagements desc nulls last, m.mentioned_on desc, m.post_id
        ) as place,
        count(*) over (partition by v.brand_id, m.voice_brand_id) as posts_of_voice,
        max(v.week) over (partition by v.brand_id) as last_week
    from reports.share_of_voice as v
    inner join mentions as m on v.voice_brand_id = m.voice_brand_id and v.week = m.week
)

select
    p.*, strftime(p.week, '%G-W%V') as week_number,
    d.platform, d.text, d.permalink, d.media_url, a.creator_id,
    coalesce(a.handle, 'handle not known') as handle
from posts as p
left join core.dim_post as d on p.post_id = d.post_id
left join core.dim_account as a on p.account_id = a.account_id
where p.place <= {POSTS_OF_VOICE} and p.week > p.last_week - {7 * WEEKS_OF_POSTS}
order by p.brand_id, p.voice_brand_id, p.week desc, p.place
"""
"""The posts behind a voice's share of a week: the most engaging of each of the last weeks."""

TRENDS = """
select *, platform || ' #' || hashtag as tag
from reports.hashtag_trends
where
    week >= (
        select coalesce(max(week) filter (where not is_partial), max(week))
        from reports.hashtag_trends
    )
order by is_partial, z_score desc nulls last, posts desc, platform, hashtag
"""

TREND_ROWS = "select count(*) as n from reports.hashtag_trends"

TIERS = """
from reports.tier_benchmarks
order by
    platform, coalesce(list_position(['nano', 'micro', 'mid', 'macro', 'mega'], tier), 9), tier
"""

INSIGHTS = """
from reports.content_insights
order by
    list_position(['better', 'worse', 'unsure'], verdict), lift_high - lift_low, platform, facet,
    value
"""
"""What works first, then what does not, then what is not known, the best known of it first."""

OUTREACH = """
select o.*, c.campaign_name
from reports.outreach_funnel as o
left join core.dim_campaign as c on o.campaign_id = c.campaign_id
order by c.starts_on desc nulls last, o.campaign_id, o.channel
"""

HEALTH = """
from reports.data_health
order by
    (
        freshness = 'fresh' and gate = 'pass' and queries_incomplete = 0 and queries_not_found = 0
        and files_refused = 0
        and coalesce(completeness not in ('below_usual', 'above_usual'), true)
    ),
    source, stream
"""

CLICK_DOOR_TOTALS = """
select
    source,
    sum(clicks) as clicks,
    sum(clicks_counted) as clicks_counted,
    sum(clicks_in_reports) as clicks_in_reports
from reports.click_doors
group by source
order by clicks desc, source
"""

CLICK_DOORS = """
select d.*, c.campaign_name, p.creator_id, r.shown_name as creator_name
from reports.click_doors as d
left join core.dim_campaign as c on d.campaign_id = c.campaign_id
left join reports.collaboration_performance as p
    on d.collaboration_id = p.collaboration_id and p.is_default_method
left join core.dim_creator as r on p.creator_id = r.creator_id
order by
    max(abs(d.clicks_in_reports - d.clicks)) over (partition by d.collaboration_id) desc,
    d.collaboration_id, d.source
"""

CLICK_DOOR_HOURS = f"""
select h.*, b.brand_name
from reports.click_door_hours as h
left join core.dim_brand as b on h.brand_id = b.brand_id
order by
    max(abs(h.clicks_in_reports - h.clicks)) over (partition by h.brand_id, h.hour_at) desc,
    h.hour_at desc, h.brand_id, h.source
limit {DOOR_HOURS}
"""

CLICK_DOOR_HOUR_ROWS = "select count(*) as n from reports.click_door_hours"

ORPHAN_CLICKS = """
select o.*, p.campaign_id, c.campaign_name, r.shown_name as creator_name, p.creator_id
from reports.orphan_clicks as o
left join reports.collaboration_performance as p
    on o.collaboration_id = p.collaboration_id and p.is_default_method
left join core.dim_campaign as c on p.campaign_id = c.campaign_id
left join core.dim_creator as r on p.creator_id = r.creator_id
order by o.clicks desc, o.utm_campaign, o.utm_content, o.source
"""

GATES = """
select
    stage, table_name, expectation, severity, success, expected, observed, failing_keys, why,
    owner, accepted
from quality.gate_results
order by success, severity, stage, table_name, expectation
"""

GATE_TOTALS = """
select
    stage,
    count(*) as checks,
    count(*) filter (where success) as passed,
    count(*) filter (where not success and severity = 'warn') as warned,
    count(*) filter (where not success and severity = 'block') as blocked
from quality.gate_results
group by stage
order by stage
"""

REJECTS = """
select source, stream, reason, column_name, count(*) as lines, max(logical_date) as last_on
from quality.rejects
group by source, stream, reason, column_name
order by lines desc, source, stream, reason, column_name
"""

REJECT_LINES = """
select stream, batch_id, line, source, file_name, column_name, reason, raw
from quality.rejects
order by logical_date desc, stream, batch_id, line, column_name
limit 200
"""

COUNTED = {
    "core.dim_creator": N_("creators of the roster"),
    "core.dim_account": N_("accounts"),
    "core.dim_post": N_("posts"),
    "core.fct_mentions": N_("brand mentions"),
    "core.fct_clicks": N_("clicks, bots and repeats with them"),
    "core.fct_orders": N_("orders"),
    "reports.discovery_shortlist": N_("places on shortlists"),
}
"""Tables whose rows are counted for what changed, and what a row is."""

COUNTS = " union all ".join(
    f"select {place} as place, '{table}' as table_name, count(*) as rows from {table}"
    for place, table in enumerate(COUNTED)
)

STANDING = """
select
    c.campaign_id, d.campaign_name, c.posts, c.engagements, c.valid_clicks, c.attributed_orders,
    c.attributed_revenue, c.cost_committed, c.orders_covered, c.clicks_covered, d.starts_on,
    p.status, p.goal_metric, p.deliverables_late
from reports.campaign_performance as c
left join core.dim_campaign as d on c.campaign_id = d.campaign_id
left join reports.campaign_pacing as p on c.campaign_id = p.campaign_id
where c.is_default_method
order by d.starts_on desc nulls last, c.campaign_id
"""

SHORTLISTED = "select brand_id, account_id from reports.discovery_shortlist"

RUN = "from meta.run"

COVERAGE = "from meta.coverage order by stream, brand_id"

TABLES = "from meta.tables order by table_schema, table_name"

COLUMNS = """
select *
from meta.columns
order by table_schema, table_name, ordinal_position
"""


@contextmanager
def reading(database: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a release's database to read it, and nothing else of the machine."""
    connection = duckdb.connect(
        str(database), read_only=True, config={"enable_external_access": False, "threads": 2}
    )
    with connection:
        connection.execute("set TimeZone = 'UTC'")
        yield connection


def ask(connection: duckdb.DuckDBPyConnection, query: str) -> Rows:
    """Return the rows of a query by column."""
    cursor = connection.execute(*_with_constants(connection, query))
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _with_constants(
    connection: duckdb.DuckDBPyConnection, query: str
) -> tuple[str, dict[str, Any]]:
    """Return a query with what is one value for a whole release as parameters, and their values.

    Of a hundred expressions that each ask for the day, DuckDB makes a hundred joins.
    """
    values = {}
    for name, constant in _CONSTANTS.items():
        if constant in query:
            ((values[name],),) = connection.execute(f"select {constant}").fetchall()
            query = query.replace(constant, f"${name}")
    return query, values


def ask_before(connection: duckdb.DuckDBPyConnection | None, query: str) -> Rows | None:
    """Return a query's rows of the release before; None without one, or where it lacks a column."""
    if connection is None:
        return None
    try:
        return ask(connection, query)
    except (duckdb.CatalogException, duckdb.BinderException):
        return None


def grouped(rows: Iterable[dict[str, Any]], by: str) -> dict[Any, Rows]:
    """Return rows by a field, in their order."""
    groups: defaultdict[Any, Rows] = defaultdict(list)
    for row in rows:
        groups[row[by]].append(row)
    return groups


def read_catalogue(connection: duckdb.DuckDBPyConnection) -> Catalogue:
    """Return what the release says of its metrics and columns."""
    (run,) = ask(connection, RUN)
    metrics = load_metrics()
    return Catalogue(
        currency=run["currency"],
        metrics={name: metrics[name] for name in sorted(metrics)},
        columns={
            (f"{row['table_schema']}.{row['table_name']}", row["column_name"]): (
                row["description"] or "",
                row["metric"],
            )
            for row in ask(connection, COLUMNS)
        },
    )


def keys_of(rows: Sequence[dict[str, Any]], *fields: str) -> set[tuple[Any, ...]]:
    """Return the values that rows have in some fields."""
    return {tuple(row[field] for field in fields) for row in rows}
