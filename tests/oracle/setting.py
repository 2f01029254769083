"""The logical date, the reporting zone, and the configuration as its files say it."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import yaml

from . import text
from .streams import Landed, Row

CODES = {
    "post_days": Fraction(14), "orders_min": Fraction(10), "early_orders": Fraction(5),
    "no_touch_share": Fraction(1, 2), "new_customers_ratio": Fraction(4, 5),
    "without_posts_ratio": Fraction(1), "own_orders": Fraction(2),
}  # fmt: skip
WEIGHTS = {"relevance": 0.35, "er_percentile": 0.3, "authenticity": 0.2, "affinity": 0.15}


@dataclass(frozen=True)
class Brand:
    brand_id: str
    name: str
    role: str
    handles: dict[str, list[str]]
    hashtags: list[str]
    keywords: list[str]
    domains: list[str]
    competitors: list[str]
    niches: list[str] = field(default_factory=list)
    exclude: list[str] = field(default_factory=list)

    def is_named_in(self, said: str | None) -> bool:
        """Whether one of its keywords stands in a text."""
        return text.names(said, self.keywords, self.exclude)

    @property
    def disclosures(self) -> set[str]:
        """The hashtags that tell of an advertisement for this brand alone."""
        plain = {
            "".join(
                char for char in text.hashtag(name) if text.is_wordy(char) or text.is_mark(char)
            )
            for name in (self.name, self.brand_id, *self.hashtags)
        }
        ends = ("partner", "ambassador", "ad", "sponsored")
        return {
            f"#{name}{sign}{end}" for name in plain - {""} for end in ends for sign in ("", "_")
        }


class Token(NamedTuple):
    """A row of disclosure.csv; `ordinary_in` as it is written there."""

    language: str
    token: str
    strength: str
    place: str = "anywhere"
    ordinary_in: str = ""


@dataclass(frozen=True)
class Setting:
    """What a night is a function of, landing aside."""

    day: date
    zone: ZoneInfo
    currency: str
    brands: dict[str, Brand]
    tiers: list[tuple[str, str, int, int | None]]
    metrics: list[tuple[str, str]]
    # (platform, content type or *, action, value of one, currency)
    emv_rates: list[tuple[str, str, str, Fraction, str]] = field(default_factory=list)
    disclosure: list[Token] = field(default_factory=list)
    # platform or * → characters and lines of a text that a reader sees; None where all
    folds: dict[str, tuple[int | None, int | None]] = field(default_factory=dict)
    # the day from which a stream (orders, clicks), or the mentions of a brand, are watched
    coverage: dict[str, Any] = field(default_factory=dict)
    kept_up_days: int = 30
    profit_coverage_min: Fraction = Fraction(9, 10)
    # (signal, comparison, bound, min_sample, points), in the order of the file
    authenticity: list[tuple[str, str, str, int, int]] = field(default_factory=list)
    authenticity_min_score: int = 65
    # weight of each part of a score
    discovery: dict[str, float] = field(default_factory=lambda: dict(WEIGHTS))
    shortlist_tiers: tuple[str, ...] = ("micro",)
    credits_renewals: bool = False
    window_days: int = 30
    half_life_days: int = 7
    codes: dict[str, Fraction] = field(default_factory=lambda: dict(CODES))
    # whose clicks count before those of others; inbox: files of clicks, and other tools' after them
    prefer: tuple[str, ...] = ("inbox", "ga4", "shopify")

    def is_recent(self, day: date, days: int) -> bool:
        """Whether a day is one of so many that end with D."""
        return self.day - timedelta(days=days) < day <= self.day

    @property
    def end(self) -> datetime:
        """The end of D in the reporting zone, as a UTC time; what happens then is not in D."""
        return self.midnight(self.day + timedelta(days=1))

    def midnight(self, day: date) -> datetime:
        local = datetime.combine(day, time(), tzinfo=self.zone)
        return local.astimezone(UTC).replace(tzinfo=None)

    def day_of(self, at: datetime) -> date:
        """The day of a UTC time in the reporting zone."""
        return at.replace(tzinfo=UTC).astimezone(self.zone).date()

    def public(self, row: Row) -> list[int | None]:
        """The components of a snapshot that any public post of its platform carries."""
        platform = row["platform"]
        mine = [m for p, m in self.metrics if p == platform]
        return [row[m] for m in mine or [m for p, m in self.metrics if p == "*"]]

    def tier(self, platform: str, followers: int | None) -> str | None:
        if followers is None:
            return None
        mine = [t for t in self.tiers if t[0] == platform] or [t for t in self.tiers if t[0] == "*"]
        for _, name, low, high in mine:
            if low <= followers and (high is None or followers <= high):
                return name
        return None


def read_setting(folder: Path, day: date) -> Setting:
    """The setting of a night for `day` from a configuration folder."""
    document = yaml.safe_load((folder / "brands.yml").read_text(encoding="utf-8"))
    reporting = document.get("reporting") or {}
    with (folder / "tiers.csv").open(encoding="utf-8", newline="") as file:
        tiers = [
            (
                row["platform"].strip(),
                row["tier"].strip(),
                int(row["min_followers"] or 0),
                int(row["max_followers"]) if row["max_followers"] else None,
            )
            for row in csv.DictReader(file)
        ]
    with (folder / "platform_metrics.csv").open(encoding="utf-8", newline="") as file:
        metrics = [(row["platform"].strip(), row["metric"].strip()) for row in csv.DictReader(file)]
    brands = {
        brand["brand_id"]: Brand(
            brand["brand_id"],
            brand["name"],
            brand["role"],
            {
                platform: [text.handle(name) for name in names]
                for platform, names in (brand.get("handles") or {}).items()
            },
            [text.hashtag(name) for name in brand.get("hashtags") or []],
            [text.fold(word.strip()) for word in brand.get("keywords") or []],
            [text.lower(domain.strip()) for domain in brand.get("domains") or []],
            list(brand.get("competitors") or []),
            [text.hashtag(name) for name in brand.get("niches") or []],
            [term.strip() for term in brand.get("exclude") or []],
        )
        for brand in document["brands"]
    }
    thresholds = yaml.safe_load((folder / "thresholds.yml").read_text(encoding="utf-8")) or {}
    credited = thresholds.get("attribution") or {}
    sources = yaml.safe_load((folder / "sources.yml").read_text(encoding="utf-8")) or {}
    return Setting(
        day,
        ZoneInfo(reporting.get("time_zone", "UTC")),
        reporting.get("currency", "USD"),
        brands,
        tiers,
        metrics,
        [
            (
                *(row[name].strip() for name in ("platform", "content_type", "action")),
                Fraction(row["value"].strip()),
                row["currency"].strip(),
            )
            for row in _csv(folder / "emv_rates.csv")
        ],
        [
            Token(*(row[name].strip() for name in Token._fields))
            for row in _csv(folder / "disclosure.csv")
        ],
        {
            row["platform"].strip(): (_number(row["characters"]), _number(row["lines"]))
            for row in _csv(folder / "platform_folds.csv")
        },
        sources.get("coverage") or {},
        int(thresholds.get("kept_up_days", 30)),
        Fraction(str(thresholds.get("profit_coverage_min", "0.9"))),
        [
            (
                *(row[name].strip() for name in ("signal", "comparison", "bound")),
                int(row["min_sample"]),
                int(row["points"]),
            )
            for row in _csv(folder / "authenticity.csv")
        ],
        int(thresholds.get("authenticity_min_score", 65)),
        {row["part"].strip(): float(row["weight"]) for row in _csv(folder / "discovery.csv")},
        tuple(thresholds.get("shortlist_tiers", ["micro"])),
        bool(credited.get("renewals", False)),
        int(credited.get("window_days", 30)),
        int(credited.get("half_life_days", 7)),
        {**CODES, **{k: Fraction(str(v)) for k, v in (thresholds.get("codes") or {}).items()}},
        tuple((sources.get("clicks") or {}).get("prefer", ("inbox", "ga4", "shopify"))),
    )


def _number(value: str) -> int | None:
    return int(value) if value.strip() else None


def _csv(path: Path) -> list[dict[str, str]]:
    """The rows of a table of the configuration."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@dataclass(frozen=True)
class Night:
    """One night's input: what landed so far, and the setting. Every table is a function of it."""

    landed: Landed
    setting: Setting
    # languages of posts whose platform gives none, as another found them: an input here
    detected: dict[str, str] = field(default_factory=dict)
    # texts in which an address may stand, as another masked them: an input here
    masked: dict[str, str] = field(default_factory=dict)
    kept: dict[str, list[Row]] = field(default_factory=dict)

    def rows(self, stream: str) -> list[Row]:
        """The live rows of a stream as of D, those of later event times left out."""
        if stream not in self.kept:
            self.kept[stream] = self._rows(stream)
        return self.kept[stream]

    def _rows(self, stream: str) -> list[Row]:
        until = self.setting.end if stream == "posts" else None
        found = self.landed.current(stream, until)
        column = EVENT_TIME.get(stream)
        return [row for row in found if column is None or row[column] < self.setting.end]


EVENT_TIME = {
    "orders": "ordered_at",
    "refunds": "refunded_at",
    "clicks": "clicked_at",
    "profiles": "observed_at",
    "post_metrics": "observed_at",
    "posts": "published_at",
    "outreach": "status_at",
}


def group(rows: Sequence[Any], key: Any) -> dict[Any, list[Any]]:
    """Rows by key, in the order in which they came."""
    found: dict[Any, list[Any]] = {}
    for row in rows:
        found.setdefault(key(row), []).append(row)
    return found


def ratio(above: Any, below: Any) -> float | None:
    """A quotient as a double; None where it has no value."""
    if above is None or not below:
        return None
    return float(Fraction(above) / Fraction(below))


def total(values: Any) -> int | None:
    """The sum of what is known; None where nothing is."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def quantile(values: Sequence[Fraction | int], share: Fraction) -> Fraction | None:
    """A quantile by linear interpolation."""
    if not values:
        return None
    values = [Fraction(value) for value in sorted(values)]
    at = share * (len(values) - 1)
    low = int(at)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (at - low)


def median(values: Sequence[Fraction | int]) -> Fraction | None:
    return quantile(values, Fraction(1, 2))
