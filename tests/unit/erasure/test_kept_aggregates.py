"""Retention takes posts away: what they told together is published, and nothing of one of them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from reachline.erasure import apply_retention, asked, forget
from reachline.erasure import retention as retention_module
from reachline.landing import commit_batch, deleted_batches, draft_batch, manifests, verify
from reachline.night import run_night
from reachline.settings import Settings, load_settings
from tests.unit.connectors.homes import make_home
from tests.unit.erasure.two_people import places_of, video
from tests.unit.nights import copy_of, served

pytestmark = pytest.mark.slow

X = {"currency": "USD", "spend_cap": "100", "price_per_post": "0", "price_per_user": "0"}
KEPT_FOR, LEAST = 20, 3
FIRST, SECOND, BACK = date(2026, 3, 1), date(2026, 3, 6), date(2026, 4, 1)
AT_FIRST, AT_SECOND = datetime(2026, 3, 22, 13, tzinfo=UTC), datetime(2026, 3, 27, 13, tzinfo=UTC)
NAMED = "person1brews"
"""A handle that others use as a hashtag."""
Row = dict[str, Any]


def tweet(number: int, author: int, day: int, likes: int, *tags: str, **more: Any) -> Row:
    """A post of X of February 2026."""
    entities = {"hashtags": [{"tag": each} for each in tags]} if tags else {}
    return {
        "id": f"70{number:04}",
        "author_id": f"9{author:03}",
        "created_at": f"2026-02-{day}T08:00:00.000Z",
        "text": f"words of nobody else {number}",
        "entities": entities,
        "public_metrics": {
            **{"like_count": likes, "reply_count": 1, "retweet_count": 2, "quote_count": 0},
            **{"bookmark_count": 3, "impression_count": likes * 10},
        },
        **more,
    }


def image(post: Row) -> Row:
    return {**post, "attachments": {"media_keys": ["3_1"]}}


def user(author: int) -> Row:
    followers = 50 if author % 2 else 5000
    return {
        "id": f"9{author:03}",
        "username": f"person{author}brews",
        "name": f"Somebody No{author}",
        "public_metrics": {"followers_count": followers, "following_count": 1, "tweet_count": 9},
    }


FIRST_POSTS = [
    *(tweet(n, n, 27, 10 + n, "Coffee") for n in range(1, 13)),
    *(image(tweet(n, n, 27, 90, "Coffee", "Person1Brews")) for n in range(13, 19)),
    *(image(tweet(n, n, 27, 5, "Coffee")) for n in range(19, 25)),
    *(tweet(n, n - 30, 27, 3) for n in range(31, 37)),
    *(tweet(n, n - 40, 28, 7, "Latte") for n in range(41, 45)),
    tweet(45, 1, 28, 700, "Rare"),
    tweet(46, 2, 27, 1, "Coffee", referenced_tweets=[{"type": "retweeted", "id": "1"}]),
]
SECOND_POSTS = [
    *(tweet(n, n, 27, 20 + n, "Coffee") for n in (1, 2)),
    *(tweet(n, n - 40, 28, 9, "Latte") for n in (51, 52, 53)),
]
OF_FIRST = {
    *(("2026-02-27", *group) for group in (("all", "all"), ("tier", "nano"), ("tier", "micro"))),
    *(("2026-02-27", "content_type", form) for form in ("text", "image")),
    *(("2026-02-27", "hashtag", each) for each in ("coffee", "person1brews")),
    # #latte is not: all of the day less these is one post, of one account
    *(("2026-02-28", *group) for group in (("all", "all"), ("content_type", "text"))),
}
"""The groups that the first removal may tell of."""
OF_SECOND = {
    ("2026-02-28", *group)
    for group in (("all", "all"), ("content_type", "text"), ("hashtag", "latte"))
}
"""Those of the second, in which two accounts alone are left of the day before."""


def land(settings: Settings, source: str, stream: str, records: Sequence[Row], day: date) -> None:
    """Land records as a connector does, on a day."""
    at = datetime(day.year, day.month, day.day, 10, tzinfo=UTC)
    rows = [
        {
            **{"source": source, "stream": stream, "query": "hashtag:coffee"},
            **{"fetched_at": at.isoformat(), "record": json.dumps(record)},
            **{"record_id": record["id"], "record_at": None},
        }
        for record in records
    ]
    schema = pa.schema([(name, pa.string()) for name in rows[0]])
    with draft_batch(settings.paths.landing, source, stream, day) as draft:
        pq.write_table(pa.Table.from_pylist(rows, schema=schema), draft.data)
        commit_batch(
            draft,
            run_id="test",
            rows=len(rows),
            columns=tuple(rows[0]),
            query="hashtag:coffee",
            first_line=1,
            landed_at=at,
        )


def landed_posts(settings: Settings, source: str = "x") -> list[tuple[str, Row]]:
    """What is in landing of the posts of X: when it was read, and the record."""
    found = []
    gone = deleted_batches(settings.paths.landing)
    for batch in manifests(settings.paths.landing):
        if batch.source == source and batch.stream == "posts" and batch.batch_id not in gone:
            table = pq.read_table(settings.paths.landing / str(batch.path), partitioning=None)
            found += [(row["fetched_at"], json.loads(row["record"])) for row in table.to_pylist()]
    return found


def told(
    posts: Iterable[tuple[str, Row]], wanted: Callable[[str], bool]
) -> dict[tuple[str, ...], Row]:
    """What posts tell by day and group, out of the records alone."""
    last: dict[str, Row] = {}
    for _, record in sorted(posts, key=lambda each: each[0]):
        if wanted(record["id"]) and not record.get("referenced_tweets"):
            last[record["id"]] = record
    groups: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for record in last.values():
        day = record["created_at"][:10]
        form = "image" if record.get("attachments") else "text"
        tier = "nano" if int(record["author_id"][1:]) % 2 else "micro"
        groups[day, "all", "all"].append(record)
        groups[day, "content_type", form].append(record)
        groups[day, "tier", tier].append(record)
        for each in record["entities"].get("hashtags", ()):
            groups[day, "hashtag", each["tag"].lower()].append(record)
    return {group: summed(records) for group, records in groups.items()}


def summed(records: Sequence[Row]) -> Row:
    counts = [record["public_metrics"] for record in records]
    return {
        "accounts": len({record["author_id"] for record in records}),
        "posts": len(records),
        "engagements": sum(
            count[f"{name}_count"]
            for count in counts
            for name in ("like", "reply", "retweet", "quote", "bookmark")
        ),
        "impressions": sum(count["impression_count"] for count in counts),
    }


def kept(
    settings: Settings, columns: str = "accounts, posts, engagements, impressions"
) -> dict[tuple[str, ...], list[Row]]:
    """The rows of the table that is published, by day and group."""
    names = columns.split(", ")
    found: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for day, breakdown, value, *values in served(
        settings,
        f"select cast(published_on as varchar), breakdown, value, {columns} "
        "from core.fct_kept_daily where platform = 'x' order by kept_at",
    ):
        found[day, breakdown, value].append(dict(zip(names, values, strict=True)))
    return dict(found)


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return make_night(tmp_path_factory.mktemp("kept"))


def make_night(folder: Path) -> Settings:
    """Make a home with a night in which posts of X landed on two days, and videos."""
    settings = make_home(folder, {"x": X})
    periods = {"sources": {"x": {"days": KEPT_FOR}, "youtube": {"days": KEPT_FOR}}}
    retention = {**periods, "aggregates_of_at_least": LEAST}
    (settings.config_dir / "retention.yml").write_text(yaml.safe_dump(retention), "utf-8")
    settings = load_settings(settings.paths.home, settings.config_dir)
    land(settings, "x", "users", [user(n) for n in range(1, 25)], FIRST)
    land(settings, "x", "posts", FIRST_POSTS, FIRST)
    land(settings, "youtube", "videos", [video(f"v{n}", f"UC{n}", "x") for n in range(5)], FIRST)
    land(settings, "x", "posts", SECOND_POSTS, SECOND)
    run_night(settings, date(2026, 3, 8))
    return settings


@pytest.fixture
def home(night: Settings, tmp_path: Path) -> Settings:
    return copy_of(night, tmp_path / "data")


def only_first(identity: str) -> bool:
    """Whether a post is known from the first day alone."""
    return identity not in {post["id"] for post in SECOND_POSTS}


def test_what_goes_is_told_of_once_and_by_enough(
    home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two removals, the first of them killed before files go, and posts that come back later."""
    before = landed_posts(home)

    def killed(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    assert apply_retention(home, at=AT_FIRST, is_dry=True).kept == len(OF_FIRST)
    assert not [b for b in manifests(home.paths.landing) if b.source == "retention"]
    with monkeypatch.context() as patched:
        patched.setattr(retention_module, "remove_deleted", killed)
        with pytest.raises(KeyboardInterrupt):
            apply_retention(home, at=AT_FIRST)
    landed = [path.name for path in home.paths.landing.glob("x/posts/*/*.parquet")]
    assert len(landed) == 2, "the files of what is gone are still there, and nobody reads them"
    again = apply_retention(home, at=AT_FIRST.replace(hour=14))
    assert again.kept == 0
    assert not [text for text in again.late if "wait" in text]
    assert [(r.where, r.count) for r in again.removed] == [("youtube", 1)]
    assert len(list(home.paths.landing.glob("x/posts/*/*.parquet"))) == 1
    kept_of = {b.query: b for b in manifests(home.paths.landing) if b.source == "retention"}
    assert {b.stream for b in kept_of.values()} == {"kept_daily"}
    assert {query: b.rows for query, b in kept_of.items()} == {"x": len(OF_FIRST), "youtube": 0}
    run_night(home, date(2026, 3, 22))
    first = {group: row for group, row in told(before, only_first).items() if group in OF_FIRST}
    assert kept(home) == {group: [row] for group, row in first.items()}
    left = served(home, "select count(*) from core.dim_post where platform in ('x', 'youtube')")
    assert left == [(len(SECOND_POSTS),)]

    late = landed_posts(home)
    assert apply_retention(home, at=AT_SECOND).kept == len(OF_SECOND)
    land(home, "x", "posts", [*FIRST_POSTS, *SECOND_POSTS], BACK)
    run_night(home, BACK)
    second = {group: row for group, row in told(late, lambda _: True).items() if group in OF_SECOND}
    both = {
        group: [rows[group] for rows in (first, second) if group in rows]
        for group in OF_FIRST | OF_SECOND
    }
    assert kept(home) == both
    assert len(both["2026-02-28", "all", "all"]) == 2
    assert apply_retention(home, at=datetime(2026, 4, 22, 13, tzinfo=UTC)).kept == 0
    assert landed_posts(home) == []
    assert verify(home.paths.landing) == []

    found = list(places_of(home.paths.home, NAMED))
    assert any("retention" in place for place in found), "others have used it as a hashtag"
    done = forget(home, asked(home, "x", NAMED, None))
    assert done.is_whole, done.not_done
    assert list(places_of(home.paths.home, NAMED)) == []
    others = {group: rows for group, rows in both.items() if group[2] != NAMED}
    assert {g: rows for g, rows in kept(home).items() if g[2] != "[forgotten]"} == others
    assert verify(home.paths.landing) == []
