"""What Mastodon's records become, field by field; and what holds for every mapping of records."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.dbt.landed import Home, land_records, new_home

pytestmark = pytest.mark.slow

AT = datetime.fromisoformat("2026-03-01T10:00:00.500")


def account(**fields: Any) -> dict[str, Any]:
    return {
        "id": "7",
        "acct": "Anna",
        "uri": "https://social.example/users/anna",
        "url": "https://social.example/@anna",
        "display_name": "Anna ☕",
        "note": "<p>Brews &amp; more<br>in Graz</p>",
        "followers_count": 1234,
        "following_count": 56,
        "statuses_count": 789,
        "bot": False,
        "noindex": False,
        **fields,
    }


def status(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": f"11{number}",
        "uri": f"https://social.example/users/anna/statuses/{number}",
        "url": f"https://social.example/@anna/{number}",
        "visibility": "public",
        "created_at": "2026-02-28T08:09:10.123Z",
        "content": "<p>Good <a href='https://a.example/x'>morning</a></p>",
        "language": "en",
        "reblog": None,
        "account": account(),
        "media_attachments": [],
        "mentions": [],
        "tags": [],
        "card": None,
        "replies_count": 2,
        "reblogs_count": 3,
        "favourites_count": 4,
        **fields,
    }


def of(home: Home, table: str, columns: str, where: str = "true") -> list[tuple[object, ...]]:
    return home.rows(
        f"select {columns} from work.staging.stg_inbox__{table}"
        f" where source = 'mastodon' and {where} order by line"
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home in which the statuses of the tests below are staged, all in one run."""
    home = new_home(tmp_path_factory.mktemp("mastodon"))
    full = status(
        1,
        content="<p>One &lt;3 &amp;amp; <br />two</p><p>three <span>https://</span>x.example</p>",
        media_attachments=[{"type": "image"}, {"type": "video"}],
        mentions=[
            {"acct": "Acme", "url": "https://social.example/@Acme"},
            {"acct": "bo@other.example", "url": "https://other.example/@bo"},
        ],
        tags=[{"name": "Coffee"}, {"name": "コーヒー"}],
        card={"url": "https://shop.example/p"},
    )
    foreign = status(2, url=None, language=None, account=account(acct="lu@far.example"))
    boost = status(3, reblog=status(4))
    land_records(
        home,
        "mastodon",
        "statuses",
        [
            full,
            foreign,
            boost,
            status(5, favourites_count=None, replies_count="many"),
            status(6, created_at=None, favourites_count=-1),
            "{not json",
        ],
        query="hashtag:コーヒー@social.example",
    )
    land_records(home, "mastodon", "statuses", [status(7)], query="account:anna@social.example")
    land_records(
        home, "mastodon", "statuses", [status(8)], query="mention:acme@a.example@b.example"
    )
    land_records(home, "mastodon", "accounts", [account(bot=True, noindex=True)], query="account:a")
    gone = {"id": "9", "uri": "https://social.example/users/anna/statuses/8", "http_status": 404}
    land_records(
        home, "mastodon", "missing", [gone], query="reread", fetched="2026-03-01T11:00:00Z"
    )
    home.stage()
    return home


def test_a_status_is_a_post(home: Home) -> None:
    (row,) = of(
        home,
        "posts",
        "platform, native_post_id, observed_at, native_account_id, handle, published_at,"
        " content_type, text, permalink, language, hashtags, mentions, urls, is_paid_label,"
        " found_by, is_deleted",
        "native_post_id like '%/1'",
    )
    assert row == (
        "mastodon",
        "https://social.example/users/anna/statuses/1",
        AT,
        "https://social.example/users/anna",
        "anna@social.example",
        datetime.fromisoformat("2026-02-28T08:09:10.123"),
        "image",
        "One <3 &amp; \ntwo\nthree https://x.example",
        "https://social.example/@anna/1",
        "en",
        ["coffee", "コーヒー"],
        ["acme@social.example", "bo@other.example"],
        ["https://shop.example/p"],
        None,
        "hashtag:コーヒー",
        False,
    )


def test_an_account_of_another_server_keeps_its_server(home: Home) -> None:
    found = of(home, "posts", "handle, permalink, content_type", "native_post_id like '%/2'")
    address = "https://social.example/users/anna/statuses/2"
    assert found == [("lu@far.example", address, "text")]


def test_a_boost_is_no_post_of_its_own(home: Home) -> None:
    ids = {row[0].rsplit("/", 1)[1] for row in of(home, "posts", "native_post_id")}
    assert ids == {"1", "2", "5", "7", "8"}


def test_only_what_surfaces_posts_is_said_to_have_found_them(home: Home) -> None:
    found = of(home, "posts", "found_by", "native_post_id like '%/7' and not is_deleted")
    assert found == [(None,)]
    assert ("mention:acme@a.example",) in of(home, "posts", "found_by")


def test_what_is_not_counted_is_null(home: Home) -> None:
    counts = "likes, comments, shares, saves, views, reach, impressions, value_basis"
    assert of(home, "post_metrics", counts, "native_post_id like '%/1'") == [
        (4, 2, 3, None, None, None, None, "measured")
    ]
    assert of(home, "post_metrics", "likes", "native_post_id like '%/5'") == []


def test_a_status_that_was_taken_back_is_deleted(home: Home) -> None:
    rows = of(home, "posts", "is_deleted, observed_at", "native_post_id like '%/8'")
    assert sorted(rows) == [(False, AT), (True, datetime.fromisoformat("2026-03-01T11:00:00"))]


def test_an_author_is_a_profile_and_is_seen_once_a_page(home: Home) -> None:
    assert of(
        home,
        "profiles",
        "native_account_id, handle, display_name, bio, followers, following, posts_count,"
        " is_verified, is_bot, is_noindex",
    )[-1] == (
        "https://social.example/users/anna",
        "anna@social.example",
        "Anna ☕",
        "Brews & more\nin Graz",
        1234,
        56,
        789,
        None,
        True,
        True,
    )


def test_what_can_not_be_taken_is_in_quarantine_as_it_came(home: Home) -> None:
    found = home.rows(
        "select stream, line, column_name, reason, raw from work.staging.quarantine"
        " where source = 'mastodon' order by stream, line"
    )
    assert [row[:4] for row in found] == [
        ("post_metrics", 5, "comments", found[0][3]),
        ("post_metrics", 6, "likes", found[1][3]),
        ("post_metrics", 7, "record", "record: is no JSON"),
        ("posts", 6, "published_at", "published_at: is required and empty"),
    ]
    assert str(found[0][3]).startswith("comments: 'many' is not a whole number")
    assert json.loads(str(found[0][4]))["replies_count"] == "many"
    assert found[2][4] == "{not json"


def test_every_record_is_accounted_for(home: Home) -> None:
    rows = home.rows(
        "select read.stream, batches.stream, rows_in, loaded, superseded, quarantined, skipped"
        " from work.staging.batches_read as read"
        " inner join work.landing.batches as batches on read.batch_id = batches.batch_id"
        " order by batches.sequence, read.stream"
    )
    # rows in, loaded, superseded, quarantined, skipped; the boost is skipped as a post
    assert rows[:3] == [
        ("post_metrics", "statuses", 6, 2, 0, 3, 1),
        ("posts", "statuses", 6, 3, 0, 1, 2),
        # the author is seen four times by one moment, and by another handle at the same address
        ("profiles", "statuses", 6, 1, 4, 0, 1),
    ]
    assert all(row[2] == sum(row[3:]) for row in rows)


def test_a_mapping_that_gives_what_no_stream_has_says_so(tmp_path: Path) -> None:
    from reachline.warehouse import WarehouseError
    from reachline.warehouse import dbt as module

    home = new_home(tmp_path)
    land_records(home, "mastodon", "statuses", [status(1)])
    manifest = module.load_manifest(home.settings.paths.warehouse, home.settings.paths.logs)
    node: Any = manifest.nodes["model.reachline.stg_mastodon__posts"]
    right = node.raw_code
    wrongs = {
        right.replace("as permalink", "as permanent_link"): r".* not: permanent_link",
        right.replace("    parsed.line,\n", ""): r".* not: \(line is missing\)",
        right.replace("parsed.status.language,", "[parsed.status.language] as language,"): (
            "language: not a text or a number. Pass a list on by the macro json_list"
        ),
    }
    assert len(wrongs) == 3
    try:
        for wrong, reason in wrongs.items():
            node.raw_code = wrong
            with pytest.raises(WarehouseError, match=f"stg_mastodon__posts: {reason}"):
                home.stage()
    finally:
        node.raw_code = right
    home.stage()
    assert len(of(home, "posts", "1")) == 1


def test_what_an_earlier_version_took_of_private_posts_is_left_out_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from reachline.warehouse import dbt as module
    from reachline.warehouse import runs

    monkeypatch.setattr(runs, "GOALS", ("dim_post", "dim_account", "fct_post_daily"))
    home = new_home(tmp_path)
    ida = account(acct="Ida", uri="https://social.example/users/ida")
    records = [
        status(1),
        status(2, visibility="unlisted"),
        status(3, visibility="private"),
        status(4, visibility="direct", account=ida),
    ]
    land_records(home, "mastodon", "statuses", records)
    manifest = module.load_manifest(home.settings.paths.warehouse, home.settings.paths.logs)
    names = ("posts", "post_metrics", "profiles")
    nodes: list[Any] = [manifest.nodes[f"model.reachline.stg_mastodon__{name}"] for name in names]
    right = [node.raw_code for node in nodes]
    rule = "where record ->> 'visibility' in ('public', 'unlisted')"
    try:
        for node in nodes:
            assert rule in node.raw_code
            node.raw_code = node.raw_code.replace(rule, "")
        home.night()
    finally:
        for node, code in zip(nodes, right, strict=True):
            node.raw_code = code
    tables = {"dim_post": "post_id", "fct_post_daily": "post_id", "dim_account": "account_id"}

    def known() -> dict[str, int]:
        counts = {
            table: home.rows(f"select count(distinct {key}) from core.{table}")[0][0]
            for table, key in tables.items()
        }
        return {table: int(str(count)) for table, count in counts.items()}

    assert known() == {"dim_post": 4, "fct_post_daily": 4, "dim_account": 2}
    home.night(date(2026, 3, 2))
    assert known() == {"dim_post": 2, "fct_post_daily": 2, "dim_account": 1}
    skipped = home.rows(
        "select stream, skipped from work.staging.batches_read"
        " where source = 'mastodon' order by stream"
    )
    assert skipped == [("post_metrics", 2), ("posts", 2), ("profiles", 2)]


def test_a_mapping_that_changed_is_read_anew_and_no_other_stream(tmp_path: Path) -> None:
    from reachline.warehouse import dbt as module

    home = new_home(tmp_path)
    land_records(home, "mastodon", "statuses", [status(1)])
    home.stage()
    manifest = module.load_manifest(home.settings.paths.warehouse, home.settings.paths.logs)
    node: Any = manifest.nodes["model.reachline.stg_mastodon__posts"]
    right = node.raw_code
    node.raw_code = right.replace(
        "coalesce(parsed.status.url, parsed.status.uri)", "parsed.status.uri"
    )
    try:
        home.stage()
    finally:
        node.raw_code = right
    (found,) = of(home, "posts", "permalink")
    assert found == ("https://social.example/users/anna/statuses/1",)
    seqs = home.rows(
        "select stream, read_seq from work.staging.batches_read"
        " where source = 'mastodon' order by 1"
    )
    assert seqs == [("post_metrics", 1), ("posts", 2), ("profiles", 1)]
