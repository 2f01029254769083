"""Servers that speak Mastodon's API: what was posted is what is told after whole nights.

mastodon_mock, and the server that REACHLINE_TEST_MASTODON=https://host and
REACHLINE_TEST_MASTODON_TOKEN name: the token of an account that may post there. All that it posts
has a hashtag of its own, and is deleted in the end.
"""

from __future__ import annotations

import re
import secrets
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from reachline.settings import Settings
from tests.servers.mastodon import Server, mock, named
from tests.servers.nights import Told, native, reachline, told
from tests.unit.connectors.homes import landed, make_home


@dataclass
class Story:
    """What was posted, by names, and what two nights tell of it."""

    server: Server
    settings: Settings
    tag: str
    user: str
    posted: dict[str, dict[str, Any]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    reports: list[str] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)

    def post(self, name: str, text: str, **options: Any) -> dict[str, Any]:
        self.posted[name] = self.server.brand.post(text, **options)
        self.texts[name] = text
        return self.posted[name]

    def uri(self, name: str) -> str:
        return str(self.posted[name]["uri"])

    @property
    def new(self) -> set[str]:
        """The names of what was posted between the nights."""
        return {name for name in self.posted if name.startswith("new ")}

    def named(self, uris: Any) -> set[str]:
        names = {status["uri"]: name for name, status in self.posted.items()}
        return {names[uri] for uri in uris}

    def delete(self, name: str) -> None:
        self.server.brand.call("DELETE", f"/api/v1/statuses/{self.posted[name]['id']}")

    def wait_until_shown(self, name: str) -> None:
        """Wait until the hashtag's timeline shows a status."""
        deadline = time.monotonic() + 60
        while True:
            shown = self.server.brand.call("GET", f"/api/v1/timelines/tag/{self.tag}")
            if any(status["uri"] == self.uri(name) for status in shown):
                return
            assert time.monotonic() < deadline, f"{name} is not shown"
            time.sleep(0.5)


@pytest.fixture(scope="module", params=["mastodon_mock", "named"])
def story(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("mastodon")
    with ExitStack() as stack:
        server = stack.enter_context(named() if request.param == "named" else mock(folder))
        user = server.brand.call("GET", "/api/v1/accounts/verify_credentials")["username"]
        tag = f"reachline{secrets.token_hex(5)}"
        settings = make_home(
            folder,
            {"mastodon": {"servers": [server.name], "first_days": 1}},
            handles={"mastodon": [f"{user}@{server.name}"]},
            hashtags=[tag],
        )
        story = Story(server, settings, tag, user)
        stack.callback(clean_up, story)
        tell(story)
        yield story


def tell(story: Story) -> None:
    server, tag, brand = story.server, story.tag, story.server.brand
    # ---- what is there before the first night
    for number in range(server.many):
        story.post(f"cup {number}", f"cup {number} #{tag}")
    words = story.post("words", f"Our <fresh> roast & more\nis here #{tag.upper()}", language="de")
    story.post("picture", f"look #{tag}", media_ids=[brand.picture()])
    story.post("unlisted", f"between us #{tag}", visibility="unlisted")
    story.post("reply", f"and cake #{tag}", in_reply_to_id=words["id"])
    story.post("link", f"see https://acme.example/beans #{tag}")
    story.post("edited", f"Come in at tne #{tag}")
    story.post("gone before", f"a mistake #{tag}")
    story.post("gone after", f"an opinion #{tag}")
    brand.call("POST", f"/api/v1/statuses/{words['id']}/favourite")
    brand.call("POST", f"/api/v1/statuses/{words['id']}/reblog")
    if server.friend is not None:
        text = f"thanks @{story.user} #{tag}"
        story.posted["mention"], story.texts["mention"] = server.friend.post(text), text
        server.friend.call("POST", f"/api/v1/statuses/{words['id']}/favourite")
    story.delete("gone before")
    story.wait_until_shown("gone after")

    def night(at: datetime) -> None:
        moment = at.strftime("%Y-%m-%dT%H:%M:%S")
        said = reachline(
            story.settings, "ingest", "mastodon", "--at", moment, mastodon=server.connection
        )
        story.reports.append(said)
        reachline(story.settings, "run", "--date", f"{at:%Y-%m-%d}")
        story.told.append(told(story.settings, "mastodon"))

    now = datetime.now(UTC)
    night(now + timedelta(minutes=1))

    # ---- what happens until the second
    story.delete("gone after")
    edited = story.posted["edited"]["id"]
    brand.call("PUT", f"/api/v1/statuses/{edited}", json={"status": f"Come in at ten #{tag}"})
    for number in range(server.many // 2):
        story.post(f"new {number}", f"and one more {number} #{tag}")
    brand.call("POST", f"/api/v1/statuses/{words['id']}/unfavourite")
    story.wait_until_shown(f"new {server.many // 2 - 1}")
    night(now + timedelta(days=1, minutes=1))


def clean_up(story: Story) -> None:
    for name in story.posted.keys() - {"gone before", "gone after", "mention"}:
        story.delete(name)


def test_every_query_is_answered_and_none_stops(story: Story) -> None:
    for report in story.reports:
        assert set(re.findall(r"mastodon: (\w+): ", report)) <= {"ok", "no_data"}, report


def test_what_was_asked_for_lands_once_and_nothing_else(story: Story) -> None:
    by_query: dict[str, list[str]] = {}
    for query, uri, _ in landed(story.settings, "mastodon", "statuses"):
        by_query.setdefault(query, []).append(uri)
    there = story.posted.keys() - {"gone before"}
    tagged = by_query[f"hashtag:{story.tag}@{story.server.name}"]
    assert story.named(tagged) == there - {"unlisted"}
    assert max(Counter(tagged).values()) == 1
    own = by_query[f"account:{story.user}@{story.server.name}"]
    # an account that somebody named may have posted more
    ours = set(own) if story.server.friend else set(own) & {story.uri(name) for name in there}
    assert story.named(ours) == there - {"mention"}
    assert max(Counter(own).values()) == 1


def test_statuses_say_what_was_posted(story: Story) -> None:
    posts = story.told[0].posts
    for name in story.posted.keys() - {"gone before"} - story.new:
        post = posts[story.uri(name)]
        assert post["text"] == story.texts[name]
        assert post["hashtags"] == [story.tag]
    assert story.uri("gone before") not in posts
    words = posts[story.uri("words")]
    said = datetime.fromisoformat(story.posted["words"]["created_at"])
    assert (words["language"], words["published_at"].replace(tzinfo=UTC)) == ("de", said)
    assert posts[story.uri("picture")]["content_type"] == "image"


def test_a_boost_is_no_post(story: Story) -> None:
    counted = story.told[0].posts.keys() & {story.uri(name) for name in story.posted}
    assert len(counted) == len(story.posted.keys() - {"gone before"} - story.new)
    if story.server.friend is not None:
        assert story.told[0].posts.keys() == counted


def test_likes_replies_and_boosts_are_counted(story: Story) -> None:
    likes = 1 + (story.server.friend is not None)
    assert story.told[0].metrics[story.uri("words")] == (likes, 1, 1, None)
    assert story.told[0].metrics[story.uri("cup 0")] == (0, 0, 0, None)
    assert story.told[1].metrics[story.uri("words")] == (likes - 1, 1, 1, None)


def test_hashtags_and_names_are_mentions(story: Story) -> None:
    found = story.told[0].mentions
    hashtags = story.named(uri for uri, kind in found if kind == "hashtag")
    assert hashtags == story.posted.keys() - {"gone before"} - story.new
    if story.server.friend is None:
        pytest.skip("NOT TESTED: nobody else posts there")
    assert story.named(uri for uri, kind in found if kind == "tag") == {"mention"}


def test_what_was_deleted_is_gone_what_was_edited_is_so_and_what_is_new_is_there(
    story: Story,
) -> None:
    before, after = (told.posts for told in story.told)
    missing = [uri for _, uri, _ in landed(story.settings, "mastodon", "missing")]
    assert missing == [story.uri("gone after")]
    assert after.get(story.uri("gone after"), {"text": None})["text"] is None
    assert before[story.uri("edited")]["text"] == f"Come in at tne #{story.tag}"
    assert after[story.uri("edited")]["text"] == f"Come in at ten #{story.tag}"
    assert after.keys() - before.keys() == {story.uri(name) for name in story.new}


def test_the_account_is_the_one_that_posts(story: Story) -> None:
    (by,) = {native(story.told[0].posts[story.uri(name)]["by"]) for name in ("words", "unlisted")}
    assert story.told[0].handles[by] == f"{story.user}@{story.server.name}"
