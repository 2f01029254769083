"""The steps of a night by name, in their order, and those that only call another package."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from reachline.garbage import collect_rarely
from reachline.landing import Checks
from reachline.night.gates import gate_landing, gate_model, gate_release, gate_staging
from reachline.night.release import build_release, publish
from reachline.night.state import require_this_night, run_id_of
from reachline.object_store import store_of
from reachline.publish.releases import require_a_link
from reachline.settings import Settings
from reachline.warehouse import Run, connect, open_run
from reachline.warehouse import model as build_models
from reachline.warehouse import stage as stage_batches

if TYPE_CHECKING:
    from reachline.inbox import LandReport

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


def calls_of(
    settings: Settings, logical_date: date, *, promoted: bool
) -> dict[str, Callable[[], object]]:
    """Return the steps of a night as functions without arguments, by their names, in order.

    The steps of one such call are one run: what one of them has hashed, another does not.
    """
    collect_rarely()
    checks = Checks(settings.paths.landing)
    return {
        "check_config": lambda: check_config(settings.paths.home, settings.config_dir),
        "land_inbox": lambda: land_inbox(settings, logical_date),
        "gate_landing": lambda: gate_landing(settings, logical_date, checks),
        "stage": lambda: stage(settings, logical_date, checks),
        "gate_staging": lambda: gate_staging(settings, logical_date),
        "model": lambda: model(settings, logical_date),
        "gate_model": lambda: gate_model(settings, logical_date),
        "build_release": lambda: build_release(settings, logical_date),
        "gate_release": lambda: gate_release(settings, logical_date),
        "publish": lambda: publish(settings, logical_date, promoted=promoted),
    }


def check_config(home: Path | None = None, config: Path | None = None) -> Settings:
    """Read the whole configuration before any data is touched, and return it.

    Raises ConfigError with every mistake of every file, and ReleaseError where `current` is
    something that no night could move. Raises StoreError where the object store can't be
    used.
    """
    from reachline.inbox.exports import load_whole_config

    settings, _ = load_whole_config(home, config)
    require_a_link(settings.paths.published)
    store = store_of(settings.paths.landing)
    if store is not None:
        store.reach()
    return settings


def land_inbox(settings: Settings, logical_date: date) -> LandReport:
    """Land what was dropped into the inbox; return what became of each file.

    Where the home shares an object store, what other hosts landed is fetched first. Batches that
    came from there, or were put back from a backup, are looked through for people who are
    forgotten.
    """
    from reachline.inbox import land_files
    from reachline.night.screening import fetch_landing, screen_landing

    fetch_landing(settings)
    report = land_files(settings, logical_date, run_id_of(logical_date))
    screen_landing(settings)
    return report


def stage(settings: Settings, logical_date: date, checks: Checks | None = None) -> None:
    """Stage what is new, and write the rejects of this night's files beside them.

    `checks` knows the files that this run has hashed already.
    """
    run = open_run(settings, logical_date)
    stage_batches(run, checks)
    _write_rejects(run)


def model(settings: Settings, logical_date: date) -> None:
    """Build every model as of the logical date."""
    run = open_run(settings, logical_date)
    with connect(run.directory, read_only=True) as connection:
        require_this_night(connection, run)
    build_models(run)


def _write_rejects(run: Run) -> None:
    """Write the rows that staging refused beside the files they came in.

    Of all batches that were read since the last complete run: one that was killed in between may
    have read them, and not come to write.
    """
    from reachline.inbox import write_rejects

    with connect(run.directory, read_only=True) as connection:
        read = connection.sql(f"select distinct batch_id from ({_READ_SINCE})").fetchall()
        rows = connection.sql(
            "select * from work.staging.quarantine where drop_reason is null "
            f"and batch_id in ({_READ_SINCE})"
        ).to_arrow_table()
    write_rejects(run.settings, rows, read=[batch_id for (batch_id,) in read])


_READ_SINCE = (
    "select batch_id from work.staging.batches_read "
    "where read_seq > (select since_seq from work.ops.current_run)"
)
