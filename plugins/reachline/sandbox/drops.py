"""Which files are dropped before which night: every stream, through every kind of file."""

from __future__ import annotations

from datetime import date, timedelta

from reachline.sandbox.files import Drop
from reachline.sandbox.sizes import Size

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
_POST_COLUMNS = (
    "platform, native_post_id, observed_at, native_account_id, handle, published_at, content_type, "
    "text, permalink, language, hashtags, mentions, urls, is_paid_label, found_by"
)
_METRIC_COLUMNS = (
    "platform, native_post_id, observed_at, 'measured' as value_basis, "
    "likes, comments, shares, saves, views, reach, impressions"
)


def drops_of(night: int, day: date, size: Size) -> list[Drop]:
    """Returns the files to drop before the run of a night, in no particular order."""
    return [*_social(night, day, size), *_program(night, day), *_commerce(night, day, size)]


def _social(n: int, day: date, size: Size) -> list[Drop]:
    seconds = list(size.observed_at_seconds)
    drops: list[Drop] = []
    rare = "(post * 13 + {night}) % 97"
    is_late_night = n % 3 == 0
    for pidx, (name, suffix, delimiter, stamp) in enumerate(_POST_FILES):
        posts = f"select {_POST_COLUMNS} from night_posts where what = 'new' and pidx = {pidx}"
        drops.append(Drop("posts", f"{name}_{day}{suffix}", posts, delimiter, stamp))
        columns = _METRIC_COLUMNS
        if name == "instagram":  # this export knows no basis: measured is the default
            columns = columns.replace("'measured' as value_basis, ", "")
        metrics = f"select {columns} from metric_rows({n}, {seconds}) where pidx = {pidx}"
        if is_late_night:
            metrics += f" and {rare.format(night=n)} <> 0"
        drops.append(Drop("post_metrics", f"{name}_{day}{suffix}", metrics, delimiter, stamp))
    for pidx, (name, suffix, delimiter, stamp) in enumerate(_PROFILE_FILES):
        profiles = f"select * exclude (account, pidx) from profile_rows({n}) where pidx = {pidx}"
        drops.append(Drop("profiles", f"{name}_{day}{suffix}", profiles, delimiter, stamp))

    drops.append(
        Drop(
            "posts",
            f"edits_{day}.jsonl",
            f"select {_POST_COLUMNS} from night_posts where what = 'edited'",
        )
    )
    drops.append(
        Drop(
            "posts",
            f"scheduled_{day}.csv",
            f"select {_POST_COLUMNS} from night_posts where what = 'ahead'",
        )
    )
    drops.append(
        Drop(
            "posts",
            f"deletions_{day}.csv",
            f"select {_POST_COLUMNS}, true as is_deleted from night_posts where what = 'deleted'",
            clean=True,
        )
    )
    if n % 2 == 0:
        drops.append(
            Drop(
                "post_metrics",
                f"estimates_{day}.csv",
                "select platform, native_post_id, observed_at, 'estimated' as value_basis, "
                "coalesce(likes, comments) * 9 as reach, coalesce(likes, comments) * 11 as impressions "
                f"from metric_rows({n}, {seconds[-1:]}) where is_estimated",
            )
        )
    drops.append(
        Drop(
            "post_metrics",
            f"declared_{day}.xlsx",
            "select platform, native_post_id, observed_at, 'declared' as value_basis, "
            "comments * 40 as saves, comments * 900 as reach, comments * 1200 as impressions "
            f"from metric_rows({n}, {seconds[-1:]}) "
            f"where deliverable is not null and seen_night = greatest(0, {n} - 2)",
        )
    )
    if n >= 2 and (n - 2) % 3 == 0:
        drops.append(
            Drop(
                "post_metrics",
                f"late_{day}.csv.gz",
                f"select {_METRIC_COLUMNS} from metric_rows({n - 2}, {seconds}) "
                f"where {rare.format(night=n - 2)} = 0",
            )
        )
    if n % 3 == 1:
        drops.append(
            Drop(
                "post_metrics",
                f"corrections_{day}.csv",
                "select platform, native_post_id, observed_at, likes + 5 as likes, comments + 1 as comments "
                f"from metric_rows({n - 1}, {seconds}) where {rare.format(night=n - 1)} = 1",
            )
        )
    if n % 4 == 3:
        drops.append(
            Drop(
                "post_metrics",
                f"deletions_{day}.jsonl",
                "select platform, native_post_id, observed_at, true as is_deleted "
                f"from metric_rows({n - 1}, {seconds}) where {rare.format(night=n - 1)} = 2",
                clean=True,
            )
        )
    if n % 5 == 2:  # a clock that runs ahead: held until the next night
        drops.append(
            Drop(
                "post_metrics",
                f"ahead_{day}.csv",
                f"select {_METRIC_COLUMNS} from metric_rows({n + 1}, [3600]) "
                f"where seen_night <= {n} and {rare.format(night=n)} = 3",
            )
        )
    if n == 0:
        if size.past_ages:
            drops.append(
                Drop(
                    "post_metrics",
                    f"history_{day - timedelta(days=1)}.csv.zst",
                    f"select * exclude (post, pidx) from past_metric_rows({list(size.past_ages)})",
                )
            )
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


def _program(n: int, day: date) -> list[Drop]:
    first = n == 0
    return [
        Drop(
            "campaigns",
            f"campaigns_{day}.xlsx" if first else f"campaigns_{day}.csv",
            "select campaign_id, brand_id, campaign_name, objective, date_of(starts_day) as starts_on, "
            "date_of(ends_day) as ends_on, budget + case when night < "
            + str(n)
            + " then 500 else 0 end as budget, "
            "currency, goal_metric, goal_value, required_hashtags, "
            "required_mentions, forbidden_terms, utm_campaign from campaign "
            # a correction: one budget grows on the fourth night
            f"where night = {n} or ({n} = 3 and campaign = 2) order by campaign",
        ),
        Drop("creators", f"roster_{day}.csv", f"select * from creator_rows({n})", ";"),
        Drop("creator_accounts", f"roster_{day}.csv", f"select * from creator_account_rows({n})"),
        Drop(
            "collaborations",
            f"collaborations_{day}.xlsx" if n % 4 == 0 else f"collaborations_{day}.csv",
            "select collaboration_id, campaign_id, creator_id, status, "
            "case when status <> 'proposed' then date_of(agreed_day) end as agreed_on, "
            "case when has_fee then fee_amount end as fee, "
            "case when has_product then product_amount end as product_cost, commission_rate, currency "
            f"from collaboration_version where night = {n} order by collaboration",
        ),
        Drop("deliverables", f"deliverables_{day}.csv", f"select * from deliverable_rows({n})"),
        Drop(
            "promo_codes",
            f"codes_{day}.csv",
            "select case when collaboration % 7 = 0 then lower(code) || ' ' else code end as code, "
            "date_of(starts_day) as valid_from, collaboration_id, discount_rate, "
            f"date_of(valid_to_day) as valid_to from promo_code where night = {n} order by collaboration",
            ";",
        ),
        Drop(
            "tracking_links",
            f"links_{day}.csv",
            f"select link_id, collaboration_id, url from tracking_link where night = {n} order by link",
        ),
        Drop(
            "payments",
            f"payments_{day}.xlsx" if n % 2 == 0 else f"payments_{day}.jsonl",
            "select payment_id, collaboration_id, kind, status, date_of(day) as incurred_on, amount, currency "
            f"from payment_version where night = {n} order by payment_id",
        ),
        Drop(
            "outreach",
            f"outreach_{day}.csv",
            f"select * exclude (night) from outreach_version where night = {n} "
            "order by outreach_id, status_at, status",
            stamp="naive",
        ),
        Drop(
            "events",
            "events.csv" if first else f"events_{day}.csv",
            "select event_id, event_name, brand_id, hashtags, date_of(starts_day) as starts_on, "
            "date_of(ends_day) as ends_on from event "
            # the brand's own summit is moved by a day
            f"where {n} = 0 or ({n} = 4 and event_id = 'evt-clean-summit') order by event_id",
        ),
        Drop(
            "fx_rates",
            f"rates_{day}.csv",
            f"select * from fx_rows({-95 if first else n}, {n})",
        ),
    ]


def _commerce(n: int, day: date, size: Size) -> list[Drop]:
    orders = (
        "order_id, ordered_at, currency, gross_amount, discount_amount, tax_amount, shipping_amount, "
        "{cost} as cost_of_goods, customer_id, visitor_id, discount_codes, {status} as status, is_test"
    )
    new_orders = orders.format(
        cost="case when cost_night is null then cost_of_goods end",
        status="case when cancelled_night = seen_night then 'cancelled' else 'placed' end",
    )
    cancelled_orders = orders.format(cost="cost_of_goods", status="'cancelled'")
    clicks = (
        "select click_id, clicked_at, link_id, landing_url, 'vis-' || visitor as visitor_id, user_agent, "
        f"referrer from click where day between {-size.past_click_days if n == 0 else n} and {n} "
        "order by day, click_id"
    )
    return [
        Drop(
            "orders",
            f"shop_{day}.csv",
            f"select {new_orders} from shop_order where seen_night = {n} order by order_id",
        ),
        Drop(
            "orders",
            f"shop_costs_{day}.csv",
            "select order_id, ordered_at, currency, gross_amount, cost_of_goods, 'placed' as status "
            f"from shop_order where cost_night = {n} order by order_id",
        ),
        Drop(
            "orders",
            f"shop_updates_{day}.jsonl",
            f"select {cancelled_orders} from shop_order "
            f"where cancelled_night = {n} and seen_night < {n} order by order_id",
        ),
        Drop(
            "orders",
            f"shop_updates_deletions_{day}.csv",
            "select order_id, ordered_at, currency, gross_amount, 'cancelled' as status, "
            f"true as is_deleted from shop_order where deleted_night = {n} order by order_id",
            clean=True,
        ),
        Drop(
            "refunds",
            f"refunds_{day}.csv" if n % 2 == 0 else f"refunds_{day}.jsonl",
            "select 'ref-' || substr(order_id, 5) as refund_id, order_id, "
            "greatest(ordered_at + interval 1 hour, day_at(refund_day) "
            "+ to_seconds(cast(refund_h % 86400 as integer))) as refunded_at, "
            f"refund_amount as amount from shop_order where refund_day is not null and greatest(0, refund_day) = {n} order by refund_id",
        ),
        Drop("clicks", f"web_{day}.csv.gz" if n % 2 == 0 else f"web_{day}.ndjson.zst", clicks),
        Drop("customers", f"customers_{day}.csv.zst", f"select * from customer_rows({n})"),
        Drop("recommendations", f"app_{day}.jsonl", f"select * from recommendation_rows({n})"),
    ]
