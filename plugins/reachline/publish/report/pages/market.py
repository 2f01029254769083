"""The market: share of voice, hashtags, tiers, outreach."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from reachline.languages import N_, gettext
from reachline.publish.report import words
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
        title=gettext("Share of voice"),
        area="voice",
        lead=(
            gettext(
                "Who is talked about, beside each brand's competitors, week by week. A week that "
                "is not over is pale. A voice's name leads to the posts of its week."
            ),
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
                        gettext(
                            "Voices beside {brand_name}, the last week first",
                            brand_name=brand["brand_name"],
                        ),
                        ("reports.share_of_voice", ("brand_id", "voice_brand_id", "week")),
                        (
                            Column("week"),
                            Column("voice", gettext("Voice"), "name", link="posts_page"),
                            Column("share_of_posts", absent="no_share"),
                            Column("share_of_engagements", absent="no_share"),
                            Column("posts"),
                            Column("posts_paid"),
                            Column("posts_earned"),
                            Column("posts_owned"),
                            Column("mentions"),
                            Column("accounts"),
                            Column("engagements"),
                            Column("is_partial", gettext("Week is not over")),
                        ),
                        last.get(brand["brand_id"], []),
                        limit=len(last.get(brand["brand_id"], [])),
                        total=len(rows[brand["brand_id"]]),
                        empty=gettext("Nobody was mentioned."),
                        charts=(
                            (
                                "voice",
                                gettext(
                                    "Share of posts by week, {brand_name}",
                                    brand_name=brand["brand_name"],
                                ),
                            ),
                        ),
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
        or (
            Section(
                gettext("No brand"),
                "none",
                (gettext("config/brands.yml names no brand of yours."),),
            ),
        ),
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
        gettext(
            "Posts that name {voice}: the {number} most engaging of each of the last {weeks} weeks",
            voice=voice_row["voice"],
            number=POSTS_OF_VOICE,
            weeks=WEEKS_OF_POSTS,
        ),
        ("core.fct_mentions", ("post_id", "brand_id", "kind")),
        (
            Column("week_number", gettext("Week"), "text"),
            Column("mentioned_on", gettext("Published")),
            Column("handle", gettext("Account"), "name", link="creator_page"),
            Column("platform", kind="text"),
            Column("relationship", gettext("Relationship"), "status"),
            Column("kinds", gettext("Named by"), "text"),
            Column("engagements"),
            Column("text", gettext("Post"), "caption"),
        ),
        # the key is the brand that is named, which for another's voice is not the page's
        [
            {
                **row,
                "brand_id": row["voice_brand_id"],
                "kinds": ", ".join(words.state(kind) for kind in row["kinds"].split(", ")),
            }
            for row in rows
        ],
        limit=len(rows),
        total=rows[0]["posts_of_voice"],
        where="tables/fct_mentions.parquet",
        folded=True,
    )


def hashtags(release: Release) -> Page:
    """Return the page of what rises and falls."""
    columns = (
        Column("tag", gettext("Hashtag"), "name"),
        Column("week"),
        Column("posts"),
        Column("growth"),
        Column("z_score"),
        Column("accounts"),
        Column("engagements"),
        Column("is_partial", gettext("Week is not over")),
    )
    key = ("reports.hashtag_trends", ("platform", "hashtag", "week"))
    trends = release.rows["trends"]
    # before the first whole week is over there is the current one alone
    week = min((row["week"] for row in trends), default=None)
    is_partial = any(row["is_partial"] for row in trends if row["week"] == week)
    risers = [row for row in trends if row["week"] == week and (row["z_score"] or 0) > 0]
    return Page(
        path="hashtags.html",
        title=gettext("Hashtag trends"),
        area="hashtags",
        lead=(
            gettext(
                "What rises: posts of the current week, which is not over, against the four weeks "
                "before."
            )
            if is_partial
            else gettext(
                "What rises: posts of the last whole week, against the four weeks before."
            ),
        ),
        sections=(
            Section(
                gettext("What rose most"),
                "risers",
                tables=(
                    make_table(
                        release.catalogue,
                        "rose",
                        gettext("The twelve that rose most in the current week, which is not over")
                        if is_partial
                        else gettext("The twelve that rose most in the last whole week"),
                        key,
                        columns[:-1],
                        risers[:12],
                        empty=gettext("No hashtag rose.")
                        if trends
                        else gettext("No hashtag was seen."),
                        charts=(("risers", gettext("Posts above what is usual, as a z-score")),),
                    ),
                ),
            ),
            Section(
                gettext("Every hashtag"),
                "hashtags",
                tables=(
                    make_table(
                        release.catalogue,
                        "trends",
                        gettext("Hashtags of the current week")
                        if is_partial
                        else gettext("Hashtags of the last whole week and the current one"),
                        key,
                        columns,
                        trends,
                        total=release.rows["trend_rows"][0]["n"],
                        empty=gettext("No hashtag was seen."),
                    ),
                ),
            ),
        ),
    )


_FACETS = {
    "content_type": N_("kind of post"),
    "hashtag": N_("hashtag"),
    "weekday": N_("weekday"),
    "hour": N_("hour"),
    "length": N_("length of text"),
    "disclosure": N_("disclosure"),
}
_WEEKDAYS = {
    "monday": N_("Monday"),
    "tuesday": N_("Tuesday"),
    "wednesday": N_("Wednesday"),
    "thursday": N_("Thursday"),
    "friday": N_("Friday"),
    "saturday": N_("Saturday"),
    "sunday": N_("Sunday"),
}
_DISCLOSURES = {
    "label": N_("the platform's label"),
    "clear": N_("a clear word"),
    "unclear": N_("an unclear word"),
    "missing": N_("none"),
}


def works(release: Release) -> Page:
    """Return the page of what brings more engagement than a creator's own usual."""
    rows = [
        {
            **row,
            "of": _facet(row["facet"]),
            "what": _what(row),
        }
        for row in release.rows["insights"]
    ]
    return Page(
        path="works.html",
        title=gettext("What works"),
        area="works",
        lead=(_how_much_is_known(rows),),
        sections=(
            Section(
                gettext("Against the creator's own usual"),
                "works",
                (
                    gettext(
                        "Posts of a year, by their engagement per follower after 7 days, beside "
                        "the other posts of the same account; paid posts beside its posts that "
                        "nobody paid for. Each account counts once, and five are needed. "
                        "Brackets hold intervals made for all comparisons together. What goes "
                        "together need not be the cause: a creator may keep the best ideas for "
                        "one form. Hours and weekdays are those of {time_zone}.",
                        time_zone=release.run["time_zone"],
                    ),
                ),
                tables=(
                    make_table(
                        release.catalogue,
                        "works",
                        gettext("Lift by platform, and what a post has"),
                        ("reports.content_insights", ("platform", "facet", "value")),
                        (
                            Column("what", gettext("Posts with"), "name"),
                            Column("of", gettext("Compared by"), "text"),
                            Column("platform", kind="text"),
                            Column("verdict", gettext("Verdict"), "status"),
                            Column("lift", low="lift_low", high="lift_high"),
                            Column("accounts"),
                            Column("posts"),
                            Column("usual_posts"),
                        ),
                        rows,
                        limit=max(50, sum(row["verdict"] != "unsure" for row in rows)),
                        empty=gettext("No five accounts can be compared with themselves yet."),
                    ),
                ),
            ),
        ),
    )


def _facet(facet: str) -> str:
    return gettext(_FACETS[facet]) if facet in _FACETS else facet


def _how_much_is_known(rows: Rows) -> str:
    known = [row for row in rows if row["verdict"] != "unsure"]
    if not rows:
        return gettext("Which posts bring more than the creator's own usual? Nothing is known yet.")
    if not known:
        return gettext(
            "Which posts bring more than the creator's own usual? Of {all} comparisons none is "
            "sure: what is seen may be chance.",
            all=len(rows),
        )
    return gettext(
        "Which posts bring more than the creator's own usual? {some} of {all} comparisons show "
        "what chance alone would rarely do; the others may be chance.",
        some=len(known),
        all=len(rows),
    )


def _what(row: dict[str, Any]) -> str:
    """Return what a post has, in words."""
    facet, value = row["facet"], str(row["value"])
    if facet == "hashtag":
        return f"#{value}"
    if facet == "weekday":
        return gettext(_WEEKDAYS.get(value, value))
    if facet == "hour":
        first, _, last = value.partition("-")
        return gettext("{first}:00 to {last}:59", first=first, last=last)
    if facet == "length":
        if value == "0":
            return gettext("no text")
        span = value.replace("-", gettext(" to "))
        return gettext("{number} characters", number=span)
    if facet == "disclosure":
        return gettext(_DISCLOSURES.get(value, value))
    return words.state(value.replace("_", " "))


def tiers(release: Release) -> Page:
    """Return the page of the tiers of each platform."""
    return Page(
        path="tiers.html",
        title=gettext("Tier benchmarks"),
        area="tiers",
        lead=(
            gettext(
                "Do smaller accounts engage more? Rates are engagements per follower of a post."
            ),
        ),
        sections=(
            Section(
                gettext("Engagement by tier"),
                "tiers",
                (gettext("Brackets hold 95 % intervals; fewer than six accounts have none."),),
                tables=(
                    make_table(
                        release.catalogue,
                        "tiers",
                        gettext("Engagement rates by platform and tier"),
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
                        charts=(("tiers", gettext("Engagement rate by tier and platform")),),
                    ),
                ),
            ),
        ),
    )


def outreach(release: Release) -> Page:
    """Return the page of the outreach of each campaign."""
    return Page(
        path="outreach.html",
        title=gettext("Outreach"),
        area="outreach",
        lead=(gettext("Does outreach work? Approaches by campaign and channel."),),
        sections=(
            Section(
                gettext("The funnel"),
                "funnel",
                tables=(
                    make_table(
                        release.catalogue,
                        "outreach",
                        gettext("Approaches by campaign and channel"),
                        ("reports.outreach_funnel", ("campaign_id", "channel")),
                        (
                            Column(
                                "campaign_name", gettext("Campaign"), "name", link="campaign_page"
                            ),
                            Column("channel", gettext("Channel"), "name"),
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
                        empty=gettext("Nobody was approached."),
                        charts=(("funnel", gettext("How far approaches came")),),
                    ),
                ),
            ),
        ),
    )
