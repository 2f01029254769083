"""How long the steps of nights take: the last time against the times before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from reachline.night import STEPS

NIGHT = "night"
"""The name of all steps together, of a run in which each of them was done."""

_NIGHTS_BEFORE = 14


@dataclass(frozen=True)
class StepTime:
    """Seconds of a step: the last time, and the median of up to 14 times before that.

    `times` counts these; without any, median and ratio are None. `ratio` is last / median; None
    where the median is 0.
    """

    step: str
    last: float
    median: float | None
    ratio: float | None
    times: int


def step_times(lines: Iterable[Mapping[str, Any]]) -> list[StepTime]:
    """Return the time of each step in the journal's lines that was done, and of whole nights."""
    taken: dict[str, list[float]] = {step: [] for step in (*STEPS, NIGHT)}
    run: list[float] = []
    night = None
    for line in lines:
        step, is_done = line["step"], line["outcome"] == "done"
        if step == STEPS[0] or line["night"] != night:
            night, run = line["night"], []
        if is_done and step in taken:
            taken[step].append(line["seconds"])
            # a step that was repeated is not of a night that ran through
            run = [*run, line["seconds"]] if len(run) == STEPS.index(step) else []
        if is_done and step == STEPS[-1] and len(run) == len(STEPS):
            taken[NIGHT].append(sum(run))
    return [_time(step, seconds) for step, seconds in taken.items() if seconds]


def _time(step: str, seconds: list[float]) -> StepTime:
    *before, last = seconds[-_NIGHTS_BEFORE - 1 :]
    usual = median(before) if before else None
    return StepTime(
        step=step,
        last=round(last, 2),
        median=None if usual is None else round(usual, 2),
        ratio=round(last / usual, 2) if usual else None,
        times=len(before),
    )
