"""How large a world is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """What sets the numbers of rows; rates are a day's.

    `tier_shares` are the shares of people in tiers up to nano, micro, mid and macro; the rest is
    mega. `observed_at_seconds` are the moments of a day, in seconds from midnight, at which the
    metrics of every tracked post are read. `past_ages` are the ages in days at which the metrics
    of posts from before the first night are known.
    """

    name: str
    persons: int
    posts_a_day: float
    tier_shares: tuple[float, float, float, float]
    roster_share: float
    tracked_days: int
    past_days: int
    observed_at_seconds: tuple[int, ...]
    past_ages: tuple[float, ...]
    past_profile_days: int
    campaigns: int
    collaborations: int
    outreach_share: float
    outreach_step: int
    visitors: int
    clicks_a_day: int
    past_click_days: int
    code_orders: int
    other_orders: int
    recommendations: int
    handle_changes: int


SIZES = {
    # small tiers are filled more evenly than in life, so that every tier has accounts to compare
    "small": Size(
        name="small",
        persons=330,
        posts_a_day=0.22,
        tier_shares=(0.14, 0.66, 0.80, 0.94),
        roster_share=0.2,
        tracked_days=30,
        past_days=40,
        observed_at_seconds=(75600,),
        past_ages=(0.9, 6.8, 29.5),
        past_profile_days=21,
        campaigns=8,
        collaborations=12,
        outreach_share=0.06,
        outreach_step=1,
        visitors=1500,
        clicks_a_day=240,
        past_click_days=20,
        code_orders=14,
        other_orders=25,
        recommendations=4,
        handle_changes=6,
    ),
    "medium": Size(
        name="medium",
        persons=32000,
        posts_a_day=0.80,
        tier_shares=(0.30, 0.82, 0.93, 0.98),
        roster_share=0.04,
        tracked_days=30,
        past_days=31,
        observed_at_seconds=(75600,),
        past_ages=(0.9, 6.8),
        past_profile_days=10,
        campaigns=40,
        collaborations=100,
        outreach_share=0.005,
        outreach_step=20,
        visitors=200000,
        clicks_a_day=40000,
        past_click_days=12,
        code_orders=1500,
        other_orders=3000,
        recommendations=100,
        handle_changes=200,
    ),
    # four readings a day of 2.5 million posts
    "large": Size(
        name="large",
        persons=64000,
        posts_a_day=1.08,
        tier_shares=(0.30, 0.82, 0.93, 0.98),
        roster_share=0.04,
        tracked_days=30,
        past_days=31,
        observed_at_seconds=(7200, 28800, 50400, 75600),
        past_ages=(),
        past_profile_days=2,
        campaigns=100,
        collaborations=200,
        outreach_share=0.002,
        outreach_step=50,
        visitors=2000000,
        clicks_a_day=300000,
        past_click_days=3,
        code_orders=8000,
        other_orders=20000,
        recommendations=400,
        handle_changes=400,
    ),
}
