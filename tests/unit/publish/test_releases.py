"""Releases appear whole, are swapped in one step, and can be taken back."""

from __future__ import annotations

import csv
import json
import multiprocessing
import os
import re
import shutil
import stat
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from reachline.publish.candidate import (
    Candidate,
    about_release,
    amend,
    build_candidate,
    checkpoint,
    read_candidate,
)
from reachline.publish.files import file_facts
from reachline.publish.releases import (
    Release,
    ReleaseError,
    broken_releases,
    current_fault,
    current_release,
    find_release,
    next_release_id,
    promote,
    prune,
    release_before,
    releases,
    require_a_link,
    rollback,
    seal,
    sealed_before,
)
from reachline.warehouse.files import STORAGE_VERSION

DAY = date(2026, 3, 1)


def working_file(folder: Path, build: int = 1, rows: int = 3) -> Path:
    """A working database whose every row says which build wrote it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "warehouse.duckdb"
    path.unlink(missing_ok=True)
    with duckdb.connect() as con:
        con.execute(f"attach '{path}' as warehouse (storage_version '{STORAGE_VERSION}')")
        con.execute("use warehouse")
        for schema in ("core", "reports", "quality", "meta"):
            con.execute(f"create schema {schema}")
        con.execute(f"create table core.fct as select i, {build} as build from range({rows}) t(i)")
        con.execute(
            f"create table reports.sums as select {build} as build, '=1+1' as words, "
            "['@a', 'b'] as tags, -1 as below"
        )
        con.execute("create table quality.gate_results (stage varchar)")
        con.execute(f"create table meta.run as select {build} as build")
        checkpoint(con)
    return path


def sealed(candidate: Candidate, promoted: bool = True) -> Release:
    about = about_release(
        candidate,
        promoted=promoted,
        run={"run_id": "r", "git_commit": None},
        gates=[],
        batches=["b1"],
        published_at="2026-03-02T01:00:00+00:00",
    )
    return seal(candidate.path, about)


def rewrite(path: Path, text: str) -> None:
    path.chmod(0o600)
    path.write_text(text, encoding="utf-8")


def published(home: Path, build: int = 1, night: date = DAY, promoted: bool = True) -> Release:
    """Publish a release as a night does."""
    candidate = build_candidate(working_file(home / "warehouse", build), home / "published", night)
    release = sealed(candidate, promoted)
    if promoted:
        promote(home / "published", release)
    return release


def test_a_release_holds_database_parquet_csv_and_what_it_is(tmp_path: Path) -> None:
    release = published(tmp_path)
    current = tmp_path / "published" / "current"
    assert os.readlink(current) == f"releases/{release.release_id}"
    names = sorted(str(p.relative_to(release.path)) for p in release.path.rglob("*") if p.is_file())
    assert names == [
        "release.json",
        "reports/sums.csv",
        "reports/sums.json",
        "tables/fct.parquet",
        "tables/gate_results.parquet",
        "tables/run.parquet",
        "tables/sums.parquet",
        "warehouse.duckdb",
    ]
    about = json.loads((current / "release.json").read_text(encoding="utf-8"))
    assert about["rows"] == {
        "core.fct": 3,
        "meta.run": 1,
        "quality.gate_results": 0,
        "reports.sums": 1,
    }
    assert about["batches_read"] == ["b1"]
    assert about["git_commit"] is None
    for name, facts in about["files"].items():
        assert file_facts(current / name).sha256 == facts["sha256"]
    assert set(about["files"]) == {*names} - {"release.json"}
    modes = {stat.S_IMODE(p.stat().st_mode) for p in release.path.rglob("*") if p.is_file()}
    assert modes == {0o440}


def test_a_release_is_stored_so_that_old_drivers_read_it(tmp_path: Path) -> None:
    release = published(tmp_path)
    with duckdb.connect() as con:
        con.execute(f"attach '{release.path / 'warehouse.duckdb'}' as served (read_only)")
        tags = con.execute(
            "select tags['storage_version'] from duckdb_databases() where database_name = 'served'"
        ).fetchall()
    assert tags[0][0].startswith("v1.0.0")


def test_cells_that_spreadsheets_would_run_are_quoted(tmp_path: Path) -> None:
    release = published(tmp_path)
    text = (release.path / "reports" / "sums.csv").read_text(encoding="utf-8")
    assert text == "\ufeffbuild,words,tags,below\n1,'=1+1,'@a|b,-1\n"
    as_json = json.loads((release.path / "reports" / "sums.json").read_text(encoding="utf-8"))
    assert as_json == [{"build": 1, "words": "=1+1", "tags": ["@a", "b"], "below": -1}]


@pytest.mark.parametrize(
    ("cell", "kept"),
    [
        *((cell, f"'{cell}") for cell in ("=1+1", "+1", "-1", "@SUM(A1)", "  =1", "＝1", "\ttext")),
        ("\t=1", "'\t'=1"),
        ("\r=1", "'\r'=1"),
        ("\n=1", "'\n'=1"),
        # as they are split at `;`
        ("x;=1+1;y", "x;'=1+1;y"),
        (";=1", ";'=1"),
        ("x;;=;=1", "x;;'=;'=1"),
        ("x; @SUM(A1)", "x;' @SUM(A1)"),
        ("x\t\n+1\r-1\r\n＝1", "x\t\n'+1\r'-1\r\n'＝1"),
        ("uses #a; is a customer; 1-2 = 3", "uses #a; is a customer; 1-2 = 3"),
    ],
)
def test_every_way_to_begin_a_formula_is_known(tmp_path: Path, cell: str, kept: str) -> None:
    path = working_file(tmp_path / "warehouse")
    with duckdb.connect(str(path)) as con:
        con.execute("update reports.sums set words = ?", [cell])
        checkpoint(con)
    candidate = build_candidate(path, tmp_path / "published", DAY)
    with (candidate.path / "reports" / "sums.csv").open(encoding="utf-8", newline="") as lines:
        assert [row["words"] for row in csv.DictReader(lines)] == [kept]


def test_a_write_ahead_log_stops_a_release(tmp_path: Path) -> None:
    path = working_file(tmp_path / "warehouse")
    (path.parent / "warehouse.duckdb.wal").write_bytes(b"x")
    with pytest.raises(ReleaseError, match="CHECKPOINT"):
        build_candidate(path, tmp_path / "published", DAY)
    assert releases(tmp_path / "published") == []


def test_two_tables_of_one_name_are_told_apart_before_one_overwrites_the_other(
    tmp_path: Path,
) -> None:
    path = working_file(tmp_path / "warehouse")
    with duckdb.connect(str(path)) as con:
        con.execute("create table reports.fct (i int)")
        checkpoint(con)
    with pytest.raises(ReleaseError, match=r"reports\.fct and core\.fct"):
        build_candidate(path, tmp_path / "published", DAY)


def test_what_a_killed_run_left_is_never_listed_and_swept_away(tmp_path: Path) -> None:
    candidate = build_candidate(working_file(tmp_path / "w"), tmp_path / "published", DAY)
    assert releases(tmp_path / "published") == []
    assert current_release(tmp_path / "published") is None
    assert read_candidate(tmp_path / "published", DAY).files == candidate.files
    (tmp_path / "published" / ".current.99999").symlink_to("releases/none")
    published(tmp_path)
    left = [p.name for p in (tmp_path / "published").rglob(".*")]
    assert left == [".last_sequence"]


def test_a_candidate_that_was_not_built_to_its_end_is_none(tmp_path: Path) -> None:
    candidate = build_candidate(working_file(tmp_path / "w"), tmp_path / "published", DAY)
    (candidate.path / "candidate.json").unlink()
    with pytest.raises(ReleaseError, match="no candidate"):
        read_candidate(tmp_path / "published", DAY)


def test_amending_a_candidate_keeps_hashes_and_exports_true(tmp_path: Path) -> None:
    candidate = build_candidate(working_file(tmp_path / "w"), tmp_path / "published", DAY)
    with amend(candidate, "quality.gate_results") as con:
        con.execute("insert into quality.gate_results values ('release')")
    after = read_candidate(tmp_path / "published", DAY)
    assert after.rows["quality.gate_results"] == 1
    for name, facts in after.files.items():
        assert file_facts(after.path / name) == facts
    assert not (after.path / "warehouse.duckdb.wal").exists()
    with duckdb.connect() as con:
        path = after.path / "tables" / "gate_results.parquet"
        assert con.execute(f"from '{path}'").fetchall() == [("release",)]


def test_ids_go_on_from_the_highest_and_sort_by_it(tmp_path: Path) -> None:
    ids = [published(tmp_path, night=night).release_id for night in (DAY, DAY, date(2026, 2, 1))]
    assert ids == ["2026-03-01-0001", "2026-03-01-0002", "2026-02-01-0003"]
    assert [r.release_id for r in releases(tmp_path / "published")] == ids
    assert next_release_id(tmp_path / "published", DAY) == "2026-03-01-0004"


def test_the_newest_are_kept_and_the_current_one_always(tmp_path: Path) -> None:
    made = [published(tmp_path, build) for build in range(1, 6)]
    rollback(tmp_path / "published", made[0].release_id)
    removed = prune(tmp_path / "published", keep=2)
    assert removed == [r.release_id for r in made[1:3]]
    kept = [r.release_id for r in releases(tmp_path / "published")]
    assert kept == [made[0].release_id, made[3].release_id, made[4].release_id]
    assert prune(tmp_path / "published", keep=7) == []


def test_rollback_goes_to_the_one_that_was_current_before(tmp_path: Path) -> None:
    first = published(tmp_path, 1)
    published(tmp_path, 2, promoted=False)
    third = published(tmp_path, 3)
    assert rollback(tmp_path / "published").release_id == first.release_id
    now = current_release(tmp_path / "published")
    assert now is not None
    assert now.release_id == first.release_id
    with pytest.raises(ReleaseError, match="oldest release"):
        rollback(tmp_path / "published")
    assert rollback(tmp_path / "published", third.release_id).release_id == third.release_id


def test_a_kill_just_before_the_swap_leaves_the_old_release_current(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`current` moves by one rename: there is no moment without it."""
    first = published(tmp_path, 1)

    replace = os.replace

    def killed(source: Path, target: Path) -> None:
        if target.name == "current":
            raise KeyboardInterrupt
        replace(source, target)

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            published(tmp_path, 2)
    now = current_release(tmp_path / "published")
    assert now is not None
    assert now.release_id == first.release_id
    second = sealed_before(tmp_path / "published", DAY)
    assert second is not None, "the run that goes on finds what was sealed"
    promote(tmp_path / "published", second)
    assert sealed_before(tmp_path / "published", DAY) == second, "promoted, and then killed"
    build_candidate(working_file(tmp_path / "w", 3), tmp_path / "published", DAY)
    assert sealed_before(tmp_path / "published", DAY) is None, "that one is to be named first"


@pytest.mark.parametrize("at", ["make_read_only", "replace", "rename", "after rename"])
def test_a_kill_while_a_release_gets_its_name_can_be_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    where = tmp_path / "published"
    candidate = build_candidate(working_file(tmp_path / "w"), where, DAY)

    rename = Path.rename

    def killed(*paths: Path) -> None:
        if at == "after rename":
            rename(*paths)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        owner = "reachline.publish.releases" if at == "make_read_only" else "pathlib.Path"
        patched.setattr(f"{owner}.{at.removeprefix('after ')}", killed)
        with pytest.raises(KeyboardInterrupt):
            sealed(candidate)
    release = sealed_before(where, DAY) or sealed(read_candidate(where, DAY))
    assert releases(where) == [release]
    left = {path.name for path in release.path.iterdir()}
    assert left == {"warehouse.duckdb", "tables", "reports", "release.json"}


def test_the_release_before_is_of_an_earlier_night(tmp_path: Path) -> None:
    second, third = date(2026, 3, 2), date(2026, 3, 3)
    assert release_before(tmp_path / "published", second) is None
    first = published(tmp_path, 1, night=DAY)
    published(tmp_path, 2, night=second)
    published(tmp_path, 3, night=DAY, promoted=False)
    published(tmp_path, 4, night=third)
    # the night is repeated, or an older one is built again
    assert release_before(tmp_path / "published", second) == first
    assert release_before(tmp_path / "published", DAY) is None


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda path: shutil.rmtree(path), "No such file"),
        (lambda path: (path / "release.json").unlink(), "release.json"),
        (lambda path: rewrite(path / "release.json", "{"), "not a whole release"),
        (lambda path: rewrite(path / "release.json", "{}"), "rows"),
        (lambda path: rewrite(path / "release.json", "[]"), "rows"),
        (lambda path: rewrite(path / "release.json", "7"), "not a whole release"),
        (lambda path: (path / "warehouse.duckdb").unlink(), "warehouse.duckdb"),
    ],
)
@pytest.mark.parametrize("is_current", [True, False])
def test_a_release_that_is_not_whole_holds_no_night_up(
    tmp_path: Path, damage: Callable[[Path], object], said: str, is_current: bool
) -> None:
    where = tmp_path / "published"
    first, second = published(tmp_path, 1), published(tmp_path, 2)
    broken, whole = (second, first) if is_current else (first, second)
    damage(broken.path)
    assert releases(where) == [whole]
    assert current_release(where) == (None if is_current else second)
    fault = current_fault(where)
    if is_current:
        assert fault is not None
        assert said in fault
        assert "rollback" in fault
        with pytest.raises(ReleaseError, match=re.escape(said)):
            find_release(where, "current")
        with pytest.raises(ReleaseError, match="rollback"):
            rollback(where)
    else:
        assert fault is None
    assert [said in text for text in broken_releases(where)] == [True] * broken.path.exists()
    third = published(tmp_path, 3)
    assert third.release_id.endswith("-0003"), "the number of one that is gone is not given again"
    assert current_release(where) == third
    assert prune(where, keep=1) == [whole.release_id]


def test_the_number_of_a_release_that_was_deleted_is_not_given_again(tmp_path: Path) -> None:
    where = tmp_path / "published"
    published(tmp_path, 1)
    for release in (published(tmp_path, 2), published(tmp_path, 3, promoted=False)):
        shutil.rmtree(release.path)
    assert next_release_id(where, DAY).endswith("-0004")
    (where / "releases" / ".last_sequence").write_text("", encoding="ascii")
    assert next_release_id(where, DAY).endswith("-0003"), "what `current` still names is known"


def test_a_folder_in_the_place_of_current_is_said_before_a_night(tmp_path: Path) -> None:
    where = tmp_path / "published"
    release = published(tmp_path)
    (where / "current").unlink()
    shutil.copytree(release.path, where / "current")
    assert current_release(where) is None
    with pytest.raises(ReleaseError, match="no link to a release"):
        require_a_link(where)
    with pytest.raises(ReleaseError, match="no link to a release"):
        promote(where, release)
    shutil.rmtree(where / "current")
    assert rollback(where, release.release_id) == release


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="nothing has been published"):
        rollback(tmp_path / "published")
    with pytest.raises(ReleaseError, match="release ls"):
        find_release(tmp_path / "published", "2026-03-01-0009")
    release = published(tmp_path)
    assert find_release(tmp_path / "published", "current") == release


# --- readers -------------------------------------------------------------------------------------


def _read(current: str, ready: Any, stop: Any, out: Any) -> None:
    """Open `current` again and again; report errors, mixed builds and how many were read."""
    builds: set[int] = set()
    problems: list[str] = []
    reads = 0
    ready.release()
    while not stop.is_set():
        try:
            with duckdb.connect(f"{current}/warehouse.duckdb", read_only=True) as con:
                found = con.execute(
                    "select build, count(*) from core.fct group by build "
                    "union all select build, 20000 from reports.sums "
                    "union all select build, 20000 from meta.run"
                ).fetchall()
            if len({build for build, _ in found}) != 1 or {n for _, n in found} != {20000}:
                problems.append(f"mixed: {found}")
            builds.add(found[0][0])
            reads += 1
        except Exception as error:  # whatever a reader meets is what the test is about
            problems.append(repr(error))
        stop.wait(0.002)
    out.put((reads, builds, problems))


def test_four_readers_see_no_error_and_no_mixed_release_over_twenty_swaps(tmp_path: Path) -> None:
    path = working_file(tmp_path / "w", 0, rows=20_000)
    where = tmp_path / "published"
    promote(where, sealed(build_candidate(path, where, DAY)))
    spawn = multiprocessing.get_context("spawn")
    ready, stop, out = spawn.Semaphore(0), spawn.Event(), spawn.Queue()
    readers = [
        spawn.Process(target=_read, args=(str(where / "current"), ready, stop, out), daemon=True)
        for _ in range(4)
    ]
    for reader in readers:
        reader.start()
    for _ in readers:
        assert ready.acquire(timeout=60)
    for build in range(1, 21):
        path = working_file(tmp_path / "w", build, rows=20_000)
        promote(where, sealed(build_candidate(path, where, DAY)))
        prune(where, keep=7)
    stop.set()
    answers = [out.get(timeout=60) for _ in readers]
    for reader in readers:
        reader.join(timeout=60)
    assert [problem for _, _, problems in answers for problem in problems] == []
    assert all(reads > 0 for reads, _, _ in answers)
    assert len(set().union(*(builds for _, builds, _ in answers))) > 3, "readers saw swaps"
    assert len(releases(where)) == 7
