"""The oracle itself, against figures worked out by hand from the contract."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from . import commerce, text
from .compare import differences
from .reports import tables
from .setting import Brand, Night, Setting, quantile
from .social import Social, is_again
from .streams import Dropped, read
from .worlds import world

ACME = Brand(
    "acme", "Acme", "own", {"x": ["acme"], "mastodon": ["acme@social.example"]}, ["acme"],
    ["acme coffee"], ["acme.example"], ["rival"],
)  # fmt: skip
RIVAL = Brand("rival", "Rival", "competitor", {}, ["rival"], [], [], [])
TIERS = [
    ("*", "nano", 0, 999), ("*", "micro", 1000, 100000), ("*", "mid", 100001, 500000),
    ("*", "macro", 500001, 1000000), ("*", "mega", 1000001, None),
]  # fmt: skip
METRICS = [("*", "likes"), ("*", "comments")]


def night(day: str, *files: tuple[str, str], zone: str = "UTC", **more: Any) -> Night:
    """A night after files of (stream, csv), dropped one a night."""
    landed_on = date.fromisoformat(more.pop("landed_on", day))
    drops = [
        Dropped(n, s, f"{n}.csv", body.encode(), day=landed_on) for n, (s, body) in enumerate(files)
    ]
    brands = {"acme": ACME, "rival": RIVAL}
    setting = Setting(
        date.fromisoformat(day), ZoneInfo(zone), "USD", brands, TIERS, METRICS, **more
    )
    return Night(read(drops), setting)


def at(value: str) -> datetime:
    return datetime.fromisoformat(value)


def test_text_rules() -> None:
    said = "#Café x#no #2026 (#26a) https://a.example/#no @ann.b. me@mail.example #ΛΟΓΟΣ"
    assert text.hashtags_in(said) == ["café", "26a", "λογοσ"]
    assert text.mentions_in(said, "x") == ["ann.b"]
    assert text.hashtags_in("\uff03a #b") == ["b"]  # but where disclosures are looked for
    assert text.mentions_in("hi @Ann@Social.example!", "mastodon") == ["ann@social.example"]
    assert text.mentions_in("hi @Ann@Social.example!", "x") == ["ann"]
    assert text.handle(" @Cafe\u0301 ") == "café"
    assert text.has_keyword("ACME COFFEE!", "acme coffee")
    assert not text.has_keyword("acme coffees", "acme coffee")
    assert text.canonical("https://WWW.x.example/P/?q#f") == "x.example/P"
    assert text.parameters("https://a.example/?utm_content=%20B%C3%B6+r&e=") == {
        "utm_content": "bö r"
    }


FORMS = {
    ("x", "1890000000000000012"): (
        "https://X.com/Ann/status/{}?s=20", "mobile.twitter.com/i/web/status/{}/photo/1",
        "https://twitter.com/ann/statuses/{}/", "http://www.x.com/i/status/{}#m",
    ),
    ("instagram", "CxAbC-_9xYz"): (
        "https://www.instagram.com/p/{}/", "instagram.com/reel/{}?igsh=a",
        "https://m.instagram.com/reels/{}", "https://www.instagram.com/tv/{}/#a",
        "https://instagram.com/ann.b/reel/{}/", "https://instagram.com/ann/p/{}",
    ),
    ("youtube", "dQw4w9WgXcQ"): (
        "https://www.youtube.com/watch?v={}&t=3", "http://m.youtube.com/watch?app=m&v={}",
        "https://youtu.be/{}?si=1", "https://youtube.com/shorts/{}/", "youtube.com/live/{}?x",
        "https://www.youtube.com/embed/{}",
    ),
    ("tiktok", "7300000000000000012"): (
        "https://www.tiktok.com/@ann.b/video/{}?x=1", "tiktok.com/@a/photo/{}/",
        "https://m.tiktok.com/v/{}", "https://m.tiktok.com/v/{}.html",
    ),
    ("bluesky", "3lhzq2222abcd"): (
        "https://bsky.app/profile/ann.bsky.social/post/{}",
        "https://bsky.app/profile/did:plc:abc/post/{}/?x", "at://did:plc:abc/app.bsky.feed.post/{}",
    ),
    ("threads", "CxAbC-_9xYz"): (
        "https://www.threads.net/@ann.b/post/{}", "https://threads.com/t/{}/?x=1",
    ),
    ("reddit", "1ab2cd"): (
        "https://www.reddit.com/r/coffee/comments/{}/beans/", "https://redd.it/{}",
        "https://old.reddit.com/comments/{}?sort=new",
    ),
    ("mastodon", "social.example/ann/1140000"): (
        "https://social.example/@Ann/1140000", "https://Social.example/users/ann/statuses/1140000/",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("key", "forms"), FORMS.items())
def test_a_link_is_read_as_a_platform_and_an_id(
    key: tuple[str, str], forms: tuple[str, ...]
) -> None:
    for form in forms:
        assert text.post_of(form.format(key[1])) == key, form


@pytest.mark.parametrize(
    "url",
    [
        "https://www.x.example/a/status/12", "https://x.com/ann", "https://x.com/ann/status/",
        "https://vm.tiktok.com/ZM1/", "https://tiktok.com/@ann", "https://instagram.com/ann/",
        "https://www.instagram.com/stories/ann/12", "https://youtube.com/@ann",
        "https://bsky.app/profile/ann", "at://did:plc:abc/app.bsky.feed.like/3l", "https://t.co/a",
        "https://www.reddit.com/r/coffee/", "https://threads.net/@ann", None, " ",
    ],
)  # fmt: skip
def test_a_link_of_no_post_is_no_id(url: str | None) -> None:
    assert text.post_of(url) is None


def test_a_post_is_met_by_its_id_and_by_its_permalink() -> None:
    meets = text.link_keys("https://instagram.com/ann/reel/Ab1/?x")
    assert meets & text.post_keys("instagram", "Ab1", None)
    assert meets & text.post_keys("instagram", "17841", "https://www.instagram.com/p/Ab1/")
    assert not meets & text.post_keys("instagram", "ab1", "https://www.instagram.com/p/aB1/")
    assert not meets & text.post_keys("threads", "Ab1", None)
    far = text.link_keys("https://far.example/@ann@social.example/12")
    uri = "https://social.example/users/ann/statuses/12"
    assert not far & text.post_keys("mastodon", uri, None)
    assert text.link_keys("http://social.example/@Ann/12/") & text.post_keys("mastodon", uri, None)
    odd = "https://social.example/objects/ab"  # of no form: as text, the id too
    assert text.link_keys("social.example/objects/ab/?x") & text.post_keys("mastodon", odd, None)
    assert text.link_keys("http://M.a.example/P/1/?q#f") & text.post_keys(
        "twitch", "1", "https://www.a.example/P/1"
    )
    assert not text.link_keys("https://a.example/p/1") & text.post_keys(
        "twitch", "1", "https://www.a.example/P/1"
    )


def test_keywords_stand_neither_in_links_nor_beside_an_excluded_term() -> None:
    def is_named(said: str) -> bool:
        return text.names(said, ["line"], ["Line dance"])

    assert is_named("my LINE.")
    assert is_named("https://a.example/line my line")
    assert is_named("line dancers")
    assert text.names("https://a.example/anvils line", ["line"], ["anvils"])
    assert not is_named("one line, one line dance")
    assert not is_named("https://a.example/line")
    assert not is_named("a LINE DANCE")
    assert not is_named("lines")


def test_what_a_platform_lists_is_not_torn() -> None:
    whole = "ぼっち・ざ・ろっく"
    assert text.hashtags_in(f"#{whole} #l·lum") == ["ぼっち", "l"]
    assert text.hashtags_in(f"#{whole} #l·lum", [whole]) == ["l"]
    assert text.hashtags_in(f"#{whole} #ぼっち", [whole]) == ["ぼっち"]  # and one by itself
    assert text.hashtags_in("#می\u200cخواهم", ["می\u200cخواهم"]) == []
    assert text.hashtags_in("#cafe\u0301-bars", ["café-bar"]) == ["café"]  # another one
    assert text.hashtags_in("#coffee", ["coff"]) == ["coffee"]


def test_the_words_before_a_place() -> None:
    said = "It isn't my own #ad"
    assert text.words_before(said, said.index("#"), 3) == " isn't my own "
    assert text.words_before(said, said.index("#"), 9) == said[:-3]
    assert text.words_before(said, 0, 3) == ""
    # a sign ends a thought, a hyphen within a word does not
    for said, before in (("No, my own #ad", " my own "), ("a well-known (#ad", "a well-known (")):
        assert text.words_before(said, said.index("#"), 3) == before


def test_a_delta_keeps_what_it_does_not_name() -> None:
    landed = night(
        "2026-01-05",
        ("creators", "creator_id,creator_name,country\nc1,Ann,US\nc2,Bo,DE\nc2,Bob,DE\n"),
        ("creators", "creator_id,creator_name\nc1,Anna\n"),  # country absent: stays
        ("creators", "creator_id,creator_name,country\nc2,Bob,\n"),  # present, empty: NULL
    ).landed
    rows = {r["creator_id"]: (r["creator_name"], r["country"]) for r in landed.current("creators")}
    assert rows == {"c1": ("Anna", "US"), "c2": ("Bob", None)}
    assert [(f.rows, f.loaded, f.superseded) for f in landed.files] == [
        (3, 2, 1), (1, 1, 0), (1, 1, 0)
    ]  # fmt: skip


def test_a_key_that_returns_starts_anew() -> None:
    head = "creator_id,creator_name,"
    gone = ("creators", head + "is_deleted\nc1,Ann,true\n")
    first = ("creators", head + "country\nc1,Ann,US\n")
    back = ("creators", "creator_id,creator_name\nc1,Ann\n")
    assert night("2026-01-05", first, gone).rows("creators") == []
    (row,) = night("2026-01-05", first, gone, back).rows("creators")
    assert row["country"] is None


def test_bad_rows_are_refused_with_their_line_and_column() -> None:
    body = (
        "order_id,ordered_at,currency,gross_amount,discount_amount,status\n"
        "o1,2026-01-01,USD,10,,placed\n"  # a bare date
        "o2,2026-01-01T00:00:00Z,USD,10,11,placed\n"  # discount above gross
        "o3,2026-01-01T00:00:00Z,USD,10,10,placed\n"
        "o4,2026-01-01T00:00:00Z,USD\n"
    )
    (report,) = night("2026-01-05", ("orders", body)).landed.files
    assert report.refused == {2: {"ordered_at"}, 3: {"discount_amount", "gross_amount"}, 5: {None}}
    assert (report.rows, report.loaded) == (4, 1)


def test_same_content_twice_is_skipped_and_older_content_is_a_new_delta() -> None:
    one = ("creators", "creator_id,creator_name\nc1,Ann\n")
    two = ("creators", "creator_id,creator_name\nc1,Bea\n")
    landed = night("2026-01-05", one, one, two, one).landed
    assert [f.outcome for f in landed.files] == ["landed", "skipped", "landed", "landed"]
    assert landed.current("creators")[0]["creator_name"] == "Ann"


def test_a_version_of_a_post_counts_from_when_it_was_seen() -> None:
    head = "platform,native_post_id,observed_at,published_at,text\n"
    new = ("posts", head + "x,1,2026-01-03T00:00Z,2026-01-01T00:00Z,new\n")
    old = ("posts", head + "x,1,2026-01-02T00:00Z,2026-01-01T00:00Z,old\n")
    assert night("2026-01-03", new, old).rows("posts")[0]["text"] == "new"
    assert night("2026-01-02", new, old).rows("posts")[0]["text"] == "old"
    assert night("2026-01-01", new, old).rows("posts") == []


def test_days_are_days_of_the_reporting_zone() -> None:
    setting = night("2026-03-08", zone="America/New_York").setting
    assert setting.end == at("2026-03-09T04:00:00")  # EDT since that morning
    assert setting.day_of(at("2026-03-08T04:59:59")) == date(2026, 3, 7)  # still EST


RATES = (
    "fx_rates",
    "rate_date,base_currency,quote_currency,rate\n"
    "2026-01-01,EUR,USD,1.1\n2026-01-03,EUR,USD,1.2\n2026-01-04,USD,GBP,0.8\n"
    "2026-01-01,CHF,EUR,0.9\n2026-01-02,CHF,GBP,0.7\n",
)


def test_rates_are_direct_else_inverse_else_through_the_freshest_middle() -> None:
    rates = commerce.Rates(night("2026-01-09", RATES))
    assert rates.rate("EUR", date(2026, 1, 2)) == Fraction(11, 10)
    assert rates.rate("GBP", date(2026, 1, 5)) == Fraction(10, 8)
    # by EUR the older leg is of the 1st, by GBP of the 2nd: 0.7 / 0.8
    assert rates.rate("CHF", date(2026, 1, 5)) == Fraction(7, 8)
    assert rates.rate("CHF", date(2026, 1, 1)) == Fraction(99, 100)
    assert rates.rate("GBP", date(2026, 1, 3)) is None
    assert commerce.rounded(Fraction("0.00005")) == Decimal("0.0001")
    assert commerce.rounded(Fraction("-0.00005")) == Decimal("-0.0001")


def test_of_two_middles_the_older_leg_decides_then_the_name() -> None:
    body = (
        "rate_date,base_currency,quote_currency,rate\n"
        "2026-01-01,DKK,AUD,0.2\n2026-01-08,AUD,USD,0.6\n"  # older leg: the 1st
        "2026-01-03,DKK,CAD,0.3\n2026-01-03,CAD,USD,0.7\n"  # the 3rd
        "2026-01-01,PLN,CAD,0.5\n2026-01-01,PLN,AUD,0.4\n"
    )
    rates = commerce.Rates(night("2026-01-09", ("fx_rates", body)))
    assert rates.way("DKK", date(2026, 1, 9)) == (Fraction("0.21"), date(2026, 1, 3), "CAD")
    assert rates.way("PLN", date(2026, 1, 9)) == (Fraction("0.24"), date(2026, 1, 1), "AUD")
    assert rates.way("USD", date(2026, 1, 9)) == (1, date(2026, 1, 9), None)


def test_refunds_take_back_at_most_what_was_paid() -> None:
    orders = (
        "order_id,ordered_at,currency,gross_amount,discount_amount,cost_of_goods,status,customer_id"
        "\no1,2026-01-03T10:00:00Z,EUR,100,20,30,placed,a\n"
        "o2,2026-01-04T10:00:00Z,USD,10,,,placed,a\n"
        "o3,2026-01-04T11:00:00Z,USD,10,10,4,placed,\n"
        "o4,2026-01-01T10:00:00Z,USD,10,,,cancelled,a\n"
    )
    refunds = (
        "refund_id,order_id,refunded_at,amount\nr1,o1,2026-01-04T00:00:00Z,40\n"
        "r2,o2,2026-01-04T12:00:00Z,11\nr3,o1,2026-01-10T00:00:00Z,5\n"
    )
    table = commerce.fct_orders(
        night("2026-01-09", RATES, ("orders", orders), ("refunds", refunds))
    )
    names = ("net_revenue", "gross_profit", "is_new_customer")
    figures = {key[0]: tuple(row[name] for name in names) for key, row in table.items()}
    # o1: 100 − 20 − 40 = 40 EUR at 1.2; profit 40 − 30 × 40/80 = 25 EUR
    assert figures == {
        "o1": (Decimal("48.0000"), Decimal("30.0000"), True),
        "o2": (Decimal("0.0000"), None, False),
        "o3": (Decimal("0.0000"), Decimal("-4.0000"), None),
    }


def test_gift_cards_are_no_revenue_and_renewals_no_new_customers() -> None:
    orders = (
        "order_id,ordered_at,currency,gross_amount,discount_amount,gift_card_amount,cost_of_goods,"
        "status,customer_id,order_kind\n"
        "o1,2026-01-03T10:00:00Z,USD,100,10,50,8,placed,a,\n"
        "o2,2026-01-04T10:00:00Z,USD,30,,,,placed,a,renewal\n"
        "o3,2026-01-04T11:00:00Z,USD,30,,30,2,placed,b,renewal\n"
        "o4,2026-01-05T10:00:00Z,USD,30,,,,placed,a,\n"
        "o5,2026-01-05T10:00:00Z,USD,30,,,,placed,,\n"
        "o6,2026-01-05T10:00:00Z,USD,30,,31,,placed,,\n"
    )
    refunds = "refund_id,order_id,refunded_at,amount\nr1,o1,2026-01-04T00:00:00Z,10\n"
    book = night("2026-01-09", RATES, ("orders", orders), ("refunds", refunds))
    names = ("net_revenue", "gross_profit", "order_kind")
    table = commerce.fct_orders(book)
    # o1: 100 − 10 − 50 − 10 = 30; profit 30 − 8 × 30/40
    assert {key[0]: tuple(row[name] for name in names) for key, row in table.items()} == {
        "o1": (Decimal("30.0000"), Decimal("24.0000"), "new"),
        "o2": (Decimal("30.0000"), None, "renewal"),
        "o3": (Decimal("0.0000"), Decimal("-2.0000"), "renewal"),
        "o4": (Decimal("30.0000"), None, "repeat"),
        "o5": (Decimal("30.0000"), None, None),
    }
    refused = {"gift_card_amount", "discount_amount", "gross_amount"}
    assert [file.refused for file in book.landed.files if file.refused] == [{7: refused}]


PROGRAM = (
    ("campaigns", "campaign_id,brand_id,campaign_name,starts_on,ends_on\n"
     "c1,acme,One,2026-01-01,2026-01-31\nc2,acme,Two,2026-01-10,2026-01-12\n"),
    ("creators", "creator_id,creator_name\np1,Ann\n"),
    ("creator_accounts", "platform,handle,creator_id\nx,@Ann,p1\n"),
    ("collaborations", "collaboration_id,campaign_id,creator_id,status\n"
     "k1,c1,p1,active\nk2,c2,p1,agreed\nk3,c2,p1,cancelled\nk4,c9,p1,active\n"),
    ("profiles", "platform,native_account_id,observed_at,handle,followers\n"
     "x,A,2026-01-01T00:00:00Z,ann,1000\nx,A,2026-01-08T00:00:00Z,ann.b,0\n"
     "x,B,2026-01-09T00:00:00Z,ann,500\nx,A,2026-01-15T00:00:00Z,ann.c,2000\n"),
)  # fmt: skip


def test_touches_keep_their_windows() -> None:
    links = (
        "link_id,collaboration_id,url\nl1,k1,https://acme.example/?utm_campaign=A&utm_content=b\n"
        "l2,k3,https://acme.example/2\n"
    )
    clicks = (
        "click_id,clicked_at,link_id,landing_url,visitor_id,user_agent\n"
        "a,2026-01-01T00:00:00Z,l1,,v,\n"  # 30 days before the order to the second
        "b,2026-01-01T00:29:59Z,l1,,v,\n"  # less than 30 minutes after a
        "c,2026-01-01T00:59:59Z,,https://acme.example/x?utm_content=%42&utm_campaign=a,v,\n"
        "d,2026-01-01T01:10:00Z,l1,,v,Googlebot/2.1\n"
        "e,2026-01-31T00:00:01Z,l1,,v,\n"  # after the order
        "f,2026-01-30T00:00:00Z,l2,,v,\n"  # of a cancelled collaboration
        "g,2026-01-30T00:00:00Z,gone,,v,\n"
    )
    codes = (
        "code,valid_from,collaboration_id,valid_to\nTEN,2026-01-01,k1,2026-01-31\n"
        "ten,2026-01-20,k2,2026-01-30\nten,2026-01-25,k3,2026-01-29\nold,2026-01-01,k1,2026-01-30\n"
    )
    order = (
        "order_id,ordered_at,currency,gross_amount,status,visitor_id,discount_codes\n"
        "o,2026-01-31T00:00:00Z,USD,1,placed,v,Ten| TEN|old|none\n"
    )
    commercial = [("tracking_links", links), ("clicks", clicks), ("promo_codes", codes)]
    after = night("2026-02-01", *PROGRAM, *commercial, ("orders", order))
    found = commerce.fct_clicks(after)
    assert {k[0] for k, row in found.items() if row["is_valid"]} == set("acefg")
    assert [k[0] for k, row in found.items() if row["is_duplicate"]] == ["b"]
    assert found[("c",)]["link_id"] == "l1"
    assert found[("g",)]["link_id"] is None
    path = [touch[1:3] for touch in commerce.touches(after)["o"]]
    # of `ten` only the first row still runs on the 31st; `old` ended the day before
    assert path == [("click", "a"), ("click", "c"), ("code", "ten")]


def test_a_campaigns_own_window_comes_before_the_configured_one() -> None:
    header = "campaign_id,brand_id,campaign_name,starts_on,ends_on,attribution_window_days\n"
    days = "2026-01-01,2026-01-31"
    windows = (
        f"{header}c1,acme,One,{days},2\nbad,acme,Bad,{days},0\nlong,acme,Bad,{days},366\n"
        f"half,acme,Bad,{days},1.5\nyear,acme,Good,{days},365\n"
    )
    links = (
        "link_id,collaboration_id,url\nl1,k1,https://acme.example/\nl2,k2,https://acme.example/\n"
    )
    clicks = (
        "click_id,clicked_at,link_id,landing_url,visitor_id,user_agent\n"
        "a,2026-02-08T00:00:00Z,l1,,v,\n"  # 2 days before the order to the second
        "b,2026-02-07T23:00:00Z,l1,,v,\n"
        "c,2026-02-05T00:00:00Z,l2,,v,\n"  # 5 days
        "d,2026-02-04T23:00:00Z,l2,,v,\n"
    )
    order = (
        "order_id,ordered_at,currency,gross_amount,status,visitor_id,discount_codes\n"
        "o,2026-02-10T00:00:00Z,USD,1,placed,v,\n"
    )
    commercial = [("tracking_links", links), ("clicks", clicks), ("orders", order)]
    book = night("2026-02-11", *PROGRAM, ("campaigns", windows), *commercial, window_days=5)
    assert [touch[2] for touch in commerce.touches(book)["o"]] == ["c", "a"]
    told = {
        key[0]: row["attribution_window_days"] for key, row in commerce.dim_campaign(book).items()
    }
    assert told == {"c1": 2, "c2": 5, "year": 365}
    bad = {"attribution_window_days"}
    assert [file.refused for file in book.landed.files if file.refused] == [
        {3: bad, 4: bad, 5: bad}
    ]


POSTS = (
    "posts",
    "platform,native_post_id,observed_at,published_at,native_account_id,handle,text,permalink\n"
    "x,1,2026-01-11T00:00Z,2026-01-11T00:00Z,A,,#acme #Acme,\n"
    "x,2,2026-01-11T00:00Z,2026-01-08T12:00Z,,ann,nothing,https://x.example/2/\n"
    "x,3,2026-01-11T00:00Z,2026-01-10T00:00Z,,Ann,@acme,\n"
    "x,4,2026-02-11T00:00Z,2026-02-11T00:00Z,A,,#acme,\n",
)


def test_accounts_and_paid_posts() -> None:
    delivered = (
        "deliverables",
        "deliverable_id,collaboration_id,platform,due_on,post_url\n"
        "d1,k2,x,2026-01-09,http://www.x.example/2?a\nd2,k1,x,2026-01-09,https://x.example/2\n"
        "d3,k3,x,2026-01-09,https://x.example/2\n",
    )
    social = Social(night("2026-02-12", *PROGRAM, POSTS, delivered, landed_on="2026-01-09"))
    # the handle was A's at noon of the 8th, B's from the 9th; so is the roster's, which came then
    assert {k: p["account_id"] for k, p in social.posts.items()} == {
        "x:1": "x:A", "x:2": "x:A", "x:3": "x:B", "x:4": "x:A"
    }  # fmt: skip
    assert social.creator_of == {"x:B": "p1"}
    # 3 is by p1, tags acme, and c2 started after c1; 2 is a deliverable of k1 and k2
    assert social.owners == {"x:1": [], "x:2": ["k1", "k2"], "x:3": ["k2"], "x:4": []}
    assert social.bridge_post_collaborations() == {
        ("x:2", "k1"): {"is_primary": True, "is_deliverable": True},
        ("x:2", "k2"): {"is_primary": False, "is_deliverable": True},
        ("x:3", "k2"): {"is_primary": True, "is_deliverable": False},
    }
    # what it was delivered for goes before what it mentions
    other = ("deliverables", "deliverable_id,collaboration_id,platform,due_on,post_url\n"
             "d4,k1,x,2026-01-09,https://x.com/ann/status/3\n")  # fmt: skip
    again = Social(night("2026-02-12", *PROGRAM, POSTS, other, landed_on="2026-01-09"))
    assert again.owners["x:3"] == ["k1"]
    mentions = social.fct_mentions()
    assert {k: row["relationship"] for k, row in mentions.items()} == {
        ("x:1", "acme", "hashtag"): "earned",
        ("x:3", "acme", "tag"): "paid",
        ("x:4", "acme", "hashtag"): "earned",
    }


@pytest.mark.parametrize(
    ("landed_on", "account"),
    [("2026-01-08", "x:A"), ("2026-01-09", "x:B"), ("2025-12-01", "x:A"), ("2026-02-01", "x:B")],
)
def test_a_row_of_the_roster_stays_with_who_carried_its_handle(
    landed_on: str, account: str
) -> None:
    # ann is A's from the 1st, and B's from the 9th
    social = Social(night("2026-02-12", *PROGRAM, landed_on=landed_on))
    assert social.creator_of == {account: "p1"}


def test_a_row_of_the_roster_that_comes_again_is_the_one_that_came_first() -> None:
    def creators(*rows: tuple[int, str]) -> dict[str, str]:
        head = "platform,handle,creator_id,country,is_deleted\n"
        drops = [Dropped(0, stream, "0.csv", body.encode()) for stream, body in PROGRAM
                 if stream != "creator_accounts"]  # fmt: skip
        drops += [
            Dropped(n, "creator_accounts", f"{n}.csv", f"{head}x,ann,{row}\n".encode(),
                    day=date(2026, 1, n))
            for n, row in rows
        ]  # fmt: skip
        return Social(Night(read(drops), night("2026-02-12").setting)).creator_of

    assert creators((8, "p1,,"), (9, "p1,US,")) == {"x:A": "p1"}
    # one that was removed in between starts anew
    assert creators((7, "p1,,"), (8, "p1,,true"), (9, "p1,US,")) == {"x:B": "p1"}


@pytest.mark.parametrize(
    ("platform", "said", "flag", "expected"),
    [
        ("x", "RT @ann", None, True), ("x", "RTs @a", None, False), ("x", "RT: @a", None, False),
        ("x", "so RT @ann", None, False), ("x", None, None, False), ("x", "RT @a", False, True),
        ("threads", "RT @ann", None, False), ("threads", "hm", True, True),
        ("threads", None, False, False),
    ],
)  # fmt: skip
def test_what_is_a_repost(
    platform: str, said: str | None, flag: bool | None, expected: bool
) -> None:
    assert is_again({"platform": platform, "text": said, "is_repost": flag}) is expected


AGAIN = (
    "posts",
    "platform,native_post_id,observed_at,published_at,native_account_id,text,permalink,is_repost,"
    "deleted_on\n"
    "x,1,2026-01-11T00:00Z,2026-01-11T00:00Z,A,RT @bo #acme #other,https://x.example/1,,\n"
    "x,2,2026-01-11T00:00Z,2026-01-11T00:00Z,A,#acme,https://x.example/2,true,\n"
    "x,3,2026-01-11T00:00Z,2026-01-11T00:00Z,A,#acme RT @bo,https://x.example/3,false,2026-02-11\n"
    "b,4,2026-01-11T00:00Z,2026-01-11T00:00Z,A,RT @bo #acme,https://x.example/4,,2026-02-12\n",
)


def test_reposts_are_no_posts_and_deleted_posts_stay() -> None:
    delivered = ("deliverables", "deliverable_id,collaboration_id,platform,due_on,post_url\n"
                 "d1,k1,x,2026-01-11,https://x.example/1\n")  # fmt: skip
    likes = ("post_metrics", "platform,native_post_id,observed_at,likes\n"
             + "".join(f"x,{n},2026-01-12T00:00Z,{n}\n" for n in (1, 2, 3)))  # fmt: skip
    found = tables(night("2026-02-11", *PROGRAM, AGAIN, delivered, likes))
    posts = found["core.dim_post"]
    assert [row["is_repost"] for row in posts.values()] == [False, True, True, False]
    assert [row["deleted_on"] for row in posts.values()] == [None, None, None, date(2026, 2, 11)]
    assert {key[0] for key in found["core.fct_mentions"]} == {"x:3", "b:4"}
    assert found["core.dim_hashtag"] == {
        ("acme",): {"first_seen_on": date(2026, 1, 11), "posts": 2}
    }
    assert found["core.bridge_post_collaborations"] == {}
    assert set(found["reports.hashtag_trends"]) == {
        ("x", "acme", date(2026, 1, 5)), ("b", "acme", date(2026, 1, 5))
    }  # fmt: skip
    assert found["reports.creator_scorecard"][("x:A",)]["posts_90d"] == 1
    voices = found["reports.share_of_voice"]
    assert voices[("acme", "acme", date(2026, 1, 5))]["engagements"] == 3
    # what was counted of them stays where posts are listed
    assert {key[0] for key in found["core.fct_post_daily"]} == {"x:1", "x:2", "x:3"}


def test_followers_are_the_last_known_ones() -> None:
    hidden = ("profiles", "platform,native_account_id,observed_at,handle,followers,following\n"
              "x,A,2026-01-20T00:00:00Z,ann.d,,7\nx,A,2026-01-25T00:00:00Z,,,7\n")  # fmt: skip
    social = Social(night("2026-02-12", *PROGRAM, hidden))
    row = social.dim_account()[("x:A",)]
    assert (row["followers"], row["followers_as_of"], row["tier"]) == (
        2000, date(2026, 1, 15), "micro"
    )  # fmt: skip
    assert (row["handle"], row["following"]) == ("ann.d", 7)
    # nor does a profile without a handle take it away
    assert {row["handle"] for key, row in social.dim_account_history().items()
            if key[1].day >= 20} == {"ann.d"}  # fmt: skip
    tiers = [(key[1].day, row["tier"]) for key, row in social.dim_account_history().items()
             if key[0] == "x:A"]  # fmt: skip
    assert tiers == [(1, "micro"), (8, "nano"), (15, "micro"), (20, "micro")]


def test_snapshots_at_an_age() -> None:
    metrics = (
        "post_metrics",
        "platform,native_post_id,observed_at,value_basis,likes,comments,saves\n"
        "x,1,2026-01-11T19:12:00Z,,1,1,\n"  # 0.8 of a day to the second
        "x,1,2026-01-12T00:00:00Z,,4,,9\n"  # a day to the second: hidden comments
        "x,1,2026-01-12T00:00:01Z,,5,5,\n"
        "x,1,2026-01-18T00:00:00Z,estimated,9,9,\n"
        "x,1,2026-01-17T00:00:00Z,,8,2,\n",
    )
    found = Social(night("2026-01-18", *PROGRAM, POSTS, metrics)).fct_post_at_age()
    day, week = found[("x:1", 1)], found[("x:1", 7)]
    assert (day["engagements"], day["is_complete"], day["er_followers"]) == (13, False, None)
    # the profile of the 8th has 0 followers, so that of the 1st counts: 10 / 1000
    assert (week["followers_at_post"], week["er_followers"]) == (1000, 0.01)
    early = Social(night("2026-01-17", *PROGRAM, POSTS, metrics)).fct_post_at_age()
    assert ("x:1", 7) not in early
    daily = Social(night("2026-01-18", *PROGRAM, POSTS, metrics)).fct_post_daily()
    changes = [row["engagements_change"] for key, row in sorted(daily.items())]
    # 2; on the 12th 5 and 5, and 9 that the last of its snapshots lacks; then 10
    assert changes == [None, 17, -9]
    # likes and comments of the 17th, saves of the 12th
    assert Social(night("2026-01-18", *PROGRAM, POSTS, metrics)).at_end("x:1") == 19


def test_what_advertising_brought_is_in_no_rate() -> None:
    metrics = (
        "post_metrics",
        "platform,native_post_id,observed_at,likes,comments,shares,views,reach,paid_likes,paid_saves,"
        "paid_views,paid_reach\n"
        "x,1,2026-01-13T00:00:00Z,,,,,,30,5,400,10\n"  # an ads account's report, days before
        "x,1,2026-01-17T00:00:00Z,80,10,0,1000,210,,,,\n"
        "x,1,2026-01-17T00:00:01Z,,,,,,90,,,\n",  # told later: not of that snapshot
    )
    social = Social(night("2026-01-18", *PROGRAM, POSTS, metrics))
    week = social.fct_post_at_age()[("x:1", 7)]
    # x counts likes, comments and shares: 90 - 30
    assert (week["engagements"], week["engagements_public"]) == (90, 60)
    assert (week["organic_likes"], week["organic_views"], week["organic_reach"]) == (50, 600, 200)
    assert (week["er_followers"], week["er_views"], week["er_reach"]) == (0.06, 0.1, 0.3)
    # what tells of advertising alone is no snapshot
    assert [key[1].day for key in social.fct_post_daily()] == [17]
    # at the end 90 of 80 likes are paid: what is left is not known; nobody counted saves
    assert (social.at_end("x:1", "likes"), social.paid_at_end("x:1", "likes")) == (80, 90)
    assert social.paid_at_end("x:1") == 90


def test_weeks() -> None:
    found = tables(night("2026-02-12", *PROGRAM, POSTS))
    trend = found["reports.hashtag_trends"][("x", "acme", date(2026, 2, 9))]
    # none in the four weeks before: the mean is 0
    assert (trend["growth"], trend["z_score"], trend["is_partial"]) == (None, 1.0, True)
    voices = found["reports.share_of_voice"]
    assert len(voices) == 2 * 6  # the week of 5 January to that of 9 February
    assert voices[("acme", "acme", date(2026, 1, 5))]["share_of_posts"] == 1.0
    assert voices[("acme", "rival", date(2026, 1, 12))]["share_of_posts"] is None
    assert voices[("acme", "acme", date(2026, 1, 12))]["share_of_posts"] is None  # of 0 posts
    again = ("posts", POSTS[1].splitlines()[0] + "\n"
             "x,5,2026-02-11T00:00Z,2026-01-20T00:00Z,A,,#rival,\n"
             "x,6,2026-02-11T00:00Z,2026-01-20T00:00Z,A,,#acme,\n"
             "x,7,2026-02-11T00:00Z,2026-01-28T00:00Z,A,,#acme,\n")  # fmt: skip

    def shares(voice: str, **more: Any) -> list[float | None]:
        found = tables(night("2026-02-12", *PROGRAM, POSTS, again, **more))
        rows = found["reports.share_of_voice"].items()
        return [row["share_of_posts"] for key, row in rows if key[1] == voice]

    # the first mention of rival is of the week of 19 January: before, nobody watched
    assert shares("rival") == [None, None, 0.5, 0.0, None, 0.0]
    assert shares("acme") == [1.0, None, 0.5, 1.0, None, 1.0]
    # from a Sunday on its week is not wholly before
    day = {"mentions": {"rival": date(2026, 2, 1), "acme": date(2026, 2, 2)}}
    assert shares("rival", coverage=day) == [None, None, None, 0.0, None, 0.0]
    assert shares("acme", coverage=day) == [None, None, None, None, None, 1.0]
    covered = tables(night("2026-02-12", *PROGRAM, POSTS, again, coverage=day))["meta.coverage"]
    none = {"covered_from": None, "covered_to": None, "basis": None}
    assert covered[("orders", None)] == covered[("clicks", None)] == none
    assert covered[("mentions", "acme")] == {
        "covered_from": date(2026, 2, 2), "covered_to": date(2026, 2, 12), "basis": "configured"
    }  # fmt: skip


def test_quantiles_are_interpolated() -> None:
    assert quantile([Fraction(n) for n in (4, 1, 2, 3)], Fraction(1, 4)) == Fraction(7, 4)


def test_comparing_sees_each_way_of_being_different() -> None:
    one = {(1,): {"a": None, "b": 1.0}, (2,): {"a": 1, "b": 1.0}}
    assert differences(one, one) == []
    assert len(differences(one, {(1,): {"a": 0, "b": 1.0 + 1e-9}, (3,): {"a": 1, "b": 1.0}})) == 4
    assert differences({(1,): {"a": Decimal("1.0")}}, {(1,): {"a": Decimal("1.0001")}})


def test_a_world_is_the_same_for_the_same_seed() -> None:
    assert world(3) == world(3)
    assert world(3) != world(9)
    outcomes = {file.outcome for file in read(world(3).dropped()).files}
    assert outcomes == {"landed", "skipped", "failed"}
