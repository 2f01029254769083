"""Made-up years of a home, night by night, as the gates' own statistics see them.

What a night adds to each table has a weekday, a season, growth, noise and holidays that nobody
wrote down; the sale and Christmas stand in the home's config/quality.yml, as a team would have it.
"""

from __future__ import annotations

import copy
import math
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import duckdb

from reachline.arrow import pa
from reachline.configuration.quality import KnownAnomaly
from reachline.quality import drift, volume
from reachline.quality.figures import ALL, Figures, Tables
from reachline.quality.running import Change
from reachline.settings import Quality

FIRST = date(2025, 1, 1)
WARM_UP = 90
"""Nights before the year that is judged."""
YEAR = 365

ORDERS, CLICKS, POSTS = "core.fct_orders", "core.fct_clicks", "core.fct_post_latest"
BUSY_WEEKDAYS = (1.0, 1.0, 1.05, 1.1, 1.2, 0.7, 0.6)
IDLE_WEEKDAYS = (0.9, 0.85, 0.9, 0.95, 1.1, 1.3, 1.2)


@dataclass(frozen=True)
class Stream:
    """What a table, or a platform's part of it, gets a night: rows, sums a row, shares filled."""

    table: str
    platform: str
    landed_as: tuple[str, str]
    rows: float
    sums: dict[str, float] = field(default_factory=dict)
    filled: dict[str, float] = field(default_factory=dict)
    weekdays: tuple[float, ...] = BUSY_WEEKDAYS
    noise: float = 0.1


def home(scale: float) -> list[Stream]:
    """Return the streams of a home of a size; 1 is a brand of 150 orders a day."""
    return [
        Stream(
            *(ORDERS, ALL, ("inbox", "orders"), 150 * scale),
            {"net_revenue": 45.0, "gross_profit": 14.0},
            {"order_id": 1.0, "customer_id": 0.95, "discount_code": 0.3},
        ),
        Stream(CLICKS, ALL, ("ga4", "clicks"), 1200 * scale, {}, {"visitor_id": 0.9}),
        Stream("core.fct_refunds", ALL, ("inbox", "refunds"), 9 * scale, {}, {"refund_id": 1.0}),
        *(
            Stream(
                *(POSTS, platform, (platform, "posts"), rows * scale),
                {"views": views, "likes": views / 15},
                {"post_id": 1.0, "views": 0.97},
                IDLE_WEEKDAYS,
                noise=0.15,
            )
            for platform, rows, views in (
                ("instagram", 80, 2400.0),
                ("tiktok", 40, 6000.0),
                ("mastodon", 30, 90.0),
            )
        ),
    ]


@dataclass
class Night:
    """What one night added, and what landed for it."""

    day: date
    added: dict[tuple[str, str], Figures]
    landed: dict[tuple[str, str], int]


class Year:
    """The nights of a home, of a seed."""

    def __init__(self, seed: int, scale: float, growth: float) -> None:
        """Make them up; a year grows by the factor `growth`."""
        self.rng = random.Random(f"{seed} {scale} {growth}")
        self.streams = home(scale)
        self.quality = Quality(known_anomalies=_known())
        self.special = self._special_days()
        self.nights = [
            self._night(FIRST + timedelta(days=i), growth ** (i / YEAR))
            for i in range(WARM_UP + YEAR)
        ]
        self.totals = list(self._running())

    def judged(self) -> Iterator[int]:
        """Yield the positions of the nights of the year, without those before it."""
        yield from range(WARM_UP, WARM_UP + YEAR)

    def is_ordinary(self, position: int) -> bool:
        """Return whether nothing special was on a night."""
        return self.nights[position].day not in self.special

    def findings(
        self, position: int, spoil: Callable[[Night, Tables], None] | None = None
    ) -> dict[str, tuple[str, ...]]:
        """Return what the gates find of a night, spoiled if need be: block and warn."""
        night, before = copy.deepcopy(self.nights[position]), self.totals[position - 1]
        now = copy.deepcopy(before)
        if spoil is None:
            _accumulate(now, night.added)
        else:
            spoil(night, now)
        window = self.nights[max(0, position - 75) : position]
        nights = {n.day: self.totals[position - len(window) + i] for i, n in enumerate(window)}
        found: dict[str, tuple[str, ...]] = {"block": (), "warn": ()}
        with duckdb.connect() as con:
            drift.gather(
                con,
                night.day,
                now,
                drift.Before(before, nights, 99, Change(), lambda *_: 0.0),
                self.quality,
            )
            rows = con.execute("select finding, change, known from drift order by all").fetchall()
            con.execute("attach ':memory:' as work; create schema work.landing")
            con.execute("create schema work.ops")
            batches = [
                {"source": name[0], "stream": name[1], "logical_date": n.day, "rows": count}
                for n in (*window, night)
                for name, count in n.landed.items()
            ]
            con.register("landed", pa.Table.from_pylist(batches))
            con.execute(
                "create table work.landing.batches as select *, 'ok' as status, "
                "false as is_held from landed"
            )
            volume.gather(con, night.day, self.quality)
            rows += con.execute(
                "select finding, change, known from work.ops.volume where finding <> 'usual'"
            ).fetchall()
        for finding, change, known in rows:
            severity = "warn" if finding == "unusual" or known else "block"
            found[severity] += (change,)
        return found

    def _special_days(self) -> dict[date, float]:
        """Return days by how much they sell: ten holidays, a sale of four days, Christmas."""
        days = {
            FIRST + timedelta(days=self.rng.randrange(WARM_UP, WARM_UP + YEAR)): self.rng.uniform(
                0.5, 0.8
            )
            for _ in range(10)
        }
        for anomaly, factors in zip(
            _known(), ((3.5, 2.2, 2.0, 3.0), (0.5, 0.25, 0.4)), strict=True
        ):
            for i, factor in enumerate(factors):
                days[anomaly.first + timedelta(days=i)] = factor
        return days

    def _night(self, day: date, level: float) -> Night:
        season = 1 + 0.25 * math.sin(2 * math.pi * day.timetuple().tm_yday / 365)
        added, landed = {}, {}
        for stream in self.streams:
            mean = stream.rows * stream.weekdays[day.weekday()] * season * level
            rows = self._count(mean * self.special.get(day, 1.0), stream.noise)
            added[stream.table, stream.platform] = Figures(
                rows,
                {
                    name: round(rows * each * self._factor(0.04 + 0.6 / math.sqrt(rows + 1)), 2)
                    for name, each in stream.sums.items()
                },
                {
                    name: sum(self.rng.random() < share for _ in range(rows)) if share < 1 else rows
                    for name, share in stream.filled.items()
                },
            )
            landed[stream.landed_as] = rows
        return Night(day, added, landed)

    def _count(self, mean: float, noise: float) -> int:
        mean *= self._factor(noise)
        if mean > 60:
            return max(round(self.rng.gauss(mean, math.sqrt(mean))), 0)
        count, chance, bound = 0, self.rng.random(), math.exp(-mean)
        while chance > bound:
            chance *= self.rng.random()
            count += 1
        return count

    def _factor(self, noise: float) -> float:
        return self.rng.lognormvariate(-noise * noise / 2, noise)

    def _running(self) -> Iterator[Tables]:
        tables: Tables = {}
        for night in self.nights:
            _accumulate(tables, night.added)
            yield copy.deepcopy(tables)


def _known() -> tuple[KnownAnomaly, ...]:
    return tuple(
        KnownAnomaly.model_validate({"name": name, "reason": "As each year.", "from": a, "to": b})
        for name, a, b in (
            ("Black Friday", date(2025, 11, 28), date(2025, 12, 1)),
            ("Christmas", date(2025, 12, 24), date(2025, 12, 26)),
        )
    )


def _accumulate(tables: Tables, added: dict[tuple[str, str], Figures]) -> None:
    for (table, platform), figures in added.items():
        parts = tables.setdefault(table, {})
        for part in {ALL, platform}:
            parts.setdefault(part, Figures()).add(figures)


# --- incidents ------------------------------------------------------------------------------------


def _platform_halves(night: Night, now: Tables) -> None:
    _scale(night, (POSTS, "instagram"), 0.5)
    _accumulate(now, night.added)


def _metric_doubles(night: Night, now: Tables) -> None:
    """A platform's counter is delivered doubled, for all posts that are read."""
    _accumulate(now, night.added)
    views = now[POSTS]["tiktok"].sums["views"]
    for part in (ALL, "tiktok"):
        now[POSTS][part].sums["views"] += views


def _new_metric_doubles(night: Night, now: Tables) -> None:
    """Only what is new tonight counts twice."""
    night.added[POSTS, "tiktok"].sums["views"] *= 2
    _accumulate(now, night.added)


def _feed_twice(night: Night, now: Tables) -> None:
    """The day's orders come a second time, under ids of another form."""
    _scale(night, (ORDERS, ALL), 2)
    _accumulate(now, night.added)


def _feed_twice_same_ids(night: Night, now: Tables) -> None:
    """The day's orders come a second time: the tables hold each once."""
    night.landed["inbox", "orders"] *= 2
    _accumulate(now, night.added)


def _currencies_mixed(night: Night, now: Tables) -> None:
    """A third of the orders is in yen and says dollars."""
    for metric in ("net_revenue", "gross_profit"):
        night.added[ORDERS, ALL].sums[metric] *= 2 / 3 + 150 / 3
    _accumulate(now, night.added)


def _column_gone(night: Night, now: Tables) -> None:
    """New orders name no customer."""
    night.added[ORDERS, ALL].filled["customer_id"] = 0
    _accumulate(now, night.added)


def _mapping_broken(night: Night, now: Tables) -> None:
    """A mapping was edited, and no order names its customer any more."""
    _accumulate(now, night.added)
    now[ORDERS][ALL].filled["customer_id"] = 0


def _half_a_day(night: Night, now: Tables) -> None:
    _scale(night, (ORDERS, ALL), 0.5)
    _accumulate(now, night.added)


def _most_deleted(night: Night, now: Tables) -> None:
    """A file deletes 94 % of the orders."""
    _accumulate(now, night.added)
    orders = now[ORDERS][ALL]
    now[ORDERS][ALL] = Figures(
        round(orders.rows * 0.06),
        {name: found * 0.06 for name, found in orders.sums.items()},
        {name: round(found * 0.06) for name, found in orders.filled.items()},
    )


def _platform_silent(night: Night, now: Tables) -> None:
    """A platform answers, and has next to nothing."""
    _scale(night, (POSTS, "instagram"), 0.03)
    _accumulate(now, night.added)


def _scale(night: Night, name: tuple[str, str], factor: float) -> None:
    was = night.added[name]
    night.added[name] = replace(
        was,
        rows=round(was.rows * factor),
        sums={metric: found * factor for metric, found in was.sums.items()},
        filled={column: round(found * factor) for column, found in was.filled.items()},
    )
    landed_as = {
        (ORDERS, ALL): ("inbox", "orders"),
        (POSTS, "instagram"): ("instagram", "posts"),
    }[name]
    night.landed[landed_as] = round(night.landed[landed_as] * factor)


INCIDENTS: dict[str, Callable[[Night, Tables], None]] = {
    "a file deletes 94 % of the orders": _most_deleted,
    "a platform drops to half": _platform_halves,
    "a platform answers with next to nothing": _platform_silent,
    "a metric doubles, for all posts": _metric_doubles,
    "a metric doubles, for new posts": _new_metric_doubles,
    "a feed twice, under other ids": _feed_twice,
    "a feed twice, under the same ids": _feed_twice_same_ids,
    "currencies mixed (a third of the orders)": _currencies_mixed,
    "a column NULL in new rows": _column_gone,
    "a column NULL in all rows": _mapping_broken,
    "half a day of orders missing": _half_a_day,
}


@dataclass
class Tally:
    """What became of a year: nights that blocked or warned, and incidents by their end."""

    blocked: list[str] = field(default_factory=list)
    warned: int = 0
    incidents: dict[str, Counter[str]] = field(default_factory=dict)


def ordinary(year: Year, step: int = 1) -> Tally:
    """Judge every night of a year, or each `step`-th, as it was."""
    tally = Tally()
    for position in list(year.judged())[::step]:
        found = year.findings(position)
        if found["block"]:
            tally.blocked.append(f"{year.nights[position].day}: {', '.join(found['block'])}")
        elif found["warn"]:
            tally.warned += 1
    return tally


def planted(year: Year, each: int) -> dict[str, Counter[str]]:
    """Plant each incident on so many ordinary nights of a year; count blocked, warned, missed.

    Caught is what the gates say that they would not have said of the night as it was.
    """
    found: dict[str, Counter[str]] = {}
    nights = [position for position in year.judged() if year.is_ordinary(position)]
    for position in year.rng.sample(nights, each):
        as_it_was = year.findings(position)
        for name, spoil in INCIDENTS.items():
            seen = year.findings(position, spoil)
            outcome = "missed"
            if set(seen["block"]) - set(as_it_was["block"]):
                outcome = "blocked"
            elif set(seen["warn"]) - set(as_it_was["warn"]):
                outcome = "warned"
            found.setdefault(name, Counter())[outcome] += 1
    return found
