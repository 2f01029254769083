"""The sandbox's Threads: the API as documented, whose token it is, and its limits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from reachline.sandbox.platforms import TOKEN, Sandbox
from tests.unit.sandbox.platforms.clients import AT, Client, kinds

FIELDS = "id,media_type,permalink,username,text,timestamp,topic_tag"
MEDIA = dict.fromkeys(FIELDS.split(","), "str")
Get = Callable[..., Any]


@pytest.fixture
def get(sandbox: Sandbox) -> Get:
    http = Client(sandbox, "threads")

    def ask(path: str, who: str = "lumencoffee", **params: Any) -> Any:
        return http.get(f"/v1.0/{path}", {"Authorization": f"Bearer {TOKEN}.{who}"}, **params)

    return ask


def error(answer: Any) -> tuple[int, int, int | None]:
    said = answer.json()["error"]
    assert said.keys() - {"error_subcode"} == {"message", "type", "code", "fbtrace_id"}
    return answer.status_code, said["code"], said.get("error_subcode")


def walk(get: Get, path: str, **params: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while True:
        answer = get(path, **params).json()
        if not answer["data"]:
            return found
        found += answer["data"]
        params["after"] = answer["paging"]["cursors"]["after"]


def test_lists_are_whole_and_newest_first(get: Get, sandbox: Sandbox) -> None:
    for path, query, more in (
        ("me/threads", "account:lumencoffee", {}),
        ("me/mentions", "mention:lumencoffee", {}),
        ("profile_posts", "account:rivalroast", {"username": "rivalroast"}),
    ):
        found = walk(get, path, fields=FIELDS, limit=2, **more)
        assert [post["id"] for post in found][::-1] == sandbox.truth("threads", query) != []
    assert kinds(found[0]) == MEDIA, "the fields that were asked for"
    assert get("me/threads").json()["data"][0].keys() == {"id"}


def test_a_search_is_of_a_span_and_has_no_pages(get: Get, sandbox: Sandbox) -> None:
    posts = {p.native_id: p for p in sandbox.market.posts["threads"]}
    for asked, query in (
        ({"q": "lumencoffee", "search_mode": "TAG"}, "hashtag:lumencoffee"),
        ({"q": "lumen coffee"}, "keyword:lumen coffee"),
    ):
        expected = sandbox.truth("threads", query)
        answer = get("keyword_search", search_type="RECENT", fields=FIELDS, limit=100, **asked)
        assert [post["id"] for post in answer.json()["data"]][::-1] == expected != []
        assert answer.json().keys() == {"data"}
        until = int(posts[expected[0]].published_at.timestamp()) + 1
        older = get("keyword_search", search_type="RECENT", until=until, **asked).json()["data"]
        assert [post["id"] for post in older] == expected[:1]
    assert error(get("keyword_search", q="a", fields="owner")) == (400, 100, None)
    assert error(get("keyword_search", q="a", until=1, since=2))[1] == 100


def test_the_2201st_search_in_a_day_is_refused_but_what_finds_nothing_is_free(
    get: Get, sandbox: Sandbox
) -> None:
    sandbox.set_limit("threads", "searches", 1)
    for _ in range(3):
        assert get("keyword_search", q="nobody says this").json() == {"data": []}
    assert get("keyword_search", q="a").status_code == 200
    assert error(get("keyword_search", q="a")) == (403, 4, None)
    sandbox.set_clock(AT + timedelta(days=1))
    assert get("keyword_search", q="a").status_code == 200


def test_others_are_looked_up_so_often(get: Get, sandbox: Sandbox) -> None:
    profile = get("profile_lookup", username="rivalroast").json()
    names = ("likes", "quotes", "replies", "reposts", "views")
    assert kinds(profile) == {
        **dict.fromkeys(("username", "name", "profile_picture_url", "biography"), "str"),
        **dict.fromkeys(("follower_count", *(f"{name}_count" for name in names)), "int"),
        "is_verified": "bool",
    }
    assert error(get("profile_lookup", username="nobody")) == (400, 24, 4279009)
    sandbox.set_limit("threads", "lookups", 2)
    assert error(get("profile_posts", username="rivalroast")) == (403, 4, None)


def test_counts_are_told_to_the_author_alone(get: Get, sandbox: Sandbox) -> None:
    mine = sandbox.truth("threads", "account:lumencoffee")[0]
    theirs = sandbox.truth("threads", "account:rivalroast")[0]
    answer = get(f"{mine}/insights", metric="views,likes,replies,reposts,quotes,shares").json()
    assert [row["name"] for row in answer["data"]] == [
        *("views", "likes", "replies", "reposts", "quotes", "shares")
    ]
    assert kinds(answer["data"][0]) == {
        **dict.fromkeys(("name", "period", "title", "description", "id"), "str"),
        "values": [{"value": "int"}],
    }
    assert error(get(f"{theirs}/insights", metric="views")) == (400, 100, 33)
    assert error(get(f"{mine}/insights", metric="clicks")) == (400, 100, None)
    assert get(theirs, fields="id,username").json() == {"id": theirs, "username": "rivalroast"}
    assert error(get(mine, fields="like_count")) == (400, 100, None)
    user = get("me", fields="id,username,threads_biography").json()
    assert kinds(user) == dict.fromkeys(("id", "username", "threads_biography"), "str")
    followers = get("me/threads_insights", metric="followers_count").json()["data"]
    assert kinds(followers[0]["total_value"]) == {"value": "int"}


def test_it_misbehaves(get: Get, sandbox: Sandbox) -> None:
    for kind, expected in (
        ("429", (403, 4, None)),
        ("500", (500, 2, None)),
        ("expired_token", (401, 190, 463)),
    ):
        sandbox.misbehave("threads", kind)
        assert error(get("me/threads")) == expected
    assert error(get("me/threads", who="nobody")) == (401, 190, None)
    (gone, *_) = sandbox.truth("threads", "account:lumencoffee")
    sandbox.misbehave("threads", "deleted_posts", ids=frozenset({gone}))
    assert error(get(gone)) == (400, 100, 33)
    assert error(get("me/threads", after="%")) == (400, 100, None)
    assert error(get("nothing/here/at/all"))[1] == 2500
