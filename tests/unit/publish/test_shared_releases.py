"""Releases in an object store: whole or not read, one number once, and `current` never back."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from reachline.cli import app
from reachline.object_store import Store, StoreError
from reachline.publish import shared
from reachline.publish.releases import (
    ABOUT,
    Release,
    current_release,
    next_release_id,
    promote,
    read_release,
)
from reachline.publish.shared import (
    POINTER,
    bring_up,
    fetch_current,
    prune_shared,
    remove_before,
    share_release,
)
from reachline.settings import Paths
from tests.object_stores import S3
from tests.unit.publish.small_release import DAY, publish_release


@pytest.fixture
def one(tmp_path: Path, s3: S3) -> Paths:
    return Paths(tmp_path / "one")


@pytest.fixture
def two(tmp_path: Path, s3: S3) -> Paths:
    return Paths(tmp_path / "two")


def publish(where: Paths, build: int = 1, day: date = DAY) -> Release:
    return publish_release(where.home, build, rows=10, day=day)


def current_in(store: Store) -> str | None:
    text = store.get(POINTER)
    return None if text is None else str(json.loads(text)["release_id"])


def bytes_of(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def stored(store: Store, release: Release) -> dict[str, bytes]:
    folder = f"published/releases/{release.release_id}/"
    return {
        item.key.removeprefix(folder): store.get(item.key) or b""
        for item in store.keys(folder)
        if not item.key.endswith(".made")
    }


def rewritten(release: Release, at: str, name: str = "secret.txt") -> Release:
    """Write a release anew, as an erasure does: other bytes, and release.json says so."""
    path = release.path / ABOUT
    about: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    about["rewritten"] = [*about.get("rewritten", ()), {"at": at, "reason": "forgotten"}]
    path.chmod(0o640)
    path.write_text(json.dumps(about), encoding="utf-8")
    return read_release(release.path)


def test_another_host_reads_what_one_published(one: Paths, two: Paths, store: Store) -> None:
    release = publish(one)
    assert share_release(one, release)
    assert stored(store, release) == bytes_of(release.path)
    assert current_in(store) == release.release_id
    there = fetch_current(two)
    assert there is not None
    assert bytes_of(there.path) == bytes_of(release.path)
    assert (there.path / ABOUT).stat().st_mode & 0o777 == 0o440
    assert current_release(two.published) == there
    # of its number none is given again
    assert next_release_id(two.published, DAY).endswith("-0002")
    # and all of it may be done again
    assert share_release(one, release)
    assert fetch_current(two) == there


def test_current_never_moves_back(one: Paths, two: Paths, store: Store) -> None:
    first = publish(one)
    share_release(one, first)
    fetch_current(two)
    older = publish(two, build=2, day=DAY - timedelta(days=1))
    assert not share_release(two, older)
    assert current_in(store) == first.release_id
    assert stored(store, older) == bytes_of(older.path)
    # a backfill of a night that is wanted as current, by name
    assert share_release(two, older, back=True)
    assert current_in(store) == older.release_id


def test_current_that_another_host_moves_meanwhile(
    one: Paths, two: Paths, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    share_release(one, publish(one))
    fetch_current(two)
    early, late = publish(two, build=2), None
    calls = []
    key = shared._key

    def slow(told: Any) -> Any:
        """The other host is faster, between what this one reads and what it writes."""
        nonlocal late
        calls.append(told["release_id"])
        if len(calls) == 1:
            shared.numbers_given(one.published, 2)
            late = publish(one, build=3, day=DAY + timedelta(days=1))
            share_release(one, late)
        return key(told)

    monkeypatch.setattr(shared, "_key", slow)
    assert not share_release(two, early)
    assert late is not None
    assert current_in(store) == late.release_id
    assert calls[-1] == late.release_id


def test_two_hosts_never_have_one_number(one: Paths, two: Paths, store: Store) -> None:
    first, second = publish(one), publish(two, build=2)
    assert first.release_id == second.release_id
    share_release(one, first)
    with pytest.raises(StoreError, match=r"is the release of another host.*Run this night again"):
        share_release(two, second)
    assert stored(store, first) == bytes_of(first.path)
    assert current_in(store) == first.release_id


@pytest.mark.parametrize("dies_at", ["put", "release.json", "change"])
def test_a_kill_leaves_current_and_the_next_night_goes_on(
    one: Paths, two: Paths, store: Store, monkeypatch: pytest.MonkeyPatch, dies_at: str
) -> None:
    first = publish(one)
    share_release(one, first)
    fetch_current(two)
    second = publish(one, build=2, day=DAY + timedelta(days=1))
    put = Store.put

    def die(self: Store, key: str, *_: Any) -> None:
        if dies_at != ABOUT or key.endswith(ABOUT):
            raise KeyboardInterrupt
        put(self, key, *_)

    with monkeypatch.context() as patched:
        patched.setattr(Store, "put" if dies_at == ABOUT else dies_at, die)
        with pytest.raises(KeyboardInterrupt):
            share_release(one, second)
    there = fetch_current(two)
    assert there is not None
    assert there.release_id == current_in(store) == first.release_id
    # of the one that is half there, the number is gone
    assert next_release_id(two.published, DAY).endswith("-0003")
    fetch_current(one)
    assert current_in(store) == second.release_id
    assert stored(store, second) == bytes_of(second.path)


def test_a_file_that_is_cut_short_is_not_read(one: Paths, two: Paths, s3: S3) -> None:
    release = publish(one)
    share_release(one, release)
    s3.cuts.append("warehouse.duckdb")
    with pytest.raises(StoreError, match="SHA-256 is"):
        fetch_current(two)
    assert current_release(two.published) is None
    s3.cuts.clear()
    assert fetch_current(two) is not None


def test_a_release_that_was_written_anew(one: Paths, two: Paths, store: Store) -> None:
    release = publish(one)
    share_release(one, release)
    fetch_current(two)
    now = rewritten(release, "2026-03-12T00:00:00+00:00")
    # an older copy is never put in its place
    assert bring_up(one) == ([], [])
    assert stored(store, now) == bytes_of(now.path)
    stale = read_release(two.published / "releases" / release.release_id)
    share_release(two, stale)
    assert stored(store, now) == bytes_of(now.path)
    fetch_current(two)
    assert bytes_of(stale.path) == bytes_of(now.path)
    pointed = json.loads(store.get(POINTER) or b"{}")["files"][ABOUT]
    assert pointed["bytes"] == (now.path / ABOUT).stat().st_size


def test_what_is_not_here_can_not_be_brought_up(one: Paths, two: Paths, store: Store) -> None:
    first = publish(one)
    share_release(one, first)
    second = publish(one, build=2)
    share_release(one, second)
    assert bring_up(two) == ([first.release_id], [second.release_id])
    assert stored(store, first) == {}
    assert current_in(store) == second.release_id


def test_older_releases_go_but_the_current_one(one: Paths, store: Store) -> None:
    made = [publish(one, build, DAY + timedelta(days=build)) for build in range(4)]
    for release in made:
        share_release(one, release)
    share_release(one, made[0], back=True)
    assert prune_shared(one, 2) == [made[1].release_id]
    assert remove_before(one, DAY + timedelta(days=3)) == [made[2].release_id]
    assert [bool(stored(store, release)) for release in made] == [True, False, False, True]


def test_a_rollback_moves_it_for_all(one: Paths, two: Paths, store: Store) -> None:
    first, second = publish(one), publish(one, build=2, day=DAY + timedelta(days=1))
    for release in (first, second):
        share_release(one, release)
    promote(one.published, second)
    words = ["release", "rollback", first.release_id]
    done = CliRunner().invoke(app, words, env={"REACHLINE_HOME": str(one.home)})
    assert done.exit_code == 0, done.output
    assert current_in(store) == first.release_id
    there = fetch_current(two)
    assert there is not None
    assert there.release_id == first.release_id


@pytest.mark.parametrize("text", [b"{", b'{"release_id": "../../x"}', b"[]"])
def test_a_pointer_that_says_nothing(one: Paths, store: Store, text: bytes) -> None:
    store.put(POINTER, text)
    with pytest.raises(StoreError, match=r"can't be read .* Remove it"):
        fetch_current(one)


def test_without_a_store_nothing_is_shared(one: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REACHLINE_STORE")
    release = publish(one)
    assert not share_release(one, release)
    assert fetch_current(one) is None
    assert prune_shared(one, 1) == []
    assert bring_up(one) == ([], [])
