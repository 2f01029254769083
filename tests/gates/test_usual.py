"""What is usual: by hand on plain weeks, and against an independent computation."""

from __future__ import annotations

import random
from datetime import date, timedelta

import numpy as np
import pytest

from reachline.quality.usual import judge
from reachline.settings import UsualBounds

NIGHT = date(2026, 3, 2)  # a Monday
BOUNDS = UsualBounds()
WEEK = (100, 120, 120, 110, 90, 40, 30)  # Monday to Sunday


def weeks(count: int, growth: float = 1.0, levels: tuple[float, ...] = WEEK) -> dict[date, float]:
    """Return whole weeks up to the night, each `growth` times as large as the one before."""
    days = [NIGHT - timedelta(days=back) for back in range(1, 7 * count + 1)]
    return {
        day: levels[day.weekday()] / growth ** (1 + (NIGHT - day).days // 7.001) for day in days
    }


def independent(night: date, value: float, before: dict[date, float]) -> tuple[float, float]:
    """Return expected and spreads by numpy, on a dense array of days (NaN: not known)."""
    size = 7 * BOUNDS.weeks + 14
    y = np.array([before.get(night - timedelta(days=size - i), np.nan) for i in range(size)])
    level = np.array([np.nanmedian(y[i - 14 : i]) for i in range(14, size + 1)])
    multiple = (y[14:] + 0.5) / (level[:-1] + 0.5)
    by_weekday = [multiple[weekday::7] for weekday in range(7)]
    usual = np.array([np.nanmedian(each) for each in by_weekday])
    of_days = np.tile(usual, BOUNDS.weeks) * (level[:-1] + 0.5) - 0.5
    expected = usual[0] * (level[-1] + 0.5) - 0.5
    known = [int(np.isfinite(each).sum()) for each in by_weekday]
    bias = np.tile([np.sqrt(n / (n - 1)) for n in known], BOUNDS.weeks)
    distance = np.abs(2 * np.sqrt(y[14:] + 0.375) - 2 * np.sqrt(of_days + 0.375)) * bias
    dispersion = (1.4826 * np.nanmedian(distance)) ** 2
    share = max(
        (dispersion - 1) / np.nanmedian(np.where(np.isnan(y[14:]), np.nan, of_days)), 0.0025
    )
    # arcsinh(x) = log(x + sqrt(x² + 1)), written out
    roots = np.sqrt(share * (np.array([value, expected]) + 0.375))
    even = 2 / np.sqrt(share) * np.log(roots + np.sqrt(roots**2 + 1))
    return expected, (even[0] - even[1]) / np.sqrt(1 + 1.57 / known[0])


@pytest.mark.parametrize("seed", range(20))
def test_the_verdict_is_that_of_an_independent_computation(seed: int) -> None:
    rng = random.Random(seed)
    before = {day: float(rng.randint(1, 9) * x) for day, x in weeks(10, 1.01).items()}
    for day in rng.sample(sorted(before), 3):
        del before[day]  # nights that never ran
    value = rng.uniform(0, 900)
    verdict = judge(NIGHT, value, before, BOUNDS)
    expected, spreads = independent(NIGHT, value, before)
    assert verdict is not None
    assert verdict.expected == pytest.approx(expected)
    narrower = 1.0 if verdict.days >= 2 * BOUNDS.least_days else 1.5
    assert verdict.spreads * narrower == pytest.approx(spreads)


def test_on_equal_weeks_a_weekday_is_expected_as_it_always_was() -> None:
    verdict = judge(NIGHT, 100, weeks(10), BOUNDS)
    assert verdict is not None
    assert verdict.expected == pytest.approx(100)
    assert verdict.spreads == pytest.approx(0, abs=1e-9)
    assert verdict.days == 8
    sunday = judge(
        NIGHT - timedelta(days=1), 30, {d: v for d, v in weeks(11).items() if d < NIGHT}, BOUNDS
    )
    assert sunday is not None
    assert sunday.expected == pytest.approx(30)


def test_growth_moves_what_is_expected() -> None:
    verdict = judge(NIGHT, 110, weeks(10, 1.1), BOUNDS)
    assert verdict is not None
    # the level lies behind by what growth was within its fourteen days, each week alike
    assert verdict.expected == pytest.approx(100, rel=0.01)
    assert not verdict.is_unusual(BOUNDS)


@pytest.mark.parametrize(("count", "judged"), [(4, False), (5, True), (10, True)])
def test_there_is_no_verdict_on_few_weeks(count: int, judged: bool) -> None:
    # the first week has no level yet; then four Mondays are needed
    verdict = judge(NIGHT, 0, weeks(count), BOUNDS)
    assert (verdict is not None) == judged
    if verdict is not None:
        assert verdict.days == min(count - 1, 8)


def test_few_weeks_have_a_wider_bound() -> None:
    few, many = judge(NIGHT, 60, weeks(8), BOUNDS), judge(NIGHT, 60, weeks(10), BOUNDS)
    assert few is not None
    assert many is not None
    assert (few.days, many.days) == (7, 8)
    assert abs(few.spreads) < abs(many.spreads) / 1.4


def test_small_streams_and_those_that_rarely_land_have_no_verdict() -> None:
    assert judge(NIGHT, 0, weeks(10, levels=(19,) * 7), BOUNDS) is None
    assert judge(NIGHT, 0, weeks(10, levels=(0, 500, 0, 0, 0, 0, 0)), BOUNDS) is None
    weekly = judge(NIGHT, 0, weeks(10, levels=(500, 0, 0, 0, 0, 0, 0)), BOUNDS)
    assert weekly is not None
    assert weekly.has_collapsed(BOUNDS)


@pytest.mark.parametrize(
    ("value", "unusual", "collapsed", "surged"),
    [
        (100, False, False, False),
        (75, False, False, False),
        (50, True, False, False),
        (20, True, True, False),
        (0, True, True, False),
        (200, True, False, False),
        (350, True, False, True),
    ],
)
def test_what_is_far_from_usual(value: float, unusual: bool, collapsed: bool, surged: bool) -> None:
    verdict = judge(NIGHT, value, weeks(10), BOUNDS)
    assert verdict is not None
    assert verdict.is_unusual(BOUNDS) == unusual
    assert verdict.has_collapsed(BOUNDS) == collapsed
    assert verdict.has_surged(BOUNDS) == surged


def test_an_odd_day_moves_nothing_and_negative_sums_are_nothing() -> None:
    before = weeks(10)
    plain = judge(NIGHT, 100, before, BOUNDS)
    before[NIGHT - timedelta(days=7)] = 5000
    before[NIGHT - timedelta(days=10)] = -900
    odd = judge(NIGHT, 100, before, BOUNDS)
    assert plain is not None
    assert odd is not None
    assert odd.expected == pytest.approx(plain.expected, rel=0.12)
    assert not odd.is_unusual(BOUNDS)


def test_a_source_that_began_lately_is_not_judged_by_the_days_before_it() -> None:
    """On the first days there was nothing, whatever the weekday: that tells of no weekday."""
    before = {day: v if (NIGHT - day).days <= 20 else 0.0 for day, v in weeks(10).items()}
    assert judge(NIGHT, 5000, before, BOUNDS) is None
    before = {day: v if (NIGHT - day).days <= 37 else 0.0 for day, v in weeks(10).items()}
    verdict = judge(NIGHT, 5000, before, BOUNDS)
    assert verdict is not None
    assert verdict.days == 4
    assert verdict.expected == pytest.approx(100)


def test_later_days_do_not_count() -> None:
    before = weeks(10)
    later = {NIGHT + timedelta(days=day): 1e6 for day in range(30)}
    assert judge(NIGHT, 100, before | later, BOUNDS) == judge(NIGHT, 100, before, BOUNDS)
