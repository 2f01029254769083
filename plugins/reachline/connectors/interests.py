"""What the team wants to know about, for the connectors to ask: hashtags, handles, accounts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import duckdb

from reachline.configuration.fields import normalize
from reachline.configuration.platforms import is_account_id, refusal
from reachline.forgotten import load_forgotten
from reachline.landing import Checks, held_batches, manifests, reading_files
from reachline.settings import Brand, Settings
from reachline.sql import file_pattern

EVENT_TAIL_DAYS = 7
"""Posts about an event come for some days after its end."""


@dataclass(frozen=True)
class Account:
    """An account whose own posts are read: of the roster, or of a brand.

    `id` is the platform's, where it is known and may stand in a handle's place (`is_account_id`):
    it outlives a handle. `handle` is the id itself where there is no handle.
    """

    handle: str
    id: str | None = None
    impossible: str = ""
    """Why it can be none of the platform's accounts; "": it can, and is asked for."""


@dataclass(frozen=True)
class Interests:
    """What is asked of one platform; every text normalised, sorted, once.

    An account that can't exist is among `accounts`, to be told of; no call may name it.
    """

    hashtags: tuple[str, ...]
    keywords: tuple[str, ...]
    mentions: tuple[str, ...]
    accounts: tuple[Account, ...]


def interests(settings: Settings, platform: str, logical_date: date) -> Interests:
    """Return what config/brands.yml, the roster and the events ask of a platform on a date.

    The roster is that of the published release, since exports of other tools feed it, too; before
    the first release there is none. Events come from the files that were dropped. Nobody who is
    forgotten is asked for.
    """
    brands = settings.config.brands
    events = _event_hashtags(settings, logical_date)
    handles = [h for brand in brands for h in brand.handles.get(platform, ())]
    ids = {handle for handle in handles if is_account_id(platform, handle)}
    accounts: dict[str, Account] = {}
    forgotten = load_forgotten(settings.paths)
    known: set[str | None] = set()
    for account in (
        *_known_accounts(settings, platform, handles),
        *_named_by_id(settings, platform),
        *(Account(handle, handle if handle in ids else None) for handle in handles),
    ):
        if forgotten.is_account(platform, account.id) or forgotten.is_account(
            platform, account.handle
        ):
            continue
        if (account.id or account.handle) not in known:
            accounts[account.handle] = account
        known |= {account.handle, account.id}
    return Interests(
        hashtags=_sorted([*_hashtags(brands), *events]),
        keywords=_sorted(k for brand in brands for k in brand.keywords),
        mentions=_sorted(h for h in {*handles} - ids if not forgotten.is_account(platform, h)),
        accounts=tuple(accounts[handle] for handle in sorted(accounts)),
    )


def _hashtags(brands: Iterable[Brand]) -> list[str]:
    tags: list[str] = []
    for brand in brands:
        tags += brand.hashtags
        if brand.role == "own":
            tags += brand.niches
    return tags


def _known_accounts(settings: Settings, platform: str, handles: Sequence[str]) -> Iterator[Account]:
    """Yield the accounts of the roster, and those of the brands' handles, as the release has them.

    A handle that several accounts have carried is of the one that was seen with it last. Of the
    accounts that were never seen, those with an id are among them.
    """
    database = settings.paths.published / "current" / "warehouse.duckdb"
    if not database.exists():
        return
    with duckdb.connect(str(database), read_only=True) as con:
        rows = con.execute(
            """
            select handle, account_id
            from (
                select
                    *,
                    row_number() over (
                        partition by coalesce(handle, account_id)
                        order by last_seen_at desc nulls last, account_id
                    ) as place
                from core.dim_account
                where
                    platform = $platform
                    and (creator_id is not null or handle in (select unnest($handles)))
            ) as accounts
            where place = 1
            order by account_id
            """,
            {"platform": platform, "handles": list(handles)},
        ).fetchall()
    for handle, account_id in rows:
        native = account_id.removeprefix(f"{platform}:")
        identity = native if is_account_id(platform, native) else None
        if handle or identity:
            rule = "" if identity else refusal(platform, normalize(handle))
            text = f"{rule}; correct it where creator_accounts come from" if rule else ""
            yield Account(handle or native, identity, text)


def _named_by_id(settings: Settings, platform: str) -> Iterator[Account]:
    """Yield accounts that a file of the roster names by id: the release compares without case."""
    named: dict[str, bool] = {}
    for row in _dropped(settings, "creator_accounts", "platform", "handle"):
        handle = (row["handle"] or "").strip()
        if (row["platform"] or "").strip().lower() == platform and is_account_id(platform, handle):
            named[handle] = not _is_true(row["is_deleted"])
    for handle, is_there in named.items():
        if is_there:
            yield Account(handle, handle)


def _event_hashtags(settings: Settings, logical_date: date) -> list[str]:
    tags = {
        event["event_id"]: _tags_on(event, logical_date)
        for event in _dropped(settings, "events", "event_id", "hashtags", "starts_on", "ends_on")
    }
    return [tag for found in tags.values() for tag in found]


def _dropped(settings: Settings, stream: str, key: str, *more: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of all files of a stream as they came, in order; a column may be NULL.

    Files without the column `key` are left out, and with a warning those that are not what landed.
    """
    root = settings.paths.landing
    held = held_batches(root)
    wanted = {key, *more, "is_deleted"}
    batches = [
        batch
        for batch in manifests(root)
        if (batch.source, batch.stream) == ("inbox", stream)
        and batch.path is not None
        and batch.batch_id not in held
    ]
    if not batches:
        return
    with reading_files(root), closing(Checks(root)) as checks, duckdb.connect() as con:
        for batch in checks.sound(batches):
            names = sorted({column.lower() for column in batch.columns} & wanted)
            if key in names:
                listed = ", ".join(f'"{name}"' for name in names)
                path = file_pattern(checks.path(str(batch.path)))
                for row in con.from_parquet(path).project(listed).fetchall():
                    yield dict.fromkeys(wanted) | dict(zip(names, row, strict=True))


def _is_true(text: str | None) -> bool:
    return (text or "").lower() in ("true", "1", "yes")


def _tags_on(event: dict[str, Any], logical_date: date) -> tuple[str, ...]:
    """Return the hashtags of an event that is on, or soon over; () for one that can't be read."""
    try:
        starts = date.fromisoformat(event["starts_on"] or "")
        ends = date.fromisoformat(event["ends_on"] or "")
    except ValueError:
        return ()
    is_on = starts <= logical_date <= ends + timedelta(days=EVENT_TAIL_DAYS)
    if not is_on or _is_true(event["is_deleted"]):
        return ()
    text = (event["hashtags"] or "").strip("[]")
    parts = text.replace('"', "").replace(",", "|").split("|")
    return tuple(tag for tag in map(normalize, parts) if tag)


def _sorted(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(texts)))
