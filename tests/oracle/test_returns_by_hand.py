"""The oracle of attribution, costs and ratios, against figures worked out by hand."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from .returns import METHODS, Returns, divided, shares, wilson
from .social import Social
from .test_oracle_by_hand import at, night

DAY = timedelta(days=1)
ORDERED = at("2026-01-29T00:00:00")
# clicks 14 days and 7 days before of k1 and k2, one of k1 at the order, and a code of k3
PATH = [
    (ORDERED - 14 * DAY, "click", "a", "k1"),
    (ORDERED - 7 * DAY, "click", "b", "k2"),
    (ORDERED, "click", "c", "k1"),
    (ORDERED, "code", "ten", "k3"),
]


def split(method: str, touches: int) -> list[str]:
    """The credits of the first touches of the path, as they are written."""
    parts = shares(method, PATH[:touches], ORDERED)
    credit = divided(Decimal(1), parts, 10)
    return [str(credit.get(place, "")).rstrip("0").rstrip(".") for place in range(touches)]


@pytest.mark.parametrize(
    ("method", "one", "two", "three", "four"),
    [
        ("code_then_click", ["1"], ["", "1"], ["", "", "1"], ["", "", "", "1"]),
        ("last_touch", ["1"], ["", "1"], ["", "", "1"], ["", "", "", "1"]),
        ("first_touch", ["1"], ["1", ""], ["1", "", ""], ["1", "", "", ""]),
        ("linear", ["1"], ["0.5", "0.5"], ["0.3333333333", "0.3333333333", "0.3333333334"],
         ["0.25", "0.25", "0.25", "0.25"]),
        ("position_based", ["1"], ["0.5", "0.5"], ["0.4", "0.2", "0.4"],
         ["0.4", "0.1", "0.1", "0.4"]),
        # weights 1/4, 1/2, 1, 1: 1/3 2/3, then 1/7 2/7 4/7, then 1/11 2/11 4/11 4/11
        ("time_decay", ["1"], ["0.3333333333", "0.6666666667"],
         ["0.1428571429", "0.2857142857", "0.5714285714"],
         ["0.0909090909", "0.1818181818", "0.3636363636", "0.3636363637"]),
        # k1's part lies on its last touch
        ("shapley", ["1"], ["0.5", "0.5"], ["", "0.5", "0.5"],
         ["", "0.3333333333", "0.3333333333", "0.3333333334"]),
    ],
)  # fmt: skip
def test_each_method_at_one_to_four_touches(
    method: str, one: list[str], two: list[str], three: list[str], four: list[str]
) -> None:
    assert [split(method, n) for n in (1, 2, 3, 4)] == [one, two, three, four]


def test_codes_share_all_equally() -> None:
    codes = [*PATH, (ORDERED, "code", "two", "k3"), (ORDERED, "code", "zen", "k1")]
    third = Fraction(1, 3)
    assert shares("code_then_click", codes, ORDERED) == {3: third, 4: third, 5: third}
    assert shares("shapley", codes, ORDERED) == {1: third, 4: third, 5: third}


def test_the_age_of_a_touch_is_in_whole_seconds() -> None:
    one = [(ORDERED - timedelta(seconds=1.9), "click", "a", "k1"), PATH[2]]
    two = [(ORDERED - timedelta(seconds=1), "click", "a", "k1"), PATH[2]]
    assert shares("time_decay", one, ORDERED) == shares("time_decay", two, ORDERED)
    # 2^(-1/604800) = 1 - 1.146076e-6: the older has less than half by a quarter of that
    share = float(shares("time_decay", one, ORDERED)[0])
    assert share == pytest.approx(0.5 - 2.86519e-7, abs=1e-12)


def test_what_rounding_leaves_goes_to_the_last() -> None:
    third = {place: Fraction(part) for place, part in divided(
        Decimal(1), shares("linear", PATH[:3], ORDERED), 10).items()}  # fmt: skip
    # a third of 0.0002 is 0.00006…: up, twice
    assert list(divided(Decimal("0.0002"), third, 4).values()) == [
        Decimal("0.0001"), Decimal("0.0001"), Decimal("0.0000")
    ]  # fmt: skip
    half = dict.fromkeys((0, 1), Fraction(1, 2))
    # half up is away from zero
    assert list(divided(Decimal("-0.0003"), half, 4).values()) == [
        Decimal("-0.0002"), Decimal("-0.0001")
    ]  # fmt: skip
    assert divided(None, half, 4) == {0: None, 1: None}


def test_wilson() -> None:
    # p = 0.3, n = 10: (0.3 + 0.192073 ± 1.959964 √(0.021 + 0.0096036)) / 1.3841459
    low, high = wilson(3, 10)
    assert (low, high) == (pytest.approx(0.1077913, abs=1e-6), pytest.approx(0.6032219, abs=1e-6))
    # at p = 0 the upper bound is z² / (n + z²) = 3.8414589 / 13.8414589
    assert wilson(0, 10) == (0.0, pytest.approx(0.2775328, abs=1e-6))
    assert wilson(10, 10) == (pytest.approx(0.7224672, abs=1e-6), 1.0)
    assert wilson(11, 10) == wilson(0, 0) == wilson(0, None) == (None, None)


CAMPAIGNS = (
    "campaigns",
    "campaign_id,brand_id,campaign_name,starts_on,ends_on\n"
    "c1,acme,One,2026-01-01,2026-01-10\nc2,acme,Two,2026-02-10,2026-02-12\n",
)
DEALS = (
    "collaborations",
    "collaboration_id,campaign_id,creator_id,status,agreed_on,fee,product_cost,currency\n"
    "k1,c1,p1,active,2025-12-20,100,0.5,EUR\nk2,c1,p2,completed,,,,\n"
    "k3,c1,p3,cancelled,2025-12-20,70,,USD\nk4,c9,p1,active,2025-12-20,80,,USD\n"
    "k5,c2,p1,active,,60,,USD\nk6,c1,p1,agreed,,0,,USD\n",
)
PAYMENTS = (
    "payments",
    "payment_id,collaboration_id,kind,status,incurred_on,amount,currency\n"
    "1,k1,fee,paid,2026-01-02,100,EUR\n2,k1,boost,committed,2026-01-03,7,USD\n"
    "3,k2,fee,paid,2026-01-02,11,USD\n4,k2,product,committed,2026-01-02,4,USD\n"
    "5,k3,fee,paid,2026-01-02,30,USD\n6,k3,shipping,committed,2026-01-02,5,USD\n"
    "7,k4,fee,paid,2026-01-02,9,USD\n8,gone,fee,paid,2026-01-02,8,USD\n"
    "9,k2,fee,paid,2026-01-21,1000,USD\n10,k6,fee,paid,2026-01-02,6,USD\n"
    "11,k2,commission,paid,2026-01-02,3,ISK\n",
)
FX = (
    "fx_rates",
    "rate_date,base_currency,quote_currency,rate\n"
    "2025-12-19,EUR,USD,1.1\n2026-01-02,USD,EUR,0.5\n2026-01-02,EUR,USD,1.2\n",
)


def after(day: str, *files: tuple[str, str], **more: Any) -> Returns:
    return Returns(Social(night(day, CAMPAIGNS, DEALS, FX, *files, **more)))


def test_what_is_cost() -> None:
    returns = after("2026-01-20", PAYMENTS)
    costs = {
        key[0]: (str(row["amount"]), row["is_committed_cost"], row["is_paid_cost"])
        for key, row in returns.costs.items()
    }
    assert costs == {
        "fee:k1": ("110.0000", True, False),
        "product:k1": ("0.5500", True, False),
        "payment:1": ("120.0000", False, True),  # the fee is committed already
        "payment:2": ("7.0000", True, False),
        "payment:3": ("11.0000", True, True),
        "payment:4": ("4.0000", True, False),
        "payment:5": ("30.0000", True, True),  # cancelled: what was paid
        "payment:6": ("5.0000", False, False),
        "payment:7": ("9.0000", True, True),  # of an unknown campaign: not live
        "payment:8": ("8.0000", False, False),  # of an unknown collaboration
        "fee:k6": ("0.0000", True, False),
        "payment:10": ("6.0000", False, True),  # a fee of 0 is a fee
        "payment:11": ("None", True, True),
    }
    agreed = returns.costs["fee:k1",]
    assert (agreed["incurred_on"], agreed["fx_rate_on"]) == (date(2025, 12, 20), date(2025, 12, 19))
    assert returns.costs["fee:k6",]["incurred_on"] == date(2026, 1, 1)
    assert ("fee:k5",) in after("2026-02-10").costs  # on the day the campaign starts
    figures = {key[0]: row for key, row in returns.collaboration_performance().items()}
    assert {key: str(row["cost_committed"]) for key, row in figures.items()} == {
        "k1": "117.5500", "k2": "15.0000", "k3": "30.0000", "k4": "9.0000", "k5": "0",
        "k6": "0.0000",
    }  # fmt: skip
    assert str(figures["k1"]["cost_paid"]) == "120.0000"
    (total,) = {row["cost_committed"] for key, row in returns.campaign_performance().items()
                if key[0] == "c1"}  # fmt: skip
    assert total == Decimal("162.5500")


SHOP = (
    ("tracking_links", "link_id,collaboration_id,url\nl1,k1,https://acme.example/1\n"
     "l2,k2,https://acme.example/2\nl3,k3,https://acme.example/3\n"),
    ("clicks", "click_id,clicked_at,link_id,visitor_id\n"
     "a,2026-01-02T00:00:00Z,l1,v\nb,2026-01-03T00:00:00Z,l2,v\n"
     "c,2026-01-03T00:00:00Z,l1,w\nd,2026-01-03T00:00:00Z,l3,w\ne,2026-01-04T00:00:00Z,l1,\n"),
    ("orders", "order_id,ordered_at,currency,gross_amount,cost_of_goods,status,visitor_id\n"
     "1,2026-01-05T00:00:00Z,USD,90,30,placed,v\n2,2026-01-06T00:00:00Z,USD,10,,placed,w\n"
     "3,2026-01-06T00:00:00Z,USD,5,,placed,x\n4,2026-01-06T00:00:00Z,USD,5,1,cancelled,v\n"
     "5,2026-01-07T00:00:00Z,ISK,50,,placed,v\n"),
    ("promo_codes", "code,valid_from,collaboration_id\nsix,2026-01-01,k6\n"),
    ("orders", "order_id,ordered_at,currency,gross_amount,status,discount_codes\n"
     "6,2026-01-05T00:00:00Z,USD,7,placed,six\n"),
)  # fmt: skip


def test_ratios() -> None:
    returns = after("2026-01-20", PAYMENTS, *SHOP)
    rows = returns.collaboration_performance()
    k1, k2 = rows["k1", "first_touch"], rows["k2", "first_touch"]
    names = ("valid_clicks", "attributed_orders", "attributed_revenue", "attributed_profit")
    # orders 1, 2 and 5, of which 5 has no rate and the profit of 2 is not known
    assert [str(k1[name]) for name in names] == ["3", "3.0000000000", "100.0000", "60.0000"]
    # 90 of 100 is just enough
    assert (k1["profit_coverage"], k1["roas"]) == (0.9, pytest.approx(100 / 117.55, rel=1e-15))
    assert k1["roi"] == pytest.approx((60 - 117.55) / 117.55, rel=1e-15)
    assert k1["conversion_rate"] == 1.0
    assert k1["cpc"] == pytest.approx(117.55 / 3, rel=1e-15) == k1["cpa"]
    # all that k2 has of 1, 2 and 5 are touches: two orders on one click
    assert (k2["attributed_orders"], k2["profit_coverage"], k2["roas"]) == (0, 1.0, 0.0)
    assert (k2["conversion_rate"], k2["conversion_rate_low"], k2["cpa"]) == (2.0, None, None)
    assert (k2["roi"], rows["k6", "linear"]["roi"]) == (-1.0, None)  # of a cost of 0: none
    assert rows["k1", "linear"]["cpa"] == pytest.approx(117.55 / 2, rel=1e-15)  # ½ + 1 + ½
    # an order by code is no conversion of clicks, and its campaign has one order more than that
    assert (rows["k6", "linear"]["attributed_orders"], rows["k6", "linear"]["cpa"]) == (1, 0.0)
    assert rows["k3", "linear"]["valid_clicks"] == 0  # cancelled
    assert rows["k1", "last_touch"]["profit_coverage"] == 0.0  # orders 1 and 5 are k2's
    assert rows["k1", "last_touch"]["roi"] is None
    # the campaign counts an order once, whichever of its collaborations it touched
    campaign = returns.campaign_performance()["c1", "linear"]
    assert (campaign["valid_clicks"], campaign["conversion_rate"]) == (4, 0.75)
    assert (campaign["attributed_orders"], campaign["attributed_revenue"]) == (4, Decimal(107))
    none = returns.campaign_performance()["c2", "linear"]
    assert [none[name] for name in ("posts", "impressions", "engagements", "emv", "ctr")] == [
        0, None, None, 0, None
    ]  # fmt: skip


POSTS = (
    ("posts", "platform,native_post_id,observed_at,published_at,native_account_id,text,permalink,"
     "content_type,language,is_paid_label\n"
     "x,1,2026-01-02T00:00Z,2026-01-02T00:00Z,A,Paid partnership! #ad,https://x.example/1,v,en,\n"
     "x,2,2026-01-02T00:00Z,2026-01-02T00:00Z,A,#sponsoren #sp,https://x.example/2,w,en,false\n"
     "x,3,2026-01-03T00:00Z,2026-01-03T00:00Z,A,#Werbung,https://x.example/3,w,en,\n"
     "x,4,2026-01-03T00:00Z,2026-01-03T00:00Z,A,#Werbung #acme,https://x.example/4,w,de,\n"
     f"x,5,2026-01-03T00:00Z,2026-01-03T00:00Z,A,{'x' * 124} #ad,https://x.example/5,w,,\n"
     "x,6,2026-01-03T00:00Z,2026-01-03T00:00Z,A,,https://x.example/6,w,,true\n"
     "x,7,2026-01-10T00:00Z,2026-01-10T00:00Z,B,#acme,,,,\n"
     "x,8,2026-01-11T00:00Z,2026-01-11T00:00Z,B,#acme,,,,\n"),
    ("deliverables", "deliverable_id,collaboration_id,platform,due_on,post_url\n"
     + "".join(f"{n},{'k1' if n < 5 else 'k2'},x,2026-01-09,https://x.example/{n}\n"
               for n in range(1, 7))),
    ("post_metrics", "platform,native_post_id,observed_at,likes,comments,saves,views,impressions"
     "\nx,1,2026-01-03T00:00:00Z,10,1,,500,200\nx,1,2026-01-04T00:00:00Z,20,,,,\n"
     "x,2,2026-01-03T00:00:00Z,,,,300,\nx,5,2026-01-04T00:00:00Z,1,1,,40,\n"
     "x,6,2026-01-04T00:00:00Z,5,,2,,0\n"),
)  # fmt: skip
TOKENS = [
    ("*", "#ad", "clear"), ("en", "paid partnership", "clear"), ("en", "#sponsor", "clear"),
    ("de", "#werbung", "clear"), ("*", "#sp", "unclear"), ("de", "anzeige", "clear"),
    ("ja", "広告", "clear"),
]  # fmt: skip
EMV = [
    ("x", "*", "likes", Fraction("0.00015"), "EUR"), ("x", "v", "likes", Fraction(2), "EUR"),
    ("x", "*", "comments", Fraction("0.00005"), "USD"), ("x", "*", "saves", Fraction(1), "ISK"),
]  # fmt: skip


def test_disclosure() -> None:
    returns = after("2026-01-20", *POSTS, disclosure=TOKENS)
    found = {post_id: returns.disclosure_of(post) for post_id, post in returns.social.posts.items()}
    assert [found[f"x:{n}"] for n in range(1, 7)] == [
        ("pass", "paid partnership", 1),
        ("weak", "#sp", 12),
        ("missing", None, None),  # a German word in an English post
        ("pass", "#werbung", 1),
        ("weak", "#ad", 126),
        ("pass", None, None),
    ]


@pytest.mark.parametrize(
    ("said", "language", "label", "expected"),
    [
        ("#sp " + "-" * 121 + "#ad", "en", None, ("weak", "#ad", 126)),  # the clear one is told
        ("#sp " + "-" * 120 + "#ad", "en-GB", None, ("pass", "#ad", 125)),
        ("#sp", "en", True, ("pass", "#sp", 1)),
        ("#Werbung", "DE-at", None, ("pass", "#werbung", 1)),
        ("#werbung", "und", None, ("pass", "#werbung", 1)),
        ("PAID  partnership", "en", None, ("missing", None, None)),
        ("paid partnerships, paid partnership", "en", None, ("pass", "paid partnership", 20)),
        ("https://a.example/anzeige?#ad", "de", None, ("missing", None, None)),
        ("e\u0301 anzeige", "de", None, ("pass", "anzeige", 4)),  # as it was written
        ("☕\ufe0fAnzeige", "de", None, ("pass", "anzeige", 3)),
        ("kleinanzeige", "de", None, ("missing", None, None)),
        ("これは広告です", "ja", None, ("pass", "広告", 4)),
        (None, "en", None, ("missing", None, None)),
    ],
)
def test_disclosure_in_a_text(
    said: str | None, language: str, label: bool | None, expected: tuple[Any, ...]
) -> None:
    returns = after("2026-01-20", disclosure=TOKENS)
    post = {"text": said, "spoken": language, "is_paid_label": label}
    assert returns.disclosure_of(post) == expected


def test_earned_media_value_and_impressions() -> None:
    returns = after("2026-01-20", PAYMENTS, *POSTS, emv_rates=EMV)
    posts = returns.post_performance()
    # 20 × 2 EUR at 1.2, and 1 × 0.00005 rounded up; no rate for views
    assert posts["x:1",]["emv"] == Decimal("48.0001")
    assert posts["x:2",]["emv"] is None
    # 1 × 0.00015 EUR = 0.00018 USD, and 0.00005: each rounded before they are added
    assert posts["x:5",]["emv"] == Decimal("0.0003")
    assert posts["x:6",]["emv"] is None  # what a save is worth is said in ISK, which has no rate
    assert (posts["x:1",]["engagements"], posts["x:1",]["engagements_1d"]) == (20, 11)
    rows = returns.collaboration_performance()
    k1, k2 = rows["k1", "linear"], rows["k2", "linear"]
    # 200 impressions of 1, for 2 its 300 views stand in, 3 and 4 are not known
    assert (k1["impressions"], k1["impressions_basis"], k1["posts"]) == (500, "mixed", 4)
    assert k1["cpm"] == pytest.approx(1000 * 117.55 / 500, rel=1e-15)
    assert (k1["cpe"], k1["ctr"]) == (pytest.approx(117.55 / 20, rel=1e-15), 0.0)
    assert (k1["ctr_low"], k1["ctr_high"]) == wilson(0, 500)
    # no impressions are 0 impressions only where the platform says 0
    assert (k2["impressions"], k2["impressions_basis"], k2["emv"]) == (
        40, "mixed", Decimal("0.0003")
    )  # fmt: skip
    campaign = returns.campaign_performance()["c1", "linear"]
    assert (campaign["posts"], campaign["impressions"], campaign["mentions_earned"]) == (6, 540, 1)
    assert campaign["emv"] == Decimal("48.0004")


def test_days_of_a_campaign() -> None:
    daily = after("2026-01-20", PAYMENTS, *SHOP, *POSTS).campaign_daily()
    assert [key[1].day for key in daily] == list(range(1, 21))  # to D; c2 starts later
    names = ("posts", "engagements_change", "valid_clicks", "attributed_orders")
    assert [daily["c1", date(2026, 1, 2)][name] for name in names] == [2, None, 1, 0]
    assert [daily["c1", date(2026, 1, 4)][name] for name in names] == [0, 9, 1, 0]
    # by default the last click takes order 1, and the code 6: revenue on the orders' day
    assert daily["c1", date(2026, 1, 5)]["attributed_revenue"] == Decimal(97)
    # committed on the 2nd: 3, 4, 5 and 11, which has no rate; k1's fee came before the start
    assert daily["c1", date(2026, 1, 2)]["cost"] == Decimal(45)
    assert daily["c1", date(2026, 1, 3)]["cost"] == Decimal(7)


def test_attribution_of_orders_and_refunds() -> None:
    refunds = "refund_id,order_id,refunded_at,amount\nr,1,2026-01-06T00:00:00Z,45\n"
    returns = after("2026-01-20", *SHOP, ("refunds", refunds))
    rows = returns.fct_attribution()
    half = rows["1", "linear", 1]
    # of 45 that remain, and of a profit of 45 − 30 × 45 / 90
    assert (half["credit"], half["attributed_revenue"], half["attributed_profit"]) == (
        Decimal("0.5"), Decimal("22.5"), Decimal(15)
    )  # fmt: skip
    assert (half["touch_key"], half["touch_kind"]) == ("a", "click")
    none = rows["3", "shapley", 0]
    assert (none["touch_kind"], none["credit"], none["collaboration_id"]) == ("none", 1, None)
    assert rows["5", "last_touch", 2]["attributed_revenue"] is None
    assert {key[0] for key in rows} == {"1", "2", "3", "5", "6"}
    assert {key[1] for key in rows} == set(METHODS)
    assert returns.fct_refunds()["r",]["refunded_on"] == date(2026, 1, 6)
