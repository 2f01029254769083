"""What is kept of posts that go tells of enough accounts, whatever is added and subtracted."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import product

import pytest

from reachline.erasure.aggregates import Group, Post, aggregates, kept_groups

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
