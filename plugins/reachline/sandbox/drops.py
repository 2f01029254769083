"""Which files are dropped before which night: every stream, through every kind of file."""

from __future__ import annotations

from datetime import date, timedelta

from reachline.sandbox.files import Drop
from reachline.sandbox.sizes import Size

# platform, in the order of names.PLATFORMS: suffix, delimiter, spelling of moments
_POST_FILES = (
    ("instagram", ".csv", ",", "utc"),
    ("tiktok", ".csv.gz", ",", "naive"),
    ("youtube", ".parquet", ",", "utc"),
    ("x", ".jsonl", ",", "offset"),
    ("mastodon", ".csv.zst", ";", "utc"),
    ("bluesky", ".ndjson.gz", ",", "utc"),
)
_PROFILE_FILES = (
    ("instagram", ".csv", "\t", "offset"),
    ("tiktok", ".jsonl.gz", ",", "utc"),
    ("youtube", ".parquet", ",", "utc"),
    ("x", ".csv", ",", "naive"),
    ("mastodon", ".ndjson", ",", "utc"),
    ("bluesky", ".csv.zst", "|", "utc"),
)

_POST = """
    platform, native_post_id, observed_at, native_account_id, handle, published_at, content_type,
    text, permalink, language, hashtags, mentions, urls, is_paid_label, false as is_repost,
    cast(null as date) as deleted_on, cast(null as varchar[]) as authors, found_by,
    cast(null as varchar) as media_url
"""
_COUNTS = "likes, comments, shares, saves, views, reach, impressions"
_METRICS = f"platform, native_post_id, observed_at, 'measured' as value_basis, {_COUNTS}"
_METRIC_KEY = "platform, native_post_id, observed_at"


def drops_of(night: int, day: date, size: Size) -> list[Drop]:
    """Returns the files to drop before the run of a night, in no particular order."""
    drops = _posts(night, day) + _post_metrics(night, day, size) + _profiles(night, day, size)
    return drops + _program(night, day, size) + _commerce(night, day, size)


def _posts(n: int, day: date) -> list[Drop]:
    drops = [
        Drop(
            "posts",
            f"{platform}_{day}{suffix}",
            f"select {_POST} from night_posts where what = 'new' and pidx = {pidx}",
            delimiter,
            stamp,
        )
        for pidx, (platform, suffix, delimiter, stamp) in enumerate(_POST_FILES)
    ]
    others = (
        ("edits", ".jsonl", "edited", ""),
        ("scheduled", ".csv", "ahead", ""),
        ("deletions", ".csv", "deleted", ", true as is_deleted"),
    )
    drops += [
        Drop(
            "posts",
            f"{name}_{day}{suffix}",
            f"select {_POST} {more} from night_posts where what = '{what}'",
            clean=what == "deleted",
        )
        for name, suffix, what, more in others
    ]
    return drops


def _post_metrics(n: int, day: date, size: Size) -> list[Drop]:
    seconds = list(size.observed_at_seconds)
    # on every third night a few rows are late; they come two nights later
    on_time = f"and (post * 13 + {n}) % 97 <> 0" if n % 3 == 0 else ""
    drops = []
    for pidx, (platform, suffix, delimiter, stamp) in enumerate(_POST_FILES):
        # one export knows no basis: measured is the default
        columns = f"{_METRIC_KEY}, {_COUNTS}" if platform == "instagram" else _METRICS
        query = f"select {columns} from metric_rows({n}, {seconds}) where pidx = {pidx} {on_time}"
        drops.append(Drop("post_metrics", f"{platform}_{day}{suffix}", query, delimiter, stamp))

    def add(name: str, query: str, clean: bool = False) -> None:
        drops.append(Drop("post_metrics", name, query, clean=clean))

    if n == 0 and size.past_ages:
        add(
            f"history_{day - timedelta(days=1)}.csv.zst",
            f"select * exclude (post, pidx) from past_metric_rows({list(size.past_ages)})",
        )
    add(
        f"declared_{day}{'.xlsx' if size.name == 'small' else '.csv'}",
        f"""
        select {_METRIC_KEY}, 'declared' as value_basis, comments * 40 as saves,
            comments * 900 as reach, comments * 1200 as impressions
        from metric_rows({n}, {seconds[-1:]})
        where deliverable is not null and seen_night = greatest(0, {n} - 2)
        """,
    )
    if n % 2 == 0:
        add(
            f"estimates_{day}.csv",
            f"""
            select {_METRIC_KEY}, 'estimated' as value_basis,
                coalesce(likes, comments) * 9 as reach,
                coalesce(likes, comments) * 11 as impressions
            from metric_rows({n}, {seconds[-1:]}) where is_estimated
            """,
        )
    if n % 2 == 1:
        # what an advertising tool tells of posts that were boosted
        add(
            f"advertising_{day}.csv",
            f"""
            select {_METRIC_KEY}, likes // 20 as paid_likes, comments // 20 as paid_comments,
                shares // 20 as paid_shares, saves // 20 as paid_saves, views // 4 as paid_views,
                reach // 4 as paid_reach, impressions // 4 as paid_impressions
            from metric_rows({n}, {seconds[-1:]}) where deliverable is not null and post % 5 = 0
            """,
        )
    if n >= 2 and n % 3 == 2:
        add(
            f"late_{day}.csv.gz",
            f"""
            select {_METRICS} from metric_rows({n - 2}, {seconds})
            where (post * 13 + {n - 2}) % 97 = 0
            """,
        )
    if n % 3 == 1:
        add(
            f"corrections_{day}.csv",
            f"""
            select {_METRIC_KEY}, likes + 5 as likes, comments + 1 as comments
            from metric_rows({n - 1}, {seconds}) where (post * 13 + {n - 1}) % 97 = 1
            """,
        )
    if n % 4 == 3:
        add(
            f"deletions_{day}.jsonl",
            f"""
            select {_METRIC_KEY}, true as is_deleted
            from metric_rows({n - 1}, {seconds}) where (post * 13 + {n - 1}) % 97 = 2
            """,
            clean=True,
        )
    if n % 5 == 2:  # a clock that runs ahead: held until the next night
        add(
            f"ahead_{day}.csv",
            f"""
            select {_METRICS} from metric_rows({n + 1}, [3600])
            where seen_night <= {n} and (post * 13 + {n}) % 97 = 3
            """,
        )
    return drops


def _profiles(n: int, day: date, size: Size) -> list[Drop]:
    drops = [
        Drop(
            "profiles",
            f"{platform}_{day}{suffix}",
            f"select * exclude (account, pidx) from profile_rows({n}) where pidx = {pidx}",
            delimiter,
            stamp,
        )
        for pidx, (platform, suffix, delimiter, stamp) in enumerate(_PROFILE_FILES)
    ]
    if n == 0:
        past = " union all ".join(
            f"(select * from profile_rows({-back}))"
            for back in range(size.past_profile_days, 0, -1)
        )
        drops.append(
            Drop(
                "profiles",
                f"history_{day - timedelta(days=1)}.csv.gz",
                f"select * exclude (account, pidx) from ({past}) order by observed_at, account",
            )
        )
    return drops


def _program(n: int, day: date, size: Size) -> list[Drop]:
    # people keep workbooks while they are small
    book = ".xlsx" if size.name == "small" else ".csv"
    return [
        Drop(
            "campaigns",
            f"campaigns_{day}{'.xlsx' if n == 0 else '.csv'}",
            # a correction: one budget grows on the fourth night
            f"""
            select campaign_id, brand_id, campaign_name, objective,
                date_of(starts_day) as starts_on, date_of(ends_day) as ends_on,
                budget + case when {n} = 3 then 500 else 0 end as budget,
                currency, goal_metric, goal_value, required_hashtags, required_mentions,
                forbidden_terms, utm_campaign, attribution_window_days
            from campaign where night = {n} or ({n} = 3 and campaign = 2) order by campaign
            """,
        ),
        Drop("creators", f"roster_{day}.csv", f"select * from creator_rows({n})", ";"),
        Drop("creator_accounts", f"roster_{day}.csv", f"select * from creator_account_rows({n})"),
        Drop(
            "collaborations",
            f"collaborations_{day}{book if n % 4 == 0 else '.csv'}",
            f"""
            select collaboration_id, campaign_id, creator_id, status,
                case when status <> 'proposed' then date_of(agreed_day) end as agreed_on,
                case when has_fee then fee_amount end as fee,
                case when has_product then product_amount end as product_cost,
                commission_rate, currency
            from collaboration_version where night = {n} order by collaboration
            """,
        ),
        Drop("deliverables", f"deliverables_{day}.csv", f"select * from deliverable_rows({n})"),
        Drop(
            "promo_codes",
            f"codes_{day}.csv",
            f"""
            select case when collaboration % 7 = 0 then lower(code) || ' ' else code end as code,
                date_of(starts_day) as valid_from, collaboration_id, discount_rate,
                date_of(valid_to_day) as valid_to
            from promo_code where night = {n} order by collaboration
            """,
            ";",
        ),
        Drop(
            "tracking_links",
            f"links_{day}.csv",
            f"""
            select link_id, collaboration_id, url
            from tracking_link where night = {n} order by link
            """,
        ),
        Drop(
            "payments",
            f"payments_{day}{book if n % 2 == 0 else '.jsonl'}",
            f"""
            select payment_id, collaboration_id, kind, status, date_of(day) as incurred_on, amount,
                currency
            from payment_version where night = {n} order by payment_id
            """,
        ),
        Drop(
            "outreach",
            f"outreach_{day}.csv",
            f"""
            select * exclude (night) from outreach_version where night = {n}
            order by outreach_id, status_at, status
            """,
            stamp="naive",
        ),
        Drop(
            "events",
            f"events_{day}.csv",
            # one event is moved on the fifth night
            f"""
            select event_id, event_name, brand_id, hashtags,
                date_of(starts_day + {int(n > 0)}) as starts_on,
                date_of(ends_day + {int(n > 0)}) as ends_on
            from event where {n} = 0 or ({n} = 4 and event_id = 'evt-clean-summit')
            order by event_id
            """,
        ),
        Drop("fx_rates", f"rates_{day}.csv", f"select * from fx_rows({-95 if n == 0 else n}, {n})"),
    ]


def _commerce(n: int, day: date, size: Size) -> list[Drop]:
    first = -size.past_click_days if n == 0 else n
    amounts = "gross_amount, discount_amount, tax_amount, shipping_amount"
    buyer = "customer_id, visitor_id, discount_codes"
    return [
        Drop(
            "orders",
            f"shop_{day}.csv",
            f"""
            select order_id, ordered_at, currency, {amounts},
                case when cost_night is null then cost_of_goods end as cost_of_goods, {buyer},
                case when cancelled_night = seen_night then 'cancelled' else 'placed' end as status,
                is_test, cast(null as varchar) as order_kind,
                cast(null as decimal(18, 2)) as gift_card_amount,
                cast(null as decimal(18, 2)) as kept_amount
            from shop_order where seen_night = {n} order by order_id
            """,
        ),
        Drop(
            "orders",
            f"shop_costs_{day}.csv",
            f"""
            select order_id, ordered_at, currency, gross_amount, cost_of_goods, 'placed' as status
            from shop_order where cost_night = {n} order by order_id
            """,
        ),
        Drop(
            "orders",
            f"shop_updates_{day}.jsonl",
            f"""
            select order_id, ordered_at, currency, {amounts}, cost_of_goods, {buyer},
                'cancelled' as status, is_test
            from shop_order where cancelled_night = {n} and seen_night < {n} order by order_id
            """,
        ),
        Drop(
            "orders",
            f"shop_deletions_{day}.csv",
            f"""
            select order_id, ordered_at, currency, gross_amount, 'placed' as status,
                true as is_deleted
            from shop_order where deleted_night = {n} order by order_id
            """,
            clean=True,
        ),
        Drop(
            "refunds",
            f"refunds_{day}{'.csv' if n % 2 == 0 else '.jsonl'}",
            f"""
            select 'ref-' || substr(order_id, 5) as refund_id, order_id,
                greatest(ordered_at + interval 1 hour, day_at(refund_day)
                    + to_seconds(cast(refund_h % 86400 as integer))) as refunded_at,
                refund_amount as amount
            from shop_order
            where refund_day is not null and greatest(0, refund_day) = {n} order by refund_id
            """,
        ),
        Drop(
            "clicks",
            f"web_{day}{'.csv.gz' if n % 2 == 0 else '.ndjson.zst'}",
            f"""
            select click_id, clicked_at, link_id, landing_url, 'vis-' || visitor as visitor_id,
                user_agent, referrer
            from click where day between {first} and {n} order by day, click_id
            """,
        ),
        Drop("customers", f"customers_{day}.csv.zst", f"select * from customer_rows({n})"),
        Drop("recommendations", f"app_{day}.jsonl", f"select * from recommendation_rows({n})"),
    ]
