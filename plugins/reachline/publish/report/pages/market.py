"""The market: share of voice, hashtags, tiers, outreach."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from reachline.publish.report.pages.release import Release
from reachline.publish.report.queries import POSTS_OF_VOICE, WEEKS_OF_POSTS, Rows, grouped, keys_of
from reachline.publish.report.tables import (
    Column,
    Page,
    Section,
    Table,
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
    posts = grouped(
        [{**row, "key": (row["brand_id"], row["voice_brand_id"])}
         for row in release.rows["voice_posts"]],
        "key",
    )  # fmt: skip
    weeks = keys_of(release.rows["voice_posts"], "brand_id", "voice_brand_id", "week")
    rows = grouped(
        [
            {
                **row,
                "no_share": _no_share(release, row),
                "posts_page": _posts_of_week(row)
                if (row["brand_id"], row["voice_brand_id"], row["week"]) in weeks
                else "",
            }
            for row in release.rows["voice"]
        ],
        "brand_id",
    )
    last = {brand: _last_weeks(of_brand) for brand, of_brand in rows.items()}
    return Page(
        path="voice.html",
        title="Share of voice",
        area="voice",
        lead=(
            "Who is talked about, beside each brand's competitors, week by week. A week that is "
            "not over is pale. A voice's name leads to the posts of its week.",
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
                            Column("voice", "Voice", "name", link="posts_page"),
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
                    *(
                        _posts_of_voice(release, voice_row, posts[key])
                        for key, voice_row in _voices(last.get(brand["brand_id"], []))
                        if key in posts
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


def _voices(rows: Rows) -> Iterator[tuple[tuple[str, str], dict[str, Any]]]:
    """Yield a row of each voice, by its brand and itself; the first is that of the last week."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        found.setdefault((row["brand_id"], row["voice_brand_id"]), row)
    yield from found.items()


def _name_of_posts(row: dict[str, Any]) -> str:
    return f"posts-{safe_name(row['brand_id'])}-{safe_name(row['voice_brand_id'])}"


def _posts_of_week(row: dict[str, Any]) -> str:
    year, week, _ = row["week"].isocalendar()
    return f"voice.html#~{_name_of_posts(row)}.q={year}-W{week:02}"


def _posts_of_voice(release: Release, voice_row: dict[str, Any], rows: Rows) -> Table:
    return make_table(
        release.catalogue,
        _name_of_posts(voice_row),
        f"Posts that name {voice_row['voice']}: the {POSTS_OF_VOICE} most engaging of each of the "
        f"last {WEEKS_OF_POSTS} weeks",
        ("core.fct_mentions", ("post_id", "brand_id", "kind")),
        (
            Column("week_number", "Week", "text"),
            Column("mentioned_on", "Published"),
            Column("handle", "Account", "name", link="creator_page"),
            Column("platform", kind="text"),
            Column("relationship", "Relationship", "status"),
            Column("kinds", "Named by", "text"),
            Column("engagements"),
            Column("text", "Post", "caption"),
        ),
        # the key is the brand that is named, which for another's voice is not the page's
        [{**row, "brand_id": row["voice_brand_id"]} for row in rows],
        limit=len(rows),
        total=rows[0]["posts_of_voice"],
        where="tables/fct_mentions.parquet",
        folded=True,
    )


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


_FACETS = {
    "content_type": "kind of post",
    "hashtag": "hashtag",
    "weekday": "weekday",
    "hour": "hour",
    "length": "length of text",
    "disclosure": "disclosure",
}
_DISCLOSURES = {
    "label": "the platform's label",
    "clear": "a clear word",
    "unclear": "an unclear word",
    "missing": "none",
}


def works(release: Release) -> Page:
    """Return the page of what brings more engagement than a creator's own usual."""
    rows = [
        {**row, "of": _FACETS.get(row["facet"], row["facet"]), "what": _what(row)}
        for row in release.rows["insights"]
    ]
    return Page(
        path="works.html",
        title="What works",
        area="works",
        lead=(_how_much_is_known(rows),),
        sections=(
            Section(
                "Against the creator's own usual",
                "works",
                (
                    "Posts of a year, by their engagement per follower after 7 days, beside the "
                    "other posts of the same account; paid posts beside its posts that nobody paid "
                    "for. Each account counts once, and five are needed. Brackets hold intervals "
                    "made for all comparisons together. What goes together need not be the cause: "
                    "a creator may keep the best ideas for one form. "
                    f"Hours and weekdays are those of {release.run['time_zone']}.",
                ),
                tables=(
                    make_table(
                        release.catalogue,
                        "works",
                        "Lift by platform, and what a post has",
                        ("reports.content_insights", ("platform", "facet", "value")),
                        (
                            Column("what", "Posts with", "name"),
                            Column("of", "Compared by", "text"),
                            Column("platform", kind="text"),
                            Column("verdict", "Verdict", "status"),
                            Column("lift", low="lift_low", high="lift_high"),
                            Column("accounts"),
                            Column("posts"),
                            Column("usual_posts"),
                        ),
                        rows,
                        limit=max(50, sum(row["verdict"] != "unsure" for row in rows)),
                        empty="No five accounts can be compared with themselves yet.",
                    ),
                ),
            ),
        ),
    )


def _how_much_is_known(rows: Rows) -> str:
    known = [row for row in rows if row["verdict"] != "unsure"]
    if not rows:
        return "Which posts bring more than the creator's own usual? Nothing is known yet."
    if not known:
        return (
            "Which posts bring more than the creator's own usual? "
            f"Of {len(rows)} comparisons none is sure: what is seen may be chance."
        )
    return (
        "Which posts bring more than the creator's own usual? "
        f"{len(known)} of {len(rows)} comparisons show what chance alone would rarely do; "
        "the others may be chance."
    )


def _what(row: dict[str, Any]) -> str:
    """Return what a post has, in words."""
    facet, value = row["facet"], str(row["value"])
    if facet == "hashtag":
        return f"#{value}"
    if facet == "weekday":
        return value.capitalize()
    if facet == "hour":
        first, _, last = value.partition("-")
        return f"{first}:00 to {last}:59"
    if facet == "length":
        return "no text" if value == "0" else f"{value.replace('-', ' to ')} characters"
    if facet == "disclosure":
        return _DISCLOSURES.get(value, value)
    return value.replace("_", " ")


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
