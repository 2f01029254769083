"""Whole nights that are struck, in workers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.chaos.processes import answers
from tests.chaos.tally import Outcome


def strike_all(folder: Path, wanted: Sequence[tuple[str, int]], jobs: int) -> Iterator[Outcome]:
    """Make attacks, each of a kind and a seed, and yield what became of each."""
    portions = [[f"{name}:{seed}" for name, seed in wanted[n::jobs]] for n in range(jobs)]
    for line in answers(folder, "tests.chaos.nights", [p for p in portions if p], jobs):
        yield Outcome(
            kind=line["attack"],
            again=f"make chaos CHAOS='nights --attack \"{line['attack']}\" --seed {line['seed']}'",
            what=line["what"] or "it did not end as it should",
            wrong=tuple(line["wrong"]),
            seconds=line["seconds"],
        )
