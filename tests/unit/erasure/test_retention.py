"""What has been kept for as long as it may be goes, by a clock that a test turns."""

from __future__ import annotations

import json
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml

from reachline.configuration import EXAMPLE
from reachline.configuration.platforms import sources
from reachline.configuration.retention import Retention
from reachline.erasure import apply_retention
from reachline.erasure.certificate import Removed
from reachline.landing import deleted_batches, manifests, verify
from reachline.settings import ConfigError, Settings, load_settings
from tests.unit.connectors.homes import make_home
from tests.unit.erasure.two_people import drop, land_records, status, video

FETCHED = datetime(2026, 3, 1, 10, tzinfo=UTC)
X = {"currency": "USD", "spend_cap": "100", "price_per_post": "0", "price_per_user": "0"}
TWEET = {
    "id": "1",
    "author_id": "7",
    "created_at": "2026-02-28T08:00:00.000Z",
    "text": "slow mornings",
    "public_metrics": {"like_count": 7},
}
SUBMITTED = {
    "id": "r1",
    "author": "CactusEar",
    "author_fullname": "t2_8pd",
    "created_utc": 1772150400.0,
    "title": "My moka pot",
    "selftext": "slow mornings",
    "score": 208,
}
SKY = {
    "uri": "at://did:plc:a/app.bsky.feed.post/3k",
    "author": {"did": "did:plc:a", "handle": "a.example"},
    "record": {"createdAt": "2026-02-28T08:00:00.000Z", "text": "slow mornings"},
    "likeCount": 5,
}
POSTS = {
    "youtube": ("videos", video("v1", "UC1", "slow mornings"), "v1"),
    "x": ("posts", TWEET, "1"),
    "reddit": ("posts", SUBMITTED, "r1"),
    "bluesky": ("posts", SKY, SKY["uri"]),
    "mastodon": ("statuses", status(1, "annameier"), "111"),
}


def home_with(tmp_path: Path, retention: dict[str, Any]) -> Settings:
    settings = make_home(tmp_path, {"x": X})
    path = settings.config_dir / "retention.yml"
    path.write_text(yaml.safe_dump(retention), encoding="utf-8")
    settings = load_settings(settings.paths.home, settings.config_dir)
    for source, (stream, record, identity) in POSTS.items():
        land_records(settings, source, stream, [(str(identity), record)], "hashtag:coffee")
    channel = {"id": "UC1", "snippet": {"title": "slow mornings"}, "statistics": {"viewCount": "9"}}
    land_records(settings, "youtube", "channels", [("UC1", channel)], "reread")
    return settings


def records(settings: Settings, source: str) -> dict[str, dict[str, Any]]:
    """The records that landed of a source, by id, without those that say what is gone."""
    found = {}
    for batch in manifests(settings.paths.landing):
        if batch.source == source and batch.path and batch.stream != "missing":
            table = pq.read_table(settings.paths.landing / batch.path, partitioning=None)
            found |= {row["record_id"]: json.loads(row["record"]) for row in table.to_pylist()}
    return found


def after(days: float) -> datetime:
    return FETCHED + timedelta(days=days)


def test_nothing_goes_that_is_young(tmp_path: Path) -> None:
    settings = home_with(tmp_path, {})
    done = apply_retention(settings, at=after(29))
    assert done.removed == []
    assert "slow mornings" in json.dumps(records(settings, "youtube"))


def test_what_youtube_did_not_tell_again_for_30_days_goes(tmp_path: Path) -> None:
    """Also where no run of the connector would see to it."""
    settings = home_with(tmp_path, {})
    dry = apply_retention(settings, at=after(31), is_dry=True)
    assert "slow mornings" in json.dumps(records(settings, "youtube"))
    done = apply_retention(settings, at=after(31))
    asked = {(r.where, r.what, r.count) for r in done.removed}
    assert {(r.where, r.what, r.count) for r in dry.removed} <= asked
    assert asked == {
        ("youtube", "posts not read again for 30 days", 1),
        ("youtube", "records of accounts not read again for 30 days", 1),
        ("youtube", "records of posts that are gone lost their texts", 1),
    }
    found = records(settings, "youtube")
    assert "slow mornings" not in json.dumps(found)
    assert set(found["UC1"]) == {"erased", "id"}
    assert verify(settings.paths.landing) == []
    for source in ("x", "reddit", "bluesky", "mastodon"):
        assert "slow mornings" in json.dumps(records(settings, source)), source
    assert apply_retention(settings, at=after(32)).removed == []


def test_a_channel_that_was_read_again_stays(tmp_path: Path) -> None:
    settings = home_with(tmp_path, {})
    _, record, _ = POSTS["youtube"]
    land_again(settings, "youtube", "videos", "v1", record, after(10))
    done = apply_retention(settings, at=after(31))
    assert [r.what for r in done.removed] == ["records of accounts not read again for 30 days"]


def land_again(
    settings: Settings, source: str, stream: str, identity: str, record: Any, at: datetime
) -> None:
    import pyarrow as pa

    from reachline.landing import commit_batch, draft_batch

    row = {
        **{"source": source, "stream": stream, "query": "reread", "record_id": identity},
        **{"fetched_at": at.isoformat(), "record": json.dumps(record), "record_at": None},
    }
    with draft_batch(settings.paths.landing, source, stream, at.date()) as draft:
        pq.write_table(pa.Table.from_pylist([row]), draft.data)
        commit_batch(draft, run_id="t", rows=1, query="reread", first_line=1, landed_at=at)


@pytest.mark.parametrize("source", ["x", "reddit", "bluesky", "mastodon"])
def test_what_a_platform_says_is_gone_loses_its_words(tmp_path: Path, source: str) -> None:
    """A run that was killed before it erased, or a source that does not run any more."""
    settings = home_with(tmp_path, {})
    _, _, identity = POSTS[source]
    gone = {"id": identity}
    land_again(settings, source, "missing", str(identity), gone, after(1))
    done = apply_retention(settings, at=after(2))
    erased = Removed(source, "records of posts that are gone lost their texts", 1)
    assert done.removed == [erased]
    assert "slow mornings" not in json.dumps(records(settings, source))


@pytest.mark.parametrize(
    ("by", "is_forgotten"), [("author", True), ("deleted", False), ("moderator", False)]
)
def test_an_account_that_reddit_says_was_deleted_is_forgotten_alone(
    tmp_path: Path, by: str, is_forgotten: bool
) -> None:
    """The post stands, and says `[deleted]` of its author: then their id has to go everywhere."""
    settings = home_with(tmp_path, {})
    others = {**SUBMITTED, "id": "r2", "author": "Kettle", "author_fullname": "t2_9zz"}
    more = {**SUBMITTED, "id": "r3", "title": "Another pot"}
    land_records(settings, "reddit", "posts", [("r2", others), ("r3", more)], "hashtag:coffee")
    profile = {"id": "8pd", "name": "CactusEar", "total_karma": 4}
    land_records(settings, "reddit", "profiles", [("8pd", profile)], "account:cactusear")
    missing = {"id": "r1", "removed_by_category": by}
    land_records(settings, "reddit", "missing", [("r1", missing)], "reread")
    dry = apply_retention(settings, at=after(1), is_dry=True)
    assert (Removed("reddit", "accounts that were deleted there", 1) in dry.removed) == is_forgotten
    assert "CactusEar" in json.dumps(records(settings, "reddit"))
    done = apply_retention(settings, at=after(1))
    assert len(done.certificates) == is_forgotten
    assert all(each.is_whole for each in done.certificates)
    told = json.dumps(records(settings, "reddit"))
    for theirs in ("t2_8pd", "Another pot"):
        assert (theirs in told) != is_forgotten
    assert "t2_9zz" in told
    assert "slow mornings" in json.dumps(records(settings, "x"))
    assert verify(settings.paths.landing) == []
    assert apply_retention(settings, at=after(2)).certificates == []


def test_x_is_late_when_no_run_has_learnt_of_deletions_for_a_day(tmp_path: Path) -> None:
    settings = home_with(tmp_path, {})
    (told,) = apply_retention(settings, at=after(1)).late
    assert told.startswith("x: posts were read again never")
    land_again(settings, "x", "posts", "1", TWEET, after(0.9))
    assert apply_retention(settings, at=after(1)).late == []
    (told,) = apply_retention(settings, at=after(2)).late
    assert "within 24 hours" in told


def test_own_periods_by_source_and_stream(tmp_path: Path) -> None:
    periods = {
        "reddit": {"days": 10, "then": "texts"},
        "bluesky": {"days": 10},
        "mastodon.statuses": {"days": 20},
    }
    kept = {"bluesky": False, "mastodon": False}
    settings = home_with(tmp_path, {"sources": periods, "keep_aggregates": kept})
    (settings.paths.warehouse).mkdir()
    (settings.paths.warehouse / "staging.duckdb").write_bytes(b"built of it")
    assert apply_retention(settings, at=after(10)).removed == []
    assert (settings.paths.warehouse / "staging.duckdb").exists()
    done = apply_retention(settings, at=after(11))
    assert [(r.where, r.what, r.count) for r in done.removed] == [
        ("bluesky", "batches deleted", 1),
        ("reddit", "records that lost their texts", 1),
    ]
    assert not (settings.paths.warehouse / "staging.duckdb").exists()
    kept = records(settings, "reddit")["r1"]
    assert (kept["score"], kept.get("title")) == (208, None)
    (tombstone,) = deleted_batches(settings.paths.landing).values()
    assert "retention.yml" in tombstone.reason
    done = apply_retention(settings, at=after(21))
    assert [(r.where, r.what) for r in done.removed] == [("mastodon", "batches deleted")]
    assert verify(settings.paths.landing) == []


def test_batches_wait_for_a_night_where_what_they_tell_together_stays(tmp_path: Path) -> None:
    """No night has run, or the databases were removed: nothing could tell of them once they go."""
    periods = {"bluesky": {"days": 10}, "reddit": {"days": 10}, "mastodon.accounts": {"days": 10}}
    settings = home_with(tmp_path, {"sources": periods})
    done = apply_retention(settings, at=after(11))
    assert [(r.where, r.what) for r in done.removed] == [("reddit", "batches deleted")]
    (told,) = [text for text in done.late if not text.startswith("x: ")]
    assert told.startswith("bluesky: 1 batches wait to be deleted until a night has read them")
    assert "keep_aggregates: {bluesky: false}" in told
    assert "slow mornings" in json.dumps(records(settings, "bluesky"))


def test_what_stays_of_posts_follows_terms_and_a_team_s_own_word() -> None:
    asked = {name for name in sources() if Retention().keeps_aggregates_of(name)}
    assert asked == {"bluesky", "instagram", "mastodon", "threads", "x"}
    own = Retention(keep_aggregates={"x": False, "youtube": True})
    assert {name for name in sources() if own.keeps_aggregates_of(name)} == {
        *(asked - {"x"}),
        "youtube",
    }


def test_kept_files_and_logs(tmp_path: Path) -> None:
    settings = home_with(tmp_path, {"kept_files_days": 5, "failed_files_days": 9, "logs_days": 3})
    done = drop(settings, "_done/orders", "a.csv", "x")
    failed = drop(settings, "_failed/orders", "b.csv", "x")
    settings.paths.logs.mkdir()
    log, journal = settings.paths.logs / "dbt.log", settings.paths.logs / "nights.jsonl"
    log.write_text("x")
    journal.write_text("{}\n")
    os.utime(done, (0, 0))
    now = datetime.now(UTC)
    apply_retention(settings, at=now)
    assert all(path.exists() for path in (done, failed, log, journal))
    apply_retention(settings, at=now + timedelta(days=6))
    assert [path.exists() for path in (done, failed, log, journal)] == [False, True, False, True]
    apply_retention(settings, at=now + timedelta(days=10))
    assert not failed.exists()


def test_old_releases_go_and_the_current_one_stays(tmp_path: Path) -> None:
    from tests.unit.publish.small_release import publish_release

    settings = home_with(tmp_path, {"releases_days": 30})
    first = publish_release(settings.paths.home, day=date(2026, 3, 10))
    second = publish_release(settings.paths.home, build=2, day=date(2026, 3, 11))
    apply_retention(settings, at=datetime(2026, 4, 9, tzinfo=UTC))
    assert first.path.exists()
    apply_retention(settings, at=datetime(2026, 6, 9, tzinfo=UTC))
    assert not first.path.exists()
    assert second.path.exists()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("sources: {youtub: {days: 30}}", "did you mean youtube"),
        ("sources: {inbox: {days: 0}}", "write at least 1"),
        ("sources: {inbox: {days: 9, then: texts}}", "write then: delete"),
        ("sources: {x: {day: 9}}", "did you mean days"),
        ("release_days: 9", "did you mean releases_days"),
        ("aggregates_of_at_least: 1", "write at least 2"),
        ("keep_aggregates: {shopify: true}", "is no platform that is asked"),
        ("keep_aggregates: {yuotube: true}", "did you mean youtube"),
    ],
)
def test_a_mistake_is_told_with_its_remedy(tmp_path: Path, text: str, told: str) -> None:
    import shutil

    config = tmp_path / "config"
    shutil.copytree(EXAMPLE, config)
    (config / "retention.yml").write_text(text + "\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=told):
        load_settings(tmp_path / "data", config)


def test_a_configuration_without_it_keeps_everything(tmp_path: Path) -> None:
    import shutil

    config = tmp_path / "config"
    shutil.copytree(EXAMPLE, config)
    (config / "retention.yml").unlink()
    assert load_settings(tmp_path / "data", config).retention.sources == {}
