"""Small old files are packed: each batch keeps its bytes, number, lines, holds and tombstones."""

from __future__ import annotations

import io
import json
import logging
import os
import shutil
import subprocess
import sys
import zipfile
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reachline import landing
from reachline.landing import Checks, DamagedBatchError, DiskFullError, LandingError, Manifest
from reachline.landing.copies import copy_path, highest_given
from reachline.landing.manifests import manifest_path
from reachline.landing.packing import take_out
from reachline.landing.packs import UNPACKED, all_packs, clear_unpacked, pack_with, read_packed
from reachline.quality.landing import gather, suites
from tests.gates import verdicts

HERE = Path(__file__).parent
DAY = date(2026, 3, 1)
LATER = date(2026, 6, 1)
KIB_512 = 512 * 1024


def commit(root: Path, text: str, day: date = DAY, source: str = "x") -> Manifest:
    with landing.draft_batch(root, source, "posts", day) as draft:
        pq.write_table(pa.table({"record": [f"{text} {n}" for n in range(3)]}), draft.data)
        pq.write_table(pa.table({"_line": [4]}), draft.rejects)
        return landing.commit_batch(
            draft,
            run_id="r",
            rows=3,
            rejected=1,
            columns=("record",),
            first_line=1,
            cursor=text,
            query=f"#{text}",
        )


def fill(root: Path, count: int = 4) -> list[Manifest]:
    """Commit batches on days of one month, and return them."""
    return [commit(root, f"text{n}", DAY + timedelta(days=n % 3)) for n in range(count)]


def pack(root: Path, **more: Any) -> landing.Packed:
    return landing.pack(root, **{"ended_before": LATER, "below": KIB_512, **more})


def single(root: Path) -> list[str]:
    """The files of batches that lie at places of their own."""
    found = (path.relative_to(root) for path in root.glob("[!_.]*/*/date=*/*"))
    return sorted(path.as_posix() for path in found)


def read(root: Path) -> dict[str, list[list[dict[str, Any]]]]:
    """The rows of data and rejects of each batch, with their place in it, as readers find them."""
    found = {}
    with closing(Checks(root)) as checks:
        batches = [m for m in landing.manifests(root) if m.path is not None]
        with checks.reading(batches):
            for m in batches:
                names = [name for name in (m.path, m.rejects_path) if name is not None]
                found[m.batch_id] = [
                    pq.read_table(checks.path(name), partitioning=None).to_pylist()
                    for name in names
                ]
    return found


def spoil(path: Path, name: str) -> None:
    """Change one byte in the middle of a file in a pack."""
    data, before = path.read_bytes(), read_packed(path.parents[3], name)
    at = data.index(before) + len(before) // 2
    path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])


def test_every_batch_is_what_it_was_and_few_files_are_left(tmp_path: Path) -> None:
    fill(tmp_path)
    told, rows, files = landing.all_manifests(tmp_path), read(tmp_path), single(tmp_path)
    held = {name: (tmp_path / name).read_bytes() for name in files}
    done = pack(tmp_path)
    assert sorted(done.names) == files
    assert done.bytes == sum(map(len, held.values()))
    assert single(tmp_path) == []
    (packed,) = all_packs(tmp_path)
    assert packed == tmp_path / "_packs/x/posts/2026-03-1.zip"
    assert {name: read_packed(tmp_path, name) for name in files} == held
    assert landing.all_manifests(tmp_path, fresh=True) == told
    assert read(tmp_path) == rows
    assert landing.verify(tmp_path) == []
    assert list((tmp_path / "x/posts").iterdir()) == []
    with gather(tmp_path, []) as facts:
        assert verdicts.red(facts, suites()) == {}


def test_other_tools_open_a_pack(tmp_path: Path) -> None:
    """`unzip` in the landing folder puts all back where it lay."""
    fill(tmp_path)
    held = {name: (tmp_path / name).read_bytes() for name in single(tmp_path)}
    pack(tmp_path)
    with zipfile.ZipFile(*all_packs(tmp_path)) as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path)
    assert {name: (tmp_path / name).read_bytes() for name in single(tmp_path)} == held
    assert landing.verify(tmp_path) == []
    before = all_packs(tmp_path)[0].read_bytes()
    assert sorted(pack(tmp_path).names) == sorted(held), "the single ones go again"
    assert (single(tmp_path), all_packs(tmp_path)[0].read_bytes()) == ([], before)


def test_a_second_time_there_is_nothing_to_do(tmp_path: Path) -> None:
    fill(tmp_path)
    pack(tmp_path)
    (packed,) = all_packs(tmp_path)
    before = packed.stat()
    assert pack(tmp_path) == landing.Packed()
    assert packed.stat() == before


def test_a_dry_run_says_what_would_go_and_writes_nothing(tmp_path: Path) -> None:
    fill(tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    told = pack(tmp_path, is_dry=True)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before
    done = pack(tmp_path)
    assert (told.names, told.bytes) == (done.names, done.bytes)


def test_only_small_files_of_months_that_are_over_are_packed(tmp_path: Path) -> None:
    old = commit(tmp_path, "old", date(2026, 2, 28))
    young = commit(tmp_path, "young", date(2026, 3, 31))
    with landing.draft_batch(tmp_path, "x", "posts", date(2026, 2, 28)) as draft:
        pq.write_table(pa.table({"record": [os.urandom(KIB_512).hex()]}), draft.data)
        large = landing.commit_batch(draft, run_id="r", rows=1, columns=("record",), first_line=1)
    pack(tmp_path, ended_before=date(2026, 3, 31))
    named = [young.path, young.rejects_path, copy_path(young), large.path]
    assert single(tmp_path) == sorted(map(str, named))
    assert pack_with(tmp_path, str(old.path)) is not None
    assert read(tmp_path).keys() == {old.batch_id, young.batch_id, large.batch_id}


def test_what_comes_later_joins_the_pack_of_its_month(tmp_path: Path) -> None:
    fill(tmp_path, 2)
    pack(tmp_path)
    commit(tmp_path, "late")
    rows = read(tmp_path)
    pack(tmp_path)
    assert len(all_packs(tmp_path)) == 1
    assert read(tmp_path) == rows
    assert landing.verify(tmp_path) == []


def test_a_pack_that_is_full_is_followed_by_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reachline.landing.packing.PACK_BYTES", 4_000)
    fill(tmp_path, 6)
    rows = read(tmp_path)
    pack(tmp_path)
    names = [path.name for path in all_packs(tmp_path)]
    assert len(names) > 2
    assert max(path.stat().st_size for path in all_packs(tmp_path)) < 8_000
    assert "2026-03-1.zip" in names
    assert (read(tmp_path), landing.verify(tmp_path)) == (rows, [])


def test_sources_and_months_have_packs_of_their_own(tmp_path: Path) -> None:
    for source in ("x", "youtube"):
        for month in (1, 2):
            commit(tmp_path, f"{source}{month}", date(2026, month, 3), source)
    pack(tmp_path)
    assert [path.relative_to(tmp_path / "_packs").as_posix() for path in all_packs(tmp_path)] == [
        *("x/posts/2026-01-1.zip", "x/posts/2026-02-1.zip"),
        *("youtube/posts/2026-01-1.zip", "youtube/posts/2026-02-1.zip"),
    ]


def test_what_landed_meanwhile_is_left(tmp_path: Path) -> None:
    """A file that no manifest names is not packed: `sweep` puts it aside, as ever."""
    batch = fill(tmp_path, 1)[0]
    stray = (tmp_path / str(batch.path)).with_name("stray.parquet")
    stray.write_bytes(b"whose?")
    pack(tmp_path)
    assert single(tmp_path) == [stray.relative_to(tmp_path).as_posix()]
    swept = landing.sweep(tmp_path, 0)
    assert [path.name for path in swept.orphans] == ["stray.parquet"]


# --- damage ---------------------------------------------------------------------------------------


def test_a_damaged_file_is_not_packed(tmp_path: Path) -> None:
    bad, good = fill(tmp_path, 2)
    (tmp_path / str(bad.path)).write_bytes(b"rotten")
    done = pack(tmp_path)
    assert done.left == [bad.path]
    assert single(tmp_path) == [bad.path]
    assert [finding.batch_id for finding in landing.verify(tmp_path)] == [bad.batch_id]
    assert pack(tmp_path).packs == [], "nothing is written for it each time"
    assert pack_with(tmp_path, str(good.path)) is not None


def test_damage_in_a_pack_is_of_one_batch(tmp_path: Path) -> None:
    bad, good = fill(tmp_path, 2)
    pack(tmp_path)
    spoil(all_packs(tmp_path)[0], str(bad.path))
    (finding,) = landing.verify(tmp_path)
    assert finding.batch_id == bad.batch_id
    assert "in _packs/x/posts/2026-03-1.zip: SHA-256 is" in finding.problem
    with closing(Checks(tmp_path)) as checks:
        assert checks.sound([bad, good]) == [good]
        with (
            pytest.raises(DamagedBatchError, match=f"{bad.batch_id}.*was changed after"),
            checks.reading([good, bad]),
        ):
            pytest.fail("nothing of it is read")
    with gather(tmp_path, []) as facts:
        red = verdicts.red(facts, suites())
        assert red.keys() == {"hash_matches"}
        assert all(bad.batch_id in key for key in red["hash_matches"])


def test_damage_between_check_and_reading_is_found(tmp_path: Path) -> None:
    batch = fill(tmp_path, 1)[0]
    pack(tmp_path)
    with closing(Checks(tmp_path)) as checks:
        assert checks.sound([batch]) == [batch]
        spoil(all_packs(tmp_path)[0], str(batch.path))
        with pytest.raises(DamagedBatchError, match="was changed in its pack"):
            checks.path(str(batch.path))


def test_a_backup_of_the_single_file_mends_it(tmp_path: Path) -> None:
    bad, _ = fill(tmp_path, 2)
    backup, rows = (tmp_path / str(bad.path)).read_bytes(), read(tmp_path)
    pack(tmp_path)
    (packed,) = all_packs(tmp_path)
    spoil(packed, str(bad.path))
    rotten = read_packed(tmp_path, str(bad.path))
    place = tmp_path / str(bad.path)
    place.parent.mkdir(parents=True)
    place.write_bytes(backup)
    assert (landing.verify(tmp_path), read(tmp_path)) == ([], rows)
    pack(tmp_path)
    assert (single(tmp_path), landing.verify(tmp_path), read(tmp_path)) == ([], [], rows)
    assert read_packed(tmp_path, str(bad.path)) == backup
    assert (tmp_path / "_orphans" / str(bad.path)).read_bytes() == rotten, "nothing is deleted"


@pytest.mark.parametrize("damage", ["cut short", "lost", "compressed"])
def test_a_pack_that_is_none_any_more_is_told_of(tmp_path: Path, damage: str) -> None:
    batches = fill(tmp_path, 2)
    pack(tmp_path)
    (packed,) = all_packs(tmp_path)
    if damage == "cut short":
        packed.write_bytes(packed.read_bytes()[:-200])
    elif damage == "lost":
        packed.unlink()
    else:
        with zipfile.ZipFile(packed) as before:
            held = {name: before.read(name) for name in before.namelist()}
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as after:
            for name, data in held.items():
                after.writestr(name, data)
    found = landing.verify(tmp_path)
    assert {f.batch_id for f in found} - {""} == {m.batch_id for m in batches}
    assert any(f.path == packed for f in found) == (damage != "lost")
    with closing(Checks(tmp_path)) as checks, pytest.raises(DamagedBatchError, match="read: "):
        checks.reading(batches[:1]).__enter__()
    # nothing is deleted for it, and what comes next goes beside it
    before = packed.read_bytes() if packed.exists() else None
    commit(tmp_path, "next")
    landing.sweep(tmp_path, 0)
    pack(tmp_path)
    assert before is None or packed.read_bytes() == before
    assert len(landing.verify(tmp_path)) == len(found)


def test_a_pack_that_reads_otherwise_than_written_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path, 2)
    files, rows = single(tmp_path), read(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr("reachline.landing.packs.Pack.read", lambda *_: b"other")
        with pytest.raises(LandingError, match="what was written is not what is read again"):
            pack(tmp_path)
    assert (single(tmp_path), all_packs(tmp_path)) == (files, [])
    assert read(tmp_path) == rows


def test_a_full_disk_is_told_of_and_leaves_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches = fill(tmp_path, 2)
    pack(tmp_path)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("reachline.landing.packing.zipfile.ZipFile", full)
        commit(tmp_path, "next")
        with pytest.raises(DiskFullError, match="The disk is full"):
            pack(tmp_path)
    with monkeypatch.context() as patched, closing(Checks(tmp_path)) as checks:
        patched.setattr(Path, "write_bytes", full)
        with pytest.raises(DiskFullError, match="is unpacked to be read: free some space"):
            checks.path(str(batches[0].path))
    assert len(read(tmp_path)) == 3
    assert [path.name for path in (tmp_path / "_packs").rglob("*.tmp")] == []


# --- manifests and their copies -------------------------------------------------------------------


def test_lost_manifests_are_written_from_copies_in_packs(tmp_path: Path) -> None:
    fill(tmp_path)
    told = landing.all_manifests(tmp_path)
    pack(tmp_path)
    shutil.rmtree(tmp_path / "_manifests")
    (tmp_path / "_last_sequence").unlink()
    (tmp_path / "_index").unlink(missing_ok=True)
    assert highest_given(tmp_path) == 4
    repaired = landing.repair(tmp_path)
    assert sorted(repaired.manifests, key=lambda m: m.sequence) == told
    assert landing.all_manifests(tmp_path) == told
    assert landing.verify(tmp_path) == []
    assert single(tmp_path) == [], "copies that are in a pack are there"


def test_a_manifest_whose_copy_is_in_a_pack_is_not_lost(tmp_path: Path) -> None:
    fill(tmp_path, 2)
    pack(tmp_path)
    manifest_path(tmp_path, 2).unlink()
    with pytest.raises(LandingError, match="its copy is there"):
        landing.declare_lost(tmp_path, 2, "gone")


def test_a_manifest_says_less_in_its_pack_as_well(tmp_path: Path) -> None:
    batch, _ = fill(tmp_path, 2)
    pack(tmp_path)
    assert b"#text0" in all_packs(tmp_path)[0].read_bytes()
    assert landing.amend_manifest(tmp_path, lambda text: text.replace("text0", ""), 1)
    assert b"#text0" not in all_packs(tmp_path)[0].read_bytes()
    assert single(tmp_path) == []
    copy = json.loads(read_packed(tmp_path, str(copy_path(batch))))
    assert copy == json.loads(manifest_path(tmp_path, 1).read_text())
    assert (landing.verify(tmp_path), pack(tmp_path)) == ([], landing.Packed())


# --- holds, tombstones, rewrites, decisions -------------------------------------------------------


def test_a_hold_of_a_batch_in_a_pack_is_of_it_alone(tmp_path: Path) -> None:
    first, other = fill(tmp_path, 2)
    pack(tmp_path)
    rows = read(tmp_path)
    landing.hold_batch(tmp_path, first.batch_id, "look at it")
    assert landing.held_batches(tmp_path) == {first.batch_id: "look at it"}
    assert landing.find_batch(tmp_path, other.batch_id) == other
    landing.unhold_batch(tmp_path, first.batch_id)
    assert (landing.held_batches(tmp_path), read(tmp_path)) == ({}, rows)


def test_a_deleted_batch_leaves_its_pack(tmp_path: Path) -> None:
    first, other = fill(tmp_path, 2)
    pack(tmp_path)
    secret = read_packed(tmp_path, str(first.path))
    tombstone = landing.delete_batch(tmp_path, first.batch_id, "nobody's")
    (packed,) = all_packs(tmp_path)
    assert secret not in packed.read_bytes()
    assert not landing.is_there(tmp_path, str(first.path))
    assert not landing.is_there(tmp_path, str(first.rejects_path))
    assert landing.is_there(tmp_path, str(copy_path(first))), "what it was stays known"
    assert read(tmp_path).keys() == {other.batch_id}
    assert landing.verify(tmp_path) == []
    pack(tmp_path)
    assert landing.is_there(tmp_path, str(copy_path(tombstone)))
    with gather(tmp_path, []) as facts:
        assert verdicts.red(facts, suites()) == {}


def test_a_pack_of_which_nothing_is_left_goes(tmp_path: Path) -> None:
    fill(tmp_path, 1)
    pack(tmp_path)
    (packed,) = all_packs(tmp_path)
    with zipfile.ZipFile(packed) as archive:
        names = archive.namelist()
    assert sorted(take_out(tmp_path, names)) == sorted(names)
    assert all_packs(tmp_path) == []


def test_a_backup_does_not_bring_a_deleted_batch_back_in_a_pack(tmp_path: Path) -> None:
    first, _ = fill(tmp_path, 2)
    pack(tmp_path)
    (packed,) = all_packs(tmp_path)
    backup = packed.read_bytes()
    landing.delete_batch(tmp_path, first.batch_id, "nobody's")
    packed.write_bytes(backup)
    assert landing.is_there(tmp_path, str(first.path))
    removed = landing.sweep(tmp_path).removed
    assert {path.relative_to(tmp_path).as_posix() for path in removed} == {
        first.path,
        first.rejects_path,
    }
    assert not landing.is_there(tmp_path, str(first.path))
    assert landing.verify(tmp_path) == []


def test_what_is_written_anew_leaves_its_pack_and_is_packed_again(tmp_path: Path) -> None:
    first, other = fill(tmp_path, 2)
    pack(tmp_path)
    secret = read_packed(tmp_path, str(first.path))
    gone = pa.table({"record": ["erased"] * 3})
    rewrite = landing.rewrite_batch(tmp_path, first.batch_id, gone, reason="gone")
    assert secret not in b"".join(path.read_bytes() for path in all_packs(tmp_path))
    assert single(tmp_path) == sorted(map(str, (rewrite.path, copy_path(rewrite))))
    rows = read(tmp_path)
    assert rows[first.batch_id][0] == gone.to_pylist()
    assert rows[first.batch_id][1] == rows[other.batch_id][1] == [{"_line": 4}]
    pack(tmp_path)
    assert (single(tmp_path), read(tmp_path), landing.verify(tmp_path)) == ([], rows, [])


def test_a_kill_between_rewrite_and_removal_is_made_good(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = fill(tmp_path, 2)
    pack(tmp_path)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("reachline.landing.batches.take_out", killed)
        with pytest.raises(KeyboardInterrupt):
            landing.rewrite_batch(
                tmp_path, first.batch_id, pa.table({"record": ["erased"] * 3}), reason="gone"
            )
    assert landing.is_there(tmp_path, str(first.path))
    landing.sweep(tmp_path)
    assert not landing.is_there(tmp_path, str(first.path))
    assert landing.verify(tmp_path) == []


def test_what_a_kill_left_of_a_pack_goes_at_once(tmp_path: Path) -> None:
    """It may hold what was to be gone, however young it is."""
    fill(tmp_path, 1)
    pack(tmp_path)
    half = all_packs(tmp_path)[0].with_name(".1.zip.tmp")
    half.write_bytes(b"half")
    assert landing.sweep(tmp_path).removed == (half,)


def test_lines_of_a_packed_batch_can_be_decided_about(tmp_path: Path) -> None:
    """The folder of its day is gone with its files: it is made again."""
    batch = fill(tmp_path, 1)[0]
    pack(tmp_path)
    mended = pa.table({"_line": [3], "record": ["mended"]})
    retry = landing.retry_lines(tmp_path, batch.batch_id, mended, reason="mended")
    pack(tmp_path)
    assert single(tmp_path) == [retry.path], "what each night reads stays as it is"
    assert landing.verify(tmp_path) == []


def test_an_orphan_that_belongs_to_a_packed_month_is_put_back(tmp_path: Path) -> None:
    first, _ = fill(tmp_path, 2)
    data = (tmp_path / str(first.path)).read_bytes()
    (tmp_path / str(first.path)).unlink()
    pack(tmp_path)
    orphan = tmp_path / "_orphans" / str(first.path)
    orphan.parent.mkdir(parents=True)
    orphan.write_bytes(data)
    assert [path.name for path in landing.repair(tmp_path).files] == [Path(str(first.path)).name]
    assert landing.verify(tmp_path) == []


# --- what is unpacked to be read ------------------------------------------------------------------


def test_what_is_unpacked_goes_with_its_reader(tmp_path: Path) -> None:
    first, other = fill(tmp_path, 2)
    pack(tmp_path)
    checks = Checks(tmp_path)
    with checks.reading([first, other]):
        path = checks.path(str(first.path))
        assert path.parent.parent == tmp_path / UNPACKED
        with duckdb.connect() as con:
            rows = con.execute("select count(*) from read_parquet(?)", [str(path)]).fetchall()
        assert rows == [(3,)]
    assert not path.exists()
    kept = checks.path(str(first.path))
    assert kept.is_file(), "outside of a block it stays"
    with checks.reading([first]):
        assert checks.path(str(first.path)) == kept
    assert kept.is_file()
    checks.close()
    assert list((tmp_path / UNPACKED).iterdir()) == []


def test_a_reader_that_nobody_holds_leaves_nothing(tmp_path: Path) -> None:
    first = fill(tmp_path, 1)[0]
    pack(tmp_path)
    assert Checks(tmp_path).path(str(first.path)).name == Path(str(first.path)).name
    assert list((tmp_path / UNPACKED).iterdir()) == []


def test_what_a_killed_reader_left_is_cleared_away_and_that_of_others_stays(
    tmp_path: Path,
) -> None:
    first = fill(tmp_path, 1)[0]
    pack(tmp_path)
    code = f"""
import os, signal
from pathlib import Path
from reachline.landing import Checks
Checks(Path({str(tmp_path)!r})).path
checks = Checks(Path({str(tmp_path)!r}))
assert checks.path({first.path!r}).is_file()
os.kill(os.getpid(), signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", code], check=False)
    (left,) = (tmp_path / UNPACKED).iterdir()
    with closing(Checks(tmp_path)) as checks:
        mine = checks.path(str(first.path))
        assert clear_unpacked(tmp_path) == [left]
        assert mine.is_file()
    landing.sweep(tmp_path)
    assert list((tmp_path / UNPACKED).iterdir()) == []


def test_what_is_in_no_pack_and_not_there_is_missing(tmp_path: Path) -> None:
    first, other = fill(tmp_path, 2)
    (tmp_path / str(first.path)).unlink()
    pack(tmp_path)
    with closing(Checks(tmp_path)) as checks:
        assert checks.path(str(first.path)) == tmp_path / str(first.path)
        assert checks.sound([first, other]) == [other]


# --- kills ----------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_kill_at_any_line_leaves_the_files_the_pack_or_both(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.unit.landing.kill_packing", str(tmp_path)],
        cwd=HERE.parents[2],
        check=False,
        capture_output=True,
        text=True,
        timeout=550,
    )
    assert done.returncode == 0, done.stderr
    outcome = json.loads(done.stdout)
    assert outcome["torn"] == []
    assert outcome["kills"] > 300
    assert min(outcome["single"], outcome["both"], outcome["packed"]) > 0, outcome


def test_the_log_names_no_batch_that_is_sound(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    fill(tmp_path, 2)
    with caplog.at_level(logging.WARNING):
        pack(tmp_path)
        read(tmp_path)
        landing.sweep(tmp_path, 0)
        landing.repair(tmp_path)
    assert caplog.messages == []


def test_a_member_is_read_as_it_is_in_memory(tmp_path: Path) -> None:
    first = fill(tmp_path, 1)[0]
    pack(tmp_path)
    found = pq.read_table(io.BytesIO(read_packed(tmp_path, str(first.path))))
    assert found.to_pylist() == [{"record": f"text0 {n}"} for n in range(3)]
