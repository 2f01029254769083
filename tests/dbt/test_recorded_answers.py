"""Answers that platforms gave, as recorded elsewhere, mapped and held to a second reading of them.

They are no part of this repository: REACHLINE_RECORDED_ANSWERS names the folder, with a folder a
platform (instagram_graph, mastodon, x_v2, youtube_v3). Without it these tests are skipped.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from tests.dbt.landed import Home, land_records, new_home

EMAIL = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+")
VARIABLE = "REACHLINE_RECORDED_ANSWERS"
FOLDER = os.environ.get(VARIABLE)
pytestmark = pytest.mark.skipif(
    not FOLDER, reason=f"no recorded answers: set {VARIABLE} to the folder that holds them"
)
Records = list[dict[str, Any]]
Rows = dict[str, dict[str, Any]]


def bodies(folder: str, pattern: str) -> Iterator[Any]:
    """Yield the bodies of the answers in files, by name; of exchanges those that were read."""
    paths = sorted((Path(FOLDER or "") / folder).glob(pattern))
    assert paths, f"no {folder}/{pattern} in {FOLDER}"
    for path in paths:
        answer = json.loads(path.read_text())
        if isinstance(answer, list) and answer and "uri" in answer[0]:
            yield from (
                call["body"] for call in answer if call["method"] == "GET" and call["status"] == 200
            )
        else:
            yield answer


def items(folder: str, pattern: str, of: str) -> Records:
    return [item for body in bodies(folder, pattern) for item in body[of]]


def statuses() -> Records:
    answers = (body for body in bodies("mastodon", "*.json") if isinstance(body, list))
    return [one for body in answers for one in body if "account" in one]


def snowflake(number: str) -> str:
    """When an id of X was given; the recorded calls did not ask for created_at."""
    moment = datetime(2010, 11, 4, 1, 42, 54, 657000, tzinfo=UTC)
    moment += timedelta(milliseconds=int(number) >> 22)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"


@pytest.fixture(scope="module")
def landed() -> dict[tuple[str, str], Records]:
    posts = items("x_v2", "*tweets*.json", "data") + items("x_v2", "*mentions.json", "data")
    posts = [post for post in posts if "text" in post]
    profiles = [body["business_discovery"] for body in bodies("instagram_graph", "disc*.json")]
    profile = next(one for one in profiles if "username" in one)
    # the recorded pages of media did not ask for the profile that goes with them
    profiles = [{"id": profile["id"], "username": profile["username"], **one} for one in profiles]
    return {
        ("mastodon", "statuses"): statuses(),
        ("mastodon", "accounts"): [
            body
            for body in bodies("mastodon", "test_account*.json")
            if isinstance(body, dict) and "acct" in body
        ],
        ("youtube", "search_results"): items("youtube_v3", "search__*.json", "items"),
        ("youtube", "videos"): items("youtube_v3", "videos__*.json", "items"),
        ("youtube", "channels"): items("youtube_v3", "channels__*.json", "items"),
        ("instagram", "hashtag_media"): items(
            "instagram_graph", "hashtags__*_medias_*.json", "data"
        ),
        ("instagram", "tagged_media"): items("instagram_graph", "users__tagged*.json", "data"),
        ("instagram", "mentioned_media"): [
            body["mentioned_media"] for body in bodies("instagram_graph", "users__ment*.json")
        ],
        ("instagram", "business_discovery"): profiles,
        ("instagram", "media_insights"): [
            {"media_id": f"insights-{number}", "data": body["data"]}
            for number, body in enumerate(bodies("instagram_graph", "medias__insights*.json"))
        ],
        ("x", "posts"): [*posts, *({**one, "created_at": snowflake(one["id"])} for one in posts)],
        ("x", "users"): items("x_v2", "*get_users.json", "data"),
    }


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, landed: dict[tuple[str, str], Records]) -> Home:
    home = new_home(tmp_path_factory.mktemp("recorded"))
    for (source, stream), records in landed.items():
        assert records, f"{source} has no recorded {stream}"
        land_records(home, source, stream, records)
    home.stage()
    return home


def staged(home: Home, table: str, key: str, source: str) -> Rows:
    with home.open() as con:
        found = con.execute(
            f"select * from work.staging.stg_inbox__{table} where source = ?", [source]
        )
        names = [column[0] for column in found.description]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    assert len({row[key] for row in rows}) == len(rows)
    return {row[key]: row for row in rows}


def holds(rows: Rows, expected: Rows) -> None:
    """Each expected row is there, is equal in the columns that are told, and there is no other."""
    assert rows.keys() == expected.keys()
    assert expected
    for key, values in expected.items():
        assert {name: rows[key][name] for name in values} == values, key


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)


def whole(value: Any) -> int | None:
    return None if value is None else int(value)


class _Text(HTMLParser):
    """The text of HTML: a paragraph after another and a <br> begin a line."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self._after = False

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "br" or (tag == "p" and self._after):
            self.text += "\n"

    def handle_endtag(self, tag: str) -> None:
        self._after = self._after or tag == "p"

    def handle_data(self, data: str) -> None:
        self.text += data


def html_text(html: str) -> str | None:
    parser = _Text()
    parser.feed(html)
    parser.close()
    return parser.text if parser.text.strip() else None


def test_mastodon(home: Home, landed: dict[tuple[str, str], Records]) -> None:
    records = [one for one in landed["mastodon", "statuses"] if one["reblog"] is None]

    def handle(account: Mapping[str, Any]) -> str:
        acct = str(account["acct"])
        server = str(account["uri"]).split("/")[2]
        return (acct if "@" in acct else f"{acct}@{server}").lower()

    holds(
        staged(home, "posts", "native_post_id", "mastodon"),
        {
            one["uri"]: {
                "native_account_id": one["account"]["uri"],
                "handle": handle(one["account"]),
                "published_at": at(one["created_at"]),
                "content_type": (one["media_attachments"] or [{"type": "text"}])[0]["type"],
                "text": html_text(one["content"]),
                "permalink": one["url"] or one["uri"],
                "language": one["language"],
                "hashtags": list(dict.fromkeys(tag["name"].lower() for tag in one["tags"])),
                "found_by": "hashtag:coffee",
                "is_deleted": False,
            }
            for one in records
        },
    )
    holds(
        staged(home, "post_metrics", "native_post_id", "mastodon"),
        {
            one["uri"]: {
                "likes": one["favourites_count"],
                "comments": one["replies_count"],
                "shares": one["reblogs_count"],
                **dict.fromkeys(("saves", "views", "reach", "impressions")),
            }
            for one in records
        },
    )
    # boosts tell of who boosted; the accounts landed last
    accounts = [one["account"] for one in landed["mastodon", "statuses"]]
    accounts += landed["mastodon", "accounts"]
    holds(
        staged(home, "profiles", "native_account_id", "mastodon"),
        {
            one["uri"]: {
                "handle": handle(one),
                "display_name": one["display_name"] or None,
                "followers": one["followers_count"],
                "following": one["following_count"],
                "posts_count": one["statuses_count"],
                "is_bot": one["bot"],
                "is_noindex": one.get("noindex"),
            }
            for one in accounts
        },
    )


def test_youtube(home: Home, landed: dict[tuple[str, str], Records]) -> None:
    found = [one for one in landed["youtube", "search_results"] if "videoId" in one["id"]]
    posts: Rows = {
        one["id"]["videoId"]: {
            "native_account_id": one["snippet"]["channelId"],
            "published_at": at(one["snippet"]["publishedAt"]),
            "text": None,
            "found_by": "hashtag:coffee",
        }
        for one in found
    }
    for one in landed["youtube", "videos"]:
        told = one["snippet"]
        posts[one["id"]] = {
            "native_account_id": told["channelId"],
            "published_at": at(told["publishedAt"]),
            "content_type": "video" if told["liveBroadcastContent"] == "none" else "live",
            "text": EMAIL.sub("[✉]", f"{told['title']}\n{told['description']}"),
            "permalink": f"https://www.youtube.com/watch?v={one['id']}",
            "language": told.get("defaultLanguage", told.get("defaultAudioLanguage")),
            "hashtags": list(dict.fromkeys(tag.strip().lower() for tag in told.get("tags", [])))
            or None,
            "is_paid_label": None,
        }
    holds(staged(home, "posts", "native_post_id", "youtube"), posts)
    # none of the recorded videos was asked for its statistics
    assert staged(home, "post_metrics", "native_post_id", "youtube") == {}
    holds(
        staged(home, "profiles", "native_account_id", "youtube"),
        {
            one["id"]: {
                "handle": one["snippet"]["customUrl"].removeprefix("@").lower(),
                "display_name": one["snippet"]["title"],
                "followers": whole(one.get("statistics", {}).get("subscriberCount")),
                "posts_count": whole(one.get("statistics", {}).get("videoCount")),
                "country": one["snippet"].get("country"),
            }
            for one in landed["youtube", "channels"]
        },
    )


def test_instagram(home: Home, landed: dict[tuple[str, str], Records]) -> None:
    (account,) = {one["id"] for one in landed["instagram", "business_discovery"]}
    lists: Records = []
    for stream in ("hashtag_media", "tagged_media", "mentioned_media"):
        lists += [{**one, "found_by": "hashtag:coffee"} for one in landed["instagram", stream]]
    for one in landed["instagram", "business_discovery"]:
        media = one.get("media", {"data": []})["data"]
        lists += [{**each, "account": account, "handle": one["username"]} for each in media]
    kinds = {"IMAGE": "image", "VIDEO": "video", "CAROUSEL_ALBUM": "carousel"}
    holds(
        staged(home, "posts", "native_post_id", "instagram"),
        {
            one["id"]: {
                "native_account_id": one.get("account"),
                "handle": one.get("handle"),
                "published_at": at(one["timestamp"]),
                "content_type": kinds[one["media_type"]],
                "text": one.get("caption"),
                "permalink": one.get("permalink"),
                "found_by": one.get("found_by"),
            }
            for one in lists
            if "timestamp" in one
        },
    )
    metrics: Rows = {
        one["id"]: {"likes": one.get("like_count"), "comments": one["comments_count"]}
        for one in lists
    }
    names = {"reach": "reach", "saved": "saves", "views": "views"}
    for one in landed["instagram", "media_insights"]:
        told = {each["name"]: each["values"][0]["value"] for each in one["data"]}
        metrics[one["media_id"]] = {names[name]: told.get(name) for name in names}
    holds(staged(home, "post_metrics", "native_post_id", "instagram"), metrics)
    (profile,) = (
        one for one in landed["instagram", "business_discovery"] if "followers_count" in one
    )
    (row,) = staged(home, "profiles", "native_account_id", "instagram").values()
    assert row["native_account_id"] == profile["id"]
    assert row["handle"] == profile["username"]


def test_x(home: Home, landed: dict[tuple[str, str], Records]) -> None:
    holds(
        staged(home, "posts", "native_post_id", "x"),
        {
            one["id"]: {
                "published_at": at(one["created_at"]),
                "text": one["text"],
                "content_type": "text",
                "permalink": f"https://x.com/i/web/status/{one['id']}",
                "native_account_id": None,
            }
            for one in landed["x", "posts"]
            if "created_at" in one
        },
    )
    # public_metrics were not asked for
    assert staged(home, "post_metrics", "native_post_id", "x") == {}
    holds(
        staged(home, "profiles", "native_account_id", "x"),
        {
            one["id"]: {
                "handle": one["username"].lower(),
                "display_name": one["name"],
                "followers": None,
                "is_verified": None,
            }
            for one in landed["x", "users"]
        },
    )


def test_what_was_not_asked_for_and_is_needed_is_refused_by_name(
    home: Home, landed: dict[tuple[str, str], Records]
) -> None:
    found = home.rows(
        "select source, reason, count(*) from work.staging.quarantine group by all order by all"
    )
    channels = [one for one in landed["youtube", "search_results"] if "videoId" not in one["id"]]
    timeless = [one for one in landed["instagram", "hashtag_media"] if "timestamp" not in one]
    dateless = [one for one in landed["x", "posts"] if "created_at" not in one]
    needed = "is required and empty"
    assert found == [
        ("instagram", f"published_at: {needed}", len(timeless)),
        ("x", f"published_at: {needed}", len(dateless)),
        ("youtube", f"native_post_id: {needed}", len(channels)),
    ]


def test_every_record_is_accounted_for(home: Home, landed: dict[tuple[str, str], Records]) -> None:
    rows = home.rows(
        "select rows_in, loaded + superseded + quarantined + skipped, read.source, batches.stream"
        " from work.staging.batches_read as read"
        " inner join work.landing.batches as batches on read.batch_id = batches.batch_id"
    )
    assert {(source, stream): rows_in for rows_in, _, source, stream in rows} == {
        place: len(records) for place, records in landed.items()
    }
    assert all(row[0] == row[1] for row in rows)
