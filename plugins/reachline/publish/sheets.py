"""What the workbook's sheets are called, how their columns stand, and what their headers say."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "yes", "day", "time", "whole", "number", "percent", "money", "small money"]
Tone = Literal["good", "watch", "bad", "quiet"]

CAMPAIGNS, CREATORS, MARKET = "#1F5FA8", "#2C7A6B", "#8A8F98"


@dataclass(frozen=True)
class Sheet:
    """One table of `reports` as marketing ops read it.

    `first` are the columns that stand first, the rest follows in the table's order and the ids
    last; as many as `frozen` stay while the rest moves. `order` sorts: `-` downwards, `!` in the
    order of words_in_order.
    """

    table: str
    title: str
    question: str
    first: tuple[str, ...]
    order: tuple[str, ...]
    frozen: int = 1
    tab: str | None = None


SHEETS = (
    Sheet(
        table="campaign_pacing",
        title="Pacing",
        question="Is the campaign on track?",
        first=("campaign", "status", "goal_metric", "goal_value", "actual", "expected_to_date"),
        order=("!status", "campaign"),
        tab=CAMPAIGNS,
    ),
    Sheet(
        table="campaign_performance",
        title="Campaigns",
        question="What did the campaign return?",
        first=(
            *("campaign", "method", "is_default_method", "cost_committed", "cost_paid"),
            *("attributed_revenue", "attributed_profit", "roi", "roas", "profit_coverage"),
            *("attributed_orders", "converting_orders", "valid_clicks", "conversion_rate"),
            *("conversion_rate_low", "conversion_rate_high"),
        ),
        order=("-is_default_method", "method", "-cost_committed", "campaign"),
        tab=CAMPAIGNS,
    ),
    Sheet(
        table="collaboration_performance",
        title="Collaborations",
        question="Which creators returned it?",
        first=(
            *("creator", "campaign", "method", "is_default_method", "is_live"),
            *("cost_committed", "cost_paid", "attributed_revenue", "attributed_profit", "roi"),
            *("roas", "profit_coverage", "attributed_orders", "converting_orders"),
            *("valid_clicks", "conversion_rate", "conversion_rate_low", "conversion_rate_high"),
        ),
        order=("-is_default_method", "method", "-attributed_revenue", "creator"),
        frozen=2,
        tab=CAMPAIGNS,
    ),
    Sheet(
        table="campaign_daily",
        title="Days",
        question="How did the campaign go day by day?",
        first=("campaign", "date_day"),
        order=("-date_day", "campaign"),
        frozen=2,
        tab=CAMPAIGNS,
    ),
    Sheet(
        table="post_performance",
        title="Posts",
        question="Which paid posts worked?",
        first=(
            *("handle", "platform", "published_on", "content_type", "campaign", "disclosure"),
            "emv",
        ),
        order=("-published_on", "handle"),
        tab=CAMPAIGNS,
    ),
    Sheet(
        table="compliance",
        title="Compliance",
        question="Did the post keep to the brief?",
        first=("creator", "campaign", "rule", "result", "evidence"),
        order=("!result", "campaign", "creator", "rule"),
        tab=CAMPAIGNS,
    ),
    Sheet(
        table="creator_scorecard",
        title="Creators",
        question="Is this creator good?",
        first=("handle", "platform", "creator", "tier", "followers", "authenticity_score"),
        order=("-er_percentile", "-followers"),
        tab=CREATORS,
    ),
    Sheet(
        table="discovery_shortlist",
        title="Shortlist",
        question="Whom should we approach?",
        first=("brand", "rank", "handle", "platform", "score", "reasons", "tier", "followers"),
        order=("brand", "rank"),
        frozen=3,
        tab=CREATORS,
    ),
    Sheet(
        table="fair_compensation",
        title="Fair fees",
        question="What is a fair fee for one post?",
        first=(
            *("handle", "platform", "creator", "tier", "suggested_low", "suggested_mid"),
            *("suggested_high", "actual_cost_per_post", "position", "expected_engagements"),
        ),
        order=("-actual_cost_per_post", "-suggested_mid"),
        tab=CREATORS,
    ),
    Sheet(
        table="creator_relationships",
        title="Relationships",
        question="Which creators stay?",
        first=("brand", "creator", "status", "is_lapsed_star", "collaborations"),
        order=("brand", "-is_lapsed_star", "-attributed_profit", "creator"),
        frozen=2,
        tab=CREATORS,
    ),
    Sheet(
        table="outreach_funnel",
        title="Outreach",
        question="Does outreach work?",
        first=("campaign", "channel", "contacted", "replied", "no_reply"),
        order=("campaign", "channel"),
        frozen=2,
        tab=CREATORS,
    ),
    Sheet(
        table="share_of_voice",
        title="Share of voice",
        question="Who is talked about?",
        first=("week", "brand", "voice", "share_of_posts", "share_of_engagements"),
        order=("-week", "brand", "-share_of_posts"),
        frozen=3,
        tab=MARKET,
    ),
    Sheet(
        table="hashtag_trends",
        title="Hashtags",
        question="Which hashtags rise?",
        first=("week", "hashtag", "platform", "posts", "growth", "z_score"),
        order=("-week", "-z_score", "-posts"),
        frozen=2,
        tab=MARKET,
    ),
    Sheet(
        table="tier_benchmarks",
        title="Tiers",
        question="Do smaller accounts engage more?",
        first=(
            *("platform", "tier", "accounts", "posts", "er_followers_pooled", "er_followers_p25"),
            *("er_followers_p50", "er_followers_p75", "er_followers_p50_low"),
            *("er_followers_p50_high", "ratio_to_macro"),
        ),
        order=("platform", "!tier"),
        frozen=2,
        tab=MARKET,
    ),
    Sheet(
        table="data_health",
        title="Data health",
        question="Can I trust today's numbers?",
        first=("source", "stream", "freshness", "gate", "last_run_status", "last_landed_at"),
        order=("!freshness", "source", "stream"),
        frozen=2,
    ),
)

HEADERS = {
    "accounts": "Accounts",
    "actual": "So far",
    "actual_cost_per_post": "Paid per post so far",
    "affinity": "Affinity",
    "agree_rate": "Agreed of contacted",
    "agreed": "Agreed",
    "attributed_orders": "Attributed orders",
    "attributed_profit": "Attributed profit",
    "attributed_revenue": "Attributed revenue",
    "authenticity_penalties": "What lowers authenticity",
    "authenticity_score": "Authenticity score (of 100)",
    "brand": "Brand",
    "campaign": "Campaign",
    "channel": "Channel",
    "collaborations": "Collaborations",
    "contacted": "Contacted",
    "content_type": "Kind of post",
    "conversion_rate": "Conversion rate",
    "conversion_rate_high": "Conversion rate, upper bound",
    "conversion_rate_low": "Conversion rate, lower bound",
    "converting_orders": "Orders with a click",
    "cost": "Cost",
    "cost_committed": "Cost committed",
    "cost_paid": "Cost paid",
    "cpa": "Cost per attributed order",
    "cpc": "Cost per valid click",
    "cpe": "Cost per engagement",
    "cpm": "Cost per 1,000 impressions",
    "creator": "Creator",
    "ctr": "Click-through rate",
    "ctr_high": "Click-through rate, upper bound",
    "ctr_low": "Click-through rate, lower bound",
    "date_day": "Day",
    "declined": "Declined",
    "deliverables": "Deliverables",
    "deliverables_due": "Deliverables due",
    "deliverables_late": "Deliverables late",
    "deliverables_live": "Deliverables live",
    "disclosure": "Disclosure",
    "disclosure_position": "Disclosure begins at sign",
    "disclosure_token": "Disclosed by",
    "elapsed_days": "Days gone",
    "emv": "Earned media value",
    "engagement_variation": "Variation of engagements",
    "engagements": "Engagements",
    "engagements_change": "Engagements gained",
    "er_followers": "Engagement rate, followers",
    "er_followers_median": "Engagement rate, followers, median post",
    "er_followers_p25": "Engagement rate, followers, lower quartile",
    "er_followers_p50": "Engagement rate, followers, median account",
    "er_followers_p50_high": "Median account, upper bound",
    "er_followers_p50_low": "Median account, lower bound",
    "er_followers_p75": "Engagement rate, followers, upper quartile",
    "er_followers_pooled": "Engagement rate, followers, all posts",
    "er_followers_shrunk": "Engagement rate, followers, steadied",
    "er_percentile": "Rank among peers",
    "er_reach": "Engagement rate, reach",
    "er_views": "Engagement rate, views",
    "er_views_pooled": "Engagement rate, views, all posts",
    "event_ids": "Events",
    "evidence": "What shows it",
    "expected_engagements": "Engagements to expect of one post",
    "expected_to_date": "Expected by now",
    "first_on": "First day",
    "follower_jump_days": "Days known for the jump",
    "follower_jump_z": "Largest jump of followers (robust z)",
    "followers": "Followers",
    "followers_growth_30d": "Growth of followers, 30 days",
    "following": "Following",
    "following_per_follower": "Following per follower",
    "freshness": "Freshness",
    "gate": "Gate",
    "goal_metric": "Goal counts",
    "goal_value": "Goal",
    "growth": "Growth on the 4 weeks before",
    "handle": "Handle",
    "hashtag": "Hashtag",
    "impressions": "Impressions",
    "impressions_basis": "Impressions made of",
    "is_customer": "Customer",
    "is_default_method": "Default method",
    "is_hashtag_match": "Uses the brand's hashtags",
    "is_keyword_match": "Uses the brand's keywords",
    "is_lapsed_star": "Lapsed star",
    "is_live": "Live",
    "is_partial": "Week not over",
    "is_repeat": "Came back",
    "is_suspicious": "Suspicious",
    "last_landed_at": "Last landed",
    "last_on": "Last day",
    "last_run_status": "Last run",
    "latest_cost_committed": "Cost of the latest collaboration",
    "latest_deliverables": "Deliverables of the latest collaboration",
    "likes_per_comment": "Likes per comment",
    "likes_per_comment_posts": "Posts with likes and comments",
    "median_days_to_reply": "Days to reply, median",
    "mentions": "Mentions",
    "mentions_earned": "Earned mentions",
    "method": "Method of attribution",
    "negotiating": "Negotiating",
    "no_reply": "No reply",
    "pacing": "Of what was expected",
    "paid_posts_90d": "Paid posts, 90 days",
    "paid_posts_share": "Paid of all posts, 90 days",
    "peer_cpe_p25": "Peers' cost per engagement, lower quartile",
    "peer_cpe_p50": "Peers' cost per engagement, median",
    "peer_cpe_p75": "Peers' cost per engagement, upper quartile",
    "peer_level": "Compared with",
    "peers": "Peers",
    "platform": "Platform",
    "position": "Paid against fair",
    "post_address": "Address of the post",
    "posts": "Posts",
    "posts_90d": "Posts, 90 days",
    "posts_earned": "Earned posts",
    "posts_measured": "Posts measured",
    "posts_owned": "Posts of its own",
    "posts_paid": "Paid posts",
    "posts_per_week": "Posts a week",
    "profit_coverage": "Profit known for",
    "projected": "Projected at the end",
    "published_on": "Published",
    "quarantined_7d": "Rows refused, 7 days",
    "queries": "Queries, last day",
    "queries_incomplete": "Queries not answered whole",
    "rank": "Rank",
    "ratio_to_macro": "Median against macro's",
    "ratio_to_macro_high": "Against macro's, upper bound",
    "ratio_to_macro_low": "Against macro's, lower bound",
    "reach": "Reach",
    "reach_sum_of_posts": "Reach, sum of the posts that report it",
    "reasons": "Why",
    "recommended_by": "Recommended by customers",
    "relevance": "Relevance",
    "replied": "Replied",
    "reply_rate": "Replied of contacted",
    "result": "Result",
    "roas": "Return on ad spend (revenue / cost)",
    "roi": "Return on investment",
    "roi_first": "Return on investment, first collaboration",
    "roi_last": "Return on investment, last collaboration",
    "rows_7d": "Rows, 7 days",
    "rows_expected": "Rows to expect",
    "rule": "Rule",
    "score": "Score (0 to 1)",
    "share_of_engagements": "Share of engagements",
    "share_of_posts": "Share of posts",
    "source": "Source",
    "status": "Status",
    "stream": "Stream",
    "suggested_high": "Fair fee, high",
    "suggested_low": "Fair fee, low",
    "suggested_mid": "Fair fee",
    "tenure_days": "Days together",
    "tier": "Tier",
    "top_hashtags": "Hashtags used most",
    "total_days": "Days in all",
    "valid_clicks": "Valid clicks",
    "views": "Views",
    "voice": "Voice",
    "week": "Week from",
    "works_with_competitors": "Works with competitors",
    "z_score": "Rise (z-score)",
}

ESTIMATES = frozenset(
    {
        *("emv", "er_followers_shrunk", "expected_engagements", "projected"),
        *("suggested_low", "suggested_mid", "suggested_high"),
    }
)
"""Columns that are worked out from something else than counts of the thing itself."""

LONG_TEXTS = frozenset({"reasons", "evidence"})

TONES: dict[str, dict[str, Tone]] = {
    "status": {
        **{"behind": "bad", "ahead": "good", "on_track": "good", "lapsed": "watch"},
        **{"planned": "quiet", "ended": "quiet"},
    },
    "result": {"fail": "bad", "weak": "watch", "pass": "good"},
    "disclosure": {"missing": "bad", "weak": "watch", "pass": "good"},
    "position": {"above": "watch", "below": "good"},
    "freshness": {"error": "bad", "never": "bad", "stale": "watch", "fresh": "good"},
    "gate": {"block": "bad", "warn": "watch", "pass": "good"},
    "last_run_status": {
        **{"failed": "bad", "auth_expired": "bad", "partial": "watch", "rate_limited": "watch"},
        **{"quota_exhausted": "watch", "ok": "good"},
    },
    "is_suspicious": {"yes": "watch"},
    "is_lapsed_star": {"yes": "watch"},
    "is_partial": {"yes": "quiet"},
}
"""The colours of words. The word itself is always there: nothing is said by colour alone."""

BELOW_ZERO_IS_BAD = frozenset({"attributed_profit", "roi", "roi_first", "roi_last"})
ABOVE_ZERO_IS_BAD = frozenset({"deliverables_late", "quarantined_7d", "queries_incomplete"})

_NOT_PERCENT = re.compile(
    r"roas|score|z_score|follower_jump_z|likes_per_comment|following_per_follower"
    r"|engagement_variation|ratio_to_macro(_low|_high)?"
)
_AGE = re.compile(r"^(.+)_(1|7|30)d$")


def header(column: str, kind: Kind, currency: str) -> str:
    """Return what stands over a column: words, its unit, and whether it is an estimate."""
    notes = ["estimate"] if column in ESTIMATES else []
    unit = {"percent": "%", "money": currency, "small money": currency, "time": "UTC"}.get(kind)
    if unit:
        notes.append(unit)
    return _words(column) + (f" ({', '.join(notes)})" if notes else "")


def kind_of(column: str, type_name: str, unit: str | None) -> Kind:
    """Return how a column is shown, from its type in DuckDB and its metric's unit."""
    if type_name == "BOOLEAN":
        return "yes"
    if type_name == "DATE":
        return "day"
    if type_name.startswith("TIMESTAMP"):
        return "time"
    is_whole = type_name.endswith("INT") or type_name.endswith("INTEGER")
    if not is_whole and not type_name.startswith(("DECIMAL", "DOUBLE", "FLOAT")):
        return "text"
    if unit == "money":
        return "money"
    if unit == "money per unit":
        return "small money" if column == "cpc" or "cpe" in column else "money"
    is_share = unit in ("share", "ratio") or column.startswith("er_")
    if is_share and not _NOT_PERCENT.fullmatch(column):
        return "percent"
    return "whole" if is_whole else "number"


def words_in_order(column: str) -> tuple[str, ...]:
    """Return a column's words in the order in which they are read; others come after them.

    Tiers go from small to large, what needs attention stands before what does not.
    """
    if column == "tier":
        return ("nano", "micro", "mid", "macro", "mega")
    tones = TONES[column]
    return tuple(word for tone in ("bad", "watch") for word in tones if tones[word] == tone)


def _words(column: str) -> str:
    if column in HEADERS:
        return HEADERS[column]
    if found := _AGE.match(column):
        days = "1 day" if found[2] == "1" else f"{found[2]} days"
        return f"{_words(found[1])}, {days}"
    if column.endswith("_id"):
        return f"{column[:-3].replace('_', ' ').capitalize()} id"
    return column.replace("_", " ").capitalize()
