"""The sandbox's Instagram against the shape of recorded answers, and its limits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from reachline.sandbox.platforms import TOKEN, Sandbox
from reachline.sandbox.platforms.base import Refusal
from reachline.sandbox.platforms.instagram import read_fields
from tests.unit.sandbox.platforms.clients import AT, Client, kinds

FIELDS = "id,caption,media_type,comments_count,like_count,permalink,timestamp"
MEDIA = {
    **dict.fromkeys(("id", "caption", "media_type", "permalink", "timestamp"), "str"),
    **dict.fromkeys(("comments_count", "like_count"), "int"),
}

Get = Callable[..., Any]


@pytest.fixture
def get(sandbox: Sandbox) -> Get:
    http = Client(sandbox, "instagram")

    def ask(path: str, **params: Any) -> Any:
        return http.get(f"/v22.0/{path}", **{"access_token": TOKEN} | params)

    return ask


@pytest.fixture
def user(sandbox: Sandbox) -> str:
    accounts = sandbox.market.accounts(sandbox.now).values()
    found = [a for a in accounts if (a.platform, a.handle) == ("instagram", "lumencoffee")]
    return found[0].native_id


def tag_id(get: Get, user: str, tag: str) -> str:
    found: str = get("ig_hashtag_search", user_id=user, q=tag).json()["data"][0]["id"]
    return found


def walk(get: Get, path: str, **params: Any) -> list[dict[str, Any]]:
    """Go on by `after` until a page is empty."""
    found: list[dict[str, Any]] = []
    while page := (answer := get(path, **params).json())["data"]:
        found += page
        params["after"] = answer["paging"]["cursors"]["after"]
    return found


def error(answer: Any) -> tuple[int, int, int | None]:
    said = answer.json()["error"]
    assert {"message", "type", "code", "fbtrace_id"} <= said.keys()
    return answer.status_code, said["code"], said.get("error_subcode")


def test_hashtag_media_have_the_recorded_shape_and_no_author(get: Get, user: str) -> None:
    path = f"{tag_id(get, user, 'coffee')}/top_media"
    answer = get(path, user_id=user, fields=FIELDS, limit=50).json()
    shown = [media for media in answer["data"] if "like_count" in media]
    assert kinds(shown[0]) == MEDIA
    assert shown[0]["timestamp"].endswith("+0000")
    assert shown[0]["media_type"] in ("IMAGE", "VIDEO", "CAROUSEL_ALBUM")
    assert kinds(answer["paging"]) == {"cursors": {"after": "str"}, "next": "str"}
    assert error(get(path, user_id=user, fields="id,username")) == (400, 100, None)


def test_top_media_are_all_and_recent_media_those_of_a_day(
    get: Get, user: str, sandbox: Sandbox
) -> None:
    tag = tag_id(get, user, "coffee")
    expected = sandbox.truth("instagram", "hashtag:coffee")
    top = walk(get, f"{tag}/top_media", user_id=user, limit=50)
    assert sorted(media["id"] for media in top) == sorted(expected)
    recent = walk(get, f"{tag}/recent_media", user_id=user, limit=2, fields=FIELDS)
    ids = [media["id"] for media in recent]
    assert ids == expected[::-1][: len(ids)]
    oldest = (AT - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%S+0000")
    assert len(ids) > 2
    assert min(media["timestamp"] for media in recent) > oldest


def test_the_31st_hashtag_in_seven_days_is_refused(get: Get, user: str, sandbox: Sandbox) -> None:
    posts = sandbox.market.posts["instagram"]
    tags = sorted({tag for post in posts if post.published_at <= AT for tag in post.tags})
    codes = [get("ig_hashtag_search", user_id=user, q=tag).status_code for tag in tags[:30]]
    assert codes == [200] * 30
    assert error(get("ig_hashtag_search", user_id=user, q=tags[30])) == (400, 18, 2207034)
    assert tag_id(get, user, tags[0])
    sandbox.set_clock(AT + timedelta(days=7))
    assert tag_id(get, user, tags[30])
    assert error(get("ig_hashtag_search", user_id=user, q="nobodysaysthis"))[1] == 24


def test_tagged_and_mentioned_media_name_their_author(
    get: Get, user: str, sandbox: Sandbox
) -> None:
    expected = sandbox.truth("instagram", "mention:lumencoffee")
    found = walk(get, f"{user}/tags", fields=f"{FIELDS},username", limit=3)
    assert [media["id"] for media in found] == expected[::-1] != []
    assert found[0]["username"]
    fields = f"mentioned_media.media_id({expected[0]}){{id,caption,username}}"
    answer = get(user, fields=fields).json()
    assert answer["id"] == user
    assert "@lumencoffee" in answer["mentioned_media"]["caption"]
    other = sandbox.truth("instagram", "hashtag:fitness")[0]
    assert error(get(user, fields=f"mentioned_media.media_id({other}){{id}}")) == (400, 100, 33)
    assert error(get("17841400000000001/tags")) == (400, 100, 33)


def test_business_discovery_pages_within(get: Get, user: str, sandbox: Sandbox) -> None:
    profile = "username,followers_count,media_count,biography"
    found, after = [], ""
    while True:
        media = f"media.limit(2){after}{{{FIELDS}}}"
        fields = f"business_discovery.username(rivalroast){{{profile},{media}}}"
        answer = get(user, fields=fields).json()["business_discovery"]
        found += [media["id"] for media in answer["media"]["data"]]
        if "paging" not in answer["media"]:
            break
        after = f".after({answer['media']['paging']['cursors']['after']})"
    assert found[::-1] == sandbox.truth("instagram", "account:rivalroast") != []
    assert (answer["username"], kinds(answer["followers_count"])) == ("rivalroast", "int")
    fields = "business_discovery.username(nobody){id}"
    assert error(get(user, fields=fields)) == (400, 110, 2207013)


def test_hidden_likes_are_absent(get: Get, user: str, sandbox: Sandbox) -> None:
    path = f"{tag_id(get, user, 'coffee')}/top_media"
    sandbox.misbehave("instagram", "hidden_likes")
    data = get(path, user_id=user, fields=FIELDS).json()["data"]
    assert data
    assert not [media for media in data if "like_count" in media]


def test_insights_are_asked_for_by_type_and_of_own_posts(
    get: Get, user: str, sandbox: Sandbox
) -> None:
    posts = [p for p in sandbox.market.posts["instagram"] if p.published_at < AT]
    image = next(p for p in posts if p.has_insights and p.content_type == "image")
    answer = get(f"{image.native_id}/insights", metric="reach,saved,views").json()
    assert [insight["name"] for insight in answer["data"]] == ["reach", "saved", "views"]
    assert kinds(answer["data"][0]) == {
        **dict.fromkeys(("name", "period", "title", "description", "id"), "str"),
        "values": [{"value": "int"}],
    }
    wrong = get(f"{image.native_id}/insights", metric="reach,ig_reels_avg_watch_time")
    assert error(wrong) == (400, 100, None)
    assert "metric[1] must be one of" in wrong.json()["error"]["message"]
    foreign = next(p for p in posts if not p.has_insights and p.content_type == "image")
    assert error(get(f"{foreign.native_id}/insights", metric="reach")) == (400, 100, 33)
    sandbox.set_clock(image.published_at + timedelta(minutes=10))
    assert get(f"{image.native_id}/insights", metric="reach").json() == {"data": []}
    assert get(image.native_id, fields="permalink").json() == {
        "permalink": image.permalink,
        "id": image.native_id,
    }


def test_it_misbehaves(get: Get, user: str, sandbox: Sandbox) -> None:
    tag = tag_id(get, user, "coffee")
    path = f"{tag}/top_media"
    for kind, expected in (
        ("429", (403, 4, None)),
        ("500", (500, 2, None)),
        ("expired_token", (400, 190, 463)),
    ):
        sandbox.misbehave("instagram", kind)
        assert error(get(path, user_id=user)) == expected
    assert error(get(path, user_id=user, access_token="other")) == (400, 190, None)
    first = get(path, user_id=user, limit=2).json()["paging"]["cursors"]["after"]
    sandbox.misbehave("instagram", "repeated_cursor")
    again = get(path, user_id=user, limit=2, after=first).json()["paging"]["cursors"]["after"]
    assert again == first
    sandbox.misbehave("instagram", "empty_page")
    empty = get(path, user_id=user, limit=2, after=first).json()
    assert (empty["data"], empty["paging"]["cursors"]["after"]) == ([], first)
    sandbox.set_limit("instagram", "requests", 0)
    refused = get(path, user_id=user)
    assert error(refused) == (403, 4, None)
    assert '"call_count":100' in refused.headers["X-App-Usage"]


def test_fields_within_fields_are_read() -> None:
    fields = read_fields("id,media.limit(2).after(abc){id,children{media_url}},name")
    assert list(fields.names) == ["id", "media", "name"]
    assert fields.names["media"].arguments == {"limit": "2", "after": "abc"}
    assert list(fields.names["media"].names["children"].names) == ["media_url"]
    for wrong in ("media{id", "id}", "a b"):
        with pytest.raises(Refusal):
            read_fields(wrong)


def test_stories_are_an_edge_of_their_own_for_a_day(get: Get, sandbox: Sandbox, user: str) -> None:
    pictures = [
        p
        for p in sandbox.market.posts["instagram"]
        if p.content_type == "image"
        and p.permalink
        and sandbox.market.accounts(sandbox.now)[p.account].native_id == user
    ]
    told = pictures[-1]
    sandbox.set_clock(told.published_at + timedelta(hours=2))
    asked = "id,username,media_product_type,timestamp,permalink"
    shown = get(f"{user}/stories", fields=asked).json()["data"]
    story = shown[0]
    assert (story["media_product_type"], story["username"]) == ("STORY", "lumencoffee")
    assert "/stories/lumencoffee/" in story["permalink"]
    feed = [m["id"] for m in get(f"{user}/media", fields="id").json()["data"]]
    assert story["id"] not in feed
    wrong = get(f"{story['id']}/insights", metric="saved")
    assert error(wrong)[1] == 100
    sandbox.set_clock(told.published_at + timedelta(hours=4))
    names = [
        m["name"] for m in get(f"{story['id']}/insights", metric="reach,replies").json()["data"]
    ]
    assert names == ["reach", "replies"]
    sandbox.set_clock(told.published_at + timedelta(hours=26))
    later = [m["id"] for m in get(f"{user}/stories", fields="id").json()["data"]]
    assert story["id"] not in later
    assert error(get(f"{story['id']}/insights", metric="reach"))[1] == 100


def test_a_media_has_the_fields_that_are_asked_for(get: Get, user: str) -> None:
    def discovered(fields: str) -> list[dict[str, Any]]:
        asked = f"business_discovery.username(lumencoffee){{username,media{{{fields}}}}}"
        answer = get(user, fields=asked).json()["business_discovery"]
        assert answer.keys() - {"media"} == {"id", "username"}
        media: list[dict[str, Any]] = answer["media"]["data"]
        return media

    seen = {name for one in discovered("view_count,media_product_type") for name in one}
    assert seen == {"id", "view_count", "media_product_type"}
    assert {name for one in discovered("caption") for name in one} == {"id", "caption"}
    tag = tag_id(get, user, "coffee")
    for edge in ("recent_media", "top_media"):
        refused = get(f"{tag}/{edge}", user_id=user, fields="id,media_product_type")
        assert error(refused)[1] == 100, "hashtags do not tell what is a reel"
