"""Creators at work: rules, outreach, pacing, relationships and fees."""

from __future__ import annotations

from reachline.quality.checks import (
    Suite,
    between,
    equal,
    never_null,
    no_group,
    no_row,
    one_of,
)
from reachline.quality.facts import Night
from reachline.quality.model.shared import NEGATIVE, SHARE, grain, has, touched_rows


def suites(night: Night) -> list[Suite]:
    """Return the suites of these tables."""
    return [
        _compliance(night),
        _compliance_of_posts(night),
        _outreach_funnel(night),
        _campaign_pacing(night),
        _creator_relationships(night),
        _relationships_of_collaborations(),
        _next_bookings(night),
        _fair_compensation(night),
        _code_health(night),
    ]


def _outreach_funnel(night: Night) -> Suite:
    return grain(
        night,
        "reports.outreach_funnel",
        between("median_days_to_reply", "Nobody replies before they are asked.", low=0),
        no_row(
            "who_replied_was_contacted",
            "replied > contacted or agreed > contacted",
            "replied and agreed at most contacted",
            "Rates above 1 say that contacts are not noted: add their rows to outreach.",
            severity="warn",
        ),
        has("campaign_id", "core.dim_campaign"),
        columns=("median_days_to_reply", "contacted", "replied", "agreed"),
        parents=(("campaign_id", "core.dim_campaign"),),
    )


def _campaign_pacing(night: Night) -> Suite:
    counts = ("deliverables", "deliverables_due", "deliverables_live", "deliverables_late")
    return grain(
        night,
        "reports.campaign_pacing",
        *(between(c, NEGATIVE, low=0) for c in (*counts, "elapsed_days")),
        no_row(
            "deliverables_are_parts_of_the_whole",
            "deliverables_late > deliverables_due "
            "or greatest(deliverables_due, deliverables_live + deliverables_late) > deliverables",
            "late at most due; due, and live and late together, at most all",
            "A join that doubled rows calls creators late who delivered.",
        ),
        no_row(
            "no_more_days_than_there_are",
            "elapsed_days > total_days",
            "elapsed_days at most total_days",
            "More would be expected of the campaign than its goal.",
        ),
        one_of(
            "status",
            ("planned", "ended", "ahead", "behind", "on_track"),
            "Who looks for campaigns that fall behind finds them by these words.",
        ),
        no_row(
            "status_says_what_the_pacing_does",
            "status in ('ahead', 'behind', 'on_track') and status is distinct from "
            "case when pacing >= 1.1 then 'ahead' when pacing < 0.9 then 'behind' "
            "when pacing is not null then 'on_track' end",
            "ahead from 1.1, behind below 0.9, on_track between",
            "Money is moved by this word.",
        ),
        has("campaign_id", "core.dim_campaign"),
        columns=(*counts, "elapsed_days", "total_days", "pacing", "status"),
        parents=(("campaign_id", "core.dim_campaign"),),
    )


def _creator_relationships(night: Night) -> Suite:
    return grain(
        night,
        "reports.creator_relationships",
        between("collaborations", "A relationship has a live collaboration.", low=1),
        between("tenure_days", NEGATIVE, low=0),
        between("profit_coverage", SHARE, low=0, high=1),
        one_of(
            "status",
            ("active", "new", "lapsed"),
            "Who looks for creators to win back finds them by these words.",
        ),
        no_row(
            "nothing_is_divided_by_no_cost",
            "cost = 0 and roi is not null",
            "roi NULL where there is no cost",
            "A return on nothing spent is infinite, and would lead every ranking.",
        ),
        no_row(
            "a_return_is_of_what_was_watched",
            "roi is not null and collaborations_in_roi = 0",
            "roi NULL where no collaboration was watched",
            "A creator is called a loss for orders that nobody could see.",
        ),
        no_row(
            "a_star_has_lapsed_and_earned",
            "is_lapsed_star and (status <> 'lapsed' or not coalesce(roi > 0, false))",
            "is_lapsed_star only where the status is lapsed and roi above 0",
            "Creators are asked back because of this mark.",
        ),
        columns=(
            *("collaborations", "tenure_days", "profit_coverage", "status", "cost", "roi"),
            *("is_lapsed_star", "collaborations_in_roi"),
        ),
    )


_RELATION_SUMS = ("attributed_revenue", "attributed_profit", "cost")


def _relationships_of_collaborations() -> Suite:
    """Return the suite that adds the collaborations of each pair up a second time."""
    pairs = ", ".join(f"pairs.{name}, sums.{name}_summed" for name in _RELATION_SUMS)
    return Suite(
        stage="model",
        table="reports.creator_relationships (against collaborations)",
        rows=f"""
with sums as (
    select
        campaigns.brand_id,
        rows.creator_id,
        count(*) filter (where rows.is_live) as collaborations_counted,
        sum(rows.attributed_revenue) as attributed_revenue_summed,
        sum(rows.attributed_profit) as attributed_profit_summed,
        sum(rows.cost_committed) as cost_summed
    from reports.collaboration_performance as rows
    inner join core.dim_campaign as campaigns on rows.campaign_id = campaigns.campaign_id
    where rows.is_default_method
    group by campaigns.brand_id, rows.creator_id
    having bool_or(rows.is_live)
)

select
    coalesce(pairs.brand_id, sums.brand_id) as brand_id,
    coalesce(pairs.creator_id, sums.creator_id) as creator_id,
    pairs.collaborations, sums.collaborations_counted, {pairs}
from reports.creator_relationships as pairs
full join sums on pairs.brand_id = sums.brand_id and pairs.creator_id = sums.creator_id
""",
        key=("brand_id", "creator_id"),
        checks=(
            equal(
                "collaborations",
                "collaborations_counted",
                "every_live_collaboration_counts_once",
                "A creator who is left out is not asked again; one counted twice looks loyal.",
            ),
            *(
                equal(
                    name,
                    f"{name}_summed",
                    f"{name}_is_the_sum_of_collaborations",
                    "A relationship that is not the sum of its collaborations lost or doubled one.",
                )
                for name in _RELATION_SUMS
            ),
        ),
    )


_RULES = (
    "disclosure",
    "required_hashtags",
    "required_mentions",
    "forbidden_terms",
    "on_time",
    "kept_up",
    "tracking",
)


def _compliance(night: Night) -> Suite:
    return grain(
        night,
        "reports.compliance",
        one_of("rule", _RULES, "A rule that nobody knows is asked for by nobody."),
        one_of("result", ("pass", "weak", "fail"), "Filters on the result miss the row."),
        never_null("evidence", "A result that nobody can look up can't be argued with."),
        no_row(
            "some_rules_are_kept_or_not",
            "result = 'weak' and rule not in ('disclosure', 'tracking') "
            "or rule in ('disclosure', 'kept_up') and result is null",
            "weak only of disclosure and tracking; a result of every disclosure and kept_up",
            "Half kept is a word for these two; every paid post owes a disclosure.",
        ),
        has("post_id", "core.dim_post"),
        has("campaign_id", "core.dim_campaign"),
        columns=("result", "evidence", "campaign_id"),
        parents=(("post_id", "core.dim_post"), ("campaign_id", "core.dim_campaign")),
    )


def _compliance_of_posts(night: Night) -> Suite:
    """Return the suite that holds paid posts to all their rules, and grades to post_performance."""
    is_touched = touched_rows(night, "compliance")
    return Suite(
        stage="model",
        table="reports.compliance (against posts)",
        rows=f"""
with posts as (
    select post_id, collaboration_id
    from core.dim_post
    where collaboration_id is not null and {is_touched}
),

grades as (
    select post_id, case when disclosure = 'missing' then 'fail' else disclosure end as disclosure
    from reports.post_performance
    where {is_touched}
),

rules as (
    select
        post_id,
        count(*) as rules,
        min(collaboration_id) as collaboration_id,
        max(result) filter (where rule = 'disclosure') as disclosure
    from reports.compliance
    where {is_touched}
    group by post_id
)

select
    coalesce(posts.post_id, rules.post_id) as post_id,
    posts.collaboration_id,
    rules.collaboration_id as collaboration_held_to,
    coalesce(rules.rules, 0) as rules,
    grades.disclosure as disclosure,
    rules.disclosure as disclosure_held_to
from posts
full join rules on posts.post_id = rules.post_id
left join grades on posts.post_id = grades.post_id
""",
        key=("post_id",),
        checks=(
            no_row(
                "every_paid_post_has_every_rule",
                f"rules <> {len(_RULES)}",
                f"{len(_RULES)} rules of every paid post",
                "A post that is not looked at seems to have kept to its brief.",
            ),
            equal(
                "collaboration_id",
                "collaboration_held_to",
                "posts_are_held_to_their_own_brief",
                "A creator is blamed for what another was asked for.",
            ),
            equal(
                "disclosure",
                "disclosure_held_to",
                "disclosures_are_those_of_post_performance",
                "Two tables that grade one post differently are both doubted.",
            ),
        ),
    )


def _next_bookings(night: Night) -> Suite:
    counts = ("collaborations_measured", "collaborations_running", "days_between")
    return grain(
        night,
        "reports.next_bookings",
        between("collaborations", "Whom the brand never booked can't be booked again.", low=1),
        *(between(count, NEGATIVE, low=0) for count in counts),
        between("own_weight", SHARE, low=0, high=1),
        one_of(
            "verdict",
            ("rebook", "try_again", "renegotiate", "stop", "too_early"),
            "Who looks for creators to book again finds them by these words.",
        ),
        one_of(
            "how_sure",
            ("sure", "fairly_sure", "unsure", "not_known"),
            "Who reads a verdict must know how far to trust it.",
        ),
        no_row(
            "parts_are_not_more_than_the_whole",
            "collaborations_running > collaborations_measured "
            "or collaborations_measured > collaborations",
            "running at most measured, and these at most all",
            "A join that doubled rows makes one collaboration look like proof.",
        ),
        no_row(
            "intervals_hold_the_profit",
            "not (next_profit_low <= expected_profit_low "
            "and expected_profit_low <= expected_profit "
            "and expected_profit <= expected_profit_high "
            "and expected_profit_high <= next_profit_high)",
            "next_profit_low, expected_profit_low, expected_profit, expected_profit_high and "
            "next_profit_high in this order",
            "A verdict would be called certain that is not.",
        ),
        no_row(
            "profit_is_what_is_earned_beyond_the_cost",
            "expected_profit is distinct from expected_earned - last_cost "
            "or next_break_even_fee is distinct from expected_profit + last_fee",
            "expected_earned - last_cost; at next_break_even_fee nothing is left of it",
            "Fees would be offered that lose money.",
        ),
        no_row(
            "nothing_is_expected_of_what_was_not_measured",
            "expected_earned is not null and collaborations_measured = 0",
            "expected_earned NULL where no collaboration was measured",
            "A creator would be judged by orders that nobody could see.",
        ),
        no_row(
            "verdict_is_that_of_the_interval",
            "verdict is distinct from case when expected_profit is null then 'too_early' "
            "when expected_profit_low > 0 then 'rebook' "
            "when expected_profit_high < 0 or next_break_even_fee <= 0 then 'stop' "
            "when expected_profit > 0 then 'try_again' else 'renegotiate' end",
            "rebook where the lower end is above 0, stop where the upper end is below it or no fee "
            "breaks even, try_again and renegotiate between, too_early where that can't be told",
            "The creator who earns most would be let go.",
        ),
        no_row(
            "money_goes_to_who_returns_it",
            "spend_order is not null and not (expected_profit > 0 and spent_before >= 0 "
            "and next_1000_part between 0 and least(last_cost, 1000))",
            "a spend_order only where expected_profit is above 0, and of 1,000 at most last_cost",
            "Money would be planned for who is expected to lose it.",
        ),
        has("brand_id", "core.dim_brand"),
        columns=(
            *("collaborations", *counts, "own_weight", "verdict", "how_sure"),
            *("expected_earned", "expected_profit", "expected_profit_low", "expected_profit_high"),
            *("next_profit_low", "next_profit_high", "next_break_even_fee"),
            *("last_cost", "last_fee", "spend_order", "spent_before", "next_1000_part"),
        ),
        parents=(("brand_id", "core.dim_brand"),),
    )


def _fair_compensation(night: Night) -> Suite:
    return grain(
        night,
        "reports.fair_compensation",
        between("expected_engagements", NEGATIVE, low=0),
        between("peers", NEGATIVE, low=0),
        between("suggested_low", "Nobody pays for the right to post.", low=0),
        one_of(
            "peer_level",
            ("platform_tier", "platform", "all"),
            "Who reads a fee must know what it is compared with.",
        ),
        one_of("position", ("below", "within", "above"), "Filters on position miss the row."),
        no_row(
            "suggestions_are_in_order",
            "suggested_low > suggested_mid or suggested_mid > suggested_high",
            "suggested_low at most suggested_mid at most suggested_high",
            "A range whose ends are turned round calls every fee too high or too low.",
        ),
        no_row(
            "few_peers_are_never_called_alike",
            "peer_level <> 'all' and peers < 5",
            "5 peers at least where they are of the platform, or of it and the tier",
            "Quartiles of fewer are the price of one creator, not of a market.",
        ),
        no_row(
            "position_is_that_of_the_cost",
            "position is distinct from case "
            "when actual_cost_per_post < suggested_low then 'below' "
            "when actual_cost_per_post > suggested_high then 'above' "
            "when actual_cost_per_post >= suggested_low then 'within' end",
            "below suggested_low, above suggested_high, else within; NULL where one is not known",
            "A creator would be told that a fair fee is unfair.",
        ),
        one_of(
            "verdict",
            ("rebook", "renegotiate", "stop", "too_early"),
            "Who looks for creators to book again finds them by these words.",
        ),
        no_row(
            "interval_holds_the_break_even_fee",
            "break_even_low > break_even_fee or break_even_high < break_even_fee",
            "break_even_low at most break_even_fee at most break_even_high",
            "A verdict would be called certain that is not.",
        ),
        no_row(
            "verdict_is_that_of_the_fees",
            "verdict is distinct from case when creator_id is null then null "
            "when coalesce(break_even_posts, 0) < 2 or break_even_low is null "
            "or actual_cost_per_post is null then 'too_early' "
            "when break_even_low > actual_cost_per_post then 'rebook' "
            "when break_even_high < actual_cost_per_post or break_even_fee <= 0 then 'stop' "
            "else 'renegotiate' end",
            "rebook where break_even_low is above the cost, stop where break_even_high is below it "
            "or nothing was earned, renegotiate between, too_early where that can't be told",
            "The creator who earns most would be let go.",
        ),
        no_group(
            "a_creator_has_one_verdict",
            "select min(account_id) as account_id from looked_at where creator_id is not null "
            "group by creator_id having count(distinct verdict) > 1",
            "the same verdict in each account of a creator",
            "A creator would be booked and let go on one page.",
        ),
        has("account_id", "core.dim_account"),
        columns=(
            *("expected_engagements", "peer_level", "peers", "position"),
            *("suggested_low", "suggested_mid", "suggested_high", "actual_cost_per_post"),
            *("creator_id", "break_even_fee", "break_even_low", "break_even_high"),
            *("break_even_posts", "verdict"),
        ),
        parents=(("account_id", "core.dim_account"),),
    )


def _code_health(night: Night) -> Suite:
    bounds = night.thresholds.codes
    shares = ("no_touch_share", "new_customer_share", "other_new_customer_share")
    parts = ("early_orders", "orders_with_visitor", "orders_with_customer", "own_orders")
    days = ("days_after_posts", "days_without_posts")
    return grain(
        night,
        "reports.code_health",
        *(between(share, SHARE, low=0, high=1) for share in shares),
        *(between(count, NEGATIVE, low=0) for count in (*parts, *days)),
        no_row(
            "parts_are_not_more_than_the_whole",
            f"greatest({', '.join(parts)}, orders_after_posts + orders_without_posts) > orders "
            "or untouched_orders > orders_with_visitor "
            "or orders_of_new_customers > orders_with_customer",
            "no part above its whole: of the orders, of those with a visitor, or a customer",
            "A join that doubled orders calls honest codes leaked.",
        ),
        no_row(
            "who_is_suspected_is_told_why",
            "(likely_leaked or is_self_referred) and coalesce(trim(reasons), '') = ''",
            "reasons wherever likely_leaked or is_self_referred",
            "A creator who is asked about a code can't answer a suspicion without reasons.",
        ),
        no_row(
            "suspicion_follows_the_bounds",
            f"early_orders >= {bounds.early_orders} and likely_leaked is distinct from true "
            f"or is_self_referred is distinct from (own_orders >= {bounds.own_orders})",
            "likely_leaked from codes.early_orders of config/thresholds.yml on, is_self_referred "
            "from codes.own_orders on, and only there",
            "A code is looked into, or left alone, by the team's own bounds.",
        ),
        no_row(
            "nobody_is_suspected_of_what_was_not_watched",
            "orders is null and (likely_leaked is not null or is_self_referred is not null)",
            "likely_leaked and is_self_referred NULL where orders is",
            "A code whose orders nobody saw is neither leaked nor sound.",
        ),
        has("brand_id", "core.dim_brand"),
        columns=(
            *(
                "brand_id",
                "orders",
                *shares,
                *parts,
                *days,
                "untouched_orders",
                "orders_of_new_customers",
            ),
            *("orders_after_posts", "orders_without_posts"),
            *("likely_leaked", "is_self_referred", "reasons"),
        ),
        parents=(("brand_id", "core.dim_brand"),),
    )
