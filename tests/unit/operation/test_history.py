"""How long steps take, from lines of the journal written by hand."""

from __future__ import annotations

from typing import Any

from reachline.night import STEPS
from reachline.operation.history import NIGHT, StepTime, step_times


def night(day: int, seconds: float = 1.0, **other: float) -> list[dict[str, Any]]:
    """The lines of a night whose steps took so many seconds each."""
    return [
        {
            "at": f"2026-03-{day:02}T00:00:00+00:00",
            "night": f"2026-03-{day:02}",
            "step": step,
            "outcome": "done",
            "seconds": other.get(step, seconds),
        }
        for step in STEPS
    ]


def by_step(lines: list[dict[str, Any]]) -> dict[str, StepTime]:
    return {taken.step: taken for taken in step_times(lines)}


def test_the_last_time_stands_beside_the_median_of_those_before() -> None:
    found = by_step([*night(1, 1), *night(2, 3), *night(3, 2), *night(4, 2, stage=8)])
    # before: 1, 3, 2
    assert found["stage"] == StepTime("stage", last=8, median=2, ratio=4, times=3)
    # whole nights: 10, 30, 20, and 9 * 2 + 8 = 26
    assert found[NIGHT] == StepTime(NIGHT, last=26, median=20, ratio=1.3, times=3)
    assert list(found) == [*STEPS, NIGHT]


def test_no_more_than_fourteen_times_before_count() -> None:
    days = [line for day in range(1, 17) for line in night(day, 100 if day == 1 else day)]
    found = by_step(days)["model"]
    # days 2 to 15: their median is (8 + 9) / 2
    assert (found.last, found.median, found.times) == (16, 8.5, 14)


def test_what_failed_and_what_was_repeated_is_no_time_of_a_night() -> None:
    failed = {**night(2)[3], "outcome": "failed", "seconds": 99}
    tried_again = [*night(2)[:3], failed, *night(2)[3:]]
    found = by_step([*night(1), *tried_again])
    assert (found["stage"].last, found[NIGHT].last, found[NIGHT].times) == (1, 10, 1)
    # a step that is run again by hand makes a run that is no whole night
    repeated = by_step([*night(1), *night(2)[:5], night(2)[3], *night(2)[4:]])
    assert repeated[NIGHT].times == 0


def test_of_one_time_there_is_no_ratio_and_of_none_no_line() -> None:
    assert step_times([]) == []
    first = by_step(night(1, 0))
    assert (first["stage"].median, first["stage"].ratio) == (None, None)
    assert by_step([*night(1, 0), *night(2, 1)])["stage"].ratio is None
