"""What the team wants to know about, for the connectors to ask: hashtags, handles, accounts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import duckdb

from reachline.configuration.fields import normalize
from reachline.landing import held_batches, manifests
from reachline.settings import Brand, Settings

EVENT_TAIL_DAYS = 7
"""Posts about an event come for some days after its end."""


@dataclass(frozen=True)
class Account:
    """An account whose own posts are read: of the roster, or of a brand.

    `native_id` is the platform's own id, once a release knows it: it outlives a handle.
    """

    handle: str
    native_id: str | None = None


@dataclass(frozen=True)
class Interests:
    """What is asked of one platform; every text normalised, sorted, once."""

    hashtags: tuple[str, ...]
    keywords: tuple[str, ...]
    mentions: tuple[str, ...]
    accounts: tuple[Account, ...]


def interests(settings: Settings, platform: str, logical_date: date) -> Interests:
    """Return what config/brands.yml, the roster and the events ask of a platform on a date.

    The roster is that of the published release, since exports of other tools feed it, too; before
    the first release there is none. Events come from the files that were dropped.
    """
    brands = settings.config.brands
    events = _event_hashtags(settings, logical_date)
    handles = [h for brand in brands for h in brand.handles.get(platform, ())]
    known = {a.handle: a for a in _known_accounts(settings, platform, handles)}
    accounts = {h: Account(h) for h in handles} | known
    return Interests(
        hashtags=_sorted([*_hashtags(brands), *events]),
        keywords=_sorted(k for brand in brands for k in brand.keywords),
        mentions=_sorted(handles),
        accounts=tuple(accounts[handle] for handle in sorted(accounts)),
    )


def _hashtags(brands: Iterable[Brand]) -> list[str]:
    tags: list[str] = []
    for brand in brands:
        tags += brand.hashtags
        if brand.role == "own":
            tags += brand.niches
    return tags


def _known_accounts(settings: Settings, platform: str, handles: Sequence[str]) -> list[Account]:
    """Return the accounts of the roster, and those of the brands' handles, as the release has them.

    A handle that several accounts have carried is of the one that was seen with it last.
    """
    database = settings.paths.published / "current" / "warehouse.duckdb"
    if not database.exists():
        return []
    with duckdb.connect(str(database), read_only=True) as con:
        rows = con.execute(
            """
            select handle, max_by(substr(account_id, length(platform) + 2), last_seen_at)
            from core.dim_account
            where
                platform = $platform
                and handle is not null
                and (creator_id is not null or handle in (select unnest($handles)))
            group by handle
            """,
            {"platform": platform, "handles": list(handles)},
        ).fetchall()
    return [Account(handle, native_id) for handle, native_id in rows]


def _event_hashtags(settings: Settings, logical_date: date) -> list[str]:
    root = settings.paths.landing
    held = held_batches(root)
    tags: dict[str, tuple[str, ...]] = {}
    with duckdb.connect() as con:
        for batch in manifests(root):
            is_events = (batch.source, batch.stream) == ("inbox", "events")
            if not is_events or batch.path is None or batch.batch_id in held:
                continue
            wanted = {"event_id", "hashtags", "starts_on", "ends_on", "is_deleted"}
            names = {column.lower() for column in batch.columns} & wanted
            if "event_id" not in names:
                continue
            relation = con.from_parquet(str(root / batch.path))
            listed = ", ".join(f'"{name}"' for name in sorted(names))
            for row in relation.project(listed).fetchall():
                event = dict(zip(sorted(names), row, strict=True))
                tags[event["event_id"]] = _tags_on(event, logical_date)
    return [tag for found in tags.values() for tag in found]


def _tags_on(event: dict[str, str | None], logical_date: date) -> tuple[str, ...]:
    """Return the hashtags of an event that is on, or soon over; () for one that can't be read."""
    try:
        starts = date.fromisoformat(event.get("starts_on") or "")
        ends = date.fromisoformat(event.get("ends_on") or "")
    except ValueError:
        return ()
    is_on = starts <= logical_date <= ends + timedelta(days=EVENT_TAIL_DAYS)
    if not is_on or (event.get("is_deleted") or "").lower() in ("true", "1", "yes"):
        return ()
    text = (event.get("hashtags") or "").strip("[]")
    parts = text.replace('"', "").replace(",", "|").split("|")
    return tuple(tag for tag in map(normalize, parts) if tag)


def _sorted(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(texts)))
