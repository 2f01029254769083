"""Of a post that is gone the mappings read the same numbers as before, and no words.

So tables that are built anew from landing are the ones that stood.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reachline.connectors import connector
from reachline.connectors.erasing import reduced
from reachline.warehouse.dbt import load_manifest
from reachline.warehouse.staging import find_feeds
from tests.dbt.landed import Home, land_records, new_home
from tests.dbt.test_mastodon_mapping import account, status
from tests.dbt.test_platform_mappings import (
    FOUND,
    POST,
    RESEARCHED,
    RETWEET,
    TWEET,
    UPLOADED,
    VIDEO,
    VIEWED,
)

SUBMITTED = {
    "id": "14g2bqo",
    "author": "CactusEar",
    "author_fullname": "t2_8pddtdru",
    "created_utc": 1772150400.0,
    "title": "My moka pot",
    "selftext": "Tried the new beans",
    "permalink": "/r/Coffee/comments/14g2bqo/my_moka_pot/",
    "is_self": True,
    "score": 208,
    "hide_score": False,
    "num_comments": 17,
    "num_crossposts": 2,
}
HIDDEN = {**SUBMITTED, "id": "2", "author_fullname": "t2_1", "hide_score": True}
THREAD = {
    "id": "178",
    "username": "anna.brews",
    "timestamp": "2026-02-28T08:00:00+0000",
    "media_type": "TEXT_POST",
    "permalink": "https://www.threads.com/@anna.brews/post/DA",
    "text": "Slow mornings",
    "topic_tag": "coffee",
}
TOLD = {"media_id": "178", "data": [{"name": "views", "title": "V", "values": [{"value": 90}]}]}

SAID: dict[tuple[str, str], list[dict[str, Any]]] = {
    ("youtube", "videos"): [VIDEO],
    ("youtube", "search_results"): [FOUND],
    ("youtube", "playlist_items"): [UPLOADED],
    ("bluesky", "posts"): [POST],
    ("x", "posts"): [TWEET, RETWEET],
    ("tiktok", "videos"): [VIEWED, RESEARCHED],
    ("mastodon", "statuses"): [status(1, account=account())],
    ("reddit", "posts"): [SUBMITTED, HIDDEN],
    ("threads", "posts"): [THREAD],
    ("threads", "media_insights"): [TOLD],
}
WORDS = ("content_type", "text", "permalink", "language", "hashtags", "mentions", "urls")
LABELS = ("handle", "is_paid_label")
PLACES = ("batch_id", "absent_columns")


def staged(folder: Path, *, is_erased: bool) -> Home:
    home = new_home(folder)
    for (source, stream), records in SAID.items():
        kept = connector(source).kept_when_gone[stream]
        landed = [
            reduced(json.dumps(record), kept, "2026-03-02T00:00:00Z") if is_erased else record
            for record in records
        ]
        land_records(home, source, stream, landed, query="hashtag:coffee")
    home.stage()
    return home


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, Home]:
    folder = tmp_path_factory.mktemp("erased")
    return staged(folder / "said", is_erased=False), staged(folder / "erased", is_erased=True)


@pytest.mark.parametrize(("stream", "count"), [("post_metrics", 9), ("profiles", 1)])
def test_the_numbers_are_the_same(homes: tuple[Home, Home], stream: str, count: int) -> None:
    rows = f"select * exclude (batch_id) from work.staging.stg_inbox__{stream} order by all"
    said, erased = (home.rows(rows) for home in homes)
    assert len(said) == count
    assert erased == said


def test_a_post_keeps_its_ids_and_its_time(homes: tuple[Home, Home]) -> None:
    left = ", ".join((*WORDS, *LABELS, *PLACES))
    posts = f"select * exclude ({left}) from work.staging.stg_inbox__posts order by all"
    said, erased = (home.rows(posts) for home in homes)
    assert len(said) == 10
    assert erased == said


def test_no_word_of_it_is_read(homes: tuple[Home, Home]) -> None:
    read = (
        "select platform, text, language, hashtags, mentions, urls,"
        # where a name is the only id of an author, and where profiles come with posts
        " case when platform not in ('tiktok', 'threads', 'mastodon') then handle end"
        " from work.staging.stg_inbox__posts"
    )
    said, erased = (home.rows(read) for home in homes)
    assert sum(value is not None for row in said for value in row[1:]) > 15
    assert [row[1:] for row in erased if any(row[1:])] == []


def test_nothing_of_it_is_refused(homes: tuple[Home, Home]) -> None:
    for home in homes:
        assert home.rows("select reason, raw from work.staging.quarantine") == []


def test_every_stream_that_posts_are_read_from_says_what_stays(homes: tuple[Home, Home]) -> None:
    paths = homes[0].settings.paths
    feeds = find_feeds(load_manifest(paths.warehouse, paths.logs), [])
    can_be_gone = {mapping.source for mapping in feeds.mappings if mapping.landed == "missing"}
    assert len(can_be_gone) > 4
    told = {
        (mapping.source, mapping.landed)
        for mapping in feeds.mappings
        if mapping.stream in ("posts", "post_metrics")
        and mapping.source in can_be_gone
        and mapping.landed != "missing"
    }
    assert told == set(SAID)
    for source in can_be_gone:
        assert {(source, stream) for stream in connector(source).kept_when_gone} <= told
