"""The oracle of next bookings, against figures worked out by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from .bookings import Bookings, by_chance, guess, judged, spent, verdict
from .returns import Returns
from .social import Social
from .test_oracle_by_hand import night
from .test_returns_by_hand import FX, WATCHED
from .test_vetting_by_hand import table


def days(*amounts: int) -> list[Fraction]:
    return [Fraction(amount) for amount in amounts]


ALIKE = {name: [days(10, 10)] for name in "abcd"}
FOUR = {"a": [days(60, 40)], "b": [days(10, 10)], "c": [days(30, 10)], "d": [days(40, 40)]}


def test_what_chance_does_to_a_sum() -> None:
    assert by_chance(days(60, 40)) == 400  # 2 x (10² + 10²) / 1
    assert by_chance(days(3, 3, 3)) == 0
    assert by_chance(days(3)) == 9
    assert by_chance([]) == 0


def test_a_mean_is_pulled_to_that_of_all() -> None:
    """Means of 100, 20, 40 and 80 about 60, chance 200: 3400 / 3 between, a weight of 0.85."""
    a, c = guess(FOUR)["a"], guess(FOUR)["c"]
    assert (a.mean, a.weight, c.mean) == (94.0, 0.85, 43.0)
    assert a.own_variance == pytest.approx(3400 / 3 * 0.15 + 2 * 6**2)
    assert a.shared_error == pytest.approx(0.15 * (3400 / 3 / 3.4) ** 0.5)
    assert a.variance_of_one == 200.0
    assert guess({name: FOUR[name] for name in "abc"}) == {}
    same = guess(ALIKE)["a"]
    assert (same.mean, same.weight, same.variance) == (20.0, 0.0, 0.0)
    # more of one creator's own weighs more: 3400/3 is now less, as the mean moves
    more = guess({**FOUR, "a": [days(60, 40)] * 3})
    assert more["a"].weight > more["b"].weight


def test_who_was_booked_again_says_how_far_collaborations_differ() -> None:
    told = {
        "a": [days(5, 5), days(10, 10), days(15, 15)],
        "b": [days(10, 10)] * 3,
        "c": [days(10, 10), days(20, 20)],
        "d": [days(10, 10)],
    }
    c = guess(told)["c"]
    assert (c.variance_of_one, c.weight) == (80.0, 0.0)
    assert c.mean == pytest.approx(200 / 9)
    assert c.variance == pytest.approx(80 / 9 + 2 * (30 - 200 / 9) ** 2)
    # four second collaborations are too few to go by
    assert guess({**told, "b": [days(10, 10)] * 2})["c"].variance_of_one == 0.0


def test_verdicts() -> None:
    assert verdict(0.1, 5, 9, 5) == "rebook"
    assert verdict(0, 5, 9, 5) == "try_again"
    assert verdict(-5, 0, 5, 3) == "renegotiate"
    assert verdict(-5, -1, 0, 3) == "renegotiate"
    assert verdict(-9, -5, -0.1, 3) == "stop"
    assert verdict(-9, -5, 2, 0) == "stop"
    assert judged(None, Decimal(1), Decimal(1), 1)["verdict"] == "too_early"
    assert judged(guess(FOUR)["a"], None, None, 1)["how_sure"] == "not_known"


def test_the_next_thousand() -> None:
    prices = {name: (name, Decimal(cost), Decimal(0)) for name, cost in
              (("a", 1), ("b", 900), ("c", 43), ("d", 70))}  # fmt: skip
    rows = spent(guess(FOUR), prices)
    # (94 - 1) / 1 comes before (77 - 70) / 70; c would earn just its cost, b loses
    assert [rows[name].get("spend_order") for name in "abcd"] == [1, None, None, 2]
    assert (rows["d"]["spent_before"], rows["d"]["next_1000_part"]) == (1, 70)
    assert rows["b"]["next_1000_profit"] == 93 + 7
    # of 2,000 the first takes 1,000, at half of 20,000 - 2,000
    dear = {name: [days(9_990, 10_010)] for name in "abcd"}
    rows = spent(guess(dear), {name: (name, Decimal(2000), Decimal(0)) for name in "abcd"})
    assert [rows[name]["next_1000_part"] for name in "abcd"] == [1000, 0, 0, 0]
    assert rows["a"]["next_1000_profit"] == 9000.0


PROGRAM = (
    table("campaigns", "campaign_id brand_id campaign_name starts_on ends_on",
          "c1 acme One 2026-01-09 2026-01-10", "c2 acme Two 2025-12-20 2025-12-31"),
    table("collaborations", "collaboration_id campaign_id creator_id status agreed_on fee "
          "product_cost currency",
          "k1 c1 p1 active 2026-01-02 30 5 USD", "k2 c1 p2 active 2026-01-02 10  USD",
          "k3 c1 p3 active  10  USD", "k4 c1 p4 active 2026-01-11 10  USD",
          "k5 c2 p1 completed 2026-01-01 90  USD", "k6 c1 p5 proposed 2026-01-02 10  USD"),
    table("promo_codes", "code valid_from collaboration_id", "one 2025-01-01 k1",
          "two 2025-01-01 k2", "three 2025-01-01 k3", "four 2025-01-01 k4"),
    table("orders", "order_id ordered_at currency gross_amount cost_of_goods status discount_codes",
          "1 2026-01-09T00:00:00Z USD 70 10 placed one",
          "2 2026-01-10T00:00:00Z USD 41 1 placed one",
          "3 2026-01-09T00:00:00Z USD 15 5 placed two",
          "4 2026-01-10T00:00:00Z USD 15 5 placed two",
          "5 2026-01-09T00:00:00Z USD 31 1 placed three",
          "6 2026-01-10T00:00:00Z USD 11 1 placed three",
          "7 2026-01-09T00:00:00Z USD 41 1 placed four",
          "8 2026-01-10T00:00:00Z USD 41 1 placed four"),
)  # fmt: skip


def booked(*files: tuple[str, str], **more: Any) -> Any:
    social = Social(night("2026-01-10", *PROGRAM, FX, *files, **{"coverage": WATCHED, **more}))
    return Bookings(social, Returns(social)).next_bookings()


def test_next_bookings() -> None:
    """The four of above; k5 earned nothing on 22 days, so p1 is measured twice."""
    watched = {"coverage": {"orders": date(2026, 1, 9)}}
    rows = booked(**watched)
    assert {key[1] for key in rows} == {"p1", "p2", "p3", "p4"}
    p1 = rows["acme", "p1"]
    assert (p1["collaborations"], p1["collaborations_measured"]) == (2, 1)
    assert p1["collaborations_running"] == 1
    assert (p1["last_on"], p1["days_since_last"], p1["days_between"]) == (
        date(2026, 1, 10), 0, 20.0
    )  # fmt: skip
    # agreed a day later than the other
    assert (p1["last_collaboration_id"], p1["last_cost"], p1["last_fee"]) == ("k1", 35, 30)
    assert (p1["expected_earned"], p1["expected_profit"]) == (94.0, 59.0)
    assert p1["next_break_even_fee"] == 89.0
    half = 1.959964 * (3400 / 3 * 0.15 + 72 + 0.15**2 * 3400 / 3 / 3.4) ** 0.5
    assert p1["expected_profit_low"] == 59 - half
    assert p1["verdict"] == ("rebook" if half < 59 else "try_again")
    # agreed after D: no price yet
    p4 = rows["acme", "p4"]
    assert (p4["expected_earned"], p4["verdict"], p4["last_cost"]) == (77.0, "too_early", None)
    assert booked()["acme", "p1"]["collaborations_measured"] == 2
    unseen = booked(coverage={"orders": date(2026, 3, 1)})["acme", "p1"]
    assert (unseen["collaborations_measured"], unseen["expected_earned"]) == (0, None)
