"""Bluesky: one session a run, searches that are held against what was asked, nothing lost."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from reachline.connectors.connections import Connection
from reachline.connectors.ingest import Report, ingest
from reachline.connectors.types import RunState
from reachline.settings import Settings
from tests.unit.connectors.homes import FakeTime, batches, landed, make_home, publish_accounts
from tests.unit.connectors.server import Asked, Given, Server, serving

PASSWORD, ACCESS, REFRESH = "app-passw0rd", "acc3ss-{}", "r3fresh-{}"
ACME = {"did": "did:plc:acme", "handle": "acme.example", "followersCount": 9}
# what an AppView says of one account that no list of profiles has
DEACTIVATED = Given({"error": "AccountDeactivated", "message": "Account is deactivated"}, 400)
SUSPENDED = Given({"error": "AccountTakedown", "message": "Account has been suspended"}, 400)
UNKNOWN = Given({"error": "InvalidRequest", "message": "Profile not found"}, 400)


def post(number: int, at: datetime, text: str, **record: Any) -> dict[str, Any]:
    stamp = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {
        "uri": f"at://did:plc:a{number % 60}/app.bsky.feed.post/{number}",
        "cid": f"c{number}",
        "author": {"did": f"did:plc:a{number % 60}", "handle": f"a{number % 60}.example"},
        "record": {"createdAt": stamp, "text": text, **record},
        "indexedAt": stamp,
        "likeCount": number,
    }


def facet(**feature: str) -> dict[str, Any]:
    return {"facets": [{"index": {"byteStart": 0, "byteEnd": 3}, "features": [feature]}]}


@dataclass
class World:
    settings: Settings
    time: FakeTime = field(default_factory=FakeTime)
    posts: list[dict[str, Any]] = field(default_factory=list)
    """Oldest first."""
    feed: list[dict[str, Any]] = field(default_factory=list)
    before: Any = None
    sessions: int = 0
    expired: set[str] = field(default_factory=set)
    server: Server | None = None

    def grow(self, count: int, hours: float = 5, text: str = "é #acmecoffee") -> None:
        step = timedelta(hours=hours) / (count + 1)
        start, base = self.time.at - timedelta(hours=hours), len(self.posts)
        self.posts += [post(base + n, start + step * (n + 1), text) for n in range(count)]

    def answer(self, asked: Asked) -> Given:
        name = asked.path.rpartition(".")[2]
        given = self.before(name, asked) if self.before else None
        if given is not None:
            return given
        if name in ("createSession", "refreshSession"):
            self.sessions += 1
            tokens = {"accessJwt": ACCESS, "refreshJwt": REFRESH}
            return Given({key: text.format(self.sessions) for key, text in tokens.items()})
        if asked.headers["Authorization"].removeprefix("Bearer ") in self.expired:
            return Given({"error": "ExpiredToken", "message": "Token has expired"}, 400)
        if name == "getPosts":
            uris = asked.lists["uris"]
            return Given({"posts": [p for p in self.posts if p["uri"] in uris]})
        if name == "getProfile":
            return UNKNOWN
        if name == "getProfiles":
            actors = asked.lists["actors"]
            assert len(actors) <= 25
            if "bad.example" in actors:
                return Given({"error": "InvalidRequest", "message": "actors/1"}, 400)
            known = [ACME] * bool({"acme.example", ACME["did"]} & set(actors))
            found = [{"did": a, "handle": f"{a[8:]}.example"} for a in actors if "plc:a" in a]
            return Given({"profiles": known + [f for f in found if f["did"] != ACME["did"]]})
        if name == "getAuthorFeed":
            start = int(asked.params.get("cursor", 0))
            following = {"cursor": str(start + 100)} if start + 100 < len(self.feed) else {}
            return Given({"feed": self.feed[start : start + 100], **following})
        return self.search(asked.params)

    def search(self, params: dict[str, str]) -> Given:
        since, until = params["since"], params["until"]
        found = [
            p
            for p in reversed(self.posts)
            if datetime.fromisoformat(since)
            <= datetime.fromisoformat(p["indexedAt"])
            < datetime.fromisoformat(until)
            and (params.get("tag") == "acmecoffee")
        ]
        start = int(params.get("cursor", 0))
        following = {"cursor": str(start + 100)} if start + 100 < len(found) else {}
        return Given({"posts": found[start : start + 100], **following})

    def run(self) -> Report:
        assert self.server is not None
        extra = {"base_url": self.server.url}
        connection = Connection("acme.example", PASSWORD, extra)
        return ingest(self.settings, "bluesky", "r", clock=self.time.clock(), connection=connection)

    def calls(self, name: str) -> list[Asked]:
        assert self.server is not None
        return [a for a in self.server.asked if a.path.endswith(name)]

    def uris(self, query: str = "hashtag:acmecoffee") -> list[str]:
        rows = landed(self.settings, "bluesky", "posts")
        return sorted(uri for text, uri, _ in rows if text == query)

    def all(self) -> list[str]:
        return sorted(p["uri"] for p in self.posts)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    settings = make_home(
        tmp_path,
        {"bluesky": {}},
        handles={"bluesky": ["acme.example"]},
        keywords=["acme coffee"],
    )
    made = World(settings)
    with serving(made.answer) as made.server:
        yield made


def state(report: Report, text: str = "hashtag:acmecoffee") -> RunState:
    return next(
        o.state for o in report.outcomes if (o.query.text, o.query.stream) == (text, "posts")
    )


def test_posts_land_once_with_the_profiles_of_who_wrote_them(world):
    world.grow(250)
    world.run()
    for _ in range(2):
        world.time.pass_by(hours=6)
        world.grow(120)
        assert state(world.run()) == RunState.OK
    assert world.uris() == world.all()
    first = world.calls("searchPosts")[0].params
    asked = {key: first[key] for key in ("q", "tag", "sort", "limit", "since")}
    assert asked == {
        "q": "#acmecoffee",
        "tag": "acmecoffee",
        "sort": "latest",
        "limit": "100",
        "since": "2026-02-23T06:00:00Z",
    }
    queries = {(a.params["q"], a.params.get("mentions")) for a in world.calls("searchPosts")}
    assert {('"acme coffee"', None), ("mentions:acme.example", "acme.example")} <= queries
    profiles = landed(world.settings, "bluesky", "profiles")
    assert ("account:acme.example", ACME["did"], json.dumps(ACME)) in profiles
    found = [did for query, did, _ in profiles if query == "hashtag:acmecoffee"]
    assert len(set(found)) == 60
    assert json.dumps(world.posts[0]) in [r for *_, r in landed(world.settings, "bluesky", "posts")]


def test_what_was_not_asked_for_does_not_land(world):
    at = world.time.at - timedelta(hours=1)
    texts = {
        "hashtag": [
            post(1, at, "x", **facet(tag="AcmeCoffee")),
            post(2, at, "x", tags=["acmecoffee"]),
            post(3, at, "#acmecoffeefans and nothing else"),
        ],
        "mention": [
            post(4, at, "x", **facet(did=ACME["did"])),
            post(5, at, "hi @acme.example!"),
            post(6, at, "hi @acme.examples"),
        ],
        "keyword": [
            post(7, at, "x", embed={"images": [{"alt": "An ACME\ncoffee"}]}),
            post(8, at, "coffee"),
        ],
    }
    every = [p for those in texts.values() for p in those]
    world.before = lambda name, asked: Given({"posts": every}) if "search" in name else None
    world.run()
    wanted = {"hashtag:acmecoffee": [1, 2], "mention:acme.example": [4, 5]}
    wanted["keyword:acme coffee"] = [7]
    for query, numbers in wanted.items():
        assert world.uris(query) == [p["uri"] for p in every if p["likeCount"] in numbers], query


def test_a_session_is_made_once_and_renewed_when_it_expires(world, caplog):
    caplog.set_level(logging.DEBUG)
    world.grow(250)

    def before(name: str, asked: Asked) -> None:
        if len(world.calls("searchPosts")) == 2:
            world.expired = {ACCESS.format(1)}

    world.before = before
    report = world.run()
    assert state(report) == RunState.OK
    assert world.uris() == world.all()
    assert len(world.calls("createSession")) == 1
    (renewed,) = world.calls("refreshSession")
    assert renewed.headers["Authorization"] == f"Bearer {REFRESH.format(1)}"
    secrets = [PASSWORD, *(t.format(n) for t in (ACCESS, REFRESH) for n in (1, 2))]
    files = [path for path in world.settings.paths.home.rglob("*") if path.is_file()]
    for secret in secrets:
        assert secret not in caplog.text + "\n".join(report.lines())
        assert not any(secret.encode() in path.read_bytes() for path in files)


@pytest.mark.parametrize(
    ("call", "given"),
    [
        ("createSession", Given({"error": "AuthenticationRequired", "message": PASSWORD}, 401)),
        ("searchPosts", Given({"error": "InvalidToken", "message": "bad"}, 400)),
        ("refreshSession", Given({"error": "ExpiredToken", "message": "old"}, 400)),
    ],
)
def test_a_login_that_is_refused_stops_the_source(world, call, given):
    world.expired = {ACCESS.format(1)} if call == "refreshSession" else set()
    world.before = lambda name, asked: given if name == call else None
    report = world.run()
    assert report.needs_credentials
    assert PASSWORD not in "\n".join(report.lines())
    assert len(world.calls(call)) == 1, "nothing is tried again"
    assert state(report) == RunState.AUTH_EXPIRED


def test_without_a_login_nothing_is_asked(world):
    report = ingest(
        world.settings, "bluesky", "r", clock=world.time.clock(), connection=Connection()
    )
    assert report.needs_credentials
    assert "has no login" in "\n".join(report.lines())
    assert world.server.asked == []


def fail_page(world: World, number: int, given: Given) -> None:
    count = [0]

    def before(name: str, asked: Asked) -> Given | None:
        if name == "searchPosts" and asked.params.get("tag") == "acmecoffee":
            count[0] += 1
            return given if count[0] >= number else None
        return None

    world.before = before


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (Given({"error": "InternalServerError"}, 500), RunState.PARTIAL),
        (Given(raw=b'{"posts": [{"uri"'), RunState.PARTIAL),
        (Given({"error": "RateLimitExceeded"}, 429, {"Retry-After": "9999"}), "rate_limited"),
        (Given({"posts": 7}), RunState.PARTIAL),
    ],
)
def test_what_stops_half_way_goes_on(world, given, expected):
    world.grow(250)
    fail_page(world, 2, given)
    assert state(world.run()) == expected
    assert len(world.uris()) == 100
    world.before = None
    world.time.pass_by(hours=1)
    world.grow(3, hours=0.5)
    world.posts[249:] = world.posts[250:]  # what a number as a cursor would trip over
    for _ in range(2):
        world.run()
        world.time.pass_by(hours=1)
    assert set(world.all()) <= set(world.uris())
    assert len(world.uris()) == len(set(world.uris())) == 253


def test_posts_of_one_moment_on_many_pages_are_read_by_the_cursor(world):
    at = world.time.at - timedelta(hours=1)
    world.posts = [post(n, at, "#acmecoffee") for n in range(350)]
    assert state(world.run()) == RunState.OK
    assert world.uris() == world.all()


def test_a_page_that_names_itself_again_is_not_followed_for_ever(world):
    world.grow(90)
    world.before = lambda name, asked: (
        Given({"posts": [], "cursor": "again"}) if name == "searchPosts" else None
    )
    assert state(world.run()) == RunState.PARTIAL
    assert len([a for a in world.calls("searchPosts") if a.params.get("tag")]) < 10
    world.before = None
    assert state(world.run()) == RunState.OK
    assert world.uris() == world.all()


def test_what_is_indexed_late_is_found_the_next_time(world):
    world.grow(5)
    world.run()
    late = post(999, world.time.at - timedelta(hours=20), "#acmecoffee")
    world.posts.insert(0, late)
    world.time.pass_by(hours=1)
    world.run()
    assert late["uri"] in world.uris()


def test_a_date_that_an_author_made_up_does_not_move_the_window(world):
    world.grow(3)
    world.posts[-1]["record"]["createdAt"] = "2099-01-01T00:00:00Z"
    world.posts[-2]["record"]["createdAt"] = "yesterday"
    world.run()
    world.time.pass_by(hours=6)
    world.grow(3)
    world.run()
    assert world.uris() == world.all()


def test_an_author_s_own_posts_are_read_and_not_what_they_repost(world):
    at = world.time.at
    world.feed = [{"post": post(n, at - timedelta(hours=n), "x")} for n in range(220)]
    world.feed[3]["reason"] = {"$type": "app.bsky.feed.defs#reasonRepost"}
    world.feed[3]["post"]["indexedAt"] = "2020-01-01T00:00:00.000Z"
    text = "account:acme.example"
    assert state(world.run(), text) == RunState.OK
    recent = [f["post"]["uri"] for n, f in enumerate(world.feed) if n not in (3,) and n <= 168]
    assert world.uris(text) == sorted(recent)
    asked = world.calls("getAuthorFeed")[0].params
    assert (asked["actor"], asked["limit"]) == (ACME["did"], "100")
    calls = len(world.calls("getAuthorFeed"))
    world.run()
    assert len(world.calls("getAuthorFeed")) == calls + 1, "a day back, no more"


def test_a_name_that_spoils_a_call_spoils_no_other(tmp_path):
    handles = ["acme.example", "bad.example", *(f"x{n}.example" for n in range(30))]
    settings = make_home(tmp_path, {"bluesky": {}}, handles={"bluesky": handles}, hashtags=[])
    world = World(settings)
    with serving(world.answer) as world.server:
        report = world.run()
    assert [did for _, did, _ in landed(settings, "bluesky", "profiles")] == [ACME["did"]]
    assert state(report, "account:bad.example") == RunState.NOT_FOUND


ANNA = {"did": "did:plc:anna", "handle": "handle.invalid", "followersCount": 4}


def test_who_is_known_is_asked_by_did_since_no_handle_leads_to_them_in_an_outage(world):
    publish_accounts(
        world.settings,
        [
            (f"bluesky:{ACME['did']}", "bluesky", "acme.example", None),
            (f"bluesky:{ANNA['did']}", "bluesky", "anna.example", "c1"),
            ("bluesky:did:plc:stranger", "bluesky", "stranger.example", None),
        ],
    )
    at = world.time.at - timedelta(hours=1)
    marked = post(3, at, "our friends", **facet(did=ACME["did"]))
    world.feed = [{"post": post(n, at, "x")} for n in (1, 2)]
    of_whom = {p["did"]: {**p, "handle": "handle.invalid"} for p in (ACME, ANNA)}

    def before(name: str, asked: Asked) -> Given | None:
        if name == "getProfiles":
            actors = asked.lists["actors"]
            return Given({"profiles": [of_whom[actor] for actor in actors if actor in of_whom]})
        if name == "searchPosts" and asked.params.get("mentions") == ACME["did"]:
            return Given({"posts": [marked]})
        return None

    world.before = before
    report = world.run()
    for handle, profile in (("acme.example", ACME), ("anna.example", ANNA)):
        assert state(report, f"account:{handle}") == RunState.OK
        assert len(world.uris(f"account:{handle}")) == 2
        read = [did for query, did, _ in landed(world.settings, "bluesky", "profiles")]
        assert profile["did"] in read
    assert world.uris("mention:acme.example") == [marked["uri"]]
    asked = {actor for a in world.calls("getProfiles") for actor in a.lists["actors"]}
    assert "acme.example" not in asked
    assert "did:plc:stranger" not in asked
    assert {a.params["actor"] for a in world.calls("getAuthorFeed")} == set(of_whom)


def test_who_is_not_known_yet_is_asked_by_handle(world):
    publish_accounts(world.settings, [("x:1", "x", "acme.example", "c1")])
    world.run()
    assert "acme.example" in world.calls("getProfiles")[0].lists["actors"]


def test_posts_are_read_again_25_a_call_and_those_gone_are_told_once(world):
    world.grow(60)
    world.run()
    gone = [world.posts.pop(7)["uri"], world.posts.pop(30)["uri"]]
    for _ in range(2):
        world.time.pass_by(days=1)
        world.run()
    assert max(len(a.lists["uris"]) for a in world.calls("getPosts")) == 25
    missing = landed(world.settings, "bluesky", "missing")
    assert sorted(uri for _, uri, _ in missing) == sorted(gone)
    assert [json.loads(record) for *_, record in missing] == [{"uri": u} for _, u, _ in missing]
    assert len(world.uris("reread")) == 2 * 58


BLOCKS = ({"blockedBy": True}, {"blocking": "at://x"}, {"blockingByList": {"uri": "at://x"}})


@pytest.mark.parametrize("viewer", BLOCKS)
def test_posts_of_an_account_that_is_blocked_either_way_are_not_gone(world, viewer):
    world.grow(3)
    world.run()
    hidden, gone = (world.posts.pop(0) for _ in range(2))
    blocked = {**hidden["author"], "viewer": {"blockedBy": False, **viewer}}
    free = {**gone["author"], "viewer": {"muted": True, "blockedBy": False}}

    def before(name: str, asked: Asked) -> Given | None:
        if name != "getProfiles" or ACME["did"] in asked.lists["actors"]:
            return None
        return Given(
            {"profiles": [p for p in (blocked, free) if p["did"] in asked.lists["actors"]]}
        )

    world.before = before
    world.time.pass_by(days=1)
    assert state(world.run(), "reread") == RunState.OK
    assert [uri for _, uri, _ in landed(world.settings, "bluesky", "missing")] == [gone["uri"]]


@pytest.mark.parametrize(("why", "gone"), [(DEACTIVATED, 1), (SUSPENDED, 2), (UNKNOWN, 2)])
def test_posts_of_an_account_that_is_deactivated_are_hidden_and_not_gone(world, why, gone):
    world.grow(3)
    world.run()
    away, taken = (world.posts.pop(0) for _ in range(2))

    def before(name: str, asked: Asked) -> Given | None:
        if name == "getProfile":
            return why if asked.params["actor"] == away["author"]["did"] else UNKNOWN
        if name == "getProfiles" and away["author"]["did"] in asked.lists["actors"]:
            return Given({"profiles": []})
        return None

    world.before = before
    world.time.pass_by(days=1)
    assert state(world.run(), "reread") == RunState.OK
    missing = sorted(uri for _, uri, _ in landed(world.settings, "bluesky", "missing"))
    assert missing == sorted([away["uri"], taken["uri"]][2 - gone :])


@pytest.mark.parametrize(
    ("why", "told", "text"),
    [
        (DEACTIVATED, RunState.FEED_DISABLED, "deactivated"),
        (SUSPENDED, RunState.NOT_FOUND, "knows no account"),
        (UNKNOWN, RunState.NOT_FOUND, "knows no account"),
    ],
)
def test_an_account_that_is_deactivated_is_told_from_one_that_is_not_there(
    world, why, told, text, caplog
):
    world.before = lambda name, asked: (
        why
        if name == "getProfile"
        else Given({"profiles": []})
        if name == "getProfiles" and {"acme.example", ACME["did"]} & set(asked.lists["actors"])
        else None
    )
    run = world.run()
    assert state(run, "account:acme.example") == told
    assert f"account:acme.example: {told}" in caplog.text
    assert text in caplog.text
    assert state(run, "hashtag:acmecoffee") == RunState.NO_DATA


@pytest.mark.parametrize("error", ["BlockedActor", "BlockedByActor"])
def test_a_feed_that_a_block_closes_is_asked_again_each_time(world, error):
    closed = Given({"error": error, "message": "Requester is blocked by actor"}, 400)
    world.before = lambda name, asked: closed if name == "getAuthorFeed" else None
    text = "account:acme.example"
    assert state(world.run(), text) == RunState.FEED_DISABLED
    world.before = None
    world.feed = [{"post": post(1, world.time.at - timedelta(hours=1), "x")}]
    assert state(world.run(), text) == RunState.OK
    assert world.uris(text) == [world.feed[0]["post"]["uri"]]


def test_requests_are_waited_for_by_the_platform_s_headers(world):
    reset = int((world.time.at + timedelta(minutes=4)).timestamp())
    headers = {"RateLimit-Remaining": "0", "RateLimit-Reset": str(reset)}
    world.before = lambda name, asked: (
        Given({"posts": []}, 200, headers) if len(world.calls("searchPosts")) == 1 else None
    )
    world.run()
    assert sum(world.time.slept) == pytest.approx(240)
    assert {b.status for b in batches(world.settings, "bluesky")} == {"no_data", "ok"}
