"""Brands, creators, accounts and posts, and what was measured of them."""

from __future__ import annotations

from reachline.quality.checks import Check, Suite, between, no_group, no_row, one_of
from reachline.quality.facts import Night, day
from reachline.quality.model.shared import (
    FUTURE,
    NEGATIVE,
    RATES,
    by_the_logical_date,
    end,
    grain,
    has,
)

_POST_COUNTS = ("likes", "comments", "shares", "saves", "views", "reach", "impressions")
_ORGANIC = ("likes", "comments", "views", "reach")
_PAID_PART = (
    "Where advertising is said to have brought more than there is, the rest is not known, nor are "
    "rates: a paid_ column counts something else, or the whole leaves advertising out."
)


def suites(night: Night) -> list[Suite]:
    """Return the suites of these tables."""
    return [
        grain(
            night,
            "core.dim_brand",
            one_of("role", ("own", "competitor"), "Roles decide who is compared with whom."),
        ),
        grain(
            night,
            "core.dim_campaign",
            one_of("status", ("planned", "running", "ended"), "Filters on status miss the row."),
            no_row(
                "days_are_in_order",
                "starts_on > ends_on",
                "starts_on at or before ends_on",
                "A campaign that ends before it starts has no days and no posts.",
                severity="warn",
            ),
            columns=("status", "starts_on", "ends_on"),
        ),
        grain(
            night,
            "core.dim_creator",
            between("accounts", NEGATIVE, low=0),
            between("followers_total", NEGATIVE, low=0),
        ),
        grain(
            night,
            "core.dim_account",
            between("followers", NEGATIVE, low=0),
            between("following", NEGATIVE, low=0),
            one_of(
                "tier",
                ("nano", "micro", "mid", "macro", "mega"),
                "A tier that no report knows drops the account from benchmarks.",
            ),
            no_row(
                "seen_in_order",
                "first_seen_at > last_seen_at",
                "first_seen_at at or before last_seen_at",
                "An account can't be last seen before it was first seen.",
            ),
            columns=("followers", "following", "tier", "first_seen_at", "last_seen_at"),
        ),
        _account_history(night),
        grain(
            night,
            "core.dim_post",
            no_row(
                "published_by_the_logical_date",
                f"published_at >= {end(night)}",
                "published_at before the end of the logical date",
                FUTURE,
            ),
            no_row(
                "a_language_says_where_it_is_from",
                "(language is null) <> (is_language_detected is null)",
                "is_language_detected where language is known, and only there",
                "An estimate that is taken for what the platform says is wrong without a trace.",
            ),
            has("account_id", "core.dim_account"),
            columns=("published_at", "account_id", "language", "is_language_detected"),
            parents=(("account_id", "core.dim_account"),),
        ),
        grain(
            night,
            "core.bridge_post_collaborations",
            no_group(
                "one_collaboration_is_primary",
                "select post_id, min(collaboration_id) as collaboration_id from looked_at "
                "group by post_id having count(*) filter (where is_primary) <> 1",
                "one primary collaboration a post",
                "A join on is_primary would double or lose the post.",
            ),
            has("post_id", "core.dim_post"),
            columns=("is_primary",),
            parents=(("post_id", "core.dim_post"),),
        ),
        grain(
            night,
            "core.fct_post_latest",
            *(between(c, NEGATIVE, low=0) for c in (*_POST_COUNTS, "engagements")),
            has("post_id", "core.dim_post"),
            columns=(*_POST_COUNTS, "engagements"),
            parents=(("post_id", "core.dim_post"),),
        ),
        _roster(),
        grain(night, "core.dim_hashtag", between("posts", NEGATIVE, low=0)),
        grain(night, "core.dim_date"),
        grain(
            night,
            "core.fct_account_daily",
            *(between(c, NEGATIVE, low=0) for c in ("followers", "following", "posts_count")),
            by_the_logical_date(night),
            has("account_id", "core.dim_account"),
            columns=("followers", "following", "posts_count"),
            parents=(("account_id", "core.dim_account"),),
        ),
        grain(
            night,
            "core.fct_post_daily",
            *(between(c, NEGATIVE, low=0) for c in (*_POST_COUNTS, "engagements")),
            _engagements_add_up(),
            by_the_logical_date(night),
            has("post_id", "core.dim_post"),
            columns=(*_POST_COUNTS, "engagements", "is_derivable"),
            parents=(("post_id", "core.dim_post"),),
        ),
        grain(
            night,
            "core.fct_post_at_age",
            *(between(c, NEGATIVE, low=0) for c in (*_POST_COUNTS, "engagements")),
            *(between(c, "An engagement rate below zero is no rate.", low=0) for c in RATES),
            no_row(
                "age_days_is_known",
                "age_days not in (1, 7, 30)",
                "age_days in (1, 7, 30)",
                "Rates are compared at these ages only.",
            ),
            no_row(
                "rates_are_shares",
                "er_views > 1 or er_reach > 1",
                "no more engagements than views, nor than people reached",
                "More engagements than people who saw the post: likes, views or reach are wrong.",
                severity="warn",
            ),
            no_row(
                "advertising_is_a_part_of_the_whole",
                " or ".join(f"({c} is null) <> (organic_{c} is null)" for c in _ORGANIC),
                "no more likes, comments, views or people reached by advertising than there are",
                _PAID_PART,
                severity="warn",
            ),
            columns=(
                *(*_POST_COUNTS, "engagements", "er_followers", "er_views", "er_reach"),
                *(f"organic_{name}" for name in _ORGANIC),
            ),
        ),
        grain(
            night,
            "core.fct_paid_post_metrics",
            between("number", NEGATIVE, low=0),
            between("emv", "What people did is worth nothing at least.", low=0),
            one_of(
                "metric",
                (*_POST_COUNTS, "engagements"),
                "The reports add up these; a value of another is lost to them.",
            ),
            no_row(
                "measured_by_the_logical_date",
                f"observed_at >= {end(night)}",
                "observed_at before the end of the logical date",
                FUTURE,
            ),
            between("paid_number", NEGATIVE, low=0),
            no_row(
                "advertising_is_a_part_of_the_whole",
                "paid_number > number",
                "paid_number at most number",
                _PAID_PART,
                severity="warn",
            ),
            has("post_id", "core.dim_post"),
            columns=("number", "emv", "observed_at", "paid_number"),
            parents=(("post_id", "core.dim_post"),),
        ),
        grain(
            night,
            "core.fct_hashtag_daily",
            between("posts", NEGATIVE, low=0),
            between("accounts", NEGATIVE, low=0),
            no_row(
                "no_more_accounts_than_posts",
                "accounts > posts",
                "accounts at most posts",
                "Each post has one account at most: more means that a join doubled rows.",
            ),
            by_the_logical_date(night),
            columns=("posts", "accounts"),
        ),
        _kept_daily(night),
        grain(
            night,
            "core.fct_mentions",
            one_of(
                "kind",
                ("tag", "hashtag", "keyword", "link"),
                "Share of voice counts these kinds only.",
            ),
            one_of("relationship", ("owned", "paid", "earned"), "Reports split by these three."),
            has("post_id", "core.dim_post"),
            has("brand_id", "core.dim_brand"),
            columns=("relationship",),
            parents=(("post_id", "core.dim_post"), ("brand_id", "core.dim_brand")),
        ),
    ]


def _engagements_add_up() -> Check:
    parts = ("likes", "comments", "shares", "saves")
    total = " + ".join(f"coalesce({part}, 0)" for part in parts)
    all_null = " and ".join(f"{part} is null" for part in parts)
    return no_row(
        "engagements_add_up",
        "engagements is distinct from "
        f"case when is_derivable and not ({all_null}) then {total} end",
        "likes + comments + shares + saves, NULL where all are or none may be derived",
        "Engagements are what every rate is made of.",
    )


def _roster() -> Suite:
    """Return the suite of handles of the roster that another account carries by now."""
    return Suite(
        stage="model",
        table="core.dim_account (handles of the roster)",
        rows="""
select platform, handle, creator_id, account_id, later_account_id
from work.intermediate.int_creator_accounts__identify
""",
        key=("platform", "handle", "creator_id", "account_id", "later_account_id"),
        checks=(
            no_row(
                "handles_have_not_changed_hands",
                "later_account_id is not null",
                "no handle of the roster, without native_account_id, that another account carries "
                "now",
                "The creator stays the account that had the handle when its row came in: write the "
                "native_account_id of the one that is meant into creator_accounts.",
                severity="warn",
            ),
        ),
    )


def _account_history(night: Night) -> Suite:
    return grain(
        night,
        "core.dim_account_history",
        no_row(
            "spans_are_in_order",
            "valid_to <= valid_from",
            "valid_from before valid_to",
            "A span that ends before it starts is found by no date.",
        ),
        no_group(
            "one_span_is_current",
            "select account_id, min(valid_from) as valid_from from looked_at "
            "group by account_id having count(*) filter (where is_current) <> 1",
            "one current span an account",
            "A join on is_current would double or lose the account.",
        ),
        columns=("valid_to", "is_current"),
    )


def _kept_daily(night: Night) -> Suite:
    measures = (
        ("engagements", "posts_measured"),
        ("views", "posts_viewed"),
        ("reach", "posts_reached"),
        ("impressions", "posts_shown"),
    )
    return grain(
        night,
        "core.fct_kept_daily",
        one_of(
            "breakdown",
            ("all", "content_type", "tier", "hashtag"),
            "Who adds up the days takes one breakdown: a post is in several of them.",
        ),
        between("accounts", "Figures of one account are of a person, who may be erased.", low=2),
        *(between(column, NEGATIVE, low=0) for pair in measures for column in pair),
        no_row(
            "no_more_accounts_than_posts",
            "accounts > posts",
            "accounts at most posts",
            "Each post is of one account: more means that a join doubled rows.",
        ),
        no_row(
            "parts_are_not_more_than_the_whole",
            "greatest(posts_measured, posts_viewed, posts_reached, posts_shown) > posts",
            "posts_measured, posts_viewed, posts_reached and posts_shown at most posts",
            "A mean of them would be too low.",
        ),
        no_row(
            "sums_say_of_how_many_posts_they_are",
            " or ".join(f"({name} is null) <> ({counted} is null)" for name, counted in measures),
            "a sum where the posts that it is of are counted, and only there",
            "A sum over an unknown number of posts makes no mean, and may tell of a few accounts.",
        ),
        no_group(
            "groups_are_parts_of_their_day",
            "select platform, published_on, any_value(breakdown) as breakdown, "
            "any_value(value) as value, kept_at from looked_at group by platform, published_on, "
            "kept_at having max(posts) > max(posts) filter (where breakdown = 'all')",
            "no group with more posts than all of the day",
            "Posts were counted twice, and no landed row is left to count them by again.",
        ),
        no_row(
            "published_by_the_logical_date",
            f"published_on > {day(night)}",
            "published_on at or before the logical date",
            FUTURE,
        ),
        columns=("accounts", "posts", *(column for pair in measures for column in pair)),
    )
