"""What may not be derived from YouTube's figures is NULL, until Google has accepted that it is."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from reachline.configuration import EXAMPLE
from reachline.settings import load_settings
from reachline.warehouse import runs
from tests.dbt.landed import Home, land_records, new_home

DAY = date(2026, 3, 20)
NOON = datetime(2026, 3, 20, 12, tzinfo=UTC)
PUBLISHED = NOON - timedelta(days=40)
# what is made of counts by adding different ones, dividing, comparing days or rating
DERIVED = {
    "core.fct_post_daily": ("engagements", "engagements_change"),
    "core.fct_post_at_age": (
        *("engagements", "engagements_public", "followers_at_post"),
        *("er_followers", "er_views"),
    ),
    "core.fct_account_daily": ("followers_change",),
    "core.fct_hashtag_daily": ("engagements",),
    "reports.hashtag_trends": ("engagements",),
    "reports.creator_scorecard": (
        *("er_followers_pooled", "er_followers_median", "er_followers_shrunk", "er_percentile"),
        *("er_views_pooled", "followers_growth_30d", "likes_per_comment"),
    ),
}
MEASURED = {
    "core.fct_post_daily": ("likes", "comments", "views"),
    "core.fct_post_at_age": ("likes", "comments", "views"),
    "core.fct_account_daily": ("followers",),
    "reports.creator_scorecard": ("followers", "tier"),
}


@pytest.fixture(scope="module", autouse=True)
def _these_models_only() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        # what they are made of too, so that three nights take no longer than they must
        patch.setattr(runs, "GOALS", tuple(table.split(".")[1] for table in DERIVED | MEASURED))
        yield


def _video(likes: int) -> dict[str, Any]:
    return {
        "kind": "youtube#video",
        "id": "D-lhorsDlUQ",
        "snippet": {
            "publishedAt": f"{PUBLISHED:%Y-%m-%dT%H:%M:%SZ}",
            "channelId": "UC_x5",
            "title": "Brewed",
            "description": "#coffee",
        },
        "statistics": {
            "viewCount": str(100 * likes),
            "likeCount": str(likes),
            "commentCount": str(likes // 10),
        },
    }


def _channel(followers: int) -> dict[str, Any]:
    return {
        "kind": "youtube#channel",
        "id": "UC_x5",
        "snippet": {"title": "Anna", "customUrl": "@anna"},
        "statistics": {"subscriberCount": str(followers), "videoCount": "9"},
    }


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A configuration of its own, to change between two nights."""
    folder = tmp_path_factory.mktemp("configured") / "config"
    shutil.copytree(EXAMPLE, folder)
    return folder


@pytest.fixture(scope="module")
def withheld(tmp_path_factory: pytest.TempPathFactory, config: Path) -> Home:
    """A night of a video and its channel as YouTube told them on several days.

    Published 40 days ago, so that it is left out of no window but the last 30 days of growth.
    """
    home = new_home(tmp_path_factory.mktemp("derived"), config)
    for days, likes, followers in ((0, 10, 900), (1, 20, 1000), (7, 50, 1500), (30, 60, 2000)):
        at = f"{PUBLISHED + timedelta(days=days):%Y-%m-%dT%H:%M:%S.0Z}"
        land_records(home, "youtube", "videos", [_video(likes)], fetched=at)
        land_records(home, "youtube", "channels", [_channel(followers)], fetched=at)
    home.night(DAY)
    return home


def test_no_rate_is_made_of_a_file_s_counts_and_youtube_s_followers(
    tmp_path: Path, config: Path
) -> None:
    home = new_home(tmp_path, config)
    asked = f"{PUBLISHED:%Y-%m-%dT%H:%M:%S.0Z}"
    land_records(home, "youtube", "channels", [_channel(900)], fetched=asked)
    ids = {"platform": "youtube", "native_post_id": "own"}
    at = f"{PUBLISHED + timedelta(days=7):%Y-%m-%dT%H:%M:%SZ}"
    published = f"{PUBLISHED:%Y-%m-%dT%H:%M:%SZ}"
    post = {"observed_at": at, "native_account_id": "UC_x5", "published_at": published}
    home.land("posts", [{**ids, **post}])
    home.land("post_metrics", [{**ids, "observed_at": at, "likes": "50", "comments": "5"}])
    home.night(DAY)
    rows = home.rows(
        "select engagements, followers_at_post, er_followers from core.fct_post_at_age"
        " where age_days = 7"
    )
    assert rows == [(55, None, None)]
    (rated,) = home.rows(
        "select posts_measured, er_followers_pooled from reports.creator_scorecard"
    )
    assert rated == (0, None)


def _of_youtube(home: Home, table: str, columns: tuple[str, ...]) -> list[tuple[object, ...]]:
    key = {"core.fct_post_daily": "post_id", "core.fct_post_at_age": "post_id"}
    condition = (
        "platform = 'youtube'"
        if "hashtag" in table
        else f"starts_with({key.get(table, 'account_id')}, 'youtube:')"
    )
    return home.rows(f"select {', '.join(columns)} from {table} where {condition} order by all")


@pytest.mark.parametrize("table", DERIVED)
def test_nothing_is_derived_from_youtube(withheld: Home, table: str) -> None:
    rows = _of_youtube(withheld, table, DERIVED[table])
    assert rows
    assert {value for row in rows for value in row} == {None}


@pytest.mark.parametrize("table", MEASURED)
def test_what_youtube_tells_itself_stays(withheld: Home, table: str) -> None:
    rows = _of_youtube(withheld, table, MEASURED[table])
    assert rows
    assert None not in {value for row in rows for value in row}


def test_a_follower_jump_is_not_looked_for(withheld: Home) -> None:
    rows = _of_youtube(withheld, "reports.creator_scorecard", ("follower_jump_days",))
    assert rows in ([(0,)], [(None,)])


@pytest.mark.parametrize("table", DERIVED)
def test_once_google_has_accepted_it_is_derived(withheld: Home, accepted: Home, table: str) -> None:
    rows = _of_youtube(accepted, table, DERIVED[table])
    for number, column in enumerate(DERIVED[table]):
        assert any(row[number] is not None for row in rows), column


@pytest.fixture(scope="module")
def accepted(withheld: Home, config: Path) -> Home:
    """The same home after another night, with the switch set."""
    sources = config / "sources.yml"
    text = sources.read_text(encoding="utf-8")
    assert "\nconnectors: {}" in text
    switched = "\nconnectors: {youtube: {derived_metrics_accepted: true}}"
    sources.write_text(text.replace("\nconnectors: {}", switched), encoding="utf-8")
    home = Home(load_settings(withheld.settings.paths.home, config))
    home.night(DAY + timedelta(days=1))
    return home


def test_the_sum_is_of_the_counts(accepted: Home) -> None:
    # on the seventh day 50 likes, 5 comments, 5000 views; 900 followers when it was published
    rows = accepted.rows(
        "select engagements, round(er_followers, 9), er_views from core.fct_post_at_age"
        " where age_days = 7"
    )
    assert rows == [(55, round(55 / 900, 9), 55 / 5000)]
