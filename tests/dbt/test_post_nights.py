"""Posts and people as the world writes them, night by night: links, deletions, reposts, handles.

The second night brings what reaches rows of the first through a link, a handle or a platform's word
that a post is gone. It must end as a rebuild does, from a landing in which what is gone is erased.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from reachline.connectors import connector
from reachline.connectors.erasing import erase_gone
from reachline.warehouse import runs
from tests.dbt.landed import Home, land_records, new_home

pytestmark = pytest.mark.slow

FIRST, SECOND, THIRD = date(2026, 3, 1), date(2026, 3, 2), date(2026, 3, 3)
CORE = (
    *(
        "bridge_post_collaborations",
        "dim_account",
        "dim_account_history",
        "dim_creator",
        "dim_post",
    ),
    *("fct_hashtag_daily", "fct_mentions", "fct_paid_post_metrics", "fct_post_daily"),
    "fct_post_latest",
)
REPORTS = (
    *("campaign_daily", "campaign_pacing", "campaign_performance", "collaboration_performance"),
    *("compliance", "creator_scorecard", "post_performance", "share_of_voice"),
)
TABLES = (*(f"core.{name}" for name in CORE), *(f"reports.{name}" for name in REPORTS))
Row = Mapping[str, str | None]

DID = "did:plc:z72i7hdynmk6r22z27h6tvur"


def _profile(account: str, handle: str, at: str, followers: str | None, platform: str = "x") -> Row:
    ids = {"platform": platform, "native_account_id": account, "observed_at": f"2026-{at}Z"}
    return {**ids, "handle": handle, "followers": followers}


def _post(platform: str, native_id: str, text: str | None = "hello", **more: str | None) -> Row:
    ids = {"platform": platform, "native_post_id": native_id, "text": text}
    at = {"observed_at": "2026-02-20T12:00:00Z", "published_at": "2026-02-20T12:00:00Z"}
    return {**ids, **at, **more}


def _metrics(platform: str, native_id: str, at: str, **counts: str) -> Row:
    ids = {"platform": platform, "native_post_id": native_id, "observed_at": f"2026-{at}Z"}
    return {**ids, **counts}


def _due(name: str, url: str, collaboration: str = "of_ann") -> Row:
    ids = {"deliverable_id": name, "collaboration_id": collaboration, "platform": "any"}
    return {**ids, "due_on": "2026-02-21", "post_url": url}


def _campaign(name: str) -> Row:
    ids = {"campaign_id": name, "brand_id": "acme", "campaign_name": name}
    return {**ids, "starts_on": "2026-02-01", "ends_on": "2026-02-25"}


def _collaboration(name: str, campaign: str, creator: str) -> Row:
    ids = {"collaboration_id": name, "campaign_id": campaign, "creator_id": creator}
    return {**ids, "status": "active"}


FIRST_NIGHT: dict[str, list[Row]] = {
    "creators": [{"creator_id": name, "creator_name": name} for name in ("ann", "bob", "cy")],
    "creator_accounts": [
        {"platform": "x", "handle": "ann", "creator_id": "ann", "native_account_id": "1"},
        {"platform": "x", "handle": "moves", "creator_id": "bob", "native_account_id": None},
    ],
    "campaigns": [_campaign("links"), _campaign("both")],
    "collaborations": [
        _collaboration("of_ann", "links", "ann"),
        _collaboration("a", "both", "ann"),
        _collaboration("b", "both", "bob"),
    ],
    "deliverables": [
        _due("x", "https://twitter.com/Ann/status/11?s=20"),
        _due("instagram", "https://www.instagram.com/ann/reel/AbC/?igsh=1"),
        _due("youtube", "https://youtu.be/dQw4w9WgXcQ"),
        _due("tiktok", "https://m.tiktok.com/v/7476543210987654321.html"),
        _due("mastodon", "https://social.example/@ann/114"),
        _due("bluesky", "https://bsky.app/profile/ann.example/post/3k"),
        _due("bluesky_old_name", "https://bsky.app/profile/old.example/post/3l"),
        _due("changes", "https://x.com/ann/status/99"),
        _due("gone", "https://x.com/ann/status/13"),
        _due("two", "https://x.com/ann/status/15", "a"),
        _due("of_two", "https://twitter.com/bob/status/15", "b"),
    ],
    "profiles": [
        _profile("1", "ann", "02-10T00:00:00", "5000"),
        _profile("2", "moves", "02-20T00:00:00", "700"),
        _profile("4", "hides", "02-20T00:00:00", "5000"),
    ],
    "posts": [
        _post("x", "11", permalink="https://x.com/i/web/status/11", native_account_id="1"),
        _post("x", "12", permalink="https://x.com/i/web/status/12", native_account_id="1"),
        _post("x", "15", permalink="https://x.com/i/web/status/15", native_account_id="1"),
        _post("instagram", "1789", permalink="https://www.instagram.com/p/AbC/", handle="ann"),
        _post("youtube", "dQw4w9WgXcQ", permalink=None),
        _post("tiktok", "7476543210987654321", permalink=None),
        _post("mastodon", "https://social.example/users/ann/statuses/114", permalink=None),
        _post("bluesky", f"at://{DID}/app.bsky.feed.post/3k", handle="ann.example"),
        _post("bluesky", f"at://{DID}/app.bsky.feed.post/3l", handle="ann.example"),
        _post("x", "20", "#passed @acmecoffee", native_account_id="1"),
        _post("x", "21", "RT @ann: #passed @acmecoffee", native_account_id="1"),
        _post("x", "22", "#passed @acmecoffee", native_account_id="1", is_repost="true"),
        _post("x", "23", "#passed @acmecoffee", native_account_id="3", is_repost="true"),
        _post("x", "30", native_account_id="2"),
        _post("x", "40", "@acmecoffee", native_account_id="3", deleted_on="2026-03-02"),
    ],
    "post_metrics": [
        _metrics("x", "15", "02-20T21:49:00", likes="1000", comments="50", reach="9"),
        _metrics("x", "15", "02-20T22:30:00", comments="55"),
        _metrics("x", "15", "03-01T12:00:00", comments="60"),
        _metrics("x", "13", "02-21T12:00:00", likes="7", comments="1"),
        _metrics("x", "20", "02-21T12:00:00", likes="3"),
    ],
}
TWEET = {
    "id": "13",
    "text": "#passed thanks @acmecoffee",
    "author_id": "1",
    "created_at": "2026-02-20T12:00:00.000Z",
    "lang": "en",
    "edit_history_tweet_ids": ["13"],
    "public_metrics": {"like_count": 7, "reply_count": 1, "retweet_count": 0, "quote_count": 0},
}

SECOND_NIGHT: dict[str, list[Row]] = {
    "deliverables": [_due("changes", "https://mobile.twitter.com/x/status/12")],
    "profiles": [
        _profile(DID, "old.example", "02-01T00:00:00", "10", "bluesky"),
        _profile("3", "moves", "03-02T08:00:00", "90000"),
        _profile("4", "hides", "03-02T08:00:00", None),
    ],
    "posts": [
        _post("x", "20", "#passed @acmecoffee", native_account_id="1", is_repost="true"),
        _post("x", "23", "#passed @acmecoffee", native_account_id="3", is_repost="false"),
    ],
}


@pytest.fixture(scope="module", autouse=True)
def _these_models_only() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "GOALS", (*CORE, *REPORTS))
        yield


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = new_home(tmp_path_factory.mktemp("nightly"))
    _land(home, FIRST_NIGHT, FIRST)
    land_records(home, "x", "posts", [TWEET], query="mention:acmecoffee")
    home.night(FIRST)
    return home


@pytest.fixture(scope="module")
def seen_first(first: Home) -> Mapping[str, list[tuple[object, ...]]]:
    return {name: first.rows(sql) for name, sql in QUESTIONS.items()}


@pytest.fixture(scope="module")
def second(first: Home, seen_first: object) -> Home:
    _land(first, SECOND_NIGHT, SECOND)
    land_records(first, "x", "missing", [{"id": "13"}], fetched="2026-03-02T10:00:00Z")
    first.night(SECOND)
    return first


def _land(home: Home, night: Mapping[str, list[Row]], day: date) -> None:
    for stream, rows in night.items():
        columns = tuple(dict.fromkeys(name for row in rows for name in row))
        home.land(stream, rows, day=day, columns=columns)


QUESTIONS = {
    "live": "select deliverable_id from work.intermediate.int_posts__match_deliverables"
    " order by all",
    "pacing": "select campaign_id, deliverables_live, deliverables_late"
    " from reports.campaign_pacing order by all",
    "mentions": "select distinct post_id from core.fct_mentions order by all",
    "passed": "select sum(posts) from core.fct_hashtag_daily where hashtag = 'passed'",
    "bridge": "select post_id, collaboration_id, is_primary, is_deliverable"
    " from core.bridge_post_collaborations where post_id = 'x:15' order by all",
    "gone": "select post_id, deleted_on, text, collaboration_id, account_id from core.dim_post"
    " where post_id in ('x:13', 'x:40') order by all",
    "accounts": "select account_id, creator_id, followers, followers_as_of, tier"
    " from core.dim_account where platform = 'x' order by all",
}


@pytest.mark.parametrize("table", TABLES)
def test_nights_equal_a_rebuild_from_what_was_erased(
    second: Home, tmp_path_factory: pytest.TempPathFactory, table: str
) -> None:
    rebuilt = _rebuilt(second, tmp_path_factory)
    everything = f"select * from {table} order by all"
    assert second.rows(everything) == rebuilt.rows(everything)
    assert second.rows(everything)


_REBUILT: list[Home] = []


def _rebuilt(home: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    if not _REBUILT:
        rebuilt = new_home(tmp_path_factory.mktemp("rebuilt"))
        landing = rebuilt.settings.paths.landing
        shutil.copytree(home.settings.paths.landing, landing)
        now = datetime(2026, 3, 2, 12, tzinfo=UTC)
        assert erase_gone(landing, connector("x"), "test", SECOND, now) == 1
        rebuilt.night(SECOND)
        _REBUILT.append(rebuilt)
    return _REBUILT[0]


def test_a_night_with_nothing_new_changes_nothing(second: Home, tmp_path: Path) -> None:
    before = {table: second.rows(f"select * from {table} order by all") for table in TABLES}
    second.night(SECOND)
    assert second.rows("select * from work.intermediate.int_touched__paid_posts") == []
    assert before == {table: second.rows(f"select * from {table} order by all") for table in TABLES}


def test_however_a_link_is_written_it_means_its_post(
    seen_first: Mapping[str, list[tuple[object, ...]]], second: Home
) -> None:
    named = {name for (name,) in seen_first["live"]}
    every = {str(row["deliverable_id"]) for row in FIRST_NIGHT["deliverables"]}
    assert every - named == {"changes", "bluesky_old_name"}
    assert seen_first["pacing"] == [("both", 2, 0), ("links", 7, 2)]
    # the link was put right, and a profile tells who old.example was; x:13 is gone, not late
    assert second.rows(QUESTIONS["pacing"]) == [("both", 2, 0), ("links", 9, 0)]


def test_a_post_of_two_collaborations_is_one_of_each_and_of_their_campaign_once(
    second: Home,
) -> None:
    assert second.rows(QUESTIONS["bridge"]) == [
        ("x:15", "a", True, True),
        ("x:15", "b", False, True),
    ]
    figures = (
        "select {}, posts, engagements from reports.{} where is_default_method and {} order by 1"
    )
    collaborations = second.rows(
        figures.format("collaboration_id", "collaboration_performance", "campaign_id = 'both'")
    )
    # 1000 likes, hidden since, and 60 comments
    assert collaborations == [("a", 1, 1060), ("b", 1, 1060)]
    assert second.rows(
        figures.format("campaign_id", "campaign_performance", "campaign_id = 'both'")
    ) == [("both", 1, 1060)]
    assert second.rows(
        "select date_day, posts, engagements_change from reports.campaign_daily"
        " where campaign_id = 'both' and (posts > 0 or engagements_change is not null)"
    ) == [(date(2026, 2, 20), 1, None), (date(2026, 3, 1), 0, -995)]


def test_a_day_keeps_what_an_earlier_snapshot_of_it_had(second: Home) -> None:
    assert second.rows(
        "select likes, comments, reach, engagements from core.fct_post_daily"
        " where post_id = 'x:15' order by date_day"
    ) == [(1000, 55, 9, 1055), (None, 60, None, 60)]


def test_a_deleted_post_keeps_what_was_measured(
    seen_first: Mapping[str, list[tuple[object, ...]]], second: Home
) -> None:
    assert seen_first["gone"] == [
        ("x:13", None, "#passed thanks @acmecoffee", "of_ann", "x:1"),
        ("x:40", None, "@acmecoffee", None, "x:3"),
    ]
    assert second.rows(QUESTIONS["gone"]) == [
        ("x:13", SECOND, None, "of_ann", "x:1"),
        # the day that the file tells has come
        ("x:40", SECOND, "@acmecoffee", None, "x:3"),
    ]
    assert second.rows("select engagements from core.fct_post_latest where post_id = 'x:13'") == [
        (8,)
    ]
    assert second.rows(
        "select rule, result, evidence from reports.compliance"
        " where post_id = 'x:13' and rule in ('kept_up', 'on_time') order by all"
    ) == [
        ("kept_up", "fail", "published 2026-02-20, gone 2026-03-02, after 10 days"),
        ("on_time", "pass", "due 2026-02-21, published 2026-02-20"),
    ]


def test_a_repost_is_no_post(
    seen_first: Mapping[str, list[tuple[object, ...]]], second: Home
) -> None:
    # x:21 is one by its text, x:22 by its column; x:20 turns out to be one, x:23 to be none
    before = {post for (post,) in seen_first["mentions"]}
    assert before & {"x:20", "x:21", "x:22", "x:23"} == {"x:20"}
    assert seen_first["passed"] == [(2,)]
    after = {post for (post,) in second.rows(QUESTIONS["mentions"])}
    assert after & {"x:20", "x:21", "x:22", "x:23"} == {"x:23"}
    assert second.rows(QUESTIONS["passed"]) == [(1,)]
    assert second.rows("select post_id from core.dim_post where is_repost order by all") == [
        ("x:20",),
        ("x:21",),
        ("x:22",),
    ]


def test_a_handle_that_changes_hands_moves_nobody(
    seen_first: Mapping[str, list[tuple[object, ...]]], second: Home
) -> None:
    moved = "select post_id from core.dim_post where account_id = 'x:2'"
    assert second.rows(moved) == [("x:30",)]
    assert seen_first["accounts"] == [
        ("x:1", "ann", 5000, date(2026, 2, 10), "micro"),
        ("x:2", "bob", 700, date(2026, 2, 20), "nano"),
        ("x:3", None, None, None, None),
        ("x:4", None, 5000, date(2026, 2, 20), "micro"),
    ]
    assert second.rows(QUESTIONS["accounts"]) == [
        ("x:1", "ann", 5000, date(2026, 2, 10), "micro"),
        ("x:2", "bob", 700, date(2026, 2, 20), "nano"),
        ("x:3", None, 90000, SECOND, "micro"),
        # its newest profile hides them
        ("x:4", None, 5000, date(2026, 2, 20), "micro"),
    ]
    assert second.rows(
        "select account_id, tier from core.dim_account_history where account_id = 'x:4'"
    ) == [("x:4", "micro")]


def test_a_post_that_is_seen_again_is_back(second: Home, tmp_path: Path) -> None:
    home = new_home(tmp_path)
    shutil.copytree(second.settings.paths.landing, home.settings.paths.landing)
    home.night(SECOND)
    land_records(home, "x", "posts", [TWEET], fetched="2026-03-03T10:00:00Z")
    home.night(THIRD)
    assert home.rows("select deleted_on, text from core.dim_post where post_id = 'x:13'") == [
        (None, "#passed thanks @acmecoffee")
    ]
