"""The four gates of a night: each runs its suites, keeps their results, and stops a bad night."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Sequence
from datetime import date

import duckdb

from reachline.landing import INBOX, Checks
from reachline.night.accepted import let_through
from reachline.night.figures import compare
from reachline.night.folders import gate_folder
from reachline.night.scope import gate_scope, mark_passed, open_scope, touched_rows
from reachline.night.state import require_this_night, seen_batches
from reachline.publish.candidate import Candidate, read_candidate, table_rows
from reachline.publish.files import file_facts
from reachline.quality.checks import GateBlocked, Result, Stage, Suite
from reachline.quality.results import prune, read_results, record, standing_warnings, write_results
from reachline.settings import Settings
from reachline.warehouse import Run, connect, open_run

log = logging.getLogger("reachline.night")


def gate_landing(
    settings: Settings, logical_date: date, checks: Checks | None = None
) -> tuple[Result, ...]:
    """Check that landing holds what its manifests say, for batches that staging has not seen.

    `checks` is told of the files that were hashed. Raises GateBlocked.
    """
    from reachline.quality import landing

    run = open_run(settings, logical_date)
    seen = seen_batches(settings)
    facts = landing.gather(
        settings.paths.landing, seen, seen, checks, logical_date, _needed(settings)
    )
    try:
        return _run_gate(run, "landing", facts, landing.suites())
    finally:
        facts.close()


def _needed(settings: Settings) -> set[tuple[str, str]]:
    """Return sources and streams, as files land, of which a refused file ends the night.

    A tool's file feeds the streams of its exports; where nobody knows which export it is, all.
    """
    from reachline.inbox.exports import load_exports
    from reachline.landing.refusals import UNKNOWN

    streams = {
        stream for stream, severity in settings.quality.refused_files.items() if severity == "block"
    }
    needed = {(INBOX, stream) for stream in streams}
    for export in load_exports(settings.config_dir):
        if streams & export.streams.keys():
            needed |= {(export.tool, export.name), (export.tool, UNKNOWN)}
    return needed


def gate_staging(settings: Settings, logical_date: date) -> tuple[Result, ...]:
    """Check that every row is accounted for and every key stands once. Raises GateBlocked."""
    from reachline.quality import staging, volume

    run = open_run(settings, logical_date)
    with connect(run.directory) as connection:
        require_this_night(connection, run)
        open_scope(connection)
        night = gate_scope(connection, run, "staging")
        before = read_results(gate_folder(settings, logical_date), "landing")
        record(connection, logical_date, "landing", before)
        volume.gather(connection, logical_date, settings.quality)
        return _run_gate(run, "staging", connection, staging.suites(night))


def gate_model(settings: Settings, logical_date: date) -> tuple[Result, ...]:
    """Check grains, relations, ranges and sums of what the night touched. Raises GateBlocked."""
    from reachline.quality import model

    run = open_run(settings, logical_date)
    with connect(run.directory) as connection:
        require_this_night(connection, run)
        night = gate_scope(connection, run, "model")
        return _run_gate(run, "model", connection, model.suites(night))


def gate_release(settings: Settings, logical_date: date) -> tuple[Result, ...]:
    """Check the candidate as a reader would see it. Raises GateBlocked."""
    from reachline.quality import release

    run = open_run(settings, logical_date)
    candidate = read_candidate(settings.paths.published, logical_date)
    facts = _release_facts(run, candidate)
    try:
        return _run_gate(run, "release", facts, release.suites())
    finally:
        facts.close()


def _release_facts(run: Run, candidate: Candidate) -> duckdb.DuckDBPyConnection:
    """Return a database of what the candidate is compared with."""
    from reachline.quality import release

    with connect(run.directory, read_only=True) as connection:
        require_this_night(connection, run)
        working = table_rows(connection)
        touched = touched_rows(connection, gate_scope(connection, run, "model"))
    facts = release.gather(
        candidate.database,
        working,
        [
            release.FileFact(name, declared.sha256, file_facts(candidate.path / name).sha256)
            for name, declared in candidate.files.items()
        ],
        touched,
        run.settings.config.names_with_server,
    )
    compare(facts, run, candidate.database)
    return facts


def _run_gate(
    run: Run, stage: Stage, connection: duckdb.DuckDBPyConnection, suites: list[Suite]
) -> tuple[Result, ...]:
    """Run a gate's suites and keep their results.

    Raises GateBlocked if one of them blocks, and writes the pages of all of them before.
    """
    from reachline.quality.runner import run_suites
    from reachline.quality.suites import ruled

    suites = ruled(suites, run.settings.quality)
    folder = gate_folder(run.settings, run.logical_date)
    shutil.rmtree(folder / stage, ignore_errors=True)
    results = let_through(
        run.settings.paths,
        run.logical_date,
        run_suites(connection, suites, standing_warnings(folder, stage)),
    )
    write_results(folder, stage, results)
    prune(folder, run.settings.config.thresholds.keep_releases)
    blocked = [result for result in results if result.blocks]
    if stage in ("staging", "model"):
        record(connection, run.logical_date, stage, results)
        if not blocked:
            mark_passed(connection, stage)
    _log_warnings(stage, results)
    if blocked:
        from reachline.quality.docs import write_docs

        log.info("gate %s: %s shows its results", stage, write_docs(folder, stage, suites))
        raise GateBlocked(stage, run.logical_date.isoformat(), blocked)
    return results


def _log_warnings(stage: Stage, results: Sequence[Result]) -> None:
    for result in results:
        if not result.success and not result.blocks:
            log.warning(
                "gate %s warns: %s: %s: expected %s, observed %s%s",
                *(stage, result.table, result.expectation, result.expected, result.observed),
                f" ({', '.join(result.failing_keys[:3])})" if result.failing_keys else "",
            )
