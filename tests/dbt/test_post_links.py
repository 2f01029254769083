"""A post is known by platform and id, however its link is written: each form against each other."""

from __future__ import annotations

import re
from itertools import product
from types import ModuleType

import pytest

from reachline.configuration.platforms import platforms
from reachline.configuration.platforms.base import SHORTENERS
from tests.dbt.test_text_macros import evaluate, macros

__all__ = ["macros"]

LINKS: dict[str, list[str]] = {
    "x": [
        "https://x.com/i/web/status/{id}",
        "https://x.com/i/status/{id}",
        "https://x.com/AnnaBrews/status/{id}?s=20",
        "https://www.x.com/other_name/status/{id}/photo/1",
        "https://twitter.com/AnnaBrews/status/{id}#x",
        "http://mobile.twitter.com/annabrews/status/{id}/",
        "https://mobile.x.com/annabrews/status/{id}?t=a&s=19",
        "https://m.twitter.com/annabrews/statuses/{id}",
        "https://twitter.com/#!/annabrews/status/{id}",
        "X.com/annabrews/status/{id}",
    ],
    "instagram": [
        "https://www.instagram.com/p/{id}/",
        "https://instagram.com/reel/{id}/?igsh=MzRlODBiNWFlZA==",
        "https://www.instagram.com/reels/{id}",
        "https://www.instagram.com/tv/{id}/?utm_source=ig_web_copy_link",
        "https://www.instagram.com/anna.brews/reel/{id}/",
        "https://www.instagram.com/anna.brews/p/{id}/?img_index=2",
        "https://m.instagram.com/p/{id}/#x",
        "http://Instagr.am/p/{id}",
        "instagram.com/p/{id}/embed/captioned/",
    ],
    "youtube": [
        "https://www.youtube.com/watch?v={id}",
        "https://m.youtube.com/watch?app=desktop&v={id}&t=42s",
        "https://music.youtube.com/watch?v={id}&list=RD",
        "https://youtu.be/{id}?si=AbC",
        "https://www.youtube.com/shorts/{id}?feature=share",
        "https://youtube.com/live/{id}",
        "https://www.youtube.com/embed/{id}?autoplay=1",
        "https://www.youtube-nocookie.com/embed/{id}",
        "https://www.youtube.com/v/{id}&hl=en",
    ],
    "tiktok": [
        "https://www.tiktok.com/@anna.brews/video/{id}?is_from_webapp=1",
        "https://www.tiktok.com/@anna.brews/photo/{id}",
        "https://tiktok.com/@/video/{id}",
        "https://m.tiktok.com/v/{id}.html",
        "http://m.tiktok.com/v/{id}",
        "https://www.tiktok.com/embed/v2/{id}",
        "https://www.tiktok.com/embed/{id}",
        "https://www.tiktok.com/player/v1/{id}",
        "https://www.tiktok.com/share/video/{id}",
    ],
    "bluesky": [
        "https://bsky.app/profile/did:plc:z72i7hdynmk6r22z27h6tvur/post/{id}",
        "https://www.bsky.app/profile/did:plc:z72i7hdynmk6r22z27h6tvur/post/{id}?ref_src=embed",
        "https://main.bsky.app/profile/did:plc:z72i7hdynmk6r22z27h6tvur/post/{id}/",
        "at://did:plc:z72i7hdynmk6r22z27h6tvur/app.bsky.feed.post/{id}",
    ],
    "mastodon": [
        "https://social.example/users/Anna_b/statuses/{id}",
        "https://social.example/users/anna_b/statuses/{id}/activity",
        "https://Social.example/@anna_b/{id}",
        "https://social.example/@Anna_b/{id}/embed",
        "https://social.example/web/@anna_b/{id}",
        "https://social.example/deck/@anna_b/{id}?x=1",
        "social.example/@anna_b/statuses/{id}#x",
    ],
    "threads": [
        "https://www.threads.net/@anna.brews/post/{id}?xmt=x",
        "https://threads.com/@Anna.brews/post/{id}/",
        "https://www.threads.com/@anna.brews/post/{id}/media",
        "https://www.threads.net/t/{id}",
    ],
    "reddit": [
        "https://www.reddit.com/r/Coffee/comments/{id}/cold_brew/?utm_source=share",
        "https://old.reddit.com/r/coffee/comments/{id}",
        "https://np.reddit.com/user/anna/comments/{id}/x/",
        "https://m.reddit.com/comments/{id}",
        "https://www.reddit.com/gallery/{id}",
        "https://redd.it/{id}",
    ],
}
"""The forms in which links to a post are written. The first is as the platform's API has it."""

IDS = {
    "x": ("1894321098765432109", "1894321098765432110"),
    "instagram": ("DGa_b-C1dEf", "DGa_b-C1def"),  # their case counts
    "youtube": ("dQw4w9WgXcQ", "dQw4w9WgXcq"),
    "tiktok": ("7476543210987654321", "7476543210987654322"),
    "bluesky": ("3lj2x4k5abc2d", "3lj2x4k5abc2e"),
    "mastodon": ("114065012345678901", "114065012345678902"),
    "threads": ("DGbCdEf_-1x", "DGbCdEf_-1X"),
    "reddit": ("1iz8k2a", "1iz8k2b"),
}

OF_TWO: dict[str, list[str]] = {
    "bluesky": [
        "https://bsky.app/profile/anna.example/post/{id}",
        "https://bsky.app/profile/Anna.example/post/{id}?x=1",
        "https://bsky.app/profile/@anna.example/post/{id}",
        "at://anna.example/app.bsky.feed.post/{id}",
    ],
    "mastodon": [
        "https://gts.example/@anna/statuses/01JN3Z8Q4V5W6X7Y8Z9A0B1C2D",
        "https://gts.example/users/anna/statuses/01JN3Z8Q4V5W6X7Y8Z9A0B1C2D",
    ],
}
"""Forms that meet each other, but those above only where more is known than the link."""


@pytest.mark.parametrize("platform", platforms())
def test_every_form_of_a_link_to_a_post_means_that_post_alone(
    macros: ModuleType, platform: str
) -> None:
    keys = {}
    for name, forms in LINKS.items():
        for native_id, form in product(IDS[name], forms):
            link = form.format(id=native_id)
            keys[link] = (name, native_id, evaluate(macros.url_key("x"), x=link))
    own = [(link, *rest) for link, rest in keys.items() if rest[0] == platform]
    assert len(own) == 2 * len(LINKS[platform]) > 6
    for (link, _, native_id, key), (other, (name, other_id, other_key)) in product(
        own, keys.items()
    ):
        is_one = (platform, native_id) == (name, other_id)
        assert (key == other_key) is is_one, (link, other)
        assert str(key).startswith(f"{platform}:")


@pytest.mark.parametrize("platform", OF_TWO)
def test_forms_of_what_else_names_the_author(macros: ModuleType, platform: str) -> None:
    links = [form.format(id=IDS[platform][0]) for form in OF_TWO[platform]]
    assert len({evaluate(macros.url_key("x"), x=link) for link in links}) == 1
    assert str(evaluate(macros.url_key("x"), x=links[0])).startswith(f"{platform}:")


NATIVE = [
    ("x", "1894321098765432109", "https://twitter.com/a/status/1894321098765432109"),
    ("youtube", "dQw4w9WgXcQ", "https://youtu.be/dQw4w9WgXcQ"),
    ("tiktok", "7476543210987654321", "https://m.tiktok.com/v/7476543210987654321.html"),
    ("reddit", "1iz8k2a", "https://redd.it/1IZ8K2A"),
    (
        "mastodon",
        "https://social.example/users/Anna_b/statuses/114065012345678901",
        "https://social.example/@anna_b/114065012345678901",
    ),
    # software that has forms of its own
    ("mastodon", "https://ple.example/objects/0a-1b", "https://ple.example/objects/0a-1b?x=1"),
    (
        "bluesky",
        "at://did:plc:abc/app.bsky.feed.post/3lj2x4k5abc2d",
        "https://bsky.app/profile/did:plc:abc/post/3lj2x4k5abc2d",
    ),
    ("pinterest", "AbC", None),
]


@pytest.mark.parametrize(("platform", "native_id", "link"), NATIVE)
def test_a_link_means_the_post_of_that_id(
    macros: ModuleType, platform: str, native_id: str, link: str | None
) -> None:
    key = evaluate(macros.post_id_key("p", "n"), p=platform, n=native_id)
    assert key == (evaluate(macros.url_key("x"), x=link) if link else f"{platform}:{native_id}")


NO_POSTS = [
    "https://x.com/AnnaBrews",
    "https://x.com/i/lists/1894321098765432109",
    "https://www.instagram.com/anna.brews/",
    "https://www.instagram.com/stories/anna.brews/3576543210987654321/",
    "https://www.youtube.com/@anna/videos",
    "https://www.tiktok.com/@anna.brews",
    "https://www.tiktok.com/@anna.brews/playlist/7476543210987654321",
    "https://bsky.app/profile/anna.example",
    "https://bsky.app/profile/anna.example/feed/3lj2x4k5abc2d",
    "https://social.example/@anna_b",
    "https://social.example/@anna_b/with_replies",
    "https://social.example/@anna_b@other.example/114065012345678901",
    "https://blog.example/@anna/1-cold-brew",
    "https://www.threads.com/@anna.brews",
    "https://www.reddit.com/r/Coffee/",
    "https://notx.com/a/status/1",
    "https://fakeyoutu.be/dQw4w9WgXcQ",
    "https://notbsky.app/profile/did:plc:abc/post/3lj2x4k5abc2d",
]


@pytest.mark.parametrize("link", NO_POSTS)
def test_other_pages_are_no_posts(macros: ModuleType, link: str) -> None:
    host = re.sub(r"^https://(www\.)?", "", link).partition("/")[0]
    assert str(evaluate(macros.url_key("x"), x=link)).startswith(host)


SHORT = [
    ("x", "https://t.co/AbC1"),
    ("tiktok", "https://vm.tiktok.com/ZMabc/"),
    ("tiktok", "https://vt.tiktok.com/ZSabc/"),
    ("tiktok", "https://www.tiktok.com/t/ZTabc/"),
    ("instagram", "https://www.instagram.com/share/reel/BAabc"),
    ("instagram", "https://www.instagram.com/share/p/BAabc"),
    ("youtube", "https://www.youtube.com/clip/UgkxAbC"),
    ("reddit", "https://www.reddit.com/r/Coffee/s/AbC"),
    ("mastodon", "https://social.example/@anna@other.example/114065012345678901"),
    ("mastodon", "https://social.example/web/statuses/114065012345678901"),
    (None, "https://bit.ly/3AbC"),
    (None, "http://www.tinyurl.com/abc"),
    (None, "https://pin.it/AbC"),
    (None, "lnkd.in/AbC"),
]


@pytest.mark.parametrize(("platform", "link"), SHORT)
def test_links_that_only_a_server_can_resolve_are_known(platform: str | None, link: str) -> None:
    forms = platforms()[platform].short_links if platform else SHORTENERS
    assert any(re.match(form, link) for form in forms)


def test_no_link_to_a_post_is_taken_for_one_that_only_a_server_can_resolve() -> None:
    every = [form for facts in platforms().values() for form in facts.short_links]
    for platform, forms in (*LINKS.items(), *OF_TWO.items()):
        for link in (form.format(id=IDS[platform][0]) for form in forms):
            assert not [form for form in (*every, *SHORTENERS) if re.match(form, link)], link
