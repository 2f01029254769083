"""Batches are there whole or not at all, in one order, and are never changed."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reachline import landing
from reachline.landing import LandingError, batches
from reachline.landing.manifests import manifest_path

HERE = Path(__file__).parent
D = date(2026, 3, 1)


def commit(root: Path, values: list[str], stream: str = "orders", **facts: object):
    with landing.draft_batch(root, "inbox", stream, D) as draft:
        pq.write_table(pa.table({"order_id": values}), draft.data)
        facts = {"rows": len(values), "columns": ("order_id",), "first_line": 2} | facts
        return landing.commit_batch(draft, run_id="r1", **facts)


def files(root: Path) -> list[str]:
    return sorted(p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file())


def test_a_batch_and_its_manifest_say_the_same(tmp_path):
    root = tmp_path / "landing"
    landed_at = datetime(2026, 3, 1, 1, 2, 3, tzinfo=UTC)
    manifest = commit(root, ["a", "b"], cursor={"page": 7}, landed_at=landed_at)
    assert landing.manifests(root) == [manifest]
    data = root / manifest.path
    assert data.parent == root / "inbox" / "orders" / "date=2026-03-01"
    assert pq.read_table(data).column("order_id").to_pylist() == ["a", "b"]
    assert manifest.bytes == data.stat().st_size
    assert manifest.landed_at == "2026-03-01T01:02:03.000000+00:00"
    assert manifest.cursor == {"page": 7}
    assert (manifest.sequence, manifest.rows, manifest.status) == (1, 2, "ok")
    assert landing.verify(root) == []
    body = json.loads((root / "_manifests" / "000000000001.json").read_text())
    assert body["sha256"] == manifest.sha256
    assert body["path"] == f"inbox/orders/date=2026-03-01/{manifest.batch_id}.parquet"


def test_ids_are_made_of_content_and_numbered_when_it_comes_again(tmp_path):
    first, other = tmp_path / "one", tmp_path / "two"
    a = commit(first, ["a"])
    assert commit(other, ["a"]).batch_id == a.batch_id
    again, b = commit(first, ["a"]), commit(first, ["b"])
    assert again.batch_id == a.batch_id.removesuffix("-1") + "-2"
    assert len({a.batch_id, again.batch_id, b.batch_id}) == 3
    assert (first / a.path).read_bytes() == (first / again.path).read_bytes()
    assert set(a.batch_id) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


def test_a_batch_may_carry_a_cursor_alone(tmp_path):
    with landing.draft_batch(tmp_path, "mastodon", "posts", D) as draft:
        landing.commit_batch(draft, run_id="r", status="no_data", query="tag:x", cursor="min_id=4")
    (manifest,) = landing.manifests(tmp_path)
    assert (manifest.path, manifest.sha256, manifest.status) == (None, None, "no_data")
    assert landing.verify(tmp_path) == []


def test_what_is_not_committed_leaves_nothing(tmp_path):
    def write_and_fail() -> None:
        with landing.draft_batch(tmp_path, "inbox", "orders", D) as draft:
            draft.data.write_bytes(b"half a batch")
            draft.rejects.write_bytes(b"half a batch")
            raise ValueError("the reader broke")

    with pytest.raises(ValueError, match="broke"):
        write_and_fail()
    assert files(tmp_path) == []
    assert landing.manifests(tmp_path) == []


@pytest.mark.parametrize("stream", ["", "../orders", "Orders", "a b", "a/b", "-x"])
def test_names_that_could_leave_the_folder_are_refused(tmp_path, stream):
    with (
        pytest.raises(LandingError, match="lower-case letters"),
        landing.draft_batch(tmp_path, "inbox", stream, D),
    ):
        pass


def test_the_data_are_synced_before_the_manifest_shows_them(tmp_path, monkeypatch):
    """Content first, then its folder, then the manifest's content, its name, and its folder."""
    steps: list[str] = []
    fsync, rename = os.fsync, os.rename

    def kind(path: str) -> str:
        name = Path(path).name
        if name.startswith("date="):
            return "folder of data"
        return {"_manifests": "folder of manifests"}.get(
            name, "manifest" if ".json" in name else "data"
        )

    def noted_fsync(handle: int) -> None:
        steps.append("sync " + kind(os.readlink(f"/proc/self/fd/{handle}")))
        fsync(handle)

    def noted_rename(old: Path, new: Path) -> None:
        steps.append("rename " + kind(str(new)))
        rename(old, new)

    commit(tmp_path, ["a"])
    monkeypatch.setattr(batches.os, "fsync", noted_fsync)
    monkeypatch.setattr(batches.os, "rename", noted_rename)
    commit(tmp_path, ["b"])
    assert steps == [
        "sync data",
        "rename data",
        "sync folder of data",
        "sync manifest",
        "rename manifest",
        "sync folder of manifests",
    ]


def test_processes_that_land_at_once_get_one_order(tmp_path):
    script = (
        "import sys; sys.path.insert(0, sys.argv[2]); from pathlib import Path\n"
        "from test_landing_batches import commit\n"
        "for i in range(8): commit(Path(sys.argv[1]), [f'{sys.argv[3]}-{i}'])"
    )
    root = tmp_path / "landing"
    running = [
        subprocess.Popen([sys.executable, "-c", script, str(root), str(HERE), str(n)])
        for n in range(3)
    ]
    assert [process.wait(60) for process in running] == [0] * 3
    found = landing.manifests(root)
    assert [m.sequence for m in found] == list(range(1, 25))
    assert len({m.batch_id for m in found}) == 24
    assert landing.verify(root) == []
    values = [v for m in found for v in pq.read_table(root / m.path).column(0).to_pylist()]
    assert sorted(values) == sorted(f"{n}-{i}" for n in range(3) for i in range(8))


def test_a_kill_at_any_instruction_leaves_a_whole_batch_or_none(tmp_path):
    """A child commits a batch and kills itself after its n-th line of code, for every n."""
    run = subprocess.run(
        [sys.executable, str(HERE / "kill_commits.py"), str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    outcome = json.loads(run.stdout)
    assert outcome["torn"] == []
    # the commit is one instant: before it there is no batch, after it there is
    assert outcome["without_batch"] > 60
    assert outcome["with_batch"] > 2


def test_a_full_disk_is_an_error_and_leaves_nothing_half(tmp_path, monkeypatch):
    commit(tmp_path, ["a"])
    before = files(tmp_path)
    fsync = os.fsync
    left = 0

    def full(handle: int) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fsync(handle)

    monkeypatch.setattr(batches.os, "fsync", full)
    for fails_at in (1, 2, 3):
        left = fails_at
        with pytest.raises(LandingError, match="disk is full: free some space"):
            commit(tmp_path, ["b"])
        batches.sweep(tmp_path)
        assert files(tmp_path) == before
        assert len(landing.manifests(tmp_path)) == 1


def test_a_batch_whose_manifest_has_its_name_is_not_called_gone(tmp_path, monkeypatch):
    commit(tmp_path, ["a"])
    fsync, calls = os.fsync, []

    def fails(handle: int) -> None:
        calls.append(handle)
        if len(calls) == 4:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        fsync(handle)

    monkeypatch.setattr(batches.os, "fsync", fails)
    with pytest.raises(LandingError, match="it is there, but may not outlast a power cut: Input"):
        commit(tmp_path, ["b"])
    assert len(landing.manifests(tmp_path)) == 2
    assert landing.verify(tmp_path) == []


def test_a_disk_that_fills_while_a_manifest_is_written(tmp_path):
    """A real limit of the kernel: no file may grow beyond 300 bytes, a manifest is longer."""
    script = (
        "import resource, signal, sys; from pathlib import Path\n"
        "from datetime import date\n"
        "from reachline import landing\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "root = Path(sys.argv[1])\n"
        "with landing.draft_batch(root, 'inbox', 'orders', date(2026, 3, 1)) as draft:\n"
        "    draft.data.write_bytes(b'x')\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (300, 300))\n"
        "    landing.commit_batch(draft, run_id='r', rows=1)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert "DiskFullError" in run.stderr
    assert "The disk is full" in run.stderr
    assert landing.manifests(tmp_path) == []
    assert not list((tmp_path / "_manifests").iterdir())


def test_sweeping_takes_what_nobody_will_finish(tmp_path):
    manifest = commit(tmp_path, ["a"])
    folder = (tmp_path / manifest.path).parent
    old, new = folder / ".old.parquet.tmp", folder / ".new.parquet.tmp"
    for path in (old, new):
        path.write_bytes(b"x")
    os.utime(old, (time.time() - 90_000, time.time() - 90_000))
    assert batches.sweep(tmp_path) == landing.Swept(removed=(old,))
    assert new.exists()
    assert landing.verify(tmp_path) == []


def test_a_hold_takes_a_batch_out_and_an_unhold_lets_it_in(tmp_path):
    a, b = commit(tmp_path, ["a"]), commit(tmp_path, ["b"])
    held = landing.hold_batch(tmp_path, a.batch_id, " wrong prices ")
    assert held.sequence == 3
    assert landing.held_batches(tmp_path) == {a.batch_id: "wrong prices"}
    assert [m.batch_id for m in landing.manifests(tmp_path)] == [a.batch_id, b.batch_id]
    with pytest.raises(LandingError, match="held already"):
        landing.hold_batch(tmp_path, a.batch_id, "again")
    landing.unhold_batch(tmp_path, a.batch_id)
    assert landing.held_batches(tmp_path) == {}
    with pytest.raises(LandingError, match="not held"):
        landing.unhold_batch(tmp_path, a.batch_id)
    with pytest.raises(LandingError, match="no such batch"):
        landing.hold_batch(tmp_path, "nothing", "x")
    with pytest.raises(LandingError, match="needs a reason"):
        landing.hold_batch(tmp_path, b.batch_id, " ")
    assert commit(tmp_path, ["c"]).sequence == 5


def test_a_manifest_that_is_none_is_an_error_that_names_it(tmp_path):
    commit(tmp_path, ["a"])
    path = tmp_path / "_manifests" / "000000000002.json"
    for text, words in (
        ('{"kind": "ba', "not a manifest"),
        ("[]", "not a manifest"),
        ('{"kind": "merge", "batch_id": "x", "sequence": 2}', "newer Reachline"),
        ('{"kind": "hold", "batch_id": "x", "sequence": 3}', "its name says 2"),
    ):
        path.write_text(text)
        with pytest.raises(LandingError, match=words) as caught:
            landing.all_manifests(tmp_path)
        assert path.name in str(caught.value)
    path.write_text('{"kind": "hold", "batch_id": "x", "sequence": 2, "new_key": 1}')
    assert landing.held_batches(tmp_path) == {"x": ""}


def test_half_written_manifests_are_not_seen(tmp_path):
    commit(tmp_path, ["a"])
    (tmp_path / "_manifests" / ".000000000002.json.abc.tmp").write_text("{")
    assert len(landing.manifests(tmp_path)) == 1


def test_verify_names_every_kind_of_damage(tmp_path):
    manifests = [commit(tmp_path, [c]) for c in "abcd"]
    paths = [tmp_path / m.path for m in manifests]
    assert landing.verify(tmp_path) == []
    paths[0].unlink()
    data = bytearray(paths[1].read_bytes())
    data[-20] ^= 1
    paths[1].write_bytes(data)
    other = (replace(manifests[2], rows=2), replace(manifests[3], batch_id=manifests[2].batch_id))
    for manifest in other:
        manifest_path(tmp_path, manifest.sequence).write_text(manifest.to_json())
    found = landing.verify(tmp_path)
    assert [f.path.name for f in found][:3] == [paths[0].name, paths[1].name, paths[2].name]
    texts = [f.problem for f in found]
    assert texts[0].startswith("is missing")
    assert texts[1].startswith("SHA-256 is")
    assert texts[2] == "holds 1 rows, not 2"
    assert texts[3] == "manifest 3 has the same batch_id"
    assert len(landing.verify(tmp_path, manifests[0].batch_id)) == 1
    with pytest.raises(LandingError, match="no such batch"):
        landing.verify(tmp_path, "nothing")
