"""Whether a day came whole: rows counted by event day, source and stream, and held ones."""

from __future__ import annotations

import shutil
from datetime import date, timedelta

import pytest

from reachline.configuration import EXAMPLE
from reachline.warehouse import runs
from tests.dbt.landed import Home, new_home

DAY = date(2026, 3, 1)
WEEKS = [DAY - timedelta(days=7 * week) for week in range(9)]
EXPORT = """
tool: shopdump
exports:
  - name: sales
    header: [number, sold_at, amount]
    streams:
      orders:
        columns:
          order_id: number
          ordered_at: sold_at
          currency: "'EUR'"
          gross_amount: amount
          status: "'placed'"
"""


def _orders(day: date, number: int, name: str = "o") -> list[dict[str, str | None]]:
    order = {"currency": "EUR", "gross_amount": "1", "status": "placed"}
    return [
        # late in New York, which is the next day in UTC
        {
            "order_id": f"{name}{day}{n}",
            "ordered_at": f"{day + timedelta(days=1)}T03:30:00Z",
            **order,
        }
        for n in range(number)
    ]


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Home:
    folder = tmp_path_factory.mktemp("whole")
    config = folder / "config"
    shutil.copytree(EXAMPLE, config)
    shutil.rmtree(config / "exports")
    (config / "exports").mkdir()
    (config / "exports" / "shopdump.yml").write_text(EXPORT)
    brands = config / "brands.yml"
    brands.write_text(brands.read_text().replace("time_zone: UTC", "time_zone: America/New_York"))
    home = new_home(folder, config)
    # as many on each of these days, in one file; one came half, and is corrected by a later file
    home.land("orders", [row for day in WEEKS for row in _orders(day, 10)], day=DAY)
    home.land("orders", _orders(DAY, 10)[:3], day=DAY)
    # held: two of tomorrow, one of next year; and of long ago, which nobody compares
    home.land("orders", _orders(DAY + timedelta(days=1), 2), day=DAY)
    home.land("orders", _orders(date(2026, 12, 1), 1), day=DAY)
    home.land("orders", _orders(date(2020, 3, 1), 5), day=DAY)
    # what a tool exports is judged as the tool's
    home.land(
        "sales",
        [
            {"number": f"{day}{n}", "sold_at": f"{day}T12:00:00Z", "amount": "1"}
            for day in WEEKS
            for n in range(2 if day == DAY else 20)
        ],
        source="shopdump",
        day=DAY,
    )
    # a post is held where it is of a day to come, whenever it was seen; a deletion tells of no day
    seen = {"platform": "x", "observed_at": "2026-03-01T12:00:00Z"}
    home.land(
        "posts",
        [
            {**seen, "native_post_id": "1", "published_at": "2026-02-27T12:00:00Z"},
            {**seen, "native_post_id": "2", "published_at": "2026-05-01T12:00:00Z"},
            {**seen, "native_post_id": "3", "published_at": None, "is_deleted": "true"},
        ],
        day=DAY,
    )
    home.land("creators", [{"creator_id": "ann", "creator_name": "Ann"}], day=DAY)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "GOALS", ("data_health",))
        home.night(DAY)
    return home


HEALTH = [
    ("inbox", "orders", 10, 10.0, 10.0, "whole", 3),
    ("shopdump", "sales", 2, 20.0, 20.0, "below_usual", 0),
    ("inbox", "posts", 1, None, None, "too_early", 1),
    ("inbox", "creators", None, None, None, None, 0),
]


@pytest.mark.parametrize("expected", HEALTH, ids=lambda row: "/".join(row[:2]))
def test_a_day_is_judged_by_source_and_stream(night: Home, expected: tuple[object, ...]) -> None:
    source, stream, *_ = expected
    rows = night.rows(
        "select source, stream, rows_last_day, usual_low, usual_high, completeness, rows_held"
        f" from reports.data_health where (source, stream) = ('{source}', '{stream}')"
    )
    assert rows == [expected]
