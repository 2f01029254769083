"""TikTok: a token for each creator, research with a licence, readings again by id."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from reachline.connectors.connections import Connection
from reachline.connectors.ingest import Report, ingest
from reachline.connectors.types import WHOLE, RunState
from reachline.settings import Settings
from tests.unit.connectors.homes import FakeTime, batches, landed, make_home
from tests.unit.connectors.server import Asked, Given, Server, serving

ANNA, BEN, LICENCE = "act.s3cret-anna", "act.s3cret-ben", "clt.s3cret-licence"
OK = {"code": "ok", "message": "", "log_id": "1"}


def refusal(status: int, code: str, message: str = "no") -> Given:
    return Given({"data": {}, "error": {"code": code, "message": message, "log_id": "1"}}, status)


@dataclass
class Fake:
    """Videos, oldest first, with their owner and hashtags beside them."""

    videos: list[dict[str, Any]] = field(default_factory=list)
    before: Callable[[Asked], Given | None] = lambda asked: None

    def answer(self, asked: Asked) -> Given:
        given = self.before(asked)
        if given is not None:
            return given
        body = json.loads(asked.body) if asked.body else {}
        token = asked.headers["Authorization"].removeprefix("Bearer ")
        if asked.path.startswith("/v2/research/"):
            return self.research(body) if token == LICENCE else refusal(401, "access_token_invalid")
        owner = {ANNA: "anna", BEN: "ben"}.get(token)
        if owner is None:
            return refusal(401, "access_token_invalid")
        if asked.path == "/v2/user/info/":
            return Given({"data": {"user": {"open_id": owner, "username": owner}}, "error": OK})
        mine = [v for v in self.videos if v["username"] == owner][::-1]
        if asked.path == "/v2/video/query/":
            ids = body["filters"]["video_ids"]
            assert len(ids) <= 20
            return Given({"data": {"videos": [v for v in mine if v["id"] in ids]}, "error": OK})
        before = body.get("cursor", 10**15)
        left = [v for v in mine if v["create_time"] * 1000 < before]
        page = left[: body["max_count"]]
        last = page[-1]["create_time"] * 1000 if page else before
        data = {"videos": page, "cursor": last, "has_more": len(left) > len(page)}
        return Given({"data": data, "error": OK})

    def research(self, body: dict[str, Any]) -> Given:
        (where,) = body["query"]["and"]
        first, last = (
            datetime.strptime(body[f"{name}_date"] + "Z", "%Y%m%d%z") for name in ("start", "end")
        )
        assert last - first <= timedelta(days=30)
        start, end = first.timestamp(), last.timestamp() + 86_400
        name, values = where["field_name"], where["field_values"]
        tests = {
            "hashtag_name": lambda v: values[0] in v["hashtag_names"],
            "keyword": lambda v: values[0].lower() in v["video_description"].lower(),
            "username": lambda v: v["username"] in values,
            "video_id": lambda v: v["id"] in values,
        }
        found = [
            {**v, "id": int(v["id"])}
            for v in self.videos[::-1]
            if start <= v["create_time"] < end and tests[name](v)
        ]
        at = body.get("cursor", 0)
        upto = at + body["max_count"]
        data = {"videos": found[at:upto], "cursor": upto, "has_more": upto < len(found)}
        return Given({"data": {**data, "search_id": "77"}, "error": OK})


@dataclass
class World:
    settings: Settings
    fake: Fake
    server: Server
    time: FakeTime = field(default_factory=FakeTime)
    extra: dict[str, Any] = field(default_factory=lambda: {"tokens": {"anna": ANNA, "Ben": BEN}})
    password: str = LICENCE

    def run(self, name: str = "r") -> Report:
        extra = {"base_url": self.server.url, **self.extra}
        connection = Connection(password=self.password, extra=extra)
        return ingest(self.settings, "tiktok", name, clock=self.time.clock(), connection=connection)

    def grow(self, count: int, owner: str = "anna", days: float = 1.0) -> list[str]:
        start, step = self.time.at - timedelta(days=days), timedelta(days=days) / (count + 1)
        base = 7_300_000_000_000_000_000 + len(self.fake.videos)
        new = [
            {
                "id": str(base + n),
                "create_time": int((start + step * (n + 1)).timestamp()),
                "video_description": "Kaffee ☕ @acmecoffee",
                "username": owner,
                "hashtag_names": ["acmecoffee"],
            }
            for n in range(count)
        ]
        self.fake.videos += new
        return [video["id"] for video in new]

    def ids(self, query: str, stream: str = "videos") -> list[str]:
        rows = landed(self.settings, "tiktok", stream)
        return [found for text, found, _ in rows if text == query]

    def bodies(self, path: str) -> list[dict[str, Any]]:
        return [json.loads(asked.body) for asked in self.server.asked if asked.path == path]

    def cursor(self, query: str) -> Any:
        return next(
            batch.cursor
            for batch in reversed(batches(self.settings, "tiktok"))
            if (batch.stream, batch.query) == ("videos", query)
        )


@contextmanager
def world(tmp_path: Path, brand: dict[str, Any] | None = None, **options: Any) -> Iterator[World]:
    fake = Fake()
    brand = {"hashtags": ["acmecoffee"], **(brand or {})}
    settings = make_home(tmp_path, {"tiktok": options}, **brand)
    with serving(fake.answer) as server:
        yield World(settings, fake, server)


def state(report: Report, query: str, stream: str = "videos") -> RunState:
    return next(
        outcome.state
        for outcome in report.outcomes
        if (outcome.query.stream, outcome.query.text) == (stream, query)
    )


def once(fits: Callable[[Asked], bool], *given: Given) -> Callable[[Asked], Given | None]:
    left = list(given)
    return lambda asked: left.pop(0) if left and fits(asked) else None


def is_page_2(asked: Asked) -> bool:
    return b'"cursor"' in asked.body


LIST, RESEARCH = "/v2/video/list/", "/v2/research/video/query/"
TAG = "hashtag:acmecoffee"


def test_videos_of_who_gave_a_token_land_once(tmp_path):
    with world(tmp_path) as w:
        expected = w.grow(50)
        bens = w.grow(3, "ben")
        report = w.run()
        assert state(report, "account:anna") == RunState.OK
        for _ in range(2):
            w.time.pass_by(days=1)
            expected += w.grow(30)
            w.run()
        assert sorted(w.ids("account:anna")) == expected
        assert w.ids("account:ben") == bens[::-1]
        assert w.ids("account:anna", "users") == ["anna"] * 3, "each reading is an observation"
        assert w.bodies(RESEARCH) == [], "without a licence nobody else is asked for"


def test_records_land_as_they_came(tmp_path):
    with world(tmp_path) as w:
        w.grow(1)
        w.run()
        ((_, found, record),) = landed(w.settings, "tiktok", "videos")
        assert (found, record) == (w.fake.videos[0]["id"], json.dumps(w.fake.videos[0]))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (refusal(401, "access_token_invalid"), RunState.AUTH_EXPIRED),
        (refusal(401, "scope_not_authorized"), RunState.AUTH_EXPIRED),
        (refusal(429, "rate_limit_exceeded"), RunState.RATE_LIMITED),
        (refusal(429, "daily_quota_limit_exceeded"), RunState.QUOTA_EXHAUSTED),
        (refusal(500, "internal_error"), RunState.PARTIAL),
        (refusal(400, "invalid_params"), RunState.PARTIAL),
    ],
)
@pytest.mark.parametrize("query", ["account:anna", TAG])
def test_a_stop_on_page_2_loses_and_doubles_nothing(tmp_path, given, expected, query):
    with world(tmp_path, research=True) as w:
        expected_ids = w.grow(250)
        path = LIST if query == "account:anna" else RESEARCH
        w.fake.before = lambda asked: given if asked.path == path and is_page_2(asked) else None
        assert state(w.run(), query) == expected
        page = w.cursor(query)["page"]
        w.fake.before = lambda asked: None
        w.server.asked.clear()
        assert state(w.run("r2"), query) == RunState.OK
        assert page in [body.get("cursor") for body in w.bodies(path)]
        assert sorted(w.ids(query)) == expected_ids


def test_a_token_that_expired_stops_its_creator_alone(tmp_path):
    with world(tmp_path) as w:
        w.extra = {"tokens": {"anna": "act.old", "ben": BEN}}
        w.grow(3, "ben")
        report = w.run()
        assert state(report, "account:anna") == RunState.AUTH_EXPIRED
        assert state(report, "account:ben") == RunState.OK
        assert report.needs_credentials, "a person must hear of it"


def test_research_asks_for_all_that_is_of_interest(tmp_path):
    brand = {"keywords": ["kaffee"], "handles": {"tiktok": ["acmecoffee", "anna"]}}
    with world(tmp_path, brand, research=True, first_days=40) as w:
        posts = w.grow(120, "stranger", days=39)
        w.run()
        bodies = w.bodies(RESEARCH)
        asked = {
            (body["query"]["and"][0]["field_name"], body["query"]["and"][0]["field_values"][0])
            for body in bodies
        }
        assert asked == {
            ("hashtag_name", "acmecoffee"),
            ("keyword", "kaffee"),
            ("keyword", "@acmecoffee"),
            ("keyword", "@anna"),
            ("username", "acmecoffee"),
        }, "who gave a token is not asked for"
        assert sorted(w.ids(TAG)) == posts
        w.time.pass_by(days=3)
        posts += w.grow(20, "stranger", days=3)
        w.server.asked.clear()
        w.run()
        assert sorted(w.ids(TAG)) == posts
        days = [
            (body["start_date"], body["end_date"])
            for body in w.bodies(RESEARCH)
            if body["query"]["and"][0]["field_name"] == "hashtag_name"
        ]
        assert days == [("20260228", "20260305")]


@pytest.mark.parametrize(
    ("refused", "asked"),
    [
        ([], ["favorites_count"]),
        (["favorites_count"], ["favorites_count", "favourites_count"]),
        (
            ["favorites_count", "favourites_count"],
            ["favorites_count", "favourites_count", None],
        ),
    ],
)
def test_a_name_of_saves_that_is_refused_costs_nothing_else(tmp_path, refused, asked):
    def before(one: Asked) -> Given | None:
        fields = one.params.get("fields", "").split(",")
        if wrong := [name for name in fields if name in refused]:
            error = {"code": "invalid_params", "message": f"fields: {wrong[0]} is no field"}
            return Given({"data": {}, "error": {**error, "log_id": "1"}}, 400)
        return None

    with world(tmp_path, {"hashtags": ["acmecoffee", "brew"]}, research=True) as w:
        w.grow(3)
        w.fake.before = before
        report = w.run()
        assert {o.state for o in report.outcomes} <= WHOLE, "\n".join(report.lines())
        names = [
            next((f for f in a.params["fields"].split(",") if f.startswith("favo")), None)
            for a in w.server.asked
            if a.path.startswith("/v2/research/")
        ]
        assert list(dict.fromkeys(names)) == asked
        assert len(names) > len(asked), "what was taken is kept for the run"
        assert all(names.count(name) == 1 for name in refused)


def test_a_longer_handle_is_no_mention(tmp_path):
    with world(tmp_path, {"handles": {"tiktok": ["acmecoffee"]}}, research=True) as w:
        posts = w.grow(6, "stranger")
        texts = [
            "@acmecoffee",
            "@AcmeCoffee.",
            "(@acmecoffee)",
            "@acmecoffees",
            "@acmecoffee.de",
            "a",
        ]
        for video, text in zip(w.fake.videos, texts, strict=True):
            video["video_description"] = f"@acmecoffeeshop {text} x"
        w.run()
        assert sorted(w.ids("mention:acmecoffee")) == posts[:3]


def test_a_search_that_expired_begins_anew(tmp_path):
    with world(tmp_path, research=True) as w:
        posts = w.grow(250, "stranger")
        w.fake.before = lambda asked: Given({}, 500) if is_page_2(asked) else None
        assert state(w.run(), TAG) == RunState.PARTIAL
        w.fake.before = once(is_page_2, refusal(400, "invalid_params", "search_id is invalid"))
        assert state(w.run("r2"), TAG) == RunState.OK
        assert sorted(w.ids(TAG)) == posts


@pytest.mark.parametrize("query", ["account:anna", TAG])
def test_a_cursor_that_repeats_is_no_end(tmp_path, query):
    with world(tmp_path, research=True) as w:
        posts = w.grow(250)

        def same(asked: Asked) -> Given | None:
            if not is_page_2(asked):
                return None
            cursor = json.loads(asked.body)["cursor"]
            data = {"videos": [], "cursor": cursor, "has_more": True, "search_id": "77"}
            return Given({"data": data, "error": OK})

        w.fake.before = same
        assert state(w.run(), query) == RunState.PARTIAL
        w.fake.before = lambda asked: None
        assert state(w.run("r2"), query) == RunState.OK
        assert sorted(w.ids(query)) == posts


def test_research_stops_below_its_quota_and_goes_on_the_next_day(tmp_path):
    with world(tmp_path, research=True, research_requests_a_day=2) as w:
        posts = w.grow(250, "stranger")
        assert state(w.run(), TAG) == RunState.QUOTA_EXHAUSTED
        assert len(w.bodies(RESEARCH)) == 2
        w.time.pass_by(days=1)
        assert state(w.run("r2"), TAG) == RunState.OK
        assert sorted(set(w.ids(TAG))) == posts


def test_videos_are_read_again_where_they_were_found(tmp_path):
    with world(tmp_path, research=True) as w:
        own, found = w.grow(25), w.grow(25, "stranger")
        w.run()
        gone = {w.fake.videos.pop(3)["id"], w.fake.videos.pop(-3)["id"]}
        w.time.pass_by(days=1)
        empty = Given({"data": {"videos": []}, "error": OK})
        w.fake.before = once(lambda asked: asked.path == "/v2/video/query/", empty)
        w.run("r2")
        again = w.ids("reread")
        assert sorted(set(again)) == sorted({*own, *found} - gone)
        assert {record for _, _, record in landed(w.settings, "tiktok", "missing")} == {
            json.dumps({"id": one}, separators=(",", ":")) for one in gone
        }


def test_a_creator_who_takes_the_token_back_is_left(tmp_path):
    with world(tmp_path) as w:
        w.grow(3)
        w.run()
        w.extra = {"tokens": {"ben": BEN}}
        w.time.pass_by(days=1)
        assert state(w.run("r2"), "reread") == RunState.NO_DATA
        assert landed(w.settings, "tiktok", "missing") == [], "not deleted: not to be seen"


def test_cut_json_is_asked_again(tmp_path):
    with world(tmp_path) as w:
        posts = w.grow(3)
        w.fake.before = once(lambda asked: asked.path == LIST, Given(raw=b'{"data": {"vid'))
        assert state(w.run(), "account:anna") == RunState.OK
        assert sorted(w.ids("account:anna")) == posts


@pytest.mark.parametrize(
    ("extra", "options"),
    [({}, {}), ({"tokens": "act.x"}, {}), ({"tokens": {"anna": ANNA}}, {"research": True})],
)
def test_without_tokens_nothing_is_asked(tmp_path, extra, options):
    with world(tmp_path, **options) as w:
        w.extra, w.password = extra, ""
        report = w.run()
        assert report.state == RunState.AUTH_EXPIRED
        assert "reachline_tiktok" in report.outcomes[0].text
        assert w.server.asked == []


def test_tokens_go_by_header_and_are_written_nowhere(tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    with world(tmp_path, research=True) as w:
        w.grow(60)
        w.fake.before = lambda asked: (
            refusal(400, "invalid_params", f"bad {ANNA} {LICENCE}") if is_page_2(asked) else None
        )
        report = w.run()
        assert state(report, "account:anna") == RunState.PARTIAL
        files = [path for path in w.settings.paths.landing.rglob("*") if path.is_file()]
        assert files
        for token in (ANNA, BEN, LICENCE):
            assert all(token not in json.dumps(asked.params) for asked in w.server.asked)
            assert token not in "\n".join(report.lines())
            assert token not in caplog.text
            assert all(token.encode() not in path.read_bytes() for path in files)
