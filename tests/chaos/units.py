"""What faults are thrown at: a step of the pipeline, small, and what must hold after it.

A unit starts from a home of its own. After a fault `problems` looks at the home as it is; then the
step runs again, plainly, and `state` must be that of a home where nothing happened.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from reachline import landing
from reachline.configuration import EXAMPLE
from reachline.inbox.land import land_files
from reachline.landing.packs import all_packs, opened
from reachline.night import steps
from reachline.publish.candidate import about_release, amend, build_candidate, read_candidate
from reachline.publish.releases import (
    current_release,
    promote,
    prune,
    releases,
    seal,
    sealed_before,
)
from reachline.settings import Paths, Settings, load_settings
from reachline.warehouse import connect, kept_open, runs
from tests.chaos.states import whole_releases
from tests.unit.inbox.test_inbox_fuzz import GOOD, parquet_file, sheet
from tests.unit.nights import FIRST, ORDERS, SECOND, drop, order, run_two_nights

DAY = date(2026, 3, 1)
EARLIER = date(2026, 2, 1)


@dataclass(frozen=True)
class Unit:
    """A step: how its home is made, the step itself, and what is held to what.

    `weight` is its share of all faults. `problems` are what must never be, at any moment. `start`
    names the unit whose home, as it is prepared, this one's is made of.
    """

    name: str
    weight: int
    prepare: Callable[[Path], object]
    act: Callable[[Path], object]
    problems: Callable[[Path], list[str]]
    state: Callable[[Path], Any]
    start: str = ""


def settings_in(home: Path) -> Settings:
    """Return the example's settings for a home, where files are read as soon as they lie there."""
    config = home / "config"
    if not config.exists():
        shutil.copytree(EXAMPLE, config)
        sources = (config / "sources.yml").read_text(encoding="utf-8")
        quick = sources.replace("settle_seconds: 30", "settle_seconds: 0")
        (config / "sources.yml").write_text(quick, encoding="utf-8")
    return load_settings(home, config)


# --- landing --------------------------------------------------------------------------------------


def _land_pages(home: Path) -> None:
    """Land what is not there yet, as a connector goes on from its cursor, then what people do."""
    root = Paths(home).landing
    landing.sweep(root, 0)
    there = {m.cursor: m for m in landing.manifests(root)}
    for page in range(4):
        if page in there:
            continue
        with landing.draft_batch(root, "x", "posts", DAY) as draft:
            lines = [f"{page} {n}" for n in range(50)]
            pq.write_table(pa.table({"record": lines}), draft.data)
            if page % 2:
                pq.write_table(pa.table({"_line": [page]}), draft.rejects)
            there[page] = landing.commit_batch(
                draft,
                run_id="r",
                rows=50,
                rejected=page % 2,
                columns=("record",),
                first_line=1,
                cursor=page,
            )
    if there[0].batch_id not in landing.held_batches(root):
        landing.hold_batch(root, there[0].batch_id, "look at it")
    if there[1].batch_id not in landing.last_rewrites(root):
        gone = pa.table({"record": ["gone"] * 50})
        landing.rewrite_batch(root, there[1].batch_id, gone, reason="erased")
    decided = {(m.batch_id, m.kind) for m in landing.decisions(root)}
    if (there[2].batch_id, "retry") not in decided:
        mended = pa.table({"_line": [3], "record": ["mended"]})
        landing.retry_lines(root, there[2].batch_id, mended, reason="mended")
    if (there[3].batch_id, "drop") not in decided:
        dropped = pa.table({"_line": [4], "_stream": ["posts"], "_column": ["a"], "_reason": ["b"]})
        landing.drop_lines(root, there[3].batch_id, dropped, reason="no use")


def _whole_landing(home: Path) -> list[str]:
    return [str(finding) for finding in landing.verify(Paths(home).landing)]


def _landed(home: Path) -> Any:
    """Return all manifests with the rows of their files; no batch may be there twice."""
    root = Paths(home).landing
    landing.sweep(root, 0)
    found = [
        (m.sequence, m.kind, m.batch_id, m.cursor, m.reason, m.status, m.rows, m.rejected,
         _rows_of(root, m.path), _rows_of(root, m.rejects_path))
        for m in landing.manifests(root) + landing.decisions(root)
    ]  # fmt: skip
    return found, landing.held_batches(root), sorted(landing.last_rewrites(root))


def _rows_of(root: Path, name: str | None) -> list[dict[str, Any]] | None:
    if name is None:
        return None
    with closing(landing.Checks(root)) as checks:
        return pq.read_table(checks.path(name), partitioning=None).to_pylist()


def _some_packed(home: Path) -> None:
    """Land pages, and pack those of another month: it has a pack that is to be written anew."""
    root = Paths(home).landing
    home.mkdir()
    _land_pages(home)
    for number in range(3):
        with landing.draft_batch(root, "x", "posts", EARLIER) as draft:
            pq.write_table(pa.table({"record": [f"early {number}"]}), draft.data)
            landing.commit_batch(draft, run_id="r", rows=1, columns=("record",), first_line=1)
    landing.pack(root, ended_before=DAY, below=1024 * 1024)


def _pack(home: Path) -> None:
    """Pack the rest, let one batch leave each pack, and pack what came of it."""
    root, month_after = Paths(home).landing, date(2026, 6, 1)
    landing.sweep(root, 0)
    landing.pack(root, ended_before=month_after, below=1024 * 1024)
    early, written = landing.manifests(root)[-1], landing.manifests(root)[0]
    if early.batch_id not in landing.deleted_batches(root):
        landing.delete_batch(root, early.batch_id, "nobody's")
    if written.batch_id not in landing.last_rewrites(root):
        gone = pa.table({"record": ["gone"] * 50})
        landing.rewrite_batch(root, written.batch_id, gone, reason="erased")
    landing.pack(root, ended_before=month_after, below=1024 * 1024)


def _packed(home: Path) -> Any:
    """Return what landed, and where each file of it lies."""
    root = Paths(home).landing
    found = _landed(home)
    single = sorted(path.name for path in root.glob("[!_.]*/*/date=*/*"))
    return found, single, [(path.name, _members(path)) for path in all_packs(root)]


def _members(path: Path) -> list[str]:
    with opened(path) as pack:
        return sorted(pack.members)


# --- inbox ----------------------------------------------------------------------------------------


def _drop_files(home: Path) -> None:
    settings_in(home)
    folder = home / "inbox" / "post_metrics"
    folder.mkdir(parents=True)
    lines = (
        ",".join(GOOD[0])
        + "\n"
        + "".join(",".join(v or "" for v in r.values()) + "\n" for r in GOOD)
    )
    (folder / "a.csv").write_text(lines)
    (folder / "b.csv.gz").write_bytes(gzip.compress(lines.replace("1780", "1781").encode()))
    (folder / "c.jsonl").write_text("".join(json.dumps(r) + "\n" for r in GOOD[:9]) + "{\n")
    (folder / "d.parquet").write_bytes(parquet_file(GOOD[:20]))
    (folder / "e.xlsx").write_bytes(sheet(GOOD[:5]))
    (folder / "f.csv").write_text("neither,nor\n1,2\n")
    (folder / "g.csv").write_text(lines.replace("1780", "1782") + "broken\n")
    (folder / "h.csv").write_text(lines.replace("1780", "1783"))
    for path in folder.iterdir():
        os.utime(path, (1, 1))


def _land_files(home: Path) -> None:
    land_files(settings_in(home), DAY, "r")


def _landed_files(home: Path) -> Any:
    """Return each batch with its rows and where its file is, and all that lies in the inbox."""
    root, inbox = Paths(home).landing, Paths(home).inbox
    batches = sorted(
        (m.batch_id, m.file.name, m.file.done, m.rows, m.rejected,
         repr(_rows_of(root, m.path)), repr(_rows_of(root, m.rejects_path)))
        for m in landing.manifests(root) if m.file is not None
    )  # fmt: skip
    return batches, _tree(inbox)


def _tree(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


# --- staging and models ---------------------------------------------------------------------------


def _third_night(home: Path) -> None:
    """Make a home whose second night is to be run again, with one more file that has landed."""
    settings = run_two_nights(home, settings_in(home).config_dir)
    refused = "o9,never,USD,1.00,placed\n"
    drop(home, "third.csv", ORDERS + order(4, SECOND) + order(1, FIRST, "11.00") + refused)
    steps.land_inbox(settings, SECOND)


def _staged_night(home: Path) -> None:
    _night_steps(home, "gate_landing", "stage", "gate_staging")


def _modelled_night(home: Path) -> None:
    _night_steps(home, "model", "gate_model")


def _night_steps(home: Path, *names: str) -> None:
    """Run steps of the second night in one process, as a night does."""
    calls = steps.calls_of(settings_in(home), SECOND, promoted=False)
    with kept_open():
        for name in names:
            calls[name]()


def _stage(home: Path) -> None:
    _night_steps(home, "gate_landing", "stage")


def _build_orders(home: Path) -> None:
    """Build what orders are made of: every model takes too long for faults by the hundred."""
    runs.GOALS = {"fct_orders"}
    # staged anew, as by a night that is run again
    _night_steps(home, "stage", "model")


def _tables(home: Path) -> dict[str, Any]:
    """Return the rows of all working tables but what tells which run wrote them."""
    with connect(Paths(home).warehouse, read_only=True) as con:
        names = con.execute(
            "select database_name, schema_name, table_name from duckdb_tables()"
            " where database_name in ('work', 'warehouse')"
            " and schema_name not in ('ops', 'config')"
            # these hold what a run is still to do: more, where one before it was stopped
            " and not regexp_matches(table_name, '^int_(touched|changed)__')"
        ).fetchall()
        found = {}
        for database, schema, table in sorted(names):
            columns = con.execute(
                "select column_name from duckdb_columns() where database_name = ? and schema_name ="
                " ? and table_name = ? order by column_index",
                [database, schema, table],
            ).fetchall()
            kept = [f'"{name}"' for (name,) in columns if name not in _OF_A_RUN]
            rows = con.execute(
                f'select {", ".join(kept)} from {database}."{schema}"."{table}" order by all'
            ).fetchall()
            found[f"{database}.{schema}.{table}"] = rows
        return found


_OF_A_RUN = frozenset(
    [
        "read_seq",
        "run_seq",
        "loaded_seq",
        "since_seq",
        "landed_at",
        "last_landed_at",
        "path",
        "rejects_path",
    ]
)


def _staged(home: Path) -> Any:
    return _tables(home), _tree(Paths(home).inbox)


def _whole_home(home: Path) -> list[str]:
    return [*_whole_landing(home), *whole_releases(Paths(home).published)]


# --- releases -------------------------------------------------------------------------------------


def _working_file(home: Path, build: int) -> Path:
    path = home / "warehouse" / "warehouse.duckdb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with duckdb.connect() as con:
        con.execute(f"attach '{path}' as warehouse (storage_version 'v1.2.0')")
        con.execute("use warehouse")
        for schema in ("core", "reports", "quality", "meta"):
            con.execute(f"create schema {schema}")
        con.execute(f"create table core.fct as select i, {build} as build from range(5000) t(i)")
        con.execute(f"create table reports.sums as select {build} as build")
        con.execute("create table quality.gate_results (stage varchar)")
        con.execute("checkpoint warehouse")
    return path


def _two_releases(home: Path) -> None:
    for build in (1, 2):
        _working_file(home, build)
        _publish(home, build)
    _working_file(home, 3)


def _publish(home: Path, build: int = 3) -> None:
    """Do to a database of three tables what the last steps of a night do to theirs."""
    published, night = Paths(home).published, DAY.replace(day=build)
    release = sealed_before(published, night)
    if release is None:
        build_candidate(home / "warehouse" / "warehouse.duckdb", published, night)
        with amend(read_candidate(published, night), "quality.gate_results") as served:
            served.execute("delete from quality.gate_results")
            served.execute("insert into quality.gate_results values ('release')")
        candidate = read_candidate(published, night)
        about = about_release(
            candidate,
            promoted=True,
            run={"run_id": f"build {build}"},
            gates=[],
            batches=[],
            published_at="2026-03-04T00:00:00+00:00",
        )
        release = seal(candidate.path, about)
    promote(published, release)
    prune(published, 2)


def _release(home: Path) -> None:
    _night_steps(home, "build_release", "gate_release", "publish")


def _published(home: Path) -> Any:
    """Return which releases there are, which is served, and all that it holds."""
    published = Paths(home).published
    current = current_release(published)
    assert current is not None
    files = sorted(p.relative_to(current.path).as_posix() for p in current.path.rglob("*"))
    with duckdb.connect(str(current.path / "warehouse.duckdb"), read_only=True) as con:
        rows = {
            table: con.execute(f"select * from {table} order by all").fetchall()
            for table in current.about["rows"]
        }
    for clock in ("reports.data_health", "quality.gate_results"):
        if clock in rows:
            rows[clock] = len(rows[clock])
    # what is half built or half removed goes when the next release is built
    there = [release.release_id for release in releases(published)]
    return current.release_id, there, files, rows


UNITS = {
    unit.name: unit
    for unit in (
        Unit("landing", 400, lambda home: home.mkdir(), _land_pages, _whole_landing, _landed),
        Unit("packing", 100, _some_packed, _pack, _whole_landing, _packed),
        Unit("inbox", 250, _drop_files, _land_files, _whole_landing, _landed_files),
        Unit("staging", 50, _third_night, _stage, _whole_home, _staged),
        Unit("models", 15, _staged_night, _build_orders, _whole_home, _tables, "staging"),
        Unit(
            "publishing",
            280,
            _two_releases,
            _publish,
            lambda home: whole_releases(Paths(home).published),
            _published,
        ),
        Unit("release", 5, _modelled_night, _release, _whole_home, _published, "models"),
    )
}


def copy_home(template: Path, home: Path) -> None:
    """Give a fault a home of its own."""
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(template, home, symlinks=True, copy_function=shutil.copy2)
