"""Bluesky's own PDS and AppView: what was written is what is told after whole nights.

The AppView of its packages searches for a text as it stands and passes over filters: what is asked
for by `mentions` finds nothing there, and hashtags find longer ones, too.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from reachline.settings import Settings
from tests.servers.bluesky import POST, Account, facet, network, stamp
from tests.servers.nights import Told, native, reachline, told
from tests.unit.connectors.homes import landed, make_home

TAG = "#acmecoffee"
NAMES = ("acmecoffee", "acmebeans", "berta", "carl", "dora", "erna")
MANY = 130
"""More than a page of a search, or of a feed, holds."""


@dataclass
class Story:
    """Who wrote what, by the names of the posts, and what two nights tell of it."""

    settings: Settings
    written: dict[str, str] = field(default_factory=dict)
    """The uri of a post, by its name."""
    texts: dict[str, str] = field(default_factory=dict)
    dids: dict[str, str] = field(default_factory=dict)
    reports: list[str] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    server_says: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What the AppView says of each post before the second night, by uri."""

    def named(self, uris: Iterable[str]) -> set[str]:
        """Return the names of posts."""
        names = {uri: name for name, uri in self.written.items()}
        return {names[uri] for uri in uris}

    def post(self, name: str, by: Account, text: str, **record: Any) -> dict[str, str]:
        made = by.post(text, **record)
        self.written[name], self.texts[name] = made["uri"], text
        return made


@pytest.fixture(scope="module")
def story(node: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("bluesky")
    settings = make_home(
        folder,
        {"bluesky": {}},
        handles={"bluesky": ["acmecoffee.test", "acmebeans.test"]},
        hashtags=["acmecoffee"],
        domains=["acme.example"],
        keywords=["cold drip"],
    )
    story = Story(settings)
    files = folder / "network"
    files.mkdir()
    with network(node, files) as net:
        acme, beans, berta, carl, dora, erna = (net.account(name) for name in NAMES)
        story.dids = {a.handle: a.did for a in (acme, beans, berta, carl, dora, erna)}
        now = datetime.now(UTC)
        day_before = {"createdAt": stamp(now - timedelta(days=1))}

        # ---- what is there before the first night
        for account, text in ((berta, f"a cup {TAG}"), (acme, "from our roastery")):
            written = account.posts(
                {
                    "text": f"{text} {number}",
                    "facets": [facet(text, TAG, tag="acmecoffee")] if TAG in text else [],
                    "createdAt": stamp(now - timedelta(minutes=30 * number + 60)),
                }
                for number in range(MANY)
            )
            for number, uri in enumerate(written):
                name = f"{account.handle} {number}"
                story.written[name], story.texts[name] = uri, f"{text} {number}"

        text = f"Frühstück mit der Rösterei ☕ {TAG}"
        marks = [facet(text, "der Rösterei ☕", did=acme.did), facet(text, TAG, tag="acmecoffee")]
        renamed = story.post(
            "renamed mention", carl, text, facets=marks, langs=["de"], **day_before
        )
        text = f"thanks @acmecoffee.test! {TAG}"
        marks = [facet(text, "@acmecoffee.test", did=acme.did)]
        story.post("named mention", carl, text, facets=marks, **day_before)
        text = f"beans at acme.example/b… {TAG}"
        marks = [facet(text, "acme.example/b…", uri="https://acme.example/beans")]
        story.post("link", dora, text, facets=marks, **day_before)
        images = {"$type": "app.bsky.embed.images", "images": [dora.picture()]}
        picture = story.post("picture", dora, f"look {TAG}", embed=images, **day_before)
        items = [
            {
                "$type": "app.bsky.embed.gallery#image",
                "aspectRatio": {"width": 1, "height": 1},
                **dora.picture(),
            }
            for _ in range(5)
        ]
        gallery = {"$type": "app.bsky.embed.gallery", "items": items}
        story.post("gallery", dora, f"more of it {TAG}", embed=gallery, **day_before)
        card = {"uri": "https://acme.example/beans", "title": "Beans", "description": "ours"}
        external = {"$type": "app.bsky.embed.external", "external": card}
        story.post("card", dora, f"read this {TAG}", embed=external, **day_before)
        quote = {
            "$type": "app.bsky.embed.recordWithMedia",
            "record": {"$type": "app.bsky.embed.record", "record": picture},
            "media": {"$type": "app.bsky.embed.images", "images": [carl.picture()]},
        }
        story.post("quote with picture", carl, f"see this {TAG}", embed=quote, **day_before)
        thread = {"root": picture, "parent": picture}
        story.post("reply", berta, f"lovely {TAG}", reply=thread, **day_before)
        future = {"createdAt": stamp(now + timedelta(days=3))}
        story.post("future", dora, f"from tomorrow {TAG}", **future)
        story.post("own reply", acme, "thank you!", reply=thread, **day_before)
        edited = story.post("edited", acme, "Come in at tne", **day_before)
        story.post(
            "own", acme, "Our new roast\nis here & <fresh>", tags=["acmecoffee"], **day_before
        )
        story.post("keyword", dora, 'they call it "cold drip"', **day_before)
        story.post("longer tag", dora, f"{TAG}fans unite", **day_before)
        story.post("beans", beans, "beans of ours", **day_before)
        story.post("to be hidden", erna, f"for now {TAG}", **day_before)
        gone = story.post("gone before", dora, f"a mistake {TAG}", **day_before)
        to_go = story.post("gone after", dora, f"an opinion {TAG}", **day_before)

        for account in (acme, berta, carl):
            account.write("app.bsky.feed.like", subject=picture)
        for account in (acme, berta):
            account.write("app.bsky.feed.repost", subject=picture)
        like = berta.write("app.bsky.feed.like", subject=renamed)
        berta.call("app.bsky.bookmark.createBookmark", json=picture)
        dora.delete(gone["uri"])
        net.settle()

        password = acme.call("com.atproto.server.createAppPassword", json={"name": "reachline"})
        connection = {
            "login": acme.handle,
            "password": password["password"],
            "extra": {"base_url": net.url},
        }

        def night(at: datetime) -> None:
            moment = at.strftime("%Y-%m-%dT%H:%M:%S")
            said = reachline(settings, "ingest", "bluesky", "--at", moment, bluesky=connection)
            story.reports.append(said)
            reachline(settings, "run", "--date", f"{at:%Y-%m-%d}")
            story.told.append(told(settings, "bluesky"))

        night(now + timedelta(minutes=1))

        # ---- what happens until the second
        dora.delete(to_go["uri"])
        berta.delete(like["uri"])
        dora.write("app.bsky.feed.like", subject=renamed)
        carl.write("app.bsky.feed.like", subject=renamed)
        story.post("new", berta, f"and one more {TAG}")
        carl.call("com.atproto.identity.updateHandle", json={"handle": "carlotta.test"})
        for account in (beans, erna):
            account.write("app.bsky.graph.block", subject=acme.did)
        corrected = {"$type": POST, "text": "Come in at ten", **day_before}
        acme.put(edited["uri"], corrected)
        net.settle()
        for uri in story.written.values():
            found = acme.call("app.bsky.feed.getPosts", params={"uris": [uri]})["posts"]
            story.server_says |= {post["uri"]: post for post in found}
        night(now + timedelta(days=1, minutes=1))
        yield story


# ---- the first night


def test_every_query_is_answered_and_none_stops(story: Story) -> None:
    before, after = (re.findall(r"bluesky: (\w+): ", report) for report in story.reports)
    assert set(before) == {"ok", "no_data"}, story.reports
    assert set(after) == {"ok", "no_data", "feed_disabled"}, story.reports


def test_what_was_asked_for_lands_and_nothing_else(story: Story) -> None:
    by_query: dict[str, list[str]] = {}
    for query, uri, _ in landed(story.settings, "bluesky", "posts"):
        by_query.setdefault(query, []).append(uri)
    tagged = {f"berta.test {number}" for number in range(MANY)} | {
        "renamed mention", "named mention", "link", "picture", "gallery", "card",
        "quote with picture", "reply", "future", "gone after", "to be hidden", "new",
    }  # fmt: skip
    own = {f"acmecoffee.test {number}" for number in range(MANY)} | {"own", "own reply", "edited"}
    assert story.named(by_query["hashtag:acmecoffee"]) == tagged
    assert story.named(by_query["account:acmecoffee.test"]) == own
    assert story.named(by_query["account:acmebeans.test"]) == {"beans"}
    assert story.named(by_query["keyword:cold drip"]) == {"keyword"}
    for query in by_query.keys() - {"reread"}:
        assert max(Counter(by_query[query]).values()) == 1, query


def test_posts_say_what_was_written_and_by_whom(story: Story) -> None:
    first = story.told[0].posts
    assert len(first) > 2 * MANY
    writers = {did: handle for handle, did in story.dids.items()}
    names = {uri: name for name, uri in story.written.items()}
    for uri, post in first.items():
        assert post["text"] == story.texts[names[uri]]
        assert native(post["by"]) == uri.split("/")[2]
        assert native(post["by"]) in writers
    assert first[story.written["renamed mention"]]["language"] == "de"
    assert first[story.written["own"]]["hashtags"] == ["acmecoffee"]


def test_a_post_that_claims_to_be_of_the_future_is_of_when_it_came(story: Story) -> None:
    post = story.told[0].posts[story.written["future"]]
    came = datetime.fromisoformat(story.server_says[story.written["future"]]["indexedAt"])
    assert post["published_at"].replace(tzinfo=UTC) == came


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("picture", "image"),
        ("quote with picture", "image"),
        ("gallery", "image"),
        ("card", "link"),
        ("own", "text"),
        ("reply", "text"),
    ],
)
def test_a_post_is_of_the_kind_of_what_it_shows(story: Story, name: str, kind: str) -> None:
    assert story.told[0].posts[story.written[name]]["content_type"] == kind


def test_hashtags_links_keywords_and_names_are_mentions(story: Story) -> None:
    found = story.told[0].mentions
    by_kind = {
        kind: story.named(uri for uri, of in found if of == kind)
        for kind in ("hashtag", "tag", "keyword", "link")
    }
    tagged = {f"berta.test {number}" for number in range(MANY)}
    assert by_kind["hashtag"] >= tagged | {"own", "reply", "picture", "renamed mention"}
    assert by_kind["link"] == {"link", "card"}
    assert by_kind["keyword"] == {"keyword"}
    assert "named mention" in by_kind["tag"]
    assert set(found.values()) == {1}


def test_a_mention_is_of_whom_it_marks_whatever_its_text_says(story: Story) -> None:
    assert (story.written["renamed mention"], "tag") in story.told[0].mentions


def test_likes_replies_reposts_quotes_and_bookmarks_are_counted(story: Story) -> None:
    # 3 likes, a reply of berta and one of acme, 2 reposts and a quote, a bookmark
    assert story.told[0].metrics[story.written["picture"]] == (3, 2, 3, 1)
    assert story.told[0].metrics[story.written["renamed mention"]] == (1, 0, 0, 0)
    assert story.told[0].metrics[story.written["own"]] == (0, 0, 0, 0)


def test_accounts_are_those_that_were_found(story: Story) -> None:
    assert story.told[0].handles == {did: handle for handle, did in story.dids.items()}


# ---- the second


def test_what_was_deleted_is_gone_and_what_is_new_is_there(story: Story) -> None:
    before, after = (set(told.posts) for told in story.told)
    missing = [uri for _, uri, _ in landed(story.settings, "bluesky", "missing")]
    assert missing == [story.written["gone after"]]
    assert story.named(after - before) == {"new"}
    left = story.told[1].posts.get(story.written["gone after"], {"text": None})
    assert left["text"] is None


def test_what_a_block_hides_is_not_gone(story: Story) -> None:
    for name in ("beans", "to be hidden"):
        assert story.told[1].posts[story.written[name]]["text"] == story.texts[name]


def test_counts_of_a_day_later_are_those_of_a_day_later(story: Story) -> None:
    assert story.told[1].metrics[story.written["renamed mention"]] == (2, 0, 0, 0)
    assert story.told[1].metrics[story.written["picture"]] == (3, 2, 3, 1)


def test_a_text_is_that_of_the_server_after_an_edit(story: Story) -> None:
    uri = story.written["edited"]
    assert story.told[1].posts[uri]["text"] == story.server_says[uri]["record"]["text"]


def test_a_changed_handle_is_the_same_account(story: Story) -> None:
    carl = story.dids["carl.test"]
    assert story.told[1].handles == {**story.told[0].handles, carl: "carlotta.test"}
    history = [rest for did, *rest in story.told[1].history if did == carl]
    assert history == [["carl.test", False], ["carlotta.test", True]]
