"""Next bookings of a market of two nights: computed again from the core tables, and the truth."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest

from reachline.warehouse import Run, connect, open_run
from tests.end_to_end.homes import Market
from tests.oracle.bookings import guess, judged, spent

PLACES = 3
"""How many creators a brand books next."""

Pair = tuple[str, str]


@pytest.fixture(scope="module")
def built(market: Market, tmp_path_factory: pytest.TempPathFactory) -> Run:
    settings = market.copy(2, tmp_path_factory.mktemp("bookings") / "data")
    return open_run(settings, market.world.nights[-1].logical_date)


@pytest.fixture(scope="module")
def booked(built: Run) -> dict[Pair, dict[str, Any]]:
    """The table by brand and creator."""
    with connect(built.directory, read_only=True) as con:
        found = con.execute(
            "select n.*, c.followers_total from reports.next_bookings as n "
            "left join core.dim_creator as c on n.creator_id = c.creator_id"
        )
        names = [column[0] for column in found.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    return {(row["brand_id"], row["creator_id"]): row for row in rows}


@pytest.fixture(scope="module")
def worth(built: Run) -> dict[Pair, float]:
    """How many orders a collaboration brings by brand and creator, in units of the world."""
    truth = json.loads((built.settings.config_dir.parent / "truth.json").read_text("utf-8"))
    return {(row["brand_id"], row["creator_id"]): row["worth"] for row in truth["bookings"]}


def measured(built: Run) -> dict[Pair, list[list[Fraction]]]:
    """What each collaboration whose profit is known earned on each of its days."""
    with connect(built.directory, read_only=True) as con:
        deals = con.execute(
            "select k.collaboration_id, m.brand_id, k.creator_id, m.starts_on, m.ends_on "
            "from reports.collaboration_performance as k "
            "inner join core.dim_campaign as m on k.campaign_id = m.campaign_id "
            "where k.is_default_method and k.is_live and k.orders_covered >= 0.9 "
            "and k.profit_coverage >= 0.9 order by 1"
        ).fetchall()
        credits = con.execute(
            "select collaboration_id, ordered_on, coalesce(attributed_profit, 0) "
            "from core.fct_attribution where method = 'code_then_click'"
        ).fetchall()
    earned: dict[str, dict[date, Fraction]] = defaultdict(lambda: defaultdict(Fraction))
    for owner, day, profit in credits:
        earned[owner][day] += Fraction(profit)
    found: dict[Pair, list[list[Fraction]]] = defaultdict(list)
    for owner, brand, creator, starts_on, ends_on in deals:
        until = min(ends_on + timedelta(days=30), built.logical_date)
        quiet = (until - starts_on).days + 1 - len(earned[owner])
        found[brand, creator].append([*earned[owner].values(), *[Fraction(0)] * quiet])
    return found


def test_every_figure_is_that_of_a_second_computation(
    built: Run, booked: dict[Pair, dict[str, Any]]
) -> None:
    told = measured(built)
    wrong, known = [], 0
    for brand in {brand for brand, _ in booked}:
        guesses = guess({creator: days for (b, creator), days in told.items() if b == brand})
        mine = {creator: row for (b, creator), row in booked.items() if b == brand}
        prices = {
            creator: (row["last_collaboration_id"], row["last_cost"], row["last_fee"])
            for creator, row in mine.items()
        }
        thousand = spent(guesses, prices)
        for creator, row in mine.items():
            count = len(told.get((brand, creator), []))
            expected = judged(guesses.get(creator), *prices[creator][1:], count)
            expected |= thousand.get(creator, {})
            known += expected["expected_profit"] is not None
            wrong += [
                (brand, creator, name, value, row[name])
                for name, value in expected.items()
                if value != row[name]
            ]
    assert wrong == []
    assert known > 15


def test_what_is_not_known_is_told_of_nobody(booked: dict[Pair, dict[str, Any]]) -> None:
    unknown = [row for row in booked.values() if not row["collaborations_measured"]]
    assert len(unknown) > 5
    assert {row["verdict"] for row in unknown} == {"too_early"}
    assert {row["expected_profit"] for row in unknown} == {None}


@pytest.mark.parametrize("brand", ["lumen", "verdant"])
def test_following_the_verdicts_beats_choosing_by_followers(
    booked: dict[Pair, dict[str, Any]], worth: dict[Pair, float], brand: str
) -> None:
    """The regret of booking three creators each way, by what the world knows they bring."""
    mine = [row for row in booked.values() if row["brand_id"] == brand]
    mine = [row for row in mine if row["expected_profit"] is not None]
    assert len(mine) >= 8
    # what an order is worth, as the market itself pays it
    orders = sum(worth[brand, row["creator_id"]] for row in mine)
    unit = float(sum(row["expected_earned"] for row in mine)) / orders
    true = {
        row["creator_id"]: worth[brand, row["creator_id"]] * unit - float(row["last_cost"])
        for row in mine
    }

    def profit(creators: list[dict[str, Any]]) -> float:
        return sum(true[row["creator_id"]] for row in creators[:PLACES])

    best = profit(sorted(mine, key=lambda row: -true[row["creator_id"]]))
    wanted = [row for row in mine if row["verdict"] in ("rebook", "try_again")]
    followed = profit(sorted(wanted, key=lambda row: -row["expected_profit"]))
    largest = profit(sorted(mine, key=lambda row: -(row["followers_total"] or 0)))
    print(
        f"{brand}, {PLACES} of {len(mine)}: best {best:,.0f}, by verdict {followed:,.0f} "
        f"(regret {best - followed:,.0f}), by followers {largest:,.0f} "
        f"(regret {best - largest:,.0f})"
    )
    assert best - followed < best - largest
    assert best - followed < 0.1 * best


def test_the_creators_who_drive_orders_are_booked_again(
    built: Run, booked: dict[Pair, dict[str, Any]]
) -> None:
    truth = json.loads((built.settings.config_dir.parent / "truth.json").read_text("utf-8"))
    pairs = [(row["brand_id"], row["creator_id"]) for row in truth["drivers"]]
    measured_ones = [booked[pair] for pair in pairs if booked[pair]["expected_profit"] is not None]
    assert len(measured_ones) == 3
    assert {row["verdict"] for row in measured_ones} == {"rebook"}
    # and are expected to earn more than twice what anybody else of the brand is
    for row in measured_ones:
        others = [
            other["expected_earned"]
            for pair, other in booked.items()
            if pair[0] == row["brand_id"] and pair not in pairs and other["expected_earned"]
        ]
        assert row["expected_earned"] > 2 * max(others)
