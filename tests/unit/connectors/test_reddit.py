"""What connectors share, by an example of a connector against a server of its own."""

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

from reachline.configuration.platforms import ConnectorOptions
from reachline.connectors.connections import Connection
from reachline.connectors.ingest import Report, run_connector
from reachline.connectors.types import RunState
from reachline.settings import Settings
from tests.unit.connectors.homes import FakeTime, batches, landed, make_home
from tests.unit.connectors.reddit import Reddit
from tests.unit.connectors.server import Asked, Given, Server, serving

SECRET = "app-s3cret"
TOKEN = "acc3ss-token-{}"
PAGE = 100


class Options(ConnectorOptions):
    subreddits: tuple[str, ...] = ("coffee",)


@dataclass
class World:
    settings: Settings
    time: FakeTime = field(default_factory=FakeTime)
    posts: list[dict[str, Any]] = field(default_factory=list)
    logins: list[Asked] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    before: Callable[[Asked], Given | None] = lambda asked: None
    headers: dict[str, str] = field(default_factory=dict)
    subreddits: tuple[str, ...] = ("coffee",)
    server: Server | None = None

    def grow(self, count: int) -> None:
        begin = len(self.posts)
        for number in range(begin, begin + count):
            at = (self.time.at - timedelta(minutes=begin + count - number)).timestamp()
            self.posts.append({"name": f"t3_{number:04}", "title": "é", "created_utc": at})

    def answer(self, asked: Asked) -> Given:
        if asked.path == "/api/v1/access_token":
            self.logins.append(asked)
            token = TOKEN.format(len(self.logins))
            return self.before(asked) or Given({"access_token": token, "expires_in": 3600})
        if asked.headers["Authorization"].removeprefix("Bearer ") in self.refused:
            return Given({"message": "Unauthorized"}, 401)
        return self.before(asked) or self.listing(asked)

    def listing(self, asked: Asked) -> Given:
        posts = self.posts[::-1]
        if asked.path == "/api/info":
            return given([p for p in posts if p["name"] in asked.params["id"].split(",")], None)
        if asked.path != "/r/coffee/new":
            return given([], None)
        names = [post["name"] for post in posts]
        start = names.index(asked.params["after"]) + 1 if "after" in asked.params else 0
        page = posts[start : start + PAGE]
        is_last = start + PAGE >= len(posts)
        return Given(given(page, None if is_last else page[-1]["name"]).body, 200, self.headers)

    def run(self) -> Report:
        assert self.server is not None
        connection = Connection("app", SECRET, {"base_url": self.server.url})
        options = Options(subreddits=self.subreddits)
        clock = self.time.clock()
        return run_connector(self.settings, Reddit, options, connection, "r", clock=clock)

    def ids(self, query: str = "subreddit:coffee") -> list[str]:
        rows = landed(self.settings, "reddit", "posts")
        return sorted(identity for text, identity, _ in rows if text == query)

    def all(self) -> list[str]:
        return [post["name"] for post in self.posts]

    def asked(self, path: str = "/r/coffee/new") -> list[Asked]:
        assert self.server is not None
        return [asked for asked in self.server.asked if asked.path == path]

    def cursor(self) -> Any:
        found = [b for b in batches(self.settings, "reddit") if b.query == "subreddit:coffee"]
        return found[-1].cursor


def given(posts: list[dict[str, Any]], after: str | None) -> Given:
    return Given({"data": {"children": [{"kind": "t3", "data": p} for p in posts], "after": after}})


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(make_home(tmp_path, {}, keywords=["cold brew"]))
    with serving(made.answer) as made.server:
        yield made


def states(report: Report) -> dict[str, RunState]:
    return {outcome.query.text: outcome.state for outcome in report.outcomes}


def test_posts_land_once_from_the_newest_back_to_where_the_last_reading_began(world):
    world.grow(250)
    assert states(world.run())["subreddit:coffee"] == RunState.OK
    assert world.ids() == world.all()
    assert [asked.params.get("after") for asked in world.asked()] == [None, "t3_0150", "t3_0050"]
    world.time.pass_by(hours=3)
    world.grow(20)
    world.run()
    assert world.ids() == world.all()
    assert len(world.asked()) == 4, "one page reaches back far enough"
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
    assert states(world.run())["subreddit:coffee"] == RunState.OK
    assert world.ids() == world.all()
    assert len(world.logins) == 2
    world.refused = {TOKEN.format(number) for number in range(1, 9)}
    assert states(world.run())["subreddit:coffee"] == RunState.AUTH_EXPIRED
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


@pytest.mark.parametrize("status", [403, 404])
def test_a_subreddit_that_is_not_shown_stops_no_other(world, status):
    world.grow(3)
    world.subreddits = ("gone", "coffee")
    world.before = lambda a: Given({}, status) if a.path == "/r/gone/new" else None
    report = world.run()
    assert states(report) == {
        "subreddit:gone": RunState.NO_DATA,
        "subreddit:coffee": RunState.OK,
        "keyword:cold brew": RunState.NO_DATA,
        "reread": RunState.NO_DATA,
    }
    assert world.ids() == world.all()


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
    assert states(report)["subreddit:coffee"] == RunState.PARTIAL
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
    world.before = lambda asked: Given({}, 404) if asked.params.get("after") == "t3_0150" else None
    world.posts.append({**world.posts[-1], "name": "t3_0250"})
    report = world.run()
    assert states(report)["subreddit:coffee"] == RunState.OK
    assert world.ids() == world.all()


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
    assert states(report)["subreddit:coffee"] == RunState.PARTIAL
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
    assert [(i, json.loads(raw)) for _, i, raw in missing] == [("t3_0002", {"name": "t3_0002"})]
    asked = [len(one.params["id"].split(",")) for one in world.asked("/api/info")]
    assert asked == [5, 1]


def test_one_post_that_spoils_the_call_is_asked_for_alone(world, monkeypatch):
    world.grow(3)
    world.run()
    world.time.pass_by(days=1)
    call = Reddit.by_id

    def strict(self: Reddit, posts: Any) -> Any:
        answer = self.server.call(
            "/api/info", {"id": ",".join(post.id for post in posts)}, absent=[404]
        )
        return answer.records("data.children[*].data", call.__globals__["_Post"])

    monkeypatch.setattr(Reddit, "by_id", strict)
    world.before = lambda a: (
        Given({}, 404) if a.path == "/api/info" and "t3_0001" in a.params["id"] else None
    )
    world.run()
    assert world.ids("reread") == ["t3_0000", "t3_0002"]
    assert [i for _, i, _ in landed(world.settings, "reddit", "missing")] == ["t3_0001"]
