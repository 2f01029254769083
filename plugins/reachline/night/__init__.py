"""A night, step by step: what the tasks of dags/nightly.py, `run` and `replay` call.

Each step can be called alone, in order, by another process each: what it needs to know it reads
from the landing zone, the working files and the folders below the logs. A step that was killed or
that failed can be called again.
"""

from __future__ import annotations

from reachline.night.accepted import accept
from reachline.night.dates import require_reached
from reachline.night.folders import gate_folder
from reachline.night.journal import read_journal
from reachline.night.lock import (
    Holder,
    NightBusyError,
    Turn,
    end_turn,
    lock_holder,
    night_under_way,
    run_lock,
)
from reachline.night.run import NOT_MENDED_BY_A_RETRY, NightReport, run_night, run_step
from reachline.night.scope import stream_grains
from reachline.night.state import NightError
from reachline.night.steps import STEPS, check_config

__all__ = [
    "NOT_MENDED_BY_A_RETRY",
    "STEPS",
    "Holder",
    "NightBusyError",
    "NightError",
    "NightReport",
    "Turn",
    "accept",
    "check_config",
    "end_turn",
    "gate_folder",
    "lock_holder",
    "night_under_way",
    "read_journal",
    "require_reached",
    "run_lock",
    "run_night",
    "run_step",
    "stream_grains",
]
