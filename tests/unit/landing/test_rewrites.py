"""A batch is rewritten where something must go: the rest stays what and where it was."""

from __future__ import annotations

import os
import threading
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reachline import landing
from reachline.landing import LandingError, Manifest, batches
from reachline.quality.landing import gather

D = date(2026, 3, 1)


def commit(root: Path, values: list[str]) -> Manifest:
    with landing.draft_batch(root, "x", "posts", D) as draft:
        pq.write_table(pa.table({"record": values}), draft.data)
        return landing.commit_batch(
            draft, run_id="r", rows=len(values), columns=("record",), first_line=1, cursor={"at": 1}
        )


def rewrite(root: Path, batch: Manifest, values: list[str]) -> Manifest:
    return landing.rewrite_batch(
        root,
        batch.batch_id,
        pa.table({"record": values}),
        reason="gone",
        run_id="r2",
        at=datetime(2026, 3, 2, tzinfo=UTC),
    )


def test_a_batch_stays_the_one_that_it_was_with_other_rows(tmp_path: Path) -> None:
    first, batch, last = (commit(tmp_path, values) for values in (["a"], ["b", "c"], ["d"]))
    done = rewrite(tmp_path, batch, ["b", "-"])
    found = landing.manifests(tmp_path)
    assert [m.batch_id for m in found] == [m.batch_id for m in (first, batch, last)]
    now = found[1]
    assert (now.sequence, now.cursor, now.rows) == (2, {"at": 1}, 2)
    assert pq.read_table(tmp_path / str(now.path)).column("record").to_pylist() == ["b", "-"]
    assert not (tmp_path / str(batch.path)).exists()
    assert (done.kind, done.sequence, done.replaces, done.reason) == ("rewrite", 4, 2, "gone")
    assert landing.find_batch(tmp_path, batch.batch_id) == now
    assert landing.last_rewrites(tmp_path) == {batch.batch_id: done}
    assert landing.verify(tmp_path) == []
    assert landing.sweep(tmp_path, 0) == landing.Swept()


def test_a_batch_may_be_rewritten_again(tmp_path: Path) -> None:
    batch = commit(tmp_path, ["a", "b"])
    first = rewrite(tmp_path, batch, ["-", "b"])
    second = rewrite(tmp_path, batch, ["-", "-"])
    assert (second.replaces, landing.manifests(tmp_path)[0].path) == (first.sequence, second.path)
    assert not (tmp_path / str(first.path)).exists()
    assert landing.verify(tmp_path) == []


def test_gate_1_looks_at_the_file_that_is_there_now(tmp_path: Path) -> None:
    batch = commit(tmp_path, ["a"])
    done = rewrite(tmp_path, batch, ["-"])
    with gather(tmp_path, ()) as facts:
        same = "is_there and hash_declared = hash_found and bytes_declared = bytes_found"
        assert facts.sql(f"select file, {same} from files").fetchall() == [(done.path, True)]
        assert facts.sql("select sequence from sequences order by 1").fetchall() == [(1,), (2,)]
        (tmp_path / str(done.path)).write_bytes(b"other")
    with gather(tmp_path, ()) as facts:
        assert facts.sql("select hash_declared = hash_found from files").fetchall() == [(False,)]


@pytest.mark.parametrize("values", [["a"], ["a", "b", "c"]])
def test_rows_are_never_left_out_or_added(tmp_path: Path, values: list[str]) -> None:
    batch = commit(tmp_path, ["a", "b"])
    with pytest.raises(LandingError, match=f"has 2 rows, not {len(values)}"):
        rewrite(tmp_path, batch, values)
    assert landing.manifests(tmp_path) == [batch]
    assert landing.verify(tmp_path) == []


@pytest.mark.parametrize("dies_at", ["rename", "publish", "unlink"])
def test_a_kill_leaves_the_batch_as_it_was_or_as_it_is_to_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dies_at: str
) -> None:
    batch = commit(tmp_path, ["a"])

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    place = {
        "rename": (os, "rename"),
        "publish": (batches, "publish_manifest"),
        "unlink": (Path, "unlink"),
    }
    with monkeypatch.context() as patched:
        patched.setattr(*place[dies_at], die)
        with pytest.raises(KeyboardInterrupt):
            rewrite(tmp_path, batch, ["-"])
    (now,) = landing.manifests(tmp_path)
    held = pq.read_table(tmp_path / str(now.path)).column("record").to_pylist()
    assert held == (["-"] if dies_at == "unlink" else ["a"])
    assert landing.verify(tmp_path) == []
    landing.sweep(tmp_path, 0)
    left = [p.relative_to(tmp_path).as_posix() for p in tmp_path.glob("[!_]*/**/*.parquet*")]
    assert left == [now.path]
    rewrite(tmp_path, batch, ["-"])
    assert landing.verify(tmp_path) == []


def test_a_file_that_is_being_read_is_there_until_it_was_read(tmp_path: Path) -> None:
    batch = commit(tmp_path, ["a"])
    old = tmp_path / str(batch.path)
    thread = threading.Thread(target=rewrite, args=(tmp_path, batch, ["-"]))
    with landing.reading_files(tmp_path):
        thread.start()
        while not landing.last_rewrites(tmp_path):
            thread.join(0.01)
        thread.join(0.2)
        assert old.exists()
    thread.join(10)
    assert not old.exists()
