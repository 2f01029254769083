"""The last steps of a night: a candidate is built, named, and made the current release."""

from __future__ import annotations

import logging
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from reachline import __version__
from reachline.night.aside import aside
from reachline.night.figures import publish_figures
from reachline.night.folders import gate_folder
from reachline.night.state import (
    NightError,
    batches_read,
    require_passed_gates,
    require_this_night,
    run_id_of,
)
from reachline.publish.candidate import (
    Candidate,
    about_release,
    add_pages,
    amend,
    build_candidate,
    checkpoint,
    read_candidate,
)
from reachline.publish.comments import write_comments
from reachline.publish.releases import (
    DATABASE,
    Release,
    broken_releases,
    current_fault,
    promote,
    prune,
    release_before,
    seal,
    sealed_before,
)
from reachline.publish.shared import prune_shared, share_release
from reachline.quality.checks import STAGES, Result
from reachline.quality.results import for_readers, read_results, record
from reachline.settings import Settings
from reachline.warehouse import Run, close_kept, connect, open_run

log = logging.getLogger("reachline.night")


def build_release(settings: Settings, logical_date: date) -> Candidate:
    """Copy the warehouse and export its tables, in a folder that nobody reads yet."""
    run = open_run(settings, logical_date)
    with connect(run.directory) as connection:
        require_this_night(connection, run)
        require_passed_gates(connection, run)
        write_comments(connection)
        checkpoint(connection)
    close_kept(run.directory)
    return build_candidate(
        run.directory / "warehouse.duckdb", settings.paths.published, logical_date
    )


def publish(settings: Settings, logical_date: date, *, promoted: bool = False) -> Release:
    """Give the candidate its name, and move `current` to it.

    `current` does not move to a night that is older than what the warehouse is built to, unless
    `promoted` says so. Older releases than the newest `thresholds.keep_releases` are removed. Where
    the home shares an object store, the same is done there after that.
    """
    run = open_run(settings, logical_date)
    published = settings.paths.published
    release = sealed_before(published, logical_date) or _seal_candidate(
        run, promoted=promoted or not run.is_scratch
    )
    for fault in (current_fault(published), *broken_releases(published)):
        if fault is not None:
            log.warning("%s", fault)
    if release.promoted:
        promote(published, release)
        publish_figures(run)
    else:
        log.warning("%s", aside(run.settings, release))
    keep = settings.config.thresholds.keep_releases
    removed = prune(published, keep)
    if removed:
        log.info("removed old releases: %s", ", ".join(removed))
    # what is here is whole by now: where the store is down, the next night shares it
    share_release(settings.paths, release, back=promoted)
    prune_shared(settings.paths, keep)
    if run.is_scratch:
        close_kept(run.directory)
        shutil.rmtree(run.directory)
    return release


def _seal_candidate(run: Run, *, promoted: bool) -> Release:
    """Write the last gate's results, workbook and report into the candidate, and name it."""
    published, logical_date = run.settings.paths.published, run.logical_date
    with connect(run.directory, read_only=True) as connection:
        require_this_night(connection, run)
        candidate = read_candidate(published, logical_date)
        results = _passed_results(run)
        with amend(candidate, "quality.gate_results") as served:
            last = [result for result in results if result.stage == "release"]
            record(served, logical_date, "release", last)
        before = release_before(published, logical_date)
        add_pages(
            read_candidate(published, logical_date),
            before.path / DATABASE if before else None,
            run.settings.publish.report.language,
        )
        candidate = read_candidate(published, logical_date)
        about = about_release(
            candidate,
            promoted=promoted,
            run=_about_run(run),
            gates=[asdict(result) for result in for_readers(results)],
            batches=batches_read(connection),
            published_at=datetime.now(UTC).isoformat(timespec="seconds"),
        )
    return seal(candidate.path, about)


def _passed_results(run: Run) -> Sequence[Result]:
    """Return the results of all gates; raises NightError unless all have run and none blocks."""
    folder = gate_folder(run.settings, run.logical_date)
    results = [result for stage in STAGES for result in read_results(folder, stage)]
    if any(result.blocks for result in results) or not any(
        result.stage == "release" for result in results
    ):
        raise NightError(
            f"the candidate of {run.logical_date} has not passed its gates. Run the night again."
        )
    return results


def _about_run(run: Run) -> dict[str, Any]:
    """Return what release.json says of the run that made it."""
    return {
        "run_id": run_id_of(run.logical_date),
        "reachline_version": __version__,
        "git_commit": git_commit(),
        "is_rebuilt_from_landing": run.is_scratch,
    }


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
