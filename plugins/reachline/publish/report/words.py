"""How names and values of the database are said: headers, units, formats."""

from __future__ import annotations

import math
import re
from datetime import date, datetime
from typing import Any

NOT_REPORTED = "not reported"

_LABELS = {
    "accounts": "Accounts",
    "actual": "So far",
    "actual_cost_per_post": "Paid per post",
    "affinity": "Affinity",
    "agree_rate": "Agreed, share",
    "amount": "Amount",
    "attributed_orders": "Orders",
    "attributed_profit": "Profit",
    "attributed_revenue": "Revenue",
    "authenticity_score": "Authenticity",
    "budget_amount": "Budget",
    "comments": "Comments",
    "conversion_rate": "Conversion",
    "cost": "Cost",
    "cost_committed": "Cost",
    "cost_paid": "Paid",
    "cost_to_date": "Cost to date",
    "cpa": "Per order",
    "cpc": "Per click",
    "cpe": "Per engagement",
    "cpm": "Per 1,000 shown",
    "ctr": "Click rate",
    "date_day": "Day",
    "deliverables": "Deliverables",
    "deliverables_due": "Due",
    "deliverables_late": "Late",
    "deliverables_live": "Live",
    "elapsed_days": "Days gone",
    "emv": "Media value",
    "engagement_variation": "Variation of engagements",
    "engagements_change": "Engagements gained",
    "er_followers_7d": "Engagement rate, 7 days",
    "er_followers_median": "Engagement rate, median",
    "er_followers_p25": "Lower quartile",
    "er_followers_p50": "Median rate",
    "er_followers_p75": "Upper quartile",
    "er_followers_pooled": "Engagement rate",
    "er_followers_shrunk": "Rate, steadied",
    "er_percentile": "Rank among peers",
    "er_views_7d": "Rate by views, 7 days",
    "er_views_pooled": "Rate by views",
    "expected_engagements": "Engagements expected",
    "expected_to_date": "Expected by now",
    "first_on": "Since",
    "follower_jump_z": "Largest jump of followers",
    "followers_change": "Change",
    "followers_growth_30d": "Growth, 30 days",
    "followers_total": "Followers",
    "following_per_follower": "Following per follower",
    "goal_value": "Goal",
    "incurred_on": "Day",
    "last_landed_at": "Last landed",
    "last_on": "Until",
    "last_run_status": "Last run",
    "likes_per_comment": "Likes per comment",
    "median_days_to_reply": "Days to reply, median",
    "mentions_earned": "Earned mentions",
    "no_reply": "No reply",
    "not_told": "Not told yet",
    "paid_posts_share": "Paid posts, share",
    "peer_cpe_p50": "Peers' cost per engagement",
    "peer_level": "Compared with",
    "peers": "Peers",
    "posts_90d": "Posts, 90 days",
    "posts_checked": "Posts",
    "posts_earned": "Earned",
    "posts_measured": "Posts measured",
    "posts_owned": "Owned",
    "posts_paid": "Paid",
    "posts_per_week": "Posts a week",
    "profit_coverage": "Profit known for",
    "projected": "Projected",
    "published_on": "Published",
    "quarantined_7d": "Set aside, 7 days",
    "queries": "Queries, last day",
    "queries_incomplete": "Queries not answered whole",
    "ratio_to_macro": "Against macro",
    "reach_sum_of_posts": "Reach, sum of posts",
    "recommended_by": "Recommended by",
    "reply_rate": "Replied, share",
    "roas": "ROAS",
    "roi": "ROI",
    "roi_first": "ROI, first",
    "roi_last": "ROI, last",
    "revenue_to_date": "Revenue to date",
    "rows": "Now",
    "rows_7d": "Rows, 7 days",
    "rows_before": "Before",
    "rows_expected": "Rows expected",
    "share_of_engagements": "Share of engagements",
    "share_of_posts": "Share of posts",
    "suggested_high": "Fee, high",
    "suggested_low": "Fee, low",
    "suggested_mid": "Fair fee",
    "total_days": "Days in all",
    "valid_clicks": "Clicks",
    "z_score": "Z-score",
}

ESTIMATES = frozenset(
    {
        "emv",
        "er_followers_shrunk",
        "expected_engagements",
        "projected",
        "suggested_high",
        "suggested_low",
        "suggested_mid",
    }
)
"""Columns that are worked out from something else than counts of the thing itself."""

SUMS_OF_POSTS = frozenset({"reach_sum_of_posts"})
"""Sums over the posts that report the figure, in which people are counted once a post."""

OF_THE_GOAL = frozenset({"actual", "expected_to_date", "goal_value", "projected"})
"""Columns of pacing whose unit is that of the campaign's goal."""

_MONEY = frozenset({"amount", "budget_amount", "cost_to_date", "revenue_to_date"})

OWN_WORDS = {
    "blocked": "Checks of the gate that failed and held the release back.",
    "change": "Rows of this release less those of the release before.",
    "checks": "Checks that the gate made.",
    "cost_to_date": "What was committed for the campaign up to the end of the day, what was agreed "
    "before it began among it.",
    "failed": "Posts that broke the rule.",
    "lines": "Lines of files that were set aside for the reason in the row.",
    "not_told": "Paid posts of which it is not known yet whether they kept the rule.",
    "passed": "Checks, or posts, that passed.",
    "posts_checked": "Paid posts of which it is known whether they kept the rule.",
    "revenue_to_date": "Revenue of the orders up to the end of the day that the default method of "
    "attribution credits to the campaign, those before it began among them.",
    "rows": "Rows of the table in this release.",
    "rows_before": "Rows of the table in the release before.",
    "sample": "How many days, posts or peers the signal is made of.",
    "value": "The signal itself; its name leads to its definition.",
    "warned": "Checks of the gate that failed and do not hold the release back.",
    "weak": "Posts that kept the rule in part: a disclosure that is late or unclear, a link that "
    "is not tracked.",
}
"""Columns that the report makes itself, by counting."""

_METHODS = {
    "code_then_click": "Code, then click",
    "first_touch": "First touch",
    "last_touch": "Last touch",
    "linear": "Linear",
    "position_based": "Position-based",
    "shapley": "Shapley",
    "time_decay": "Time decay",
}

_PERCENT = re.compile(
    r"^(er_.*|ctr.*|conversion_rate.*|roi.*|pacing|growth|followers_growth_30d|share_of_.*"
    r"|.*_share|.*_rate|relevance|affinity|profit_coverage)$"
)
_SIGNED = re.compile(r"^(roi.*|growth|followers_growth_30d|.*_change)$")
_TIMES = re.compile(r"^(roas|ratio_to_macro.*)$")


def label(name: str) -> str:
    """Return the words that stand over a column."""
    return _LABELS.get(name) or name.replace("_", " ").capitalize()


def method_label(method: str) -> str:
    """Return the name of a method of attribution in words."""
    return _METHODS.get(method) or method.replace("_", " ").capitalize()


def exact(value: object) -> str:
    """Return a value of the database as text that loses nothing."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value)


def unit_of(name: str, unit: str) -> str:
    """Return the unit of a column: the catalogue's, or that of an amount it does not know."""
    return unit or ("money" if name in _MONEY else "")


def number(name: str, value: Any, unit: str, *, change: bool = False) -> str:
    """Return a figure as people read it; `unit` is what `unit_of` says."""
    sign = "+" if value and (change or _SIGNED.match(name)) else ""
    if change and not value:
        return "0"
    if _PERCENT.match(name):
        share = 100 * value
        places = 0 if not share or abs(share) >= 100 else 1 if abs(share) >= 1 else 2
        return _fixed(share, sign, places) + "%"
    if _TIMES.match(name):
        return _fixed(value, sign, 2) + "×"
    if unit == "money" or name == "original_amount":
        return _fixed(value, sign, 2)
    if unit.startswith("money"):
        return _fixed(value, sign, 4 if abs(value) < 1 else 2)
    if name in ("score", "z_score"):
        return _fixed(value, sign, 3 if name == "score" else 1)
    if value == int(value):
        return _fixed(int(value), sign, 0)
    return _fixed(value, sign, 1 if abs(value) >= 10 else 2)


def _fixed(value: Any, sign: str, places: int) -> str:
    """Return a number with so many decimals, or more where it would else be shown as 0."""
    size = abs(float(value))
    if 0 < size < 10**-places / 2:
        places = 1 - math.floor(math.log10(size))
    return f"{value:{sign},.{places}f}".replace("-", "\N{MINUS SIGN}")


def day(value: date | datetime) -> str:
    """Return a day as 4 Mar 2026, a time with its hour and minute."""
    text = f"{value.day} {value:%b %Y}"
    return f"{text}, {value:%H:%M}" if isinstance(value, datetime) else text


def clipped(text: str, width: int) -> str:
    """Return the beginning of a text on one line, with an ellipsis where something is left out."""
    line = " ".join(text.split())
    return line if len(line) <= width else line[: width - 1].rstrip() + "…"
