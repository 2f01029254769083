"""What posts tell together, landed before a period of retention.yml takes them away.

A group is the posts of a platform and a day of publication: all of them, those of a content type,
of a tier of accounts, or with a hashtag. Its counts and sums land as a record of a source of
Reachline's own, without a word, a name or an id. Posts that go in one run are counted by it alone,
so that rows are added, and none is ever written again.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pyarrow.parquet as pq

from reachline.arrow import pa
from reachline.connectors import connector
from reachline.connectors.clock import iso
from reachline.connectors.erasing import RECORDS
from reachline.connectors.types import RunState
from reachline.landing import (
    RETENTION,
    Manifest,
    commit_batch,
    deleted_batches,
    draft_batch,
    manifests,
)
from reachline.settings import Paths
from reachline.warehouse import connect
from reachline.warehouse.files import is_whole

STREAM = "kept_daily"
"""Where aggregates land: landing/retention/kept_daily/."""
BREAKDOWNS = ("all", "content_type", "tier", "hashtag")
"""What groups are by, the first first where not all can be kept."""
MEASURES = {
    "engagements": "posts_measured",
    "views": "posts_viewed",
    "reach": "posts_reached",
    "impressions": "posts_shown",
}
"""The sums of a group, and the column that counts the posts of which each is known."""
_PRIME = 2**31 - 1


class Group(NamedTuple):
    """The posts of a platform and a day that share `value`; of breakdown `all` it is `all`."""

    breakdown: str
    value: str


@dataclass(frozen=True)
class Post:
    """A post that goes: whose it was, what groups it is in, and its last measured values."""

    published_on: date
    account_id: str
    groups: frozenset[Group]
    measures: Mapping[str, int | None]


def counted_before(paths: Paths, source: str) -> dict[date, datetime]:
    """Return the days of publication of which posts of a source were counted, and since when.

    A post that came back after its day was counted may have been counted then.
    """
    found: dict[date, datetime] = {}
    for batch in manifests(paths.landing):
        if batch.source != RETENTION or batch.query != source or not batch.cursor:
            continue
        at = datetime.fromisoformat(batch.landed_at)
        for text in batch.cursor["days"]:
            day = date.fromisoformat(text)
            found[day] = min(at, found.get(day, at))
    return found


def can_count(paths: Paths, source: str, due: Collection[Manifest]) -> bool:
    """Return whether the working databases tell of all posts in batches that are due.

    They do not where they were removed, where the last run was cut short, or where a batch landed
    after it.
    """
    streams = connector(source).kept_when_gone
    wanted = {batch.batch_id for batch in due if batch.stream in streams}
    if not wanted:
        return True
    if not is_whole(paths.warehouse):
        return False
    with connect(paths.warehouse, read_only=True) as con:
        ((is_complete,),) = con.execute(
            "select coalesce(max_by(is_complete, run_seq), false) from work.ops.runs"
        ).fetchall()
        seen = con.execute("select batch_id from work.landing.batches").fetchall()
    return bool(is_complete) and wanted <= {batch_id for (batch_id,) in seen}


def posts_that_go(paths: Paths, source: str, due: Collection[str]) -> list[Post]:
    """Return the posts of a platform that are known from batches in `due` alone.

    Without those of unknown accounts, reposts, posts that are gone from the platform and posts that
    may have been counted. A hashtag that names a creator of the roster makes no group. The working
    databases are read: see `can_count`.
    """
    if not due or not is_whole(paths.warehouse):
        return []
    past = sorted(deleted_batches(paths.landing))
    before = counted_before(paths, source)
    days = [{"day": day, "counted_at": at} for day, at in before.items()]
    with connect(paths.warehouse, read_only=True) as con:
        con.register("due", _ids(sorted(due)))
        con.register("past", _ids(past))
        con.register("counted", pa.Table.from_pylist(days, schema=_DAYS))
        names = {_folded(text) for (text,) in con.execute(_NAMES).fetchall()} - {""}
        rows = con.execute(_POSTS, {"platform": source}).fetchall()
    return [
        Post(
            day,
            account,
            frozenset(_groups(content_type, tier, hashtags, names)),
            dict(zip(MEASURES, measured, strict=True)),
        )
        for day, account, content_type, tier, hashtags, *measured in rows
    ]


def _ids(batches: Iterable[str]) -> pa.Table:
    return pa.table({"batch_id": pa.array(batches, pa.string())})


_DAYS = pa.schema([("day", pa.date32()), ("counted_at", pa.timestamp("us", tz="UTC"))])
_NAMES = """
select accounts.handle
from core.dim_account as accounts
where accounts.creator_id is not null and accounts.handle is not null
union
select accounts.display_name
from core.dim_account as accounts
where accounts.creator_id is not null and accounts.display_name is not null
union
select creators.creator_name
from core.dim_creator as creators
where creators.creator_name is not null
"""
_POSTS = """
with known as (
    select
        platform || ':' || native_post_id as post_id,
        batch_id,
        observed_at
    from work.staging.stg_inbox__posts
    where
        not is_deleted
        and platform = $platform
        and batch_id not in (select past.batch_id from past)
),

going as (
    select
        known.post_id,
        min(known.observed_at) as first_seen_at
    from known
    left join due on known.batch_id = due.batch_id
    group by known.post_id
    having bool_and(due.batch_id is not null)
)

select
    posts.published_on,
    posts.account_id,
    posts.content_type,
    accounts.tier,
    posts.hashtags,
    latest.engagements,
    latest.views,
    latest.reach,
    latest.impressions
from going
inner join core.dim_post as posts on going.post_id = posts.post_id
left join core.fct_post_latest as latest on posts.post_id = latest.post_id
left join core.dim_account as accounts on posts.account_id = accounts.account_id
left join counted on posts.published_on = counted.day
where
    posts.account_id is not null
    and not coalesce(posts.is_repost, false)
    and posts.deleted_on is null
    and (counted.day is null or going.first_seen_at < counted.counted_at at time zone 'UTC')
order by posts.post_id
"""


def _groups(
    content_type: str | None, tier: str | None, hashtags: Sequence[str] | None, names: set[str]
) -> Iterator[Group]:
    yield Group("all", "all")
    if content_type:
        yield Group("content_type", content_type)
    if tier:
        yield Group("tier", tier)
    for hashtag in hashtags or ():
        if _folded(hashtag) not in names:
            yield Group("hashtag", hashtag)


def _folded(text: str) -> str:
    """Return the letters and digits of a name: `anna.brews` is #AnnaBrews."""
    return re.sub(r"[\W_]", "", text.partition("@")[0] or text).lower()


def aggregates(posts: Iterable[Post], least: int) -> Iterator[dict[str, Any]]:
    """Yield the row of each group that is kept, by day of publication and group.

    Of a group so many different accounts at least have posts; a sum is there where it is of posts
    of so many. No sum or difference of rows tells of fewer: see `kept_groups`.
    """
    by_day: dict[date, list[Post]] = {}
    for post in posts:
        by_day.setdefault(post.published_on, []).append(post)
    for day, of_day in sorted(by_day.items()):
        kept = kept_groups([(post.account_id, post.groups) for post in of_day], least)
        known = {
            measure: [post for post in of_day if post.measures[measure] is not None]
            for measure in MEASURES
        }
        kept_of = {
            measure: set(kept_groups([(p.account_id, p.groups & set(kept)) for p in told], least))
            for measure, told in known.items()
        }
        for group in kept:
            members = [post for post in of_day if group in post.groups]
            row: dict[str, Any] = {
                "published_on": day.isoformat(),
                **group._asdict(),
                "accounts": len({post.account_id for post in members}),
                "posts": len(members),
            }
            for measure, counted in MEASURES.items():
                values = [post.measures[measure] for post in known[measure] if group in post.groups]
                is_kept = group in kept_of[measure]
                row[counted] = len(values) if is_kept else None
                row[measure] = sum(filter(None, values)) if is_kept else None
            yield row


def kept_groups(posts: Sequence[tuple[str, Collection[Group]]], least: int) -> list[Group]:
    """Return the groups that may be told of together; each post is its account and its groups.

    Whatever is added to and subtracted from each other, what results tells of nobody, or of posts
    of `least` accounts. The posts that are in the same of these groups make a part. A result is a
    number for each part; where the parts of `least` accounts alone tell all results apart (the
    groups have the same rank over them as over all parts), none of these is about smaller parts
    alone. Groups are taken in the order of BREAKDOWNS, then those of more accounts first, and one
    that would break this is left out.
    """
    members: dict[Group, list[int]] = {}
    for place, (_, groups) in enumerate(posts):
        for group in groups:
            members.setdefault(group, []).append(place)
    accounts = {group: len({posts[n][0] for n in places}) for group, places in members.items()}
    kept: list[Group] = []
    parts = _Parts([account for account, _ in posts], least)
    for group in sorted(
        (group for group, count in accounts.items() if count >= least),
        key=lambda each: (BREAKDOWNS.index(each.breakdown), -accounts[each], each.value),
    ):
        if parts.take(set(members[group])):
            kept.append(group)
    return kept


class _Parts:
    """The posts by the groups that they are in of those that are kept, and these groups' rank.

    A part is known by its groups, the first as the lowest bit.
    """

    def __init__(self, accounts: Sequence[str], least: int) -> None:
        self._accounts, self._least = accounts, least
        self._posts: dict[int, set[int]] = {0: set(range(len(accounts)))}
        self._part_of = [0] * len(accounts)
        self._large = {0} if self._is_large(self._posts[0]) else set()
        self._groups = self._rank = 0

    def take(self, members: set[int]) -> bool:
        """Take a group's posts in, unless its parts of enough accounts would not tell all apart."""
        new: dict[int, set[int]] = {}
        touched = {self._part_of[post] for post in members}
        bit, is_split = 1 << self._groups, False
        for part in touched:
            inside = self._posts[part] & members
            new[part | bit] = inside
            if outside := self._posts[part] - inside:
                new[part] = outside
                is_split = True
        large = self._large - touched | {part for part in new if self._is_large(new[part])}
        # the sums of the groups before are the same all over a part: one that splits it is none
        rank = self._rank + 1
        if not is_split:
            rank = _rank([*(self._posts.keys() - touched), *new], self._groups + 1)
        if len(large) < rank or _rank(large, self._groups + 1) < rank:
            return False
        for part in touched:
            del self._posts[part]
        self._posts |= new
        for part, posts in new.items():
            for post in posts:
                self._part_of[post] = part
        self._large, self._groups, self._rank = large, self._groups + 1, rank
        return True

    def _is_large(self, posts: Collection[int]) -> bool:
        return len({self._accounts[post] for post in posts}) >= self._least


def _rank(parts: Collection[int], groups: int) -> int:
    """Return the rank of the groups over these parts, modulo a prime."""
    rows = np.array(
        [[part >> group & 1 for part in parts] for group in range(groups)], dtype=np.int64
    )
    rank = 0
    for column in range(rows.shape[1]):
        (found,) = np.nonzero(rows[rank:, column])
        if not len(found):
            continue
        pivot = rank + int(found[0])
        rows[[rank, pivot]] = rows[[pivot, rank]]
        rows[rank] = rows[rank] * pow(int(rows[rank, column]), -1, _PRIME) % _PRIME
        below = rows[rank + 1 :]
        below -= below[:, [column]] * rows[rank] % _PRIME
        below %= _PRIME
        rank += 1
        if rank == groups:
            break
    return rank


def land_aggregates(
    paths: Paths,
    source: str,
    due: Collection[str],
    posts: Sequence[Post],
    rows: Sequence[Mapping[str, Any]],
    *,
    reason: str,
    run_id: str,
    logical_date: date,
    now: datetime,
) -> Manifest:
    """Land rows, and in the same instant that the batches in `due` are counted and deleted.

    Their files are still there: see `remove_deleted`.
    """
    records = [
        {
            "source": RETENTION,
            "stream": STREAM,
            "query": source,
            "fetched_at": iso(now),
            "record": msgspec.json.encode(
                {"platform": source, "kept_at": iso(now), **row}
            ).decode(),
            "record_id": None,
            "record_at": None,
        }
        for row in rows
    ]
    with draft_batch(paths.landing, RETENTION, STREAM, logical_date) as draft:
        if records:
            table = pa.Table.from_pylist(records, schema=RECORDS)
            pq.write_table(table, draft.data, compression="zstd")
        return commit_batch(
            draft,
            run_id=run_id,
            rows=len(records),
            columns=tuple(RECORDS.names) if records else (),
            status=RunState.OK,
            query=source,
            cursor={
                "batches": sorted(due),
                "days": sorted({post.published_on.isoformat() for post in posts}),
            },
            reason=f"{reason}: {len(posts):,} posts counted, {len(records):,} groups of them stay",
            first_line=1,
            landed_at=now,
        )
