"""What content brings more than usual: posts with a value, against other posts of their account."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import cached_property

from . import text
from .commerce import Table, rounded
from .compare import About
from .returns import Returns
from .setting import Setting, group
from .social import Social
from .streams import Row

ACCOUNTS_MIN = 5
USUAL_MIN = 3  # posts
FALSE = 0.05  # of the verdicts other than unsure, so many may be wrong
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
LENGTHS = ((0, "0"), (80, "1-80"), (160, "81-160"), (300, "161-300"), (1000, "301-1000"))
GRADES = {"pass": "clear", "weak": "unclear", "missing": "missing"}
# of a difference that is rounded to 9 digits, and may lie between two of them
ROUNDING = 2e-9

Key = tuple[str, str, str]  # platform, facet, value


@dataclass(frozen=True)
class Sample:
    """The difference of each account that counts for a value, and how many posts it is of."""

    differences: list[Fraction]
    posts: int
    usual_posts: int

    @cached_property
    def mean(self) -> Fraction:
        return mean(self.differences)

    @cached_property
    def error(self) -> float:
        """The standard error of the mean."""
        count = len(self.differences)
        apart = sum((x - self.mean) ** 2 for x in self.differences) / (count - 1)
        return math.sqrt(apart / count)

    @cached_property
    def z(self) -> float:
        if not self.error:
            return math.inf if self.mean else 0.0
        return as_normal(float(self.mean) / self.error, len(self.differences) - 1)


@dataclass(frozen=True)
class Insights:
    """The posts of a program's creators, and what each of them brought per follower."""

    social: Social
    returns: Returns

    @property
    def setting(self) -> Setting:
        return self.social.setting

    def content_insights(self) -> Table:
        return judged(self.samples())

    @cached_property
    def posts(self) -> list[Row]:
        """The posts that count, with `told` and a set of values of each facet."""
        ages, paid = self.social.fct_post_at_age(), self.returns.post_performance()
        first = self.setting.day - timedelta(days=365)
        found = []
        for post_id, post in self.social.originals.items():
            told = ages.get((post_id, 7), {})
            engaged, followers = told.get("engagements_public"), told.get("followers_at_post")
            is_known = post["account_id"] in self.social.creator_of
            if not is_known or post["day"] < first or engaged is None or not followers:
                continue
            grade = paid[post_id,]["disclosure"] if (post_id,) in paid else None
            said = post["text"]
            if text.has_address(said):
                said = self.social.night.masked.get(post_id, said)
            found.append(
                {
                    "post_id": post_id,
                    "platform": post["platform"],
                    "account_id": post["account_id"],
                    "told": per_follower(engaged, followers),
                    "values": self.values_of(post, said, grade),
                }
            )
        return found

    def values_of(self, post: Row, said: str | None, grade: str | None) -> dict[str, set[str]]:
        """The values of a post by facet.

        `said` is its text, masked; `grade` its disclosure, None where it is not paid.
        """
        at = post["published_at"].replace(tzinfo=UTC).astimezone(self.setting.zone)
        found = {
            "content_type": {post["content_type"]} - {None},
            "weekday": {DAYS[at.weekday()]},
            "hour": {f"{at.hour - at.hour % 3:02d}-{at.hour - at.hour % 3 + 2:02d}"},
            "length": set() if said is None else {length(said)},
            "hashtag": set(post["hashtags"]),
            "disclosure": set(),
        }
        if grade is not None:
            found["disclosure"] = {"label" if post["is_paid_label"] else GRADES[grade]}
        return found

    def samples(self) -> dict[Key, Sample]:
        """What is known of each value for which enough accounts count."""
        counted: dict[Key, list[tuple[Fraction, int, int]]] = {}
        for posts in group(self.posts, lambda post: post["account_id"]).values():
            for facet in posts[0]["values"]:
                for value in sorted(set().union(*(post["values"][facet] for post in posts))):
                    mine = [p["told"] for p in posts if value in p["values"][facet]]
                    usual = [p["told"] for p in posts if is_usual(p["values"][facet], facet, value)]
                    if len(usual) >= USUAL_MIN:
                        apart = Fraction(rounded(mean(mine) - mean(usual), 9))
                        key = (posts[0]["platform"], facet, value)
                        counted.setdefault(key, []).append((apart, len(mine), len(usual)))
        return {
            key: Sample([r[0] for r in rows], sum(r[1] for r in rows), sum(r[2] for r in rows))
            for key, rows in counted.items()
            if len(rows) >= ACCOUNTS_MIN
        }


def is_usual(values: set[str], facet: str, value: str) -> bool:
    """Whether a post is one of those that posts with a value are compared with."""
    if facet == "hashtag":
        return value not in values
    if facet == "disclosure":
        return not values
    return bool(values) and value not in values


def per_follower(engaged: int, followers: int) -> Fraction:
    """The logarithm of engagements per follower, to 9 digits."""
    with localcontext() as context:
        context.prec = 50
        exact = ((Decimal(engaged) + Decimal("0.5")) / followers).ln()
    return Fraction(rounded(Fraction(exact), 9))


def length(said: str) -> str:
    """The band of a text's characters."""
    return next((name for most, name in LENGTHS if len(said) <= most), "over 1000")


def mean(values: list[Fraction]) -> Fraction:
    return sum(values, Fraction(0)) / len(values)


def upper(p: float) -> float:
    """What a standard normal number exceeds with a chance: Abramowitz and Stegun, 26.2.23."""
    s = math.sqrt(-2 * math.log(p))
    above = 2.515517 + 0.802853 * s + 0.010328 * s**2
    return s - above / (1 + 1.432788 * s + 0.189269 * s**2 + 0.001308 * s**3)


def as_normal(t: float, freedom: int) -> float:
    """Wallace's normal equivalent of Student's t."""
    scale = (8 * freedom + 1) / (8 * freedom + 3)
    return scale * math.sqrt(freedom * math.log1p(t * t / freedom))


def as_student(z: float, freedom: int) -> float:
    """The t whose normal equivalent is z."""
    scale = (8 * freedom + 3) / (8 * freedom + 1)
    return math.sqrt(freedom * math.expm1((scale * z) ** 2 / freedom))


def discoveries(scores: list[float]) -> int:
    """How many of some normal scores are told from chance: Benjamini and Hochberg's R."""
    ranked = sorted(scores, reverse=True)
    bar = limits(len(ranked))
    return max((k for k, z in enumerate(ranked, 1) if z >= bar(k)), default=0)


def limits(comparisons: int) -> Callable[[int], float]:
    """The score that the k-th largest of some has to reach."""
    return lambda k: upper(FALSE * k / (2 * comparisons))


def judged(samples: dict[Key, Sample]) -> Table:
    """The rows of the table: each value's lift, its interval and the verdict."""
    found = discoveries([sample.z for sample in samples.values()])
    table: Table = {}
    for key, sample in samples.items():
        bar = limits(len(samples))(max(found, 1))
        accounts, middle = len(sample.differences), float(sample.mean)
        critical = as_student(bar, accounts - 1)
        half = critical * sample.error
        is_told = sample.z >= bar
        bounds = (("lift", 0.0), ("lift_low", -half), ("lift_high", half))
        table[key] = {
            "accounts": accounts,
            "posts": sample.posts,
            "usual_posts": sample.usual_posts,
            "comparisons": len(samples),
            "verdict": ("better" if middle > 0 else "worse") if is_told else "unsure",
            **{
                name: About(
                    math.expm1(middle + off), ROUNDING * (1 + critical) * math.exp(middle + off)
                )
                for name, off in bounds
            },
        }
    return table
