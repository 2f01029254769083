"""A release beside the one before, and what a night adds beside what nights add."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from reachline.configuration.quality import KnownAnomaly
from reachline.publish import keys
from reachline.quality import drift, figures
from reachline.quality.figures import ALL, Figures, Tables
from reachline.quality.running import Change
from reachline.settings import Quality
from tests.gates import verdicts

NIGHT = date(2026, 3, 2)
ORDERS, CLICKS, POSTS = "core.fct_orders", "core.fct_clicks", "core.fct_post_latest"
SALE = {"name": "Sale", "reason": "It was said.", "from": NIGHT, "to": NIGHT}


def table(rows: int, **sums: float) -> dict[str, Figures]:
    return {ALL: Figures(rows, dict(sums), {"order_id": rows, "code": rows // 2})}


def grown(nights: int, rows: int = 100, **sums: float) -> dict[date, Tables]:
    """Return the figures of orders of nights that add as much each, up to the night before."""
    return {
        NIGHT - timedelta(days=nights - i): {
            ORDERS: table(rows * (i + 1), **{name: s * (i + 1) for name, s in sums.items()})
        }
        for i in range(nights)
    }


def red(
    now: Tables,
    release: Tables,
    *,
    nights: Mapping[date, Tables] | None = None,
    published: int = 20,
    quality: Quality | None = None,
    running: Change | None = None,
    gone: float = 0.0,
) -> dict[str, tuple[str, ...]]:
    with duckdb.connect() as facts:
        before = drift.Before(
            release, nights or {}, published, running or Change(), lambda *_: gone
        )
        drift.gather(facts, NIGHT, now, before, quality or Quality())
        return verdicts.red(facts, drift.suites())


def test_a_release_like_the_one_before_passes() -> None:
    was = {ORDERS: table(1000, net_revenue=50_000.0)}
    assert red({ORDERS: table(1010, net_revenue=50_600.0)}, was) == {}


def test_the_first_release_of_all_passes() -> None:
    assert red({ORDERS: table(1000)}, {}, published=0) == {}


@pytest.mark.parametrize(
    ("rows", "revenue", "check"),
    [
        (60, 50_000.0, "nothing_has_collapsed"),
        (0, 0.0, "nothing_has_collapsed"),
        (1000, 20_000.0, "nothing_has_collapsed"),
        (2001, 50_000.0, "nothing_has_surged"),
        (1000, 101_000.0, "nothing_has_surged"),
        (899, 50_000.0, "changes_are_small"),
        (1000, 66_000.0, "changes_are_small"),
        (900, 65_000.0, None),
    ],
)
def test_what_a_table_lost_or_doubled(rows: int, revenue: float, check: str | None) -> None:
    was = {ORDERS: table(1000, net_revenue=50_000.0)}
    found = red({ORDERS: table(rows, net_revenue=revenue)}, was)
    # a file that deletes takes rows and sums alike
    assert set(found) == ({check} if check else set())


def test_the_message_says_table_measure_and_both_figures() -> None:
    was = {ORDERS: table(1000, net_revenue=50_000.0)}
    assert red({ORDERS: table(60, net_revenue=3_000.5)}, was) == {
        "nothing_has_collapsed": (
            "core.fct_orders: net_revenue: 3,000.50, 50,000 before",
            "core.fct_orders: rows: 60, 1,000 before",
        )
    }


def test_a_table_that_is_gone_has_collapsed() -> None:
    assert set(red({}, {ORDERS: table(1000)})) == {"nothing_has_collapsed"}


def test_a_platform_is_seen_within_its_table() -> None:
    x, reddit = Figures(900), Figures(100)
    was = {POSTS: {ALL: Figures(1000), "x": x, "reddit": reddit}}
    now = {POSTS: {ALL: Figures(940), "x": x, "reddit": replace(reddit, rows=40)}}
    assert red(now, was) == {
        "nothing_has_collapsed": ("core.fct_post_latest of reddit: rows: 40, 100 before",)
    }


def test_a_young_home_grows_and_small_tables_move() -> None:
    assert red({ORDERS: table(300)}, {ORDERS: table(100)}, published=13) == {}
    assert set(red({ORDERS: table(300)}, {ORDERS: table(100)}, published=14)) == {
        "nothing_has_surged"
    }
    assert set(red({ORDERS: table(40)}, {ORDERS: table(100)}, published=1)) == {
        "nothing_has_collapsed"
    }
    assert red({ORDERS: table(0)}, {ORDERS: table(49)}) == {}


def test_reports_only_warn() -> None:
    was = {"reports.campaign_daily": table(1000)}
    assert set(red({"reports.campaign_daily": table(10)}, was)) == {"changes_are_small"}
    assert red({"reports.campaign_daily": table(800)}, was) == {}


@pytest.mark.parametrize(
    ("filled", "check"),
    [(0, "columns_are_still_filled"), (300, "changes_are_small"), (450, None)],
)
def test_a_column_that_lost_its_values(filled: int, check: str | None) -> None:
    was = {ORDERS: {ALL: Figures(1000, {}, {"code": 520})}}
    now = {ORDERS: {ALL: Figures(1000, {}, {"code": filled})}}
    found = red(now, was)
    assert set(found) == ({check} if check else set())
    if filled == 0:
        assert found["columns_are_still_filled"] == (
            "core.fct_orders: code: a value in 0% of the rows, 52% before",
        )


def test_a_column_that_is_new_or_gone_is_no_drift() -> None:
    was = {ORDERS: {ALL: Figures(1000, {"emv": 90.0}, {"code": 900})}}
    now = {ORDERS: {ALL: Figures(1000, {"orders": 1.0}, {"note": 0})}}
    assert red(now, was) == {}


def night_of(rows: int, revenue: float, *, codes: int | None = None) -> dict[str, tuple[str, ...]]:
    """Return what is red on a night that adds this to 75 nights of 100 orders and 5,000."""
    nights = grown(75, net_revenue=5_000.0)
    last = nights[NIGHT - timedelta(days=1)]
    was = last[ORDERS][ALL]
    now = Figures(
        was.rows + rows,
        {"net_revenue": was.sums["net_revenue"] + revenue},
        {
            "order_id": was.filled["order_id"] + rows,
            "code": was.filled["code"] + (rows // 2 if codes is None else codes),
        },
    )
    return red({ORDERS: {ALL: now}}, last, nights=nights)


@pytest.mark.parametrize(
    ("rows", "revenue", "checks"),
    [
        (100, 5_000.0, set()),
        (85, 4_100.0, set()),
        (50, 2_500.0, {"changes_are_small"}),
        (5, 250.0, {"nothing_has_collapsed"}),
        (200, 10_000.0, {"changes_are_small"}),
        (100, 700_000.0, {"nothing_has_surged"}),  # yen taken for dollars
    ],
)
def test_what_a_night_adds(rows: int, revenue: float, checks: set[str]) -> None:
    found = night_of(rows, revenue)
    assert set(found) == checks
    if checks == {"nothing_has_collapsed"}:
        assert found["nothing_has_collapsed"] == (
            "core.fct_orders: net_revenue: 250 more, 5,000 expected",
            "core.fct_orders: rows: 5 more, 100 expected",
        )


def test_a_column_that_the_new_rows_have_no_values_in() -> None:
    """Of all orders, 100 without a code are 1 %: only the night tells."""
    found = night_of(100, 5_000.0, codes=0)
    assert found == {
        "changes_are_small": (
            "core.fct_orders: code: a value in 0% of the new rows, 50% or more on 14 nights before",
        )
    }
    nights = grown(75)
    for tables in nights.values():
        tables[ORDERS][ALL].filled["code"] = tables[ORDERS][ALL].rows
    last = nights[NIGHT - timedelta(days=1)]
    now = {ORDERS: {ALL: Figures(7600, {}, {"order_id": 7600, "code": 7500})}}
    assert set(red(now, last, nights=nights)) == {"columns_are_still_filled"}


def test_a_night_after_one_that_never_ran_is_not_judged() -> None:
    nights = grown(75)
    del nights[NIGHT - timedelta(days=1)]
    last = nights[NIGHT - timedelta(days=2)]
    assert red({ORDERS: table(7401)}, last, nights=nights) == {}


def test_a_sum_of_a_handful_of_rows_is_not_judged() -> None:
    """Views of seven posts are those of the most popular of them."""
    nights = grown(75, rows=7, net_revenue=5_000.0)
    last = nights[NIGHT - timedelta(days=1)]
    was = last[ORDERS][ALL]
    now = replace(was, rows=was.rows + 7, sums={"net_revenue": was.sums["net_revenue"] + 200})
    assert red({ORDERS: {ALL: now}}, last, nights=nights) == {}


def clicks_of(
    rows: int, links: int, running: Change, *, column: str = "link_id", table: str = CLICKS
) -> set[str]:
    """Return what is red of a night of clicks, after 75 of 100 with 80 on links of ours."""
    nights = {
        NIGHT - timedelta(days=75 - i): {
            table: {ALL: Figures(100 * (i + 1), {}, {column: 80 * (i + 1)})}
        }
        for i in range(75)
    }
    last = nights[NIGHT - timedelta(days=1)]
    was = last[table][ALL]
    now = {table: {ALL: Figures(was.rows + rows, {}, {column: was.filled[column] + links})}}
    return set(red(now, last, nights=nights, running=running))


@pytest.mark.parametrize(
    ("rows", "links", "fall", "checks"),
    [
        (100, 0, 1.0, {"columns_are_still_filled"}),
        (100, 0, 0.0, {"changes_are_small"}),  # the last collaboration has ended
        (100, 0, 0.9, {"columns_are_still_filled"}),  # nine of ten still run: links broke
        (100, 0, 0.1, {"changes_are_small"}),
        (100, 75, 0.0, set()),
        (5, 4, 1.0, {"nothing_has_collapsed"}),
        (5, 4, 0.0, {"changes_are_small"}),
        (5, 4, 0.9, {"nothing_has_collapsed"}),
        (5, 4, 0.1, {"changes_are_small"}),
    ],
)
def test_clicks_end_with_the_collaborations(
    rows: int, links: int, fall: float, checks: set[str]
) -> None:
    for column in drift.OF_COLLABORATIONS[CLICKS]:
        assert clicks_of(rows, links, Change(fall=fall), column=column) == checks


@pytest.mark.parametrize(
    ("rise", "checks"),
    [
        (1.0, {"nothing_has_surged"}),
        (2.0, {"nothing_has_surged"}),
        (10.0, {"changes_are_small"}),
        (math.inf, {"changes_are_small"}),
    ],
)
def test_clicks_come_with_the_collaborations(rise: float, checks: set[str]) -> None:
    assert clicks_of(900, 720, Change(rise=rise)) == checks


def test_nothing_else_ends_with_them() -> None:
    over = Change(fall=0.0, rise=math.inf)
    assert clicks_of(100, 0, over, column="visitor_id") == {"columns_are_still_filled"}
    assert clicks_of(5, 4, over, table=ORDERS) == {"nothing_has_collapsed"}
    assert clicks_of(900, 720, over, table=ORDERS) == {"nothing_has_surged"}
    assert clicks_of(100, 0, over, table=ORDERS) == {"columns_are_still_filled"}


def test_columns_that_end_with_collaborations_are_published() -> None:
    published = {f"{table.schema}.{table.name}": table.columns for table in keys.published()}
    for table, columns in drift.OF_COLLABORATIONS.items():
        assert {*columns} <= {column.name for column in published[table]}
        assert table in drift.GROWING


@pytest.mark.parametrize(
    ("table", "metric", "views", "gone", "check"),
    [
        (POSTS, "views", -3_000.0, 8_000.0, "changes_are_small"),  # one post of 8,000 is deleted
        (POSTS, "views", 100.0, 4_000.0, "changes_are_small"),
        (POSTS, "views", 100.0, 0.0, "nothing_has_collapsed"),
        (POSTS, "views", -3_000.0, 3_100.0, "nothing_has_collapsed"),  # and nothing is counted
        ("core.fct_post_daily", "views", 100.0, 4_000.0, "changes_are_small"),
        ("core.fct_account_daily", "followers", 100.0, 4_000.0, "changes_are_small"),
        ("core.fct_account_daily", "followers_change", -900.0, 0.0, "changes_are_small"),
        ("core.fct_post_daily", "engagements_change", -900.0, 0.0, "changes_are_small"),
        (ORDERS, "net_revenue", -3_000.0, 8_000.0, "nothing_has_collapsed"),
        (ORDERS, "revenue_change", -900.0, 0.0, "nothing_has_collapsed"),
    ],
)
def test_a_post_that_goes_takes_its_counts_along(
    table: str, metric: str, views: float, gone: float, check: str
) -> None:
    nights = {
        NIGHT - timedelta(days=76 - i): {table: {ALL: Figures(100 * i, {metric: 5_000.0 * i})}}
        for i in range(1, 76)
    }
    last = nights[NIGHT - timedelta(days=1)]
    was = last[table][ALL]
    now = {table: {ALL: Figures(was.rows + 100, {metric: was.sums[metric] + views})}}
    found = red(now, last, nights=nights, gone=gone)
    words = ""
    if gone and table != ORDERS:
        words = f"; {gone:,.0f} are gone of what single posts or accounts had"
    assert found == {check: (f"{table}: {metric}: {views:,.0f} more, 5,000 expected{words}",)}


def test_rows_that_go_are_not_excused() -> None:
    nights = {
        NIGHT - timedelta(days=76 - i): {POSTS: {ALL: Figures(100 * i, {"views": 5_000.0 * i})}}
        for i in range(1, 76)
    }
    last = nights[NIGHT - timedelta(days=1)]
    now = {POSTS: {ALL: replace(last[POSTS][ALL], rows=7_505)}}
    assert set(red(now, last, nights=nights, gone=9e9)) == {
        "nothing_has_collapsed",
        "changes_are_small",
    }


def test_a_known_anomaly_warns_and_says_why() -> None:
    was, now = {ORDERS: table(1000)}, {ORDERS: table(60)}
    for checks, tables, explains in (
        (("release.drift",), (), True),
        (("release.drift.nothing_has_collapsed",), (ORDERS,), True),
        (("release.drift.nothing_has_surged",), (), False),
        (("release.night",), (), False),
        (("release.drift",), (POSTS,), False),
    ):
        anomaly = KnownAnomaly.model_validate({**SALE, "checks": checks, "tables": tables})
        found = red(now, was, quality=Quality(known_anomalies=(anomaly,)))
        if explains:
            assert found == {
                "changes_are_small": (
                    "core.fct_orders: rows: 60, 1,000 before (Sale: It was said.)",
                )
            }
        else:
            assert set(found) == {"nothing_has_collapsed"}


def test_every_check_was_seen_red() -> None:
    known = {check.name for suite in drift.suites() for check in suite.checks}
    assert known == {*drift.CHECK_OF.values(), "changes_are_small"}


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute("create schema core; create schema meta; create schema reports")
        con.execute(
            "create table core.fct_post_latest as "
            "select * from (values ('x', 'a', 5, 1.5, ['t']), ('x', 'b', null, 2.25, null), "
            "(null, 'c', 7, null, null)) as t(platform, post_id, likes, er_views, tags)"
        )
        con.execute(
            "create table core.fct_post_at_age as select 'x:' || i as post_id, i as likes "
            "from range(3) as t(i)"
        )
        con.execute(
            "create table reports.post_performance as select 'x' as platform, 2 as emv, 'a' as t"
        )
        con.execute("create table meta.run as select 1 as likes")
        con.execute("create table reports.nobody_s as select 1 as likes")
    return path


def test_figures_are_rows_sums_of_metrics_and_values(database: Path) -> None:
    # er_views is a ratio, which nobody sums; tags is a list
    assert figures.of_database(database) == {
        POSTS: {
            ALL: Figures(
                3, {"likes": 12.0}, {"platform": 2, "post_id": 3, "likes": 2, "er_views": 2}
            ),
            "x": Figures(
                2, {"likes": 5.0}, {"platform": 2, "post_id": 2, "likes": 1, "er_views": 2}
            ),
            "none": Figures(
                1, {"likes": 7.0}, {"platform": 0, "post_id": 1, "likes": 1, "er_views": 0}
            ),
        },
        "core.fct_post_at_age": {
            part: Figures(3, {"likes": 3.0}, {"post_id": 3, "likes": 3}) for part in (ALL, "x")
        },
        "reports.post_performance": {ALL: Figures(1, {"emv": 2.0})},
    }


@pytest.mark.parametrize(
    ("table", "metric", "platform", "gone"),
    [
        ("core.fct_post_latest", "likes", ALL, 57.0),
        ("core.fct_post_latest", "likes", "x", 50.0),
        ("core.fct_post_daily", "likes", "tiktok", 7.0),
        ("core.fct_post_latest", "er_views", ALL, 0.0),
        ("core.fct_post_daily", "age_days", ALL, 0.0),  # of no post as a whole
        ("core.fct_account_daily", "followers", ALL, 600.0),
        ("core.fct_account_daily", "followers", "tiktok", 0.0),
    ],
)
def test_what_is_gone_is_told_of_single_posts_and_accounts(
    tmp_path: Path, table: str, metric: str, platform: str, gone: float
) -> None:
    posts = {
        "before": [("x:a", 50), ("x:b", 9), ("x:c", None), ("tiktok:d", 10), ("tiktok:e", 4)],
        "now": [("x:b", 9), ("x:c", 8), ("tiktok:d", 3), ("tiktok:e", 400), ("x:f", 1)],
    }
    accounts = {
        "before": [("x:1", 1, 100), ("x:1", 9, 500), ("x:2", 1, 900), ("x:3", 9, 300)],
        "now": [("x:1", 10, 200), ("x:2", 1, 900), ("x:1", 9, 500), ("tiktok:4", 10, 1)],
    }
    for name in ("before", "now"):
        with duckdb.connect(str(tmp_path / name)) as con:
            con.execute("create schema core")
            con.execute("create table core.fct_post_latest (post_id text, likes int)")
            con.executemany("insert into core.fct_post_latest values (?, ?)", posts[name])
            con.execute(
                "create table core.fct_account_daily "
                "(account_id text, date_day date, followers int)"
            )
            con.executemany(
                "insert into core.fct_account_daily values (?, ?, ?)",
                [(account, NIGHT + timedelta(days=day), n) for account, day, n in accounts[name]],
            )
    found = figures.taken_back(tmp_path / "before", tmp_path / "now", table, platform, metric)
    assert found == gone


def test_the_file_keeps_a_line_a_night_and_survives_a_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / figures.FILE
    assert figures.read(path, date.min) == {}
    nights = grown(3, net_revenue=2.5)
    for night in (*sorted(nights, reverse=True), NIGHT):
        figures.append(path, night, {ORDERS: table(1)})
    for night, tables in nights.items():
        figures.append(path, night, tables)
    assert figures.read(path, date(2026, 2, 28)) == {
        **{day: tables for day, tables in nights.items() if day >= date(2026, 2, 28)},
        NIGHT: {ORDERS: table(1)},
    }
    text = path.read_text()
    path.write_text(text[:-20])
    assert list(figures.read(path, date.min)) == sorted(nights)
    path.write_text(text)
    monkeypatch.setattr(figures, "_KEPT_NIGHTS", 2)
    figures.append(path, NIGHT, {})
    assert list(figures.read(path, date.min)) == [NIGHT - timedelta(days=1), NIGHT]
