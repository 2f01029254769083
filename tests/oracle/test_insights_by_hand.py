"""The oracle of what content brings, against figures worked out by hand and known tables."""

from __future__ import annotations

import math
import random
from fractions import Fraction
from statistics import NormalDist, fmean, stdev
from typing import Any

import pytest

from .compare import same
from .insights import (
    Insights,
    Key,
    Sample,
    as_normal,
    as_student,
    discoveries,
    is_usual,
    judged,
    length,
    limits,
    per_follower,
    upper,
)  # fmt: skip
from .returns import Returns
from .social import Social
from .test_oracle_by_hand import night
from .test_vetting_by_hand import table

NORMAL = NormalDist()


def two_sided(p: float) -> float:
    """The normal score of a two-sided chance."""
    return NORMAL.inv_cdf(1 - p / 2)


def sample(*differences: float) -> Sample:
    return Sample([Fraction(round(x * 10**9), 10**9) for x in differences], 7, 30)


@pytest.mark.parametrize("p", [0.5, 0.2, 0.05, 0.025, 0.01, 1e-3, 1e-4, 1e-5, 1e-7])
def test_the_normal_quantile(p: float) -> None:
    assert upper(p) == pytest.approx(NORMAL.inv_cdf(1 - p), abs=5e-4)


@pytest.mark.parametrize(
    ("p", "by_freedom", "off"),
    [
        (0.05, {4: 2.776, 5: 2.571, 9: 2.262, 19: 2.093, 30: 2.042, 120: 1.980}, 0.005),
        (0.01, {4: 4.604, 5: 4.032, 9: 3.250, 19: 2.861, 30: 2.750, 120: 2.617}, 0.02),
        (0.001, {4: 8.610, 5: 6.869, 9: 4.781, 19: 3.883, 30: 3.646, 120: 3.373}, 0.04),
    ],
)
def test_students_t_of_the_tables(p: float, by_freedom: dict[int, float], off: float) -> None:
    """Where it errs it errs to the safe side: more is asked of a few accounts."""
    for freedom, t in by_freedom.items():
        assert 0.999 * t <= as_student(two_sided(p), freedom) <= (1 + off) * t
        assert as_normal(t, freedom) == pytest.approx(two_sided(p), rel=0.015)
        assert as_normal(as_student(2.5, freedom), freedom) == pytest.approx(2.5)


def test_benjamini_and_hochberg_of_their_paper() -> None:
    """The 15 chances of the paper of 1995: Bonferroni takes three, they take four."""
    chances = [
        0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262,
        0.5719, 0.6528, 0.7590, 1.0,
    ]  # fmt: skip
    scores = [two_sided(p) for p in chances]
    random.Random(1).shuffle(scores)
    assert discoveries(scores) == 4
    assert sum(z >= limits(15)(1) for z in scores) == 3
    assert discoveries([]) == discoveries([1.9]) == discoveries([0.0, 0.0]) == 0
    # the largest k counts, also where a smaller one is missed: 0.03 is above 0.025, not 0.05
    assert discoveries([two_sided(0.03), two_sided(0.03)]) == 2
    assert discoveries([two_sided(0.03), two_sided(0.06)]) == 0
    assert discoveries([math.inf, 0.0]) == 1


def test_a_row_by_hand() -> None:
    """A mean of 0.3 with an error of √(0.025 / 5), and Student's t of 4 degrees: 2.776."""
    key = ("x", "hour", "00-02")
    row = judged({key: sample(0.1, 0.2, 0.3, 0.4, 0.5)})[key]
    assert (row["accounts"], row["posts"], row["usual_posts"]) == (5, 7, 30)
    assert (row["comparisons"], row["verdict"]) == (1, "better")
    assert row["lift"].value == pytest.approx(math.exp(0.3) - 1)
    half = 2.776 * math.sqrt(0.005)
    assert math.log1p(row["lift_low"].value) == pytest.approx(0.3 - half, abs=0.002)
    assert math.log1p(row["lift_high"].value) == pytest.approx(0.3 + half, abs=0.002)
    # √18 as a normal score: 33/35 √(4 ln 5.5)
    assert sample(0.1, 0.2, 0.3, 0.4, 0.5).z == pytest.approx(33 / 35 * (4 * math.log(5.5)) ** 0.5)


def test_the_level_is_that_of_the_verdicts() -> None:
    """Of three values one is told from chance at 0.05 / 3, so all intervals are of that level."""
    found = judged({
        ("x", "hour", "a"): sample(0.1, 0.2, 0.3, 0.4, 0.5, 0.3),
        ("x", "hour", "b"): sample(-0.5, 0.2, 0.3, 0.4, -0.5, 0.3),
        ("x", "hour", "c"): sample(0.5, -0.2, -0.3, -0.4, 0.5, 0.3),
    })  # fmt: skip
    rows = list(found.values())
    assert [row["verdict"] for row in rows] == ["better", "unsure", "unsure"]
    t = 3.534  # of 5 degrees at 0.05 / 3, two-sided
    half = t * stdev([0.1, 0.2, 0.3, 0.4, 0.5, 0.3]) / 6**0.5
    assert rows[0]["lift_low"].value == pytest.approx(math.exp(0.3 - half) - 1, rel=0.02)
    for row in rows:
        includes = row["lift_low"].value <= 0 <= row["lift_high"].value
        assert includes == (row["verdict"] == "unsure")
    # of two that are told from chance at 2 / 3 of 0.05, each is at that level: t of 5 is 2.912
    found = judged({("x", "hour", name): said for name, said in (
        ("a", sample(0.1, 0.2, 0.3, 0.4, 0.5, 0.3)), ("b", sample(0.1, 0.2, 0.3, 0.4, 0.5, 0.3)),
        ("c", sample(0.5, -0.2, -0.3, -0.4, 0.5, 0.3)))})  # fmt: skip
    assert [row["verdict"] for row in found.values()] == ["better", "better", "unsure"]
    low = found["x", "hour", "a"]["lift_low"].value
    assert math.log1p(low) == pytest.approx(0.3 - half / t * 2.912, abs=0.003)
    # worse: the same with the other sign
    other = judged({("x", "hour", "a"): sample(-0.1, -0.2, -0.3, -0.4, -0.5, -0.3)})
    assert [row["verdict"] for row in other.values()] == ["worse"]


def test_no_chance_is_seen_where_all_are_alike() -> None:
    found = judged({
        ("x", "hour", "a"): sample(*[math.log(3)] * 5), ("x", "hour", "b"): sample(*[0.0] * 5),
        ("x", "hour", "c"): sample(*[-math.log(2)] * 5),
    })  # fmt: skip
    a, b, c = found.values()
    assert [row["verdict"] for row in (a, b, c)] == ["better", "unsure", "worse"]
    assert all(same(a[name], 2.0) for name in ("lift", "lift_low", "lift_high"))
    assert all(same(b[name], 0.0) for name in ("lift", "lift_low", "lift_high"))
    assert all(same(c[name], -0.5) for name in ("lift", "lift_low", "lift_high"))
    assert not same(a["lift"], 2.0001)
    assert judged({}) == {}


def test_what_is_told_of_a_post() -> None:
    assert per_follower(1, 1) == Fraction("0.405465108")  # ln 1.5
    assert per_follower(0, 1000) == Fraction("-7.60090246")  # ln 0.0005: -7.6009024595…


def test_bands_of_length() -> None:
    edges = (0, 1, 80, 81, 160, 161, 300, 301, 1000, 1001)
    assert [length("é" * n) for n in edges] == [
        "0", "1-80", "1-80", "81-160", "81-160", "161-300", "161-300", "301-1000", "301-1000",
        "over 1000",
    ]  # fmt: skip


def test_the_usual_of_a_value() -> None:
    assert [is_usual(set(v), "hashtag", "a") for v in ("", "b", "ab")] == [True, True, False]
    assert [is_usual(set(v), "hour", "a") for v in ("", "b", "a")] == [False, True, False]
    assert [is_usual(set(v), "disclosure", "a") for v in ("", "b", "a")] == [True, False, False]


# the program: six creators, each with three pictures and a video; D is 2026-03-31
SIX = range(1, 7)
CREATORS = (
    table("creators", "creator_id creator_name", *(f"c{n} c{n}" for n in SIX)),
    table("creator_accounts", "platform handle creator_id native_account_id",
          *(f"x a{n} c{n} A{n}" for n in SIX), "x a7 c6 A7"),
    table("profiles", "platform native_account_id observed_at handle followers",
          *(f"x A{n} 2025-01-01T00:00:00Z a{n} {100 * n}" for n in SIX),
          "x A9 2025-01-01T00:00:00Z a9 900"),
)  # fmt: skip
POST = "platform native_post_id observed_at published_at native_account_id content_type text"
COUNTS = "platform native_post_id observed_at likes comments"


def content(*rows: str, zone: str = "UTC", day: str = "2026-03-31", **more: str) -> Insights:
    """The oracle after posts of `id account published type text likes measured`.

    Text of one word; - is none. `more`: the columns paid label, hashtags, repost of post ids, as
    `is_paid_label="p1=true"`.
    """
    given = {name: dict(pair.split("=") for pair in said.split()) for name, said in more.items()}
    posts, counts = [], []
    for row in rows:
        name, account, at, kind, said, likes, measured = row.split()
        values = [f"x {name} {at} {at} {account} {kind.strip('-')} {said.strip('-')}"]
        values += [column.get(name, "") for column in given.values()]
        posts.append(" ".join(values))
        counts.append(f"x {name} {measured} {likes.strip('-')} 0")
    head = " ".join((POST, *given))
    social = Social(
        night(day, *CREATORS, table("posts", head, *posts), table("post_metrics", COUNTS, *counts),
              zone=zone)
    )  # fmt: skip
    return Insights(social, Returns(social))


def pictures_and_a_video(accounts: Any = SIX, **more: str) -> Insights:
    """Pictures of a Monday to Wednesday have 12 likes, the n-th's video of a Thursday 37 + n."""
    rows = []
    for n in accounts:
        for day in (2, 3, 4):
            at, measured = (f"2026-03-{d:02d}T10:00:00Z" for d in (day, day + 6))
            rows.append(f"p{n}{day} A{n} {at} image beans 12 {measured}")
        rows.append(f"v{n} A{n} 2026-03-05T10:00:00Z video beans {37 + n} 2026-03-12T09:00:00Z")
    return content(*rows, **more)


def test_posts_with_a_value_against_the_others_of_their_account() -> None:
    found = pictures_and_a_video().content_insights()
    video = found["x", "content_type", "video"]
    assert (video["accounts"], video["posts"], video["usual_posts"]) == (6, 6, 18)
    # a follower count cancels; ln of (likes + ½) over that of a picture
    told = [math.log((37.5 + n) / 12.5) for n in SIX]
    assert video["lift"].value == pytest.approx(math.exp(fmean(told)) - 1, abs=1e-8)
    assert video["verdict"] == "better"
    # one picture more is no usual: a video alone
    assert ("x", "content_type", "image") not in found
    # of a day: a picture's is compared with two pictures and a video
    monday = found["x", "weekday", "monday"]
    assert (monday["posts"], monday["usual_posts"]) == (6, 18)
    told = [math.log(12.5) - (2 * math.log(12.5) + math.log(37.5 + n)) / 3 for n in SIX]
    assert monday["lift"].value == pytest.approx(math.exp(fmean(told)) - 1, abs=1e-8)
    # all are of one hour and one length: there is no other to compare with
    assert {key[1:] for key in found} == {
        ("content_type", "video"), ("weekday", "monday"), ("weekday", "tuesday"),
        ("weekday", "wednesday"), ("weekday", "thursday"),
    }  # fmt: skip
    assert {row["comparisons"] for row in found.values()} == {5}


def test_three_other_posts_are_a_usual() -> None:
    rows = []
    for n in SIX:
        for m in range(2 if n == 6 else 3):
            rows.append(f"p{n}{m} A{n} 2026-03-02T10:00:00Z image beans 12 2026-03-08T10:00Z")
        rows.append(f"v{n} A{n} 2026-03-02T10:00:00Z video beans {20 + n} 2026-03-08T10:00Z")
    (row,) = content(*rows).content_insights().values()
    assert (row["accounts"], row["posts"], row["usual_posts"]) == (5, 5, 15)


def test_five_accounts_are_enough() -> None:
    assert len(pictures_and_a_video(range(1, 6)).content_insights()) == 5
    assert pictures_and_a_video(range(1, 5)).content_insights() == {}
    # the seventh is of no creator
    assert pictures_and_a_video((1, 2, 3, 4, 9)).content_insights() == {}


def test_which_posts_count() -> None:
    rows = (
        "first A1 2025-03-31T00:00:00Z image a 1 2025-04-06T00:00Z",  # 365 days before D
        "old A1 2025-03-30T23:59:59Z image a 1 2025-04-05T00:00Z",
        "early A1 2026-03-02T00:00:00Z image a 1 2026-03-07T14:23Z",  # before 5.6 days
        "late A1 2026-03-02T00:00:00Z image a 1 2026-03-09T00:01Z",
        "edge A1 2026-03-02T00:00:00Z image a 1 2026-03-09T00:00Z",
        "fresh A1 2026-03-25T00:00:00Z image a 1 2026-03-31T23:59Z",  # 7 days are not over
        "hidden A1 2026-03-02T00:00:00Z image a - 2026-03-08T00:00Z",
        "again A1 2026-03-02T00:00:00Z image a 1 2026-03-08T00:00Z",
        "gone A1 2026-03-02T00:00:00Z image a 1 2026-03-08T00:00Z",
        "stranger A9 2026-03-02T00:00:00Z image a 1 2026-03-08T00:00Z",
        # nobody knows how many follow
        "bare A7 2026-03-02T00:00:00Z image a 1 2026-03-08T00:00Z",
    )
    found = content(*rows, is_repost="again=true", deleted_on="gone=2026-03-10")
    assert {post["post_id"] for post in found.posts} == {"x:first", "x:edge", "x:gone"}
    assert {post["told"] for post in found.posts} == {per_follower(1, 100)}


def test_values_of_a_post() -> None:
    late = "p A1 2026-03-08T04:59:59Z - - 1 2026-03-14T00:00Z"  # the 7th, 23:59:59, in New York
    tags = {"hashtags": "p=Latte|latte|beans"}
    (post,) = content(late, zone="America/New_York", **tags).posts
    assert post["values"] == {
        "content_type": set(), "weekday": {"saturday"}, "hour": {"21-23"}, "length": set(),
        "hashtag": {"latte", "beans"}, "disclosure": set(),
    }  # fmt: skip
    # on the 8th clocks go from 2 to 3: 07:00 is 03:00
    later = "p A1 2026-03-08T07:00:00Z image beans 1 2026-03-14T00:00Z"
    (post,) = content(later, zone="America/New_York").posts
    assert (post["values"]["weekday"], post["values"]["hour"]) == ({"sunday"}, {"03-05"})
    assert (post["values"]["content_type"], post["values"]["length"]) == ({"image"}, {"1-80"})
    (post,) = content(later).social.originals.values()
    assert content(later).values_of(post, "", None)["length"] == {"0"}


@pytest.mark.parametrize(
    ("label", "grade", "value"),
    [
        (True, "pass", "label"), (True, "missing", "label"), (False, "pass", "clear"),
        (None, "weak", "unclear"), (None, "missing", "missing"), (True, None, None),
    ],
)  # fmt: skip
def test_disclosures(label: bool | None, grade: str | None, value: str | None) -> None:
    insights = content("p A1 2026-03-08T04:00:00Z - beans 1 2026-03-14T00:00Z")
    (post,) = insights.social.originals.values()
    found = insights.values_of({**post, "is_paid_label": label}, "beans", grade)
    assert found["disclosure"] == ({value} if value else set())


def values(rng: random.Random, lift: float = 0) -> dict[Key, Sample]:
    """Forty values of 5 to 30 accounts, of which all differences have a sign by chance.

    With a lift, the first is of twenty accounts that all have it.
    """
    found: dict[Key, Sample] = {}
    for n in range(40):
        accounts = 20 if lift and not n else 5 + rng.randrange(26)
        spread = rng.uniform(0.2, 0.9)
        middle = math.log1p(lift) if not n else 0
        apart = [rng.choice((-1, 1)) * abs(rng.gauss(0, spread)) for _ in range(accounts)]
        found["x", "hashtag", f"{n}"] = sample(*(middle + x * (0.4 if lift else 1) for x in apart))
    return found


def test_chance_alone_is_seldom_told_from_chance() -> None:
    """Where no value brings more, at most about one table of twenty says that one does."""
    wrong = 0
    for seed in range(200):
        rows = judged(values(random.Random(seed))).values()
        wrong += any(row["verdict"] != "unsure" for row in rows)
    assert 1 <= wrong <= 16, wrong


def test_a_planted_lift_is_found() -> None:
    """A lift of 60 % in twenty accounts, among 39 values of chance."""
    rows = [
        judged(values(random.Random(seed), 0.6))["x", "hashtag", "0"] for seed in range(20)
    ]  # fmt: skip
    assert {row["verdict"] for row in rows} == {"better"}
    held = [row["lift_low"].value < 0.6 < row["lift_high"].value for row in rows]
    assert sum(held) >= 18
