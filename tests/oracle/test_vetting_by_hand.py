"""The oracle of scorecards, intervals and fees, against figures worked out by hand."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from .finding import Finding
from .reports import tier_benchmarks
from .returns import Returns
from .social import Social
from .test_oracle_by_hand import night
from .vetting import Vetting, order_interval, position, variation, verdict

D = date(2026, 3, 31)
RULES = [
    ("follower_jump_z", "above", "6", 3, 30), ("er_percentile", "below", "0.2", 1, 20),
    ("likes_per_comment", "below", "2", 1, 10), ("following_per_follower", "above", "2", 1, 10),
    ("engagement_variation", "below", "0.05", 2, 45),
]  # fmt: skip


def table(stream: str, head: str, *rows: str) -> tuple[str, str]:
    """A file of a stream, of rows that words make up."""
    return stream, "\n".join((head.replace(" ", ","), *(row.replace(" ", ",") for row in rows)))


def profiles(*rows: str) -> tuple[str, str]:
    """Rows of `account days-before-D followers following`; handles are the account's."""
    lines = []
    for row in rows:
        account, ago, followers, following = row.split()
        at = f"{D - timedelta(days=int(ago))}T12:00:00Z"
        lines.append(f"x {account} {at} {account.lower()} {followers.strip('-')} {following}")
    head = "platform native_account_id observed_at handle followers following"
    return table("profiles", head, *lines)


def posts(*rows: str) -> list[tuple[str, str]]:
    """Posts of `id account days-before-D likes comments views tags`, measured at 6 days."""
    said, counted = [], []
    for row in rows:
        name, account, ago, likes, comments, views, tags = row.split()
        at, seen = (D - timedelta(days=int(ago) - n) for n in (0, 6))
        label = "true" if "ad" in tags.split("|") else ""
        said.append(
            f"x {name} {at}T00:00:00Z {at}T00:00:00Z {account.strip('-')} "
            f"{tags.strip('-')} {label} u/{name}"
        )
        counts = " ".join(count.strip("-") for count in (likes, comments, views))
        counted.append(f"x {name} {seen}T00:00:00Z {counts}")
    head = "platform native_post_id observed_at published_at native_account_id hashtags"
    return [
        table("posts", f"{head} is_paid_label permalink", *said),
        table("post_metrics", "platform native_post_id observed_at likes comments views", *counted),
    ]


def vet(*files: tuple[str, str], **more: Any) -> Vetting:
    social = Social(night(D.isoformat(), *files, authenticity=RULES, **more))
    return Vetting(social, Returns(social))


PEOPLE = profiles("A 95 1000 10", "B 95 2000 4000", "C 95 3000 9000", "N 95 0 5", "A 0 2000 10")
# A: 30 of 1000 and 10 of 1000; B: 60 of 2000; C has likes alone, and a post too old
SAID = posts(
    "a1 A 20 20 10 400 coffee|ad", "a2 A 89 6 4 0 coffee|beans", "b1 B 20 40 20 - -",
    "c1 C 20 40 - 100 tea", "c2 C 90 900 100 10 tea", "n1 N 20 5 5 9 -", "a3 A 6 9 9 9 tea",
)  # fmt: skip


def test_rates_against_peers() -> None:
    cards = vet(PEOPLE, *SAID).creator_scorecard()
    a, b, c = (cards[f"x:{name}",] for name in "ABC")
    # a3 is 6 days old at its noon, but not 7 at the end of D
    assert [card["posts_measured"] for card in (a, b, c)] == [2, 1, 0]
    assert (a["posts_90d"], c["posts_90d"]) == (3, 1)
    assert a["posts_per_week"] == pytest.approx(21 / 90, rel=1e-15)
    assert (a["er_followers_pooled"], a["er_followers_median"]) == (0.02, 0.02)
    # peers A and B: m = 100 / 4000, K = 5 × 2000 by the followers at D
    assert a["peers"] == b["peers"] == c["peers"] == 2
    assert a["er_followers_shrunk"] == pytest.approx((40 + 250) / 12000, rel=1e-15)
    assert b["er_followers_shrunk"] == pytest.approx((60 + 250) / 12000, rel=1e-15)
    assert (a["er_percentile"], b["er_percentile"], c["er_percentile"]) == (0.25, 0.75, None)
    assert (c["er_followers_pooled"], c["er_followers_shrunk"]) == (None, None)
    # of a2 nobody counted a view
    assert (a["er_views_pooled"], b["er_views_pooled"]) == (30 / 400, None)
    assert a["likes_per_comment"] == pytest.approx(26 / 14, rel=1e-15)
    assert (a["likes_per_comment_posts"], c["likes_per_comment_posts"]) == (2, 0)
    assert (a["paid_posts_90d"], a["paid_posts_share"]) == (1, 1 / 3)
    assert a["top_hashtags"] == ["coffee", "ad", "beans", "tea"]
    # 1000 thirty days before and 2000 now; B's only profile is both
    assert (a["followers_growth_30d"], b["followers_growth_30d"]) == (1.0, 0.0)
    # 30 and 10: mean 20, standard deviation √200
    assert a["engagement_variation"] == pytest.approx(200**0.5 / 20, rel=1e-15)
    none = cards["x:N",]
    assert (none["tier"], none["posts_measured"], none["peers"]) == ("nano", 0, 0)
    assert (none["following_per_follower"], none["followers_growth_30d"]) == (None, None)


def test_penalties() -> None:
    cards = vet(PEOPLE, *SAID).creator_scorecard()
    a, b, c = (cards[f"x:{name}",] for name in "ABC")
    assert (a["authenticity_score"], a["is_suspicious"]) == (90, False)  # 26 / 14 below 2
    assert (a["authenticity_penalties"], b["authenticity_penalties"]) == (
        ["likes_per_comment 1.9 below 2: -10"], []
    )  # fmt: skip
    assert (b["following_per_follower"], b["likes_per_comment"]) == (2.0, 2.0)  # at the bounds
    assert c["authenticity_penalties"] == ["following_per_follower 3.0 above 2: -10"]
    same = posts("a1 A 20 1 9 1 -", "a2 A 21 1 9 1 -", "b1 B 20 400 99 9 -", "c1 C 20 90 9 9 -")
    card = vet(PEOPLE, *same).creator_scorecard()["x:A",]
    # 100 − 20 − 10 − 45: of three peers A is the last, its percentile 1/6
    assert card["authenticity_score"] == 25
    assert [said.pieces[0].strip() for said in card["authenticity_penalties"]] == [
        "er_percentile", "likes_per_comment", "engagement_variation"
    ]  # fmt: skip
    assert card["is_suspicious"]


def test_jumps_are_from_one_day_to_the_next() -> None:
    # changes 1, 2, 3, 50 on days 4, 3, 2, 1; none over the gap, none to or from a NULL
    days = ("9 500", "7 900", "5 1000", "4 1001", "3 1003", "2 1006", "1 1056", "0 -")
    card = vet(profiles(*(f"A {day} 1" for day in days))).creator_scorecard()["x:A",]
    # median 2.5, deviations 1.5, 0.5, 0.5, 47.5: MAD 1
    assert card["follower_jump_z"] == pytest.approx(47.5 / 1.4826, rel=1e-15)
    assert (card["follower_jump_days"], card["authenticity_score"]) == (4, 70)
    assert (card["followers"], card["followers_growth_30d"]) == (1056, None)
    hidden = vet(profiles("A 40 1000 1", "A 31 - 1", "A 9 1500 1", "A 0 - 1"))
    assert hidden.creator_scorecard()["x:A",]["followers_growth_30d"] == 0.5
    # the change to the first of the 90 days counts, the one before does not
    old = vet(profiles(*(f"A {n} {n * n * 1000} 1" for n in (88, 89, 90, 91))))
    assert old.creator_scorecard()["x:A",]["follower_jump_days"] == 2
    even = vet(profiles(*(f"A {n} {900 - n} 1" for n in range(5)))).creator_scorecard()["x:A",]
    assert (even["follower_jump_z"], even["follower_jump_days"]) == (None, 4)


def test_variation() -> None:
    assert variation([5, 5, 5]) == 0.0
    assert variation([5]) is variation([0, 0]) is None
    assert variation([1, 3]) == pytest.approx(2**0.5 / 2, rel=1e-15)


def test_an_interval_of_a_median_by_order() -> None:
    rates = [Fraction(n) for n in range(1, 13)]
    assert order_interval(rates[:5]) == (None, None)  # 1 / 32 is more than 1 / 40
    assert order_interval(rates[:6]) == (1, 6)  # 1 / 64
    assert order_interval(rates[:8]) == (1, 8)  # 9 / 256 is too much for the second
    assert order_interval(rates[:9]) == (2, 8)  # 10 / 512
    assert order_interval(rates) == (3, 10)  # 79 / 4096
    people, said = [], []
    for n in range(6):
        people += [f"S{n} 80 2000 1", f"M{n} 80 600000 1"]
        said += [f"s{n} S{n} 20 {n + 1} 1 1 -", f"m{n} M{n} 20 {n + 1} 5 1 -"]
    row = tier_benchmarks(vet(profiles(*people), *posts(*said)))["x", "micro"]
    assert (row["er_followers_p50_low"], row["er_followers_p50_high"]) == (2 / 2000, 7 / 2000)
    # the lowest over macro's highest, 11 of 600,000, and the other way round
    assert row["ratio_to_macro_low"] == pytest.approx(0.001 / (11 / 600000), rel=1e-12)
    assert row["ratio_to_macro_high"] == pytest.approx(0.0035 / (6 / 600000), rel=1e-12)
    few = tier_benchmarks(vet(profiles(*people), *posts(*said[:-1])))["x", "micro"]
    assert few["ratio_to_macro"] is not None
    assert few["ratio_to_macro_low"] is few["ratio_to_macro_high"] is None


PROGRAM = (
    table("campaigns", "campaign_id brand_id campaign_name starts_on ends_on",
          "c1 acme One 2026-03-01 2026-03-31"),
    table("creators", "creator_id creator_name", "p1 Ann", "p2 Bea", "p3 Cy"),
    table("creator_accounts", "platform handle creator_id native_account_id",
          "x a p1 A", "x b p2 B", "x z p3 Z"),
    table("collaborations", "collaboration_id campaign_id creator_id status agreed_on fee currency",
          *(f"k{n} c1 p1 active 2026-03-02 {n}0 USD" for n in range(1, 5)),
          "k5 c1 p2 agreed  50 USD", "k6 c1 p2 cancelled 2026-03-30 60 USD",
          "k7 c1 p2 active 2026-02-27 70 USD", "k8 c1 p3 active 2026-03-02 80 XXX"),
)  # fmt: skip


def fees(*delivered: str, shop: tuple[tuple[str, str], ...] = (), **more: Any) -> Any:
    said = posts(
        "a1 A 20 9 1 1 -",
        "a2 A 20 9 1 1 -",
        "a3 A 20 10 0 1 -",
        "a4 A 20 10 0 1 -",
        "b1 B 20 8 2 1 -",
        "c1 C 20 0 0 1 -",
        "m1 M 20 9 1 1 -",
        "o1 - 20 9 1 1 -",
    )
    rows = [f"d{n} {row.split()[0]} x 2026-04-01 u/{row.split()[1]}"
            for n, row in enumerate(delivered)]  # fmt: skip
    asked = table("deliverables", "deliverable_id collaboration_id platform due_on post_url", *rows)
    people = profiles("A 95 1000 1", "B 95 1000 1", "C 95 1000 1", "M 95 600000 1")
    more = {"coverage": {"orders": date(2026, 3, 1)}, **more}
    vetting = vet(people, *PROGRAM, *said, asked, *shop, **more)
    return vetting.fair_compensation(Finding(vetting.social, vetting.returns, vetting))


def test_a_fair_fee() -> None:
    five = ("k1 a1", "k2 a2", "k3 a3", "k4 a4", "k5 b1", "k4 none", "k7 c1")
    table = fees(*five)
    a = table["x:A",]
    # costs of 10 to 50 over 10 engagements each; k7 has none, so it is nobody's peer
    assert (a["peer_level"], a["peers"]) == ("platform_tier", 5)
    assert [a[f"peer_cpe_p{n}"] for n in (25, 50, 75)] == [2.0, 3.0, 4.0]
    # m = 50 / 6000 with C, K = 5000: (40 + 41.67) / 9000 of 1000 followers
    assert a["expected_engagements"] == pytest.approx(1000 * (40 + 125 / 3) / 9000, rel=1e-14)
    assert (a["suggested_low"], a["suggested_high"]) == (Decimal("18.1481"), Decimal("36.2963"))
    # the latest of Ann's by agreed_on is the last by id: 40 for two deliverables
    assert (a["actual_cost_per_post"], a["position"]) == (20.0, "within")
    # Bea's was agreed on no day, and counts from the start of its campaign
    assert (table["x:B",]["actual_cost_per_post"], table["x:B",]["position"]) == (50.0, "above")
    z = table["x:Z",]
    assert (z["peer_level"], z["peers"], z["expected_engagements"]) == ("platform", 5, None)
    assert (z["suggested_low"], z["actual_cost_per_post"], z["position"]) == (None, None, None)
    assert ("x:C",) not in table  # neither on the roster nor on a shortlist


def test_the_peers_of_a_fee() -> None:
    # one of five is by a macro account: the platform
    row = fees("k1 a1", "k2 a2", "k3 a3", "k4 a4", "k5 m1")["x:A",]
    assert (row["peer_level"], row["peers"], row["peer_cpe_p50"]) == ("platform", 5, 3.0)
    # nobody is known to have written o1, so four of the platform: all
    row = fees("k1 a1", "k2 a2", "k3 a3", "k4 a4", "k5 o1")["x:A",]
    assert (row["peer_level"], row["peers"]) == ("all", 5)
    # the fee of k8 has no exchange rate: it is nobody's peer, and says nothing of a price
    table = fees("k1 a1", "k2 a2", "k3 a3", "k4 a4", "k8 o1")
    assert (table["x:A",]["peer_level"], table["x:A",]["peers"]) == ("all", 4)
    assert table["x:Z",]["actual_cost_per_post"] is None
    none = fees("k1 c1")["x:A",]
    assert (none["peer_level"], none["peers"], none["peer_cpe_p25"]) == ("all", 0, None)
    assert none["suggested_mid"] is None is none["position"]


SOLD = (
    table("promo_codes", "code valid_from collaboration_id", "one 2026-03-01 k1",
          "two 2026-03-01 k2", "five 2026-03-01 k5"),
    table("orders", "order_id ordered_at currency gross_amount cost_of_goods status discount_codes",
          "1 2026-03-09T00:00:00Z USD 50 20 placed one",
          "2 2026-03-09T00:00:00Z USD 15 3 placed two",
          "3 2026-03-09T00:00:00Z USD 10 4 placed five"),
)  # fmt: skip


def test_what_a_post_must_earn() -> None:
    four = ("k1 a1", "k1 a2", "k2 a3", "k5 b1", "k4 none")
    rows = fees(*four, shop=SOLD)
    names = ("break_even_fee", "break_even_low", "break_even_high", "break_even_posts", "verdict")
    # 42 of 3 posts, 6 of one: m = 12; s² = (30²/2 + 12² + 6² − 48²/4) / 2 = 27
    half = 1.959964 * (27 / 8) ** 0.5
    a, b, z = ([rows[f"x:{name}",][column] for column in names] for name in "ABZ")
    assert a[:3] == [12.75, 12.75 - half, 12.75 + half]
    assert a[3:] == [3, "stop"]  # a post of the latest one costs 40
    half = 1.959964 * (27 / 6) ** 0.5
    assert b[:3] == [11.0, 11 - half, 11 + half]
    assert b[3:] == [1, "too_early"]
    assert z == [None] * 4 + ["too_early"]
    # a creator of another tier is nobody's peer
    macro = (
        table("creators", "creator_id creator_name", "p4 Di"),
        table("creator_accounts", "platform handle creator_id native_account_id", "x m p4 M"),
        table("collaborations", "collaboration_id campaign_id creator_id status",
              "k9 c1 p4 active"),
        table("promo_codes", "code valid_from collaboration_id", "nine 2026-03-01 k9"),
        table("orders", "order_id ordered_at currency gross_amount cost_of_goods status "
              "discount_codes", "9 2026-03-09T00:00:00Z USD 900 1 placed nine"),
    )  # fmt: skip
    rows = fees(*four, "k9 m1", shop=(*SOLD, *macro))
    assert rows["x:A",]["break_even_fee"] == 12.75
    assert (rows["x:M",]["break_even_fee"], rows["x:M",]["break_even_low"]) == (899.0, None)
    # a post of two collaborations of one creator is one post
    both = fees(*four, "k2 a1", shop=SOLD)["x:A",]
    assert both["break_even_posts"] == 3
    # 27 of 31 days are not enough; nor are profits of less than 0.9 of the revenue
    dim = fees(*four, shop=SOLD, coverage={"orders": date(2026, 3, 5)})["x:A",]
    assert [dim[column] for column in names] == [None] * 4 + ["too_early"]
    unknown = table("orders", "order_id ordered_at currency gross_amount cost_of_goods status "
                    "discount_codes", "4 2026-03-09T00:00:00Z USD 9  placed one")  # fmt: skip
    few = fees(*four, shop=(*SOLD, unknown))["x:A",]
    assert few["break_even_posts"] == 1  # that of k2
    # P = 12 and 6, m = 9
    assert few["break_even_fee"] == 9.5
    one = fees("k1 a1", "k1 a2", shop=SOLD)["x:A",]
    assert (one["break_even_fee"], one["break_even_low"], one["verdict"]) == (
        21.0, None, "too_early"
    )  # fmt: skip


def test_verdicts() -> None:
    cost, fee = Fraction(10), Fraction(12)
    assert verdict(2, cost, fee, 10.1, 14.0) == "rebook"
    assert verdict(2, cost, fee, 10.0, 14.0) == "renegotiate"
    assert verdict(2, cost, Fraction(8), 6.0, 9.9) == "stop"
    assert verdict(2, cost, Fraction(0), -90.0, 90.0) == "stop"
    assert verdict(1, cost, fee, 10.1, 14.0) == "too_early"
    assert verdict(2, None, fee, 10.1, 14.0) == "too_early"
    assert verdict(2, cost, fee, None, None) == "too_early"


def test_positions() -> None:
    low, high = Decimal("1.0001"), Decimal("2.5")
    given = [Fraction("1.00009"), Fraction("1.0001"), Fraction("2.5"), Fraction("2.50001"), None]
    assert [position(cost, low, high) for cost in given] == [
        "below", "within", "within", "above", None
    ]  # fmt: skip
    assert position(Fraction(1), None, high) is None
