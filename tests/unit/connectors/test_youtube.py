"""YouTube: searches back in time, details by id, two quotas of a Californian day."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from reachline.configuration.platforms.youtube import Options
from reachline.connectors.clock import iso, parse
from reachline.connectors.connections import Connection
from reachline.connectors.ingest import Report, ingest
from reachline.connectors.types import RunState
from reachline.inbox import land_files
from reachline.settings import Settings
from tests.unit.connectors.homes import FakeTime, batches, landed, make_home, publish_accounts
from tests.unit.connectors.server import Asked, Given, Server, serving

KEY = "AIza-s3cret-key"
TAG = "hashtag:acmecoffee"


def refusal(status: int, reason: str, **more: Any) -> Given:
    errors = [{"message": "no", "domain": "youtube.quota", "reason": reason}]
    return Given({"error": {"code": status, "message": "no", "errors": errors, **more}}, status)


@dataclass
class Fake:
    """Videos as (id, published, text), newest last; a page token is a number, as text."""

    videos: list[dict[str, Any]] = field(default_factory=list)
    before: Callable[[Asked], Given | None] = lambda asked: None
    most: int = 500

    def answer(self, asked: Asked) -> Given:
        given = self.before(asked)
        if given is not None:
            return given
        return getattr(self, asked.path.rpartition("/")[2])(asked.params)

    def paged(self, found: list[dict[str, Any]], params: dict[str, str]) -> Given:
        start, size = int(params.get("pageToken", 0)), int(params["maxResults"])
        more = {"nextPageToken": str(start + size)} if start + size < len(found) else {}
        return Given({"kind": "youtube#list", **more, "items": found[start : start + size]})

    def search(self, params: dict[str, str]) -> Given:
        word = params["q"].strip('"')
        after, before = parse(params["publishedAfter"]), parse(params["publishedBefore"])
        found = [
            {"id": {"kind": "youtube#video", "videoId": v["id"]}, "snippet": v["snippet"]}
            for v in reversed(self.videos)
            if word in v["snippet"]["title"]
            and after <= parse(v["snippet"]["publishedAt"]) < before
        ]
        return self.paged(found[: self.most], params)

    def videos_of(self, ids: str) -> list[dict[str, Any]]:
        assert len(ids.split(",")) <= 50
        return [v for v in self.videos if v["id"] in ids.split(",")]

    def channels(self, params: dict[str, str]) -> Given:
        asked = params["id"].split(",") if "id" in params else [f"UC{params['forHandle']}"]
        items = [
            {
                "id": channel,
                "snippet": {"title": channel, "publishedAt": "2019-03-01T00:00:00Z"},
                "contentDetails": {"relatedPlaylists": {"uploads": channel.replace("UC", "UU")}},
            }
            for channel in asked
            if channel != "UCnobody"
        ]
        return Given(
            {"pageInfo": {"totalResults": len(items)}, **({"items": items} if items else {})}
        )

    def playlistItems(self, params: dict[str, str]) -> Given:
        channel = params["playlistId"].replace("UU", "UC")
        found = [
            {
                "id": f"item-{v['id']}",
                "snippet": v["snippet"],
                "contentDetails": {"videoId": v["id"]},
            }
            for v in reversed(self.videos)
            if v["snippet"]["channelId"] == channel
        ]
        return self.paged(found, params)


def _videos(self: Fake, params: dict[str, str]) -> Given:
    return Given({"items": self.videos_of(params["id"])})


@dataclass
class World:
    settings: Settings
    fake: Fake
    server: Server
    time: FakeTime = field(default_factory=FakeTime)
    password: str = KEY

    def run(self, name: str = "r") -> Report:
        connection = Connection(password=self.password, extra={"base_url": self.server.url})
        return ingest(
            self.settings, "youtube", name, clock=self.time.clock(), connection=connection
        )

    def grow(self, count: int, tag: str = "acmecoffee", days: float = 1.0) -> None:
        """Add videos of the last `days`, of seven channels in turn."""
        start = self.time.at - timedelta(days=days)
        step = timedelta(days=days) / (count + 1)
        base = len(self.fake.videos)
        self.fake.videos += [video(base + n, tag, start + step * (n + 1)) for n in range(count)]

    def ids(self, stream: str, query: str = TAG) -> list[str]:
        rows = landed(self.settings, "youtube", stream)
        return [found for text, found, _ in rows if text == query]

    def all(self, tag: str = "acmecoffee") -> list[str]:
        return [v["id"] for v in self.fake.videos if f"#{tag}" in v["snippet"]["title"]]

    def calls(self, path: str) -> list[dict[str, str]]:
        return [a.params for a in self.server.asked if a.path == f"/youtube/v3/{path}"]

    def cursor(self, stream: str = "search_results", query: str = TAG) -> Any:
        found = [
            batch.cursor
            for batch in batches(self.settings, "youtube")
            if (batch.stream, batch.query) == (stream, query)
        ]
        return found[-1]


def video(number: int, tag: str, at: datetime) -> dict[str, Any]:
    return {
        "id": f"vid{number:05d}",
        "snippet": {
            "publishedAt": iso(at.replace(microsecond=0)),
            "channelId": f"UCmaker{number % 7}",
            "title": f"Kaffee ☕ #{tag}",
        },
        "statistics": {"viewCount": str(number)},
    }


@contextmanager
def world(tmp_path: Path, brand: dict[str, Any] | None = None, **options: Any) -> Iterator[World]:
    fake = Fake()
    settings = make_home(
        tmp_path, {"youtube": options}, **{"hashtags": ["acmecoffee"], **(brand or {})}
    )

    def answer(asked: Asked) -> Given:
        if asked.path.endswith("/videos"):
            return fake.before(asked) or _videos(fake, asked.params)
        return fake.answer(asked)

    with serving(answer) as server:
        yield World(settings, fake, server)


def state(report: Report, query: str = TAG, stream: str = "") -> RunState:
    return next(
        outcome.state
        for outcome in report.outcomes
        if outcome.query.text == query and stream in ("", outcome.query.stream)
    )


def once(*answers: tuple[Callable[[Asked], bool], Given]) -> Callable[[Asked], Given | None]:
    """Return answers that are each given to the first request that they fit."""
    left = list(answers)

    def before(asked: Asked) -> Given | None:
        for fits, given in left:
            if fits(asked):
                left.remove((fits, given))
                return given
        return None

    return before


def is_page_2(asked: Asked) -> bool:
    return asked.params.get("pageToken") == "50"


def test_every_video_is_found_once_with_details_and_channels(tmp_path):
    with world(tmp_path) as w:
        w.grow(120)
        assert state(w.run()) == RunState.OK
        first = w.calls("search")[0]
        assert (first["q"], first["type"], first["order"]) == ("#acmecoffee", "video", "date")
        assert first["publishedAfter"] == "2026-02-23T06:00:00Z"
        assert first["publishedBefore"] == "2026-03-02T06:00:00Z"
        assert sorted(w.ids("search_results")) == w.all() == sorted(w.ids("videos"))
        assert sorted(w.ids("channels")) == [f"UCmaker{n}" for n in range(7)], "each once a run"
        assert len(w.calls("videos")) == 3, "50 ids a unit"
        w.time.pass_by(days=1)
        w.grow(60)
        w.run()
        assert sorted(w.ids("search_results")) == w.all()
        assert w.calls("search")[-1]["publishedAfter"] == "2026-03-01T06:00:00Z", "a day's overlap"
        assert w.cursor() == {"after": "2026-03-03T06:00:00Z"}


def test_records_land_as_they_came(tmp_path):
    with world(tmp_path) as w:
        w.grow(1)
        w.run()
        ((_, found, record),) = landed(w.settings, "youtube", "videos")
        assert (found, record) == ("vid00000", json.dumps(w.fake.videos[0]))


def test_keywords_mentions_and_accounts_are_asked_for(tmp_path):
    brand = {"keywords": ["acme coffee"], "handles": {"youtube": ["maker3", "nobody"]}}
    with world(tmp_path, brand) as w:
        w.grow(120)
        report = w.run()
        asked = [params["q"] for params in w.calls("search")]
        assert {'"acme coffee"', "@maker3"} <= set(asked)
        mine = [v["id"] for v in w.fake.videos if v["snippet"]["channelId"] == "UCmaker3"]
        account = "account:maker3"
        assert sorted(w.ids("playlist_items", account)) == [f"item-{v}" for v in mine]
        assert sorted(w.ids("videos", account)) == mine
        assert w.ids("channels", account) == ["UCmaker3"]
        assert state(report, "account:nobody") == RunState.NOT_FOUND
        w.time.pass_by(days=2)
        w.grow(14)
        w.run()
        mine = [v["id"] for v in w.fake.videos if v["snippet"]["channelId"] == "UCmaker3"]
        assert sorted(w.ids("playlist_items", account)) == [f"item-{v}" for v in mine]
        assert w.ids("channels", account) == ["UCmaker3"] * 2, "each reading is an observation"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (Given({"error": {}}, 500), RunState.PARTIAL),
        (refusal(403, "quotaExceeded"), RunState.QUOTA_EXHAUSTED),
        (refusal(403, "rateLimitExceeded"), RunState.RATE_LIMITED),
        (
            refusal(400, "badRequest", details=[{"reason": "API_KEY_INVALID"}]),
            RunState.AUTH_EXPIRED,
        ),
        (refusal(401, "authError"), RunState.AUTH_EXPIRED),
        (refusal(400, "invalidParameter"), RunState.PARTIAL),
    ],
)
def test_a_stop_on_page_2_loses_and_doubles_nothing(tmp_path, given, expected):
    with world(tmp_path) as w:
        w.grow(120)
        w.fake.before = lambda asked: given if is_page_2(asked) else None
        assert state(w.run()) == expected
        assert w.cursor()["page"] == "50"
        assert len(w.ids("search_results")) == 50
        w.fake.before = lambda asked: None
        w.server.asked.clear()
        assert state(w.run("r2")) == RunState.OK
        assert w.calls("search")[0]["pageToken"] == "50"
        assert sorted(w.ids("search_results")) == w.all()


def test_a_page_token_that_expired_is_replaced_by_a_time(tmp_path):
    with world(tmp_path) as w:
        w.grow(120)
        w.fake.before = lambda asked: Given({}, 500) if is_page_2(asked) else None
        w.run()
        w.fake.before = once((is_page_2, refusal(400, "invalidPageToken")))
        w.time.pass_by(hours=6)
        assert state(w.run("r2")) == RunState.OK
        assert sorted(w.ids("search_results")) == w.all()
        assert w.cursor() == {"after": "2026-03-02T06:00:00Z"}, (
            "where the first window began to end"
        )


def test_a_token_that_names_its_own_page_ends_paging_but_not_the_window(tmp_path):
    with world(tmp_path) as w:
        w.grow(120)
        again = {"nextPageToken": "50", "items": []}
        w.fake.before = lambda asked: Given(again) if is_page_2(asked) else None
        assert state(w.run()) == RunState.OK
        assert sorted(w.ids("search_results")) == w.all()


def test_a_search_that_ends_early_goes_on_by_time(tmp_path):
    with world(tmp_path) as w:
        w.grow(1100, days=6)
        assert state(w.run()) == RunState.OK
        assert sorted(w.ids("search_results")) == w.all()


def test_uploads_are_read_from_the_top_when_their_page_is_lost(tmp_path):
    with world(tmp_path, {"hashtags": [], "handles": {"youtube": ["maker0"]}}) as w:
        w.grow(700)
        w.fake.before = lambda a: Given({}, 500) if "playlist" in a.path and is_page_2(a) else None
        assert state(w.run(), "mention:maker0") == RunState.NO_DATA
        w.fake.before = once((is_page_2, refusal(400, "invalidPageToken")))
        w.run("r2")
        w.run("r3")
        mine = [f"item-{v['id']}" for v in w.fake.videos if v["snippet"]["channelId"] == "UCmaker0"]
        assert sorted(w.ids("playlist_items", "account:maker0")) == mine


@pytest.mark.parametrize("reason", ["forbidden", "playlistItemsNotAccessible"])
def test_a_playlist_that_is_forbidden_is_no_key_that_is_refused(tmp_path, reason):
    with world(tmp_path, {"handles": {"youtube": ["maker0", "maker1"]}}) as w:
        w.grow(14)
        w.fake.before = lambda asked: (
            refusal(403, reason) if asked.params.get("playlistId") == "UUmaker0" else None
        )
        report = w.run()
        assert state(report, "account:maker0", "playlist_items") == RunState.FAILED
        assert state(report, "account:maker0", "channels") == RunState.OK
        assert state(report, "account:maker1", "playlist_items") == RunState.OK
        assert state(report) == RunState.OK
        assert not report.needs_credentials


@pytest.mark.parametrize(
    "given",
    [
        Given({"error": {"message": "backend"}}, 503),
        Given({"items": {"odd": 1}}),
        refusal(403, "videoNotFound"),
    ],
)
@pytest.mark.slow
def test_a_video_that_spoils_its_call_keeps_no_other_from_being_read_again(tmp_path, given):
    with world(tmp_path) as w:
        w.grow(120)
        w.run()
        bad = w.fake.videos[60]["id"]
        w.fake.before = lambda asked: given if bad in asked.params.get("id", "") else None
        for _ in range(3):
            w.time.pass_by(days=1)
            before = set(w.ids("videos", "reread"))
            report = w.run()
            again = [o for o in report.outcomes if o.query.text == "reread"]
            assert [one.state for one in again] == [RunState.PARTIAL]
            assert bad in again[0].text
        assert before == {v["id"] for v in w.fake.videos} - {bad}
        assert len(w.ids("videos", "reread")) == 3 * 119


def test_searches_and_units_are_two_quotas_that_come_back_at_midnight_in_california(tmp_path):
    with world(tmp_path, searches_a_day=2) as w:
        w.grow(120)
        assert state(w.run()) == RunState.QUOTA_EXHAUSTED
        assert len(w.calls("search")) == 2
        assert len(w.calls("videos")) == 2, "the units have room"
        w.time.pass_by(hours=1, minutes=59)
        assert state(w.run("r2")) == RunState.QUOTA_EXHAUSTED
        assert len(w.calls("search")) == 2, "07:59 UTC is 23:59 in California"
        w.time.pass_by(minutes=1)
        assert state(w.run("r3")) == RunState.OK
        assert sorted(w.ids("search_results")) == w.all()


def test_units_that_are_used_up_jump_no_page(tmp_path):
    with world(tmp_path, units_a_day=3) as w:
        w.grow(120)
        assert state(w.run()) == RunState.QUOTA_EXHAUSTED
        assert len(w.ids("search_results")) == len(w.ids("videos"))
        w.time.pass_by(days=1)
        w.run("r2")
        w.time.pass_by(days=1)
        w.run("r3")
        assert sorted(w.ids("search_results")) == w.all()
        assert set(w.ids("videos")) == set(w.all())


def test_cut_json_is_asked_again(tmp_path):
    with world(tmp_path) as w:
        w.grow(3)
        cut = Given(raw=b'{"items": [{"id"')
        w.fake.before = once((lambda asked: asked.path.endswith("search"), cut))
        assert state(w.run()) == RunState.OK
        assert sorted(w.ids("search_results")) == w.all()
        assert len(w.calls("search")) == 2


def test_videos_are_read_again_and_those_left_out_twice_are_missing(tmp_path):
    with world(tmp_path) as w:
        w.grow(120)
        w.run()
        gone = w.fake.videos.pop(5)["id"]
        w.time.pass_by(days=1)
        # an answer without items is not taken for fifty deletions
        empty = Given({"items": []})
        w.fake.before = once(
            (lambda a: a.path.endswith("videos") and gone in a.params["id"], empty)
        )
        w.server.asked.clear()
        w.run("r2")
        assert sorted(w.ids("videos", "reread")) == w.all()
        assert landed(w.settings, "youtube", "missing") == [
            ("reread", gone, json.dumps({"id": gone}, separators=(",", ":")))
        ]
        channels = [found for _, found, _ in landed(w.settings, "youtube", "channels")]
        assert sorted(channels) == sorted([f"UCmaker{n}" for n in range(7)] * 2), "each once a run"
        w.time.pass_by(days=1)
        w.server.asked.clear()
        w.run("r3")
        assert all(gone not in params["id"] for params in w.calls("videos"))


@pytest.mark.slow
def test_nothing_goes_unread_for_thirty_days(tmp_path):
    with world(tmp_path) as w:
        w.grow(1)
        for day in range(100):
            w.run(f"r{day}")
            w.time.pass_by(days=1)
        rows = sorted(
            batch.landed_at
            for batch in batches(w.settings, "youtube")
            if batch.stream == "videos" and batch.rows
        )
        gaps = [parse(b) - parse(a) for a, b in pairwise(rows)]
        assert timedelta(days=27) < max(gaps) <= timedelta(days=30)
        assert w.time.at - parse(rows[-1]) <= timedelta(days=30)


def test_what_could_not_be_read_again_for_thirty_days_is_given_up(tmp_path):
    with world(tmp_path) as w:
        w.grow(3)
        w.run()
        fails = Given({"error": {"code": 500, "message": "no"}}, 500)
        w.fake.before = lambda asked: fails if asked.path.endswith("videos") else None
        w.time.pass_by(days=29)
        assert "given_up" not in str(w.run("in time").outcomes)
        assert '"title"' in str(landed(w.settings, "youtube", "videos"))
        w.time.pass_by(days=2)
        report = w.run("late")
        assert "3 posts were not read again for 30 days: they count as gone" in str(report.outcomes)
        assert report.erased >= 3
        missing = [found for _, found, _ in landed(w.settings, "youtube", "missing")]
        assert sorted(missing) == w.all()
        for stream in ("videos", "search_results"):
            assert '"title"' not in str(landed(w.settings, "youtube", stream))
        w.time.pass_by(days=1)
        assert "given_up" not in str(w.run("once").outcomes)


@pytest.mark.parametrize("steps", [[[7, 1], [60, 31]], [[30, 45]]])
def test_steps_of_more_than_thirty_days_are_refused(steps):
    with pytest.raises(ValueError, match="more than 30 days"):
        Options(reread=tuple(map(tuple, steps)))


def test_without_a_key_nothing_is_asked(tmp_path):
    with world(tmp_path) as w:
        w.password = ""
        report = w.run()
        assert report.state == RunState.AUTH_EXPIRED
        assert "reachline_youtube" in report.outcomes[0].text
        assert w.server.asked == []


def test_the_key_goes_by_header_and_is_written_nowhere(tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    with world(tmp_path) as w:
        w.grow(60)
        w.fake.before = once((is_page_2, Given({"error": {"message": f"bad {KEY}"}}, 400)))
        report = w.run()
        assert all(asked.headers["X-Goog-Api-Key"] == KEY for asked in w.server.asked)
        assert all(KEY not in json.dumps(asked.params) for asked in w.server.asked)
        assert KEY not in "\n".join(report.lines())
        assert KEY not in caplog.text
        files = [path for path in w.settings.paths.landing.rglob("*") if path.is_file()]
        assert files
        assert all(KEY.encode() not in path.read_bytes() for path in files)


CHANNEL = "UCabcDEF-123_xyzABCDEF45"
OTHER = "UCzZzDEF-123_xyzABCDEF45"


def release(settings: Settings, *accounts: tuple[str, str | None]) -> None:
    """Publish a roster of creators' accounts, as (account_id, handle)."""
    publish_accounts(
        settings,
        [
            (account_id, account_id.partition(":")[0], handle, "c")
            for account_id, handle in accounts
        ],
    )


def test_a_channel_s_id_is_asked_for_as_an_id_and_keeps_its_case(tmp_path):
    with world(tmp_path, {"handles": {"youtube": ["@AnnaBrews", CHANNEL]}}) as w:
        w.run()
        asked = [{**a, "part": ""} for a in w.calls("channels")]
        assert {"part": "", "forHandle": "annabrews"} in asked
        assert {"part": "", "id": CHANNEL} in asked
        assert len(asked) == 2
        searched = [a["q"] for a in w.calls("search")]
        assert "@annabrews" in searched
        assert not any("UC" in q.upper() for q in searched), "an id is mentioned by nobody"


def test_a_creator_s_channel_is_asked_for_by_its_id_seen_or_not(tmp_path):
    with world(tmp_path, {"handles": {"youtube": ["annabrews", "bobrews"]}}) as w:
        seen, unseen = (f"youtube:{CHANNEL}", "annabrews"), (f"youtube:{OTHER}", None)
        without_name = ("youtube:UC0000000000000000000000", "uc0000000000000000000000")
        release(w.settings, seen, unseen, without_name, ("x:1", "uc"), ("x:UC2", None))
        w.run()
        asked = {(a.get("id"), a.get("forHandle")) for a in w.calls("channels")}
        assert asked == {
            *((CHANNEL, None), (OTHER, None), ("UC0000000000000000000000", None)),
            (None, "bobrews"),
        }
        queries = {text for text, *_ in landed(w.settings, "youtube", "channels")}
        assert queries == {
            *("account:annabrews", f"account:{OTHER}", "account:uc0000000000000000000000"),
            "account:bobrews",
        }


def test_a_channel_id_of_a_dropped_roster_keeps_its_case(tmp_path):
    with world(tmp_path) as w:
        inbox = w.settings.paths.inbox / "creator_accounts"
        inbox.mkdir(parents=True)
        for name, rows in (
            ("a.csv", f"YouTube, {CHANNEL} ,c1,\nyoutube,anna,c2,\ntiktok,{OTHER},c3,\n"),
            ("b.csv", f"youtube,{OTHER},c4,\n"),
            ("c.csv", f"youtube,{OTHER},c4,true\n"),
        ):
            (inbox / name).write_text(f"platform,handle,creator_id,is_deleted\n{rows}", "utf-8")
            os.utime(inbox / name, (1, 1))
        land_files(w.settings, w.time.at.date(), "test")
        w.run()
        assert [a.get("id") for a in w.calls("channels")] == [CHANNEL]
