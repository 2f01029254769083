"""Reddit, and what connectors share: logins, rate limits, lists from the newest post back."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from reachline import __version__
from reachline.configuration.problems import ConfigError
from reachline.connectors.connections import Connection
from reachline.connectors.ingest import Report, ingest
from reachline.connectors.reddit import Reddit
from reachline.connectors.types import RunState
from reachline.settings import Settings
from tests.unit.connectors.homes import FakeTime, batches, landed, make_home
from tests.unit.connectors.server import Asked, Given, Server, serving

SECRET = "app-s3cret"
TOKEN = "acc3ss-token-{}"
PAGE = 100
UNAUTHORIZED = Given({"message": "Unauthorized", "error": 401}, 401)
NOT_FOUND = Given({"message": "Not Found", "error": 404}, 404)
COFFEE = "subreddit:coffee"


def post(number: int, at: float, **more: Any) -> dict[str, Any]:
    """Return a post as lists have it, but for the fields that nobody here reads."""
    return {
        "subreddit": "Coffee",
        "selftext": "é & <b>",
        "author_fullname": "t2_8pddtdru",
        "title": "My moka pot & me",
        "subreddit_name_prefixed": "r/Coffee",
        "hide_score": False,
        "name": f"t3_{number:04}",
        "upvote_ratio": 0.98,
        "ups": 208,
        "domain": "self.Coffee",
        "score": 208,
        "edited": False,
        "is_self": True,
        "removed_by_category": None,
        "view_count": None,
        "id": f"{number:04}",
        "author": "CactusEar",
        "num_comments": 17,
        "permalink": f"/r/Coffee/comments/{number:04}/my_moka_pot_me/",
        "url": f"https://www.reddit.com/r/Coffee/comments/{number:04}/my_moka_pot_me/",
        "created_utc": at,
        "num_crossposts": 0,
        "is_video": False,
        **more,
    }


@dataclass
class World:
    settings: Settings
    time: FakeTime = field(default_factory=FakeTime)
    posts: list[dict[str, Any]] = field(default_factory=list)
    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    logins: list[Asked] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    before: Callable[[Asked], Given | None] = lambda asked: None
    headers: dict[str, str] = field(default_factory=dict)
    most: int = 1000
    listed: str = "/r/coffee/new"
    server: Server | None = None

    def grow(self, count: int) -> None:
        begin = len(self.posts)
        for number in range(begin, begin + count):
            at = (self.time.at - timedelta(minutes=begin + count - number)).timestamp()
            self.posts.append(post(number, at))

    def answer(self, asked: Asked) -> Given:
        if asked.path == "/api/v1/access_token":
            self.logins.append(asked)
            token = TOKEN.format(len(self.logins))
            given = {"access_token": token, "token_type": "bearer", "expires_in": 3600}
            return self.before(asked) or Given({**given, "scope": "*"})
        if asked.headers["Authorization"].removeprefix("Bearer ") in self.refused:
            return UNAUTHORIZED
        return self.before(asked) or self.listing(asked)

    def listing(self, asked: Asked) -> Given:
        posts = self.posts[::-1][: self.most]
        if asked.path == "/api/info":
            names = asked.params["id"].split(",")
            return given([p for p in self.posts if p["name"] in names], None)
        if asked.path.startswith("/user/") and asked.path.endswith("/about"):
            user = self.users.get(asked.path.split("/")[2])
            return NOT_FOUND if user is None else Given({"kind": "t2", "data": user})
        if asked.path not in (self.listed, "/user/acmecoffee/submitted"):
            return given([], None)
        names = [post["name"] for post in posts]
        start = 0
        if "after" in asked.params:
            if asked.params["after"] not in names:
                return given([], None)
            start = names.index(asked.params["after"]) + 1
        page = posts[start : start + PAGE]
        is_last = start + PAGE >= len(posts)
        return Given(given(page, None if is_last else page[-1]["name"]).body, 200, self.headers)

    def run(self) -> Report:
        assert self.server is not None
        connection = Connection("app", SECRET, {"base_url": self.server.url})
        clock = self.time.clock()
        return ingest(self.settings, "reddit", "r", clock=clock, connection=connection)

    def ids(self, query: str = COFFEE, stream: str = "posts") -> list[str]:
        rows = landed(self.settings, "reddit", stream)
        return sorted(identity for text, identity, _ in rows if text == query)

    def all(self) -> list[str]:
        return [post["id"] for post in self.posts]

    def asked(self, path: str = "/r/coffee/new") -> list[Asked]:
        assert self.server is not None
        return [asked for asked in self.server.asked if asked.path == path]

    def cursor(self) -> Any:
        found = [b for b in batches(self.settings, "reddit") if b.query == COFFEE]
        return found[-1].cursor


def given(posts: list[dict[str, Any]], after: str | None) -> Given:
    children = [{"kind": "t3", "data": post} for post in posts]
    data = {"after": after, "dist": len(posts), "modhash": None, "children": children}
    return Given({"kind": "Listing", "data": {**data, "before": None}})


def home(tmp_path: Path, *subreddits: str, **brand: Any) -> Settings:
    options = {"username": "acme_data", "subreddits": [*subreddits]}
    return make_home(tmp_path, {"reddit": options}, keywords=["cold brew"], **brand)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(home(tmp_path, "coffee"))
    with serving(made.answer) as made.server:
        yield made


def states(report: Report) -> dict[str, RunState]:
    return {outcome.query.text: outcome.state for outcome in report.outcomes}


def test_posts_land_once_from_the_newest_back_to_where_the_last_reading_began(world):
    world.grow(550)
    assert states(world.run())[COFFEE] == RunState.OK
    assert world.ids() == world.all()
    assert [asked.params.get("after") for asked in world.asked()][:3] == [
        None,
        "t3_0450",
        "t3_0350",
    ]
    world.time.pass_by(hours=9)
    world.grow(20)
    world.run()
    assert world.ids() == world.all()
    assert len(world.asked()) == 6 + 4, "20 posts, and one a minute of six hours"
    (search,) = {(asked.params["q"], asked.params["sort"]) for asked in world.asked("/search")}
    assert search == ('"cold brew"', "new")


def test_the_app_logs_in_by_a_form_and_basic_authorization(world):
    world.run()
    (login,) = world.logins
    assert login.method == "POST"
    assert parse_qs(login.body.decode()) == {"grant_type": ["client_credentials"]}
    basic = base64.b64encode(f"app:{SECRET}".encode()).decode()
    assert login.headers["Authorization"] == f"Basic {basic}"
    assert {a.headers["Authorization"] for a in world.asked()} == {f"Bearer {TOKEN.format(1)}"}


def test_a_login_that_is_refused_is_asked_for_once_and_stops_every_query(world):
    refusal = Given({"error": "invalid_grant"}, 400)
    world.before = lambda asked: refusal if asked.path.endswith("access_token") else None
    report = world.run()
    assert set(states(report).values()) == {RunState.AUTH_EXPIRED}
    assert "The login was refused" in "\n".join(report.lines())
    assert len(world.logins) == 1
    assert world.asked() == []


def test_a_token_that_is_refused_is_renewed_once_and_the_same_is_asked_again(world):
    world.grow(3)
    world.refused = {TOKEN.format(1)}
    assert states(world.run())[COFFEE] == RunState.OK
    assert world.ids() == world.all()
    assert len(world.logins) == 2
    world.refused = {TOKEN.format(number) for number in range(1, 9)}
    assert states(world.run())[COFFEE] == RunState.AUTH_EXPIRED
    assert len(world.logins) == 4, "a login, and one more for what was refused"


def test_a_token_is_renewed_before_its_end(world):
    world.grow(150)
    world.before = lambda a: world.time.pass_by(seconds=3580) if a.path == "/search" else None
    world.run()
    used = [asked.headers["Authorization"].rpartition("-")[2] for asked in world.asked("/search")]
    assert used == ["1"]
    used = [asked.headers["Authorization"].rpartition("-")[2] for asked in world.asked()]
    assert used == ["2", "2"], "3,580 of 3,600 seconds are over"
    assert len(world.logins) == 2


@pytest.mark.parametrize(
    "body",
    [
        {"reason": "private", "message": "Forbidden", "error": 403},
        {"reason": "banned", "message": "Not Found", "error": 404},
    ],
)
def test_a_subreddit_that_is_not_shown_stops_no_other(tmp_path, body):
    world = World(home(tmp_path, "gone", "Coffee"))
    world.grow(3)
    gone = Given(body, body["error"])
    world.before = lambda a: gone if a.path == "/r/gone/new" else None
    with serving(world.answer) as world.server:
        report = world.run()
    assert states(report) == {
        "subreddit:gone": RunState.NO_DATA,
        COFFEE: RunState.OK,
        "keyword:cold brew": RunState.NO_DATA,
        "reread": RunState.NO_DATA,
    }
    assert world.ids() == world.all()


def test_who_is_blocked_altogether_is_told_so(world):
    page = Given(None, 403, {"Content-Type": "text/html"}, raw=b"<html>Blocked</html>")
    world.before = lambda a: page if "access_token" not in a.path else None
    report = world.run()
    assert states(report)[COFFEE] == RunState.FAILED
    assert "answered 403: <html>Blocked" in "\n".join(report.lines())


@pytest.mark.parametrize(
    ("left", "waited"), [("0.0", [59.5]), ("0", [59.5]), ("0.4", [59.5]), ("1.0", []), ("x", [])]
)
def test_rate_headers_are_numbers_that_may_have_a_fraction(world, left, waited):
    world.grow(150)
    world.headers = {"x-ratelimit-remaining": left, "x-ratelimit-reset": "59.5"}
    world.before = lambda asked: setattr(world, "headers", {}) if "after" in asked.params else None
    world.run()
    assert world.time.slept == [pytest.approx(seconds, abs=0.01) for seconds in waited]


def test_too_many_requests_are_waited_for_by_a_fraction_of_seconds(world):
    answers = [Given({}, 429, {"Retry-After": "2.5"})]
    world.before = lambda asked: answers.pop() if "coffee" in asked.path and answers else None
    world.run()
    assert world.time.slept == [3.0], "the next whole second"


def test_what_stops_half_way_goes_on_there(world, caplog):
    caplog.set_level(logging.DEBUG)
    world.grow(250)
    world.before = lambda asked: Given({}, 500) if "after" in asked.params else None
    report = world.run()
    assert states(report)[COFFEE] == RunState.PARTIAL
    assert world.cursor()["page"] == "t3_0150"
    assert len(world.ids()) == 100
    world.before = lambda asked: None
    world.time.pass_by(hours=2)
    world.grow(2)
    world.run()
    world.run()
    assert world.ids() == world.all()
    written = [path for path in world.settings.paths.home.rglob("*") if path.is_file()]
    for secret in (SECRET, *(TOKEN.format(number) for number in (1, 2, 3))):
        assert not any(secret.encode() in path.read_bytes() for path in written)
        assert secret not in caplog.text + "\n".join(report.lines())


def test_a_page_that_is_not_known_any_more_is_read_from_the_newest_on(world):
    world.grow(250)
    world.before = lambda asked: Given({}, 500) if "after" in asked.params else None
    world.run()
    world.before = lambda asked: None
    # a list has nothing after a post that is not in it
    world.posts = [one for one in world.posts if one["id"] != "0150"]
    world.grow(1)
    report = world.run()
    assert states(report)[COFFEE] == RunState.OK
    assert world.ids() == sorted({*world.all(), "0150"})


def test_a_page_that_names_itself_again_ends_the_query_alone(world):
    world.grow(250)
    whole = world.listing

    def circling(asked: Asked) -> Given:
        answer = whole(asked)
        if asked.params.get("after") == "t3_0150":
            answer.body["data"]["after"] = "t3_0150"
        return answer

    world.listing = circling
    report = world.run()
    assert states(report)[COFFEE] == RunState.PARTIAL
    assert states(report)["keyword:cold brew"] == RunState.NO_DATA
    assert len(world.asked()) == 2
    world.listing = whole
    world.run()
    assert world.ids() == world.all()


def test_posts_are_read_again_by_id_and_those_left_out_twice_are_gone(world):
    world.grow(5)
    world.run()
    world.time.pass_by(days=1)
    del world.posts[2]
    report = world.run()
    assert states(report)["reread"] == RunState.OK
    assert world.ids("reread") == world.all()
    missing = landed(world.settings, "reddit", "missing")
    assert [(i, json.loads(raw)) for _, i, raw in missing] == [("0002", {"id": "0002"})]
    asked = [one.params["id"].split(",") for one in world.asked("/api/info")]
    assert [len(names) for names in asked] == [5, 1]
    assert asked[1] == ["t3_0002"]


def test_one_post_that_spoils_the_call_is_asked_for_alone(world):
    world.grow(3)
    world.run()
    world.time.pass_by(days=1)
    world.before = lambda a: (
        NOT_FOUND if a.path == "/api/info" and "t3_0001" in a.params["id"] else None
    )
    world.run()
    assert world.ids("reread") == ["0000", "0002"]
    assert [i for _, i, _ in landed(world.settings, "reddit", "missing")] == ["0001"]


GONE = [
    # by its author: the title stays
    (
        {"author": "[deleted]", "selftext": "[deleted]", "removed_by_category": "deleted"},
        "deleted",
    ),
    ({"selftext": "[removed]", "removed_by_category": "moderator"}, "moderator"),
    ({"author": "[deleted]", "removed_by_category": "reddit", "selftext": "[removed]"}, "reddit"),
    # the account was deleted, the text stays
    ({"author": "[deleted]"}, "author"),
    ({"selftext": "[removed]"}, "removed"),
]


@pytest.mark.parametrize(("marks", "by"), GONE)
def test_nothing_is_landed_of_what_was_taken_away(world, marks, by):
    world.grow(3)
    world.run()
    world.time.pass_by(days=1)
    world.posts[1] |= {"title": "s3cret title", **marks}
    world.grow(1)
    world.posts[3] |= {"title": "s3cret too", **marks}
    world.run()
    world.time.pass_by(days=1)
    world.run()
    assert world.ids() == ["0000", "0001", "0002"]
    missing = landed(world.settings, "reddit", "missing")
    assert [(i, json.loads(raw)) for _, i, raw in missing] == [
        ("0001", {"id": "0001", "removed_by_category": by})
    ]
    assert sorted(i for i in world.ids("reread") if i == "0001") == []
    records = [raw for _, _, raw in landed(world.settings, "reddit", "posts")]
    assert not any("s3cret" in raw for raw in records)


@pytest.mark.parametrize(
    ("path", "text", "most"),
    [("/r/coffee/new", COFFEE, 1000), ("/search", "keyword:cold brew", 250)],
)
def test_a_list_that_the_platform_ends_is_said_to_be_incomplete(world, path, text, most):
    world.listed = path
    world.grow(most + 100)
    world.most = most
    report = world.run()
    (outcome,) = (o for o in report.outcomes if o.query.text == text)
    assert outcome.state == RunState.PARTIAL
    assert f"the newest {most} posts" in outcome.text
    assert len(world.ids(text)) == most
    world.time.pass_by(hours=1)
    world.grow(3)
    assert states(world.run())[text] == RunState.OK, "the next run reads what is new"
    assert len(world.ids(text)) == most + 3


def test_the_platform_is_told_who_asks_and_not_to_escape_texts(world):
    world.grow(1)
    world.run()
    agent = f"python:reachline:v{__version__} (by /u/acme_data)"
    assert {asked.headers["User-Agent"] for asked in world.server.asked} == {agent}
    assert {a.params.get("raw_json") for a in world.server.asked} == {None, "1"}
    assert {a.path for a in world.server.asked if "raw_json" not in a.params} == {
        "/api/v1/access_token"
    }


USER = {
    "is_employee": False,
    "name": "acmecoffee",
    "subreddit": {"display_name": "u_acmecoffee", "title": "Acme", "subscribers": 12},
    "id": "np8mb41h",
    "total_karma": 30,
    "created_utc": 1604160000.0,
    "verified": True,
}


def test_accounts_are_read_with_their_posts(tmp_path):
    world = World(home(tmp_path, handles={"reddit": ["AcmeCoffee", "gone", "bad"]}))
    world.users = {"acmecoffee": USER, "bad": {"name": "bad", "is_suspended": True}}
    world.grow(2)
    with serving(world.answer) as world.server:
        report = world.run()
        searches = [asked.params["q"] for asked in world.asked("/search")]
        (submitted,) = world.asked("/user/acmecoffee/submitted")
    assert world.ids("account:acmecoffee", "profiles") == ["np8mb41h"]
    assert world.ids("account:acmecoffee") == world.all()
    assert states(report)["account:gone"] == RunState.NO_DATA
    assert world.ids("account:bad", "profiles") == [], "a suspended account is told by name alone"
    assert submitted.params["sort"] == "new"
    assert sorted(searches) == ['"cold brew"', '"u/acmecoffee"', '"u/bad"', '"u/gone"']


def test_who_made_what_a_search_finds_is_landed_once_a_run(tmp_path):
    world = World(home(tmp_path, "coffee", handles={"reddit": ["acmecoffee"]}), listed="/search")
    world.users = {"Anna": {**USER, "id": "1", "name": "Anna"}, "acmecoffee": USER}
    world.users["bad"] = {"name": "bad", "is_suspended": True}
    world.grow(5)
    names = ("Anna", "acmecoffee", "bad", "gone", "Anna")
    for one, name in zip(world.posts, names, strict=True):
        one["author"] = name
    with serving(world.answer) as world.server:
        assert states(world.run())["keyword:cold brew"] == RunState.OK
        found = "keyword:cold brew"
        assert world.ids(found) == world.all()
        assert world.ids(found, "profiles") + world.ids("mention:acmecoffee", "profiles") == ["1"]
        assert len(world.asked("/user/Anna/about")) == 1
        world.time.pass_by(hours=1)
        world.run()
        assert len(world.asked("/user/Anna/about")) == 1, "of new posts alone"


def test_hashtags_are_not_asked_for(world):
    world.run()
    assert {a.path for a in world.server.asked} == {
        "/api/v1/access_token",
        "/r/coffee/new",
        "/search",
    }


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({}, "username"),
        ({"username": "u/acme"}, "without u/"),
        ({"username": "acme", "subreddits": ["r/coffee"]}, "without r/"),
    ],
)
def test_wrong_options_are_named(tmp_path, options, says):
    with pytest.raises(ConfigError, match=says):
        make_home(tmp_path, {"reddit": options})


def test_a_login_that_is_missing_is_named(world):
    connection = Connection("app", "", {"base_url": world.server.url})
    report = ingest(world.settings, Reddit.source, "r", connection=connection)
    assert report.state == RunState.AUTH_EXPIRED
    assert "has no password" in report.outcomes[0].text
