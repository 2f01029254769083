"""Whom to book next: a creator's collaborations, weighed against those of the brand's creators."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from .commerce import Table, rounded
from .compare import About, Near
from .returns import DEFAULT, Returns, money
from .setting import Setting, group, ratio
from .social import Social
from .streams import Row

Z = 1.959964
FEWEST = 4  # creators, to pull one to their mean
REPEATS = 5  # second collaborations, to go by how far these are from the first
THOUSAND = Decimal(1000)


@dataclass(frozen=True)
class Guess:
    """What a creator's next collaboration earns: a mean, and what is not known of it."""

    mean: float
    weight: float
    own_variance: float
    shared_error: float
    variance_of_one: float

    @property
    def variance(self) -> float:
        return self.own_variance + self.shared_error**2


@dataclass(frozen=True)
class Bookings:
    """The brands and creators of a night."""

    social: Social
    returns: Returns

    @property
    def setting(self) -> Setting:
        return self.social.setting

    def next_bookings(self) -> Table:
        deals = [
            {**row, "brand_id": self.returns.campaigns[row["campaign_id"]]["brand_id"]}
            for row in self.social.live.values()
        ]
        table: Table = {}
        for brand, rows in group(deals, lambda row: row["brand_id"]).items():
            pairs = group(rows, lambda row: row["creator_id"])
            found = {creator: self.earned(mine) for creator, mine in pairs.items()}
            guesses = guess({creator: told for creator, told in found.items() if told})
            prices = {creator: self.last(mine) for creator, mine in pairs.items()}
            for creator, mine in pairs.items():
                table[(brand, creator)] = {
                    **self.capacity(mine),
                    "collaborations_measured": len(found[creator]),
                    "collaborations_running": sum(
                        self.returns.campaigns[row["campaign_id"]]["ends_on"] >= self.setting.day
                        for row in mine
                        if self.is_known(row)
                    ),
                    **judged(guesses.get(creator), *prices[creator][1:], len(found[creator])),
                    "last_collaboration_id": prices[creator][0],
                    "last_cost": prices[creator][1],
                    "last_fee": prices[creator][2],
                }
            for creator, row in spent(guesses, prices).items():
                table[(brand, creator)] |= row
        return table

    def is_known(self, deal: Row) -> bool:
        """Whether the profit of a collaboration is known."""
        figures = self.returns.figures({deal["collaboration_id"]}, DEFAULT)
        enough = float(self.setting.profit_coverage_min)
        return self.returns.is_told(deal) and figures["profit_coverage"] >= enough

    def earned(self, deals: list[Row]) -> list[list[Fraction]]:
        """The profit before costs of each collaboration whose profit is known, day by day."""
        return [self.days_of(deal) for deal in deals if self.is_known(deal)]

    def days_of(self, deal: Row) -> list[Fraction]:
        """What a collaboration earned on each day that counts as one of its own."""
        by_day: dict[date, Fraction] = defaultdict(Fraction)
        for (_, method, _), row in self.returns.attribution.items():
            if method == DEFAULT and row["collaboration_id"] == deal["collaboration_id"]:
                by_day[row["ordered_on"]] += Fraction(row["attributed_profit"] or 0)
        campaign = self.returns.campaigns[deal["campaign_id"]]
        until = min(campaign["ends_on"] + timedelta(days=30), self.setting.day)
        quiet = (until - campaign["starts_on"]).days + 1 - len(by_day)
        return [*by_day.values(), *[Fraction(0)] * quiet]

    def last(self, deals: list[Row]) -> tuple[str | None, Decimal | None, Decimal | None]:
        """The last collaboration that was agreed by D, its cost, and the fee in it."""
        agreed = [
            (row["agreed_on"] or self.returns.campaigns[row["campaign_id"]]["starts_on"], key)
            for row in deals
            if (key := row["collaboration_id"])
        ]
        agreed = [pair for pair in agreed if pair[0] <= self.setting.day]
        if not agreed:
            return None, None, None
        _, latest = max(agreed)
        costs = [
            row
            for row in self.returns.costs.values()
            if row["collaboration_id"] == latest and row["is_committed_cost"]
        ]
        if any(row["amount"] is None for row in costs):
            return latest, None, None
        fees = [row["amount"] for row in costs if row["kind"] == "fee"]
        return latest, money(row["amount"] for row in costs), money(fees)

    def capacity(self, deals: list[Row]) -> Row:
        campaigns = [self.returns.campaigns[row["campaign_id"]] for row in deals]
        starts = sorted(row["starts_on"] for row in campaigns)
        last_on = max(row["ends_on"] for row in campaigns)
        gaps = [(later - earlier).days for earlier, later in pairwise(starts)]
        return {
            "collaborations": len(deals),
            "last_on": last_on,
            "days_since_last": (self.setting.day - last_on).days,
            "days_between": ratio(sum(gaps), len(gaps)) if gaps else None,
        }


def guess(earned: dict[str, list[list[Fraction]]]) -> dict[str, Guess]:
    """What is expected of each creator of a brand, of the days of their collaborations.

    The prior is normal about the brand's mean; its mean and variance come from the creators
    themselves, and a creator's own collaborations update it.
    """
    if len(earned) < FEWEST:
        return {}
    sums = {creator: [sum(days, Fraction(0)) for days in told] for creator, told in earned.items()}
    chances = [by_chance(days) for told in earned.values() for days in told]
    within = sum(chances, Fraction(0)) / len(chances)
    second = sum(len(mine) - 1 for mine in sums.values())
    if second >= REPEATS:
        apart = sum((x - mean(mine)) ** 2 for mine in sums.values() for x in mine) / second
        within = max(within, apart)
    counts = {creator: len(mine) for creator, mine in sums.items()}
    n, k = sum(counts.values()), len(counts)
    middle = mean([x for mine in sums.values() for x in mine])
    spread = sum(counts[c] * (mean(mine) - middle) ** 2 for c, mine in sums.items())
    scale = n - Fraction(sum(count * count for count in counts.values()), n)
    between = max(Fraction(0), (spread - (k - 1) * within) / scale)
    if between:
        precisions = {c: 1 / (between + within / count) for c, count in counts.items()}
    else:
        precisions = {c: count / (within or Fraction(1)) for c, count in counts.items()}
    whole = sum(precisions.values())
    prior = sum(precisions[c] * mean(mine) for c, mine in sums.items()) / whole
    of_prior = 1 / whole if between or within else Fraction(0)
    found = {}
    for creator, mine in sums.items():
        weight = between / (between + within / counts[creator]) if between else Fraction(0)
        off = (1 - weight) * (mean(mine) - prior)
        found[creator] = Guess(
            mean=float(prior + weight * (mean(mine) - prior)),
            weight=float(weight),
            own_variance=float(between * (1 - weight) + off * off * Fraction(2, k - 3)),
            shared_error=float(1 - weight) * float(of_prior) ** 0.5,
            variance_of_one=float(within),
        )
    return found


def by_chance(days: list[Fraction]) -> Fraction:
    """How far the sum of some days may be off: their number times their sample variance."""
    if len(days) < 2:
        return sum((x * x for x in days), Fraction(0))
    middle = mean(days)
    return len(days) * sum((x - middle) ** 2 for x in days) / (len(days) - 1)


def mean(values: list[Fraction]) -> Fraction:
    return sum(values, Fraction(0)) / len(values)


def judged(guessed: Guess | None, cost: Decimal | None, fee: Decimal | None, measured: int) -> Row:
    """What is expected of the next collaboration, and what to do."""
    names = (
        "expected_profit", "expected_profit_low", "expected_profit_high", "next_profit_low",
        "next_profit_high", "next_break_even_fee", "profit_per_1000", "profit_per_1000_low",
        "profit_per_1000_high", "spend_order", "spent_before", "next_1000_part",
        "next_1000_profit", "next_1000_profit_low", "next_1000_profit_high",
    )  # fmt: skip
    row: Row = {
        "expected_earned": Near(guessed.mean) if guessed else None,
        "own_weight": About(guessed.weight, 1e-6) if guessed else None,
        "verdict": "too_early",
        "how_sure": "not_known",
        **dict.fromkeys(names),
    }
    if guessed is None or cost is None or fee is None:
        return row
    profit, free = guessed.mean - float(cost), guessed.mean - float(cost - fee)
    half = Z * guessed.variance**0.5
    half_of_one = Z * (guessed.variance + guessed.variance_of_one) ** 0.5
    low, high = profit - half, profit + half
    row |= {
        "expected_profit": Near(profit),
        "expected_profit_low": Near(low),
        "expected_profit_high": Near(high),
        "next_profit_low": Near(profit - half_of_one),
        "next_profit_high": Near(profit + half_of_one),
        "next_break_even_fee": Near(free),
        "verdict": verdict(low, profit, high, free),
        "how_sure": "unsure" if low <= 0 <= high else "sure" if measured >= 3 else "fairly_sure",
    }
    if cost:
        for name, value in (("", profit), ("_low", low), ("_high", high)):
            rate = 1000 * value / float(cost)
            # of amounts that are rounded to 4 decimals
            row[f"profit_per_1000{name}"] = About(rate, 1000 * 1e-4 / float(cost))
    return row


def verdict(low: float, profit: float, high: float, free: float) -> str:
    """What to do, by the interval of the profit, and the fee that breaks even."""
    if low > 0:
        return "rebook"
    if high < 0 or free <= 0:
        return "stop"
    return "try_again" if profit > 0 else "renegotiate"


def spent(
    guesses: dict[str, Guess], prices: dict[str, tuple[str | None, Decimal | None, Decimal | None]]
) -> Table:
    """Where the next thousand goes: to who is expected to return most of it, and on."""
    takers = {
        creator: (guessed.mean - float(cost)) / float(cost)
        for creator, guessed in guesses.items()
        if (cost := prices[creator][1]) and rounded(Fraction(guessed.mean)) > cost
    }
    table: Table = {}
    before, profit, own, shared = Decimal(0), 0.0, 0.0, 0.0
    for place, creator in enumerate(sorted(takers, key=lambda c: (-takers[c], c)), 1):
        cost = prices[creator][1] or Decimal(0)
        part = min(cost, max(THOUSAND - before, Decimal(0)))
        table[creator] = {"spend_order": place, "spent_before": before, "next_1000_part": part}
        share = float(part / cost)
        profit += share * (guesses[creator].mean - float(cost))
        own += share**2 * guesses[creator].own_variance
        shared += share * guesses[creator].shared_error
        before += cost
    half = Z * (own + shared**2) ** 0.5
    whole = {
        "next_1000_profit": About(profit, 1e-4 * (len(takers) + 1)),
        "next_1000_profit_low": About(profit - half, 1e-4 * (len(takers) + 1)),
        "next_1000_profit_high": About(profit + half, 1e-4 * (len(takers) + 1)),
    }
    everybody = dict.fromkeys(prices, whole) if takers else {}
    return {creator: {**row, **table.get(creator, {})} for creator, row in everybody.items()}
