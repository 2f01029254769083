"""The index says what the manifests say, whatever becomes of it."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reachline import landing
from reachline.landing import Manifest, State
from reachline.landing.index import INDEX
from reachline.landing.manifests import _READ, manifest_path

D = date(2026, 3, 1)
MODULE = sys.modules["reachline.landing.manifests"]
"""The package has a function of that name."""


def commit(root: Path, value: str, **told: Any) -> Manifest:
    with landing.draft_batch(root, "inbox", "orders", D) as draft:
        pq.write_table(pa.table({"order_id": [value]}), draft.data)
        return landing.commit_batch(draft, run_id="r", rows=1, columns=("order_id",), **told)


def state(query: str, **told: Any) -> State:
    return State("posts", query, "no_data", "2026-03-01T04:00:00Z", **told)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a landing zone whose manifests of every kind stand in its index, but for the last."""
    monkeypatch.setattr(MODULE, "WORTH", 6)
    monkeypatch.setattr("reachline.landing.index._LAST", 2)
    root = tmp_path / "landing"
    for value in "abc":
        commit(root, value, cursor={"at": value, "ü": [1, None, 2.5]}, failures=0)
    first = landing.manifests(root)[0]
    landing.hold_batch(root, first.batch_id, "wrong")
    landing.rewrite_batch(root, first.batch_id, pa.table({"order_id": ["-"]}), reason="gone")
    states = [state("hashtag:a", cursor={"next": 2}), state("hashtag:b", failures=3)]
    landing.commit_states(root, "bluesky", states, logical_date=D, run_id="r")
    landing.manifests(root)
    assert (root / INDEX).exists()
    commit(root, "d")
    return root


def another_process(root: Path) -> list[Manifest]:
    _READ.clear()
    return landing.all_manifests(root)


def files_read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    read: list[str] = []
    plain = MODULE.read_manifest

    def noting(path: Path) -> Manifest:
        read.append(path.name)
        result: Manifest = plain(path)
        return result

    monkeypatch.setattr(MODULE, "read_manifest", noting)
    return read


def test_what_stands_in_the_index_is_not_read_again(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = landing.all_manifests(root)
    read = files_read(monkeypatch)
    assert another_process(root) == before
    assert read == ["000000000007.json"]
    landing.all_manifests(root)
    landing.manifests(root, fresh=True)
    assert read == ["000000000007.json"]


def cut_short(root: Path) -> None:
    (root / INDEX).write_bytes((root / INDEX).read_bytes()[:-20])


def flip_a_bit(root: Path) -> None:
    text = bytearray((root / INDEX).read_bytes())
    text[text.index(b'"order_id"') + 2] ^= 1
    (root / INDEX).write_bytes(text)


def lose(root: Path) -> None:
    (root / INDEX).unlink()


def of_another_folder(root: Path) -> None:
    shutil.copytree(root / "_manifests", root / "copy")
    shutil.rmtree(root / "_manifests")
    (root / "copy").rename(root / "_manifests")


def of_an_older_version(root: Path) -> None:
    (root / INDEX).write_bytes(b"another form\n" + (root / INDEX).read_bytes())


def of_a_newer_landing(root: Path) -> None:
    """A backup was put back over it: the files of its newest lines are others."""
    path = manifest_path(root, 6)
    path.write_text(path.read_text())


DAMAGES = [cut_short, flip_a_bit, lose, of_another_folder, of_an_older_version, of_a_newer_landing]


@pytest.mark.parametrize("damage", DAMAGES)
def test_an_index_that_is_no_good_is_made_anew(
    root: Path, monkeypatch: pytest.MonkeyPatch, damage: Callable[[Path], None]
) -> None:
    before = landing.all_manifests(root)
    damage(root)
    read = files_read(monkeypatch)
    assert another_process(root) == before
    assert len(read) == 7
    read.clear()
    assert another_process(root) == before
    assert read == []


def test_a_manifest_that_is_gone_is_not_told_of(root: Path) -> None:
    manifest_path(root, 2).unlink()
    assert [m.sequence for m in another_process(root)] == [1, 3, 4, 5, 6, 7]
    assert [m.sequence for m in another_process(root)] == [1, 3, 4, 5, 6, 7]
    assert landing.repair(root).manifests
    assert [m.sequence for m in another_process(root)] == [1, 2, 3, 4, 5, 6, 7]
    assert landing.verify(root) == []


def test_a_manifest_that_was_changed_is_found_by_who_doubts(root: Path) -> None:
    path = manifest_path(root, 2)
    path.write_text(path.read_text().replace('"rows": 1', '"rows": 3'))
    another_process(root)
    with pytest.raises(landing.LandingError, match=r"000000000002\.json.*was changed"):
        landing.manifests(root, fresh=True)


def test_a_disk_that_takes_no_index_takes_nothing_else(root: Path) -> None:
    before = landing.all_manifests(root)
    (root / INDEX).unlink()
    (root / INDEX).mkdir()
    assert another_process(root) == before
    assert commit(root, "e").sequence == 8


def test_numbers_and_ids_of_other_processes_are_not_given_again(root: Path) -> None:
    own = dict(_READ)
    another_process(root)
    other = commit(root, "e")
    _READ.clear()
    _READ.update(own)
    (root / str(other.path)).rename(root / "elsewhere.parquet")
    again = commit(root, "e")
    assert (again.sequence, other.sequence) == (9, 8)
    assert again.batch_id != other.batch_id


def test_states_are_batches_without_data(root: Path) -> None:
    states = [m for m in landing.manifests(root) if m.source == "bluesky"]
    assert [(m.stream, m.query, m.cursor, m.failures) for m in states] == [
        ("posts", "hashtag:a", {"next": 2}, None),
        ("posts", "hashtag:b", None, 3),
    ]
    assert {(m.sequence, m.status, m.path, m.rows) for m in states} == {(6, "no_data", None, 0)}
    assert len({m.batch_id for m in landing.manifests(root)}) == 6
    landing.hold_batch(root, states[1].batch_id, "wrong")
    assert states[1].batch_id in landing.held_batches(root)
    assert landing.verify(root) == []
    manifest_path(root, 6).unlink()
    assert landing.repair(root).manifests
    assert [m for m in landing.manifests(root) if m.source == "bluesky"] == states
