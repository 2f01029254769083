"""A small release, to be added up by hand: two campaigns, three collaborations, four orders.

USD, as of 2026-03-31. Campaign c1 has k1 (live) and k2 (not live), c2 has k3 (live).

    o1  90 EUR kept of 120 - 20 - 10, at 1.2: 108 USD, profit 54; clicks a1 of k1, then a5 of k3
    o2  50 USD, cost of goods unknown; the code K1TEN of k1
    o3  30 USD, profit 10; its visitor clicked on k1's link only afterwards
    o4  40 USD; its visitor clicked on k1's link 47 days before

Of a boost in ISK, which has no rate, no sum knows anything.

c1, linear: o1 x 0.5 and o2 x 1 = 1.5 orders, 54 + 50 = 104 USD, of which the profit of 54 is known:
27. It costs k1's fee of 40 and what k2 was paid, 5 EUR at 1.2: 46. o1 is its customer's first
order, o2 a renewal.
c2, linear: o1 x 0.5: 54 USD, profit 27, for a commission of 20: (27 - 20) / 20 = 0.35.
"""

from __future__ import annotations

import json
from pathlib import Path

import duckdb

RELEASE = "2026-03-31-0001"

_METHODS = ("code_then_click", "last_touch", "linear")

_CORE = """
create schema core; create schema reports; create schema meta;

create table meta.run as
select date '2026-03-31' as logical_date, 'USD' as currency, 'UTC' as time_zone;
create table meta.thresholds as
select * from (values ('profit_coverage_min', 0.9::double), ('attribution.half_life_days', 5.0))
    as thresholds (name, value);
create table meta.columns as
select 'reports' as table_schema, 'post_performance' as table_name, 'disclosure' as column_name,
    'how it says that it is paid for' as description
union all
select 'reports', name, columns.*
from (values ('campaign_performance'), ('collaboration_performance')) as tables (name)
cross join (
    values
        ('impressions_basis', 'what impressions are made of'),
        ('result_state', 'how far the return is known')
) as columns (column_name, description);
create table meta.batches as
select *, null::varchar as query, 'inbox' as source,
    date '2026-03-31' as logical_date, 0::bigint as rejected
from (values
    ('b-clicks', 'clicks', 'web.csv', 10::bigint),
    ('b-orders', 'orders', 'shop.csv', 4),
    ('b-refunds', 'refunds', 'back.csv', 1),
    ('b-deals', 'collaborations', 'deals.xlsx', 3),
    ('b-payments', 'payments', 'paid.csv', 4),
    ('b-posts', 'posts', 'posts.jsonl', 5),
    ('b-metrics', 'post_metrics', 'metrics.csv', 3)
) as batches (batch_id, stream, file_name, rows);

create table meta.coverage as
select * from (values ('orders', date '2026-02-01'), ('clicks', date '2026-02-01')) as streams
    (stream, covered_from);

create table core.dim_campaign as
select *, date '2026-03-01' as starts_on, date '2026-03-31' as ends_on
from (values ('c1', 'b1', 46::bigint), ('c2', 'b2', 30)) as campaigns
    (campaign_id, brand_id, attribution_window_days);

create table core.dim_fx_rate as
select * from (values
    ('EUR', date '2026-03-12', 1.2::double, date '2026-03-10', null),
    ('EUR', date '2026-03-13', 1.2, date '2026-03-10', null),
    ('EUR', date '2026-03-31', 1.25, date '2026-03-30', 'GBP'),
    ('USD', date '2026-03-13', 1.0, date '2026-03-13', null)
) as rates (currency, date_day, rate, rate_on, middle_currency);

create table core.fct_clicks as
select *, not is_bot and not is_duplicate as is_valid, false as is_other_door,
    clicked_at::date as clicked_on,
    'b-clicks' as batch_id
from (values
    ('a1', timestamp '2026-03-10 10:00:00', 'l1', 'k1', 'v1', false, false),
    ('a2', timestamp '2026-03-10 10:05:00', 'l1', 'k1', 'v1', false, true),
    ('a3', timestamp '2026-03-10 11:00:00', 'l1', 'k1', 'v9', true, false),
    ('a4', timestamp '2026-03-11 09:00:00', 'l2', 'k2', 'v5', false, false),
    ('a5', timestamp '2026-03-12 09:00:00', 'l3', 'k3', 'v1', false, false),
    ('a6', timestamp '2026-03-20 09:00:00', 'l1', 'k1', 'v3', false, false),
    ('a7', timestamp '2026-02-01 09:00:00', 'l1', 'k1', 'v4', false, false),
    ('a8', timestamp '2026-03-13 09:00:00', null, null, 'v8', false, false),
    ('a9', timestamp '2026-03-13 09:00:00', 'l9', null, 'v8', false, false)
) as clicks (click_id, clicked_at, link_id, collaboration_id, visitor_id, is_bot, is_duplicate);

create table core.fct_orders as
select *, ordered_at::date as ordered_on
from (values
    ('o1', timestamp '2026-03-12 12:00:00', 'v1', 'EUR', 120::decimal(18, 4), 20::decimal(18, 4),
     0::decimal(18, 4), 10::decimal(18, 4), 90::decimal(18, 4), date '2026-03-10',
     108::decimal(18, 4), 54::decimal(18, 4), 'new', ['b-orders', 'b-refunds']),
    ('o2', timestamp '2026-03-13 12:00:00', 'v5', 'USD', 70, 0, 20, 0, 50, date '2026-03-13', 50,
     null, 'renewal', ['b-orders']),
    ('o3', timestamp '2026-03-15 12:00:00', 'v3', 'USD', 30, 0, 0, 0, 30, date '2026-03-15', 30,
     10, 'new', ['b-orders']),
    ('o4', timestamp '2026-03-20 12:00:00', 'v4', 'USD', 40, 0, 0, 0, 40, date '2026-03-20', 40,
     10, 'repeat', ['b-orders'])
) as orders (order_id, ordered_at, visitor_id, currency, gross_amount, discount_amount,
    gift_card_amount, refunded_amount, net_amount, fx_rate_on, net_revenue, gross_profit,
    order_kind, batch_ids);

create table core.fct_refunds as
select 'r1' as refund_id, 'o1' as order_id, timestamp '2026-03-25 00:00:00' as refunded_at,
    date '2026-03-25' as refunded_on, 10::decimal(18, 4) as amount, 'b-refunds' as batch_id;

create table core.fct_attribution as
select order_id, method, touch_number::bigint as touch_number, collaboration_id, touch_kind,
    touched_at, credit::decimal(18, 10) as credit, revenue::decimal(18, 4) as attributed_revenue,
    profit::decimal(18, 4) as attributed_profit, touch_key,
    case order_id when 'o1' then date '2026-03-12' else date '2026-03-13' end as ordered_on
from (values
    ('o1', 'linear', 1, 'k1', 'click', timestamp '2026-03-10 10:00:00', 0.5, 54, 27, 'a1'),
    ('o1', 'linear', 2, 'k3', 'click', timestamp '2026-03-12 09:00:00', 0.5, 54, 27, 'a5'),
    ('o1', 'last_touch', 2, 'k3', 'click', timestamp '2026-03-12 09:00:00', 1, 108, 54, 'a5'),
    ('o1', 'code_then_click', 2, 'k3', 'click', timestamp '2026-03-12 09:00:00', 1, 108, 54, 'a5'),
    ('o2', 'linear', 1, 'k1', 'code', timestamp '2026-03-13 12:00:00', 1, 50, null, 'K1TEN'),
    ('o2', 'last_touch', 1, 'k1', 'code', timestamp '2026-03-13 12:00:00', 1, 50, null, 'K1TEN'),
    ('o2', 'code_then_click', 1, 'k1', 'code', timestamp '2026-03-13 12:00:00', 1, 50, null,
     'K1TEN')
) as parts (order_id, method, touch_number, collaboration_id, touch_kind, touched_at, credit,
    revenue, profit, touch_key);

create table core.fct_costs as
select cost_id, collaboration_id, kind, status, incurred_on, amount::decimal(18, 4) as amount,
    currency, original_amount::decimal(18, 4) as original_amount, rate_on as fx_rate_on,
    is_committed_cost, is_paid_cost, batch_id
from (values
    ('fee:k1', 'k1', 'fee', 'committed', date '2026-03-01', 40, 'USD', 40, date '2026-03-01',
     true, false, 'b-deals'),
    ('payment:p1', 'k1', 'fee', 'paid', date '2026-03-13', 40, 'USD', 40, date '2026-03-13',
     false, true, 'b-payments'),
    ('payment:p2', 'k2', 'fee', 'paid', date '2026-03-13', 6, 'EUR', 5, date '2026-03-10',
     true, true, 'b-payments'),
    ('payment:p3', 'k2', 'shipping', 'committed', date '2026-03-13', 9, 'USD', 9,
     date '2026-03-13', false, false, 'b-payments'),
    ('payment:p5', 'k1', 'boost', 'committed', date '2026-03-14', null, 'ISK', 100, null,
     true, false, 'b-payments'),
    ('payment:p4', 'k3', 'commission', 'committed', date '2026-03-12', 20, 'USD', 20,
     date '2026-03-12', true, false, 'b-payments')
) as costs (cost_id, collaboration_id, kind, status, incurred_on, amount, currency,
    original_amount, rate_on, is_committed_cost, is_paid_cost, batch_id);

create table core.dim_post as
select *, 'https://posts.example/' || post_id as permalink, 'b-posts' as batch_id
from (values
    ('x:1', 'x', 'image', date '2026-03-13', 'k1', 'Coffee #ad', 'en', false),
    ('x:2', 'x', 'reel', date '2026-03-06', 'k1', 'Tea', null, null),
    ('x:earned', 'x', 'image', date '2026-03-05', null, 'Love b1', 'en', false),
    ('x:own', 'x', 'image', date '2026-03-05', null, 'We', 'en', false)
) as posts (post_id, platform, content_type, published_on, collaboration_id, text, language,
    is_paid_label);

create table core.bridge_post_collaborations as
select post_id, collaboration_id, true as is_primary, false as is_deliverable
from core.dim_post
where collaboration_id is not null;

-- 10 x 0.5 EUR at 1.25 = 6.25; the likes of x:2 are worth something in a currency without a rate
create table core.fct_paid_post_metrics as
select post_id, metric, number::bigint as number, timestamp '2026-03-30 08:00:00' as observed_at,
    content_type as emv_content_type, rate::decimal(18, 6) as emv_rate, currency as emv_currency,
    emv::decimal(18, 4) as emv, 'b-metrics' as batch_id,
    case when post_id = 'x:2' and metric in ('saves', 'engagements') then 1 end as paid_number
from (values
    ('x:1', 'likes', 10, '*', 0.5, 'EUR', 6.25),
    ('x:1', 'views', 200, null, null, null, null),
    ('x:1', 'engagements', 10, null, null, null, null),
    ('x:2', 'likes', 5, 'reel', 1, 'ISK', null),
    ('x:2', 'saves', 2, '*', 0.5, 'USD', 1),
    ('x:2', 'impressions', 100, null, null, null, null),
    ('x:2', 'reach', 80, null, null, null, null),
    ('x:2', 'engagements', 5, null, null, null, null)
) as metrics (post_id, metric, number, content_type, rate, currency, emv);

create table core.fct_post_daily as
select *, 'b-metrics' as batch_id
from (values
    ('x:1', date '2026-03-13', 4::bigint, null::bigint),
    ('x:2', date '2026-03-13', 5, 3)
) as days (post_id, date_day, engagements, engagements_change);

create table core.fct_post_at_age as
select 'x:1' as post_id, 7 as age_days, timestamp '2026-03-20 00:00:00' as observed_at,
    8::bigint as likes, null::bigint as comments, null::bigint as shares, null::bigint as saves,
    160::bigint as views, null::bigint as reach, null::bigint as impressions,
    8::bigint as engagements, 8::bigint as engagements_public, true as is_complete,
    400::bigint as followers_at_post, 'b-metrics' as batch_id, 160::bigint as organic_views,
    null::bigint as organic_reach;

create table core.fct_mentions as
select *, date '2026-03-05' + extra as mentioned_on
from (values
    ('x:earned', 'b1', 'hashtag', 'earned', 0),
    ('x:earned', 'b1', 'tag', 'earned', 0),
    ('x:1', 'b1', 'tag', 'paid', 8),
    ('x:2', 'b1', 'tag', 'paid', 1),
    ('x:own', 'b1', 'tag', 'owned', 0),
    ('x:late', 'b1', 'tag', 'earned', 60)
) as mentions (post_id, brand_id, kind, relationship, extra)
"""

# by hand: what each row of a performance report has beside zeros, and NULLs of what has none
_EMPTY: dict[str, object] = {
    **dict.fromkeys(("posts", "valid_clicks", "converting_orders", "mentions_earned"), 0),
    **dict.fromkeys(("attributed_orders", "attributed_revenue", "attributed_profit"), 0),
    **dict.fromkeys(("cost_committed", "cost_paid", "cost_in_ratios", "clicks_in_ratios"), 0),
    **dict.fromkeys(("posts_with_reach", "posts_with_impressions", "posts_in_ratios"), 0),
    **dict.fromkeys(("emv", "impressions_in_ratios")),
    **dict.fromkeys(("orders_covered", "clicks_covered"), 1.0),
    "result_state": "running",
    **dict.fromkeys(("engagements", "reach_sum_of_posts", "impressions", "impressions_basis")),
    **dict.fromkeys(("ctr", "ctr_low", "ctr_high")),
    **dict.fromkeys(("conversion_rate", "conversion_rate_low", "conversion_rate_high")),
    **dict.fromkeys(("roi", "roas", "cpm", "cpe", "cpc", "cpa", "cost_per_new_customer")),
    **dict.fromkeys(("new_customers", "revenue_new", "revenue_repeat"), 0),
    "profit_coverage": 1.0,
}

# 3 clicks, and 15 engagements, 80 reached and 100 impressions + 200 views of 2 posts, under any
# method. Wilson of 3 in 300 and 1 in 3, 1 in 1: the textbook's formula in a calculator.
_C1: dict[str, object] = {
    "posts": 2,
    "engagements": 15,
    "reach_sum_of_posts": 80,
    "impressions": 300,
    "impressions_basis": "mixed",
    "valid_clicks": 3,
    "ctr": 0.01,
    "ctr_low": 0.00340661841124046,
    "ctr_high": 0.0289834935818067,
    "converting_orders": 1,
    "conversion_rate": 1 / 3,
    "conversion_rate_low": 0.0614919440209308,
    "conversion_rate_high": 0.792340401192176,
    "posts_with_reach": 1,
    "posts_with_impressions": 2,
    # what k2 costs has no posts to be compared with
    "posts_in_ratios": 2,
    "impressions_in_ratios": 300,
    "clicks_in_ratios": 3,
    "cost_in_ratios": 40,
    "cost_committed": 46,
    "cost_paid": 46,
    "cpm": 40 / 0.3,
    "cpe": 46 / 15,
    "cpc": 46 / 3,
    "emv": 6.25,
    "mentions_earned": 1,
}
_C2: dict[str, object] = {
    "valid_clicks": 1,
    "converting_orders": 1,
    "conversion_rate": 1.0,
    "conversion_rate_low": 0.206549311791803,
    "conversion_rate_high": 1.0,
    "cost_committed": 20,
    "cpc": 20.0,
}
CAMPAIGNS: dict[tuple[str, str], dict[str, object]] = {
    ("c1", "linear"): {
        **_C1,
        "attributed_orders": 1.5,
        "attributed_revenue": 104,
        "attributed_profit": 27,
        "profit_coverage": 54 / 104,
        "roas": 104 / 46,
        "cpa": 46 / 1.5,
        "new_customers": 0.5,
        "cost_per_new_customer": 92.0,
        "revenue_new": 54,
        "revenue_repeat": 50,
    },
    **{
        ("c1", method): {
            **_C1,
            "attributed_orders": 1,
            "attributed_revenue": 50,
            "profit_coverage": 0.0,
            "roas": 50 / 46,
            "cpa": 46.0,
            "revenue_repeat": 50,
        }
        for method in ("last_touch", "code_then_click")
    },
    ("c2", "linear"): {
        **_C2,
        "attributed_orders": 0.5,
        "attributed_revenue": 54,
        "attributed_profit": 27,
        "roi": 0.35,
        "roas": 2.7,
        "cpa": 40.0,
        "new_customers": 0.5,
        "cost_per_new_customer": 40.0,
        "revenue_new": 54,
    },
    **{
        ("c2", method): {
            **_C2,
            "attributed_orders": 1,
            "attributed_revenue": 108,
            "attributed_profit": 54,
            "roi": 1.7,
            "roas": 5.4,
            "cpa": 20.0,
            "new_customers": 1,
            "cost_per_new_customer": 20.0,
            "revenue_new": 108,
        }
        for method in ("last_touch", "code_then_click")
    },
}
# 4 of the 46 that c1 costs were paid for a collaboration that is not live
_K1_COSTS = {
    "cost_committed": 40,
    "cost_paid": 40,
    "cpe": 40 / 15,
    "cpc": 40 / 3,
    "mentions_earned": None,
}
COLLABORATIONS: dict[tuple[str, str], dict[str, object]] = {
    ("k1", "linear"): {
        **CAMPAIGNS["c1", "linear"],
        **_K1_COSTS,
        "roas": 2.6,
        "cpa": 40 / 1.5,
        "cost_per_new_customer": 80.0,
    },
    **{
        ("k1", method): {**CAMPAIGNS["c1", method], **_K1_COSTS, "roas": 1.25, "cpa": 40.0}
        for method in ("last_touch", "code_then_click")
    },
    **{
        ("k2", method): {
            "cost_committed": 6,
            "cost_paid": 6,
            "roi": -1.0,
            "roas": 0.0,
            "mentions_earned": None,
        }
        for method in _METHODS
    },
    **{("k3", method): {**CAMPAIGNS["c2", method], "mentions_earned": None} for method in _METHODS},
}
DAY: dict[str, object] = {
    "posts": 1,
    "engagements_change": 3,
    "valid_clicks": 0,
    "attributed_orders": 1,
    "attributed_revenue": 50,
    "cost": 6,
}
# o1 is of that day, and k3's
DAY_BEFORE = {**dict.fromkeys(DAY, 0), "engagements_change": None}
_AT_AGES = ("engagements", "views", "reach", "er_followers", "er_views", "er_reach")
POST: dict[str, object] = {
    "engagements": 10,
    "views": 200,
    "reach": None,
    "impressions": None,
    **{f"{name}{age}": None for age in ("_1d", "_7d", "_30d") for name in _AT_AGES},
    "engagements_7d": 8,
    "views_7d": 160,
    "er_followers_7d": 0.02,
    "er_views_7d": 0.05,
    "disclosure": "pass",
    "emv": 6.25,
}

OTHER_POST: dict[str, object] = {
    **dict.fromkeys(POST),
    "engagements": 5,
    "reach": 80,
    "impressions": 100,
    "disclosure": "missing",
}

_TYPES = {
    **dict.fromkeys(("attributed_orders", "new_customers"), "decimal(28, 10)"),
    **dict.fromkeys(
        (
            *("attributed_revenue", "attributed_profit", "cost_committed", "cost_paid", "cost"),
            *("emv", "cost_in_ratios", "revenue_new", "revenue_repeat"),
        ),
        "decimal(18, 4)",
    ),
    **dict.fromkeys(("impressions_basis", "disclosure", "result_state"), "varchar"),
    **dict.fromkeys(
        (
            *("posts", "valid_clicks", "converting_orders", "mentions_earned", "engagements"),
            *("reach_sum_of_posts", "impressions", "engagements_change", "views", "reach"),
            *("posts_with_reach", "posts_with_impressions", "posts_in_ratios"),
            *("impressions_in_ratios", "clicks_in_ratios"),
        ),
        "bigint",
    ),
}


def write_release(published: Path, catalogue: list[dict[str, object]]) -> Path:
    """Write the release, make it current, and return its database."""
    folder = published / "releases" / RELEASE
    folder.mkdir(parents=True)
    about = {"promoted": True, "files": {}, "gates": [], "rows": {}, "published_at": "2026-04-10"}
    (folder / "release.json").write_text(json.dumps(about))
    (published / "current").symlink_to(Path("releases") / RELEASE)
    with duckdb.connect(str(folder / "warehouse.duckdb")) as con:
        con.execute(_CORE)
        con.execute("create table meta.metrics (metric varchar, formula varchar, unit varchar)")
        con.executemany("insert into meta.metrics values ($metric, $formula, $unit)", catalogue)
        rows = [
            {"campaign_id": key[0], "method": key[1], **_EMPTY, **row}
            for key, row in CAMPAIGNS.items()
        ]
        _write(con, "campaign_performance", rows)
        homes = {"k1": ("c1", "r1", True), "k2": ("c1", "r2", False), "k3": ("c2", "r3", True)}
        rows = [
            {
                **dict(zip(("collaboration_id", "method"), key, strict=True)),
                **dict(zip(("campaign_id", "creator_id", "is_live"), homes[key[0]], strict=True)),
                **_EMPTY,
                **row,
            }
            for key, row in COLLABORATIONS.items()
        ]
        _write(con, "collaboration_performance", rows)
        rows = [
            {"campaign_id": "c1", "date_day": day, **row}
            for day, row in (("2026-03-13", DAY), ("2026-03-12", DAY_BEFORE))
        ]
        _write(con, "campaign_daily", rows)
        of = {"campaign_id": "c1", "collaboration_id": "k1"}
        rows = [
            {
                "post_id": "x:1",
                **of,
                "disclosure_token": "#ad",
                "disclosure_position": 8,
                "disclosure_rank": 1,
                **POST,
            },
            {
                "post_id": "x:2",
                **of,
                "disclosure_token": None,
                "disclosure_position": None,
                "disclosure_rank": None,
                **OTHER_POST,
            },
        ]
        _write(con, "post_performance", rows)
    return folder / "warehouse.duckdb"


def _write(con: duckdb.DuckDBPyConnection, table: str, rows: list[dict[str, object]]) -> None:
    columns = []
    for name, value in rows[0].items():
        known = {"date_day": "date", "is_live": "boolean"}
        known |= dict.fromkeys(("disclosure_position", "disclosure_rank"), "integer")
        text = name.endswith("_id") or name in ("method", "disclosure_token")
        kind = known.get(name) or ("varchar" if text else _type(name, value))
        columns.append(f"{name} {kind}")
    con.execute(f"create table reports.{table} ({', '.join(columns)})")
    names = ", ".join(f"${name}" for name in rows[0])
    con.executemany(f"insert into reports.{table} values ({names})", rows)
    if "method" in rows[0]:
        con.execute(f"alter table reports.{table} add column is_default_method boolean")
        con.execute(f"update reports.{table} set is_default_method = method = 'code_then_click'")


def _type(name: str, value: object) -> str:
    for age in ("_1d", "_7d", "_30d"):
        name = name.removesuffix(age)
    return _TYPES.get(name, "double")
