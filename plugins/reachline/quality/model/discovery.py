"""Whom to approach: scorecards, shortlist and benchmarks."""

from __future__ import annotations

from reachline.quality.checks import Suite, between, no_group, no_row, one_of
from reachline.quality.facts import Night
from reachline.quality.model.shared import NEGATIVE, SHARE, grain, has


def suites(night: Night) -> list[Suite]:
    """Return the suites of these tables."""
    return [
        _creator_scorecard(night),
        _scorecards_of_accounts(),
        _discovery_shortlist(night),
        _nobody_to_leave_alone(),
        grain(
            night,
            "reports.tier_benchmarks",
            between("accounts", NEGATIVE, low=0),
            no_row(
                "quartiles_are_in_order",
                "er_followers_p25 > er_followers_p50 or er_followers_p50 > er_followers_p75",
                "p25 at most p50 at most p75",
                "Quartiles out of order are quartiles of something else.",
            ),
            no_row(
                "intervals_hold_their_figure",
                "er_followers_p50_low > er_followers_p50"
                " or er_followers_p50_high < er_followers_p50"
                " or ratio_to_macro_low > ratio_to_macro or ratio_to_macro_high < ratio_to_macro"
                " or (accounts < 6) is distinct from (er_followers_p50_low is null)"
                " or (accounts < 6) is distinct from (er_followers_p50_high is null)",
                "low <= figure <= high, from 6 accounts on",
                "An interval beside its figure says that the figure is certainly wrong.",
            ),
            columns=(
                *("accounts", "er_followers_p25", "er_followers_p50", "er_followers_p75"),
                *("er_followers_p50_low", "er_followers_p50_high"),
                *("ratio_to_macro", "ratio_to_macro_low", "ratio_to_macro_high"),
            ),
        ),
        _content_insights(night),
    ]


def _content_insights(night: Night) -> Suite:
    few = "What few accounts do says nothing of the next."
    return grain(
        night,
        "reports.content_insights",
        between("accounts", few, low=5),
        between("lift", "Posts can't bring less than nothing.", low=-1),
        one_of(
            "facet",
            ("content_type", "hashtag", "weekday", "hour", "length", "disclosure"),
            "Who asks what works asks by these words.",
        ),
        one_of(
            "verdict",
            ("better", "worse", "unsure"),
            "Who asks what works finds it by these words.",
        ),
        no_row(
            "each_account_has_posts_on_both_sides",
            "posts < accounts or usual_posts < 3 * accounts",
            "a post with it and 3 without from each account",
            "A creator would be compared with nothing.",
        ),
        no_row(
            "intervals_hold_the_lift",
            "not (lift_low <= lift and lift <= lift_high)",
            "lift_low <= lift <= lift_high",
            "An interval beside its figure says that the figure is certainly wrong.",
        ),
        no_row(
            "verdict_is_that_of_the_interval",
            "verdict is distinct from case when lift_low > 0 then 'better' "
            "when lift_high < 0 then 'worse' else 'unsure' end",
            "better where lift_low is above 0, worse where lift_high is below it, else unsure",
            "Creators would be told to do what is chance.",
        ),
        no_row(
            "intervals_are_made_for_all_rows_together",
            "comparisons is distinct from (select count(*) from reports.content_insights)",
            "comparisons is the number of rows of the table",
            "Of many comparisons made one by one, some always look like a finding.",
        ),
        columns=(
            *("accounts", "posts", "usual_posts", "comparisons", "facet", "verdict"),
            *("lift", "lift_low", "lift_high"),
        ),
    )


def _creator_scorecard(night: Night) -> Suite:
    counts = ("posts_measured", "peers", "posts_90d")
    rates = ("er_followers_pooled", "er_followers_median", "er_followers_shrunk", "er_views_pooled")
    return grain(
        night,
        "reports.creator_scorecard",
        *(between(count, NEGATIVE, low=0) for count in counts),
        *(between(rate, "An engagement rate below zero is no rate.", low=0) for rate in rates),
        between("er_percentile", SHARE, low=0, high=1),
        between("paid_posts_share", SHARE, low=0, high=1),
        no_row(
            "rates_rest_on_posts",
            "posts_measured > posts_90d or (posts_measured = 0) <> (er_followers_pooled is null) "
            "or posts_measured = 0 and er_percentile is not null",
            "measured posts among all posts; rates where there are measured posts, and only there",
            "A rate without posts ranks creators by nothing.",
        ),
        no_row(
            "rates_are_shares",
            "er_followers_pooled > 1 or er_views_pooled > 1",
            "engagement rates of up to 1",
            "More engagements than followers or views: a count is wrong, or was bought.",
            severity="warn",
        ),
        no_row(
            "penalties_add_up_to_the_score",
            "authenticity_score is distinct from greatest(100 - coalesce(list_sum(list_transform("
            "authenticity_penalties, lambda text: cast(split_part(text, ': -', 2) as integer))), "
            "0), 0)",
            "authenticity_score = 100 - the points of its penalties, not below 0",
            "A score whose penalties don't explain it can't be defended before a creator.",
        ),
        no_row(
            "suspicion_follows_the_score",
            "is_suspicious is distinct from "
            f"(authenticity_score < {night.thresholds.authenticity_min_score})",
            "is_suspicious where authenticity_score is below thresholds.authenticity_min_score, "
            "and only there",
            "An account that is called suspicious must be so by the team's own bound.",
        ),
        columns=(
            *(*counts, *rates, "er_percentile", "paid_posts_share"),
            *("authenticity_score", "authenticity_penalties", "is_suspicious"),
        ),
    )


def _scorecards_of_accounts() -> Suite:
    """Return the suite that looks for accounts without a scorecard, and the other way round."""
    return Suite(
        stage="model",
        table="reports.creator_scorecard (against accounts)",
        rows="""
select
    coalesce(accounts.account_id, cards.account_id) as account_id,
    accounts.account_id is null or cards.account_id is null as is_alone
from (select account_id from core.dim_account) as accounts
full join (select account_id from reports.creator_scorecard) as cards
    on accounts.account_id = cards.account_id
""",
        key=("account_id",),
        checks=(
            no_row(
                "every_account_has_a_scorecard",
                "is_alone",
                "a scorecard of every account in core.dim_account, and of no other",
                "Who has no scorecard is never found, and never vetted.",
            ),
        ),
    )


def _discovery_shortlist(night: Night) -> Suite:
    shares = ("score", "relevance", "er_percentile", "affinity")
    doors = (
        "len(works_with_competitors) > 0",
        "is_customer",
        "recommended_by > 0",
        "len(event_ids) > 0",
    )
    held = " + ".join(f"cast({door} as integer)" for door in doors)
    return grain(
        night,
        "reports.discovery_shortlist",
        *(between(share, SHARE, low=0, high=1) for share in shares),
        between("recommended_by", NEGATIVE, low=0),
        no_row(
            "affinity_counts_what_holds",
            f"affinity is distinct from ({held}) / 4",
            "affinity = the share of the four that hold: competitor, customer, recommended, event",
            "A score that its own columns don't explain can't be trusted.",
        ),
        no_row(
            "a_door_is_open",
            "relevance = 0 and affinity = 0 or coalesce(trim(reasons), '') = ''",
            "a fitting post or a link to the brand, told in reasons",
            "Nobody is written to without a reason.",
        ),
        no_group(
            "ranks_follow_the_scores",
            "select brand_id, account_id from (select brand_id, account_id, rank, row_number() "
            "over (partition by brand_id order by score desc, followers desc, account_id) as place "
            "from looked_at) where rank is distinct from place",
            "ranks from 1 on by score, then followers, then account_id",
            "Who is read first is who is approached.",
        ),
        has("account_id", "core.dim_account"),
        has("brand_id", "core.dim_brand"),
        columns=(
            *(*shares, "rank", "followers", "works_with_competitors", "is_customer"),
            *("recommended_by", "event_ids", "reasons"),
        ),
        parents=(("account_id", "core.dim_account"), ("brand_id", "core.dim_brand")),
    )


def _nobody_to_leave_alone() -> Suite:
    """Return the suite that looks for those who must not stand on the shortlist."""
    return Suite(
        stage="model",
        table="reports.discovery_shortlist (who must not stand there)",
        rows="""
select
    shortlist.brand_id,
    shortlist.account_id,
    coalesce(accounts.is_bot, false) or coalesce(accounts.is_noindex, false) as is_hidden,
    exists (
        select 1
        from reports.collaboration_performance as collaborations
        inner join core.dim_campaign as campaigns
            on collaborations.campaign_id = campaigns.campaign_id
        where
            collaborations.creator_id = accounts.creator_id
            and campaigns.brand_id = shortlist.brand_id
    ) as is_on_the_roster,
    shortlist.account_id in (
        select owned.account_id from work.intermediate.int_brands__own_accounts as owned
    ) as is_of_a_brand
from reports.discovery_shortlist as shortlist
inner join core.dim_account as accounts on shortlist.account_id = accounts.account_id
""",
        key=("brand_id", "account_id"),
        checks=(
            no_row(
                "nobody_is_a_bot_or_hidden",
                "is_hidden",
                "no account with is_bot or is_noindex",
                "Who asks not to be found is not looked for; bots buy nothing.",
            ),
            no_row(
                "nobody_is_on_the_roster",
                "is_on_the_roster",
                "no account of a creator with a collaboration for the brand",
                "Whom the brand works with already is not approached like a stranger.",
            ),
            no_row(
                "nobody_is_a_brand",
                "is_of_a_brand",
                "no account that carried a handle of a configured brand",
                "A brand does not advertise for another one.",
            ),
        ),
    )
