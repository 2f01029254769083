"""What a night's count, or sum, should be by the weeks before it, and how far it is from that.

A day is a multiple of its level, the median of the fourteen days before it, which hold each weekday
twice: so growth and seasons move the level, and weekdays the multiple. What is expected of a night
is its level times the median multiple of the same weekday. Days scatter around that as counts do
(variance = mean) and by a share beyond (variance = share² x mean²), which the median of the
distances tells; a distance is measured where both together are 1, on the inverse hyperbolic sine of
the root (negative binomial). Medians throughout: a single odd day, in the past or in the level,
moves little.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import NamedTuple

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

    def has_collapsed(self, bounds: UsualBounds, *, borne: float = 1.0) -> bool:
        """Return whether so little came that figures of the day would be wrong.

        `borne` is the share of what was expected that would be as well.
        """
        return (
            self.spreads < -bounds.block_spreads
            and self.value < bounds.collapse_share * borne * self.expected
        )

    def has_surged(self, bounds: UsualBounds, *, borne: float = 1.0) -> bool:
        """Return whether so much came that figures of the day would be wrong.

        `borne` times what was expected would be as well.
        """
        return (
            self.spreads > bounds.block_spreads
            and self.value > bounds.surge_ratio * borne * self.expected
        )


def judge(
    night: date, value: float, before: Mapping[date, float], bounds: UsualBounds
) -> Verdict | None:
    """Compare a night's value with those of the days `before` it; days of later dates don't count.

    A day on which nobody looked has no entry, one on which nothing came has 0; what was before the
    first day with anything tells nothing, as the source was not there yet. Negative values
    count as 0: a sum that went back tells nothing of how much is usual. None: there are too few of
    the same weekday, or less than `least_rows` are expected.
    """
    size = 7 * bounds.weeks
    # by days before the night: values[1] is the day before
    values: list[float | None] = [None] * (size + LEVEL_DAYS + 1)
    for day, found in before.items():
        back = (night - day).days
        if 0 < back < len(values):
            values[back] = max(found, 0.0)
    begun = max((back for back, found in enumerate(values) if found), default=0)
    values[begun + 1 :] = [None] * (len(values) - begun - 1)
    level = _level(values, 0)
    if level is None:
        return None
    weekdays: dict[int, list[_Day]] = {}
    for back in range(1, size + 1):
        of_day, found_then = _level(values, back), values[back]
        if of_day is not None and found_then is not None:
            weekdays.setdefault(back % 7, []).append(_Day(of_day, found_then))
    same = weekdays.get(0, [])
    if len(same) < bounds.least_days:
        return None
    expected = _expected(level, _multiple(same))
    if expected < bounds.least_rows:
        return None
    variation = max(_variation(list(weekdays.values())), LEAST_VARIATION**2)
    # the median of n days is itself off by 1.57 / n of their variance
    error = math.sqrt(1 + 1.57 / len(same))
    spreads = (_even(max(value, 0.0), variation) - _even(expected, variation)) / error
    if len(same) < 2 * bounds.least_days:
        spreads /= WIDER
    return Verdict(value, expected, spreads, len(same))


class _Day(NamedTuple):
    level: float
    value: float


def _level(values: Sequence[float | None], back: int) -> float | None:
    """Return the median of the days before a day; None with fewer than a week of them."""
    known = [value for value in values[back + 1 : back + 1 + LEVEL_DAYS] if value is not None]
    return median(known) if len(known) >= LEAST_LEVEL_DAYS else None


def _multiple(days: Sequence[_Day]) -> float:
    return median((day.value + _HALF) / (day.level + _HALF) for day in days)


def _expected(level: float, multiple: float) -> float:
    return max(multiple * (level + _HALF) - _HALF, 0.0)


def _variation(weekdays: Sequence[Sequence[_Day]]) -> float:
    """Return the square of the share by which days differ beyond what chance does to counts."""
    distances, expected = [], []
    for days in weekdays:
        if len(days) > 1:
            multiple = _multiple(days)
            # a day is part of the median that it is compared with: fewer days seem closer than
            # they are
            bias = math.sqrt(len(days) / (len(days) - 1))
            for day in days:
                usual = _expected(day.level, multiple)
                distances.append(abs(_root(day.value) - _root(usual)) * bias)
                expected.append(usual)
    dispersion = (_MAD_TO_DEVIATION * median(distances)) ** 2
    return (dispersion - 1) / max(median(expected), 1.0)


def _root(value: float) -> float:
    """Return twice the root (Anscombe): a Poisson count scatters by 1 there, however large."""
    return 2 * math.sqrt(value + 0.375)


def _even(value: float, variation: float) -> float:
    """Return the value on the scale on which it scatters by 1, at any size.

    Its variance is mean + variation x mean²: small counts scatter as on roots, large ones as on
    logarithms.
    """
    return 2 * math.asinh(math.sqrt(variation * (value + 0.375))) / math.sqrt(variation)
