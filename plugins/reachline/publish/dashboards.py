"""What the two dashboards of Superset show: datasets, charts, their places, filters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import get_args

from reachline.configuration.models import TierName
from reachline.publish.aggregates import Rows


@dataclass(frozen=True)
class Dataset:
    """Rows as Superset shows them; `day` is what its time filter looks at.

    `counts` are metrics that the catalogue has no column for: name, what it counts, the SQL.
    `derived` are columns that only Superset has: name, the column whose label it takes, the SQL.
    """

    rows: Rows
    day: str | None = None
    counts: tuple[tuple[str, str, str], ...] = ()
    derived: tuple[tuple[str, str, str], ...] = ()

    @property
    def name(self) -> str:
        """The name of the table or view."""
        return self.rows.name


CAMPAIGNS = Dataset(Rows("views", "campaign_results"), "starts_on")
METHODS = Dataset(Rows("views", "campaign_results_by_method", one_of="method"), "starts_on")
MONEY = Dataset(Rows("views", "campaign_money"), "date_day")
COLLABORATIONS = Dataset(Rows("views", "collaboration_results"), "starts_on")
POSTS = Dataset(
    Rows("views", "posts", repeated=frozenset({"followers"}), is_paired=True), "published_on"
)
OUTREACH = Dataset(Rows("views", "outreach"), "starts_on")
ACCOUNTS = Dataset(Rows("views", "creator_accounts", is_paired=True))
BOOKINGS = Dataset(Rows("views", "bookings", one_of="brand_id"), "last_on")
RELATIONSHIPS = Dataset(Rows("views", "relationships"), "first_on")
SHORTLIST = Dataset(Rows("views", "shortlist", one_of="brand_id"))
VOICES = Dataset(Rows("views", "voices", one_of="brand_id"), "week")
MENTIONS = Dataset(
    Rows("views", "brand_mentions", repeated=frozenset({"followers", "engagements"})),
    "mentioned_on",
    (("mentioning_posts", "Distinct posts with a mention.", "COUNT(DISTINCT post_id)"),),
)
HASHTAGS = Dataset(Rows("reports", "hashtag_trends", one_of="hashtag"), "week")
# an axis of words is in the order of the alphabet, whatever is asked
_TIERS_BY_SIZE = " ".join(
    f"WHEN '{tier}' THEN '{place} {tier}'" for place, tier in enumerate(get_args(TierName), 1)
)
TIERS = Dataset(
    Rows("reports", "tier_benchmarks"),
    derived=(("tier_by_size", "tier", f"CASE tier {_TIERS_BY_SIZE} END"),),
)

DATASETS = (
    CAMPAIGNS,
    METHODS,
    MONEY,
    COLLABORATIONS,
    POSTS,
    OUTREACH,
    ACCOUNTS,
    BOOKINGS,
    RELATIONSHIPS,
    SHORTLIST,
    VOICES,
    MENTIONS,
    HASHTAGS,
    TIERS,
)


@dataclass(frozen=True)
class Chart:
    """A chart: `columns` are grouped by, the first of them along the x axis where there is one.

    A table without metrics shows rows as they are. `order` names columns or metrics, largest
    first; with a + before it, smallest first.
    """

    name: str
    kind: str
    dataset: Dataset
    metrics: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    filters: tuple[tuple[str, str, object], ...] = ()
    order: tuple[str, ...] = ()
    limit: int = 1000
    width: int = 6
    height: int = 50
    options: Mapping[str, object] = field(default_factory=dict)
    grain: str | None = None

    @property
    def orders(self) -> list[tuple[str, bool]]:
        """What it is ordered by, and whether smallest first."""
        return [(name.removeprefix("+"), name.startswith("+")) for name in self.order]


def _number(name: str, metric: str, width: int = 3) -> Chart:
    return Chart(name, "big_number_total", CAMPAIGNS, (metric,), width=width, height=20)


BAR = "echarts_timeseries_bar"
LINE = "echarts_timeseries_line"

DASHBOARDS: dict[str, tuple[tuple[Chart, ...], ...]] = {
    "Campaigns": (
        (
            _number("Cost committed", "cost_committed"),
            _number("Attributed revenue", "attributed_revenue"),
            _number("Return on spend", "roas"),
            _number("ROI", "roi"),
        ),
        (
            _number("Campaigns", "results", 4),
            _number("Campaigns whose orders are known", "results_with_orders", 4),
            _number("Campaigns whose clicks are known", "results_with_clicks", 4),
        ),
        (
            Chart(
                # bars: a line would run through days on which nothing was spent or earned
                "Revenue and cost by day",
                BAR,
                MONEY,
                ("attributed_revenue", "cost"),
                ("date_day",),
                grain="P1D",
                width=12,
            ),
        ),
        (
            Chart(
                "Return on spend by campaign",
                BAR,
                CAMPAIGNS,
                ("roas",),
                ("campaign_label",),
                (("roas", "IS NOT NULL", None),),
                order=("+roas",),
                options={"orientation": "horizontal"},
            ),
            Chart(
                "Attributed revenue by method",
                BAR,
                METHODS,
                ("attributed_revenue",),
                ("method", "brand_name"),
                options={"stack": "Stack", "orientation": "horizontal"},
            ),
        ),
        (
            Chart(
                "Campaign results",
                "table",
                CAMPAIGNS,
                (
                    "cost_committed",
                    "attributed_revenue",
                    "roas",
                    "roi",
                    "attributed_orders",
                    "valid_clicks",
                    "ctr",
                    "conversion_rate",
                    "cpm",
                    "cpe",
                    "cpc",
                    "cpa",
                ),
                ("campaign_label", "brand_name", "result_state"),
                order=("cost_committed",),
                width=12,
                height=70,
            ),
        ),
        (
            Chart(
                "On track?",
                "table",
                CAMPAIGNS,
                columns=(
                    "campaign_name",
                    "brand_name",
                    "pacing_status",
                    "goal_metric",
                    "goal_value",
                    "actual",
                    "expected_to_date",
                    "pacing",
                    "projected",
                    "deliverables_due",
                    "deliverables_live",
                    "deliverables_late",
                ),
                order=("+campaign_name",),
                width=12,
            ),
        ),
        (
            Chart(
                "Creators of the campaigns",
                "table",
                COLLABORATIONS,
                (
                    "cost_committed",
                    "attributed_revenue",
                    "roas",
                    "roi",
                    "attributed_orders",
                    "engagements",
                    "cpe",
                ),
                ("creator_name", "creator_id", "tier"),
                order=("attributed_revenue",),
                width=12,
            ),
        ),
        (
            Chart(
                "Answers to outreach",
                "table",
                OUTREACH,
                ("contacted", "replied", "agreed", "reply_rate", "agree_rate"),
                ("campaign_name", "campaign_id", "channel"),
                order=("contacted",),
                width=12,
            ),
        ),
    ),
    "Creators and market": (
        (
            Chart(
                "Engagement rate by tier",
                BAR,
                TIERS,
                ("er_followers_pooled",),
                ("tier_by_size", "platform"),
            ),
            Chart(
                "Engagement rate by content",
                BAR,
                POSTS,
                ("er_followers_7d",),
                ("content_type", "platform"),
                (("content_type", "IS NOT NULL", None),),
            ),
        ),
        (
            Chart(
                "Creators",
                "table",
                ACCOUNTS,
                columns=(
                    "handle",
                    "platform",
                    "creator_name",
                    "tier",
                    "followers",
                    "posts_measured",
                    "er_followers_pooled",
                    "er_percentile",
                    "followers_growth_30d",
                    "authenticity_score",
                    "suggested_low",
                    "suggested_high",
                ),
                filters=(("creator_id", "IS NOT NULL", None),),
                order=("followers",),
                width=12,
            ),
        ),
        (
            Chart(
                "Whom to approach",
                "table",
                SHORTLIST,
                columns=(
                    "brand_name",
                    "rank",
                    "handle",
                    "platform",
                    "tier",
                    "followers",
                    "score",
                    "relevance",
                    "er_percentile",
                    "authenticity_score",
                    "suggested_mid",
                    "reasons",
                ),
                order=("+rank",),
                width=12,
            ),
        ),
        (
            Chart(
                "Whom to book next",
                "table",
                BOOKINGS,
                columns=(
                    "brand_name",
                    "creator_name",
                    "verdict",
                    "how_sure",
                    "expected_profit",
                    "expected_profit_low",
                    "expected_profit_high",
                    "next_break_even_fee",
                    "last_fee",
                    "last_cost",
                    "collaborations",
                    "last_on",
                    "days_between",
                    "profile_url",
                ),
                order=("expected_profit",),
                width=12,
            ),
        ),
        (
            Chart(
                "Who stays",
                "table",
                RELATIONSHIPS,
                columns=(
                    "brand_name",
                    "creator_name",
                    "status",
                    "collaborations",
                    "cost",
                    "attributed_revenue",
                    "roi",
                    "last_on",
                    "is_lapsed_star",
                ),
                order=("attributed_revenue",),
                width=12,
            ),
        ),
        (
            Chart(
                "Our share of voice by week",
                LINE,
                VOICES,
                ("share_of_posts",),
                ("week", "brand_name"),
                (("is_own_voice", "==", True), ("is_partial", "==", False)),
                grain="P1W",
            ),
            Chart(
                "Posts that mention a brand",
                BAR,
                MENTIONS,
                ("mentioning_posts",),
                ("brand_name", "relationship"),
                options={"stack": "Stack", "orientation": "horizontal"},
            ),
        ),
        (
            Chart(
                "Rising hashtags",
                "table",
                HASHTAGS,
                columns=("week", "hashtag", "platform", "posts", "growth", "z_score"),
                filters=(("is_partial", "==", False), ("z_score", ">", 0)),
                order=("week", "z_score"),
                width=12,
            ),
        ),
    ),
}

# what a reader narrows a dashboard to: the label, where its values stand, and the column
FILTERS = {
    "Campaigns": (
        ("Brand", CAMPAIGNS, "brand_name"),
        ("Campaign", CAMPAIGNS, "campaign_name"),
    ),
    "Creators and market": (
        ("Brand", SHORTLIST, "brand_name"),
        ("Platform", ACCOUNTS, "platform"),
        ("Tier", ACCOUNTS, "tier"),
    ),
}
