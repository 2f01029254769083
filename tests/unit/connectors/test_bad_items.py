"""One bad item, answer or query never stops the rest, and never for good; for every connector.

The servers here answer each connector's own requests in the form of its platform, three pages of
two items, newest first. `acmecoffee` is the hashtag that something is wrong with, `brewbetter` the
one that must not notice.
"""

from __future__ import annotations

import json
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from reachline.connectors import x
from reachline.connectors.connections import Connection
from reachline.connectors.ingest import Outcome, Report, ingest
from reachline.connectors.types import RunState
from reachline.settings import Settings
from tests.unit.connectors.homes import FakeTime, batches, landed, make_home
from tests.unit.connectors.server import Asked, Given, Server, serving

pytestmark = pytest.mark.slow

BAD, GOOD = "acmecoffee", "brewbetter"
PAGES, PER_PAGE = 3, 2
Item = dict[str, Any]


def z(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Platform(ABC):
    """How one platform is asked and answers: which list a request is about, and a page of it."""

    source = ""
    stream = "posts"
    options: dict[str, Any] = {}  # noqa: RUF012
    extra: dict[str, Any] = {}  # noqa: RUF012
    at = "created_at"
    """Where an item says when it was made."""

    @abstractmethod
    def item(self, number: int, at: datetime, tag: str) -> Item:
        """Return an item as the platform tells it."""

    @abstractmethod
    def tag(self, asked: Asked) -> str | None:
        """Return the hashtag that a request is about; None for any other request."""

    @abstractmethod
    def page(self, asked: Asked, items: list[tuple[int, datetime, Any]]) -> Given:
        """Return a page of items, which are (number, time, item), newest first."""

    def other(self, asked: Asked) -> Given:
        raise AssertionError(f"{asked.method} {asked.path} {asked.params}")

    def spoil(self, item: Item) -> Item:
        return {**item, self.at: "yesterday"}


def cut(items: list[tuple[int, datetime, Any]], start: int) -> tuple[list[Any], int | None]:
    """Return the items of a page that starts there, and where the next one does."""
    found = [item for *_, item in items[start : start + PER_PAGE]]
    return found, start + PER_PAGE if start + PER_PAGE < len(items) else None


class Mastodon(Platform):
    source, stream = "mastodon", "statuses"
    options = {"servers": ["m.example"]}  # noqa: RUF012

    def item(self, number: int, at: datetime, tag: str) -> Item:
        uri = f"https://m.example/s/{number}"
        account = {"noindex": False}
        told = {"uri": uri, "created_at": z(at), "visibility": "public", "account": account}
        return {"id": str(number), **told}

    def tag(self, asked: Asked) -> str | None:
        return asked.path.rpartition("/")[2] if "/timelines/tag/" in asked.path else None

    def page(self, asked: Asked, items: list[tuple[int, datetime, Any]]) -> Given:
        below = int(asked.params.get("max_id", 10**9))
        return Given(cut([one for one in items if one[0] < below], 0)[0])

    def other(self, asked: Asked) -> Given:
        assert asked.path.endswith("/api/v2/instance")
        return Given({})


class Bluesky(Platform):
    source, at = "bluesky", "indexedAt"

    def item(self, number: int, at: datetime, tag: str) -> Item:
        return {
            "uri": f"at://did:plc:a/app.bsky.feed.post/{number}",
            "indexedAt": z(at),
            "author": {"did": "did:plc:a"},
            "record": {"createdAt": z(at), "text": f"#{tag}"},
        }

    def tag(self, asked: Asked) -> str | None:
        return asked.params.get("tag") if asked.path.endswith("searchPosts") else None

    def page(self, asked: Asked, items: list[tuple[int, datetime, Any]]) -> Given:
        until = datetime.fromisoformat(asked.params["until"])
        found, following = cut(
            [one for one in items if one[1] < until], int(asked.params.get("cursor", 0))
        )
        return Given({"posts": found, **({"cursor": str(following)} if following else {})})

    def spoil(self, item: Item) -> Item:
        return {**item, "record": "yesterday"}

    def other(self, asked: Asked) -> Given:
        if asked.path.endswith("createSession"):
            return Given({"accessJwt": "access-jwt", "refreshJwt": "refresh-jwt"})
        # what is read again is there still
        uris = asked.lists.get("uris", [])
        posts = [{"uri": uri, "indexedAt": "2026-03-02T00:00:00Z", "record": {}} for uri in uris]
        return Given({"profiles": [], "posts": posts})


class YouTube(Platform):
    source, stream = "youtube", "search_results"

    def item(self, number: int, at: datetime, tag: str) -> Item:
        return {
            "id": {"kind": "youtube#video", "videoId": f"v{number}"},
            "snippet": {"publishedAt": z(at), "channelId": "UC1"},
        }

    def tag(self, asked: Asked) -> str | None:
        return asked.params["q"].lstrip("#") if asked.path.endswith("/search") else None

    def page(self, asked: Asked, items: list[tuple[int, datetime, Any]]) -> Given:
        found, following = cut(items, int(asked.params.get("pageToken", 0)))
        return Given({"items": found, **({"nextPageToken": str(following)} if following else {})})

    def spoil(self, item: Item) -> Item:
        return {**item, "snippet": {**item["snippet"], "publishedAt": None}}

    def other(self, asked: Asked) -> Given:
        assert all(len(i) < 20 for i in asked.params["id"].split(",")), "no hash is asked for"
        return Given({"items": []})


class Instagram(Platform):
    source, stream, at = "instagram", "hashtag_media", "timestamp"
    extra = {"accounts": {"acme": "178"}}  # noqa: RUF012

    def item(self, number: int, at: datetime, tag: str) -> Item:
        time = at.strftime("%Y-%m-%dT%H:%M:%S+0000")
        return {"id": str(number), "caption": f"#{tag}", "timestamp": time}

    def tag(self, asked: Asked) -> str | None:
        is_list = asked.path.endswith("_media")
        return asked.path.split("/")[2].removeprefix("tag-") if is_list else None

    def page(self, asked: Asked, items: list[tuple[int, datetime, Any]]) -> Given:
        left = items if "recent" in asked.path else []
        found, following = cut(left, int(asked.params.get("after", 0)))
        paging = {"cursors": {"after": str(following)}, "next": "https://…"} if following else {}
        return Given({"data": found, "paging": paging})

    def other(self, asked: Asked) -> Given:
        if asked.path.endswith("ig_hashtag_search"):
            return Given({"data": [{"id": f"tag-{asked.params['q']}"}]})
        return Given({"data": []})


class TikTok(Platform):
    source, stream, at = "tiktok", "videos", "create_time"
    options = {"research": True}  # noqa: RUF012

    def item(self, number: int, at: datetime, tag: str) -> Item:
        return {"id": number, "create_time": int(at.timestamp()), "video_description": f"#{tag}"}

    def body(self, asked: Asked) -> Any:
        return json.loads(asked.body)

    def tag(self, asked: Asked) -> str | None:
        (condition,) = self.body(asked)["query"]["and"]
        is_tag = condition["field_name"] == "hashtag_name"
        return str(condition["field_values"][0]) if is_tag else None

    def page(self, asked: Asked, items: list[tuple[int, datetime, Any]]) -> Given:
        found, following = cut(items, int(self.body(asked).get("cursor", 0)))
        more = {"cursor": following or len(items), "has_more": following is not None}
        return Given({"data": {"videos": found, "search_id": "s", **more}, "error": {"code": "ok"}})


class X(Platform):
    source = "x"
    options = {  # noqa: RUF012
        **{"currency": "USD", "spend_cap": "1000"},
        **{"price_per_post": "0.005", "price_per_user": "0.01"},
    }

    def item(self, number: int, at: datetime, tag: str) -> Item:
        return {"id": str(number), "text": f"#{tag}", "author_id": "7", "created_at": z(at)}

    def tag(self, asked: Asked) -> str | None:
        return asked.params["query"].split()[0].lstrip("#")

    def page(self, asked: Asked, items: list[tuple[int, datetime, Any]]) -> Given:
        since = int(asked.params.get("since_id", 0))
        left = [one for one in items if one[0] > since]
        found, following = cut(left, int(asked.params.get("next_token", 0)))
        token = {"next_token": str(following)} if following else {}
        return Given({"data": found, "meta": {"result_count": len(found), **token}})


class Shopify(Platform):
    source, stream, at = "shopify", "orders", "createdAt"
    options = {"shop": "acme.myshopify.com"}  # noqa: RUF012

    def item(self, number: int, at: datetime, tag: str) -> Item:
        gid = f"gid://shopify/Order/{number}"
        return {"id": gid, "createdAt": z(at), "updatedAt": z(at), "refunds": []}

    def tag(self, asked: Asked) -> str | None:
        return BAD if "query changed" in json.loads(asked.body)["query"] else None

    def page(self, asked: Asked, items: list[tuple[int, datetime, Any]]) -> Given:
        variables = json.loads(asked.body)["variables"]
        found, following = cut(items, int(variables["after"] or 0))
        info = {"hasNextPage": following is not None, "endCursor": str(following)}
        return Given({"data": {"orders": {"nodes": found, "pageInfo": info}}})

    def spoil(self, item: Item) -> Item:
        return {**item, "refunds": None, "updatedAt": None}


SOCIAL = [Mastodon, Bluesky, YouTube, Instagram, TikTok, X]


@dataclass
class World:
    platform: Platform
    settings: Settings
    time: FakeTime = field(default_factory=FakeTime)
    items: dict[str, list[tuple[int, datetime, Any]]] = field(default_factory=dict)
    """Of each hashtag, oldest first."""
    broken: dict[str, Given] = field(default_factory=dict)
    server: Server | None = None

    def answer(self, asked: Asked) -> Given:
        tag = self.platform.tag(asked)
        if tag is None:
            return self.platform.other(asked)
        return self.broken.get(tag) or self.platform.page(asked, self.items.get(tag, [])[::-1])

    def grow(self, tag: str, count: int = PAGES * PER_PAGE) -> None:
        mine = self.items.setdefault(tag, [])
        for n in range(count):
            at = self.time.at - timedelta(hours=count - n)
            number = 1 + sum(len(found) for found in self.items.values())
            mine.append((number, at, self.platform.item(number, at, tag)))

    def run(self) -> Report:
        assert self.server is not None
        extra = {"base_url": self.server.url, **self.platform.extra}
        connection = Connection("acme.example", "s3cret-token", extra)
        run = f"r{self.time.at:%d%H}"
        source = self.platform.source
        return ingest(self.settings, source, run, clock=self.time.clock(), connection=connection)

    def records(self, tag: str) -> set[str]:
        rows = landed(self.settings, self.platform.source, self.platform.stream)
        return {record for query, _, record in rows if tag in query or query == "orders"}

    def all(self, tag: str) -> set[str]:
        return {json.dumps(item) for *_, item in self.items[tag]}

    def asked_for(self, tag: str) -> int:
        assert self.server is not None
        return sum(self.platform.tag(asked) == tag for asked in self.server.asked)


@contextmanager
def world(kind: Callable[[], Platform], tmp_path: Path) -> Iterator[World]:
    platform = kind()
    config = {platform.source: platform.options}
    made = World(platform, make_home(tmp_path, config, hashtags=[BAD, GOOD]))
    with serving(made.answer) as made.server:
        yield made


def outcome(report: Report, tag: str) -> Outcome:
    """Return the outcome of the query of a hashtag; of a shop there is one alone."""
    return next(
        one
        for one in report.outcomes
        if one.query.text in (f"hashtag:{tag}", f"hashtag:{tag}@m.example", "orders")
    )


@pytest.mark.parametrize("page", range(PAGES), ids=["first", "middle", "last"])
@pytest.mark.parametrize("how", ["a field", "the item", "half an emoji"])
@pytest.mark.parametrize("kind", [*SOCIAL, Shopify])
def test_an_item_that_can_t_be_read_stops_no_other(tmp_path, kind, how, page):
    with world(kind, tmp_path) as w:
        w.grow(BAD)
        w.grow(GOOD)
        place = -1 - page * PER_PAGE
        number, at, item = w.items[BAD][place]
        bad = {
            "a field": w.platform.spoil(item),
            "the item": ["yesterday"],
            "half an emoji": {**item, "text_of_it": "cut \ud83d"},
        }[how]
        w.items[BAD][place] = (number, at, bad)
        report = w.run()
        assert outcome(report, BAD).state == RunState.OK, outcome(report, BAD).text
        lost = {one.replace("\\ud83d", "\\ufffd") for one in w.all(BAD)} - w.records(BAD)
        assert not lost
        if kind is not Shopify:
            assert w.records(GOOD) == w.all(GOOD)
        w.time.pass_by(days=1)
        w.grow(BAD, 1)
        assert outcome(w.run(), BAD).state == RunState.OK
        assert json.dumps(w.items[BAD][-1][2]) in w.records(BAD), "and the next day goes on"


ODD_ANSWERS = {
    "a list where an object stood": Given([["odd"]]),
    "an object without its parts": Given({"odd": 1}),
    "null": Given(raw=b"null"),
    "too deep": Given(raw=b'{"data": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    "an error of its own": Given({"error": "gone wrong"}, 400),
    "a server error": Given({"error": "down"}, 500),
    "forbidden": Given({"error": "private"}, 403),
}
MEANS_NOTHING_THERE = {
    # a timeline is a list: this one holds nothing, or a single status that can't be read
    ("mastodon", "null"),
    ("mastodon", "a list where an object stood"),
}


@pytest.mark.parametrize("answer", ODD_ANSWERS)
@pytest.mark.parametrize("kind", SOCIAL)
def test_a_query_that_fails_goes_last_and_waits_while_all_others_are_read(
    tmp_path, caplog, kind, answer
):
    if (kind.source, answer) in MEANS_NOTHING_THERE:
        pytest.skip("this says that there is nothing to read")
    caplog.set_level(logging.INFO)
    with world(kind, tmp_path) as w:
        w.broken[BAD] = ODD_ANSWERS[answer]
        states = []
        for _ in range(4):
            w.grow(BAD, 1)
            w.grow(GOOD, 1)
            report = w.run()
            states.append(outcome(report, BAD).state)
            assert outcome(report, GOOD).state == RunState.OK
            assert w.records(GOOD) == w.all(GOOD)
            w.time.pass_by(days=1)
        failed, waits = RunState.FAILED, RunState.WAITING
        assert states == [failed, failed, waits, failed]
        stored = [b.status for b in batches(w.settings, kind.source) if BAD in b.query]
        assert stored == states
        text = outcome(report, BAD).text
        assert text
        assert "s3cret" not in text + caplog.text
        last = [b.query for b in batches(w.settings, kind.source) if "hashtag" in b.query][-1]
        assert BAD in last, "it is asked after the others"
        # mended: it is read within four days, and what it missed in the seven that a query reaches
        del w.broken[BAD]
        for _ in range(4):
            assert w.records(BAD) == set()
            report = w.run()
            w.time.pass_by(days=1)
        assert outcome(report, BAD).state == RunState.OK
        assert w.records(BAD) >= {json.dumps(item) for *_, item in w.items[BAD][1:]}


def test_a_retry_of_the_same_day_is_no_success(tmp_path):
    with world(X, tmp_path) as w:
        w.broken[BAD] = Given([])
        states = []
        for _ in range(4):
            states.append([outcome(w.run(), BAD).state for _ in range(2)])
            w.time.pass_by(days=1)
        failed, waits = [RunState.FAILED] * 2, [RunState.WAITING] * 2
        assert states == [failed, failed, waits, failed]


def test_three_queries_that_fail_keep_no_other_from_being_read(tmp_path):
    """A server is taken to be down after three failures in a row: it must not be by these."""
    tags = ["bad1", "bad2", "bad3", "bad4", "good1", "good2"]
    with world(X, tmp_path) as w:
        w = World(w.platform, make_home(tmp_path / "more", {"x": X.options}, hashtags=tags))
        with serving(w.answer) as w.server:
            for tag in tags:
                w.grow(tag, 1)
                if tag.startswith("bad"):
                    w.broken[tag] = Given({"error": "down"}, 503)
            first, second, third = [], [], []
            for seen in (first, second, third):
                seen += [o for o in w.run().outcomes if o.query.text.startswith("hashtag:")]
                w.time.pass_by(days=1)
            assert {o.state for o in first} == {RunState.FAILED}, "they come first, by the alphabet"
            not_asked = [b.failures for b in batches(w.settings, "x") if "good" in b.query][:2]
            assert not_asked == [0, 0], "which is no failure of those that were not asked"
            for later in (second, third):
                read = [o.query.text for o in later if o.state == RunState.OK]
                found = [o.query.text for o in later if o.state == RunState.NO_DATA]
                assert {*read, *found} == {"hashtag:good1", "hashtag:good2"}


def test_a_source_that_was_down_makes_no_query_wait(tmp_path):
    with world(Mastodon, tmp_path) as w:
        for tag in (BAD, GOOD):
            w.grow(tag)
            w.broken[tag] = Given({"error": "down"}, 503)
        for _ in range(5):
            report = w.run()
            assert {o.state for o in report.outcomes if "hashtag" in o.query.text} == {
                RunState.FAILED
            }
            w.time.pass_by(days=1)
        w.broken.clear()
        report = w.run()
        assert {outcome(report, tag).state for tag in (BAD, GOOD)} == {RunState.OK}
        assert w.records(BAD) == w.all(BAD)


def test_an_error_in_the_code_is_loud_and_stops_its_query_alone(tmp_path, caplog, monkeypatch):
    with world(X, tmp_path) as w:
        w.grow(GOOD)
        search = x.X._search

        def faulty(self: Any, text: str, *args: Any) -> Any:
            if BAD in text:
                raise ZeroDivisionError("with s3cret-token inside")
            return search(self, text, *args)

        monkeypatch.setattr(x.X, "_search", faulty)
        report = w.run()
        assert (outcome(report, BAD).state, report.state) == (RunState.FAILED, RunState.FAILED)
        assert report.may_be_retried
        assert w.records(GOOD) == w.all(GOOD)
        text = outcome(report, BAD).text
        assert "ZeroDivisionError" in text
        assert "x.py:" in text
        assert "s3cret" not in text + caplog.text
        assert "Traceback" in caplog.text
        assert "in faulty" in caplog.text


def test_a_login_that_answers_oddly_is_no_traceback(tmp_path):
    with world(Bluesky, tmp_path) as w:
        odd = Given({"accessJwt": "only"})
        w.platform.other = lambda asked: odd  # type: ignore[method-assign]
        report = w.run()
        assert report.state == RunState.FAILED
        assert "KeyError" in report.outcomes[0].text
        assert batches(w.settings, "bluesky")
