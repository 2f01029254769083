"""`make incidents`: made-up years and planted incidents through the gates' own statistics.

    python -m tests.incidents [--seeds 3] [--nights 20] [--step 1]

Prints the false blocks of each year, at most 2 of which are borne, and for each incident on how
many nights it was blocked, warned of or missed. Exit code 1: a year had more.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter

from tests.incidents.years import INCIDENTS, YEAR, Year, ordinary, planted

MOST_FALSE_BLOCKS = 2
HOMES = {"small": (0.25, 1.2), "middle": (1.0, 1.6), "large": (12.0, 1.0)}
"""The size of a home, and by how much it grows in a year."""


def main() -> int:
    """Print both tables."""
    options = argparse.ArgumentParser(prog="python -m tests.incidents", description=__doc__)
    options.add_argument("--seeds", type=int, default=3, help="years of each home")
    options.add_argument("--nights", type=int, default=20, help="nights of each incident a year")
    options.add_argument("--step", type=int, default=1, help="judge each so many nights of a year")
    given = options.parse_args()
    worst = 0
    totals: dict[str, dict[str, Counter[str]]] = {name: {} for name in INCIDENTS}
    print("| home | year | blocked in error | nights that warned |\n| --- | --- | --- | --- |")
    for home, (scale, growth) in HOMES.items():
        for seed in range(given.seeds):
            year = Year(seed, scale, growth)
            tally = ordinary(year, given.step)
            worst = max(worst, len(tally.blocked))
            print(
                f"| {home} | {seed + 1} | {len(tally.blocked)} | {tally.warned} of "
                f"{-(-YEAR // given.step)} |",
                flush=True,
            )
            for line in tally.blocked:
                print(f"    {line}", file=sys.stderr, flush=True)
            for name, counted in planted(year, given.nights).items():
                totals[name].setdefault(home, Counter()).update(counted)
    titles = " | ".join(HOMES)
    print(
        f"\nBlocked / warned / missed:\n\n| incident | {titles} |\n| --- |{' --- |' * len(HOMES)}"
    )
    for name, homes in totals.items():
        cells = (f"{c['blocked']} / {c['warned']} / {c['missed']}" for c in homes.values())
        print(f"| {name} | {' | '.join(cells)} |")
    return int(worst > MOST_FALSE_BLOCKS)


if __name__ == "__main__":
    sys.exit(main())
