"""What one reading of a post tells stays known where a later one does not tell it."""

from __future__ import annotations

from typing import Any

import pytest

from reachline.connectors.types import REREAD
from tests.dbt.landed import Home, land_records, new_home
from tests.dbt.test_erased_records import SUBMITTED, THREAD
from tests.dbt.test_mastodon_mapping import account, status
from tests.dbt.test_platform_mappings import POST, RESEARCHED, TWEET, VIDEO

LATER = "2026-03-01T11:00:00Z"
READ: dict[tuple[str, str], dict[str, Any]] = {
    ("youtube", "videos"): VIDEO,
    ("bluesky", "posts"): POST,
    ("x", "posts"): TWEET,
    ("tiktok", "videos"): RESEARCHED,
    ("mastodon", "statuses"): status(1, account=account()),
    ("reddit", "posts"): SUBMITTED,
    ("threads", "posts"): THREAD,
}


TAGGED = {
    "id": "17895695668004550",
    "username": "annab",
    "caption": "With @acme",
    "media_type": "IMAGE",
    "permalink": "https://www.instagram.com/p/C1/",
    "timestamp": "2026-02-27T08:00:00+0000",
}
OF_A_HASHTAG = {name: value for name, value in TAGGED.items() if name != "username"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = new_home(tmp_path_factory.mktemp("found"))
    for (source, stream), record in READ.items():
        land_records(home, source, stream, [record], query="hashtag:coffee")
    land_records(home, "instagram", "tagged_media", [TAGGED], query="account:acme")
    home.night()
    for (source, stream), record in READ.items():
        land_records(home, source, stream, [record], query=REREAD, fetched=LATER)
    land_records(home, "instagram", "hashtag_media", [OF_A_HASHTAG], fetched=LATER)
    home.night()
    return home


@pytest.mark.parametrize("platform", sorted(source for source, _ in READ))
def test_a_post_that_is_read_again_stays_found_by_its_search(home: Home, platform: str) -> None:
    found = home.rows(
        "select found_by, last_observed_at > first_observed_at "
        f"from work.intermediate.int_posts__fold_versions where platform = '{platform}'"
    )
    assert found == [("hashtag:coffee", True)]


def test_a_post_keeps_the_author_that_a_hashtag_does_not_name(home: Home) -> None:
    found = home.rows(
        "select handle, found_by from work.intermediate.int_posts__fold_versions "
        "where platform = 'instagram'"
    )
    assert found == [("annab", "hashtag:coffee")]
