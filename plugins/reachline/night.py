"""A night, step by step: what the tasks of dags/nightly.py, `run` and `replay` call.

Each step can be called alone, in order, by another process each: what it needs to know it reads
from the landing zone, the working files and the folders below the logs. A step that was killed or
that failed can be called again.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb

from reachline import __version__
from reachline.errors import ReachlineError
from reachline.publish.candidate import (
    Candidate,
    about_release,
    add_pages,
    amend,
    build_candidate,
    checkpoint,
    read_candidate,
    table_rows,
)
from reachline.publish.comments import write_comments
from reachline.publish.files import file_facts
from reachline.publish.releases import (
    DATABASE,
    Release,
    current_release,
    promote,
    prune,
    release_before,
    seal,
    sealed_before,
)
from reachline.quality.checks import STAGES, GateBlocked, Result, Stage, Suite
from reachline.quality.facts import Night, StreamGrain
from reachline.quality.results import prune as prune_results
from reachline.quality.results import read_results, record, write_results
from reachline.settings import Settings
from reachline.warehouse import Run, built_to, connect, open_run
from reachline.warehouse import model as build_models
from reachline.warehouse import stage as stage_batches

log = logging.getLogger("reachline.night")

LOCK = ".run.lock"
JOURNAL = "nights.jsonl"
STEPS = (
    "check_config",
    "land_inbox",
    "gate_landing",
    "stage",
    "gate_staging",
    "model",
    "gate_model",
    "build_release",
    "gate_release",
    "publish",
)


# Written between staging and modelling, when it is known which models will be built in full.
_OPS = """
create or replace table work.ops.rebuilt as
select model from work.ops.model_hashes where wanted is distinct from built;

create table if not exists work.ops.gates_passed (stage varchar, run_seq bigint)
"""


class NightError(ReachlineError):
    """A night can't go on as it is; the text says why and what to do."""


class NightBusyError(ReachlineError):
    """Another night is running under the same home."""


@dataclass(frozen=True)
class NightReport:
    """What a night did: its release, whether `current` moved to it, what warned, seconds a step."""

    logical_date: date
    release: Release
    is_current: bool
    warnings: tuple[Result, ...]
    seconds: dict[str, float] = field(default_factory=dict)


# --- one at a time -------------------------------------------------------------------------------


@contextmanager
def run_lock(settings: Settings, doing: str) -> Iterator[None]:
    """Hold the lock that lets one run at a time work under a home.

    The lock goes with its process, also with one that is killed. Raises NightBusyError saying who
    holds it.
    """
    settings.paths.home.mkdir(parents=True, exist_ok=True)
    path = settings.paths.home / LOCK
    with path.open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            raise NightBusyError(
                f"{path}: another run is under way ({lock.read().strip() or 'it does not say'}). "
                "Wait until it has ended; one run at a time can write the warehouse."
            ) from error
        lock.seek(0)
        lock.truncate()
        lock.write(f"process {os.getpid()}: {doing}")
        lock.flush()
        yield
        lock.seek(0)
        lock.truncate()


# --- the steps -----------------------------------------------------------------------------------


def check_config(home: Path | None = None, config: Path | None = None) -> Settings:
    """Read the whole configuration before any data is touched, and return it.

    Raises ConfigError with every mistake of every file.
    """
    from reachline.inbox.exports import load_whole_config

    settings, _ = load_whole_config(home, config)
    return settings


def land_inbox(settings: Settings, logical_date: date) -> Any:
    """Land what was dropped into the inbox; return what became of each file."""
    from reachline.inbox import land_files

    return land_files(settings, logical_date, run_id_of(logical_date))


def gate_landing(settings: Settings, logical_date: date) -> tuple[Result, ...]:
    """Check that landing holds what its manifests say, for batches that staging has not seen.

    Raises GateBlocked. Batches that are held are checked too.
    """
    from reachline.quality import landing

    run = open_run(settings, logical_date)
    facts = landing.gather(settings.paths.landing, _seen_batches(settings))
    try:
        return _gate(run, "landing", facts, landing.suites())
    finally:
        facts.close()


def stage(settings: Settings, logical_date: date) -> None:
    """Stage what is new, and write the rejects of this night's files beside them."""
    run = open_run(settings, logical_date)
    stage_batches(run)
    _write_rejects(run)


def gate_staging(settings: Settings, logical_date: date) -> tuple[Result, ...]:
    """Check that every row is accounted for and every key stands once. Raises GateBlocked."""
    from reachline.quality import staging

    run = open_run(settings, logical_date)
    with connect(run.directory) as connection:
        _must_be_this_night(connection, run)
        connection.execute(_OPS)
        night = _night(connection, run, "staging")
        before = read_results(gate_folder(settings, logical_date), "landing")
        record(connection, logical_date, "landing", before)
        results = _gate(run, "staging", connection, staging.suites(night))
    return results


def model(settings: Settings, logical_date: date) -> None:
    """Build every model as of the logical date."""
    run = open_run(settings, logical_date)
    with connect(run.directory, read_only=True) as connection:
        _must_be_this_night(connection, run)
    build_models(run)


def gate_model(settings: Settings, logical_date: date) -> tuple[Result, ...]:
    """Check grains, relations, ranges and sums of what the night touched. Raises GateBlocked."""
    from reachline.quality import model as model_gate

    run = open_run(settings, logical_date)
    with connect(run.directory) as connection:
        _must_be_this_night(connection, run)
        night = _night(connection, run, "model")
        return _gate(run, "model", connection, model_gate.suites(night))


def build_release(settings: Settings, logical_date: date) -> Candidate:
    """Copy the warehouse and export its tables, in a folder that nobody reads yet."""
    run = open_run(settings, logical_date)
    with connect(run.directory) as connection:
        _must_be_this_night(connection, run)
        _must_have_passed(connection, run)
        write_comments(connection)
        checkpoint(connection)
    return build_candidate(
        run.directory / "warehouse.duckdb", settings.paths.published, logical_date
    )


def gate_release(settings: Settings, logical_date: date) -> tuple[Result, ...]:
    """Check the candidate as a reader would see it. Raises GateBlocked."""
    from reachline.quality import release

    run = open_run(settings, logical_date)
    candidate = read_candidate(settings.paths.published, logical_date)
    with connect(run.directory, read_only=True) as connection:
        _must_be_this_night(connection, run)
        working = table_rows(connection)
        touched = _touched_texts(connection, _night(connection, run, "model"))
    current = current_release(settings.paths.published)
    facts = release.gather(
        candidate.database,
        working,
        dict(current.about["rows"]) if current else {},
        [
            release.FileFact(name, declared.sha256, file_facts(candidate.path / name).sha256)
            for name, declared in candidate.files.items()
        ],
        touched,
    )
    try:
        results = _gate(run, "release", facts, release.suites())
    finally:
        facts.close()
    return results


def publish(settings: Settings, logical_date: date, *, promoted: bool = False) -> Release:
    """Give the candidate its name, and move `current` to it.

    `current` does not move to a night that is older than what the warehouse is built to, unless
    `promoted` says so. Older releases than the newest `thresholds.keep_releases` are removed.
    """
    run = open_run(settings, logical_date)
    published = settings.paths.published
    release = sealed_before(published, logical_date) or _seal(
        settings, run, logical_date, promoted=promoted or not run.is_scratch
    )
    if release.promoted:
        promote(published, release)
    removed = prune(published, settings.config.thresholds.keep_releases)
    if removed:
        log.info("removed old releases: %s", ", ".join(removed))
    if run.is_scratch:
        shutil.rmtree(run.directory)
    return release


def _seal(settings: Settings, run: Run, logical_date: date, *, promoted: bool) -> Release:
    """Write the last gate's results, workbook and report into the candidate, and name it."""
    published = settings.paths.published
    with connect(run.directory, read_only=True) as connection:
        _must_be_this_night(connection, run)
        candidate = read_candidate(published, logical_date)
        results = [
            r for name in STAGES for r in read_results(gate_folder(settings, logical_date), name)
        ]
        if any(result.blocks for result in results) or not any(
            result.stage == "release" for result in results
        ):
            raise NightError(
                f"the candidate of {logical_date} has not passed its gates. Run the night again."
            )
        with amend(candidate, "quality.gate_results") as served:
            last = [result for result in results if result.stage == "release"]
            record(served, logical_date, "release", last)
        before = release_before(published, logical_date)
        add_pages(
            read_candidate(published, logical_date), before.path / DATABASE if before else None
        )
        candidate = read_candidate(published, logical_date)
        about = about_release(
            candidate,
            promoted=promoted,
            run={
                "run_id": run_id_of(logical_date),
                "reachline_version": __version__,
                "git_commit": git_commit(),
                "is_rebuilt_from_landing": run.is_scratch,
            },
            gates=[asdict(result) for result in results],
            batches=_batches_read(connection),
            published_at=datetime.now(UTC).isoformat(timespec="seconds"),
        )
    return seal(candidate.path, about)


# --- a whole night -------------------------------------------------------------------------------


def run_night(settings: Settings, logical_date: date, *, promoted: bool = False) -> NightReport:
    """Run every step of a night in this process, and return what it did.

    Raises GateBlocked when a gate stops it, NightBusyError when another run is under way; in either
    case `published/current` is what it was.
    """
    seconds: dict[str, float] = {}
    results: list[Result] = []
    release: Release | None = None
    with run_lock(settings, f"the night of {logical_date}"):
        for name, step in _steps(settings, logical_date, promoted):
            started = time.perf_counter()
            with journal(settings, logical_date, name):
                outcome = step()
            seconds[name] = time.perf_counter() - started
            log.info("%s %s: %.1f s", logical_date, name, seconds[name])
            if isinstance(outcome, tuple):
                results += outcome
            if isinstance(outcome, Release):
                release = outcome
    if release is None:
        raise NightError(f"the night of {logical_date} ended without a release.")
    current = current_release(settings.paths.published)
    return NightReport(
        logical_date=logical_date,
        release=release,
        is_current=current is not None and current.release_id == release.release_id,
        warnings=tuple(result for result in results if not result.success),
        seconds=seconds,
    )


def _steps(
    settings: Settings, logical_date: date, promoted: bool
) -> Iterable[tuple[str, Callable[[], object]]]:
    return (
        ("check_config", lambda: check_config(settings.paths.home, settings.config_dir)),
        ("land_inbox", lambda: land_inbox(settings, logical_date)),
        ("gate_landing", lambda: gate_landing(settings, logical_date)),
        ("stage", lambda: stage(settings, logical_date)),
        ("gate_staging", lambda: gate_staging(settings, logical_date)),
        ("model", lambda: model(settings, logical_date)),
        ("gate_model", lambda: gate_model(settings, logical_date)),
        ("build_release", lambda: build_release(settings, logical_date)),
        ("gate_release", lambda: gate_release(settings, logical_date)),
        ("publish", lambda: publish(settings, logical_date, promoted=promoted)),
    )


def run_step(settings: Settings, logical_date: date, name: str, *, promoted: bool = False) -> Any:
    """Run one step by its name, under the lock and with its line in the journal: Airflow's way."""
    step = dict(_steps(settings, logical_date, promoted))[name]
    with (
        run_lock(settings, f"{name} of the night of {logical_date}"),
        journal(settings, logical_date, name),
    ):
        return step()


# --- the journal ---------------------------------------------------------------------------------


@contextmanager
def journal(settings: Settings, logical_date: date, step: str) -> Iterator[None]:
    """Add a line to logs/nights.jsonl when a step ends: when, which, how, how long, the error."""
    started_at, started = datetime.now(UTC), time.perf_counter()
    line: dict[str, Any] = {
        "at": started_at.isoformat(timespec="seconds"),
        "night": logical_date.isoformat(),
        "step": step,
        "outcome": "done",
    }
    try:
        yield
    except BaseException as error:
        line["outcome"] = "blocked" if isinstance(error, GateBlocked) else "failed"
        line["error"] = str(error) or type(error).__name__
        raise
    finally:
        line["seconds"] = round(time.perf_counter() - started, 2)
        settings.paths.logs.mkdir(parents=True, exist_ok=True)
        with (settings.paths.logs / JOURNAL).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


def read_journal(settings: Settings) -> list[dict[str, Any]]:
    """Return the journal's lines, oldest first; a line that was cut short is left out."""
    path = settings.paths.logs / JOURNAL
    if not path.is_file():
        return []
    lines = []
    for text in path.read_text(encoding="utf-8").splitlines():
        try:
            lines.append(json.loads(text))
        except ValueError:
            continue
    return lines


# --- what the steps know -------------------------------------------------------------------------


def run_id_of(logical_date: date) -> str:
    """Return the name of a night's runs: the same each time, so that results are the same."""
    return f"night-{logical_date.isoformat()}"


def git_commit() -> str | None:
    """Return the commit that the code stands at, or None outside a git checkout."""
    git = shutil.which("git")
    if git is None:
        return None
    here = Path(__file__).resolve().parent
    found = subprocess.run(
        [git, "-C", str(here), "rev-parse", "HEAD"], capture_output=True, text=True, check=False
    )
    return found.stdout.strip() or None


def _gate(
    run: Run, name: Stage, connection: duckdb.DuckDBPyConnection, suites: list[Suite]
) -> tuple[Result, ...]:
    """Run a gate's suites and keep their results.

    Raises GateBlocked if one of them blocks, and writes the pages of all of them before.
    """
    from reachline.quality.runner import run_suites

    folder = gate_folder(run.settings, run.logical_date)
    shutil.rmtree(folder / name, ignore_errors=True)
    results = run_suites(connection, suites)
    write_results(folder, name, results)
    prune_results(folder.parent, run.settings.config.thresholds.keep_releases)
    blocked = [result for result in results if result.blocks]
    if name in ("staging", "model"):
        record(connection, run.logical_date, name, results)
        if not blocked:
            connection.execute(
                "insert into work.ops.gates_passed select ?, run_seq from work.ops.current_run",
                [name],
            )
    for result in results:
        if not result.success and not result.blocks:
            log.warning(
                "gate %s warns: %s: %s: expected %s, observed %s%s",
                *(name, result.table, result.expectation, result.expected, result.observed),
                f" ({', '.join(result.failing_keys[:3])})" if result.failing_keys else "",
            )
    if blocked:
        from reachline.quality.docs import write_docs

        log.info("gate %s: %s shows its results", name, write_docs(folder, name, suites))
        raise GateBlocked(name, run.logical_date.isoformat(), blocked)
    return results


def gate_folder(settings: Settings, logical_date: date) -> Path:
    """Return where the results of a night's gates are kept, and their pages."""
    return settings.paths.logs / "gates" / logical_date.isoformat()


def _night(connection: duckdb.DuckDBPyConnection, run: Run, name: Stage) -> Night:
    """Return what a gate must look at: all that no gate of its stage has passed yet."""
    first_of_night, passed, waiting = connection.execute(
        """
        with passed as (
            select coalesce(max(run_seq), 0) as run_seq
            from work.ops.gates_passed
            where stage = $stage
        )

        select
            (select min(run_seq) from work.ops.runs where logical_date = $night),
            (select run_seq from passed),
            (
                select count(*)
                from work.ops.runs, passed, work.ops.current_run
                where
                    runs.is_complete
                    and runs.run_seq > passed.run_seq
                    and runs.run_seq < current_run.run_seq
            )
        """,
        {"stage": name, "night": run.logical_date},
    ).fetchall()[0]
    rebuilt = connection.execute("select model from work.ops.rebuilt").fetchall()
    return Night(
        logical_date=run.logical_date,
        as_of_end=run.as_of_end,
        thresholds=run.settings.config.thresholds,
        first_seq=min(first_of_night, passed + 1),
        whole=waiting > 0,
        rebuilt=frozenset(name for (name,) in rebuilt),
        streams=stream_grains(),
    )


def stream_grains() -> dict[str, StreamGrain]:
    """Return the streams whose staging tables are checked."""
    from reachline.inbox.streams import load_streams

    return {
        name: StreamGrain(
            stream=name,
            grain=(*stream.key, *((stream.version_by,) if stream.version_by else ())),
            required=tuple(column.name for column in stream.columns if column.required),
        )
        for name, stream in load_streams().items()
    }


def _must_be_this_night(connection: duckdb.DuckDBPyConnection, run: Run) -> None:
    rows = connection.execute("select logical_date from work.ops.current_run").fetchall()
    if not rows or rows[0][0] != run.logical_date:
        other = rows[0][0] if rows else "no night"
        raise NightError(
            f"the warehouse was staged for {other}, not for {run.logical_date}: another run came "
            "between. Run this night again from its first step; backfill with "
            "--max-active-runs 1."
        )


def _must_have_passed(connection: duckdb.DuckDBPyConnection, run: Run) -> None:
    passed = connection.execute(
        "select count(distinct stage) from work.ops.gates_passed "
        "where run_seq = (select run_seq from work.ops.current_run) "
        "and stage in ('staging', 'model')"
    ).fetchall()[0][0]
    if passed != 2:
        raise NightError(
            f"the gates have not passed for {run.logical_date}: nothing is released without them. "
            "Run the night again."
        )


def _seen_batches(settings: Settings) -> list[str]:
    """Return the batches whose files were checked on the night when the warehouse read them."""
    if built_to(settings) is None:
        return []
    with connect(settings.paths.warehouse, read_only=True) as connection:
        rows = connection.execute("select batch_id from work.landing.batches").fetchall()
    return [batch_id for (batch_id,) in rows]


def _batches_read(connection: duckdb.DuckDBPyConnection) -> list[str]:
    rows = connection.execute(
        "select batch_id from work.staging.batches_read "
        "group by batch_id order by min(landing_sequence), batch_id"
    ).fetchall()
    return [batch_id for (batch_id,) in rows]


def _touched_texts(connection: duckdb.DuckDBPyConnection, night: Night) -> dict[str, list[str]]:
    """Return the keys whose texts this night wrote, by table; others are searched whole."""
    from reachline.quality.contract import TOUCHED
    from reachline.quality.release import TEXTS

    found = {}
    for table, key, _ in TEXTS:
        model_name = table.split(".")[1]
        touched = TOUCHED.get(model_name)
        if touched is None or night.looks_at_all_of(model_name):
            continue
        rows = connection.execute(
            f"select distinct {key} from work.intermediate.{touched.model}"
        ).fetchall()
        found[table] = [value for (value,) in rows]
    return found


def _write_rejects(run: Run) -> None:
    """Write the rows that staging refused beside the files they came in."""
    from reachline.inbox import write_rejects

    with connect(run.directory, read_only=True) as connection:
        rows = connection.sql(
            "select * from work.staging.quarantine where batch_id in ("
            "select batch_id from work.staging.batches_read "
            "where read_seq = (select run_seq from work.ops.current_run))"
        ).to_arrow_table()
    write_rejects(run.settings, rows)
