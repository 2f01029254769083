"""The sandbox's Reddit: logins, lists that end, texts that are escaped, and what was deleted."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from reachline.sandbox.platforms import TOKEN, Sandbox
from tests.unit.sandbox.platforms.clients import AT, Client, kinds

AGENT = {"User-Agent": "python:reachline:v1 (by /u/acme)"}
BASIC = {"Authorization": f"Basic {base64.b64encode(f'app:{TOKEN}'.encode()).decode()}"}
GRANT = {"grant_type": "client_credentials"}
Get = Callable[..., Any]


@pytest.fixture
def http(sandbox: Sandbox) -> Client:
    return Client(sandbox, "reddit")


@pytest.fixture
def get(http: Client) -> Get:
    login = http.post("/api/v1/access_token", {**AGENT, **BASIC}, data=GRANT).json()
    assert login.keys() == {"access_token", "token_type", "expires_in", "scope"}
    bearer = {"Authorization": f"Bearer {login['access_token']}", **AGENT}
    return lambda path, **params: http.get(path, bearer, **params)


def walk(get: Get, path: str, **params: Any) -> list[dict[str, Any]]:
    found, after = [], None
    while True:
        data = get(path, **params, **({"after": after} if after else {})).json()["data"]
        found += [child["data"] for child in data["children"]]
        after = data["after"]
        if after is None:
            return found


def test_lists_are_whole_and_newest_first(get: Get, sandbox: Sandbox) -> None:
    for path, query, more in (
        ("/r/Coffee/new", "subreddit:coffee", {}),
        ("/search", "mention:lumencoffee", {"q": '"u/lumencoffee"', "sort": "new"}),
        ("/search", "keyword:lumen coffee", {"q": '"lumen coffee"', "sort": "new"}),
        ("/user/lumencoffee/submitted", "account:lumencoffee", {"sort": "new"}),
    ):
        found = walk(get, path, limit=2, **more)
        assert [post["id"] for post in found][::-1] == sandbox.truth("reddit", query) != []
    post = found[0]
    assert (post["name"], post["author"]) == (f"t3_{post['id']}", "lumencoffee")
    assert f"/comments/{post['id']}/" in post["permalink"]
    texts = ("subreddit", "selftext", "title", "author_fullname", "permalink", "url")
    numbers = ("score", "ups", "num_comments", "num_crossposts")
    wanted = dict.fromkeys(texts, "str") | dict.fromkeys(numbers, "int")
    wanted |= {"created_utc": "float", "removed_by_category": "NoneType", "view_count": "NoneType"}
    assert {name: kinds(post[name]) for name in wanted} == wanted


def test_a_list_ends(get: Get, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reachline.sandbox.platforms.reddit._MOST", 7)
    newest = sandbox.truth("reddit", "subreddit:coffee")[::-1][:7]
    assert [post["id"] for post in walk(get, "/r/coffee/new", limit=5)] == newest
    gone = get("/r/coffee/new", after="t3_zzz").json()["data"]
    assert (gone["children"], gone["after"]) == ([], None)


def test_texts_are_escaped_unless_they_are_wanted_raw(
    get: Get, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = replace(sandbox.market.posts["reddit"][0], text="Beans & <b>")
    monkeypatch.setitem(sandbox.market.posts, "reddit", [post])
    titles = [
        get("/api/info", id=f"t3_{post.native_id}", **more).json()["data"]["children"][0]["data"]
        for more in ({}, {"raw_json": "1"})
    ]
    assert [data["title"] for data in titles] == ["Beans &amp; &lt;b&gt;", "Beans & <b>"]


def test_a_post_that_was_deleted_keeps_its_title_alone(get: Get, sandbox: Sandbox) -> None:
    gone, stays = sandbox.truth("reddit", "subreddit:coffee")[:2]
    sandbox.misbehave("reddit", "deleted_posts", ids=frozenset({gone}))
    answer = get("/api/info", id=f"t3_{gone},t3_{stays},t3_zzz").json()["data"]["children"]
    one, other = (child["data"] for child in answer)
    assert (one["author"], one["selftext"], one["removed_by_category"]) == (
        *("[deleted]", "[deleted]"),
        "deleted",
    )
    assert "author_fullname" not in one
    assert other["removed_by_category"] is None
    assert gone not in [post["id"] for post in walk(get, "/r/coffee/new")]


def test_an_account_is_told_with_its_page(get: Get) -> None:
    about = get("/user/LumenCoffee/about").json()
    assert about["kind"] == "t2"
    assert about["data"]["name"] == "lumencoffee"
    assert kinds(about["data"]["subreddit"]["subscribers"]) == "int"
    assert get("/user/nobody/about").json() == {"message": "Not Found", "error": 404}
    assert get("/r/nobody/new").json()["reason"] == "banned"


def test_logins_and_tokens_are_checked(http: Client, get: Get, sandbox: Sandbox) -> None:
    wrong = {**AGENT, "Authorization": "Basic YXBwOm5v"}
    assert http.post("/api/v1/access_token", wrong, data=GRANT).status_code == 401
    odd = http.post("/api/v1/access_token", {**AGENT, **BASIC}, data={"grant_type": "password"})
    assert odd.json() == {"error": "unsupported_grant_type"}
    assert http.get("/search", {**AGENT, "Authorization": "Bearer 1-2"}, q="a").status_code == 401
    assert get("/search", q="a").status_code == 200
    sandbox.set_clock(AT + timedelta(days=1, seconds=1))
    assert get("/search", q="a").status_code == 401


def test_who_does_not_say_who_asks_is_slowed_down(http: Client) -> None:
    assert http.post("/api/v1/access_token", BASIC, data=GRANT).status_code == 429


def test_its_headers_count_requests(get: Get, sandbox: Sandbox) -> None:
    sandbox.set_limit("reddit", "requests", 2)
    first, second, third = (get("/search", q="a") for _ in range(3))
    left = "x-ratelimit-remaining"
    assert (first.headers[left], second.headers[left]) == ("1.0", "0.0")
    assert 0 < float(second.headers["x-ratelimit-reset"]) <= 600
    assert third.status_code == 429


def test_it_misbehaves(get: Get, sandbox: Sandbox) -> None:
    for kind, expected in (("429", 429), ("500", 500), ("expired_token", 401)):
        sandbox.misbehave("reddit", kind)
        answer = get("/search", q="a")
        assert (answer.status_code, answer.json()["error"]) == (expected, expected)
