"""The oracle of attribution, costs and ratios, against figures worked out by hand."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from .returns import METHODS, Returns, divided, kind_of, shares, wilson
from .setting import Brand
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


def test_the_half_life_is_configuration() -> None:
    # a half-life of twice the days: 2^(-age / 2H) is the root of 2^(-age / H)
    weights = [2**-1.0, 2**-0.5, 1.0, 1.0]
    found = shares("time_decay", PATH, ORDERED, 14)
    assert [float(part) for part in found.values()] == pytest.approx(
        [weight / sum(weights) for weight in weights]
    )


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


WATCHED = {"orders": date(2025, 1, 1), "clicks": date(2025, 1, 1)}


def after(day: str, *files: tuple[str, str], **more: Any) -> Returns:
    more = {"coverage": WATCHED, **more}
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


COMMISSIONS = (
    "collaborations",
    "collaboration_id,campaign_id,creator_id,status,fee,commission_rate,currency\n"
    "k1,c1,p1,active,100,0.1,EUR\nk2,c1,p2,active,,0.333333,USD\nk3,c1,p3,cancelled,,0.5,USD\n"
    "k6,c1,p1,agreed,,0.1,USD\nk7,c1,p1,agreed,,,USD\n",
)
CUSTOMERS = (
    ("tracking_links", "link_id,collaboration_id,url\nl1,k1,https://acme.example/1\n"
     "l2,k2,https://acme.example/2\n"),
    ("clicks", "click_id,clicked_at,link_id,visitor_id\n"
     "a,2026-01-02T00:00:00Z,l1,v\nb,2026-01-03T00:00:00Z,l2,v\n"),
    ("promo_codes", "code,valid_from,collaboration_id\n"
     "one,2025-12-01,k1\nthree,2025-12-01,k3\nsix,2025-12-01,k6\nseven,2025-12-01,k7\n"),
    ("orders", "order_id,ordered_at,currency,gross_amount,status,visitor_id,customer_id,"
     "discount_codes\n"
     "1,2026-01-05T00:00:00Z,USD,90,placed,v,x,\n2,2026-01-06T00:00:00Z,USD,10,placed,,x,one\n"
     "3,2026-01-07T00:00:00Z,USD,5,placed,,,one\n4,2026-01-08T00:00:00Z,USD,50,placed,,y,three\n"
     "5,2025-12-30T00:00:00Z,USD,7,placed,,z,six\n6,2026-01-08T00:00:00Z,USD,7,placed,,w,seven\n"
     "7,2026-01-09T00:00:00Z,USD,3,placed,,,one\n8,2026-01-10T00:00:00Z,USD,0,placed,,,one\n"),
)  # fmt: skip


def test_commission_owed_and_new_customers() -> None:
    def owed(returns: Returns) -> dict[str, tuple[str, str]]:
        rows = {key[0]: row for key, row in returns.costs.items() if row["status"] == "owed"}
        return {key: (str(row["amount"]), str(row["incurred_on"])) for key, row in rows.items()}

    returns = Returns(Social(night("2026-01-20", CAMPAIGNS, COMMISSIONS, FX, *CUSTOMERS,
                                   coverage=WATCHED)))  # fmt: skip
    # by the default method k1 has 10 + 5 + 3 + 0, k2 the 90 of the last click: x 0.333333
    assert owed(returns) == {
        "commission:k1": ("1.8000", "2026-01-09"),
        "commission:k2": ("30.0000", "2026-01-05"),
        "commission:k6": ("0.7000", "2026-01-01"),
    }
    rows = returns.collaboration_performance()
    names = ("new_customers", "revenue_new", "revenue_repeat", "cost_committed")
    # of the first order k1 has the half, whatever it owes by the default method
    assert [float(rows["k1", "linear"][name]) for name in names] == [0.5, 45, 10, 111.8]
    assert rows["k1", "linear"]["cost_per_new_customer"] == 223.6
    assert [float(rows["k1", "code_then_click"][name]) for name in names] == [0, 0, 10, 111.8]
    assert rows["k1", "code_then_click"]["cost_per_new_customer"] is None
    campaign = returns.campaign_performance()["c1", "linear"]
    assert [float(campaign[name]) for name in names] == [3, 104, 10, 142.5]
    daily = returns.campaign_daily()
    assert [str(daily["c1", date(2026, 1, n)]["cost"]) for n in (5, 9)] == ["30.0000", "1.8000"]

    pays = ("payments", "payment_id,collaboration_id,kind,status,incurred_on,amount,currency\n"
            "1,k1,commission,committed,2026-01-20,2,USD\n2,k2,commission,paid,2026-01-21,2,USD\n"
            "3,k6,boost,paid,2026-01-02,2,USD\n")  # fmt: skip
    returns = Returns(Social(night("2026-01-20", CAMPAIGNS, COMMISSIONS, FX, *CUSTOMERS, pays,
                                   coverage=WATCHED)))  # fmt: skip
    assert set(owed(returns)) == {"commission:k2", "commission:k6"}
    unseen = {"orders": date(2026, 3, 1)}
    returns = Returns(Social(night("2026-03-20", CAMPAIGNS, COMMISSIONS, FX, *CUSTOMERS,
                                   coverage=unseen)))  # fmt: skip
    assert owed(returns) == {}
    assert returns.campaign_performance()["c1", "linear"]["new_customers"] is None


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
    names = ("posts", "impressions", "engagements", "emv", "ctr", "valid_clicks", "roas")
    assert [none[name] for name in names] == [0, None, None, None, None, None, None]
    assert none["result_state"] == "planned"


def test_what_was_not_watched() -> None:
    def row(day: str, campaign: str = "c1", **coverage: date) -> Any:
        half = Fraction(1, 2)
        returns = after(day, PAYMENTS, *SHOP, coverage=coverage, profit_coverage_min=half)
        return returns.campaign_performance()[campaign, "linear"]

    # the first order is of the 5th, the first click of the 2nd; days are the 1st to the 20th
    names = ("orders_covered", "clicks_covered", "result_state")
    found = row("2026-01-20")
    assert [found[name] for name in names] == [0.8, 0.95, "partly_covered"]
    assert (found["attributed_orders"], found["roi"], found["roas"]) == (
        4, None, pytest.approx(107 / 162.55, rel=1e-15)
    )  # fmt: skip
    found = row("2026-01-20", orders=date(2026, 1, 3))
    assert (found["orders_covered"], found["roi"] is None) == (0.9, False)
    assert row("2026-01-20", orders=date(2026, 1, 4))["roi"] is None
    most = row("2026-01-20", orders=date(2026, 1, 2))
    assert (most["orders_covered"], most["result_state"]) == (0.95, "partly_covered")
    # to 30 days past the end: 1 January to 9 February
    assert row("2026-03-20", orders=date(2026, 2, 8))["orders_covered"] == 2 / 40
    assert row("2026-03-20", orders=date(2026, 2, 9))["orders_covered"] == 1 / 40
    none = row("2026-03-20", orders=date(2026, 2, 10), clicks=date(2026, 1, 1))
    assert [none[name] for name in names] == [0.0, 1.0, "not_covered"]
    seen = ("valid_clicks", "cpc", "attributed_orders", "attributed_revenue", "attributed_profit",
            "profit_coverage", "roas", "roi", "cpa", "conversion_rate",
            "conversion_rate_low")  # fmt: skip
    assert [none[name] for name in seen] == [4, 1162.55 / 4, *[None] * 9]
    none = row("2026-03-20", orders=date(2026, 1, 1), clicks=date(2026, 2, 10))
    assert [none[name] is None for name in seen] == [True] * 2 + [False] * 7 + [True] * 2
    states = {day: row(day, orders=date(2025, 1, 1))["result_state"]
              for day in ("2025-12-31", "2026-01-01", "2026-01-10", "2026-01-11")}  # fmt: skip
    assert list(states.values()) == ["planned", "running", "running", "ended"]
    planned = row("2026-02-09", "c2", **WATCHED)
    assert [planned[name] for name in (*names, *seen)] == [None, None, "planned", *[None] * 11]
    # of nobody's collaboration, and of one whose campaign is not known
    returns = after("2026-01-20", PAYMENTS, *SHOP, coverage={})
    rows = returns.collaboration_performance()
    assert (rows["k3", "linear"]["valid_clicks"], rows["k3", "linear"]["roas"]) == (0, 0.0)
    assert [rows["k4", "linear"][name] for name in (*names, *seen)] == [None] * 14
    assert returns.coverage()[("clicks", None)] == {
        "covered_from": date(2026, 1, 2), "covered_to": date(2026, 1, 20), "basis": "first_event"
    }  # fmt: skip
    daily = returns.campaign_daily()
    names = ("valid_clicks", "attributed_orders", "attributed_revenue", "posts")
    assert [[daily["c1", date(2026, 1, n)][name] for name in names] for n in (1, 4, 5)] == [
        [None, None, None, 0], [1, None, None, 0], [0, 2, 97, 0]
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
    ("*", "#ad", "clear"),
    ("en", "paid partnership", "clear"),
    ("en", "#sponsor", "clear"),
    ("de", "#werbung", "clear"),
    ("*", "#sp", "unclear"),
    ("de", "anzeige", "clear"),
    ("ja", "広告", "clear"),
    ("en", "ad:", "clear", "beginning"),
    ("en", "[ad]", "clear", "beginning"),
    ("fr", "#pub", "clear", "anywhere", "en|de"),
    ("en", "sponsored", "clear", "anywhere", "de"),
    ("en", "not", "denial"),
    ("en", "isn't", "denial"),
    ("de", "keine", "denial"),
    ("fr", "pas de", "denial"),
]
FOLDS = {"*": (125, 3), "x": (280, None), "youtube": (None, 1)}  # fmt: skip
EMV = [
    ("x", "*", "likes", Fraction("0.00015"), "EUR"), ("x", "v", "likes", Fraction(2), "EUR"),
    ("x", "*", "comments", Fraction("0.00005"), "USD"), ("x", "*", "saves", Fraction(1), "ISK"),
]  # fmt: skip


def test_disclosure() -> None:
    returns = after("2026-01-20", *POSTS, disclosure=TOKENS, folds={"*": (125, 3)})
    assert [returns.disclosed(f"x:{n}") for n in range(1, 7)] == [
        ("pass", "paid partnership", 1, 1),
        ("weak", "#sp", 12, 2),
        ("missing", None, None, None),  # a German word in an English post
        ("pass", "#werbung", 1, 1),
        ("weak", "#ad", 126, 1),
        ("pass", None, None, None),
    ]
    row = returns.post_performance()["x:2",]
    names = ("", "_token", "_position", "_rank")
    assert [row[f"disclosure{name}"] for name in names] == ["weak", "#sp", 12, 2]


MISSING = ("missing", None, None, None)


@pytest.mark.parametrize(
    ("said", "language", "more", "expected"),
    [
        ("#sp " + "-" * 121 + "#ad", "en", {}, ("weak", "#ad", 126, 2)),  # the clear one is told
        ("#sp " + "-" * 120 + "#ad", "en-GB", {}, ("pass", "#ad", 125, 2)),
        ("#sp", "en", {"is_paid_label": True}, ("pass", "#sp", 1, 1)),
        ("#Werbung", "DE-at", {}, ("pass", "#werbung", 1, 1)),
        ("#werbung", "und", {}, ("pass", "#werbung", 1, 1)),
        ("PAID  partnership", "en", {}, MISSING),
        ("paid partnerships, paid partnership", "en", {}, ("pass", "paid partnership", 20, 1)),
        ("https://a.example/anzeige?#ad", "de", {}, MISSING),
        ("e\u0301 anzeige", "de", {}, ("pass", "anzeige", 4, 1)),  # as it was written
        ("☕\ufe0fAnzeige", "de", {}, ("pass", "anzeige", 3, 1)),
        ("kleinanzeige", "de", {}, MISSING),
        ("これは広告です", "ja", {}, ("pass", "広告", 4, 1)),
        (None, "en", {}, MISSING),
        # at the beginning: signs and emoji may stand before it, letters and digits not
        ("Ad: beans", "en", {}, ("pass", "ad:", 1, 1)),
        ("☕ — [AD] beans", "en", {}, ("pass", "[ad]", 5, 1)),
        ("My ad: beans", "en", {}, MISSING),
        ("1. Ad: beans", "en", {}, MISSING),
        ("Bad: beans", "en", {}, MISSING),
        # denied within three words, by a word of its language
        ("Not sponsored by Acme", "en", {}, MISSING),
        ("not one two #ad", "en", {}, MISSING),
        ("not one, two #ad", "en", {}, ("pass", "#ad", 14, 1)),
        ("not one two three #ad", "en", {}, ("pass", "#ad", 19, 1)),
        ("This isn't sponsored", "en", {}, MISSING),
        ("not sponsored, no no no sponsored", "en", {}, ("pass", "sponsored", 25, 1)),
        ("Keine Anzeige", "de", {}, MISSING),
        ("not Anzeige", "de", {}, ("pass", "anzeige", 5, 1)),
        ("pas de #pub", "fr", {}, MISSING),
        ("pas de a b #pub", "fr", {}, ("pass", "#pub", 12, 1)),
        ("not #sp", "en", {}, MISSING),
        ("keine #ad", None, {}, MISSING),  # where no language is known, of every one
        ("keine sponsored", None, {}, MISSING),  # an ordinary word of another language
        ("keine paid partnership", None, {}, ("pass", "paid partnership", 7, 1)),
        # folds
        ("a " * 139 + ".#ad", "en", {"platform": "x"}, ("pass", "#ad", 280, 1)),
        ("a " * 140 + "#ad", "en", {"platform": "x"}, ("weak", "#ad", 281, 1)),
        ("a\nb\nc #ad", "en", {}, ("pass", "#ad", 7, 1)),
        ("a\nb\n\n#ad", "en", {}, ("weak", "#ad", 6, 1)),
        ("a\nb\nc\nd #ad", "en", {"platform": "x"}, ("pass", "#ad", 9, 1)),
        ("x" * 900 + " #ad", "en", {"platform": "youtube"}, ("pass", "#ad", 902, 1)),
        ("a\n#ad", "en", {"platform": "youtube"}, ("weak", "#ad", 3, 1)),
        # among other hashtags
        ("#a #b #c #ad", "en", {}, ("pass", "#ad", 10, 4)),
        ("#a #b #c #d #ad", "en", {}, ("weak", "#ad", 13, 5)),
        ("#a #2026 #b #c #ad", "en", {}, ("pass", "#ad", 16, 4)),
        ("#a \uff03b #c #d \uff03ad", "en", {}, ("weak", "#ad", 13, 5)),
        ("#a #b #c #d paid partnership", "en", {}, ("weak", "paid partnership", 13, 5)),
        # languages: of a post in none, not what is an ordinary word elsewhere
        ("#pub", None, {}, MISSING),
        ("#pub", None, {"detected": "fr"}, ("pass", "#pub", 1, 1)),
        ("#pub", "und", {"detected": "fr-CA"}, ("pass", "#pub", 1, 1)),
        ("#pub", "en", {"detected": "fr"}, MISSING),
        ("#werbung", None, {"detected": "en"}, MISSING),
        # of a brand that it mentions or is paid for
        ("#AcmePartner", "en", {"brands": ["acme"]}, ("pass", "#acmepartner", 1, 1)),
        ("#acme_sponsored", None, {"brands": ["acme"]}, ("pass", "#acme_sponsored", 1, 1)),
        ("#acmepartner", "en", {"brands": ["rival", "nobody"]}, MISSING),
        ("#acme_partners", "en", {"brands": ["acme"]}, MISSING),
        ("not #acmead", "en", {"brands": ["acme"]}, MISSING),
    ],
)  # fmt: skip
def test_disclosure_in_a_text(
    said: str | None, language: str | None, more: dict[str, Any], expected: tuple[Any, ...]
) -> None:
    returns = after("2026-01-20", disclosure=TOKENS, folds=FOLDS)
    post = {"text": said, "language": language, "detected": None, "platform": "instagram"}
    post |= {"is_paid_label": None}
    assert returns.disclosure_of({**post, **more}, more.get("brands", ())) == expected


def test_disclosures_of_a_brand() -> None:
    brand = Brand("ab", "Ab Café!", "own", {}, ["x_y"], [], [], [])
    assert {name for name in brand.disclosures if name.endswith("_ad")} == {
        "#ab_ad", "#abcafé_ad", "#x_y_ad"
    }  # fmt: skip
    assert len(brand.disclosures) == 3 * 8


def test_earned_media_value_and_impressions() -> None:
    returns = after("2026-01-20", PAYMENTS, *POSTS, emv_rates=EMV)
    posts = returns.post_performance()
    # 20 × 2 EUR at 1.2, and 1 × 0.00005 rounded up; no rate for views
    assert posts["x:1",]["emv"] == Decimal("48.0001")
    assert posts["x:2",]["emv"] is None
    # 1 × 0.00015 EUR = 0.00018 USD, and 0.00005: each rounded before they are added
    assert posts["x:5",]["emv"] == Decimal("0.0003")
    assert posts["x:6",]["emv"] is None  # what a save is worth is said in ISK, which has no rate
    # 20 likes of the last snapshot, and the comment of the one before
    assert (posts["x:1",]["engagements"], posts["x:1",]["engagements_1d"]) == (21, 11)
    rows = returns.collaboration_performance()
    k1, k2 = rows["k1", "linear"], rows["k2", "linear"]
    # 200 impressions of 1, for 2 its 300 views stand in, 3 and 4 are not known
    assert (k1["impressions"], k1["impressions_basis"], k1["posts"]) == (500, "mixed", 4)
    assert (k1["posts_with_impressions"], k1["posts_with_reach"]) == (2, 0)
    # and so nothing is said of what an impression of k1 costs
    assert (k1["posts_in_ratios"], k1["cpm"], k1["ctr"], k1["ctr_low"]) == (0, None, None, None)
    assert k1["cpe"] == pytest.approx(117.55 / 21, rel=1e-15)
    # no impressions are 0 impressions only where the platform says 0
    assert (k2["impressions"], k2["impressions_basis"], k2["emv"]) == (
        40, "mixed", Decimal("0.0003")
    )  # fmt: skip
    assert (k2["posts_in_ratios"], k2["cpm"], k2["ctr"]) == (2, 1000 * 15 / 40, 0.0)
    assert (k2["ctr_low"], k2["ctr_high"]) == wilson(0, 40)
    # that of a campaign is over the collaborations that have one, with the cost of just these
    campaign = returns.campaign_performance()["c1", "linear"]
    assert (campaign["posts"], campaign["impressions"], campaign["mentions_earned"]) == (6, 540, 1)
    assert (campaign["posts_with_impressions"], campaign["posts_in_ratios"]) == (4, 2)
    assert (campaign["cpm"], campaign["emv"]) == (375.0, Decimal("48.0004"))
    clicked = after("2026-01-20", PAYMENTS, *POSTS, *SHOP).campaign_performance()["c1", "linear"]
    assert (clicked["valid_clicks"], clicked["ctr"]) == (4, 1 / 40)
    # of k3 nobody ever published anything
    assert (rows["k3", "linear"]["posts_in_ratios"], rows["k3", "linear"]["emv"]) == (0, None)


def test_earned_media_value_is_of_what_advertising_did_not_bring() -> None:
    ads = ("post_metrics", "platform,native_post_id,observed_at,paid_likes,paid_views,"
           "paid_impressions"
           "\nx,1,2026-01-05T00:00:00Z,15,100,50\nx,2,2026-01-05T00:00:00Z,,120,\n"
           "x,5,2026-01-05T00:00:00Z,2,,\n")  # fmt: skip
    returns = after("2026-01-20", PAYMENTS, *POSTS, ads, emv_rates=EMV)
    posts = returns.post_performance()
    # 5 x 2 EUR at 1.2, and 1 x 0.00005 rounded up
    assert posts["x:1",]["emv"] == Decimal("12.0001")
    assert posts["x:5",]["emv"] is None  # 2 of 1
    names = ("engagements", "paid_engagements", "views", "paid_views", "paid_impressions")
    assert [posts["x:1",][name] for name in names] == [21, 15, 500, 100, 50]
    k1 = returns.collaboration_performance()["k1", "linear"]
    # of 2 the views stand in
    assert (k1["impressions"], k1["paid_impressions"], k1["paid_engagements"]) == (500, 170, 15)
    assert k1["paid_reach_sum_of_posts"] is None


def test_views_stand_in_where_they_were_counted_later() -> None:
    more = ("post_metrics", "platform,native_post_id,observed_at,value_basis,views,impressions\n"
            "x,1,2026-01-04T00:00:00Z,,600,\nx,2,2026-01-05T00:00:00Z,estimated,9,\n"
            "x,5,2026-01-05T00:00:00Z,,,7\n")  # fmt: skip
    returns = after("2026-01-20", *POSTS, more)
    assert [returns.seen(f"x:{n}") for n in (1, 2, 3, 5, 6)] == [
        ("views", 600), ("views", 300), ("views", None), ("impressions", 7), ("impressions", 0)
    ]  # fmt: skip


def test_a_post_of_two_is_one_of_each_and_once_in_a_campaign() -> None:
    both = ("deliverables", "deliverable_id,collaboration_id,platform,due_on,post_url\n"
            "21,k2,x,2026-01-09,https://x.example/1\n22,k5,x,2026-01-09,https://x.example/1\n"
            "23,k3,x,2026-01-09,https://x.example/1\n")  # fmt: skip
    returns = after("2026-02-20", *POSTS, both)
    rows, campaigns = returns.collaboration_performance(), returns.campaign_performance()
    assert {key[0]: row["posts"] for key, row in rows.items() if key[1] == "linear"} == {
        "k1": 4, "k2": 3, "k3": 0, "k4": 0, "k5": 1, "k6": 0
    }  # fmt: skip
    assert (rows["k5", "linear"]["engagements"], rows["k5", "linear"]["impressions"]) == (21, 200)
    assert (campaigns["c1", "linear"]["posts"], campaigns["c1", "linear"]["impressions"]) == (
        6,
        540,
    )
    # 200, 40 and 0 of k2, and each of its posts once
    assert campaigns["c1", "linear"]["posts_in_ratios"] == 3
    assert campaigns["c2", "linear"]["posts"] == 1
    assert returns.post_performance()["x:1",]["collaboration_id"] == "k1"


def test_a_kind_of_content_has_two_names() -> None:
    kinds = ["CAROUSEL_ALBUM", "carousel", "REELS", "reel", "Video", None]
    assert [kind_of(kind) for kind in kinds] == [
        "carousel", "carousel", "reel", "reel", "video", None
    ]  # fmt: skip


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
