"""A whole night, or one step of it, under the lock and with its lines in the journal."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from reachline.night.journal import journal_step
from reachline.night.lock import Turn, drop_turn, run_lock
from reachline.night.state import NightError
from reachline.night.steps import STEPS, calls_of
from reachline.publish.releases import Release, current_release
from reachline.quality.checks import GateBlocked, Result
from reachline.settings import ConfigError, Settings
from reachline.warehouse import kept_open

log = logging.getLogger("reachline.night")

NOT_MENDED_BY_A_RETRY = (GateBlocked, ConfigError, NightError)
"""What a step would raise again, whenever it is tried."""


@dataclass(frozen=True)
class NightReport:
    """What a night did: its release, whether `current` moved to it, what warned, seconds a step."""

    logical_date: date
    release: Release
    is_current: bool
    warnings: tuple[Result, ...]
    seconds: dict[str, float] = field(default_factory=dict)


def run_night(
    settings: Settings,
    logical_date: date,
    *,
    promoted: bool = False,
    on_step: Callable[[str], None] | None = None,
) -> NightReport:
    """Run every step of a night in this process, and return what it did.

    `on_step` is called with the name of each step before it runs. Raises GateBlocked when a gate
    stops it, NightBusyError when another run is under way; in either case `published/current` is
    what it was.
    """
    seconds: dict[str, float] = {}
    results: list[Result] = []
    release: Release | None = None
    with run_lock(settings, f"the night of {logical_date}"), kept_open():
        for name, call in calls_of(settings, logical_date, promoted=promoted).items():
            if on_step is not None:
                on_step(name)
            started = time.perf_counter()
            with journal_step(settings, logical_date, name):
                outcome = call()
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


def run_step(
    settings: Settings,
    logical_date: date,
    name: str,
    *,
    promoted: bool = False,
    turn: Turn | None = None,
) -> None:
    """Run one step by its name, as a task of the DAG does.

    With a turn, nobody else's night comes between the steps of its run: it ends with the last step,
    or with one that fails for good. Raises KeyError for a name that is not in STEPS,
    NightBusyError while another night is under way, and whatever the step raises.
    """
    call = calls_of(settings, logical_date, promoted=promoted)[name]
    with run_lock(settings, f"{name} of the night of {logical_date}", logical_date, turn):
        is_over = False
        try:
            with journal_step(settings, logical_date, name):
                call()
            is_over = name == STEPS[-1]
        except BaseException as error:
            is_final = turn is not None and turn.is_last_try
            is_over = is_final or isinstance(error, NOT_MENDED_BY_A_RETRY)
            raise
        finally:
            if turn is not None and is_over:
                drop_turn(settings.paths, turn.run)
