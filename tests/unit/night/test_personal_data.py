"""A night on drops in which every text holds an address or a number: nothing of it is published."""

from __future__ import annotations

import csv
import hashlib
import hmac
import io
import zipfile
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from urllib.parse import unquote

import duckdb
import pytest

from reachline.configuration import EXAMPLE
from reachline.night import run_night
from reachline.settings import Settings, load_settings
from tests.unit.nights import served

pytestmark = pytest.mark.slow

DAY = date(2026, 3, 1)
DOMAIN, NUMBER = "people.example", "1711234567"


def of(name: str) -> str:
    return f"{name}@{DOMAIN}"


POST = {
    "platform": "instagram",
    "native_post_id": of("post"),
    "observed_at": "2026-03-01T10:00:00Z",
}
OUTREACH = {"campaign_id": of("campaign"), "channel": of("channel"), "status": "contacted"}
DROPS: Mapping[str, list[dict[str, str]]] = {
    "campaigns": [
        {
            "campaign_id": of("campaign"),
            "brand_id": "acme",
            "campaign_name": f"Spring by {of('name')} +49 {NUMBER}",
            "objective": f"write to {of('objective')}",
            "starts_on": "2026-02-01",
            "ends_on": "2026-03-31",
            "required_hashtags": f"{of('hashtag')}|#+49{NUMBER}",
            # of whichever platform a post is on: a handle that may name its server
            "required_mentions": "acme@social.example",
            "forbidden_terms": of("term"),
            "utm_campaign": of("utm"),
        }
    ],
    "creators": [
        {
            "creator_id": "Anna@" + DOMAIN,
            "creator_name": f"Anna {of('anna.name')}",
            "country": of("country"),
            "language": of("language"),
            "niches": of("niche"),
            "email": of("anna"),
        },
        {"creator_id": f"+49 {NUMBER}", "creator_name": "Ben"},
    ],
    "creator_accounts": [
        {
            "platform": "instagram",
            "handle": "@" + of("handle"),
            "creator_id": of("anna"),
            "native_account_id": of("account"),
        },
        {
            "platform": "mastodon",
            "handle": "anna@social.example",
            "creator_id": of("anna"),
            "native_account_id": "https://social.example/users/anna",
        },
        {
            "platform": of("platform"),
            "handle": "ben",
            "creator_id": f"+49{NUMBER}",
            "native_account_id": f"+49-{NUMBER}",
        },
    ],
    "collaborations": [
        {
            "collaboration_id": of("collaboration"),
            "campaign_id": of("campaign"),
            "creator_id": f" {of('anna')} ",
            "status": "active",
            "agreed_on": "2026-02-01",
            "fee": "100",
            "currency": "USD",
        }
    ],
    "deliverables": [
        {
            "deliverable_id": of("deliverable"),
            "collaboration_id": of("collaboration"),
            "platform": "instagram",
            "content_type": of("type"),
            "due_on": "2026-03-02",
            "post_url": f"https://blog.example/{of('link')}/1",
        }
    ],
    "promo_codes": [
        {
            "code": of("code").upper(),
            "valid_from": "2026-02-01",
            "collaboration_id": of("collaboration"),
        }
    ],
    "tracking_links": [
        {
            "link_id": of("link.id"),
            "collaboration_id": of("collaboration"),
            "url": f"https://acme.example/?utm_campaign=a&utm_content={of('content')}",
        }
    ],
    "payments": [
        {
            "payment_id": of("payment"),
            "collaboration_id": of("collaboration"),
            "kind": "boost",
            "status": "paid",
            "incurred_on": "2026-02-20",
            "amount": "5",
            "currency": "USD",
        }
    ],
    "outreach": [
        {"outreach_id": of("o1"), "creator_id": of("anna"), "status_at": "2026-02-01T00:00:00Z"}
        | OUTREACH
    ],
    "customers": [
        {
            "customer_id": of("buyer"),
            "platform": "instagram",
            "handle": of("handle"),
            "email_sha256": of("sha"),
        }
    ],
    "recommendations": [
        {
            "recommendation_id": of("recommendation"),
            "customer_id": of("buyer"),
            "platform": "instagram",
            "handle": of("handle"),
            "brand_id": "acme",
            "recommended_on": "2026-02-20",
        }
    ],
    "events": [
        {
            "event_id": of("event"),
            "event_name": f"Fair of {of('event.name')}",
            "brand_id": "acme",
            "hashtags": of("hashtag"),
            "starts_on": "2026-02-20",
            "ends_on": "2026-03-20",
        }
    ],
    "orders": [
        {
            "order_id": of("order"),
            "ordered_at": "2026-03-01T12:00:00Z",
            "currency": "USD",
            "gross_amount": "50",
            "customer_id": "Buyer@" + DOMAIN,
            "visitor_id": f"'+49 {NUMBER}",
            "discount_codes": of("Code"),
            "status": "placed",
        },
        {
            "order_id": of("refused"),
            "ordered_at": "2026-03-01T12:00:00Z",
            "currency": "USD",
            "gross_amount": of("amount"),
            "customer_id": of("buyer"),
            "visitor_id": "",
            "discount_codes": "",
            "status": "placed",
        },
    ],
    "refunds": [
        {
            "refund_id": of("refund"),
            "order_id": of("order"),
            "refunded_at": "2026-03-01T13:00:00Z",
            "amount": "1",
        }
    ],
    "clicks": [
        {
            "click_id": of("click"),
            "clicked_at": "2026-03-01T11:00:00Z",
            "link_id": of("link.id"),
            "landing_url": f"https://acme.example/?e=landing%40{DOMAIN}",
            "visitor_id": f"+49{NUMBER}",
            "user_agent": of("agent"),
            "referrer": f"https://x.example/{of('referrer')}",
        }
    ],
    "profiles": [
        {
            "platform": "instagram",
            "native_account_id": of("account"),
            "observed_at": "2026-03-01T10:00:00Z",
            "handle": of("handle"),
            "display_name": f"Anna {of('display')} ☎ +49 {NUMBER}",
            "bio": of("bio"),
            "followers": "5000",
            "language": of("profile.language"),
            "country": of("profile.country"),
        },
        {
            "platform": "mastodon",
            "native_account_id": "https://social.example/users/anna",
            "observed_at": "2026-03-01T10:00:00Z",
            "handle": "@anna@social.example",
            "display_name": "Anna",
            "bio": "",
            "followers": "700",
            "language": "en",
            "country": "",
        },
    ],
    "posts": [
        POST
        | {
            "native_account_id": of("account"),
            "handle": of("handle"),
            "published_at": "2026-03-01T09:00:00Z",
            "content_type": of("type"),
            "text": f"#acme mail {of('text')} or +49 {NUMBER}",
            "permalink": f"https://blog.example/Link%40{DOMAIN}/1",
            "language": of("post.language"),
            "hashtags": f"{of('hashtag')}|acme",
            "mentions": of("mention"),
            "urls": f"https://acme.example/?e={of('url')}",
            "authors": of("author"),
            "found_by": f"keyword:{of('found')}",
        },
        {
            "platform": "mastodon",
            "native_post_id": "https://social.example/users/anna/statuses/1",
            "observed_at": "2026-03-01T10:00:00Z",
            "native_account_id": "https://social.example/users/anna",
            "handle": "anna@social.example",
            "published_at": "2026-03-01T09:00:00Z",
            "content_type": "image",
            "text": "#acme with @ben@other.example, https://x.example/cup@2x.png",
            "permalink": "https://social.example/@anna@other.example/1",
            "language": "en",
            "hashtags": "acme",
            "mentions": "ben@other.example",
            "urls": "",
            "authors": "anna@social.example",
            "found_by": "account:anna@social.example",
        },
    ],
    "post_metrics": [POST | {"likes": "10", "comments": "2"}],
}


def drop_all(home: Path) -> None:
    for stream, rows in DROPS.items():
        folder = home / "inbox" / stream
        folder.mkdir(parents=True)
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]), restval="")
        writer.writeheader()
        writer.writerows(rows)
        (folder / f"{of('file')}.csv").write_text(text.getvalue(), encoding="utf-8")


def by_hand(settings: Settings, same: str) -> str:
    """The hash of RFC 2104, by Python's hmac, of the key that the home has."""
    key = bytes.fromhex(settings.paths.key.read_text())
    digits = hmac.new(key, same.encode(), hashlib.sha256).hexdigest()[:32]
    return "hashed-" + digits.translate(str.maketrans("0123456789", "ghijklmnop"))


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("people")
    config = folder / "config"
    config.mkdir()
    for path in EXAMPLE.iterdir():
        if path.is_file():
            (config / path.name).write_bytes(path.read_bytes())
    sources = config / "sources.yml"
    sources.write_text("inbox: {settle_seconds: 0}\n")
    settings = load_settings(folder / "data", config)
    drop_all(settings.paths.home)
    run_night(settings, DAY)
    return settings


def texts_of(release: Path) -> Iterator[tuple[str, str]]:
    """Yield every text of a release with where it stands."""
    with duckdb.connect(str(release / "warehouse.duckdb"), read_only=True) as con:
        relations = con.execute(
            "select table_schema || '.' || table_name from information_schema.tables"
        ).fetchall()
        for (relation,) in relations:
            for row in con.execute(f"select * from {relation}").fetchall():
                yield relation, repr(row)
        for path in release.rglob("*.parquet"):
            for row in con.execute("select * from read_parquet(?)", [str(path)]).fetchall():
                yield path.name, repr(row)
    for path in release.rglob("*"):
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as book:
                for part in book.namelist():
                    yield f"{path.name}/{part}", book.read(part).decode("utf-8", "replace")
        elif path.is_file() and path.suffix in {".csv", ".json", ".html", ".js"}:
            yield path.name, path.read_text(encoding="utf-8")


def test_no_address_and_no_number_is_published(settings: Settings) -> None:
    found = set()
    looked_at = 0
    for where, text in texts_of(settings.paths.published / "current"):
        looked_at += 1
        plain = unquote(text)
        if DOMAIN in plain.lower() or NUMBER in "".join(c for c in plain if c.isdigit()):
            at = plain.lower().find(DOMAIN)
            found.add(f"{where}: {plain[max(0, at - 60) : at + 40]}")
    assert found == set()
    assert looked_at > 10_000


def test_what_is_joined_by_an_address_still_is(settings: Settings) -> None:
    anna, ben = by_hand(settings, of("anna")), by_hand(settings, f"49{NUMBER}")
    assert served(settings, "select creator_id from core.dim_creator order by accounts desc") == [
        (anna,),
        (ben,),
    ]
    assert served(
        settings,
        "select distinct r.creator_id, c.shown_name, r.campaign_id "
        "from reports.collaboration_performance r join core.dim_creator c using (creator_id)",
    ) == [(anna, "Anna [✉]", by_hand(settings, of("campaign")))]
    [order] = served(settings, "select order_id, customer_id, visitor_id from core.fct_orders")
    assert order == (by_hand(settings, of("order")), by_hand(settings, of("buyer")), ben)
    assert served(settings, "select visitor_id, collaboration_id from core.fct_clicks") == [
        (ben, by_hand(settings, of("collaboration")))
    ]
    # its code and its click, of one collaboration
    assert served(
        settings,
        "select distinct touch_kind, collaboration_id from core.fct_attribution "
        "where method in ('linear', 'code_then_click') order by all",
    ) == [
        (kind, by_hand(settings, of("collaboration"))) for kind in ("click", "code")
    ]  # fmt: skip
    # the deliverable's link and the post's, written in two ways
    assert served(
        settings, "select collaboration_id, text from core.dim_post where platform = 'instagram'"
    ) == [(by_hand(settings, of("collaboration")), "#acme mail [✉] or [☎]")]
    assert served(settings, "select raw from quality.rejects")[0][0].count("[✉]") == 3


def test_names_with_a_server_are_no_addresses(settings: Settings) -> None:
    assert served(
        settings,
        "select handle, text, permalink, mentions, authors, found_by "
        "from core.dim_post join core.dim_account using (account_id) "
        "where core.dim_post.platform = 'mastodon'",
    ) == [
        (
            "anna@social.example",
            "#acme with @ben@other.example, https://x.example/cup@2x.png",
            "https://social.example/@anna@other.example/1",
            ["ben@other.example"],
            ["anna@social.example"],
            "account:anna@social.example",
        )
    ]


def test_another_key_gives_every_hashed_id_another_name(settings: Settings, tmp_path: Path) -> None:
    before = by_hand(settings, of("anna"))
    settings.paths.key.unlink()
    run_night(settings, DAY)
    test_what_is_joined_by_an_address_still_is(settings)
    assert by_hand(settings, of("anna")) != before
