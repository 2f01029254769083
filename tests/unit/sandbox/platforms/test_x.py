"""The sandbox's X against the shape of recorded answers, its windows, and what it charges."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from reachline.sandbox.platforms import Sandbox
from tests.unit.sandbox.platforms.clients import AT, BEARER, Client, kinds

FIELDS = {
    "tweet.fields": "created_at,public_metrics,entities,lang,author_id",
    "expansions": "author_id",
    "user.fields": "public_metrics,description",
}
METRICS = {
    f"{name}_count": "int"
    for name in ("retweet", "reply", "like", "quote", "bookmark", "impression")
}

Get = Callable[..., Any]


@pytest.fixture
def get(sandbox: Sandbox) -> Get:
    http = Client(sandbox, "x")
    return lambda path, **params: http.get(f"/2/{path}", BEARER, **params)


def walk(get: Get, **params: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while True:
        page = get("tweets/search/recent", **params).json()
        found += page.get("data", [])
        if "next_token" not in page["meta"]:
            return found
        params["next_token"] = page["meta"]["next_token"]


def recent(sandbox: Sandbox, query: str, days: float = 7) -> list[str]:
    """The newest first, of the last days."""
    posted = {p.native_id: p.published_at for p in sandbox.market.posts["x"]}
    since = sandbox.now - timedelta(days=days)
    return [i for i in reversed(sandbox.truth("x", query)) if posted[i] > since]


def test_an_answer_has_the_recorded_shape(get: Get) -> None:
    plain = get("tweets/search/recent", query="#coffee").json()
    assert kinds(plain["data"][0]) == {
        "id": "str",
        "text": "str",
        "edit_history_tweet_ids": ["str"],
    }
    assert kinds(plain["meta"]) == {
        **dict.fromkeys(("newest_id", "oldest_id", "next_token"), "str"),
        "result_count": "int",
    }
    assert plain["meta"]["result_count"] == len(plain["data"]) == 10
    full = get("tweets/search/recent", query="#coffee", **FIELDS).json()
    assert kinds(full["data"][0]["public_metrics"]) == METRICS
    users = {user["id"] for user in full["includes"]["users"]}
    assert {post["author_id"] for post in full["data"]} == users
    for post in full["data"]:
        for mark in post["entities"]["hashtags"]:
            assert post["text"][mark["start"] : mark["end"]] == "#" + mark["tag"]
    none = get("tweets/search/recent", query="#nobodysaysthis").json()
    assert none == {"meta": {"result_count": 0}}


def test_a_search_reads_seven_days_once(get: Get, sandbox: Sandbox) -> None:
    expected = recent(sandbox, "hashtag:coffee")
    assert 10 < len(expected) < len(sandbox.truth("x", "hashtag:coffee"))
    assert [p["id"] for p in walk(get, query="#coffee -is:retweet", max_results=10)] == expected
    assert [p["id"] for p in walk(get, query="#coffee", since_id=expected[5])] == expected[:5]
    start = (AT - timedelta(days=1)).isoformat().replace("+00:00", "Z")
    assert [p["id"] for p in walk(get, query="#coffee", start_time=start)] == recent(
        sandbox, "hashtag:coffee", 1
    )
    both = {p["id"] for p in walk(get, query="(@rivalroast OR #lumencoffee) lang:en")}
    either = {*recent(sandbox, "mention:rivalroast"), *recent(sandbox, "hashtag:lumencoffee")}
    language = {p.native_id: p.language for p in sandbox.market.posts["x"]}
    assert both == {identity for identity in either if language[identity] == "en"} != set()
    authored = recent(sandbox, "account:lumencoffee")
    assert [p["id"] for p in walk(get, query="from:lumencoffee")] == authored != []


def test_what_is_gone_is_told_beside_what_is_there(get: Get, sandbox: Sandbox) -> None:
    ids = sandbox.truth("x", "hashtag:coffee")[:3]
    sandbox.misbehave("x", "deleted_posts", ids=frozenset(ids[:1]))
    answer = get("tweets", ids=",".join(ids), **FIELDS).json()
    assert [post["id"] for post in answer["data"]] == ids[1:]
    assert answer["errors"] == [
        {
            "value": ids[0],
            "detail": f"Could not find tweet with ids: [{ids[0]}].",
            "title": "Not Found Error",
            "resource_type": "tweet",
            "parameter": "ids",
            "resource_id": ids[0],
            "type": "https://api.twitter.com/2/problems/resource-not-found",
        }
    ]
    users = get("users/by", usernames="LumenCoffee,nobody", **FIELDS).json()
    assert users["data"][0]["public_metrics"]["followers_count"] > 1000
    assert users["errors"][0]["resource_id"] == "nobody"
    assert get("tweets", ids=",".join(map(str, range(101)))).status_code == 400


def test_each_post_that_is_read_is_charged(get: Get, sandbox: Sandbox) -> None:
    sandbox.set_limit("x", "posts a month", 25)
    assert get("tweets/search/recent", query="#coffee").status_code == 200
    assert get("tweets/search/recent", query="#coffee").status_code == 200
    capped = get("tweets/search/recent", query="#coffee")
    assert (capped.status_code, capped.json()["title"]) == (429, "UsageCapExceeded")
    assert [r["units"] for r in sandbox.requests("x")] == [10, 10, 0]


def test_450_searches_in_a_quarter_of_an_hour(get: Get, sandbox: Sandbox) -> None:
    first = get("tweets/search/recent", query="#coffee")
    assert first.headers["x-rate-limit-limit"] == "450"
    assert first.headers["x-rate-limit-remaining"] == "449"
    reset = int((AT + timedelta(minutes=15)).timestamp())
    assert first.headers["x-rate-limit-reset"] == str(reset)
    sandbox.set_limit("x", "search", 1)
    refused = get("tweets/search/recent", query="#coffee")
    assert (refused.status_code, refused.json()["title"]) == (429, "Too Many Requests")
    sandbox.set_clock(AT + timedelta(minutes=15))
    assert get("tweets/search/recent", query="#coffee").status_code == 200


@pytest.mark.parametrize(
    "params",
    [
        {"query": ""},
        {"query": "(#coffee"},
        {"query": "near:paris"},
        {"query": "x", "max_results": "5"},
        {"query": "x", "start_time": "2026-02-01T00:00:00Z"},
        {"query": "x", "next_token": "%"},
        {"query": "x", "since_id": "1"},
    ],
)
def test_wrong_parameters_are_named(get: Get, params: dict[str, str]) -> None:
    answer = get("tweets/search/recent", **params)
    assert (answer.status_code, answer.json()["title"]) == (400, "Invalid Request")
    assert next(iter(answer.json()["errors"][0]["parameters"])) in params


def test_since_a_post_of_more_than_seven_days_ago_is_refused(get: Get, sandbox: Sandbox) -> None:
    old = sandbox.truth("x", "hashtag:coffee")[0]
    answer = get("tweets/search/recent", query="#coffee", since_id=old)
    assert "within the last 7 days" in answer.json()["errors"][0]["message"]


def test_it_misbehaves(get: Get, sandbox: Sandbox) -> None:
    for kind, status, title in (
        ("429", 429, "Too Many Requests"),
        ("500", 500, "Internal Server Error"),
        ("expired_token", 401, "Unauthorized"),
    ):
        sandbox.misbehave("x", kind)
        answer = get("tweets/search/recent", query="#coffee")
        assert (answer.status_code, answer.json()["title"]) == (status, title)
    expected = recent(sandbox, "hashtag:coffee")
    sandbox.misbehave("x", "empty_page", times=2)
    assert [p["id"] for p in walk(get, query="#coffee")] == expected
    token = get("tweets/search/recent", query="#coffee").json()["meta"]["next_token"]
    sandbox.misbehave("x", "repeated_cursor")
    again = get("tweets/search/recent", query="#coffee", next_token=token).json()["meta"]
    assert again["next_token"] == token


def test_an_answer_has_the_fields_that_are_asked_for_by_either_name(
    get: Get, sandbox: Sandbox
) -> None:
    asked = "created_at,public_metrics,attachments,note_post,paid_partnership,author_id"
    newer = {"post.fields": asked, "expansions": "author_id,edit_history_post_ids"}
    answer = get("tweets/search/recent", query="#coffee", **newer).json()
    first = answer["data"][0]
    assert "repost_count" in first["public_metrics"]
    assert {"author_id", "edit_history_post_ids", "paid_partnership"} <= first.keys()
    assert not {"edit_history_tweet_ids", "entities", "note_post", "lang"} & first.keys()
    assert answer["includes"].keys() == {"users", "posts"}
    bare = get("tweets/search/recent", query="#coffee", **{"post.fields": asked}).json()
    assert "author_id" not in bare["data"][0], "it is no field any more"
    sandbox.misbehave("x", "unknown_names", ids=frozenset({"tweet.fields"}))
    refused = get("tweets/search/recent", query="#coffee", **FIELDS)
    assert refused.status_code == 400
    assert "[tweet.fields] is not one of" in refused.json()["errors"][0]["message"]
    assert get("tweets/search/recent", query="#coffee", **newer).status_code == 200


def test_a_long_post_is_cut_and_whole_in_its_note(get: Get, sandbox: Sandbox) -> None:
    sandbox.set_limit("x", "characters", 40)
    asked = {"tweet.fields": "note_tweet,entities,attachments"}
    posts = get("tweets/search/recent", query="#coffee", max_results=100, **asked).json()["data"]
    written = {p.native_id: p for p in sandbox.market.posts["x"]}
    cut = [post for post in posts if "note_tweet" in post]
    assert cut
    for post in cut:
        assert len(post["text"]) == 40
        whole = post["note_tweet"]
        assert whole["text"].startswith(post["text"][:-1])
        assert [mark["tag"].lower() for mark in whole["entities"]["hashtags"]] == [
            *written[post["edit_history_tweet_ids"][0]].tags
        ]
    kinds_of = {
        key.partition("_")[0]
        for p in posts
        for key in p.get("attachments", {}).get("media_keys", [])
    }
    assert kinds_of == {"3", "13"}
    plain = get("tweets/search/recent", query="#coffee").json()["data"][0]
    assert plain.keys() == {"id", "text", "edit_history_tweet_ids"}


def test_an_edit_is_a_post_of_its_own_with_the_ids_of_both(get: Get, sandbox: Sandbox) -> None:
    edited = next(p for p in reversed(sandbox.market.posts["x"]) if p.edited_at is not None)
    sandbox.set_clock(edited.edited_at)
    assert edited.edited_at is not None
    (now,) = get("tweets", ids=edited.native_id).json()["data"]
    first, newest = now["edit_history_tweet_ids"]
    assert (now["id"], now["text"], first) == (edited.native_id, edited.text, edited.native_id)
    (after,) = get("tweets", ids=newest).json()["data"]
    assert after["text"] == edited.text + " (edited)"
    assert after["edit_history_tweet_ids"] == [first, newest]
