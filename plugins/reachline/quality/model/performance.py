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
            no_row(
                "days_that_were_not_watched_have_no_figure",
                " or ".join(
                    f"({figure} is not null) <> coalesce(date_day >= (select max(covered_from) "
                    f"from meta.coverage where stream = '{stream}'), false)"
                    for stream, figures in _WATCHED.items()
                    for figure in figures
                    if figure in ("valid_clicks", "attributed_orders", "attributed_revenue")
                ),
                "a figure from covered_from of meta.coverage on, NULL before",
                "A day that nobody watched would look like one on which nobody bought.",
            ),
            has("campaign_id", "core.dim_campaign"),
            columns=(
                *("posts", "valid_clicks", "attributed_orders", "attributed_revenue"),
                "campaign_id",
            ),
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
        *(
            between(c, SHARE, low=0, high=1)
            for c in ("profit_coverage", "orders_covered", "clicks_covered")
        ),
        one_of(
            "result_state",
            ("planned", "not_covered", "partly_covered", "running", "ended"),
            "Who looks for returns that can be trusted finds them by these words.",
        ),
        no_row(
            "state_says_how_much_was_watched",
            "result_state <> case when orders_covered is null then 'planned' "
            "when orders_covered = 0 then 'not_covered' "
            "when orders_covered < 1 then 'partly_covered' "
            "when result_state = 'ended' then 'ended' else 'running' end",
            "planned without orders_covered, not_covered at 0, partly_covered below 1",
            "A campaign that nobody watched would be called one that failed.",
        ),
        no_row(
            "what_was_not_watched_has_no_figure",
            " or ".join(
                f"({figure} is null) <> (coalesce({stream}_covered, 0) = 0)"
                for stream, figures in _WATCHED.items()
                for figure in figures
            ),
            "figures of orders and of clicks where these were watched, NULL elsewhere",
            "0 orders, and a return of -100 %, of a campaign that nobody watched.",
        ),
        no_row(
            "a_return_is_watched_nearly_whole",
            "roi is not null and not coalesce(orders_covered >= 0.9, false)",
            "roi where orders_covered is 0.9 at least",
            "A campaign is called a loss for orders that nobody could see.",
        ),
        no_row(
            "ratios_are_over_matching_sets",
            "posts_in_ratios > posts_with_impressions "
            "or greatest(posts_with_impressions, posts_with_reach) > posts "
            "or clicks_in_ratios > valid_clicks or cost_in_ratios > cost_committed "
            "or impressions_in_ratios > impressions",
            "parts of the whole",
            "Clicks of all posts over impressions of some are no rate.",
        ),
        no_row(
            "customers_are_among_the_orders",
            "least(new_customers, revenue_new, revenue_repeat) < 0 "
            "or new_customers > attributed_orders "
            "or revenue_new + revenue_repeat > attributed_revenue",
            "new_customers within attributed_orders, revenue_new and revenue_repeat within "
            "attributed_revenue together, none below 0",
            "An order counted as a new and as a repeat customer's makes new ones look cheap.",
        ),
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
            "attributed_profit",
            "profit_coverage",
            "cost_committed",
            "roi",
            "roas",
            *("result_state", "orders_covered", "clicks_covered", "posts_with_reach"),
            *("posts_with_impressions", "posts_in_ratios", "impressions", "impressions_in_ratios"),
            *("clicks_in_ratios", "cost_in_ratios"),
            *("new_customers", "revenue_new", "revenue_repeat"),
            *(f"{rate}{end}" for rate in _CLICK_RATES for end in ("", "_low", "_high")),
        ),
    )


_CLICK_RATES = ("ctr", "conversion_rate")

_WATCHED = {
    "orders": (
        *("attributed_orders", "attributed_revenue", "attributed_profit", "profit_coverage"),
        *("new_customers", "revenue_new", "revenue_repeat"),
    ),
    "clicks": ("valid_clicks", "clicks_in_ratios"),
}
"""Figures that a stream gives, NULL where it was not watched."""

_OVER_NOTHING = {
    **dict.fromkeys(("engagements", "reach_sum_of_posts", "impressions", "emv"), "null"),
    "impressions_in_ratios": "null",
    **{
        figure: f"case when campaigns.{stream}_covered > 0 then 0 end"
        for stream, figures in _WATCHED.items()
        for figure in figures
    },
}
"""What a sum over no collaboration is, where that is not 0."""


_OF_POSTS = (
    *("posts", "engagements", "reach_sum_of_posts", "impressions", "emv"),
    *("posts_with_reach", "posts_with_impressions", "posts_in_ratios", "impressions_in_ratios"),
)
_SUMS = (
    "valid_clicks",
    "attributed_orders",
    "attributed_revenue",
    "attributed_profit",
    "new_customers",
    "revenue_new",
    "revenue_repeat",
    "cost_committed",
    "cost_paid",
    "clicks_in_ratios",
    "cost_in_ratios",
)


def _campaigns_of_collaborations() -> Suite:
    """Return the suite that adds the collaborations of each campaign up a second time.

    A post of two collaborations of a campaign is one of it: its figures are at most their sum then.
    """
    named = (*_OF_POSTS, *_SUMS)
    summed = ", ".join(f"sum({name}) as {name}_summed" for name in named)
    pairs = ", ".join(
        f"campaigns.{name}, coalesce(sums.{name}_summed, {_OVER_NOTHING.get(name, 0)}) "
        f"as {name}_summed"
        for name in named
    )
    return Suite(
        stage="model",
        table="reports.campaign_performance (against collaborations)",
        rows=f"""
with sums as (
    select campaign_id, method, {summed}
    from reports.collaboration_performance
    -- one of a campaign that is not known is in none
    where campaign_id in (select campaign_id from core.dim_campaign)
    group by campaign_id, method
),

collaborations as (
    select distinct collaboration_id, campaign_id
    from reports.collaboration_performance
),

distinct_posts as (
    select collaborations.campaign_id, count(distinct bridge.post_id) as posts_counted
    from core.bridge_post_collaborations as bridge
    inner join collaborations on bridge.collaboration_id = collaborations.collaboration_id
    group by collaborations.campaign_id
)

select
    coalesce(campaigns.campaign_id, sums.campaign_id) as campaign_id,
    coalesce(campaigns.method, sums.method) as method, {pairs},
    coalesce(distinct_posts.posts_counted, 0) as posts_counted
from reports.campaign_performance as campaigns
full join sums on campaigns.campaign_id = sums.campaign_id and campaigns.method = sums.method
left join distinct_posts on campaigns.campaign_id = distinct_posts.campaign_id
""",
        key=("campaign_id", "method"),
        checks=(
            equal(
                "posts",
                "posts_counted",
                "each_post_counts_once",
                "A campaign that has a post twice shows twice what people did.",
            ),
            *(
                no_row(
                    f"{name}_is_that_of_its_posts",
                    f"{name} > {name}_summed "
                    f"or posts = posts_summed and {name} is distinct from {name}_summed",
                    f"{name} that of the collaborations; at most that where they share a post",
                    "A campaign that is not the sum of its collaborations has lost or doubled one.",
                )
                for name in _OF_POSTS
            ),
            *(
                equal(
                    name,
                    f"{name}_summed",
                    f"{name}_is_the_sum_of_collaborations",
                    "A campaign that is not the sum of its collaborations has lost or doubled one.",
                )
                for name in _SUMS
            ),
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
            "group by brand_id, week having abs(sum(share_of_posts) - 1) > 1e-9 "
            "and coalesce(sum(posts) filter (where share_of_posts is null), 0) = 0",
            "shares of a brand and week that add to 1, but for voices that were not watched",
            "A market of more or less than 100 % has lost or doubled a voice.",
        ),
        columns=("share_of_posts", "share_of_engagements", "mentions", "posts"),
    )
