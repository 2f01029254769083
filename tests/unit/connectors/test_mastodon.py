"""Mastodon, and through it what holds for every connector: cursors, states, once, read again."""

from __future__ import annotations

import json
import logging
import multiprocessing
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from reachline.connectors.clock import Clock
from reachline.connectors.connections import Connection
from reachline.connectors.ingest import IngestBusyError, Report, ingest
from reachline.connectors.types import RunState
from reachline.landing import sweep
from reachline.settings import Settings
from tests.unit.connectors.homes import FakeTime, batches, landed, make_home, publish_accounts
from tests.unit.connectors.server import Asked, Given, Server, serving

TOKEN = "m4stodon-token"
HOST, OTHER = "social.example", "kaffee.example"


def status(number: int, tag: str, at: datetime) -> dict[str, Any]:
    return {
        "id": f"A{number:04d}z",
        "uri": f"https://{HOST}/users/a/statuses/{number}",
        "created_at": at.isoformat().replace("+00:00", ".000Z"),
        "visibility": "public",
        "content": "<p>Kaffee ☕</p>",
        "favourites_count": number,
        "_tag": tag,
    }


@dataclass
class Fake:
    """Servers that share posts by tag, each by ids of its own.

    `before` may answer a request in their stead; `many` is the status of the call for several
    statuses; `dropped` are the URIs that a server has no copy of.
    """

    posts: list[dict[str, Any]] = field(default_factory=list)
    accounts: dict[str, dict[str, Any]] = field(default_factory=dict)
    before: Any = None
    feeds: str = "public"
    made: int = 0
    many: int = 200
    finds: bool = True
    has_offset: bool = True
    dropped: dict[str, set[str]] = field(default_factory=dict)

    def held(self, server: str) -> list[dict[str, Any]]:
        """Return the posts as a server has them."""
        gone = self.dropped.get(server, set())
        own = "" if server == HOST else server[0].upper()
        return [{**p, "id": own + p["id"]} for p in self.posts if p["uri"] not in gone]

    def answer(self, asked: Asked) -> Given:
        if self.before is not None:
            given = self.before(asked)
            if given is not None:
                return given
        server, *parts = asked.path.strip("/").split("/")
        posts = self.held(server)
        if parts[:4] == ["api", "v1", "timelines", "tag"]:
            return Given(self.page([p for p in posts if p["_tag"] == parts[4]], asked))
        if parts == ["api", "v1", "accounts", "lookup"]:
            found = self.accounts.get(asked.params["acct"])
            return Given(found) if found else Given({"error": "Record not found"}, 404)
        if parts[:3] == ["api", "v1", "accounts"]:
            return Given(self.page([p for p in posts if p["_tag"] == parts[3]], asked))
        if parts == ["api", "v1", "statuses"]:
            if self.many != 200:
                return Given({"error": "Not found"}, self.many)
            ids = asked.lists["id[]"]
            assert len(ids) <= 20, "Mastodon answers 422"
            return Given([p for p in posts if p["id"] in ids])
        if parts[:3] == ["api", "v1", "statuses"]:
            found = next((p for p in posts if p["id"] == parts[3]), None)
            return Given(found) if found else Given({"error": "Record not found"}, 404)
        if parts == ["api", "v2", "instance"]:
            feeds = {"hashtag_feeds": {"local": self.feeds, "remote": self.feeds}}
            return Given({"configuration": {"timelines_access": feeds}})
        if parts == ["api", "v2", "search"]:
            start = int(asked.params["offset"]) if self.has_offset else 0
            found = posts[::-1][start : start + 40] if self.finds else []
            return Given({"accounts": [], "hashtags": [], "statuses": found})
        return Given({"error": "?"}, 404)

    def page(self, posts: list[dict[str, Any]], asked: Asked) -> list[dict[str, Any]]:
        ids = [post["id"] for post in posts]
        most = asked.params.get("max_id")
        # an id that is gone still has its place
        end = ids.index(most) if most in ids else sum(most is None or i < most for i in ids)
        return posts[max(end - 40, 0) : end][::-1]

    def arrive(self, post: dict[str, Any]) -> None:
        """Add a post where its id says: by when it was made."""
        self.posts = sorted([*self.posts, post], key=lambda post: str(post["created_at"]))


@dataclass
class World:
    settings: Settings
    fake: Fake
    server: Server
    time: FakeTime = field(default_factory=FakeTime)
    extra: dict[str, Any] = field(default_factory=dict)

    def run(self, name: str = "r") -> Report:
        connection = Connection(extra={"base_url": self.server.url, **self.extra})
        return ingest(
            self.settings, "mastodon", name, clock=self.time.clock(), connection=connection
        )

    def uris(self, tag: str) -> list[str]:
        rows = landed(self.settings, "mastodon", "statuses")
        return [uri for query, uri, _ in rows if query == f"hashtag:{tag}@{HOST}"]

    def expected(self, tag: str) -> list[str]:
        return sorted(post["uri"] for post in self.fake.posts if post["_tag"] == tag)


@contextmanager
def world(tmp_path: Path, brand: dict[str, Any] | None = None, **options: Any) -> Iterator[World]:
    fake = Fake()
    settings = make_home(tmp_path, {"mastodon": {"servers": [HOST], **options}}, **(brand or {}))
    with serving(fake.answer) as server:
        yield World(settings, fake, server)


def grow(world: World, count: int, tag: str = "acmecoffee", days: float = 1.0) -> None:
    """Add posts of the last `days`, the oldest first."""
    start, base = world.time.at - timedelta(days=days), world.fake.made
    world.fake.made += count
    step = timedelta(days=days) / (count + 1)
    world.fake.posts += [status(base + n, tag, start + step * (n + 1)) for n in range(count)]


def states(report: Report) -> dict[str, RunState]:
    return {outcome.query.text: outcome.state for outcome in report.outcomes}


def test_every_post_lands_once_over_several_days(tmp_path):
    with world(tmp_path) as w:
        grow(w, 95)
        report = w.run()
        assert states(report) == {
            f"hashtag:acmecoffee@{HOST}": RunState.OK,
            f"hashtag:brewbetter@{HOST}": RunState.NO_DATA,
            "reread": RunState.NO_DATA,
        }
        assert sorted(w.uris("acmecoffee")) == w.expected("acmecoffee")
        for _ in range(3):
            w.time.pass_by(hours=6)
            grow(w, 50, days=0.25)
            grow(w, 5, "brewbetter", days=0.25)
            w.run()
        assert sorted(w.uris("acmecoffee")) == w.expected("acmecoffee")
        assert sorted(w.uris("brewbetter")) == w.expected("brewbetter")


def test_records_land_as_they_came(tmp_path):
    with world(tmp_path) as w:
        grow(w, 1)
        w.run()
        ((query, uri, record),) = landed(w.settings, "mastodon", "statuses")
        assert (query, uri) == (f"hashtag:acmecoffee@{HOST}", w.fake.posts[0]["uri"])
        assert record == json.dumps(w.fake.posts[0]), "byte for byte"
        (batch,) = [b for b in batches(w.settings, "mastodon") if b.rows]
        cursor = {"since": "2026-02-23T06:00:00Z", "until": "2026-03-02T06:00:00Z"}
        cursor["back"] = "A0000z"
        assert (batch.status, batch.query, batch.cursor) == ("ok", query, cursor)
        assert batch.logical_date == "2026-03-02"


def test_the_first_time_goes_back_as_far_as_told(tmp_path):
    with world(tmp_path, first_days=3) as w:
        grow(w, 200, days=10)
        w.run()
        since = (w.time.at - timedelta(days=3)).isoformat()
        recent = [p["uri"] for p in w.fake.posts if p["created_at"] >= since]
        assert sorted(w.uris("acmecoffee")) == sorted(recent)


def test_hashtags_have_cursors_of_their_own(tmp_path):
    with world(tmp_path) as w:
        grow(w, 3)
        grow(w, 3, "brewbetter")
        w.run()
        cursors = {b.query: b.cursor["back"] for b in batches(w.settings, "mastodon") if b.cursor}
        assert cursors == {
            f"hashtag:acmecoffee@{HOST}": "A0000z",
            f"hashtag:brewbetter@{HOST}": "A0003z",
        }


def fails_on_page(number: int, given: Given) -> Any:
    seen: list[str] = []

    def before(asked: Asked) -> Given | None:
        if "/timelines/tag/acmecoffee" in asked.path:
            seen.append(asked.path)
            return given if len(seen) >= number else None
        return None

    return before


@pytest.mark.parametrize("first", [True, False], ids=["first", "second"])
@pytest.mark.parametrize(
    ("given", "state"),
    [
        (Given({"error": "down"}, 500), RunState.PARTIAL),
        (Given({}, 429, {"Retry-After": "99999"}), RunState.RATE_LIMITED),
        (Given(raw=b'[{"id": "A00'), RunState.PARTIAL),
        (Given([], length=77), RunState.PARTIAL),
    ],
    ids=["500", "429", "JSON cut", "connection cut"],
)
def test_a_run_that_stops_half_way_goes_on_where_it_stopped(tmp_path, first, given, state):
    with world(tmp_path) as w:
        grow(w, 100)
        if not first:
            w.run()
            w.time.pass_by(hours=6)
            grow(w, 100, days=0.25)
        # the second time begins with the page after the last one of the first, which is empty twice
        w.fake.before = fails_on_page(2 if first else 4, given)
        report = w.run()
        assert states(report)[f"hashtag:acmecoffee@{HOST}"] == state
        grow(w, 3, days=0.01)
        w.fake.before = None
        w.time.pass_by(hours=1)
        w.run()
        assert sorted(w.uris("acmecoffee")) == w.expected("acmecoffee")


def test_posts_that_appear_between_pages_are_neither_lost_nor_doubled(tmp_path):
    with world(tmp_path) as w:
        grow(w, 100)

        def before(asked: Asked) -> None:
            if "/timelines/tag/acmecoffee" in asked.path and len(w.fake.posts) < 140:
                grow(w, 10, days=0.01)

        w.fake.before = before
        w.run()
        w.fake.before = None
        w.run()
        assert sorted(w.uris("acmecoffee")) == w.expected("acmecoffee")


def test_a_server_that_repeats_a_page_is_not_followed_for_ever(tmp_path):
    with world(tmp_path) as w:
        grow(w, 90)
        repeated = w.fake.page(w.fake.posts, Asked("GET", "", {}, {}, b""))
        w.fake.before = fails_on_page(1, Given(repeated))
        assert states(w.run())[f"hashtag:acmecoffee@{HOST}"] == RunState.PARTIAL
        assert len([a for a in w.server.asked if "acmecoffee" in a.path]) < 6
        assert len(w.uris("acmecoffee")) == len(set(w.uris("acmecoffee"))) == 40
        w.fake.before = None
        w.run()
        assert sorted(w.uris("acmecoffee")) == w.expected("acmecoffee")


def test_a_tag_that_a_server_does_not_know_is_no_data(tmp_path):
    with world(tmp_path) as w:
        w.fake.before = fails_on_page(1, Given({"error": "Record not found"}, 404))
        assert states(w.run())[f"hashtag:acmecoffee@{HOST}"] == RunState.NO_DATA


def test_a_server_that_shows_no_hashtags_is_not_taken_for_an_empty_one(tmp_path):
    with world(tmp_path) as w:
        w.fake.feeds = "disabled"
        assert states(w.run())[f"hashtag:acmecoffee@{HOST}"] == RunState.FEED_DISABLED


def test_an_answer_of_another_form_fails_its_query_alone(tmp_path):
    with world(tmp_path) as w:
        grow(w, 3, "brewbetter")
        w.fake.before = fails_on_page(1, Given({"error": "try later"}))
        report = w.run()
        assert states(report)[f"hashtag:acmecoffee@{HOST}"] == RunState.FAILED
        assert "not of the form" in "\n".join(report.lines())
        assert len(w.uris("brewbetter")) == 3


def test_who_asks_not_to_be_found_is_not_but_the_roster_is_read(tmp_path):
    with world(tmp_path, {"handles": {"mastodon": [f"acme@{HOST}"]}}) as w:
        grow(w, 2)
        grow(w, 1, "7")
        for post in w.fake.posts[1:]:
            post["account"] = {"noindex": True}
        w.fake.accounts = {"acme": {"id": "7", "uri": "u", "created_at": "2020-01-01T00:00:00Z"}}
        w.run()
        found = [uri for _, uri, _ in landed(w.settings, "mastodon", "statuses")]
        assert sorted(found) == sorted(w.fake.posts[n]["uri"] for n in (0, 2))


def test_an_expired_token_stops_the_source_and_each_query_says_so(tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    with world(tmp_path) as w:
        w.extra = {"tokens": {HOST: TOKEN}}
        grow(w, 2)
        w.fake.before = lambda asked: Given({"error": f"{TOKEN} was revoked"}, 401)
        report = w.run()
        ended = states(report)
        assert ended.pop("reread") == RunState.NO_DATA
        assert set(ended.values()) == {RunState.AUTH_EXPIRED}
        assert report.needs_credentials
        assert len(w.server.asked) == 1, "nothing else is asked with it"
        assert w.server.asked[0].headers["Authorization"] == f"Bearer {TOKEN}"
        files = [path for path in w.settings.paths.home.rglob("*") if path.is_file()]
        assert len(files) > 2
        assert not any(TOKEN.encode() in path.read_bytes() for path in files)
        assert TOKEN not in caplog.text + "\n".join(report.lines())
        w.fake.before = None
        w.run()
        assert sorted(w.uris("acmecoffee")) == w.expected("acmecoffee")


def test_posts_are_read_again_daily_then_weekly_then_left(tmp_path):
    with world(tmp_path, reread=[[3, 1], [12, 4]]) as w:
        grow(w, 1, days=0.5)
        w.run()
        uri, read_on = w.fake.posts[0]["uri"], []
        for day in range(1, 16):
            w.time.pass_by(days=1)
            before = len(landed(w.settings, "mastodon", "statuses"))
            w.run()
            if len(landed(w.settings, "mastodon", "statuses")) > before:
                read_on.append(day)
        assert read_on == [1, 2, 6, 10]
        again = landed(w.settings, "mastodon", "statuses")[1:]
        assert {(query, record_id) for query, record_id, _ in again} == {(f"reread@{HOST}", uri)}


def test_a_post_that_is_gone_is_said_to_be_missing_once(tmp_path):
    with world(tmp_path) as w:
        grow(w, 2)
        w.run()
        gone = w.fake.posts.pop(0)
        for _ in range(3):
            w.time.pass_by(days=1)
            w.run()
        ((query, uri, record),) = landed(w.settings, "mastodon", "missing")
        assert (query, uri) == ("reread", gone["uri"])
        assert json.loads(record) == {"id": "A0000z", "uri": gone["uri"], "http_status": 404}


def test_brands_and_their_posts_are_read_each_time(tmp_path):
    with world(tmp_path, {"handles": {"mastodon": [f"acme@{HOST}", "x@elsewhere.example"]}}) as w:
        account = {"id": "7", "uri": f"https://{HOST}/users/acme", "followers_count": 9}
        w.fake.accounts = {"acme": {**account, "created_at": "2020-01-01T00:00:00.000Z"}}
        grow(w, 3, "7")
        for _ in range(2):
            report = w.run()
            w.time.pass_by(hours=1)
        assert len(landed(w.settings, "mastodon", "accounts")) == 2
        own = [row for row in landed(w.settings, "mastodon", "statuses") if "account:" in row[0]]
        assert sorted(uri for _, uri, _ in own) == w.expected("7")
        assert states(report)[f"account:x@elsewhere.example@{HOST}"] == RunState.NOT_FOUND
        asked = [a.params["acct"] for a in w.server.asked if a.path.endswith("lookup")]
        assert set(asked) == {"acme", "x@elsewhere.example"}


def test_searches_are_asked_for_with_a_token_only(tmp_path):
    brand = {"handles": {"mastodon": [f"acme@{HOST}"]}, "keywords": ["acme coffee"]}
    with world(tmp_path, brand) as w:
        grow(w, 1)
        w.run()
        assert not any("search" in asked.path for asked in w.server.asked)
        w.extra = {"tokens": {HOST: TOKEN}}
        w.run()
        texts = [a.params["q"] for a in w.server.asked if "search" in a.path]
        assert list(dict.fromkeys(texts)) == ['"acme coffee"', f"@acme@{HOST}"]
        queries = {query for query, *_ in landed(w.settings, "mastodon", "statuses")}
        assert f"keyword:acme coffee@{HOST}" in queries


def searching(w: World) -> list[str]:
    w.run()
    rows = landed(w.settings, "mastodon", "statuses")
    return sorted(uri for query, uri, _ in rows if query == f"keyword:acme coffee@{HOST}")


def test_a_search_is_read_back_as_far_as_a_timeline(tmp_path):
    with world(tmp_path, {"keywords": ["acme coffee"], "hashtags": []}) as w:
        w.extra = {"tokens": {HOST: TOKEN}}
        w.fake.finds = False
        assert searching(w) == []
        w.fake.finds = True
        grow(w, 300, "x", days=10)
        since = (w.time.at - timedelta(days=7)).isoformat()
        recent = sorted(p["uri"] for p in w.fake.posts if p["created_at"] >= since)
        assert searching(w) == recent
        w.time.pass_by(hours=6)
        grow(w, 100, "x", days=0.2)
        late = status(900, "x", w.time.at - timedelta(days=1))
        w.fake.arrive(late)
        asked = len(w.server.asked)
        fresh = [p["uri"] for p in w.fake.posts if p["created_at"] >= "2026-03-02T07:00"]
        assert set(searching(w)) == {*recent, *fresh, late["uri"]}
        assert len([a for a in w.server.asked[asked:] if a.path.endswith("search")]) <= 6


def test_a_search_that_knows_no_further_pages_ends(tmp_path):
    with world(tmp_path, {"keywords": ["acme coffee"], "hashtags": []}) as w:
        w.extra = {"tokens": {HOST: TOKEN}}
        w.fake.has_offset = False
        grow(w, 90, "x")
        assert searching(w) == sorted(p["uri"] for p in w.fake.posts[-40:])


def test_two_runs_at_once_are_one_too_many(tmp_path):
    with world(tmp_path) as w:

        def before(asked: Asked) -> None:
            with pytest.raises(IngestBusyError, match="read by another run"):
                w.run("second")

        w.fake.before = before
        w.run("first")
        assert {batch.run_id for batch in batches(w.settings, "mastodon")} == {"first"}


def _run_and_die(w: World, at_commit: int) -> None:
    from reachline.connectors import ingest as module

    commits = [0]

    def dying(commit: Any) -> Any:
        def counted(*args: Any, **options: Any) -> Any:
            commits[0] += 1
            if commits[0] > at_commit:
                os.kill(os.getpid(), 9)
            return commit(*args, **options)

        return counted

    module.commit_batch = dying(module.commit_batch)
    module.commit_states = dying(module.commit_states)
    w.run("killed")


@pytest.mark.parametrize("at_commit", range(5))
def test_a_run_that_is_killed_between_commits_loses_and_doubles_nothing(tmp_path, at_commit):
    with world(tmp_path) as w:
        grow(w, 50)
        grow(w, 5, "brewbetter")
        w.run()
        w.time.pass_by(days=1)
        gone = w.fake.posts.pop(0)["uri"]
        grow(w, 50)
        context = multiprocessing.get_context("fork")
        child = context.Process(target=_run_and_die, args=(w, at_commit))
        child.start()
        child.join()
        assert child.exitcode == (0 if at_commit >= 4 else -9)
        sweep(w.settings.paths.landing, older_than_seconds=0)
        w.run("after")
        assert sorted(w.uris("acmecoffee")) == sorted([*w.expected("acmecoffee"), gone])
        assert sorted(w.uris("brewbetter")) == w.expected("brewbetter")
        rows = landed(w.settings, "mastodon", "statuses")
        again = [uri for query, uri, _ in rows if query == f"reread@{HOST}"]
        assert len(again) == len(set(again)) == 54
        assert {uri for _, uri, _ in landed(w.settings, "mastodon", "missing")} == {gone}


@pytest.mark.parametrize("hours", [1, 20, 47])
def test_a_post_that_comes_late_is_found_among_the_old_ones(tmp_path, hours):
    with world(tmp_path) as w:
        grow(w, 50, days=2)
        w.run()
        w.fake.arrive(status(900, "acmecoffee", w.time.at - timedelta(hours=hours)))
        w.time.pass_by(hours=0.5)
        grow(w, 3, days=0.01)
        w.run()
        assert sorted(w.uris("acmecoffee")) == w.expected("acmecoffee")


@pytest.mark.parametrize(("late_days", "is_found"), [(0, False), (3, False), (8, True)])
def test_how_late_a_post_may_come_can_be_told(tmp_path, late_days, is_found):
    with world(tmp_path, late_days=late_days, first_days=30) as w:
        grow(w, 400, days=20)
        w.run()
        late = status(900, "acmecoffee", w.time.at - timedelta(days=7))
        w.fake.arrive(late)
        w.time.pass_by(hours=6)
        w.run()
        assert (late["uri"] in w.uris("acmecoffee")) == is_found


def test_a_post_that_stands_last_on_its_page_and_is_old_ends_nothing(tmp_path):
    """Where ids are of the moment of arrival, as Pleroma's are, what came late stands on top."""
    with world(tmp_path) as w:
        grow(w, 10, days=3)
        w.run()
        w.time.pass_by(hours=6)
        grow(w, 30, days=0.2)
        w.fake.posts.append(status(901, "acmecoffee", w.time.at - timedelta(days=5)))
        grow(w, 39, days=0.05)
        w.run()
        assert sorted(w.uris("acmecoffee")) == w.expected("acmecoffee")


def test_an_empty_page_is_believed_the_second_time(tmp_path):
    with world(tmp_path) as w:
        grow(w, 100, days=6)
        w.fake.before = fails_on_page(2, Given([]))
        w.run()
        w.fake.before = None
        w.time.pass_by(days=3)
        w.run()
        assert sorted(w.uris("acmecoffee")) == w.expected("acmecoffee")


def read_again(w: World) -> list[str]:
    """Return the paths by which statuses are read again in the next run, a day later."""
    w.time.pass_by(days=1)
    before = len(w.server.asked)
    w.run()
    return [a.path for a in w.server.asked[before:] if "/statuses" in a.path]


def test_statuses_are_read_again_20_a_call(tmp_path):
    with world(tmp_path) as w:
        grow(w, 61)
        w.run()
        gone = w.fake.posts.pop(3)["uri"]
        paths = read_again(w)
        assert len(paths) == 5, "four calls, the last one for one status, and one for the gone"
        rows = landed(w.settings, "mastodon", "statuses")
        assert len([uri for query, uri, _ in rows if query == f"reread@{HOST}"]) == 60
        assert [uri for _, uri, _ in landed(w.settings, "mastodon", "missing")] == [gone]


@pytest.mark.parametrize("refusal", [400, 401, 403, 404, 405, 422, 501])
def test_a_server_without_the_call_is_asked_one_by_one(tmp_path, refusal):
    with world(tmp_path) as w:
        grow(w, 45)
        w.run()
        w.fake.many = refusal
        paths = read_again(w)
        tries = 5 if refusal >= 500 else 1
        assert len([path for path in paths if path.endswith("/statuses")]) == tries, "not once more"
        rows = landed(w.settings, "mastodon", "statuses")
        assert len([uri for query, uri, _ in rows if query == f"reread@{HOST}"]) == 45
        assert landed(w.settings, "mastodon", "missing") == []


@pytest.mark.parametrize(
    "body",
    [[], {}, [status(77, "x", datetime(2026, 3, 1, tzinfo=UTC))]],
    ids=["none", "an object", "another"],
)
def test_an_answer_without_what_was_asked_for_says_nothing(tmp_path, body):
    with world(tmp_path) as w:
        grow(w, 3)
        w.run()
        w.fake.before = lambda asked: Given(body) if asked.path.endswith("v1/statuses") else None
        read_again(w)
        assert landed(w.settings, "mastodon", "missing") == []
        rows = landed(w.settings, "mastodon", "statuses")
        assert len([uri for query, uri, _ in rows if query == f"reread@{HOST}"]) == 3


@dataclass
class RunningTime(FakeTime):
    """A time that passes while it is looked at."""

    def clock(self) -> Clock:
        def now() -> datetime:
            self.at += timedelta(milliseconds=10)
            return self.at

        return Clock(now=now, sleep=self.sleep)


@pytest.mark.parametrize("many", [200, 404])
@pytest.mark.slow
def test_of_what_two_servers_share_nothing_that_lives_is_missing(tmp_path, many):
    with world(tmp_path, servers=[HOST, OTHER]) as w:
        w.time, w.fake.many = RunningTime(), many
        grow(w, 30)
        w.run()
        for _ in range(3):
            w.time.pass_by(days=1)
            w.run()
        assert landed(w.settings, "mastodon", "missing") == []
        rows = landed(w.settings, "mastodon", "statuses")
        again = [(query, uri) for query, uri, _ in rows if query.startswith("reread")]
        assert len(again) == 3 * 30
        assert len(set(again)) == 30, "a status is always read again on one server"
        gone = w.fake.posts.pop()["uri"]
        w.time.pass_by(days=1)
        w.run()
        assert [uri for _, uri, _ in landed(w.settings, "mastodon", "missing")] == [gone]


def test_a_copy_that_one_server_has_dropped_is_read_on_the_other(tmp_path):
    with world(tmp_path, servers=[HOST, OTHER]) as w:
        grow(w, 5)
        w.run()
        uris = {post["uri"] for post in w.fake.posts}
        for server in (HOST, OTHER):
            w.fake.dropped = {server: uris}
            w.time.pass_by(days=1)
            w.run()
        assert landed(w.settings, "mastodon", "missing") == []
        w.fake.dropped = {HOST: uris, OTHER: uris}
        w.time.pass_by(days=1)
        w.run()
        assert {uri for _, uri, _ in landed(w.settings, "mastodon", "missing")} == uris


def test_an_id_that_means_another_status_now_tells_nothing(tmp_path):
    with world(tmp_path) as w:
        grow(w, 1)
        w.run()
        (post,) = w.fake.posts
        w.fake.posts = [{**post, "uri": f"https://{HOST}/users/b/statuses/9", "_tag": "x"}]
        w.time.pass_by(days=1)
        w.run()
        assert landed(w.settings, "mastodon", "missing") == []
        assert len(landed(w.settings, "mastodon", "statuses")) == 1


def test_what_a_server_showed_that_is_not_asked_any_more_is_not_missing(tmp_path):
    handles = {"handles": {"mastodon": [f"acme@{OTHER}"]}}
    with world(tmp_path, handles, servers=[HOST, OTHER]) as w:
        grow(w, 5)
        grow(w, 5, "7")
        account = {"id": "7", "url": f"https://{OTHER}/@acme"}
        w.fake.accounts = {"acme": account, f"acme@{OTHER}": account}
        w.fake.dropped = {HOST: {post["uri"] for post in w.fake.posts}}
        w.run()
        assert len(landed(w.settings, "mastodon", "statuses")) == 10
        (tmp_path / "again").mkdir()
        other = make_home(tmp_path / "again", {"mastodon": {"servers": [HOST]}}, **handles)
        w.settings = replace(w.settings, config=other.config)
        w.time.pass_by(days=1)
        report = w.run()
        assert states(report)["reread"] == RunState.NO_DATA
        assert landed(w.settings, "mastodon", "missing") == []
        assert len(landed(w.settings, "mastodon", "statuses")) == 10


def test_a_server_that_is_down_keeps_no_other_from_being_read_again(tmp_path):
    with world(tmp_path, servers=[HOST, OTHER]) as w:
        grow(w, 30)
        half = [post["uri"] for post in w.fake.posts]
        w.fake.dropped = {HOST: set(half[:15]), OTHER: set(half[15:])}
        w.run()
        w.fake.before = lambda asked: (
            Given({"error": "down"}, 500) if asked.path.startswith(f"/{HOST}/") else None
        )
        w.time.pass_by(days=1)
        assert states(w.run())["reread"] == RunState.FAILED
        rows = landed(w.settings, "mastodon", "statuses")
        again = [uri for query, uri, _ in rows if query == f"reread@{OTHER}"]
        assert sorted(again) == sorted(half[:15])


@pytest.mark.parametrize("visibility", ["private", "direct", "list", "local", "mutuals_only"])
def test_what_is_not_for_everybody_does_not_land(tmp_path, visibility):
    brand = {"handles": {"mastodon": [f"acme@{HOST}"]}, "keywords": ["acme coffee"]}
    with world(tmp_path, brand) as w:
        w.extra = {"tokens": {HOST: TOKEN}}
        w.fake.accounts = {"acme": {"id": "7", "url": f"https://{HOST}/@acme"}}
        for tag in ("7", "acmecoffee"):
            grow(w, 4, tag)
            w.fake.posts[-3]["visibility"] = "unlisted"
            w.fake.posts[-2]["visibility"] = visibility
        w.run()
        found = {uri for _, uri, _ in landed(w.settings, "mastodon", "statuses")}
        assert found == {w.fake.posts[n]["uri"] for n in (0, 1, 3, 4, 5, 7)}
        w.fake.posts[0]["visibility"] = visibility
        read_again(w)
        again = {uri for q, uri, _ in landed(w.settings, "mastodon", "statuses") if "reread" in q}
        assert again == found - {w.fake.posts[0]["uri"]}
        assert landed(w.settings, "mastodon", "missing") == []


@pytest.mark.parametrize("status", [401, 403, 422])
def test_a_timeline_that_wants_a_token_says_so_and_stops_no_other(tmp_path, status):
    with world(tmp_path, servers=[OTHER, HOST]) as w:
        grow(w, 3)

        def before(asked: Asked) -> Given | None:
            is_closed = asked.path.startswith(f"/{OTHER}/") and "Authorization" not in asked.headers
            return (
                Given({"error": "Unauthorized: token not supplied"}, status) if is_closed else None
            )

        w.fake.before = before
        report = w.run()
        assert states(report)[f"hashtag:acmecoffee@{OTHER}"] == RunState.AUTH_EXPIRED
        assert "has a token only" in "\n".join(report.lines())
        assert "has expired" not in "\n".join(report.lines())
        assert sorted(w.uris("acmecoffee")) == w.expected("acmecoffee")
        w.extra = {"tokens": {OTHER: TOKEN}}
        assert states(w.run())[f"hashtag:acmecoffee@{OTHER}"] == RunState.OK


def test_events_that_are_on_give_their_hashtags(tmp_path):
    from reachline.inbox import land_files

    with world(tmp_path) as w:
        folder = w.settings.paths.inbox / "events"
        folder.mkdir(parents=True)
        (folder / "e.csv").write_text(
            "event_id,event_name,brand_id,hashtags,starts_on,ends_on\n"
            "e1,Expo,acme,#CoffeeExpo|latteart,2026-02-20,2026-02-24\n"
            "e2,Old,acme,oldexpo,2026-01-01,2026-01-02\n",
            encoding="utf-8",
        )
        os.utime(folder / "e.csv", (1, 1))
        land_files(w.settings, datetime(2026, 3, 1, tzinfo=UTC).date(), "night")
        w.run()
        asked = {a.path.rpartition("/")[2] for a in w.server.asked if "/tag/" in a.path}
        assert asked == {"acmecoffee", "brewbetter", "coffeeexpo", "latteart"}


def test_the_roster_of_the_release_is_read_too(tmp_path):
    with world(tmp_path) as w:
        publish_accounts(
            w.settings,
            [
                (f"mastodon:https://{HOST}/users/anna", "mastodon", f"anna@{HOST}", "c1"),
                ("mastodon:2", "mastodon", f"stranger@{HOST}", None),
                ("x:3", "x", "anna", "c1"),
            ],
        )
        w.run()
        asked = [a.params["acct"] for a in w.server.asked if a.path.endswith("lookup")]
        assert set(asked) == {"anna"}
