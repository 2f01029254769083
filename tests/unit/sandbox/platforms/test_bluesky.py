"""The sandbox's Bluesky: sessions, searches and feeds as documented, read by the atproto SDK."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import atproto
import atproto_client.exceptions
import pytest

from reachline.sandbox.platforms import TOKEN, Sandbox
from tests.unit.sandbox.platforms.clients import AT, Client

WHO = "lumencoffee.bsky.example"
CREATE = "/xrpc/com.atproto.server.createSession"
REFRESH = "/xrpc/com.atproto.server.refreshSession"
SEARCH = "/xrpc/app.bsky.feed.searchPosts"


class Session(Client):
    """A client that is logged in."""

    tokens: dict[str, Any]

    def login(self) -> Any:
        answer = self.post(CREATE, json={"identifier": WHO, "password": TOKEN})
        self.tokens = answer.json()
        return answer

    def ask(self, call: str, **params: Any) -> Any:
        bearer = {"Authorization": f"Bearer {self.tokens['accessJwt']}"}
        return self.get(f"/xrpc/app.bsky.{call}", bearer, **params)

    def search(self, **params: Any) -> list[str]:
        found: list[str] = []
        while True:
            page = self.ask("feed.searchPosts", **params).json()
            found += [post["uri"] for post in page["posts"]]
            if "cursor" not in page:
                return found
            params["cursor"] = page["cursor"]


@pytest.fixture
def http(sandbox: Sandbox) -> Session:
    session = Session(sandbox, "bluesky")
    assert session.login().status_code == 200
    return session


def test_a_session_is_needed_and_ends_after_two_hours(http: Session) -> None:
    wrong = http.post(CREATE, json={"identifier": WHO, "password": "guess"})
    assert (wrong.status_code, wrong.json()["error"]) == (401, "AuthenticationRequired")
    nobody = http.get(SEARCH, q="coffee")
    assert (nobody.status_code, nobody.json()["error"]) == (401, "AuthMissing")
    assert http.ask("feed.searchPosts", q="coffee").status_code == 200
    http.sandbox.set_clock(AT + timedelta(hours=2))
    late = http.ask("feed.searchPosts", q="coffee")
    assert (late.status_code, late.json()["error"]) == (400, "ExpiredToken")
    bearer = {"Authorization": f"Bearer {http.tokens['refreshJwt']}"}
    http.tokens = http.post(REFRESH, bearer).json()
    assert http.ask("feed.searchPosts", q="coffee").status_code == 200
    odd = http.get(SEARCH, {"Authorization": "Bearer a.b.c"}, q="coffee")
    assert (odd.status_code, odd.json()["error"]) == (400, "InvalidToken")


@pytest.mark.parametrize("size", [3, 25, 100])
def test_a_search_by_tag_reads_all_of_it_once(http: Session, size: int) -> None:
    expected = http.sandbox.truth("bluesky", "hashtag:coffee")
    assert len(expected) > 50
    assert http.search(q="#coffee", limit=size) == expected[::-1]
    assert http.search(q="*", tag="coffee", limit=size) == expected[::-1]


def test_searches_by_mention_word_author_and_time(http: Session) -> None:
    mentions = http.sandbox.truth("bluesky", "mention:rivalroast.bsky.example")
    assert http.search(q="*", mentions="rivalroast.bsky.example") == mentions[::-1] != []
    words = http.sandbox.truth("bluesky", "keyword:rival roast")
    assert http.search(q='"rival roast"') == words[::-1] != []
    authored = http.sandbox.truth("bluesky", f"account:{WHO}")
    assert http.search(q=f"from:{WHO}") == authored[::-1] != []
    since = (AT - timedelta(days=2)).isoformat()
    recent = http.search(q="#coffee", since=since)
    assert recent == http.search(q="#coffee")[: len(recent)] != []


def test_a_post_has_the_documented_shape_and_its_marks_are_where_they_say(http: Session) -> None:
    posts = http.ask("feed.searchPosts", q="#coffee", limit=100).json()["posts"]
    needed = {"uri", "cid", "author", "record", "indexedAt", "likeCount", "repostCount"}
    assert needed | {"replyCount", "quoteCount", "viewer", "labels"} <= posts[0].keys()
    marked = 0
    for post in posts:
        raw = post["record"]["text"].encode()
        for facet in post["record"]["facets"]:
            begin, end = facet["index"]["byteStart"], facet["index"]["byteEnd"]
            feature = facet["features"][0]
            if feature["$type"].endswith("#tag"):
                assert raw[begin:end].decode() == "#" + feature["tag"]
                marked += 1
    assert marked > 100


def test_a_feed_ends_with_an_empty_page(http: Session) -> None:
    found, params = [], {"actor": WHO, "limit": 2}
    while True:
        page = http.ask("feed.getAuthorFeed", **params).json()
        if not page["feed"]:
            break
        found += [item["post"]["uri"] for item in page["feed"]]
        params["cursor"] = page["cursor"]
    assert found[::-1] == http.sandbox.truth("bluesky", f"account:{WHO}") != []
    lost = http.ask("feed.getAuthorFeed", actor="nobody.example")
    assert (lost.status_code, lost.json()["message"]) == (400, "Profile not found")


def test_posts_and_profiles_come_by_25_and_without_those_that_are_gone(http: Session) -> None:
    uris = http.sandbox.truth("bluesky", "hashtag:coffee")[:24]
    gone = "at://did:plc:x/app.bsky.feed.post/y"
    page = http.ask("feed.getPosts", uris=[*uris, gone]).json()
    assert [post["uri"] for post in page["posts"]] == uris
    many = http.ask("feed.getPosts", uris=[gone] * 26)
    assert (many.status_code, many.json()["error"]) == (400, "InvalidRequest")
    actors = [WHO, page["posts"][0]["author"]["did"], "nobody.example"]
    profiles = http.ask("actor.getProfiles", actors=actors).json()["profiles"]
    assert [p["handle"] for p in profiles] == [WHO, page["posts"][0]["author"]["handle"]]
    assert profiles[0]["followersCount"] > 1000
    assert http.ask("actor.getProfiles", actors=["x"] * 26).status_code == 400


def test_requests_and_sessions_have_quotas(http: Session) -> None:
    answer = http.ask("feed.searchPosts", q="coffee")
    assert answer.headers["RateLimit-Limit"] == "3000"
    assert answer.headers["RateLimit-Remaining"] == "2999"
    reset = int((AT + timedelta(minutes=5)).timestamp())
    assert answer.headers["RateLimit-Reset"] == str(reset)
    assert [http.login().status_code for _ in range(30)] == [200] * 29 + [429]
    http.sandbox.set_limit("bluesky", "requests", 1)
    http.sandbox.set_clock(AT + timedelta(minutes=5))
    http.login()
    codes = [http.ask("feed.searchPosts", q="coffee").status_code for _ in range(2)]
    assert codes == [200, 429]


def test_it_misbehaves(http: Session) -> None:
    for kind, status, error in (
        ("429", 429, "RateLimitExceeded"),
        ("500", 500, "InternalServerError"),
        ("expired_token", 400, "ExpiredToken"),
    ):
        http.sandbox.misbehave("bluesky", kind)
        answer = http.ask("feed.searchPosts", q="coffee")
        assert (answer.status_code, answer.json()["error"]) == (status, error)
    http.sandbox.misbehave("bluesky", "empty_page", skip=1, times=2)
    assert http.search(q="#coffee") == http.sandbox.truth("bluesky", "hashtag:coffee")[::-1]
    http.sandbox.misbehave("bluesky", "repeated_cursor")
    assert http.ask("feed.searchPosts", q="#coffee", cursor="25").json()["cursor"] == "25"
    http.sandbox.misbehave("bluesky", "ignored_filter")
    other = http.ask("feed.searchPosts", q="*", tag="coffee").json()["hitsTotal"]
    assert other > len(http.sandbox.truth("bluesky", "hashtag:coffee"))


@pytest.fixture
def api(sandbox: Sandbox) -> Iterator[atproto.Client]:
    client = atproto.Client(base_url=sandbox.url("bluesky"))
    yield client
    client.request.close()


def test_the_atproto_sdk_reads_it(sandbox: Sandbox, api: atproto.Client) -> None:
    assert api.login(WHO, TOKEN).handle == WHO
    found, cursor = [], None
    while True:
        page = api.app.bsky.feed.search_posts({"q": "#coffee", "limit": 100, "cursor": cursor})
        found += page.posts
        cursor = page.cursor
        if cursor is None:
            break
    uris = [post.uri for post in reversed(found)]
    assert uris == sandbox.truth("bluesky", "hashtag:coffee")
    assert found[0].record.text
    assert found[0].record.facets[0].features[0].tag
    assert [p.uri for p in api.get_posts(uris[:25]).posts] == uris[:25]
    author = found[0].author
    assert api.get_profiles([author.did]).profiles[0].followers_count is not None
    assert api.get_author_feed(author.did).feed[0].post.author.did == author.did
    sandbox.misbehave("bluesky", "429")
    with pytest.raises(atproto_client.exceptions.RequestException):
        api.get_posts(uris[:1])


def test_a_handle_that_can_not_be_resolved_is_shown_as_none_and_finds_nobody(http: Session) -> None:
    (profile,) = http.ask("actor.getProfiles", actors=[WHO]).json()["profiles"]
    http.sandbox.misbehave("bluesky", "invalid_handles")
    assert http.ask("actor.getProfiles", actors=[WHO]).json() == {"profiles": []}
    (found,) = http.ask("actor.getProfiles", actors=[profile["did"]]).json()["profiles"]
    assert found == {**profile, "handle": "handle.invalid"}
    refused = http.ask("feed.searchPosts", q="*", mentions=WHO)
    assert (refused.status_code, refused.json()["error"]) == (400, "InvalidRequest")
    assert http.ask("feed.searchPosts", q="*", mentions=profile["did"]).status_code == 200
    assert http.login().status_code == 200, "its own server knows it"


def test_posts_show_media_and_quotes_beside_them(sandbox: Sandbox) -> None:
    client = atproto.Client(base_url=sandbox.url("bluesky"))
    client.login(WHO, TOKEN)

    def kinds() -> set[str | None]:
        found = client.app.bsky.feed.search_posts({"q": "#coffee", "limit": 100}).posts
        return {post.embed and post.embed.py_type.removeprefix("app.bsky.embed.") for post in found}

    assert kinds() == {None, "images#view", "video#view"}
    sandbox.misbehave("bluesky", "quotes")
    assert kinds() == {"record#view", "recordWithMedia#view"}


def test_an_author_may_say_that_a_post_is_of_the_future(http: Session) -> None:
    http.sandbox.misbehave("bluesky", "future_posts")
    for post in http.ask("feed.searchPosts", q="#coffee").json()["posts"]:
        assert post["record"]["createdAt"] > post["indexedAt"]
