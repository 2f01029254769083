"""Somebody who is forgotten at one host is gone from the store, and kept out at all others."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from reachline.erasure import asked, forget
from reachline.forgotten import ForgottenError, agree_on_forgotten, load_forgotten
from reachline.home_key import home_key
from reachline.inbox import land_files
from reachline.inbox.kept import texts_of
from reachline.landing import all_manifests, manifests
from reachline.night.screening import fetch_landing, screen_landing
from reachline.object_store import Store
from reachline.settings import Settings, load_settings
from tests.unit.erasure.two_people import HANDLE, ROWS, SECOND, SECRETS, as_csv, drop
from tests.unit.nights import copy_of

NEWER = [*ROWS["creators"], ROWS["creators"][-1] | {"creator_id": "crt-new"}]
"""A file that has not landed yet: one that has would be skipped."""


@pytest.fixture
def one(landed_people: Settings, tmp_path: Path, store: Store) -> Settings:
    """A host whose landing is in the store."""
    settings = copy_of(landed_people, tmp_path / "one")
    home_key(settings.paths)
    fetch_landing(settings)
    return settings


@pytest.fixture
def two(one: Settings, tmp_path: Path) -> Settings:
    """Another one, with the same key, that has fetched it."""
    settings = load_settings(tmp_path / "two", one.config_dir)
    settings.paths.home.mkdir()
    shutil.copy(one.paths.key, settings.paths.key)
    fetch_landing(settings)
    return settings


def told_in(folder: Path) -> set[str]:
    """Which of her secrets stand in the files of a folder, whatever these are packed in."""
    texts = [t.casefold() for p in folder.rglob("*") if p.is_file() for t in texts_of(p)]
    return {name for name, secret in SECRETS.items() if any(secret.casefold() in t for t in texts)}


def stored(store: Store, folder: Path) -> Path:
    """Write all that a store holds into a folder."""
    for item in store.keys(""):
        path = folder / item.key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(store.get(item.key) or b"")
    return folder


def test_she_is_gone_from_the_store_and_from_other_hosts(
    one: Settings, two: Settings, store: Store, tmp_path: Path
) -> None:
    assert told_in(stored(store, tmp_path / "before")) >= {"handle", "name", "address", "words"}
    assert told_in(two.paths.landing) >= {"handle", "name", "address", "words"}
    two.paths.warehouse.mkdir(exist_ok=True)
    (two.paths.warehouse / "warehouse.duckdb").write_text(HANDLE, encoding="ascii")

    done = forget(one, asked(one, "instagram", HANDLE, None))
    assert done.is_whole, done.not_done
    assert any("other hosts of the object store" in text for text in done.out_of_reach)
    assert told_in(stored(store, tmp_path / "after")) == set()

    fetch_landing(two)
    assert told_in(two.paths.landing) == set()
    assert not (two.paths.warehouse / "warehouse.duckdb").exists()
    assert all_manifests(two.paths.landing, fresh=True) == all_manifests(
        one.paths.landing, fresh=True
    )
    # and comes in again at neither
    drop(two, "creators", "again.csv", as_csv(NEWER))
    (file,) = land_files(two, SECOND, "again").files
    assert file.rejected == 1
    assert told_in(two.paths.landing) == set()
    three = load_settings(tmp_path / "three", one.config_dir)
    three.paths.home.mkdir()
    shutil.copy(one.paths.key, three.paths.key)
    fetch_landing(three)
    assert load_forgotten(three.paths).marks == load_forgotten(one.paths).marks
    assert screen_landing(three).batches == []


def test_a_host_with_another_key_is_told(one: Settings, store: Store, tmp_path: Path) -> None:
    forget(one, asked(one, "instagram", HANDLE, None))
    other = load_settings(tmp_path / "other", one.config_dir)
    fetch_landing(other)
    with pytest.raises(ForgottenError, match=r"made with another home\.key"):
        screen_landing(other)


def test_both_know_whom_either_has_forgotten(one: Settings, two: Settings) -> None:
    (asked_one, asked_two) = (asked(s, "instagram", HANDLE, None) for s in (one, two))
    forget(one, asked_one)
    forget(two, asked_two)
    agree_on_forgotten(one.paths)
    assert load_forgotten(one.paths).marks == load_forgotten(two.paths).marks
    lines = one.paths.forgotten.read_text(encoding="ascii")
    assert lines == two.paths.forgotten.read_text(encoding="ascii")
    assert lines.count("\n") == 1


def test_a_batch_that_is_landed_while_she_is_forgotten_is_screened(
    one: Settings, two: Settings, store: Store, tmp_path: Path
) -> None:
    forget(one, asked(one, "instagram", HANDLE, None))
    # a host that has not heard of it yet
    drop(two, "creators", "late.csv", as_csv(NEWER))
    (file,) = land_files(two, SECOND, "late").files
    assert file.rejected == 0
    fetch_landing(one)
    assert told_in(one.paths.landing) != set()
    assert len(screen_landing(one).batches) == 1
    assert told_in(one.paths.landing) == set()
    assert told_in(stored(store, tmp_path / "after")) == set()
    fetch_landing(two)
    assert told_in(two.paths.landing) == set()
    assert [m.batch_id for m in manifests(two.paths.landing)] == [
        m.batch_id for m in manifests(one.paths.landing)
    ]
