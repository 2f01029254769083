"""What the workbook's sheets are called, how their columns stand, and what their headers say."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from reachline.languages import SOURCE, gettext, spoken
from reachline.publish.labels import label_of
from reachline.publish.report import words
from reachline.sql import literal

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
            *("campaign", "method", "result_state", "orders_covered"),
            *("clicks_covered", "cost_committed", "cost_paid", "attributed_revenue"),
            *("attributed_profit", "roi", "roas", "profit_coverage"),
            *("attributed_orders", "new_customers", "cost_per_new_customer"),
            *("converting_orders", "valid_clicks", "conversion_rate"),
            *("conversion_rate_low", "conversion_rate_high"),
        ),
        order=("-cost_committed", "campaign"),
        tab=CAMPAIGNS,
    ),
    Sheet(
        table="collaboration_performance",
        title="Collaborations",
        question="Which creators returned it?",
        first=(
            *("creator", "campaign", "method", "is_live", "result_state"),
            *("orders_covered", "clicks_covered", "cost_committed", "cost_paid"),
            *("attributed_revenue", "attributed_profit", "roi"),
            *("roas", "profit_coverage", "attributed_orders", "new_customers"),
            *("cost_per_new_customer", "converting_orders"),
            *("valid_clicks", "conversion_rate", "conversion_rate_low", "conversion_rate_high"),
        ),
        order=("-attributed_revenue", "creator"),
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
            *("post_address", "emv"),
        ),
        order=("-published_on", "handle"),
        tab=CAMPAIGNS,
    ),
    Sheet(
        table="compliance",
        title="Compliance",
        question="Did the post keep to the brief?",
        first=("creator", "campaign", "rule", "result", "evidence", "post_address"),
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
        table="next_bookings",
        title="Next bookings",
        question="Whom to book again, and what is that expected to bring?",
        first=(
            *("brand", "creator", "verdict", "how_sure", "expected_profit"),
            *("expected_profit_low", "expected_profit_high", "next_break_even_fee", "last_fee"),
            *("last_cost", "profit_per_1000", "spend_order", "spent_before", "next_1000_part"),
            *("collaborations", "collaborations_measured", "last_on", "days_between"),
        ),
        order=("brand", "spend_order", "-expected_profit", "creator"),
        frozen=2,
        tab=CREATORS,
    ),
    Sheet(
        table="fair_compensation",
        title="Fair fees",
        question="What did a post earn, and what is a fair fee for one?",
        first=(
            *("handle", "platform", "creator", "tier", "verdict", "break_even_fee"),
            *("break_even_low", "break_even_high", "break_even_posts", "actual_cost_per_post"),
            *("suggested_low", "suggested_mid", "suggested_high", "position"),
            "expected_engagements",
        ),
        order=("-break_even_fee", "-actual_cost_per_post", "-suggested_mid"),
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
        table="code_health",
        title="Promo codes",
        question="Is a code leaked?",
        first=(
            *("brand", "code", "creator", "likely_leaked", "is_self_referred", "reasons"),
            *("orders", "revenue_with_code", "first_order_on", "last_order_on"),
        ),
        order=("-likely_leaked", "-is_self_referred", "-revenue_with_code"),
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
        table="content_insights",
        title="What works",
        question="Which posts bring more than the creator's own usual?",
        first=(
            *("platform", "facet", "value", "verdict", "lift", "lift_low", "lift_high"),
            *("accounts", "posts"),
        ),
        order=("!verdict", "-lift", "platform", "facet", "value"),
        frozen=3,
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
    Sheet(
        table="click_doors",
        title="Clicks by source",
        question="Do the sources of clicks agree?",
        first=(
            *("campaign", "creator", "source", "clicks", "clicks_counted", "clicks_in_reports"),
            *("clicks_ratio", "hours_compared", "hours_silent"),
        ),
        order=("campaign", "collaboration_id", "source"),
        frozen=3,
    ),
    Sheet(
        table="click_door_hours",
        title="Clicks by hour",
        question="In which hours do the sources of clicks part?",
        first=("brand", "hour_at", "source", "clicks", "clicks_counted", "clicks_in_reports"),
        order=("-hour_at", "brand", "source"),
        frozen=3,
    ),
    Sheet(
        table="orphan_clicks",
        title="Orphan clicks",
        question="Which clicks meet no link, and which did they mean?",
        first=(
            *("utm_campaign", "utm_content", "source", "clicks", "first_clicked_on"),
            *("last_clicked_on", "likely_utm_campaign", "likely_utm_content"),
        ),
        order=("-clicks", "utm_campaign", "utm_content", "source"),
        frozen=2,
    ),
)

OF_METHODS = ("attributed_revenue", "attributed_profit", "attributed_orders", "roi")
"""What differs by the method of attribution, and is compared between methods."""

LONG_TEXTS = frozenset({"reasons", "evidence"})

TONES: dict[str, dict[str, Tone]] = {
    "status": {
        **{"behind": "bad", "ahead": "good", "on_track": "good", "lapsed": "watch"},
        **{"planned": "quiet", "ended": "quiet"},
    },
    "result": {"fail": "bad", "weak": "watch", "pass": "good"},
    "disclosure": {"missing": "bad", "weak": "watch", "pass": "good"},
    "verdict": {
        **{"stop": "bad", "renegotiate": "watch", "rebook": "good", "too_early": "quiet"},
        **{"try_again": "watch", "better": "good", "worse": "bad"},
    },
    "how_sure": {"sure": "good", "unsure": "watch", "not_known": "quiet"},
    "result_state": {
        **{"not_covered": "watch", "partly_covered": "watch", "planned": "quiet", "ended": "quiet"},
    },
    "freshness": {"error": "bad", "never": "bad", "stale": "watch", "fresh": "good"},
    "completeness": {"below_usual": "bad", "above_usual": "watch", "whole": "good"},
    "gate": {"block": "bad", "warn": "watch", "pass": "good"},
    "last_run_status": {
        **{"failed": "bad", "auth_expired": "bad", "partial": "watch", "rate_limited": "watch"},
        **{"waiting": "watch", "not_found": "watch", "quota_exhausted": "watch", "ok": "good"},
    },
    "is_suspicious": {"yes": "watch"},
    "is_lapsed_star": {"yes": "watch"},
    "likely_leaked": {"yes": "bad"},
    "is_self_referred": {"yes": "watch"},
    "is_partial": {"yes": "quiet"},
}
"""The colours of words. The word itself is always there: nothing is said by colour alone."""

BELOW_ZERO_IS_BAD = frozenset(
    {"attributed_profit", "roi", "roi_first", "roi_last", "break_even_fee"}
)
ABOVE_ZERO_IS_BAD = frozenset(
    {"deliverables_late", "quarantined_7d", "queries_incomplete", "queries_not_found"}
)


STATES = (
    (TONES.keys() - {name for name, tones in TONES.items() if "yes" in tones})
    | words.STATES_IN_WORDS
    | {"content_type", "facet", "impressions_basis", "peer_level"}
)
"""Columns of states and kinds, whose words the catalogue of each language has."""


def in_words(column: str) -> Callable[[str], str] | None:
    """Return what says a word of a column in the reader's language; None: words stay as they are.

    So they do in English: who knows the database finds them.
    """
    if spoken().code == SOURCE:
        return None
    if column == "method":
        return words.method_label
    return words.state if column in STATES else None


def header(column: str, kind: Kind, currency: str, by: str = "") -> str:
    """Return what stands over a column: words, its unit, and whether it is an estimate.

    `by` is the method of attribution where the column is of one.
    """
    label = label_of(column)
    notes = [gettext("estimate")] if label.is_estimate else []
    unit = {"percent": "%", "money": currency, "small money": currency, "time": "UTC"}.get(kind)
    if unit:
        notes.append(unit)
    said = label.text
    if by:
        said += f", {by.replace('_', ' ') if spoken().code == SOURCE else words.method_label(by)}"
    return said + (f" ({', '.join(notes)})" if notes else "")


def kind_of(column: str, type_name: str) -> Kind:
    """Return how a column is shown, from its type in DuckDB and its label's format."""
    if type_name == "BOOLEAN":
        return "yes"
    if type_name == "DATE":
        return "day"
    if type_name.startswith("TIMESTAMP"):
        return "time"
    is_whole = type_name.endswith("INT") or type_name.endswith("INTEGER")
    if not is_whole and not type_name.startswith(("DECIMAL", "DOUBLE", "FLOAT")):
        return "text"
    shown_as = label_of(column).format
    if shown_as == "money" or shown_as == "small money":
        return shown_as
    if shown_as == "percent" or shown_as == "signed percent":
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


def order_of(sheet: Sheet, cells: Mapping[str, str]) -> list[str]:
    """Return what a sheet's rows are ordered by, as SQL; `cells` is the SQL of each column."""
    parts = []
    for entry in sheet.order:
        name = entry.lstrip("-!")
        if name not in cells:
            continue
        sql = cells[name]
        if entry.startswith("!"):
            words = ", ".join(map(literal, words_in_order(name)))
            sql = f"nullif(list_position([{words}], {sql}), 0)"
        parts.append(f"{sql} {'desc' if entry.startswith('-') else 'asc'} nulls last")
    return parts


def texts() -> Iterator[str]:
    """Yield what the sheets are called and answer, for the catalogue."""
    for sheet in SHEETS:
        yield from (sheet.title, sheet.question)
