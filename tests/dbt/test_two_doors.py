"""One post, account or order that came through two doors, a connector and the inbox, is one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from reachline.warehouse import runs
from tests.dbt.landed import Home, land_records, new_home
from tests.dbt.shop import Order, bought

FIRST, SECOND = date(2026, 3, 1), date(2026, 3, 2)
EARLY, ASKED, LATE = "2026-03-01T08:00:00Z", "2026-03-01T10:00:00Z", "2026-03-01T12:00:00Z"
PUBLISHED = "2026-02-27T09:00:00Z"
CORE = ("dim_account", "dim_post", "fct_clicks", "fct_orders", "fct_post_daily")


@dataclass(frozen=True)
class Seen:
    """A post as its platform's connector lands it, and what the mapping knows it by."""

    source: str
    stream: str
    record: Mapping[str, Any]
    native_post_id: str
    likes: int | None


SEEN = (
    Seen(
        "mastodon",
        "statuses",
        {
            "id": "111",
            "uri": "https://social.example/users/anna/statuses/111",
            "url": "https://social.example/@anna/111",
            "visibility": "public",
            "created_at": PUBLISHED,
            "content": "<p>asked</p>",
            "account": {"uri": "https://social.example/users/anna", "acct": "anna"},
            "favourites_count": 4,
        },
        "https://social.example/users/anna/statuses/111",
        4,
    ),
    Seen(
        "bluesky",
        "posts",
        {
            "uri": "at://did:plc:anna/app.bsky.feed.post/3k",
            "author": {"did": "did:plc:anna", "handle": "anna.example"},
            "record": {"createdAt": PUBLISHED, "text": "asked"},
            "likeCount": 5,
        },
        "at://did:plc:anna/app.bsky.feed.post/3k",
        5,
    ),
    Seen(
        "youtube",
        "videos",
        {
            "id": "D-lhorsDlUQ",
            "snippet": {"publishedAt": PUBLISHED, "channelId": "UC_x5", "title": "asked"},
            "statistics": {"viewCount": "9"},
        },
        "D-lhorsDlUQ",
        None,
    ),
    Seen(
        "x",
        "posts",
        {
            "id": "1578516068309794817",
            "text": "asked",
            "author_id": "42",
            "created_at": PUBLISHED,
            "public_metrics": {"like_count": 3},
        },
        "1578516068309794817",
        3,
    ),
    Seen(
        "instagram",
        "business_discovery",
        {
            "id": "17841407673135339",
            "username": "anna",
            "media": {
                "data": [
                    {
                        "id": "18088158883149835",
                        "caption": "asked",
                        "like_count": 8,
                        "media_type": "IMAGE",
                        "permalink": "https://www.instagram.com/p/CSr71Gzlqo4/",
                        "timestamp": "2026-02-27T09:00:00+0000",
                    }
                ]
            },
        },
        "18088158883149835",
        8,
    ),
    Seen(
        "tiktok",
        "videos",
        {
            "id": "7311",
            "username": "anna",
            "create_time": 1772182800,
            "video_description": "asked",
            "like_count": 1,
        },
        "7311",
        1,
    ),
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A home of two nights: each post by a file of before and one of after, and as asked for."""
    home = new_home(tmp_path_factory.mktemp("doors"))
    for seen in SEEN:
        query = "account:anna" if seen.source in ("instagram", "tiktok") else "hashtag:coffee"
        land_records(home, seen.source, seen.stream, [seen.record], query=query, fetched=ASKED)
    home.land("posts", [_inbox_post(seen, EARLY, text="before", language="de") for seen in SEEN])
    home.land(
        "posts", [_inbox_post(seen, LATE, text="after", is_paid_label="true") for seen in SEEN]
    )
    # of the moment at which the connector asked, and what only the author is told
    home.land("post_metrics", [_ids(seen, ASKED) | {"reach": "700"} for seen in SEEN])
    home.land(
        "profiles",
        [
            {
                "platform": "mastodon",
                "native_account_id": "https://social.example/users/anna",
                "observed_at": EARLY,
                "handle": "anna@social.example",
                "followers": "90",
            }
        ],
    )
    land_records(home, "shopify", "orders", [_order()], query="orders", fetched=ASKED)
    home.land("orders", [_inbox_order("1"), _inbox_order("2", number="#1002")])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "GOALS", CORE)
        home.night(FIRST)
        # the platform says that one is gone; the files that tell of it stay
        land_records(
            home, "x", "missing", [{"id": SEEN[3].native_post_id}], query="reread", fetched=LATE
        )
        home.night(SECOND)
        yield home


def _ids(seen: Seen, at: str) -> dict[str, str | None]:
    """What a post goes by in a file, in the spelling of another tool."""
    ids = {"platform": f" {seen.source.title()} ", "native_post_id": f"{seen.native_post_id} "}
    return {**ids, "observed_at": at}


def _inbox_post(seen: Seen, at: str, **more: str) -> dict[str, str | None]:
    return {**_ids(seen, at), "published_at": PUBLISHED, "permalink": None, **more}


def _order() -> dict[str, Any]:
    more = {"processedAt": "2026-02-28T09:59:00Z", "discountCodes": ["ANNA10"]}
    return Order("#1001", more).agree("Order", bought(90_00, 0)).answer()


def _inbox_order(cost: str, number: str = "#1001") -> dict[str, str | None]:
    at = {"ordered_at": "2026-02-28T09:59:00Z", "currency": "EUR", "status": "placed"}
    return {"order_id": number, "gross_amount": "90", "cost_of_goods": cost, **at}


@pytest.mark.parametrize("seen", SEEN, ids=lambda seen: seen.source)
def test_a_post_is_one_and_each_column_the_newest_that_is_known(home: Home, seen: Seen) -> None:
    rows = home.rows(
        "select post_id, text, language, is_paid_label, found_by, permalink is null,"
        " first_observed_at, last_observed_at"
        f" from work.intermediate.int_posts__fold_versions where platform = '{seen.source}'"
    )
    asked = seen.source != "x"  # what X told in words is gone with its post
    assert rows == [
        (
            f"{seen.source}:{seen.native_post_id}",
            "after",
            "de",  # the later file does not tell it: the earlier one holds
            True,
            "hashtag:coffee" if seen.source not in ("instagram", "tiktok") else None,
            not asked,
            datetime.fromisoformat(EARLY).replace(tzinfo=None),
            datetime.fromisoformat(LATE).replace(tzinfo=None),
        )
    ]
    (published,) = home.rows(
        f"select post_id, text from core.dim_post where platform = '{seen.source}'"
    )
    assert published == (f"{seen.source}:{seen.native_post_id}", "after")


@pytest.mark.parametrize("seen", SEEN, ids=lambda seen: seen.source)
def test_metrics_of_one_moment_are_one_snapshot(home: Home, seen: Seen) -> None:
    rows = home.rows(
        "select likes, reach from core.fct_post_daily"
        f" where post_id = '{seen.source}:{seen.native_post_id}'"
    )
    assert rows == [(seen.likes, 700)]


def test_an_author_is_one_account(home: Home) -> None:
    rows = home.rows("select account_id from core.dim_account where platform = 'mastodon'")
    assert rows == [("mastodon:https://social.example/users/anna",)]


def test_an_order_is_one_and_has_what_either_door_knows(home: Home) -> None:
    rows = home.rows(
        "select order_id, gross_amount, cost_of_goods"
        " from work.intermediate.int_orders__placed order by 1"
    )
    assert rows == [
        ("#1001", Decimal("90.0000"), Decimal("1.0000")),
        ("#1002", Decimal("90.0000"), Decimal("2.0000")),
    ]
    assert home.rows("select order_id from core.fct_orders order by 1") == [
        ("#1001",),
        ("#1002",),
    ]
    codes = home.rows("select order_id, code from work.intermediate.int_orders__codes")
    assert codes == [("#1001", "anna10")]
