"""The oracle of outreach, pace, briefs and relationships, against figures worked out by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from .returns import Returns
from .social import Social
from .steering import Steering, forbidden, leads_to, mentions_of, required, status
from .test_oracle_by_hand import night
from .test_returns_by_hand import FX, WATCHED
from .test_vetting_by_hand import table

CAMPAIGNS = table(
    "campaigns",
    "campaign_id brand_id campaign_name starts_on ends_on currency goal_metric goal_value",
    "now acme Now 2026-01-01 2026-01-20  posts 4", "none acme None 2026-01-10 2026-01-10   ",
    "zero acme Zero 2026-01-09 2026-01-11  clicks 0",
    "next acme Next 2026-01-11 2026-01-14  posts 2",
    "past acme Past 2025-06-10 2025-07-14 EUR revenue 100", "old acme Old 2025-06-01 2025-07-13   ",
    "half acme Half 2026-01-01 2026-01-20   5", "unit acme Unit 2026-01-01 2026-01-20  posts ",
)  # fmt: skip
DEALS = table(
    "collaborations", "collaboration_id campaign_id creator_id status fee currency",
    "k1 now p1 active 10 USD", "k2 past p1 completed  ", "k3 now p2 cancelled 9 USD",
    "k4 old p3 completed 2 USD", "k5 next p4 agreed  ", "k6 past p4 proposed 5 USD",
    "k7 past p5 completed 1 USD",
)  # fmt: skip


def steer(*files: tuple[str, str], day: str = "2026-01-10", **more: Any) -> Steering:
    more = {"coverage": WATCHED, **more}
    social = Social(night(day, CAMPAIGNS, DEALS, FX, *files, **more))
    return Steering(social, Returns(social))


def test_outreach() -> None:
    rows = table(
        "outreach", "outreach_id status campaign_id creator_id channel status_at",
        "1 contacted now p1 email 2026-01-01T00:00:00Z",
        "1 replied now p1 email 2026-01-02T12:00:00Z",
        "1 agreed now p1 email 2026-01-03T00:00:00Z",
        "1 declined now p1 email 2026-01-04T00:00:00Z",
        "2 contacted now p1 email 2026-01-01T00:00:00Z",
        "2 replied now p1 email 2026-01-04T12:00:00Z",
        "3 contacted now p1 email 2026-01-05T00:00:00Z",
        "3 replied now p1 email 2026-01-04T00:00:00Z",
        "4 contacted now p1 email 2026-01-09T00:00:00Z",
        "4 replied now p1 email 2026-01-11T00:00:00Z",
        "5 replied now p1 dm 2026-01-01T00:00:00Z", "6 contacted gone p1 dm 2026-01-01T00:00:00Z",
    )  # fmt: skip
    funnel = steer(rows).outreach_funnel()
    email, dm = funnel["now", "email"], funnel["now", "dm"]
    names = ("contacted", "replied", "negotiating", "agreed", "declined", "no_reply")
    assert [email[name] for name in names] == [4, 3, 0, 1, 1, 0]
    assert (email["reply_rate"], email["agree_rate"]) == (0.75, 0.25)
    assert email["median_days_to_reply"] == 2.5  # of 1.5 and 3.5
    assert (dm["contacted"], dm["replied"], dm["reply_rate"]) == (0, 1, None)
    assert dm["median_days_to_reply"] is None
    assert len(funnel) == 2


POSTS = (
    table("posts", "platform native_post_id observed_at published_at native_account_id permalink",
          *(f"x {n} 2026-01-0{n}T00:00:00Z 2026-01-0{n}T00:00:00Z A https://x.example/{n}"
            for n in (1, 2, 3))),
    table("deliverables", "deliverable_id collaboration_id platform due_on post_url",
          "1 k1 x 2026-01-01 https://x.example/1", "2 k1 x 2026-01-01 http://www.x.example/2/",
          "3 k1 x 2026-01-09 https://x.example/9", "4 k1 x 2026-01-10 ", "5 k1 x 2026-01-11 ",
          "6 k3 x 2026-01-01 ", "7 k1 x 2026-01-09 "),
)  # fmt: skip


def test_pace() -> None:
    rows = {key[0]: row for key, row in steer(*POSTS).campaign_pacing().items()}
    now = rows["now"]
    names = ("deliverables", "deliverables_due", "deliverables_live", "deliverables_late")
    assert [now[name] for name in names] == [6, 5, 2, 2]
    assert (now["elapsed_days"], now["total_days"], now["expected_to_date"]) == (10, 20, 2.0)
    assert (now["actual"], now["pacing"], now["projected"]) == (2.0, 1.0, 4.0)
    assert now["status"] == "on_track"
    assert (rows["none"]["elapsed_days"], rows["none"]["status"]) == (1, None)
    assert (rows["none"]["actual"], rows["none"]["goal_value"]) == (None, None)
    zero = rows["zero"]
    assert (zero["expected_to_date"], zero["pacing"], zero["status"]) == (0.0, None, None)
    assert zero["projected"] == 0.0
    planned = rows["next"]
    assert (planned["elapsed_days"], planned["expected_to_date"], planned["projected"]) == (
        0, 0.0, None
    )  # fmt: skip
    assert (planned["pacing"], planned["status"]) == (None, "planned")
    # 100 EUR has no rate on the campaign's first day
    assert (rows["past"]["goal_value"], rows["past"]["status"]) == (None, "ended")
    rate = table("fx_rates", "rate_date base_currency quote_currency rate",
                 "2025-06-10 EUR USD 1.25", "2025-06-11 EUR USD 2")  # fmt: skip
    past = steer(rate).campaign_pacing()["past",]
    assert (past["goal_value"], past["expected_to_date"], past["pacing"]) == (Decimal(125), 125, 0)
    assert (rows["half"]["goal_value"], rows["half"]["expected_to_date"]) == (5, None)
    assert (rows["unit"]["actual"], rows["unit"]["pacing"]) == (0.0, None)


def test_status() -> None:
    first, last = date(2026, 1, 2), date(2026, 1, 3)
    paces = ("1.1", "1.0999", "0.9", "0.8999")
    assert [status(first, first, last, Fraction(pace)) for pace in paces] == [
        "ahead", "on_track", "on_track", "behind"
    ]  # fmt: skip
    assert status(date(2026, 1, 1), first, last, None) == "planned"
    assert status(date(2026, 1, 4), first, last, Fraction(2)) == "ended"


def test_relationships() -> None:
    shop = (
        table("promo_codes", "code valid_from collaboration_id", "one 2025-01-01 k1",
              "two 2025-01-01 k2", "seven 2025-01-01 k7"),
        table("orders",
        "order_id ordered_at currency gross_amount cost_of_goods status discount_codes",
              "1 2026-01-02T00:00:00Z USD 90 30 placed one",
              "2 2025-07-01T00:00:00Z USD 10  placed two",
              "3 2025-07-01T00:00:00Z USD 9 1 placed seven"),
        table("payments", "payment_id collaboration_id kind status incurred_on amount currency",
              "1 k6 boost paid 2025-06-01 3 USD"),
    )  # fmt: skip
    rows = steer(*shop).creator_relationships()
    assert {key[1] for key in rows} == {"p1", "p3", "p4", "p5"}  # p2's was cancelled
    p1 = rows["acme", "p1"]
    assert (p1["collaborations"], p1["is_repeat"], p1["status"]) == (2, True, "active")
    # from 10 June to D, both days counted
    assert (p1["first_on"], p1["last_on"], p1["tenure_days"]) == (
        date(2025, 6, 10), date(2026, 1, 20), 215
    )  # fmt: skip
    assert (p1["attributed_profit"], p1["attributed_revenue"], p1["cost"]) == (60, 100, 10)
    assert (p1["profit_coverage"], p1["roi"]) == (0.9, 5.0)
    assert (p1["roi_first"], p1["roi_last"]) == (None, 5.0)  # of k2 no profit is known
    # 181 days before D, and 180
    p3, p5 = rows["acme", "p3"], rows["acme", "p5"]
    assert (p3["last_on"], p3["status"], p3["roi"], p3["is_lapsed_star"]) == (
        date(2025, 7, 13), "lapsed", -1.0, False
    )  # fmt: skip
    assert (p5["last_on"], p5["status"], p5["is_lapsed_star"]) == (date(2025, 7, 14), "new", False)
    p4 = rows["acme", "p4"]
    # it has not begun; what was paid for the proposed one is a cost
    assert (p4["tenure_days"], p4["status"], p4["cost"], p4["is_repeat"]) == (0, "new", 3, False)
    star = steer(*shop, day="2026-01-11").creator_relationships()["acme", "p5"]
    assert (star["status"], star["roi"], star["is_lapsed_star"]) == ("lapsed", 7.0, True)


def test_what_a_brief_requires() -> None:
    assert required([], ["a"]) == required(None, []) == (None, ())
    assert required(["b", "a"], ["a", "b", "c"]) == ("pass", ("b", "a"))
    assert required(["b", "a"], ["a"])[0] == "fail"
    account = "mastodon:https://social.example/users/a"
    post = {"platform": "mastodon", "native_post_id": "https://cdn.example/1"}
    post |= {"account_id": account}
    assert (
        required(["acme@social.example"], mentions_of({**post, "mentions": ["acme"]}))[0] == "pass"
    )
    whole = {**post, "mentions": ["acme@social.example"]}
    assert required(["acme"], mentions_of(whole))[0] == "pass"
    there = {**post, "account_id": "mastodon:https://else.example/users/a", "mentions": ["acme"]}
    assert required(["acme@social.example"], mentions_of(there))[0] == "fail"
    assert (
        required(["acme"], mentions_of({**post, "platform": "x", "mentions": ["acme"]}))[0]
        == "pass"
    )
    assert forbidden([], "cheap") == (None, ())
    assert forbidden(["Cheap"], "so CHEAP!") == ("fail", ("Cheap",))
    assert forbidden(["cheap", "ราคาถูก", "無料"], "cheapest")[0] == "pass"
    assert forbidden(["無料"], "今日は無料です")[0] == "fail"
    assert forbidden(["ถูก"], "ราคาถูกมาก")[0] == "fail"
    assert forbidden(["cheap"], None) == ("pass", ())


def test_links_that_track() -> None:
    link = "https://acme.example/p?utm_campaign=Spring&utm_content=Ann"
    assert leads_to("http://other.example/?utm_content=ann&utm_campaign=%20spring", link)
    assert not leads_to("https://acme.example/q?utm_campaign=spring&utm_content=bea", link)
    assert not leads_to("https://www.acme.example/p/", link)  # the page alone tells nobody apart
    bare = "https://acme.example/p?utm_campaign=spring"
    assert leads_to("https://www.acme.example/p/", bare)
    assert not leads_to("https://acme.example/", bare)


def test_compliance() -> None:
    briefs = table("campaigns", "campaign_id brand_id campaign_name starts_on ends_on "
                   "required_hashtags required_mentions forbidden_terms",
                   "now acme Now 2026-01-01 2026-01-20 #Fair acme free|cheap")  # fmt: skip
    said = ("posts", "platform,native_post_id,observed_at,published_at,native_account_id,permalink,"
            "text,is_paid_label\n"
            "x,1,2026-01-02T00:00Z,2026-01-01T00:00Z,A,https://x.example/1,#fair @Acme #ad TEN!,\n"
            "x,2,2026-01-02T00:00Z,2026-01-02T00:00Z,A,https://x.example/2,"
            "so FREE acme.example,true\n"
            "x,3,2026-01-02T00:00Z,2026-01-02T00:00Z,A,https://x.example/3,"
            "#fair https://shop.acme.example tens,\n")  # fmt: skip
    more = table(
        "deliverables",
        "deliverable_id collaboration_id platform due_on post_url",
        "1b k2 x 2025-01-01 https://x.example/1",
        "8 k1 x 2026-02-01 https://x.example/3",
    )
    codes = table("promo_codes", "code valid_from collaboration_id", "ten 2025-01-01 k1")
    tokens = [("*", "#ad", "clear")]
    found = steer(briefs, *POSTS, said, more, codes, disclosure=tokens).compliance()
    rules = ("disclosure", "required_hashtags", "required_mentions", "forbidden_terms", "on_time",
             "tracking")  # fmt: skip
    results = {n: [found[f"x:{n}", rule]["result"] for rule in rules] for n in (1, 2, 3)}
    assert results == {
        1: ["pass", "pass", "pass", "pass", "pass", "pass"],
        2: ["pass", "fail", "fail", "fail", "fail", "fail"],
        3: ["fail", "pass", "fail", "pass", "pass", "weak"],
    }
    assert found["x:1", "disclosure"]["evidence"] == "#ad at 13"
    assert found["x:2", "disclosure"]["evidence"] == "paid label of the platform"
    assert found["x:2", "on_time"]["evidence"] == "due 2026-01-01, published 2026-01-02"
    assert found["x:1", "tracking"]["campaign_id"] == "now"
    assert len(found) == 21
    assert found["x:1", "kept_up"]["result"] == "pass"
    none = steer(*POSTS).compliance()
    assert [none["x:1", rule]["result"] for rule in rules[1:]] == [None, None, None, "pass", None]


@pytest.mark.parametrize(
    ("gone", "day", "result"),
    [
        ("2026-01-30", "2026-01-30", "fail"), ("2026-01-31", "2026-02-28", "pass"),
        ("2026-01-30", "2026-01-29", "pass"), ("", "2026-01-29", "pass"),
        ("2026-01-01", "2026-01-01", "fail"),
    ],
)  # fmt: skip
def test_a_post_that_is_kept_up(gone: str, day: str, result: str) -> None:
    said = table("posts", "platform native_post_id observed_at published_at deleted_on",
                 f"x 7 2026-01-01T01:00:00Z 2026-01-01T00:00:00Z {gone}")  # fmt: skip
    asked = table("deliverables", "deliverable_id collaboration_id platform due_on post_url",
                  "1 k1 x 2026-01-09 https://twitter.com/ann/status/7?s=20")  # fmt: skip
    steering = steer(said, asked, day=day)
    found = steering.compliance()["x:7", "kept_up"]
    assert found["result"] == result
    # of the first of 30 days nothing is said while nobody knows
    days = {"fail": f"gone after {(date.fromisoformat(gone or day) - date(2026, 1, 1)).days} days"}
    assert found["evidence"] == days.get(result, "30 days")
    # its text and link are gone, and it was live all the same
    pacing = steering.campaign_pacing()["now",]
    assert (pacing["deliverables_live"], pacing["deliverables_late"]) == (1, 0)
    strict = steer(said, asked, day="2026-02-28", kept_up_days=31).compliance()["x:7", "kept_up"]
    assert strict["result"] == ("fail" if gone else "pass")


def test_a_deliverable_is_no_repost() -> None:
    said = ("posts", "platform,native_post_id,observed_at,published_at,text\n"
            "x,7,2026-01-02T01:00:00Z,2026-01-02T00:00:00Z,RT @ann look\n")  # fmt: skip
    asked = table("deliverables", "deliverable_id collaboration_id platform due_on post_url",
                  "1 k1 x 2026-01-09 https://x.com/i/web/status/7")  # fmt: skip
    steering = steer(said, asked)
    assert steering.compliance() == {}
    assert steering.campaign_pacing()["now",]["deliverables_late"] == 1


def test_relationships_that_nobody_watched() -> None:
    deals = (
        table("campaigns", "campaign_id brand_id campaign_name starts_on ends_on",
              "dim acme Dim 2024-01-01 2024-01-31", "part acme Part 2025-02-01 2025-02-20"),
        table("collaborations", "collaboration_id campaign_id creator_id status fee currency",
              "k8 dim p1 completed 8 USD", "k9 part p1 completed 5 USD",
              "k10 next p1 agreed 3 USD", "k0 past p1 cancelled 9 USD"),
        table("payments", "payment_id collaboration_id kind status incurred_on amount currency",
              "1 k0 fee paid 2025-06-11 2 USD"),
        table("promo_codes", "code valid_from collaboration_id", "one 2025-01-01 k1",
              "nine 2025-01-01 k9"),
        table("orders", "order_id ordered_at currency gross_amount cost_of_goods status "
              "discount_codes", "1 2026-01-02T00:00:00Z USD 90 30 placed one",
              "2 2025-02-20T00:00:00Z USD 11 1 placed nine"),
    )  # fmt: skip
    rows = steer(*deals, coverage={"orders": date(2025, 2, 11)}).creator_relationships()
    p1 = rows["acme", "p1"]
    # k8 was not watched, k9 for 40 of 50 days, k10 has not begun: of k1, k2 and k0 60 for 12
    assert (p1["attributed_profit"], p1["cost"], p1["roi"]) == (70, 25, 4.0)
    # k0 was cancelled; k2 cost nothing, k1 10
    assert (p1["roi_first"], p1["roi_last"]) == (None, 5.0)
    none = steer(*deals, coverage={"orders": date(2026, 3, 1)}).creator_relationships()[
        "acme", "p1"
    ]
    names = ("attributed_profit", "attributed_revenue", "profit_coverage", "roi", "roi_last")
    assert [none[name] for name in names] == [None] * 5
    assert none["cost"] == 25


@pytest.mark.parametrize("due", ["2026-01-01", "2026-01-02"])
def test_on_time_is_by_the_day_of_the_zone(due: str) -> None:
    said = table("posts", "platform native_post_id observed_at published_at permalink",
                 "x 7 2026-01-02T03:00:00Z 2026-01-02T03:00:00Z https://x.example/7")  # fmt: skip
    asked = table("deliverables", "deliverable_id collaboration_id platform due_on post_url",
                  f"1 k1 x {due} https://x.example/7")  # fmt: skip
    rows = steer(said, asked, zone="America/New_York").compliance()
    assert rows["x:7", "on_time"]["result"] == "pass"
    rows = steer(said, asked).compliance()
    assert rows["x:7", "on_time"]["result"] == ("pass" if due == "2026-01-02" else "fail")
