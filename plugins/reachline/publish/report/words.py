"""How values of the database are said, and what the report adds to them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from reachline.languages import (
    N_,
    SOURCE,
    decimal,
    gettext,
    month_text,
    ngettext,
    percent,
    pgettext,
    spoken,
)
from reachline.publish.labels import label_of
from reachline.warehouse.metrics import Format, metric_and_age

NOT_REPORTED = N_("not reported")

OF_THE_GOAL = frozenset({"actual", "expected_to_date", "goal_value", "projected"})
"""Columns of pacing whose unit is that of the campaign's goal."""

OWN_WORDS = {
    "campaigns_behind": "Running campaigns that reached less than 90 % of what was expected of "
    "their goal by now.",
    "campaigns_known": "Campaigns of the release.",
    "campaigns_losing": "Campaigns with a return below 0: they cost more than the profit of their "
    "orders, by the default method of attribution, so far.",
    "campaigns_missed": "Campaigns that ended below their goal, where all that counts towards it "
    "was watched.",
    "campaigns_over_budget": "Campaigns whose committed cost is above their budget.",
    "campaigns_perhaps_missed": "Campaigns that ended below their goal by what was watched, where "
    "that was not all: some of their days, or of their posts.",
    "campaigns_planned": "Campaigns that have not begun.",
    "campaigns_told": "Campaigns with a return: they have a cost, their orders were watched on at "
    "least 90 % of their days, and the profit of enough of these is known.",
    "campaigns_watched": "Campaigns whose orders were watched on at least 90 % of their days.",
    "campaigns_with_late": "Campaigns with a deliverable that is late.",
    "change_of_period": "The amount of a span of days over that of as many days before it, less 1.",
    "checks_failed": "Checks of the gates that failed, those that only warn among them.",
    "clicks_again": "Clicks of the day that do not count: the same visitor again, another source "
    "that tells of the same, or a collaboration that is not live.",
    "clicks_of_bots": "Clicks of the day by what says that it is a bot.",
    "clicks_of_day": "Clicks of the day that count for a collaboration.",
    "clicks_of_day_before": "The same, 14 days before.",
    "clicks_that_count": "Clicks of the day that count in the reports.",
    "codes_leaked": "Promo codes with signs of having left their audience: the list says which.",
    "cost_of_day": "Committed costs that fell on the day.",
    "cost_of_day_before": "The same, 14 days before.",
    "creators_booked": "Creators with a live collaboration of any brand.",
    "creators_rebook": "Creators of whom the next collaboration with a brand is surely a profit.",
    "creators_renegotiate": "Creators of whom the next collaboration with a brand is likely a "
    "loss, and not surely.",
    "creators_stop": "Creators of whom the next collaboration with a brand is surely a loss, or "
    "whom no fee above 0 makes worth it.",
    "creators_too_early": "Creators of whom nothing can be expected yet: no collaboration "
    "measured, or of fewer than 4 creators of the brand.",
    "creators_try_again": "Creators of whom the next collaboration with a brand is likely a "
    "profit, and not surely.",
    "places_on_shortlists": "Accounts on the shortlists of your brands; one may be on several.",
    "profit_of_day": "Profit of the day's orders that the default method of attribution credits to "
    "campaigns, of those whose profit is known.",
    "profit_of_day_before": "The same, 14 days before.",
    "revenue_of_day": "Revenue of the day's orders that the default method of attribution credits "
    "to campaigns.",
    "revenue_of_day_before": "The same, 14 days before.",
    "streams": "Streams of data that sources deliver.",
    "streams_unwell": "Streams that are not fresh, did not pass their gate, were not answered "
    "whole, had a file refused, or have fewer or more rows than usual.",
    "streams_whole": "Streams whose rows of the day are as many as on such a weekday.",
    "blocked": "Checks of the gate that failed and held the release back.",
    "change": "Rows of this release less those of the release before.",
    "checks": "Checks that the gate made.",
    "clicks": "Clicks that the source tells of, bots and its own duplicates aside.",
    "clicks_counted": "Clicks that the source tells of and that count in the reports.",
    "clicks_in_reports": "Clicks that count in the reports, whoever tells of them, in the hours "
    "that the source is compared in.",
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

WHY_NOT = {
    "actual": "not told by its posts",
    "clicks_28d": "brings no clicks",
    "clicks_counted_28d": "brings no clicks",
    "cost_of_day": "no cost known",
    "emv": "no rate for its counts",
    "engagement_variation": "too few posts",
    "engagements": "counts hidden",
    "engagements_change": "not measured the day before",
    "er_followers_median": "no post of 90 days measured",
    "er_followers_p25": "no account measured",
    "er_followers_p50": "no account measured",
    "er_followers_p50_high": "too few accounts",
    "er_followers_p50_low": "too few accounts",
    "er_followers_p75": "no account measured",
    "er_followers_pooled": "no post of 90 days measured",
    "er_followers_shrunk": "no post of 90 days measured",
    "er_percentile": "no post of 90 days measured",
    "er_views_pooled": "no views measured",
    "expected_engagements": "no post of 90 days measured",
    "first_clicked_at": "no click",
    "follower_jump_z": "too few days",
    "followers": "no count yet",
    "followers_growth_30d": "no count 30 days ago",
    "followers_total": "no count yet",
    "following_per_follower": "no counts",
    "growth": "none in 4 weeks before",
    "impressions": "known of no post",
    "last_clicked_at": "no click",
    "likes": "hidden",
    "likes_per_comment": "no comments measured",
    "median_days_to_reply": "no reply yet",
    "pacing": "not told by its posts",
    "paid_engagements": "no advertising told of",
    "paid_impressions": "no advertising told of",
    "paid_posts_share": "no posts in 90 days",
    "peer_cpe_p50": "no peers",
    "projected": "not told by its posts",
    "ratio_to_macro": "no macro accounts",
    "reach": "not told",
    "reach_sum_of_posts": "known of no post",
    "roi_first": "not watched whole",
    "roi_last": "not watched whole",
    "rows_expected": "too little history",
    "rows_last_day": "tells of no days",
    "share_of_engagements": "counts hidden",
    "share_of_posts": "no posts",
    "suggested_high": "no post of 90 days measured",
    "suggested_low": "no post of 90 days measured",
    "suggested_mid": "no post of 90 days measured",
    "usual_high": "too little history",
    "usual_low": "too little history",
    "views": "not shown",
    "z_score": "too little history",
}
"""Why a column has no figure, in a few words, where its row does not say it better."""


def why_not(column: str) -> str:
    """Return why a column has no figure, in a few words."""
    base, age = metric_and_age(column)
    if age and column not in WHY_NOT:
        days = int(age[1:-1])
        if base == "er_views":
            return ngettext("no views at {count} day", "no views at {count} days", days)
        if "reach" in base:
            return ngettext("no reach at {count} day", "no reach at {count} days", days)
        return ngettext("not measured at {count} day", "not measured at {count} days", days)
    return gettext(WHY_NOT.get(column, NOT_REPORTED))


STATES_IN_WORDS = frozenset(
    {"goal_metric", "kind", "position", "rule", "severity", "stage", "touch_kind"}
)
"""Columns of states and kinds that stand in a cell as they are, beside those shown as a status."""

WRITTEN_IN_SOURCE = frozenset(
    {
        *(("reports.compliance", "evidence"), ("reports.code_health", "reasons")),
        ("quality.rejects", "reason"),
        ("reports.creator_scorecard", "authenticity_penalties"),
        *(("quality.gate_results", name) for name in ("expectation", "expected", "observed")),
        *(("quality.gate_results", name) for name in ("accepted", "why")),
    }
)
"""Columns of texts that the database holds as models and gates wrote them: in the source alone."""

STATES = (
    *("above", "above usual", "active", "ahead", "all", "auth expired", "awareness", "behind"),
    *("below", "below usual", "better", "block", "boost", "carousel", "click", "clicks", "code"),
    *("commission", "committed", "content", "content type", "conversions", "disclosure", "earned"),
    *("ended", "engagements", "error", "fail", "failed", "fairly sure", "fee", "feed disabled"),
    *("forbidden terms", "fresh", "goal missed", "goal reached", "hashtag", "hour", "image"),
    *("impressions", "kept up", "keyword", "landing", "lapsed", "launch", "length", "likely"),
    *("link", "live", "missing", "mixed", "model", "never", "new", "no data", "none"),
    *("not covered", "not found", "not known", "ok", "on time", "on track", "overdue", "owed"),
    *("owned", "paid", "partial", "partly covered", "pass", "planned", "platform", "platform tier"),
    *("posts", "product", "quota exhausted", "rate limited", "reach", "rebook", "reel", "release"),
    *("renegotiate", "required hashtags", "required mentions", "revenue", "running", "sales"),
    *("shipping", "short", "staging", "stale", "stop", "story", "success", "sure", "tag", "text"),
    *("tier", "too early", "tracking", "try again", "unsure", "video", "views", "waiting", "warn"),
    *("weak", "weekday", "whole", "within", "worse"),
)
"""What states and kinds are called in the database, without the underscores."""

_METHODS = {
    "code_then_click": "Code, then click",
    "first_touch": "First touch",
    "last_touch": "Last touch",
    "linear": "Linear",
    "position_based": "Position-based",
    "shapley": "Shapley",
    "time_decay": "Time decay",
}


_NAME = re.compile(r"\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b|\broi\b|\broas\b|\bcpe\b")
_BESIDE = re.compile(r" \((?:config/|meta\.|[a-z0-9_]+ says|is_derivable)[^()]*\)")
_NAMES = {
    "profit_coverage_min": "the least share that must be known",
    "campaign_performance": "the campaign's results",
    "campaign_daily": "a campaign's days",
    "campaign_pacing": "pacing",
    "creator_relationships": "relationships",
    "is_derivable": "may be derived",
    "profit_coverage": "the share of profit that is known",
    "outreach_id": "approach",
}


def in_words(text: str) -> str:
    """Return what the catalogue says of a figure without names of columns, tables and files.

    Its first letter is as it was.
    """

    def said(match: re.Match[str]) -> str:
        name = match[0]
        if name in _NAMES:
            return gettext(_NAMES[name])
        label = label_of(name).text
        if label[:2].isupper() or spoken().code != SOURCE:  # German nouns are capital ones
            return label
        return label[0].lower() + label[1:]

    text = re.sub(r"config/\w+\.\w+", gettext("the configuration"), _BESIDE.sub("", text))
    text = _NAME.sub(said, text)
    for sign, other in ((" / ", " ÷ "), (" x ", " × "), (" - ", " − ")):
        text = text.replace(sign, other)
    return text


def sources(text: str) -> str:
    """Return what the catalogue says that a figure is made of, without names of tables."""
    return re.sub(r"\b(?:fct|dim|int|stg)_+", "", text).replace("__", " ").replace("_", " ")


def state(word: str) -> str:
    """Return a word of the database that says a state or a kind; in English it is as it stands."""
    return word if spoken().code == SOURCE else pgettext("state", word.replace("_", " "))


_REASONS = (
    (
        re.compile(r"uses #(?P<hashtag>.+) in (?P<share>\d+ %) of posts"),
        N_("uses #{hashtag} in {share} of posts"),
    ),
    (
        re.compile(r"names (?P<brand>.+) in (?P<share>\d+ %) of posts"),
        N_("names {brand} in {share} of posts"),
    ),
    (re.compile(r"recommended by 1 customer"), N_("recommended by 1 customer")),
    (
        re.compile(r"recommended by (?P<number>\d+) customers"),
        N_("recommended by {number} customers"),
    ),
    (re.compile(r"is a customer"), N_("is a customer")),
    (
        re.compile(r"worked with (?P<brand>.+) in (?P<month>[A-Z][a-z]+ \d{4})"),
        N_("worked with {brand} in {month}"),
    ),
    (
        re.compile(
            r"tagged (?P<brand>.+) in (?P<number>\d+) posts, last in (?P<month>[A-Z][a-z]+ \d{4})"
        ),
        N_("tagged {brand} in {number} posts, last in {month}"),
    ),
    (re.compile(r"posted on (?P<event>.+)"), N_("posted on {event}")),
)
"""The forms of a shortlist's reasons, as macros/discovery/reasons.sql writes them."""


def reasons(text: str) -> str:
    """Return a shortlist's reasons in the language spoken; one of an unknown form as it is."""
    if spoken().code == SOURCE:
        return text
    return "; ".join(map(_reason, text.split("; ")))


def _reason(text: str) -> str:
    for form, said in _REASONS:
        if found := form.fullmatch(text):
            parts = found.groupdict()
            if "month" in parts:
                parts["month"] = month_text(datetime.strptime(parts["month"], "%B %Y").date())  # noqa: DTZ007 - a month alone
            return gettext(said, **parts)
    return text


def method_label(method: str) -> str:
    """Return the name of a method of attribution in words."""
    known = _METHODS.get(method)
    return gettext(known) if known else method.replace("_", " ").capitalize()


def method_within(method: str) -> str:
    """Return the name of a method of attribution as it stands within a sentence."""
    label = method_label(method)
    return label.lower() if spoken().code == SOURCE else label


def exact(value: object) -> str:
    """Return a value of the database as text that loses nothing."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return str(value)  # of a time as the database writes it, with a space


def number(value: Any, shown_as: Format | None, *, change: bool = False) -> str:
    """Return a figure as people read it, by the format of its label; None: a plain number."""
    kind = shown_as or "number"
    sign = "+" if value and (change or kind.startswith("signed")) else ""
    if change and not value:
        return "0"
    if kind.endswith("percent"):
        share = 100 * value
        places = 0 if not share or abs(share) >= 100 else 1 if abs(share) >= 1 else 2
        return percent(share, _places(share, places), sign=sign)
    if kind == "times":
        return _fixed(value, sign, 2) + "×"
    if kind == "money":
        return _fixed(value, sign, 2)
    if kind == "small money":
        return _fixed(value, sign, 4 if abs(value) < 1 else 2)
    if kind == "fraction":
        return _fixed(value, sign, 3)
    if value == int(value):
        return decimal(int(value), 0, sign=sign)
    return _fixed(value, sign, 1 if abs(value) >= 10 else 2)


def _fixed(value: Any, sign: str, places: int) -> str:
    return decimal(value, _places(value, places), sign=sign)


def _places(value: Any, places: int) -> int:
    """Return so many decimals, or more where a number would else be shown as 0."""
    size = abs(float(value))
    return 1 - math.floor(math.log10(size)) if 0 < size < 10**-places / 2 else places


def of_all(some: int, all_of_them: int, text: str) -> str:
    """Return a text of the catalogue with both numbers put in; nothing where it is all of them."""
    return gettext(text, some=some, all=all_of_them) if some < all_of_them else ""


def clipped(text: str, width: int) -> str:
    """Return the beginning of a text on one line, with an ellipsis where something is left out."""
    line = " ".join(text.split())
    return line if len(line) <= width else line[: width - 1].rstrip() + "…"


def texts() -> Iterator[str]:
    """Yield the texts that stand in the tables of this module, for the catalogue."""
    for table in (OWN_WORDS, WHY_NOT, _METHODS, _NAMES):
        yield from table.values()
