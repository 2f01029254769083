"""Releases in the object store that hosts share.

    published/releases/<release_id>/.made   made once (If-None-Match: *): whose the number is
    published/releases/<release_id>/…       the files, and release.json last
    published/current.json                  the one that is read: changed by If-Match, and forwards

A release whose release.json is not there yet is not read by anybody. A host that finds its number
taken by another one is told, and runs its night again.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
import shutil
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from reachline.object_store import Item, Store, StoreError, store_of
from reachline.publish.files import FileFacts, file_facts, make_read_only, sync_folder
from reachline.publish.releases import (
    ABOUT,
    RELEASES,
    Release,
    current_release,
    numbers_given,
    promote,
    read_release,
    releases,
)
from reachline.publish.rewriting import GONE, recover_releases
from reachline.settings import Paths

POINTER = "published/current.json"

_FOLDER = f"published/{RELEASES}"
_MADE, _SHARED = ".made", ".shared"
_ID = re.compile(r"(\d{4}-\d{2}-\d{2})-(\d{4,})")

log = logging.getLogger("reachline.publish")


def share_release(where: Paths, release: Release, *, back: bool = False) -> bool:
    """Put a release into the store, and let `current` there be it; return whether it is.

    Of a release that was not made to be current, only the files. `current` moves from a night to
    the same or a later one, and to an earlier one only with `back`. Safe to be killed and called
    again. Returns False where the home has no store. Raises StoreError, also where another host has
    this number.
    """
    store = store_of(where.landing)
    if store is None:
        return False
    _claim(store, release)
    # one that is whole there may have been written anew since: that is not undone
    if _about(store, release.release_id) is None:
        _put(store, release)
    return release.promoted and _move(store, release, back=back)


def point_at(where: Paths, release: Release) -> None:
    """Let `current` in the store be a release, as `rollback` asks, whichever it was before."""
    share_release(where, release)
    store = store_of(where.landing)
    if store is not None:
        _move(store, release, back=True)


def fetch_current(where: Paths) -> Release | None:
    """Fetch the release that the store has as current, and return it; None where it has none.

    Where it is of a later night than `current` here, `current` here moves to it. Numbers that other
    hosts gave are not given here again, and what was erased there goes here. A current release here
    that the store lacks, since it was down, is put there. Raises StoreError; then `current` is what
    it was. The run's lock is held.
    """
    store = store_of(where.landing)
    if store is None:
        return None
    recover_releases(where.published)
    found = _ids(store)
    numbers_given(where.published, max((_number(each) for each in found), default=0))
    _fetch_rewritten(where, store, found)
    mine = current_release(where.published)
    told = _pointer(store.get(POINTER))
    if mine is not None and mine.promoted and (told is None or _key(told) < _order(mine)):
        share_release(where, mine)
        return mine
    if told is None:
        return None
    release = _fetched(where, store, told["release_id"])
    if mine is None or _order(mine) < _order(release):
        promote(where.published, release)
    return release


def prune_shared(where: Paths, keep: int) -> list[str]:
    """Remove all but the newest releases from the store, never the current one; return which."""
    store = store_of(where.landing)
    if store is None:
        return []
    told = _pointer(store.get(POINTER))
    by_number = sorted(_ids(store), key=_number)
    gone = [each for each in by_number[:-keep] if told is None or each != told["release_id"]]
    for release_id in gone:
        _remove(store, release_id)
    for token in (where.published / RELEASES).glob(f".*{_SHARED}"):
        if not token.with_name(token.name[1 : -len(_SHARED)]).is_dir():
            token.unlink()
    return gone


def remove_before(where: Paths, day: date) -> list[str]:
    """Remove the releases of nights before a day from the store, never the current one."""
    store = store_of(where.landing)
    if store is None:
        return []
    told = _pointer(store.get(POINTER))
    current = told["release_id"] if told is not None else None
    gone = [each for each in _ids(store) if _key({"release_id": each})[0] < day and each != current]
    for release_id in gone:
        _remove(store, release_id)
    return gone


def bring_up(where: Paths) -> tuple[list[str], list[str]]:
    """Let releases in the store be what they are here; return those removed, and those left.

    For releases that were written anew here, after `fetch_current`. What is not here can't be
    brought up to anything, and goes; but for the one that is read there, which is left. Raises
    StoreError.
    """
    store = store_of(where.landing)
    if store is None:
        return [], []
    here = {release.release_id: release for release in releases(where.published)}
    told = _pointer(store.get(POINTER))
    removed, left = [], []
    for release_id in _ids(store):
        if release_id in here:
            _put(store, here[release_id])
            if told is not None and told["release_id"] == release_id:
                _move(store, here[release_id], back=True)
        elif told is not None and told["release_id"] == release_id:
            left.append(release_id)
        else:
            _remove(store, release_id)
            removed.append(release_id)
    return removed, left


def _claim(store: Store, release: Release) -> None:
    """Make a number that of a release; StoreError where it is that of another host's."""
    token = _token(release.path)
    if not token.exists():
        token.write_text(f"{uuid.uuid4().hex}\n", encoding="ascii")
    if not store.create(f"{_FOLDER}/{release.release_id}/{_MADE}", token.read_bytes()):
        raise StoreError(
            f"{store.url}: {release.release_id} is the release of another host, published "
            "meanwhile. Run this night again: it gets another number. The release stays here, and "
            "is not shared."
        )


def _token(place: Path) -> Path:
    """Return the file, beside a release, of what tells it from another one of the same number."""
    return place.with_name(f".{place.name}{_SHARED}")


def _put(store: Store, release: Release) -> None:
    """Put the files of a release that the store lacks, release.json last; others go."""
    folder = f"{_FOLDER}/{release.release_id}"
    about = (release.path / ABOUT).read_bytes()
    before = store.get(f"{folder}/{ABOUT}")
    if before == about:
        return
    had = json.loads(before)["files"] if before else {}
    wanted = release.about["files"]
    for name, facts in sorted(wanted.items()):
        if had.get(name) != facts:
            if asdict(file_facts(release.path / name)) != facts:
                raise StoreError(
                    f"{release.path / name}: is not what {ABOUT} says. Run the night again."
                )
            store.put(f"{folder}/{name}", release.path / name)
    store.put(f"{folder}/{ABOUT}", about)
    kept = {f"{folder}/{name}" for name in (*wanted, ABOUT, _MADE)}
    store.remove([i.key for i in _files_of(store, release.release_id) if i.key not in kept])


def _move(store: Store, release: Release, *, back: bool) -> bool:
    # as it is there: it may have been written anew since
    about = store.get(f"{_FOLDER}/{release.release_id}/{ABOUT}") or b'{"files": {}}'
    told_of = FileFacts(len(about), hashlib.sha256(about).hexdigest())
    body = {
        "release_id": release.release_id,
        "logical_date": release.logical_date.isoformat(),
        "path": f"{RELEASES}/{release.release_id}",
        "files": {**json.loads(about)["files"], ABOUT: asdict(told_of)},
    }
    text = (json.dumps(body, indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode()
    later: list[str] = []

    def make(now: bytes | None) -> bytes | None:
        later.clear()
        told = _pointer(now)
        if told is not None and not back and _order(release) < _key(told):
            later.append(told["release_id"])
            return None
        return text

    store.change(POINTER, make)
    if later:
        log.warning(
            "%s: current stays at %s: it is later than %s. `reachline release rollback` moves it.",
            *(store.url, later[0], release.release_id),
        )
    return not later


def _fetched(where: Paths, store: Store, release_id: str) -> Release:
    """Return a release of the store as a folder here; each file is held to release.json."""
    place = where.published / RELEASES / release_id
    if place.is_dir():
        return read_release(place)
    partial = _fetched_beside(store, place)
    _token(place).write_bytes(store.get(f"{_FOLDER}/{release_id}/{_MADE}") or b"")
    partial.rename(place)
    sync_folder(place.parent)
    return read_release(place)


def _fetch_rewritten(where: Paths, store: Store, found: list[str]) -> None:
    """Put the releases in the place of those here that were written anew in the store since."""
    for release in releases(where.published):
        about = _about(store, release.release_id) if release.release_id in found else None
        ours = release.about.get("rewritten", ())
        if about is None or all(each in ours for each in about.get("rewritten", ())):
            continue
        token, there = _token(release.path), f"{_FOLDER}/{release.release_id}/{_MADE}"
        if not token.exists() or token.read_bytes() != store.get(there):
            continue
        partial = _fetched_beside(store, release.path)
        gone = release.path.with_name(f".{release.release_id}{GONE}")
        release.path.rename(gone)
        partial.rename(release.path)
        sync_folder(release.path.parent)
        shutil.rmtree(gone)


def _fetched_beside(store: Store, place: Path) -> Path:
    """Fetch a release into a folder that nobody reads yet, beside its place; return it."""
    release_id = place.name
    about = _about(store, release_id)
    if about is None:
        raise StoreError(
            f"{store.url}/{POINTER}: names {release_id}, which is not there. "
            "`reachline release rollback RELEASE` on a host that has one points it at that."
        )
    partial = place.with_name(f".{release_id}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    for name, told in about["files"].items():
        facts = FileFacts(**told)
        if not _is_name(name):
            raise StoreError(f"{store.url}: {release_id} names {name!r}, which is no file of it.")
        (partial / name).parent.mkdir(parents=True, exist_ok=True)
        store.fetch(f"{_FOLDER}/{release_id}/{name}", partial / name, facts.sha256)
    (partial / ABOUT).write_bytes(store.get(f"{_FOLDER}/{release_id}/{ABOUT}") or b"")
    make_read_only(partial)
    sync_folder(partial)
    return partial


def _about(store: Store, release_id: str) -> Mapping[str, Any] | None:
    text = store.get(f"{_FOLDER}/{release_id}/{ABOUT}")
    try:
        about = None if text is None else json.loads(text)
        if about is not None and not {"files", "published_at"} <= about.keys():
            raise ValueError("it does not say its files")
    except (ValueError, AttributeError) as error:
        raise StoreError(f"{store.url}/{_FOLDER}/{release_id}/{ABOUT}: {error}.") from error
    return about


def _pointer(text: bytes | None) -> dict[str, Any] | None:
    """Return what current.json says; StoreError where it says nothing that can be read."""
    if text is None:
        return None
    try:
        told: dict[str, Any] = json.loads(text)
        if not _ID.fullmatch(told["release_id"]):
            raise ValueError(f"{told['release_id']!r} is the id of no release")
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(
            f"{POINTER} in the object store can't be read ({error}). Remove it: the next release "
            "writes it anew."
        ) from error
    return told


def _order(release: Release) -> tuple[date, int]:
    return release.logical_date, release.sequence


def _key(told: Mapping[str, Any]) -> tuple[date, int]:
    """Return the same of a release by what current.json says."""
    release_id = told["release_id"]
    return date.fromisoformat(release_id.rpartition("-")[0]), _number(release_id)


def _number(release_id: str) -> int:
    return int(release_id.rpartition("-")[2])


def _ids(store: Store) -> list[str]:
    """Return the releases that the store has, whole or not, in the order of their names."""
    keys = (item.key.removeprefix(f"{_FOLDER}/") for item in store.keys(f"{_FOLDER}/"))
    return sorted({name for key in keys if _ID.fullmatch(name := key.partition("/")[0])})


def _files_of(store: Store, release_id: str) -> Iterator[Item]:
    yield from store.keys(f"{_FOLDER}/{release_id}/")


def _remove(store: Store, release_id: str) -> None:
    """Remove a release: release.json first, so that it is not taken for whole."""
    store.remove([f"{_FOLDER}/{release_id}/{ABOUT}"])
    store.remove([item.key for item in _files_of(store, release_id)])


def _is_name(name: str) -> bool:
    return not any(part in ("", ".", "..") or part.startswith(".") for part in name.split("/"))
