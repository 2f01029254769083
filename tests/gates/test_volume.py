"""What landed for a night: which sources are judged, by which days, and what explains them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import duckdb
import pytest

from reachline.configuration.quality import KnownAnomaly
from reachline.quality import volume
from reachline.settings import Quality
from tests.gates import verdicts

NIGHT = date(2026, 3, 2)


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("attach ':memory:' as work")
        connection.execute("create schema work.landing; create schema work.ops")
        connection.execute(
            "create table work.landing.batches (source varchar, stream varchar, "
            "logical_date date, rows bigint, status varchar, is_held boolean)"
        )
        land(connection, 100, days=range(1, 71))
        yield connection


def land(
    con: duckdb.DuckDBPyConnection,
    rows: int,
    *,
    days: range = range(1),
    source: str = "inbox",
    stream: str = "orders",
    status: str = "ok",
) -> None:
    """Land a batch of so many rows so many days before the night."""
    for back in days:
        con.execute(
            "insert into work.landing.batches values (?, ?, ?, ?, ?, false)",
            [source, stream, NIGHT - timedelta(days=back), rows, status],
        )


def red(con: duckdb.DuckDBPyConnection, quality: Quality | None = None) -> dict[str, str]:
    volume.gather(con, NIGHT, quality or Quality())
    found = verdicts.red(con, [volume.suite()])
    return {check: keys[0] for check, keys in found.items()}


def test_a_night_like_the_others_passes(con: duckdb.DuckDBPyConnection) -> None:
    land(con, 60)
    land(con, 40)
    assert red(con) == {}


def test_a_file_that_came_in_part_blocks(con: duckdb.DuckDBPyConnection) -> None:
    land(con, 6)
    assert red(con) == {
        "rows_have_not_collapsed": "inbox/orders: 6 rows, 100 expected by 8 of its weekday"
    }


@pytest.mark.parametrize("rows", [45, 200])
def test_half_of_it_or_twice_warns(con: duckdb.DuckDBPyConnection, rows: int) -> None:
    land(con, rows)
    assert red(con) == {
        "rows_are_as_usual": f"inbox/orders: {rows} rows, 100 expected by 8 of its weekday"
    }


def test_what_others_tell_of_does_not_block(con: duckdb.DuckDBPyConnection) -> None:
    assert set(red(con)) == {"rows_are_as_usual"}  # nothing landed: freshness
    land(con, 6, status="rate_limited")
    assert set(red(con)) == {"rows_are_as_usual"}  # its queries go on the next time
    con.execute("update work.landing.batches set status = 'ok'")
    assert set(red(con)) == {"rows_have_not_collapsed"}
    land(con, 94)
    assert red(con) == {}
    con.execute("update work.landing.batches set is_held = true where rows = 94")
    assert set(red(con)) == {"rows_are_as_usual"}  # somebody held it


def campaign(con: duckdb.DuckDBPyConnection, ended: int) -> None:
    """Build what the night before knew: two live collaborations until so many days ago."""
    con.execute("create schema core; create schema reports")
    con.execute(
        "create table core.dim_campaign as select 'c' as campaign_id, ? as starts_on, ? as ends_on",
        [NIGHT - timedelta(days=90), NIGHT - timedelta(days=ended)],
    )
    con.execute(
        "create table reports.collaboration_performance as select 'k' || i as collaboration_id, "
        "'c' as campaign_id, i < 3 as is_live from range(1, 5) as t(i), range(2)"
    )


@pytest.mark.parametrize(
    ("ended", "check", "words"),
    [
        (0, "rows_have_not_collapsed", ""),
        (1, "rows_are_as_usual", "; 0 collaborations run, 2 to 2 in the four weeks before"),
        (28, "rows_are_as_usual", "; 0 collaborations run, 0 to 2 in the four weeks before"),
        (29, "rows_have_not_collapsed", ""),
    ],
)
def test_clicks_may_end_with_the_collaborations(
    con: duckdb.DuckDBPyConnection, ended: int, check: str, words: str
) -> None:
    campaign(con, ended)
    con.execute("update work.landing.batches set source = 'ga4', stream = 'clicks'")
    land(con, 5, source="ga4", stream="clicks")
    expected = "ga4/clicks: 5 rows, 100 expected by 8 of its weekday"
    assert red(con) == {check: expected + words}


def test_orders_do_not_end_with_the_collaborations(con: duckdb.DuckDBPyConnection) -> None:
    campaign(con, 1)
    land(con, 5)
    assert set(red(con)) == {"rows_have_not_collapsed"}


def test_sources_are_judged_by_themselves(con: duckdb.DuckDBPyConnection) -> None:
    land(con, 100)
    land(con, 30, days=range(1, 71), source="x", stream="posts")
    land(con, 2, source="x", stream="posts", status="no_data")
    land(con, 9000, days=range(3), source="young", stream="posts")
    assert red(con) == {
        "rows_have_not_collapsed": "x/posts: 2 rows, 30 expected by 8 of its weekday"
    }


def test_nights_that_never_ran_tell_nothing(con: duckdb.DuckDBPyConnection) -> None:
    """A day on which nothing landed at all is no day of 0 rows; one of this source alone is."""
    con.execute("delete from work.landing.batches where dayofweek(logical_date) = 1")
    land(con, 100)
    assert red(con) == {}
    mondays = [day for day in range(1, 71) if day % 7 == 0]
    con.execute(
        "delete from work.landing.batches where logical_date < ? and dayofweek(logical_date) = 1",
        [NIGHT],
    )
    for back in mondays:
        land(con, 1, days=range(back, back + 1), source="x", stream="posts")
    assert red(con) == {}  # none is expected on a Monday, and there are too few to judge


def test_what_retention_lands_is_no_feed(con: duckdb.DuckDBPyConnection) -> None:
    """It lands groups of what goes: two hundred a day, and three where few posts are left."""
    land(con, 100)
    land(con, 200, days=range(1, 71), source="retention", stream="kept_daily")
    land(con, 3, source="retention", stream="kept_daily")
    assert red(con) == {}


def test_a_known_anomaly_warns_and_says_why(con: duckdb.DuckDBPyConnection) -> None:
    land(con, 6)
    sale = {"name": "Closed", "reason": "We move.", "from": NIGHT, "to": NIGHT}
    for tables, explains in (
        ((), True),
        (("orders",), True),
        (("inbox.orders",), True),
        (("clicks",), False),
    ):
        anomaly = KnownAnomaly.model_validate({**sale, "tables": tables})
        found = red(con, Quality(known_anomalies=(anomaly,)))
        if explains:
            assert found == {
                "rows_are_as_usual": "inbox/orders: 6 rows, 100 expected by 8 of its weekday "
                "(Closed: We move.)"
            }
        else:
            assert set(found) == {"rows_have_not_collapsed"}
    late = KnownAnomaly.model_validate({**sale, "from": NIGHT + timedelta(days=1), "to": date.max})
    assert set(red(con, Quality(known_anomalies=(late,)))) == {"rows_have_not_collapsed"}
    other = KnownAnomaly.model_validate({**sale, "checks": ("release.drift",)})
    assert set(red(con, Quality(known_anomalies=(other,)))) == {"rows_have_not_collapsed"}
