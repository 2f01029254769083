"""What became of faults: a table by kind, and each that was not survived with how to repeat it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Outcome:
    """One fault: of which kind, how to repeat it alone, what was wrong after it.

    `is_met` is False where the step ended before the fault came. `seconds` is what the run took
    that put all right again.
    """

    kind: str
    again: str
    what: str
    wrong: tuple[str, ...]
    seconds: float
    is_met: bool = True


def table(outcomes: Iterable[Outcome]) -> list[str]:
    """Return a line for each kind, and one for all: faults, survived, seconds to recover."""
    by_kind: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        if outcome.is_met:
            by_kind[outcome.kind].append(outcome)
    lines = [f"{'kind':42} {'faults':>7} {'survived':>9} {'median s':>9} {'max s':>7}"]
    every = [outcome for found in by_kind.values() for outcome in found]
    for kind, found in [*by_kind.items(), ("all", every)]:
        survived = sum(not outcome.wrong for outcome in found)
        seconds = [outcome.seconds for outcome in found] or [0.0]
        lines.append(
            f"{kind:42} {len(found):7,} {survived:9,} {median(seconds):9.1f} {max(seconds):7.1f}"
        )
    return lines


def report(outcomes: Sequence[Outcome]) -> int:
    """Print the table and what was not survived; return 1 where there is any, else 0."""
    print("\n".join(table(outcomes)), flush=True)
    lost = [outcome for outcome in outcomes if outcome.wrong]
    for outcome in lost:
        print(f"\nnot survived: {outcome.kind}: {outcome.what}\n  again: {outcome.again}")
        for wrong in outcome.wrong:
            print("  " + wrong.replace("\n", "\n  "))
    return int(bool(lost))
