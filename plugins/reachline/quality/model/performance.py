"""What campaigns, collaborations, posts and hashtags did."""

from __future__ import annotations

from reachline.quality.checks import Suite, between, equal, no_group, no_row, one_of
from reachline.quality.contract import METHODS
from reachline.quality.facts import Night
from reachline.quality.model.shared import (
    NEGATIVE,
    RATES,
    SHARE,
    by_the_logical_date,
    grain,
    has,
)


def suites(night: Night) -> list[Suite]:
    """Return the suites of these tables."""
    return [
        _performance(night, "reports.campaign_performance"),
        _performance(night, "reports.collaboration_performance"),
        _campaigns_of_collaborations(),
        grain(
            night,
            "reports.campaign_daily",
            *(
                between(c, NEGATIVE, low=0)
                for c in ("posts", "valid_clicks", "attributed_orders", "attributed_revenue")
            ),
            by_the_logical_date(night),
            has("campaign_id", "core.dim_campaign"),
            parents=(("campaign_id", "core.dim_campaign"),),
        ),
        _post_performance(night),
        _share_of_voice(night),
        grain(
            night,
            "reports.hashtag_trends",
            between("posts", NEGATIVE, low=0),
            between(
                "growth", "Growth can't fall below -1: no week has fewer than no posts.", low=-1
            ),
        ),
    ]


def _performance(night: Night, table: str) -> Suite:
    return grain(
        night,
        table,
        one_of("method", METHODS, "A method that nobody knows is compared with nothing."),
        *(
            between(c, NEGATIVE, low=0)
            for c in ("posts", "valid_clicks", "attributed_orders", "attributed_revenue")
        ),
        between("profit_coverage", SHARE, low=0, high=1),
        no_row(
            "intervals_hold_their_rate",
            "ctr_low > ctr or ctr_high < ctr "
            "or conversion_rate_low > conversion_rate or conversion_rate_high < conversion_rate",
            "low <= rate <= high",
            "An interval beside its rate says that the rate is certainly wrong.",
        ),
        no_row(
            "nothing_is_divided_by_no_cost",
            "cost_committed = 0 and (roi is not null or roas is not null)",
            "roi and roas NULL where there is no cost",
            "A return on nothing spent is infinite, and would lead every ranking.",
        ),
        columns=(
            "posts",
            "valid_clicks",
            "attributed_orders",
            "attributed_revenue",
            "profit_coverage",
            "cost_committed",
            "roi",
            "roas",
            *(f"{rate}{end}" for rate in _CLICK_RATES for end in ("", "_low", "_high")),
        ),
    )


_CLICK_RATES = ("ctr", "conversion_rate")


_SUMS = (
    "posts",
    "engagements",
    "reach_sum_of_posts",
    "impressions",
    "valid_clicks",
    "attributed_orders",
    "attributed_revenue",
    "attributed_profit",
    "cost_committed",
    "cost_paid",
    "emv",
)


def _campaigns_of_collaborations() -> Suite:
    """Return the suite that adds the collaborations of each campaign up a second time."""
    summed = ", ".join(f"sum({name}) as {name}_summed" for name in _SUMS)
    pairs = ", ".join(
        f"campaigns.{name}, sums.{name}_summed"
        if name in ("engagements", "reach_sum_of_posts", "impressions")
        else f"campaigns.{name}, coalesce(sums.{name}_summed, 0) as {name}_summed"
        for name in _SUMS
    )
    return Suite(
        stage="model",
        table="reports.campaign_performance (against collaborations)",
        rows=f"""
with sums as (
    select campaign_id, method, {summed}
    from reports.collaboration_performance
    group by campaign_id, method
)

select campaigns.campaign_id, campaigns.method, {pairs}
from reports.campaign_performance as campaigns
left join sums on campaigns.campaign_id = sums.campaign_id and campaigns.method = sums.method
""",
        key=("campaign_id", "method"),
        checks=tuple(
            equal(
                name,
                f"{name}_summed",
                f"{name}_is_the_sum_of_collaborations",
                "A campaign that is not the sum of its collaborations has lost or doubled one.",
            )
            for name in _SUMS
        ),
    )


def _post_performance(night: Night) -> Suite:
    counts = ("engagements", "views", "reach", "impressions")
    rates = tuple(f"{rate}_{age}d" for age in (1, 7, 30) for rate in RATES)
    return grain(
        night,
        "reports.post_performance",
        *(between(count, NEGATIVE, low=0) for count in counts),
        *(between(rate, "An engagement rate below zero is no rate.", low=0) for rate in rates),
        between("emv", "Nothing that people do with a post is worth less than nothing.", low=0),
        one_of(
            "disclosure",
            ("pass", "weak", "missing"),
            "Who looks for posts that break the rule finds them by these words.",
        ),
        no_row(
            "token_has_its_place",
            "(disclosure_token is null) <> (disclosure_position is null) "
            "or (disclosure_token is null) <> (disclosure_rank is null) "
            "or disclosure_position < 1 or disclosure_rank < 1 "
            "or disclosure = 'weak' and disclosure_token is null",
            "a token with its place and rank from 1, or none of them; a weak disclosure has one",
            "A grade that nobody can look up in the text can't be argued with.",
        ),
        has("post_id", "core.dim_post"),
        has("campaign_id", "core.dim_campaign"),
        columns=(
            *(*counts, *rates, "emv", "disclosure", "disclosure_token", "disclosure_position"),
            *("disclosure_rank", "campaign_id"),
        ),
        parents=(("post_id", "core.dim_post"), ("campaign_id", "core.dim_campaign")),
    )


def _share_of_voice(night: Night) -> Suite:
    return grain(
        night,
        "reports.share_of_voice",
        between("share_of_posts", SHARE, low=0, high=1),
        between("share_of_engagements", SHARE, low=0, high=1),
        *(between(c, NEGATIVE, low=0) for c in ("mentions", "posts")),
        no_group(
            "shares_add_up_to_one",
            "select brand_id, min(voice_brand_id) as voice_brand_id, week from looked_at "
            "group by brand_id, week having abs(sum(share_of_posts) - 1) > 1e-9",
            "shares of a brand and week that add to 1",
            "A market of more or less than 100 % has lost or doubled a voice.",
        ),
        columns=("share_of_posts", "share_of_engagements", "mentions", "posts"),
    )
