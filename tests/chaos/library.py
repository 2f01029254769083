"""A thousand calls of the operating system that fail, one at a time, in small steps."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tests.chaos.processes import answers
from tests.chaos.tally import Outcome
from tests.chaos.units import UNITS

_AT_ONCE = 50
"""How many faults a worker is given: it takes some seconds to start."""


def shares(count: int, only: str | None = None) -> dict[str, int]:
    """Return how many of so many faults each unit gets, by its weight; at least one each."""
    if only is not None:
        return {only: count}
    whole = sum(unit.weight for unit in UNITS.values())
    return {name: math.ceil(count * unit.weight / whole) for name, unit in UNITS.items()}


def throw_all(folder: Path, wanted: Mapping[str, Sequence[int]], jobs: int) -> Iterator[Outcome]:
    """Throw the faults of seeds, by unit, and yield what became of each."""
    portions = [
        (name, *map(str, seeds[start : start + _AT_ONCE]))
        for name, seeds in wanted.items()
        for start in range(0, len(seeds), _AT_ONCE)
    ]
    # the ones that take longest come first
    portions.sort(key=lambda portion: UNITS[portion[0]].weight)
    for line in answers(folder, "tests.chaos.worker", portions, jobs):
        how = line["fault"].split(" ", 2)[2]
        yield Outcome(
            kind=f"{line['unit']}: {how}",
            again=f"make chaos CHAOS='library --unit {line['unit']} --seed {line['seed']}'",
            what=f"{line['fault']}: {line['raised'] or 'nothing was raised'}",
            wrong=tuple(line["wrong"]),
            seconds=line["seconds"],
            is_met=line["met"],
        )
