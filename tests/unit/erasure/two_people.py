"""A home with two nights in which two creators are known from every kind of way in."""

from __future__ import annotations

import csv
import gzip
import io
import json
import sqlite3
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from reachline.inbox import land_files
from reachline.landing import Manifest, commit_batch, draft_batch
from reachline.night import run_night
from reachline.settings import Settings, load_settings

FIRST, SECOND = date(2026, 3, 1), date(2026, 3, 2)

HANDLE, NATIVE = "annabrews.daily", "17841400998877"
DID, SKY = "did:plc:annaxyz1234567", "anna-brews.sky.example"
CHANNEL = "UCannaannaannaannaanna12"
TOOT = "https://social.example/users/annameier"
ADDRESS = "anna.meierhofer@people.example"
NAME, CREATOR = "Anna Meierhofer", "crt-meierhofer"
WORDS = "slow mornings with a moka pot and nobody else"

SECRETS: Mapping[str, str] = {
    "handle": HANDLE,
    "id": NATIVE,
    "did": DID,
    "handle on bluesky": SKY,
    "channel": CHANNEL,
    "account on mastodon": TOOT,
    "handle on mastodon": "annameier@social.example",
    "address": ADDRESS,
    "name": NAME,
    "creator_id": CREATOR,
    "words": WORDS,
    "post": "ig-anna-0000001",
    "video": "vid-of-anna-1",
}
"""What must be found nowhere when she is forgotten."""

ROWS: Mapping[str, list[dict[str, str]]] = {
    "campaigns": [
        {
            "campaign_id": "spring",
            "brand_id": "acme",
            "campaign_name": "Spring",
            "starts_on": "2026-02-01",
            "ends_on": "2026-03-31",
        }
    ],
    "creators": [
        {"creator_id": CREATOR, "creator_name": NAME, "email": ADDRESS},
        {"creator_id": "crt-ben", "creator_name": "Ben Huber", "email": "ben@people.example"},
    ],
    "creator_accounts": [
        {
            "platform": "instagram",
            "handle": HANDLE,
            "creator_id": CREATOR,
            "native_account_id": NATIVE,
        },
        {
            "platform": "mastodon",
            "handle": "annameier@social.example",
            "creator_id": CREATOR,
            "native_account_id": TOOT,
        },
        {
            "platform": "bluesky",
            "handle": SKY,
            "creator_id": CREATOR,
            "native_account_id": DID,
        },
        {
            "platform": "youtube",
            "handle": CHANNEL,
            "creator_id": CREATOR,
            "native_account_id": CHANNEL,
        },
        {
            "platform": "instagram",
            "handle": "ben.pours",
            "creator_id": "crt-ben",
            "native_account_id": "17841400112233",
        },
    ],
    "collaborations": [
        {
            "collaboration_id": f"col-{name}",
            "campaign_id": "spring",
            "creator_id": creator,
            "status": "active",
            "fee": fee,
            "currency": "USD",
        }
        for name, creator, fee in (("1", CREATOR, "100.00"), ("2", "crt-ben", "50.00"))
    ],
    "promo_codes": [
        {"code": code, "valid_from": "2026-02-01", "collaboration_id": of}
        for code, of in (("MOKA10", "col-1"), ("BEN10", "col-2"))
    ],
    "tracking_links": [
        {
            "link_id": f"link-{number}",
            "collaboration_id": f"col-{number}",
            "url": f"https://acme.example/?utm_campaign=spring&utm_content={content}",
        }
        for number, content in ((1, HANDLE), (2, "ben"))
    ],
    "payments": [
        {
            "payment_id": f"pay-{number}",
            "collaboration_id": f"col-{number}",
            "kind": "fee",
            "status": "paid",
            "incurred_on": "2026-03-01",
            "amount": f"{number}0.00",
            "currency": "USD",
        }
        for number in (1, 2)
    ],
    "orders": [
        {
            "order_id": f"o{number}",
            "ordered_at": "2026-03-01T12:00:00Z",
            "currency": "USD",
            "gross_amount": "10.00",
            "discount_codes": code,
            "customer_id": customer,
            "status": "placed",
        }
        for number, code, customer in (
            (1, "MOKA10", "cust-900001"),
            (2, "BEN10", "cust-900002"),
            (3, "", "cust-anna-7"),
        )
    ],
    "clicks": [
        {
            "click_id": f"click-{number}",
            "clicked_at": "2026-03-01T11:00:00Z",
            "link_id": f"link-{number}",
            "visitor_id": f"visitor-{number}",
            "landing_url": f"https://acme.example/?utm_campaign=spring&utm_content={content}",
        }
        for number, content in ((1, HANDLE), (2, "ben"))
    ],
    "customers": [
        {
            "customer_id": "cust-anna-7",
            "platform": "instagram",
            "handle": HANDLE,
            "email_sha256": "",
        },
        {"customer_id": "cust-900002", "platform": "instagram", "handle": "ben.pours"},
    ],
    "profiles": [
        {
            "platform": "instagram",
            "native_account_id": native,
            "observed_at": "2026-03-01T09:00:00Z",
            "handle": handle,
            "display_name": name,
            "followers": followers,
        }
        for native, handle, name, followers in (
            (NATIVE, HANDLE, NAME, "1000"),
            ("17841400112233", "ben.pours", "Ben Huber", "2000"),
        )
    ],
    "posts": [
        {
            "platform": "instagram",
            "native_post_id": "ig-anna-0000001",
            "observed_at": "2026-03-01T09:00:00Z",
            "native_account_id": NATIVE,
            "handle": HANDLE,
            "published_at": "2026-02-20T08:00:00Z",
            "text": f"{WORDS} #acmecoffee",
            "permalink": "https://www.instagram.com/p/Canna000001/",
        },
        {
            "platform": "instagram",
            "native_post_id": "ig-anna-0000002",
            "observed_at": "2026-03-01T09:00:00Z",
            "native_account_id": NATIVE,
            "handle": HANDLE,
            "published_at": "never",
            "text": f"{WORDS} again",
            "permalink": "https://www.instagram.com/p/Canna000002/",
        },
        *(
            {
                "platform": "instagram",
                "native_post_id": f"ig-ben-{number:07}",
                "observed_at": "2026-03-01T09:00:00Z",
                "native_account_id": "17841400112233",
                "handle": "ben.pours",
                "published_at": "2026-02-21T08:00:00Z",
                "text": f"brewing with @{HANDLE} #acmecoffee",
                "permalink": f"https://www.instagram.com/p/Cben00000{number}/",
            }
            for number in range(6)
        ),
    ],
    "post_metrics": [
        {
            "platform": "instagram",
            "native_post_id": post,
            "observed_at": "2026-03-01T09:00:00Z",
            "likes": likes,
        }
        for post, likes in (("ig-anna-0000001", "70"), ("ig-ben-0000001", "30"))
    ],
}


def as_csv(rows: Sequence[Mapping[str, str]]) -> str:
    """Rows as a CSV file."""
    out = io.StringIO()
    columns = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(out, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def drop(settings: Settings, stream: str, name: str, text: str) -> Path:
    """Drop a file; one that is named so is packed."""
    path = settings.paths.inbox / stream / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if name.endswith(".gz"):
        path.write_bytes(gzip.compress(text.encode()))
    elif name.endswith(".zip"):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr(name.removesuffix(".zip"), text)
    else:
        path.write_text(text, encoding="utf-8")
    return path


def land_records(
    settings: Settings, source: str, stream: str, records: Sequence[tuple[str, Any]], query: str
) -> Manifest:
    """Land records as a connector does."""
    rows = [
        {
            "source": source,
            "stream": stream,
            "query": query,
            "fetched_at": "2026-03-01T10:00:00Z",
            "record": json.dumps(record),
            "record_id": identity,
            "record_at": "2026-02-28T08:00:00Z",
        }
        for identity, record in records
    ]
    with draft_batch(settings.paths.landing, source, stream, FIRST) as draft:
        pq.write_table(pa.Table.from_pylist(rows), draft.data)
        return commit_batch(
            draft,
            run_id="test",
            rows=len(rows),
            columns=tuple(rows[0]),
            query=query,
            cursor={"since": records[0][0]},
            first_line=1,
            landed_at=datetime(2026, 3, 1, 10, tzinfo=UTC),
        )


def status(number: int, name: str, **more: Any) -> dict[str, Any]:
    """A status of Mastodon."""
    return {
        "id": f"11{number}",
        "uri": f"https://social.example/users/{name}/statuses/{number}",
        "url": f"https://social.example/@{name}/{number}",
        "visibility": "public",
        "created_at": "2026-02-28T08:09:10.123Z",
        "content": f"<p>{WORDS} on mastodon</p>" if name == "annameier" else "<p>coffee</p>",
        "account": {
            "id": f"7{number}",
            "acct": name,
            "uri": f"https://social.example/users/{name}",
            "url": f"https://social.example/@{name}",
            "display_name": NAME if name == "annameier" else "Ben Huber",
            "followers_count": 12,
            "following_count": 5,
            "statuses_count": 7,
        },
        "mentions": [],
        "tags": [],
        "replies_count": 2,
        "reblogs_count": 3,
        "favourites_count": 4,
        **more,
    }


MENTION = {"id": "71", "username": "annameier", "acct": "annameier", "url": TOOT}


def sky(did: str, handle: str, text: str) -> dict[str, Any]:
    """A post of Bluesky."""
    return {
        "uri": f"at://{did}/app.bsky.feed.post/3k",
        "cid": "bafy",
        "author": {"did": did, "handle": handle, "displayName": NAME},
        "record": {"createdAt": "2026-02-28T08:00:00.000Z", "text": text},
        "likeCount": 5,
        "indexedAt": "2026-02-28T08:00:01.000Z",
    }


def video(identity: str, channel: str, title: str) -> dict[str, Any]:
    """A video of YouTube."""
    return {
        "id": identity,
        "snippet": {
            "publishedAt": "2026-02-21T20:37:49Z",
            "channelId": channel,
            "channelTitle": NAME,
            "title": title,
            "description": "",
        },
        "statistics": {"viewCount": "120", "likeCount": "7"},
    }


def land_answers(settings: Settings) -> None:
    """Land what platforms answered."""
    statuses = [
        ("111", status(1, "annameier")),
        ("112", status(2, "benpours", mentions=[MENTION])),
        ("113", status(3, "benpours", reblog=status(1, "annameier"))),
    ]
    land_records(settings, "mastodon", "statuses", statuses, "hashtag:coffee@social.example")
    post = (f"at://{DID}/app.bsky.feed.post/3k", sky(DID, SKY, WORDS))
    land_records(settings, "bluesky", "posts", [post], f"account:{SKY}")
    shown = ("vid-of-anna-1", video("vid-of-anna-1", CHANNEL, WORDS))
    land_records(settings, "youtube", "videos", [shown], "reread")


def land_people(settings: Settings) -> None:
    """Land all of it, and refuse a file."""
    land_answers(settings)
    for stream, rows in ROWS.items():
        drop(settings, stream, f"{stream}.csv", as_csv(rows))
    drop(settings, "creators", "bad.csv", f"name,mail\n{NAME},{ADDRESS}\n")
    land_files(settings, FIRST, "test")


def run_people(home: Path, config: Path) -> Settings:
    """Run two nights with all of it."""
    settings = load_settings(home, config)
    land_answers(settings)
    for stream, rows in ROWS.items():
        drop(settings, stream, f"{stream}.csv", as_csv(rows))
    run_night(settings, FIRST)
    later = {"followers": "1100", "observed_at": "2026-03-02T09:00:00Z"}
    drop(settings, "profiles", "second.csv.gz", as_csv([{**r, **later} for r in ROWS["profiles"]]))
    drop(settings, "creators", "bad.csv", f"name,mail\n{NAME},{ADDRESS}\n")
    run_night(settings, SECOND)
    return settings


def write_airflow(settings: Settings) -> Path:
    """Write a database as Airflow has one, and a task's log."""
    folder = settings.paths.airflow
    (folder / "logs" / "dag_id=nightly").mkdir(parents=True)
    log = folder / "logs" / "dag_id=nightly" / "attempt=1.log"
    log.write_text(f'{{"event": "mastodon account:{HANDLE}: ok, {NAME}"}}\n', encoding="utf-8")
    path = folder / "airflow.db"
    con = sqlite3.connect(path)
    con.execute("create table xcom (id integer primary key, value text)")
    con.execute("create table filler (value text)")
    con.execute("insert into xcom (value) values (?)", [json.dumps({"who": HANDLE, "of": NAME})])
    con.executemany("insert into filler values (?)", [(f"{n} {WORDS}",) for n in range(200)])
    con.execute("delete from filler")
    con.commit()
    con.close()
    return path


def places_of(home: Path, secret: str) -> Iterator[str]:
    """Yield where a text stands in any byte of a home, packed or not, upper or lower case."""
    wanted = secret.lower().encode()
    for path in sorted(home.rglob("*")):
        if path.is_symlink() or not path.is_file():
            continue
        if wanted in str(path.relative_to(home)).lower().encode():
            yield f"{path.relative_to(home)}: its name"
        for part, content in _contents(path.name, path.read_bytes()):
            if wanted in content.lower():
                yield f"{path.relative_to(home)}{part}"
        if path.suffix == ".duckdb":
            yield from _in_tables(path, secret.lower())


def _contents(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    yield "", content
    if name.endswith(".gz"):
        yield " (gz)", gzip.decompress(content)
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            for each in packed.namelist():
                yield from ((f"/{each}{part}", c) for part, c in _contents(each, packed.read(each)))
    if content[:4] == b"PAR1":
        rows = pq.read_table(pa.BufferReader(content)).to_pylist()
        yield " (rows)", json.dumps(rows, ensure_ascii=False, default=str).encode()


def _in_tables(path: Path, secret: str) -> Iterator[str]:
    with duckdb.connect(str(path), read_only=True) as con:
        for database, schema, table in con.execute(
            "select database_name, schema_name, table_name from duckdb_tables()"
        ).fetchall():
            place = f'"{database}"."{schema}"."{table}"'
            (count,) = con.execute(
                f"select count(*) from {place} as r where contains(lower(r::varchar), ?)", [secret]
            ).fetchall()[0]
            if count:
                yield f"{path.name} {schema}.{table}"
