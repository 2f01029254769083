"""The reports, and every table of a night by its name."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

from . import commerce
from .bookings import Bookings
from .codes import Codes
from .commerce import Table
from .finding import Finding
from .insights import Insights
from .returns import Returns
from .setting import Night, group, quantile, ratio, total
from .social import Social
from .steering import Steering
from .vetting import Vetting

WEEK = timedelta(days=7)


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def is_partial(week: date, day: date) -> bool:
    """Whether a week is the one of D, with days of it still to come."""
    return week == monday(day) and day < week + timedelta(days=6)


def hashtag_trends(social: Social) -> Table:
    weeks = {
        key: [(post_id, post) for _, _, post_id, post in rows]
        for key, rows in group(social.tagged(), lambda t: (t[0], t[1], monday(t[3]["day"]))).items()
    }
    table: Table = {}
    for (platform, tag, week), posts in weeks.items():
        before = [len(weeks.get((platform, tag, week - n * WEEK), [])) for n in range(1, 5)]
        mean = Fraction(sum(before), 4)
        table[(platform, tag, week)] = {
            **social.summary(posts),
            "growth": float(len(posts) / mean - 1) if mean else None,
            "z_score": float(len(posts) - mean) / float(max(mean, 1)) ** 0.5,
            "is_partial": is_partial(week, social.setting.day),
        }
    return table


def share_of_voice(returns: Returns) -> Table:
    table: Table = {}
    social = returns.social
    last = monday(social.setting.day)
    mentions = [(*key, row) for key, row in social.fct_mentions().items()]
    for brand in social.setting.brands.values():
        voices = [brand.brand_id, *brand.competitors]
        mine = [m for m in mentions if m[1] in voices]
        if brand.role != "own" or not mine:
            continue
        week = min(monday(social.posts[m[0]]["day"]) for m in mine)
        while week <= last:
            here = [m for m in mine if monday(social.posts[m[0]]["day"]) == week]
            rows = {voice: _voice(social, [m for m in here if m[1] == voice]) for voice in voices}
            posts = sum(row["posts"] for row in rows.values())
            engagements = total(row["engagements"] for row in rows.values())
            for voice, row in rows.items():
                start = returns.watched_from[("mentions", voice)]
                is_watched = start is not None and start < week + WEEK
                table[(brand.brand_id, voice, week)] = {
                    **row,
                    "share_of_posts": ratio(row["posts"], posts) if is_watched else None,
                    "share_of_engagements": ratio(row["engagements"], engagements)
                    if is_watched
                    else None,
                    "is_partial": is_partial(week, social.setting.day),
                }
            week += WEEK
    return table


def _voice(social: Social, mentions: list[tuple]) -> dict:
    """A voice's figures of a week; owned mentions count in posts_owned alone."""
    others = [m for m in mentions if m[3]["relationship"] != "owned"]
    posts = {m[0]: m[3]["relationship"] for m in others}
    return {
        "mentions": len(others),
        "posts": len(posts),
        "posts_paid": list(posts.values()).count("paid"),
        "posts_earned": list(posts.values()).count("earned"),
        "posts_owned": len({m[0] for m in mentions if m[3]["relationship"] == "owned"}),
        "accounts": len({social.posts[post_id]["account_id"] for post_id in posts} - {None}),
        "engagements": total(social.at_end(post_id) for post_id in posts),
    }


def tier_benchmarks(vetting: Vetting) -> Table:
    social, intervals = vetting.social, vetting.tier_intervals()
    day, tiers = social.setting.day, {k[0]: row["tier"] for k, row in social.dim_account().items()}
    measured = []
    for post_id, post in social.originals.items():
        row, followers = social.at_age(post, post_id, 7), social.followers_at(post)
        if row is None or not followers or not day - timedelta(days=89) <= post["day"] <= day:
            continue
        public = social.organic(post_id, row)["public"]
        if public is not None and tiers[post["account_id"]] is not None:
            measured.append((post["platform"], post["account_id"], public, followers))
    groups = group(measured, lambda m: (m[0], tiers[m[1]]))
    table: Table = {}
    for (platform, tier), posts in groups.items():
        rates = _pooled(posts)
        macro = _pooled(groups.get((platform, "macro"), []))
        p25, p50, p75 = (quantile(rates, Fraction(n, 4)) for n in (1, 2, 3))
        above = quantile(macro, Fraction(1, 2))
        enough = len(rates) >= 5 and len(macro) >= 5
        table[(platform, tier)] = {
            "accounts": len(rates),
            "posts": len(posts),
            "er_followers_p25": ratio(p25, 1),
            "er_followers_p50": ratio(p50, 1),
            "er_followers_p75": ratio(p75, 1),
            "er_followers_pooled": ratio(sum(m[2] for m in posts), sum(m[3] for m in posts)),
            "ratio_to_macro": ratio(p50, above) if enough else None,
            **intervals[(platform, tier)],
        }
    return table


def _pooled(posts: list[tuple]) -> list[Fraction]:
    """The pooled rate of each account."""
    return [
        Fraction(sum(m[2] for m in mine), sum(m[3] for m in mine))
        for mine in group(posts, lambda m: m[1]).values()
    ]


def dim_date(days: list[date]) -> Table:
    """The columns of given days; which days the table holds, the contract leaves open."""
    return {
        (day,): {
            "iso_week": day.isocalendar().week,
            "month": day.month,
            "quarter": (day.month + 2) // 3,
            "year": day.year,
        }
        for day in days
    }


def dim_fx_rate(night: Night, found: list[tuple[str, date]]) -> Table:
    """The rates of given currencies and days, and of all amounts; which others, is left open."""
    returns = Returns(Social(night))
    wanted = returns.converted() | set(found)
    rates = {key: returns.rate_of(*key) for key in wanted}
    return {key: row for key, row in rates.items() if row}


def data_health(social: Social) -> Table:
    """What is settled of it, for nights that lie within 7 days; no clock, and nothing expected."""
    landed = [file for file in social.night.landed.files if file.outcome == "landed"]
    table: Table = {}
    for key, files in group(landed, lambda f: (f.dropped.source, f.dropped.stream)).items():
        last = [f for f in files if f.dropped.night == files[-1].dropped.night]
        share = ratio(sum(len(f.refused) for f in last), sum(f.rows for f in last))
        table[key] = {
            "last_run_status": "ok",
            # of a line that can't be parsed nothing landed but the line
            "rows_7d": sum(
                f.rows - sum(None in wrong for wrong in f.refused.values()) for f in files
            ),
            "quarantined_7d": sum(len(f.refused) for f in files),
            "freshness": "fresh",
            "gate": "warn" if (share or 0) > 0.01 else "pass",
            "files_refused": _refused(social, key),
        }
    return table


def _refused(social: Social, key: tuple[str, str]) -> int:
    """Files that were refused, and of whose name none landed afterwards."""
    last: dict[str, str] = {}
    for file in social.night.landed.files:
        if (file.dropped.source, file.dropped.stream) == key and file.outcome != "skipped":
            last[file.dropped.name] = file.outcome
    return list(last.values()).count("failed")


KEYS = {
    "core.dim_brand": ("brand_id",),
    "core.dim_campaign": ("campaign_id",),
    "core.dim_creator": ("creator_id",),
    "core.dim_account": ("account_id",),
    "core.dim_account_history": ("account_id", "valid_from"),
    "core.dim_post": ("post_id",),
    "core.bridge_post_collaborations": ("post_id", "collaboration_id"),
    "core.dim_hashtag": ("hashtag",),
    "core.fct_account_daily": ("account_id", "date_day"),
    "core.fct_post_daily": ("post_id", "date_day"),
    "core.fct_post_at_age": ("post_id", "age_days"),
    "core.fct_hashtag_daily": ("platform", "hashtag", "date_day"),
    "core.fct_mentions": ("post_id", "brand_id", "kind"),
    "core.fct_clicks": ("click_id",),
    "core.fct_orders": ("order_id",),
    "core.fct_refunds": ("refund_id",),
    "core.fct_attribution": ("order_id", "method", "touch_number"),
    "core.fct_costs": ("cost_id",),
    "core.fct_paid_post_metrics": ("post_id", "metric"),
    "reports.campaign_performance": ("campaign_id", "method"),
    "reports.collaboration_performance": ("collaboration_id", "method"),
    "reports.campaign_daily": ("campaign_id", "date_day"),
    "reports.post_performance": ("post_id",),
    "reports.share_of_voice": ("brand_id", "voice_brand_id", "week"),
    "reports.hashtag_trends": ("platform", "hashtag", "week"),
    "reports.tier_benchmarks": ("platform", "tier"),
    "reports.creator_scorecard": ("account_id",),
    "reports.fair_compensation": ("account_id",),
    "reports.discovery_shortlist": ("brand_id", "account_id"),
    "reports.outreach_funnel": ("campaign_id", "channel"),
    "reports.compliance": ("post_id", "rule"),
    "reports.campaign_pacing": ("campaign_id",),
    "reports.creator_relationships": ("brand_id", "creator_id"),
    "reports.next_bookings": ("brand_id", "creator_id"),
    "reports.content_insights": ("platform", "facet", "value"),
    "reports.click_doors": ("collaboration_id", "source"),
    "reports.click_door_hours": ("brand_id", "hour_at", "source"),
    "reports.orphan_clicks": ("utm_campaign", "utm_content", "source"),
    "reports.code_health": ("code",),
    "reports.data_health": ("source", "stream"),
    "meta.coverage": ("stream", "brand_id"),
}


def tables(night: Night) -> dict[str, Table]:
    """Every table of a night."""
    social = Social(night)
    returns = Returns(social)
    vetting = Vetting(social, returns)
    finding = Finding(social, returns, vetting)
    codes = Codes(social, returns, finding)
    parts = (social, returns, vetting, finding, Steering(social, returns), codes)
    parts += (Bookings(social, returns), Insights(social, returns))
    found = {name: {} for name in KEYS}
    for name in KEYS:
        short = name.split(".")[1]
        if short == "fair_compensation":
            found[name] = vetting.fair_compensation(finding)
        elif owner := next((part for part in parts if hasattr(part, short)), None):
            found[name] = getattr(owner, short)()
        elif hasattr(commerce, short):
            found[name] = getattr(commerce, short)(night)
        elif short == "tier_benchmarks":
            found[name] = tier_benchmarks(vetting)
        elif short == "share_of_voice":
            found[name] = share_of_voice(returns)
        else:
            found[name] = globals()[short](social)
    return found
