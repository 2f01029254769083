"""The market: share of voice, hashtags, tiers, outreach."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from reachline.publish.report.pages.release import Release
from reachline.publish.report.queries import Rows, grouped
from reachline.publish.report.tables import (
    Column,
    Page,
    Section,
    make_table,
    safe_name,
)

_WEEKS_OF_VOICE = 26


def _last_weeks(rows: Rows) -> Rows:
    """Return the rows of the last weeks, each week whole."""
    weeks = sorted({row["week"] for row in rows}, reverse=True)[:_WEEKS_OF_VOICE]
    return [row for row in rows if row["week"] in weeks]


def voice(release: Release) -> Page:
    """Return the page of the share of voice."""
    rows = grouped(
        [{**row, "no_share": _no_share(release, row)} for row in release.rows["voice"]], "brand_id"
    )
    last = {brand: _last_weeks(of_brand) for brand, of_brand in rows.items()}
    return Page(
        path="voice.html",
        title="Share of voice",
        area="voice",
        lead=(
            "Who is talked about, beside each brand's competitors, week by week. A week that is "
            "not over is pale.",
        ),
        below={
            "voice-" + safe_name(brand_id): sentence
            for brand_id, sentence in release.morning.voices.items()
        },
        sections=tuple(
            Section(
                brand["brand_name"],
                safe_name(brand["brand_id"]),
                tables=(
                    make_table(
                        release.catalogue,
                        "voice-" + safe_name(brand["brand_id"]),
                        f"Voices beside {brand['brand_name']}, the last week first",
                        ("reports.share_of_voice", ("brand_id", "voice_brand_id", "week")),
                        (
                            Column("week"),
                            Column("voice", "Voice", "name"),
                            Column("share_of_posts", absent="no_share"),
                            Column("share_of_engagements", absent="no_share"),
                            Column("posts"),
                            Column("posts_paid"),
                            Column("posts_earned"),
                            Column("posts_owned"),
                            Column("mentions"),
                            Column("accounts"),
                            Column("engagements"),
                            Column("is_partial", "Week is not over"),
                        ),
                        last.get(brand["brand_id"], []),
                        limit=len(last.get(brand["brand_id"], [])),
                        total=len(rows[brand["brand_id"]]),
                        empty="Nobody was mentioned.",
                        charts=(("voice", f"Share of posts by week, {brand['brand_name']}"),),
                    ),
                ),
            )
            for brand in release.rows["brands"]
        )
        or (Section("No brand", "none", ("config/brands.yml names no brand of yours.",)),),
    )


def _no_share(release: Release, row: dict[str, Any]) -> str:
    """Return why a voice has no share of a week; nothing where nobody was mentioned in it."""
    begins = row["covered_from"]
    if begins is not None and begins <= row["week"] + timedelta(days=6):
        return ""
    return release.before_coverage("mentions", row["voice_brand_id"])


def hashtags(release: Release) -> Page:
    """Return the page of what rises and falls."""
    columns = (
        Column("tag", "Hashtag", "name"),
        Column("week"),
        Column("posts"),
        Column("growth"),
        Column("z_score"),
        Column("accounts"),
        Column("engagements"),
        Column("is_partial", "Week is not over"),
    )
    key = ("reports.hashtag_trends", ("platform", "hashtag", "week"))
    trends = release.rows["trends"]
    # before the first whole week is over there is the current one alone
    week = min((row["week"] for row in trends), default=None)
    is_partial = any(row["is_partial"] for row in trends if row["week"] == week)
    which = "the current week, which is not over" if is_partial else "the last whole week"
    risers = [row for row in trends if row["week"] == week and (row["z_score"] or 0) > 0]
    return Page(
        path="hashtags.html",
        title="Hashtag trends",
        area="hashtags",
        lead=(f"What rises: posts of {which}, against the four weeks before.",),
        sections=(
            Section(
                "What rose most",
                "risers",
                tables=(
                    make_table(
                        release.catalogue,
                        "rose",
                        f"The twelve that rose most in {which}",
                        key,
                        columns[:-1],
                        risers[:12],
                        empty="No hashtag rose." if trends else "No hashtag was seen.",
                        charts=(("risers", "Posts above what is usual, as a z-score"),),
                    ),
                ),
            ),
            Section(
                "Every hashtag",
                "hashtags",
                tables=(
                    make_table(
                        release.catalogue,
                        "trends",
                        "Hashtags of the current week"
                        if is_partial
                        else "Hashtags of the last whole week and the current one",
                        key,
                        columns,
                        trends,
                        total=release.rows["trend_rows"][0]["n"],
                        empty="No hashtag was seen.",
                    ),
                ),
            ),
        ),
    )


def tiers(release: Release) -> Page:
    """Return the page of the tiers of each platform."""
    return Page(
        path="tiers.html",
        title="Tier benchmarks",
        area="tiers",
        lead=("Do smaller accounts engage more? Rates are engagements per follower of a post.",),
        sections=(
            Section(
                "Engagement by tier",
                "tiers",
                ("Brackets hold 95 % intervals; fewer than six accounts have none.",),
                tables=(
                    make_table(
                        release.catalogue,
                        "tiers",
                        "Engagement rates by platform and tier",
                        ("reports.tier_benchmarks", ("platform", "tier")),
                        (
                            Column("platform", kind="name"),
                            Column("tier", kind="name"),
                            Column("accounts"),
                            Column("posts"),
                            Column(
                                "er_followers_p50",
                                low="er_followers_p50_low",
                                high="er_followers_p50_high",
                            ),
                            Column("er_followers_p25"),
                            Column("er_followers_p75"),
                            Column("er_followers_pooled"),
                            Column(
                                "ratio_to_macro",
                                low="ratio_to_macro_low",
                                high="ratio_to_macro_high",
                            ),
                        ),
                        release.rows["tiers"],
                        charts=(("tiers", "Engagement rate by tier and platform"),),
                    ),
                ),
            ),
        ),
    )


def outreach(release: Release) -> Page:
    """Return the page of the outreach of each campaign."""
    return Page(
        path="outreach.html",
        title="Outreach",
        area="outreach",
        lead=("Does outreach work? Approaches by campaign and channel.",),
        sections=(
            Section(
                "The funnel",
                "funnel",
                tables=(
                    make_table(
                        release.catalogue,
                        "outreach",
                        "Approaches by campaign and channel",
                        ("reports.outreach_funnel", ("campaign_id", "channel")),
                        (
                            Column("campaign_name", "Campaign", "name", link="campaign_page"),
                            Column("channel", "Channel", "name"),
                            *(
                                Column(name)
                                for name in (
                                    "contacted",
                                    "replied",
                                    "negotiating",
                                    "agreed",
                                    "declined",
                                    "no_reply",
                                    "reply_rate",
                                    "agree_rate",
                                    "median_days_to_reply",
                                )
                            ),
                        ),
                        release.rows["outreach"],
                        empty="Nobody was approached.",
                        charts=(("funnel", "How far approaches came"),),
                    ),
                ),
            ),
        ),
    )
