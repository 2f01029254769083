"""The habits of servers that speak Mastodon's API, each switched on by its name, read and mapped.

The sandbox tells what must have landed: it is computed from the market, not from pages.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from reachline.connectors.clock import Clock
from reachline.connectors.connections import Connection
from reachline.connectors.ingest import Report, ingest
from reachline.connectors.types import WHOLE, RunState
from reachline.sandbox.platforms import TOKEN, Sandbox, serving
from reachline.sandbox.world import World, write_world
from reachline.settings import load_settings
from tests.dbt.landed import Home
from tests.unit.connectors.homes import landed

pytestmark = pytest.mark.slow

AT = datetime(2026, 3, 2, 6, tzinfo=UTC)
SOCIAL, KAFFEE, GOTOSOCIAL = "social.example", "kaffee.example", "gotosocial.example"
EVERY = (SOCIAL, KAFFEE, "pleroma.example", "old.example", GOTOSOCIAL, "pixelfed.example")


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> World:
    return write_world(tmp_path_factory.mktemp("market") / "world", 7, 4, "small", threads=2)


@dataclass
class Reading:
    sandbox: Sandbox
    folder: Path
    config: Path
    passed: timedelta = field(default_factory=timedelta)
    has_token: bool = True

    def home(self, *servers: str, **options: Any) -> Home:
        """Return the home, with these servers in its configuration."""
        mastodon = {"servers": list(servers), "first_days": 5, **options}
        sources = yaml.safe_dump({"connectors": {"mastodon": mastodon}})
        (self.config / "sources.yml").write_text(sources, encoding="utf-8")
        return Home(load_settings(self.folder / "data", self.config))

    def run(self, home: Home) -> Report:
        extra = {"base_url": self.sandbox.url("mastodon")}
        connection = Connection(password=TOKEN if self.has_token else None, extra=extra)
        clock = Clock(now=self.now, sleep=lambda seconds: self.pass_by(seconds=seconds))
        return ingest(home.settings, "mastodon", "test", clock=clock, connection=connection)

    def now(self) -> datetime:
        """Return the time, which passes while it is looked at."""
        self.passed += timedelta(milliseconds=10)
        return self.sandbox.now + self.passed

    def pass_by(self, **time: float) -> None:
        self.sandbox.set_clock(self.sandbox.now + timedelta(**time))

    def uris(self, home: Home, query: str) -> set[str]:
        rows = landed(home.settings, "mastodon", "statuses")
        return {uri for text, uri, _ in rows if text == query}

    def truth(self, query: str) -> set[str]:
        """Return what a query is about, as far back as is asked."""
        market = self.sandbox.market.posts["mastodon"]
        since = AT - timedelta(days=5)
        old = {post.native_id for post in market if post.published_at < since}
        return set(self.sandbox.truth("mastodon", query)) - old


@pytest.fixture
def reading(market: World, tmp_path: Path) -> Iterator[Reading]:
    config = tmp_path / "config"
    shutil.copytree(market.config, config)
    brands = yaml.safe_load((config / "brands.yml").read_text(encoding="utf-8"))
    brands["brands"] = brands["brands"][:1]
    brands["brands"][0]["competitors"] = []
    (config / "brands.yml").write_text(yaml.safe_dump(brands), encoding="utf-8")
    with serving(market.out, AT) as sandbox:
        sandbox.set_limit("mastodon", "requests", 100_000)
        yield Reading(sandbox, tmp_path, config)


def must_be_whole(reading: Reading, home: Home, report: Report) -> None:
    assert {outcome.state for outcome in report.outcomes} <= WHOLE, "\n".join(report.lines())
    for query in {o.query.text for o in report.outcomes if o.query.stream == "statuses"}:
        if query.partition(":")[0] in ("hashtag", "account"):
            assert reading.uris(home, query) >= reading.truth(query), query


@pytest.mark.parametrize("server", EVERY)
def test_each_kind_of_server_is_read_to_its_end(reading: Reading, server: str) -> None:
    home = reading.home(server)
    for _ in range(3):
        must_be_whole(reading, home, reading.run(home))
        reading.pass_by(hours=19)
    rows = landed(home.settings, "mastodon", "statuses")
    assert len({uri for query, uri, _ in rows if query.startswith("reread@")}) > 5
    assert landed(home.settings, "mastodon", "missing") == []


@pytest.mark.parametrize("server", ["old.example", GOTOSOCIAL, "pixelfed.example"])
def test_accounts_without_a_uri_are_told_apart_by_their_address(
    reading: Reading, server: str
) -> None:
    home = reading.home(server)
    reading.run(home)
    home.stage(AT.date())
    staged = "work.staging.stg_inbox__"
    posts = home.rows(
        f"select native_account_id, handle from {staged}posts where source = 'mastodon'"
    )
    assert len(posts) > 5
    for account, handle in posts:
        user, _, host = str(handle).partition("@")
        assert account == f"https://{host}/@{user}"
    profiles = home.rows(
        f"select distinct native_account_id from {staged}profiles where source = 'mastodon'"
    )
    assert {account for account, _ in posts} <= {row[0] for row in profiles}
    assert home.rows("select * from work.staging.quarantine where source = 'mastodon'") == []


@pytest.mark.parametrize("others", [(KAFFEE,), ("pleroma.example",), (GOTOSOCIAL,)])
def test_of_what_servers_share_nothing_that_lives_is_missing(
    reading: Reading, others: tuple[str, ...]
) -> None:
    home = reading.home(SOCIAL, *others)
    for _ in range(4):
        reading.run(home)
        reading.pass_by(days=1, hours=1)
    rows = landed(home.settings, "mastodon", "statuses")
    by_server = {query.partition("@")[0] for query, *_ in rows if query.startswith("reread")}
    assert by_server == {"reread"}
    assert landed(home.settings, "mastodon", "missing") == []
    ids = [post.native_id for post in reading.sandbox.market.posts["mastodon"]]
    known = {uri for _, uri, _ in rows}
    gone = [uri for uri in reversed(ids) if uri in known][:3]
    reading.sandbox.misbehave("mastodon", "deleted_posts", ids=frozenset(gone))
    reading.pass_by(days=1)
    reading.run(home)
    assert {uri for _, uri, _ in landed(home.settings, "mastodon", "missing")} == set(gone)


@pytest.mark.parametrize("server", [SOCIAL, "pleroma.example", GOTOSOCIAL])
def test_posts_that_come_late_are_found(reading: Reading, server: str) -> None:
    home = reading.home(server)
    reading.sandbox.misbehave("mastodon", "late_posts", seconds=30 * 3600)
    before = {o.query.text: reading.uris(home, o.query.text) for o in reading.run(home).outcomes}
    began, late = reading.sandbox.now, 0
    for _ in range(2):
        reading.pass_by(hours=17)
        must_be_whole(reading, home, reading.run(home))
    posts = reading.sandbox.market.posts["mastodon"]
    made = {post.native_id: post.published_at for post in posts}
    for query, found in before.items():
        late += sum(made[uri] < began for uri in reading.uris(home, query) - found)
    assert late >= 3


def test_what_is_not_for_everybody_is_not_taken(reading: Reading) -> None:
    home = reading.home(SOCIAL)
    posts = reading.sandbox.market.posts["mastodon"]
    hidden = frozenset(post.native_id for post in posts[::3])
    reading.sandbox.misbehave("mastodon", "private_posts", ids=hidden)
    report = reading.run(home)
    must_be_whole(reading, home, report)
    found = {uri for _, uri, _ in landed(home.settings, "mastodon", "statuses")}
    assert len(found) > 5
    assert not found & hidden


def test_a_post_that_became_private_is_neither_kept_up_nor_missing(reading: Reading) -> None:
    home = reading.home(SOCIAL)
    reading.run(home)
    reading.sandbox.misbehave("mastodon", "private_posts")
    reading.pass_by(days=1, hours=1)
    before = len(landed(home.settings, "mastodon", "statuses"))
    reading.run(home)
    assert len(landed(home.settings, "mastodon", "statuses")) == before
    assert landed(home.settings, "mastodon", "missing") == []


def test_a_content_warning_is_part_of_the_text(reading: Reading) -> None:
    home = reading.home(SOCIAL)
    reading.sandbox.misbehave("mastodon", "content_warnings")
    reading.run(home)
    home.stage(AT.date())
    rows = home.rows(
        "select native_post_id, text from work.staging.stg_inbox__posts where source = 'mastodon'"
    )
    texts = {post.native_id: post.text for post in reading.sandbox.market.posts["mastodon"]}
    assert len(rows) > 5
    for uri, text in rows:
        warning, _, rest = str(text).partition("\n")
        assert warning == texts[str(uri)].split()[0]
        assert len(rest.split()) == len(texts[str(uri)].split()) - 1


def test_a_server_that_wants_a_token_says_so(reading: Reading) -> None:
    closed = (GOTOSOCIAL, "pixelfed.example", "closed.example")
    home = reading.home(SOCIAL, *closed)
    reading.has_token = False
    report = reading.run(home)
    states = {o.query.text: o.state for o in report.outcomes if o.query.text.startswith("hashtag:")}
    for query, state in states.items():
        wants = query.rpartition("@")[2] in closed
        assert (state == RunState.AUTH_EXPIRED) == wants, query
    assert "has a token only" in "\n".join(report.lines())
    reading.has_token = True
    must_be_whole(reading, home, reading.run(home))


def test_statuses_are_read_again_together_where_the_server_can(reading: Reading) -> None:
    home = reading.home(SOCIAL, first_days=20)
    reading.run(home)
    reading.pass_by(days=1, hours=1)
    known = {uri for _, uri, _ in landed(home.settings, "mastodon", "statuses")}
    reading.sandbox._state.requests.clear()
    reading.run(home)
    paths = [r["path"] for r in reading.sandbox.requests("mastodon") if "v1/statuses" in r["path"]]
    assert len(known) > 40
    assert 0 < len(paths) <= len(known) / 20 + 1
    records = [json.loads(raw) for *_, raw in landed(home.settings, "mastodon", "statuses")]
    assert {record["visibility"] for record in records} == {"public"}
