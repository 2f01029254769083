"""What stands over a column wherever people read it, and how its figures are written.

Of a metric, the catalogue says it; of keys, attributes and what the report makes itself, `COLUMNS`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache

from reachline.languages import SOURCE, Language, gettext, ngettext, spoken
from reachline.warehouse.metrics import Format, load_metrics, metric_and_age


@dataclass(frozen=True)
class Label:
    """The words over a column; `short` where there is little room. `format` is None for no figure.

    `is_estimate`: worked out of something else than counts of the thing itself. `own_currency`: an
    amount in the currency of its row.
    """

    text: str
    short: str = ""
    format: Format | None = None
    is_estimate: bool = False
    own_currency: bool = False

    @property
    def brief(self) -> str:
        """The words where there is little room."""
        return self.short or self.text

    @property
    def is_money(self) -> bool:
        """Whether its figures are in the reporting currency."""
        return self.format in ("money", "small money") and not self.own_currency


COLUMNS = {
    "account_id": Label("Account id"),
    "accounts": Label("Accounts"),
    "amount": Label("Amount", format="money"),
    "authenticity_penalties": Label("What lowers authenticity"),
    "brand": Label("Brand"),
    "brand_id": Label("Brand id"),
    "budget_amount": Label("Budget", format="money"),
    "campaign": Label("Campaign"),
    "campaign_id": Label("Campaign id"),
    "campaign_label": Label("Campaign"),
    "channel": Label("Channel"),
    "clicks": Label("Clicks told of", short="Told of"),
    "clicks_28d": Label("Clicks told of, 28 days", short="Clicks, 28 days"),
    "clicks_again": Label("Not counted"),
    "clicks_counted": Label("Of these counted", short="Counted"),
    "clicks_counted_28d": Label("Of these counted, 28 days", short="Clicks counted"),
    "clicks_in_reports": Label("Clicks in the reports", short="In the reports"),
    "clicks_of_bots": Label("By bots"),
    "clicks_of_day": Label("Clicks"),
    "clicks_of_day_before": Label("Clicks, 14 days before"),
    "clicks_ratio": Label(
        "Told of, of those in the reports", short="Told of, share", format="percent"
    ),
    "clicks_that_count": Label("Counted"),
    "code": Label("Code"),
    "collaboration_id": Label("Collaboration id"),
    "collaborations_with_code": Label("Collaborations with the code"),
    "completeness": Label("Is the day whole?"),
    "content_type": Label("Kind of post"),
    "cost_of_day": Label("Cost", format="money"),
    "cost_of_day_before": Label("Cost, 14 days before", format="money"),
    "cost_to_date": Label("Cost to date", format="money"),
    "creator": Label("Creator"),
    "creator_id": Label("Creator id"),
    "date_day": Label("Day"),
    "days_after_posts": Label("Days after posts"),
    "days_without_posts": Label("Days long after posts"),
    "disclosure": Label("Disclosure"),
    "disclosure_position": Label("Disclosure begins at sign"),
    "disclosure_rank": Label("Disclosure among hashtags"),
    "disclosure_token": Label("Disclosed by"),
    "early_orders": Label("Orders before the first post"),
    "er_followers_p25": Label(
        "Engagement rate, followers, lower quartile", short="Lower quartile", format="percent"
    ),
    "er_followers_p50": Label(
        "Engagement rate, followers, median account", short="Median rate", format="percent"
    ),
    "er_followers_p75": Label(
        "Engagement rate, followers, upper quartile", short="Upper quartile", format="percent"
    ),
    "event_ids": Label("Events"),
    "evidence": Label("What shows it"),
    "facet": Label("Compared by"),
    "files_refused": Label("Files refused"),
    "first_clicked_at": Label("First click told of", short="First"),
    "first_clicked_on": Label("First day", short="Since"),
    "first_on": Label("First day", short="Since"),
    "first_order_on": Label("First order"),
    "first_post_on": Label("First post"),
    "followers_total": Label("Followers"),
    "following": Label("Following"),
    "freshness": Label("Freshness"),
    "gate": Label("Gate"),
    "goal_metric": Label("Goal counts"),
    "handle": Label("Handle"),
    "hashtag": Label("Hashtag"),
    "hour_at": Label("Hour from"),
    "hours_compared": Label("Hours with a click", short="Hours"),
    "hours_silent": Label("Of these without one of this source", short="Silent hours"),
    "how_sure": Label("How sure"),
    "impressions_basis": Label("Impressions made of"),
    "incurred_on": Label("Day"),
    "is_customer": Label("Customer"),
    "is_default_method": Label("Default method"),
    "is_hashtag_match": Label("Uses the brand's hashtags"),
    "is_keyword_match": Label("Uses the brand's keywords"),
    "is_lapsed_star": Label("Lapsed star"),
    "is_live": Label("Live"),
    "is_partial": Label("Week not over"),
    "is_repeat": Label("Came back"),
    "is_self_referred": Label("Used by its creator"),
    "is_suspicious": Label("Suspicious"),
    "kind": Label("Kind"),
    "last_clicked_at": Label("Last click told of", short="Last"),
    "last_clicked_on": Label("Last day", short="Until"),
    "last_collaboration_id": Label("Last collaboration id"),
    "last_landed_at": Label("Last landed"),
    "last_on": Label("Last day", short="Until"),
    "last_order_on": Label("Last order"),
    "last_post_on": Label("Last post"),
    "last_run_status": Label("Last run"),
    "latest_collaboration_id": Label("Latest collaboration id"),
    "likely_link_id": Label("Likeliest link"),
    "likely_utm_campaign": Label("UTM campaign of the likeliest link"),
    "likely_utm_content": Label("UTM content of the likeliest link"),
    "likely_leaked": Label("Likely leaked"),
    "mentions": Label("Mentions"),
    "method": Label("Method of attribution"),
    "new_customer_share": Label("Orders of new customers, share", format="percent"),
    "no_touch_share": Label("Orders without a click or a post, share", format="percent"),
    "not_told": Label("Not told yet"),
    "orders": Label("Orders"),
    "orders_after_posts": Label("Orders after posts, no click"),
    "orders_of_new_customers": Label("Orders of new customers"),
    "orders_per_day_after_posts": Label("Orders a day after posts"),
    "orders_per_day_without_posts": Label("Orders a day long after posts"),
    "orders_with_customer": Label("Orders with a known customer"),
    "orders_with_visitor": Label("Orders with a known visitor"),
    "orders_without_posts": Label("Orders long after posts, no click"),
    "original_amount": Label("Amount in its currency", format="money", own_currency=True),
    "other_new_customer_share": Label(
        "New customers, share in the shop's other orders", format="percent"
    ),
    "own_orders": Label("Orders of its creator"),
    "peer_level": Label("Compared with"),
    "peers": Label("Peers"),
    "platform": Label("Platform"),
    "position": Label("Paid beside peers"),
    "post_address": Label("Address of the post"),
    "post_id": Label("Post id"),
    "posts_checked": Label("Posts"),
    "posts_earned": Label("Earned posts", short="Earned"),
    "posts_owned": Label("Posts of its own", short="Owned"),
    "posts_paid": Label("Paid posts", short="Paid"),
    "profit_of_day": Label("Profit", format="money"),
    "profit_of_day_before": Label("Profit, 14 days before", format="money"),
    "published_on": Label("Published"),
    "quarantined_7d": Label("Rows refused, 7 days"),
    "queries": Label("Queries, last day"),
    "queries_incomplete": Label("Queries not answered whole"),
    "queries_not_found": Label("Accounts not found"),
    "rank": Label("Rank"),
    "reasons": Label("Why"),
    "recommended_by": Label("Recommended by customers", short="Recommended by"),
    "refunded_amount": Label("Refunded", format="money", own_currency=True),
    "result": Label("Result"),
    "result_state": Label("How far its return is known", short="Return known"),
    "revenue_of_day": Label("Revenue", format="money"),
    "revenue_of_day_before": Label("Revenue, 14 days before", format="money"),
    "revenue_to_date": Label("Revenue to date", format="money"),
    "revenue_with_code": Label("Revenue with the code", format="money"),
    "rows": Label("Now"),
    "rows_7d": Label("Rows, 7 days"),
    "rows_held": Label("Rows of days to come"),
    "rows_last_day": Label("Rows of the day"),
    "rows_before": Label("Before"),
    "rows_expected": Label("Rows to expect"),
    "rule": Label("Rule"),
    "severity": Label("Severity"),
    "source": Label("Source"),
    "status": Label("Status"),
    "stream": Label("Stream"),
    "tier": Label("Tier"),
    "top_hashtags": Label("Hashtags used most"),
    "usual_high": Label("Usual rows at most"),
    "usual_low": Label("Usual rows at least"),
    "utm_campaign": Label("UTM campaign"),
    "utm_content": Label("UTM content"),
    "untouched_orders": Label("Orders without a click or a post"),
    "valid_from": Label("Valid from"),
    "valid_to": Label("Valid to"),
    "value": Label("Value"),
    "verdict": Label("Verdict"),
    "voice": Label("Voice"),
    "voice_brand_id": Label("Voice brand id"),
    "week": Label("Week from"),
    "works_with_competitors": Label("Works with competitors"),
}
"""Columns that the catalogue of metrics does not have."""


def label_of(column: str) -> Label:
    """Return the label of a published column in the language spoken; else its name in words."""
    return _label_in(spoken(), column)


@cache
def _label_in(language: Language, column: str) -> Label:
    label = _label_of(column)
    if language.code == SOURCE:
        return label
    metric, age = metric_and_age(column)
    if age and metric in load_metrics() and column not in COLUMNS:
        base, days = label_of(metric), int(age[1:-1])
        text, short = (
            ngettext("{what}, {count} day", "{what}, {count} days", days, what=what)
            for what in (base.text, base.brief)
        )
    else:
        text, short = gettext(label.text), gettext(label.short)
    return replace(label, text=text, short=short)


def texts_of_labels(more: Iterable[str]) -> Iterator[str]:
    """Yield the words over all columns, and those over `more`, for the catalogue."""
    yield from (_label_of(column).text for column in more)
    for metric in load_metrics().values():
        yield from (metric.label, metric.short_label or "")
    for label in COLUMNS.values():
        yield from (label.text, label.short)


@cache
def _label_of(column: str) -> Label:
    """Return the label of a published column in English; of an unknown one, its name in words."""
    if found := load_metrics().get(column):
        return Label(found.label, found.short_label or "", found.format, found.is_estimate)
    if column in COLUMNS:
        return COLUMNS[column]
    metric, age = metric_and_age(column)
    if age and metric in load_metrics():
        base, days = _label_of(metric), "1 day" if age == "_1d" else f"{age[1:-1]} days"
        return Label(f"{base.text}, {days}", f"{base.brief}, {days}", base.format, base.is_estimate)
    if column.endswith("_id"):
        return Label(f"{column[:-3].replace('_', ' ').capitalize()} id")
    return Label(column.replace("_", " ").capitalize())
