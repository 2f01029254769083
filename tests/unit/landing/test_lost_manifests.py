"""A manifest that is lost takes nothing with it: no data, no number, and there is a way back."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reachline import landing
from reachline.landing import LandingError, Manifest, batches
from reachline.landing.manifests import _READ, manifest_path
from reachline.quality import landing as gate
from tests.gates import verdicts

D = date(2026, 3, 1)


def commit(root: Path, value: str, stream: str = "orders") -> Manifest:
    with landing.draft_batch(root, "inbox", stream, D) as draft:
        pq.write_table(pa.table({"order_id": [value]}), draft.data)
        pq.write_table(pa.table({"_line": [3]}), draft.rejects)
        return landing.commit_batch(draft, run_id="r", rows=1, rejected=1, cursor={"at": value})


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for value in "abc":
        commit(tmp_path / "landing", value)
    return tmp_path / "landing"


def everything(root: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in root.rglob("*.parquet")}


def red(root: Path) -> set[str]:
    facts = gate.gather(root, ())
    try:
        return set(verdicts.red(facts, gate.suites()))
    finally:
        facts.close()


def lose_one(root: Path) -> None:
    manifest_path(root, 2).unlink()


def lose_the_last(root: Path) -> None:
    manifest_path(root, 3).unlink()


def lose_all(root: Path) -> None:
    shutil.rmtree(root / "_manifests")


def lose_all_and_the_number(root: Path) -> None:
    shutil.rmtree(root / "_manifests")
    (root / "_last_sequence").unlink()


def damage_the_number(root: Path) -> None:
    lose_the_last(root)
    (root / "_last_sequence").write_text("")


def flip_a_bit(root: Path) -> None:
    path = manifest_path(root, 2)
    text = bytearray(path.read_bytes())
    text[text.index(b'"rows": 1') + 8] ^= 2
    path.write_bytes(text)


LOSSES = [lose_one, lose_the_last, lose_all, lose_all_and_the_number, damage_the_number]


@pytest.mark.parametrize("lose", LOSSES)
def test_no_data_go_and_no_number_is_given_twice(
    root: Path, lose: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    before = everything(root)
    lose(root)
    with caplog.at_level(logging.WARNING):
        batches.sweep(root, 0)
    assert everything(root) == before
    assert "moved to _orphans/" in caplog.text
    assert "landing verify --repair" in caplog.text
    assert "sequence_has_no_gap" in red(root)
    assert any("is missing" in str(finding) for finding in landing.verify(root))
    assert commit(root, "d").sequence == 4
    assert "sequence_has_no_gap" in red(root)


@pytest.mark.parametrize("is_swept", [False, True])
@pytest.mark.parametrize("lose", [*LOSSES, flip_a_bit])
def test_repair_gives_back_what_was_lost(
    root: Path, lose: Callable[[Path], None], is_swept: bool
) -> None:
    before, data = landing.manifests(root), everything(root)
    texts = {p.name: p.read_bytes() for p in (root / "_manifests").iterdir()}
    lose(root)
    assert landing.verify(root) != []
    if is_swept and lose is not flip_a_bit:
        batches.sweep(root, 0)
    done = landing.repair(root)
    assert done.manifests
    assert landing.manifests(root) == before
    assert everything(root) == data
    assert {p.name: p.read_bytes() for p in (root / "_manifests").iterdir()} == texts
    assert landing.verify(root) == []
    assert red(root) == set()
    assert landing.repair(root).manifests == ()
    assert commit(root, "d").sequence == 4


def test_a_manifest_that_was_changed_is_none(root: Path) -> None:
    flip_a_bit(root)
    with pytest.raises(LandingError, match=r"000000000002.json: not a manifest .*was changed"):
        landing.all_manifests(root, fresh=True)
    landing.repair(root)
    kept = list((root / "_orphans" / "_manifests").iterdir())
    assert [path.name for path in kept] == ["000000000002.json"]


def test_holds_and_rewrites_come_back_too(root: Path) -> None:
    batch, other = landing.manifests(root)[:2]
    landing.hold_batch(root, other.batch_id, "wrong")
    landing.rewrite_batch(root, batch.batch_id, pa.table({"order_id": ["-"]}), reason="gone")
    before, held = landing.manifests(root), landing.held_batches(root)
    lose_all(root)
    batches.sweep(root, 0)
    landing.repair(root)
    assert (landing.manifests(root), landing.held_batches(root)) == (before, held)
    assert landing.verify(root) == []


def test_what_a_rewrite_replaced_goes_only_when_the_new_file_is_there(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = landing.manifests(root)[0]
    old = root / str(batch.path)
    content = old.read_bytes()
    done = landing.rewrite_batch(root, batch.batch_id, pa.table({"order_id": ["-"]}), reason="gone")
    old.write_bytes(content)
    (root / str(done.path)).rename(root / "elsewhere")
    batches.sweep(root, 0)
    assert old.read_bytes() == content
    (root / "elsewhere").rename(root / str(done.path))
    assert batches.sweep(root, 0).removed == (old,)


def test_a_batch_that_was_never_committed_does_not_take_a_number(root: Path) -> None:
    """Its copy says 4, as the next batch does: the one that was committed keeps it."""
    before = commit(root, "d")
    kept = {path: path.read_bytes() for path in root.rglob(f"{before.batch_id}*") if path.is_file()}
    for path in (*kept, manifest_path(root, 4), root / "_last_sequence"):
        path.unlink()
    (root / "_last_sequence").write_text("3\n")
    for path, content in kept.items():
        path.write_bytes(content)
    batches.sweep(root, 0)
    committed = commit(root, "e")
    assert committed.sequence == 4
    assert landing.repair(root).manifests == ()
    assert landing.manifests(root)[-1] == committed
    assert sorted(p.name for p in landing.repair(root).left) == sorted(p.name for p in kept)


def test_the_very_first_batch_may_be_killed_before_it_is_committed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its copy is there already: no number was given, and none is missing."""
    root = tmp_path / "landing"

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(batches, "publish_manifest", killed)
        # nor does what a kill leaves take its files back
        patched.setattr(Path, "unlink", lambda *_, **__: None)
        with pytest.raises(KeyboardInterrupt):
            commit(root, "a")
    assert len(list(root.rglob("*.1.json"))) == 1
    assert landing.verify(root) == []
    assert red(root) == set()
    batches.sweep(root, 0)
    assert commit(root, "a").sequence == 1
    assert landing.verify(root) == []


def test_a_file_without_a_manifest_is_not_written_over(root: Path) -> None:
    """The same content lands again before anybody has swept."""
    first = landing.manifests(root)[-1]
    lose_the_last(root)
    _READ.clear()  # another process
    (root / str(first.path)).write_bytes(b"another")
    assert commit(root, "c").batch_id == first.batch_id
    kept = root / "_orphans" / str(first.path)
    assert kept.read_bytes() == b"another"


def test_a_loss_for_good_is_declared_and_keeps_its_number(root: Path) -> None:
    batch = landing.manifests(root)[1]
    with pytest.raises(LandingError, match="is not missing"):
        landing.declare_lost(root, 2, "why")
    with pytest.raises(LandingError, match="is not missing"):
        landing.declare_lost(root, 9, "why")
    lose_one(root)
    with pytest.raises(LandingError, match="its copy is there"):
        landing.declare_lost(root, 2, "why")
    for path in root.rglob(f"{batch.batch_id}*"):
        path.unlink()
    with pytest.raises(LandingError, match="say why"):
        landing.declare_lost(root, 2, " ")
    assert landing.declare_lost(root, 2, "the disk").kind == "lost"
    assert red(root) == set()
    assert landing.verify(root) == []
    assert [m.sequence for m in landing.manifests(root)] == [1, 3]
    assert commit(root, "d").sequence == 4


def test_a_copy_that_a_power_cut_cut_short_is_no_manifest(root: Path) -> None:
    batch = landing.manifests(root)[1]
    (copy,) = root.rglob(f"{batch.batch_id}.2.json")
    copy.write_text(copy.read_text()[:200])
    lose_one(root)
    assert landing.repair(root).manifests == ()
    assert any("is missing" in str(finding) for finding in landing.verify(root))


def test_a_folder_on_another_file_system_keeps_its_orphans_whole(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import errno

    rename = os.rename

    def another_device(old: Path, new: Path) -> None:
        if "_orphans" in str(new) and "_orphans" not in str(old):
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
        rename(old, new)

    before = everything(root)
    lose_one(root)
    monkeypatch.setattr(batches.os, "rename", another_device)
    assert len(batches.sweep(root, 0).orphans) == 3
    assert everything(root) == before


def test_who_verifies_is_told_how_far_it_is(root: Path) -> None:
    told: list[tuple[int, int]] = []
    assert landing.verify(root, on_batch=lambda done, count: told.append((done, count))) == []
    assert told == [(0, 3), (1, 3), (2, 3)]
