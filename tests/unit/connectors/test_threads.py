"""Threads: searches that go on by time, a token an account, insights, and posts that are gone."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from reachline.connectors.connections import Connection
from reachline.connectors.ingest import Report, ingest
from reachline.connectors.types import RunState
from reachline.settings import Settings
from tests.unit.connectors.homes import FakeTime, batches, landed, make_home
from tests.unit.connectors.server import Asked, Given, Server, serving

TOKEN, OTHER = "THAA-s3cret-acme", "THAA-s3cret-anna"
TAG, WORD = "hashtag:coldbrew", "keyword:acme coffee"
MINE, MENTION, ANNA = "account:acme", "mention:acme", "account:anna.brews"
FIELDS = "id,media_type,permalink,username,text,timestamp,topic_tag,link_attachment_url"


def refusal(code: int, status: int = 400, subcode: int | None = None) -> Given:
    more = {} if subcode is None else {"error_subcode": subcode}
    error = {"message": "no", "type": "OAuthException", "code": code, **more}
    return Given({"error": {**error, "fbtrace_id": "A"}}, status)


GONE = refusal(24, subcode=4279009)
UNCLEAR = refusal(100, subcode=33)


def post(number: int, at: datetime, username: str, **more: Any) -> dict[str, Any]:
    return {
        "id": f"180{number:06}",
        "media_type": "TEXT_POST",
        "permalink": f"https://www.threads.com/@{username}/post/D{number:06}",
        "username": username,
        "text": "Kaffee ☕",
        "timestamp": at.strftime("%Y-%m-%dT%H:%M:%S+0000"),
        **more,
    }


@dataclass
class Fake:
    """Posts by what finds them, oldest first; a cursor is the id of the last post of a page."""

    lists: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    gone: dict[str, Given] = field(default_factory=dict)
    before: Callable[[Asked], Given | None] = lambda asked: None
    refused: set[str] = field(default_factory=set)
    size: int = 100

    def answer(self, asked: Asked) -> Given:
        token = asked.headers["Authorization"].removeprefix("Bearer ")
        if token in self.refused:
            return refusal(190, 401, 463)
        path = asked.path.removeprefix("/v1.0/")
        return self.before(asked) or self.found(path, asked.params, token)

    def found(self, path: str, params: dict[str, str], token: str) -> Given:
        me = {TOKEN: "acme", OTHER: "bo"}[token]
        if path == "keyword_search":
            return Given({"data": self.search(params)})
        if path == "profile_lookup":
            name = params["username"]
            known = {"username": name, "name": "Anna", "follower_count": 120, "likes_count": 3}
            return Given(known) if name in self.lists else GONE
        if path == "profile_posts":
            name = params["username"]
            return self.page(name, params) if name in self.lists else GONE
        if path == "me":
            return Given({"id": "99", "username": me, "name": "Acme", "is_verified": True})
        if path == "me/threads_insights":
            count = {"name": "followers_count", "period": "day", "total_value": {"value": 7}}
            return Given({"data": [count]})
        if path.startswith("me/"):
            return self.page(f"{me}/{path[3:]}", params)
        if path.endswith("/insights"):
            names = params["metric"].split(",")
            rows = [{"name": n, "period": "lifetime", "values": [{"value": 4}]} for n in names]
            return Given({"data": rows})
        by_id = {one["id"]: one for those in self.lists.values() for one in those}
        return self.gone.get(path) or Given(by_id[path])

    def search(self, params: dict[str, str]) -> list[dict[str, Any]]:
        kind = "hashtag" if params.get("search_mode") == "TAG" else "keyword"
        since, until = int(params["since"]), int(params["until"])
        assert since < until
        found = [
            one
            for one in self.lists.get(f"{kind}:{params['q']}", [])[::-1]
            if since <= datetime.fromisoformat(one["timestamp"]).timestamp() <= until
        ]
        return found[: self.size]

    def page(self, name: str, params: dict[str, str]) -> Given:
        found = self.lists.get(name, [])[::-1]
        after = params.get("after")
        start = next((n + 1 for n, one in enumerate(found) if one["id"] == after), 0)
        page = found[start : start + self.size]
        cursors = {"before": page[0]["id"], "after": page[-1]["id"]} if page else {}
        return Given({"data": page, **({"paging": {"cursors": cursors}} if page else {})})


@dataclass
class World:
    settings: Settings
    fake: Fake
    server: Server
    time: FakeTime = field(default_factory=FakeTime)
    made: int = 0
    tokens: Any = field(default_factory=lambda: {"@Acme": TOKEN})

    def run(self, name: str = "r") -> Report:
        extra = {"base_url": self.server.url, "tokens": self.tokens}
        connection = Connection(extra=extra)
        clock = self.time.clock()
        return ingest(self.settings, "threads", name, clock=clock, connection=connection)

    def grow(
        self, name: str, count: int, hours: float = 6, username: str = "anna.brews", **more: Any
    ) -> list[str]:
        start, step = self.time.at - timedelta(hours=hours), timedelta(hours=hours) / (count + 1)
        new = [post(self.made + n, start + step * (n + 1), username, **more) for n in range(count)]
        self.made += count
        self.fake.lists.setdefault(name, []).extend(new)
        return [one["id"] for one in new]

    def ids(self, query: str, stream: str = "posts") -> list[str]:
        rows = landed(self.settings, "threads", stream)
        return [found for text, found, _ in rows if text == query]

    def calls(self, path: str) -> list[dict[str, str]]:
        return [asked.params for asked in self.server.asked if asked.path == f"/v1.0/{path}"]

    def cursor(self, query: str) -> Any:
        found = [b for b in batches(self.settings, "threads") if b.query == query]
        return next(b.cursor for b in reversed(found) if b.stream == "posts")


@contextmanager
def world(tmp_path: Path, brand: dict[str, Any] | None = None, **options: Any) -> Iterator[World]:
    fake = Fake()
    asked = {"hashtags": ["coldbrew"], "keywords": ["acme coffee"], **(brand or {})}
    settings = make_home(tmp_path, {"threads": options}, **asked)
    with serving(fake.answer) as server:
        yield World(settings, fake, server)


def state(report: Report, query: str, stream: str = "posts") -> RunState:
    return next(
        outcome.state
        for outcome in report.outcomes
        if (outcome.query.stream, outcome.query.text) == (stream, query)
    )


def test_a_search_goes_on_by_time_and_lands_each_post_once(tmp_path):
    with world(tmp_path) as w:
        w.fake.size = 100
        posts = w.grow(TAG, 250)
        assert state(w.run(), TAG) == RunState.OK
        assert sorted(w.ids(TAG)) == sorted(posts)
        first, *_ = [p for p in w.calls("keyword_search") if p["q"] == "coldbrew"]
        now = datetime(2026, 3, 2, 6, tzinfo=UTC)
        assert first == {
            "q": "coldbrew",
            "search_mode": "TAG",
            "search_type": "RECENT",
            "fields": FIELDS,
            "limit": "100",
            "since": str(int((now - timedelta(days=7)).timestamp())),
            "until": str(int(now.timestamp())),
        }
        w.time.pass_by(hours=6)
        posts += w.grow(TAG, 60)
        w.run()
        assert sorted(w.ids(TAG)) == sorted(posts)


def test_a_keyword_is_no_topic_tag(tmp_path):
    with world(tmp_path) as w:
        posts = w.grow(WORD, 2)
        w.run()
        assert sorted(w.ids(WORD)) == posts
        assert [p.get("search_mode") for p in w.calls("keyword_search") if " " in p["q"]] == [
            None,
            None,
        ]


def test_records_land_as_they_came(tmp_path):
    with world(tmp_path) as w:
        w.grow(TAG, 1, topic_tag="Cold Brew")
        w.run()
        ((_, found, record),) = landed(w.settings, "threads", "posts")
        assert (found, record) == ("180000000", json.dumps(w.fake.lists[TAG][0]))


def test_posts_of_one_second_are_all_read_while_a_page_holds_them(tmp_path):
    with world(tmp_path) as w:
        at = w.time.at - timedelta(hours=1)
        w.fake.lists[TAG] = [post(n, at, "anna") for n in range(60)]
        w.fake.lists[TAG] += [post(n, at + timedelta(minutes=1), "anna") for n in range(60, 120)]
        assert state(w.run(), TAG) == RunState.OK
        assert len(set(w.ids(TAG))) == 120


def test_more_posts_of_one_second_than_a_page_are_told_of_and_left_behind(tmp_path):
    with world(tmp_path) as w:
        at = w.time.at - timedelta(hours=1)
        w.fake.lists[TAG] = [post(n, at, "anna") for n in range(150)]
        w.fake.lists[TAG].insert(0, post(900, at - timedelta(hours=1), "anna"))
        report = w.run()
        assert state(report, TAG) == RunState.PARTIAL
        assert "posts of one second" in "\n".join(report.lines())
        assert state(w.run("r2"), TAG) == RunState.OK
        assert "180000900" in w.ids(TAG)
        assert len(w.ids(TAG)) == 101


def test_searches_are_counted_in_24_hours(tmp_path):
    tags = [f"tag{n}" for n in range(3)]
    with world(tmp_path, {"hashtags": tags, "keywords": []}, searches_a_day=4) as w:
        for tag in tags:
            w.grow(f"hashtag:{tag}", 1)
        # two searches each, for one more sees that nothing is left
        report = w.run()
        states = [state(report, f"hashtag:{tag}") for tag in tags]
        assert states == [RunState.OK, RunState.OK, RunState.QUOTA_EXHAUSTED]
        w.time.pass_by(hours=23)
        assert state(w.run("r2"), "hashtag:tag2") == RunState.QUOTA_EXHAUSTED
        w.time.pass_by(hours=1, minutes=1)
        assert state(w.run("r3"), "hashtag:tag2") == RunState.OK, "who waits longest goes first"


def test_a_search_that_finds_nothing_costs_nothing(tmp_path):
    tags = [f"tag{n}" for n in range(5)]
    with world(tmp_path, {"hashtags": tags, "keywords": []}, searches_a_day=1) as w:
        report = w.run()
        assert {state(report, f"hashtag:{tag}") for tag in tags} == {RunState.NO_DATA}


def test_lookups_are_counted_apart(tmp_path):
    with world(tmp_path, {"handles": {"threads": ["anna.brews", "bob"]}}, lookups_a_day=3) as w:
        w.grow("anna.brews", 2)
        w.grow("bob", 2)
        report = w.run()
        asked = len(w.calls("profile_lookup")) + len(w.calls("profile_posts"))
        assert asked == 3
        found = {o.state for o in report.outcomes if o.query.text in (ANNA, "account:bob")}
        assert RunState.QUOTA_EXHAUSTED in found
        assert state(report, TAG) == RunState.NO_DATA


def test_who_gave_a_token_is_read_by_it_with_insights_and_mentions(tmp_path):
    with world(tmp_path, {"handles": {"threads": ["acme"]}}) as w:
        w.tokens = {"acme": TOKEN, "bo": OTHER}
        mine = w.grow("acme/threads", 3, username="acme")
        w.grow("acme/threads", 1, username="anna", media_type="REPOST_FACADE")
        theirs = w.grow("bo/threads", 2, username="bo")
        mentions = w.grow("acme/mentions", 2)
        report = w.run()
        assert sorted(w.ids(MINE)) == mine
        assert sorted(w.ids(MENTION)) == mentions
        assert sorted(w.ids("account:bo")) == theirs
        assert sorted(w.ids(MINE, "media_insights")) == mine
        assert w.ids(MINE, "users") == ["99"]
        assert state(report, MINE, "users") == RunState.OK
        by_token = {
            asked.headers["Authorization"].removeprefix("Bearer ")
            for asked in w.server.asked
            if asked.path.split("/")[2] in theirs
        }
        assert by_token == {OTHER}
        assert w.calls("profile_lookup") == [], "who gave a token needs no look-up"
        user = json.loads(landed(w.settings, "threads", "users")[0][2])
        assert user["user"]["username"] == "acme"
        assert user["data"][0]["total_value"] == {"value": 7}
        insight = json.loads(landed(w.settings, "threads", "media_insights")[0][2])
        assert [row["name"] for row in insight["data"]] == [
            *("views", "likes", "replies", "reposts", "quotes", "shares")
        ]


def test_who_made_what_a_search_finds_is_looked_up_once_a_run(tmp_path):
    with world(tmp_path, {"handles": {"threads": ["acme", "anna.brews"]}}) as w:
        for name in ("acme", "anna.brews", "bob", "bob", "small"):
            w.grow(TAG, 1, username=name)
        w.fake.lists["bob"] = w.fake.lists["anna.brews"] = []
        w.run()
        assert w.ids(TAG, "profiles") == ["bob"]
        assert len(w.ids(TAG)) == 5
        w.time.pass_by(hours=6)
        w.run("r2")
        assert w.ids(TAG, "profiles") == ["bob"], "of new posts alone"


@pytest.mark.parametrize("lookups", [None, 1])
def test_posts_are_landed_when_their_authors_cannot_be_looked_up(tmp_path, lookups):
    options = {"lookups_a_day": lookups} if lookups else {}
    with world(tmp_path, **options) as w:
        posts = [*w.grow(TAG, 1, username="bob"), *w.grow(TAG, 2, username="cy")]
        w.fake.lists |= {"bob": [], "cy": []}
        if not lookups:
            w.fake.before = lambda a: refusal(10) if a.path.endswith("profile_lookup") else None
        assert state(w.run(), TAG) == RunState.OK
        assert sorted(w.ids(TAG)) == sorted(posts)
        assert len(w.ids(TAG, "profiles")) == (lookups or 0)
        assert len(w.calls("profile_lookup")) == 1, "nobody is asked for after that"


def test_other_accounts_are_looked_up(tmp_path):
    with world(tmp_path, {"handles": {"threads": ["anna.brews", "small"]}}) as w:
        posts = w.grow("anna.brews", 130)
        report = w.run()
        assert sorted(w.ids(ANNA)) == posts
        assert w.ids(ANNA, "profiles") == ["anna.brews"]
        assert w.ids(ANNA, "media_insights") == []
        # private, or of fewer than 100 followers
        assert state(report, "account:small") == RunState.NO_DATA
        assert state(report, "account:small", "profiles") == RunState.NO_DATA


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (refusal(4), RunState.RATE_LIMITED),
        (refusal(17, 403), RunState.RATE_LIMITED),
        (refusal(613), RunState.RATE_LIMITED),
        (refusal(190, 401, 463), RunState.AUTH_EXPIRED),
        (refusal(10, 500), RunState.AUTH_EXPIRED),
        (refusal(2, 500), RunState.PARTIAL),
        (refusal(1), RunState.PARTIAL),
    ],
)
@pytest.mark.parametrize("query", [TAG, ANNA])
def test_a_stop_half_way_loses_and_doubles_nothing(tmp_path, given, expected, query):
    with world(tmp_path, {"handles": {"threads": ["anna.brews"]}}) as w:
        name = query if query == TAG else "anna.brews"
        posts = w.grow(name, 250)
        asked_before: list[Asked] = []

        def fails(asked: Asked) -> Given | None:
            is_search = asked.params.get("q") == "coldbrew"
            if is_search if query == TAG else asked.path.endswith("profile_posts"):
                asked_before.append(asked)
            return given if asked in asked_before[1:] else None

        w.fake.before = fails
        assert state(w.run(), query) == expected
        assert len(w.ids(query)) == 100
        w.fake.before = lambda asked: None
        w.time.pass_by(hours=1)
        posts += w.grow(name, 5, hours=1)
        assert state(w.run("r2"), query) == RunState.OK
        w.run("r3")
        assert sorted(w.ids(query)) == sorted(posts)


def test_a_page_that_expired_is_left_for_the_newest(tmp_path):
    with world(tmp_path, {"handles": {"threads": ["anna.brews"]}}) as w:
        posts = w.grow("anna.brews", 150)
        w.fake.before = lambda a: refusal(4) if "after" in a.params else None
        w.run()
        once = [refusal(100)]
        w.fake.before = lambda a: once.pop() if once and "after" in a.params else None
        assert state(w.run("r2"), ANNA) == RunState.OK
        assert sorted(w.ids(ANNA)) == posts


def test_cut_json_is_asked_again(tmp_path):
    with world(tmp_path) as w:
        posts = w.grow(TAG, 3)
        once = [Given(raw=b'{"data": [{"id"')]
        w.fake.before = lambda a: once.pop() if once and a.params.get("q") == "coldbrew" else None
        assert state(w.run(), TAG) == RunState.OK
        assert sorted(w.ids(TAG)) == posts


def test_a_token_that_is_refused_stops_its_own_account_alone(tmp_path):
    with world(tmp_path) as w:
        w.tokens = {"acme": TOKEN, "bo": OTHER}
        mine = w.grow("acme/threads", 1, username="acme")
        theirs = w.grow("bo/threads", 1, username="bo")
        w.run()
        w.time.pass_by(days=1)
        w.server.asked.clear()
        w.fake.refused = {OTHER}
        report = w.run("r2")
        assert state(report, "account:bo") == RunState.AUTH_EXPIRED
        assert state(report, MINE) != RunState.AUTH_EXPIRED
        assert state(report, "reread") == RunState.OK
        assert w.ids("reread") == mine
        assert w.ids("reread", "missing") == []
        refused = [a for a in w.server.asked if a.headers["Authorization"].endswith(OTHER)]
        assert len(refused) == 1, "once it is refused, nothing more is asked with it"
        w.fake.refused = set()
        w.run("r3")
        assert sorted(w.ids("reread")) == sorted([*mine, *theirs]), "they have waited"


def test_counts_are_read_again_with_the_token_of_the_author(tmp_path):
    with world(tmp_path) as w:
        mine = w.grow("acme/threads", 2, username="acme")
        found = w.grow(TAG, 1)
        w.run()
        w.time.pass_by(days=1)
        w.run("r2")
        assert sorted(w.ids("reread")) == sorted([*mine, *found])
        assert sorted(w.ids("reread", "media_insights")) == mine


@pytest.mark.parametrize("given", [GONE, UNCLEAR])
def test_a_post_that_is_gone_is_missing_once(tmp_path, given):
    with world(tmp_path) as w:
        mine = w.grow("acme/threads", 2, username="acme")
        found = w.grow(TAG, 3)
        w.run()
        w.time.pass_by(days=1)
        w.fake.gone = {found[1]: given, mine[0]: given}
        w.run("r2")
        w.time.pass_by(days=1)
        w.run("r3")
        rows = landed(w.settings, "threads", "missing")
        assert sorted((i, raw) for _, i, raw in rows) == sorted(
            (i, json.dumps({"id": i}, separators=(",", ":"))) for i in (mine[0], found[1])
        )


def test_a_token_that_may_read_nobody_else_takes_no_post_for_deleted(tmp_path):
    with world(tmp_path) as w:
        mine = w.grow("acme/threads", 1, username="acme")
        found = w.grow(TAG, 3)
        w.run()
        w.time.pass_by(days=1)
        w.fake.gone = dict.fromkeys(found, UNCLEAR)
        report = w.run("r2")
        assert state(report, "reread") == RunState.OK
        assert w.ids("reread") == mine
        assert w.ids("reread", "missing") == []


@pytest.mark.parametrize("tokens", [None, {}, "acme"])
def test_without_tokens_nothing_is_asked(tmp_path, tokens):
    with world(tmp_path) as w:
        w.tokens = tokens
        report = w.run()
        assert report.state == RunState.AUTH_EXPIRED
        assert "tokens" in report.outcomes[-1].text
        assert w.server.asked == []


def test_the_tokens_go_by_header_and_are_written_nowhere(tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    with world(tmp_path) as w:
        w.tokens = {"acme": TOKEN, "bo": OTHER}
        w.grow(TAG, 3)
        w.grow("bo/threads", 1, username="bo")
        bad = {"error": {"message": f"bad {TOKEN} {OTHER}", "code": 1}}
        w.fake.before = lambda a: Given(bad, 400) if "mentions" in a.path else None
        report = w.run()
        assert state(report, MENTION) == RunState.FAILED
        said = (
            caplog.text
            + "\n".join(report.lines())
            + json.dumps([asked.params for asked in w.server.asked])
        )
        files = [path for path in w.settings.paths.home.rglob("*") if path.is_file()]
        for token in (TOKEN, OTHER):
            assert token not in said
            assert not any(token.encode() in path.read_bytes() for path in files)
