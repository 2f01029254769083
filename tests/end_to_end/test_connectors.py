"""Each connector against a server that speaks its platform's language, well and ill.

What must have landed is what the sandbox says of itself: computed from the market, not from pages.
"""

from __future__ import annotations

import json
import logging
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from reachline.connectors.clock import Clock
from reachline.connectors.connections import Connection
from reachline.connectors.ingest import Report, ingest
from reachline.connectors.types import REREAD, WHOLE, RunState
from reachline.connectors.x import RECENT
from reachline.sandbox.platforms import TOKEN, Sandbox, serving
from reachline.sandbox.platforms.ga4 import event_id, write_exports
from reachline.sandbox.world import World
from reachline.settings import Settings, load_settings
from tests.unit.connectors.homes import landed

pytestmark = pytest.mark.slow

AT = datetime(2026, 3, 2, 6, tzinfo=UTC)


@dataclass(frozen=True)
class Platform:
    """How a platform is configured, and what of it every complete read must have landed."""

    stream: str
    options: dict[str, Any] = field(default_factory=dict)
    connection: dict[str, Any] = field(default_factory=dict)
    paged: str = ""
    """A part of the paths whose answers have pages."""
    thing: Callable[[str], str] = str
    """What a record id is about, where a thing lands each time that it changed."""
    again: str | None = None
    """The stream of what is read again, where it is another; "" where nothing is."""
    pauses: tuple[int, ...] = (5, 19, 30)
    """The hours between the runs of several days."""
    waits: bool = True
    """Whether too many requests are waited for; else the run ends, for the limit is an hour's."""
    can_miss: bool = True
    """Whether the platform says that something was deleted."""
    least: int = 50
    """So many records and more are about the one brand."""
    reach: timedelta | None = None
    """The platform knows no posts that were older than this at the first run."""


PLATFORMS = {
    "mastodon": Platform(
        "statuses",
        {"servers": ["social.example", "pleroma.example"]},
        paged="/timelines/tag/",
    ),
    "shopify": Platform(
        "orders",
        {"shop": "acme.myshopify.com"},
        paged="graphql",
        thing=lambda record_id: record_id.partition("@")[0],
        can_miss=False,
    ),
    "youtube": Platform("search_results", paged="/search", again="videos"),
    "instagram": Platform(
        "hashtag_media",
        # the brand's user id in this market
        connection={"extra": {"accounts": {"lumencoffee": "17841400040024420"}}},
        paged="/recent_media",
        again="",
        waits=False,
        pauses=(5, 19, 23),  # what is recent is shown for 24 hours
        can_miss=False,
    ),
    "tiktok": Platform(
        "videos",
        {"research": True},
        paged="/research/video/query/",
    ),
    "x": Platform(
        "posts",
        {
            "first_days": 7,
            "spend_cap": 1000,
            "currency": "USD",
            "price_per_post": 0.005,
            "price_per_user": 0.01,
        },
        paged="search/recent",
        least=20,
        reach=RECENT,
    ),
    "bluesky": Platform(
        "posts", connection={"login": "lumencoffee.bsky.example"}, paged="feed.searchPosts"
    ),
    "threads": Platform(
        "posts",
        connection={"extra": {"tokens": {"lumencoffee": f"{TOKEN}.lumencoffee"}}},
        paged="/me/mentions",
        waits=False,
    ),
    "reddit": Platform(
        "posts",
        {"username": "lumen_data", "subreddits": ["coffee"]},
        connection={"login": "app"},
        paged="/r/coffee/new",
    ),
}


@pytest.fixture(scope="module")
def market(four_nights: World) -> World:
    return four_nights


def _is_again(query: str) -> bool:
    """Return whether a record was read again; Mastodon says on which server."""
    return query.partition("@")[0] == REREAD


@dataclass
class Reading:
    source: str
    sandbox: Sandbox
    settings: Settings
    started: datetime = AT
    ever: dict[str, set[str]] = field(default_factory=dict)
    """What a query was about at any run: what was deleted since has landed all the same."""

    @property
    def platform(self) -> Platform:
        return PLATFORMS[self.source]

    def run(self, token: str = TOKEN) -> Report:
        self.started = self.sandbox.now
        extra = {"base_url": self.sandbox.url(self.source)}
        made = {"password": token, **self.platform.connection}
        connection = Connection(**{**made, "extra": {**extra, **made.get("extra", {})}})
        clock = Clock(now=lambda: self.sandbox.now, sleep=self.sleep)
        return ingest(self.settings, self.source, "test", clock=clock, connection=connection)

    def truth(self, query: str, at: datetime) -> set[str]:
        now = self.sandbox.now
        self.sandbox.set_clock(at)
        try:
            return set(self.sandbox.truth(self.source, query))
        finally:
            self.sandbox.set_clock(now)

    def sleep(self, seconds: float) -> None:
        self.sandbox.set_clock(self.sandbox.now + timedelta(seconds=seconds))

    def pass_by(self, **time: float) -> None:
        self.sandbox.set_clock(self.sandbox.now + timedelta(**time))

    def landed(self) -> Counter[tuple[str, str]]:
        rows = landed(self.settings, self.source, self.platform.stream)
        return Counter((query, record_id) for query, record_id, _ in rows if not _is_again(query))

    def out_of_reach(self) -> set[str]:
        """Return the posts that were too old at the first run."""
        if self.platform.reach is None:
            return set()
        since = AT - self.platform.reach
        posts = self.sandbox._state.market.posts[self.source]
        return {post.native_id for post in posts if post.published_at < since}

    def must_be_whole(self, report: Report) -> None:
        """Check that each query has landed what it is about, each thing once."""
        found = self.landed()
        assert max(found.values()) == 1, "a record landed twice"
        for outcome in report.outcomes:
            query = outcome.query
            if query.stream == self.platform.stream and query.once and query.text != REREAD:
                wanted = self.truth(query.text, self.started) - self.out_of_reach()
                got = {self.platform.thing(r) for text, r in found if text == query.text}
                ever = self.ever.setdefault(query.text, set())
                ever |= wanted | self.truth(query.text, self.sandbox.now)
                assert wanted <= got <= ever, query.text


@pytest.fixture(params=PLATFORMS)
def reading(request: pytest.FixtureRequest, market: World, tmp_path: Path) -> Iterator[Reading]:
    source = request.param
    config = tmp_path / "config"
    shutil.copytree(market.config, config)
    options = {"first_days": 365, **PLATFORMS[source].options}
    # one brand: what holds for it holds for six, and takes a sixth of the time
    brands = yaml.safe_load((config / "brands.yml").read_text(encoding="utf-8"))
    brands["brands"] = brands["brands"][:1]
    brands["brands"][0]["competitors"] = []
    (config / "brands.yml").write_text(yaml.safe_dump(brands), encoding="utf-8")
    sources = yaml.safe_dump({"connectors": {source: options}})
    (config / "sources.yml").write_text(sources, encoding="utf-8")
    with serving(market.out, AT) as sandbox:
        yield Reading(source, sandbox, load_settings(tmp_path / "data", config))


def states(report: Report) -> set[RunState]:
    return {outcome.state for outcome in report.outcomes}


def test_all_there_is_lands_once_over_several_days(reading: Reading) -> None:
    report = reading.run()
    reading.must_be_whole(report)
    assert sum(reading.landed().values()) > reading.platform.least
    for hours in reading.platform.pauses:
        reading.pass_by(hours=hours)
        report = reading.run()
        assert states(report) <= WHOLE, "\n".join(report.lines())
        reading.must_be_whole(report)
    again = reading.platform.again
    if again != "":
        rows = landed(reading.settings, reading.source, again or reading.platform.stream)
        assert sum(_is_again(query) for query, _, _ in rows) > 10


FAULTS = {
    # kind: what a run may end as when the fault stays for all five attempts, and for ever
    "429": {RunState.RATE_LIMITED},
    "500": {RunState.FAILED, RunState.PARTIAL},
    "cut": {RunState.FAILED, RunState.PARTIAL},
    "truncated_json": {RunState.FAILED, RunState.PARTIAL},
    "expired_token": {RunState.AUTH_EXPIRED},
}


@pytest.mark.parametrize("kind", ["429", "500", "cut", "truncated_json"])
def test_what_passes_by_is_waited_for(reading: Reading, kind: str) -> None:
    if kind == "429" and not reading.platform.waits:
        pytest.skip("its limits pass by in an hour")
    reading.sandbox.misbehave(reading.source, kind, times=2, skip=2)
    report = reading.run()
    assert states(report) <= WHOLE, "\n".join(report.lines())
    reading.must_be_whole(report)


@pytest.mark.parametrize(
    "skip", [pytest.param(0, marks=pytest.mark.long), 1, pytest.param(5, marks=pytest.mark.long)]
)
@pytest.mark.parametrize("kind", FAULTS)
def test_what_stays_ends_the_run_as_what_it_is_and_loses_nothing(
    reading: Reading, kind: str, skip: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    reading.run()
    reading.pass_by(hours=12)
    reading.sandbox.misbehave(reading.source, kind, times=10**6, skip=skip)
    report = reading.run()
    assert report.state in FAULTS[kind], "\n".join(report.lines())
    assert max(reading.landed().values()) == 1
    reading.sandbox.behave()
    reading.pass_by(hours=1)
    report = reading.run()
    assert states(report) <= WHOLE, "\n".join(report.lines())
    reading.must_be_whole(report)
    written = [path for path in reading.settings.paths.home.rglob("*") if path.is_file()]
    assert not any(TOKEN.encode() in path.read_bytes() for path in written)
    assert TOKEN not in caplog.text


@pytest.mark.parametrize("kind", ["empty_page", "repeated_cursor", "new_between_pages"])
def test_odd_pages_lose_nothing_and_double_nothing(reading: Reading, kind: str) -> None:
    path = reading.platform.paged
    reading.sandbox.misbehave(reading.source, kind, times=3, skip=1, path=path)
    reading.run()
    assert max(reading.landed().values()) == 1
    reading.sandbox.behave()
    reading.pass_by(hours=1)
    # what changes while it is read moves out of the window, and comes with the next one
    reading.run()
    reading.must_be_whole(reading.run())


def test_a_post_that_was_deleted_is_said_to_be_missing(reading: Reading) -> None:
    if not reading.platform.can_miss:
        pytest.skip("the platform does not say")
    reading.run()
    known = {record_id for _, record_id in reading.landed()}
    posts = reversed(reading.sandbox._state.market.posts[reading.source])
    # where ids are local to a server, the newest posts of all
    ids = [post.native_id for post in posts if post.native_id in known][:3]
    reading.sandbox.misbehave(reading.source, "deleted_posts", times=3, ids=set(ids))
    reading.pass_by(days=1, hours=1)
    reading.run()
    missing = {record_id for _, record_id, _ in landed(reading.settings, reading.source, "missing")}
    assert missing
    reading.pass_by(days=1)
    reading.run()
    again = landed(reading.settings, reading.source, "missing")
    assert len(again) == len({record_id for _, record_id, _ in again}), "once"


def test_ga4_s_files_land_each_event_as_they_grow(market: World, tmp_path: Path) -> None:
    config = tmp_path / "config"
    shutil.copytree(market.config, config)
    folder = tmp_path / "exports"
    sources = yaml.safe_dump({"connectors": {"ga4": {"folder": str(folder)}}})
    (config / "sources.yml").write_text(sources, encoding="utf-8")
    settings = load_settings(tmp_path / "data", config)
    with serving(market.out, AT) as sandbox:
        clock = Clock(now=lambda: sandbox.now)
        for _ in range(3):
            write_exports(sandbox._state, folder)
            report = ingest(settings, "ga4", "test", clock=clock, connection=Connection())
            assert report.state == RunState.OK
            found = {event_id(json.loads(raw)) for *_, raw in landed(settings, "ga4", "events")}
            assert found == set(sandbox.truth("ga4", "events"))
            sandbox.set_clock(sandbox.now + timedelta(days=1))
