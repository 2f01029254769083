"""X: what is paid for stays below the cap, searches lose nothing, deletions are known in a day."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from reachline.connectors.connections import Connection
from reachline.connectors.ingest import Report, ingest
from reachline.connectors.quota import Ledger
from reachline.connectors.types import RunState
from reachline.connectors.x import RECENT, X
from reachline.settings import Settings
from tests.unit.connectors.homes import FakeTime, batches, landed, make_home, publish_roster
from tests.unit.connectors.server import Asked, Given, Server, serving

TOKEN = "x-b3arer"
FORM = "^[A-Za-z0-9_]{1,15}$"
POST, USER = Decimal("0.005"), Decimal("0.01")
REFUSAL = {
    "errors": [
        {
            "parameters": {"tweet.fields": ["author_id"]},
            "message": "The query parameter [tweet.fields] is not one of [ids,post.fields]",
        }
    ],
    "title": "Invalid Request",
    "detail": "One or more parameters to your request was invalid.",
    "type": "https://api.twitter.com/2/problems/invalid-request",
}
IN_WORDS = {"errors": [{"message": "The query parameter [tweet.fields] is not one of [ids]"}]}
BY_ITSELF = {"type": "https://api.x.com/2/problems/invalid-request", "parameter": "tweet.fields"}
OPTIONS: dict[str, Any] = {
    "currency": "USD",
    "spend_cap": "100",
    "price_per_post": str(POST),
    "price_per_user": str(USER),
}


@dataclass
class World:
    settings: Settings
    time: FakeTime = field(default_factory=FakeTime)
    posts: list[dict[str, Any]] = field(default_factory=list)
    before: Any = None
    server: Server | None = None
    paid: Decimal = Decimal(0)
    gone: dict[str, str] = field(default_factory=dict)
    knows: tuple[str, ...] = ("tweet.fields", "user.fields")
    refusal: dict[str, Any] = field(default_factory=lambda: REFUSAL)

    def grow(self, count: int, hours: float = 5) -> None:
        step = timedelta(hours=hours) / (count + 1)
        start, base = self.time.at - timedelta(hours=hours), len(self.posts)
        for n in range(count):
            at = (start + step * (n + 1)).isoformat(timespec="milliseconds")
            post = {"id": str(1000 + base + n), "text": "é #acmecoffee", "author_id": "7"}
            self.posts.append({**post, "created_at": at.replace("+00:00", "Z")})

    def answer(self, asked: Asked) -> Given:
        given = self.before(asked) if self.before else None
        if given is not None:
            return given
        if {p for p in asked.params if p.endswith(".fields")} - {*self.knows}:
            return Given(self.refusal, 400)
        if asked.path == "/2/users/by":
            names = asked.params["usernames"].split(",")
            self.paid += len(names) * USER
            return Given({"data": [{"id": f"u{name}", "username": name.title()} for name in names]})
        if asked.path == "/2/tweets":
            ids = asked.params["ids"].split(",")
            data = [p for p in self.posts if p["id"] in ids and p["id"] not in self.gone]
            self.paid += len(data) * POST
            if "author_id" in asked.params.get("expansions", ""):
                self.paid += USER
                return Given({"data": data, "includes": {"users": [{"id": "7"}]}})
            problems = "https://api.twitter.com/2/problems/"
            errors = [
                {"resource_id": i, "value": i, "type": problems + self.gone[i]}
                for i in ids
                if self.gone.get(i)
            ]
            return Given({"data": data, "errors": errors})
        if "acmecoffee" not in asked.params["query"]:
            return Given({"meta": {"result_count": 0}})
        return self.search(asked.params)

    def search(self, params: dict[str, str]) -> Given:
        since = int(params.get("since_id", 0))
        until = int(params.get("next_token", params.get("until_id", 10**9)))
        begin = datetime.fromisoformat(params.get("start_time", "2000-01-01T00:00:00Z"))
        found = [
            post
            for post in reversed(self.posts)
            if since < int(post["id"]) < until
            and datetime.fromisoformat(post["created_at"]) >= begin
        ]
        page = found[: int(params["max_results"])]
        token = {"next_token": page[-1]["id"]} if len(found) > len(page) else {}
        self.paid += len(page) * POST + bool(page) * USER
        users = {"includes": {"users": [{"id": "7", "username": "anna"}]}} if page else {}
        return Given({"data": page, "meta": {"result_count": len(page), **token}, **users})

    def run(self) -> Report:
        assert self.server is not None
        connection = Connection(password=TOKEN, extra={"base_url": self.server.url})
        return ingest(self.settings, "x", "r", clock=self.time.clock(), connection=connection)

    def ids(self) -> list[str]:
        rows = landed(self.settings, "x", "posts")
        return sorted(identity for query, identity, _ in rows if query == "hashtag:acmecoffee")

    def all(self) -> list[str]:
        return sorted(post["id"] for post in self.posts)

    def spent(self) -> Decimal:
        options = self.settings.config.sources.connectors.x
        ledger = Ledger(self.settings.paths.landing, "x", tuple(X.quotas(options)))
        (usage,) = ledger.usage(self.time.at)
        return usage.used

    def searches(self) -> list[dict[str, str]]:
        assert self.server is not None
        asked = [a.params for a in self.server.asked if a.path.endswith("/recent")]
        return [params for params in asked if params["query"].startswith("#acmecoffee")]


@pytest.fixture(params=[{}])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    options = {**OPTIONS, **request.param}
    made = World(make_home(tmp_path, {"x": options}, handles={"x": ["acme"]}, keywords=['a "b']))
    with serving(made.answer) as made.server:
        yield made


def state(report: Report, text: str = "hashtag:acmecoffee") -> RunState:
    return next(o.state for o in report.outcomes if o.query.text == text)


def test_it_is_off_until_it_is_enabled(world):
    assert world.settings.config.sources.connectors.enabled() == []


def test_posts_and_their_authors_land_once_and_what_they_cost_is_told(world):
    world.grow(250)
    assert state(world.run()) == RunState.OK
    assert world.spent() == world.paid
    for _ in range(2):
        world.time.pass_by(hours=6)
        world.grow(120)
        world.run()
    assert world.ids() == world.all()
    assert world.spent() == world.paid
    first, last = world.searches()[0], world.searches()[-1]
    assert first["start_time"] == "2026-02-23T06:30:00Z", "a search knows seven days"
    assert last["since_id"] == "1369"
    assert first["query"] == "#acmecoffee -is:retweet"
    queries = {a.params.get("query") for a in world.server.asked}
    assert {"from:acme -is:retweet", "@acme -is:retweet", '"a  b" -is:retweet'} <= queries
    users = [(query, identity) for query, identity, _ in landed(world.settings, "x", "users")]
    assert ("account:acme", "uacme") in users
    assert ("hashtag:acmecoffee", "7") in users


@pytest.mark.parametrize("world", [{"spend_cap": "2.3"}], indirect=True)
def test_the_month_s_cap_is_never_passed_and_reading_goes_on_the_next_month(world):
    world.time.at = datetime.fromisoformat("2026-03-31T08:00:00Z")
    world.grow(250)
    report = world.run()
    assert state(report) == RunState.QUOTA_EXHAUSTED
    assert world.paid == world.spent() <= Decimal("2.3")
    assert "2026-04-01" in "\n".join(report.lines())
    assert world.ids() == world.all()[-200:]
    searched = len(world.searches())
    world.time.pass_by(hours=8)
    world.run()
    assert len(world.searches()) == searched, "nothing is searched for without money"
    assert world.paid == world.spent() <= Decimal("2.3")
    world.time.pass_by(hours=10)
    assert state(world.run()) == RunState.OK
    assert world.ids() == world.all()


def fail_page(world: World, number: int, given: Given) -> None:
    count = [0]

    def before(asked: Asked) -> Given | None:
        if asked.path.endswith("/recent") and asked.params["query"].startswith("#acmecoffee"):
            count[0] += 1
            return given if count[0] >= number else None
        return None

    world.before = before


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (Given({"title": "x"}, 500), RunState.PARTIAL),
        (Given(raw=b'{"data": [{"id"'), RunState.PARTIAL),
        (Given({"title": "Too Many Requests"}, 429, {"Retry-After": "99999"}), "rate_limited"),
        (Given({"title": "UsageCapExceeded", "detail": "Monthly"}, 429), "quota_exhausted"),
        (Given({"title": "CreditsDepleted", "detail": "none left"}, 402), "quota_exhausted"),
        (Given({"title": "Unauthorized", "detail": TOKEN}, 401), RunState.AUTH_EXPIRED),
    ],
)
def test_what_stops_half_way_goes_on_and_tells_no_token(world, given, expected, caplog):
    caplog.set_level(logging.DEBUG)
    world.grow(250)
    fail_page(world, 2, given)
    report = world.run()
    assert state(report) == expected
    assert len(world.ids()) == 100
    world.before = None
    world.time.pass_by(hours=1)
    world.grow(3, hours=0.5)
    world.run()
    world.time.pass_by(hours=1)
    world.run()
    assert world.ids() == world.all()
    assert "until_id" not in str(world.searches()), "by its token"
    files = [path for path in world.settings.paths.home.rglob("*") if path.is_file()]
    assert not any(TOKEN.encode() in path.read_bytes() for path in files)
    assert TOKEN not in caplog.text + "\n".join(report.lines())


def test_an_error_costs_nothing(world):
    fail_page(world, 1, Given({"title": "x"}, 500))
    world.run()
    assert world.spent() == world.paid


def test_a_token_that_is_none_any_more_is_gone_on_without(world):
    world.grow(250)
    fail_page(world, 2, Given({"title": "x"}, 500))
    world.run()

    def before(asked: Asked) -> Given | None:
        if "next_token" not in asked.params or asked.params.get("until_id"):
            return None
        return Given({"errors": [{"parameters": {"next_token": ["x"]}, "message": "bad"}]}, 400)

    world.before = before
    world.run()
    assert {"1150"} == {p["until_id"] for p in world.searches() if "until_id" in p}
    world.before = None
    world.run()
    assert world.ids() == world.all()


def test_a_page_that_names_itself_again_ends_and_is_gone_on_with(world):
    world.grow(250)
    whole = world.search

    def circling(params: dict[str, str]) -> Given:
        given = whole({k: v for k, v in params.items() if k != "next_token"})
        given.body["meta"]["next_token"] = "again"
        return given

    world.search = circling
    assert state(world.run()) == RunState.PARTIAL
    assert len(world.searches()) < 12
    world.search = whole
    world.run()
    assert world.ids() == world.all()


def test_after_a_long_rest_it_asks_by_time(world):
    world.grow(5)
    world.run()
    world.time.pass_by(days=9)
    world.run()
    start = world.time.at - RECENT
    assert world.searches()[-1]["start_time"] == start.isoformat().replace("+00:00", "Z")
    assert "since_id" not in world.searches()[-1]


def test_requests_are_waited_for_by_the_platform_s_headers(world):
    reset = int((world.time.at + timedelta(minutes=14)).timestamp())
    headers = {"x-rate-limit-remaining": "0", "x-rate-limit-reset": str(reset)}
    asked: list[Asked] = []

    def before(one: Asked) -> Given | None:
        asked.append(one)
        return Given({"meta": {}}, 200, headers) if len(asked) == 1 else None

    world.before = before
    world.run()
    assert world.time.slept == [pytest.approx(840)]


@pytest.mark.slow
def test_deletions_are_known_within_a_day_and_for_thirty(world):
    world.grow(150)
    world.run()
    world.gone = {"1000": "resource-not-found", "1001": "not-authorized-for-resource", "1002": ""}
    world.gone["1003"] = "service-is-not-well"
    world.time.pass_by(days=1)
    world.run()
    missing = {i: json.loads(r) for _, i, r in landed(world.settings, "x", "missing")}
    assert missing.keys() == {"1000", "1001", "1002"}
    assert {batch.stream for batch in batches(world.settings, "x")} == {"posts", "users", "missing"}
    assert missing["1000"]["type"].endswith("resource-not-found")
    assert missing["1002"] == {"id": "1002"}, "left out twice without a word"
    reread = [a.params["ids"].count(",") + 1 for a in world.server.asked if a.path == "/2/tweets"]
    assert max(reread) == 100
    for _ in range(31):
        world.time.pass_by(days=1)
        world.run()
    again = [query for query, *_ in landed(world.settings, "x", "posts") if query == "reread"]
    assert len(again) == 29 * 146
    assert batches(world.settings, "x")[-1].status in ("no_data", "ok")


@pytest.mark.parametrize("refusal", [REFUSAL, IN_WORDS, BY_ITSELF])
def test_a_server_that_knows_the_newer_names_alone_is_asked_by_these(world, refusal):
    world.knows, world.refusal = ("post.fields", "user.fields"), refusal
    world.grow(150)
    assert state(world.run()) == RunState.OK
    refused = [a for a in world.server.asked if "tweet.fields" in a.params]
    assert len(refused) == 1, "the rest of the run is asked by the newer names"
    assert world.ids() == world.all()
    assert world.spent() == world.paid, "what was refused cost nothing"
    world.time.pass_by(days=1, hours=1)
    world.run()
    again = [query for query, *_ in landed(world.settings, "x", "posts") if query == "reread"]
    assert len(again) == 150
    assert world.spent() == world.paid
    asked = [a.params for a in world.server.asked if "post.fields" in a.params]
    assert {p["expansions"] for p in asked} == {"author_id,edit_history_post_ids"}
    assert all("note_post" in p["post.fields"] for p in asked)


def test_a_refusal_of_something_else_does_not_change_the_names(world):
    bad = {"errors": [{"parameters": {"query": ["tweet.fields"]}, "message": "no"}]}
    fail_page(world, 1, Given(bad, 400))
    assert state(world.run()) == RunState.FAILED
    assert not [a for a in world.server.asked if "post.fields" in a.params]


def test_what_comes_along_is_paid_for_once(world):
    world.knows = ("post.fields", "user.fields")
    world.grow(3)
    whole = world.search

    def with_versions(params: dict[str, str]) -> Given:
        given = whole(params)
        earlier = [{"id": "5", "text": "before"}]
        given.body.setdefault("includes", {})["posts"] = [*given.body["data"], *earlier]
        world.paid += POST
        return given

    world.search = with_versions
    world.run()
    assert world.ids() == world.all()
    assert world.spent() == world.paid


def edit(world: World, number: int, new: str) -> None:
    """Edit a post: what is asked for by an older id is told as it was, with all ids."""
    post = world.posts[number]
    ids = [*post.get("edit_history_tweet_ids", [post["id"]]), new]
    post["edit_history_tweet_ids"] = ids
    world.posts.append({**post, "id": new, "text": "edited #acmecoffee"})


def test_all_versions_of_a_post_land_under_the_first_one_s_id(world):
    world.grow(5)
    edit(world, 4, "2001")
    world.run()
    assert world.ids() == ["1000", "1001", "1002", "1003", "1004"]
    world.time.pass_by(days=1, hours=1)
    edit(world, 3, "2002")
    world.run()
    rows = landed(world.settings, "x", "posts")
    read = {i: json.loads(raw)["id"] for query, i, raw in rows if query == "reread"}
    assert read == {"1000": "1000", "1001": "1001", "1002": "1002", "1003": "2002", "1004": "2001"}
    assert landed(world.settings, "x", "missing") == []
    asked = [a.params["ids"].split(",") for a in world.server.asked if a.path == "/2/tweets"]
    assert asked == [["1000", "1001", "1002", "1003", "2001"], ["2002"]]
    assert world.spent() == world.paid
    world.gone = {"2001": "resource-not-found"}
    world.time.pass_by(days=1)
    world.run()
    (missing,) = landed(world.settings, "x", "missing")
    assert (missing[1], json.loads(missing[2])["id"]) == ("1004", "1004")
    assert json.loads(missing[2])["resource_id"] == "2001"


def test_an_edited_post_that_landed_under_its_own_id_before_is_not_missing(world):
    world.grow(1)
    world.run()
    world.posts[0]["edit_history_tweet_ids"] = ["900", "1000"]
    world.time.pass_by(days=1, hours=1)
    world.run()
    assert landed(world.settings, "x", "missing") == []


@pytest.mark.parametrize("odd", ["sixteen_letters_", "anna.brews", "ann a", "ünna"])
def test_a_handle_that_x_gives_nobody_fails_the_call_of_no_other(world, odd, caplog):
    publish_roster(world.settings, [("x", odd, "c1"), ("x", "anna", "c2")])

    def before(asked: Asked) -> Given | None:
        names = asked.params.get("usernames", "").split(",")
        if asked.path == "/2/users/by" and not all(re.fullmatch(FORM, name) for name in names):
            message = f"The `usernames` query parameter value [x] does not match {FORM}"
            body = {"errors": [{"parameters": {"usernames": names}, "message": message}]}
            return Given({**body, "title": "Invalid Request"}, 400)
        return None

    world.before = before
    with caplog.at_level(logging.WARNING):
        report = world.run()
    users = {query for query, *_ in landed(world.settings, "x", "users")}
    assert users == {"account:acme", "account:anna"}
    outcomes = [o for o in report.outcomes if o.query.text == f"account:{odd}"]
    assert [o.state for o in outcomes] == [RunState.NOT_FOUND] * 2
    assert {o.text for o in outcomes} == {
        "a handle of x is 1 to 15 of the letters a to z, digits and _; "
        "correct it where creator_accounts come from"
    }
    assert odd in caplog.text
    assert not any(odd in str(asked.params) for asked in world.server.asked)
    assert any(odd in line for line in report.lines())
    assert not report.may_be_retried


def test_a_handle_that_is_not_there_is_told_from_one_that_posts_nothing(world):
    gone = {"value": "acme", "title": "Not Found Error", "parameter": "usernames"}
    world.before = lambda asked: Given({"errors": [gone]}) if asked.path == "/2/users/by" else None
    report = world.run()
    states = {(o.query.stream, o.query.text): o.state for o in report.outcomes}
    assert states["users", "account:acme"] == RunState.NOT_FOUND
    assert states["posts", "account:acme"] == RunState.NO_DATA
    assert [b.status for b in batches(world.settings, "x") if b.stream == "users"] == ["not_found"]


def test_an_app_without_access_to_searches_needs_a_person(world):
    body = {
        "title": "Client Forbidden",
        "type": "https://api.twitter.com/2/problems/client-forbidden",
        "reason": "client-not-enrolled",
        "detail": "When authenticating requests to the Twitter API v2 endpoints, you must use keys",
    }
    world.before = lambda asked: Given(body, 403) if "search" in asked.path else None
    report = world.run()
    assert report.needs_credentials
    assert [o.state for o in report.outcomes if o.query.stream == "users"] == [RunState.OK]
