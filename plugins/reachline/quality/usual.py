"""What a night's count, or sum, should be by the weeks before it, and how far it is from that.

A day is a multiple of its level, the median of the fourteen days before it, which hold each weekday
twice: so growth and seasons move the level, and weekdays the multiple. What is expected of a night
is its level times the median multiple of the same weekday. Distances are measured where counts
scatter alike, on square roots (Anscombe), in units of how far days usually are from what was
expected of them (quasi-Poisson: the median of the distances tells the dispersion). Medians
throughout: a single odd day, in the past or in the level, moves little.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

from reachline.settings import UsualBounds

LEVEL_DAYS = 14
LEAST_LEVEL_DAYS = 7
WIDER = 1.5
"""So many times as far a night must be while there are fewer than twice `least_days`."""
LEAST_VARIATION = 0.05
"""Days scatter by this share at least: a feed that was the same for weeks may move a little."""

_HALF = 0.5  # a day of nothing is a multiple of a level of nothing
_MAD_TO_DEVIATION = 1.4826


@dataclass(frozen=True)
class Verdict:
    """How far a value is from what was expected of its night.

    `spreads` is the signed distance in usual distances, made smaller while there is little history;
    `days` is how many of the same weekday it rests on.
    """

    value: float
    expected: float
    spreads: float
    days: int

    def is_unusual(self, bounds: UsualBounds) -> bool:
        """Return whether the night should be looked at."""
        return abs(self.spreads) > bounds.warn_spreads

    def has_collapsed(self, bounds: UsualBounds) -> bool:
        """Return whether so little came that figures of the day would be wrong."""
        return (
            self.spreads < -bounds.block_spreads
            and self.value < bounds.collapse_share * self.expected
        )

    def has_surged(self, bounds: UsualBounds) -> bool:
        """Return whether so much came that figures of the day would be wrong."""
        return (
            self.spreads > bounds.block_spreads and self.value > bounds.surge_ratio * self.expected
        )


def judge(
    night: date, value: float, before: Mapping[date, float], bounds: UsualBounds
) -> Verdict | None:
    """Compare a night's value with those of the days `before` it; days of later dates don't count.

    A day on which nobody looked has no entry, one on which nothing came has 0. Negative values
    count as 0: a sum that went back tells nothing of how much is usual. None: there are too few of
    the same weekday, or less than `least_rows` are expected.
    """
    known = {day: max(found, 0.0) for day, found in before.items() if day < night}
    level = _level(night, known)
    if level is None:
        return None
    multiples: dict[int, list[tuple[float, float, float]]] = {}
    for back in range(1, 7 * bounds.weeks + 1):
        day = night - timedelta(days=back)
        of_day = _level(day, known)
        if day in known and of_day is not None:
            multiple = (known[day] + _HALF) / (of_day + _HALF)
            multiples.setdefault(back % 7, []).append((multiple, of_day, known[day]))
    same = multiples.get(0, [])
    if len(same) < bounds.least_days:
        return None
    expected = _expected(level, same)
    if expected < bounds.least_rows:
        return None
    distances = [
        abs(_root(found) - _root(_expected(of_day, days)))
        # a day is part of the median that it is compared with: fewer days seem closer than they are
        * math.sqrt(len(days) / (len(days) - 1))
        for days in multiples.values()
        if len(days) > 1
        for _, of_day, found in days
    ]
    dispersion = (_MAD_TO_DEVIATION * median(distances)) ** 2
    # the median of n days is itself off by 1.57 / n of their variance
    deviation = math.sqrt(
        max(dispersion, 1.0, LEAST_VARIATION**2 * expected) * (1 + 1.57 / len(same))
    )
    spreads = (_root(max(value, 0.0)) - _root(expected)) / deviation
    if len(same) < 2 * bounds.least_days:
        spreads /= WIDER
    return Verdict(value, expected, spreads, len(same))


def _level(day: date, known: Mapping[date, float]) -> float | None:
    """Return the median of the days before a day; None with fewer than a week of them."""
    days = [day - timedelta(days=back) for back in range(1, LEVEL_DAYS + 1)]
    found = [known[before] for before in days if before in known]
    return median(found) if len(found) >= LEAST_LEVEL_DAYS else None


def _expected(level: float, same: list[tuple[float, float, float]]) -> float:
    return max(median(multiple for multiple, *_ in same) * (level + _HALF) - _HALF, 0.0)


def _root(value: float) -> float:
    """Return twice the root (Anscombe): a Poisson count scatters by 1 there, however large."""
    return 2 * math.sqrt(value + 0.375)
