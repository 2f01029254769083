"""Made-up files of a given size, written by set-based SQL: the input of the measurements."""

from __future__ import annotations

from pathlib import Path

import duckdb

from reachline.sql import literal

METRICS = ("likes", "comments", "shares", "saves", "views", "reach", "impressions")


def _mix(seed: int, modulus: int, of: str = "i") -> str:
    """An integer below `modulus` that depends on `of` alone, the same on every machine."""
    return f"(({of} * {2_654_435_761 + 2 * seed} + {seed}) % 4294967291) % {modulus}"


def write_metrics(path: Path, rows: int) -> None:
    """Write `rows` rows of post_metrics, each its own key, as CSV or JSON lines by suffix."""
    counts = ", ".join(
        f'case when i % {seed + 3} = 0 then null else {_mix(seed, 90_000)} end as "{name}"'
        for seed, name in enumerate(METRICS)
    )
    _copy(
        f"""
        select
            'instagram' as platform,
            'p' || (i % 1000000) as native_post_id,
            strftime(
                timestamp '2026-03-01' + to_seconds(i % 86400) + to_days(cast(i // 1000000 as int)),
                '%Y-%m-%dT%H:%M:%SZ'
            ) as observed_at,
            'measured' as value_basis,
            {counts}
        from range({rows}) as numbers(i)
        """,
        path,
    )


def write_history(folder: Path, scale: int) -> None:
    """Write a book of `scale` times the base history: what a brand has gathered before a night.

    Base: 2,000 accounts, 20,000 posts with 10 snapshots each, 50,000 clicks, 10,000 orders. All of
    it lies before 2026-03-01, as dense as at scale 1, so that more history is a longer time and the
    night after it is the same whatever the scale.
    """
    posts, accounts = 20_000 * scale, 2_000
    _program(folder)
    _copy(_profiles(0, accounts, "2026-02-01"), folder / "profiles" / "history.csv")
    _copy(_posts(0, posts, "2026-02-28 20:00:00", 720), folder / "posts" / "history.csv")
    published = "timestamp '2026-02-28 20:00:00' - to_minutes(12 * (i // 10))"
    _copy(
        f"""
        select
            'instagram' as platform,
            'p' || (i // 10) as native_post_id,
            {_stamp(f"{published} + to_hours(19 * (1 + i % 10))")} as observed_at,
            {_mix(1, 5_000)} + 100 * (i % 10) as likes,
            {_mix(2, 300)} as comments
        from range({posts * 10}) as numbers(i)
        """,
        folder / "post_metrics" / "history.csv",
        where="observed_at < '2026-03-01'",
    )
    _copy(_clicks(0, 50_000 * scale, "2026-02-28 23:00:00", 97), folder / "clicks" / "history.csv")
    _copy(_orders(0, 10_000 * scale, "2026-02-28 23:30:00", 487), folder / "orders" / "history.csv")


def write_night(folder: Path) -> None:
    """Write the night of 2026-03-01: the same rows whatever the history."""
    _copy(_profiles(0, 2_000, "2026-03-01"), folder / "profiles" / "night.csv")
    _copy(_posts(90_000_000, 1_000, "2026-03-01 20:00:00", 60), folder / "posts" / "night.csv")
    _copy(
        f"""
        select
            'instagram' as platform,
            'p' || i as native_post_id,
            '2026-03-01T22:00:00Z' as observed_at,
            {_mix(1, 5_000)} + 2000 as likes,
            {_mix(2, 300)} as comments
        from range(20000) as numbers(i)
        """,
        folder / "post_metrics" / "night.csv",
    )
    _copy(_clicks(90_000_000, 5_000, "2026-03-01 23:00:00", 16), folder / "clicks" / "night.csv")
    _copy(_orders(90_000_000, 1_000, "2026-03-01 23:30:00", 80), folder / "orders" / "night.csv")


def attribution_program() -> dict[str, str]:
    """Return the staged rows, by stream, of a program of 500 collaborations, a tenth not live."""
    return {
        "campaigns": """
            select 'c' || i as campaign_id, 'acme' as brand_id, 'Campaign ' || i as campaign_name,
                date '2025-03-01' as starts_on, date '2026-03-31' as ends_on
            from range(50) as numbers(i)
        """,
        "collaborations": """
            select 'k' || i as collaboration_id, 'c' || (i % 50) as campaign_id,
                'r' || i as creator_id,
                case when i % 10 = 0 then 'cancelled' else 'active' end as status
            from range(500) as numbers(i)
        """,
        "tracking_links": """
            select 'l' || i as link_id, 'k' || (i % 500) as collaboration_id,
                'https://acmecoffee.example/?utm_campaign=spring&utm_content=k' || i as url
            from range(2000) as numbers(i)
        """,
        "promo_codes": """
            select 'code' || i as code, 'k' || i as collaboration_id,
                date '2025-01-01' as valid_from
            from range(500) as numbers(i)
        """,
        "fx_rates": f"""
            select date '2025-02-20' + cast(i as integer) as rate_date,
                'EUR' as base_currency, 'USD' as quote_currency,
                cast(1 + {_mix(11, 2000)} / 10000 as decimal(20, 10)) as rate
            from range(380) as numbers(i)
        """,
    }


def attribution_events(first: int, visitors: int, of: int) -> dict[str, str]:
    """Return the staged rows, by stream, of visitors `first` and up, of a book of `of` visitors.

    Each visitor clicks four times within ten days, and every fifth orders then; `of` visitors come
    over 300 days, those beyond them after, as dense. A visitor in sixteen clicks twice within five
    minutes, a click in 33 is a bot's, one in 20 is known by its utm alone; an order in five has no
    visitor, one in seven a code, one in 70 two, three in ten are in EUR, one in 33 is refunded.
    """
    moment = f"timestamp '2025-03-01' + to_microseconds(v * (25920000000000 // {of}))"
    # the second click of a pair is like the one before it, but for five minutes
    second = "(i % 64 = 3)"
    clicks = f"""
        with numbers as (
            select i, i // 4 as v, case when {second} then i - 1 else i end as same_as
            from range({4 * first}, {4 * (first + visitors)}) as numbers(i)
        ),

        seen as (
            select i, v, {_mix(13, 2000, "same_as")} as link,
                {moment} + to_seconds({_mix(17, 864_000, "same_as")}) as moment
            from numbers
        )

        select
            'x' || i as click_id,
            case when {second} then moment + interval 5 minute else moment end as clicked_at,
            case when i % 20 <> 7 then 'l' || link end as link_id,
            case when i % 20 = 7
                then 'https://acmecoffee.example/?utm_campaign=spring&utm_content=k' || link
            end as landing_url,
            case when i % 50 <> 9 then 'v' || v end as visitor_id,
            case when i % 33 = 5 then 'Mozilla/5.0 (compatible; Googlebot/2.1)'
                else 'Mozilla/5.0 (X11; Linux x86_64) Firefox/' || (100 + i % 400)
            end as user_agent
        from seen
    """
    placed = f"""
        select i, v, {moment} + interval 10 day
            + to_seconds({_mix(19, 432_000)} + case when i % 10 = 0 then 1900000 else 0 end)
            as moment
        from (select i, 5 * i as v from range({first // 5}, {(first + visitors) // 5}) as n(i))
    """
    orders = f"""
        select
            'o' || i as order_id,
            moment as ordered_at,
            case when i % 10 < 3 then 'EUR' else 'USD' end as currency,
            20 + {_mix(7, 9_000)} / 100 as gross_amount,
            case when i % 4 = 0 then 2 end as discount_amount,
            case when i % 10 <> 9 then 8.35 end as cost_of_goods,
            'customer' || {_mix(23, max(of // 8, 1))} as customer_id,
            case when i % 5 <> 1 then 'v' || v end as visitor_id,
            case
                when i % 70 = 0 then ['code' || (i % 500), 'code' || ((i + 77) % 500)]
                when i % 7 = 0 then ['code' || (i % 500)]
            end as discount_codes,
            case when i % 50 = 1 then 'cancelled' else 'placed' end as status
        from ({placed}) as placed
    """
    refunds = f"""
        select 'r' || i as refund_id, 'o' || i as order_id, moment + interval 5 day as refunded_at,
            case when i % 330 = 0 then 1000 else 5.55 end as amount
        from ({placed}) as placed
        where i % 33 = 0
    """
    return {"clicks": clicks, "orders": orders, "refunds": refunds}


def market_program(creators: int, apart: int) -> dict[str, str]:
    """Return the staged rows, by stream, of a program of `creators` beside the market.

    Creator `r<i>` has the accounts `a<apart i>` and `a<apart i + 1>`, and a deliverable. A customer
    in twenty names an account, one in a hundred is recommended.
    """
    return {
        "campaigns": """
            select 'c' || i as campaign_id, 'acme' as brand_id, 'Campaign ' || i as campaign_name,
                date '2025-12-01' + cast(i as integer) as starts_on,
                date '2026-01-10' + cast(i as integer) as ends_on,
                cast(50000 as decimal(18, 4)) as goal_value, 'engagements' as goal_metric,
                ['acmecoffee'] as required_hashtags, ['cheap'] as forbidden_terms
            from range(100) as numbers(i)
        """,
        "creators": f"""
            select 'r' || i as creator_id, 'Creator ' || i as creator_name
            from range({creators}) as numbers(i)
        """,
        "creator_accounts": f"""
            select case ({apart} * i + j) % 4 when 0 then 'instagram' when 1 then 'tiktok'
                    when 2 then 'youtube' else 'x' end as platform,
                'handle' || ({apart} * i + j) as handle, 'r' || i as creator_id,
                'a' || ({apart} * i + j) as native_account_id
            from range({creators}) as numbers(i), range(2) as seconds(j)
        """,
        "collaborations": f"""
            select 'k' || i as collaboration_id, 'c' || (i % 100) as campaign_id,
                'r' || i as creator_id,
                case when i % 10 = 0 then 'cancelled' else 'active' end as status,
                cast(100 + i % 900 as decimal(18, 4)) as fee, 'USD' as currency
            from range({creators}) as numbers(i)
        """,
        "deliverables": f"""
            select 'd' || i as deliverable_id, 'k' || i as collaboration_id,
                'instagram' as platform, date '2026-01-15' as due_on
            from range({creators}) as numbers(i)
        """,
        "customers": """
            select 'customer' || i as customer_id,
                case (i * 7) % 4 when 0 then 'instagram' when 1 then 'tiktok' when 2 then 'youtube'
                    else 'x' end as platform,
                'handle' || (i * 7) as handle
            from range(10000) as numbers(i)
        """,
        "recommendations": """
            select 'm' || i as recommendation_id, 'customer' || (i * 3) as customer_id,
                case (i * 11) % 4 when 0 then 'instagram' when 1 then 'tiktok' when 2 then 'youtube'
                    else 'x' end as platform,
                'handle' || (i * 11) as handle, 'acme' as brand_id,
                date '2026-01-20' as recommended_on
            from range(2000) as numbers(i)
        """,
        "events": """
            select 'coffee-week' as event_id, 'Coffee Week' as event_name, 'acme' as brand_id,
                ['coffeeweek'] as hashtags, date '2026-02-01' as starts_on,
                date '2026-02-07' as ends_on
        """,
    }


def market_events(posts: int, accounts: int, night: str | None = None) -> dict[str, str]:
    """Return the staged rows, by stream, of a market that is watched.

    Without `night`: `posts` posts of 90 days that end with 2026-02-28, each with its counts at six
    and a half days, and the profiles of `accounts` accounts for 31 days. With a `night`, what that
    day adds: a hundredth of the posts, the counts that come of age, a profile an account.

    An account in 500 doubles its followers in a day; a post in 25 is about coffee, one in 100
    names the brand, one in 100 a competitor, one in 90 says that it is an ad.
    """
    platform = (
        "case {0} % 4 when 0 then 'instagram' when 1 then 'tiktok' when 2 then 'youtube'"
        " else 'x' end"
    )
    day = night or "2026-02-28"
    past = f"timestamp '2026-02-28 23:00:00' - to_microseconds(i * (7776000000000 // {posts}))"
    new = f"timestamp '{night} 23:00:00' - to_seconds((i - {posts}) % 80000)"

    def made(moment: str, span: str) -> str:
        """Posts with their moment, author, and the interest that they meet."""
        return f"""
            select *, 20 + {_mix(31, 5000)} * (1 + account % 7) as interest
            from (
                select i, {moment} as published_at, {_mix(29, accounts)} as account
                from range({span}) as numbers(i)
            ) as posts
        """

    seen = made(new, f"{posts}, {posts + posts // 100}") if night else made(past, f"0, {posts}")
    rows = f"""
        select
            {platform.format("account")} as platform,
            'p' || i as native_post_id,
            published_at + interval 1 minute as observed_at,
            'a' || account as native_account_id,
            published_at,
            case when i % 90 = 1 then '#ad ' else '' end || 'Notes of a morning, number ' || i
                || case when i % 100 = 7 then ' with @acmecoffee' else '' end
                || case when i % 100 = 11 then ' and @rivalroast' else '' end as text,
            'en' as language,
            list_distinct([
                case when i % 25 = 3 then 'coffee' when i % 50 = 5 then 'coldbrew' end,
                case when i % 40 = 9 then 'coffeeweek' end,
                'tag' || (i % 300)
            ]) as hashtags,
            i % 200 = 13 as is_paid_label
        from ({seen}) as posts
    """
    metrics = f"""
        select
            {platform.format("account")} as platform,
            'p' || i as native_post_id,
            published_at + interval 156 hour as observed_at,
            'measured' as value_basis,
            interest as likes,
            interest // 20 + i % 3 as comments,
            case when account % 4 in (1, 3) then interest // 10 end as shares,
            interest * 12 as views
        from ({made(past, f"0, {posts}")}) as posts
        where published_at + interval 156 hour < timestamp '{day}' + interval 1 day
            {f"and published_at + interval 156 hour >= timestamp '{night}'" if night else ""}
    """
    profiles = f"""
        select
            {platform.format("i")} as platform,
            'a' || i as native_account_id,
            day + interval 20 hour as observed_at,
            'handle' || i as handle,
            cast(floor((300 + pow({_mix(37, 3000)}, 1.5) / 2)
                * (1 + 0.001 * d + 0.0002 * ({_mix(41, 10, "(i * 40 + d)")}))
                * case when i % 500 = 9 and d >= 20 then 2 else 1 end) as bigint) as followers,
            200 + {_mix(43, 900)} as following
        from range({accounts}) as numbers(i),
            (select d, timestamp '2026-01-29' + to_days(cast(d as integer)) as day
             from range({"31, 32" if night else "31"}) as numbers(d)) as dates
    """
    return {"posts": rows, "post_metrics": metrics, "profiles": profiles}


def _program(folder: Path) -> None:
    _copy(
        "select 'c' || i as campaign_id, 'acme' as brand_id, 'Campaign ' || i as campaign_name,"
        " date '2026-02-01' as starts_on, date '2026-03-31' as ends_on"
        " from range(10) as numbers(i)",
        folder / "campaigns" / "program.csv",
    )
    _copy(
        "select 'r' || i as creator_id, 'Creator ' || i as creator_name"
        " from range(200) as numbers(i)",
        folder / "creators" / "program.csv",
    )
    _copy(
        "select 'instagram' as platform, 'handle' || i as handle, 'r' || i as creator_id,"
        " 'a' || i as native_account_id from range(200) as numbers(i)",
        folder / "creator_accounts" / "program.csv",
    )
    _copy(
        "select 'k' || i as collaboration_id, 'c' || (i % 10) as campaign_id,"
        " 'r' || i as creator_id, 'active' as status from range(200) as numbers(i)",
        folder / "collaborations" / "program.csv",
    )
    _copy(
        "select 'l' || i as link_id, 'k' || i as collaboration_id,"
        " 'https://acmecoffee.example/?utm_campaign=spring&utm_content=k' || i as url"
        " from range(200) as numbers(i)",
        folder / "tracking_links" / "program.csv",
    )
    _copy(
        "select 'CODE' || i as code, 'k' || i as collaboration_id, date '2026-01-01' as valid_from"
        " from range(200) as numbers(i)",
        folder / "promo_codes" / "program.csv",
    )


def _profiles(first: int, count: int, day: str) -> str:
    return f"""
        select
            'instagram' as platform,
            'a' || i as native_account_id,
            '{day}T12:00:00Z' as observed_at,
            'handle' || i as handle,
            1000 + {_mix(5, 99_000)} as followers
        from range({first}, {first + count}) as numbers(i)
    """


def _posts(first: int, count: int, last: str, spacing: int) -> str:
    moment = f"timestamp '{last}' - to_seconds((i - {first}) * {spacing})"
    return f"""
        select
            'instagram' as platform,
            'p' || i as native_post_id,
            {_stamp(f"{moment} + interval 1 minute")} as observed_at,
            'a' || (i % 2000) as native_account_id,
            {_stamp(moment)} as published_at,
            'brewing #coffee number ' || i || ' with @acmecoffee #tag' || (i % 500) as text
        from range({first}, {first + count}) as numbers(i)
    """


def _clicks(first: int, count: int, last: str, spacing: int) -> str:
    return f"""
        select
            'x' || i as click_id,
            {_stamp(f"timestamp '{last}' - to_seconds((i - {first}) * {spacing})")} as clicked_at,
            'l' || (i % 200) as link_id,
            'v' || (i % {max(count // 3, 1)} + {first}) as visitor_id,
            'Mozilla/5.0 (X11; Linux x86_64) Firefox/' || (100 + i % 40) as user_agent
        from range({first}, {first + count}) as numbers(i)
    """


def _orders(first: int, count: int, last: str, spacing: int) -> str:
    return f"""
        select
            'o' || i as order_id,
            {_stamp(f"timestamp '{last}' - to_seconds((i - {first}) * {spacing})")} as ordered_at,
            'USD' as currency,
            20 + {_mix(7, 9_000)} / 100 as gross_amount,
            8 as cost_of_goods,
            'customer' || (i % 7000 + {first}) as customer_id,
            'v' || (i % {max(count // 2, 1)} + {first}) as visitor_id,
            case when i % 5 = 0 then 'code' || (i % 200) end as discount_codes,
            'placed' as status
        from range({first}, {first + count}) as numbers(i)
    """


def _stamp(moment: str) -> str:
    return f"strftime({moment}, '%Y-%m-%dT%H:%M:%SZ')"


def _copy(select: str, path: Path, where: str = "true") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    form = "(format json)" if path.suffix == ".jsonl" else "(format csv, header)"
    with duckdb.connect(config={"threads": 2}) as con:
        con.execute(f"copy (select * from ({select}) where {where}) to {literal(path)} {form}")
