"""The oracle of shortlists, against figures worked out by hand."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from . import text
from .finding import Finding, whole_percent
from .returns import Returns
from .setting import Brand, Night, Setting
from .social import Social
from .streams import Dropped, read
from .test_oracle_by_hand import METRICS, TIERS
from .test_vetting_by_hand import D, table
from .vetting import Vetting

ACME = Brand("acme", "Acme", "own", {"x": ["acme"]}, ["acme"], ["acme coffee", "珈琲"],
             ["acme.example"], ["rival", "grind"], ["brew"])  # fmt: skip
BRANDS = {
    "acme": ACME,
    "rival": Brand("rival", "Rival Roast", "competitor", {"x": ["rival"]}, ["rival"], [], [], []),
    "grind": Brand("grind", "Grind", "competitor", {"x": ["grind"]}, ["grind"], [], [], []),
}
PEOPLE = "A B C D E F"


def shortlist(said: list[str], *files: tuple[str, str], **more: Any) -> Any:
    """Shortlists after posts of `account days-before-D text…`."""
    rows = [
        f"x,p{n},{D - timedelta(days=int(ago))}T00:00:00Z,{D - timedelta(days=int(ago))}T00:00:00Z,"
        f"{account},{words}"
        for n, (account, ago, words) in enumerate(row.split(" ", 2) for row in said)
    ]
    head = "platform,native_post_id,observed_at,published_at,native_account_id,text"
    people = [f"x {name} 2026-01-01T00:00:00Z {name.lower()} {2000 + n} {flags}"
              for n, (name, flags) in enumerate({**dict.fromkeys(PEOPLE.split(), " "),
                                                 **more.pop("flags", {})}.items())]  # fmt: skip
    setting = Setting(
        D, ZoneInfo("UTC"), "USD", BRANDS, TIERS, METRICS,
        disclosure=[("*", "#ad", "clear"), ("*", "#sp", "unclear"), ("fr", "#pub", "clear")],
    )  # fmt: skip
    columns = "platform native_account_id observed_at handle followers is_bot is_noindex"
    drops = [table("profiles", columns, *people), ("posts", "\n".join((head, *rows))), *files]
    landed = read([Dropped(n, s, f"{n}.csv", body.encode()) for n, (s, body) in enumerate(drops)])
    social = Social(Night(landed, setting, **more))
    returns = Returns(social)
    found = Finding(social, returns, Vetting(social, returns)).discovery_shortlist()
    assert {key[0] for key in found} <= {"acme"}
    return {key[1].removeprefix("x:"): row for key, row in found.items()}


def test_relevance_and_score() -> None:
    rows = shortlist([
        "A 1 #brew", "A 2 #brew #acme", "A 3 now 珈琲と", "A 4 macme coffee", "A 90 #acme",
        "B 1 ACME COFFEE!", "C 1 acme coffees", "D 90 #acme", "E 89 #brewing", "F 89 #Acme",
    ])  # fmt: skip
    assert list(rows) == ["F", "B", "A"]  # the score of F and B is one, and F has more followers
    a = rows["A"]
    assert (a["rank"], a["relevance"], a["is_hashtag_match"], a["is_keyword_match"]) == (
        3, 0.75, True, True
    )  # fmt: skip
    assert a["score"] == pytest.approx(0.35 * 0.75 + 0.2, rel=1e-15)  # no percentile, score 100
    assert (rows["B"]["is_hashtag_match"], rows["B"]["is_keyword_match"]) == (False, True)
    assert (a["er_percentile"], a["affinity"], a["works_with_competitors"]) == (None, 0.0, [])
    assert a["reasons"] == "uses #brew in 50 % of posts; names Acme in 25 % of posts"


def test_who_is_left_out() -> None:
    deals = (
        table("campaigns", "campaign_id brand_id campaign_name starts_on ends_on",
              "c1 acme One 2026-03-01 2026-03-31", "c2 rival Two 2026-03-01 2026-03-31"),
        table("creators", "creator_id creator_name", "p1 Ann", "p2 Bea", "p3 Cy"),
        table("creator_accounts", "platform handle creator_id", "x a p1", "x b p2", "x c p3"),
        table("collaborations", "collaboration_id campaign_id creator_id status",
              "k1 c1 p1 proposed", "k2 c2 p2 active", "k3 c9 p3 active"),
    )  # fmt: skip
    before = table("profiles", "platform native_account_id observed_at handle followers",
                   "x F 2025-01-01T00:00:00Z grind 10")  # fmt: skip
    said = [f"{name} 1 #acme" for name in PEOPLE.split()]
    rows = shortlist(said, *deals, before, flags={"D": "true ", "E": "false true"})
    # A is on the roster, D a bot, E asks not to be found, F went by a brand's name once
    assert set(rows) == {"B", "C"}
    assert rows["B"]["creator_id"] == "p2"


def test_work_for_competitors() -> None:
    rows = shortlist([
        "A 364 #ad for #rival", "A 1 none", "B 365 #ad for #rival", "B 1 none", "C 300 @rival",
        "C 200 @rival", "C 1 @rival #grind", "D 300 @rival", "D 200 @grind", "D 1 @rival",
        "E 9 thanks #grind #sp", "E 8 #rival #ad", "F 9 #rival #pub",
    ], detected={"x:p12": "de"})  # fmt: skip
    assert {name: row["works_with_competitors"] for name, row in rows.items()} == {
        "A": ["rival"], "C": ["rival"], "E": ["grind", "rival"]
    }  # fmt: skip
    assert (rows["E"]["affinity"], rows["E"]["relevance"]) == (0.25, 0.0)
    assert rows["A"]["reasons"] == "worked with Rival Roast in April 2025"
    assert rows["C"]["reasons"] == "tagged Rival Roast in 3 posts, last in March 2026"
    told = "worked with Grind in March 2026; worked with Rival Roast in March 2026"
    assert rows["E"]["reasons"] == told


def test_customers_recommendations_and_events() -> None:
    moved = table(
        "profiles",
        "platform native_account_id observed_at handle followers",
        "x A 2026-03-01T00:00:00Z anew 2000",
        "x B 2026-03-11T00:00:00Z a 2001",
        "x C 2026-03-05T00:00:00Z both 2002",
        "x D 2026-03-05T00:00:00Z both 2003",
    )
    customers = table("customers", "customer_id platform handle", "c1 X @A", "c2 x both", "c3  ",
                      "c4 x nobody")  # fmt: skip
    told = table("recommendations",
                 "recommendation_id customer_id platform handle brand_id recommended_on",
                 "1 c1 x a acme 2026-03-10", "2 c1 x a acme 2026-02-01", "3  x a acme 2026-03-01",
                 "4  x a acme 2026-03-01", "5 c2 x a acme 2026-03-11", "6 c3 x a acme 2026-04-01",
                 "7 c4 x a rival 2026-03-31", "8 c1 x f acme 2025-01-01")  # fmt: skip
    events = table("events", "event_id event_name brand_id hashtags starts_on ends_on",
                   "e1 Fair acme fair|show 2026-03-01 2026-03-02",
                   "e2 Old acme fair 2025-01-01 2025-01-01",
                   "e3 Other rival fair 2026-03-01 2026-03-02",
                   "e4 None acme none 2026-03-01 2026-03-31")  # fmt: skip
    rows = shortlist([
        "A 1 hm", "B 1 hm", "C 1 hm", "D 1 hm", "E 30 #Fair", "E 454 #fair", "F 29 #SHOW",
        "E 2 hm", "C 31 #show", "D 28 #show",
    ], moved, customers, told, events)  # fmt: skip
    # at the end of the 10th A was the last to go by that name, at D it is B's
    assert {name: (row["is_customer"], row["recommended_by"]) for name, row in rows.items()} == {
        "A": (False, 3), "B": (True, 1), "E": (False, 0), "F": (False, 1),
    }  # fmt: skip
    assert (rows["E"]["event_ids"], rows["F"]["event_ids"]) == (["e1", "e2"], ["e1"])
    assert rows["B"]["affinity"] == rows["F"]["affinity"] == 0.5
    assert rows["B"]["reasons"] == "recommended by 1 customer; is a customer"
    assert rows["A"]["reasons"] == "recommended by 3 customers"
    assert rows["E"]["reasons"] == "posted on Fair; posted on Old"


def test_words_and_percentages() -> None:
    assert text.has_keyword("これは広告です", "広告")
    assert text.has_keyword("☕\ufe0fcheap", "cheap")
    assert not text.has_keyword("cheapest", "cheap")
    assert not text.has_keyword("cheap\u0301", "cheap")
    assert [whole_percent(n, 1000) for n in (5, 9, 10, 14, 15, 1000)] == [
        "under 1 %", "under 1 %", "1 %", "1 %", "2 %", "100 %"
    ]  # fmt: skip
