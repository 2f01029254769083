"""What groups of rows come to, by hand, in DuckDB itself."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from reachline.publish.aggregates import Rows, aggregates, as_sql, metric_of
from reachline.publish.dashboards import ACCOUNTS

RESULTS = Rows("views", "collaboration_results_by_method", one_of="method")
POSTS = Rows("views", "posts", repeated=frozenset({"followers"}), is_paired=True)


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        con.execute("create schema meta; create schema views")
        con.execute("create table meta.thresholds (name varchar, value double)")
        yield con


def asked(con: duckdb.DuckDBPyConnection, rows: Rows, column: str) -> object:
    (aggregate,) = [found for found in aggregates(rows) if found.column == column]
    expression = as_sql(rows, aggregate)
    return con.execute(f"select {expression} from {rows.schema}.{rows.name}").fetchall()[0][0]


# of 200 revenue the profit is known of 100 x 1 + 100 x 0.5 = 150: three quarters
@pytest.mark.parametrize(
    ("wanted", "roi"),
    [
        (0.9, None),
        # (50 + 20 - 30) / 30
        (0.7, pytest.approx(4 / 3)),
    ],
)
def test_roi_of_a_group_asks_how_much_of_its_profit_is_known(
    con: duckdb.DuckDBPyConnection, wanted: float, roi: object
) -> None:
    con.execute("insert into meta.thresholds values ('profit_coverage_min', ?)", [wanted])
    con.execute(
        """
        create table views.collaboration_results_by_method as
        select 'linear' as method, 1.0::double as orders_covered, *
        from (values (100, 1.0::double, 50, 20), (100, 0.5, 20, 10))
            as t (attributed_revenue, profit_coverage, attributed_profit, cost_committed)
        """
    )
    assert asked(con, RESULTS, "profit_coverage") == 0.75
    assert asked(con, RESULTS, "roi") == roi
    # 200 / 30
    assert asked(con, RESULTS, "roas") == pytest.approx(20 / 3)


def test_ratios_of_a_group_are_over_what_was_watched(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("insert into meta.thresholds values ('profit_coverage_min', 0.9)")
    con.execute(
        """
        create table views.collaboration_results_by_method as
        select 'linear' as method, * from (values
            (1.0::double, 300, 1.0::double, 150, 100, 3, 10, 20, 1000, 30, 1, 1),
            -- watched in part: its revenue counts, its return is not known
            (0.5, 60, 0.1, 60, 50, 1, 10, 20, 1000, 30, 1, 1),
            -- nobody watched, or it has not begun
            (0.0, null, null, null, 400, null, null, null, 500, 90, 0, 0),
            (null, null, null, null, 900, null, null, null, null, 0, 0, 0)
        ) as t (
            orders_covered, attributed_revenue, profit_coverage, attributed_profit, cost_committed,
            attributed_orders, valid_clicks, clicks_in_ratios, impressions_in_ratios,
            cost_in_ratios, results_with_orders, results_with_clicks
        )
        """
    )
    assert asked(con, RESULTS, "attributed_revenue") == 360
    assert asked(con, RESULTS, "results_with_orders") == 2
    assert asked(con, RESULTS, "cost_committed") == 1450
    # 360 / (100 + 50), 150 / 4, 150 / 20, 40 / 2000, 1000 x 150 / 2500
    assert asked(con, RESULTS, "roas") == pytest.approx(2.4)
    assert asked(con, RESULTS, "cpa") == pytest.approx(37.5)
    assert asked(con, RESULTS, "cpc") == pytest.approx(7.5)
    assert asked(con, RESULTS, "ctr") == pytest.approx(0.02)
    assert asked(con, RESULTS, "cpm") == pytest.approx(60)
    # (150 - 100) / 100, whose profit is known of all; of both it is known of 306 / 360
    assert asked(con, RESULTS, "roi") == pytest.approx(0.5)
    assert asked(con, RESULTS, "profit_coverage") == pytest.approx(0.85)
    con.execute("delete from views.collaboration_results_by_method where orders_covered > 0")
    assert asked(con, RESULTS, "attributed_revenue") is None
    assert asked(con, RESULTS, "profit_coverage") is None
    assert asked(con, RESULTS, "roas") is None
    assert asked(con, RESULTS, "roi") is None


def test_what_two_methods_repeat_is_not_added_up(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(
        """
        create table views.collaboration_results_by_method as
        select * from (values ('linear', 30, 10), ('linear', 10, 10)) as t
            (method, attributed_revenue, cost_committed)
        """
    )
    assert asked(con, RESULTS, "cost_committed") == 20
    assert asked(con, RESULTS, "roas") == 2
    con.execute("insert into views.collaboration_results_by_method values ('shapley', 30, 10)")
    assert asked(con, RESULTS, "cost_committed") is None
    assert asked(con, RESULTS, "roas") is None


def test_a_rate_of_posts_counts_those_that_have_both_parts(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(
        """
        create table views.posts as
        select * from (values (10, 100, 0.1), (6, 300, 0.02), (5, null, null), (null, 50, null))
            as t (engagements_public_7d, followers_at_post, er_followers_7d)
        """
    )
    # (10 + 6) / (100 + 300)
    assert asked(con, POSTS, "er_followers_7d") == pytest.approx(0.04)


def test_accounts_whose_following_is_not_known_count_in_neither_part(
    con: duckdb.DuckDBPyConnection,
) -> None:
    con.execute(
        """
        create table views.creator_accounts as
        select * from (values (50, 100, 0.5), (30, 300, 0.1), (null, 600, null), (7, 0, null))
            as t (following, followers, following_per_follower)
        """
    )
    # (50 + 30) / (100 + 300)
    assert asked(con, ACCOUNTS.rows, "following_per_follower") == pytest.approx(0.2)
    # people are still counted over all accounts
    assert asked(con, ACCOUNTS.rows, "followers") == 1000


def test_people_reached_are_shown_of_one_post_and_never_added(
    con: duckdb.DuckDBPyConnection,
) -> None:
    con.execute("create table views.posts as select 70 as reach")
    assert asked(con, POSTS, "reach") == 70
    con.execute("insert into views.posts values (80)")
    assert asked(con, POSTS, "reach") is None


def test_a_column_at_an_age_is_the_metric_at_that_age() -> None:
    found = metric_of("er_views_7d")
    assert found is not None
    assert found.name == "er_views"
    assert metric_of("handle") is None
