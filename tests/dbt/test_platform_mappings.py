"""What the records of each platform but Mastodon become, field by field."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.dbt.landed import FETCHED, Home, land_records, new_home
from tests.dbt.shop import PLACED, Order, bought

AT = datetime.fromisoformat("2026-03-01T10:00:00.500")

VIDEO = {
    "kind": "youtube#video",
    "id": "D-lhorsDlUQ",
    "snippet": {
        "publishedAt": "2026-02-21T20:37:49Z",
        "channelId": "UC_x5",
        "title": "Cold brew at home",
        "description": "With #coffee\nand ice",
        "tags": ["Cold Brew", "Espresso"],
        "liveBroadcastContent": "none",
        "defaultAudioLanguage": "en-GB",
    },
    "statistics": {"viewCount": "12345678901", "likeCount": "7", "commentCount": "0"},
    "paidProductPlacementDetails": {"hasPaidProductPlacement": True},
}
HIDDEN = {
    "id": "hidden",
    "snippet": {
        "publishedAt": "2026-02-22T00:00:00Z",
        "channelId": "UC_x5",
        "title": "Live",
        "description": "",
        "liveBroadcastContent": "none",
    },
    "liveStreamingDetails": {"actualStartTime": "2026-02-22T00:00:00Z"},
    "statistics": {"viewCount": "9"},
}
FOUND = {
    "kind": "youtube#searchResult",
    "id": {"kind": "youtube#video", "videoId": "D-lhorsDlUQ"},
    "snippet": {
        "publishedAt": "2026-02-21T20:37:49Z",
        "channelId": "UC_x5",
        "title": "Cold br…",
        "description": "cut …",
    },
}
UPLOADED = {
    "id": "UExx",
    "snippet": {"publishedAt": "2026-02-28T00:00:00Z", "channelId": "UC_list", "title": "t"},
    "contentDetails": {"videoId": "later", "videoPublishedAt": "2026-02-27T00:00:00Z"},
}
UPLOADED["snippet"]["videoOwnerChannelId"] = "UC_x5"
CHANNEL = {
    "id": "UC_x5",
    "snippet": {
        "title": "Anna brews",
        "description": "mail anna@example.com",
        "customUrl": "@AnnaBrews",
        "country": "AT",
    },
    "statistics": {
        "viewCount": "1",
        "subscriberCount": "10700",
        "hiddenSubscriberCount": False,
        "videoCount": "26",
    },
}
SHY = {
    "id": "UC_shy",
    "snippet": {"title": "Shy", "description": ""},
    "statistics": {"subscriberCount": "0", "hiddenSubscriberCount": True, "videoCount": "3"},
}

POST = {
    "uri": "at://did:plc:anna/app.bsky.feed.post/3k",
    "cid": "bafy",
    "author": {"did": "did:plc:anna", "handle": "Anna.bsky.social"},
    "record": {
        "$type": "app.bsky.feed.post",
        "createdAt": "2026-02-28T08:00:00.000Z",
        "text": "Morning #Coffee with @bo.example",
        "langs": ["de", "en"],
        "tags": ["latte"],
        "facets": [
            {"features": [{"$type": "app.bsky.richtext.facet#tag", "tag": "Coffee"}]},
            {"features": [{"$type": "app.bsky.richtext.facet#link", "uri": "https://a.example/x"}]},
            {"features": [{"$type": "app.bsky.richtext.facet#mention", "did": "did:plc:bo"}]},
        ],
    },
    "embed": {"$type": "app.bsky.embed.external#view", "external": {"uri": "https://b.example"}},
    "likeCount": 5,
    "replyCount": 4,
    "repostCount": 3,
    "quoteCount": 2,
    "bookmarkCount": 1,
    "indexedAt": "2026-02-28T08:00:01.000Z",
}
BARE = {
    "uri": "at://did:plc:bo/app.bsky.feed.post/4k",
    "author": {"did": "did:plc:bo", "handle": "bo.example"},
    "record": {"createdAt": "2026-02-28T09:00:00Z", "text": "plain"},
    "embed": {"$type": "app.bsky.embed.images#view"},
    "indexedAt": "2026-02-28T09:00:00Z",
}
ODD = [
    {**BARE, "uri": "at://did:plc:bo/app.bsky.feed.post/5k", "repostCount": "many"},
    {**POST, "uri": "at://did:plc:bo/app.bsky.feed.post/6k", "quoteCount": "some"},
]
QUOTED = {"$type": "app.bsky.embed.record#view", "record": {"uri": "at://quoted"}}


def bare(key: str, embed: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    """Return a post view of Bo's, with an embed."""
    embedded = {} if embed is None else {"embed": embed}
    without = {name: value for name, value in BARE.items() if name != "embed"}
    return {**without, "uri": f"at://did:plc:bo/app.bsky.feed.post/{key}", **embedded, **fields}


def quote_with(kind: str, **media: Any) -> dict[str, Any]:
    view = {"$type": f"app.bsky.embed.{kind}#view", **media}
    return {"$type": "app.bsky.embed.recordWithMedia#view", "record": QUOTED, "media": view}


SHARED = {"uri": "https://c.example/x", "title": "C", "description": ""}
EMBEDDED = {
    "q-image": ("image", quote_with("images", images=[])),
    "q-video": ("video", quote_with("video", cid="c", playlist="https://v.example/p")),
    "q-gallery": ("image", quote_with("gallery", items=[])),
    "q-link": ("link", quote_with("external", external=SHARED)),
    "quote": ("text", QUOTED),
    "gallery": ("image", {"$type": "app.bsky.embed.gallery#view", "items": []}),
    "video": ("video", {"$type": "app.bsky.embed.video#view", "cid": "c", "playlist": "p"}),
}
DATED = {
    # what the author's app says, and when it counts as made
    "future": ("2099-01-01T00:00:00Z", "2026-02-28T09:00:00"),
    "skewed": ("2026-02-28T11:00:30.000+02:00", "2026-02-28T09:00:00"),
    "east": ("2026-02-28T10:30:00.000+02:00", "2026-02-28T08:30:00"),
    "imported": ("2019-05-01T00:00:00.000Z", "2019-05-01T00:00:00"),
    "never": ("yesterday", "2026-02-28T09:00:00"),
}
NAMED = {
    "$type": "app.bsky.feed.post",
    "createdAt": "2026-02-28T09:00:00Z",
    "text": "thanks to my friends at Acme",
    "facets": [
        {
            "index": {"byteStart": 24, "byteEnd": 28},
            "features": [{"$type": "app.bsky.richtext.facet#mention", "did": "did:plc:acme"}],
        }
    ],
}
BO = {"did": "did:plc:bo", "handle": "handle.invalid"}
BLUESKY = [
    *(bare(key, embed) for key, (_, embed) in EMBEDDED.items()),
    *(bare(key, record={"createdAt": at, "text": ""}) for key, (at, _) in DATED.items()),
    bare("named", record=NAMED),
    bare("invalid", author=BO),
]
PROFILE = {
    "did": "did:plc:anna",
    "handle": "anna.bsky.social",
    "displayName": "Anna",
    "description": "Brews",
    "followersCount": 1234,
    "followsCount": 5,
    "postsCount": 6,
    "verification": {"verifiedStatus": "valid"},
}

TWEET = {
    "id": "1578516068309794817",
    "text": "New #Coffee &amp; more https://t.co/y cut…",
    "edit_history_tweet_ids": ["1578516068309794817"],
    "note_tweet": {
        "text": "New #Coffee &amp; more &lt;3 from @acme, the whole &amp;lt; of it #ad",
        "entities": {
            "hashtags": [
                {"start": 4, "end": 11, "tag": "Coffee"},
                {"start": 60, "end": 63, "tag": "ad"},
            ],
            "mentions": [{"username": "Acme", "id": "9"}],
            "urls": [{"url": "https://t.co/x", "expanded_url": "https://acme.example/c?u=x"}],
        },
    },
    "author_id": "42",
    "created_at": "2026-02-27T22:42:12.000Z",
    "lang": "en",
    "attachments": {"media_keys": ["3_1"]},
    "entities": {
        "hashtags": [{"start": 4, "end": 11, "tag": "Coffee"}],
        "urls": [{"url": "https://t.co/y", "expanded_url": "https://x.com/i/web/status/15785"}],
    },
    "public_metrics": {
        "retweet_count": 1,
        "reply_count": 2,
        "like_count": 3,
        "quote_count": 4,
        "bookmark_count": 5,
        "impression_count": 600,
    },
}
RETWEET = {**TWEET, "id": "2", "referenced_tweets": [{"type": "retweeted", "id": "1"}]}
REPLY = {
    "id": "3",
    "text": "yes",
    "author_id": "42",
    "created_at": "2026-02-27T23:00:00.000Z",
    "lang": "und",
    "referenced_tweets": [{"type": "replied_to", "id": "1"}],
}
EDITED = {
    **TWEET,
    "id": "13",
    "text": "Newest",
    "note_tweet": None,
    "edit_history_tweet_ids": ["11", "12", "13"],
    "attachments": {"media_keys": ["13_7", "3_8"]},
}
NEWER = {
    "id": "22",
    "text": "cut…",
    "edit_history_post_ids": ["21", "22"],
    "note_post": {"text": "The &gt; post", "entities": {"hashtags": [{"tag": "Brew"}]}},
    "author_id": "42",
    "created_at": "2026-02-27T23:00:00.000Z",
    "paid_partnership": True,
    "attachments": {"media_keys": ["16_1"]},
    "public_metrics": {"repost_count": 7, "like_count": 9},
}
USER = {
    "id": "42",
    "name": "Anna",
    "username": "AnnaBrews",
    "description": "Brews",
    "verified": False,
    "public_metrics": {"followers_count": 9, "following_count": 8, "tweet_count": 7},
}
NOT_FOUND = {"value": "99", "resource_id": "99", "title": "Not Found Error", "parameter": "ids"}


def visit(number: int, page: str | None) -> dict[str, Any]:
    return {
        "id": f"gid://shopify/CustomerVisit/{number}",
        "landingPage": page,
        "referrerUrl": "https://bsky.app/",
        "occurredAt": f"2026-02-2{number}T09:00:00Z",
    }


def order(name: str, journey: tuple[Any, Any] = (None, None), **fields: Any) -> dict[str, Any]:
    """Return an order of one article; what orders are worth is test_shopify_money's."""
    first, last = journey
    told = {"ready": True, "firstVisit": first, "lastVisit": last}
    sold = Order(name, {"customerJourneySummary": told, **fields})
    return sold.agree("Order", bought(9000, 1800, discount=1000)).answer()


CUSTOMER = {"id": "gid://shopify/Customer/777"}
SEEN = visit(1, "https://acme.example/a?utm_source=anna"), visit(2, "https://acme.example/b")
SEEN_ONCE = visit(3, "https://acme.example/c"), visit(3, "https://acme.example/c")
ORDERS = [
    order("#1001", customer=CUSTOMER, discountCodes=["ANNA10"]),
    order("#1002", SEEN, cancelledAt="2026-02-28T11:00:00Z", test=True),
    order("#1003", SEEN_ONCE),
]


MEDIA = {
    "id": "18088158883149835",
    "caption": "Cold brew #coffee",
    "comments_count": 8,
    "media_type": "CAROUSEL_ALBUM",
    "permalink": "https://www.instagram.com/p/CSr71Gzlqo4/",
    "timestamp": "2026-02-27T19:00:42+0000",
}
TAGGED = {**MEDIA, "id": "2", "username": "Anna.Brews", "media_type": "IMAGE", "like_count": 0}
DISCOVERED = {
    "id": "17841407673135339",
    "username": "Anna.Brews",
    "name": "Anna",
    "biography": "Brews",
    "followers_count": 1200,
    "follows_count": 3,
    "media_count": 2,
    "media": {
        "data": [
            {**MEDIA, "id": "3", "media_type": "VIDEO", "media_product_type": "REELS"},
            {**MEDIA, "id": "4", "like_count": 9},
        ]
    },
}
STORY = {
    "id": "5",
    "username": "acme",
    "media_type": "VIDEO",
    "media_product_type": "STORY",
    "permalink": "https://www.instagram.com/stories/acme/5",
    "timestamp": "2026-02-28T19:00:42+0000",
    "like_count": 2,
}
INSIGHTS = {
    "media_id": "3",
    "data": [
        {"name": "reach", "period": "lifetime", "values": [{"value": 800}]},
        {"name": "saved", "values": [{"value": 4}]},
        {"name": "views", "values": [{"value": 1000}]},
    ],
}

VIEWED = {
    "id": "7311",
    "create_time": 1772150400,
    "share_url": "https://www.tiktok.com/@anna/video/7311?x=1",
    "title": "Cold",
    "video_description": "Cold #brew",
    "like_count": 1,
    "comment_count": 2,
    "share_count": 3,
    "view_count": 4,
}
RESEARCHED = {
    "id": 7312000000000000001,
    "username": "Bo",
    "create_time": 1772150400,
    "video_description": "Hot",
    "hashtag_names": ["Coffee"],
    "favorites_count": 5,
    "view_count": 6,
}
SPELLED = {**RESEARCHED, "id": 7312000000000000002, "favourites_count": 8}
del SPELLED["favorites_count"]
CREATOR = {
    "open_id": "o-1",
    "username": "Anna",
    "display_name": "Anna",
    "bio_description": "Brews",
    "follower_count": 10,
    "following_count": 20,
    "video_count": 30,
    "is_verified": True,
}

THREAD = {
    "id": "18000000900000004",
    "media_type": "TEXT_POST",
    "permalink": "https://www.threads.com/@anna.brews/post/DAb-_1",
    "username": "anna.brews",
    "text": "With @acme #Latte",
    "timestamp": "2026-02-27T19:00:42+0000",
    "topic_tag": "Cold Brew",
    "link_attachment_url": "https://acme.example/a",
}
THREAD_INSIGHTS = {
    "media_id": "18000000900000004",
    "data": [
        {"name": name, "period": "lifetime", "values": [{"value": value}]}
        for name, value in (("views", 90), ("likes", 8), ("replies", 3), ("reposts", 2))
    ],
}
LOOKED_UP = {"username": "anna.brews", "name": "Anna", "follower_count": 120, "views_count": 9}
TOKENED = {
    "user": {"id": "99", "username": "acme", "threads_biography": "write to a@acme.example"},
    "data": [{"name": "followers_count", "period": "day", "total_value": {"value": 77}}],
}
SUBMISSION = {
    "id": "14g2bqo",
    "name": "t3_14g2bqo",
    "subreddit": "Coffee",
    "author": "Cactus-Ear",
    "author_fullname": "t2_8pddtdru",
    "title": "My moka pot & me",
    "selftext": "Thanks /u/acme-coffee",
    "permalink": "/r/Coffee/comments/14g2bqo/my_moka_pot_me/",
    "created_utc": 1772150400.0,
    "is_self": True,
    "is_video": False,
    "removed_by_category": None,
    "hide_score": False,
    "score": 208,
    "num_comments": 17,
    "num_crossposts": 2,
}
UNREADABLE = {**SUBMISSION, "id": "odd", "name": "t3_odd", "created_utc": "soon"}
REDDITOR = {
    "id": "8pddtdru",
    "name": "Cactus-Ear",
    "subreddit": {"title": "", "public_description": "Brews", "subscribers": 0},
}


def event(number: int, name: str, params: dict[str, dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {
        "event_name": name,
        "event_timestamp": str(1772150400000000 + number),
        "event_params": [{"key": key, "value": value} for key, value in params.items()],
        "user_pseudo_id": "1.2",
        **more,
    }


HERE = {"page_location": {"string_value": "https://acme.example/a"}}
TAGGED_PAGE = {"page_location": {"string_value": "https://acme.example/a?utm_source=anna"}}
EVENTS = [
    event(1, "page_view", {**TAGGED_PAGE, "page_referrer": {"string_value": "https://b.example"}}),
    event(2, "page_view", {**HERE, "entrances": {"int_value": 1}}, user_id="vis-7"),
    event(3, "page_view", HERE),
    event(4, "page_view", HERE, collected_traffic_source={"manual_source": "anna"}),
    event(5, "purchase", TAGGED_PAGE),
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = new_home(tmp_path_factory.mktemp("platforms"))
    for source, stream, records, query in (
        ("youtube", "videos", [VIDEO, HIDDEN], "hashtag:coffee"),
        ("youtube", "search_results", [FOUND], "keyword:cold brew"),
        ("youtube", "playlist_items", [UPLOADED], "account:annabrews"),
        ("youtube", "channels", [CHANNEL, SHY], "account:annabrews"),
        ("youtube", "missing", [{"id": "gone"}], "reread"),
        ("bluesky", "posts", [POST, BARE, *ODD, *BLUESKY], "hashtag:coffee"),
        ("bluesky", "profiles", [PROFILE, {**BO, "followersCount": 7}], "profiles"),
        ("bluesky", "missing", [{"uri": "at://gone"}], "reread"),
        ("x", "posts", [TWEET, RETWEET, REPLY, EDITED, NEWER], "mention:acme"),
        ("x", "users", [USER], "mention:acme"),
        ("x", "missing", [NOT_FOUND], "reread"),
        ("shopify", "orders", ORDERS, "orders"),
        ("instagram", "hashtag_media", [MEDIA], "hashtag:coffee"),
        ("instagram", "tagged_media", [TAGGED], "mention:acme"),
        ("instagram", "business_discovery", [DISCOVERED], "account:anna.brews"),
        ("instagram", "media_insights", [INSIGHTS], "account:acme"),
        ("instagram", "stories", [STORY], "account:acme"),
        ("tiktok", "videos", [VIEWED], "account:anna"),
        ("tiktok", "videos", [RESEARCHED, SPELLED], "hashtag:coffee"),
        ("tiktok", "users", [CREATOR], "account:anna"),
        ("tiktok", "missing", [{"id": "gone"}], "reread"),
        ("ga4", "events", EVENTS, "events"),
        ("threads", "posts", [THREAD], "hashtag:coldbrew"),
        ("threads", "media_insights", [THREAD_INSIGHTS], "account:anna.brews"),
        ("threads", "profiles", [LOOKED_UP], "hashtag:coldbrew"),
        ("threads", "users", [TOKENED], "account:acme"),
        ("threads", "missing", [{"id": "gone"}], "reread"),
        ("reddit", "posts", [SUBMISSION, UNREADABLE], "subreddit:coffee"),
        ("reddit", "profiles", [REDDITOR], "keyword:moka"),
        ("reddit", "missing", [{"id": "gone", "removed_by_category": "author"}], "reread"),
    ):
        land_records(home, source, stream, records, query=query, fetched=FETCHED)
    home.stage()
    return home


def rows(home: Home, table: str, key: str, **where: str) -> dict[object, Mapping[str, Any]]:
    """Return rows of a staging table by a key, as dictionaries."""
    condition = " and ".join(f"{name} = '{value}'" for name, value in where.items())
    with home.open() as con:
        found = con.execute(f"select * from work.staging.stg_inbox__{table} where {condition}")
        names = [column[0] for column in found.description]
        dicts = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    return {row[key]: row for row in dicts}


def holds(row: Mapping[str, Any], **values: object) -> None:
    assert {name: row[name] for name in values} == values


def test_a_video_is_a_post(home: Home) -> None:
    posts = rows(home, "posts", "native_post_id", source="youtube")
    assert set(posts) == {"D-lhorsDlUQ", "hidden", "later", "gone"}
    holds(
        posts["D-lhorsDlUQ"],
        platform="youtube",
        observed_at=AT,
        native_account_id="UC_x5",
        handle=None,
        published_at=datetime.fromisoformat("2026-02-21T20:37:49"),
        content_type="video",
        text="Cold brew at home\nWith #coffee\nand ice",
        permalink="https://www.youtube.com/watch?v=D-lhorsDlUQ",
        language="en-GB",
        hashtags=["cold brew", "espresso"],
        is_paid_label=True,
        is_deleted=False,
    )
    holds(posts["hidden"], content_type="live", text="Live\n", is_paid_label=None)
    published = datetime.fromisoformat("2026-02-27T00:00:00")
    holds(posts["later"], native_account_id="UC_x5", published_at=published, text=None)
    holds(posts["gone"], is_deleted=True)


def test_what_found_a_video_is_kept_beside_its_text(home: Home) -> None:
    """Two answers of one moment, one row: each column the newest that is present."""
    posts = rows(home, "posts", "native_post_id", source="youtube")
    holds(posts["D-lhorsDlUQ"], found_by="keyword:cold brew")
    assert posts["D-lhorsDlUQ"]["text"].startswith("Cold brew at home")


def test_what_youtube_hides_is_null(home: Home) -> None:
    metrics = rows(home, "post_metrics", "native_post_id", source="youtube")
    holds(metrics["D-lhorsDlUQ"], views=12345678901, likes=7, comments=0, shares=None, reach=None)
    holds(metrics["hidden"], views=9, likes=None, comments=None)
    profiles = rows(home, "profiles", "native_account_id", source="youtube")
    holds(
        profiles["UC_x5"],
        handle="annabrews",
        display_name="Anna brews",
        followers=10700,
        posts_count=26,
        country="AT",
        following=None,
    )
    assert "anna@example.com" not in profiles["UC_x5"]["bio"]
    holds(profiles["UC_shy"], handle="uc_shy", followers=None, posts_count=3)


def test_a_post_view_is_a_post(home: Home) -> None:
    posts = rows(home, "posts", "native_post_id", source="bluesky")
    holds(
        posts[POST["uri"]],
        native_account_id="did:plc:anna",
        handle="anna.bsky.social",
        published_at=datetime.fromisoformat("2026-02-28T08:00:00"),
        content_type="link",
        text="Morning #Coffee with @bo.example",
        permalink="https://bsky.app/profile/did:plc:anna/post/3k",
        language="de",
        hashtags=["coffee", "latte"],
        mentions=["did:plc:bo"],
        urls=["https://a.example/x", "https://b.example"],
        found_by="hashtag:coffee",
    )
    holds(posts[BARE["uri"]], content_type="image", hashtags=[], language=None, urls=[])
    holds(posts["at://gone"], is_deleted=True)


def test_a_quote_is_what_is_beside_the_quoted_post(home: Home) -> None:
    posts = rows(home, "posts", "native_post_id", source="bluesky")
    found = {key: posts[bare(key)["uri"]]["content_type"] for key in EMBEDDED}
    assert found == {key: kind for key, (kind, _) in EMBEDDED.items()}
    assert posts[bare("q-link")["uri"]]["urls"] == ["https://c.example/x"]


def test_a_post_is_made_when_it_says_but_not_after_it_was_seen(home: Home) -> None:
    posts = rows(home, "posts", "native_post_id", source="bluesky")
    found = {key: posts[bare(key)["uri"]]["published_at"] for key in DATED}
    assert found == {key: datetime.fromisoformat(at) for key, (_, at) in DATED.items()}


def test_a_mention_is_who_is_marked_whatever_the_text_says(home: Home) -> None:
    posts = rows(home, "posts", "native_post_id", source="bluesky")
    assert posts[bare("named")["uri"]]["mentions"] == ["did:plc:acme"]


def test_a_handle_that_can_not_be_resolved_is_none(home: Home) -> None:
    posts = rows(home, "posts", "native_post_id", source="bluesky")
    holds(posts[bare("invalid")["uri"]], handle=None, native_account_id="did:plc:bo")
    profiles = rows(home, "profiles", "native_account_id", source="bluesky")
    holds(profiles["did:plc:bo"], handle=None, followers=7)


def test_reposts_and_quotes_are_shares_and_what_is_not_told_is_null(home: Home) -> None:
    metrics = rows(home, "post_metrics", "native_post_id", source="bluesky")
    holds(metrics[POST["uri"]], likes=5, comments=4, shares=5, saves=1, views=None)
    holds(metrics[BARE["uri"]], likes=None, shares=None, saves=None)
    assert set(metrics) == {POST["uri"], BARE["uri"], *(post["uri"] for post in BLUESKY)}
    reasons = home.rows(
        "select split_part(reason, ' is ', 1) from work.staging.quarantine"
        " where source = 'bluesky' order by line"
    )
    assert reasons == [("shares: 'many'",), ("shares: 'some'",)]
    profile = rows(home, "profiles", "native_account_id", source="bluesky")["did:plc:anna"]
    holds(profile, followers=1234, following=5, posts_count=6, is_verified=True)


def test_a_tweet_is_a_post_and_a_retweet_is_none(home: Home) -> None:
    posts = rows(home, "posts", "native_post_id", source="x")
    assert set(posts) == {TWEET["id"], "3", "11", "21", "99"}
    holds(
        posts[TWEET["id"]],
        native_account_id="42",
        published_at=datetime.fromisoformat("2026-02-27T22:42:12"),
        content_type="image",
        text="New #Coffee & more <3 from @acme, the whole &lt; of it #ad",
        language="en",
        hashtags=["coffee", "ad"],
        mentions=["acme"],
        urls=["https://acme.example/c?u=x"],
        is_paid_label=None,
        found_by="mention:acme",
    )
    holds(posts["3"], content_type="text", language=None, hashtags=None)
    holds(posts["99"], is_deleted=True)
    metrics = rows(home, "post_metrics", "native_post_id", source="x")
    assert set(metrics) == {TWEET["id"], "11", "21"}
    holds(
        metrics[TWEET["id"]],
        likes=3,
        comments=2,
        shares=5,
        saves=5,
        impressions=600,
        views=None,
        reach=None,
    )
    user = rows(home, "profiles", "native_account_id", source="x")["42"]
    holds(user, handle="annabrews", followers=9, following=8, posts_count=7, is_verified=False)


def test_all_versions_of_an_edited_post_are_one_whichever_names_tell_them(home: Home) -> None:
    posts = rows(home, "posts", "native_post_id", source="x")
    link = "https://x.com/i/web/status/13"
    holds(posts["11"], text="Newest", permalink=link, hashtags=["coffee"], content_type="video")
    holds(
        posts["21"],
        text="The > post",
        permalink="https://x.com/i/web/status/22",
        hashtags=["brew"],
        content_type="gif",
        is_paid_label=True,
    )
    metrics = rows(home, "post_metrics", "native_post_id", source="x")
    holds(metrics["11"], likes=3, shares=5)
    holds(metrics["21"], likes=9, shares=7)


def test_an_order_says_who_bought_and_by_which_code(home: Home) -> None:
    orders = rows(home, "orders", "order_id", source="shopify")
    holds(
        orders["#1001"],
        ordered_at=PLACED.replace(tzinfo=None),
        currency="EUR",
        gross_amount=Decimal("100.0000"),
        discount_amount=Decimal("10.0000"),
        tax_amount=Decimal("18.0000"),
        cost_of_goods=None,
        customer_id="777",
        visitor_id=None,
        discount_codes=["anna10"],
        status="placed",
        is_test=False,
    )
    holds(orders["#1002"], customer_id=None, visitor_id="#1002", status="cancelled", is_test=True)


def test_the_visits_of_an_order_are_clicks_each_once(home: Home) -> None:
    clicks = rows(home, "clicks", "click_id", source="shopify")
    assert sorted((row["landing_url"], row["visitor_id"]) for row in clicks.values()) == [
        ("https://acme.example/a?utm_source=anna", "#1002"),
        ("https://acme.example/b", "#1002"),
        ("https://acme.example/c", "#1003"),
    ]


def test_a_hashtag_s_media_has_no_author_and_hidden_likes_are_null(home: Home) -> None:
    posts = rows(home, "posts", "native_post_id", source="instagram")
    assert set(posts) == {MEDIA["id"], "2", "3", "4", "5"}
    holds(
        posts[str(MEDIA["id"])],
        native_account_id=None,
        handle=None,
        published_at=datetime.fromisoformat("2026-02-27T19:00:42"),
        content_type="carousel",
        text="Cold brew #coffee",
        permalink="https://www.instagram.com/p/CSr71Gzlqo4/",
        found_by="hashtag:coffee",
        is_paid_label=None,
    )
    holds(posts["2"], handle="anna.brews", content_type="image", found_by="mention:acme")
    holds(posts["5"], handle="acme", content_type="story", found_by=None)
    metrics = rows(home, "post_metrics", "native_post_id", source="instagram")
    holds(metrics["5"], likes=2, comments=None)
    holds(metrics[str(MEDIA["id"])], likes=None, comments=8, shares=None)
    holds(metrics["2"], likes=0, comments=8)


def test_a_discovered_account_is_a_profile_with_its_media(home: Home) -> None:
    profile = rows(home, "profiles", "native_account_id", source="instagram")["17841407673135339"]
    holds(profile, handle="anna.brews", followers=1200, following=3, posts_count=2)
    posts = rows(home, "posts", "native_post_id", source="instagram")
    holds(
        posts["3"],
        native_account_id="17841407673135339",
        handle="anna.brews",
        content_type="reel",
        found_by=None,
    )
    counted = home.rows(
        "select read.stream, rows_in, loaded, skipped from work.staging.batches_read as read"
        " inner join work.landing.batches as batches on read.batch_id = batches.batch_id"
        " where batches.stream = 'business_discovery' order by 1"
    )
    assert counted == [("post_metrics", 1, 1, 0), ("posts", 1, 1, 0), ("profiles", 1, 1, 0)]


def test_insights_are_metrics_and_one_that_is_missing_is_null(home: Home) -> None:
    """Of the same moment as the discovered media: the later answer holds, as it is."""
    metrics = rows(home, "post_metrics", "native_post_id", source="instagram")
    holds(metrics["3"], reach=800, saves=4, views=1000, comments=None, likes=None)
    holds(metrics["4"], likes=9, reach=None)


def test_a_video_of_either_api_is_a_post(home: Home) -> None:
    posts = rows(home, "posts", "native_post_id", source="tiktok")
    holds(
        posts["7311"],
        handle="anna",
        published_at=datetime.fromisoformat("2026-02-27T00:00:00"),
        text="Cold #brew",
        permalink="https://www.tiktok.com/@anna/video/7311?x=1",
        found_by=None,
    )
    holds(
        posts["7312000000000000001"],
        handle="bo",
        hashtags=["coffee"],
        permalink="https://www.tiktok.com/@Bo/video/7312000000000000001",
        found_by="hashtag:coffee",
    )
    holds(posts["gone"], is_deleted=True)
    metrics = rows(home, "post_metrics", "native_post_id", source="tiktok")
    holds(metrics["7311"], likes=1, comments=2, shares=3, saves=None, views=4, reach=None)
    holds(metrics["7312000000000000001"], likes=None, saves=5, views=6)
    holds(metrics["7312000000000000002"], likes=None, saves=8, views=6)
    creator = rows(home, "profiles", "native_account_id", source="tiktok")["o-1"]
    holds(creator, handle="anna", followers=10, following=20, posts_count=30, is_verified=True)


def test_page_views_that_begin_a_visit_or_a_campaign_are_clicks(home: Home) -> None:
    with home.open() as con:
        found = con.execute(
            "select click_id, clicked_at, landing_url, visitor_id, referrer"
            " from work.staging.stg_inbox__clicks where source = 'ga4' order by 1"
        ).fetchall()
    begin = datetime.fromisoformat("2026-02-27T00:00:00")
    page, campaign = "https://acme.example/a", "https://acme.example/a?utm_source=anna"
    assert found == [
        ("r0", begin.replace(microsecond=1), campaign, "1.2", "https://b.example"),
        ("r1", begin.replace(microsecond=2), page, "vis-7", None),
        ("r3", begin.replace(microsecond=4), page, "1.2", None),
    ]
    counted = home.rows(
        "select rows_in, loaded, superseded, quarantined, skipped"
        " from work.staging.batches_read where source = 'ga4'"
    )
    assert counted == [(5, 3, 0, 0, 2)]


def test_a_thread_is_a_post_and_its_insights_are_its_counts(home: Home) -> None:
    posts = rows(home, "posts", "native_post_id", source="threads")
    holds(
        posts[THREAD["id"]],
        native_account_id="anna.brews",
        handle="anna.brews",
        published_at=datetime.fromisoformat("2026-02-27T19:00:42"),
        content_type="text",
        hashtags=["cold brew"],
        urls=["https://acme.example/a"],
        found_by="hashtag:coldbrew",
        is_deleted=False,
    )
    holds(posts["gone"], is_deleted=True, text=None)
    metrics = rows(home, "post_metrics", "native_post_id", source="threads")
    holds(metrics[THREAD["id"]], likes=8, comments=3, shares=2, views=90, saves=None, reach=None)
    profiles = rows(home, "profiles", "native_account_id", source="threads")
    holds(profiles["anna.brews"], handle="anna.brews", followers=120, posts_count=None)
    holds(profiles["acme"], followers=77)
    assert "a@acme.example" not in profiles["acme"]["bio"]


def test_a_submission_is_a_post_and_its_score_is_likes(home: Home) -> None:
    posts = rows(home, "posts", "native_post_id", source="reddit")
    assert set(posts) == {"14g2bqo", "gone"}
    holds(
        posts["14g2bqo"],
        native_account_id="t2_8pddtdru",
        handle="cactus-ear",
        published_at=datetime.fromisoformat("2026-02-27T00:00:00"),
        text="My moka pot & me\n\nThanks /u/acme-coffee",
        permalink="https://www.reddit.com/r/Coffee/comments/14g2bqo/my_moka_pot_me/",
        content_type="text",
        found_by="subreddit:coffee",
        is_deleted=False,
    )
    holds(posts["gone"], is_deleted=True, text=None, handle=None)
    metrics = rows(home, "post_metrics", "native_post_id", source="reddit")
    holds(metrics["14g2bqo"], likes=208, comments=17, shares=2, saves=None, views=None)
    profiles = rows(home, "profiles", "native_account_id", source="reddit")
    holds(profiles["t2_8pddtdru"], handle="cactus-ear", followers=None, bio="Brews")
    reasons = home.rows(
        "select split_part(reason, ' is ', 1) from work.staging.quarantine where source = 'reddit'"
    )
    assert reasons == [("published_at: 'soon'",)]
