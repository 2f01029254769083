"""What is kept of posts that go tells of enough accounts, whatever is added and subtracted."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from itertools import product
from pathlib import Path

import duckdb
import pytest

from reachline.erasure.aggregates import (
    Group,
    Post,
    aggregates,
    can_count,
    kept_groups,
    land_aggregates,
    posts_that_go,
)
from reachline.landing import Manifest
from reachline.settings import Paths
from reachline.warehouse.files import staging_file, warehouse_file
from tests.unit.connectors.homes import make_home

ALL = Group("all", "all")
DAY = date(2026, 3, 1)
Told = Sequence[tuple[str, frozenset[Group]]]


def tag(name: str) -> Group:
    return Group("hashtag", name)


def kind(name: str) -> Group:
    return Group("content_type", name)


def posted(*posts: tuple[str, str, str]) -> Told:
    """Posts as (account, content type, hashtags joined by spaces)."""
    return [
        (account, frozenset({ALL, kind(form), *map(tag, tags.split())}))
        for account, form, tags in posts
    ]


def results(posts: Told, groups: Sequence[Group]) -> Iterator[tuple[tuple[int, ...], set[str]]]:
    """Every result of small factors, and the accounts on whose posts it depends."""
    for factors in product((-2, -1, 0, 1, 2), repeat=len(groups)):
        counted = [
            (account, sum(f for f, group in zip(factors, groups, strict=True) if group in of))
            for account, of in posts
        ]
        yield factors, {account for account, weight in counted if weight}


@pytest.mark.parametrize("seed", range(40))
def test_no_sum_or_difference_tells_of_fewer(seed: int) -> None:
    """By trying them: with five groups of random posts there are 3,125."""
    rng = random.Random(seed)
    people = [f"a{n}" for n in range(rng.randint(3, 14))]
    posts = posted(
        *(
            (
                rng.choice(people),
                rng.choice(["image", "video"]),
                " ".join(t for t in ("coffee", "latte") if rng.random() < rng.choice((0.3, 0.9))),
            )
            for _ in range(rng.randint(5, 30))
        )
    )
    least = rng.choice([2, 3, 5])
    kept = kept_groups(posts, least)
    for factors, told_of in results(posts, kept):
        assert not told_of or len(told_of) >= least, (factors, kept, told_of)


def test_a_group_of_fewer_accounts_is_not_kept_however_many_posts_it_has() -> None:
    posts = posted(*(("anna", "image", "coffee") for _ in range(9)), ("ben", "image", "coffee"))
    assert kept_groups(posts, 3) == []
    assert kept_groups(posts, 2) == [ALL, kind("image"), tag("coffee")]


def test_what_is_left_of_the_whole_is_not_told_either() -> None:
    """Of twelve accounts one posted a video: images less all would be hers alone."""
    posts = posted(*((f"a{n}", "image", "") for n in range(11)), ("anna", "video", ""))
    assert kept_groups(posts, 5) == [ALL]
    more = posted(
        *((f"a{n}", "image", "") for n in range(11)), *((f"v{n}", "video", "") for n in range(5))
    )
    assert kept_groups(more, 5) == [ALL, kind("image"), kind("video")]


def test_two_hashtags_that_differ_by_one_account_are_not_both_kept() -> None:
    posts = posted(
        *((f"a{n}", "image", "coffee latte") for n in range(8)),
        ("anna", "image", "coffee"),
        *((f"b{n}", "image", "") for n in range(5)),
    )
    assert kept_groups(posts, 5) == [ALL, kind("image"), tag("coffee")]


def test_a_part_that_three_groups_tell_of_is_not_told() -> None:
    """Pairs are not enough: images and videos, less #coffee, would be one account's posts."""
    posts = posted(
        *((f"a{n}", "image", "coffee") for n in range(6)),
        *((f"b{n}", "video", "coffee") for n in range(6)),
        ("anna", "video", ""),
    )
    assert kept_groups(posts, 5) == [ALL, kind("video"), kind("image")]


def test_an_account_with_posts_in_both_parts_counts_in_each() -> None:
    posts = posted(*((f"a{n}", form, "") for n in range(5) for form in ("image", "video")))
    assert kept_groups(posts, 5) == [ALL, kind("image"), kind("video")]


def post(account: str, views: int | None, day: date = DAY, *groups: Group) -> Post:
    measures = {"engagements": 1, "views": views, "reach": None, "impressions": None}
    return Post(day, account, frozenset({ALL, *groups}), measures)


def test_a_sum_is_kept_where_enough_accounts_tell_of_it() -> None:
    posts = [post(f"a{n}", 10 if n < 4 else None) for n in range(6)]
    (row,) = aggregates(posts, 5)
    assert (row["accounts"], row["posts"]) == (6, 6)
    assert (row["posts_measured"], row["engagements"]) == (6, 6)
    assert (row["posts_viewed"], row["views"]) == (None, None)
    assert (row["posts_reached"], row["reach"]) == (None, None)
    posts[5] = post("a5", 0)
    (row,) = aggregates(posts, 5)
    assert (row["posts_viewed"], row["views"]) == (5, 40)


def test_sums_of_groups_do_not_tell_of_fewer_either() -> None:
    """Of ten accounts five tell of views without the hashtag, and one more with it."""
    latte = tag("latte")
    posts = [
        *(post(f"a{n}", 10) for n in range(6)),
        *(post(f"b{n}", None if n else 7, DAY, latte) for n in range(5)),
    ]
    rows = {row["value"]: row for row in aggregates(posts, 5)}
    assert rows["all"]["views"] == 67
    assert (rows["latte"]["posts"], rows["latte"]["engagements"]) == (5, 5)
    assert rows["latte"]["views"] is None


def test_days_are_counted_apart() -> None:
    days = [date(2026, 3, n) for n in (1, 2)]
    posts = [post(f"a{n}", 1, days[n % 2]) for n in range(9)]
    assert [(row["published_on"], row["posts"]) for row in aggregates(posts, 5)] == [
        ("2026-03-01", 5)
    ]


# --- which posts go -------------------------------------------------------------------------------

TABLES = """
create schema core;
create schema work.staging;
create schema work.ops;
create schema work.landing;
create table work.ops.runs as select 1 as run_seq, true as is_complete;
create table work.landing.batches as select unnest(['old', 'new', 'file']) as batch_id;
create table work.staging.stg_inbox__posts as
select 'x' as platform, native_post_id, batch_id, observed_at, is_deleted
from (
    values
    ('gone', 'old', timestamp '2026-03-02 10:00:00', false),
    ('reread', 'old', timestamp '2026-03-02 10:00:00', false),
    ('reread', 'new', timestamp '2026-03-09 10:00:00', false),
    ('told', 'old', timestamp '2026-03-02 10:00:00', false),
    ('told', 'file', timestamp '2026-03-02 10:00:00', false),
    ('erased', 'old', timestamp '2026-03-02 10:00:00', false),
    ('erased', 'new', timestamp '2026-03-09 10:00:00', true),
    ('repost', 'old', timestamp '2026-03-02 10:00:00', false),
    ('unknown', 'old', timestamp '2026-03-02 10:00:00', false)
) as rows (native_post_id, batch_id, observed_at, is_deleted);
create table core.dim_post as
select
    'x:' || native_post_id as post_id,
    date '2026-03-01' as published_on,
    case when native_post_id <> 'unknown' then 'x:1' end as account_id,
    'image' as content_type,
    ['coffee', 'annabrews'] as hashtags,
    native_post_id = 'repost' as is_repost,
    case when native_post_id = 'erased' then date '2026-03-09' end as deleted_on
from (select distinct native_post_id from work.staging.stg_inbox__posts) as posts;
create table core.fct_post_latest as
select 'x:gone' as post_id, 7 as engagements, null::bigint as views, 5 as reach, 9 as impressions;
create table core.dim_account as
select
    'x:1' as account_id, 'nano' as tier, 'ben' as handle, 'Ben' as display_name, 'c' as creator_id;
create table core.dim_creator as select 'Anna Brews' as creator_name;
"""


@pytest.fixture
def built(tmp_path: Path) -> Paths:
    """Working databases as a night leaves them."""
    paths = make_home(tmp_path, {}).paths
    paths.warehouse.mkdir(parents=True)
    with duckdb.connect(str(warehouse_file(paths.warehouse))) as con:
        con.execute(f"attach '{staging_file(paths.warehouse)}' as work")
        con.execute(TABLES)
    return paths


def going(paths: Paths, due: set[str]) -> list[Post]:
    return posts_that_go(paths, "x", due)


def count(paths: Paths, due: set[str], hour: int, day: date = DAY) -> None:
    """Count a post of a day, and delete the batches, at an hour of March 2."""
    land_aggregates(
        paths,
        "x",
        due,
        [Post(day, "x:1", frozenset(), {})],
        [],
        reason="kept for as long as it may be",
        run_id="retention",
        logical_date=DAY,
        now=datetime(2026, 3, 2, hour, tzinfo=UTC),
    )


def test_a_post_goes_with_its_last_reading_whoever_told_of_it(built: Paths) -> None:
    """Not before, and not at all where its platform said that it is gone, or it is a repost."""
    groups = {ALL, kind("image"), Group("tier", "nano"), tag("coffee")}
    measures = {"engagements": 7, "views": None, "reach": 5, "impressions": 9}
    assert going(built, {"old"}) == [Post(DAY, "x:1", frozenset(groups), measures)]
    assert len(going(built, {"old", "new"})) == 2
    assert len(going(built, {"old", "new", "file"})) == 3
    assert going(built, {"new"}) == []
    assert going(built, set()) == []


def test_a_batch_that_was_counted_is_counted_no_more(built: Paths) -> None:
    """`gone` went with them: with the rest of the readings `reread` goes."""
    count(built, {"old"}, 11, date(2026, 2, 1))
    assert len(going(built, {"new"})) == 1
    assert going(built, {"old"}) == []


@pytest.mark.parametrize(("hour", "posts"), [(9, 0), (11, 1)])
def test_a_post_that_was_found_after_its_day_was_counted_is_left_out(
    built: Paths, hour: int, posts: int
) -> None:
    """It may be one that was counted, and came back; its first reading was at ten."""
    count(built, {"another"}, hour)
    assert len(going(built, {"old"})) == posts


def batch(batch_id: str, stream: str = "posts") -> Manifest:
    return Manifest(kind="batch", batch_id=batch_id, sequence=1, source="x", stream=stream)


def test_what_no_whole_run_has_read_can_t_be_counted(built: Paths, tmp_path: Path) -> None:
    assert can_count(built, "x", [batch("old"), batch("new")])
    assert not can_count(built, "x", [batch("old"), batch("since")])
    assert can_count(built, "x", [batch("since", "users")]), "nothing of posts is in it"
    with duckdb.connect(str(staging_file(built.warehouse))) as con:
        con.execute("insert into ops.runs values (2, false)")
    assert not can_count(built, "x", [batch("old")]), "the last run was cut short"
    warehouse_file(built.warehouse).unlink()
    assert not can_count(built, "x", [batch("old")])
