"""A deleted batch is told of by its tombstone: its files are gone, its number and manifest stay."""

from __future__ import annotations

import os
import shutil
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reachline import landing
from reachline.landing import LandingError, Manifest
from reachline.quality.landing import gather, suites
from tests.gates import verdicts

LINES = pa.table({"code": ["a"], "_line": pa.array([2], pa.int64())})


def commit(root: Path, code: str = "x") -> Manifest:
    with landing.draft_batch(root, "inbox", "promo_codes", date(2026, 3, 1)) as draft:
        pq.write_table(pa.table({"code": [code, "y"]}), draft.data)
        pq.write_table(pa.table({"_line": [4]}), draft.rejects)
        return landing.commit_batch(
            draft, run_id="r", rows=2, rejected=1, columns=("code",), first_line=2
        )


def files(root: Path) -> list[str]:
    return sorted(path.name for path in root.rglob("*.parquet"))


def test_nothing_of_a_deleted_batch_is_left_but_what_says_so(tmp_path: Path) -> None:
    first, other = commit(tmp_path), commit(tmp_path, "z")
    landing.retry_lines(tmp_path, first.batch_id, LINES, reason="mended")
    rows = pa.table({"code": ["", ""]})
    landing.rewrite_batch(tmp_path, first.batch_id, rows, reason="erased")
    tombstone = landing.delete_batch(tmp_path, first.batch_id, " the disk ")
    assert (tombstone.kind, tombstone.batch_id, tombstone.reason) == (
        *("deleted", first.batch_id),
        "the disk",
    )
    assert files(tmp_path) == sorted([Path(str(n)).name for n in (other.path, other.rejects_path)])
    assert landing.verify(tmp_path) == []
    assert landing.decisions(tmp_path) == []
    gone, kept = landing.manifests(tmp_path)
    assert (gone.batch_id, gone.sequence, gone.path, gone.rejects_path) == (
        *(first.batch_id, 1),
        *(None, None),
    )
    assert kept == other
    assert landing.held_batches(tmp_path) == {first.batch_id: "deleted: the disk"}
    with gather(tmp_path, [], {first.batch_id: 1, other.batch_id: 2}) as facts:
        assert verdicts.red(facts, suites()) == {}


def test_a_damaged_batch_can_be_deleted_and_its_number_is_no_gap(tmp_path: Path) -> None:
    batch = commit(tmp_path)
    (tmp_path / str(batch.path)).write_bytes(b"other")
    (tmp_path / str(batch.rejects_path)).unlink()
    assert len(landing.verify(tmp_path)) == 2
    landing.delete_batch(tmp_path, batch.batch_id, "damaged")
    assert landing.verify(tmp_path) == []
    assert commit(tmp_path).sequence == 3
    with gather(tmp_path, []) as facts:
        assert verdicts.red(facts, suites()) == {}


def test_a_backup_does_not_bring_it_back(tmp_path: Path) -> None:
    batch = commit(tmp_path)
    kept = tmp_path.with_name("backup")
    shutil.copytree(tmp_path / "inbox", kept)
    landing.delete_batch(tmp_path, batch.batch_id, "nobody's")
    shutil.copytree(kept, tmp_path / "inbox", dirs_exist_ok=True)
    assert landing.verify(tmp_path) == []
    removed = [path.name for path in landing.sweep(tmp_path).removed]
    assert sorted(removed) == sorted(
        Path(str(name)).name for name in (batch.path, batch.rejects_path)
    )
    assert files(tmp_path) == []


def test_a_kill_after_the_tombstone_is_made_good(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = commit(tmp_path)

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "unlink", killed)
    with pytest.raises(KeyboardInterrupt):
        landing.delete_batch(tmp_path, batch.batch_id, "the disk")
    monkeypatch.undo()
    assert len(files(tmp_path)) == 2
    assert landing.verify(tmp_path) == []
    landing.sweep(tmp_path)
    assert files(tmp_path) == []


def test_a_lost_tombstone_is_written_anew_from_its_copy(tmp_path: Path) -> None:
    batch = commit(tmp_path)
    tombstone = landing.delete_batch(tmp_path, batch.batch_id, "the disk")
    (tmp_path / "_manifests" / f"{tombstone.sequence:012d}.json").unlink()
    assert landing.repair(tmp_path).manifests == (tombstone,)
    assert landing.held_batches(tmp_path) == {batch.batch_id: "deleted: the disk"}


def test_what_can_not_be_deleted_says_why(tmp_path: Path) -> None:
    batch = commit(tmp_path)
    with pytest.raises(LandingError, match="--reason"):
        landing.delete_batch(tmp_path, batch.batch_id, " ")
    with pytest.raises(LandingError, match="no such batch"):
        landing.delete_batch(tmp_path, "nothing", "why")
    landing.delete_batch(tmp_path, batch.batch_id, "why")
    with pytest.raises(LandingError, match="deleted already"):
        landing.delete_batch(tmp_path, batch.batch_id, "why")
    with pytest.raises(LandingError, match="its files are gone"):
        landing.unhold_batch(tmp_path, batch.batch_id)
    assert os.listdir(tmp_path / "_manifests")
